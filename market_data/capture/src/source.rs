//! The files of a replay as one stream of records, with what is known of them before the first record.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::Record;
use crate::error::CaptureError;
use crate::instrument::{Instrument, StepsSeen, TableEntry};
use crate::recording::{Recording, RecordingChain};
use crate::selection::Selection;
use crate::text::{FileSurvey, KeptLines, Tail, TextChain, chains, survey};
use crate::timeline::{Merge, RecordStream, Timed};

/// A replay's records.
pub struct Source {
    summary: Summary,
    selection: Selection,
    records: Records,
}

enum Records {
    Text(Timed<Merge<TextChain>>),
    Recordings(Box<RecordingChain>),
}

/// What is known of a replay before its first record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Derived from what the files hold: the same files in the same order have the same.
    pub session: String,
    /// True if the prices came from a market generator.
    pub simulated: bool,
    /// True if the answers to the feed's REST requests are in it; a text capture holds depth snapshots at most.
    pub rest_answers: bool,
    /// In the order asked for, else by symbol.
    pub instruments: Vec<Instrument>,
    /// Receive time of the first message.
    pub first_ns: i64,
    /// Receive time of the last message.
    pub last_ns: i64,
    /// One a file.
    pub files: Vec<FileSummary>,
}

/// What is known of one file or recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileSummary {
    /// Its path.
    pub path: PathBuf,
    /// Messages and snapshots of a text capture, records of a recording.
    pub records: u64,
    /// First and last receive time.
    pub first_ns: i64,
    /// See `first_ns`.
    pub last_ns: i64,
    /// Its end was torn and is left out.
    pub torn: bool,
    /// Lines whose receive time went back a little and was levelled.
    pub levelled: u64,
}

impl Source {
    /// Looks through the files and refuses what cannot be replayed. `wanted` are upper-case symbols, empty for all;
    /// `table` gives units where the files give none.
    pub fn open(
        paths: &[PathBuf],
        wanted: &[String],
        table: &BTreeMap<String, TableEntry>,
    ) -> Result<Self, CaptureError> {
        Self::open_keeping(paths, wanted, table, 0)
    }

    /// The same, for a replay that hurries: text that was looked through stays in memory, file by file, while it takes
    /// no more than `kept_bytes_max` in all, and is not read again. The records are the same.
    pub fn open_keeping(
        paths: &[PathBuf],
        wanted: &[String],
        table: &BTreeMap<String, TableEntry>,
        kept_bytes_max: usize,
    ) -> Result<Self, CaptureError> {
        let first = paths.first().ok_or(CaptureError::NoFiles)?;
        let directories = paths
            .iter()
            .map(|path| is_directory(path))
            .collect::<Result<Vec<_>, _>>()?;
        match (
            directories.iter().position(|it| *it),
            directories.iter().position(|it| !*it),
        ) {
            (Some(recording), Some(text)) => Err(CaptureError::MixedKinds {
                recording: paths[recording].clone(),
                text: paths[text].clone(),
            }),
            _ if is_directory(first)? => Self::open_recordings(paths, wanted),
            _ => Self::open_text(paths, wanted, table, kept_bytes_max),
        }
    }

    /// What is known of the files.
    #[must_use]
    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    /// The next record of the wanted symbols and of the connection itself; `None` at the end.
    pub fn next_record(&mut self) -> Result<Option<Record>, CaptureError> {
        loop {
            let next = match &mut self.records {
                Records::Text(records) => records.next_record()?,
                Records::Recordings(records) => records.next_record()?,
            };
            match next {
                Some(record) if !self.selection.wants(&record) => {}
                next => return Ok(next),
            }
        }
    }

    fn open_text(
        paths: &[PathBuf],
        wanted: &[String],
        entries: &BTreeMap<String, TableEntry>,
        kept_bytes_max: usize,
    ) -> Result<Self, CaptureError> {
        let mut table = BTreeMap::new();
        for (symbol, entry) in entries {
            table.insert(symbol.clone(), entry.instrument(symbol)?);
        }
        let mut surveys = Vec::with_capacity(paths.len());
        let mut room = kept_bytes_max;
        for path in paths {
            let found = survey(path, open_file(path)?, &table, room)?;
            room -= found.kept.as_ref().map_or(0, KeptLines::bytes);
            surveys.push(found);
        }
        let mut steps: BTreeMap<&str, StepsSeen> = BTreeMap::new();
        for (symbol, seen) in surveys.iter().flat_map(|file| &file.symbols) {
            let known = steps.entry(symbol).or_default();
            *known = known.merged(seen.steps);
        }
        let mut instruments = Vec::new();
        for symbol in chosen(wanted, steps.keys().copied())? {
            instruments.push(match table.remove(&symbol) {
                Some(instrument) => instrument,
                None => steps[symbol.as_str()].instrument(&symbol)?,
            });
        }
        let summary = Summary {
            session: text_session(&surveys, &instruments),
            simulated: false,
            rest_answers: false,
            instruments,
            first_ns: surveys.iter().map(|file| file.first_ns).min().unwrap_or(0),
            last_ns: surveys.iter().map(|file| file.last_ns).max().unwrap_or(0),
            files: surveys.iter().map(FileSummary::of_text).collect(),
        };
        let chains = chains(surveys)?;
        let held = chains
            .iter()
            .flat_map(TextChain::symbols)
            .map(str::to_owned)
            .collect();
        let selection = Selection::new(wanted, held);
        Ok(Self {
            summary,
            selection,
            records: Records::Text(Timed::new(Merge::new(chains))),
        })
    }

