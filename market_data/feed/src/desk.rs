//! One step for live and replay alike: a record goes to the session and to the recorder, frames go to the readers.

use capture::{Input, Record};
use session::{Output, Request, Session};
use tokio::net::UnixStream;
use tokio::sync::watch;
use wire::Ending;

use crate::clock::system_utc_ns;
use crate::crash_point::{Place, reach};
use crate::metrics::{ShellCounts, render};
use crate::publisher::Publisher;
use crate::recorder::Recorder;
use crate::status::{Status, StatusFile};

/// What live and replay share.
pub struct Desk {
    session: Session,
    publisher: Publisher,
    recorder: Option<Recorder>,
    output: Output,
    is_replay: bool,
    /// Files whose end is torn.
    torn: Vec<String>,
    counts: ShellCounts,
    arrivals: Vec<i64>,
    metrics: watch::Sender<String>,
    status_file: StatusFile,
}

impl Desk {
    /// With a session that has seen nothing yet.
    #[must_use]
    pub fn new(
        session: Session,
        publisher: Publisher,
        recorder: Option<Recorder>,
        is_replay: bool,
        metrics: watch::Sender<String>,
        status_file: StatusFile,
    ) -> Self {
        let recording = recorder.is_some();
        let counts = ShellCounts {
            recording,
            recording_wanted: recording,
            ..ShellCounts::default()
        };
        Self {
            session,
            publisher,
            recorder,
            output: Output::new(),
            is_replay,
            torn: Vec::new(),
            counts,
            arrivals: Vec::with_capacity(1_024),
            metrics,
            status_file,
        }
    }

    /// Names the files whose end is torn, for every status from now on.
    pub fn tell_torn(&mut self, files: Vec<String>) {
        self.torn = files;
    }

    /// Takes one record in. Its frames wait for `publish`.
    pub fn take(&mut self, record: Record) {
        let before = self.output.bytes().len();
        self.session.on_record(&record, &mut self.output);
        if !self.is_replay && self.output.bytes().len() > before {
            self.arrivals.push(record.recv_ns);
        }
        if let Some(recorder) = &mut self.recorder {
            recorder.push(&record);
        }
    }

    /// Bytes of frames that wait for `publish`.
    #[must_use]
    pub fn ready_bytes(&self) -> usize {
        self.output.bytes().len()
    }

    /// Sends what the records caused to the readers, in one write each; gives what the session asks for.
    pub fn publish(&mut self, now_ns: impl FnOnce() -> i64) -> Vec<Request> {
        if self.output.is_empty() {
            return Vec::new();
        }
        // First: what a reader has seen, the recording holds, though this process were killed in between.
        if let Some(recorder) = &mut self.recorder {
            recorder.publish(self.output.bytes());
        }
        let session = &self.session;
        reach(Place::BeforePublish);
        self.publisher.publish(&self.output, self.is_replay, || {
            let mut goodbye = Vec::new();
            session.goodbye_to_one(Ending::ReaderTooSlow, &mut goodbye);
            goodbye
        });
        reach(Place::AfterPublish);
        for frame in self.output.frames() {
            self.counts.frames.note(frame.kind);
        }
        if !self.arrivals.is_empty() {
            let now_ns = now_ns();
            for recv_ns in self.arrivals.drain(..) {
                self.counts.latency.note(now_ns - recv_ns);
            }
        }
        let requests = self.output.requests().to_vec();
        self.output.clear();
        requests
    }

    /// Takes a reader in, or sends it away if there are too many. Nothing may wait for `publish`.
    pub fn greet(&mut self, stream: UnixStream) {
        debug_assert!(
            self.output.is_empty(),
            "a new reader would get these frames twice"
        );
        let mut bytes = Vec::new();
        if self.publisher.has_room() {
            self.session.hello(&mut bytes);
            self.session.catch_up(&mut bytes);
            self.publisher.greet(stream, &bytes);
        } else {
            self.session
                .goodbye_to_one(Ending::TooManyReaders, &mut bytes);
            self.publisher.refuse(stream, &bytes);
        }
    }

    /// The socket.
    pub fn publisher(&mut self) -> &mut Publisher {
        &mut self.publisher
    }

    /// The state machine.
    #[must_use]
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Hands what was recorded to the process that writes it.
    pub fn hand_over(&mut self) {
        if let Some(recorder) = &mut self.recorder {
            recorder.hand_over();
            self.counts.recording = recorder.is_recording();
        }
    }

    /// Renews the status file and the text of /metrics.
    pub fn report(&mut self) {
        self.status_file.replace(self.status());
        self.metrics
            .send_replace(render(&self.session, &self.publisher, &self.counts));
    }

    /// Writes the last status.
    pub fn report_end(&mut self) {
        let status = self.status();
        self.status_file.finish(status);
    }

    fn status(&self) -> Status {
        let readers = self.publisher.readers();
        Status::of(&self.session, &self.torn, readers, system_utc_ns())
    }

    /// Publishes the Goodbye to all and ends the recording. The readers may still have to read.
    pub fn end(&mut self, recv_ns: i64, ending: Ending) {
        if let Some(recorder) = &mut self.recorder {
            let reason = ending.name().to_owned();
            recorder.push(&Record {
                recv_ns,
                input: Input::Ended { reason },
            });
        }
        self.session.goodbye(recv_ns, ending, &mut self.output);
        // What the session still asks for comes too late.
        self.publish(|| recv_ns);
        if let Some(recorder) = self.recorder.take() {
            recorder.finish();
        }
    }
}
