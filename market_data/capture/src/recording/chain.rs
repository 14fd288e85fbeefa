//! Recordings, one after the other, as records: what a replay reads of the recording's own directories.

use std::collections::{BTreeSet, VecDeque};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::codec::DecodeFault;
use super::manifest::{
    INDEX_FILE, Index, IndexEntry, MANIFEST_FILE, Manifest, segment_file, segment_number,
};
use super::segment::SegmentReader;
use crate::error::CaptureError;
use crate::timeline::RecordStream;
use crate::{Input, Record};

/// One recording, looked through: its manifest and what its segments hold.
#[derive(Clone, Debug)]
pub struct Recording {
    /// Where it is.
    pub directory: PathBuf,
    /// What it is.
    pub manifest: Manifest,
    /// Oldest first.
    pub segments: Vec<IndexEntry>,
    /// The last segment ended in the middle of a record.
    pub torn: bool,
}

impl Recording {
    /// Reads the manifest and the index, and through the segment that the index does not have.
    pub fn open(directory: &Path) -> Result<Self, CaptureError> {
        let file = directory.join(MANIFEST_FILE);
        let json = fs::read(&file).map_err(|source| CaptureError::io(&file, source))?;
        let manifest =
            Manifest::parse(&json).map_err(|reason| CaptureError::Manifest { file, reason })?;
        let index = read_index(directory)?;
        let mut recording = Self {
            directory: directory.to_path_buf(),
            manifest,
            segments: Vec::new(),
            torn: false,
        };
        let numbers = segment_numbers(directory)?;
        for (at, number) in numbers.iter().enumerate() {
            if at > 0 && numbers[at - 1] + 1 != *number {
                let reason = format!("its segment {} is missing", segment_file(number - 1));
                return Err(CaptureError::Manifest {
                    file: directory.join(MANIFEST_FILE),
                    reason,
                });
            }
            let entry = match index.segments.iter().find(|entry| entry.number == *number) {
                Some(entry) => entry.clone(),
                None => recording.look_through(*number, at + 1 == numbers.len())?,
            };
            if entry.records > 0 {
                recording.segments.push(entry);
            }
        }
        if recording.segments.is_empty() {
            return Err(CaptureError::Empty {
                file: directory.to_path_buf(),
            });
        }
        Ok(recording)
    }

    fn look_through(&mut self, number: u32, is_last: bool) -> Result<IndexEntry, CaptureError> {
        let path = self.directory.join(segment_file(number));
        let bytes = fs::metadata(&path)
            .map_err(|source| CaptureError::io(&path, source))?
            .len();
        let mut entry = IndexEntry {
            number,
            records: 0,
            bytes,
            first_ns: 0,
            last_ns: 0,
            sha256: None,
        };
        let mut reader = open_segment(&path)?;
        loop {
            match reader.next_record() {
                Ok(Some(record)) => {
                    if entry.records == 0 {
                        entry.first_ns = record.recv_ns;
                    }
                    entry.last_ns = record.recv_ns;
                    entry.records += 1;
                }
                Ok(None) => return Ok(entry),
                Err(_) if is_last => {
                    self.torn = true;
                    return Ok(entry);
                }
                Err(fault) => {
                    return Err(CaptureError::Damaged {
                        file: path,
                        records: entry.records,
                        fault,
                    });
                }
            }
        }
    }

    /// Receive time of its first record, 0 if there is none.
    #[must_use]
    pub fn first_ns(&self) -> i64 {
        self.segments.first().map_or(0, |entry| entry.first_ns)
    }

    /// Receive time of its last record.
    #[must_use]
    pub fn last_ns(&self) -> i64 {
        self.segments.last().map_or(0, |entry| entry.last_ns)
    }

    /// Records of all its segments.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.segments.iter().map(|entry| entry.records).sum()
    }
}

fn read_index(directory: &Path) -> Result<Index, CaptureError> {
    let file = directory.join(INDEX_FILE);
    match fs::read(&file) {
        Ok(json) => Index::parse(&json).map_err(|reason| CaptureError::Manifest { file, reason }),
        // A recording that ended before its first segment was full.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Index::default()),
        Err(source) => Err(CaptureError::io(&file, source)),
    }
}

fn segment_numbers(directory: &Path) -> Result<Vec<u32>, CaptureError> {
    let failed = |source| CaptureError::io(directory, source);
    let mut numbers = Vec::new();
    for entry in fs::read_dir(directory).map_err(failed)? {
        numbers.extend(segment_number(
            &entry.map_err(failed)?.file_name().to_string_lossy(),
        ));
    }
    numbers.sort_unstable();
    Ok(numbers)
}

fn open_segment(path: &Path) -> Result<SegmentReader<File>, CaptureError> {
    let failed = |source| CaptureError::io(path, source);
    SegmentReader::new(File::open(path).map_err(failed)?).map_err(failed)
}

