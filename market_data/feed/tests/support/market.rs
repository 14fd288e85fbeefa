//! A made-up market: a book that changes by whole ticks, told as the exchange tells it.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

pub const SECOND: i64 = 1_000_000_000;
pub const START: i64 = 1_700_000_000 * SECOND;

/// One symbol's book in cents and thousandths, and the last update's id.
pub struct Market {
    pub symbol: &'static str,
    pub last_id: u64,
    bids: BTreeMap<i64, i64>,
    asks: BTreeMap<i64, i64>,
    trade_id: u64,
    random: u64,
}

impl Market {
    pub fn new(symbol: &'static str, seed: u64) -> Self {
        let side =
            |first: i64, step: i64| (0..50).map(|at| (first + at * step, 1_000 + at)).collect();
        Self {
            symbol,
            last_id: 1_000,
            bids: side(9_999, -1),
            asks: side(10_001, 1),
            trade_id: 0,
            random: seed,
        }
    }

    fn draw(&mut self, below: i64) -> i64 {
        self.random = self
            .random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.random >> 33) as i64) % below
    }

    fn stream(&self, channel: &str, data: &str) -> String {
        format!(
            r#"{{"stream":"{}@{channel}","data":{data}}}"#,
            self.symbol.to_lowercase()
        )
    }

    /// One depth update of a few levels, both sides away from each other.
    pub fn depth(&mut self, at_ns: i64) -> String {
        self.depth_of(at_ns, 3)
    }

    /// One depth update of so many levels a side.
    pub fn depth_of(&mut self, at_ns: i64, levels_a_side: usize) -> String {
        let first_id = self.last_id + 1;
        let (mut bids, mut asks) = (Vec::new(), Vec::new());
        for _ in 0..levels_a_side {
            let (away, qty) = (self.draw(50), self.draw(5_000));
            let (bid, ask) = (9_999 - away, 10_001 + self.draw(50));
            set(&mut self.bids, bid, if away == 0 { qty + 1 } else { qty });
            set(&mut self.asks, ask, qty + 1);
            bids.push((bid, if away == 0 { qty + 1 } else { qty }));
            asks.push((ask, qty + 1));
            self.last_id += 2;
        }
        let (symbol, last_id, event_ms) = (self.symbol, self.last_id, at_ns / 1_000_000);
        let (bids, asks) = (levels(bids), levels(asks));
        let data = format!(
            r#"{{"e":"depthUpdate","E":{event_ms},"s":"{symbol}","U":{first_id},"u":{last_id},"b":{bids},"a":{asks}}}"#
        );
        self.stream("depth@100ms", &data)
    }

    /// The top of the book as it is.
    pub fn book_ticker(&self) -> String {
        let (bid, bid_qty) = self.bids.last_key_value().expect("a bid");
        let (ask, ask_qty) = self.asks.first_key_value().expect("an ask");
        let data = format!(
            r#"{{"u":{},"s":"{}","b":"{}","B":"{}","a":"{}","A":"{}"}}"#,
            self.last_id,
            self.symbol,
            price(*bid),
            qty(*bid_qty),
            price(*ask),
            qty(*ask_qty)
        );
        self.stream("bookTicker", &data)
    }

    pub fn trade(&mut self, at_ns: i64) -> String {
        self.trade_id += 1;
        let (id, at_ms, lots) = (self.trade_id, at_ns / 1_000_000, qty(1 + self.draw(100)));
        let symbol = self.symbol;
        let data = format!(
            r#"{{"e":"trade","E":{at_ms},"s":"{symbol}","t":{id},"p":"100.01","q":"{lots}","T":{at_ms},"m":false,"M":true}}"#
        );
        self.stream("trade", &data)
    }

    pub fn snapshot(&self) -> String {
        let bids = levels(self.bids.iter().rev().map(|(price, qty)| (*price, *qty)));
        let asks = levels(self.asks.iter().map(|(price, qty)| (*price, *qty)));
        format!(
            r#"{{"lastUpdateId":{},"bids":{bids},"asks":{asks}}}"#,
            self.last_id
        )
    }

    /// A text capture of so many depth updates, ten a second, with trades and tickers between them.
    pub fn capture(mut self, directory: &Path, updates: i64) -> PathBuf {
        let path = directory.join(format!("{}.txt", self.symbol));
        let mut text = String::new();
        let mut line = |at_ns: i64, json: String| {
            writeln!(text, "{at_ns} {json}").expect("a String takes all")
        };
        for update in 0..updates {
            let at_ns = START + update * SECOND / 10;
            line(at_ns, self.depth(at_ns));
            line(at_ns + 1_000, self.book_ticker());
            if update == 2 {
                line(at_ns + 2_000, self.snapshot());
            }
            if update % 3 == 0 {
                line(at_ns + 3_000, self.trade(at_ns));
            }
        }
        std::fs::write(&path, text).expect("the test's directory takes files");
        path
    }
}

fn set(side: &mut BTreeMap<i64, i64>, price: i64, qty: i64) {
    if qty == 0 {
        side.remove(&price);
    } else {
        side.insert(price, qty);
    }
}

fn levels(levels: impl IntoIterator<Item = (i64, i64)>) -> String {
    let rows: Vec<String> = levels
        .into_iter()
        .map(|(at, amount)| format!(r#"["{}","{}"]"#, price(at), qty(amount)))
        .collect();
    format!("[{}]", rows.join(","))
}

fn price(cents: i64) -> String {
    format!("{}.{:02}000000", cents / 100, cents % 100)
}

fn qty(thousandths: i64) -> String {
    format!("{}.{:03}00000", thousandths / 1_000, thousandths % 1_000)
}
