//! How a book follows the exchange: updates wait for a snapshot, the snapshot makes the book, updates are applied in
//! order, and whatever shows that one is missing makes everything begin anew. A gap is detected here.

use crate::buffer::{Buffer, Pushed};
use crate::instrument::{Instrument, Stage};
use crate::publish::{MINUTE, Moment, SECOND};
use crate::second_book::Check;
use book::{Book, Sequencer, Step};
use venue::{Level, Malformed, Odd, Update, parse_depth};
use wire::{Reason, State};

/// Sizes at which the venue cuts a snapshot's sides: one of exactly so many levels may have more behind it.
const CUTS: [usize; 8] = [5, 10, 20, 50, 100, 500, 1_000, 5_000];

/// While two connections deliver, an update of the one may come behind a younger one of the other by no more than this.
const CONNECTIONS_APART: i64 = SECOND;

impl Instrument {
    /// A depth update, in 10⁻⁸ as it was read. `single`: only one connection delivers.
    #[inline(always)]
    pub(crate) fn depth(
        &mut self,
        moment: &mut Moment<'_>,
        ids: (u64, u64),
        event_ns: i64,
        update: &mut Update,
        single: bool,
    ) {
        self.counted.depth_messages += 1;
        self.counted.depth_levels += update.len() as u64;
        match update.to_units(self.tick, self.lot) {
            Ok(odd) => self.count(odd),
            Err(error) => return self.depth_malformed(moment, error),
        }
        self.candles.exchange_time(event_ns);
        match self.stage {
            Stage::Disconnected => {}
            Stage::Buffering => self.wait(moment, ids, event_ns, update),
            Stage::Following => match self.sequencer.on_update(ids.0, ids.1) {
                Step::Apply { overlap } => {
                    self.counted.overlaps += u64::from(overlap);
                    self.applied(moment, ids, event_ns, update);
                }
                Step::Drop if !self.went_back(event_ns, single) => self.counted.duplicates += 1,
                Step::Drop | Step::Resync { .. } => {
                    self.counted.gaps += 1;
                    self.lose(moment, Reason::Gap);
                    self.wait(moment, ids, event_ns, update);
                }
            },
        }
    }

    /// True if an update of old ids is younger than the book: no repetition, but an exchange whose ids went back, as
    /// after a restart of its engine. When they have come up to the book's again they would fit, and the book be wrong.
    /// What a snapshot holds already is old and young at once: nothing is known before the first update after it.
    fn went_back(&self, event_ns: i64, single: bool) -> bool {
        let apart = if single { 0 } else { CONNECTIONS_APART };
        !self.sequencer.is_unconfirmed() && event_ns - self.event_ns > apart
    }

    fn count(&mut self, odd: Odd) {
        self.counted.off_tick += odd.off_tick;
        self.counted.off_lot += odd.off_lot;
    }

    /// A depth update that cannot be read is a depth update that is missing.
    pub(crate) fn depth_malformed(&mut self, moment: &mut Moment<'_>, error: Malformed) {
        self.malformed(moment, error);
        match self.stage {
            Stage::Disconnected => {}
            Stage::Buffering => self.buffer.clear(),
            Stage::Following => self.lose(moment, Reason::Malformed),
        }
    }

    /// The update that the sequencer let through is put into the book, which is checked and shown.
    #[inline(always)]
    fn applied(
        &mut self,
        moment: &mut Moment<'_>,
        ids: (u64, u64),
        event_ns: i64,
        update: &Update,
    ) {
        apply(&mut self.book, &update.bids, &update.asks);
        self.event_ns = event_ns;
        self.last_depth = moment.now;
        if std::mem::replace(&mut self.stale, false) && self.halt.is_some() {
            // Updates come again: is it traded again?
            self.info_ask.want(moment.now);
        }
        if self.check.is_on() && !self.check_goes_on(moment, ids, event_ns, update) {
            return self.lose(moment, Reason::RestMismatch);
        }
        if let Some(ticker) = self.tickers.take(ids.1)
            && !self.agrees_with(&ticker)
        {
            return self.lose(moment, Reason::TickerMismatch);
        }
        if self.crossed_again(moment.now) {
            return self.lose(moment, Reason::BookCrossed);
        }
        self.settle(moment, Reason::SnapshotApplied);
        self.publish_book(moment);
    }

