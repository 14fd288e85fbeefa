//! The whole program against a small exchange on loopback: what it does about each fault, seen by a reader.

#![allow(
    clippy::disallowed_methods,
    reason = "a test waits for another process"
)]

mod support;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use support::exchange::{Exchange, Forced};
use support::market::Market;
use support::{FrameReader, Program, connect, frames, read_all, replay_config};
use wire::{Body, Ending, Frame, Reason, State};

fn config(directory: &Path, exchange: &Exchange) -> Value {
    let mut config = replay_config(directory, &[], 0.0, 0);
    config["venue"] = json!({"name": "sim", "simulated": true, "rest_url": exchange.rest_url, "ws_url": exchange.ws_url});
    config["replay"] = Value::Null;
    config["symbols"] = json!(["BTCUSDT"]);
    config["book"]["rest_check_seconds"] = json!(0);
    config
}

/// An exchange, the program that follows it, and a reader of its frames.
struct Stage {
    exchange: Exchange,
    program: Program,
    reader: FrameReader,
    _directory: tempfile::TempDir,
}

impl Stage {
    fn with(prepare: impl FnOnce(&Exchange, &mut Value)) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let exchange = Exchange::start(Market::new("BTCUSDT", 1));
        let mut config = config(directory.path(), &exchange);
        prepare(&exchange, &mut config);
        let program = Program::start(directory.path(), &config);
        let reader = FrameReader::new(connect(directory.path()));
        Self {
            exchange,
            program,
            reader,
            _directory: directory,
        }
    }

    fn live() -> Self {
        let mut stage = Self::with(|_, _| ());
        stage.reader.until(live);
        stage
    }

    fn status(&mut self, state: State) -> Reason {
        self.reader.until(|frame| match frame.body {
            Body::Status {
                instrument: Some(0),
                state: found,
                reason,
                ..
            } if found == state => Some(reason),
            _ => None,
        })
    }
}

fn live(frame: &Frame<'_>) -> Option<()> {
    matches!(&frame.body, Body::Book { head, .. } if head.state == State::Live).then_some(())
}

fn forced(status: u16, retry_after_s: u32) -> Forced {
    Forced {
        status,
        retry_after_s,
        body: "{}",
    }
}

#[test]
fn it_connects_builds_the_book_and_says_who_it_is() {
    let mut stage = Stage::with(|_, _| ());
    let (venue, simulated, filters) = stage.reader.until(|frame| match &frame.body {
        Body::Hello { head, instruments } => Some((
            head.venue.to_owned(),
            head.simulated,
            instruments[0].filters_from.to_owned(),
        )),
        _ => None,
    });
    assert_eq!(
        (venue.as_str(), simulated, filters.as_str()),
        ("sim", true, "exchange")
    );
    stage.reader.until(live);
    stage
        .reader
        .until(|frame| matches!(frame.body, Body::Trade(_)).then_some(()));
    let status = stage.program.status_when(|status| {
        status["instruments"]["BTCUSDT"]["book_ticker_checks"].as_u64() > Some(5)
    });
    assert_eq!(status["state"], json!("live"));
    assert_eq!(
        status["instruments"]["BTCUSDT"]["book_ticker_mismatches"],
        json!(0)
    );
    assert_eq!(status["final"], json!(false));
}

#[test]
fn a_gap_is_seen_at_once_and_the_book_is_built_anew() {
    let mut stage = Stage::live();
    stage.exchange.change(|state| state.drop_updates = 1);
    assert_eq!(stage.status(State::Resyncing), Reason::Gap);
    stage.status(State::Live);
    stage.reader.until(live);
    let status = stage
        .program
        .status_when(|status| status["instruments"]["BTCUSDT"]["state"] == "live");
    assert_eq!(
        (
            &status["instruments"]["BTCUSDT"]["gaps"],
            &status["instruments"]["BTCUSDT"]["resyncs"]
        ),
        (&json!(1), &json!(1))
    );
}

