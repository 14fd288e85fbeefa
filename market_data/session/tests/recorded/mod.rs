//! Real captures: where they lie, a session's configuration for them, and running one through it.
//!
//! The data lies where `QF_DATA` says, by default beside the project; where it is absent the tests say so and pass.
#![allow(clippy::print_stdout)] // a test that is skipped says so

use capture::Record;
use session::{Clock, Config, FiltersFrom, Instrument, Output, Session};
use std::path::PathBuf;
use wire::Ending;

/// The path of a data file, or `None`, having said so.
pub fn data(name: &str) -> Option<PathBuf> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let path = std::env::var_os("QF_DATA")
        .map_or(beside, PathBuf::from)
        .join(name);
    if path.exists() {
        return Some(path);
    }
    println!(
        "skipped: {} is absent; QF_DATA names the directory of the real data",
        path.display()
    );
    None
}

pub fn instrument(symbol: &str, tick_e8: i64, lot_e8: i64) -> Instrument {
    let (base, quote) = symbol.split_at(3);
    Instrument {
        symbol: symbol.to_string(),
        base: base.to_string(),
        quote: quote.to_string(),
        tick_e8,
        lot_e8,
        qty_min_lots: 1,
        qty_max_lots: 0,
        notional_min_e8: 0,
        filters_from: FiltersFrom::Config,
    }
}

pub fn config(instruments: Vec<Instrument>) -> Config {
    Config {
        build: "test".to_string(),
        session: "captures".to_string(),
        venue: "replay".to_string(),
        simulated: false,
        clock: Clock::Recorded,
        instruments,
        publish_levels: 20,
        snapshot_limit: 1_000,
        imbalance_decay_ppm: 700_000,
        stale_after_ms: 5_000,
        crossed_resync_ms: 1_000,
        rest_check_seconds: 60,
        candle_seed: 0,
        candles_from_trades: true,
        jitter_seed: 1,
    }
}

/// Feeds records, hands the output of each to `see`, and says goodbye at the end.
pub fn run(session: &mut Session, records: &[Record], mut see: impl FnMut(&Output)) {
    let mut out = Output::new();
    for record in records {
        out.clear();
        session.on_record(record, &mut out);
        see(&out);
    }
    out.clear();
    session.goodbye(
        records.last().map_or(1, |record| record.recv_ns),
        Ending::RecordingEnded,
        &mut out,
    );
    see(&out);
}
