//! Connections: when one is opened, changed, given up.

mod stage;

use stage::{SECOND, START, Seen, Stage, config};
use wire::{Body, Ending, Reason, State, decode};

const SHUTDOWN: &str =
    r#"{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1770123456789}}"#;

#[test]
fn the_first_record_begins_the_session() {
    let mut stage = Stage::new(config());
    let mut hello = Vec::new();
    stage.session.hello(&mut hello);
    let Body::Hello { head, instruments } = decode(&hello).expect("a frame").0.body else {
        panic!("a Hello")
    };
    assert_eq!((head.next_seq, head.catch_up, instruments.len()), (1, 0, 2));
    stage.tick(0);
    let starting = |index| (Some(index), State::Disconnected, Reason::Starting);
    assert_eq!(
        (stage.statuses(), stage.connects()),
        (vec![starting(0), starting(1)], vec![1])
    );
    stage.connected(1);
    let first = |index| (Some(index), State::Resyncing, Reason::FirstSnapshot);
    assert_eq!(stage.statuses()[2..], [first(0), first(1)]);
    assert_eq!(
        stage.session.stream_path().matches('@').count(),
        10,
        "four streams each, one of them with a rate"
    );
}

#[test]
fn a_lost_connection_takes_every_book_with_it_and_is_opened_again_after_a_pause() {
    let mut stage = Stage::live(config());
    stage.disconnected(1, "1006");
    let lost = |index| (Some(index), State::Disconnected, Reason::ConnectionLost);
    assert_eq!(stage.statuses(), [lost(0), lost(1)]);
    assert!(matches!(
        stage.book(0),
        Seen::Book {
            state: State::Disconnected,
            ..
        }
    ));
    let mut catch_up = Vec::new();
    stage.session.catch_up(&mut catch_up);
    assert!(catch_up.len() < 100, "a late reader gets no lost book");
    stage.wait(400);
    assert!(stage.connects().is_empty(), "never at once");
    stage.wait(700);
    assert_eq!(stage.connects(), [2]);
    stage.connected(2);
    stage.depth_on(2, "AAA", 300, 300, &[(10, 1)], &[]);
    stage.snapshot("AAA", 299, &[(9, 9)], &[(14, 1)]);
    let Seen::Book { bids, asks, .. } = stage.book(0) else {
        panic!("a book")
    };
    assert_eq!(
        (bids, asks),
        (vec![[10, 1], [9, 9]], vec![[14, 1]]),
        "no ghost of the old book"
    );
    assert_eq!(stage.session.instrument(0).counted.resyncs, 1);
}

#[test]
fn a_venue_that_closes_at_once_is_not_hammered() {
    let mut stage = Stage::new(config());
    stage.tick(0);
    let mut attempts = vec![stage.now];
    while stage.now < START + 1_800 * SECOND {
        if let Some(connection) = stage.connects().first().copied() {
            stage.requests.clear();
            stage.connected(connection);
            stage.disconnected(connection, "1006");
            attempts.push(stage.now);
        }
        stage.tick(100);
    }
    let most = attempts.iter().map(|from| {
        attempts
            .iter()
            .filter(|at| (*from..*from + 300 * SECOND).contains(at))
            .count()
    });
    assert!(
        most.max().expect("some") <= 60,
        "at most 60 in five minutes"
    );
    let waits: Vec<i64> = attempts
        .windows(2)
        .skip(1)
        .map(|pair| pair[1] - pair[0])
        .collect();
    assert!(
        waits.iter().all(|wait| *wait >= SECOND / 2),
        "never at once"
    );
    assert!(
        waits.iter().any(|wait| *wait > 20 * SECOND) && waits.len() > 30,
        "longer and longer, but it goes on"
    );
}

#[test]
fn a_door_that_says_later_is_not_knocked_at_before() {
    for (reason, seconds) in [("http_429 after 17", 17), ("http_429", 60)] {
        let mut stage = Stage::live(config());
        stage.disconnected(1, "1006");
        stage.wait(1_100);
        assert_eq!(stage.connects(), [2]);
        stage.requests.clear();
        let refused = stage.now;
        stage.disconnected(2, reason);
        while stage.now < refused + (seconds - 1) * SECOND {
            stage.tick(100);
            assert!(stage.connects().is_empty(), "{reason}");
        }
        stage.wait(3_000);
        assert_eq!(stage.connects(), [3], "{reason}");
    }
}

