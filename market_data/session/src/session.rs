//! The session as its callers see it: records in, frames and requests out, and what a late reader gets.

use crate::config::{Config, ConfigError};
use crate::feed::Feed;
use crate::instrument::Instrument;
use crate::output::Output;
use crate::publish::{Jitter, Moment, Numbers, Settings};
use crate::report::{FeedReport, InstrumentReport};
use crate::rest::Answer;
use capture::{Input, Record};
use wire::{Ending, Hello, Kind};

/// The feed's state machine.
#[derive(Debug)]
pub struct Session {
    config: Config,
    settings: Settings,
    feed: Feed,
    numbers: Numbers,
    jitter: Jitter,
    /// The newest time seen; 0 before the first record.
    now: i64,
}

impl Session {
    /// A session that has seen nothing yet.
    ///
    /// # Errors
    /// The first key of the configuration that cannot be used.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        config.check()?;
        Ok(Self {
            settings: config.settings(),
            feed: Feed::new(&config),
            numbers: Numbers::default(),
            jitter: Jitter(config.jitter_seed),
            now: 0,
            config,
        })
    }

    /// Takes one record in; appends what it causes to `out`.
    pub fn on_record(&mut self, record: &Record, out: &mut Output) {
        match &record.input {
            Input::Message { connection, text } => {
                self.on_message(record.recv_ns, *connection, text, out)
            }
            Input::Connected { connection } => {
                self.with(record.recv_ns, out, |feed, moment| {
                    feed.connected(moment, *connection)
                });
            }
            Input::Disconnected { connection, reason } => {
                self.with(record.recv_ns, out, |feed, moment| {
                    feed.disconnected(moment, *connection, reason)
                });
            }
            Input::Rest {
                endpoint,
                symbol,
                status,
                retry_after_s,
                used_weight,
                body,
            } => {
                let answer = Answer {
                    endpoint: *endpoint,
                    status: *status,
                    body,
                };
                self.with(record.recv_ns, out, |feed, moment| {
                    feed.answered(moment, *status, *used_weight, *retry_after_s);
                    feed.rest_answer(moment, symbol, answer);
                    feed.send_requests(moment);
                });
            }
            Input::Tick => self.with(record.recv_ns, out, Feed::tick),
            // What another session published, and its end, are no news of the market.
            Input::Published(_) | Input::Ended { .. } => {}
        }
    }

    /// The same for one stream message that is not in a record yet.
    pub fn on_message(&mut self, recv_ns: i64, connection: u32, text: &[u8], out: &mut Output) {
        self.with(recv_ns, out, |feed, moment| {
            feed.message(moment, connection, text)
        });
    }

    /// Runs `step` at the record's time, which never goes back. The first record begins the session.
    #[inline(always)]
    fn with(
        &mut self,
        recv_ns: i64,
        out: &mut Output,
        step: impl FnOnce(&mut Feed, &mut Moment<'_>),
    ) {
        let begins = self.now == 0;
        self.now = self.now.max(recv_ns).max(1);
        let Self {
            settings,
            numbers,
            jitter,
            now,
            feed,
            ..
        } = self;
        let mut moment = Moment {
            now: *now,
            settings,
            numbers,
            jitter,
            out,
        };
        if begins {
            feed.begin(&mut moment);
        }
        step(feed, &mut moment);
    }

    /// Appends the Hello of a reader that joins now; its `catch_up` counts what `catch_up` will append.
    pub fn hello(&self, bytes: &mut Vec<u8>) {
        let instruments: Vec<wire::Instrument<'_>> = self
            .config
            .instruments
            .iter()
            .map(|one| one.on_wire())
            .collect();
        let next_seq = self.numbers.last_seq + 1;
        let frames: usize = self
            .feed
            .instruments
            .iter()
            .map(Instrument::catch_up_frames)
            .sum();
        let head = Hello {
            build: &self.config.build,
            session: &self.config.session,
            venue: &self.config.venue,
            simulated: self.config.simulated,
            clock: self.config.clock.name(),
            next_seq,
            catch_up: if self.now == 0 { 0 } else { frames as i64 },
        };
        wire::hello(
            bytes,
            self.numbers.last_seq.max(1),
            self.now,
            &head,
            &instruments,
        );
    }

    /// Appends the frames that repeat the present: of each instrument Status, closed candles, latest Book.
    pub fn catch_up(&self, bytes: &mut Vec<u8>) {
        if self.now > 0 {
            let (levels, weights) = (self.settings.levels, &self.settings.weights);
            self.feed
                .instruments
                .iter()
                .for_each(|instrument| instrument.catch_up(bytes, levels, weights));
        }
    }

    /// Publishes the Goodbye to all. Nothing may be fed after it.
    pub fn goodbye(&mut self, recv_ns: i64, ending: Ending, out: &mut Output) {
        self.with(recv_ns, out, |feed, moment| {
            let counters = feed.counters();
            moment.publish(Kind::Goodbye, |bytes, seq, recv_ns| {
                wire::goodbye(bytes, seq, recv_ns, ending, &counters);
            });
        });
    }

    /// Appends a Goodbye for one reader (`ReaderTooSlow`, `TooManyReaders`): it carries the last published seq.
    pub fn goodbye_to_one(&self, ending: Ending, bytes: &mut Vec<u8>) {
        wire::goodbye(
            bytes,
            self.numbers.last_seq,
            self.now,
            ending,
            &self.feed.counters(),
        );
    }

    /// What follows the stream base URL: `/stream?streams=…` with every stream of every instrument.
    #[must_use]
    pub fn stream_path(&self) -> String {
        venue::stream_path(
            self.config
                .instruments
                .iter()
                .map(|instrument| instrument.symbol.as_str()),
        )
    }

    /// One instrument, now. `index` is that of the configuration's list.
    #[must_use]
    pub fn instrument(&self, index: usize) -> InstrumentReport {
        self.feed.instruments[index].report()
    }

    /// The whole feed, now.
    #[must_use]
    pub fn feed(&self) -> FeedReport {
        self.feed.report(self.numbers.last_seq)
    }

    /// The newest time seen, which a Hello of this moment carries; 0 before the first record.
    #[must_use]
    pub fn now_ns(&self) -> i64 {
        self.now
    }

    /// What it was built from.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }
}
