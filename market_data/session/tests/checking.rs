//! How a book is checked: against bookTickers of the same id, and against fresh snapshots.

mod stage;

use capture::Endpoint;
use stage::{Stage, config};
use wire::{Reason, State};

#[test]
fn a_book_that_differs_from_its_ticker_is_built_anew() {
    let mut stage = Stage::live(config());
    stage.ticker("AAA", 101, (10, 5), (12, 5));
    stage.depth("AAA", 101, 101, &[(9, 1)], &[]);
    stage.depth("AAA", 102, 102, &[(9, 2)], &[]);
    stage.ticker("AAA", 102, (10, 5), (12, 5));
    assert_eq!(
        stage.session.instrument(0).counted.book_ticker_checks,
        2,
        "whichever came first"
    );
    stage.ticker("AAA", 102, (10, 4), (12, 5));
    assert_eq!(
        stage.session.instrument(0).counted.book_ticker_checks,
        2,
        "an id is compared once"
    );
    stage.ticker("AAA", 103, (10, 4), (12, 5));
    stage.depth("AAA", 103, 103, &[(9, 1)], &[]);
    assert_eq!(
        stage.statuses(),
        [(Some(0), State::Resyncing, Reason::TickerMismatch)],
        "the size differs"
    );
    assert_eq!(
        stage.session.instrument(0).counted.book_ticker_mismatches,
        1
    );
}

#[test]
fn a_fresh_snapshot_confirms_the_book_or_shows_that_it_is_wrong() {
    let checked = || {
        let mut stage = Stage::live(session::Config {
            rest_check_seconds: 10,
            ..config()
        });
        for id in 101..=120 {
            stage.wait(600);
            stage.depth("AAA", id, id, &[(9, id as i64)], &[]);
            if stage.fetches(Endpoint::Depth) > 0 {
                return (stage, id);
            }
        }
        panic!("a check was due")
    };
    // A snapshot behind the book, one at its id, one ahead of it.
    for ahead in [-1_i64, 0, 1] {
        let (mut stage, id) = checked();
        stage.depth("AAA", id + 1, id + 1, &[(9, 1)], &[]);
        let at = (id as i64 + 1 + ahead) as u64;
        let nine = if ahead < 0 { id as i64 } else { 1 };
        let mut bids = vec![(10, 5), (9, nine)];
        if ahead > 0 {
            bids.push((8, 3));
        }
        stage.snapshot("AAA", at, &bids, &[(12, 5), (13, 5)]);
        if ahead > 0 {
            assert_eq!(
                stage.session.instrument(0).counted.rest_checks,
                0,
                "the book has not come so far"
            );
            stage.depth("AAA", id + 2, id + 2, &[(8, 3)], &[]);
        }
        let counted = stage.session.instrument(0).counted;
        assert_eq!(
            (counted.rest_checks, counted.rest_mismatches, stage.state(0)),
            (1, 0, State::Live),
            "{ahead}"
        );
    }
    let (mut stage, id) = checked();
    stage.snapshot("AAA", id, &[(10, 5), (9, id as i64)], &[(12, 5), (13, 5)]);
    assert_eq!(
        (
            stage.session.instrument(0).counted.rest_checks,
            stage.state(0)
        ),
        (1, State::Live)
    );
    let (mut stage, id) = checked();
    stage.snapshot("AAA", id, &[(10, 4), (9, id as i64)], &[(12, 5), (13, 5)]);
    assert_eq!(
        stage.statuses().last(),
        Some(&(Some(0), State::Resyncing, Reason::RestMismatch))
    );
    let (mut stage, id) = checked();
    stage.depth("AAA", id + 1, id + 1, &[], &[]);
    stage.snapshot("AAA", 90, &[(1, 1)], &[]);
    let counted = stage.session.instrument(0).counted;
    assert_eq!(
        (
            counted.rest_checks,
            counted.rest_checks_unusable,
            stage.state(0)
        ),
        (0, 1, State::Live)
    );
}
