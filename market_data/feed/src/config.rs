//! What the program is told: one strict JSON file, every key required, an error names its key.

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use capture::TableEntry;
use serde::{Deserialize, Serialize};
use tracing::Level;

/// Longest path of a Unix socket, by the size of the system's address less two for a name beside it.
pub const SOCKET_PATH_BYTES_MAX: usize = 105;

/// Everything `market_data` is told.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where the market is.
    pub venue: Venue,
    /// Upper case, in the order of their index; in a replay empty for all that the files hold.
    pub symbols: Vec<String>,
    /// Units where the venue gives none.
    pub instruments: BTreeMap<String, TableEntry>,
    /// Files to replay instead of a live feed.
    pub replay: Option<Replay>,
    /// The Unix socket to publish at.
    pub socket: PathBuf,
    /// Loopback address for /healthz and /metrics.
    pub metrics_listen: SocketAddr,
    /// Replaced whole once a second and at exit.
    pub status_file: PathBuf,
    /// How books are kept and shown.
    pub book: Book,
    /// A live session is over when this many seconds since 1970 are whole; a replay's when its files are.
    pub session_seconds: u32,
    /// One-minute bars asked for at the start of a live feed.
    pub candle_seed: u32,
    /// Where to record what comes in.
    pub record: Option<Record>,
    /// How much is logged.
    pub log_level: LogLevel,
}

/// Where the market is.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Venue {
    /// `binance`, `sim` or `replay`.
    pub name: VenueName,
    /// True if its prices come from a market generator.
    pub simulated: bool,
    /// `http://` or `https://`, without a path.
    pub rest_url: String,
    /// `ws://` or `wss://`, without a path.
    pub ws_url: String,
}

/// Venues this program knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum VenueName {
    /// Binance spot.
    Binance,
    /// exchange_sim.
    Sim,
    /// Files.
    Replay,
}

impl VenueName {
    /// The word in Hello and in the status file.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Binance => "binance",
            Self::Sim => "sim",
            Self::Replay => "replay",
        }
    }
}

/// Files to replay.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replay {
    /// Text captures, or directories of recordings.
    pub files: Vec<PathBuf>,
    /// 1: as it was; 0: as fast as its readers read.
    pub speed: f64,
    /// Readers that must be there before the first record.
    pub wait_readers: usize,
}

/// How books are kept and shown.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Book {
    /// Levels of each side in a Book frame.
    pub publish_levels: usize,
    /// Levels of each side asked for in a snapshot.
    pub snapshot_limit: u32,
    /// Weight of the next level in the weighted imbalance.
    pub imbalance_decay_ppm: u32,
    /// A book without an update for so long is stale.
    pub stale_after_ms: u32,
    /// A book crossed for so long is built anew.
    pub crossed_resync_ms: u32,
    /// Step of the comparison of each book with a fresh snapshot, 0: never.
    pub rest_check_seconds: u32,
}

/// Where to record what comes in.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Holds one directory a run.
    pub directory: PathBuf,
    /// All runs together.
    pub max_bytes: u64,
    /// One segment, compressed.
    pub segment_bytes: u64,
}

/// How much is logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// What each step did.
    Debug,
    /// What an operator wants to have seen.
    Info,
    /// What an operator should look at.
    Warning,
    /// What an operator must look at.
    Error,
}

impl LogLevel {
    /// The level of the logging library.
    #[must_use]
    pub fn level(self) -> Level {
        match self {
            Self::Debug => Level::DEBUG,
            Self::Info => Level::INFO,
            Self::Warning => Level::WARN,
            Self::Error => Level::ERROR,
        }
    }
}

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigFault {
    /// The file cannot be read.
    #[error("{}: {reason}", file.display())]
    Unreadable {
        /// Which.
        file: PathBuf,
        /// What the system said.
        reason: std::io::Error,
    },
    /// A key is unknown, absent or of another type.
    #[error("{}: {key}: {reason}", file.display())]
    Key {
        /// Which file.
        file: PathBuf,
        /// Its path in the file.
        key: String,
        /// What is wrong.
        reason: String,
    },
}

