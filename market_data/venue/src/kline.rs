//! Klines of one minute, from the stream and over REST.

use crate::error::Malformed;
use crate::field::need;
use crate::level::{lots, ticks};
use crate::number::Unit;
use crate::scan::Cursor;

/// One minute, prices and volumes in 10⁻⁸ or, after `to_units`, in ticks and lots.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kline {
    /// The minute's first nanosecond.
    pub open_ns: i64,
    /// First price.
    pub open: i64,
    /// Greatest price.
    pub high: i64,
    /// Least price.
    pub low: i64,
    /// Last price.
    pub close: i64,
    /// What was traded.
    pub volume: i64,
    /// What buyers took of it.
    pub buy_volume: i64,
    /// How many trades.
    pub trades: i64,
    /// Whether the minute is over, as the venue says; over REST this is not said, and false.
    pub closed: bool,
}

const MINUTE_MS: u64 = 60_000;

impl Kline {
    /// Turns prices and volumes from 10⁻⁸ into ticks and lots.
    ///
    /// # Errors
    /// A price off the tick.
    pub fn to_units(self, tick: Unit, lot: Unit) -> Result<Self, Malformed> {
        Ok(Self {
            open: ticks(tick, self.open)?,
            high: ticks(tick, self.high)?,
            low: ticks(tick, self.low)?,
            close: ticks(tick, self.close)?,
            volume: lots(lot, self.volume),
            buy_volume: lots(lot, self.buy_volume),
            ..self
        })
    }

    /// A bar whose open time is given in ms or µs (the magnitude tells), if it does not contradict itself.
    pub(crate) fn checked(self, open_time: u64) -> Result<Self, Malformed> {
        let open_ms = if open_time < 100_000_000_000_000 {
            open_time
        } else {
            open_time / 1_000
        };
        let contradicts = !open_ms.is_multiple_of(MINUTE_MS)
            || self.low > self.open.min(self.close)
            || self.high < self.open.max(self.close)
            || self.low <= 0
            || self.buy_volume > self.volume
            || self.trades < 0;
        let open_ns = i64::try_from(open_ms)
            .ok()
            .and_then(|ms| ms.checked_mul(1_000_000));
        match open_ns {
            Some(open_ns) if !contradicts => Ok(Self { open_ns, ..self }),
            _ => Err(Malformed::BadKline {
                open_ms: open_ms.min(i64::MAX as u64) as i64,
            }),
        }
    }
}

/// The fields of `k` in a kline event.
#[derive(Default)]
pub(crate) struct KlineFields {
    pub(crate) one_minute: bool,
    open_time: Option<Result<u64, Malformed>>,
    trades: Option<Result<u64, Malformed>>,
    /// o, h, l, c, v, V
    decimals: [Option<Result<i64, Malformed>>; 6],
    closed: Option<Result<bool, Malformed>>,
}

impl KlineFields {
    pub(crate) fn read(cursor: &mut Cursor<'_>) -> Result<Self, Malformed> {
        let mut fields = Self::default();
        cursor.object(|cursor, key| {
            match key {
                b"i" => fields.one_minute = cursor.attempt(Cursor::text)? == Ok(b"1m"),
                b"t" => fields.open_time = Some(cursor.attempt(Cursor::whole)?),
                b"n" => fields.trades = Some(cursor.attempt(Cursor::whole)?),
                b"x" => {
                    cursor.peek()?;
                    fields.closed = Some(cursor.attempt(Cursor::boolean)?);
                }
                _ => match DECIMALS.iter().position(|name| name.as_bytes() == key) {
                    Some(place) => fields.decimals[place] = Some(cursor.attempt(Cursor::decimal)?),
                    None => cursor.pass()?,
                },
            }
            Ok(())
        })?;
        Ok(fields)
    }

    pub(crate) fn kline(self) -> Result<Kline, Malformed> {
        let decimal = |place: usize| need(self.decimals[place], DECIMALS[place]);
        let kline = Kline {
            open_ns: 0,
            open: decimal(0)?,
            high: decimal(1)?,
            low: decimal(2)?,
            close: decimal(3)?,
            volume: decimal(4)?,
            buy_volume: decimal(5)?,
            trades: need(self.trades, "n")?.min(i64::MAX as u64) as i64,
            closed: need(self.closed, "x")?,
        };
        kline.checked(need(self.open_time, "t")?)
    }
}

const DECIMALS: [&str; 6] = ["o", "h", "l", "c", "v", "V"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_that_contradicts_itself_by_one_unit_is_refused() {
        let sound = Kline {
            open: 20,
            high: 50,
            low: 20,
            close: 50,
            volume: 7,
            buy_volume: 7,
            ..Kline::default()
        };
        assert!(sound.checked(60_000).is_ok());
        for wrong in [
            Kline { low: 21, ..sound },
            Kline { high: 49, ..sound },
            Kline {
                buy_volume: 8,
                ..sound
            },
            Kline {
                trades: -1,
                ..sound
            },
            Kline { low: 0, ..sound },
        ] {
            assert!(wrong.checked(60_000).is_err(), "{wrong:?}");
        }
        assert!(sound.checked(60_001).is_err(), "no minute begins there");
    }
}