/// Reads recordings in their order. Connections are numbered on over all of them; one that was open when a recording
/// ended is closed, and one whose beginning was dropped with the oldest segment begins with its first message.
pub(crate) struct RecordingChain {
    waiting: VecDeque<Recording>,
    current: Option<(Recording, usize, SegmentReader<File>)>,
    held: VecDeque<Record>,
    open: BTreeSet<u32>,
    connections_before: u32,
    connections_max: u32,
    last_ns: i64,
}

impl RecordingChain {
    /// Over recordings whose times do not go back at a border.
    pub(crate) fn new(recordings: Vec<Recording>) -> Result<Self, CaptureError> {
        for pair in recordings.windows(2) {
            let [first, second] = pair else { continue };
            if second.first_ns() < first.last_ns() {
                return Err(CaptureError::TimeWentBack {
                    first: first.directory.clone(),
                    first_last_ns: first.last_ns(),
                    second: second.directory.clone(),
                    second_first_ns: second.first_ns(),
                });
            }
        }
        Ok(Self {
            waiting: recordings.into(),
            current: None,
            held: VecDeque::new(),
            open: BTreeSet::new(),
            connections_before: 0,
            connections_max: 0,
            last_ns: 0,
        })
    }

    /// The next record as it was written.
    pub(super) fn read(&mut self) -> Result<Option<Record>, CaptureError> {
        loop {
            let Some((recording, at, reader)) = &mut self.current else {
                let Some(recording) = self.waiting.pop_front() else {
                    return Ok(None);
                };
                self.end_connections();
                let reader = open_segment(
                    &recording
                        .directory
                        .join(segment_file(recording.segments[0].number)),
                )?;
                self.current = Some((recording, 0, reader));
                continue;
            };
            let entry = &recording.segments[*at];
            let path = recording.directory.join(segment_file(entry.number));
            // What was cut when the recording was opened ends here too, though a running appliance may write on.
            let is_tail = *at + 1 == recording.segments.len();
            let is_whole = reader.records() == entry.records;
            let next = if is_tail && is_whole {
                Ok(None)
            } else {
                reader.next_record()
            };
            match next {
                Ok(Some(record)) => return Ok(Some(record)),
                Ok(None) | Err(_) if is_whole => {}
                Ok(None) => return Err(damaged(path, reader.records(), DecodeFault::Truncated)),
                Err(fault) => return Err(damaged(path, reader.records(), fault)),
            }
            *at += 1;
            if let Some(next) = recording.segments.get(*at) {
                *reader = open_segment(&recording.directory.join(segment_file(next.number)))?;
            } else {
                self.current = None;
            }
        }
    }

    fn end_connections(&mut self) {
        let recv_ns = self.last_ns;
        for connection in std::mem::take(&mut self.open) {
            let reason = "end of the recording".to_owned();
            self.held.push_back(Record {
                recv_ns,
                input: Input::Disconnected { connection, reason },
            });
        }
        self.connections_before = self.connections_max;
    }

    /// Renumbers the record's connection and notes what is open.
    fn follow(&mut self, record: &mut Record) {
        let recv_ns = record.recv_ns;
        self.last_ns = recv_ns;
        match &mut record.input {
            Input::Connected { connection } => {
                *connection += self.connections_before;
                self.open.insert(*connection);
                self.connections_max = self.connections_max.max(*connection);
            }
            Input::Disconnected { connection, .. } => {
                *connection += self.connections_before;
                self.open.remove(connection);
                self.connections_max = self.connections_max.max(*connection);
            }
            Input::Message { connection, .. } => {
                *connection += self.connections_before;
                let connection = *connection;
                if self.open.insert(connection) {
                    self.connections_max = self.connections_max.max(connection);
                    self.held.push_back(Record {
                        recv_ns,
                        input: Input::Connected { connection },
                    });
                }
            }
            Input::Rest { .. } | Input::Tick | Input::Published(_) | Input::Ended { .. } => {}
        }
    }
}

impl RecordStream for RecordingChain {
    fn next_record(&mut self) -> Result<Option<Record>, CaptureError> {
        if let Some(held) = self.held.pop_front() {
            return Ok(Some(held));
        }
        let mut record = loop {
            match self.read()? {
                None => return Ok(None),
                // They say what another session published; this one publishes its own.
                Some(Record {
                    input: Input::Published(_) | Input::Ended { .. },
                    ..
                }) => {}
                Some(record) => break record,
            }
        };
        self.follow(&mut record);
        if self.held.is_empty() {
            return Ok(Some(record));
        }
        self.held.push_back(record);
        Ok(self.held.pop_front())
    }
}

fn damaged(file: PathBuf, records: u64, fault: DecodeFault) -> CaptureError {
    CaptureError::Damaged {
        file,
        records,
        fault,
    }
}
