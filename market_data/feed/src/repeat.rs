//! `market_data repeat`: a recording once more through a new session, every frame compared with what was published.
//!
//! Of what is the same, the frames that a reader had are written to standard output: its windows say where it joined
//! (`next_seq` and `recv_ns` of its Hello), the last frame it took, and which Book frames it was not given. A frame is
//! written only once the recording's own checksum of it was seen: beyond that nobody knows what was published.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::Path;

use capture::recording::{Recording, Tape, segment_file};
use capture::{CaptureError, Input, Published};
use ring::digest::{Context, SHA256};
use serde::Serialize;
use serde_json::{Value, json};
use session::{Output, Session};
use wire::Ending;

use crate::BUILD;
use crate::checksums::{FrameLog, frame_checksum, hex};
use crate::frame_json::frame_json;
use crate::run::{Exit, session_of};
use crate::window::{Item, Windows};

/// What came of it, as JSON.
#[derive(Serialize)]
struct Report {
    result: &'static str,
    /// Why it is unverifiable, one word, and in words.
    reason: Option<&'static str>,
    detail: Option<String>,
    session: String,
    build: String,
    venue: String,
    simulated: bool,
    records: u64,
    /// Frames that are known to be the same: the seq of the last.
    frames: i64,
    digest: String,
    first_ns: i64,
    last_ns: i64,
    /// The feed ended on purpose and everything up to its end is known.
    complete: bool,
    /// How many of the windows were met.
    joined: usize,
    difference: Option<Value>,
}

/// Repeats a recording, writes the windows' frames to standard output if there is a file of windows, and the report to
/// `report`, else to standard output.
pub fn repeat(directory: &Path, windows: Option<&Path>, report: Option<&Path>) -> Result<(), Exit> {
    let unusable = |error: CaptureError| Exit::Configuration(error.to_string());
    let windows = match windows {
        Some(file) => Windows::read(file, Box::new(BufWriter::new(io::stdout())))?,
        None => Windows::none(),
    };
    let recording = Recording::open(directory).map_err(unusable)?;
    let made = match unfit(&recording) {
        Some((reason, detail)) => {
            let mut made = blank(&recording);
            (made.result, made.reason, made.detail) = ("unverifiable", Some(reason), Some(detail));
            made
        }
        None => repeated(recording, windows)?,
    };
    let json = serde_json::to_string(&made).expect("a report is plain data");
    match report {
        Some(file) => fs::write(file, json).map_err(Exit::system(file.display().to_string())),
        None => writeln!(io::stdout(), "{json}").map_err(Exit::system("standard output")),
    }
}

fn blank(recording: &Recording) -> Report {
    let manifest = &recording.manifest;
    Report {
        result: "identical",
        reason: None,
        detail: None,
        session: manifest.session.clone(),
        build: manifest.build.clone(),
        venue: manifest.venue.clone(),
        simulated: manifest.simulated,
        records: 0,
        frames: 0,
        digest: String::new(),
        first_ns: recording.first_ns(),
        last_ns: recording.last_ns(),
        complete: false,
        joined: 0,
        difference: None,
    }
}

/// Why this recording cannot be repeated as it was.
fn unfit(recording: &Recording) -> Option<(&'static str, String)> {
    let (manifest, place) = (&recording.manifest, recording.directory.display());
    if manifest.settings.is_none() {
        let format = manifest.format;
        return Some((
            "old_format",
            format!("{place} is of format {format}, which does not say what was published"),
        ));
    }
    if manifest.build != BUILD {
        let built = &manifest.build;
        return Some((
            "other_build",
            format!("{place} was recorded by build {built}, this is {BUILD}"),
        ));
    }
    let first = recording.segments.first().map_or(1, |entry| entry.number);
    (first != 1).then(|| {
        let gone = first - 1;
        (
            "recording_pruned",
            format!("the oldest {gone} segments of {place} were dropped"),
        )
    })
}

fn repeated(recording: Recording, windows: Windows) -> Result<Report, Exit> {
    let settings = recording.manifest.settings.clone();
    let settings = settings.expect("what has none is unfit");
    let mut report = blank(&recording);
    let changed = changed_segment(&recording)?;
    let mut repeat = Repeat {
        session: session_of(&recording.manifest, &settings)?,
        output: Output::new(),
        waiting: VecDeque::new(),
        log: FrameLog::default(),
        windows,
        ended: false,
    };
    let mut tape = Tape::new(recording).map_err(|error| Exit::Configuration(error.to_string()))?;
    repeat.greet();
    let stopped = loop {
        match tape.next_record() {
            Ok(Some(record)) => {
                report.records += 1;
                match record.input {
                    Input::Published(published) => {
                        if let Some(found) = repeat.compare(&published)? {
                            break Some(found);
                        }
                    }
                    Input::Ended { reason } => repeat.end(record.recv_ns, &reason),
                    _ => repeat.take(&record),
                }
            }
            Ok(None) => break repeat.left_over(),
            Err(error) => {
                report.result = "unverifiable";
                report.reason = Some("recording_damaged");
                report.detail = Some(error.to_string());
                break None;
            }
        }
    };
    repeat.windows.flush()?;
    report.frames = repeat.log.last_seq();
    report.digest = hex(&repeat.log.digest());
    report.joined = repeat.windows.met();
    report.complete = repeat.ended && repeat.waiting.is_empty();
    if stopped.is_some() {
        report.result = "differs";
        report.difference = stopped;
    } else if let (Some(segment), None) = (changed, report.reason) {
        report.result = "unverifiable";
        report.reason = Some("recording_damaged");
        report.detail = Some(format!("{segment} is not what its index has a checksum of"));
    }
    Ok(report)
}

