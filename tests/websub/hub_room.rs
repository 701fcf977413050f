//! W9: nobody holds the hub's room against others, whatever they ask for and whoever they say they are.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::http::Request;
use bytes::Bytes;
use feedmill::fetch::Fetcher;
use feedmill::model::PushRecords;
use feedmill::serve::{Inlet, Topic};
use feedmill::websub::{Counter, Hub, HubSettings, Keep, Topics};
use futures_util::future::BoxFuture;
use tokio::net::TcpListener;

use crate::clock::{Clock, Kept};
use crate::publisher::{Publisher, subscriber};
use crate::reader::fetcher;
use crate::server::{Answer, Server, form};

/// One feed that stays as it is.
struct Still;

impl Topics for Still {
    fn topic<'t>(&'t self, _: &'t str) -> BoxFuture<'t, std::io::Result<Option<Topic>>> {
        let topic = Topic {
            body: Bytes::from_static(b"<rss/>"),
            media_type: "application/rss+xml",
            version: 1,
        };
        Box::pin(async { Ok(Some(topic)) })
    }

    fn version<'t>(&'t self, path: &'t str) -> BoxFuture<'t, std::io::Result<Option<u64>>> {
        let version = (path == "/rss.xml").then_some(1);
        Box::pin(async move { Ok(version) })
    }
}

/// The hub, asked without a connection: from any address that a test names.
struct Desk {
    hub: Hub,
    counter: Counter,
    kept: Kept,
}

impl Desk {
    fn new(fetcher: Fetcher, change: impl FnOnce(&mut HubSettings)) -> Self {
        let kept = Kept::default();
        Self::keeping(fetcher, kept.keep(), kept, change)
    }

    fn keeping(fetcher: Fetcher, keep: Keep, kept: Kept, change: impl FnOnce(&mut HubSettings)) -> Self {
        let site: url::Url = "https://feeds.example/".parse().unwrap();
        let mut settings = HubSettings::new(site.clone(), site.join("websub/hub").unwrap());
        settings.timeout = Duration::from_secs(4);
        change(&mut settings);
        let hub = Hub::new(
            settings,
            PushRecords::default(),
            fetcher,
            Arc::new(Still),
            Clock::new().shared(),
            keep,
        );
        let counter = Counter {
            hub: Some(hub.clone()),
            inbox: None,
        };
        Self { hub, counter, kept }
    }

    async fn ask(
        &self,
        client: &str,
        mode: &str,
        topic: &str,
        callback: &str,
        forwarded: Option<&str>,
    ) -> u16 {
        let mut request =
            Request::post("/websub/hub").header("content-type", "application/x-www-form-urlencoded");
        if let Some(forwarded) = forwarded {
            request = request.header("x-forwarded-for", forwarded);
        }
        let (mut parts, ()) = request.body(()).unwrap().into_parts();
        let client: IpAddr = client.parse().unwrap();
        let fields = [
            ("hub.mode", mode),
            ("hub.topic", topic),
            ("hub.callback", callback),
        ];
        let body = form(&fields);
        let most = self.counter.takes(&mut parts, client).unwrap().unwrap();
        if body.len() as u64 > most {
            return 413;
        }
        self.counter.answer(parts, body.into()).await.status().as_u16()
    }

    async fn subscribe(&self, client: &str, callback: &str) -> u16 {
        self.ask(client, "subscribe", TOPIC, callback, None).await
    }
}

const TOPIC: &str = "https://feeds.example/rss.xml";

/// Takes connections and says nothing.
async fn hanging() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            held.push(stream);
        }
    });
    format!("http://localhost:{}", address.port())
}

#[tokio::test(flavor = "multi_thread")]
async fn w9_who_names_foreign_topics_or_callbacks_that_hang_keeps_nobody_out() {
    let desk = Desk::new(fetcher(), |_| ());
    let hanging = hanging().await;
    let long = "x".repeat(12 << 10);
    let mut taken = 0;
    for number in 0..2_000 {
        let callback = format!("{hanging}/{number}");
        assert_eq!(
            desk.ask("198.51.100.7", "subscribe", &long, &callback, None)
                .await,
            404
        );
        assert_eq!(
            desk.ask("198.51.100.7", "unsubscribe", &long, &callback, None)
                .await,
            202
        );
        match desk.subscribe("198.51.100.7", &callback).await {
            202 => taken += 1,
            status => assert_eq!(status, 503),
        }
    }
    assert_eq!(taken, 200, "of one domain, and of one client");
    let subscriber = subscriber(200).await;
    let began = Instant::now();
    desk.hub.turn().await;
    assert_eq!(desk.subscribe("203.0.113.9", &subscriber.url("/cb")).await, 202);
    desk.hub.turn().await;
    subscriber.until(1).await;
    while desk.hub.subscribers() == 0 && began.elapsed() < Duration::from_secs(2) {
        tokio::task::yield_now().await;
    }
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    assert_eq!(desk.kept.records().subscribers.len(), 1, "nothing else is stored");
}

