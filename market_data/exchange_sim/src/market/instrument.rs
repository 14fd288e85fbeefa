//! One symbol's generated market: the book, the flow, and everything that is said about them.
//!
//! Depth events, best levels, trades and bars all come from the one book: each level change takes the next update id.

use super::candles::MINUTE_MS;
use super::event::{BookTicker, Candle, Content, Depth, MarketEvent, Trade};
use super::flow::Flow;
use super::history;
use super::matching::MatchingBook;
use super::random::Random;
use super::spec::Spec;
use crate::decimal::{Price, Qty};
use crate::levels::{LevelChange, Levels, Side, Top};
use crate::listing::{Listing, Status};
use std::collections::BTreeMap;

/// The market moves in steps of this length.
pub const STEP_NS: i64 = 10_000_000;
/// A depth event this often, if anything changed.
pub const DEPTH_NS: i64 = 100_000_000;
/// The open bar is told this often.
pub const KLINE_NS: i64 = 2_000_000_000;
/// Update ids a millisecond of the clock that a market's first id leaves for those before it, so that ids go forward
/// from one run to the next.
const IDS_A_MS: i64 = 16;
/// Actions of one event of a burst.
const BURST_ACTIONS: usize = 4;

/// One symbol's market.
#[derive(Debug)]
pub struct Instrument {
    /// What the exchange knows of it.
    pub listing: Listing,
    index: usize,
    book: MatchingBook,
    flow: Flow,
    diff: Diff,
    said_top: Top,
    last_trade: i64,
    now_ns: i64,
    next_depth_ns: i64,
    next_kline_ns: i64,
}

/// Level changes since the last depth event.
#[derive(Clone, Debug, Default)]
struct Diff {
    first_id: Option<i64>,
    changes: BTreeMap<(Side, i64), Qty>,
}

impl Instrument {
    /// A market that opens at a price and a time; the same arguments make the same market.
    pub fn new(
        index: usize,
        spec: Spec,
        opening: Price,
        anchor: Price,
        seed: u64,
        now_ns: i64,
    ) -> Self {
        let now_ns = now_ns - now_ns.rem_euclid(STEP_NS);
        let now_ms = now_ns / 1_000_000;
        let mut random = Random::new(seed, index as u64);
        let (past, mut latent) = history::history(&spec, opening, now_ms, &mut random);
        latent.lean_to(anchor.e8() as f64);
        let last_trade = past.last().map_or(0, |candle| candle.last_trade);
        let open_ms = now_ms - now_ms.rem_euclid(MINUTE_MS);
        let mut listing = Listing::new(spec);
        listing.candles =
            super::candles::Candles::with_history(past, Candle::flat(open_ms, opening));
        let flow = Flow::new(&listing.spec, latent, random);
        let mut instrument = Self {
            listing,
            index,
            book: MatchingBook::default(),
            flow,
            diff: Diff::default(),
            said_top: Top::default(),
            last_trade,
            now_ns,
            next_depth_ns: now_ns - now_ns.rem_euclid(DEPTH_NS) + DEPTH_NS,
            next_kline_ns: now_ns - now_ns.rem_euclid(KLINE_NS) + KLINE_NS,
        };
        instrument.open_book(now_ms);
        instrument
    }

    /// Lets time pass up to `to_ns`; what the market says is added to `out`, in order.
    pub fn advance(&mut self, to_ns: i64, out: &mut Vec<MarketEvent>) {
        while self.now_ns + STEP_NS <= to_ns {
            self.now_ns += STEP_NS;
            let closed = self.listing.candles.pass(self.now_ns / 1_000_000);
            let listed = self.listing.status != Status::Delisted;
            for candle in closed.into_iter().filter(|_| listed) {
                self.say(Content::Kline(candle), out);
            }
            let seconds = STEP_NS as f64 * 1e-9;
            if self.listing.status != Status::Trading {
                self.flow.drift(seconds);
                continue;
            }
            self.act(out, |flow, book, after| flow.step(book, seconds, after));
            if self.now_ns >= self.next_depth_ns {
                self.next_depth_ns = self.now_ns - self.now_ns.rem_euclid(DEPTH_NS) + DEPTH_NS;
                self.say_depth(out);
            }
            if self.now_ns >= self.next_kline_ns {
                self.next_kline_ns = self.now_ns - self.now_ns.rem_euclid(KLINE_NS) + KLINE_NS;
                if let Some(open) = self.listing.candles.open().copied() {
                    self.say(Content::Kline(open), out);
                }
            }
        }
    }

