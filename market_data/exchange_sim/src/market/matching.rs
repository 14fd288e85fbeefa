//! A limit order book that matches by price, then time. Integers only; no clock, no randomness.

use crate::decimal::{Price, Qty};
use crate::levels::{Level, LevelChange, Side, Top};
use std::collections::{BTreeMap, HashMap, VecDeque};

/// Number of an order, from 1.
pub type OrderId = u64;

/// A maker's order met a taker's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Match {
    /// The maker's price.
    pub price: Price,
    /// How much.
    pub qty: Qty,
    /// Side of the book that the taker took from: `Ask` if the taker bought.
    pub taken_from: Side,
}

/// Orders of both sides, and what changed since it was last asked.
#[derive(Clone, Debug)]
pub struct MatchingBook {
    ladders: [Ladder; 2],
    places: HashMap<OrderId, (Side, Price)>,
    last_order: OrderId,
    changes: Vec<LevelChange>,
    matches: Vec<Match>,
}

#[derive(Clone, Debug)]
struct Ladder {
    side: Side,
    queues: BTreeMap<i64, Queue>,
}

#[derive(Clone, Debug, Default)]
struct Queue {
    orders: VecDeque<Order>,
    total: i64,
}

#[derive(Clone, Copy, Debug)]
struct Order {
    id: OrderId,
    qty: i64,
}

impl Default for MatchingBook {
    fn default() -> Self {
        let ladder = |side| Ladder {
            side,
            queues: BTreeMap::new(),
        };
        Self {
            ladders: [ladder(Side::Bid), ladder(Side::Ask)],
            places: HashMap::new(),
            last_order: 0,
            changes: Vec::new(),
            matches: Vec::new(),
        }
    }
}

impl MatchingBook {
    /// A limit order: takes what its price reaches, then rests with what is left. `None` if nothing is left.
    pub fn place(&mut self, side: Side, price: Price, qty: Qty) -> Option<OrderId> {
        let rest = qty.e8() - self.take(side.opposite(), qty, Some(price)).e8();
        if rest == 0 {
            return None;
        }
        self.last_order += 1;
        let id = self.last_order;
        let queue = self.ladders[side.index()]
            .queues
            .entry(side.rank(price))
            .or_default();
        queue.orders.push_back(Order { id, qty: rest });
        queue.total += rest;
        self.places.insert(id, (side, price));
        self.changes.push(LevelChange {
            side,
            price,
            qty: Qty::from_e8(queue.total),
        });
        Some(id)
    }

    /// Takes up to `qty` from one side, best price and oldest order first, no worse than `worst`. Says how much.
    pub fn take(&mut self, from: Side, qty: Qty, worst: Option<Price>) -> Qty {
        let ladder = &mut self.ladders[from.index()];
        let mut wanted = qty.e8();
        while wanted > 0
            && let Some(mut best) = ladder.queues.first_entry()
        {
            let rank = *best.key();
            if worst.is_some_and(|worst| rank > from.rank(worst)) {
                break;
            }
            let price = from.price(rank);
            let queue = best.get_mut();
            while wanted > 0
                && let Some(order) = queue.orders.front_mut()
            {
                let taken = wanted.min(order.qty);
                order.qty -= taken;
                queue.total -= taken;
                wanted -= taken;
                self.matches.push(Match {
                    price,
                    qty: Qty::from_e8(taken),
                    taken_from: from,
                });
                if order.qty == 0 {
                    self.places.remove(&order.id);
                    queue.orders.pop_front();
                }
            }
            self.changes.push(LevelChange {
                side: from,
                price,
                qty: Qty::from_e8(queue.total),
            });
            if queue.total == 0 {
                best.remove();
            }
        }
        Qty::from_e8(qty.e8() - wanted)
    }

    /// Takes an order out. False if it is not in the book.
    pub fn cancel(&mut self, id: OrderId) -> bool {
        let Some((side, price)) = self.places.remove(&id) else {
            return false;
        };
        let queues = &mut self.ladders[side.index()].queues;
        let rank = side.rank(price);
        let queue = queues
            .get_mut(&rank)
            .expect("an order that has a place stands in a queue");
        let at = queue.orders.iter().position(|order| order.id == id);
        let order = at
            .and_then(|at| queue.orders.remove(at))
            .expect("an order that has a place stands in its queue");
        queue.total -= order.qty;
        let left = queue.total;
        if left == 0 {
            queues.remove(&rank);
        }
        self.changes.push(LevelChange {
            side,
            price,
            qty: Qty::from_e8(left),
        });
        true
    }

    /// Both best levels.
    pub fn top(&self) -> Top {
        Top {
            bid: self.side(Side::Bid).next(),
            ask: self.side(Side::Ask).next(),
        }
    }

    /// Best level of one side.
    pub fn best(&self, side: Side) -> Option<Level> {
        self.side(side).next()
    }