#[test]
fn a_shutdown_changes_the_connection_without_a_break() {
    let mut stage = Stage::live(config());
    stage.message(1, SHUTDOWN);
    stage.tick(100);
    assert_eq!((stage.connects(), stage.closes()), (vec![2], vec![]));
    stage.connected(2);
    for (connection, id) in [(1, 101), (2, 101), (1, 102), (2, 102)] {
        stage.depth_on(connection, "AAA", id, id, &[(9, id as i64)], &[]);
    }
    stage.tick(100);
    assert!(
        stage.closes().is_empty(),
        "BBB was not heard on the new one yet"
    );
    stage.depth_on(2, "BBB", 101, 101, &[], &[]);
    stage.tick(100);
    assert_eq!(stage.closes(), [1]);
    stage.disconnected(1, "closed");
    stage.depth_on(2, "AAA", 103, 103, &[(9, 1)], &[]);
    assert_eq!(stage.statuses(), [], "nobody noticed");
    let counted = stage.session.instrument(0).counted;
    assert_eq!(
        (counted.resyncs, counted.duplicates, counted.depth_messages),
        (0, 2, 7)
    );
}

#[test]
fn an_old_connection_is_changed_before_the_venue_ends_it() {
    let mut stage = Stage::live(config());
    let mut id = 100;
    while stage.connects().is_empty() {
        id += 1;
        stage.now += 4 * SECOND;
        stage.depth("AAA", id, id, &[], &[]);
        stage.depth("BBB", id, id, &[], &[]);
        stage.tick(0);
        assert!(stage.now < START + 24 * 3_600 * SECOND, "in time");
    }
    assert!((22 * 3_600 + 1_800..=23 * 3_600 + 1_800).contains(&((stage.now - START) / SECOND)));
    stage.disconnected(2, "http_503");
    stage.wait(2_000);
    assert_eq!(
        (stage.connects(), stage.state(0)),
        (vec![2, 3], State::Live),
        "tried again, the old one serves on"
    );
}

#[test]
fn a_connection_without_a_message_is_given_up_after_a_minute() {
    let mut stage = Stage::live(config());
    stage.wait(59_900);
    assert!(stage.closes().is_empty());
    stage.wait(200);
    assert_eq!(
        (stage.closes(), stage.state(0)),
        (vec![1], State::Disconnected)
    );
    stage.depth("AAA", 101, 101, &[], &[]);
    assert_eq!(
        stage.state(0),
        State::Disconnected,
        "what still comes of it is not used"
    );
}

#[test]
fn heartbeats_fill_silence_and_goodbye_counts() {
    let mut stage = Stage::live(config());
    stage.wait(4_000);
    assert_eq!(
        stage.seen,
        [
            Seen::Heartbeat,
            Seen::Heartbeat,
            Seen::Heartbeat,
            Seen::Heartbeat
        ]
    );
    let mut bytes = Vec::new();
    stage
        .session
        .goodbye_to_one(Ending::ReaderTooSlow, &mut bytes);
    let (frame, _) = decode(&bytes).expect("a frame");
    assert_eq!(frame.seq, stage.session.feed().last_seq);
    let Body::Goodbye {
        reason: Ending::ReaderTooSlow,
        counters,
    } = frame.body
    else {
        panic!("a Goodbye")
    };
    assert_eq!((counters.len(), counters[0].depth_messages), (2, 2));
}

#[test]
fn a_replay_follows_the_recordings_connections_whatever_it_would_have_asked_for_itself() {
    let frames = |jitter_seed: u64| {
        let mut stage = Stage::live(session::Config {
            jitter_seed,
            ..config()
        });
        let mut id = 100;
        // Connections 2 and 3 fail while 1 serves on, 4 takes over: as some live feed once saw it.
        for (hour, failed) in [(23, Some(2)), (23, Some(3)), (23, None)] {
            while stage.now
                < START + hour * 3_600 * SECOND + failed.unwrap_or(4) as i64 * 300 * SECOND
            {
                id += 1;
                stage.now += 25 * SECOND;
                stage.depth("AAA", id, id, &[(9, id as i64)], &[]);
                stage.depth("BBB", id, id, &[], &[]);
                stage.tick(0);
            }
            match failed {
                Some(connection) => stage.disconnected(connection, "http_503"),
                None => stage.connected(4),
            }
        }
        for _ in 0..50 {
            id += 1;
            stage.tick(1_000);
            for connection in [1, 4] {
                stage.depth_on(connection, "AAA", id, id, &[(9, id as i64)], &[]);
                stage.depth_on(connection, "BBB", id, id, &[], &[]);
            }
        }
        assert_eq!(stage.session.instrument(0).counted.resyncs, 0);
        stage.seen
    };
    let first = frames(0);
    (1..12).for_each(|jitter_seed| assert!(frames(jitter_seed) == first, "{jitter_seed}"));
}
