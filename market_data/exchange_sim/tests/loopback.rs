//! The exchange over real sockets on loopback: what a client of the venue would see.

use bytes::Bytes;
use exchange_sim::config;
use exchange_sim::server::Server;
use futures_util::StreamExt;
use http_body_util::{BodyExt, Full};
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

const DEADLINE: Duration = Duration::from_secs(20);

type Socket = WebSocketStream<TcpStream>;

fn generated() -> Value {
    let symbol = |price: &str| {
        json!({"base": "AAA", "quote": "USDT", "price": price, "tick": "0.01", "lot": "0.00001",
               "qty_min": "0.00001", "qty_max": "9000", "notional_min": "5"})
    };
    json!({"generator": {"seed": 7, "symbols": {"BTCUSDT": symbol("60000.00"), "ETHUSDT": symbol("3000.00")}}})
}

/// Runs a test against an exchange that listens on a free port, within the deadline.
fn with_exchange<T: Future<Output = ()>>(market: Value, test: impl FnOnce(SocketAddr) -> T) {
    let document = json!({"listen": "127.0.0.1:0", "market": market, "faults": null, "control": true,
                          "log_level": "error", "status_file": null, "state_file": null});
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let config = config::parse(document.to_string().as_bytes()).expect("a configuration");
        let server = Server::open(config).await.expect("it listens");
        let address = server.address();
        tokio::select! {
            result = server.run(std::future::pending()) => panic!("the exchange ended: {result:?}"),
            done = timeout(DEADLINE, test(address)) => done.expect("within the deadline"),
        }
    });
}

async fn call(address: SocketAddr, method: Method, target: &str, body: &str) -> Response<Bytes> {
    let socket = TcpStream::connect(address).await.expect("it accepts");
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(socket))
        .await
        .expect("HTTP");
    tokio::spawn(connection);
    let request = Request::builder()
        .method(method)
        .uri(target)
        .header("host", "loopback");
    let request = request
        .body(Full::new(Bytes::from(body.to_owned())))
        .expect("a request");
    let (parts, body) = sender
        .send_request(request)
        .await
        .expect("an answer")
        .into_parts();
    Response::from_parts(parts, body.collect().await.expect("a body").to_bytes())
}

async fn get(address: SocketAddr, target: &str) -> Value {
    let answer = call(address, Method::GET, target, "").await;
    assert_eq!(answer.status(), 200, "{target}");
    serde_json::from_slice(answer.body()).expect("JSON")
}

async fn fault(address: SocketAddr, fault: Value) {
    let order = json!({"symbol": "BTCUSDT", "fault": fault}).to_string();
    assert_eq!(
        call(address, Method::POST, "/control/fault", &order)
            .await
            .status(),
        204,
        "{order}"
    );
}

async fn connect(address: SocketAddr, streams: &str) -> Socket {
    let socket = TcpStream::connect(address).await.expect("it accepts");
    let target = format!("ws://{address}/stream?streams={streams}");
    client_async(target, socket).await.expect("a handshake").0
}

async fn next(socket: &mut Socket) -> Value {
    loop {
        match socket.next().await.expect("goes on").expect("a message") {
            Message::Text(text) => return serde_json::from_str(&text).expect("JSON"),
            Message::Ping(_) => {}
            other => panic!("{other:?}"),
        }
    }
}

fn id(message: &Value, key: &str) -> i64 {
    message["data"][key].as_i64().expect("an id")
}

type Sides = [BTreeMap<String, String>; 2];

fn apply(sides: &mut Sides, rows: [&Value; 2]) {
    for (side, rows) in sides.iter_mut().zip(rows) {
        for row in rows.as_array().expect("rows") {
            let text = |at: usize| row[at].as_str().expect("text").to_owned();
            if text(1).bytes().any(|byte| (b'1'..=b'9').contains(&byte)) {
                side.insert(text(0), text(1));
            } else {
                side.remove(&text(0));
            }
        }
    }
}