/// The first finished segment whose checksum is not the index's.
fn changed_segment(recording: &Recording) -> Result<Option<String>, Exit> {
    for entry in &recording.segments {
        let Some(expected) = &entry.sha256 else {
            continue;
        };
        let path = recording.directory.join(segment_file(entry.number));
        let found = file_sha256(&path).map_err(Exit::system(path.display().to_string()))?;
        if found != *expected {
            return Ok(Some(path.display().to_string()));
        }
    }
    Ok(None)
}

/// SHA-256 of a file, hex.
pub(crate) fn file_sha256(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut context = Context::new(&SHA256);
    let mut bytes = vec![0; 256 * 1024];
    loop {
        match file.read(&mut bytes)? {
            0 => return Ok(hex(context.finish().as_ref())),
            read => context.update(&bytes[..read]),
        }
    }
}

struct Repeat {
    session: Session,
    output: Output,
    /// What was made again and is not compared yet, in order.
    waiting: VecDeque<Item>,
    log: FrameLog,
    windows: Windows,
    ended: bool,
}

impl Repeat {
    fn take(&mut self, record: &capture::Record) {
        self.session.on_record(record, &mut self.output);
        self.keep();
        self.greet();
    }

    fn end(&mut self, recv_ns: i64, reason: &str) {
        let ending = Ending::from_name(reason).unwrap_or(Ending::Stopping);
        self.session.goodbye(recv_ns, ending, &mut self.output);
        self.keep();
        self.ended = true;
    }

    fn keep(&mut self) {
        for frame in self.output.frames() {
            self.waiting.push_back(Item::Frame {
                kind: frame.kind,
                seq: frame.seq,
                recv_ns: frame.recv_ns,
                bytes: self.output.frame_bytes(frame).to_vec(),
            });
        }
        self.output.clear();
    }

    /// What the readers got that joined at this moment.
    fn greet(&mut self) {
        let (next_seq, now_ns) = (self.session.feed().last_seq + 1, self.session.now_ns());
        while self.windows.joins(next_seq, now_ns) {
            let mut bytes = Vec::new();
            self.session.hello(&mut bytes);
            self.session.catch_up(&mut bytes);
            self.waiting.push_back(Item::Join(bytes));
        }
    }

    /// Compares the next frames with what was published; gives the first that differs.
    fn compare(&mut self, published: &Published) -> Result<Option<Value>, Exit> {
        for expected in &published.checksums {
            let seq = self.log.last_seq() + 1;
            self.pass_joins()?;
            let Some(Item::Frame { bytes, .. }) = self.waiting.front() else {
                return Ok(Some(difference(seq, Some(*expected), None)));
            };
            if frame_checksum(bytes) != *expected {
                return Ok(Some(difference(seq, Some(*expected), Some(bytes))));
            }
            let added = self.log.add(bytes);
            added.map_err(Exit::system("a frame of the session"))?;
            if let Some(item) = self.waiting.pop_front() {
                self.windows.pass(item)?;
            }
        }
        self.pass_joins()?;
        if (self.log.last_seq(), self.log.digest()) == (published.last_seq, published.digest) {
            return Ok(None);
        }
        Ok(Some(json!({
            "where": format!("frames up to seq {}", published.last_seq),
            "seq": published.last_seq,
            "expected": {"digest": hex(&published.digest)},
            "found": {"digest": hex(&self.log.digest())},
        })))
    }

    fn pass_joins(&mut self) -> Result<(), Exit> {
        while let Some(Item::Join(_)) = self.waiting.front() {
            if let Some(item) = self.waiting.pop_front() {
                self.windows.pass(item)?;
            }
        }
        Ok(())
    }

    /// At the end of a run that ended on purpose everything was published, and nothing else.
    fn left_over(&self) -> Option<Value> {
        let frame = self.waiting.iter().find_map(|item| match item {
            Item::Frame { bytes, seq, .. } => Some((bytes, *seq)),
            Item::Join(_) => None,
        });
        let (bytes, seq) = frame.filter(|_| self.ended)?;
        Some(difference(seq, None, Some(bytes)))
    }
}

fn difference(seq: i64, expected: Option<u32>, found: Option<&[u8]>) -> Value {
    let checksum = |crc: u32| format!("{crc:08x}");
    json!({
        "where": format!("frame {seq}"),
        "seq": seq,
        "expected": expected.map(|crc| json!({"published_crc32": checksum(crc)})),
        "found": found.map(|bytes| json!({"crc32": checksum(frame_checksum(bytes)), "frame": frame_json(bytes)})),
    })
}