    /// Notes whether the book is crossed; true if it is for the second time in a minute.
    #[inline(always)]
    fn crossed_again(&mut self, now: i64) -> bool {
        if !self.book.is_crossed() {
            self.crossed_since = None;
            return false;
        }
        if self.crossed_since.is_some() {
            return false;
        }
        let again = now - self.last_crossing < MINUTE;
        (self.crossed_since, self.last_crossing) = (Some(now), now);
        again
    }

    /// What time brings to a book that follows.
    pub(crate) fn tick_book(&mut self, moment: &mut Moment<'_>) {
        let now = moment.now;
        if self
            .crossed_since
            .is_some_and(|since| now - since >= moment.settings.crossed_resync)
        {
            return self.lose(moment, Reason::BookCrossed);
        }
        if !self.stale && now - self.last_depth > moment.settings.stale_after {
            self.stale = true;
            self.settle_and_show(moment, Reason::NoDepth);
            // Is the market quiet, or is it we who hear nothing? And is it traded at all?
            self.ticker_ask.want(now);
            self.info_ask.want(now);
        }
        self.tick_check(moment);
    }

    /// An update waits for the snapshot.
    fn wait(&mut self, moment: &mut Moment<'_>, ids: (u64, u64), event_ns: i64, update: &Update) {
        if self.buffer.first_id().is_none() && self.depth_ask.failures() == 0 {
            self.depth_ask.want(moment.now);
        }
        match self.buffer.push(ids.0, ids.1, event_ns, update) {
            Pushed::Kept => {}
            Pushed::Old => self.counted.duplicates += 1,
            Pushed::Hole => self.counted.gaps += 1,
            Pushed::Full => {
                self.depth_ask
                    .want_after_failure(moment.now, moment.jitter.next());
                self.announce(moment, Reason::BufferFull);
            }
        }
    }

    /// The book is worth nothing any more: begins anew from a snapshot.
    pub(crate) fn lose(&mut self, moment: &mut Moment<'_>, reason: Reason) {
        self.give_up_book(Stage::Buffering);
        self.depth_ask
            .want_after_loss(moment.now, moment.jitter.next());
        self.settle_and_show(moment, reason);
        self.hide_book();
    }

    /// What a book leaves behind when it is given up.
    pub(crate) fn give_up_book(&mut self, stage: Stage) {
        self.counted.resyncs += u64::from(self.stage == Stage::Following);
        self.stage = stage;
        self.buffer.clear();
        self.check = Check::default();
        self.crossed_since = None;
        self.stale = false;
    }

    /// The answer to a request for a snapshot: for the book, or for its check.
    pub(crate) fn snapshot(&mut self, moment: &mut Moment<'_>, body: &[u8], update: &mut Update) {
        self.depth_ask.answered();
        let read = parse_depth(body, update)
            .and_then(|id| update.to_units(self.tick, self.lot).map(|odd| (id, odd)));
        match (self.stage, read) {
            (Stage::Disconnected, _) => {}
            (_, Err(error)) => self.snapshot_malformed(moment, error),
            (Stage::Buffering, Ok((last_id, odd))) => {
                self.count(odd);
                self.begin_book(moment, last_id, update);
            }
            (Stage::Following, Ok((last_id, _))) => self.check_begins(moment, last_id, update),
        }
    }

    fn snapshot_malformed(&mut self, moment: &mut Moment<'_>, error: Malformed) {
        self.malformed(moment, error);
        self.no_snapshot(moment);
        if self.stage == Stage::Buffering {
            self.announce(moment, Reason::Malformed);
        }
    }

    /// The request for a snapshot failed.
    pub(crate) fn no_snapshot(&mut self, moment: &mut Moment<'_>) {
        match self.stage {
            Stage::Disconnected => self.depth_ask.forget(),
            Stage::Buffering => self
                .depth_ask
                .want_after_failure(moment.now, moment.jitter.next()),
            Stage::Following => self.check_unusable(),
        }
    }

