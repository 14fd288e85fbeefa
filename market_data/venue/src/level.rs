//! Levels of a book side, as they came and in ticks and lots.

use crate::error::Malformed;
use crate::number::Unit;

/// Levels of one side in one message or snapshot. A message of this many would be about half a megabyte.
pub const LEVELS_MAX: usize = 20_000;

/// One price with its quantity: in 10⁻⁸ as read, in ticks and lots after `Update::to_units`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Level {
    /// Where.
    pub price: i64,
    /// How much there is now; 0 takes the level away.
    pub qty: i64,
}

/// The levels of one depthUpdate or snapshot. Reused from message to message: warm, it does not allocate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Update {
    /// Of the bid side, in the order they came.
    pub bids: Vec<Level>,
    /// Of the ask side, in the order they came.
    pub asks: Vec<Level>,
}

impl Update {
    /// Forgets the levels, keeps the room.
    pub fn clear(&mut self) {
        self.bids.clear();
        self.asks.clear();
    }

    /// Levels of both sides.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bids.len() + self.asks.len()
    }

    /// True if neither side holds a level.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Turns every level from 10⁻⁸ into ticks and lots. Nothing may be applied before this has gone through.
    ///
    /// # Errors
    /// The first price off the tick (or zero), or quantity off the lot.
    pub fn to_units(&mut self, tick: Unit, lot: Unit) -> Result<(), Malformed> {
        self.bids
            .iter_mut()
            .chain(&mut self.asks)
            .try_for_each(|level| level.turn_to_units(tick, lot))
    }
}

impl Level {
    #[inline(always)]
    fn turn_to_units(&mut self, tick: Unit, lot: Unit) -> Result<(), Malformed> {
        match (tick.count(self.price), lot_count(lot, self.qty)) {
            (Some(price), Some(qty)) if price > 0 => {
                *self = Self { price, qty };
                Ok(())
            }
            (price, _) => Err(self.complaint(price, tick, lot)),
        }
    }

    #[cold]
    fn complaint(self, price: Option<i64>, tick: Unit, lot: Unit) -> Malformed {
        match price {
            Some(0) => Malformed::Zero { field: "price" },
            None => Malformed::OffTick {
                price_e8: self.price,
                tick_e8: tick.e8(),
            },
            Some(_) => Malformed::OffLot {
                qty_e8: self.qty,
                lot_e8: lot.e8(),
            },
        }
    }
}

/// Lots of a quantity. The venue caps quantities at the largest 63-bit number ("at least this much"; 2022-05-23), which
/// is seldom a multiple of the lot: that one counts as the whole lots in it.
#[inline(always)]
fn lot_count(lot: Unit, qty_e8: i64) -> Option<i64> {
    match lot.count(qty_e8) {
        None if qty_e8 == i64::MAX => Some(i64::MAX / lot.e8()),
        counted => counted,
    }
}

/// Ticks of a price.
///
/// # Errors
/// `OffTick` if it is no whole number of them.
pub fn ticks(tick: Unit, price_e8: i64) -> Result<i64, Malformed> {
    tick.count(price_e8).ok_or(Malformed::OffTick {
        price_e8,
        tick_e8: tick.e8(),
    })
}

/// Lots of a quantity.
///
/// # Errors
/// `OffLot` if it is no whole number of them.
pub fn lots(lot: Unit, qty_e8: i64) -> Result<i64, Malformed> {
    lot_count(lot, qty_e8).ok_or(Malformed::OffLot {
        qty_e8,
        lot_e8: lot.e8(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn converted(price: i64, qty: i64) -> Result<Level, Malformed> {
        let mut update = Update {
            bids: vec![Level { price, qty }],
            asks: Vec::new(),
        };
        let (tick, lot) = (
            Unit::new(1_000_000).expect("positive"),
            Unit::new(1_000).expect("positive"),
        );
        update.to_units(tick, lot).map(|()| update.bids[0])
    }

    #[test]
    fn levels_become_ticks_and_lots_or_are_refused_by_name() {
        assert_eq!(
            converted(6_183_763_000_000, 2_000_000),
            Ok(Level {
                price: 6_183_763,
                qty: 2_000
            })
        );
        assert_eq!(converted(1_000_000, 0), Ok(Level { price: 1, qty: 0 }));
        assert_eq!(
            converted(1_000_001, 0).map_err(Malformed::name),
            Err("off_tick")
        );
        assert_eq!(
            converted(1_000_000, 999).map_err(Malformed::name),
            Err("off_lot")
        );
        assert_eq!(converted(0, 1_000).map_err(Malformed::name), Err("zero"));
    }

    #[test]
    fn the_capped_quantity_is_the_whole_lots_in_it() {
        assert_eq!(
            converted(1_000_000, i64::MAX),
            Ok(Level {
                price: 1,
                qty: i64::MAX / 1_000
            })
        );
    }
}
