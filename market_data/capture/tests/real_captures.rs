//! The four spot captures of 2024-08-08/09, found through QF_DATA: counts, units and order.

use std::collections::BTreeMap;
use std::path::PathBuf;

use capture::recording::SegmentWriter;
use capture::{Endpoint, Input, Source, TICK_NS, TableEntry};

/// Of BTCUSDT's depth, trades and best prices, flushed once a second of the market as a live feed is.
const BYTES_A_MESSAGE_MAX: f64 = 60.0;

fn captures() -> Option<Vec<PathBuf>> {
    let data = std::env::var_os("QF_DATA").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")),
        PathBuf::from,
    );
    let files: Vec<PathBuf> = [
        "btcusdt_20240808",
        "btcusdt_20240809",
        "ethusdt_20240808",
        "ethusdt_20240809",
    ]
    .iter()
    .map(|name| data.join(format!("l2/spot_{name}.gz")))
    .collect();
    files.iter().all(|file| file.exists()).then_some(files)
}

#[test]
fn the_exchanges_own_units_fit_but_for_orders_older_than_its_lot() {
    let Some(files) = captures() else {
        eprintln!(
            "skipped: the captures are not here; set QF_DATA to the directory that holds l2/"
        );
        return;
    };
    let entry = |lot: &str| TableEntry {
        base: "BTC".into(),
        quote: "USDT".into(),
        tick: "0.01".into(),
        lot: lot.into(),
        qty_min: lot.into(),
        qty_max: "0".into(),
        notional_min: "5".into(),
    };
    let open = |lot| {
        Source::open(
            &files[..1],
            &[],
            &BTreeMap::from([("BTCUSDT".to_owned(), entry(lot))]),
        )
    };
    assert!(open("0.00001").is_ok());
    let refused = open("0.0001")
        .err()
        .expect("most quantities are finer")
        .to_string();
    assert!(
        refused.contains("put lot = \"0.00001\" into [instruments.BTCUSDT]"),
        "{refused}"
    );
}

#[test]
fn the_four_captures_are_one_session_of_two_symbols() {
    let Some(files) = captures() else {
        eprintln!(
            "skipped: the captures are not here; set QF_DATA to the directory that holds l2/"
        );
        return;
    };
    let mut source = Source::open(&files, &[], &BTreeMap::new()).expect("they are sound");
    let summary = source.summary().clone();
    let units: Vec<_> = summary
        .instruments
        .iter()
        .map(|it| (it.symbol.as_str(), it.tick_e8, it.lot_e8))
        .collect();
    assert_eq!(
        units,
        [("BTCUSDT", 1_000_000, 100), ("ETHUSDT", 1_000_000, 1_000)]
    );
    assert_eq!(
        summary
            .files
            .iter()
            .map(|file| file.records)
            .collect::<Vec<_>>(),
        [41_249, 58_325, 33_618, 46_126]
    );

    let (mut messages, mut snapshots, mut ticks, mut last_ns) = (0, Vec::new(), 0, 0);
    while let Some(record) = source.next_record().expect("they are sound") {
        assert!(record.recv_ns >= last_ns);
        last_ns = record.recv_ns;
        match record.input {
            Input::Message { .. } => messages += 1,
            Input::Rest {
                endpoint: Endpoint::Depth,
                symbol,
                ..
            } => snapshots.push(symbol),
            Input::Tick => ticks += 1,
            Input::Connected { connection } => assert_eq!((connection, messages), (1, 0)),
            other => panic!("nothing else is there: {other:?}"),
        }
    }
    assert_eq!(
        (messages, snapshots),
        (179_316, vec!["ETHUSDT".to_owned(), "BTCUSDT".to_owned()])
    );
    assert_eq!(
        ticks,
        summary.last_ns / TICK_NS - summary.first_ns / TICK_NS
    );
}

#[test]
fn a_recorded_hour_of_btcusdt_stays_within_its_stated_size() {
    let Some(files) = captures() else {
        eprintln!(
            "skipped: the captures are not here; set QF_DATA to the directory that holds l2/"
        );
        return;
    };
    let mut source = Source::open(&files[..1], &[], &BTreeMap::new()).expect("it is sound");
    let span_ns = source.summary().last_ns - source.summary().first_ns;
    let mut writer = SegmentWriter::new(Vec::new()).expect("a Vec takes all");
    let (mut messages, mut flushed_ns) = (0_u32, 0);
    while let Some(record) = source.next_record().expect("they are sound") {
        messages += u32::from(matches!(record.input, Input::Message { .. }));
        writer.append(&record).expect("a Vec takes all");
        if record.recv_ns - flushed_ns >= TICK_NS {
            flushed_ns = record.recv_ns;
            writer.flush().expect("a Vec takes all");
        }
    }
    let (_, end) = writer.finish().expect("a Vec takes all");
    let a_message = end.bytes as f64 / f64::from(messages);
    let an_hour = end.bytes as f64 * 3.6e12 / span_ns as f64;
    eprintln!(
        "{messages} messages, {} bytes: {a_message:.1} a message, {:.1} MB an hour",
        end.bytes,
        an_hour / 1e6
    );
    assert!(
        a_message < BYTES_A_MESSAGE_MAX,
        "{a_message} bytes a message"
    );
}