    /// Levels of one side, best first.
    pub fn side(&self, side: Side) -> impl Iterator<Item = Level> + '_ {
        let ladder = &self.ladders[side.index()];
        ladder
            .queues
            .iter()
            .map(|(rank, queue)| (ladder.side.price(*rank), Qty::from_e8(queue.total)))
    }

    /// Number of levels of one side.
    pub fn depth(&self, side: Side) -> usize {
        self.ladders[side.index()].queues.len()
    }

    /// The youngest order of the `level`-th best price of one side.
    pub fn youngest_at(&self, side: Side, level: usize) -> Option<OrderId> {
        let (_, queue) = self.ladders[side.index()].queues.iter().nth(level)?;
        queue.orders.back().map(|order| order.id)
    }

    /// The orders of the best level of one side, oldest first.
    pub fn best_orders(&self, side: Side) -> Vec<OrderId> {
        let queue = self.ladders[side.index()].queues.first_key_value();
        queue.map_or_else(Vec::new, |(_, queue)| {
            queue.orders.iter().map(|order| order.id).collect()
        })
    }

    /// What changed since the last call, in order: one change a level and action.
    pub fn take_changes(&mut self) -> Vec<LevelChange> {
        std::mem::take(&mut self.changes)
    }

    /// What traded since the last call, in order.
    pub fn take_matches(&mut self) -> Vec<Match> {
        std::mem::take(&mut self.matches)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::levels::Levels;
    use proptest::prelude::*;

    /// The book as one list of orders, searched from end to end.
    #[derive(Default)]
    struct Naive {
        orders: Vec<(OrderId, Side, i64, i64)>,
        last: OrderId,
    }

    impl Naive {
        fn take(&mut self, from: Side, mut qty: i64, worst: Option<i64>) -> Vec<(i64, i64)> {
            let mut trades = Vec::new();
            while qty > 0 {
                let reached = |price: i64| {
                    worst.is_none_or(|worst| from.outward() * price <= from.outward() * worst)
                };
                let side = self
                    .orders
                    .iter_mut()
                    .filter(|order| order.1 == from && reached(order.2));
                let Some(best) = side.min_by_key(|order| (from.outward() * order.2, order.0))
                else {
                    break;
                };
                let taken = qty.min(best.3);
                best.3 -= taken;
                qty -= taken;
                trades.push((best.2, taken));
                self.orders.retain(|order| order.3 > 0);
            }
            trades
        }

        fn place(&mut self, side: Side, price: i64, qty: i64) -> Vec<(i64, i64)> {
            let trades = self.take(side.opposite(), qty, Some(price));
            let rest = qty - trades.iter().map(|trade| trade.1).sum::<i64>();
            if rest > 0 {
                self.last += 1;
                self.orders.push((self.last, side, price, rest));
            }
            trades
        }

        fn levels(&self) -> Levels {
            let mut levels = Levels::default();
            for &(_, side, price, qty) in &self.orders {
                let price = Price::from_e8(price);
                let total = Qty::from_e8(levels.at(side, price).e8() + qty);
                levels.set(LevelChange {
                    side,
                    price,
                    qty: total,
                });
            }
            levels
        }
    }

    #[derive(Clone, Debug)]
    enum Action {
        Place(bool, i64, i64),
        Take(bool, i64),
        Cancel(u64),
    }

    fn action() -> impl Strategy<Value = Action> {
        prop_oneof![
            4 => (any::<bool>(), 90_i64..110, 1_i64..20).prop_map(|(bid, price, qty)| Action::Place(bid, price, qty)),
            1 => (any::<bool>(), 1_i64..60).prop_map(|(bid, qty)| Action::Take(bid, qty)),
            2 => (1_u64..120).prop_map(Action::Cancel),
        ]
    }

    fn side(is_bid: bool) -> Side {
        if is_bid { Side::Bid } else { Side::Ask }
    }

    proptest! {
        #[test]
        fn it_matches_as_a_list_of_orders_does(actions in prop::collection::vec(action(), 1..150)) {
            let mut book = MatchingBook::default();
            let mut naive = Naive::default();
            let mut reader = Levels::default();
            for action in actions {
                let expected = match action {
                    Action::Place(bid, price, qty) => {
                        book.place(side(bid), Price::from_e8(price), Qty::from_e8(qty));
                        naive.place(side(bid), price, qty)
                    }
                    Action::Take(bid, qty) => {
                        book.take(side(bid), Qty::from_e8(qty), None);
                        naive.take(side(bid), qty, None)
                    }
                    Action::Cancel(id) => {
                        let held = naive.orders.len();
                        naive.orders.retain(|order| order.0 != id);
                        prop_assert_eq!(book.cancel(id), naive.orders.len() < held);
                        Vec::new()
                    }
                };
                let trades: Vec<_> =
                    book.take_matches().iter().map(|one| (one.price.e8(), one.qty.e8())).collect();
                prop_assert_eq!(trades, expected);
                for change in book.take_changes() {
                    reader.set(change);
                }
                let levels = naive.levels();
                prop_assert_eq!(&reader, &levels);
                prop_assert_eq!(book.top(), levels.top());
                if let Top { bid: Some(bid), ask: Some(ask) } = book.top() {
                    prop_assert!(bid.0 < ask.0);
                }
            }
        }
    }
}
