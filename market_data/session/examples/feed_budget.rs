//! What a depth message costs, stage by stage, on one core: `cargo run --release -p session --example feed_budget`.
//!
//! Every stage runs over all depth messages of a capture, several times, and the best run counts. `bare scan` is the
//! least one can do to know what a message says: each of its numbers read into an integer of 1e-8, nothing kept. The
//! whole is `Session::on_message`: scan, units, sequence, book, check, metrics, frame. With `--json` one line of JSON.
//! The capture is a text capture named by `QF_BENCH_CAPTURE`, else the real one under `QF_DATA`; without one the
//! messages are synthetic and the output says so.
#![allow(clippy::print_stdout)] // printing is what it is for

use book::{Book, Top, Weights};
use capture::{Endpoint, Input, Record};
use session::{Clock, Config, FiltersFrom, Instrument, Output, Session};
use std::hint::black_box;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::time::Instant;
use venue::{Level, Message, Unit, Update, parse_depth, parse_message};

const RUNS: usize = 15;

fn main() {
    let (source, records) =
        real_records().unwrap_or_else(|| ("synthetic".to_string(), synthetic_records()));
    let texts: Vec<&[u8]> = records.iter().filter_map(depth_text).collect();
    let work = Work::new(&records, &texts);
    let stages = [
        ("bare scan", best_of(|| bare_scan(&texts))),
        ("parse", best_of(|| parse(&texts))),
        ("parse + units", best_of(|| units(&texts, &work))),
        ("parse + units + book", best_of(|| apply(&texts, &work))),
        ("… + metrics + encode", best_of(|| encode(&texts, &work))),
        ("whole session", whole(&records)),
    ];
    let (messages, levels) = (texts.len() as f64, work.levels as f64);
    let bare = stages[0].1;
    if std::env::args().any(|argument| argument == "--json") {
        let fields: Vec<String> = stages
            .iter()
            .map(|(name, ns)| {
                format!(
                    r#""{}":{:.1}"#,
                    name.replace(' ', "_").replace('…', "all"),
                    ns / messages
                )
            })
            .collect();
        println!(
            r#"{{"bench":"feed_budget","source":"{source}","depth_messages":{messages},"levels":{levels},"ns_a_message":{{{}}},"ns_a_level":{:.2},"whole_to_bare_scan":{:.2}}}"#,
            fields.join(","),
            stages[5].1 / levels,
            stages[5].1 / bare,
        );
        return;
    }
    println!(
        "{source}: {messages} depth messages, {:.1} levels each",
        levels / messages
    );
    for (name, ns) in stages {
        println!(
            "{name:22} {:8.1} ns a message {:6.2} ns a level {:5.2}x",
            ns / messages,
            ns / levels,
            ns / bare
        );
    }
}

/// Nanoseconds of the best of several runs.
fn best_of(mut run: impl FnMut() -> u64) -> f64 {
    let once = |_| {
        let start = Instant::now();
        black_box(run());
        start.elapsed().as_nanos() as f64
    };
    (0..RUNS).map(once).fold(f64::INFINITY, f64::min)
}

/// Every number of the message, summed: quotes are looked for, digits become integers.
fn bare_scan(texts: &[&[u8]]) -> u64 {
    let mut sum = 0_u64;
    for text in texts {
        let mut at = 0;
        while at < text.len() {
            let digit = text[at].wrapping_sub(b'0');
            if digit > 9 {
                at += 1;
                continue;
            }
            let mut value = 0_u64;
            while let Some(byte) = text.get(at) {
                let digit = byte.wrapping_sub(b'0');
                if digit <= 9 {
                    value = value.wrapping_mul(10).wrapping_add(u64::from(digit));
                } else if *byte != b'.' {
                    break;
                }
                at += 1;
            }
            sum = sum.wrapping_add(value);
        }
    }
    sum
}

fn parse(texts: &[&[u8]]) -> u64 {
    let mut update = Update::default();
    let mut read = |text: &&[u8]| parse_message(text, &mut update).is_ok();
    texts.iter().filter(|text| read(text)).count() as u64
}