#[tokio::test(flavor = "multi_thread")]
async fn w9_a_client_with_a_callback_at_every_address_has_its_own_share() {
    // Nobody is asked back here: what counts is who may wait.
    let desk = Desk::new(fetcher(), |_| ());
    let callback = |number: usize| format!("http://10.{}.{}.1/cb", number / 250, number % 250);
    let mut taken = [0; 3];
    for number in 0..600 {
        let clients = ["198.51.100.1", "198.51.100.254"];
        let status = desk.subscribe(clients[number % 2], &callback(number)).await;
        taken[0] += usize::from(status == 202);
        // Behind a server on this machine the last address that it names is the client.
        let forwarded = format!("203.0.113.{}, 192.0.2.{}", number % 200, number % 100);
        let (named, unnamed) = (callback(1_000 + number), callback(2_000 + number));
        let status = desk
            .ask("127.0.0.1", "subscribe", TOPIC, &named, Some(&forwarded))
            .await;
        taken[1] += usize::from(status == 202);
        // Without its word it is nobody's.
        taken[2] += usize::from(desk.subscribe("127.0.0.1", &unnamed).await == 202);
    }
    assert_eq!(taken, [200, 200, 600]);
    assert_eq!(desk.subscribe("2001:db8::1", &callback(5_000)).await, 202);
}

#[tokio::test(flavor = "multi_thread")]
async fn w9_who_did_not_answer_gives_way_to_who_was_not_asked() {
    let desk = Desk::new(fetcher(), |settings| {
        settings.asked.all.count = 8;
        settings.asked.each.count = 8;
    });
    let broken = Server::start(|_| Answer::status(500)).await;
    let port = broken.address.port();
    // Four have half of the room, the next two half of what is left, and so on.
    let mut statuses = Vec::new();
    for (number, host) in ["127.0.0.1", "localhost"].iter().cycle().take(16).enumerate() {
        let callback = format!("http://{host}:{port}/{number}");
        statuses.push(desk.subscribe("127.0.0.1", &callback).await);
    }
    assert!(statuses.contains(&503), "{statuses:?}");
    desk.hub.turn().await;
    desk.hub.settle().await;
    let subscriber = subscriber(200).await;
    let callback = format!("http://127.0.0.1:{}/cb", subscriber.address.port());
    for number in 0..8 {
        let callback = format!("{callback}/{number}");
        assert_eq!(desk.subscribe("127.0.0.1", &callback).await, 202, "{number}");
        desk.hub.turn().await;
        desk.hub.settle().await;
    }
    assert_eq!(desk.hub.subscribers(), 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn w9_no_callback_leads_to_where_we_listen_ourselves() {
    let fetcher = fetcher();
    let own = subscriber(200).await;
    let other = subscriber(200).await;
    let port = own.address.port();
    fetcher.avoid(vec![own.address]);
    let desk = Desk::new(fetcher, |_| ());
    for callback in [
        own.url("/cb"),
        format!("http://[::ffff:127.0.0.1]:{port}/cb"),
        format!("http://2130706433:{port}/cb"),
    ] {
        assert_eq!(desk.subscribe("127.0.0.1", &callback).await, 400, "{callback}");
    }
    // A name says nothing; where it leads is looked at when it is asked.
    let named = format!("http://localhost:{port}/cb");
    assert_eq!(desk.subscribe("127.0.0.1", &named).await, 202);
    assert_eq!(desk.subscribe("127.0.0.1", &other.url("/cb")).await, 202);
    desk.hub.turn().await;
    desk.hub.settle().await;
    assert_eq!((own.count(), desk.hub.subscribers()), (0, 1));
}

/// Bytes that this process holds in memory.
fn memory() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib: usize = line.unwrap().trim().trim_end_matches(" kB").parse().unwrap();
    kib << 10
}

/// Subscribers at this many addresses, which confirm all that they are asked; the requests that they get are not kept.
async fn crowd(addresses: u8) -> Vec<String> {
    let mut crowd = Vec::new();
    for number in 1..=addresses {
        let listener = TcpListener::bind(format!("127.0.{number}.1:0")).await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(confirm(stream));
            }
        });
        crowd.push(format!("http://{address}"));
    }
    crowd
}

