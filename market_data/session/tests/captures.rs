//! Real captures through a session: what is known to hold of them holds.
//!
//! The data lies where `QF_DATA` says, by default beside the project; where it is absent the tests say so and pass.
#![allow(clippy::print_stdout)] // a test that is skipped says so

use capture::{Record, Source, TableEntry};
use flate2::read::GzDecoder;
use session::{Clock, Config, FiltersFrom, Instrument, Output, Request, Session};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::sync::OnceLock;
use wire::{Body, Candle, Ending, Reason, State, decode};

/// The path of a data file, or `None`, having said so.
fn data(name: &str) -> Option<PathBuf> {
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

fn instrument(symbol: &str, tick_e8: i64, lot_e8: i64) -> Instrument {
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

fn config(instruments: Vec<Instrument>) -> Config {
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

/// Feeds records, hands the output of each to `see`, and says goodbye at the end.
fn run(session: &mut Session, records: &[Record], mut see: impl FnMut(&Output)) {
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
    println!("books published: {books:?}, frames: {}", next_seq - 1);
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

/// The cryptofeed capture of 2021 as records: `<seconds>: <json>` of the stream, `<url> -> <seconds>: <json>` over REST.
fn cryptofeed() -> Option<Vec<Record>> {
    let mut records = Vec::new();
    for name in [
        "l2/BINANCE_20211012.http.0.0.gz",
        "l2/BINANCE_20211012.ws.1.0.gz",
    ] {
        let file = std::fs::File::open(data(name)?).expect("it is there");
        for line in BufReader::new(GzDecoder::new(file)).lines() {
            let line = line.expect("text");
            let (head, json) = line.split_once(": ").unwrap_or(("", ""));
            let (url, seconds) = head.rsplit_once(" -> ").unwrap_or(("", head));
            let Ok(seconds) = seconds.parse::<f64>() else {
                continue;
            };
            let input = match url.split(['=', '&']).nth(1) {
                Some(symbol) => rest(symbol, json),
                None => capture::Input::Message {
                    connection: 1,
                    text: json.as_bytes().to_vec(),
                },
            };
            records.push(Record {
                recv_ns: (seconds * 1e9) as i64,
                input,
            });
        }
    }
    records.sort_by_key(|record| record.recv_ns);
    let input = capture::Input::Connected { connection: 1 };
    records.insert(
        0,
        Record {
            recv_ns: records[0].recv_ns,
            input,
        },
    );
    Some(records)
}

fn rest(symbol: &str, json: &str) -> capture::Input {
    capture::Input::Rest {
        endpoint: capture::Endpoint::Depth,
        symbol: symbol.to_string(),
        status: 200,
        retry_after_s: 0,
        used_weight: 0,
        body: json.as_bytes().to_vec(),
    }
}

/// The four instruments with the filters that exchangeInfo gave that day.
fn filters_of_2021() -> Option<Vec<Instrument>> {
    let file = std::fs::File::open(data("l2/BINANCE_20211012.0.gz")?).expect("it is there");
    let line = BufReader::new(GzDecoder::new(file))
        .lines()
        .next()
        .expect("a line")
        .expect("text");
    let (_, json) = line
        .split_once(" -> ")
        .and_then(|(_, rest)| rest.split_once(": "))
        .expect("url -> time: json");
    let info = venue::ExchangeInfo::parse(json.as_bytes()).expect("well formed");
    let symbols = ["NKNUSDT", "BLZETH", "LRCBTC", "RUNEEUR"];
    let listed = symbols.map(|symbol| info.symbol(symbol).expect("listed").clone());
    Some(
        listed
            .map(|one| instrument(&one.symbol, one.tick_e8, one.lot_e8))
            .to_vec(),
    )
}

#[test]
fn four_instruments_of_2021_follow_their_exchange() {
    let (Some(records), Some(instruments)) = (cryptofeed(), filters_of_2021()) else {
        return;
    };
    assert_eq!(instruments.len(), 4);
    let mut session = Session::new(config(instruments)).expect("sound");
    let mut snapshots_asked = 0;
    run(&mut session, &records, |out| {
        assert_eq!(out.problems(), []);
        snapshots_asked += out
            .requests()
            .iter()
            .filter(|request| matches!(request, Request::Fetch { .. }))
            .count();
    });
    let counted = [0, 1, 2, 3].map(|index| session.instrument(index).counted);
    let sum = |of: fn(&session::Counted) -> u64| counted.iter().map(of).sum::<u64>();
    assert_eq!(
        (
            sum(|row| row.book_ticker_checks),
            sum(|row| row.book_ticker_mismatches)
        ),
        (26, 0)
    );
    assert_eq!(
        (
            sum(|row| row.gaps),
            sum(|row| row.resyncs),
            sum(|row| row.malformed)
        ),
        (0, 0, 0)
    );
    assert!(snapshots_asked > 0);
}
