//! Real captures through a session: what is known to hold of them holds.

mod recorded;

use capture::{Record, Source, TableEntry};
use flate2::read::GzDecoder;
use recorded::{config, data, instrument, run};
use session::{Config, Instrument, Session};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::sync::OnceLock;
use wire::{Body, Candle, Reason, State, decode};

fn bitcoin_and_ether() -> Vec<Instrument> {
    vec![
        instrument("BTCUSDT", 1_000_000, 1_000),
        instrument("ETHUSDT", 1_000_000, 10_000),
    ]
}

/// The four captures of 2024-08-08/09 as records, read once, or `None` if they are absent.
fn records() -> Option<&'static [Record]> {
    static RECORDS: OnceLock<Option<Vec<Record>>> = OnceLock::new();
    RECORDS.get_or_init(read_records).as_deref()
}

fn read_records() -> Option<Vec<Record>> {
    let names = [
        "btcusdt_20240808",
        "btcusdt_20240809",
        "ethusdt_20240808",
        "ethusdt_20240809",
    ];
    let paths = names
        .map(|name| data(&format!("l2/spot_{name}.gz")))
        .into_iter()
        .collect::<Option<Vec<_>>>()?;
    let entry = |base: &str, lot: &str| TableEntry {
        base: base.to_string(),
        quote: "USDT".to_string(),
        tick: "0.01".to_string(),
        lot: lot.to_string(),
        qty_min: lot.to_string(),
        qty_max: "9000".to_string(),
        notional_min: "5".to_string(),
    };
    let table = BTreeMap::from([
        ("BTCUSDT".to_string(), entry("BTC", "0.00001")),
        ("ETHUSDT".to_string(), entry("ETH", "0.0001")),
    ]);
    let mut source = Source::open(&paths, &[], &table).expect("the captures are sound");
    Some(std::iter::from_fn(|| source.next_record().expect("the captures are sound")).collect())
}

#[test]
fn every_book_equals_its_ticker_and_nothing_is_needless() {
    let Some(records) = records() else { return };
    let mut session = Session::new(config(bitcoin_and_ether())).expect("sound");
    let (mut next_seq, mut last_ns) = (1, 0);
    let mut statuses: Vec<(Option<u8>, State, Reason)> = Vec::new();
    let mut books = [0_u64; 2];
    run(&mut session, records, |out| {
        assert_eq!(out.problems(), []);
        for frame in out.frames() {
            let (decoded, taken) = decode(out.frame_bytes(frame)).expect("a frame");
            assert_eq!(
                (taken, decoded.seq),
                (frame.bytes.len(), next_seq),
                "no hole in seq"
            );
            assert!(decoded.recv_ns >= last_ns, "time never goes back");
            (next_seq, last_ns) = (next_seq + 1, decoded.recv_ns);
            match decoded.body {
                Body::Status {
                    instrument,
                    state,
                    reason,
                    ..
                } => statuses.push((instrument, state, reason)),
                Body::Book {
                    head, bids, asks, ..
                } => {
                    books[usize::from(head.instrument)] += 1;
                    assert_eq!(
                        (head.state, bids.iter().len(), asks.iter().len()),
                        (State::Live, 20, 20)
                    );
                }
                _ => {}
            }
        }
    });
    let [bitcoin, ether] = [0, 1].map(|index| session.instrument(index).counted);
    assert_eq!(
        (bitcoin.book_ticker_checks, bitcoin.book_ticker_mismatches),
        (1_072, 0)
    );
    assert_eq!(
        (ether.book_ticker_checks, ether.book_ticker_mismatches),
        (1_056, 0)
    );
    assert_eq!(
        (bitcoin.depth_messages, ether.depth_messages),
        (6_495, 6_470)
    );
    assert_eq!((bitcoin.trades, ether.trades), (19_904, 14_515));
    for counted in [bitcoin, ether] {
        assert_eq!(
            (
                counted.resyncs,
                counted.gaps,
                counted.duplicates,
                counted.malformed
            ),
            (0, 0, 0, 0)
        );
        assert_eq!(
            (
                counted.trades_missed,
                counted.trade_duplicates,
                counted.overlaps
            ),
            (0, 0, 0)
        );
        assert_eq!(
            (counted.snapshots_too_old, counted.book_tickers_dropped),
            (0, 0)
        );
    }
    for index in 0..2 {
        assert_eq!(
            session.instrument(index).epoch,
            1,
            "exactly one snapshot each"
        );
        let of_it: Vec<_> = statuses
            .iter()
            .filter(|status| status.0 == Some(index as u8))
            .collect();
        assert_eq!(
            of_it.len(),
            3,
            "starting, first_snapshot, snapshot_applied: {of_it:?}"
        );
    }
    assert!(
        books.iter().all(|count| *count > 6_000),
        "a book for every update applied: {books:?}"
    );
}

