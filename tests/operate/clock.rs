//! The machine's clock is wrong, once or for long: nothing is lost by it, and what it dated is dated anew.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use feedmill::model::ClockStanding;
use feedmill::refresh::Summary;
use feedmill::{config, refresh};
use serde_json::Value;

use crate::alerts::Mill;
use crate::desk::{Desk, noon};
use crate::running::eventually;
use crate::server::{Answer, Server};

const DAY: i64 = 86_400;
const YEAR: i64 = 365 * DAY;
/// So far below the first sight of their source, and as many seconds as items are above them, stand items without a date.
const BACKLOG: TimeDelta = TimeDelta::days(7);

/// How wrong it is: a day, months, decades, and since 1970, forth and back.
fn leaps() -> [i64; 7] {
    let since_1970 = noon().timestamp();
    [
        DAY,
        200 * DAY,
        30 * YEAR,
        -DAY,
        -200 * DAY,
        -30 * YEAR,
        600 - since_1970,
    ]
}

/// Sites, each on a host of its own, that show what is right in any case.
struct World {
    servers: Vec<Server>,
    /// What time it is.
    time: Arc<AtomicI64>,
    /// Items that have come beside those of the first day.
    later: Arc<AtomicUsize>,
    items: usize,
}

/// When an item was published: the first a day before noon, each further one an hour before.
fn date(item: usize) -> DateTime<Utc> {
    noon() - TimeDelta::days(1) - TimeDelta::hours(item as i64)
}

/// What is found later was published a minute before it is found.
fn later_date(number: usize) -> DateTime<Utc> {
    noon() + TimeDelta::minutes(59) - TimeDelta::seconds(number as i64)
}

fn document(site: usize, items: usize, later: usize) -> String {
    let mut all = String::new();
    let mut add = |name: String, date: Option<DateTime<Utc>>| {
        let date = date.map(|date| format!("<pubDate>{}</pubDate>", date.to_rfc2822()));
        let _ = write!(
            all,
            "<item><title>{name}</title><link>https://s{site}.example/{name}</link>{}</item>",
            date.unwrap_or_default()
        );
    };
    for number in 0..later {
        add(format!("later-{site}-{number}"), Some(later_date(number)));
        add(format!("undated-later-{site}-{number}"), None);
    }
    for item in 0..items {
        add(format!("dated-{site}-{item}"), Some(date(item)));
    }
    add(format!("undated-{site}"), None);
    format!("<rss version=\"2.0\"><channel><title>S{site}</title>{all}</channel></rss>")
}

impl World {
    /// So many sites of so many items; they say what time it is, or not.
    async fn new(sites: usize, items: usize, tells_time: bool) -> Self {
        let (time, later) = (Arc::new(AtomicI64::new(noon().timestamp())), Arc::default());
        let mut servers = Vec::new();
        for site in 0..sites {
            let (time, later): (_, Arc<AtomicUsize>) = (time.clone(), Arc::clone(&later));
            let script = move |asked: &crate::server::Asked, _: usize| {
                let later = later.load(Ordering::SeqCst);
                let now = DateTime::from_timestamp(time.load(Ordering::SeqCst), 0).unwrap();
                let (tag, date) = (
                    format!("ETag: \"{later}\""),
                    format!("Date: {}", now.format("%a, %d %b %Y %H:%M:%S GMT")),
                );
                let mut headers = vec![tag.as_str()];
                if tells_time {
                    headers.push(&date);
                }
                match asked.header("if-none-match") == Some(format!("\"{later}\"")) {
                    true => Answer::new(304, &headers, ""),
                    false => Answer::new(200, &headers, document(site, items, later)),
                }
            };
            servers.push(Server::start(&format!("127.6.{}.{}", site / 200, site % 200 + 1), script).await);
        }
        Self {
            servers,
            time,
            later,
            items,
        }
    }

    fn desk(&self) -> Desk {
        self.keeping("180d")
    }

    fn keeping(&self, keep: &str) -> Desk {
        let mut tables = format!("keep = \"{keep}\"\nitems = 1000\n");
        for (number, server) in self.servers.iter().enumerate() {
            let url = server.url("/feed");
            let _ = write!(tables, "[[source]]\nname = \"S{number}\"\nfeed = \"{url}\"\n");
        }
        Desk::with(&tables)
    }

