//! What an exchange sent, was asked and did, for tests and the status file.

use crate::protocol::rest::Endpoint;
use crate::protocol::streams::{STREAM_KINDS, StreamKind, StreamSet};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The counts, all since the start.
#[derive(Debug, Default)]
pub struct Counts {
    /// Messages handed to the streams.
    pub messages: u64,
    by_kind: [u64; STREAM_KINDS.len()],
    rest: BTreeMap<Endpoint, u64>,
    rest_refused: u64,
    faults: BTreeMap<&'static str, u64>,
    /// Stream connections, those dropped at once included.
    pub connections: u64,
    /// Stream connections that fell too far behind and were closed.
    pub slow_connections: u64,
    /// Faults of the script that could not happen, and why.
    pub refused_orders: Vec<String>,
}

impl Counts {
    /// A message for these streams.
    pub fn sent(&mut self, to: StreamSet) {
        self.messages += 1;
        for (at, kind) in STREAM_KINDS.into_iter().enumerate() {
            self.by_kind[at] += u64::from(to.holds(kind));
        }
    }

    /// A REST call, and whether it was refused.
    pub fn called(&mut self, endpoint: Endpoint, refused: bool) {
        *self.rest.entry(endpoint).or_default() += 1;
        self.rest_refused += u64::from(refused);
    }

    /// A fault.
    pub fn fault(&mut self, name: &'static str) {
        *self.faults.entry(name).or_default() += 1;
    }

    /// All of it.
    pub fn to_json(&self) -> Value {
        let kind = |kind: StreamKind| self.by_kind[kind as usize];
        json!({
            "messages": self.messages,
            "streams": {
                "depth": kind(StreamKind::Depth), "trade": kind(StreamKind::Trade),
                "book_ticker": kind(StreamKind::BookTicker), "kline": kind(StreamKind::Kline),
            },
            "rest": self.rest,
            "rest_refused": self.rest_refused,
            "connections": self.connections,
            "slow_connections": self.slow_connections,
            "faults": self.faults,
            "refused_orders": self.refused_orders,
        })
    }
}
