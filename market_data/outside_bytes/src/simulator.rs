//! What exchange_sim is asked over REST and WebSocket, and told by its configuration and fault scripts.

use exchange_sim::faults::script::Script;
use exchange_sim::protocol::rest::{Endpoint, Request};
use exchange_sim::protocol::{control, streams};

use crate::texts;

/// A query of each resource, a stream's name, a message of a stream client.
pub fn request(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    for path in ["depth", "klines", "exchangeInfo", "ticker/bookTicker", text] {
        if let Some(endpoint) = Endpoint::of_path(&format!("/api/v3/{path}")) {
            match Request::parse(endpoint, text) {
                Ok(request) => assert!(request.weight() > 0),
                Err(refusal) => assert!(refusal.body().starts_with('{')),
            }
        }
    }
    if let Some((symbol, kind)) = streams::parse_stream(text) {
        assert!(!symbol.is_empty() && !kind.suffix().is_empty());
    }
    if let Err(answer) = control::parse(text) {
        assert!(answer.starts_with('{'), "{answer}");
    }
}

/// A fault script, and the program's configuration.
pub fn script(bytes: &[u8]) {
    match Script::parse(bytes) {
        Ok(mut script) => {
            let all = script.due(u64::MAX, u64::MAX);
            assert!(
                script.due(u64::MAX, u64::MAX).is_empty(),
                "{all:?} happen once"
            );
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    if let Err(reason) = exchange_sim::config::parse(bytes) {
        assert!(!reason.is_empty());
    }
}

/// Queries, names and messages.
pub fn requests() -> Vec<Vec<u8>> {
    texts(&[
        "symbol=BTCUSDT&limit=1000",
        "symbols=%5B%22BTCUSDT%22%2C%22ETHUSDT%22%5D",
        "symbol=BTCUSDT&interval=1m&startTime=1&endTime=2&limit=5",
        "btcusdt@depth@100ms",
        "ethusdt@kline_1m",
        r#"{"method":"SUBSCRIBE","params":["btcusdt@trade"],"id":1}"#,
        r#"{"method":"SET_PROPERTY","params":["combined",true],"id":"x"}"#,
    ])
}

/// Scripts and a configuration.
pub fn scripts() -> Vec<Vec<u8>> {
    texts(&[
        r#"[{"at_ms":100,"symbol":"BTCUSDT","fault":{"gap":{"events":3}}},{"at_message":7,"fault":{"swap":{}}}]"#,
        r#"[{"at_ms":1,"fault":{"instrument_status":{"status":"HALT"}}},{"at_ms":2,"fault":{"oversized":{"bytes":1000}}}]"#,
        r#"{"listen":"127.0.0.1:0","market":{"generator":{"seed":7,"symbols":[]}}}"#,
    ])
}
