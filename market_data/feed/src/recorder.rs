//! Writes what comes in to disk, on a thread of its own so that a slow disk never delays a frame.
//!
//! A live feed that cannot hand its records over ends the recording rather than leave a hole in it; a replay waits.

use std::io;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use capture::Record;
use capture::recording::Manifest;
use tracing::error;

use crate::config;
use crate::run_directory::RunDirectory;

/// Records handed over together at most.
const BATCH_MAX: usize = 1_024;
/// Batches that wait for the disk.
const BATCHES_MAX: usize = 256;

/// The near end: collects records and hands them over.
pub struct Recorder {
    batch: Vec<Record>,
    batches: Option<SyncSender<Vec<Record>>>,
    thread: Option<JoinHandle<()>>,
    waits: bool,
}

impl Recorder {
    /// Makes a directory for this run under the configured one and begins to write. `waits`: a replay waits for the disk.
    pub fn start(config: &config::Record, manifest: &Manifest, waits: bool) -> io::Result<Self> {
        let run = RunDirectory::begin(config, manifest)?;
        let (batches, receiver) = sync_channel(BATCHES_MAX);
        let thread = std::thread::Builder::new()
            .name("recorder".to_owned())
            .spawn(move || write(run, &receiver))?;
        Ok(Self {
            batch: Vec::with_capacity(BATCH_MAX),
            batches: Some(batches),
            thread: Some(thread),
            waits,
        })
    }

    /// Adds a record.
    pub fn push(&mut self, record: Record) {
        if self.batches.is_some() {
            self.batch.push(record);
            if self.batch.len() >= BATCH_MAX {
                self.hand_over();
            }
        }
    }

    /// Hands over what was added.
    pub fn hand_over(&mut self) {
        let Some(batches) = &self.batches else { return };
        if self.batch.is_empty() {
            return;
        }
        let batch = std::mem::replace(&mut self.batch, Vec::with_capacity(BATCH_MAX));
        let handed = if self.waits {
            batches.send(batch).map_err(|_| "the disk failed")
        } else {
            batches.try_send(batch).map_err(|refused| match refused {
                TrySendError::Full(_) => "the disk is too slow",
                TrySendError::Disconnected(_) => "the disk failed",
            })
        };
        if let Err(reason) = handed {
            error!(
                reason,
                "the recording ends here; start again to begin another"
            );
            self.batches = None;
        }
    }

    /// False once the recording has ended before its time.
    #[must_use]
    pub fn is_recording(&self) -> bool {
        self.batches.is_some()
    }

    /// Writes everything and ends the recording.
    pub fn finish(mut self) {
        self.hand_over();
        self.batches = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            error!("the recorder's thread panicked");
        }
    }
}

fn write(mut run: RunDirectory, batches: &Receiver<Vec<Record>>) {
    if let Err(reason) = run.write_all(batches) {
        error!(directory = %run.path().display(), %reason, "the recording cannot be written");
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;
    use capture::recording::segment_file;
    use capture::{Input, Source};

    fn manifest(started_ns: i64) -> Manifest {
        Manifest {
            format: capture::recording::FORMAT,
            build: "test".into(),
            session: "s".into(),
            venue: "sim".into(),
            simulated: true,
            rest_answers: true,
            started_ns,
            instruments: Vec::new(),
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

    #[test]
    fn what_was_pushed_is_read_back_and_the_bound_holds_over_all_runs() {
        let dir = tempfile::tempdir().expect("a directory");
        let mut first_run = None;
        for run in 0..3 {
            let mut recorder =
                Recorder::start(&config(dir.path()), &manifest(run), true).expect("it starts");
            for at in 0..300 {
                recorder.push(record(run * 1_000 + at, 1_000));
            }
            recorder.finish();
            let held = total(dir.path());
            assert!(held < 400_000 + 4_096, "{held}");
            first_run.get_or_insert_with(|| {
                fs::read_dir(dir.path())
                    .expect("runs")
                    .next()
                    .expect("one")
                    .expect("it")
                    .path()
            });
        }
        assert!(!first_run.expect("it ran").join(segment_file(1)).exists());
        let mut runs: Vec<_> = fs::read_dir(dir.path())
            .expect("runs")
            .map(|run| run.expect("a run").path())
            .collect();
        runs.sort();
        let last = runs.pop().expect("the last run is there");
        let mut source = Source::open(&[last], &[], &Default::default()).expect("a recording");
        let mut kept = Vec::new();
        while let Some(record) = source.next_record().expect("it is whole") {
            kept.extend(matches!(record.input, Input::Message { .. }).then_some(record));
        }
        let expected: Vec<_> = (0..300).map(|at| record(2_000 + at, 1_000)).collect();
        assert_eq!(kept, expected);
    }
}
