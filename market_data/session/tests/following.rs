//! How a book follows, loses and finds its exchange: each fault as a row of what is said and what is answered.

mod stage;

use capture::Endpoint;
use stage::{Seen, Stage, config};
use wire::{Reason, State};

#[test]
fn the_first_update_may_be_aligned_overlap_or_end_with_the_snapshot() {
    for (name, first, last) in [
        ("aligned", 101, 105),
        ("overlaps", 95, 105),
        ("straddles by one", 101, 101),
    ] {
        let mut stage = Stage::new(config());
        stage.connected(1);
        stage.depth("AAA", 80, 100, &[(3, 3)], &[]);
        stage.snapshot("AAA", 100, &[(10, 5)], &[(12, 5)]);
        assert_eq!(
            stage.state(0),
            State::Resyncing,
            "{name}: a snapshot alone is not confirmed"
        );
        stage.depth("AAA", first, last, &[(11, 1)], &[]);
        assert_eq!(stage.state(0), State::Live, "{name}");
        let counted = stage.session.instrument(0).counted;
        assert_eq!(
            (counted.resyncs, counted.gaps, counted.overlaps),
            (0, 0, 0),
            "{name}"
        );
        let Seen::Book { last_id, bids, .. } = stage.book(0) else {
            panic!("a book")
        };
        assert_eq!(
            (last_id as u64, bids),
            (last, vec![[11, 1], [10, 5]]),
            "{name}: the update before is in the snapshot"
        );
    }
}

#[test]
fn a_missing_update_is_a_gap_at_once_and_one_snapshot_mends_it() {
    let mut stage = Stage::live(config());
    stage.depth("AAA", 104, 104, &[(10, 9)], &[]);
    assert_eq!(stage.statuses(), [(Some(0), State::Resyncing, Reason::Gap)]);
    let Seen::Book { state, bids, .. } = stage.book(0) else {
        panic!("a book")
    };
    assert_eq!(
        (state, bids),
        (State::Resyncing, vec![[10, 5], [9, 5]]),
        "the update behind the gap is not applied"
    );
    assert_eq!(stage.fetches(Endpoint::Depth), 1);
    stage.snapshot("AAA", 103, &[(10, 2)], &[(12, 5)]);
    assert_eq!(
        stage.statuses()[1..],
        [(Some(0), State::Live, Reason::SnapshotApplied)]
    );
    let Seen::Book { bids, .. } = stage.book(0) else {
        panic!("a book")
    };
    assert_eq!(bids, vec![[10, 9]], "no ghost of the old book");
    let report = stage.session.instrument(0);
    assert_eq!(
        (report.epoch, report.counted.gaps, report.counted.resyncs),
        (2, 1, 1)
    );
    assert_eq!(
        (stage.state(1), stage.session.instrument(1).counted.resyncs),
        (State::Live, 0)
    );
}

#[test]
fn repeated_updates_are_dropped_and_counted() {
    let mut stage = Stage::live(config());
    (0..20).for_each(|_| stage.depth("AAA", 100, 100, &[(1, 1)], &[]));
    assert_eq!(
        (
            stage.seen.len(),
            stage.session.instrument(0).counted.duplicates
        ),
        (0, 20)
    );
}

#[test]
fn swapped_neighbours_are_a_gap_and_then_an_old_update() {
    let mut stage = Stage::live(config());
    stage.depth("AAA", 102, 102, &[(9, 2)], &[]);
    stage.depth("AAA", 101, 101, &[(9, 1)], &[]);
    stage.snapshot("AAA", 101, &[(10, 5), (9, 1)], &[(12, 5)]);
    let Seen::Book { bids, last_id, .. } = stage.book(0) else {
        panic!("a book")
    };
    assert_eq!((last_id, bids), (102, vec![[10, 5], [9, 2]]));
    assert_eq!(stage.session.instrument(0).counted.duplicates, 1);
}

#[test]
fn an_old_snapshot_is_asked_for_again_with_pauses_and_what_waits_is_kept() {
    let mut stage = Stage::new(config());
    stage.connected(1);
    stage.depth("AAA", 101, 105, &[(10, 1)], &[]);
    assert_eq!(
        stage.fetches(Endpoint::Depth),
        1,
        "the first update asks for it"
    );
    for attempt in 1..=5 {
        stage.snapshot("AAA", 90, &[(10, 5)], &[(12, 5)]);
        assert_eq!(stage.fetches(Endpoint::Depth), attempt, "not at once");
        while stage.fetches(Endpoint::Depth) == attempt {
            stage.tick(100);
            assert!(
                stage.now < stage::START + 120 * stage::SECOND,
                "but in time"
            );
        }
    }
    assert_eq!(
        stage.statuses().last(),
        Some(&(Some(0), State::Resyncing, Reason::SnapshotTooOld))
    );
    stage.snapshot("AAA", 100, &[(10, 5)], &[(12, 5)]);
    let Seen::Book { state, bids, .. } = stage.book(0) else {
        panic!("a book")
    };
    assert_eq!((state, bids), (State::Live, vec![[10, 1]]));
    assert_eq!(stage.session.instrument(0).counted.snapshots_too_old, 5);
}

#[test]
fn a_snapshot_newer_than_every_update_waits_for_the_next_one_or_a_ticker() {
    for by_ticker in [false, true] {
        let mut stage = Stage::new(config());
        stage.connected(1);
        stage.depth("AAA", 90, 95, &[(10, 1)], &[]);
        stage.snapshot("AAA", 100, &[(10, 5)], &[(12, 5)]);
        assert_eq!(
            (stage.state(0), stage.session.instrument(0).epoch),
            (State::Resyncing, 1)
        );
        match by_ticker {
            true => stage.ticker("AAA", 100, (10, 5), (12, 5)),
            false => stage.depth("AAA", 98, 101, &[(9, 1)], &[]),
        }
        assert_eq!(stage.state(0), State::Live);
    }
}

