//! A replay: the records of files instead of an exchange. Time is the recording's, and nothing is left out.

use std::time::Duration;

use capture::{Record, Source};
use session::Clock;
use tokio::time::{Instant, sleep_until};
use tracing::{info, warn};
use wire::Ending;

use crate::config::{Config, Replay};
use crate::desk::Desk;
use crate::publisher::SocketEvent;
use crate::run::{Exit, Opened, SessionFacts, Stop, desk};

/// What may wait for the slowest reader before the source waits.
const AHEAD_BYTES_MAX: usize = 1024 * 1024;
/// Frames written together when the replay is as fast as its readers.
const BATCH_BYTES: usize = 64 * 1024;
/// Records taken in before the socket and the signals are looked at, frames or none.
const BATCH_RECORDS: usize = 4_096;
/// Step of the status file and the metrics text.
const REPORT_STEP: Duration = Duration::from_secs(1);

/// Plays the files to their end or until a signal.
pub(crate) async fn run(config: &Config, replay: &Replay, opened: Opened) -> Result<(), Exit> {
    let Opened {
        publisher,
        metrics,
        status_file,
        stop,
        stamps: _,
    } = opened;
    let source = Source::open(&replay.files, &config.symbols, &config.instruments)
        .map_err(|error| Exit::Configuration(format!("replay.files: {error}")))?;
    let summary = source.summary();
    for file in &summary.files {
        info!(file = %file.path.display(), records = file.records, levelled = file.levelled, "replaying");
        if file.torn {
            warn!(file = %file.path.display(), "its end is torn; what is whole is replayed");
        }
    }
    let facts = SessionFacts {
        session: summary.session.clone(),
        venue: "replay".to_owned(),
        simulated: config.venue.simulated || summary.simulated,
        clock: Clock::Recorded,
        instruments: summary
            .instruments
            .iter()
            .cloned()
            .map(Into::into)
            .collect(),
        rest_answers: summary.rest_answers,
    };
    let torn = summary.files.iter().filter(|file| file.torn);
    let torn = torn.map(|file| file.path.display().to_string()).collect();
    let mut desk = desk(config, facts, publisher, metrics, status_file)?;
    desk.tell_torn(torn);
    let player = Player {
        desk,
        source,
        stop,
        report_at: Instant::now(),
        last_ns: 0,
    };
    player.run(replay.speed, replay.wait_readers).await
}

struct Player {
    desk: Desk,
    source: Source,
    stop: Stop,
    report_at: Instant,
    last_ns: i64,
}

/// A signal came.
struct Stopped;

impl Player {
    async fn run(mut self, speed: f64, wait_readers: usize) -> Result<(), Exit> {
        info!(wait_readers, "waiting for readers");
        let played = match self
            .wait_while(|desk| desk.publisher().readers() < wait_readers)
            .await
        {
            Ok(()) if speed == 0.0 => self.play_at_will().await,
            Ok(()) => self.play_paced(speed).await,
            Err(Stopped) => Ok(Ending::Stopping),
        };
        let ending = *played.as_ref().unwrap_or(&Ending::Stopping);
        info!(ending = ending.name(), "the replay is over");
        self.desk.end(self.last_ns, ending);
        if self
            .wait_while(|desk| desk.publisher().waiting() > 0)
            .await
            .is_err()
        {
            warn!("stopped before every reader had its last frames");
        }
        self.desk.report_end();
        played.map(|_| ())
    }

    /// As fast as the readers read.
    async fn play_at_will(&mut self) -> Result<Ending, Exit> {
        loop {
            let mut records = 0;
            while self.desk.ready_bytes() < BATCH_BYTES && records < BATCH_RECORDS {
                let Some(record) = self.next_record()? else {
                    return Ok(Ending::RecordingEnded);
                };
                self.take(record);
                records += 1;
            }
            if self.send().await.is_err() {
                return Ok(Ending::Stopping);
            }
        }
    }

    /// Paced by the recorded times: a second of them takes `1 / speed` seconds.
    async fn play_paced(&mut self, speed: f64) -> Result<Ending, Exit> {
        let begin = Instant::now();
        let mut first_ns = None;
        while let Some(record) = self.next_record()? {
            let since_ns = record.recv_ns - *first_ns.get_or_insert(record.recv_ns);
            let due = begin + Duration::from_secs_f64(since_ns as f64 / 1e9 / speed);
            if due > Instant::now() {
                if self.send().await.is_err() || self.wait_until(due).await.is_err() {
                    return Ok(Ending::Stopping);
                }
            } else if self.desk.ready_bytes() >= BATCH_BYTES && self.send().await.is_err() {
                return Ok(Ending::Stopping);
            }
            self.take(record);
        }
        Ok(Ending::RecordingEnded)
    }

    fn next_record(&mut self) -> Result<Option<Record>, Exit> {
        self.source
            .next_record()
            .map_err(|error| Exit::Damaged(format!("replay.files: {error}")))
    }

    fn take(&mut self, record: Record) {
        self.last_ns = record.recv_ns;
        self.desk.take(record);
    }

    /// Publishes what is ready, looks at the socket, and waits while a reader is too far behind. What the session asks
    /// for is not carried out: the recording holds the answers.
    async fn send(&mut self) -> Result<(), Stopped> {
        let last_ns = self.last_ns;
        self.desk.publish(|| last_ns);
        // The event loop learns of sockets and signals only when this task gives way.
        tokio::task::yield_now().await;
        while self.serve(Some(Instant::now())).await? {}
        self.wait_while(|desk| desk.publisher().fullest() > AHEAD_BYTES_MAX)
            .await
    }

    /// Serves the socket while the condition holds.
    async fn wait_while(&mut self, holds: impl Fn(&mut Desk) -> bool) -> Result<(), Stopped> {
        while holds(&mut self.desk) {
            self.serve(None).await?;
        }
        Ok(())
    }

    /// Serves the socket until then.
    async fn wait_until(&mut self, due: Instant) -> Result<(), Stopped> {
        while self.serve(Some(due)).await? {}
        Ok(())
    }

    /// One thing that happens at the socket; false if `due` came first.
    async fn serve(&mut self, due: Option<Instant>) -> Result<bool, Stopped> {
        let now = Instant::now();
        if now >= self.report_at {
            self.report_at = now + REPORT_STEP;
            self.desk.report();
        }
        let wake = due.map_or(self.report_at, |due| due.min(self.report_at));
        let until_wake = async {
            // The timer's step is a millisecond: a time that has come is not handed to it.
            if wake > now {
                sleep_until(wake).await;
            }
        };
        tokio::select! {
            biased;
            () = self.stop.wait() => Err(Stopped),
            event = self.desk.publisher().event() => {
                if let SocketEvent::Came(stream) = event {
                    self.desk.greet(stream);
                }
                Ok(true)
            }
            () = until_wake => Ok(due.is_none_or(|due| Instant::now() < due)),
        }
    }
}
