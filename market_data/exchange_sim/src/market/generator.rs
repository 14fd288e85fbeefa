//! All symbols of one generated market.

use super::event::MarketEvent;
use super::instrument::Instrument;
use super::spec::Spec;
use crate::decimal::Price;
use crate::listing::Listing;

/// Longest time without a step that is made up for; after a longer one the market goes on from the present.
pub const CATCH_UP_NS: i64 = 5_000_000_000;

/// One symbol to generate.
#[derive(Clone, Debug)]
pub struct Opening {
    /// Names and filters.
    pub spec: Spec,
    /// Where it opens.
    pub price: Price,
    /// Where its trends lean back to.
    pub anchor: Price,
}

/// A generated market.
#[derive(Debug)]
pub struct Generator {
    instruments: Vec<Instrument>,
    now_ns: i64,
    next_burst: usize,
}

impl Generator {
    /// A market that opens now; the same arguments make the same market.
    pub fn new(openings: Vec<Opening>, seed: u64, now_ns: i64) -> Self {
        let open = |(index, opening): (usize, Opening)| {
            Instrument::new(
                index,
                opening.spec,
                opening.price,
                opening.anchor,
                seed,
                now_ns,
            )
        };
        Self {
            instruments: openings.into_iter().enumerate().map(open).collect(),
            now_ns,
            next_burst: 0,
        }
    }

    /// Lets time pass up to `now_ns`; what the market says is added to `out` in order of time.
    pub fn advance(&mut self, now_ns: i64, out: &mut Vec<MarketEvent>) {
        if now_ns - self.now_ns > CATCH_UP_NS {
            self.instruments
                .iter_mut()
                .for_each(|one| one.skip(now_ns - CATCH_UP_NS));
        }
        let first = out.len();
        self.now_ns = self.now_ns.max(now_ns);
        self.instruments
            .iter_mut()
            .for_each(|one| one.advance(now_ns, out));
        out[first..].sort_by_key(|event| event.time_ns);
    }

    /// One more depth event at once, of the symbols in turn.
    pub fn burst(&mut self, out: &mut Vec<MarketEvent>) {
        let at = self.next_burst % self.instruments.len();
        self.next_burst = at + 1;
        self.instruments[at].burst(out);
    }

    /// Time of the last step asked for.
    pub fn now_ns(&self) -> i64 {
        self.now_ns
    }

    /// The symbols, by index.
    pub fn instruments(&self) -> &[Instrument] {
        &self.instruments
    }

    /// What the exchange knows of a symbol.
    pub fn listing(&self, symbol: usize) -> &Listing {
        &self.instruments[symbol].listing
    }

    /// One symbol.
    pub fn instrument_mut(&mut self, symbol: usize) -> &mut Instrument {
        &mut self.instruments[symbol]
    }
}
