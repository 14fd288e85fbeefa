//! Both sides of one instrument's book, in ticks and lots.

use crate::ladder::Ladder;
use crate::side::{Ask, Bid, Side};

/// Both sides of one instrument.
#[derive(Clone, Debug, Default)]
pub struct Book {
    /// Buyers.
    pub bids: Ladder<Bid>,
    /// Sellers.
    pub asks: Ladder<Ask>,
}

/// The first level at which two books that should be equal differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Whether it is on the bid side.
    pub bid: bool,
    /// Where.
    pub price: i64,
    /// What this book holds there.
    pub ours: i64,
    /// What the other book holds there.
    pub theirs: i64,
}

impl Book {
    /// An empty book of which everything is known.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Begins anew, empty and all known, where a snapshot's best prices are.
    pub fn clear(&mut self, best_bid: Option<i64>, best_ask: Option<i64>) {
        self.bids.clear(best_bid);
        self.asks.clear(best_ask);
    }

    /// Best bid at or above best ask. Locked counts: on a spot exchange neither can stand.
    #[inline(always)]
    #[must_use]
    pub fn is_crossed(&self) -> bool {
        matches!((self.bids.best(), self.asks.best()), (Some((bid, _)), Some((ask, _))) if bid >= ask)
    }

    /// The first difference to another book of the same update, inside what both know.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Option<Difference> {
        side_difference(&self.bids, &other.bids, true)
            .or_else(|| side_difference(&self.asks, &other.asks, false))
    }

    /// Learns from a newer snapshot's book of the same update what lies outside of what is known here, so that the known
    /// range follows the price. Both must agree where both know.
    pub fn learn(&mut self, other: &Self) {
        learn_side(&mut self.bids, &other.bids);
        learn_side(&mut self.asks, &other.asks);
    }
}

fn side_difference<S: Side>(ours: &Ladder<S>, theirs: &Ladder<S>, bid: bool) -> Option<Difference> {
    let both_know = |price: i64| ours.knows(price) && theirs.knows(price);
    let differs = |price: i64| {
        let difference = Difference {
            bid,
            price,
            ours: ours.qty(price),
            theirs: theirs.qty(price),
        };
        (both_know(price) && difference.ours != difference.theirs).then_some(difference)
    };
    ours.iter()
        .chain(theirs.iter())
        .find_map(|(price, _)| differs(price))
}

fn learn_side<S: Side>(ours: &mut Ladder<S>, theirs: &Ladder<S>) {
    for (price, qty) in theirs.iter().filter(|(price, _)| theirs.knows(*price)) {
        if !ours.knows(price) {
            ours.set(price, qty);
        }
    }
    let farther = match theirs.known_to() {
        None => None,
        Some(price) if ours.knows(price) => ours.known_to(),
        theirs => theirs,
    };
    match farther {
        Some(price) => ours.know_to(price),
        None => ours.know_all(),
    }
}
