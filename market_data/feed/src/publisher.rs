//! Frames to any number of readers over a Unix socket.
//!
//! Frames that are ready together are written together, straight from the session's buffer; only what a socket does not
//! take at once is copied into that reader's queue.

use std::collections::VecDeque;
use std::fs;
use std::future::poll_fn;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use session::Output;
use tokio::net::{UnixListener, UnixStream};
use tracing::{info, warn};

use crate::reader_queue::{QueuedFrame, ReaderQueue};

/// Readers at one time.
pub const READERS_MAX: usize = 16;
/// A reader that is being sent away takes its last words within this time or not at all.
const LAST_WORDS_WAIT: Duration = Duration::from_secs(1);
/// Readers on their way out at one time; more are dropped without their last words.
const LEAVING_MAX: usize = 16;

/// What happened at the socket.
#[derive(Debug)]
pub enum SocketEvent {
    /// Somebody connected; `greet` or `refuse` it.
    Came(UnixStream),
    /// A queue moved, or a reader went.
    Moved,
}

/// Counted since the start, for /metrics.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReaderCounts {
    /// Readers ever greeted.
    pub greeted: u64,
    /// Readers refused because there were too many.
    pub refused: u64,
    /// Readers sent away because they were too slow.
    pub too_slow: u64,
    /// Readers sent away because they wrote.
    pub wrote: u64,
    /// Book frames left out for slow readers that are gone.
    pub skipped_by_gone: u64,
}

/// The socket and its readers.
pub struct Publisher {
    path: PathBuf,
    listener: UnixListener,
    readers: Vec<Reader>,
    leaving: VecDeque<(Reader, Instant)>,
    counts: ReaderCounts,
}

struct Reader {
    number: u64,
    stream: UnixStream,
    queue: ReaderQueue,
}

/// Why a reader goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gone {
    Left,
    Wrote,
}

impl Publisher {
    /// Listens at `path`, mode 0600; a socket file that nobody listens at is replaced.
    pub fn bind(path: &Path) -> io::Result<Self> {
        if std::os::unix::net::UnixStream::connect(path).is_ok() {
            return Err(io::Error::new(
                io::ErrorKind::AddrInUse,
                "another program publishes here; stop it first",
            ));
        }
        // Bound beside and renamed, so that nobody can connect before the mode is set.
        let beside = beside(path);
        match fs::remove_file(&beside) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let listener = UnixListener::bind(&beside)?;
        fs::set_permissions(&beside, fs::Permissions::from_mode(0o600))?;
        fs::rename(&beside, path)?;
        Ok(Self {
            path: path.to_path_buf(),
            listener,
            readers: Vec::with_capacity(READERS_MAX),
            leaving: VecDeque::new(),
            counts: ReaderCounts::default(),
        })
    }

    /// How many readers there are.
    #[must_use]
    pub fn readers(&self) -> usize {
        self.readers.len()
    }

    /// Bytes that wait for the reader that is furthest behind.
    #[must_use]
    pub fn fullest(&self) -> usize {
        self.readers
            .iter()
            .map(|reader| reader.queue.waiting())
            .max()
            .unwrap_or(0)
    }

