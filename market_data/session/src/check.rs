//! How a book that follows is checked: against the bookTicker of the same id, each time there is one, and now and then
//! against a fresh snapshot brought up to the same id.

use crate::buffer::Pushed;
use crate::follow::{apply, begin, replay};
use crate::instrument::{Instrument, Stage};
use crate::publish::{MINUTE, Moment, SECOND};
use crate::second_book::Check;
use book::{Book, Sequencer, Step};
use venue::{Level, Ticker, Update};
use wire::{Reason, State};

/// How long a check may last from the request to the id at which both can be compared.
const CHECK_MAX: i64 = 20 * SECOND;
/// A snapshot whose best price is more than so many times the newest bookTicker's, or less than such a part of it, is
/// another instrument's.
const NEAR: i64 = 2;
/// Checks of several instruments begin one after the other.
const STAGGER: i64 = SECOND;

impl Instrument {
    /// A bookTicker, in 10⁻⁸ as it was read.
    pub(crate) fn ticker(&mut self, moment: &mut Moment<'_>, ticker: &Ticker) {
        self.counted.book_tickers += 1;
        let ticker = match ticker.to_units(self.tick, self.lot) {
            Ok(ticker) => ticker,
            Err(error) => return self.malformed(moment, error),
        };
        self.told_top = Some((ticker.bid, ticker.ask));
        if self.stage != Stage::Following || ticker.last_id > self.sequencer.last_id() {
            self.counted.book_tickers_dropped += u64::from(self.tickers.push(ticker));
            return;
        }
        if ticker.last_id < self.sequencer.last_id() || self.checked_id == ticker.last_id {
            return;
        }
        if !self.agrees_with(&ticker) {
            return self.lose(moment, Reason::TickerMismatch);
        }
        if self.is_unconfirmed() {
            self.confirmed = true;
            self.settle(moment, Reason::SnapshotApplied);
            self.publish_book(moment);
        }
    }

    /// Compares the book's top with the bookTicker of the same id: price and size of both sides.
    #[inline(always)]
    pub(crate) fn agrees_with(&mut self, ticker: &Ticker) -> bool {
        self.checked_id = ticker.last_id;
        self.counted.book_ticker_checks += 1;
        let ours = (
            self.book.bids.best().unwrap_or((0, 0)),
            self.book.asks.best().unwrap_or((0, 0)),
        );
        let agrees = ours == ((ticker.bid, ticker.bid_qty), (ticker.ask, ticker.ask_qty));
        self.counted.book_ticker_mismatches += u64::from(!agrees);
        agrees
    }

    /// Whether a snapshot's best prices are near those of the newest bookTicker, if there is one: an answer over REST does
    /// not say whose book it is.
    pub(crate) fn is_near(&self, snapshot: &Update) -> bool {
        let near = |level: Option<&Level>, told: i64| {
            level.is_none_or(|level| {
                told == 0 || level.price / NEAR <= told && told / NEAR <= level.price
            })
        };
        self.told_top.is_none_or(|(bid, ask)| {
            near(snapshot.bids.first(), bid) && near(snapshot.asks.first(), ask)
        })
    }

    /// The top of the book over REST, asked for because no update came. True if a new connection is wanted: the market
    /// moved, and we did not hear of it.
    pub(crate) fn rest_ticker(&mut self, moment: &mut Moment<'_>, ticker: &Ticker) -> bool {
        self.ticker_ask.answered();
        self.ticker_ask.reset_backoff();
        if self.stage != Stage::Following || !self.stale {
            return false;
        }
        let ticker = match ticker.to_units(self.tick, self.lot) {
            Ok(ticker) => ticker,
            Err(error) => {
                self.malformed(moment, error);
                return false;
            }
        };
        let best = |best: Option<(i64, i64)>| best.map_or(0, |(price, _)| price);
        if best(self.book.bids.best()) != ticker.bid || best(self.book.asks.best()) != ticker.ask {
            return true;
        }
        self.ticker_ask.want(moment.now + MINUTE);
        if self.is_unconfirmed() {
            self.confirmed = true;
            self.settle(moment, Reason::NoDepth);
            self.publish_book(moment);
        }
        false
    }

