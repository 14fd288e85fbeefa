//! Bars of a minute, built from the very trades, and the closed ones that are kept.

use super::event::{Candle, Trade};
use crate::decimal::Price;
use std::collections::VecDeque;

/// Length of a bar.
pub const MINUTE_MS: i64 = 60_000;
/// Closed bars that are kept; the oldest go first.
pub const CANDLES_MAX: usize = 3_000;

impl Candle {
    /// A bar without trades at a price.
    pub fn flat(open_ms: i64, price: Price) -> Self {
        Self {
            open_ms,
            open: price,
            high: price,
            low: price,
            close: price,
            volume_e8: 0,
            quote_volume_e16: 0,
            buy_volume_e8: 0,
            buy_quote_volume_e16: 0,
            trades: 0,
            first_trade: -1,
            last_trade: -1,
            closed: false,
        }
    }

    /// Last millisecond of the bar.
    pub fn close_ms(&self) -> i64 {
        self.open_ms + MINUTE_MS - 1
    }

    /// Adds a trade.
    pub fn add(&mut self, trade: &Trade) {
        let quote = i128::from(trade.price.e8()) * i128::from(trade.qty.e8());
        if self.trades == 0 {
            (self.open, self.high, self.low) = (trade.price, trade.price, trade.price);
            self.first_trade = trade.id;
        }
        self.high = self.high.max(trade.price);
        self.low = self.low.min(trade.price);
        self.close = trade.price;
        self.volume_e8 += trade.qty.e8();
        self.quote_volume_e16 += quote;
        if !trade.buyer_is_maker {
            self.buy_volume_e8 += trade.qty.e8();
            self.buy_quote_volume_e16 += quote;
        }
        self.trades += 1;
        self.last_trade = trade.id;
    }
}

/// Closed bars, oldest first, and the open one.
#[derive(Clone, Debug, Default)]
pub struct Candles {
    closed: VecDeque<Candle>,
    open: Option<Candle>,
}

impl Candles {
    /// Closed bars of the past and the minute that opens after them.
    pub fn with_history(history: Vec<Candle>, open: Candle) -> Self {
        let mut candles = Self {
            closed: VecDeque::new(),
            open: Some(open),
        };
        history.into_iter().for_each(|candle| candles.keep(candle));
        candles
    }

    /// Takes note of the time; gives the bars that closed by it, flat ones for minutes without trades.
    pub fn pass(&mut self, now_ms: i64) -> Vec<Candle> {
        let mut closed = Vec::new();
        while let Some(open) = self.open.filter(|open| now_ms >= open.open_ms + MINUTE_MS) {
            let done = Candle {
                closed: true,
                ..open
            };
            self.keep(done);
            closed.push(done);
            self.open = Some(Candle::flat(open.open_ms + MINUTE_MS, open.close));
        }
        closed
    }

    /// Adds a trade of a time not before the open bar; gives the bars that closed by it.
    pub fn add(&mut self, trade: &Trade, now_ms: i64) -> Vec<Candle> {
        let closed = self.pass(now_ms);
        let open_ms = now_ms - now_ms.rem_euclid(MINUTE_MS);
        self.open
            .get_or_insert_with(|| Candle::flat(open_ms, trade.price))
            .add(trade);
        closed
    }

    /// Takes a bar as it is told by someone else; a newer one of the same minute replaces it.
    pub fn learn(&mut self, candle: Candle) {
        if candle.closed {
            if self
                .closed
                .back()
                .is_none_or(|last| last.open_ms < candle.open_ms)
            {
                self.keep(candle);
            }
            if self.open.is_some_and(|open| open.open_ms <= candle.open_ms) {
                self.open = None;
            }
        } else {
            self.open = Some(candle);
        }
    }

    /// All bars, oldest first, the open one last.
    pub fn all(&self) -> impl DoubleEndedIterator<Item = &Candle> {
        self.closed.iter().chain(self.open.iter())
    }

    /// The bar of the minute that runs.
    pub fn open(&self) -> Option<&Candle> {
        self.open.as_ref()
    }

    fn keep(&mut self, candle: Candle) {
        if self.closed.len() == CANDLES_MAX {
            self.closed.pop_front();
        }
        self.closed.push_back(candle);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decimal::Qty;

    fn trade(id: i64, price: i64, buyer_is_maker: bool) -> Trade {
        Trade {
            id,
            price: Price::from_e8(price),
            qty: Qty::from_e8(10),
            buyer_is_maker,
        }
    }

    #[test]
    fn a_minute_without_trades_is_flat_at_the_last_close() {
        let mut candles = Candles::default();
        candles.add(&trade(1, 100, false), 0);
        candles.add(&trade(2, 90, true), 59_999);
        let closed = candles.add(&trade(3, 95, true), 130_000);
        let rows: Vec<_> = closed
            .iter()
            .map(|c| {
                (
                    c.open_ms,
                    c.open.e8(),
                    c.close.e8(),
                    c.trades,
                    c.first_trade,
                )
            })
            .collect();
        assert_eq!(rows, [(0, 100, 90, 2, 1), (60_000, 90, 90, 0, -1)]);
        assert_eq!((closed[0].volume_e8, closed[0].buy_volume_e8), (20, 10));
        assert_eq!(
            candles.open().map(|open| (open.open_ms, open.trades)),
            Some((120_000, 1))
        );
    }
}
