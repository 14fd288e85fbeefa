//! The book held to a naive model: a sorted map of every level.

use book::{Ask, Bid, Book, Ladder, Side, Top};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// A book of these levels.
fn book_of(bids: &[[i64; 2]], asks: &[[i64; 2]]) -> Book {
    let mut book = Book::new();
    book.clear(
        bids.first().map(|level| level[0]),
        asks.first().map(|level| level[0]),
    );
    bids.iter()
        .for_each(|[price, qty]| book.bids.set(*price, *qty));
    asks.iter()
        .for_each(|[price, qty]| book.asks.set(*price, *qty));
    book
}

/// Prices that cluster around a best, with far ones, and jumps beyond every window.
fn prices() -> impl Strategy<Value = i64> {
    prop_oneof![
        8 => 6_000_000..6_000_040_i64,
        4 => 5_990_000..6_020_000_i64,
        2 => 1..10_000_000_i64,
        1 => 1..=i64::MAX / 2,
    ]
}

fn changes() -> impl Strategy<Value = Vec<(i64, i64)>> {
    proptest::collection::vec((prices(), prop_oneof![Just(0), 1..1_000_i64]), 0..400)
}

/// Applies the changes to a ladder and to the model, and compares everything that can be asked.
fn held_to_model<S: Side>(changes: &[(i64, i64)], best: Option<i64>, depth: usize) {
    let mut ladder = Ladder::<S>::new();
    ladder.clear(best);
    let mut model: BTreeMap<i64, i64> = BTreeMap::new();
    for (index, (price, qty)) in changes.iter().enumerate() {
        ladder.set(*price, *qty);
        match qty {
            0 => drop(model.remove(&S::key(*price))),
            qty => drop(model.insert(S::key(*price), *qty)),
        }
        if index % 7 == 0 {
            ladder.reach(depth);
        }
        let best = model
            .last_key_value()
            .map(|(key, qty)| (S::price(*key), *qty));
        assert_eq!(ladder.best(), best);
        assert_eq!(ladder.len(), model.len());
    }
    ladder.check();
    let mut top = vec![[0; 2]; depth];
    let count = ladder.top(&mut top);
    let expected: Vec<[i64; 2]> = model
        .iter()
        .rev()
        .take(depth)
        .map(|(key, qty)| [S::price(*key), *qty])
        .collect();
    assert_eq!(&top[..count], &expected[..]);
    let mut all: Vec<(i64, i64)> = ladder
        .iter()
        .map(|(price, qty)| (S::key(price), qty))
        .collect();
    all.sort_unstable();
    assert_eq!(all, model.into_iter().collect::<Vec<_>>());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn a_ladder_equals_the_sorted_map(changes in changes(), start in proptest::option::of(prices()), depth in 1..30_usize) {
        held_to_model::<Bid>(&changes, start, depth);
        held_to_model::<Ask>(&changes, start, depth);
    }

    /// A price that walks far enough to move the window again and again.
    #[test]
    fn the_window_follows_the_price(steps in proptest::collection::vec((-9_000..9_000_i64, 1..100_i64), 1..60)) {
        let mut price = 6_000_000;
        let mut changes = Vec::new();
        for (step, qty) in steps {
            for level in 0..5 {
                changes.push((price - level * 3_000, 0));
            }
            price += step;
            for level in 0..5 {
                changes.push((price - level * 3_000, qty + level));
            }
        }
        held_to_model::<Bid>(&changes, Some(6_000_000), 20);
        held_to_model::<Ask>(&changes, Some(6_000_000), 20);
    }

    #[test]
    fn two_books_differ_where_they_differ_and_only_where_both_know(changes in changes(), price in 6_000_000..6_000_040_i64, known in 5_999_990..6_000_050_i64) {
        let mut ours = Book::new();
        changes.iter().for_each(|(price, qty)| ours.bids.set(*price, *qty));
        let mut theirs = ours.clone();
        prop_assert_eq!(ours.difference(&theirs), None);
        theirs.bids.set(price, ours.bids.qty(price) + 1);
        theirs.bids.know_to(known);
        let found = ours.difference(&theirs).map(|difference| difference.price);
        prop_assert_eq!(found, (price >= known).then_some(price));
    }
}

#[test]
fn a_side_fuller_than_its_bound_knows_less_instead_of_growing() {
    let mut ladder = Ladder::<Bid>::new();
    ladder.clear(Some(100_000_000));
    ladder.set(100_000_000, 1);
    for level in 0..70_000 {
        ladder.set(90_000_000 - level * 10, 1);
    }
    let known = ladder.known_to().expect("something had to be forgotten");
    assert!(known > 90_000_000 - 70_000 * 10 && ladder.len() < 70_001);
    assert!(
        ladder.iter().all(|(price, _)| price >= known),
        "what is held is known"
    );
    ladder.check();
}

#[test]
fn a_sparse_book_still_gives_its_levels_in_order() {
    let bids: Vec<[i64; 2]> = (0..50)
        .map(|level| [900_000_000 - level * 7_000_000, level + 1])
        .collect();
    let mut book = book_of(&bids, &[]);
    book.bids.reach(20);
    let mut top = Top::default();
    top.take(&book, 20);
    assert_eq!(top.bids(), &bids[..20]);
    book.bids.check();
}

#[test]
fn a_book_learns_what_lies_outside_of_what_it_knows() {
    let mut ours = book_of(&[[100, 1], [99, 2]], &[[101, 1]]);
    ours.bids.know_to(99);
    ours.bids.set(95, 7);
    let mut theirs = book_of(&[[100, 1], [99, 2], [98, 3], [95, 7]], &[[101, 1]]);
    theirs.bids.know_to(95);
    theirs.asks.know_to(101);
    assert_eq!(ours.difference(&theirs), None);
    ours.learn(&theirs);
    assert_eq!((ours.bids.qty(98), ours.bids.known_to()), (3, Some(95)));
    assert_eq!(ours.asks.known_to(), None, "what was known stays known");
}

#[test]
fn locked_is_crossed() {
    let mut book = book_of(&[[100, 1]], &[[101, 1]]);
    assert!(!book.is_crossed());
    book.bids.set(101, 1);
    assert!(book.is_crossed());
    book.asks.set(101, 0);
    assert!(!book.is_crossed(), "an empty side crosses nothing");
}