/// What the stages need beside the messages: units and the snapshot.
struct Work {
    tick: Unit,
    lot: Unit,
    snapshot: Update,
    levels: usize,
}

impl Work {
    fn new(records: &[Record], texts: &[&[u8]]) -> Self {
        let (tick, lot) = (
            Unit::new(1_000_000).expect("positive"),
            Unit::new(1_000).expect("positive"),
        );
        let body = records.iter().find_map(|record| match &record.input {
            Input::Rest { body, .. } => Some(body),
            _ => None,
        });
        let mut snapshot = Update::default();
        parse_depth(body.expect("a snapshot"), &mut snapshot).expect("a snapshot");
        snapshot.to_units(tick, lot).expect("on tick");
        let mut update = Update::default();
        let mut levels = 0;
        for text in texts {
            parse_message(text, &mut update).expect("a depth message");
            levels += update.len();
        }
        Self {
            tick,
            lot,
            snapshot,
            levels,
        }
    }

    fn book(&self) -> Book {
        let best = |levels: &[Level]| levels.first().map(|level| level.price);
        let mut book = Book::new();
        book.clear(best(&self.snapshot.bids), best(&self.snapshot.asks));
        put(&mut book, &self.snapshot);
        book
    }
}

fn put(book: &mut Book, update: &Update) {
    update
        .bids
        .iter()
        .for_each(|level| book.bids.set(level.price, level.qty));
    update
        .asks
        .iter()
        .for_each(|level| book.asks.set(level.price, level.qty));
}

fn units(texts: &[&[u8]], work: &Work) -> u64 {
    let mut update = Update::default();
    let mut levels = 0;
    for text in texts {
        black_box(parse_message(text, &mut update).is_ok());
        black_box(update.to_units(work.tick, work.lot).is_ok());
        levels += update.len() as u64;
    }
    levels
}

fn apply(texts: &[&[u8]], work: &Work) -> u64 {
    let (mut update, mut book) = (Update::default(), work.book());
    for text in texts {
        black_box(parse_message(text, &mut update).is_ok());
        black_box(update.to_units(work.tick, work.lot).is_ok());
        put(&mut book, &update);
    }
    book.bids.len() as u64
}

fn encode(texts: &[&[u8]], work: &Work) -> u64 {
    let (mut update, mut book, mut top) = (Update::default(), work.book(), Top::default());
    let weights = Weights::new(700_000);
    let mut bytes = Vec::with_capacity(1 << 16);
    let mut total = 0;
    for text in texts {
        let Ok(Message::Depth {
            last_id, event_ns, ..
        }) = parse_message(text, &mut update)
        else {
            continue;
        };
        black_box(update.to_units(work.tick, work.lot).is_ok());
        put(&mut book, &update);
        top.take(&book, 20);
        let metrics = top.metrics(&weights);
        let floats = wire::Floats {
            imbalance_best: metrics.imbalance_best,
            imbalance_top: metrics.imbalance_top,
            imbalance_weighted: metrics.imbalance_weighted,
            microprice: metrics.microprice,
        };
        let head = wire::Book {
            instrument: 0,
            event_ns,
            epoch: 1,
            last_id: last_id as i64,
            state: wire::State::Live,
            window_bid: book.bids.known_to().unwrap_or(0),
            window_ask: book.asks.known_to().unwrap_or(0),
        };
        bytes.clear();
        wire::book(&mut bytes, 1, 1, &head, top.bids(), top.asks(), &floats);
        total += bytes.len() as u64;
    }
    total
}

/// The depth messages through the session itself; what is not a depth message is fed too, but not timed.
fn whole(records: &[Record]) -> f64 {
    let once = |_| {
        let mut session = Session::new(config()).expect("sound");
        let mut out = Output::new();
        let mut chunk: Vec<&Record> = Vec::new();
        let mut ns = 0.0;
        for record in records {
            if depth_text(record).is_some() {
                chunk.push(record);
                continue;
            }
            if matches!(record.input, Input::Rest { .. } | Input::Connected { .. }) {
                ns += timed(&mut session, &mut out, &chunk);
                chunk.clear();
                session.on_record(record, &mut out);
            }
        }
        ns + timed(&mut session, &mut out, &chunk)
    };
    (0..RUNS).map(once).fold(f64::INFINITY, f64::min)
}

