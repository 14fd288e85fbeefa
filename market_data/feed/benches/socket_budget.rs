//! What the whole program costs between the exchange's socket and its own: messages a second, latency, memory.
//!
//! `cargo bench -p feed --bench socket_budget -- --json` prints one line of JSON. The exchange is a thread of this
//! process that sends a made-up market in the proportions of ten real minutes of BTCUSDT: 7 % depth updates of 54 levels,
//! 17 % trades, the rest bookTickers.

#![allow(
    clippy::disallowed_methods,
    reason = "a test waits for another process"
)]

#[path = "../tests/support/mod.rs"]
mod support;

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use support::market::Market;
use support::{FrameReader, Program, connect, replay_config};
use tokio_tungstenite::tungstenite::{Message, WebSocket, accept};
use wire::{Body, State};

const FLOOD_MESSAGES: usize = 200_000;
const PACED_MESSAGES: usize = 10_000;
const PACED_STEP: Duration = Duration::from_millis(1);
const LEVELS_A_SIDE: usize = 27;
const SYMBOLS: [&str; 10] = [
    "BTCUSDT", "ETHUSDT", "BNBUSDT", "SOLUSDT", "XRPUSDT", "ADAUSDT", "DOGEUSDT", "LTCUSDT",
    "TRXUSDT", "DOTUSDT",
];

fn main() {
    let as_json = std::env::args().any(|argument| argument == "--json");
    let paced = paced();
    let flood = flood();
    let report = json!({"machine": machine(), "flood": flood, "paced": paced});
    let text = if as_json {
        report.to_string()
    } else {
        format!("{report:#}")
    };
    std::io::Write::write_all(&mut std::io::stdout(), format!("{text}\n").as_bytes())
        .expect("somebody reads it");
}

/// An exchange of which this process holds the far end of the stream.
struct Far {
    socket: WebSocket<TcpStream>,
    reader: FrameReader,
    program: Program,
    metrics_port: u16,
    _directory: tempfile::TempDir,
}

impl Far {
    fn connect(markets: &[Market]) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let rest = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let stream = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let metrics_port = TcpListener::bind("127.0.0.1:0")
            .and_then(|it| it.local_addr())
            .expect("a free port")
            .port();
        let url = |scheme, listener: &TcpListener| {
            format!("{scheme}://{}", listener.local_addr().expect("it is bound"))
        };
        let mut config = replay_config(directory.path(), &[], 0.0, 0);
        config["venue"] = json!({
            "name": "sim", "simulated": true, "rest_url": url("http", &rest), "ws_url": url("ws", &stream)
        });
        config["replay"] = Value::Null;
        config["symbols"] = markets.iter().map(|market| json!(market.symbol)).collect();
        config["metrics_listen"] = json!(format!("127.0.0.1:{metrics_port}"));
        config["record"] = json!({"directory": directory.path().join("r"), "max_bytes": 400_000_000u64, "segment_bytes": 16_777_216});
        config["book"]["rest_check_seconds"] = json!(0);
        let snapshots: Vec<(&'static str, String)> = markets
            .iter()
            .map(|it| (it.symbol, it.snapshot()))
            .collect();
        std::thread::spawn(move || answer(&rest, &snapshots));
        let program = Program::start(directory.path(), &config);
        let reader = FrameReader::new(connect(directory.path()));
        let (connection, _) = stream.accept().expect("the program connects");
        connection.set_nodelay(true).expect("a socket takes it");
        let socket = accept(connection).expect("the program speaks WebSocket");
        Self {
            socket,
            reader,
            program,
            metrics_port,
            _directory: directory,
        }
    }
}

fn metrics(port: u16) -> String {
    use std::io::{Read, Write};
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("it listens");
    stream
        .write_all(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
        .expect("it reads");
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("it answers");
    text
}

/// The most memory it ever had.
fn resident_kb(program: &Program) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", program.pid())).expect("it runs");
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM:"))
        .expect("the system says it");
    line.split_whitespace()
        .nth(1)
        .and_then(|kb| kb.parse().ok())
        .expect("a number")
}

fn answer(rest: &TcpListener, snapshots: &[(&'static str, String)]) {
    use std::io::{Read, Write};
    for connection in rest.incoming() {
        let mut connection = connection.expect("loopback");
        let mut request = [0; 4_096];
        let count = connection.read(&mut request).expect("a request");
        let text = String::from_utf8_lossy(&request[..count]);
        let symbol = SYMBOLS
            .iter()
            .find(|symbol| text.contains(*symbol))
            .expect("a request names its symbol");
        let body = if text.contains("exchangeInfo") {
            format!(
                r#"{{"symbols":[{{"symbol":"{symbol}","status":"TRADING","baseAsset":"B","quoteAsset":"USDT","filters":[
                {{"filterType":"PRICE_FILTER","tickSize":"0.01"}},{{"filterType":"LOT_SIZE","minQty":"0.001","maxQty":"9000","stepSize":"0.001"}}]}}]}}"#
            )
        } else {
            snapshots
                .iter()
                .find(|(held, _)| held == symbol)
                .map(|(_, body)| body.clone())
                .expect("it is held")
        };
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        );
        connection
            .write_all(head.as_bytes())
            .and_then(|()| connection.write_all(body.as_bytes()))
            .expect("it reads");
    }
}

/// The next message of a market in the proportions of a real one.
fn message(market: &mut Market, at: usize) -> String {
    let now_ns = std::time::UNIX_EPOCH
        .elapsed()
        .expect("after 1970")
        .as_nanos() as i64;
    match at % 100 {
        0..7 => market.depth_of(now_ns, LEVELS_A_SIDE),
        7..24 => market.trade(now_ns),
        _ => market.book_ticker(),
    }
}

