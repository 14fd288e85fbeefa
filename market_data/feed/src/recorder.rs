//! The feed's end of the recording: what came in and what was published goes through a pipe to a process that writes it.
//!
//! A process and no thread: what was written into the pipe outlives a kill of the feed, so the recording holds whatever
//! any reader has seen. The pipe never blocks a live feed. What it does not take waits here, bounded; beyond the bound,
//! or when the other process is gone, the recording ends by name rather than have a hole. A replay waits instead.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use capture::Record;
use capture::recording::{Manifest, encode};
use tracing::error;

use crate::config;
use crate::recording_writer::{Opening, READY, Tag};

/// The hidden command under which this program is the process that writes.
pub const WRITE_RECORDING: &str = "write-recording";
/// Bytes that wait for the pipe.
const WAITING_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Records that are handed over together, frames or none.
const BATCH_BYTES: usize = 64 * 1024;
/// Longest wait at the end for the pipe and for the process behind it.
const FINISH_WAIT: Duration = Duration::from_secs(10);
const FINISH_STEP: Duration = Duration::from_millis(2);

/// Collects records and hands them over with the frames that they caused.
pub struct Recorder {
    process: Option<Child>,
    pipe: Option<UnixStream>,
    batch: Vec<u8>,
    waiting: Vec<u8>,
    waits: bool,
}

impl Recorder {
    /// Starts the process that writes; when this returns, it has its directory. `waits`: a replay waits for the disk.
    pub fn start(config: &config::Record, manifest: &Manifest, waits: bool) -> io::Result<Self> {
        let (pipe, theirs) = UnixStream::pair()?;
        let mut process = Command::new(std::env::current_exe()?)
            .arg(WRITE_RECORDING)
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::piped())
            // A signal to the group of the feed ends the feed, and the end of the pipe ends this.
            .process_group(0)
            .spawn()?;
        let opening = Opening {
            record: config.clone(),
            manifest: manifest.clone(),
        };
        let mut recorder = Self::over(pipe, waits);
        recorder.send(Tag::Opening, &opening.to_json());
        recorder.flush(true)?;
        let mut answer = String::new();
        if let Some(said) = process.stdout.take() {
            BufReader::new(said.take(4_096)).read_line(&mut answer)?;
        }
        if answer.trim_end() != READY {
            return Err(io::Error::other(format!(
                "the recording cannot begin: {}",
                answer.trim_end()
            )));
        }
        recorder.process = Some(process);
        Ok(recorder)
    }

    fn over(pipe: UnixStream, waits: bool) -> Self {
        Self {
            process: None,
            pipe: Some(pipe),
            batch: Vec::with_capacity(BATCH_BYTES),
            waiting: Vec::new(),
            waits,
        }
    }

    /// Adds a record.
    pub fn push(&mut self, record: &Record) {
        if self.pipe.is_some() {
            encode(record, &mut self.batch);
            if self.batch.len() >= BATCH_BYTES {
                self.hand_over();
            }
        }
    }

    /// Hands over what was added, and behind it the frames that it caused.
    pub fn publish(&mut self, frames: &[u8]) {
        if self.pipe.is_some() {
            self.send_batch();
            self.send(Tag::Frames, frames);
            self.write();
        }
    }

    /// Hands over what was added.
    pub fn hand_over(&mut self) {
        if self.pipe.is_some() {
            self.send_batch();
            self.write();
        }
    }

    /// False once the recording has ended before its time.
    #[must_use]
    pub fn is_recording(&self) -> bool {
        self.pipe.is_some()
    }

    /// Hands over everything and waits, not for ever, until it is written.
    pub fn finish(mut self) {
        self.hand_over();
        if let Err(reason) = self.flush(false) {
            self.end(&reason.to_string());
        }
        self.pipe = None;
        let Some(mut process) = self.process.take() else {
            return;
        };
        let until = Instant::now() + FINISH_WAIT;
        while matches!(process.try_wait(), Ok(None)) {
            if Instant::now() >= until {
                error!("the recording is still being written; it goes on behind this process");
                return;
            }
            std::thread::sleep(FINISH_STEP);
        }
    }

    fn send_batch(&mut self) {
        let mut batch = std::mem::take(&mut self.batch);
        self.send(Tag::Records, &batch);
        batch.clear();
        self.batch = batch;
    }

    fn send(&mut self, tag: Tag, content: &[u8]) {
        if !content.is_empty() {
            self.waiting.extend_from_slice(&tag.header(content.len()));
            self.waiting.extend_from_slice(content);
        }
    }

    fn write(&mut self) {
        let written = self.flush(self.waits);
        match written {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                if self.waiting.len() > WAITING_BYTES_MAX {
                    self.end("the disk is too slow");
                }
            }
            Err(error) => self.end(&format!("the process that writes it is gone: {error}")),
        }
    }

    /// Writes what waits: all of it if the recorder waits or ends, else what the pipe takes at once.
    fn flush(&mut self, to_the_end: bool) -> io::Result<()> {
        let Some(pipe) = &mut self.pipe else {
            return Ok(());
        };
        let mut written = 0;
        pipe.set_nonblocking(!to_the_end)?;
        let flushed = loop {
            if written == self.waiting.len() {
                break Ok(());
            }
            match pipe.write(&self.waiting[written..]) {
                Ok(0) => break Err(ErrorKind::WriteZero.into()),
                Ok(count) => written += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => break Err(error),
            }
        };
        self.waiting.drain(..written);
        flushed
    }

    fn end(&mut self, reason: &str) {
        error!(
            reason,
            "the recording ends here; start again to begin another"
        );
        self.pipe = None;
        self.waiting = Vec::new();
        self.batch = Vec::new();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use capture::Input;

    fn tick(recv_ns: i64) -> Record {
        Record {
            recv_ns,
            input: Input::Tick,
        }
    }

    #[test]
    fn a_disk_that_takes_nothing_never_holds_the_feed_and_ends_the_recording() {
        let (pipe, theirs) = UnixStream::pair().expect("a pair");
        let mut recorder = Recorder::over(pipe, false);
        let frames = vec![0; 60_000];
        let begun = Instant::now();
        let mut published = 0;
        while recorder.is_recording() {
            recorder.push(&tick(published));
            recorder.publish(&frames);
            published += 1;
            assert!(published < 1_000, "the bound holds");
        }
        assert!(published as usize * frames.len() > WAITING_BYTES_MAX);
        assert!(recorder.waiting.is_empty());
        assert!(begun.elapsed() < Duration::from_secs(30));
        drop(theirs);
        recorder.finish();
    }

    #[test]
    fn a_writer_that_is_gone_ends_the_recording_and_not_the_feed() {
        let (pipe, theirs) = UnixStream::pair().expect("a pair");
        let mut recorder = Recorder::over(pipe, false);
        drop(theirs);
        recorder.push(&tick(1));
        recorder.publish(&[1, 2, 3]);
        assert!(!recorder.is_recording());
    }

    #[test]
    fn what_the_pipe_took_outlives_the_recorder() {
        let (pipe, mut theirs) = UnixStream::pair().expect("a pair");
        let mut recorder = Recorder::over(pipe, false);
        recorder.push(&tick(7));
        recorder.publish(b"frame");
        drop(recorder);
        let mut bytes = Vec::new();
        theirs.read_to_end(&mut bytes).expect("it is there");
        assert!(bytes.ends_with(b"frame") && bytes[0] == Tag::Records.byte());
    }
}
