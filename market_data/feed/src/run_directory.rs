//! One run of the feed on disk: its directory, segment after segment, within the bound of all runs together.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use capture::recording::{
    INDEX_FILE, Index, IndexEntry, MANIFEST_FILE, Manifest, SegmentWriter, encode, measure,
    segment_file, segment_number, surplus,
};
use capture::{Input, Record};
use tracing::info;

use crate::checksums::{FrameLog, Hashed};
use crate::config;
use crate::crash_point::{Place, reach};

/// Checksums of one `Published` record: what a replay holds back until they are compared.
const PUBLISHED_FRAMES_MAX: usize = 8_192;

/// One run's directory, being written.
pub(crate) struct RunDirectory {
    all: PathBuf,
    directory: PathBuf,
    max_bytes: u64,
    segment_bytes: u64,
    number: u32,
    index: Index,
    writer: Option<SegmentWriter<Hashed<File>>>,
    frames: FrameLog,
    last_ns: i64,
}

impl RunDirectory {
    /// Makes it, named by the start of the run, with its manifest and first segment.
    pub(crate) fn begin(config: &config::Record, manifest: &Manifest) -> io::Result<Self> {
        let directory = make_directory(&config.directory, manifest.started_ns)?;
        replace(&directory.join(MANIFEST_FILE), &manifest.to_json())?;
        sync_directory(&config.directory)?;
        reach(Place::AfterManifest);
        info!(directory = %directory.display(), "recording");
        let mut run = Self {
            all: config.directory.clone(),
            directory,
            max_bytes: config.max_bytes,
            segment_bytes: config.segment_bytes,
            number: 0,
            index: Index::default(),
            writer: None,
            frames: FrameLog::default(),
            last_ns: 0,
        };
        run.begin_segment()?;
        Ok(run)
    }

    /// Adds encoded records.
    pub(crate) fn append(&mut self, mut records: &[u8]) -> io::Result<()> {
        while !records.is_empty() {
            let (recv_ns, length) = measure(records).map_err(io::Error::other)?;
            let (record, rest) = records.split_at(length);
            self.last_ns = recv_ns;
            self.writer().append_encoded(record)?;
            records = rest;
        }
        self.turn()
    }

    /// Notes frames that the records before them caused.
    pub(crate) fn publish(&mut self, frames: &[u8]) -> io::Result<()> {
        self.frames.add(frames)?;
        if self.frames.waiting() >= PUBLISHED_FRAMES_MAX {
            self.note_published()?;
        }
        self.turn()
    }

    /// Hands everything so far to the system.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.note_published()?;
        reach(Place::BeforeFlush);
        self.writer().flush()?;
        reach(Place::AfterFlush);
        Ok(())
    }

    /// Waits until the disk has what was flushed.
    pub(crate) fn sync(&mut self) -> io::Result<()> {
        self.writer().get_ref().get_ref().sync_data()
    }

    /// Ends the run: its last segment is finished and indexed.
    pub(crate) fn end(mut self) -> io::Result<()> {
        self.note_published()?;
        self.end_segment()
    }

    /// Goes on in a new segment if the current one is full.
    fn turn(&mut self) -> io::Result<()> {
        if self.writer().bytes() >= self.segment_bytes {
            self.note_published()?;
            self.end_segment()?;
            self.begin_segment()?;
        }
        Ok(())
    }

    fn note_published(&mut self) -> io::Result<()> {
        let Some(published) = self.frames.take() else {
            return Ok(());
        };
        let mut bytes = Vec::new();
        let record = Record {
            recv_ns: self.last_ns,
            input: Input::Published(published),
        };
        encode(&record, &mut bytes);
        self.writer().append_encoded(&bytes)
    }

    fn writer(&mut self) -> &mut SegmentWriter<Hashed<File>> {
        self.writer
            .as_mut()
            .expect("there is a segment from the beginning to the end of a run")
    }

    fn begin_segment(&mut self) -> io::Result<()> {
        drop_oldest(
            &self.all,
            &self.directory,
            self.segment_bytes,
            self.max_bytes,
        )?;
        self.index
            .segments
            .retain(|entry| self.directory.join(segment_file(entry.number)).exists());
        self.number += 1;
        let file = File::create_new(self.directory.join(segment_file(self.number)))?;
        sync_directory(&self.directory)?;
        self.writer = Some(SegmentWriter::new(Hashed::new(file))?);
        Ok(())
    }

    fn end_segment(&mut self) -> io::Result<()> {
        let Some(writer) = self.writer.take() else {
            return Ok(());
        };
        let (hashed, end) = writer.finish()?;
        let (file, sha256) = hashed.finish();
        file.sync_data()?;
        reach(Place::BeforeIndex);
        let entry = IndexEntry::new(self.number, end, Some(sha256));
        self.index.segments.push(entry);
        replace(&self.directory.join(INDEX_FILE), &self.index.to_json())?;
        reach(Place::AfterIndex);
        Ok(())
    }
}

