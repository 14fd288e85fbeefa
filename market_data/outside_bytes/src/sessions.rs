//! Any records at all, in any order, into the feed's state machine.

use capture::{Endpoint, Input, Record};
use session::{Clock, Config, FiltersFrom, Instrument, Output, Session};

const RECORDS_MAX: usize = 1_000;
const START_NS: i64 = 1_700_000_040_000_000_000;
/// Of what a byte of time counts: records stand up to ten seconds apart.
const STEP_NS: i64 = 40_000_000;

/// Records one after another: every frame that comes of them reads, the numbers have no holes, and what is not live is
/// never published as live.
pub fn session(bytes: &[u8]) {
    let mut session = Session::new(config()).expect("the configuration is sound");
    let mut out = Output::new();
    let mut last_seq = 0;
    for record in records(bytes) {
        session.on_record(&record, &mut out);
        for frame in out.frames() {
            last_seq += 1;
            assert_eq!(frame.seq, last_seq, "the numbers have no holes");
            let bytes = out.frame_bytes(frame);
            let (read, used) = wire::decode(bytes).expect("our own frame reads");
            assert_eq!((read.seq, used), (frame.seq, bytes.len()));
            live_books_are_sound(&read);
        }
        out.clear();
    }
    let mut late = Vec::new();
    session.hello(&mut late);
    session.catch_up(&mut late);
    let mut rest = late.as_slice();
    while !rest.is_empty() {
        let (_, used) = wire::decode(rest).expect("our own frame reads");
        rest = &rest[used..];
    }
}

/// A book that may be traded on is not crossed or locked, and its levels are in order.
fn live_books_are_sound(frame: &wire::Frame<'_>) {
    let wire::Body::Book {
        head, bids, asks, ..
    } = &frame.body
    else {
        return;
    };
    if head.state != wire::State::Live {
        return;
    }
    let (bids, asks): (Vec<_>, Vec<_>) = (bids.iter().collect(), asks.iter().collect());
    assert!(
        bids.windows(2).all(|two| two[0][0] > two[1][0]),
        "bids fall"
    );
    assert!(
        asks.windows(2).all(|two| two[0][0] < two[1][0]),
        "asks rise"
    );
    assert!(bids.iter().chain(&asks).all(|level| level[1] > 0));
    if let (Some(bid), Some(ask)) = (bids.first(), asks.first()) {
        assert!(bid[0] < ask[0], "a live book is not crossed");
    }
}

/// Each record is `kind u8, time u8, length u16`, then so many bytes, or what is left of them.
fn records(mut bytes: &[u8]) -> Vec<Record> {
    let mut records = Vec::new();
    let mut recv_ns = START_NS;
    while let Some(([kind, time, low, high], rest)) = bytes.split_first_chunk::<4>() {
        let length = usize::from(u16::from_le_bytes([*low, *high])).min(rest.len());
        let (body, behind) = rest.split_at(length);
        bytes = behind;
        recv_ns += i64::from(*time) * STEP_NS;
        let input = input(*kind, body);
        records.push(Record { recv_ns, input });
        if records.len() == RECORDS_MAX {
            break;
        }
    }
    records
}

/// The kind says what it is, which connection or resource, and how the venue answered.
fn input(kind: u8, body: &[u8]) -> Input {
    let connection = u32::from(kind >> 5);
    match kind % 8 {
        0 => Input::Connected { connection },
        1 => Input::Disconnected {
            connection,
            reason: String::from_utf8_lossy(body).into_owned(),
        },
        2..=4 => Input::Message {
            connection,
            text: body.to_vec(),
        },
        5 | 6 => Input::Rest {
            endpoint: [
                Endpoint::Depth,
                Endpoint::ExchangeInfo,
                Endpoint::Klines,
                Endpoint::BookTicker,
            ][usize::from(kind >> 3) % 4],
            symbol: "AAA".to_owned(),
            status: if kind % 8 == 5 {
                200
            } else {
                STATUSES[usize::from(kind >> 5)]
            },
            retry_after_s: u32::from(kind),
            used_weight: u32::from(kind) * 20,
            body: body.to_vec(),
        },
        _ => Input::Tick,
    }
}

const STATUSES: [u16; 8] = [0, 400, 403, 418, 429, 451, 500, 503];

fn config() -> Config {
    Config {
        build: "test".to_owned(),
        session: "outside".to_owned(),
        venue: "sim".to_owned(),
        simulated: true,
        clock: Clock::Wall,
        instruments: vec![Instrument {
            symbol: "AAA".to_owned(),
            base: "A".to_owned(),
            quote: "A".to_owned(),
            tick_e8: 100_000_000,
            lot_e8: 100_000_000,
            qty_min_lots: 1,
            qty_max_lots: 0,
            notional_min_e8: 0,
            filters_from: FiltersFrom::Exchange,
        }],
        publish_levels: 5,
        snapshot_limit: 100,
        imbalance_decay_ppm: 700_000,
        stale_after_ms: 5_000,
        crossed_resync_ms: 1_000,
        rest_check_seconds: 30,
        candle_seed: 10,
        candles_from_trades: true,
        jitter_seed: 7,
    }
}

const TICK: u8 = 7;
const CONNECTED: u8 = 1 << 5;
const DISCONNECTED: u8 = 1 | 1 << 5;
const MESSAGE: u8 = 2 | 1 << 5;
const SNAPSHOT: u8 = 5;
const BANNED: u8 = 6 | 3 << 5;

/// A session that goes live, one that meets a gap and a lost connection, one that is refused.
pub fn sessions() -> Vec<Vec<u8>> {
    let depth = |first: u64, last: u64, bid: u64| {
        let text = format!(
            r#"{{"stream":"aaa@depth@100ms","data":{{"e":"depthUpdate","E":1,"s":"AAA","U":{first},"u":{last},"b":[["{bid}","5"]],"a":[["12","3"]]}}}}"#
        );
        (MESSAGE, text)
    };
    let said = |kind: u8, text: &str| (kind, text.to_owned());
    let snapshot =
        r#"{"lastUpdateId":98,"bids":[["10","5"],["9","5"]],"asks":[["12","5"],["13","5"]]}"#;
    let ticker = r#"{"stream":"aaa@bookTicker","data":{"u":100,"s":"AAA","b":"10","B":"5","a":"12","A":"3"}}"#;
    let trade = r#"{"stream":"aaa@trade","data":{"e":"trade","E":1,"s":"AAA","t":1,"p":"11","q":"2","T":1,"m":true}}"#;
    let live = [
        said(TICK, ""),
        said(CONNECTED, ""),
        depth(90, 99, 10),
        said(SNAPSHOT, snapshot),
        depth(100, 100, 10),
        said(MESSAGE, ticker),
        said(MESSAGE, trade),
    ];
    let gap = [
        depth(105, 106, 9),
        said(TICK, ""),
        said(DISCONNECTED, "closed"),
        said(TICK, ""),
    ];
    let refused = [
        said(BANNED, r#"{"code":-1003,"msg":"banned"}"#),
        said(TICK, ""),
    ];
    [
        live.to_vec(),
        [&live[..], &gap].concat(),
        [&live[..2], &refused].concat(),
    ]
    .iter()
    .map(|rows| {
        rows.iter()
            .flat_map(|(kind, text)| row(*kind, text))
            .collect()
    })
    .collect()
}

fn row(kind: u8, text: &str) -> Vec<u8> {
    let [low, high] = (text.len() as u16).to_le_bytes();
    [&[kind, 3, low, high], text.as_bytes()].concat()
}
