//! What goes out to stream connections, in order.

use crate::protocol::payload::Text;
use crate::protocol::streams::StreamSet;
use bytes::Bytes;

/// One thing for every connection that it concerns.
#[derive(Clone, Debug, PartialEq)]
pub struct Outgoing {
    /// The streams it belongs to.
    pub to: StreamSet,
    /// What it is.
    pub what: What,
}

/// What a connection is made to do.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// Send a message.
    Text(Text),
    /// Send a message in many small frames.
    Fragmented(Text),
    /// Send a binary frame.
    Binary(Bytes),
    /// Send these bytes as a text frame, valid or not.
    TextBytes(Bytes),
    /// End without a close frame: the reader sees 1006.
    Abort,
    /// End with a close frame.
    Close(u16),
    /// Neither send nor read again, and keep the socket open.
    HalfOpen,
}