/// Rows of the exchange's own klines by open time in ms: open, high, low, close in ticks, volume in lots.
fn klines(name: &str, lot_e8: i64) -> Option<BTreeMap<i64, [i64; 5]>> {
    let file = std::fs::File::open(data(name)?).expect("it is there");
    let mut rows = BTreeMap::new();
    for line in BufReader::new(GzDecoder::new(file)).lines().skip(1) {
        let line = line.expect("text");
        let fields: Vec<&str> = line.split(',').collect();
        let e8 = |at: usize| (fields[at].parse::<f64>().expect("a number") * 1e8).round() as i64;
        let price = |at: usize| e8(at) / 1_000_000;
        let open_ms = fields[0].parse().expect("a time");
        rows.insert(
            open_ms,
            [price(1), price(2), price(3), price(4), e8(5) / lot_e8],
        );
    }
    Some(rows)
}

#[test]
fn ten_complete_minutes_of_candles_equal_the_exchanges_klines() {
    let Some(records) = records() else { return };
    let mut session = Session::new(config(bitcoin_and_ether())).expect("sound");
    let mut closed: Vec<Candle> = Vec::new();
    run(&mut session, records, |out| {
        let decoded = out
            .frames()
            .iter()
            .map(|frame| decode(out.frame_bytes(frame)).expect("a frame").0.body);
        closed.extend(decoded.filter_map(|body| match body {
            Body::Candle(candle) if candle.closed => Some(candle),
            _ => None,
        }));
    });
    for (index, symbol, lot_e8) in [(0, "BTCUSDT", 1_000), (1, "ETHUSDT", 10_000)] {
        let Some(theirs) = klines(
            &format!("klines/spot_{symbol}_1m_20240726_20240825.csv.gz"),
            lot_e8,
        ) else {
            return;
        };
        let ours: Vec<&Candle> = closed
            .iter()
            .filter(|candle| candle.instrument == index)
            .collect();
        let complete: Vec<&&Candle> = ours.iter().filter(|candle| candle.origin == 2).collect();
        assert_eq!(
            (ours.len(), complete.len()),
            (11, 10),
            "23:54 is not complete, 23:55 to 00:04 are"
        );
        for candle in complete {
            let row = [
                candle.open,
                candle.high,
                candle.low,
                candle.close,
                candle.volume,
            ];
            assert_eq!(
                theirs.get(&(candle.open_ns / 1_000_000)),
                Some(&row),
                "{symbol} {}",
                candle.open_ns
            );
        }
        assert_eq!(
            session
                .instrument(usize::from(index))
                .counted
                .candles_closed,
            11
        );
    }
}

#[test]
fn the_same_records_give_the_same_bytes() {
    let Some(records) = records() else { return };
    let digest = |jitter_seed| {
        let mut session = Session::new(Config {
            jitter_seed,
            ..config(bitcoin_and_ether())
        })
        .expect("sound");
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        run(&mut session, records, |out| {
            hash = out.bytes().iter().fold(hash, |hash, byte| {
                (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3)
            });
        });
        (hash, session.feed().last_seq)
    };
    assert_eq!(
        digest(1),
        digest(2),
        "not even the jitter's seed is in a frame"
    );
}

#[test]
fn a_late_reader_gets_what_was_published_last() {
    let Some(records) = records() else { return };
    let mut session = Session::new(config(bitcoin_and_ether())).expect("sound");
    let mut latest: BTreeMap<(u8, bool), Vec<u8>> = BTreeMap::new();
    let mut candles = Vec::new();
    run(&mut session, &records[..60_000], |out| {
        for frame in out.frames() {
            let bytes = out.frame_bytes(frame);
            match decode(bytes).expect("a frame").0.body {
                Body::Status {
                    instrument: Some(index),
                    ..
                } => drop(latest.insert((index, false), bytes.to_vec())),
                Body::Book { head, .. } => {
                    drop(latest.insert((head.instrument, true), bytes.to_vec()))
                }
                Body::Candle(candle) if candle.closed => {
                    candles.push((candle.instrument, bytes.to_vec()))
                }
                _ => {}
            }
        }
    });
    let mut expected = Vec::new();
    for index in 0..2 {
        expected.extend_from_slice(&latest[&(index, false)]);
        candles
            .iter()
            .filter(|row| row.0 == index)
            .for_each(|row| expected.extend_from_slice(&row.1));
        expected.extend_from_slice(&latest[&(index, true)]);
    }
    let (mut hello, mut catch_up) = (Vec::new(), Vec::new());
    session.hello(&mut hello);
    session.catch_up(&mut catch_up);
    assert_eq!(catch_up, expected);
    let Body::Hello { head, .. } = decode(&hello).expect("a frame").0.body else {
        panic!("a Hello")
    };
    assert_eq!(
        (head.catch_up as usize, head.next_seq),
        (candles.len() + 4, session.feed().last_seq + 1)
    );
}
