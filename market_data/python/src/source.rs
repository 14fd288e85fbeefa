//! Files to events: a source of records, the feed's session, and its frames as rows.

use std::collections::BTreeMap;
use std::path::PathBuf;

use capture::{CaptureError, Source, Summary, TableEntry};
use numpy::{IntoPyArray, PyArray1};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use session::{Clock, Config, Output, Session};
use wire::{Ending, Frame};

use crate::refusal;
use crate::rows::Rows;
use crate::thinned::Thinned;

/// Records taken in before a waiting Ctrl-C is looked at.
const RECORDS_MAX: usize = 65_536;
/// Text of captures that stays in memory between the look through them and their events; of what is beyond, each file
/// is unpacked a second time.
const KEPT_BYTES_MAX: usize = 64 * 1024 * 1024;

/// One entry of the instrument table: decimal texts, as in quantumflow.toml.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
struct Entry {
    base: String,
    quote: String,
    tick: String,
    lot: String,
    qty_min: String,
    qty_max: String,
    notional_min: String,
}

/// How books are kept: `[market_data]` of quantumflow.toml, or what a recording's manifest says.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
struct Settings {
    publish_levels: usize,
    snapshot_limit: u32,
    imbalance_decay_ppm: u32,
    stale_after_ms: u32,
    crossed_resync_ms: u32,
    rest_check_seconds: u32,
    candle_seed: u32,
}

/// Heads and levels.
type Batch<'py> = (Bound<'py, PyArray1<i64>>, Bound<'py, PyArray1<i64>>);

/// Recordings (directories) or text captures (files) as the events that a trader at the feed's socket would have.
///
/// `symbols` empty: all that the files hold. `frames=True` keeps the frames too, for `frames_until`. `join=(next_seq,
/// recv_ns)`: events begin where a reader joined whose Hello said that, with what repeats the present.
///
/// Raises CaptureError, with `file` and `line`; ValueError for a setting out of its range.
#[pyclass(module = "quantumflow_native")]
pub struct EventSource {
    source: Source,
    session: Session,
    output: Output,
    thinned: Option<Thinned>,
    /// Of the reader that joined: what waits to be handed out first.
    greeting: Vec<u8>,
    past: Vec<u8>,
    begun: bool,
    last_ns: i64,
    records: u64,
    ended: bool,
}

#[pymethods]
impl EventSource {
    #[new]
    #[pyo3(signature = (paths, *, settings, build, symbols=Vec::new(), table=BTreeMap::new(), frames=false, join=None))]
    #[expect(
        clippy::too_many_arguments,
        reason = "keywords of a Python constructor"
    )]
    fn new(
        python: Python<'_>,
        paths: Vec<PathBuf>,
        settings: Settings,
        build: String,
        symbols: Vec<String>,
        table: BTreeMap<String, Entry>,
        frames: bool,
        join: Option<(i64, i64)>,
    ) -> PyResult<Self> {
        let table = table
            .into_iter()
            .map(|(symbol, entry)| (symbol, entry.into()));
        let table: BTreeMap<String, TableEntry> = table.collect();
        let source = python
            .detach(|| Source::open_keeping(&paths, &symbols, &table, KEPT_BYTES_MAX))
            .map_err(|fault| refusal::capture(python, &fault))?;
        let session = Session::new(settings.config(source.summary(), build))
            .map_err(|fault| PyValueError::new_err(fault.to_string()))?;
        let mut made = Self {
            source,
            session,
            output: Output::new(),
            thinned: frames.then(Thinned::default),
            greeting: Vec::new(),
            past: Vec::new(),
            begun: false,
            last_ns: 0,
            records: 0,
            ended: false,
        };
        if let Some((next_seq, recv_ns)) = join {
            let met = python
                .detach(|| made.run_to(next_seq, recv_ns))
                .map_err(|fault| refusal::capture(python, &fault))?;
            if !met {
                let what = format!("no moment of it has next_seq {next_seq} at {recv_ns} ns");
                return Err(PyValueError::new_err(what));
            }
        }
        made.session.hello(&mut made.greeting);
        made.session.catch_up(&mut made.past);
        Ok(made)
    }

    /// The Hello frame of a reader that joins where the events begin: bytes, its length included.
    fn hello<'py>(&self, python: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(python, &self.greeting)
    }

    /// The frames that repeat the present for that reader, which are the first events: bytes.
    fn past<'py>(&self, python: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(python, &self.past)
    }

    /// The next events, at least one and about `events`: heads `(n · 25,)` and levels `(rows · 80,)`, int64, floats as
    /// their bits. None at the end. The arrays own what Rust filled: nothing is copied.
    fn next<'py>(&mut self, python: Python<'py>, events: usize) -> PyResult<Option<Batch<'py>>> {
        if let Some(thinned) = &mut self.thinned {
            thinned.begin_batch();
        }
        let mut rows = Rows::with_capacity(events.max(1) + 64);
        while rows.len() < events.max(1) && !self.ended {
            python
                .detach(|| self.fill(&mut rows, events.max(1)))
                .map_err(|fault| refusal::capture(python, &fault))?;
            python.check_signals()?;
        }
        if rows.len() == 0 {
            return Ok(None);
        }
        let Rows { heads, levels } = rows;
        Ok(Some((
            heads.into_pyarray(python),
            levels.into_pyarray(python),
        )))
    }

    /// The frames up to `seq` that were not handed out yet, as a slow reader has them: bytes for a socket.
    ///
    /// Raises ValueError unless they were asked for.
    fn frames_until<'py>(
        &mut self,
        python: Python<'py>,
        seq: i64,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let thinned = self.thinned.as_mut();
        let thinned = thinned.ok_or_else(|| PyValueError::new_err("give frames=True for this"))?;
        Ok(PyBytes::new(python, &thinned.until(seq)))
    }

    /// Receive time of the newest record so far.
    #[getter]
    fn last_ns(&self) -> i64 {
        self.last_ns
    }

    /// What is known of the files before their first record.
    fn summary<'py>(&self, python: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let summary = self.source.summary();
        let said = PyDict::new(python);
        said.set_item("session", &summary.session)?;
        said.set_item("simulated", summary.simulated)?;
        said.set_item("rest_answers", summary.rest_answers)?;
        said.set_item("first_ns", summary.first_ns)?;
        said.set_item("last_ns", summary.last_ns)?;
        let records: u64 = summary.files.iter().map(|file| file.records).sum();
        said.set_item("records", records)?;
        let torn = summary.files.iter().filter(|file| file.torn);
        let torn: Vec<String> = torn.map(|file| file.path.display().to_string()).collect();
        said.set_item("torn", torn)?;
        Ok(said)
    }

    /// What was counted so far: records, stream messages, and of every instrument its own.
    fn counted<'py>(&self, python: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let all = PyDict::new(python);
        all.set_item("records", self.records)?;
        all.set_item("messages", self.session.feed().messages)?;
        for (index, instrument) in self.session.config().instruments.iter().enumerate() {
            let counted = self.session.instrument(index).counted;
            let one = PyDict::new(python);
            one.set_item("depth_messages", counted.depth_messages)?;
            one.set_item("depth_levels", counted.depth_levels)?;
            one.set_item("trades", counted.trades)?;
            one.set_item("gaps", counted.gaps)?;
            one.set_item("resyncs", counted.resyncs)?;
            one.set_item("duplicates", counted.duplicates)?;
            one.set_item("malformed", counted.malformed)?;
            one.set_item("book_ticker_checks", counted.book_ticker_checks)?;
            one.set_item("book_ticker_mismatches", counted.book_ticker_mismatches)?;
            all.set_item(&instrument.symbol, one)?;
        }
        Ok(all)
    }
}

