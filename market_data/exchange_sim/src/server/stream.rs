//! One stream connection: messages out, control frames in, pings.

use super::Shared;
use crate::outgoing::What;
use crate::protocol::control::{self, Request};
use crate::protocol::payload::Text;
use crate::protocol::streams::{StreamSet, parse_stream};
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::sync::mpsc::Receiver;
use tokio::time::{Instant, interval_at};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::Error as SocketError;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

/// The venue pings this often.
const PING: Duration = Duration::from_secs(20);
/// Without a pong for so long the connection is closed.
const PONG_MAX: Duration = Duration::from_secs(60);
/// Messages that a client may send in a second.
const CLIENT_MESSAGES_MAX: u32 = 5;
/// Streams of one connection.
const STREAMS_MAX: usize = 1_024;
/// Bytes of one frame of a fragmented message.
const FRAGMENT_BYTES: usize = 7;
/// Messages written before the socket is flushed.
const FLUSH_AFTER: usize = 64;
const POLICY_VIOLATION: u16 = 1008;

type Socket = WebSocketStream<TokioIo<Upgraded>>;

/// Why a connection ends.
enum End {
    /// The other side, or the socket, ended it.
    Gone,
    /// Without a word.
    Abort,
    /// With a close frame.
    Close(u16, &'static str),
    /// Never, but nothing is read or written any more.
    HalfOpen,
}

/// One connection's own state.
pub struct Stream {
    id: u64,
    names: Vec<String>,
    combined: bool,
    heard: Instant,
    second: Instant,
    in_second: u32,
}

impl Stream {
    /// A connection that reads these streams.
    pub fn new(id: u64, names: Vec<String>, combined: bool) -> Self {
        let now = Instant::now();
        Self {
            id,
            names,
            combined,
            heard: now,
            second: now,
            in_second: 0,
        }
    }

    /// Serves the connection to its end.
    pub async fn serve(mut self, mut socket: Socket, mut queue: Receiver<What>, shared: &Shared) {
        let end = self.run(&mut socket, &mut queue, shared).await;
        shared.hub.leave(self.id);
        // The other side may be gone already; then there is nobody to tell.
        match end {
            Ok(End::Close(code, reason)) => {
                let frame = CloseFrame {
                    code: code.into(),
                    reason: Utf8Bytes::from_static(reason),
                };
                let _ = socket.close(Some(frame)).await;
            }
            Ok(End::HalfOpen) => std::future::pending().await,
            Ok(End::Gone | End::Abort) | Err(_) => {}
        }
    }

    async fn run(
        &mut self,
        socket: &mut Socket,
        queue: &mut Receiver<What>,
        shared: &Shared,
    ) -> Result<End, SocketError> {
        let mut ping = interval_at(Instant::now() + PING, PING);
        loop {
            tokio::select! {
                what = queue.recv() => {
                    let Some(what) = what else { return Ok(End::Close(POLICY_VIOLATION, "too slow")) };
                    if let Some(end) = self.send_ready(socket, what, queue).await? {
                        return Ok(end);
                    }
                }
                message = socket.next() => {
                    let Some(message) = message else { return Ok(End::Gone) };
                    if let Some(end) = self.heard(socket, message?, shared).await? {
                        return Ok(end);
                    }
                }
                _ = ping.tick() => {
                    if self.heard.elapsed() > PONG_MAX {
                        return Ok(End::Close(POLICY_VIOLATION, "no pong"));
                    }
                    socket.send(Message::Ping(Bytes::new())).await?;
                }
            }
        }
    }

    /// Writes what waits, and flushes once for all of it.
    async fn send_ready(
        &self,
        socket: &mut Socket,
        first: What,
        queue: &mut Receiver<What>,
    ) -> Result<Option<End>, SocketError> {
        let mut next = Some(first);
        for _ in 0..FLUSH_AFTER {
            let Some(what) = next else { break };
            if let Some(end) = self.feed(socket, what).await? {
                socket.flush().await?;
                return Ok(Some(end));
            }
            next = queue.try_recv().ok();
        }
        if let Some(what) = next
            && let Some(end) = self.feed(socket, what).await?
        {
            return Ok(Some(end));
        }
        socket.flush().await?;
        Ok(None)
    }

