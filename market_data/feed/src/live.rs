//! The live feed: one task for what comes from sockets and timers, one task a connection and a request.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use capture::{Input, Record};
use session::{Clock, Request};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until, timeout};
use tracing::{info, warn};
use wire::{Ending, State};

use crate::clock::{Stamps, session_end_ns, system_utc_ns};
use crate::config::Config;
use crate::desk::Desk;
use crate::filters::{Found, find};
use crate::publisher::SocketEvent;
use crate::rest::RestClient;
use crate::run::{Exit, Opened, SessionFacts, Stop, desk};
use crate::status::{Status, StatusFile};
use crate::stream::StreamVenue;

/// Step of the session's timer.
const TICK_STEP: Duration = Duration::from_millis(100);
/// Step of the status file, the metrics text and the clock's anchor.
const REPORT_STEP: Duration = Duration::from_secs(1);
/// Records that wait for the main task; when it is full, the sockets wait.
const RECORDS_MAX: usize = 4_096;
/// Records taken in before their frames are written.
const BATCH_MAX: usize = 256;
/// Longest wait for the readers to take the last frames.
const LAST_FRAMES_WAIT: Duration = Duration::from_secs(2);

/// Follows the exchange until a signal, or until the session is over.
pub(crate) async fn run(config: &Config, opened: Opened) -> Result<(), Exit> {
    let Opened {
        publisher,
        metrics,
        mut status_file,
        mut stop,
        stamps,
    } = opened;
    let unusable = |key: &'static str| {
        move |error: std::io::Error| Exit::Configuration(format!("{key}: {error}"))
    };
    let rest = RestClient::new(&config.venue.rest_url, Rc::clone(&stamps))
        .map_err(unusable("venue.rest_url"))?;
    let Some(instruments) = instruments(config, &rest, &mut stop, &mut status_file).await? else {
        return Ok(());
    };
    let facts = SessionFacts {
        session: format!("{}-{:x}", config.venue.name.name(), system_utc_ns()),
        venue: config.venue.name.name().to_owned(),
        simulated: config.venue.simulated,
        clock: Clock::Wall,
        instruments,
        rest_answers: true,
    };
    let desk = desk(config, facts, publisher, metrics, status_file)?;
    let stream = StreamVenue::new(&config.venue.ws_url, &desk.session().stream_path());
    let stream = Rc::new(stream.map_err(unusable("venue.ws_url"))?);
    let (sender, records) = mpsc::channel(RECORDS_MAX);
    let exchange = Exchange {
        rest: Rc::new(rest),
        stream,
        stamps,
        sender,
        connections: BTreeMap::new(),
    };
    let period_ns = i64::from(config.session_seconds) * 1_000_000_000;
    let over_ns = session_end_ns(exchange.stamps.now_ns(), period_ns);
    Feed {
        desk,
        exchange,
        records,
        last_ns: 0,
        over_ns,
    }
    .run(stop)
    .await
}

/// The units of every instrument; `None` if the program was stopped while it waited for them.
async fn instruments(
    config: &Config,
    rest: &RestClient,
    stop: &mut Stop,
    status_file: &mut StatusFile,
) -> Result<Option<Vec<session::Instrument>>, Exit> {
    let status = |state| {
        Status::starting(
            config.venue.name.name(),
            config.venue.simulated,
            state,
            system_utc_ns(),
        )
    };
    status_file.replace(status(State::Disconnected));
    let mut instruments = Vec::with_capacity(config.symbols.len());
    let mut tries = 0;
    while let Some(symbol) = config.symbols.get(instruments.len()) {
        let found = tokio::select! {
            found = find(rest, symbol, &config.instruments, tries) => found,
            () = stop.wait() => {
                status_file.finish(status(State::Disconnected));
                return Ok(None);
            }
        };
        match found.map_err(|fault| Exit::Configuration(fault.to_string()))? {
            Found::Instrument(instrument) => {
                instruments.push(instrument);
                tries = 0;
            }
            Found::NotYet(wait, state) => {
                tries += 1;
                let until = Instant::now() + wait;
                while Instant::now() < until {
                    status_file.replace(status(state));
                    tokio::select! {
                        () = sleep_until((Instant::now() + REPORT_STEP).min(until)) => {}
                        () = stop.wait() => {
                            status_file.finish(status(state));
                            return Ok(None);
                        }
                    }
                }
            }
        }
    }
    Ok(Some(instruments))
}

/// The main task's own.
struct Feed {
    desk: Desk,
    exchange: Exchange,
    records: mpsc::Receiver<Record>,
    last_ns: i64,
    /// When the session is over.
    over_ns: i64,
}