/// Reads and checks a configuration.
pub fn load(file: &Path) -> Result<Config, ConfigFault> {
    let json = fs::read(file).map_err(|reason| ConfigFault::Unreadable {
        file: file.to_path_buf(),
        reason,
    })?;
    let config = parse(&json).and_then(|config| config.check().map(|()| config));
    config.map_err(|(key, reason)| ConfigFault::Key {
        file: file.to_path_buf(),
        key,
        reason,
    })
}

fn parse(json: &[u8]) -> Result<Config, (String, String)> {
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let config: Config = serde_path_to_error::deserialize(&mut deserializer)
        .map_err(|error| (error.path().to_string(), error.inner().to_string()))?;
    deserializer
        .end()
        .map_err(|error| (".".to_owned(), error.to_string()))?;
    Ok(config)
}

impl Config {
    /// Refuses values that contradict each other or their range; those of the book are the session's to check.
    fn check(&self) -> Result<(), (String, String)> {
        let refuse = |key: &str, reason: String| Err((key.to_owned(), reason));
        if self.socket.as_os_str().len() > SOCKET_PATH_BYTES_MAX {
            return refuse(
                "socket",
                format!("is longer than {SOCKET_PATH_BYTES_MAX} bytes; use a shorter directory"),
            );
        }
        if !self.metrics_listen.ip().is_loopback() {
            return refuse(
                "metrics_listen",
                format!("{} is not a loopback address", self.metrics_listen),
            );
        }
        match &self.replay {
            Some(replay) if replay.files.is_empty() => {
                return refuse(
                    "replay.files",
                    "is empty; name at least one file".to_owned(),
                );
            }
            Some(replay) if !replay.speed.is_finite() || replay.speed < 0.0 => {
                return refuse(
                    "replay.speed",
                    format!("is {}; it must be 0 or greater", replay.speed),
                );
            }
            Some(replay) if replay.wait_readers > crate::publisher::READERS_MAX => {
                let most = crate::publisher::READERS_MAX;
                return refuse(
                    "replay.wait_readers",
                    format!("is {}; at most {most} readers fit", replay.wait_readers),
                );
            }
            Some(_) => {}
            None => self.check_live()?,
        }
        if let Some(record) = &self.record
            && (record.segment_bytes < 65_536 || record.max_bytes / 2 < record.segment_bytes)
        {
            let reason = "must be at least 65536 and at most half of record.max_bytes".to_owned();
            return refuse("record.segment_bytes", reason);
        }
        Ok(())
    }

    fn check_live(&self) -> Result<(), (String, String)> {
        let refuse = |key: &str, reason: String| Err((key.to_owned(), reason));
        if self.venue.name == VenueName::Replay {
            return refuse(
                "venue.name",
                "is replay, but replay is null; name the files to replay".to_owned(),
            );
        }
        if self.session_seconds == 0 {
            return refuse("session_seconds", "must be at least 1".to_owned());
        }
        if self.symbols.is_empty() {
            return refuse("symbols", "is empty; name at least one symbol".to_owned());
        }
        if !has_host(&self.venue.rest_url, &["http://", "https://"]) {
            return refuse(
                "venue.rest_url",
                format!(
                    "{:?} must be http://HOST or https://HOST",
                    self.venue.rest_url
                ),
            );
        }
        if !has_host(&self.venue.ws_url, &["ws://", "wss://"]) {
            return refuse(
                "venue.ws_url",
                format!("{:?} must be ws://HOST or wss://HOST", self.venue.ws_url),
            );
        }
        Ok(())
    }
}

/// A scheme, a host and perhaps a port, and nothing behind them.
fn has_host(url: &str, schemes: &[&str]) -> bool {
    let host = schemes.iter().find_map(|scheme| url.strip_prefix(scheme));
    host.is_some_and(|host| {
        !host.is_empty()
            && !host.contains(['/', '?', '#', '@', ' '])
            && url.parse::<hyper::Uri>().is_ok()
    })
}