/// The file as a whole or not at all, whatever happens to the process or to the power.
fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let beside = path.with_extension("new");
    let mut file = File::create(&beside)?;
    file.write_all(content)?;
    file.sync_all()?;
    reach(Place::BeforeRename);
    fs::rename(&beside, path)?;
    path.parent().map_or(Ok(()), sync_directory)
}

/// Names made in it are on disk when this returns.
fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Makes the directory of a run, named by its start.
fn make_directory(all: &Path, started_ns: i64) -> io::Result<PathBuf> {
    fs::create_dir_all(all)?;
    let name = utc_name(started_ns);
    for attempt in 1..100 {
        let directory = all.join(if attempt == 1 {
            name.clone()
        } else {
            format!("{name}-{attempt}")
        });
        match fs::create_dir(&directory) {
            Ok(()) => return Ok(directory),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::new(
        io::ErrorKind::AlreadyExists,
        format!("{name} and a hundred more are there"),
    ))
}

/// Removes the oldest segments of all runs, and the directory of a run that has none left.
fn drop_oldest(all: &Path, current: &Path, segment_bytes: u64, max_bytes: u64) -> io::Result<()> {
    let mut runs: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(all)? {
        let path = entry?.path();
        if path.join(MANIFEST_FILE).exists() {
            runs.push(path);
        }
    }
    runs.sort();
    let mut segments: Vec<(PathBuf, u64)> = Vec::new();
    for run in &runs {
        let mut held = Vec::new();
        for entry in fs::read_dir(run)? {
            let entry = entry?;
            if segment_number(&entry.file_name().to_string_lossy()).is_some() {
                held.push((entry.path(), entry.metadata()?.len()));
            }
        }
        held.sort();
        segments.extend(held);
    }
    let sizes: Vec<u64> = segments.iter().map(|(_, bytes)| *bytes).collect();
    for (path, bytes) in segments.drain(..surplus(&sizes, segment_bytes, max_bytes)) {
        info!(segment = %path.display(), bytes, "dropped the oldest segment of the recordings");
        fs::remove_file(path)?;
    }
    for run in runs.iter().filter(|run| *run != current) {
        if !segments.iter().any(|(path, _)| path.starts_with(run)) {
            fs::remove_dir_all(run)?;
        }
    }
    Ok(())
}

/// `20261121T033112Z`: names of runs sort by their start.
fn utc_name(utc_ns: i64) -> String {
    let seconds = utc_ns.div_euclid(1_000_000_000);
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = civil(days);
    format!(
        "{year:04}{month:02}{day:02}T{:02}{:02}{:02}Z",
        second / 3600,
        second / 60 % 60,
        second % 60
    )
}

/// Year, month and day of a day since 1970.
fn civil(mut days: i64) -> (i64, i64, i64) {
    let is_leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let mut year = 1970;
    while days >= 365 + i64::from(is_leap(year)) {
        days -= 365 + i64::from(is_leap(year));
        year += 1;
    }
    let mut month = 1;
    for length in [
        31,
        28 + i64::from(is_leap(year)),
        31,
        30,
        31,
        30,
        31,
        31,
        30,
        31,
        30,
    ] {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    (year, month, days + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use capture::Source;
    use capture::recording::FORMAT;

    fn manifest(started_ns: i64) -> Manifest {
        Manifest {
            format: FORMAT,
            build: "test".into(),
            session: "s".into(),
            venue: "sim".into(),
            simulated: true,
            rest_answers: true,
            started_ns,
            instruments: Vec::new(),
            settings: None,
        }
    }

    fn config(directory: &Path) -> config::Record {
        config::Record {
            directory: directory.to_path_buf(),
            max_bytes: 400_000,
            segment_bytes: 65_536,
        }
    }

    fn record(recv_ns: i64, bytes: usize) -> Record {
        // Not compressible, so that segments fill.
        let mut state = recv_ns as u64;
        let mut next = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 56) as u8
        };
        Record {
            recv_ns,
            input: Input::Message {
                connection: 1,
                text: (0..bytes).map(|_| next()).collect(),
            },
        }
    }

    fn total(directory: &Path) -> u64 {
        let runs = fs::read_dir(directory).expect("there are runs");
        let files = runs.flat_map(|run| fs::read_dir(run.expect("a run").path()).expect("files"));
        files
            .map(|file| file.expect("a file").metadata().expect("its size").len())
            .sum()
    }

    fn runs(directory: &Path) -> Vec<PathBuf> {
        let mut runs: Vec<_> = fs::read_dir(directory)
            .expect("runs")
            .map(|run| run.expect("a run").path())
            .collect();
        runs.sort();
        runs
    }

    #[test]
    fn what_was_appended_is_read_back_and_the_bound_holds_while_it_is_written() {
        let dir = tempfile::tempdir().expect("a directory");
        let mut first_run = None;
        for run in 0..3 {
            let mut writing =
                RunDirectory::begin(&config(dir.path()), &manifest(run)).expect("it begins");
            for at in 0..300 {
                let mut bytes = Vec::new();
                encode(&record(run * 1_000 + at, 1_000), &mut bytes);
                writing.append(&bytes).expect("written");
                writing.publish(&[0, 0, 0, 2, 7, at as u8]).expect("noted");
                let held = total(dir.path());
                // The segment at work may be one block of the compressor longer than it should.
                assert!(held < 400_000 + 140_000, "{held} after {at} of run {run}");
            }
            writing.end().expect("it ends");
            first_run.get_or_insert_with(|| runs(dir.path())[0].clone());
        }
        assert!(!first_run.expect("it ran").join(segment_file(1)).exists());
        let last = runs(dir.path()).pop().expect("the last run is there");
        let mut source = Source::open(&[last], &[], &Default::default()).expect("a recording");
        let mut kept = Vec::new();
        while let Some(record) = source.next_record().expect("it is whole") {
            kept.extend(matches!(record.input, Input::Message { .. }).then_some(record));
        }
        let expected: Vec<_> = (0..300).map(|at| record(2_000 + at, 1_000)).collect();
        assert_eq!(kept, expected);
    }

    #[test]
    fn a_run_is_named_by_its_start() {
        assert_eq!(utc_name(0), "19700101T000000Z");
        assert_eq!(utc_name(1_723_161_599_999_999_999), "20240808T235959Z");
        assert_eq!(utc_name(951_782_400_000_000_000), "20000229T000000Z");
        assert_eq!(utc_name(4_107_542_400_000_000_000), "21000301T000000Z");
    }

    #[test]
    fn runs_of_one_second_do_not_share_a_directory() {
        let dir = tempfile::tempdir().expect("a directory");
        let names: Vec<_> = (0..3)
            .map(|_| make_directory(dir.path(), 0).expect("made"))
            .collect();
        assert_eq!(names[2], dir.path().join("19700101T000000Z-3"));
    }
}
