//! E45, T45 and T46: what is meant for one host reaches no other, and what is secret is shown nowhere.

use std::process::Command;

use feedmill::fetch::{Fetcher, Reply, Request};
use feedmill::model::Secret;
use url::Url;

use crate::desk::{ask, noon, request, settings};
use crate::program::Program;
use crate::server::{Answer, Asked, Server, feed};

const AUTHORIZATION: &str = "Bearer canary-authorization";

/// Every secret that a request can bear.
fn secretive(url: &str) -> Request {
    let mut request = request(&url.replace("://", "://user:canary-password@"));
    request.headers = [
        ("Authorization", AUTHORIZATION),
        ("Cookie", "canary-cookie"),
        ("X-Api-Key", "canary-key"),
    ]
    .map(|(name, value)| (name.to_owned(), Secret::new(value)))
    .to_vec();
    request
}

fn has_secret(asked: &Asked) -> bool {
    let text = asked.text();
    text.contains("canary") || asked.header("authorization").is_some() || asked.header("cookie").is_some()
}

#[tokio::test(flavor = "multi_thread")]
async fn e45_t46_secrets_stay_with_the_origin_they_are_for() {
    let other = Server::start("127.1.45.2", |_, _| Answer::new(200, &[], feed(&["a"]))).await;
    // The same host at another port is another origin, and so is the host that a foreign one sends us back to.
    let port = Server::start("127.1.45.1", |_, _| Answer::new(200, &[], feed(&["a"]))).await;
    let (elsewhere, neighbour) = (other.url("/feed"), port.url("/feed"));
    let home = Server::start("127.1.45.1", move |asked, _| match asked.target().as_str() {
        "/away" => Answer::redirect(301, &elsewhere),
        "/port" => Answer::redirect(302, &neighbour),
        "/around" => Answer::redirect(307, "/around/the/corner"),
        _ => Answer::new(200, &[], feed(&["a"])),
    })
    .await;
    for target in ["/away", "/port", "/around"] {
        ask(&secretive(&home.url(target))).await.unwrap();
    }
    assert_eq!(
        home.targets(),
        ["/away", "/port", "/around", "/around/the/corner"]
    );
    assert!(home.asked().iter().all(has_secret));
    assert_eq!((other.count(), port.count()), (1, 1));
    assert!(!other.asked().iter().chain(&port.asked()).any(has_secret));

    // What is remembered of a redirect is no reason to send them either.
    let mut direct = secretive(&home.url("/away"));
    direct.start = Url::parse(&other.url("/feed")).unwrap();
    ask(&direct).await.unwrap();
    assert!(!other.asked().iter().any(has_secret));
}

