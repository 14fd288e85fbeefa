//! One-minute bars built from trades, for sources without a kline stream. A trade belongs to the minute of its own time.

use crate::config::CANDLES_KEPT;
use crate::publish::{MINUTE, SECOND};
use wire::Candle;

/// Built here from every trade of the minute.
const FROM_TRADES: u8 = 2;
/// Built here, but not from the minute's first trade on.
const FROM_SOME_TRADES: u8 = 3;
/// Trades of a minute may come so long after it, by the exchange's clock.
const LATE_MAX: i64 = SECOND;

/// Flat bars in a row, as time.
const FLAT_MAX: i64 = CANDLES_KEPT as i64 * MINUTE;

/// One trade, in ticks and lots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Deal {
    pub(crate) event_ns: i64,
    pub(crate) price: i64,
    pub(crate) qty: i64,
    pub(crate) buyer_took: bool,
    /// No trade is missing between the one before and this one.
    pub(crate) follows: bool,
}

/// The minute that is being built, or the next one.
#[derive(Clone, Debug)]
pub(crate) struct FromTrades {
    instrument: u8,
    /// The bar of the minute; with no trades yet it is flat at the last close.
    bar: Option<Candle>,
}

impl FromTrades {
    pub(crate) const fn new(instrument: u8) -> Self {
        Self {
            instrument,
            bar: None,
        }
    }

    /// The bar that is open now.
    pub(crate) const fn open_bar(&self) -> Option<Candle> {
        self.bar
    }

    /// Takes a trade in, after `close_before(minute of the trade)` gave `None`.
    pub(crate) fn add(&mut self, deal: &Deal) {
        let open_ns = minute_of(deal.event_ns);
        match &mut self.bar {
            Some(bar) if bar.open_ns == open_ns => {
                if bar.trades == 0 {
                    (bar.open, bar.high, bar.low) = (deal.price, deal.price, deal.price);
                }
                bar.high = bar.high.max(deal.price);
                bar.low = bar.low.min(deal.price);
                bar.close = deal.price;
                bar.trades += 1;
                bar.volume = bar.volume.saturating_add(deal.qty);
                bar.buy_volume =
                    bar.buy_volume
                        .saturating_add(if deal.buyer_took { deal.qty } else { 0 });
                if !deal.follows {
                    bar.origin = FROM_SOME_TRADES;
                }
            }
            // Trades older than the open minute were never seen in order; the minute they belong to is published.
            Some(bar) if bar.open_ns > open_ns => {}
            _ => self.bar = Some(first_of(self.instrument, open_ns, deal)),
        }
    }

    /// The next bar that is over before the trade's minute; ask until there is none. `follows` false: trades are
    /// missing, so the open bar is incomplete and the minutes in between are not known to be empty.
    pub(crate) fn close_before(&mut self, deal: &Deal) -> Option<Candle> {
        let minute = minute_of(deal.event_ns);
        let bar = self.bar.filter(|bar| bar.open_ns < minute)?;
        if deal.follows {
            return self.turn();
        }
        self.bar = None;
        (bar.trades > 0).then_some(Candle {
            closed: true,
            origin: FROM_SOME_TRADES,
            ..bar
        })
    }

    /// The next bar that is over by the exchange's clock; ask until there is none.
    pub(crate) fn close_at(&mut self, exchange_ns: i64) -> Option<Candle> {
        let bar = self.bar?;
        if exchange_ns > bar.open_ns + FLAT_MAX {
            // Nobody wants so many flat bars: the source stood still, and begins anew.
            self.bar = None;
            return (bar.trades > 0).then_some(Candle {
                closed: true,
                ..bar
            });
        }
        if exchange_ns < bar.open_ns + MINUTE + LATE_MAX {
            None
        } else {
            self.turn()
        }
    }

    /// Closes the open bar and opens the next one, flat.
    fn turn(&mut self) -> Option<Candle> {
        let bar = self.bar?;
        self.bar = Some(Candle {
            open_ns: bar.open_ns + MINUTE,
            open: bar.close,
            high: bar.close,
            low: bar.close,
            volume: 0,
            buy_volume: 0,
            trades: 0,
            origin: FROM_TRADES,
            ..bar
        });
        Some(Candle {
            closed: true,
            ..bar
        })
    }
}

fn first_of(instrument: u8, open_ns: i64, deal: &Deal) -> Candle {
    Candle {
        instrument,
        open_ns,
        open: deal.price,
        high: deal.price,
        low: deal.price,
        close: deal.price,
        volume: deal.qty,
        buy_volume: if deal.buyer_took { deal.qty } else { 0 },
        trades: 1,
        closed: false,
        origin: FROM_SOME_TRADES,
    }
}

fn minute_of(ns: i64) -> i64 {
    ns - ns.rem_euclid(MINUTE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deal(second: i64, price: i64, follows: bool) -> Deal {
        Deal {
            event_ns: second * SECOND,
            price,
            qty: 10,
            buyer_took: price % 2 == 0,
            follows,
        }
    }

    /// Feeds trades and gives each closed bar as (minute, open, high, low, close, volume, buys, trades, origin).
    fn bars(deals: &[Deal]) -> Vec<[i64; 9]> {
        let mut built = FromTrades::new(0);
        let mut closed = Vec::new();
        for deal in deals {
            while let Some(bar) = built.close_before(deal) {
                closed.push(bar);
            }
            built.add(deal);
        }
        let row = |bar: &Candle| {
            let minute = bar.open_ns / MINUTE;
            let origin = i64::from(bar.origin);
            let (volume, buys) = (bar.volume, bar.buy_volume);
            [
                minute, bar.open, bar.high, bar.low, bar.close, volume, buys, bar.trades, origin,
            ]
        };
        closed.iter().map(row).collect()
    }

    #[test]
    fn the_first_minute_is_incomplete_the_next_is_whole_an_empty_one_is_flat() {
        let deals = [
            deal(30, 7, false),
            deal(61, 8, true),
            deal(119, 5, true),
            deal(200, 9, true),
            deal(240, 9, true),
        ];
        let expected = [
            [0, 7, 7, 7, 7, 10, 0, 1, 3],
            [1, 8, 8, 5, 5, 20, 10, 2, 2],
            [2, 5, 5, 5, 5, 0, 0, 0, 2],
            [3, 9, 9, 9, 9, 10, 0, 1, 2],
        ];
        assert_eq!(bars(&deals), expected);
    }

    #[test]
    fn missing_trades_make_both_ends_incomplete_and_no_flat_bars() {
        let deals = [
            deal(30, 7, false),
            deal(61, 8, true),
            deal(300, 9, false),
            deal(360, 9, true),
        ];
        let rows: Vec<(i64, i64)> = bars(&deals).iter().map(|row| (row[0], row[8])).collect();
        assert_eq!(rows, [(0, 3), (1, 3), (5, 3)]);
    }

    #[test]
    fn the_clock_closes_a_minute_a_moment_after_its_end() {
        let mut built = FromTrades::new(0);
        built.add(&deal(30, 7, false));
        assert_eq!(built.close_at(MINUTE + LATE_MAX - 1), None);
        assert_eq!(
            built.close_at(MINUTE + LATE_MAX).map(|bar| bar.closed),
            Some(true)
        );
        assert_eq!(built.close_at(MINUTE + LATE_MAX), None);
    }
}