    /// Lets time pass without a market, as after a long sleep of the machine: bars are flat, the book stays.
    pub fn skip(&mut self, to_ns: i64) {
        self.now_ns = self.now_ns.max(to_ns - to_ns.rem_euclid(STEP_NS));
    }

    /// One more depth event at once, of changes far from the top.
    pub fn burst(&mut self, out: &mut Vec<MarketEvent>) {
        for _ in 0..BURST_ACTIONS {
            self.act(out, |flow, book, after| {
                flow.stir(book);
                after(book);
            });
        }
        self.say_depth(out);
    }

    /// Update ids fall back, as after a restart of the exchange's engine.
    pub fn restart_ids(&mut self, ids: i64) {
        let id = (self.listing.truth.id() - ids).max(1);
        self.diff = Diff::default();
        self.listing.truth.restart(id);
    }

    /// The middle of the book as a price on the tick, to open there again.
    pub fn mid(&self) -> Price {
        let tick = self.listing.spec.tick_e8;
        let mid = match self.book.top() {
            Top {
                bid: Some(bid),
                ask: Some(ask),
            } => (bid.0.e8() + ask.0.e8()) / 2,
            _ => self.flow.fair() as i64,
        };
        Price::from_e8((mid / tick).max(1) * tick)
    }

    /// The matching book's levels, to hold the truth against.
    pub fn matching_levels(&self) -> Levels {
        let mut levels = Levels::default();
        for side in Side::BOTH {
            for (price, qty) in self.book.side(side) {
                levels.set(LevelChange { side, price, qty });
            }
        }
        levels
    }

    fn open_book(&mut self, now_ms: i64) {
        self.flow.open(&mut self.book);
        self.book.take_changes();
        self.book.take_matches();
        self.listing
            .truth
            .replace(now_ms * IDS_A_MS, self.matching_levels());
        self.said_top = self.book.top();
    }

    /// Runs a part of the flow; after each of its actions ids, trades and the best levels are said.
    fn act(
        &mut self,
        out: &mut Vec<MarketEvent>,
        run: impl FnOnce(&mut Flow, &mut MatchingBook, &mut dyn FnMut(&mut MatchingBook)),
    ) {
        let (symbol, time_ns) = (self.index, self.now_ns);
        let Self {
            listing,
            book,
            flow,
            diff,
            said_top,
            last_trade,
            ..
        } = self;
        let mut after = |book: &mut MatchingBook| {
            let mut say = |content| {
                out.push(MarketEvent {
                    symbol,
                    time_ns,
                    content,
                })
            };
            for change in book.take_changes() {
                let id = listing.truth.id() + 1;
                listing.truth.apply(id, time_ns, change);
                diff.note(id, change);
            }
            for one in book.take_matches() {
                *last_trade += 1;
                let buyer_is_maker = one.taken_from == Side::Bid;
                let trade = Trade {
                    id: *last_trade,
                    price: one.price,
                    qty: one.qty,
                    buyer_is_maker,
                };
                for closed in listing.candles.add(&trade, time_ns / 1_000_000) {
                    say(Content::Kline(closed));
                }
                say(Content::Trade(trade));
            }
            let top = book.top();
            if top != *said_top {
                *said_top = top;
                say(Content::BookTicker(BookTicker {
                    id: listing.truth.id(),
                    top,
                }));
            }
        };
        run(flow, book, &mut after);
    }

    fn say_depth(&mut self, out: &mut Vec<MarketEvent>) {
        if let Some(depth) = self.diff.take(self.listing.truth.id()) {
            self.say(Content::Depth(depth), out);
        }
    }

    fn say(&self, content: Content, out: &mut Vec<MarketEvent>) {
        out.push(MarketEvent {
            symbol: self.index,
            time_ns: self.now_ns,
            content,
        });
    }
}

impl Diff {
    fn note(&mut self, id: i64, change: LevelChange) {
        self.first_id.get_or_insert(id);
        self.changes
            .insert((change.side, change.side.rank(change.price)), change.qty);
    }

    fn take(&mut self, last_id: i64) -> Option<Depth> {
        let Self { first_id, changes } = std::mem::take(self);
        let mut depth = Depth {
            first_id: first_id?,
            last_id,
            ..Depth::default()
        };
        for ((side, rank), qty) in changes {
            let levels = if side == Side::Bid {
                &mut depth.bids
            } else {
                &mut depth.asks
            };
            levels.push((side.price(rank), qty));
        }
        Some(depth)
    }
}
