//! What the tests of the whole program share: a made-up market, the program as a child, and readers of its socket.

#![allow(dead_code, reason = "every test binary uses a part of it")]
#![allow(
    clippy::disallowed_methods,
    reason = "a test waits for another process"
)]

use std::io::Read;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

pub mod exchange;
pub mod market;

/// Longest wait for anything in these tests.
pub const WAIT: Duration = Duration::from_secs(20);

/// A configuration for a replay of these files in this directory.
pub fn replay_config(
    directory: &Path,
    files: &[PathBuf],
    speed: f64,
    wait_readers: usize,
) -> Value {
    json!({
        "venue": {"name": "replay", "simulated": false, "rest_url": "http://127.0.0.1:1", "ws_url": "ws://127.0.0.1:1"},
        "symbols": [], "instruments": {},
        "replay": {"files": files, "speed": speed, "wait_readers": wait_readers},
        "socket": directory.join("market.sock"), "metrics_listen": "127.0.0.1:0",
        "status_file": directory.join("status.json"),
        "book": {"publish_levels": 20, "snapshot_limit": 1000, "imbalance_decay_ppm": 700_000,
                 "stale_after_ms": 5000, "crossed_resync_ms": 1000, "rest_check_seconds": 60},
        "session_seconds": 86_400, "candle_seed": 0, "record": null, "log_level": "warning"
    })
}

/// The program as a child; killed when dropped.
pub struct Program {
    child: Child,
    pub directory: PathBuf,
}

impl Program {
    pub fn start(directory: &Path, config: &Value) -> Self {
        let file = directory.join("market_data.json");
        std::fs::write(&file, config.to_string()).expect("the test's directory takes files");
        let child = Command::new(env!("CARGO_BIN_EXE_market_data"))
            .arg("--config")
            .arg(&file)
            .stderr(Stdio::inherit())
            .spawn()
            .expect("the program is built");
        Self {
            child,
            directory: directory.to_path_buf(),
        }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits for the end; the exit code.
    pub fn code(&mut self) -> i32 {
        let until = Instant::now() + WAIT;
        while Instant::now() < until {
            if let Some(status) = self.child.try_wait().expect("it is our child") {
                return code_of(status);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("the program did not end in time");
    }

    /// By the shell's own `kill`: a small system has no program of that name.
    pub fn terminate(&self) {
        let kill = Command::new("sh")
            .arg("-c")
            .arg(format!("kill -TERM {}", self.pid()))
            .status();
        assert!(kill.expect("there is a shell").success());
    }

    /// The status file, once it satisfies the condition.
    pub fn status_when(&self, holds: impl Fn(&Value) -> bool) -> Value {
        let until = Instant::now() + WAIT;
        let mut last = Value::Null;
        while Instant::now() < until {
            if let Ok(bytes) = std::fs::read(self.directory.join("status.json")) {
                last = serde_json::from_slice(&bytes).expect("a status file is never half written");
                if holds(&last) {
                    return last;
                }
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("the status never came: {last}");
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn code_of(status: ExitStatus) -> i32 {
    status.code().expect("it was not killed")
}

/// Connects as soon as somebody listens.
pub fn connect(directory: &Path) -> UnixStream {
    let path = directory.join("market.sock");
    let until = Instant::now() + WAIT;
    loop {
        match UnixStream::connect(&path) {
            Ok(stream) => {
                stream
                    .set_read_timeout(Some(WAIT))
                    .expect("a socket takes a timeout");
                return stream;
            }
            Err(_) if Instant::now() < until => std::thread::sleep(Duration::from_millis(5)),
            Err(error) => panic!("nobody listens: {error}"),
        }
    }
}

/// Reads everything to the end on a thread of its own.
pub fn read_all(directory: &Path) -> JoinHandle<Vec<u8>> {
    let directory = directory.to_path_buf();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        connect(&directory)
            .read_to_end(&mut bytes)
            .expect("the feed ends in time");
        bytes
    })
}

/// Frames one after the other.
pub fn frames(bytes: &[u8]) -> Vec<wire::Frame<'_>> {
    let mut frames = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let (frame, used) = wire::decode(rest).expect("whole frames");
        frames.push(frame);
        rest = &rest[used..];
    }
    frames
}

/// Frames of a live feed as they come.
pub struct FrameReader {
    stream: UnixStream,
    bytes: Vec<u8>,
}

impl FrameReader {
    pub fn new(stream: UnixStream) -> Self {
        Self {
            stream,
            bytes: Vec::new(),
        }
    }

    /// Reads on until a frame satisfies the condition; gives what the condition made of it.
    pub fn until<T>(&mut self, mut found: impl FnMut(&wire::Frame<'_>) -> Option<T>) -> T {
        let until = Instant::now() + WAIT;
        loop {
            while let Ok((frame, used)) = wire::decode(&self.bytes) {
                let result = found(&frame);
                self.bytes.drain(..used);
                if let Some(result) = result {
                    return result;
                }
            }
            assert!(Instant::now() < until, "the frame never came");
            let mut chunk = [0; 65_536];
            let count = self.stream.read(&mut chunk).expect("the feed is alive");
            assert!(count > 0, "the feed ended before the frame came");
            self.bytes.extend_from_slice(&chunk[..count]);
        }
    }
}
