use super::*;

const NOON: i64 = 1_795_000_000;
const YEAR: i64 = 365 * DAY;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

/// One that went well until noon.
fn trusted() -> Judge {
    let mut judge = Judge::new(None, Some(at(NOON)));
    assert_eq!(judge.time(at(NOON)), at(NOON));
    assert!(judge.is_trusted());
    judge
}

/// Goes on as after a stop.
fn again(judge: &Judge) -> Judge {
    let stored = serde_json::to_string(judge.record()).unwrap();
    Judge::new(Some(serde_json::from_str(&stored).unwrap()), None)
}

fn hear(judge: &mut Judge, sites: usize, ahead: i64) {
    for site in 0..sites {
        judge.hear(&format!("site{site}.example"), ahead + site as i64);
    }
}

fn standing(judge: &Judge) -> ClockStanding {
    judge.record().standing
}

const LEAPS: [i64; 8] = [
    -DAY,
    -200 * DAY,
    -30 * YEAR,
    -NOON,
    -(NOON - 3_600),
    9 * DAY,
    200 * DAY,
    30 * YEAR,
];

#[test]
fn a_clock_that_leaps_is_in_doubt_until_it_is_back() {
    for leap in LEAPS {
        let mut judge = trusted();
        judge.time(at(NOON + leap));
        assert_eq!(standing(&judge), ClockStanding::Doubted, "{leap}");
        assert!(!judge.is_trusted() && !judge.is_known() && judge.record().trouble().is_some());
        let mut judge = again(&judge);
        judge.time(at(NOON + leap + HOUR));
        assert!(!judge.is_trusted(), "{leap}");
        let mut judge = again(&judge);
        assert_eq!(judge.time(at(NOON + 2 * HOUR)), at(NOON + 2 * HOUR));
        assert!(judge.is_trusted() && judge.record().is_mended, "{leap}");
        assert_eq!(judge.record().trouble(), None);
    }
}

#[test]
fn a_clock_that_is_as_it_should_be_is_never_in_doubt() {
    for gap in [0, 1, 900, HOUR, DAY, 7 * DAY, -1, -HOUR] {
        let mut judge = trusted();
        for pass in 1..20 {
            let now = at(NOON + pass * gap.max(0) + gap.min(0));
            assert_eq!(judge.time(now), now);
            assert!(judge.is_trusted() && !judge.record().is_mended, "{gap}");
            judge = again(&judge);
        }
    }
}

#[test]
fn a_machine_that_was_off_is_believed_at_once_if_sites_say_the_same() {
    for leap in [200 * DAY, 30 * YEAR, -200 * DAY] {
        let mut judge = trusted();
        judge.time(at(NOON + leap));
        hear(&mut judge, 2, 5);
        assert!(!judge.is_trusted(), "two are too few");
        hear(&mut judge, 3, -100);
        assert!(judge.is_trusted() && judge.record().is_mended, "{leap}");
    }
}

#[test]
fn without_sites_it_is_believed_when_it_has_gone_evenly_for_a_day() {
    for (leap, step, passes) in [
        (200 * DAY, HOUR, 24),
        (200 * DAY, 2, 43_200),
        // A step of more counts for eight hours.
        (200 * DAY, DAY, 3),
        (200 * DAY, 30 * DAY, 3),
        (-200 * DAY, HOUR, 24),
    ] {
        let mut judge = trusted();
        let leapt = NOON + leap;
        judge.time(at(leapt));
        for pass in 1..passes {
            judge.time(at(leapt + pass * step));
            assert!(!judge.is_trusted(), "{leap} {step} {pass}");
        }
        judge.time(at(leapt + passes * step));
        assert!(judge.is_trusted() && judge.record().is_mended, "{leap} {step}");
    }
    // A time at which there was no feedmill is never believed.
    let mut judge = trusted();
    for hour in 0..100 {
        judge.time(at(hour * HOUR));
        assert!(!judge.is_known());
    }
}

#[test]
fn sites_that_agree_are_believed_in_place_of_the_machine() {
    for leap in LEAPS.into_iter().chain([2 * HOUR, -3 * HOUR]) {
        let mut judge = trusted();
        let machine = NOON + leap;
        judge.time(at(machine));
        hear(&mut judge, 3, -leap);
        assert_eq!(standing(&judge), ClockStanding::Corrected, "{leap}");
        assert!(judge.is_known() && !judge.is_trusted() && judge.record().is_mended);
        let close = |time: DateTime<Utc>, right: i64| (time.timestamp() - right).abs() <= 5;
        assert!(close(judge.time(at(machine + 60)), NOON + 60), "{leap}");
        assert_eq!(judge.moment(at(NOON)), Moment::sure(at(NOON)));
        // It goes on so when nobody says anything, over a stop, too.
        let mut judge = again(&judge);
        assert!(close(judge.time(at(machine + HOUR)), NOON + HOUR), "{leap}");
        let trouble = judge.record().trouble().unwrap();
        assert_eq!((trouble.sites, trouble.machine), (3, at(machine + HOUR)));
        assert!(close(trouble.time.unwrap(), NOON + HOUR), "{trouble:?}");
        // The operator sets it.
        let mut judge = again(&judge);
        assert!(close(judge.time(at(NOON + 2 * HOUR)), NOON + 2 * HOUR), "{leap}");
        hear(&mut judge, 3, 0);
        assert!(judge.is_trusted(), "{leap}");
    }
}

