//! Whatever becomes of the stream – updates lost, repeated, swapped, snapshots late or old –, an instrument that is live
//! has the book that the exchange had at the same id, as far as it says that it knows it.

mod stage;

use capture::Endpoint;
use proptest::prelude::*;
use stage::{Seen, Stage, config};
use std::collections::{BTreeMap, VecDeque};
use wire::State;

/// Levels of both sides; bids have negative keys, so that either side is in order from the best.
type Side = BTreeMap<i64, i64>;

/// An update on its way: first id, last id, changes as (bid?, price, qty).
type Sent = (u64, u64, Vec<(bool, i64, i64)>);

/// One thing that happens at the exchange or on the way from it.
#[derive(Clone, Debug)]
enum Happens {
    /// The book changes at these (bid?, price, qty), and an update goes out.
    Update {
        changes: Vec<(bool, i64, i64)>,
        fate: Fate,
    },
    /// A bookTicker of the newest id goes out.
    Ticker,
    /// The feed's request for a snapshot is answered with the book of so many updates ago.
    Snapshot { age: usize },
    /// Time passes.
    Tick { ms: i64 },
    /// The connection breaks and comes back.
    Reconnect,
}

/// What becomes of an update on its way.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fate {
    Arrives,
    Lost,
    Twice,
    /// It arrives behind the next one.
    Swapped,
}

fn happens() -> impl Strategy<Value = Happens> {
    let fate = prop_oneof![40 => Just(Fate::Arrives), 1 => Just(Fate::Lost), 2 => Just(Fate::Twice), 1 => Just(Fate::Swapped)];
    // Bids below 100, asks above: the exchange itself is never crossed.
    let change = (
        any::<bool>(),
        0..40_i64,
        prop_oneof![1 => Just(0), 2 => 1..50_i64],
    )
        .prop_map(|(bid, distance, qty)| {
            (bid, if bid { 99 - distance } else { 101 + distance }, qty)
        });
    prop_oneof![
        30 => (proptest::collection::vec(change, 0..6), fate).prop_map(|(changes, fate)| Happens::Update { changes, fate }),
        6 => Just(Happens::Ticker),
        8 => prop_oneof![3 => Just(0_usize), 1 => 0..12_usize].prop_map(|age| Happens::Snapshot { age }),
        6 => (50..1_500_i64).prop_map(|ms| Happens::Tick { ms }),
        1 => Just(Happens::Reconnect),
    ]
}

/// The exchange: its book at every id, and what is on the way.
struct Exchange {
    bids: Side,
    asks: Side,
    id: u64,
    /// Books after each update, newest last: id, bids, asks.
    history: VecDeque<(u64, Side, Side)>,
    swapped: Option<Sent>,
    connection: u32,
}

impl Exchange {
    fn update(&mut self, stage: &mut Stage, changes: &[(bool, i64, i64)], fate: Fate) {
        let first = self.id + 1;
        self.id += 1 + changes.len() as u64;
        for (bid, price, qty) in changes {
            let (side, key) = if *bid {
                (&mut self.bids, -price)
            } else {
                (&mut self.asks, *price)
            };
            match qty {
                0 => drop(side.remove(&key)),
                qty => drop(side.insert(key, *qty)),
            }
        }
        self.history
            .push_back((self.id, self.bids.clone(), self.asks.clone()));
        let sent = (first, self.id, changes.to_vec());
        match fate {
            Fate::Arrives => self.send(stage, &sent),
            Fate::Lost => {}
            Fate::Twice => (0..2).for_each(|_| self.send(stage, &sent)),
            Fate::Swapped => return self.swapped = Some(sent),
        }
        if let Some(late) = self.swapped.take() {
            self.send(stage, &late);
        }
    }

    fn send(&self, stage: &mut Stage, (first, last, changes): &Sent) {
        let side = |wanted: bool| -> Vec<(i64, i64)> {
            changes
                .iter()
                .filter(|change| change.0 == wanted)
                .map(|(_, price, qty)| (*price, *qty))
                .collect()
        };
        stage.depth_on(
            self.connection,
            "AAA",
            *first,
            *last,
            &side(true),
            &side(false),
        );
    }