#[test]
fn a_quiet_instrument_gets_its_snapshot_without_an_update() {
    let mut stage = Stage::new(config());
    stage.connected(1);
    assert_eq!(stage.fetches(Endpoint::Depth), 0);
    stage.wait(1_000);
    assert_eq!(stage.fetches(Endpoint::Depth), 2);
}

#[test]
fn a_crossed_book_is_not_live_for_a_moment_and_built_anew_if_it_stays() {
    let mut stage = Stage::live(config());
    stage.depth("AAA", 101, 101, &[(12, 1)], &[]);
    stage.wait(500);
    stage.depth("AAA", 102, 102, &[(12, 0)], &[]);
    let crossing = [
        (Some(0), State::Crossed, Reason::BookCrossed),
        (Some(0), State::Live, Reason::Uncrossed),
    ];
    assert_eq!(stage.statuses(), crossing);
    stage.wait(3_000);
    stage.depth("AAA", 103, 103, &[(13, 1)], &[]);
    assert_eq!(
        stage.statuses()[2..],
        [(Some(0), State::Resyncing, Reason::BookCrossed)],
        "twice in a minute"
    );

    let mut stage = Stage::live(config());
    stage.depth("AAA", 101, 101, &[(12, 1)], &[]);
    stage.wait(1_100);
    assert_eq!(
        stage.statuses()[1..],
        [(Some(0), State::Resyncing, Reason::BookCrossed)],
        "longer than a second"
    );
    assert_eq!(stage.fetches(Endpoint::Depth), 1);
}

#[test]
fn silence_makes_a_book_stale_and_the_next_update_live_again() {
    let mut stage = Stage::live(config());
    for id in 101..=108 {
        stage.wait(1_000);
        stage.depth("BBB", id, id, &[(9, 1)], &[]);
    }
    assert_eq!(
        stage.statuses(),
        [(Some(0), State::Stale, Reason::NoDepth)],
        "once, and only where it is silent"
    );
    assert_eq!(
        (
            stage.fetches(Endpoint::BookTicker),
            stage.fetches(Endpoint::ExchangeInfo)
        ),
        (1, 1)
    );
    stage.rest(
        Endpoint::BookTicker,
        "AAA",
        200,
        0,
        r#"{"bidPrice":"10","bidQty":"5","askPrice":"12","askQty":"5"}"#,
    );
    assert_eq!(
        (stage.state(0), stage.connects()),
        (State::Stale, vec![]),
        "the market is quiet, and stays stale"
    );
    stage.depth("AAA", 101, 101, &[(9, 1)], &[]);
    assert_eq!(
        stage.statuses()[1..],
        [(Some(0), State::Live, Reason::DepthResumed)]
    );
}

#[test]
fn a_market_that_moved_without_us_changes_the_connection_under_the_others() {
    let mut stage = Stage::live(config());
    for id in 101..=106 {
        stage.wait(1_000);
        stage.depth("BBB", id, id, &[(9, 1)], &[]);
    }
    stage.rest(
        Endpoint::BookTicker,
        "AAA",
        200,
        0,
        r#"{"bidPrice":"11","bidQty":"5","askPrice":"12","askQty":"5"}"#,
    );
    stage.tick(100);
    assert_eq!((stage.connects(), stage.closes()), (vec![2], vec![]));
    stage.connected(2);
    stage.depth_on(2, "BBB", 107, 107, &[(9, 1)], &[]);
    stage.depth_on(2, "AAA", 150, 150, &[(9, 1)], &[]);
    stage.tick(100);
    assert_eq!(stage.closes(), [1], "both were heard on the new one");
    assert_eq!(stage.session.instrument(1).counted.resyncs, 0);
    assert_eq!(
        (stage.state(0), stage.state(1)),
        (State::Resyncing, State::Live)
    );
}

#[test]
fn a_depth_message_that_cannot_be_read_is_a_missing_one() {
    let mut stage = Stage::live(config());
    stage.message(1, r#"{"stream":"aaa@depth@100ms","data":{"e":"depthUpdate","E":1,"s":"AAA","U":101,"u":101,"b":[["10"#);
    assert_eq!(
        stage.statuses(),
        [(Some(0), State::Resyncing, Reason::Malformed)]
    );
    assert_eq!(
        (stage.problems.as_slice(), stage.fetches(Endpoint::Depth)),
        (&["truncated"][..], 1)
    );
    stage.message(1, r#"{"stream":"bbb@trade","data":{"e":"trade"}}"#);
    stage.message(1, "garbage");
    assert_eq!(
        (stage.state(1), stage.session.feed().malformed),
        (State::Live, 1)
    );
}

#[test]
fn levels_of_zero_and_of_twice_and_on_both_sides_are_no_error() {
    let mut stage = Stage::live(config());
    stage.depth(
        "AAA",
        101,
        101,
        &[(10, 7), (10, 8), (4, 0)],
        &[(4, 0), (14, 1)],
    );
    let Seen::Book { bids, asks, .. } = stage.book(0) else {
        panic!("a book")
    };
    assert_eq!(
        (bids, asks),
        (vec![[10, 8], [9, 5]], vec![[12, 5], [13, 5], [14, 1]]),
        "the last one wins"
    );
}

#[test]
fn more_updates_than_the_bound_drop_the_attempt() {
    let mut stage = Stage::new(config());
    stage.connected(1);
    for id in 1..=10_001 {
        stage.depth("AAA", id, id, &[(10, 1)], &[]);
    }
    assert_eq!(
        stage.statuses().last(),
        Some(&(Some(0), State::Resyncing, Reason::BufferFull))
    );
}