#[test]
fn a_book_from_the_snapshot_and_the_diffs_is_the_truth_at_its_id() {
    with_exchange(generated(), |address| async move {
        let mut socket = connect(address, "btcusdt@depth@100ms").await;
        let first = next(&mut socket).await;
        let snapshot = get(address, "/api/v3/depth?symbol=BTCUSDT&limit=5000").await;
        let mut held = Sides::default();
        apply(&mut held, [&snapshot["bids"], &snapshot["asks"]]);
        let mut last = snapshot["lastUpdateId"].as_i64().expect("an id");
        assert!(
            id(&first, "U") <= last + 1,
            "the stream began before the snapshot"
        );
        for _ in 0..10 {
            let message = next(&mut socket).await;
            if id(&message, "u") <= last {
                continue;
            }
            assert!(id(&message, "U") <= last + 1, "no update is missing");
            last = id(&message, "u");
            apply(&mut held, [&message["data"]["b"], &message["data"]["a"]]);
        }
        let truth = get(address, &format!("/control/truth?symbol=BTCUSDT&id={last}")).await;
        let mut true_book = Sides::default();
        apply(&mut true_book, [&truth["bids"], &truth["asks"]]);
        assert!(held == true_book, "the books differ at {last}");
    });
}

#[test]
fn a_gap_a_repetition_and_a_swap_are_seen_in_the_ids() {
    with_exchange(generated(), |address| async move {
        let mut socket = connect(address, "btcusdt@depth@100ms").await;
        let before = next(&mut socket).await;
        fault(address, json!({"gap": {"events": 1}})).await;
        let mut last = before;
        let after = loop {
            let message = next(&mut socket).await;
            if id(&message, "U") != id(&last, "u") + 1 {
                break message;
            }
            last = message;
        };
        assert!(id(&after, "U") > id(&last, "u") + 1, "updates are missing");
        fault(address, json!({"duplicate": {"events": 1}})).await;
        fault(address, json!({"swap": {}})).await;
        let again = next(&mut socket).await;
        assert!(
            id(&again, "u") <= id(&after, "u") + 1_000,
            "an event comes once more"
        );
        let mut ids = vec![id(&again, "U")];
        for _ in 0..4 {
            ids.push(id(&next(&mut socket).await, "U"));
        }
        assert!(!ids.is_sorted(), "{ids:?}: two came in the wrong order");
    });
}

#[test]
fn rest_faults_meet_the_calls_they_name_and_no_others() {
    with_exchange(generated(), |address| async move {
        let depth = "/api/v3/depth?symbol=BTCUSDT";
        let calls = json!({"status": 429, "retry_after_s": 7, "calls": 1, "endpoint": "depth"});
        fault(address, json!({ "rest_status": calls })).await;
        fault(
            address,
            json!({"rest_truncated": {"calls": 1, "endpoint": "depth"}}),
        )
        .await;
        fault(address, json!({"zero_in_snapshot": {"calls": 1}})).await;
        assert!(get(address, "/api/v3/time").await["serverTime"].is_i64());
        let limited = call(address, Method::GET, depth, "").await;
        assert_eq!(
            (limited.status().as_u16(), &limited.headers()["retry-after"]),
            (429, &"7".parse().expect("7"))
        );
        let half = call(address, Method::GET, depth, "").await;
        assert!(half.status() == 200 && serde_json::from_slice::<Value>(half.body()).is_err());
        let zero = get(address, depth).await;
        assert_eq!(
            zero["bids"]
                .as_array()
                .and_then(|rows| rows.last())
                .map(|row| row[1] == "0.00000000"),
            Some(true)
        );
        assert!(get(address, depth).await["bids"][0][1] != "0.00000000");
    });
}

#[test]
fn an_abrupt_close_has_no_close_frame_and_a_new_connection_goes_on() {
    with_exchange(generated(), |address| async move {
        let mut socket = connect(address, "btcusdt@trade/btcusdt@depth@100ms").await;
        next(&mut socket).await;
        fault(address, json!({"abrupt_close": {}})).await;
        let end = loop {
            match socket.next().await {
                Some(Ok(Message::Text(_) | Message::Ping(_))) => {}
                other => break other,
            }
        };
        assert!(
            matches!(end, Some(Err(Error::Protocol(_) | Error::Io(_)))),
            "{end:?}"
        );
        let mut again = connect(address, "btcusdt@depth@100ms").await;
        assert_eq!(next(&mut again).await["stream"], "btcusdt@depth@100ms");
    });
}

