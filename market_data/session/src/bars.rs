//! The closed one-minute bars of one instrument, right-aligned: the newest is always the last.

use crate::config::CANDLES_KEPT;
use std::collections::VecDeque;
use wire::Candle;

/// One bar as it was published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Published {
    pub(crate) seq: i64,
    pub(crate) recv_ns: i64,
    pub(crate) candle: Candle,
}

/// The newest closed bars, oldest first.
#[derive(Clone, Debug)]
pub(crate) struct Bars {
    ring: VecDeque<Published>,
}

impl Bars {
    pub(crate) fn new() -> Self {
        Self {
            ring: VecDeque::with_capacity(CANDLES_KEPT),
        }
    }

    pub(crate) fn push(&mut self, bar: Published) {
        if self.ring.len() == CANDLES_KEPT {
            self.ring.pop_front();
        }
        self.ring.push_back(bar);
    }

    pub(crate) fn last_open_ns(&self) -> Option<i64> {
        self.ring.back().map(|bar| bar.candle.open_ns)
    }

    pub(crate) fn len(&self) -> usize {
        self.ring.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Published> {
        self.ring.iter()
    }
}
