//! The order flow of one generated market: what makers and takers do to the book as the hidden state moves.
//!
//! Makers of the best levels keep a size that shows the pressure of this moment; adds and cancels near the top lean the
//! same way; takers and the fair value follow with a lag. When the fair value has left the quotes behind, some makers
//! withdraw, the rest are taken, and both sides quote again around it: the price moves several ticks at a time.
//! Seeded hours of it are measured by the tests `tests/market_shape.rs`, whose figures stand there.

use super::latent::Latent;
use super::matching::MatchingBook;
use super::random::Random;
use super::spec::Spec;
use crate::decimal::{Price, Qty};
use crate::levels::{Level, Side};

/// What one best level is worth when nothing presses, in the quote currency.
const BEST_NOTIONAL: f64 = 60_000.0;
/// How strongly pressure shows in the sizes of the best levels: their imbalance is about tanh(TILT · pressure).
const TILT: f64 = 1.3;
/// Share of the price between two levels.
const GAP_SHARE: f64 = 1e-5;
/// Share of the price that the fair value may be away from the quotes before they are taken.
const BAND_SHARE: f64 = 4e-5;
/// Levels a side that adds and cancels settle at.
const LEVELS: f64 = 250.0;
/// Levels a side that a new market opens with.
const OPENING_LEVELS: usize = 200;
/// Arrivals a second: makers of a best level looking at their size, of each side improving a wide spread, of each side
/// adding behind the best, of takers.
const BEST_RATE: f64 = 12.0;
const IMPROVE_RATE: f64 = 8.0;
const ADD_RATE: f64 = 15.0;
const TAKER_RATE: f64 = 3.0;
/// Pieces in which a best level is quoted.
const PIECES: usize = 3;

/// Called after each action on the book, before the next one.
pub type AfterAction<'a> = &'a mut dyn FnMut(&mut MatchingBook);

/// Makers and takers of one symbol.
#[derive(Clone, Debug)]
pub struct Flow {
    tick_e8: i64,
    lot_e8: i64,
    qty_min_e8: i64,
    qty_max_e8: i64,
    latent: Latent,
    random: Random,
}

impl Flow {
    /// A flow around the hidden state.
    pub fn new(spec: &Spec, latent: Latent, random: Random) -> Self {
        Self {
            tick_e8: spec.tick_e8,
            lot_e8: spec.lot_e8,
            qty_min_e8: spec.qty_min.e8(),
            qty_max_e8: spec.qty_max.e8(),
            latent,
            random,
        }
    }

    /// Fills an empty book around the fair value.
    pub fn open(&mut self, book: &mut MatchingBook) {
        let bid = self.to_tick(self.latent.fair());
        self.quote(book, Side::Bid, bid, &mut |_| ());
        self.quote(book, Side::Ask, bid + self.tick_e8, &mut |_| ());
        while book.depth(Side::Bid).min(book.depth(Side::Ask)) < OPENING_LEVELS {
            for side in Side::BOTH {
                self.add_behind(book, side);
            }
        }
    }

    /// Lets `seconds` (a few milliseconds) pass.
    pub fn step(&mut self, book: &mut MatchingBook, seconds: f64, after: AfterAction<'_>) {
        self.latent.advance(&mut self.random, seconds);
        self.reprice(book, after);
        for side in Side::BOTH {
            let lean = if side == Side::Bid {
                self.latent.pressure()
            } else {
                -self.latent.pressure()
            };
            if self.random.chance(IMPROVE_RATE * lean.exp() * seconds) {
                self.improve(book, side, after);
            }
            if self.random.chance(BEST_RATE * seconds) {
                self.keep_size(book, side, after);
            }
            if self.random.chance(ADD_RATE * (1.0 + 0.3 * lean) * seconds) {
                self.add_behind(book, side);
                after(book);
            }
            let crowding = (book.depth(side) as f64 / LEVELS).powi(2);
            if self
                .random
                .chance(ADD_RATE * crowding * (1.0 - 0.3 * lean) * seconds)
            {
                self.cancel_behind(book, side);
                after(book);
            }
        }
        if self
            .random
            .chance(TAKER_RATE * (1.0 + self.latent.lagged().abs()) * seconds)
        {
            self.take_some(book);
            after(book);
        }
    }