    /// All that was ever published.
    fn all(&self) -> u64 {
        let each = self.items + 1 + 2 * self.later.load(Ordering::SeqCst);
        (self.servers.len() * each) as u64
    }

    fn come(&self) {
        self.later.fetch_add(1, Ordering::SeqCst);
    }

    fn pass_time(&self, seconds: i64) {
        self.time.fetch_add(seconds, Ordering::SeqCst);
    }
}

/// The items of the site's feed with their dates.
fn shown(desk: &Desk) -> BTreeMap<String, DateTime<Utc>> {
    let feed = desk.program.json_feed("");
    let item = |item: &Value| {
        let date = item["date_published"].as_str().unwrap().parse().unwrap();
        (item["title"].as_str().unwrap().to_owned(), date)
    };
    feed["items"].as_array().unwrap().iter().map(item).collect()
}

fn stored(desk: &Desk) -> u64 {
    let config = config::load(&desk.program.folder().join("feeds.toml")).unwrap();
    let store = refresh::open(&config).unwrap();
    store.reader().unwrap().item_count().unwrap()
}

/// All that was published is there with the date that it should have; what has none came between these two, and what was
/// there before its source was read stands a week below that.
fn is_right(world: &World, desk: &Desk, undated: (DateTime<Utc>, DateTime<Utc>)) -> Result<(), String> {
    let shown = shown(desk);
    if shown.len() as u64 != world.all() || stored(desk) != world.all() {
        return Err(format!(
            "{} of {} shown, {} stored",
            shown.len(),
            world.all(),
            stored(desk)
        ));
    }
    for (title, at) in &shown {
        let number = |name: &str| {
            title
                .rsplit('-')
                .next()
                .unwrap()
                .parse::<usize>()
                .ok()
                .filter(|_| title.starts_with(name))
        };
        let wanted = number("dated-")
            .map(date)
            .or_else(|| number("later-").map(later_date));
        let is_right = match wanted {
            Some(wanted) => *at == wanted,
            None if title.starts_with("undated-later") => (undated.0..=undated.1).contains(at),
            None => {
                let place = TimeDelta::seconds(world.items as i64);
                (undated.0..=undated.1).contains(&(*at + BACKLOG + place))
            }
        };
        if !is_right {
            return Err(format!("{title} is dated {at}"));
        }
    }
    Ok(())
}

