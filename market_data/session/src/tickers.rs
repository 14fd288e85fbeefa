//! Recent bookTickers that wait for the depth update of their id. Tickers come at once, updates every 100 ms, so either
//! may be first; the ring is for those that came before their update.

use std::collections::VecDeque;
use venue::Ticker;

/// Tickers of one instrument that wait, at most. The busiest 100 ms of the captures had 200.
const TICKERS_MAX: usize = 4_096;

/// Tickers in order of id.
#[derive(Clone, Debug)]
pub(crate) struct Tickers {
    ring: VecDeque<Ticker>,
}

impl Tickers {
    pub(crate) fn new() -> Self {
        Self {
            ring: VecDeque::with_capacity(TICKERS_MAX),
        }
    }

    pub(crate) fn clear(&mut self) {
        self.ring.clear();
    }

    /// Lets a ticker wait; true if the oldest had to go for it. One that is older than the newest, as from a second
    /// connection, is not needed.
    pub(crate) fn push(&mut self, ticker: Ticker) -> bool {
        if self
            .ring
            .back()
            .is_some_and(|newest| newest.last_id >= ticker.last_id)
        {
            return false;
        }
        let full = self.ring.len() == TICKERS_MAX;
        if full {
            self.ring.pop_front();
        }
        self.ring.push_back(ticker);
        full
    }

    /// The ticker of that id, if one waited; everything older is forgotten.
    #[inline(always)]
    pub(crate) fn take(&mut self, last_id: u64) -> Option<Ticker> {
        while self
            .ring
            .front()
            .is_some_and(|oldest| oldest.last_id < last_id)
        {
            self.ring.pop_front();
        }
        if self
            .ring
            .front()
            .is_some_and(|oldest| oldest.last_id == last_id)
        {
            self.ring.pop_front()
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticker(last_id: u64) -> Ticker {
        Ticker {
            last_id,
            ..Ticker::default()
        }
    }

    #[test]
    fn a_ticker_is_found_by_its_id_once() {
        let mut tickers = Tickers::new();
        for last_id in [3, 5, 5, 4, 9] {
            assert!(!tickers.push(ticker(last_id)));
        }
        assert_eq!(tickers.take(4), None);
        assert_eq!(tickers.take(5), Some(ticker(5)));
        assert_eq!(tickers.take(5), None);
        assert_eq!(tickers.take(9), Some(ticker(9)));
    }

    #[test]
    fn the_ring_keeps_the_newest() {
        let mut tickers = Tickers::new();
        let pushed_out = (1..=TICKERS_MAX as u64 + 2)
            .filter(|last_id| tickers.push(ticker(*last_id)))
            .count();
        assert_eq!(
            (pushed_out, tickers.take(2), tickers.take(3)),
            (2, None, Some(ticker(3)))
        );
    }
}