    /// Bytes that wait for all readers.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.readers
            .iter()
            .chain(self.leaving.iter().map(|(reader, _)| reader))
            .map(|it| it.queue.waiting())
            .sum()
    }

    /// Book frames left out for slow readers.
    #[must_use]
    pub fn skipped(&self) -> u64 {
        self.counts.skipped_by_gone
            + self
                .readers
                .iter()
                .map(|reader| reader.queue.skipped())
                .sum::<u64>()
    }

    /// What was counted.
    #[must_use]
    pub fn counts(&self) -> ReaderCounts {
        self.counts
    }

    /// True if one more reader fits.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.readers.len() < READERS_MAX
    }

    /// Takes a reader in; `bytes` are Hello and what repeats the present.
    pub fn greet(&mut self, stream: UnixStream, bytes: &[u8]) {
        self.counts.greeted += 1;
        let mut reader = Reader {
            number: self.counts.greeted,
            stream,
            queue: ReaderQueue::default(),
        };
        reader.queue.push_all(bytes, 0);
        info!(
            reader = reader.number,
            readers = self.readers.len() + 1,
            "a reader came"
        );
        if reader.write() {
            self.readers.push(reader);
        }
    }

    /// Sends somebody away with last words.
    pub fn refuse(&mut self, stream: UnixStream, goodbye: &[u8]) {
        self.counts.refused += 1;
        warn!(
            readers = self.readers.len(),
            "a reader was refused: there are too many"
        );
        let mut reader = Reader {
            number: 0,
            stream,
            queue: ReaderQueue::default(),
        };
        reader.queue.push_all(goodbye, 0);
        self.send_away(reader);
    }

    /// Sends frames to all. A live feed leaves Book frames out for those who are behind and sends away, with `goodbye`,
    /// those who are too far behind; a replay leaves nothing out.
    pub fn publish(&mut self, output: &Output, is_replay: bool, goodbye: impl Fn() -> Vec<u8>) {
        let all = output.bytes();
        if all.is_empty() {
            return;
        }
        let mut at = 0;
        while at < self.readers.len() {
            let reader = &mut self.readers[at];
            let took = if reader.queue.is_empty() {
                reader.write_through(all)
            } else if is_replay {
                reader.queue.push_all(all, 0);
                Ok(true)
            } else {
                let frames = output.frames().iter().map(|frame| QueuedFrame {
                    kind: frame.kind,
                    seq: frame.seq,
                    recv_ns: frame.recv_ns,
                    bytes: output.frame_bytes(frame),
                });
                Ok(reader.queue.push(all, frames).is_ok())
            };
            match took {
                Ok(true) => at += 1,
                Ok(false) => self.lose(at, &goodbye()),
                Err(_) => self.forget(at, Gone::Left),
            }
        }
    }

    /// Waits until something happens at the socket.
    pub async fn event(&mut self) -> SocketEvent {
        poll_fn(|context| self.poll_event(context)).await
    }

    /// Writes what waits until all of it is written or its readers are gone.
    pub async fn drain(&mut self) {
        while self.waiting() > 0 {
            if let SocketEvent::Came(stream) = self.event().await {
                drop(stream);
            }
        }
    }

    fn poll_event(&mut self, context: &mut Context<'_>) -> Poll<SocketEvent> {
        let mut moved = self.poll_leaving(context);
        let mut at = 0;
        while at < self.readers.len() {
            let reader = &mut self.readers[at];
            if let Poll::Ready(gone) = reader.poll_gone(context) {
                self.forget(at, gone);
                moved = true;
                continue;
            }
            match reader.poll_write(context) {
                Poll::Ready(Ok(())) => moved = true,
                Poll::Ready(Err(_)) => {
                    self.forget(at, Gone::Left);
                    moved = true;
                    continue;
                }
                Poll::Pending => {}
            }
            at += 1;
        }
        match self.listener.poll_accept(context) {
            Poll::Ready(Ok((stream, _))) => return Poll::Ready(SocketEvent::Came(stream)),
            Poll::Ready(Err(error)) => {
                warn!(%error, "a connection could not be accepted");
                moved = true;
            }
            Poll::Pending => {}
        }
        if moved {
            Poll::Ready(SocketEvent::Moved)
        } else {
            Poll::Pending
        }
    }

    fn poll_leaving(&mut self, context: &mut Context<'_>) -> bool {
        let before = self.leaving.len();
        let now = Instant::now();
        self.leaving.retain_mut(|(reader, until)| {
            let done = matches!(reader.poll_write(context), Poll::Ready(Err(_)))
                || reader.queue.is_empty();
            !done && now < *until
        });
        self.leaving.len() < before
    }

    fn lose(&mut self, at: usize, goodbye: &[u8]) {
        let mut reader = self.readers.swap_remove(at);
        self.counts.too_slow += 1;
        self.counts.skipped_by_gone += reader.queue.skipped();
        warn!(
            reader = reader.number,
            waiting = reader.queue.waiting(),
            "a reader was too slow and is sent away"
        );
        reader.queue.end_with(goodbye);
        self.send_away(reader);
    }

    fn send_away(&mut self, mut reader: Reader) {
        if !reader.write() || reader.queue.is_empty() {
            return;
        }
        if self.leaving.len() == LEAVING_MAX {
            self.leaving.pop_front();
        }
        self.leaving
            .push_back((reader, Instant::now() + LAST_WORDS_WAIT));
    }

    fn forget(&mut self, at: usize, gone: Gone) {
        let reader = self.readers.swap_remove(at);
        self.counts.skipped_by_gone += reader.queue.skipped();
        match gone {
            Gone::Left => info!(
                reader = reader.number,
                readers = self.readers.len(),
                "a reader left"
            ),
            Gone::Wrote => {
                self.counts.wrote += 1;
                warn!(
                    reader = reader.number,
                    "a reader wrote to the socket and is disconnected"
                );
            }
        }
    }
}

impl Drop for Publisher {
    fn drop(&mut self) {
        // A socket file that stays behind is replaced at the next start.
        let _ = fs::remove_file(&self.path);
    }
}

impl Reader {
    /// Writes frames without a copy as far as the socket takes them; the rest waits.
    fn write_through(&mut self, all: &[u8]) -> io::Result<bool> {
        let mut written = 0;
        while written < all.len() {
            match self.stream.try_write(&all[written..]) {
                Ok(count) => written += count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        self.queue.push_all(all, written);
        Ok(true)
    }

    /// Writes what waits as far as the socket takes it; false if the reader is gone.
    fn write(&mut self) -> bool {
        while !self.queue.is_empty() {
            match self.stream.try_write(self.queue.front()) {
                Ok(count) => self.queue.advance(count),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return true,
                Err(_) => return false,
            }
        }
        true
    }

    /// Ready once something was written.
    fn poll_write(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let before = self.queue.waiting();
        while !self.queue.is_empty() {
            match self.stream.poll_write_ready(context) {
                Poll::Pending => break,
                Poll::Ready(ready) => ready?,
            }
            match self.stream.try_write(self.queue.front()) {
                Ok(count) => self.queue.advance(count),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
        if self.queue.waiting() < before {
            Poll::Ready(Ok(()))
        } else {
            Poll::Pending
        }
    }

    /// Ready if the reader hung up or wrote.
    fn poll_gone(&mut self, context: &mut Context<'_>) -> Poll<Gone> {
        loop {
            match self.stream.poll_read_ready(context) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Err(_)) => return Poll::Ready(Gone::Left),
                Poll::Ready(Ok(())) => {}
            }
            match self.stream.try_read(&mut [0; 64]) {
                Ok(0) => return Poll::Ready(Gone::Left),
                Ok(_) => return Poll::Ready(Gone::Wrote),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(_) => return Poll::Ready(Gone::Left),
            }
        }
    }
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".n");
    path.with_file_name(name)
}