async fn confirm(mut stream: tokio::net::TcpStream) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut read = Vec::new();
    loop {
        let end = loop {
            if let Some(end) = read.windows(4).position(|window| window == b"\r\n\r\n") {
                break end + 4;
            }
            match stream.read_buf(&mut read).await {
                Ok(0) | Err(_) => return,
                Ok(_) => {}
            }
        };
        let head = String::from_utf8(read.drain(..end).collect()).unwrap();
        let challenge = head.split("hub.challenge=").nth(1).unwrap();
        let challenge = challenge.split(['&', ' ']).next().unwrap();
        let answer = format!(
            "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{challenge}",
            challenge.len()
        );
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// So many subscribe, from so many addresses, and all are confirmed; then a flood of requests for callbacks that hang.
async fn besieged(subscribers: usize, addresses: u8, flood: usize) {
    // A list of all that is kept would take longer than all else.
    let desk = Desk::keeping(fetcher(), Arc::new(|_| {}), Kept::default(), |_| ());
    let crowd = crowd(addresses).await;
    let before = memory();
    let began = Instant::now();
    let running = tokio::spawn({
        let hub = desk.hub.clone();
        async move { hub.run(std::future::pending()).await }
    });
    for number in 0..subscribers {
        let callback = format!("{}/cb/{number}", crowd[number % crowd.len()]);
        // The room for those that wait is smaller: a subscriber that is put off comes again.
        while desk.subscribe("127.0.0.1", &callback).await != 202 {
            assert!(began.elapsed() < Duration::from_secs(3_600), "{number}");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
    while desk.hub.subscribers() < subscribers {
        assert!(
            began.elapsed() < Duration::from_secs(3_600),
            "{}",
            desk.hub.subscribers()
        );
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    eprintln!("{subscribers} subscribed in {:?}", began.elapsed());
    let hanging = hanging().await;
    let began = Instant::now();
    let mut taken = 0;
    for number in 0..flood {
        let client = format!("198.51.{}.7", number % 250);
        let callback = format!("{hanging}/{number}?{}", "x".repeat(1_500));
        taken += usize::from(desk.subscribe(&client, &callback).await == 202);
        if number % 100 == 0 {
            let subscriber = format!("{}/late/{number}", crowd[number % crowd.len()]);
            assert_eq!(desk.subscribe("203.0.113.9", &subscriber).await, 202, "{number}");
        }
    }
    let all = subscribers + flood.div_ceil(100);
    while desk.hub.subscribers() < all {
        assert!(
            began.elapsed() < Duration::from_secs(60),
            "{}",
            desk.hub.subscribers()
        );
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let grown = memory().saturating_sub(before);
    eprintln!(
        "{flood} in {:?}, {taken} taken, {} MB more",
        began.elapsed(),
        grown >> 20
    );
    assert!(taken <= 200 + flood / 10, "{taken}");
    // With what the connections of this test take.
    assert!(grown < (64 << 20) + subscribers * 2_500, "{grown} bytes");
    running.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn w9_a_siege_is_bounded() {
    besieged(1_000, 3, 1_000).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes: cargo test --test websub siege -- --ignored --nocapture"]
async fn w9_a_siege_of_a_hundred_thousand_is_bounded() {
    besieged(99_000, 12, 20_000).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn w9_the_block_of_a_subscriber_is_kept_with_it() {
    let publisher = Publisher::with(true, |settings| settings.subscribers.each.count = 2).await;
    let subscriber = subscriber(200).await;
    let port = subscriber.address.port();
    for (number, host) in ["localhost", "127.0.0.1", "localhost"].iter().enumerate() {
        publisher
            .subscribe(&format!("http://{host}:{port}/{number}"), "rss.xml", &[])
            .await;
    }
    // Two names of one address are one block.
    assert_eq!(publisher.hub.subscribers(), 2);
    assert_eq!(publisher.restarted().subscribers(), 2);
    let from = publisher.kept.records().subscribers[0].2.from;
    assert_eq!(from, Some("127.0.0.1".parse().unwrap()));
}
