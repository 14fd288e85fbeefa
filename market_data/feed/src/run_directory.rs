//! One run of the feed on disk: its directory, segment after segment, within the bound of all runs together.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use capture::Record;
use capture::recording::{
    INDEX_FILE, Index, IndexEntry, MANIFEST_FILE, Manifest, SegmentWriter, segment_file,
    segment_number, surplus,
};
use tracing::info;

use crate::config;
use crate::crash_point::{Place, reach};

/// What a kill of the process may lose of a recording.
const FLUSH_STEP: Duration = Duration::from_secs(1);
/// What a power cut may lose of it.
const SYNC_STEP: Duration = Duration::from_secs(10);

/// One run's directory, being written.
pub(crate) struct RunDirectory {
    all: PathBuf,
    directory: PathBuf,
    max_bytes: u64,
    segment_bytes: u64,
    number: u32,
    index: Index,
    writer: Option<SegmentWriter<File>>,
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
        };
        run.begin_segment()?;
        Ok(run)
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.directory
    }

    /// Writes what comes until nobody can send any more.
    pub(crate) fn write_all(&mut self, batches: &Receiver<Vec<Record>>) -> io::Result<()> {
        let mut flushed = Instant::now();
        let mut synced = flushed;
        loop {
            match batches.recv_timeout(FLUSH_STEP.saturating_sub(flushed.elapsed())) {
                Ok(batch) => {
                    for record in &batch {
                        self.append(record)?;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return self.end_segment(),
            }
            if flushed.elapsed() >= FLUSH_STEP {
                reach(Place::BeforeFlush);
                self.writer().flush()?;
                reach(Place::AfterFlush);
                flushed = Instant::now();
            }
            if synced.elapsed() >= SYNC_STEP {
                self.writer().get_ref().sync_data()?;
                synced = Instant::now();
            }
        }
    }

    fn append(&mut self, record: &Record) -> io::Result<()> {
        self.writer().append(record)?;
        if self.writer().bytes() >= self.segment_bytes {
            self.end_segment()?;
            self.begin_segment()?;
        }
        Ok(())
    }

    fn writer(&mut self) -> &mut SegmentWriter<File> {
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
        self.writer = Some(SegmentWriter::new(file)?);
        Ok(())
    }

    fn end_segment(&mut self) -> io::Result<()> {
        let Some(writer) = self.writer.take() else {
            return Ok(());
        };
        let (file, end) = writer.finish()?;
        file.sync_data()?;
        reach(Place::BeforeIndex);
        self.index.segments.push(IndexEntry::new(self.number, end));
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