#[test]
fn no_source_can_move_the_time() {
    let year = YEAR;
    for (right, forged, moves) in [
        (0, 1, false),
        (0, 2, false),
        (1, 2, false),
        (3, 1, false),
        (3, 2, false),
        (10, 9, false),
        // So many domains that the operator chose, of so many, are no forgery any more.
        (0, 3, true),
        (1, 3, true),
    ] {
        let mut judge = trusted();
        for site in 0..right {
            judge.hear(&format!("right{site}.example"), site);
        }
        for site in 0..forged {
            // However often it says so.
            for _ in 0..100 {
                judge.hear(&format!("forged{site}.example"), year);
            }
        }
        assert_eq!(!judge.is_trusted(), moves, "{right} {forged}");
    }
    // Not even together do they agree when each says something else.
    let mut judge = trusted();
    for site in 0..20 {
        judge.hear(&format!("site{site}.example"), (site + 1) * DAY);
    }
    assert!(judge.is_trusted());
}

#[test]
fn a_forger_cannot_keep_others_from_being_heard_for_long() {
    let mut judge = trusted();
    for site in 0..10_000 {
        judge.hear(&format!("site{site}.example"), 0);
    }
    assert_eq!(judge.record().witnesses.len(), MOST);
    // What was heard by the clock as it was says nothing of the clock as it is.
    judge.time(at(NOON + DAY));
    assert!(judge.record().witnesses.is_empty());
}

#[test]
fn bridges_on_this_machine_have_its_clock() {
    let mut judge = trusted();
    judge.time(at(NOON + 200 * DAY));
    for port in 1..9 {
        judge.hear(&format!("127.0.0.1:{port}"), 0);
    }
    hear(&mut judge, 3, -200 * DAY);
    assert_eq!(standing(&judge), ClockStanding::Corrected);
    assert_eq!(judge.record().agreeing, 3);
}

#[test]
fn a_first_pass_has_nothing_to_compare_with_but_the_sites() {
    let first = |machine: i64| {
        let mut judge = Judge::new(None, None);
        judge.time(at(machine));
        judge
    };
    let mut judge = first(NOON);
    assert!(judge.moment(at(NOON)).is_doubted && judge.record().trouble().is_none());
    judge.conclude();
    assert!(judge.is_trusted() && judge.record().is_mended);
    // A daemon has no end of a pass.
    let mut judge = first(NOON);
    judge.time(at(NOON + HOUR));
    assert!(judge.is_trusted());
    let mut judge = first(NOON);
    judge.time(at(NOON + 200 * DAY));
    assert_eq!(standing(&judge), ClockStanding::Doubted);

    for leap in LEAPS {
        let mut judge = first(NOON + leap);
        hear(&mut judge, 3, -leap);
        assert_eq!(standing(&judge), ClockStanding::Corrected, "{leap}");
    }
}

#[test]
fn a_machine_without_a_battery_is_lost_until_its_clock_is_set() {
    let mut judge = Judge::new(None, None);
    for hour in 0..48 {
        judge.time(at(hour * HOUR));
        judge.conclude();
        assert_eq!(standing(&judge), ClockStanding::Lost);
        // Dates of sources are not measured by it.
        let moment = judge.moment(at(hour * HOUR));
        assert!(moment.is_doubted && moment.latest > at(NOON + 30 * YEAR));
        judge = again(&judge);
    }
    // It began anew in 1970, and bridges beside it know no better.
    judge.time(at(7));
    for port in 1..9 {
        judge.hear(&format!("127.0.0.1:{port}"), 0);
    }
    assert_eq!(standing(&judge), ClockStanding::Lost);
    judge.time(at(NOON));
    assert!(judge.is_trusted() && judge.record().is_mended);
    // An older database has only its polls to tell.
    let mut judge = Judge::new(None, Some(at(1_000)));
    judge.time(at(NOON));
    assert!(judge.is_trusted() && judge.record().is_mended);
}

#[test]
fn what_is_found_while_the_clock_is_back_is_dated_by_the_last_pass() {
    let mut judge = trusted();
    judge.time(at(NOON - 200 * DAY));
    let moment = judge.moment(at(NOON - 200 * DAY));
    assert_eq!((moment.now, moment.is_doubted), (at(NOON), true));
    assert!(moment.latest >= at(NOON + DAY) && moment.latest < at(NOON + 30 * DAY));
    // Ahead, it may as well be right.
    let mut judge = trusted();
    judge.time(at(NOON + 200 * DAY));
    let moment = judge.moment(at(NOON + 200 * DAY));
    assert_eq!((moment.now, moment.is_doubted), (at(NOON + 200 * DAY), true));
}
