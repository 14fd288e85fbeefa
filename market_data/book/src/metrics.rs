//! The top of the book, and what is computed from it. Floats, because they are indicators and never money.

use crate::book::Book;

/// Levels of one side that a `Top` holds, at most.
pub const TOP_MAX: usize = 50;

/// Weight of each level in the weighted imbalance: `decay^k`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weights([f64; TOP_MAX]);

impl Weights {
    /// Each level weighs `decay_ppm` millionths of the one before.
    #[must_use]
    pub fn new(decay_ppm: u32) -> Self {
        let decay = f64::from(decay_ppm) / 1e6;
        let mut weights = [1.0; TOP_MAX];
        for level in 1..TOP_MAX {
            weights[level] = weights[level - 1] * decay;
        }
        Self(weights)
    }
}

/// What is computed from the top of a book; all 0.0 when a side is empty.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Metrics {
    /// (bid − ask) / (bid + ask) of the best level's quantities.
    pub imbalance_best: f64,
    /// The same over the sums of all levels of the top.
    pub imbalance_top: f64,
    /// The same with level `k` weighted by `decay^k`.
    pub imbalance_weighted: f64,
    /// (bid · ask qty + ask · bid qty) / (bid qty + ask qty) of the best level, in ticks.
    pub microprice: f64,
}

/// The best levels of both sides as (ticks, lots), best first. Reused from book to book.
#[derive(Clone, Debug)]
pub struct Top {
    bids: [[i64; 2]; TOP_MAX],
    asks: [[i64; 2]; TOP_MAX],
    bid_count: usize,
    ask_count: usize,
}

impl Default for Top {
    fn default() -> Self {
        Self {
            bids: [[0; 2]; TOP_MAX],
            asks: [[0; 2]; TOP_MAX],
            bid_count: 0,
            ask_count: 0,
        }
    }
}

impl Top {
    /// Takes the best `levels` (at most `TOP_MAX`) of each side.
    #[inline(always)]
    pub fn take(&mut self, book: &Book, levels: usize) {
        let levels = levels.min(TOP_MAX);
        self.bid_count = book.bids.top(&mut self.bids[..levels]);
        self.ask_count = book.asks.top(&mut self.asks[..levels]);
    }

    /// Bid levels, best first.
    #[must_use]
    pub fn bids(&self) -> &[[i64; 2]] {
        &self.bids[..self.bid_count]
    }

    /// Ask levels, best first.
    #[must_use]
    pub fn asks(&self) -> &[[i64; 2]] {
        &self.asks[..self.ask_count]
    }

    /// Computes the metrics of these levels.
    #[inline(always)]
    #[must_use]
    pub fn metrics(&self, weights: &Weights) -> Metrics {
        let ([[bid, bid_qty], ..], [[ask, ask_qty], ..]) = (self.bids(), self.asks()) else {
            return Metrics::default();
        };
        let (bid, bid_qty, ask, ask_qty) =
            (*bid as f64, *bid_qty as f64, *ask as f64, *ask_qty as f64);
        let (bid_sum, bid_weighted) = sums(self.bids(), weights);
        let (ask_sum, ask_weighted) = sums(self.asks(), weights);
        Metrics {
            imbalance_best: imbalance(bid_qty, ask_qty),
            imbalance_top: imbalance(bid_sum, ask_sum),
            imbalance_weighted: imbalance(bid_weighted, ask_weighted),
            microprice: (bid * ask_qty + ask * bid_qty) / (bid_qty + ask_qty),
        }
    }
}

/// The sum of the quantities, and the weighted sum.
#[inline(always)]
fn sums(levels: &[[i64; 2]], weights: &Weights) -> (f64, f64) {
    levels
        .iter()
        .zip(&weights.0)
        .fold((0.0, 0.0), |(sum, weighted), ([_, qty], weight)| {
            let qty = *qty as f64;
            (sum + qty, weighted + qty * weight)
        })
}

#[inline(always)]
fn imbalance(bid: f64, ask: f64) -> f64 {
    (bid - ask) / (bid + ask)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn top_of(bids: &[[i64; 2]], asks: &[[i64; 2]]) -> Top {
        let mut book = Book::new();
        bids.iter()
            .for_each(|[price, qty]| book.bids.set(*price, *qty));
        asks.iter()
            .for_each(|[price, qty]| book.asks.set(*price, *qty));
        let mut top = Top::default();
        top.take(&book, 3);
        top
    }

    #[test]
    fn metrics_are_what_the_protocol_says() {
        let top = top_of(
            &[[100, 30], [99, 10], [98, 20], [97, 999]],
            &[[102, 10], [103, 40]],
        );
        let metrics = top.metrics(&Weights::new(500_000));
        assert_eq!(
            top.bids().len(),
            3,
            "the fourth level is not sent and does not count"
        );
        assert_eq!(metrics.imbalance_best, 20.0 / 40.0);
        assert_eq!(metrics.imbalance_top, (60.0 - 50.0) / 110.0);
        assert_eq!(metrics.imbalance_weighted, (40.0 - 30.0) / 70.0);
        assert_eq!(metrics.microprice, (100.0 * 10.0 + 102.0 * 30.0) / 40.0);
    }

    #[test]
    fn an_empty_side_makes_them_zero() {
        assert_eq!(
            top_of(&[[100, 30]], &[]).metrics(&Weights::new(700_000)),
            Metrics::default()
        );
        assert_eq!(
            top_of(&[], &[]).metrics(&Weights::new(700_000)),
            Metrics::default()
        );
    }

    #[test]
    fn the_largest_quantities_do_not_overflow() {
        let metrics = top_of(&[[100, i64::MAX], [99, i64::MAX]], &[[102, i64::MAX]])
            .metrics(&Weights::new(1_000_000));
        assert_eq!(metrics.imbalance_best, 0.0);
        assert!((metrics.imbalance_top - 1.0 / 3.0).abs() < 1e-12);
    }
}
