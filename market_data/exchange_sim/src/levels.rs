//! Both sides of a book as price levels: what a reader of the public stream can know.

use crate::decimal::{Price, Qty};
use std::collections::BTreeMap;

/// Which side of the book.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// Buyers.
    Bid,
    /// Sellers.
    Ask,
}

impl Side {
    /// Both, bids first as in every message.
    pub const BOTH: [Self; 2] = [Self::Bid, Self::Ask];

    /// Position in a pair of sides.
    pub fn index(self) -> usize {
        match self {
            Self::Bid => 0,
            Self::Ask => 1,
        }
    }

    /// The other side.
    pub fn opposite(self) -> Self {
        match self {
            Self::Bid => Self::Ask,
            Self::Ask => Self::Bid,
        }
    }

    /// +1 towards which a buyer pays more, −1 for bids: the direction away from the other side.
    pub fn outward(self) -> i64 {
        match self {
            Self::Bid => -1,
            Self::Ask => 1,
        }
    }

    /// Sort key that puts the best price first.
    pub fn rank(self, price: Price) -> i64 {
        self.outward() * price.e8()
    }

    /// The price behind a sort key.
    pub fn price(self, rank: i64) -> Price {
        Price::from_e8(self.outward() * rank)
    }
}

/// One price and what stands there.
pub type Level = (Price, Qty);

/// A level's new absolute quantity; zero removes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LevelChange {
    /// Where.
    pub side: Side,
    /// Where.
    pub price: Price,
    /// What stands there from now on.
    pub qty: Qty,
}

/// Best bid and best ask; `None` where a side is empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Top {
    /// Best bid.
    pub bid: Option<Level>,
    /// Best ask.
    pub ask: Option<Level>,
}

/// A book of price levels.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Levels {
    sides: [BTreeMap<i64, Qty>; 2],
}

impl Levels {
    /// Sets one level and says what stood there before.
    pub fn set(&mut self, change: LevelChange) -> Qty {
        let side = &mut self.sides[change.side.index()];
        let rank = change.side.rank(change.price);
        let before = if change.qty.is_zero() {
            side.remove(&rank)
        } else {
            side.insert(rank, change.qty)
        };
        before.unwrap_or(Qty::ZERO)
    }

    /// What stands at a price.
    pub fn at(&self, side: Side, price: Price) -> Qty {
        self.sides[side.index()]
            .get(&side.rank(price))
            .copied()
            .unwrap_or(Qty::ZERO)
    }

    /// Levels of one side, best first.
    pub fn side(&self, side: Side) -> impl Iterator<Item = Level> + '_ {
        self.sides[side.index()]
            .iter()
            .map(move |(rank, qty)| (side.price(*rank), *qty))
    }

    /// Both best levels.
    pub fn top(&self) -> Top {
        Top {
            bid: self.side(Side::Bid).next(),
            ask: self.side(Side::Ask).next(),
        }
    }

    /// Number of levels of one side.
    pub fn len(&self, side: Side) -> usize {
        self.sides[side.index()].len()
    }

    /// True if neither side holds anything.
    pub fn is_empty(&self) -> bool {
        self.sides.iter().all(BTreeMap::is_empty)
    }
}