    /// A book has begun: plans its first check.
    pub(crate) fn begin_checks(&mut self, moment: &Moment<'_>) {
        let step = moment.settings.rest_check;
        let next = step.map_or(0, |step| {
            moment.now + step + i64::from(self.index) * STAGGER
        });
        self.check = Check {
            next,
            ..Check::default()
        };
    }

    /// What time brings to the checks.
    pub(crate) fn tick_check(&mut self, moment: &mut Moment<'_>) {
        let Some(step) = moment.settings.rest_check else {
            return;
        };
        if self.check.until.is_some_and(|until| until <= moment.now) {
            self.check_unusable();
        }
        if self.check.until.is_none() && self.check.next <= moment.now && self.state == State::Live
        {
            self.check.next = moment.now + step;
            self.check.until = Some(moment.now + CHECK_MAX);
            self.buffer.clear();
            self.depth_ask.want(moment.now);
        }
    }

    /// The check's snapshot is there: brings it up to the book's id, or waits until the book has come up to it.
    pub(crate) fn check_begins(
        &mut self,
        moment: &mut Moment<'_>,
        last_id: u64,
        snapshot: &Update,
    ) {
        if !self.check.is_on() {
            return;
        }
        if !self.is_near(snapshot) {
            return self.check_unusable();
        }
        let mut shadow = Box::new((Book::new(), Sequencer::new(last_id)));
        begin(
            &mut shadow.0,
            snapshot,
            moment.settings.snapshot_limit as usize,
        );
        let whole = replay(&self.buffer, &mut shadow.0, &mut shadow.1);
        if !whole
            || last_id < self.sequencer.last_id() && shadow.1.last_id() != self.sequencer.last_id()
        {
            return self.check_unusable();
        }
        self.buffer.clear();
        self.check.shadow = Some(shadow);
        if !self.check_ends(moment) {
            self.lose(moment, Reason::RestMismatch);
        }
    }

    /// An update was applied to the book while a check goes on. False if the books differ.
    pub(crate) fn check_goes_on(
        &mut self,
        moment: &mut Moment<'_>,
        ids: (u64, u64),
        ns: i64,
        update: &Update,
    ) -> bool {
        let Some(shadow) = &mut self.check.shadow else {
            if self.buffer.push(ids.0, ids.1, ns, update) != Pushed::Kept {
                self.check_unusable();
            }
            return true;
        };
        match shadow.1.on_update(ids.0, ids.1) {
            Step::Apply { .. } => apply(&mut shadow.0, &update.bids, &update.asks),
            Step::Drop => {}
            Step::Resync { .. } => {
                self.check_unusable();
                return true;
            }
        }
        self.check_ends(moment)
    }

    /// Compares both books if they are at the same id; false if they differ.
    fn check_ends(&mut self, moment: &mut Moment<'_>) -> bool {
        let ours = self.sequencer.last_id();
        let Some(shadow) = self
            .check
            .shadow
            .take_if(|shadow| shadow.1.last_id() == ours)
        else {
            return true;
        };
        self.check.stop();
        self.counted.rest_checks += 1;
        if self.book.difference(&shadow.0).is_some() {
            self.counted.rest_mismatches += 1;
            return false;
        }
        let known = (self.book.bids.known_to(), self.book.asks.known_to());
        self.book.learn(&shadow.0);
        if known != (self.book.bids.known_to(), self.book.asks.known_to()) {
            self.publish_book(moment);
        }
        true
    }

    /// The check came to nothing; the next one is planned already.
    pub(crate) fn check_unusable(&mut self) {
        if self.check.is_on() {
            self.counted.rest_checks_unusable += 1;
        }
        self.check.stop();
        self.buffer.clear();
        self.depth_ask.forget();
    }
}
