//! A small exchange on loopback: one market, REST answers and streams, and the faults that a test asks for.

use std::collections::{BTreeMap, VecDeque};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::{Message, accept_hdr};

use super::market::Market;

/// Step of the market.
const STEP: Duration = Duration::from_millis(20);

/// An answer that takes the place of the right one.
#[derive(Clone, Debug)]
pub struct Forced {
    pub status: u16,
    pub retry_after_s: u32,
    pub body: &'static str,
}

/// What a test may change while the exchange runs.
pub struct State {
    pub market: Market,
    /// The next answers to requests whose path begins so.
    pub forced: BTreeMap<&'static str, VecDeque<Forced>>,
    /// The same answer as long as it is there.
    pub always: BTreeMap<&'static str, Forced>,
    /// When each request came.
    pub asked: Vec<(Instant, String)>,
    /// When each stream connection was opened.
    pub connected: Vec<Instant>,
    /// Depth updates to make and not to send.
    pub drop_updates: usize,
    /// The market stands still.
    pub stalled: bool,
    /// Told to the connections that are open, then each is closed a little later.
    pub shut_down: bool,
    /// Close every connection without a word.
    pub abort: bool,
    queues: Vec<Arc<Mutex<VecDeque<String>>>>,
}

pub struct Exchange {
    pub rest_url: String,
    pub ws_url: String,
    pub state: Arc<Mutex<State>>,
    over: Arc<AtomicBool>,
}

impl Exchange {
    pub fn start(market: Market) -> Self {
        let state = Arc::new(Mutex::new(State {
            market,
            forced: BTreeMap::new(),
            always: BTreeMap::new(),
            asked: Vec::new(),
            connected: Vec::new(),
            drop_updates: 0,
            stalled: false,
            shut_down: false,
            abort: false,
            queues: Vec::new(),
        }));
        let over = Arc::new(AtomicBool::new(false));
        let rest_url = serve(&over, &state, "http", answer);
        let ws_url = serve(&over, &state, "ws", stream);
        let (market_state, market_over) = (Arc::clone(&state), Arc::clone(&over));
        std::thread::spawn(move || {
            while !market_over.load(Ordering::Relaxed) {
                std::thread::sleep(STEP);
                step(
                    &mut market_state
                        .lock()
                        .expect("no test panics while it holds the state"),
                );
            }
        });
        Self {
            rest_url,
            ws_url,
            state,
            over,
        }
    }

    pub fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(
            &mut self
                .state
                .lock()
                .expect("no thread panics while it holds the state"),
        )
    }

    pub fn force(&self, path: &'static str, answers: &[Forced]) {
        self.change(|state| {
            state
                .forced
                .entry(path)
                .or_default()
                .extend(answers.iter().cloned())
        });
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
    }
}

type Shared = Arc<Mutex<State>>;

/// Listens and gives every connection a thread of its own.
fn serve(
    over: &Arc<AtomicBool>,
    state: &Shared,
    scheme: &str,
    each: fn(TcpStream, &Shared, &AtomicBool),
) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("{scheme}://{}", listener.local_addr().expect("it is bound"));
    let (over, state) = (Arc::clone(over), Arc::clone(state));
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            if over.load(Ordering::Relaxed) {
                return;
            }
            let (state, over) = (Arc::clone(&state), Arc::clone(&over));
            std::thread::spawn(move || each(connection.expect("loopback"), &state, &over));
        }
    });
    url
}