fn timed(session: &mut Session, out: &mut Output, records: &[&Record]) -> f64 {
    let start = Instant::now();
    for record in records {
        out.clear();
        session.on_record(record, out);
        black_box(out.bytes());
    }
    start.elapsed().as_nanos() as f64
}

fn depth_text(record: &Record) -> Option<&[u8]> {
    match &record.input {
        Input::Message { text, .. }
            if text.windows(11).take(80).any(|part| part == b"depthUpdate") =>
        {
            Some(text)
        }
        _ => None,
    }
}

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
        build: String::new(),
        session: "feed_budget".to_string(),
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

fn record(recv_ns: i64, input: Input) -> Record {
    Record { recv_ns, input }
}

fn snapshot(body: Vec<u8>) -> Input {
    let symbol = "BTCUSDT".to_string();
    Input::Rest {
        endpoint: Endpoint::Depth,
        symbol,
        status: 200,
        retry_after_s: 0,
        used_weight: 0,
        body,
    }
}

/// The capture, if there is one: its name and its records.
fn real_records() -> Option<(String, Vec<Record>)> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let shared = std::env::var_os("QF_DATA")
        .map_or(beside, PathBuf::from)
        .join("l2/spot_btcusdt_20240808.gz");
    let path = std::env::var_os("QF_BENCH_CAPTURE").map_or(shared, PathBuf::from);
    let file = std::fs::File::open(&path).ok()?;
    let mut records = vec![record(1, Input::Connected { connection: 1 })];
    for line in BufReader::new(flate2::read::GzDecoder::new(file)).lines() {
        let line = line.expect("text");
        let Some((ns, json)) = line.split_once(' ') else {
            continue;
        };
        let text = json.as_bytes().to_vec();
        let input = match json.starts_with("{\"lastUpdateId\"") {
            true => snapshot(text),
            false => Input::Message {
                connection: 1,
                text,
            },
        };
        records.push(record(ns.parse().expect("a time"), input));
    }
    Some((path.file_name()?.to_string_lossy().into_owned(), records))
}

/// Messages of 55 levels around a price that walks, for a machine without the capture.
fn synthetic_records() -> Vec<Record> {
    let side = |best: i64, step: i64, count: i64, seed: i64| {
        let level = |place: i64| {
            let ticks = best + step * (place * 7 + seed % 5);
            let qty = (seed * 31 + place * 17) % 4 * 123_456;
            format!(
                r#"["{}.{:02}000000","0.{qty:08}"]"#,
                ticks / 100,
                ticks % 100
            )
        };
        (0..count).map(level).collect::<Vec<_>>().join(",")
    };
    let body = r#"{"lastUpdateId":1,"bids":[["60000.00000000","1.00000000"]],"asks":[["60000.01000000","1.00000000"]]}"#;
    let mut records = vec![
        record(1, Input::Connected { connection: 1 }),
        record(2, snapshot(body.as_bytes().to_vec())),
    ];
    for id in 2..4_000_i64 {
        let text = format!(
            r#"{{"stream":"btcusdt@depth@100ms","data":{{"e":"depthUpdate","E":{},"s":"BTCUSDT","U":{id},"u":{id},"b":[{}],"a":[{}]}}}}"#,
            1_700_000_000_000 + id * 100,
            side(5_999_900, -1, 28, id),
            side(6_000_100, 1, 27, id),
        );
        let recv_ns = 1_700_000_000_000_000_000 + id * 100_000_000;
        records.push(record(
            recv_ns,
            Input::Message {
                connection: 1,
                text: text.into_bytes(),
            },
        ));
    }
    records
}
