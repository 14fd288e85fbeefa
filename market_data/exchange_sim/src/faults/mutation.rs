//! Depth events with something wrong in them. Ids stay in order, so only the content misleads.

use crate::decimal::{Price, Qty};
use crate::levels::{Level, Levels, Side};
use crate::market::event::Depth;

/// A price that stands on the wrong side of the other best for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crossing {
    /// Depth events that still show it.
    pub events_left: u32,
    /// Ticks beyond the best ask; 0: locked.
    pub ticks: i64,
    /// The price shown by the last event, to be taken back.
    shown: Option<Price>,
}

impl Crossing {
    /// For so many events.
    pub fn new(events: u32, ticks: i64) -> Self {
        Self {
            events_left: events,
            ticks,
            shown: None,
        }
    }

    /// Shows a crossing bid in an event, or takes the last one back. `true_levels` is the book after the event.
    /// False once nothing is left to do.
    pub fn apply(
        &mut self,
        depth: &mut Depth,
        true_levels: &Levels,
        tick_e8: i64,
        lot_e8: i64,
    ) -> bool {
        if let Some(price) = self.shown.take() {
            put(depth, Side::Bid, (price, true_levels.at(Side::Bid, price)));
        }
        if self.events_left == 0 {
            return false;
        }
        self.events_left -= 1;
        if let Some((ask, _)) = true_levels.top().ask {
            let price = Price::from_e8(ask.e8() + self.ticks * tick_e8);
            put(depth, Side::Bid, (price, Qty::from_e8(lot_e8)));
            self.shown = Some(price);
        }
        true
    }
}

/// A removal of a level that nobody has.
pub fn zero_unknown(depth: &mut Depth, true_levels: &Levels, tick_e8: i64) -> bool {
    let Some((best, _)) = true_levels.top().bid else {
        return false;
    };
    let prices = (1..)
        .map(|ticks| best.e8() - ticks * tick_e8)
        .take_while(|price| *price > 0);
    let free = prices
        .map(Price::from_e8)
        .find(|price| true_levels.at(Side::Bid, *price).is_zero());
    free.is_some_and(|price| {
        put(depth, Side::Bid, (price, Qty::ZERO));
        true
    })
}

/// One price twice: first with a wrong quantity, then with the right one.
pub fn duplicate_price(depth: &mut Depth, lot_e8: i64) -> bool {
    let rows = if depth.bids.is_empty() {
        &mut depth.asks
    } else {
        &mut depth.bids
    };
    let Some(&(price, qty)) = rows.first() else {
        return false;
    };
    rows.insert(0, (price, Qty::from_e8(qty.e8() + lot_e8)));
    true
}

/// A price that is set on one side and removed on the other.
pub fn same_price_both_sides(depth: &mut Depth) -> bool {
    let Some(&(price, _)) = depth.bids.iter().find(|row| !row.1.is_zero()) else {
        return false;
    };
    put(depth, Side::Ask, (price, Qty::ZERO));
    true
}

/// Sets a row, keeping the best-first order.
fn put(depth: &mut Depth, side: Side, row: Level) {
    let rows = if side == Side::Bid {
        &mut depth.bids
    } else {
        &mut depth.asks
    };
    match rows.binary_search_by_key(&side.rank(row.0), |held| side.rank(held.0)) {
        Ok(at) => rows[at] = row,
        Err(at) => rows.insert(at, row),
    }
}