/// The way to the exchange: what the session asks for is done by tasks that send records back.
struct Exchange {
    rest: Rc<RestClient>,
    stream: Rc<StreamVenue>,
    stamps: Rc<Stamps>,
    sender: mpsc::Sender<Record>,
    /// Dropping one closes its connection.
    connections: BTreeMap<u32, oneshot::Sender<()>>,
}

/// What woke the main task.
enum Woken {
    Stop,
    Record(Record),
    Socket(SocketEvent),
    Timer,
}

impl Feed {
    async fn run(mut self, mut stop: Stop) -> Result<(), Exit> {
        let mut tick_at = Instant::now();
        let mut report_at = tick_at;
        let exit = loop {
            let woken = tokio::select! {
                () = stop.wait() => Woken::Stop,
                // `Exchange` holds a sender, so the channel does not end.
                Some(record) = self.records.recv() => Woken::Record(record),
                event = self.desk.publisher().event() => Woken::Socket(event),
                () = sleep_until(tick_at) => Woken::Timer,
            };
            match woken {
                Woken::Stop => break Ok(()),
                Woken::Record(record) => self.take_batch(record),
                Woken::Socket(SocketEvent::Came(stream)) => self.desk.greet(stream),
                Woken::Socket(SocketEvent::Moved) | Woken::Timer => {}
            }
            let now = Instant::now();
            if now >= tick_at {
                tick_at = now + TICK_STEP;
                let recv_ns = self.exchange.stamps.now_ns();
                self.take(Record {
                    recv_ns,
                    input: Input::Tick,
                });
                self.desk.hand_over();
            }
            if let Err(exit) = self.publish() {
                break Err(exit);
            }
            if self.last_ns >= self.over_ns {
                break Err(Exit::SessionOver);
            }
            if now >= report_at {
                report_at = now + REPORT_STEP;
                if let Some(set_back_ns) = self.exchange.stamps.follow_system() {
                    warn!(
                        set_back_ns,
                        "the system's clock was set back; receive times go on without it"
                    );
                }
                self.desk.report();
            }
        };
        self.end().await;
        exit
    }

    fn take_batch(&mut self, first: Record) {
        self.take(first);
        for _ in 1..BATCH_MAX {
            match self.records.try_recv() {
                Ok(record) => self.take(record),
                Err(_) => break,
            }
        }
    }

    /// Stamps are given where a record is made; a record that waited longer than a later one takes that one's.
    fn take(&mut self, mut record: Record) {
        record.recv_ns = record.recv_ns.max(self.last_ns);
        self.last_ns = record.recv_ns;
        match &record.input {
            Input::Connected { connection } => info!(connection, "the stream is connected"),
            Input::Disconnected { connection, reason } => {
                warn!(connection, reason, "the stream ended");
                self.exchange.connections.remove(connection);
            }
            Input::Message { .. }
            | Input::Rest { .. }
            | Input::Tick
            | Input::Published(_)
            | Input::Ended { .. } => {}
        }
        self.desk.take(record);
    }

    fn publish(&mut self) -> Result<(), Exit> {
        let stamps = Rc::clone(&self.exchange.stamps);
        for request in self.desk.publish(|| stamps.now_ns()) {
            self.exchange.carry_out(request)?;
        }
        Ok(())
    }

    async fn end(mut self) {
        info!("stopping");
        let recv_ns = self.exchange.stamps.now_ns().max(self.last_ns);
        self.desk.end(recv_ns, Ending::Stopping);
        self.exchange.connections.clear();
        if timeout(LAST_FRAMES_WAIT, self.desk.publisher().drain())
            .await
            .is_err()
        {
            warn!("a reader did not take its last frames in time");
        }
        self.desk.report_end();
    }
}

impl Exchange {
    fn carry_out(&mut self, request: Request) -> Result<(), Exit> {
        match request {
            Request::Fetch {
                endpoint,
                symbol,
                path,
            } => {
                let (rest, sender) = (Rc::clone(&self.rest), self.sender.clone());
                tokio::task::spawn_local(async move {
                    let record = rest.fetch(endpoint, symbol, &path).await;
                    // Nobody receives once the feed is stopping.
                    let _ = sender.send(record).await;
                });
            }
            Request::Connect { connection, reason } => {
                info!(connection, reason = reason.name(), "connecting");
                let (close, closed) = oneshot::channel();
                self.connections.insert(connection, close);
                let stream = Rc::clone(&self.stream);
                let (stamps, sender) = (Rc::clone(&self.stamps), self.sender.clone());
                tokio::task::spawn_local(stream.run(connection, stamps, sender, closed));
            }
            Request::Close { connection, reason } => {
                info!(connection, reason = reason.name(), "closing");
                self.connections.remove(&connection);
            }
            Request::Restart { symbol } => return Err(Exit::FiltersChanged(symbol)),
        }
        Ok(())
    }
}
