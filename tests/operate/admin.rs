//! The operator's pages: where they are, who gets them, and what they say of real refreshes.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use chrono::Utc;
use feedmill::config::{self, Config};
use feedmill::model::Secret;
use feedmill::serve::{self, Admin, Answers, Limits, Public, Settings, Site};
use feedmill::status::Live;
use serde_json::Value;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::client::{self, Answer, ask};
use crate::newsroom::Newsroom;
use crate::newsroom::control::{ARTICLES, COPIES, ITEMS};
use crate::program::Program;

const PAGES: [&str; 6] = [
    "/status",
    "/status.json",
    "/status.css",
    "/metrics",
    "/healthz",
    "/readyz",
];
const TOKEN: &str = "0123456789abcdef0123456789abcdef";

/// A newsroom that was refreshed once, and what shows it.
struct Office {
    _newsroom: Newsroom,
    program: Program,
    site: Arc<Site>,
    live: Arc<Live>,
    admin: Arc<Admin>,
}

impl Office {
    async fn new() -> Self {
        let newsroom = Newsroom::start().await.unwrap();
        let program = Program::polling(&newsroom);
        let source = |name: &str| {
            format!(
                "[[source]]\nname = '{name}'\nfeed = \"{}\"\n",
                newsroom.url("/none?token=c4n4ry")
            )
        };
        let toml = program.configuration();
        program.configure(&(toml + &source("</td><script>alert(1)</script>")));
        program.refresh(&[], 3);
        let site = Arc::new(Site::new(program.output(), Settings::default()));
        site.reload(SystemTime::now()).unwrap();
        let config = config::load(&program.folder().join("feeds.toml")).unwrap();
        let live = Arc::new(Live::new(Utc::now()));
        let admin = Admin::new(unchanging(config), live.clone(), site.clone()).unwrap();
        Self {
            _newsroom: newsroom,
            program,
            site,
            live,
            admin: Arc::new(admin),
        }
    }

    /// The listener for everybody.
    async fn public(&self, token: Option<&str>) -> SocketAddr {
        let mut config = config::load(&self.program.folder().join("feeds.toml")).unwrap();
        config.serve.token = token.map(Secret::new);
        let admin = Admin::new(unchanging(config), self.live.clone(), self.site.clone()).unwrap();
        let public = Public::new(self.site.clone(), Some(Arc::new(admin)));
        serve(Arc::new(public), Limits::default()).await
    }

    async fn admin(&self) -> SocketAddr {
        serve(self.admin.clone(), Limits::default()).await
    }
}

async fn serve<A: Answers>(behind: Arc<A>, limits: Limits) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(serve::serve(listener, behind, limits, std::future::pending()));
    address
}

fn unchanging(config: Config) -> watch::Receiver<Arc<Config>> {
    watch::channel(Arc::new(config)).1
}

