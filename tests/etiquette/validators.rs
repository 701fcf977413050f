//! E01 to E14: a source is asked for no more than it has not told us yet.

use chrono::TimeDelta;

use crate::desk::Desk;
use crate::server::{Answer, Server, Then, feed};

const LAST_MODIFIED: &str = "Sun, 15 Nov 2026 08:00:00 GMT";

/// What each request said it knew: `If-None-Match`, `If-Modified-Since`.
fn conditions(server: &Server) -> Vec<(Option<String>, Option<String>)> {
    let asked = server.asked().into_iter();
    asked
        .map(|asked| (asked.header("if-none-match"), asked.header("if-modified-since")))
        .collect()
}

fn etag(tag: &str) -> (Option<String>, Option<String>) {
    (Some(tag.to_owned()), None)
}

const NONE: (Option<String>, Option<String>) = (None, None);

#[tokio::test(flavor = "multi_thread")]
async fn e01_first_contact_is_one_get_of_the_configured_address() {
    let server = Server::start("127.1.1.1", |_, _| Answer::new(200, &[], feed(&["a"]))).await;
    let target = "/Feed//%7Euser/%C3%A9?b=2&a=1&utm_source=x&empty=";
    let desk = Desk::new(&[("One", &server.url(target))]);
    desk.pass().await;
    let asked = server.asked();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].line(), format!("GET {target} HTTP/1.1"));
    assert!(!asked[0].is_conditional());
}

#[tokio::test(flavor = "multi_thread")]
async fn e02_both_validators_are_sent() {
    let server = Server::start("127.1.2.1", |asked, _| match asked.is_conditional() {
        true => Answer::new(304, &[], ""),
        false => Answer::new(
            200,
            &["ETag: \"v1\"", &format!("Last-Modified: {LAST_MODIFIED}")],
            feed(&["a"]),
        ),
    })
    .await;
    let desk = Desk::new(&[("One", &server.url("/feed"))]);
    desk.pass().await;
    assert_eq!(desk.force().await.not_modified, 1);
    let both = (Some("\"v1\"".to_owned()), Some(LAST_MODIFIED.to_owned()));
    assert_eq!(conditions(&server), [NONE, both]);
}

/// Asks twice and gives the two requests' value of a header, for a first answer with this field.
async fn echoed(ip: &str, field: &[u8], header: &str) -> Option<Vec<u8>> {
    let field = field.to_vec();
    let server = Server::start(ip, move |_, number| match number {
        0 => Answer::with_bytes(200, &[&field], feed(&["a"])),
        _ => Answer::new(304, &[], ""),
    })
    .await;
    let desk = Desk::new(&[("One", &server.url("/feed"))]);
    desk.pass().await;
    desk.force().await;
    assert_eq!(server.count(), 2);
    server.asked()[1].bytes(header)
}

