//! Bars of the time before a generated market opened: the hidden state alone, second by second, ending at the opening price.

use super::candles::MINUTE_MS;
use super::event::Candle;
use super::latent::Latent;
use super::random::Random;
use super::spec::Spec;
use crate::decimal::Price;

/// Minutes of history.
pub const HISTORY_MINUTES: i64 = 1_500;
const SECONDS: usize = 60;
/// Trades in a minute of little movement, and what a basis point of range adds to them.
const TRADES_MEAN: f64 = 250.0;
const TRADES_A_BASIS_POINT: f64 = 25.0;
/// What a trade is worth on average, in the quote currency.
const TRADE_NOTIONAL: f64 = 4_000.0;

/// Closed bars up to the minute of `now_ms`, the last one closing at `opening`; and the hidden state it ends in.
pub fn history(
    spec: &Spec,
    opening: Price,
    now_ms: i64,
    random: &mut Random,
) -> (Vec<Candle>, Latent) {
    let open_ms = now_ms - now_ms.rem_euclid(MINUTE_MS);
    let fair = opening.e8() as f64;
    let mut latent = Latent::new(fair, fair, random);
    let mut path = vec![latent.fair()];
    for _ in 0..HISTORY_MINUTES * SECONDS as i64 {
        latent.advance(random, 1.0);
        path.push(latent.fair());
    }
    let scale = fair / latent.fair();
    let to_tick = |value: f64| {
        let ticks = ((value * scale) / spec.tick_e8 as f64).round() as i64;
        Price::from_e8(ticks.max(1) * spec.tick_e8)
    };
    let mut candles = Vec::with_capacity(HISTORY_MINUTES as usize);
    let mut next_trade = 1;
    for minute in 0..HISTORY_MINUTES {
        let prices = &path[minute as usize * SECONDS..=(minute as usize + 1) * SECONDS];
        let high = prices.iter().copied().fold(f64::MIN, f64::max);
        let low = prices.iter().copied().fold(f64::MAX, f64::min);
        let mut candle = Candle::flat(
            open_ms - (HISTORY_MINUTES - minute) * MINUTE_MS,
            to_tick(prices[SECONDS]),
        );
        (candle.open, candle.high, candle.low) = (to_tick(prices[0]), to_tick(high), to_tick(low));
        candle.closed = true;
        fill_volume(&mut candle, spec, (high / low).ln() * 1e4, random);
        candle.first_trade = next_trade;
        next_trade += candle.trades;
        candle.last_trade = next_trade - 1;
        candles.push(candle);
    }
    (candles, Latent::new(fair, fair, random))
}

fn fill_volume(candle: &mut Candle, spec: &Spec, range: f64, random: &mut Random) {
    let trades = (TRADES_MEAN + TRADES_A_BASIS_POINT * range) * random.between(0.7, 1.3);
    let lots = |share: f64| {
        let qty = trades * TRADE_NOTIONAL * 1e16 / candle.close.e8() as f64 * share;
        ((qty / spec.lot_e8 as f64) as i64).max(1) * spec.lot_e8
    };
    let moved = (candle.close.e8() - candle.open.e8()) as f64 / candle.close.e8() as f64 * 1e4;
    let bought = lots((0.5 + 0.02 * moved).clamp(0.1, 0.9));
    let sold = lots((0.5 - 0.02 * moved).clamp(0.1, 0.9));
    let middle = i128::from(candle.high.e8() + candle.low.e8()) / 2;
    candle.trades = trades as i64;
    candle.volume_e8 = bought + sold;
    candle.buy_volume_e8 = bought;
    candle.quote_volume_e16 = middle * i128::from(bought + sold);
    candle.buy_quote_volume_e16 = middle * i128::from(bought);
}