/// As many messages as it takes in, one connection.
fn flood() -> Value {
    let mut market = Market::new(SYMBOLS[0], 1);
    let mut far = Far::connect(std::slice::from_ref(&market));
    let messages: Vec<Message> = (0..FLOOD_MESSAGES)
        .map(|at| Message::text(message(&mut market, at)))
        .collect();
    let bytes: usize = messages.iter().map(Message::len).sum();
    far.socket.send(messages[0].clone()).expect("it reads");
    wait_live(&mut far.reader, 1);
    let last_id = market.last_id;
    let begin = Instant::now();
    let (socket, mut reader) = (far.socket, far.reader);
    let sender = std::thread::spawn(move || send_all(socket, messages));
    reader.until(|frame| match &frame.body {
        Body::Book { head, .. } if head.last_id as u64 == last_id => Some(()),
        _ => None,
    });
    let took = begin.elapsed();
    let _open = sender.join().expect("it was sent");
    let status = far
        .program
        .status_when(|status| status["messages"].as_u64() >= Some(FLOOD_MESSAGES as u64));
    let book = &status["instruments"][SYMBOLS[0]];
    json!({
        "messages": FLOOD_MESSAGES, "bytes": bytes, "seconds": took.as_secs_f64(),
        "messages_a_second": (FLOOD_MESSAGES as f64 / took.as_secs_f64()).round(),
        "gaps": book["gaps"], "mismatches": book["book_ticker_mismatches"], "checks": book["book_ticker_checks"],
    })
}

fn send_all(mut socket: WebSocket<TcpStream>, messages: Vec<Message>) -> WebSocket<TcpStream> {
    for message in messages.into_iter().skip(1) {
        socket.write(message).expect("it reads");
    }
    socket.flush().expect("it reads");
    socket
}

/// A thousand messages a second over ten instruments: latency and memory.
fn paced() -> Value {
    let mut markets: Vec<Market> = (1..)
        .zip(SYMBOLS)
        .map(|(seed, symbol)| Market::new(symbol, seed))
        .collect();
    let mut far = Far::connect(&markets);
    for market in &mut markets {
        let first = message(market, 0);
        far.socket.send(Message::text(first)).expect("it reads");
    }
    wait_live(&mut far.reader, SYMBOLS.len());
    let before = metrics(far.metrics_port);
    let (sent, times): (Sender<(u64, Instant)>, Receiver<_>) = channel();
    let mut reader = far.reader;
    let arrivals = std::thread::spawn(move || latencies(&mut reader, &times));
    let mut due = Instant::now();
    for at in 0..PACED_MESSAGES {
        due += PACED_STEP;
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        let market = &mut markets[at % SYMBOLS.len()];
        let text = message(market, at / SYMBOLS.len() % 100);
        if text.contains("@depth") {
            sent.send((
                market.last_id ^ ((at % SYMBOLS.len()) as u64) << 48,
                Instant::now(),
            ))
            .expect("it listens");
        }
        far.socket.send(Message::text(text)).expect("it reads");
    }
    drop(sent);
    let mut one_way = arrivals.join().expect("it read");
    one_way.sort_unstable();
    std::thread::sleep(Duration::from_millis(1_200));
    let inside = histogram(&before, &metrics(far.metrics_port));
    let quantile =
        |q: f64| one_way[((one_way.len() - 1) as f64 * q) as usize].as_nanos() as f64 / 1e3;
    json!({
        "messages_a_second": 1e9 / PACED_STEP.as_nanos() as f64, "instruments": SYMBOLS.len(),
        "depth_sent_to_frame_read_us": {"p50": quantile(0.5), "p99": quantile(0.99)},
        "received_to_written": inside, "resident_kb_max": resident_kb(&far.program),
    })
}

/// How long after it was sent each depth update's Book frame was read here.
fn latencies(reader: &mut FrameReader, sent: &Receiver<(u64, Instant)>) -> Vec<Duration> {
    let mut latencies = Vec::new();
    while let Ok((key, at)) = sent.recv() {
        reader.until(|frame| match &frame.body {
            Body::Book { head, .. } => {
                (head.last_id as u64 ^ (u64::from(head.instrument)) << 48 == key).then_some(())
            }
            _ => None,
        });
        latencies.push(at.elapsed());
    }
    latencies
}

fn wait_live(reader: &mut FrameReader, instruments: usize) {
    let mut live = std::collections::BTreeSet::new();
    reader.until(|frame| {
        if let Body::Status {
            instrument: Some(index),
            state: State::Live,
            ..
        } = frame.body
        {
            live.insert(index);
        }
        (live.len() == instruments).then_some(())
    });
}

/// Share of frames written within each bound, from two readings of /metrics.
fn histogram(before: &str, after: &str) -> Value {
    let buckets = |text: &str| -> Vec<(String, f64)> {
        let rows = text
            .lines()
            .filter_map(|line| line.strip_prefix("qf_market_publish_latency_seconds_bucket{le=\""));
        rows.filter_map(|row| row.split_once("\"} "))
            .map(|(le, count)| (le.to_owned(), count.parse().expect("a number")))
            .collect()
    };
    let (before, after) = (buckets(before), buckets(after));
    let count = |at: usize| after[at].1 - before.get(at).map_or(0.0, |row| row.1);
    let total = count(after.len() - 1);
    (0..after.len())
        .map(|at| {
            (
                format!("within {} s", after[at].0),
                json!(count(at) / total),
            )
        })
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn machine() -> String {
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .unwrap_or_default();
    format!(
        "{} cores,{}",
        std::thread::available_parallelism().map_or(0, usize::from),
        model.trim_start_matches(['\t', ' ', ':'])
    )
}