    /// One action far from the top, for a load that leaves the market as it is.
    pub fn stir(&mut self, book: &mut MatchingBook) {
        let side = if self.random.chance(0.5) {
            Side::Bid
        } else {
            Side::Ask
        };
        if book.depth(side) > LEVELS as usize {
            self.cancel_behind(book, side)
        } else {
            self.add_behind(book, side)
        }
    }

    /// The fair value, 10⁻⁸.
    pub fn fair(&self) -> f64 {
        self.latent.fair()
    }

    /// Lets time pass for the hidden state alone, as when trading is halted.
    pub fn drift(&mut self, seconds: f64) {
        self.latent.advance(&mut self.random, seconds);
    }

    /// Takes what stands between the quotes and the fair value, and quotes again around it.
    fn reprice(&mut self, book: &mut MatchingBook, after: AfterAction<'_>) {
        let (Some(bid), Some(ask)) = (book.best(Side::Bid), book.best(Side::Ask)) else {
            return;
        };
        let fair = self.latent.fair();
        let mid = (bid.0.e8() + ask.0.e8()) as f64 / 2.0;
        let band = (fair * BAND_SHARE).max(0.75 * self.tick_e8 as f64);
        if (fair - mid).abs() <= band {
            return;
        }
        let hit = if fair > mid { Side::Ask } else { Side::Bid };
        let price = self.to_tick(fair);
        while let Some(best) = book
            .best(hit)
            .filter(|best| hit.rank(best.0) <= hit.outward() * price)
        {
            self.clear_level(book, hit, best, after);
        }
        self.quote(book, hit.opposite(), price, after);
        let beyond = price + hit.outward() * self.tick_e8 * (1 + self.random.below(3) as i64);
        self.quote(book, hit, beyond, after);
    }

    fn clear_level(
        &mut self,
        book: &mut MatchingBook,
        side: Side,
        best: Level,
        after: AfterAction<'_>,
    ) {
        for order in book.best_orders(side) {
            if self.random.chance(0.6) {
                book.cancel(order);
                after(book);
            }
        }
        if let Some(left) = book.best(side).filter(|left| left.0 == best.0) {
            book.take(side, left.1, Some(best.0));
            after(book);
        }
    }

    /// Puts a best level's size at a price, in pieces.
    fn quote(
        &mut self,
        book: &mut MatchingBook,
        side: Side,
        price_e8: i64,
        after: AfterAction<'_>,
    ) {
        if price_e8 <= 0 {
            return;
        }
        let total = self.best_size(side) / PIECES as f64;
        for _ in 0..PIECES {
            let share = self.random.between(0.6, 1.4);
            let qty = self.qty(total * share);
            book.place(side, Price::from_e8(price_e8), qty);
            after(book);
        }
    }

    /// A better price inside a spread of more than a tick, on the fair value's own side.
    fn improve(&mut self, book: &mut MatchingBook, side: Side, after: AfterAction<'_>) {
        let (Some(own), Some(other)) = (book.best(side), book.best(side.opposite())) else {
            return;
        };
        let room = (other.0.e8() - own.0.e8()).abs() / self.tick_e8;
        if room <= 1 {
            return;
        }
        let from_other = 1 + self.random.below(2) as i64;
        let near_other = other.0.e8() + side.outward() * from_other.min(room - 1) * self.tick_e8;
        let beyond_fair = (self.latent.fair() - near_other as f64) * side.outward() as f64;
        let price = if beyond_fair > self.latent.fair() * BAND_SHARE {
            own.0.e8() - side.outward() * self.tick_e8
        } else {
            near_other
        };
        self.quote(book, side, price, after);
    }