#[test]
fn a_lost_connection_is_opened_again_after_a_wait() {
    let mut stage = Stage::live();
    let lost = Instant::now();
    stage.exchange.change(|state| state.abort = true);
    stage.status(State::Disconnected);
    stage.status(State::Live);
    let connected = stage.exchange.change(|state| state.connected.clone());
    assert!(connected.len() >= 2);
    assert!(
        connected[1] - lost >= Duration::from_millis(100),
        "it came back without a wait"
    );
}

#[test]
fn a_venue_that_refuses_connections_is_not_hammered() {
    let stage = Stage::with(|exchange, _| {
        exchange.change(|state| state.always.insert("/stream", forced(503, 0)));
    });
    std::thread::sleep(Duration::from_secs(4));
    let connected = stage.exchange.change(|state| state.connected.clone());
    assert!(
        (2..=8).contains(&connected.len()),
        "{} attempts in 4 s",
        connected.len()
    );
}

#[test]
fn a_rate_limit_is_waited_for_as_long_as_the_venue_says() {
    let mut stage = Stage::with(|exchange, _| exchange.force("/api/v3/depth", &[forced(429, 2)]));
    stage.reader.until(live);
    let asked = stage.exchange.change(|state| state.asked.clone());
    let depth: Vec<_> = asked
        .iter()
        .filter(|(_, path)| path.starts_with("/api/v3/depth"))
        .map(|(at, _)| *at)
        .collect();
    assert_eq!(depth.len(), 2, "{asked:?}");
    assert!(
        depth[1] - depth[0] >= Duration::from_secs(2),
        "{:?}",
        depth[1] - depth[0]
    );
}

#[test]
fn a_ban_and_a_closed_border_have_names_and_stop_the_requests() {
    for (status, state) in [
        (418, State::Banned),
        (451, State::GeoBlocked),
        (403, State::GeoBlocked),
    ] {
        let mut stage = Stage::with(|exchange, _| {
            exchange.change(|state| state.always.insert("/api/v3/depth", forced(status, 120)));
        });
        stage.reader.until(|frame| match frame.body {
            Body::Status { state: found, .. } if found == state => Some(()),
            _ => None,
        });
        std::thread::sleep(Duration::from_secs(2));
        let asked = stage.exchange.change(|state| state.asked.clone());
        let depth = asked
            .iter()
            .filter(|(_, path)| path.starts_with("/api/v3/depth"))
            .count();
        assert_eq!(depth, 1, "{status}");
    }
}

#[test]
fn a_server_that_shuts_down_is_left_before_it_closes() {
    let mut stage = Stage::live();
    stage.exchange.change(|state| state.shut_down = true);
    let until = Instant::now() + support::WAIT;
    while stage.exchange.change(|state| state.connected.len()) < 2 {
        assert!(Instant::now() < until, "no second connection");
        std::thread::sleep(Duration::from_millis(10));
    }
    let mut books = 0;
    stage.reader.until(|frame| {
        assert!(
            !matches!(
                frame.body,
                Body::Status {
                    state: State::Disconnected,
                    ..
                }
            ),
            "it was never without a connection"
        );
        books += u32::from(live(frame).is_some());
        (books > 100).then_some(())
    });
    let status = stage.program.status_when(|_| true);
    assert_eq!(status["instruments"]["BTCUSDT"]["gaps"], json!(0));
}

#[test]
fn filters_come_from_the_table_when_the_venue_does_not_answer() {
    let mut stage = Stage::with(|exchange, config| {
        exchange.change(|state| state.always.insert("/api/v3/exchangeInfo", forced(500, 0)));
        config["instruments"]["BTCUSDT"] = json!({
            "base": "BTC", "quote": "USDT", "tick": "0.01", "lot": "0.001", "qty_min": "0.001", "qty_max": "0",
            "notional_min": "5"
        });
    });
    let from = stage.reader.until(|frame| match &frame.body {
        Body::Hello { instruments, .. } => Some(instruments[0].filters_from.to_owned()),
        _ => None,
    });
    assert_eq!(from, "config");
}

