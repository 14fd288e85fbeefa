//! Sockets, the clock and files around an exchange: one loop owns the market, connections read what it says.

/// REST, control and the upgrade.
mod http;
/// Who reads which stream.
pub mod hub;
/// The loops that let the market live.
mod pump;
/// Status and state files.
mod report;
/// One stream connection.
mod stream;

use crate::config::{self, Config, Market as MarketConfig};
use crate::exchange::{Exchange, Market};
use crate::faults::script::Script;
use crate::market::generator::Generator;
use crate::outgoing::Outgoing;
use crate::playback::player::Player;
use crate::remembered;
use capture::Source;
use hub::Hub;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use pump::Pace;
use std::convert::Infallible;
use std::fs;
use std::future::Future;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// The build that this program is part of.
pub const BUILD: &str = match option_env!("QF_BUILD") {
    Some(build) => build,
    None => "dev",
};
/// A listener that cannot accept, as when files run out, tries again after this time.
const ACCEPT_RETRY: Duration = Duration::from_millis(100);

/// Why the program cannot start or go on.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The configuration or a file it names.
    #[error("{0}")]
    Configuration(String),
    /// The address.
    #[error("listen: {address}: {reason}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// What the system says.
        reason: std::io::Error,
    },
    /// A recording that cannot be played on.
    #[error("market.recording: {0}")]
    Recording(String),
}

/// What a control call asks of the loop that owns the market.
#[derive(Debug)]
pub(crate) enum Command {
    /// So many more depth events.
    Burst(u32),
}

/// UTC by the system's clock at the start, carried on by the monotonic one.
#[derive(Debug)]
pub(crate) struct Clock {
    started_ns: i64,
    started: Instant,
}

impl Clock {
    fn new() -> Self {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Self {
            started_ns: i64::try_from(since.as_nanos()).unwrap_or(i64::MAX),
            started: Instant::now(),
        }
    }

    pub(crate) fn now_ns(&self) -> i64 {
        self.started_ns
            .saturating_add(i64::try_from(self.started.elapsed().as_nanos()).unwrap_or(i64::MAX))
    }
}

/// What every connection shares.
pub(crate) struct Shared {
    exchange: Mutex<Exchange>,
    pub(crate) hub: Hub,
    pub(crate) clock: Clock,
    pub(crate) control: bool,
    pub(crate) commands: UnboundedSender<Command>,
    connections: AtomicU64,
}

impl Shared {
    pub(crate) fn exchange(&self) -> MutexGuard<'_, Exchange> {
        // Nothing that holds it panics but by a defect; the counts and the market are still worth reading then.
        self.exchange.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn next_connection(&self) -> u64 {
        self.connections.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn send(&self, messages: &mut Vec<Outgoing>) {
        let slow = self.hub.send(messages);
        self.exchange().counts.slow_connections += slow;
    }
}

/// An exchange that listens.
pub struct Server {
    listener: TcpListener,
    shared: Arc<Shared>,
    commands: UnboundedReceiver<Command>,
    pace: Pace,
    config: Config,
}

impl Server {
    /// Reads what the configuration names and listens.
    pub async fn open(config: Config) -> Result<Self, ServerError> {
        let clock = Clock::new();
        let script = match &config.faults {
            None => Script::default(),
            Some(path) => {
                let json = read(path, "faults")?;
                Script::parse(&json).map_err(|fault| said("faults", path, &fault))?
            }
        };
        let (market, pace) = market(&config, clock.now_ns())?;
        let exchange = Exchange::new(market, script, clock.now_ns());
        let address = config.listen;
        let listener = TcpListener::bind(address)
            .await
            .map_err(|reason| ServerError::Listen { address, reason })?;
        // Its writers are control calls, which are few; the loop reads it every few milliseconds.
        let (sender, commands) = unbounded_channel();
        let shared = Arc::new(Shared {
            exchange: Mutex::new(exchange),
            hub: Hub::default(),
            clock,
            control: config.control,
            commands: sender,
            connections: AtomicU64::new(1),
        });
        Ok(Self {
            listener,
            shared,
            commands,
            pace,
            config,
        })
    }

    /// The address that was really taken.
    pub fn address(&self) -> SocketAddr {
        self.listener.local_addr().unwrap_or(self.config.listen)
    }

    /// Serves until `stop` comes.
    pub async fn run(self, stop: impl Future<Output = ()>) -> Result<(), ServerError> {
        let Self {
            listener,
            shared,
            commands,
            pace,
            config,
        } = self;
        let result = tokio::select! {
            () = stop => Ok(()),
            () = accept(listener, shared.clone()) => Ok(()),
            result = pump::run(pace, shared.clone(), commands) => result,
            () = report::run(&config, &shared) => Ok(()),
        };
        report::write(&config, &shared, true);
        result
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    loop {
        let socket = match listener.accept().await {
            Ok((socket, _)) => socket,
            Err(reason) => {
                tracing::warn!(%reason, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_RETRY).await;
                continue;
            }
        };
        if let Err(reason) = socket.set_nodelay(true) {
            tracing::warn!(%reason, "small messages will wait for each other");
        }
        let shared = shared.clone();
        tokio::spawn(async move {
            let service = service_fn(|request| {
                let shared = shared.clone();
                async move { Ok::<_, Infallible>(http::answer(request, shared).await) }
            });
            let served = http1::Builder::new()
                .serve_connection(TokioIo::new(socket), service)
                .with_upgrades()
                .await;
            if let Err(reason) = served {
                tracing::debug!(%reason, "a connection ended");
            }
        });
    }
}

fn market(config: &Config, now_ns: i64) -> Result<(Market, Pace), ServerError> {
    match &config.market {
        MarketConfig::Generator { seed, symbols } => {
            let remembered = match &config.state_file {
                Some(path) if path.exists() => {
                    let json = read(path, "state_file")?;
                    remembered::parse(&json).map_err(|fault| said("state_file", path, &fault))?
                }
                _ => remembered::Prices::new(),
            };
            let openings =
                config::openings(symbols, &remembered).map_err(ServerError::Configuration)?;
            Ok((
                Market::Generated(Generator::new(openings, *seed, now_ns)),
                Pace::Generated,
            ))
        }
        MarketConfig::Recording {
            files,
            speed,
            instruments,
        } => {
            let mut source = Source::open(files, &[], instruments)
                .map_err(|fault| ServerError::Recording(fault.to_string()))?;
            let specs = source
                .summary()
                .instruments
                .iter()
                .map(config::spec_of)
                .collect();
            let records = Box::new(move || source.next_record().map_err(|fault| fault.to_string()));
            let player = Player::new(specs, records)
                .map_err(|fault| ServerError::Recording(fault.to_string()))?;
            let pace = if *speed == 0.0 {
                Pace::AsRead
            } else {
                Pace::Timed { speed: *speed }
            };
            Ok((Market::Recorded(Box::new(player)), pace))
        }
    }
}

fn read(path: &Path, key: &str) -> Result<Vec<u8>, ServerError> {
    fs::read(path).map_err(|reason| said(key, path, &reason))
}

fn said(key: &str, path: &Path, reason: &dyn std::fmt::Display) -> ServerError {
    ServerError::Configuration(format!("{key}: {}: {reason}", path.display()))
}
