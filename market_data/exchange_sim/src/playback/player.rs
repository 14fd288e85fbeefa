//! Plays records: messages in the recording's time, with the truth book and the bars kept from them.

use super::reader::{self, Envelope, ReadError};
use crate::levels::{LevelChange, Levels, Side};
use crate::listing::{Listing, Status};
use crate::market::candles::MINUTE_MS;
use crate::market::event::{Content, Depth, MarketEvent, Trade};
use crate::market::spec::Spec;
use crate::protocol::payload::Text;
use crate::protocol::streams::parse_stream;
use capture::{Endpoint, Input, Record};
use std::collections::VecDeque;

/// Records that are read ahead to find each symbol's first snapshot.
pub const LOOK_AHEAD_RECORDS_MAX: usize = 20_000;

/// Where records come from.
pub type Records = Box<dyn FnMut() -> Result<Option<Record>, String> + Send>;

/// A message to send.
#[derive(Clone, Debug, PartialEq)]
pub struct Played {
    /// What it says.
    pub event: MarketEvent,
    /// How it came; `None` if it has to be written anew.
    pub text: Option<Text>,
}

/// Why a recording cannot be played on.
#[derive(Debug, thiserror::Error)]
pub enum PlayError {
    /// The reader of records says no.
    #[error("{0}")]
    Records(String),
    /// A message that cannot be read.
    #[error("the message received at {recv_ns} on {stream}: {reason}")]
    Message {
        /// When it was received.
        recv_ns: i64,
        /// On which stream.
        stream: String,
        /// What is wrong.
        reason: ReadError,
    },
    /// A REST answer that cannot be read.
    #[error("the REST answer for {symbol} received at {recv_ns}: {reason}")]
    Rest {
        /// When it was received.
        recv_ns: i64,
        /// Of which symbol.
        symbol: String,
        /// What is wrong.
        reason: ReadError,
    },
}

/// A recording that is being played.
pub struct Player {
    records: Records,
    ahead: VecDeque<Record>,
    listings: Vec<Listing>,
    keeping: Vec<Keeping>,
    first_ns: Option<i64>,
    now_ns: i64,
    ended: bool,
    other_messages: u64,
}

/// What is remembered of one symbol besides its listing.
#[derive(Clone, Copy, Debug, Default)]
struct Keeping {
    id_shift: i64,
    /// The recording has bars of its own.
    has_bars: bool,
    /// First whole minute that can be built from trades.
    bars_from_ms: Option<i64>,
}

impl Player {
    /// A recording of these symbols; reads ahead to the first snapshots, so that a book can be asked for at once.
    pub fn new(specs: Vec<Spec>, records: Records) -> Result<Self, PlayError> {
        let mut player = Self {
            records,
            ahead: VecDeque::new(),
            keeping: vec![Keeping::default(); specs.len()],
            listings: specs.into_iter().map(Listing::new).collect(),
            first_ns: None,
            now_ns: 0,
            ended: false,
            other_messages: 0,
        };
        player.look_ahead()?;
        Ok(player)
    }

    /// Plays up to `messages_max` messages received until `until_ns`.
    pub fn play(
        &mut self,
        until_ns: i64,
        messages_max: usize,
        out: &mut Vec<Played>,
    ) -> Result<(), PlayError> {
        let enough = out.len() + messages_max;
        while out.len() < enough {
            let Some(record) = self.next_record()? else {
                self.ended = true;
                return Ok(());
            };
            if record.recv_ns > until_ns {
                self.ahead.push_front(record);
                return Ok(());
            }
            self.now_ns = self.now_ns.max(record.recv_ns);
            self.take(record, out)?;
        }
        Ok(())
    }

    /// Time of the first record.
    pub fn first_ns(&self) -> i64 {
        self.first_ns.unwrap_or(0)
    }

    /// Time of the last record played, or of the first before that.
    pub fn now_ns(&self) -> i64 {
        self.now_ns.max(self.first_ns())
    }

    /// True once there are no more records.
    pub fn ended(&self) -> bool {
        self.ended
    }

    /// Messages of streams that this exchange does not have; they are not sent.
    pub fn other_messages(&self) -> u64 {
        self.other_messages
    }

    /// The symbols, by index.
    pub fn listings(&self) -> &[Listing] {
        &self.listings
    }

    /// What the exchange knows of a symbol.
    pub fn listing(&self, symbol: usize) -> &Listing {
        &self.listings[symbol]
    }

    /// Sets what may be done with a symbol.
    pub fn set_status(&mut self, symbol: usize, status: Status) {
        self.listings[symbol].status = status;
    }

    /// Update ids fall back, as after a restart of the exchange's engine.
    pub fn restart_ids(&mut self, symbol: usize, ids: i64) {
        let truth = &mut self.listings[symbol].truth;
        let back = ids.min(truth.id() - 1).max(0);
        self.keeping[symbol].id_shift -= back;
        truth.restart(truth.id() - back);
    }

    fn next_record(&mut self) -> Result<Option<Record>, PlayError> {
        match self.ahead.pop_front() {
            Some(record) => Ok(Some(record)),
            None => (self.records)().map_err(PlayError::Records),
        }
    }

    fn look_ahead(&mut self) -> Result<(), PlayError> {
        while self.ahead.len() < LOOK_AHEAD_RECORDS_MAX {
            let Some(record) = (self.records)().map_err(PlayError::Records)? else {
                break;
            };
            self.first_ns.get_or_insert(record.recv_ns);
            self.learn_snapshot(&record)?;
            self.ahead.push_back(record);
            if self.listings.iter().all(|listing| listing.truth.id() > 0) {
                break;
            }
        }
        Ok(())
    }