#[test]
fn without_any_filters_it_says_why_it_waits_and_stops_when_told() {
    let directory = tempfile::tempdir().expect("a directory");
    let exchange = Exchange::start(Market::new("BTCUSDT", 1));
    exchange.change(|state| state.always.insert("/api/v3/exchangeInfo", forced(451, 0)));
    let mut program = Program::start(directory.path(), &config(directory.path(), &exchange));
    program
        .status_when(|status| status["state"] == "geo_blocked" && status["final"] == json!(false));
    program.terminate();
    assert_eq!(program.code(), 0);
    assert_eq!(program.status_when(|_| true)["final"], json!(true));

    exchange.change(|state| {
        state.always.insert(
            "/api/v3/exchangeInfo",
            Forced {
                status: 400,
                retry_after_s: 0,
                body: r#"{"code":-1121,"msg":"Invalid symbol."}"#,
            },
        )
    });
    assert_eq!(
        Program::start(directory.path(), &config(directory.path(), &exchange)).code(),
        2
    );
}

#[test]
fn what_was_recorded_live_replays_to_the_frames_that_were_published() {
    let directory = tempfile::tempdir().expect("a directory");
    let recordings = directory.path().join("recordings");
    let exchange = Exchange::start(Market::new("BTCUSDT", 1));
    let mut config = config(directory.path(), &exchange);
    config["record"] =
        json!({"directory": recordings, "max_bytes": 10_000_000, "segment_bytes": 65_536});
    let mut program = Program::start(directory.path(), &config);
    let reader = read_all(directory.path());
    program.status_when(|status| status["instruments"]["BTCUSDT"]["state"] == "live");
    exchange.change(|state| state.drop_updates = 1);
    program.status_when(|status| status["instruments"]["BTCUSDT"]["gaps"] == json!(1));
    exchange.change(|state| state.abort = true);
    program.status_when(|status| {
        let book = &status["instruments"]["BTCUSDT"];
        book["epoch"] == json!(3) && book["state"] == "live"
    });
    std::thread::sleep(Duration::from_millis(300));
    program.terminate();
    assert_eq!(program.code(), 0);
    let published = reader.join().expect("it read");

    let run = fs::read_dir(&recordings)
        .expect("it recorded")
        .next()
        .expect("one run")
        .expect("it")
        .path();
    let mut again = replay_config(directory.path(), &[run], 0.0, 1);
    again["book"]["rest_check_seconds"] = json!(0);
    let mut program = Program::start(directory.path(), &again);
    let replayed = read_all(directory.path()).join().expect("it read");
    assert_eq!(program.code(), 0);

    let (published, replayed) = (frames(&published), frames(&replayed));
    let Body::Hello { head, .. } = &published[0].body else {
        panic!("the first frame is Hello")
    };
    let live = &published[1 + head.catch_up as usize..];
    let (Some((last, live)), first) = (live.split_last(), live[0].seq) else {
        panic!("there were frames")
    };
    assert!(matches!(
        last.body,
        Body::Goodbye {
            reason: Ending::Stopping,
            ..
        }
    ));
    let same: Vec<_> = replayed[1..]
        .iter()
        .filter(|frame| frame.seq >= first)
        .collect();
    assert_eq!(same.len(), live.len() + 1, "the replay has other frames");
    for (published, replayed) in live.iter().zip(same) {
        assert_eq!(published, replayed);
    }
}

#[test]
fn a_session_that_is_over_ends_the_program_and_the_next_start_begins_another() {
    let directory = tempfile::tempdir().expect("a directory");
    let exchange = Exchange::start(Market::new("BTCUSDT", 1));
    let mut config = config(directory.path(), &exchange);
    config["session_seconds"] = json!(2);
    let mut names = Vec::new();
    for _ in 0..2 {
        let mut program = Program::start(directory.path(), &config);
        let published = read_all(directory.path()).join().expect("it read");
        assert_eq!(program.code(), 6);
        let published = frames(&published);
        let (Some(first), Some(last)) = (published.first(), published.last()) else {
            panic!("there were frames")
        };
        let Body::Hello { head, .. } = &first.body else {
            panic!("the first frame is Hello")
        };
        names.push(head.session.to_owned());
        let stopping = Ending::Stopping;
        assert!(matches!(last.body, Body::Goodbye { reason, .. } if reason == stopping));
    }
    assert_ne!(names[0], names[1]);
}