#[tokio::test(flavor = "multi_thread")]
async fn e45_userinfo_stays_with_its_origin_through_an_absolute_redirect() {
    let listener = tokio::net::TcpListener::bind("127.1.45.3:0").await.unwrap();
    let target = format!("http://{}/new", listener.local_addr().unwrap());
    let home = Server::on(listener, move |asked, _| match asked.target().as_str() {
        "/old" => Answer::redirect(301, &target),
        _ => Answer::new(200, &[], feed(&["a"])),
    });
    ask(&request(&home.url("/old").replace("://", "://user:pass@")))
        .await
        .unwrap();
    let sent: Vec<_> = home
        .asked()
        .iter()
        .map(|asked| asked.header("authorization"))
        .collect();
    assert_eq!(
        sent,
        [
            Some("Basic dXNlcjpwYXNz".to_owned()),
            Some("Basic dXNlcjpwYXNz".to_owned())
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn e45_what_is_shown_to_one_user_is_given_to_no_other_source() {
    let listener = tokio::net::TcpListener::bind("127.1.45.5:0").await.unwrap();
    let target = format!("http://{}/new", listener.local_addr().unwrap());
    // The body says whom it is for.
    let home = Server::on(listener, move |asked, _| match asked.target().as_str() {
        "/old" => Answer::redirect(301, &target),
        _ => Answer::new(200, &[], asked.header("authorization").unwrap_or_default()),
    });
    let fetcher = Fetcher::new(settings()).unwrap();
    let mut shown = Vec::new();
    for user in ["", "alice:one@", "bob:two@", ":token@"] {
        let request = request(&home.url("/old").replace("://", &format!("://{user}")));
        match fetcher.get(&request, noon()).await.unwrap() {
            Reply::Document { body, .. } => shown.push(String::from_utf8(body.to_vec()).unwrap()),
            other => panic!("{other:?}"),
        }
    }
    let basic = ["", "Basic YWxpY2U6b25l", "Basic Ym9iOnR3bw==", "Basic OnRva2Vu"];
    assert_eq!(shown, basic);
}

/// A document full of addresses that are relative to its own.
const RELATIVE: &str = "<rss version=\"2.0\"><channel><title>T</title><link></link>\
    <item><title>Empty link</title><link></link><guid isPermaLink=\"false\">1</guid>\
    <description>&lt;a href=\"\"&gt;here&lt;/a&gt; &lt;a href=\"#note\"&gt;note&lt;/a&gt; &lt;img src=\"picture.png\"&gt;</description></item>\
    <item><title>Relative</title><link>article</link><guid isPermaLink=\"false\">2</guid>\
    <description>&lt;a href=\"?page=2\"&gt;more&lt;/a&gt; &lt;a href=\"sub/page\"&gt;page&lt;/a&gt;</description></item>\
    <item><title>Bare query</title><link>?</link><guid isPermaLink=\"false\">3</guid></item></channel></rss>";

/// Answers in every way that may bring an address or a secret into a message or a file.
fn tempting(asked: &Asked, _: usize) -> Answer {
    let target = asked.target();
    let rest = |from: &str, to: &str| target.replacen(from, to, 1);
    match target.split(['?', '/']).nth(1).unwrap() {
        "moved" => Answer::redirect(301, &rest("/moved", "/relative")),
        "circle" => Answer::redirect(302, &target),
        "private" => Answer::redirect(302, &format!("http://169.254.169.254{target}")),
        "scheme" => Answer::redirect(302, &format!("gopher://x{target}")),
        "gone" => Answer::new(410, &[], &target),
        "forbidden" => Answer::new(401, &[], &target),
        "ill" => Answer::new(500, &[], &target),
        "page" => Answer::new(
            200,
            &["Content-Type: text/html"],
            "<html><title>No feed</title></html>",
        ),
        "coding" => Answer::new(200, &["Content-Encoding: compress"], ""),
        "broken" => Answer::raw(
            "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n<",
            crate::server::Then::Close,
        ),
        "large" => Answer::raw(
            "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
            crate::server::Then::Close,
        ),
        _ => Answer::new(200, &["ETag: \"v\""], RELATIVE),
    }
}

const WAYS: [&str; 12] = [
    "relative",
    "moved",
    "circle",
    "private",
    "scheme",
    "gone",
    "forbidden",
    "ill",
    "page",
    "coding",
    "broken",
    "large",
];

/// Each way with a secret in the query, in the path and before the host.
fn sources(server: &Server) -> String {
    let address = server.address;
    let mut toml = String::new();
    for way in WAYS {
        for (place, feed) in [
            ("query", format!("http://{address}/{way}?key=${{KEY}}")),
            ("path", format!("http://{address}/{way}/${{KEY}}/feed")),
            ("user", format!("http://user:${{KEY}}@{address}/{way}")),
            (
                "written user",
                format!("http://user:canary-written@{address}/{way}/w"),
            ),
        ] {
            toml += &format!(
                "[[source]]\nname = \"{way} {place}\"\nfeed = \"{feed}\"\nheaders = {{ X-Api-Key = \"${{KEY}}\" }}\n"
            );
        }
    }
    // Nothing listens here, and this is no name.
    toml + "[[source]]\nname = \"refused\"\nfeed = \"http://127.1.45.9:9/?key=${KEY}\"\n"
}

#[tokio::test(flavor = "multi_thread")]
async fn t45_no_secret_in_files_messages_or_logs() {
    let server = Server::start("127.1.45.4", tempting).await;
    let program = Program::new(&format!(
        "[site]\ntitle = \"Secrets\"\nurl = \"https://feeds.example/\"\n\
         [fetch]\nhost_gap = \"0s\"\nallow_private_hosts = true\n{}",
        sources(&server)
    ));
    let run = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_feedmill"))
            .current_dir(program.folder())
            .args(arguments)
            .envs([("KEY", "canary-secret"), ("RUST_LOG", "trace")])
            .output()
            .unwrap();
        let text = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(text).unwrap())
    };
    for arguments in [
        &["refresh", "--force"][..],
        &["refresh", "--force", "--json"],
        &["status"],
        &["status", "--json"],
        &["check"],
    ] {
        let (code, text) = run(arguments);
        assert_eq!(
            code,
            Some(if arguments[0] == "refresh" { 3 } else { 0 }),
            "{text}"
        );
        assert_no_canary(&text, &arguments.join(" "));
    }
    assert!(
        server
            .asked()
            .iter()
            .all(|asked| asked.text().contains("canary-secret"))
    );
    let files = program.files();
    assert!(files.len() > 50);
    for (name, (bytes, _)) in files {
        assert_no_canary(&String::from_utf8(bytes).unwrap(), &name);
    }
    let titles = program.titles("");
    for title in ["Empty link", "Relative"] {
        assert!(titles.iter().any(|published| published == title), "{titles:?}");
    }
}

fn assert_no_canary(text: &str, place: &str) {
    if let Some(line) = text.lines().find(|line| line.contains("canary")) {
        panic!("{place}: {line}");
    }
}