    fn open_recordings(paths: &[PathBuf], wanted: &[String]) -> Result<Self, CaptureError> {
        let recordings = paths
            .iter()
            .map(|path| Recording::open(path))
            .collect::<Result<Vec<_>, _>>()?;
        let first = &recordings[0];
        for other in &recordings[1..] {
            if other.manifest.instruments != first.manifest.instruments {
                let reason = format!(
                    "has other instruments than {}; replay them apart",
                    first.directory.display()
                );
                return Err(CaptureError::Manifest {
                    file: other.directory.clone(),
                    reason,
                });
            }
        }
        let mut known = first.manifest.instruments.clone();
        let held: Vec<String> = known
            .iter()
            .map(|instrument| instrument.symbol.clone())
            .collect();
        if !wanted.is_empty() {
            let order = chosen(wanted, held.iter().map(String::as_str))?;
            known.retain(|instrument| order.contains(&instrument.symbol));
            known.sort_by_key(|instrument| {
                order.iter().position(|symbol| *symbol == instrument.symbol)
            });
        }
        let summary = Summary {
            session: recording_session(&recordings, &known),
            simulated: recordings
                .iter()
                .any(|recording| recording.manifest.simulated),
            rest_answers: recordings
                .iter()
                .all(|recording| recording.manifest.rest_answers),
            instruments: known,
            first_ns: first.first_ns(),
            last_ns: recordings.last().map_or(0, Recording::last_ns),
            files: recordings.iter().map(FileSummary::of_recording).collect(),
        };
        let selection = Selection::new(wanted, held);
        Ok(Self {
            summary,
            selection,
            records: Records::Recordings(Box::new(RecordingChain::new(recordings)?)),
        })
    }
}

impl FileSummary {
    fn of_text(file: &FileSurvey) -> Self {
        Self {
            path: file.path.clone(),
            records: file.messages + file.snapshots,
            first_ns: file.first_ns,
            last_ns: file.last_ns,
            torn: matches!(file.tail, Tail::Torn { .. }),
            levelled: file.levelled,
        }
    }

    fn of_recording(recording: &Recording) -> Self {
        Self {
            path: recording.directory.clone(),
            records: recording.records(),
            first_ns: recording.first_ns(),
            last_ns: recording.last_ns(),
            torn: recording.torn,
            levelled: 0,
        }
    }
}

fn is_directory(path: &Path) -> Result<bool, CaptureError> {
    fs::metadata(path)
        .map(|found| found.is_dir())
        .map_err(|source| CaptureError::io(path, source))
}

fn open_file(path: &Path) -> Result<File, CaptureError> {
    File::open(path).map_err(|source| CaptureError::io(path, source))
}

/// The wanted symbols, or all of those present if none is named.
fn chosen<'a>(
    wanted: &[String],
    present: impl Iterator<Item = &'a str> + Clone,
) -> Result<Vec<String>, CaptureError> {
    if wanted.is_empty() {
        return Ok(present.map(str::to_owned).collect());
    }
    for symbol in wanted {
        if !present.clone().any(|held| held == symbol) {
            let present = present.collect::<Vec<_>>().join(", ");
            return Err(CaptureError::SymbolAbsent {
                symbol: symbol.clone(),
                present,
            });
        }
    }
    Ok(wanted.to_vec())
}

fn text_session(surveys: &[FileSurvey], instruments: &[Instrument]) -> String {
    let mut id = SessionId::default();
    for file in surveys {
        for number in [i64::from(file.crc), file.first_ns, file.last_ns] {
            id.add(&number.to_le_bytes());
        }
    }
    id.of(instruments)
}

/// A whole recording keeps the id of the session it recorded; a part of one, or several, have one of their own.
fn recording_session(recordings: &[Recording], instruments: &[Instrument]) -> String {
    if let [one] = recordings
        && one.segments[0].number == 1
        && one.manifest.instruments == instruments
    {
        return one.manifest.session.clone();
    }
    let mut id = SessionId::default();
    for recording in recordings {
        id.add(recording.manifest.session.as_bytes());
        id.add(&recording.segments[0].number.to_le_bytes());
    }
    id.of(instruments)
}

/// FNV-1a over what identifies a replay.
struct SessionId(u64);

impl Default for SessionId {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl SessionId {
    fn add(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn of(mut self, instruments: &[Instrument]) -> String {
        for instrument in instruments {
            self.add(instrument.symbol.as_bytes());
            self.add(&instrument.tick_e8.to_le_bytes());
            self.add(&instrument.lot_e8.to_le_bytes());
        }
        format!("replay-{:016x}", self.0)
    }
}