/// The market goes on by one update, one ticker and one trade.
fn step(state: &mut State) {
    if state.stalled {
        return;
    }
    let now_ns = std::time::UNIX_EPOCH
        .elapsed()
        .expect("after 1970")
        .as_nanos() as i64;
    let depth = state.market.depth(now_ns);
    if state.drop_updates > 0 {
        state.drop_updates -= 1;
        return;
    }
    let mut messages = vec![
        depth,
        state.market.book_ticker(),
        state.market.trade(now_ns),
    ];
    if std::mem::take(&mut state.shut_down) {
        messages
            .push(r#"{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1}}"#.to_owned());
    }
    for queue in &state.queues {
        queue
            .lock()
            .expect("no thread panics while it holds a queue")
            .extend(messages.iter().cloned());
    }
}

fn answer(mut stream: TcpStream, state: &Shared, _over: &AtomicBool) {
    let mut request = Vec::new();
    let mut chunk = [0; 4_096];
    while !request.windows(4).any(|window| window == b"\r\n\r\n") {
        match stream.read(&mut chunk) {
            Ok(count @ 1..) => request.extend_from_slice(&chunk[..count]),
            _ => return,
        }
    }
    let text = String::from_utf8_lossy(&request);
    let path = text.split(' ').nth(1).unwrap_or_default().to_owned();
    let Forced {
        status,
        retry_after_s,
        body,
    } = {
        let mut state = state
            .lock()
            .expect("no test panics while it holds the state");
        state.asked.push((Instant::now(), path.clone()));
        let begins = |key: &&str| path.starts_with(*key);
        let forced = state
            .forced
            .iter_mut()
            .find(|(key, _)| begins(key))
            .and_then(|(_, answers)| answers.pop_front());
        let always = state
            .always
            .iter()
            .find(|(key, _)| begins(key))
            .map(|(_, forced)| forced.clone());
        forced.or(always).unwrap_or(Forced {
            status: 200,
            retry_after_s: 0,
            body: "",
        })
    };
    let body = if status == 200 && body.is_empty() {
        right_answer(&path, state)
    } else {
        body.to_owned()
    };
    let head = format!(
        "HTTP/1.1 {status} X\r\nContent-Length: {}\r\nRetry-After: {retry_after_s}\r\nX-MBX-USED-WEIGHT-1M: 77\r\n\
         Connection: close\r\n\r\n",
        body.len()
    );
    // A client that gave up is no concern of the exchange.
    let _ = stream
        .write_all(head.as_bytes())
        .and_then(|()| stream.write_all(body.as_bytes()));
}

fn right_answer(path: &str, state: &Shared) -> String {
    let state = state
        .lock()
        .expect("no test panics while it holds the state");
    let symbol = state.market.symbol;
    if path.starts_with("/api/v3/depth") {
        state.market.snapshot()
    } else if path.starts_with("/api/v3/exchangeInfo") {
        format!(
            r#"{{"rateLimits":[],"symbols":[{{"symbol":"{symbol}","status":"TRADING","baseAsset":"BTC","quoteAsset":"USDT","filters":[
            {{"filterType":"PRICE_FILTER","minPrice":"0.01","maxPrice":"1000000","tickSize":"0.01"}},
            {{"filterType":"LOT_SIZE","minQty":"0.001","maxQty":"9000","stepSize":"0.001"}},
            {{"filterType":"NOTIONAL","minNotional":"5","applyMinToMarket":true,"maxNotional":"9000000","avgPriceMins":5}}]}}]}}"#
        )
    } else {
        "[]".to_owned()
    }
}

fn stream(connection: TcpStream, state: &Shared, over: &AtomicBool) {
    let queue = Arc::new(Mutex::new(VecDeque::new()));
    #[allow(
        clippy::result_large_err,
        reason = "the library's own type of a refusal"
    )]
    let refuse = |_: &Request, response: Response| -> Result<Response, ErrorResponse> {
        let mut state = state
            .lock()
            .expect("no test panics while it holds the state");
        state.connected.push(Instant::now());
        match state
            .forced
            .get_mut("/stream")
            .and_then(VecDeque::pop_front)
            .or(state.always.get("/stream").cloned())
        {
            Some(forced) => {
                let mut response = ErrorResponse::new(None);
                *response.status_mut() = forced.status.try_into().expect("a status");
                Err(response)
            }
            None => {
                state.abort = false;
                state.queues.push(Arc::clone(&queue));
                Ok(response)
            }
        }
    };
    let Ok(mut socket) = accept_hdr(connection, refuse) else {
        return;
    };
    socket
        .get_mut()
        .set_read_timeout(Some(Duration::from_millis(2)))
        .expect("a socket takes a timeout");
    while !over.load(Ordering::Relaxed) && !state.lock().expect("sound").abort {
        let messages: Vec<String> = queue.lock().expect("sound").drain(..).collect();
        for message in messages {
            if socket.send(Message::text(message)).is_err() {
                break;
            }
        }
        // Reads pings and closes; nothing to read is the rule.
        if let Err(error) = socket.read()
            && !matches!(&error, tokio_tungstenite::tungstenite::Error::Io(io)
                if matches!(io.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut))
        {
            break;
        }
    }
    state
        .lock()
        .expect("sound")
        .queues
        .retain(|other| !Arc::ptr_eq(other, &queue));
}
