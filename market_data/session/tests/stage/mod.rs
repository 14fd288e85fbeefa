//! A session on a stage: what a venue would say is said in a word, what the session answers is kept.
#![allow(dead_code)] // every test binary uses its own part of it

use capture::{Endpoint, Input, Record};
use session::{Clock, Config, FiltersFrom, Instrument, Output, Request, Session};
use wire::{Body, Candle, Reason, State, decode};

pub const MS: i64 = 1_000_000;
pub const SECOND: i64 = 1_000 * MS;
pub const START: i64 = 1_700_000_040 * SECOND; // a whole minute

/// What was published, without what no scenario looks at.
#[derive(Clone, Debug, PartialEq)]
pub enum Seen {
    Status(Option<u8>, State, Reason),
    Book {
        instrument: u8,
        state: State,
        last_id: i64,
        bids: Vec<[i64; 2]>,
        asks: Vec<[i64; 2]>,
        window: (i64, i64),
    },
    Candle(Candle),
    Trade(i64),
    Heartbeat,
}

pub struct Stage {
    pub session: Session,
    pub now: i64,
    pub seen: Vec<Seen>,
    pub requests: Vec<Request>,
    pub problems: Vec<&'static str>,
    last_seq: i64,
    out: Output,
}

pub fn instrument(symbol: &str) -> Instrument {
    Instrument {
        symbol: symbol.to_string(),
        base: symbol.to_string(),
        quote: "USDT".to_string(),
        tick_e8: 100_000_000,
        lot_e8: 100_000_000,
        qty_min_lots: 1,
        qty_max_lots: 0,
        notional_min_e8: 0,
        filters_from: FiltersFrom::Exchange,
    }
}

/// Instruments AAA and BBB, ticks and lots of 1, no candles asked for.
pub fn config() -> Config {
    Config {
        build: "test".to_string(),
        session: "stage".to_string(),
        venue: "sim".to_string(),
        simulated: true,
        clock: Clock::Wall,
        instruments: vec![instrument("AAA"), instrument("BBB")],
        publish_levels: 5,
        snapshot_limit: 100,
        imbalance_decay_ppm: 700_000,
        stale_after_ms: 5_000,
        crossed_resync_ms: 1_000,
        rest_check_seconds: 0,
        candle_seed: 0,
        candles_from_trades: false,
        jitter_seed: 7,
    }
}

