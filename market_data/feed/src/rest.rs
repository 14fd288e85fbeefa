//! The venue's REST resources: one request, one connection, everything bounded in time and size.

use std::io;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use capture::{Endpoint, Input, Record};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::header::{ACCEPT, HOST, HeaderMap, RETRY_AFTER, USER_AGENT};
use hyper_util::rt::TokioIo;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tracing::warn;

use crate::clock::Stamps;
use crate::dial::Place;

/// Longest wait for a whole answer, the connection included.
pub const ANSWER_WAIT: Duration = Duration::from_secs(10);
/// Longest body: the exchangeInfo of every symbol is below it, a record holds it.
pub const BODY_BYTES_MAX: usize = 24 * 1024 * 1024;
/// Requests on their way at one time.
const IN_FLIGHT_MAX: usize = 4;
const USED_WEIGHT: &str = "x-mbx-used-weight-1m";

/// An answer, or its absence: `status` 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Seconds, 0 if not said.
    pub retry_after_s: u32,
    /// What the venue counted in this minute, 0 if not said.
    pub used_weight: u32,
    /// As it came.
    pub body: Vec<u8>,
}

/// Asks the venue.
pub struct RestClient {
    place: Place,
    in_flight: Semaphore,
    stamps: Rc<Stamps>,
}

impl RestClient {
    /// For the base URL of the configuration.
    pub fn new(url: &str, stamps: Rc<Stamps>) -> io::Result<Self> {
        Ok(Self {
            place: Place::of(url)?,
            in_flight: Semaphore::new(IN_FLIGHT_MAX),
            stamps,
        })
    }

    /// Asks and gives the record of the answer, whatever it is.
    pub async fn fetch(&self, endpoint: Endpoint, symbol: String, path: &str) -> Record {
        let Answer {
            status,
            retry_after_s,
            used_weight,
            body,
        } = self.get(path).await;
        let input = Input::Rest {
            endpoint,
            symbol,
            status,
            retry_after_s,
            used_weight,
            body,
        };
        Record {
            recv_ns: self.stamps.now_ns(),
            input,
        }
    }

    /// Asks for a path with its query.
    pub async fn get(&self, path: &str) -> Answer {
        let _permit = self
            .in_flight
            .acquire()
            .await
            .expect("the semaphore is never closed");
        match timeout(ANSWER_WAIT, self.exchange(path)).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => {
                warn!(path, error, "a request had no answer");
                Answer::default()
            }
            Err(_) => {
                warn!(path, "a request had no answer within {ANSWER_WAIT:?}");
                Answer::default()
            }
        }
    }

    async fn exchange(&self, path: &str) -> Result<Answer, String> {
        let stream = self.place.dial().await.map_err(|error| error.to_string())?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|error| error.to_string())?;
        let request = hyper::Request::get(path)
            .header(HOST, &self.place.authority)
            .header(
                USER_AGENT,
                concat!("quantumflow-market-data/", env!("CARGO_PKG_VERSION")),
            )
            .header(ACCEPT, "application/json")
            .body(Empty::<Bytes>::new())
            .map_err(|error| error.to_string())?;
        let answer = async {
            let response = sender
                .send_request(request)
                .await
                .map_err(|error| error.to_string())?;
            let (head, body) = response.into_parts();
            let body = Limited::new(body, BODY_BYTES_MAX)
                .collect()
                .await
                .map_err(|error| error.to_string())?;
            Ok(Answer {
                status: head.status.as_u16(),
                retry_after_s: retry_after(&head.headers),
                used_weight: number(&head.headers, USED_WEIGHT),
                body: body.to_bytes().to_vec(),
            })
        };
        tokio::pin!(answer, connection);
        tokio::select! {
            answer = &mut answer => answer,
            // The answer may still lie in the buffer when the connection is over.
            _ = &mut connection => answer.await,
        }
    }
}

/// The seconds that a venue tells to wait; 0 if it tells none.
pub fn retry_after(headers: &HeaderMap) -> u32 {
    number(headers, RETRY_AFTER.as_str())
}

fn number(headers: &HeaderMap, name: &str) -> u32 {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.trim().parse().ok())
        .unwrap_or(0)
}
