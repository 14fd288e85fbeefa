//! `market_data recording info`: what a recording holds, segment by segment, and what is damaged in it.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use capture::recording::{
    INDEX_FILE, Index, MANIFEST_FILE, Manifest, SegmentReader, segment_file, segment_number,
};
use capture::{Input, Record};
use serde_json::{Value, json};

use crate::checksums::hex;
use crate::repeat::file_sha256;
use crate::run::Exit;

/// What was counted over all segments.
#[derive(Default)]
struct Counted {
    kinds: BTreeMap<&'static str, u64>,
    message_bytes: u64,
    frames: i64,
    digest: Option<[u8; 32]>,
    ended: Option<String>,
    first_ns: i64,
    last_ns: i64,
}

/// Prints one line of JSON. Damage is part of the answer and no error.
pub fn info(directory: &Path) -> Result<(), Exit> {
    let refused =
        |reason: String| Exit::Configuration(format!("{}: {reason}", directory.display()));
    let manifest = fs::read(directory.join(MANIFEST_FILE))
        .map_err(|error| refused(format!("no readable {MANIFEST_FILE}: {error}")))?;
    let manifest = Manifest::parse(&manifest)
        .map_err(|reason| refused(format!("{MANIFEST_FILE} {reason}")))?;
    let mut damage = Vec::new();
    let index = read_index(directory, &mut damage);
    let mut numbers: Vec<u32> = fs::read_dir(directory)
        .map_err(|error| refused(error.to_string()))?
        .filter_map(|entry| segment_number(&entry.ok()?.file_name().to_string_lossy()))
        .collect();
    numbers.sort_unstable();
    for pair in numbers.windows(2) {
        if pair[0] + 1 != pair[1] {
            damage.push(format!("{} is missing", segment_file(pair[0] + 1)));
        }
    }
    let mut counted = Counted::default();
    let mut segments = Vec::new();
    for number in &numbers {
        let is_last = Some(number) == numbers.last();
        segments.push(segment(
            directory,
            *number,
            is_last,
            &index,
            &mut counted,
            &mut damage,
        )?);
    }
    let symbols: Vec<_> = manifest.instruments.iter().map(|one| &one.symbol).collect();
    let said = json!({
        "directory": directory, "format": manifest.format, "build": manifest.build, "session": manifest.session,
        "venue": manifest.venue, "simulated": manifest.simulated, "rest_answers": manifest.rest_answers,
        "started_ns": manifest.started_ns, "symbols": symbols, "instruments": manifest.instruments,
        "settings": manifest.settings, "first_ns": counted.first_ns, "last_ns": counted.last_ns,
        "bytes": segments.iter().filter_map(|one| one["bytes"].as_u64()).sum::<u64>(),
        "segments": segments, "kinds": counted.kinds, "message_bytes": counted.message_bytes,
        "frames": counted.frames, "frames_digest": counted.digest.map(|digest| hex(&digest)),
        "ended": counted.ended, "pruned": numbers.first().is_some_and(|first| *first > 1), "damage": damage,
    });
    writeln!(io::stdout(), "{said}").map_err(Exit::system("standard output"))
}

fn read_index(directory: &Path, damage: &mut Vec<String>) -> Index {
    match fs::read(directory.join(INDEX_FILE)) {
        Ok(json) => Index::parse(&json).unwrap_or_else(|reason| {
            damage.push(format!("{INDEX_FILE} {reason}"));
            Index::default()
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Index::default(),
        Err(error) => {
            damage.push(format!("{INDEX_FILE}: {error}"));
            Index::default()
        }
    }
}

fn segment(
    directory: &Path,
    number: u32,
    is_last: bool,
    index: &Index,
    counted: &mut Counted,
    damage: &mut Vec<String>,
) -> Result<Value, Exit> {
    let name = segment_file(number);
    let path = directory.join(&name);
    let failed = || Exit::system(path.display().to_string());
    let entry = index.segments.iter().find(|entry| entry.number == number);
    let bytes = fs::metadata(&path).map_err(failed())?.len();
    let mut reader = SegmentReader::new(File::open(&path).map_err(failed())?).map_err(failed())?;
    let (mut first_ns, mut last_ns) = (0, 0);
    let fault = loop {
        match reader.next_record() {
            Ok(Some(record)) => {
                if first_ns == 0 {
                    first_ns = record.recv_ns;
                }
                last_ns = record.recv_ns;
                counted.note(&record);
            }
            Ok(None) => break None,
            Err(fault) => break Some(fault),
        }
    };
    let records = reader.records();
    let sound = match entry.and_then(|entry| entry.sha256.as_ref()) {
        Some(expected) => Some(file_sha256(&path).map_err(failed())? == *expected),
        None => None,
    };
    let check = match (fault, entry) {
        (Some(fault), None) if is_last => {
            format!("torn after record {records} ({fault}); the rest is cut")
        }
        (Some(fault), _) => {
            damage.push(format!("{name}: damaged after record {records} ({fault})"));
            format!("damaged after record {records} ({fault})")
        }
        (None, Some(entry)) if entry.records != records => {
            damage.push(format!(
                "{name}: {records} records, its index says {}",
                entry.records
            ));
            format!("{records} records, its index says {}", entry.records)
        }
        (None, _) if sound == Some(false) => {
            damage.push(format!("{name}: not what its index has a checksum of"));
            "checksum differs".to_owned()
        }
        (None, Some(_)) => "ok".to_owned(),
        (None, None) => "not finished".to_owned(),
    };
    Ok(json!({
        "number": number, "records": records, "bytes": bytes, "first_ns": first_ns, "last_ns": last_ns,
        "sha256": entry.and_then(|entry| entry.sha256.clone()), "check": check,
    }))
}

impl Counted {
    fn note(&mut self, record: &Record) {
        if self.first_ns == 0 {
            self.first_ns = record.recv_ns;
        }
        self.last_ns = record.recv_ns;
        let kind = match &record.input {
            Input::Connected { .. } => "connected",
            Input::Disconnected { .. } => "disconnected",
            Input::Message { text, .. } => {
                self.message_bytes += text.len() as u64;
                "message"
            }
            Input::Rest { .. } => "rest",
            Input::Tick => "tick",
            Input::Published(published) => {
                self.frames = published.last_seq;
                self.digest = Some(published.digest);
                "published"
            }
            Input::Ended { reason } => {
                self.ended = Some(reason.clone());
                "ended"
            }
        };
        *self.kinds.entry(kind).or_default() += 1;
    }
}