    /// The snapshot and the updates that waited make a book.
    fn begin_book(&mut self, moment: &mut Moment<'_>, last_id: u64, snapshot: &Update) {
        if !self.is_near(snapshot) {
            return self.snapshot_malformed(moment, Malformed::OtherSymbol);
        }
        if self
            .buffer
            .first_id()
            .is_some_and(|first_id| first_id > last_id + 1)
        {
            // What waits is kept: a venue that serves old snapshots would make us begin anew for ever.
            self.counted.snapshots_too_old += 1;
            self.depth_ask
                .want_after_failure(moment.now, moment.jitter.next());
            return self.announce(moment, Reason::SnapshotTooOld);
        }
        begin(
            &mut self.book,
            snapshot,
            moment.settings.snapshot_limit as usize,
        );
        self.sequencer = Sequencer::new(last_id);
        self.epoch += 1;
        self.stage = Stage::Following;
        self.confirmed = false;
        self.checked_id = 0;
        self.last_depth = moment.now;
        self.begin_checks(moment);
        if !self.catch_up_with_buffer(last_id) {
            return self.lose(moment, Reason::TickerMismatch);
        }
        self.crossed_again(moment.now);
        if self.settle(moment, Reason::SnapshotApplied) && self.state != State::Resyncing {
            self.publish_book(moment);
        }
    }

    /// Applies what waited; false if a bookTicker disagrees. The buffer holds no hole, and begins with or before what
    /// follows the snapshot, so that nothing in it can be a gap.
    ///
    /// What the snapshot holds already is passed over here: to the sequencer a long run of it would be an exchange whose
    /// ids went back.
    fn catch_up_with_buffer(&mut self, snapshot_id: u64) -> bool {
        let mut buffer = std::mem::take(&mut self.buffer);
        let mut agrees = true;
        let newer = buffer
            .iter()
            .filter(|(event, _, _)| event.last_id > snapshot_id);
        for (event, bids, asks) in newer {
            if let Step::Apply { .. } = self.sequencer.on_update(event.first_id, event.last_id) {
                apply(&mut self.book, bids, asks);
                self.event_ns = event.event_ns;
                agrees &= self
                    .tickers
                    .take(event.last_id)
                    .is_none_or(|ticker| self.agrees_with(&ticker));
            }
        }
        buffer.clear();
        self.buffer = buffer;
        agrees
    }
}

/// Puts absolute quantities into a book.
#[inline(always)]
pub(crate) fn apply(book: &mut Book, bids: &[Level], asks: &[Level]) {
    bids.iter()
        .for_each(|level| book.bids.set(level.price, level.qty));
    asks.iter()
        .for_each(|level| book.asks.set(level.price, level.qty));
}

/// Makes a book of a snapshot that was asked for with that limit.
pub(crate) fn begin(book: &mut Book, snapshot: &Update, limit: usize) {
    book.clear(
        snapshot.bids.first().map(|level| level.price),
        snapshot.asks.first().map(|level| level.price),
    );
    apply(book, &snapshot.bids, &snapshot.asks);
    if let Some(price) = cut_at(&snapshot.bids, limit) {
        book.bids.know_to(price);
    }
    if let Some(price) = cut_at(&snapshot.asks, limit) {
        book.asks.know_to(price);
    }
}

/// The worst price of a side that was cut; `None` if the snapshot holds the whole side.
fn cut_at(levels: &[Level], limit: usize) -> Option<i64> {
    let cut = levels.len() >= limit || CUTS.contains(&levels.len());
    levels.last().filter(|_| cut).map(|level| level.price)
}

/// Applies what waited to a second book; false if something between is missing.
pub(crate) fn replay(buffer: &Buffer, book: &mut Book, sequencer: &mut Sequencer) -> bool {
    buffer.iter().all(|(event, bids, asks)| {
        match sequencer.on_update(event.first_id, event.last_id) {
            Step::Apply { .. } => {
                apply(book, bids, asks);
                true
            }
            Step::Drop => true,
            Step::Resync { .. } => false,
        }
    })
}
