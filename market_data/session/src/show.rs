//! What state an instrument is in, and what is published of it: Status, Book, and both again for a late reader.

use crate::instrument::{Instrument, Stage};
use crate::publish::{Moment, Stamp};
use book::{Top, Weights};
use wire::{Floats, Kind, Reason, State};

impl Instrument {
    /// The state that follows from everything known, and why. `reason` is what just happened.
    #[inline(always)]
    fn judge(&self, reason: Reason) -> (State, Reason) {
        match (self.stage, self.refused, self.halt) {
            (Stage::Disconnected | Stage::Buffering, Some(refused), _) => refused,
            (Stage::Disconnected, None, _) => (State::Disconnected, reason),
            (Stage::Buffering | Stage::Following, _, Some(halt)) => (State::Halted, halt),
            (Stage::Buffering, None, None) => (State::Resyncing, reason),
            (Stage::Following, _, None) if self.is_unconfirmed() => (State::Resyncing, reason),
            (Stage::Following, _, None) if self.crossed_since.is_some() => {
                (State::Crossed, Reason::BookCrossed)
            }
            (Stage::Following, _, None) if self.stale => (State::Stale, Reason::NoDepth),
            (Stage::Following, _, None) => (State::Live, self.live_again()),
        }
    }

    /// Why it is live, seen from the state before.
    const fn live_again(&self) -> Reason {
        match self.state {
            State::Live => self.reason,
            State::Stale => Reason::DepthResumed,
            State::Crossed => Reason::Uncrossed,
            State::Halted => Reason::SymbolTrading,
            State::Disconnected | State::Resyncing | State::GeoBlocked | State::Banned => {
                Reason::SnapshotApplied
            }
        }
    }

    /// Publishes a Status if the state changed; true if it did.
    #[inline(always)]
    pub(crate) fn settle(&mut self, moment: &mut Moment<'_>, reason: Reason) -> bool {
        let (state, reason) = self.judge(reason);
        if state == self.state {
            return false;
        }
        (self.state, self.reason, self.state_since) = (state, reason, moment.now);
        self.publish_status(moment);
        true
    }

    /// The same, followed by the book if there is one to show.
    pub(crate) fn settle_and_show(&mut self, moment: &mut Moment<'_>, reason: Reason) -> bool {
        let changed = self.settle(moment, reason);
        if changed && self.published.is_some() {
            self.publish_book(moment);
        }
        changed
    }

    /// Publishes a Status if state or reason changed: for what goes on failing in one state.
    pub(crate) fn announce(&mut self, moment: &mut Moment<'_>, reason: Reason) {
        let (_, told) = self.judge(reason);
        if !self.settle_and_show(moment, reason) && told != self.reason {
            self.reason = told;
            self.publish_status(moment);
        }
    }

    pub(crate) fn publish_status(&mut self, moment: &mut Moment<'_>) {
        let (index, state, reason, epoch) = (self.index, self.state, self.reason, self.epoch);
        let seq = moment.publish(Kind::Status, |bytes, seq, recv_ns| {
            wire::status(bytes, seq, recv_ns, Some(index), state, reason, epoch);
        });
        self.status = Stamp {
            seq,
            recv_ns: moment.now,
        };
    }

    /// Publishes the book as it stands.
    #[inline(always)]
    pub(crate) fn publish_book(&mut self, moment: &mut Moment<'_>) {
        let settings = moment.settings;
        self.book.bids.reach(settings.levels);
        self.book.asks.reach(settings.levels);
        self.top.take(&self.book, settings.levels);
        let floats = floats(&self.top, &settings.weights);
        let head = wire::Book {
            instrument: self.index,
            event_ns: self.event_ns,
            epoch: self.epoch,
            last_id: self.sequencer.last_id() as i64,
            state: self.state,
            window_bid: self.book.bids.known_to().unwrap_or(0),
            window_ask: self.book.asks.known_to().unwrap_or(0),
        };
        let top = &self.top;
        let seq = moment.publish(Kind::Book, |bytes, seq, recv_ns| {
            wire::book(bytes, seq, recv_ns, &head, top.bids(), top.asks(), &floats);
        });
        self.published = Some((
            Stamp {
                seq,
                recv_ns: moment.now,
            },
            head,
        ));
    }

    /// The book is not to be shown any more.
    pub(crate) fn hide_book(&mut self) {
        self.published = None;
    }

    /// Appends what a late reader gets: Status, closed candles, the book shown last. Gives how many frames.
    pub(crate) fn catch_up(&self, bytes: &mut Vec<u8>, levels: usize, weights: &Weights) {
        let Stamp { seq, recv_ns } = self.status;
        wire::status(
            bytes,
            seq,
            recv_ns,
            Some(self.index),
            self.state,
            self.reason,
            self.epoch,
        );
        for bar in self.candles.bars().iter() {
            wire::candle(bytes, bar.seq, bar.recv_ns, &bar.candle);
        }
        if let Some((Stamp { seq, recv_ns }, head)) = self.published {
            let mut top = Top::default();
            top.take(&self.book, levels);
            wire::book(
                bytes,
                seq,
                recv_ns,
                &head,
                top.bids(),
                top.asks(),
                &floats(&top, weights),
            );
        }
    }

    /// How many frames `catch_up` appends.
    pub(crate) fn catch_up_frames(&self) -> usize {
        1 + self.candles.bars().len() + usize::from(self.published.is_some())
    }
}

#[inline(always)]
fn floats(top: &Top, weights: &Weights) -> Floats {
    let metrics = top.metrics(weights);
    Floats {
        imbalance_best: metrics.imbalance_best,
        imbalance_top: metrics.imbalance_top,
        imbalance_weighted: metrics.imbalance_weighted,
        microprice: metrics.microprice,
    }
}