    /// Makers of the best level grow or shrink towards the size that shows the pressure.
    fn keep_size(&mut self, book: &mut MatchingBook, side: Side, after: AfterAction<'_>) {
        let Some((price, held)) = book.best(side) else {
            return;
        };
        let (wanted, held) = (self.best_size(side), held.e8() as f64);
        if held < 0.8 * wanted {
            let share = self.random.between(0.3, 1.0);
            let qty = self.qty((wanted - held) * share);
            book.place(side, price, qty);
        } else if held > 1.25 * wanted {
            let orders = book.best_orders(side);
            let order = orders[self.random.below(orders.len())];
            if orders.len() == 1 {
                let qty = self.qty(wanted);
                book.place(side, price, qty);
                after(book);
            }
            book.cancel(order);
        }
        after(book);
    }

    fn add_behind(&mut self, book: &mut MatchingBook, side: Side) {
        let Some((best, _)) = book.best(side) else {
            return;
        };
        let gap = (best.e8() as f64 * GAP_SHARE).max(self.tick_e8 as f64);
        let gaps_mean = match self.random.unit() {
            share if share < 0.4 => 8.0,
            share if share < 0.85 => 60.0,
            _ => 500.0,
        };
        let distance = self.random.exponential(gaps_mean) * gap;
        let ticks = (distance / self.tick_e8 as f64) as i64 + 1;
        let price = best.e8() + side.outward() * ticks * self.tick_e8;
        if price <= 0 {
            return;
        }
        let near = distance < 20.0 * gap;
        let lean = if near {
            self.latent.size_factor(side.index(), 0.8 * TILT)
        } else {
            1.0
        };
        let share = self.random.exponential(0.15).min(1.5);
        let qty = self.qty(self.best_notional_size() * share * lean);
        book.place(side, Price::from_e8(price), qty);
    }

    fn cancel_behind(&mut self, book: &mut MatchingBook, side: Side) {
        let depth = book.depth(side);
        let level = if self.random.chance(0.5) {
            1 + self.random.exponential(6.0) as usize
        } else {
            1 + self.random.below(depth.saturating_sub(1))
        };
        if let Some(order) = book.youngest_at(side, level) {
            book.cancel(order);
        }
    }

    /// A taker whose side follows the lagged pressure.
    fn take_some(&mut self, book: &mut MatchingBook) {
        let buys = self.random.chance(0.5 + 0.4 * self.latent.lagged());
        let from = if buys { Side::Ask } else { Side::Bid };
        let Some((price, held)) = book.best(from) else {
            return;
        };
        let share = self.random.exponential(0.12);
        let qty = self.qty((self.best_notional_size() * share).min(held.e8() as f64));
        book.take(from, qty, Some(price));
    }

    fn best_size(&self, side: Side) -> f64 {
        self.best_notional_size() * self.latent.size_factor(side.index(), TILT)
    }

    /// Base quantity, 10⁻⁸, that is worth `BEST_NOTIONAL`.
    fn best_notional_size(&self) -> f64 {
        BEST_NOTIONAL * 1e16 / self.latent.fair()
    }

    /// The hidden state's sizes become money here: whole lots within the filters.
    fn qty(&self, wanted: f64) -> Qty {
        let lots = (wanted / self.lot_e8 as f64).round() as i64;
        let least = ((self.qty_min_e8 + self.lot_e8 - 1) / self.lot_e8).max(1);
        let most = (self.qty_max_e8 / self.lot_e8).max(least);
        Qty::from_e8(lots.clamp(least, most) * self.lot_e8)
    }

    /// The hidden state's levels become prices here: whole ticks.
    fn to_tick(&self, level: f64) -> i64 {
        ((level / self.tick_e8 as f64).round() as i64).max(1) * self.tick_e8
    }
}
