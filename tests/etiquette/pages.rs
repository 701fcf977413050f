//! E59 and E60: pages are read as their sites' robots.txt lets them be, each article once.

use chrono::TimeDelta;
use feedmill::fetch::{Request, Wants};

use crate::desk::{Desk, refusal, request};
use crate::server::{Answer, Server};

const HTML: &str = "Content-Type: text/html; charset=utf-8";
const PUBLIC: [&str; 3] = [
    "/news/first-story-of-the-day",
    "/news/second-story-of-the-day",
    "/news/third-story-of-the-day",
];

/// A list of these articles, each with a headline of several words.
fn list(articles: &[&str]) -> Answer {
    let blocks: String = articles
        .iter()
        .map(|path| {
            let headline = path.rsplit('/').next().unwrap().replace('-', " ");
            format!("<article><h2><a href=\"{path}\">The {headline}</a></h2><p>In short: {headline}.</p></article>")
        })
        .collect();
    let page = format!(
        "<html><title>News</title><body><nav><a href=/about>About</a></nav><main>{blocks}</main></body></html>"
    );
    Answer::new(200, &[HTML, "Cache-Control: max-age=60"], page)
}

fn article(path: &str) -> Answer {
    let headline = path.rsplit('/').next().unwrap().replace('-', " ");
    let paragraphs =
        "<p>What happened, told in a sentence that is long enough to be one of an article.</p>".repeat(5);
    let page = format!(
        "<html><title>The {headline}</title><body><article><h1>The {headline}</h1>{paragraphs}</article></body></html>"
    );
    Answer::new(200, &[HTML], page)
}

/// A site with this answer for robots.txt.
async fn site(ip: &str, robots: impl Fn(usize) -> Answer + Send + Sync + 'static) -> Server {
    let asked = std::sync::atomic::AtomicUsize::new(0);
    Server::start(ip, move |request, _| match request.target().as_str() {
        "/robots.txt" => robots(asked.fetch_add(1, std::sync::atomic::Ordering::SeqCst)),
        "/news/" => list(&PUBLIC),
        path => article(path),
    })
    .await
}

fn page(server: &Server, lines: &str) -> Desk {
    Desk::with(&format!(
        "[[source]]\nname = \"Page\"\npage = {:?}\nevery = \"1h\"\n{lines}",
        server.url("/news/")
    ))
}

