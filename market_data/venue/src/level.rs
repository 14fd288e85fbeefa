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
    /// Real books hold what fits neither, left of orders from before tick or lot was made coarser: see `lots` for
    /// quantities; a price off the tick has no place in a book of ticks, so its level is left out. Both are counted.
    ///
    /// # Errors
    /// A price of zero. `OffTick` if so many prices are off that the tick must be wrong.
    #[inline(always)]
    pub fn to_units(&mut self, tick: Unit, lot: Unit) -> Result<Odd, Malformed> {
        let mut odd = Odd::default();
        let mut last_off = 0;
        for level in self.bids.iter_mut().chain(&mut self.asks) {
            let Some(price) = tick.count(level.price) else {
                last_off = std::mem::replace(&mut level.price, LEFT_OUT);
                odd.off_tick += 1;
                continue;
            };
            if price == 0 {
                return Err(Malformed::Zero { field: "price" });
            }
            let counted = lot.count(level.qty);
            odd.off_lot += u64::from(counted.is_none());
            *level = Level {
                price,
                qty: counted.unwrap_or_else(|| lots_off_the_lot(lot, level.qty)),
            };
        }
        if odd.off_tick > 0 {
            self.leave_out(odd.off_tick, last_off, tick)?;
        }
        Ok(odd)
    }

    #[cold]
    fn leave_out(&mut self, off_tick: u64, price_e8: i64, tick: Unit) -> Result<(), Malformed> {
        if off_tick > OFF_TICK_ALWAYS && off_tick * OFF_TICK_SHARE > self.len() as u64 {
            return Err(Malformed::OffTick {
                price_e8,
                tick_e8: tick.e8(),
            });
        }
        self.bids.retain(|level| level.price != LEFT_OUT);
        self.asks.retain(|level| level.price != LEFT_OUT);
        Ok(())
    }
}

/// Marks a level that is about to be left out.
const LEFT_OUT: i64 = -1;
/// So many prices off the tick in one update say nothing of the tick: one old order is cancelled.
const OFF_TICK_ALWAYS: u64 = 2;
/// One in so many says that the tick is wrong. (Seen: 1 in 1,000 of a snapshot of NKNUSDT in October 2021.)
const OFF_TICK_SHARE: u64 = 4;

/// Levels of one update that are not on tick or lot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Odd {
    /// Left out.
    pub off_tick: u64,
    /// Counted as the whole lots in them.
    pub off_lot: u64,
}

/// Ticks of a price, 0 for an empty side's.
///
/// # Errors
/// `OffTick` if it is no whole number of them.
pub fn ticks(tick: Unit, price_e8: i64) -> Result<i64, Malformed> {
    tick.count(price_e8).ok_or(Malformed::OffTick {
        price_e8,
        tick_e8: tick.e8(),
    })
}

/// Lots of a quantity that is not negative.
#[must_use]
pub fn lots(lot: Unit, qty_e8: i64) -> i64 {
    lot.count(qty_e8)
        .unwrap_or_else(|| lots_off_the_lot(lot, qty_e8))
}

/// Real books hold quantities that are no whole lots: what is left of orders from before the lot was made coarser (seen:
/// 25.426189 BTC at 200,000.00 in August 2024, lot 0.00001), and the largest number of 63 bits, which means "at least so
/// much" (2022-05-23). The whole lots in it count; less than one counts as one, because the level is there.
#[cold]
fn lots_off_the_lot(lot: Unit, qty_e8: i64) -> i64 {
    (qty_e8 / lot.e8()).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A bid of ticks of 0.01 and lots of 0.00001, and what was odd.
    fn converted(levels: &[(i64, i64)]) -> Result<(Vec<(i64, i64)>, Odd), Malformed> {
        let bids = levels
            .iter()
            .map(|(price, qty)| Level {
                price: *price,
                qty: *qty,
            })
            .collect();
        let mut update = Update {
            bids,
            asks: Vec::new(),
        };
        let (tick, lot) = (
            Unit::new(1_000_000).expect("positive"),
            Unit::new(1_000).expect("positive"),
        );
        let odd = update.to_units(tick, lot)?;
        Ok((
            update
                .bids
                .iter()
                .map(|level| (level.price, level.qty))
                .collect(),
            odd,
        ))
    }

    fn odd(off_tick: u64, off_lot: u64) -> Odd {
        Odd { off_tick, off_lot }
    }

    #[test]
    fn levels_become_ticks_and_lots() {
        let levels = [(6_183_763_000_000, 2_000_000), (1_000_000, 0)];
        assert_eq!(
            converted(&levels),
            Ok((vec![(6_183_763, 2_000), (1, 0)], odd(0, 0)))
        );
        assert_eq!(
            converted(&[(0, 1_000)]).map_err(Malformed::name),
            Err("zero")
        );
    }

    #[test]
    fn a_quantity_off_the_lot_counts_its_whole_lots_and_at_least_one() {
        let levels = [
            (20_000_000_000_000, 2_542_618_900),
            (1_000_000, 999),
            (2_000_000, i64::MAX),
        ];
        let expected = vec![(20_000_000, 2_542_618), (1, 1), (2, i64::MAX / 1_000)];
        assert_eq!(converted(&levels), Ok((expected, odd(0, 3))));
    }

    #[test]
    fn a_price_off_the_tick_is_left_out_and_too_many_of_them_are_refused() {
        assert_eq!(converted(&[(1_000_001, 1_000)]), Ok((vec![], odd(1, 0))));
        assert_eq!(
            converted(&[(1_000_001, 1_000), (3_000_000, 1_000)]),
            Ok((vec![(3, 1)], odd(1, 0)))
        );
        let off = (1_000_001, 1_000);
        assert_eq!(
            converted(&[off, off, off]).map_err(Malformed::name),
            Err("off_tick")
        );
        let mostly_on: Vec<(i64, i64)> = (1..=9)
            .map(|tick| (tick * 1_000_000, 0))
            .chain([off, off, off])
            .collect();
        assert_eq!(converted(&mostly_on).map(|(_, odd)| odd.off_tick), Ok(3));
    }
}
