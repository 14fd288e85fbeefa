//! One stream connection: opened, read and closed; everything it brings becomes a record.

use std::rc::Rc;
use std::time::Duration;

use capture::{Input, Record};
use futures_util::StreamExt;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message, error::CapacityError};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use crate::clock::Stamps;
use crate::dial::{ByteStream, CONNECT_WAIT, Place};
use crate::rest::retry_after;

/// Longest message; one of 20,000 levels has about half a megabyte.
pub const MESSAGE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Longest wait for the other side to answer a close.
const CLOSE_WAIT: Duration = Duration::from_secs(1);
/// Longest reason in a Disconnected record.
const REASON_BYTES_MAX: usize = 120;

/// Where the streams are.
pub struct StreamVenue {
    place: Place,
    url: String,
}

impl StreamVenue {
    /// For the base URL of the configuration and the path of the session.
    pub fn new(base: &str, path: &str) -> std::io::Result<Self> {
        Ok(Self {
            place: Place::of(base)?,
            url: format!("{base}{path}"),
        })
    }

    /// Runs one connection to its end. Ends too when `close` is used or dropped.
    pub async fn run(
        self: Rc<Self>,
        connection: u32,
        stamps: Rc<Stamps>,
        records: mpsc::Sender<Record>,
        mut close: oneshot::Receiver<()>,
    ) {
        let send = async |input| {
            // Nobody receives once the feed is stopping.
            let _ = records
                .send(Record {
                    recv_ns: stamps.now_ns(),
                    input,
                })
                .await;
        };
        let opened = tokio::select! {
            opened = self.open() => opened,
            _ = &mut close => Err("closed before it was open".to_owned()),
        };
        let reason = match opened {
            Err(reason) => reason,
            Ok(mut socket) => {
                send(Input::Connected { connection }).await;
                let read = async {
                    loop {
                        let text = match socket.next().await {
                            Some(Ok(Message::Text(text))) => Vec::from(bytes::Bytes::from(text)),
                            Some(Ok(Message::Binary(bytes))) => Vec::from(bytes),
                            Some(Ok(Message::Close(frame))) => {
                                break frame.map_or_else(
                                    || "closed without a code".to_owned(),
                                    |frame| {
                                        format!("closed {} {}", u16::from(frame.code), frame.reason)
                                    },
                                );
                            }
                            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {
                                continue;
                            }
                            Some(Err(error)) => break reason_of(&error),
                            None => break "closed".to_owned(),
                        };
                        send(Input::Message { connection, text }).await;
                    }
                };
                tokio::select! {
                    reason = read => reason,
                    _ = &mut close => {
                        // The other side may be gone: this is all the waiting it gets.
                        let _ = timeout(CLOSE_WAIT, socket.close(None)).await;
                        "closed by us".to_owned()
                    }
                }
            }
        };
        send(Input::Disconnected {
            connection,
            reason: shortened(&reason),
        })
        .await;
    }

    async fn open(&self) -> Result<WebSocketStream<Box<dyn ByteStream>>, String> {
        let stream = self.place.dial().await.map_err(|error| error.to_string())?;
        let request = self
            .url
            .as_str()
            .into_client_request()
            .map_err(|error| error.to_string())?;
        let config = WebSocketConfig::default()
            .max_message_size(Some(MESSAGE_BYTES_MAX))
            .max_frame_size(Some(MESSAGE_BYTES_MAX));
        match timeout(
            CONNECT_WAIT,
            client_async_with_config(request, stream, Some(config)),
        )
        .await
        {
            Ok(Ok((socket, _))) => Ok(socket),
            Ok(Err(error)) => Err(reason_of(&error)),
            Err(_) => Err("no answer to the upgrade in time".to_owned()),
        }
    }
}

/// The reason as the session expects it: `http_<status>` where the venue answered by a status, with the seconds of a
/// Retry-After.
fn reason_of(error: &Error) -> String {
    match error {
        Error::Http(response) => {
            let status = response.status().as_u16();
            match retry_after(response.headers()) {
                0 => format!("http_{status}"),
                seconds => format!("http_{status} after {seconds}"),
            }
        }
        Error::Capacity(CapacityError::MessageTooLong { size, max_size }) => {
            format!("message of {size} bytes is longer than {max_size}")
        }
        other => other.to_string(),
    }
}

/// At most `REASON_BYTES_MAX` bytes, on one line.
fn shortened(reason: &str) -> String {
    let mut short = String::new();
    for letter in reason
        .chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
    {
        if short.len() + letter.len_utf8() > REASON_BYTES_MAX {
            break;
        }
        short.push(letter);
    }
    short
}