/// A day and an hour go by, at which something is polled every hour.
async fn live(world: &World, desk: &Desk) -> Summary {
    for _ in 0..24 {
        world.pass_time(3_600);
        desk.advance(TimeDelta::hours(1));
        desk.pass().await;
    }
    world.pass_time(3_600);
    desk.advance(TimeDelta::hours(1));
    desk.force().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pass_at_a_wrong_time_loses_nothing_and_is_told() {
    for (leap, tells_time) in leaps().into_iter().flat_map(|leap| [(leap, true), (leap, false)]) {
        let world = World::new(4, 3, tells_time).await;
        let desk = world.desk();
        let summary = desk.pass().await;
        assert_eq!(summary.clock, None, "{leap}");

        // An hour later the clock is wrong, and something new has come.
        world.pass_time(3_600);
        world.come();
        desk.advance(TimeDelta::seconds(3_600 + leap));
        let summary = desk.force().await;
        assert_eq!(stored(&desk), world.all(), "{leap} {tells_time}: {summary:?}");
        let told = summary.clock.map(|clock| clock.standing);
        if tells_time {
            assert_eq!(told, Some(ClockStanding::Corrected), "{leap}");
            let hour = TimeDelta::hours(1);
            is_right(&world, &desk, (noon() - hour / 60, noon() + hour * 2)).unwrap();
        } else if leap != DAY {
            // A day ahead is a day of rest.
            assert_eq!(told, Some(ClockStanding::Doubted), "{leap}");
        }

        world.pass_time(3_600);
        desk.advance(TimeDelta::seconds(3_600 - leap));
        let summary = desk.force().await;
        assert_eq!(stored(&desk), world.all(), "{leap} {tells_time}: {summary:?}");
        let is_sure = tells_time || leap != DAY;
        if is_sure {
            assert_eq!(summary.clock, None, "{leap} {tells_time}");
            is_right(&world, &desk, (noon(), desk.now()))
                .unwrap_or_else(|wrong| panic!("{leap} {tells_time}: {wrong}"));
        }
        let summary = live(&world, &desk).await;
        assert_eq!(summary.clock, None, "{leap} {tells_time}");
        is_right(&world, &desk, (noon(), desk.now()))
            .unwrap_or_else(|wrong| panic!("{leap} {tells_time}: {wrong}"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_pass_at_a_wrong_time_is_dated_anew_when_the_right_one_is_known() {
    for (leap, tells_time) in leaps().into_iter().flat_map(|leap| [(leap, true), (leap, false)]) {
        let world = World::new(4, 3, tells_time).await;
        let desk = world.keeping("3650d");
        desk.advance(TimeDelta::seconds(leap));
        let summary = desk.pass().await;
        let told = summary.clock.map(|clock| clock.standing);
        let lost = leap < -20 * YEAR;
        match (tells_time, lost) {
            (true, _) => assert_eq!(told, Some(ClockStanding::Corrected), "{leap}"),
            (false, true) => assert_eq!(told, Some(ClockStanding::Lost), "{leap}"),
            // There is nothing to compare with.
            (false, false) => assert_eq!(told, None, "{leap}"),
        }
        if tells_time {
            let minute = TimeDelta::minutes(1);
            is_right(&world, &desk, (noon() - minute, noon() + minute))
                .unwrap_or_else(|wrong| panic!("{leap}: {wrong}"));
        }
        world.pass_time(3_600);
        desk.advance(TimeDelta::seconds(3_600 - leap));
        let summary = desk.force().await;
        if tells_time || lost {
            assert_eq!(summary.clock, None, "{leap} {tells_time}");
        }
        let summary = live(&world, &desk).await;
        assert_eq!(summary.clock, None, "{leap} {tells_time}");
        // That a first clock was behind, and nobody said so, cannot be known of what has no date.
        let from = match (tells_time, lost) {
            (false, false) => noon() + TimeDelta::seconds(leap.min(0)),
            _ => noon() - TimeDelta::minutes(1),
        };
        is_right(&world, &desk, (from, desk.now()))
            .unwrap_or_else(|wrong| panic!("{leap} {tells_time}: {wrong}"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn quiet_sources_keep_all_their_items_whatever_the_clock_says() {
    let world = World::new(24, 19, false).await;
    let desk = world.desk();
    desk.pass().await;
    assert_eq!(stored(&desk), 480);
    for leap in leaps() {
        desk.advance(TimeDelta::seconds(leap));
        desk.force().await;
        assert_eq!((stored(&desk), shown(&desk).len()), (480, 480), "{leap}");
        desk.advance(TimeDelta::seconds(3_600 - leap));
        desk.force().await;
        assert_eq!((stored(&desk), shown(&desk).len()), (480, 480), "{leap}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_that_was_off_for_long_is_not_wrong_for_ever() {
    for tells_time in [true, false] {
        let world = World::new(3, 2, tells_time).await;
        let desk = world.desk();
        desk.pass().await;
        world.pass_time(200 * DAY);
        desk.advance(TimeDelta::days(200));
        let back = desk.now();
        let summary = desk.pass().await;
        assert_eq!(summary.clock.is_some(), !tells_time, "{summary:?}");
        world.come();
        let summary = live(&world, &desk).await;
        assert_eq!(summary.clock, None);
        let undated = |title: &String| title.starts_with("undated-later");
        let shown = shown(&desk);
        let mut dates = shown
            .iter()
            .filter(|(title, _)| undated(title))
            .map(|(_, date)| *date);
        assert!(dates.all(|date| date >= back && date <= desk.now()), "{shown:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_forges_the_time_moves_nothing() {
    let world = World::new(1, 3, true).await;
    let right = Server::start("127.7.0.1", |_, _| {
        Answer::new(200, &["Date: Sun, 15 Nov 2026 12:00:00 GMT"], document(7, 2, 0))
    })
    .await;
    let tables = [
        ("S0", world.servers[0].url("/feed")),
        ("S1", world.servers[0].url("/again")),
        ("S7", right.url("/feed")),
    ];
    let tables: Vec<(&str, &str)> = tables.iter().map(|(name, url)| (*name, url.as_str())).collect();
    let desk = Desk::new(&tables);
    world.pass_time(200 * DAY);
    let summary = desk.pass().await;
    assert_eq!(summary.clock, None);
    assert_eq!(desk.state("S0").last_poll, Some(desk.now()));
    assert!(shown(&desk).values().all(|date| *date <= desk.now()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_whose_clock_is_set_to_anything_loses_nothing_and_tells() {
    for tells_time in [true, false] {
        let world = World::new(4, 3, tells_time).await;
        let desk = world.desk();
        let clock = Arc::new(AtomicI64::new(noon().timestamp()));
        let mill = Mill::start(&desk, &clock).await;
        mill.round().await;
        let (mut now, mut seen) = (noon().timestamp(), noon());
        for leap in leaps() {
            now += 3_600;
            world.time.store(now, Ordering::SeqCst);
            world.come();
            clock.store(now + leap, Ordering::SeqCst);
            mill.round().await;
            assert_eq!(stored(&desk), world.all(), "{leap} {tells_time}");
            let standing = clock_of(&desk);
            if tells_time {
                assert_eq!(standing, ClockStanding::Corrected, "{leap}");
            } else if leap != DAY {
                assert_eq!(standing, ClockStanding::Doubted, "{leap}");
            }
            now += 3_600;
            world.time.store(now, Ordering::SeqCst);
            clock.store(now, Ordering::SeqCst);
            mill.round().await;
            assert_eq!(stored(&desk), world.all(), "{leap} {tells_time}");
            seen = DateTime::from_timestamp(now, 0).unwrap();
        }
        // An hour at a time: it has to be there when it goes by.
        for _ in 0..26 {
            now += 3_600;
            world.time.store(now, Ordering::SeqCst);
            clock.store(now, Ordering::SeqCst);
            mill.round().await;
        }
        assert_eq!(clock_of(&desk), ClockStanding::Trusted, "{tells_time}");
        let at = DateTime::from_timestamp(now, 0).unwrap();
        assert!(seen < at);
        eventually(
            || is_right(&world, &desk, (noon() - TimeDelta::minutes(1), at)).ok(),
            || format!("{tells_time} {:?}", is_right(&world, &desk, (noon(), at))),
        );
        mill.stop().await;
    }
}

fn clock_of(desk: &Desk) -> ClockStanding {
    let config = config::load(&desk.program.folder().join("feeds.toml")).unwrap();
    let store = refresh::open(&config).unwrap();
    store.reader().unwrap().clock().unwrap().unwrap().standing
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_is_told_what_the_clock_says_what_it_should_say_and_what_to_do() {
    // The program has the clock of this machine: here it is the sites that are a year ahead.
    let world = World::new(4, 1, true).await;
    world.time.store(Utc::now().timestamp() + YEAR, Ordering::SeqCst);
    let desk = world.desk();
    let summary = desk.program.refresh(&[], 0);
    let words = summary["clock"]["message"].as_str().unwrap();
    for part in ["the clock of this machine says", "4 sites agree", "NTP"] {
        assert!(words.contains(part), "{words}");
    }
    assert_eq!(
        (&summary["clock"]["standing"], &summary["clock"]["sites"]),
        (&"corrected".into(), &4.into())
    );
    let told = desk.program.run(&["status"]);
    let text = String::from_utf8_lossy(&told.stdout).into_owned();
    assert!(text.contains("clock: the clock of this machine says"), "{text}");
    let told = desk.program.run(&["status", "--json"]);
    let status: Value = serde_json::from_slice(&told.stdout).unwrap();
    assert_eq!(status["clock"]["standing"], "corrected");
    // Once in the log, in every summary.
    let again = desk.program.run(&["refresh", "--force"]);
    let (said, log) = (
        String::from_utf8_lossy(&again.stdout),
        String::from_utf8_lossy(&again.stderr),
    );
    assert!(said.contains("clock  the clock of this machine says"), "{said}");
    assert!(!log.contains("the clock of this machine says"), "{log}");
}