    fn snapshot(&self, stage: &mut Stage, age: usize, limit: usize) {
        let place = self.history.len().saturating_sub(1 + age);
        let (id, bids, asks) = &self.history[place];
        let bids: Vec<(i64, i64)> = bids
            .iter()
            .take(limit)
            .map(|(key, qty)| (-key, *qty))
            .collect();
        let asks: Vec<(i64, i64)> = asks
            .iter()
            .take(limit)
            .map(|(key, qty)| (*key, *qty))
            .collect();
        stage.snapshot("AAA", *id, &bids, &asks);
    }

    fn ticker(&self, stage: &mut Stage) {
        let best = |side: &Side, sign: i64| {
            side.first_key_value()
                .map_or((0, 0), |(key, qty)| (sign * key, *qty))
        };
        let (bid, ask) = (best(&self.bids, -1), best(&self.asks, 1));
        let text = format!(
            r#"{{"stream":"aaa@bookTicker","data":{{"u":{},"s":"AAA","b":"{}","B":"{}","a":"{}","A":"{}"}}}}"#,
            self.id, bid.0, bid.1, ask.0, ask.1
        );
        stage.message(self.connection, &text);
    }

    /// Compares every live book that was shown with the exchange's book of the same id, inside what it says it knows.
    fn compare(&self, stage: &mut Stage) -> usize {
        let shown: Vec<Seen> = stage.seen.drain(..).collect();
        let mut live = 0;
        for seen in shown {
            let Seen::Book {
                state: State::Live,
                last_id,
                bids,
                asks,
                window,
                ..
            } = seen
            else {
                continue;
            };
            live += 1;
            let (_, true_bids, true_asks) = self
                .history
                .iter()
                .find(|row| row.0 == last_id as u64)
                .expect("an id of the exchange");
            let known = |levels: Vec<[i64; 2]>, worst: i64, sign: i64| -> Vec<[i64; 2]> {
                levels
                    .into_iter()
                    .filter(|level| worst == 0 || sign * level[0] <= sign * worst)
                    .collect()
            };
            let top = |side: &Side, sign: i64| {
                side.iter()
                    .take(5)
                    .map(|(key, qty)| [sign * key, *qty])
                    .collect()
            };
            assert_eq!(
                known(bids, window.0, -1),
                known(top(true_bids, -1), window.0, -1),
                "bids at {last_id}"
            );
            assert_eq!(
                known(asks, window.1, 1),
                known(top(true_asks, 1), window.1, 1),
                "asks at {last_id}"
            );
        }
        live
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn a_live_book_is_the_exchanges_book(script in proptest::collection::vec(happens(), 1..250), limit in 3..200_usize, rest_check_seconds in 0..4_u32) {
        let mut stage = Stage::new(session::Config { rest_check_seconds, snapshot_limit: limit.clamp(5, 100) as u32, ..config() });
        let limit = limit.clamp(5, 100);
        let mut exchange = Exchange {
            bids: Side::new(),
            asks: Side::new(),
            id: 1_000,
            history: VecDeque::from([(1_000, Side::new(), Side::new())]),
            swapped: None,
            connection: 1,
        };
        stage.tick(0);
        stage.connected(1);
        for happens in script {
            match happens {
                Happens::Update { changes, fate } => exchange.update(&mut stage, &changes, fate),
                Happens::Ticker => exchange.ticker(&mut stage),
                Happens::Snapshot { age } => {
                    if stage.fetches(Endpoint::Depth) > 0 {
                        stage.requests.clear();
                        exchange.snapshot(&mut stage, age, limit);
                    }
                }
                Happens::Tick { ms } => stage.tick(ms),
                Happens::Reconnect => {
                    stage.disconnected(exchange.connection, "1006");
                    exchange.connection += 1;
                    exchange.swapped = None;
                    stage.connected(exchange.connection);
                }
            }
            exchange.compare(&mut stage);
        }
        let counted = stage.session.instrument(0).counted;
        prop_assert_eq!((counted.rest_mismatches, counted.malformed), (0, 0), "nothing was ever wrong, only missing");
        // Then the way is good for a while: the book must be found again.
        for _ in 0..700 {
            exchange.update(&mut stage, &[(true, 99, 5)], Fate::Arrives);
            stage.tick(100);
            if stage.fetches(Endpoint::Depth) > 0 {
                stage.requests.clear();
                exchange.snapshot(&mut stage, 0, limit);
            }
        }
        prop_assert!(exchange.compare(&mut stage) > 0);
        prop_assert_eq!(stage.state(0), State::Live);
        let window = stage.session.instrument(0);
        prop_assert_eq!(window.last_id, exchange.id);
    }
}