fn levels(levels: &[(i64, i64)]) -> String {
    levels
        .iter()
        .map(|(price, qty)| format!(r#"["{price}","{qty}"]"#))
        .collect::<Vec<_>>()
        .join(",")
}

impl Stage {
    pub fn new(config: Config) -> Self {
        let session = Session::new(config).expect("sound");
        let (seen, requests, problems) = (Vec::new(), Vec::new(), Vec::new());
        Self {
            session,
            now: START,
            seen,
            requests,
            problems,
            last_seq: 0,
            out: Output::new(),
        }
    }

    /// Both instruments live at id 100, best bid 10, best ask 12.
    pub fn live(config: Config) -> Self {
        let mut stage = Self::new(config);
        stage.tick(0);
        stage.connected(1);
        for symbol in ["AAA", "BBB"] {
            stage.depth(symbol, 90, 99, &[(10, 1)], &[]);
            stage.snapshot(symbol, 98, &[(10, 5), (9, 5)], &[(12, 5), (13, 5)]);
            stage.depth(symbol, 100, 100, &[(10, 5)], &[]);
        }
        assert_eq!([0, 1].map(|index| stage.state(index)), [State::Live; 2]);
        stage.forget();
        stage
    }

    pub fn forget(&mut self) {
        self.seen.clear();
        self.requests.clear();
        self.problems.clear();
    }

    pub fn feed(&mut self, input: Input) {
        let record = Record {
            recv_ns: self.now,
            input,
        };
        self.out.clear();
        self.session.on_record(&record, &mut self.out);
        for frame in self.out.frames() {
            let (decoded, _) = decode(self.out.frame_bytes(frame)).expect("a frame");
            assert_eq!(decoded.seq, self.last_seq + 1, "no hole in seq");
            self.last_seq = decoded.seq;
            self.seen.extend(see(decoded.body));
        }
        self.requests.extend(self.out.requests().iter().cloned());
        self.problems.extend(
            self.out
                .problems()
                .iter()
                .map(|problem| problem.error.name()),
        );
    }

    /// Time passes, and the shell's timer says so.
    pub fn tick(&mut self, ms: i64) {
        self.now += ms * MS;
        self.feed(Input::Tick);
    }

    /// Time passes, a tick every 100 ms.
    pub fn wait(&mut self, ms: i64) {
        (0..ms / 100).for_each(|_| self.tick(100));
    }

    pub fn connected(&mut self, connection: u32) {
        self.feed(Input::Connected { connection });
    }

    pub fn disconnected(&mut self, connection: u32, reason: &str) {
        self.feed(Input::Disconnected {
            connection,
            reason: reason.to_string(),
        });
    }

    pub fn message(&mut self, connection: u32, text: &str) {
        self.feed(Input::Message {
            connection,
            text: text.as_bytes().to_vec(),
        });
    }

    pub fn depth(
        &mut self,
        symbol: &str,
        first: u64,
        last: u64,
        bids: &[(i64, i64)],
        asks: &[(i64, i64)],
    ) {
        self.depth_on(1, symbol, first, last, bids, asks);
    }

    pub fn depth_on(
        &mut self,
        connection: u32,
        symbol: &str,
        first: u64,
        last: u64,
        bids: &[(i64, i64)],
        asks: &[(i64, i64)],
    ) {
        let text = format!(
            r#"{{"stream":"{}@depth@100ms","data":{{"e":"depthUpdate","E":{},"s":"{symbol}","U":{first},"u":{last},"b":[{}],"a":[{}]}}}}"#,
            symbol.to_lowercase(),
            self.now / MS,
            levels(bids),
            levels(asks),
        );
        self.message(connection, &text);
    }

    pub fn ticker(&mut self, symbol: &str, id: u64, bid: (i64, i64), ask: (i64, i64)) {
        let text = format!(
            r#"{{"stream":"{}@bookTicker","data":{{"u":{id},"s":"{symbol}","b":"{}","B":"{}","a":"{}","A":"{}"}}}}"#,
            symbol.to_lowercase(),
            bid.0,
            bid.1,
            ask.0,
            ask.1,
        );
        self.message(1, &text);
    }

    pub fn snapshot(&mut self, symbol: &str, id: u64, bids: &[(i64, i64)], asks: &[(i64, i64)]) {
        let body = format!(
            r#"{{"lastUpdateId":{id},"bids":[{}],"asks":[{}]}}"#,
            levels(bids),
            levels(asks)
        );
        self.rest(Endpoint::Depth, symbol, 200, 0, &body);
    }

    pub fn rest(
        &mut self,
        endpoint: Endpoint,
        symbol: &str,
        status: u16,
        retry_after_s: u32,
        body: &str,
    ) {
        let (symbol, body) = (symbol.to_string(), body.as_bytes().to_vec());
        self.feed(Input::Rest {
            endpoint,
            symbol,
            status,
            retry_after_s,
            used_weight: 0,
            body,
        });
    }

    pub fn status_of(&mut self, symbol: &str, status: &str) {
        let body = format!(
            r#"{{"symbols":[{{"symbol":"{symbol}","status":"{status}","baseAsset":"A","quoteAsset":"B","filters":[
                {{"filterType":"PRICE_FILTER","tickSize":"1.00000000"}},{{"filterType":"LOT_SIZE","stepSize":"1.00000000"}}]}}]}}"#
        );
        self.rest(Endpoint::ExchangeInfo, symbol, 200, 0, &body);
    }

    pub fn state(&self, index: usize) -> State {
        self.session.instrument(index).state
    }

    /// The statuses seen, in order.
    pub fn statuses(&self) -> Vec<(Option<u8>, State, Reason)> {
        let status = |seen: &Seen| match seen {
            Seen::Status(instrument, state, reason) => Some((*instrument, *state, *reason)),
            _ => None,
        };
        self.seen.iter().filter_map(status).collect()
    }

    /// The last book seen of an instrument.
    pub fn book(&self, wanted: u8) -> Seen {
        let of_it =
            |seen: &&Seen| matches!(seen, Seen::Book { instrument, .. } if *instrument == wanted);
        self.seen
            .iter()
            .rev()
            .find(of_it)
            .cloned()
            .expect("a book was published")
    }

    /// The closed candles seen as (minute since the start, close, origin).
    pub fn closed(&self) -> Vec<(i64, i64, u8)> {
        let closed = |seen: &Seen| match seen {
            Seen::Candle(candle) if candle.closed => Some((
                (candle.open_ns - START) / (60 * SECOND),
                candle.close,
                candle.origin,
            )),
            _ => None,
        };
        self.seen.iter().filter_map(closed).collect()
    }

    /// Requests seen for that endpoint.
    pub fn fetches(&self, wanted: Endpoint) -> usize {
        let of_it = |request: &&Request| matches!(request, Request::Fetch { endpoint, .. } if *endpoint == wanted);
        self.requests.iter().filter(of_it).count()
    }

    /// The connections asked for.
    pub fn connects(&self) -> Vec<u32> {
        let number = |request: &Request| match request {
            Request::Connect { connection, .. } => Some(*connection),
            _ => None,
        };
        self.requests.iter().filter_map(number).collect()
    }

    /// The connections to be closed.
    pub fn closes(&self) -> Vec<u32> {
        let number = |request: &Request| match request {
            Request::Close { connection, .. } => Some(*connection),
            _ => None,
        };
        self.requests.iter().filter_map(number).collect()
    }
}

fn see(body: Body<'_>) -> Option<Seen> {
    Some(match body {
        Body::Status {
            instrument,
            state,
            reason,
            ..
        } => Seen::Status(instrument, state, reason),
        Body::Book {
            head, bids, asks, ..
        } => Seen::Book {
            instrument: head.instrument,
            state: head.state,
            last_id: head.last_id,
            bids: bids.iter().collect(),
            asks: asks.iter().collect(),
            window: (head.window_bid, head.window_ask),
        },
        Body::Candle(candle) => Seen::Candle(candle),
        Body::Trade(trade) => Seen::Trade(trade.trade_id),
        Body::Heartbeat => Seen::Heartbeat,
        Body::Hello { .. } | Body::Skipped { .. } | Body::Goodbye { .. } => return None,
    })
}