#[tokio::test(flavor = "multi_thread")]
async fn e03_etags_are_sent_back_byte_for_byte() {
    let long = format!("\"{}\"", "e".repeat(1_024));
    for tag in [
        b"W/\"x\"".as_slice(),
        b"\"x-gzip\"",
        b"\"a,b\"",
        b"unquoted",
        b"\"\"",
        long.as_bytes(),
        b"\"high \xe9\xff\x80\"",
    ] {
        let field = [b"ETag: ", tag].concat();
        let sent = echoed("127.1.3.1", &field, "if-none-match").await;
        assert_eq!(sent.as_deref(), Some(tag), "{}", String::from_utf8_lossy(tag));
    }
    // A header without a value is no tag.
    assert_eq!(echoed("127.1.3.2", b"ETag:", "if-none-match").await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn e04_dates_are_sent_back_byte_for_byte() {
    for date in [
        LAST_MODIFIED,
        "Sunday, 15-Nov-26 08:00:00 GMT",
        "Sun Nov 15 08:00:00 2026",
        "Sun, 15 Nov 2026 08:00:00 +0000",
        "sun, 15 nov 2026 08:00:00 gmt",
        "the day before yesterday",
    ] {
        let field = format!("Last-Modified: {date}");
        let sent = echoed("127.1.4.1", field.as_bytes(), "if-modified-since").await;
        assert_eq!(sent.as_deref(), Some(date.as_bytes()), "{date}");
    }
}

/// Forces as many polls as there are answers and gives what each request said it knew.
async fn polled(ip: &str, answers: Vec<Answer>) -> (Desk, Server) {
    let polls = answers.len();
    let server = Server::start(ip, move |_, number| answers[number].clone()).await;
    let desk = Desk::new(&[("One", &server.url("/feed"))]);
    for _ in 0..polls {
        desk.force().await;
    }
    assert_eq!(server.count(), polls);
    (desk, server)
}

fn tagged(tag: &str) -> Answer {
    Answer::new(200, &[&format!("ETag: {tag}")], feed(&["a", "b"]))
}

#[tokio::test(flavor = "multi_thread")]
async fn e05_touch_keeps_newest_validators() {
    let (_, server) = polled(
        "127.1.5.1",
        vec![tagged("\"v1\""), tagged("\"v2\""), tagged("\"v3\"")],
    )
    .await;
    assert_eq!(conditions(&server), [NONE, etag("\"v1\""), etag("\"v2\"")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn e06_validators_that_are_dropped_are_forgotten() {
    let first = Answer::new(200, &["ETag: \"v1\"", "Last-Modified: x"], feed(&["a"]));
    let bare = Answer::new(200, &[], feed(&["a"]));
    let (_, server) = polled("127.1.6.1", vec![first, bare.clone(), bare]).await;
    assert!(server.asked()[1].is_conditional());
    assert_eq!(conditions(&server)[2], NONE);
}

#[tokio::test(flavor = "multi_thread")]
async fn e07_a_304_replaces_what_it_carries_and_nothing_else() {
    let first = Answer::new(
        200,
        &[
            "ETag: \"v1\"",
            "Last-Modified: then",
            "Cache-Control: max-age=14400",
        ],
        feed(&["a"]),
    );
    let new_tag = Answer::new(304, &["ETag: \"v2\""], "");
    let bare = Answer::new(304, &[], "");
    let fresher = Answer::new(304, &["Cache-Control: max-age=28800"], "");
    let (desk, server) = polled("127.1.7.1", vec![first, new_tag, bare.clone(), bare]).await;
    let with = |tag: &str| (Some(tag.to_owned()), Some("then".to_owned()));
    assert_eq!(
        conditions(&server),
        [NONE, with("\"v1\""), with("\"v2\""), with("\"v2\"")]
    );
    // max-age of the 200 still holds; a 304 may replace it.
    assert!(desk.wait("One") >= TimeDelta::hours(4), "{}", desk.wait("One"));
    let (desk, _) = polled(
        "127.1.7.2",
        vec![tagged("\"v1\""), fresher, Answer::new(304, &[], "")],
    )
    .await;
    assert!(desk.wait("One") >= TimeDelta::hours(8), "{}", desk.wait("One"));
}

#[tokio::test(flavor = "multi_thread")]
async fn e08_a_server_that_ignores_conditions_changes_nothing() {
    let server = Server::start("127.1.8.1", |_, number| tagged(&format!("\"{number}\""))).await;
    let desk = Desk::new(&[("One", &server.url("/feed"))]);
    desk.pass().await;
    let files = desk.program.files();
    for _ in 0..3 {
        desk.advance(TimeDelta::days(1));
        let summary = desk.pass().await;
        assert_eq!(
            (summary.new_items, summary.changed_items, summary.files.written),
            (0, 0, 0)
        );
    }
    assert_eq!(server.count(), 4);
    assert!(files == desk.program.files(), "files were touched");
}

#[tokio::test(flavor = "multi_thread")]
async fn e09_a_broken_answer_advances_no_validators_and_costs_no_items() {
    let whole = feed(&["a", "b", "c"]);
    let half = &whole[..whole.len() / 2];
    let head = |framing: &str| format!("HTTP/1.1 200 OK\r\nETag: \"v2\"\r\n{framing}\r\n").into_bytes();
    let length = head(&format!("Content-Length: {}\r\n", whole.len()));
    let chunked = head("Transfer-Encoding: chunked\r\n");
    let gzip = "HTTP/1.1 200 OK\r\nETag: \"v2\"\r\nContent-Encoding: gzip\r\nContent-Length: 12\r\n\r\n";
    let broken = [
        ("cut by length", [&length, half].concat()),
        (
            "cut between chunks",
            [&chunked, b"10\r\n".as_slice(), &whole[..16], b"\r\n"].concat(),
        ),
        (
            "no chunk size",
            [&chunked, b"zz\r\n".as_slice(), &whole, b"\r\n0\r\n\r\n"].concat(),
        ),
        (
            "cut without a length",
            [&head("Connection: close\r\n"), half].concat(),
        ),
        (
            "cut gzip",
            [gzip.as_bytes(), b"\x1f\x8b\x08\0\0\0\0\0\0\x03\xb3\xb1"].concat(),
        ),
        (
            "no feed",
            [&head("Connection: close\r\n"), b"<a>b</a>".as_slice()].concat(),
        ),
    ];
    for (fault, bytes) in broken {
        let (whole, bytes) = (whole.clone(), bytes.clone());
        let server = Server::start("127.1.9.1", move |_, number| match number {
            0 => Answer::new(200, &["ETag: \"v1\""], &whole),
            1 => Answer::raw(bytes.clone(), Then::Close),
            _ => Answer::new(304, &[], ""),
        })
        .await;
        let desk = Desk::new(&[("One", &server.url("/feed"))]);
        desk.force().await;
        let titles = desk.program.titles("");
        desk.force().await;
        desk.force().await;
        assert_eq!(
            conditions(&server),
            [NONE, etag("\"v1\""), etag("\"v1\"")],
            "{fault}"
        );
        assert_eq!(desk.program.titles(""), titles, "{fault}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn e10_errors_and_pages_store_no_validators() {
    let page = "<!DOCTYPE html><html><head><title>Sorry</title></head><body><p>Back soon</p></body></html>";
    for (status, body) in [
        (500, ""),
        (404, page),
        (403, page),
        (503, page),
        (200, page),
        (200, ""),
    ] {
        let answers = vec![
            tagged("\"v1\""),
            Answer::new(
                status,
                &[
                    "ETag: \"wrong\"",
                    "Last-Modified: wrong",
                    "Content-Type: text/html",
                ],
                body,
            ),
            Answer::new(304, &[], ""),
        ];
        let (desk, server) = polled("127.1.10.1", answers).await;
        assert_eq!(
            conditions(&server),
            [NONE, etag("\"v1\""), etag("\"v1\"")],
            "{status} {body:?}"
        );
        assert_eq!(desk.program.titles("").len(), 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn e11_validators_survive_restart_kill_and_unrelated_edits() {
    let server = Server::start("127.1.11.1", |_, number| match number {
        0 => tagged("\"v1\""),
        // Killed while this answer is on its way.
        1 => Answer::raw("HTTP/1.1 200 OK\r\nETag: \"v2\"\r\n", Then::Silence),
        _ => Answer::new(304, &[], ""),
    })
    .await;
    let url = server.url("/feed");
    let desk = Desk::new(&[("One", &url)]);
    desk.program.refresh(&[], 0);
    let mut killed = desk.program.start(&["refresh", "--force"]);
    while server.count() < 2 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    killed.kill().unwrap();
    killed.wait().unwrap();
    desk.program.refresh(&["--force"], 0);
    desk.configure(&format!(
        "[[category]]\nname = \"World\"\n[[source]]\nname = \"ONE\"\nfeed = {url:?}\nevery = \"2h\"\ncategory = \"World\"\n"
    ));
    desk.program.refresh(&["--force"], 0);
    assert_eq!(
        conditions(&server),
        [NONE, etag("\"v1\""), etag("\"v1\""), etag("\"v1\"")]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn e12_validators_are_for_the_address_that_gave_them() {
    let new = Server::start("127.1.12.2", |_, _| tagged("\"new\"")).await;
    let target = new.url("/feed");
    let old = Server::start("127.1.12.1", move |_, number| match number {
        0 => Answer::new(200, &["ETag: \"old\"", "Last-Modified: then"], feed(&["a"])),
        _ => Answer::redirect(301, &target),
    })
    .await;
    let desk = Desk::new(&[("One", &old.url("/feed"))]);
    for _ in 0..3 {
        desk.force().await;
    }
    assert!(old.asked()[1].is_conditional() && !old.asked()[2].is_conditional());
    assert_eq!(conditions(&new), [NONE, etag("\"new\"")]);
    // Neither does an edited address inherit any.
    desk.configure(&format!(
        "[[source]]\nname = \"One\"\nfeed = {:?}\n",
        new.url("/other")
    ));
    desk.force().await;
    assert_eq!(
        (new.targets()[2].as_str(), &conditions(&new)[2]),
        ("/other", &NONE)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn e13_force_is_conditional_and_unconditional_is_not() {
    let (desk, server) = polled("127.1.13.1", vec![tagged("\"v\""); 8]).await;
    let before = server.count();
    assert_eq!(before, 8);
    assert!(
        server.asked()[1..]
            .iter()
            .all(crate::server::Asked::is_conditional)
    );
    drop(desk);
    let server = Server::start("127.1.13.2", |_, _| tagged("\"v\"")).await;
    let desk = Desk::new(&[("One", &server.url("/feed"))]);
    desk.program.refresh(&[], 0);
    assert_eq!(desk.program.refresh(&[], 0)["sources"]["skipped"], 1);
    desk.program.refresh(&["--force"], 0);
    desk.program.refresh(&["--force", "--unconditional"], 0);
    assert_eq!(conditions(&server), [NONE, etag("\"v\""), NONE]);
}

#[tokio::test(flavor = "multi_thread")]
async fn e14_a_month_of_304_is_never_broken_by_an_unconditional_request() {
    let server = Server::start("127.1.14.1", |asked, _| match asked.is_conditional() {
        true => Answer::new(304, &[], ""),
        false => tagged("\"v\""),
    })
    .await;
    let desk = Desk::new(&[("One", &server.url("/feed"))]);
    desk.passes(60, TimeDelta::hours(12), || server.count()).await;
    let asked = server.asked();
    assert!(asked.len() > 50, "{}", asked.len());
    assert!(asked[1..].iter().all(crate::server::Asked::is_conditional));
}
