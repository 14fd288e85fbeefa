//! The status file: the whole state in JSON, written beside and renamed, so that a reader never sees half of it.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use serde::Serialize;
use session::{Clock, Session};
use tracing::error;

use crate::BUILD;
use crate::crash_point::{Place, reach};

/// What the file says.
#[derive(Clone, Debug, Serialize)]
pub struct Status {
    program: &'static str,
    build: &'static str,
    pid: u32,
    /// Wall clock.
    pub written_ns: i64,
    /// True if the program is ending on purpose.
    #[serde(rename = "final")]
    pub is_final: bool,
    session: String,
    venue: String,
    simulated: bool,
    clock: &'static str,
    state: &'static str,
    readers: usize,
    messages: u64,
    /// Files of a replay whose end is torn: what is whole is replayed.
    torn: Vec<String>,
    instruments: BTreeMap<String, InstrumentStatus>,
}

#[derive(Clone, Debug, Serialize)]
struct InstrumentStatus {
    state: &'static str,
    reason: &'static str,
    epoch: i64,
    last_id: u64,
    filters_from: &'static str,
    depth_messages: u64,
    book_ticker_checks: u64,
    book_ticker_mismatches: u64,
    rest_checks: u64,
    rest_mismatches: u64,
    resyncs: u64,
    gaps: u64,
    duplicates: u64,
    trades: u64,
    candles_closed: u64,
}

impl Status {
    /// Before there is a session.
    #[must_use]
    pub fn starting(venue: &str, simulated: bool, state: wire::State, written_ns: i64) -> Self {
        Self {
            program: "market_data",
            build: BUILD,
            pid: std::process::id(),
            written_ns,
            is_final: false,
            session: String::new(),
            venue: venue.to_owned(),
            simulated,
            clock: "wall",
            state: state.name(),
            readers: 0,
            messages: 0,
            torn: Vec::new(),
            instruments: BTreeMap::new(),
        }
    }

    /// Of a session.
    #[must_use]
    pub fn of(session: &Session, torn: &[String], readers: usize, written_ns: i64) -> Self {
        let config = session.config();
        let feed = session.feed();
        let instrument = |(index, instrument): (usize, &session::Instrument)| {
            let report = session.instrument(index);
            let status = InstrumentStatus {
                state: report.state.name(),
                reason: report.reason.name(),
                epoch: report.epoch,
                last_id: report.last_id,
                filters_from: instrument.filters_from.name(),
                depth_messages: report.counted.depth_messages,
                book_ticker_checks: report.counted.book_ticker_checks,
                book_ticker_mismatches: report.counted.book_ticker_mismatches,
                rest_checks: report.counted.rest_checks,
                rest_mismatches: report.counted.rest_mismatches,
                resyncs: report.counted.resyncs,
                gaps: report.counted.gaps,
                duplicates: report.counted.duplicates,
                trades: report.counted.trades,
                candles_closed: report.counted.candles_closed,
            };
            (instrument.symbol.clone(), status)
        };
        Self {
            session: config.session.clone(),
            clock: match config.clock {
                Clock::Wall => "wall",
                Clock::Recorded => "recorded",
            },
            readers,
            messages: feed.messages,
            torn: torn.to_vec(),
            instruments: config
                .instruments
                .iter()
                .enumerate()
                .map(instrument)
                .collect(),
            ..Self::starting(&config.venue, config.simulated, feed.state, written_ns)
        }
    }
}

/// The file, written by a thread of its own: a slow disk never delays a frame.
pub struct StatusFile {
    statuses: Option<SyncSender<Status>>,
    thread: Option<JoinHandle<()>>,
}

impl StatusFile {
    /// For this path.
    pub fn new(path: PathBuf) -> io::Result<Self> {
        let (statuses, receiver) = sync_channel(1);
        let thread = std::thread::Builder::new()
            .name("status".to_owned())
            .spawn(move || write_all(&path, &receiver))?;
        Ok(Self {
            statuses: Some(statuses),
            thread: Some(thread),
        })
    }

    /// Replaces the file soon; not at all if the disk is still busy with the one before.
    pub fn replace(&self, status: Status) {
        if let Some(statuses) = &self.statuses {
            // The next one comes in a second.
            let _ = statuses.try_send(status);
        }
    }

    /// Replaces the file for the last time; it is there when this returns.
    pub fn finish(&mut self, mut status: Status) {
        status.is_final = true;
        if let Some(statuses) = self.statuses.take() {
            // The thread ends when nobody can send any more.
            let _ = statuses.send(status);
        }
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            error!("the status file's thread panicked");
        }
    }
}

fn write_all(path: &Path, statuses: &Receiver<Status>) {
    let mut failed = false;
    for status in statuses {
        match write(path, &status) {
            Ok(()) => failed = false,
            Err(reason) if !failed => {
                failed = true;
                error!(file = %path.display(), %reason, "the status file cannot be written");
            }
            Err(_) => {}
        }
    }
}

fn write(path: &Path, status: &Status) -> io::Result<()> {
    let beside = beside(path);
    fs::write(
        &beside,
        serde_json::to_vec(status).expect("a status is plain data"),
    )?;
    reach(Place::BeforeStatusRename);
    fs::rename(&beside, path)
}

fn beside(file: &Path) -> PathBuf {
    let mut name = file.file_name().unwrap_or_default().to_os_string();
    name.push(".new");
    file.with_file_name(name)
}
