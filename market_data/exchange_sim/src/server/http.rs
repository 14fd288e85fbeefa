//! REST calls, control calls and the upgrade to a stream connection.

use super::stream::{Stream, stream_set};
use super::{Command, Shared};
use crate::answer::Answer;
use crate::exchange::Exchange;
use crate::faults::script::Order;
use crate::levels::{Levels, Side};
use crate::protocol::payload::write_levels;
use crate::protocol::rest::Endpoint;
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::header::{
    CONNECTION, CONTENT_ENCODING, CONTENT_TYPE, HeaderValue, LOCATION, RETRY_AFTER,
    SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, UPGRADE,
};
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;

/// Largest body of a control call.
const BODY_BYTES_MAX: usize = 64 * 1024;
/// Most messages of one burst.
const BURST_MAX: u32 = 10_000_000;

type Reply = Response<Full<Bytes>>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Burst {
    messages: u32,
}

/// Answers one request.
pub async fn answer(request: Request<Incoming>, shared: Arc<Shared>) -> Reply {
    let path = request.uri().path().to_owned();
    if path.starts_with("/control/") {
        return if shared.control {
            control(request, &path, &shared).await
        } else {
            not_found()
        };
    }
    if path == "/stream" || path.starts_with("/ws") {
        return upgrade(request, &path, shared);
    }
    match Endpoint::of_path(&path) {
        Some(endpoint) if request.method() == Method::GET => {
            let query = request.uri().query().unwrap_or_default().to_owned();
            let answer = shared
                .exchange()
                .answer(endpoint, &query, shared.clock.now_ns());
            rest(answer).await
        }
        Some(_) => text(StatusCode::METHOD_NOT_ALLOWED, "GET only"),
        None => not_found(),
    }
}

