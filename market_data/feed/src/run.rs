//! What live and replay need at their start, and how the program ends.

use std::io;
use std::rc::Rc;

use capture::recording::{FORMAT, Manifest, Settings};
use session::Session;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use crate::BUILD;
use crate::clock::{Stamps, system_utc_ns};
use crate::config::Config;
use crate::desk::Desk;
use crate::filters::to_capture;
use crate::publisher::Publisher;
use crate::recorder::Recorder;
use crate::status::StatusFile;

/// Why the program ends other than by a signal or the end of a replay.
#[derive(Debug, thiserror::Error)]
pub enum Exit {
    /// The configuration or a file to replay cannot be used.
    #[error("{0}")]
    Configuration(String),
    /// The socket, the metrics port or a directory cannot be opened.
    #[error("{what}: {reason}")]
    System {
        /// What was tried.
        what: String,
        /// What the system said.
        reason: io::Error,
    },
    /// A recording is damaged in the middle of its replay.
    #[error("{0}")]
    Damaged(String),
    /// The recording cannot be written; only the process that writes it ends by this.
    #[error("the recording cannot be written: {0}")]
    Recording(String),
    /// The exchange changed an instrument's units.
    #[error("the exchange changed the filters of {0}; start again")]
    FiltersChanged(String),
    /// A live session ends at its boundary; the next start begins another.
    #[error("this session is over; start again to begin the next")]
    SessionOver,
}

impl Exit {
    /// The exit code, as --help lists it.
    #[must_use]
    pub fn code(&self) -> u8 {
        match self {
            Self::Configuration(_) => 2,
            Self::System { .. } | Self::Recording(_) => 3,
            Self::Damaged(_) => 4,
            Self::FiltersChanged(_) => 5,
            Self::SessionOver => 6,
        }
    }

    pub(crate) fn system(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        |reason| Self::System { what, reason }
    }
}

/// What is open before there is a session.
pub(crate) struct Opened {
    pub(crate) publisher: Publisher,
    pub(crate) metrics: watch::Sender<String>,
    pub(crate) status_file: StatusFile,
    pub(crate) stop: Stop,
    pub(crate) stamps: Rc<Stamps>,
}

/// The signals that stop the program.
pub(crate) struct Stop {
    terminate: Signal,
    interrupt: Signal,
}

impl Stop {
    pub(crate) fn new() -> Result<Self, Exit> {
        Ok(Self {
            terminate: signal(SignalKind::terminate()).map_err(Exit::system("SIGTERM"))?,
            interrupt: signal(SignalKind::interrupt()).map_err(Exit::system("SIGINT"))?,
        })
    }

    /// Waits for one of them.
    pub(crate) async fn wait(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// What the session must be told besides the configuration file.
pub(crate) struct SessionFacts {
    pub(crate) session: String,
    pub(crate) venue: String,
    pub(crate) simulated: bool,
    pub(crate) clock: session::Clock,
    pub(crate) instruments: Vec<session::Instrument>,
    /// False in a replay of text captures: nobody answers there, and candles are built from trades.
    pub(crate) rest_answers: bool,
}

/// A desk with a new session, and its recorder if one is configured.
pub(crate) fn desk(
    config: &Config,
    facts: SessionFacts,
    publisher: Publisher,
    metrics: watch::Sender<String>,
    status_file: StatusFile,
) -> Result<Desk, Exit> {
    let is_replay = config.replay.is_some();
    let settings = Settings {
        clock: facts.clock.name().to_owned(),
        publish_levels: config.book.publish_levels,
        snapshot_limit: config.book.snapshot_limit,
        imbalance_decay_ppm: config.book.imbalance_decay_ppm,
        stale_after_ms: config.book.stale_after_ms,
        crossed_resync_ms: config.book.crossed_resync_ms,
        rest_check_seconds: if facts.rest_answers {
            config.book.rest_check_seconds
        } else {
            0
        },
        candle_seed: if facts.rest_answers {
            config.candle_seed
        } else {
            0
        },
        candles_from_trades: !facts.rest_answers,
        jitter_seed: (system_utc_ns() as u64) ^ u64::from(std::process::id()),
    };
    let manifest = Manifest {
        format: FORMAT,
        build: BUILD.to_owned(),
        session: facts.session,
        venue: facts.venue,
        simulated: facts.simulated,
        rest_answers: facts.rest_answers,
        started_ns: system_utc_ns(),
        instruments: facts.instruments.iter().map(to_capture).collect(),
        settings: Some(settings.clone()),
    };
    let session = session_of(&manifest, &settings)?;
    let recorder = match &config.record {
        Some(record) => {
            let opened = Recorder::start(record, &manifest, is_replay);
            Some(opened.map_err(Exit::system(record.directory.display().to_string()))?)
        }
        None => None,
    };
    Ok(Desk::new(
        session,
        publisher,
        recorder,
        is_replay,
        metrics,
        status_file,
    ))
}

/// The session that a manifest describes: the same for the feed that is recorded and for whoever repeats it.
pub(crate) fn session_of(manifest: &Manifest, settings: &Settings) -> Result<Session, Exit> {
    let clock = if settings.clock == session::Clock::Recorded.name() {
        session::Clock::Recorded
    } else {
        session::Clock::Wall
    };
    Session::new(session::Config {
        build: manifest.build.clone(),
        session: manifest.session.clone(),
        venue: manifest.venue.clone(),
        simulated: manifest.simulated,
        clock,
        instruments: manifest
            .instruments
            .iter()
            .cloned()
            .map(Into::into)
            .collect(),
        publish_levels: settings.publish_levels,
        snapshot_limit: settings.snapshot_limit,
        imbalance_decay_ppm: settings.imbalance_decay_ppm,
        stale_after_ms: settings.stale_after_ms,
        crossed_resync_ms: settings.crossed_resync_ms,
        rest_check_seconds: settings.rest_check_seconds,
        candle_seed: settings.candle_seed,
        candles_from_trades: settings.candles_from_trades,
        jitter_seed: settings.jitter_seed,
    })
    .map_err(|fault| Exit::Configuration(fault.to_string()))
}