    async fn feed(&self, socket: &mut Socket, what: What) -> Result<Option<End>, SocketError> {
        let frame =
            |bytes, code, last| Message::Frame(Frame::message(bytes, OpCode::Data(code), last));
        match what {
            What::Text(text) => {
                socket
                    .feed(frame(self.form(&text), Data::Text, true))
                    .await?
            }
            What::TextBytes(bytes) => socket.feed(frame(bytes, Data::Text, true)).await?,
            What::Binary(bytes) => socket.feed(Message::Binary(bytes)).await?,
            What::Fragmented(text) => {
                let bytes = self.form(&text);
                let pieces = bytes.len().div_ceil(FRAGMENT_BYTES);
                for (at, piece) in bytes.chunks(FRAGMENT_BYTES).enumerate() {
                    let code = if at == 0 { Data::Text } else { Data::Continue };
                    socket
                        .feed(frame(Bytes::copy_from_slice(piece), code, at + 1 == pieces))
                        .await?;
                }
            }
            What::Abort => return Ok(Some(End::Abort)),
            What::Close(code) => return Ok(Some(End::Close(code, ""))),
            What::HalfOpen => return Ok(Some(End::HalfOpen)),
        }
        Ok(None)
    }

    fn form(&self, text: &Text) -> Bytes {
        if self.combined {
            text.combined()
        } else {
            text.raw()
        }
    }

    async fn heard(
        &mut self,
        socket: &mut Socket,
        message: Message,
        shared: &Shared,
    ) -> Result<Option<End>, SocketError> {
        match message {
            Message::Pong(_) => self.heard = Instant::now(),
            Message::Close(_) => return Ok(Some(End::Gone)),
            Message::Text(text) => {
                if self.too_many() {
                    return Ok(Some(End::Close(POLICY_VIOLATION, "too many requests")));
                }
                let answer = self.obey(&text, shared);
                socket.send(Message::Text(answer.into())).await?;
            }
            Message::Ping(_) | Message::Binary(_) | Message::Frame(_) => {
                if self.too_many() {
                    return Ok(Some(End::Close(POLICY_VIOLATION, "too many requests")));
                }
            }
        }
        Ok(None)
    }

    fn too_many(&mut self) -> bool {
        if self.second.elapsed() >= Duration::from_secs(1) {
            (self.second, self.in_second) = (Instant::now(), 0);
        }
        self.in_second += 1;
        self.in_second > CLIENT_MESSAGES_MAX
    }

    fn obey(&mut self, text: &str, shared: &Shared) -> String {
        let (id, request) = match control::parse(text) {
            Ok(request) => request,
            Err(answer) => return answer,
        };
        let mut result = Value::Null;
        match request {
            Request::Subscribe(names) => {
                for name in names {
                    if !self.names.contains(&name) && self.names.len() < STREAMS_MAX {
                        self.names.push(name);
                    }
                }
            }
            Request::Unsubscribe(names) => self.names.retain(|name| !names.contains(name)),
            Request::ListSubscriptions => result = json!(self.names),
            Request::SetCombined(combined) => self.combined = combined,
            Request::GetCombined => result = json!(self.combined),
        }
        shared
            .hub
            .subscribe(self.id, stream_set(&self.names, shared));
        control::answer(&id, &result)
    }
}

/// The streams that these names mean here. A name that means none is taken without a word, as the venue does.
pub fn stream_set(names: &[String], shared: &Shared) -> StreamSet {
    let exchange = shared.exchange();
    let one = |name: &String| {
        let (symbol, kind) = parse_stream(name)?;
        Some(StreamSet::one(exchange.symbol(&symbol)?, kind))
    };
    names
        .iter()
        .filter_map(one)
        .fold(StreamSet::default(), StreamSet::with)
}