#[test]
fn one_unknown_symbol_fails_the_whole_call_and_a_halt_is_told() {
    with_exchange(generated(), |address| async move {
        let both = "/api/v3/exchangeInfo?symbols=%5B%22BTCUSDT%22,%22NOPE%22%5D";
        let refused = call(address, Method::GET, both, "").await;
        assert_eq!(refused.status(), 400);
        assert!(String::from_utf8_lossy(refused.body()).contains("-1121"));
        fault(address, json!({"instrument_status": {"status": "HALT"}})).await;
        let info = get(address, "/api/v3/exchangeInfo?symbol=BTCUSDT").await;
        assert_eq!(info["symbols"][0]["status"], "HALT");
        fault(
            address,
            json!({"instrument_status": {"status": "DELISTED"}}),
        )
        .await;
        assert_eq!(
            call(
                address,
                Method::GET,
                "/api/v3/exchangeInfo?symbol=BTCUSDT",
                ""
            )
            .await
            .status(),
            400
        );
        assert_eq!(
            call(
                address,
                Method::GET,
                "/api/v3/exchangeInfo?symbol=ETHUSDT",
                ""
            )
            .await
            .status(),
            200
        );
    });
}

#[test]
fn a_burst_is_sent_whole_and_a_bad_order_is_refused_by_its_key() {
    with_exchange(generated(), |address| async move {
        let mut socket = connect(address, "btcusdt@depth@100ms/ethusdt@depth@100ms").await;
        next(&mut socket).await;
        let burst = call(
            address,
            Method::POST,
            "/control/burst",
            r#"{"messages":2000}"#,
        )
        .await;
        assert_eq!(burst.status(), 204);
        let mut last: BTreeMap<String, i64> = BTreeMap::new();
        for _ in 0..2_000 {
            let message = next(&mut socket).await;
            let symbol = message["data"]["s"].as_str().expect("a symbol").to_owned();
            if let Some(before) = last.insert(symbol, id(&message, "u")) {
                assert_eq!(id(&message, "U"), before + 1, "no update is missing");
            }
        }
        let bad = call(
            address,
            Method::POST,
            "/control/fault",
            r#"{"fault":{"gap":{"events":0}}}"#,
        )
        .await;
        assert_eq!(bad.status(), 400);
        assert!(String::from_utf8_lossy(bad.body()).contains("gap.events"));
    });
}

#[test]
fn a_recording_is_sent_whole_and_as_it_came() {
    let directory = std::env::temp_dir().join(format!("exchange_sim-{}", std::process::id()));
    std::fs::create_dir_all(&directory).expect("a directory");
    let file = directory.join("capture.txt");
    let depth = |at: i64| {
        let data = format!(
            r#"{{"e":"depthUpdate","E":{at},"s":"BTCUSDT","U":{at},"u":{at},"b":[["9.00","1.0"]],"a":[]}}"#
        );
        format!(r#"{{"stream":"btcusdt@depth@100ms","data":{data}}}"#)
    };
    let messages: Vec<String> = (11..=3_000).map(depth).collect();
    let mut lines = vec![format!("1723161253000000000 {}", depth(10))];
    lines.push(
        r#"1723161253000000001 {"lastUpdateId":10,"bids":[["9.00","2.0"]],"asks":[["9.01","2.0"]]}"#
            .to_owned(),
    );
    lines.extend(
        messages
            .iter()
            .enumerate()
            .map(|(at, text)| format!("{} {text}", 1_723_161_253_000_000_002_u64 + at as u64)),
    );
    std::fs::write(&file, lines.join("\n")).expect("written");
    let market = json!({"recording": {"files": [file], "speed": 0.0}});
    with_exchange(market, |address| async move {
        let mut socket = connect(address, "btcusdt@depth@100ms").await;
        for text in std::iter::once(&depth(10)).chain(&messages) {
            let Some(Ok(Message::Text(came))) = socket.next().await else {
                panic!("the stream ended")
            };
            assert_eq!(came.as_str(), text);
        }
        let truth = get(address, "/control/truth?symbol=BTCUSDT").await;
        assert_eq!(
            (truth["id"].as_i64(), &truth["bids"][0][1]),
            (Some(3_000), &json!("1.00000000"))
        );
    });
    std::fs::remove_dir_all(directory).expect("removed");
}
