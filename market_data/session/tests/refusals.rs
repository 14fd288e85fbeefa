//! What the venue refuses: 429, 418, 451 and 403, failed answers, halted and delisted instruments.

mod stage;

use capture::Endpoint;
use stage::{SECOND, Seen, Stage, config};
use wire::{Reason, State};

#[test]
fn each_refusal_is_a_state_of_its_own_and_a_followed_book_outlives_it() {
    let rows = [
        (418, 30, State::Banned, Reason::Http418),
        (451, 0, State::GeoBlocked, Reason::Http451),
        (403, 0, State::GeoBlocked, Reason::Http403),
    ];
    for (status, retry_after_s, state, reason) in rows {
        let mut stage = Stage::live(config());
        stage.depth("AAA", 200, 200, &[], &[]);
        stage.forget();
        stage.rest(Endpoint::Depth, "AAA", status, retry_after_s, "<html>");
        let told = [
            (None, state, reason),
            (Some(0), state, reason),
            (Some(1), State::Live, Reason::SnapshotApplied),
        ];
        assert_eq!(
            stage.statuses(),
            told,
            "the feed's word, then each instrument's own"
        );
        for id in 101..=129 {
            stage.wait(1_000);
            stage.depth("BBB", id, id, &[], &[]);
        }
        assert_eq!(
            stage.fetches(Endpoint::Depth),
            0,
            "{status}: nothing is asked meanwhile"
        );
        stage.now += 570 * SECOND;
        stage.depth("BBB", 130, 130, &[], &[]);
        stage.wait(2_000);
        assert_eq!(
            stage.fetches(Endpoint::Depth),
            1,
            "{status}: asked again when it is over"
        );
        assert_eq!(stage.state(0), State::Resyncing);
        assert_eq!(stage.session.instrument(1).counted.resyncs, 0);
    }
}

#[test]
fn a_rate_limit_waits_exactly_as_told() {
    let mut stage = Stage::new(config());
    stage.tick(0);
    stage.connected(1);
    stage.depth("AAA", 100, 100, &[], &[]);
    stage.rest(
        Endpoint::Depth,
        "AAA",
        429,
        70,
        r#"{"code":-1003,"msg":"Too many requests."}"#,
    );
    assert_eq!(
        stage.statuses().last(),
        Some(&(Some(0), State::Resyncing, Reason::RateLimited))
    );
    stage.requests.clear();
    let asked =
        |stage: &Stage| stage.fetches(Endpoint::Depth) + stage.fetches(Endpoint::ExchangeInfo);
    for second in 1..70 {
        stage.wait(1_000);
        stage.depth("AAA", 100 + second, 100 + second, &[], &[]);
        assert_eq!(asked(&stage), 0, "{second}");
    }
    stage.wait(1_100);
    assert!(asked(&stage) > 0);
    assert_eq!(stage.session.feed().rate_limited, 1);
}

#[test]
fn a_refused_handshake_is_told_and_not_repeated_before_its_time() {
    let mut stage = Stage::new(config());
    stage.tick(0);
    stage.disconnected(1, "http_451");
    assert_eq!(
        stage.statuses()[2],
        (None, State::GeoBlocked, Reason::Http451)
    );
    assert_eq!(
        (stage.state(0), stage.session.feed().state),
        (State::GeoBlocked, State::GeoBlocked)
    );
    stage.wait(590_000);
    assert_eq!(stage.connects(), [1]);
    stage.wait(11_000);
    assert_eq!(stage.connects(), [1, 2]);
}

#[test]
fn every_failed_snapshot_is_asked_for_again_and_none_is_used_in_part() {
    let whole = r#"{"lastUpdateId":100,"bids":[["10","5"]],"asks":[["12","5"]]}"#;
    for (status, body) in [
        (0, ""),
        (500, "oops"),
        (200, "<html>"),
        (200, ""),
        (200, &whole[..40]),
    ] {
        let mut stage = Stage::new(config());
        stage.tick(0);
        stage.connected(1);
        stage.depth("AAA", 100, 100, &[], &[]);
        stage.rest(Endpoint::Depth, "AAA", status, 0, body);
        assert_eq!(
            (stage.state(0), stage.session.instrument(0).epoch),
            (State::Resyncing, 0),
            "{status} {body}"
        );
        stage.wait(1_500);
        assert!(stage.fetches(Endpoint::Depth) >= 2, "{status} {body}");
    }
    let mut stage = Stage::new(config());
    stage.tick(0);
    stage.connected(1);
    stage.depth("AAA", 100, 100, &[], &[]);
    stage.wait(25_000);
    assert!(
        stage.fetches(Endpoint::Depth) >= 2,
        "one that is never answered is asked for again"
    );
}

#[test]
fn a_halt_is_one_instruments_own_and_ends_when_the_exchange_says_so() {
    let rows = [
        ("HALT", Reason::SymbolHalt),
        ("END_OF_DAY", Reason::SymbolHalt),
        ("BREAK", Reason::SymbolBreak),
        ("CANCEL_ONLY", Reason::CancelOnly),
    ];
    for (status, reason) in rows {
        let mut stage = Stage::live(config());
        stage.status_of("AAA", status);
        stage.depth("AAA", 101, 101, &[(9, 1)], &[]);
        assert!(
            matches!(
                stage.book(0),
                Seen::Book {
                    state: State::Halted,
                    last_id: 101,
                    ..
                }
            ),
            "data goes on"
        );
        stage.status_of("AAA", "TRADING");
        let told = [
            (Some(0), State::Halted, reason),
            (Some(0), State::Live, Reason::SymbolTrading),
        ];
        assert_eq!(stage.statuses(), told);
    }
    let mut stage = Stage::live(config());
    stage.rest(
        Endpoint::ExchangeInfo,
        "AAA",
        400,
        0,
        r#"{"code":-1121,"msg":"Invalid symbol."}"#,
    );
    assert_eq!(
        stage.statuses(),
        [(Some(0), State::Halted, Reason::Delisted)]
    );
    assert_eq!(stage.state(1), State::Live);
}