impl EventSource {
    /// Plays to the moment at which a reader was told this; false if it never comes.
    fn run_to(&mut self, next_seq: i64, recv_ns: i64) -> Result<bool, CaptureError> {
        loop {
            let here = (self.session.feed().last_seq + 1, self.session.now_ns());
            if here == (next_seq, recv_ns) {
                return Ok(true);
            }
            let Some(record) = self.source.next_record()? else {
                return Ok(false);
            };
            self.last_ns = record.recv_ns;
            self.records += 1;
            self.session.on_record(&record, &mut self.output);
            self.output.clear();
        }
    }

    /// Takes records in until there are `events`, many were taken, or there are no more.
    fn fill(&mut self, rows: &mut Rows, events: usize) -> Result<(), CaptureError> {
        if !self.begun {
            self.begun = true;
            for_each_frame(&self.past, |frame, _| rows.add(&frame));
        }
        for _ in 0..RECORDS_MAX {
            if rows.len() >= events {
                break;
            }
            match self.source.next_record()? {
                Some(record) => {
                    self.last_ns = record.recv_ns;
                    self.records += 1;
                    self.session.on_record(&record, &mut self.output);
                }
                None => {
                    self.ended = true;
                    let ending = Ending::RecordingEnded;
                    self.session.goodbye(self.last_ns, ending, &mut self.output);
                }
            }
            let thinned = &mut self.thinned;
            for_each_frame(self.output.bytes(), |frame, bytes| {
                rows.add(&frame);
                if let Some(thinned) = thinned {
                    thinned.add(&frame, bytes);
                }
            });
            self.output.clear();
            if self.ended {
                break;
            }
        }
        Ok(())
    }
}

/// Reads whole frames, one behind the other, each with its bytes.
fn for_each_frame(mut bytes: &[u8], mut take: impl FnMut(Frame<'_>, &[u8])) {
    while !bytes.is_empty() {
        let (frame, length) = wire::decode(bytes).expect("a session's own frames can be read");
        take(frame, &bytes[..length]);
        bytes = &bytes[length..];
    }
}

impl Settings {
    /// As the feed makes its session for a replay.
    fn config(self, summary: &Summary, build: String) -> Config {
        let answers = summary.rest_answers;
        Config {
            build,
            session: summary.session.clone(),
            venue: "replay".to_owned(),
            simulated: summary.simulated,
            clock: Clock::Recorded,
            instruments: summary
                .instruments
                .iter()
                .cloned()
                .map(Into::into)
                .collect(),
            publish_levels: self.publish_levels,
            snapshot_limit: self.snapshot_limit,
            imbalance_decay_ppm: self.imbalance_decay_ppm,
            stale_after_ms: self.stale_after_ms,
            crossed_resync_ms: self.crossed_resync_ms,
            rest_check_seconds: if answers { self.rest_check_seconds } else { 0 },
            candle_seed: if answers { self.candle_seed } else { 0 },
            candles_from_trades: !answers,
            jitter_seed: 0,
        }
    }
}

impl From<Entry> for TableEntry {
    fn from(entry: Entry) -> Self {
        Self {
            base: entry.base,
            quote: entry.quote,
            tick: entry.tick,
            lot: entry.lot,
            qty_min: entry.qty_min,
            qty_max: entry.qty_max,
            notional_min: entry.notional_min,
        }
    }
}