async fn rest(answer: Answer) -> Reply {
    if answer.hang_ms > 0 {
        tokio::time::sleep(Duration::from_millis(u64::from(answer.hang_ms))).await;
    }
    let mut reply = Response::new(Full::new(Bytes::from(answer.body)));
    *reply.status_mut() =
        StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let kind = if answer.html {
        "text/html"
    } else {
        "application/json;charset=UTF-8"
    };
    reply
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    reply
        .headers_mut()
        .insert("x-mbx-used-weight-1m", answer.used_weight.into());
    if let Some(seconds) = answer.retry_after_s {
        reply.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    if answer.gzip {
        reply
            .headers_mut()
            .insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    if answer.redirect {
        reply
            .headers_mut()
            .insert(LOCATION, HeaderValue::from_static("/api/v3/ping"));
    }
    reply
}

fn text(status: StatusCode, words: &str) -> Reply {
    let mut reply = Response::new(Full::new(Bytes::from(json!({"msg": words}).to_string())));
    *reply.status_mut() = status;
    reply
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    reply
}

fn not_found() -> Reply {
    text(StatusCode::NOT_FOUND, "there is nothing here")
}

fn json_bytes(body: Vec<u8>) -> Reply {
    let mut reply = Response::new(Full::new(Bytes::from(body)));
    reply
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    reply
}

async fn control(request: Request<Incoming>, path: &str, shared: &Shared) -> Reply {
    let method = request.method().clone();
    let query: BTreeMap<String, String> =
        form_urlencoded::parse(request.uri().query().unwrap_or_default().as_bytes())
            .into_owned()
            .collect();
    match (method, path) {
        (Method::GET, "/control/counts") => {
            json_bytes(shared.exchange().counts.to_json().to_string().into_bytes())
        }
        (Method::GET, "/control/truth") => truth(&query, &shared.exchange()),
        (Method::POST, "/control/fault") => match body::<Order>(request).await {
            Err(reply) => reply,
            Ok(order) => {
                let mut messages = Vec::new();
                let taken = shared
                    .exchange()
                    .take(&order, shared.clock.now_ns(), &mut messages);
                shared.send(&mut messages);
                taken.map_or_else(
                    |fault| text(StatusCode::BAD_REQUEST, &fault.to_string()),
                    |()| done(),
                )
            }
        },
        (Method::POST, "/control/burst") => match body::<Burst>(request).await {
            Err(reply) => reply,
            Ok(Burst { messages }) if (1..=BURST_MAX).contains(&messages) => {
                // The loop that owns the market takes it from there; it ends only with the program.
                let _ = shared.commands.send(Command::Burst(messages));
                done()
            }
            Ok(_) => text(
                StatusCode::BAD_REQUEST,
                &format!("messages: give 1 to {BURST_MAX}"),
            ),
        },
        _ => not_found(),
    }
}

fn done() -> Reply {
    let mut reply = Response::new(Full::default());
    *reply.status_mut() = StatusCode::NO_CONTENT;
    reply
}

async fn body<T: serde::de::DeserializeOwned>(request: Request<Incoming>) -> Result<T, Reply> {
    let refused = |reason: String| text(StatusCode::BAD_REQUEST, &reason);
    let bytes = Limited::new(request.into_body(), BODY_BYTES_MAX)
        .collect()
        .await
        .map_err(|it| refused(it.to_string()))?;
    serde_json::from_slice(&bytes.to_bytes()).map_err(|fault| refused(fault.to_string()))
}

fn truth(query: &BTreeMap<String, String>, exchange: &Exchange) -> Reply {
    let Some(symbol) = query.get("symbol").and_then(|name| exchange.symbol(name)) else {
        return text(StatusCode::NOT_FOUND, "symbol: not listed here");
    };
    let id = match query.get("id").map(|id| id.parse::<i64>()) {
        None => None,
        Some(Ok(id)) => Some(id),
        Some(Err(_)) => return text(StatusCode::BAD_REQUEST, "id: not a number"),
    };
    let rows = match query.get("levels").map(|rows| rows.parse::<usize>()) {
        None => usize::MAX,
        Some(Ok(rows)) => rows,
        Some(Err(_)) => return text(StatusCode::BAD_REQUEST, "levels: not a number"),
    };
    match exchange.truth(symbol, id) {
        Some(book) => json_bytes(book_json(book.id, &book.levels, rows)),
        None => text(StatusCode::NOT_FOUND, "id: that book is not known"),
    }
}

fn book_json(id: i64, levels: &Levels, rows: usize) -> Vec<u8> {
    let side = |side| levels.side(side).take(rows).collect::<Vec<_>>();
    let mut out = format!(r#"{{"id":{id},"bids":"#).into_bytes();
    write_levels(&mut out, &side(Side::Bid));
    out.extend_from_slice(br#","asks":"#);
    write_levels(&mut out, &side(Side::Ask));
    out.push(b'}');
    out
}

/// Streams named in the address: `/stream?streams=a/b` combined, `/ws/a` raw.
fn named_streams(path: &str, query: &str) -> (Vec<String>, bool) {
    let split = |text: &str| {
        text.split('/')
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect()
    };
    if path == "/stream" {
        let streams = form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == "streams");
        return (
            streams.map(|(_, names)| split(&names)).unwrap_or_default(),
            true,
        );
    }
    (split(path.strip_prefix("/ws").unwrap_or_default()), false)
}

fn upgrade(mut request: Request<Incoming>, path: &str, shared: Arc<Shared>) -> Reply {
    let Some(key) = request
        .headers()
        .get(SEC_WEBSOCKET_KEY)
        .map(|key| derive_accept_key(key.as_bytes()))
    else {
        return text(
            StatusCode::BAD_REQUEST,
            "a stream connection begins with a WebSocket handshake",
        );
    };
    let Ok(accept) = HeaderValue::from_str(&key) else {
        return text(StatusCode::BAD_REQUEST, "Sec-WebSocket-Key");
    };
    let (names, combined) = named_streams(path, request.uri().query().unwrap_or_default());
    tokio::spawn(async move {
        let Ok(upgraded) = hyper::upgrade::on(&mut request).await else {
            return;
        };
        if shared.exchange().refuses_connection() {
            return;
        }
        let id = shared.next_connection();
        let Some(queue) = shared.hub.join(id, stream_set(&names, &shared)) else {
            return;
        };
        let socket =
            WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, None).await;
        Stream::new(id, names, combined)
            .serve(socket, queue, &shared)
            .await;
    });
    let mut reply = Response::new(Full::default());
    *reply.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    reply
        .headers_mut()
        .insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    reply
        .headers_mut()
        .insert(UPGRADE, HeaderValue::from_static("websocket"));
    reply.headers_mut().insert(SEC_WEBSOCKET_ACCEPT, accept);
    reply
}