    fn symbol(&self, name: &str) -> Option<usize> {
        self.listings
            .iter()
            .position(|listing| listing.spec.symbol == name)
    }

    fn take(&mut self, record: Record, out: &mut Vec<Played>) -> Result<(), PlayError> {
        match record.input {
            Input::Message { text, .. } => self.message(record.recv_ns, text, out),
            Input::Rest { .. } => {
                self.learn_snapshot(&record)?;
                self.learn_bars(&record)
            }
            Input::Connected { .. }
            | Input::Disconnected { .. }
            | Input::Tick
            | Input::Published(_)
            | Input::Ended { .. } => Ok(()),
        }
    }

    fn message(
        &mut self,
        recv_ns: i64,
        text: Vec<u8>,
        out: &mut Vec<Played>,
    ) -> Result<(), PlayError> {
        let fault = |stream: &str, reason| PlayError::Message {
            recv_ns,
            stream: stream.to_owned(),
            reason,
        };
        let envelope: Envelope<'_> =
            serde_json::from_slice(&text).map_err(|reason| fault("?", reason.into()))?;
        let stream = parse_stream(envelope.stream);
        let Some((symbol, kind)) =
            stream.and_then(|(name, kind)| Some((self.symbol(&name)?, kind)))
        else {
            self.other_messages += 1;
            return Ok(());
        };
        let data = envelope.data.get();
        let (content, time_ms) =
            reader::read(kind, data).map_err(|reason| fault(envelope.stream, reason))?;
        let begin = data.as_ptr() as usize - text.as_ptr() as usize;
        let raw = begin..begin + data.len();
        let time_ns = time_ms.map_or(recv_ns, |time_ms| time_ms * 1_000_000);
        let content = self.shifted(symbol, content);
        self.keep(symbol, &content, time_ns, recv_ns);
        if self.listings[symbol].status == Status::Trading {
            let text = (self.keeping[symbol].id_shift == 0).then(|| Text::recorded(text, raw));
            out.push(Played {
                event: MarketEvent {
                    symbol,
                    time_ns,
                    content,
                },
                text,
            });
        }
        Ok(())
    }

    fn shifted(&self, symbol: usize, content: Content) -> Content {
        let shift = self.keeping[symbol].id_shift;
        match content {
            Content::Depth(mut depth) => {
                depth.first_id += shift;
                depth.last_id += shift;
                Content::Depth(depth)
            }
            Content::BookTicker(mut ticker) => {
                ticker.id += shift;
                Content::BookTicker(ticker)
            }
            other => other,
        }
    }

    fn keep(&mut self, symbol: usize, content: &Content, time_ns: i64, recv_ns: i64) {
        match content {
            Content::Depth(depth) => self.keep_depth(symbol, depth, recv_ns),
            Content::Trade(trade) => self.keep_trade(symbol, trade, time_ns / 1_000_000),
            Content::Kline(candle) => {
                self.keeping[symbol].has_bars = true;
                self.listings[symbol].candles.learn(*candle);
            }
            Content::BookTicker(_) => {}
        }
    }

    /// The truth follows the diffs; where the recording itself has a hole there is no truth until the next snapshot.
    fn keep_depth(&mut self, symbol: usize, depth: &Depth, recv_ns: i64) {
        let truth = &mut self.listings[symbol].truth;
        if truth.id() == 0 || depth.last_id <= truth.id() {
            return;
        }
        if depth.first_id > truth.id() + 1 {
            truth.replace(0, Levels::default());
            return;
        }
        for (side, rows) in [(Side::Bid, &depth.bids), (Side::Ask, &depth.asks)] {
            for &(price, qty) in rows {
                truth.apply(depth.last_id, recv_ns, LevelChange { side, price, qty });
            }
        }
        truth.pass(depth.last_id);
    }

    fn keep_trade(&mut self, symbol: usize, trade: &Trade, time_ms: i64) {
        let keeping = &mut self.keeping[symbol];
        let next_minute_ms = time_ms - time_ms.rem_euclid(MINUTE_MS) + MINUTE_MS;
        let from_ms = *keeping.bars_from_ms.get_or_insert(next_minute_ms);
        if !keeping.has_bars && time_ms >= from_ms {
            self.listings[symbol].candles.add(trade, time_ms);
        }
    }

    fn learn_snapshot(&mut self, record: &Record) -> Result<(), PlayError> {
        let Input::Rest {
            endpoint: Endpoint::Depth,
            symbol,
            status: 200,
            body,
            ..
        } = &record.input
        else {
            return Ok(());
        };
        let Some(index) = self.symbol(symbol) else {
            return Ok(());
        };
        if self.listings[index].truth.id() == 0 {
            let (id, levels) =
                reader::read_snapshot(body).map_err(|reason| rest_fault(record, symbol, reason))?;
            self.listings[index]
                .truth
                .replace(id + self.keeping[index].id_shift, levels);
        }
        Ok(())
    }

    fn learn_bars(&mut self, record: &Record) -> Result<(), PlayError> {
        let Input::Rest {
            endpoint: Endpoint::Klines,
            symbol,
            status: 200,
            body,
            ..
        } = &record.input
        else {
            return Ok(());
        };
        let Some(index) = self.symbol(symbol) else {
            return Ok(());
        };
        let bars = reader::read_klines(body, record.recv_ns / 1_000_000)
            .map_err(|reason| rest_fault(record, symbol, reason))?;
        self.keeping[index].has_bars = true;
        bars.into_iter()
            .for_each(|bar| self.listings[index].candles.learn(bar));
        Ok(())
    }
}

fn rest_fault(record: &Record, symbol: &str, reason: ReadError) -> PlayError {
    PlayError::Rest {
        recv_ns: record.recv_ns,
        symbol: symbol.to_owned(),
        reason,
    }
}
