//! What a session is built from, checked once.

use crate::publish::{MS, SECOND, Settings};
use book::Weights;
use wire::{INSTRUMENTS_MAX, LEVELS_MAX};

/// Bytes of one text in the configuration; keeps Hello inside a frame.
pub const TEXT_BYTES_MAX: usize = 128;
/// Closed one-minute bars kept for each instrument.
pub const CANDLES_KEPT: usize = 1_100;

/// Whose clock `recv_ns` is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// This machine's, now.
    Wall,
    /// The recording's.
    Recorded,
}

impl Clock {
    /// The word in Hello.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Wall => "wall",
            Self::Recorded => "recorded",
        }
    }
}

/// Where an instrument's filters came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FiltersFrom {
    /// The venue's exchangeInfo.
    Exchange,
    /// The configuration's instrument table.
    Config,
    /// The decimals seen in a capture.
    Inferred,
}

impl FiltersFrom {
    /// The word in Hello and in the status file.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Exchange => "exchange",
            Self::Config => "config",
            Self::Inferred => "inferred",
        }
    }
}

/// One instrument of the session; its index is its place in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instrument {
    /// Upper-case symbol.
    pub symbol: String,
    /// What is traded.
    pub base: String,
    /// What it is paid in.
    pub quote: String,
    /// One tick in 10⁻⁸ of the quote currency.
    pub tick_e8: i64,
    /// One lot in 10⁻⁸ of the base currency.
    pub lot_e8: i64,
    /// Least order quantity in lots.
    pub qty_min_lots: i64,
    /// Greatest order quantity in lots, 0: none.
    pub qty_max_lots: i64,
    /// Least order value in 10⁻⁸ of the quote currency, 0: none.
    pub notional_min_e8: i64,
    /// Where these came from.
    pub filters_from: FiltersFrom,
}

impl From<capture::Instrument> for Instrument {
    /// An instrument of a capture or of the instrument table, as the session has it.
    fn from(instrument: capture::Instrument) -> Self {
        Self {
            symbol: instrument.symbol,
            base: instrument.base,
            quote: instrument.quote,
            tick_e8: instrument.tick_e8,
            lot_e8: instrument.lot_e8,
            qty_min_lots: instrument.qty_min_lots,
            qty_max_lots: instrument.qty_max_lots,
            notional_min_e8: instrument.notional_min_e8,
            filters_from: match instrument.filters_from {
                capture::FiltersFrom::Exchange => FiltersFrom::Exchange,
                capture::FiltersFrom::Config => FiltersFrom::Config,
                capture::FiltersFrom::Inferred => FiltersFrom::Inferred,
            },
        }
    }
}

/// Everything a session is told. A replay that is to give the same frames must be told the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The build that every program of the appliance must share.
    pub build: String,
    /// Id of this run; in a replay derived from the recording.
    pub session: String,
    /// `binance`, `sim` or `replay`.
    pub venue: String,
    /// True if the prices come from a market generator.
    pub simulated: bool,
    /// Whose clock `recv_ns` is.
    pub clock: Clock,
    /// 1 to `INSTRUMENTS_MAX` of them.
    pub instruments: Vec<Instrument>,
    /// Levels of each side in a Book frame, 1 to `LEVELS_MAX`.
    pub publish_levels: usize,
    /// Levels of each side asked for in a snapshot, 5 to 5,000.
    pub snapshot_limit: u32,
    /// Weight of the next level in the weighted imbalance, 0 to 1,000,000.
    pub imbalance_decay_ppm: u32,
    /// A book without an update for so long is stale.
    pub stale_after_ms: u32,
    /// A book crossed for so long is built anew.
    pub crossed_resync_ms: u32,
    /// Step of the comparison of each book with a fresh snapshot; 0: never (a capture holds no answers).
    pub rest_check_seconds: u32,
    /// One-minute bars asked for at the start, 0 to `CANDLES_KEPT`; 0: none (a capture holds no answers).
    pub candle_seed: u32,
    /// Build candles from trades until an instrument's first kline comes: for captures without a kline stream.
    pub candles_from_trades: bool,
    /// Seed of the jitter in back-off and connection age. No frame depends on it.
    pub jitter_seed: u64,
}