async fn get(server: SocketAddr, target: &str, headers: &[&str]) -> Answer {
    ask(server, "GET", target, headers).await
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_it_is_public_by_default() {
    let office = Office::new().await;
    let public = office.public(None).await;
    let nothing = get(public, "/no-such-thing", &[]).await;
    for target in PAGES {
        for headers in [
            &[][..],
            &["Authorization: Bearer x"],
            &["Accept: application/json"],
        ] {
            let answer = get(public, target, headers).await;
            assert_eq!((answer.status, &answer.body), (404, &nothing.body), "{target}");
            assert_eq!(answer.fields(), nothing.fields(), "{target}");
        }
    }
    assert_eq!(get(public, "/rss.xml", &[]).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listener_of_its_own_has_all_of_it_and_nothing_else() {
    let office = Office::new().await;
    let admin = office.admin().await;
    for (target, media_type) in [
        ("/status", "text/html; charset=utf-8"),
        ("/status.json", "application/json"),
        ("/status.css", "text/css; charset=utf-8"),
        ("/metrics", "text/plain; version=0.0.4; charset=utf-8"),
        ("/healthz", "text/plain; charset=utf-8"),
        ("/readyz", "text/plain; charset=utf-8"),
    ] {
        let answer = get(admin, target, &[]).await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (200, media_type),
            "{target}"
        );
        assert_eq!(answer.header("cache-control"), "no-store", "{target}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{target}");
        let policy = answer.header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'; style-src 'self';"),
            "{policy}"
        );
        let head = ask(admin, "HEAD", target, &[]).await;
        assert_eq!((head.status, head.body.len()), (200, 0), "{target}");
        assert_eq!(ask(admin, "POST", target, &[]).await.status, 405, "{target}");
        assert!(!answer.text().contains("c4n4ry"), "{target}");
    }
    assert_eq!(get(admin, "/", &[]).await.header("location"), "/status");
    for target in [
        "/rss.xml",
        "/index.html",
        "/feedmill.db",
        "/status/",
        "/../status",
    ] {
        assert_eq!(get(admin, target, &[]).await.status, 404, "{target}");
    }
    // A program that prefers JSON gets it.
    for (accept, is_json) in [
        ("application/json", true),
        ("text/html,application/json;q=0.9", false),
        ("text/html;q=0.5, application/json", true),
        ("*/*", false),
    ] {
        let answer = get(admin, "/status", &[&format!("Accept: {accept}")]).await;
        assert_eq!(
            answer.header("content-type").contains("json"),
            is_json,
            "{accept}"
        );
        assert_eq!(answer.header("vary"), "Accept");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_a_token_it_is_for_who_knows_it() {
    let office = Office::new().await;
    let public = office.public(Some(TOKEN)).await;
    let basic = |password: &str| {
        use base64::Engine as _;
        let pair = base64::prelude::BASE64_STANDARD.encode(format!("operator:{password}"));
        format!("Authorization: Basic {pair}")
    };
    for target in PAGES {
        for wrong in [
            String::new(),
            "Authorization: Bearer".into(),
            "Authorization: Bearer 0123456789abcdef0123456789abcdeX".into(),
            format!("Authorization: Bearer {}", &TOKEN[1..]),
            format!("Authorization: Bearer {TOKEN}x"),
            format!("Authorization: Digest {TOKEN}"),
            format!("Authorization: {TOKEN}"),
            format!("Cookie: token={TOKEN}"),
            "Authorization: Basic !!!".into(),
            basic(""),
            basic("wrong"),
        ] {
            let headers: &[&str] = if wrong.is_empty() { &[] } else { &[&wrong] };
            let answer = get(public, target, headers).await;
            assert_eq!(
                (answer.status, answer.text()),
                (401, "this is for who knows the token\n".into()),
                "{wrong}"
            );
            assert!(
                answer.head.to_lowercase().contains("www-authenticate: bearer"),
                "{}",
                answer.head
            );
            assert_eq!(answer.header("cache-control"), "no-store");
        }
        for right in [
            format!("Authorization: Bearer {TOKEN}"),
            format!("authorization: bearer {TOKEN}"),
            basic(TOKEN),
        ] {
            assert_eq!(
                get(public, target, &[&right]).await.status,
                200,
                "{target} {right}"
            );
        }
    }
    let with_query = get(public, &format!("/status?token={TOKEN}"), &[]).await;
    assert_eq!(with_query.status, 401);
    // Feeds stay for everybody.
    assert_eq!(get(public, "/rss.xml", &[]).await.status, 200);
    assert_eq!(get(public, "/status/", &[]).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn all_views_show_the_same() {
    let office = Office::new().await;
    let (public, admin) = (office.public(None).await, office.admin().await);
    for _ in 0..3 {
        get(
            public,
            "/category/libya/rss.xml",
            &["User-Agent: Feedly; 42 subscribers"],
        )
        .await;
    }
    get(public, "/category/libya/feed/", &["User-Agent: newsboat"]).await;
    let json: Value = serde_json::from_str(&get(admin, "/status.json", &[]).await.text()).unwrap();
    let printed = office.program.run(&["status", "--json"]);
    let printed: Value = serde_json::from_slice(&printed.stdout).unwrap();
    for part in ["sources", "totals", "alerts", "title"] {
        assert_eq!(json[part], printed[part], "{part}");
    }
    let sources = json["sources"].as_array().unwrap();
    let of = |name: &str| sources.iter().find(|source| source["name"] == name).unwrap();
    let review = of("Libya Review");
    let today = review["items_by_day"]
        .as_array()
        .unwrap()
        .last()
        .unwrap()
        .as_u64();
    assert!(today > Some(5), "{review}");
    assert_eq!(review["health"], "ok");
    let merged: u64 = of("Maghreb Wire")["merged_by_day"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_u64)
        .sum();
    assert!(merged > 0);
    assert_eq!(json["totals"]["stored_items"], ARTICLES);
    assert_eq!(json["totals"]["items"], ARTICLES - COPIES);
    assert_eq!(json["totals"]["merged"], ITEMS - ARTICLES + COPIES);
    assert_eq!(of("Embassy Bulletin")["health"], "failing");
    let feeds = json["feeds"].as_array().unwrap();
    let libya = feeds
        .iter()
        .find(|feed| feed["folder"] == "category/libya")
        .unwrap();
    assert_eq!(
        (&libya["subscribers"], &libya["readers"]),
        (&42.into(), &1.into())
    );
    assert!(printed["feeds"][0].get("subscribers").is_none());
    // What others named or wrote is text.
    let page = get(admin, "/status", &[]).await.text();
    assert!(
        !page.contains("<script") && page.contains("&lt;script&gt;alert(1)"),
        "{page}"
    );
    assert!(page.contains("أفق ليبيا"));
    let metrics = get(admin, "/metrics", &[]).await.text();
    assert!(
        metrics.contains("feedmill_source_up{source=\"Libya Review\"} 1\n"),
        "{metrics}"
    );
    assert!(
        metrics.contains("feedmill_feed_subscribers{feed=\"/category/libya\"} 42\n"),
        "{metrics}"
    );
    assert!(metrics.contains("feedmill_http_requests_total 4\n"), "{metrics}");
}

#[tokio::test(flavor = "multi_thread")]
async fn health_and_readiness_are_told_in_words() {
    let office = Office::new().await;
    let admin = office.admin().await;
    office.live.published(Some("no space left on device"));
    let unready = get(admin, "/readyz", &[]).await;
    assert_eq!(
        (unready.status, unready.header("cache-control")),
        (503, "no-store")
    );
    assert_eq!(
        unready.text(),
        "the output could not be written: no space left on device\n"
    );
    assert_eq!(get(admin, "/healthz", &[]).await.status, 200);
    office.live.beat(Utc::now() - chrono::TimeDelta::minutes(5));
    assert_eq!(get(admin, "/healthz", &[]).await.status, 503);
    office.live.beat(Utc::now());
    assert_eq!(get(admin, "/healthz", &[]).await.status, 200);
    // An output that nobody has published yet.
    let empty = tempfile::tempdir().unwrap();
    let site = Arc::new(Site::new(empty.path().to_owned(), Settings::default()));
    let config = config::load(&office.program.folder().join("feeds.toml")).unwrap();
    let fresh = Admin::new(unchanging(config), Arc::new(Live::new(Utc::now())), site).unwrap();
    let fresh = serve(Arc::new(fresh), Limits::default()).await;
    let unready = get(fresh, "/readyz", &[]).await;
    assert_eq!(
        (unready.status, unready.text()),
        (503, "there is no output yet\n".into())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_slow_is_left_there_too() {
    let office = Office::new().await;
    let mut limits = Limits::default();
    limits.patience.head = Duration::from_millis(100);
    limits.patience.idle = Duration::from_millis(100);
    let admin = serve(office.admin.clone(), limits).await;
    let mut stream = client::connect(admin).await;
    let half = b"GET /status HTTP/1.1\r\nHost: x\r\n";
    tokio::io::AsyncWriteExt::write_all(&mut stream, half)
        .await
        .unwrap();
    let mut rest = Vec::new();
    // It ends, or this test never does.
    stream.read_to_end(&mut rest).await.unwrap();
    assert!(
        rest.is_empty() || rest.starts_with(b"HTTP/1.1 408"),
        "{}",
        String::from_utf8_lossy(&rest)
    );
}

#[test]
fn a_database_that_is_not_there_is_an_error_and_no_panic() {
    let toml = "[site]\ntitle = \"x\"\nurl = \"https://x.example/\"\n[[source]]\nname = \"x\"\nfeed = \"https://x.example/\"\n";
    let config = config::parse(toml, Path::new("/no/such/folder/feeds.toml"), &|_| None).unwrap();
    let site = Arc::new(Site::new("/no/such/output".into(), Settings::default()));
    let admin = Admin::new(unchanging(config), Arc::new(Live::new(Utc::now())), site);
    assert!(admin.is_err());
}
