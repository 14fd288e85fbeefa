//! The session: which record goes where, and the numbering of frames.

use crate::config::{Config, ConfigError};
use crate::output::Output;
use crate::report::{Counted, FeedReport, InstrumentReport};
use capture::{Input, Record};
use wire::{Ending, Reason, State};

/// The feed's state machine.
pub struct Session {
    config: Config,
    recv_ns: i64,
    last_seq: i64,
}

impl Session {
    /// A session that has seen nothing yet.
    ///
    /// # Errors
    /// The first key of the configuration that cannot be used.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        config.check()?;
        Ok(Self {
            config,
            recv_ns: 0,
            last_seq: 0,
        })
    }

    /// Takes one record in; appends what it causes to `out`.
    pub fn on_record(&mut self, record: &Record, out: &mut Output) {
        match &record.input {
            Input::Message { connection, text } => {
                self.on_message(record.recv_ns, *connection, text, out)
            }
            Input::Connected { .. }
            | Input::Disconnected { .. }
            | Input::Rest { .. }
            | Input::Tick => {}
        }
    }

    /// The same for one stream message that is not in a record yet.
    pub fn on_message(&mut self, recv_ns: i64, _connection: u32, _text: &[u8], _out: &mut Output) {
        self.recv_ns = recv_ns;
    }

    /// Appends the Hello of a reader that joins now; its `catch_up` counts what `catch_up` will append.
    pub fn hello(&self, _bytes: &mut Vec<u8>) {}

    /// Appends the frames that repeat the present: of each instrument Status, closed candles, latest Book.
    pub fn catch_up(&self, _bytes: &mut Vec<u8>) {}

    /// Publishes the Goodbye to all. Nothing may be fed after it.
    pub fn goodbye(&mut self, _recv_ns: i64, _ending: Ending, _out: &mut Output) {}

    /// Appends a Goodbye for one reader (`ReaderTooSlow`, `TooManyReaders`): it carries the last published seq.
    pub fn goodbye_to_one(&self, _ending: Ending, _bytes: &mut Vec<u8>) {}

    /// What follows the stream base URL: `/stream?streams=…` with every stream of every instrument.
    #[must_use]
    pub fn stream_path(&self) -> String {
        let streams: Vec<String> = self
            .config
            .instruments
            .iter()
            .flat_map(|instrument| {
                let name = instrument.symbol.to_lowercase();
                ["depth@100ms", "trade", "bookTicker", "kline_1m"]
                    .map(|stream| format!("{name}@{stream}"))
            })
            .collect();
        format!("/stream?streams={}", streams.join("/"))
    }

    /// One instrument, now. `index` is that of the configuration's list.
    #[must_use]
    pub fn instrument(&self, _index: usize) -> InstrumentReport {
        InstrumentReport {
            state: State::Disconnected,
            reason: Reason::Starting,
            epoch: 0,
            last_id: 0,
            counted: Counted::default(),
        }
    }

    /// The whole feed, now.
    #[must_use]
    pub fn feed(&self) -> FeedReport {
        FeedReport {
            state: State::Disconnected,
            reason: Reason::Starting,
            last_seq: self.last_seq,
            messages: 0,
            ignored: 0,
            malformed: 0,
            reconnects: 0,
            used_weight: 0,
            rate_limited: 0,
        }
    }

    /// What it was built from.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }
}