/// A configuration that cannot be used, by its key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// A number outside its range.
    #[error("{key} is {value}: it must be {least} to {greatest}")]
    OutOfRange {
        /// The key.
        key: &'static str,
        /// What it says.
        value: i64,
        /// Its range.
        least: i64,
        /// Its range.
        greatest: i64,
    },
    /// A text that is too long for Hello.
    #[error("{key} has {length} bytes: at most {TEXT_BYTES_MAX} fit")]
    TextTooLong {
        /// The key.
        key: &'static str,
        /// Its bytes.
        length: usize,
    },
    /// An instrument listed twice.
    #[error("instrument {symbol} is listed twice: leave one")]
    DuplicateSymbol {
        /// Which.
        symbol: String,
    },
    /// A symbol that is not `A-Z0-9`, 2 to 20.
    #[error("symbol {symbol:?} must be 2 to 20 of A-Z and 0-9")]
    BadSymbol {
        /// Which.
        symbol: String,
    },
}

impl Config {
    /// Refuses what cannot be used.
    ///
    /// # Errors
    /// The first key that is out of its range.
    pub fn check(&self) -> Result<(), ConfigError> {
        in_range(
            "instruments",
            self.instruments.len() as i64,
            1,
            INSTRUMENTS_MAX as i64,
        )?;
        in_range(
            "publish_levels",
            self.publish_levels as i64,
            1,
            LEVELS_MAX as i64,
        )?;
        in_range("snapshot_limit", i64::from(self.snapshot_limit), 5, 5_000)?;
        in_range(
            "imbalance_decay_ppm",
            i64::from(self.imbalance_decay_ppm),
            0,
            1_000_000,
        )?;
        in_range(
            "stale_after_ms",
            i64::from(self.stale_after_ms),
            100,
            3_600_000,
        )?;
        in_range(
            "crossed_resync_ms",
            i64::from(self.crossed_resync_ms),
            1,
            3_600_000,
        )?;
        in_range(
            "rest_check_seconds",
            i64::from(self.rest_check_seconds),
            0,
            86_400,
        )?;
        in_range(
            "candle_seed",
            i64::from(self.candle_seed),
            0,
            CANDLES_KEPT as i64,
        )?;
        for (key, text) in [
            ("build", &self.build),
            ("session", &self.session),
            ("venue", &self.venue),
        ] {
            short(key, text)?;
        }
        self.instruments
            .iter()
            .enumerate()
            .try_for_each(|(index, instrument)| {
                if self.instruments[..index]
                    .iter()
                    .any(|other| other.symbol == instrument.symbol)
                {
                    return Err(ConfigError::DuplicateSymbol {
                        symbol: instrument.symbol.clone(),
                    });
                }
                instrument.check()
            })
    }
}

impl Config {
    pub(crate) fn settings(&self) -> Settings {
        Settings {
            levels: self.publish_levels,
            weights: Weights::new(self.imbalance_decay_ppm),
            snapshot_limit: self.snapshot_limit,
            stale_after: i64::from(self.stale_after_ms) * MS,
            crossed_resync: i64::from(self.crossed_resync_ms) * MS,
            rest_check: (self.rest_check_seconds > 0)
                .then_some(i64::from(self.rest_check_seconds) * SECOND),
            candle_seed: i64::from(self.candle_seed),
        }
    }
}

impl Instrument {
    pub(crate) fn on_wire(&self) -> wire::Instrument<'_> {
        wire::Instrument {
            symbol: &self.symbol,
            base: &self.base,
            quote: &self.quote,
            tick_e8: self.tick_e8,
            lot_e8: self.lot_e8,
            qty_min_lots: self.qty_min_lots,
            qty_max_lots: self.qty_max_lots,
            notional_min_e8: self.notional_min_e8,
            filters_from: self.filters_from.name(),
        }
    }

    fn check(&self) -> Result<(), ConfigError> {
        let plain = self
            .symbol
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        if !plain || !(2..=20).contains(&self.symbol.len()) {
            return Err(ConfigError::BadSymbol {
                symbol: self.symbol.clone(),
            });
        }
        short("base", &self.base)?;
        short("quote", &self.quote)?;
        in_range("tick_e8", self.tick_e8, 1, i64::MAX)?;
        in_range("lot_e8", self.lot_e8, 1, i64::MAX)?;
        in_range("qty_min_lots", self.qty_min_lots, 0, i64::MAX)?;
        in_range("qty_max_lots", self.qty_max_lots, 0, i64::MAX)?;
        in_range("notional_min_e8", self.notional_min_e8, 0, i64::MAX)
    }
}

fn in_range(key: &'static str, value: i64, least: i64, greatest: i64) -> Result<(), ConfigError> {
    if (least..=greatest).contains(&value) {
        return Ok(());
    }
    Err(ConfigError::OutOfRange {
        key,
        value,
        least,
        greatest,
    })
}

fn short(key: &'static str, text: &str) -> Result<(), ConfigError> {
    if text.len() <= TEXT_BYTES_MAX {
        Ok(())
    } else {
        Err(ConfigError::TextTooLong {
            key,
            length: text.len(),
        })
    }
}
