//! After warm-up, depth, trade and bookTicker records become frames without one allocation.
//!
//! This stands in a test binary of its own, because it replaces the allocator by one that counts.
#![allow(clippy::print_stdout)] // a test that is skipped says so

use capture::{Endpoint, Input, Record};
use flate2::read::GzDecoder;
use session::{Clock, Config, FiltersFrom, Instrument, Output, Session};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use std::alloc::System;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;

#[global_allocator]
static COUNTING: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Records of the first minutes, after which nothing may be allocated any more.
const WARM_UP: usize = 10_000;

fn config() -> Config {
    let instrument = Instrument {
        symbol: "BTCUSDT".to_string(),
        base: "BTC".to_string(),
        quote: "USDT".to_string(),
        tick_e8: 1_000_000,
        lot_e8: 1_000,
        qty_min_lots: 1,
        qty_max_lots: 0,
        notional_min_e8: 0,
        filters_from: FiltersFrom::Config,
    };
    Config {
        build: "test".to_string(),
        session: "allocations".to_string(),
        venue: "replay".to_string(),
        simulated: false,
        clock: Clock::Recorded,
        instruments: vec![instrument],
        publish_levels: 20,
        snapshot_limit: 1_000,
        imbalance_decay_ppm: 700_000,
        stale_after_ms: 5_000,
        crossed_resync_ms: 1_000,
        rest_check_seconds: 0,
        candle_seed: 0,
        candles_from_trades: true,
        jitter_seed: 1,
    }
}

/// The capture of 2024-08-08, or `None`, having said so.
fn records() -> Option<Vec<Record>> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let path = std::env::var_os("QF_DATA")
        .map_or(beside, PathBuf::from)
        .join("l2/spot_btcusdt_20240808.gz");
    let Ok(file) = std::fs::File::open(&path) else {
        println!(
            "skipped: {} is absent; QF_DATA names the directory of the real data",
            path.display()
        );
        return None;
    };
    let mut records = vec![Record {
        recv_ns: 1,
        input: Input::Connected { connection: 1 },
    }];
    for line in BufReader::new(GzDecoder::new(file)).lines() {
        let line = line.expect("text");
        let Some((ns, json)) = line.split_once(' ') else {
            continue;
        };
        let text = json.as_bytes().to_vec();
        let input = match json.starts_with("{\"lastUpdateId\"") {
            true => Input::Rest {
                endpoint: Endpoint::Depth,
                symbol: "BTCUSDT".to_string(),
                status: 200,
                retry_after_s: 0,
                used_weight: 0,
                body: text,
            },
            false => Input::Message {
                connection: 1,
                text,
            },
        };
        records.push(Record {
            recv_ns: ns.parse().expect("a time"),
            input,
        });
    }
    Some(records)
}

fn allocations() -> usize {
    let stats = COUNTING.stats();
    stats.allocations + stats.reallocations
}

#[test]
fn records_become_frames_without_an_allocation() {
    let Some(records) = records() else { return };
    let mut session = Session::new(config()).expect("sound");
    let mut out = Output::new();
    let mut frames = 0;
    let mut before = 0;
    for (index, record) in records.iter().enumerate() {
        if index == WARM_UP {
            before = allocations();
        }
        out.clear();
        session.on_record(record, &mut out);
        frames += out.frames().len();
    }
    assert_eq!(
        allocations() - before,
        0,
        "allocations in {} records",
        records.len() - WARM_UP
    );
    assert!(
        frames > 10_000 && records.len() > 4 * WARM_UP,
        "the capture was there: {frames} frames"
    );
    let planted = allocations();
    drop(std::hint::black_box(vec![0_u8; 16]));
    assert_eq!(allocations() - planted, 1, "the counter counts");
}