fn targets(server: &Server) -> Vec<String> {
    server.asked().iter().map(crate::server::Asked::target).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn e59_robots_txt_says_which_pages_may_be_read() {
    let text = |body: &str| Answer::new(200, &["Content-Type: text/plain"], body);
    let all = ["/robots.txt", "/news/", PUBLIC[0], PUBLIC[1], PUBLIC[2]];
    let padding =
        format!("User-agent: *\nDisallow: {}\n", PUBLIC[1]) + &"# padding\n".repeat(60_000) + "Disallow: /\n";
    for (number, (name, robots, expected)) in [
        ("missing", Answer::new(404, &[], "none"), all.to_vec()),
        ("forbidden itself", Answer::new(403, &[], "no"), all.to_vec()),
        ("broken", Answer::new(500, &[], ""), all[..1].to_vec()),
        (
            "huge",
            text(&("User-agent: *\nDisallow: /news/second\n".to_owned() + &"# padding\n".repeat(500_000))),
            vec![all[0], all[1], all[2], all[4]],
        ),
        ("closed", text("User-agent: *\nDisallow: /\n"), all[..1].to_vec()),
        (
            "for others",
            text("User-agent: otherbot\nDisallow: /\n"),
            all.to_vec(),
        ),
        (
            "for us",
            text("User-agent: *\nDisallow: /\n\nUser-agent: FeedMill/2.0\nDisallow: /news/second\n"),
            vec![all[0], all[1], all[2], all[4]],
        ),
        (
            "longest match",
            text("User-agent: *\nDisallow: /news/\nAllow: /news/$\nAllow: /news/third\n"),
            vec![all[0], all[1], all[4]],
        ),
        (
            "over 500 KiB",
            text(&padding),
            vec![all[0], all[1], all[2], all[4]],
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let server = site(&format!("127.1.59.{}", number + 1), move |_| robots.clone()).await;
        page(&server, "").pass().await;
        assert_eq!(targets(&server), expected, "{name}");
        for asked in server.asked() {
            assert!(
                asked.header("user-agent").unwrap().starts_with("feedmill/"),
                "{name}"
            );
            assert!(!asked.is_conditional());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn e59_robots_txt_is_asked_for_once_a_day_by_all_passes_and_sources() {
    let server = site("127.1.59.20", |_| {
        Answer::new(200, &[], "User-agent: *\nDisallow: /none\n")
    })
    .await;
    let sources: String = ["", "?a=1", "?a=2"]
        .iter()
        .map(|query| {
            format!(
                "[[source]]\nname = \"Page{query}\"\npage = {:?}\n",
                server.url(&format!("/news/{query}"))
            )
        })
        .collect();
    let desk = Desk::with(&sources);
    let count = || {
        targets(&server)
            .iter()
            .filter(|target| *target == "/robots.txt")
            .count()
    };
    let mut hours = Vec::new();
    for hour in (0..50).step_by(5) {
        let before = count();
        desk.force().await;
        hours.extend((before..count()).map(|_| hour));
        desk.advance(TimeDelta::hours(5));
    }
    assert_eq!(hours, [0, 25]);
}

#[tokio::test(flavor = "multi_thread")]
async fn e59_rules_hold_on_while_robots_txt_cannot_be_read() {
    let server = site("127.1.59.21", |number| match number {
        0 => Answer::new(200, &[], "User-agent: *\nDisallow: /news/second\n"),
        _ => Answer::new(503, &[], ""),
    })
    .await;
    let desk = page(&server, "");
    desk.pass().await;
    assert!(!targets(&server).iter().any(|target| target == PUBLIC[1]));
    desk.advance(TimeDelta::hours(30));
    let before = server.count();
    let summary = desk.force().await;
    assert!(summary.failed.is_empty(), "{summary:?}");
    assert_eq!(targets(&server)[before..], ["/robots.txt", "/news/"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn e59_redirects_of_robots_txt_are_followed_five_times() {
    for (ip, hops, is_read) in [("127.1.59.30", 5, false), ("127.1.59.31", 6, true)] {
        let server = Server::start(ip, move |asked, _| {
            let target = asked.target();
            let hop = match target.as_str() {
                "/robots.txt" => 0,
                path => match path.strip_prefix("/hop/") {
                    Some(number) => number.parse().unwrap(),
                    None => return list(&PUBLIC),
                },
            };
            if hop < hops {
                Answer::new(302, &[&format!("Location: /hop/{}", hop + 1)], "")
            } else {
                Answer::new(200, &[], "User-agent: *\nDisallow: /news/\n")
            }
        })
        .await;
        page(&server, "full_text = false").pass().await;
        assert_eq!(
            targets(&server).iter().any(|target| target == "/news/"),
            is_read,
            "{hops}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn e59_a_redirect_leads_only_where_robots_txt_of_that_site_lets_it() {
    let closed = site("127.1.59.40", |_| {
        Answer::new(200, &[], "User-agent: *\nDisallow: /\n")
    })
    .await;
    let target = closed.url("/news/");
    let open = Server::start("127.1.59.41", move |asked, _| match asked.target().as_str() {
        "/robots.txt" => Answer::new(404, &[], ""),
        _ => Answer::new(302, &[&format!("Location: {target}")], ""),
    })
    .await;
    let wanted = Request {
        wants: Wants::Page,
        ..request(&open.url("/news/"))
    };
    let message = refusal(&wanted).await;
    assert!(message.contains("(Disallow: /)"), "{message}");
    assert_eq!(targets(&closed), ["/robots.txt"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn e59_feeds_are_exempt() {
    let server = Server::start("127.1.59.50", |_, _| {
        Answer::new(200, &[], crate::server::feed(&["a"]))
    })
    .await;
    let desk = Desk::new(&[("Feed", &server.url("/feed"))]);
    desk.pass().await;
    assert_eq!(targets(&server), ["/feed"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn e60_an_article_is_fetched_once_and_its_host_is_left_alone_when_it_asks_for_it() {
    let server = Server::start("127.1.60.1", |asked, number| match asked.target().as_str() {
        "/robots.txt" => Answer::new(404, &[], ""),
        "/news/" => list(&PUBLIC),
        path if path == PUBLIC[1] && number < 5 => Answer::new(429, &["Retry-After: 7200"], ""),
        path => article(path),
    })
    .await;
    let desk = page(&server, "");
    desk.pass().await;
    assert_eq!(targets(&server), ["/robots.txt", "/news/", PUBLIC[0], PUBLIC[1]]);
    let before = server.count();
    desk.advance(TimeDelta::minutes(90));
    desk.force().await;
    assert_eq!(server.count(), before, "the host asked for two hours");
    desk.advance(TimeDelta::minutes(60));
    desk.force().await;
    assert_eq!(targets(&server)[before..], ["/news/", PUBLIC[1], PUBLIC[2]]);
    let before = server.count();
    desk.advance(TimeDelta::hours(3));
    desk.force().await;
    assert_eq!(targets(&server)[before..], ["/news/"]);
    // One at a time: each request comes after the answer to the one before.
    let asked = server.asked();
    for pair in asked.windows(2) {
        assert!(pair[0].answered.unwrap() <= pair[1].at);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn e59_a_refusal_names_the_rule_and_not_the_address() {
    let server = site("127.1.59.91", |_| {
        Answer::new(200, &[], "User-agent: *\nDisallow: /*\n")
    })
    .await;
    let wanted = Request {
        wants: Wants::Page,
        ..request(&server.url("/s3cr3t-token/news/"))
    };
    let message = refusal(&wanted).await;
    assert!(
        message.contains("Disallow: /*") && !message.contains("s3cr3t"),
        "{message}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn e59_trouble_with_robots_txt_passes() {
    let server = site("127.1.59.92", |number| match number {
        0 => Answer::new(500, &[], ""),
        _ => Answer::new(404, &[], ""),
    })
    .await;
    let item = format!(
        "<rss version=\"2.0\"><channel><title>T</title><item><title>One</title><link>{}</link><guid>1</guid></item></channel></rss>",
        server.url(PUBLIC[0])
    );
    let feed = Server::start("127.1.59.94", move |_, _| {
        Answer::new(200, &["Cache-Control: max-age=60"], &item)
    })
    .await;
    let desk = Desk::with(&format!(
        "[[source]]\nname = \"Feed\"\nfeed = {:?}\nfull_text = true\n",
        feed.url("/feed")
    ));
    desk.force().await;
    assert_eq!(targets(&server), ["/robots.txt"]);
    desk.advance(TimeDelta::minutes(30));
    desk.force().await;
    assert_eq!(targets(&server), ["/robots.txt"], "it is left alone for an hour");
    desk.advance(TimeDelta::hours(1));
    desk.force().await;
    assert_eq!(targets(&server), ["/robots.txt", "/robots.txt", PUBLIC[0]]);
}

#[tokio::test(flavor = "multi_thread")]
async fn e59_a_crawl_delay_is_kept_from_the_first_page_on() {
    let server = site("127.1.59.95", |_| {
        Answer::new(200, &[], "User-agent: *\nCrawl-delay: 1\nDisallow: /none\n")
    })
    .await;
    page(&server, "articles = 1").pass().await;
    let asked = server.asked();
    assert_eq!(asked.len(), 3);
    for pair in asked.windows(2) {
        assert!(pair[1].at - pair[0].answered.unwrap() >= std::time::Duration::from_secs(1));
    }
}
