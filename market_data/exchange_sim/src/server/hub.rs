//! The stream connections: who reads what, each behind a bounded queue.

use crate::outgoing::{Outgoing, What};
use crate::protocol::streams::StreamSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// Messages that may wait for one connection; one more, and it is closed as too slow.
pub const QUEUE_MAX: usize = 65_536;
/// Connections at one time.
pub const CONNECTIONS_MAX: usize = 64;

/// All connections.
#[derive(Debug, Default)]
pub struct Hub {
    connections: Mutex<Vec<Connection>>,
}

#[derive(Debug)]
struct Connection {
    id: u64,
    subscribed: StreamSet,
    queue: Sender<What>,
}

impl Hub {
    /// A new connection's queue; `None` if there are too many.
    pub fn join(&self, id: u64, subscribed: StreamSet) -> Option<Receiver<What>> {
        let mut connections = self.lock();
        if connections.len() == CONNECTIONS_MAX {
            return None;
        }
        let (queue, receiver) = channel(QUEUE_MAX);
        connections.push(Connection {
            id,
            subscribed,
            queue,
        });
        Some(receiver)
    }

    /// Changes what a connection reads.
    pub fn subscribe(&self, id: u64, subscribed: StreamSet) {
        if let Some(connection) = self.lock().iter_mut().find(|one| one.id == id) {
            connection.subscribed = subscribed;
        }
    }

    /// Forgets a connection.
    pub fn leave(&self, id: u64) {
        self.lock().retain(|one| one.id != id);
    }

    /// Hands messages to whom they concern; says how many connections were too slow and are closed.
    pub fn send(&self, messages: &mut Vec<Outgoing>) -> u64 {
        let mut connections = self.lock();
        let before = connections.len();
        for Outgoing { to, what } in messages.drain(..) {
            connections.retain(|one| {
                // A connection that ended by itself leaves by itself.
                !to.reaches(one.subscribed)
                    || !matches!(one.queue.try_send(what.clone()), Err(TrySendError::Full(_)))
            });
        }
        (before - connections.len()) as u64
    }

    /// Messages that every connection has room for; `None` if nobody reads any stream.
    pub fn room(&self) -> Option<usize> {
        let connections = self.lock();
        let reading = connections.iter().filter(|one| !one.subscribed.is_empty());
        reading.map(|one| one.queue.capacity()).min()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Connection>> {
        // A poisoned list is still a list: no method leaves it half changed.
        self.connections
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
