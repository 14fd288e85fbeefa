//! The whole program over a made-up capture: the same frames for every reader and every time.

#![allow(
    clippy::disallowed_methods,
    reason = "a test waits for another process"
)]

mod support;

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use support::market::Market;
use support::{Program, connect, frames, read_all, replay_config};
use wire::{Body, Ending};

fn captures(directory: &Path) -> Vec<PathBuf> {
    vec![
        Market::new("BTCUSDT", 1).capture(directory, 600),
        Market::new("ETHUSDT", 2).capture(directory, 600),
    ]
}

/// Replays to the end with two readers; what each got.
fn replay(directory: &Path, config: &Value) -> (Vec<u8>, Vec<u8>) {
    let mut program = Program::start(directory, config);
    let readers = (read_all(directory), read_all(directory));
    let got = (
        readers.0.join().expect("it read"),
        readers.1.join().expect("it read"),
    );
    assert_eq!(program.code(), 0);
    got
}

#[test]
fn every_reader_and_every_replay_gets_the_same_bytes() {
    let dir = tempfile::tempdir().expect("a directory");
    let config = replay_config(dir.path(), &captures(dir.path()), 0.0, 2);
    let (one, two) = replay(dir.path(), &config);
    assert!(one == two, "two readers got different bytes");
    let (again, _) = replay(dir.path(), &config);
    assert!(one == again, "a second replay gave different bytes");

    let got = frames(&one);
    let Body::Hello { head, instruments } = &got[0].body else {
        panic!("the first frame is Hello")
    };
    assert_eq!(
        (head.venue, head.clock, head.next_seq, head.catch_up),
        ("replay", "recorded", 1, 0)
    );
    assert_eq!(
        instruments.iter().map(|it| it.symbol).collect::<Vec<_>>(),
        ["BTCUSDT", "ETHUSDT"]
    );
    assert!(
        got[1..]
            .iter()
            .map(|frame| frame.seq)
            .eq(1..got.len() as i64),
        "seq has a hole"
    );
    let books = got
        .iter()
        .filter(|frame| matches!(frame.body, Body::Book { .. }))
        .count();
    assert!(books >= 2 * 590, "{books}");
    let Body::Goodbye {
        reason: Ending::RecordingEnded,
        counters,
    } = &got[got.len() - 1].body
    else {
        panic!("the last frame is Goodbye(recording_ended)")
    };
    assert_eq!(
        counters
            .iter()
            .map(|it| (it.depth_messages, it.gaps, it.resyncs, it.trades))
            .collect::<Vec<_>>(),
        [(600, 0, 0, 200), (600, 0, 0, 200)]
    );
    assert!(
        counters
            .iter()
            .all(|it| it.book_ticker_checks > 0 && it.book_ticker_mismatches == 0)
    );

    let status: Value =
        serde_json::from_slice(&fs::read(dir.path().join("status.json")).expect("it is there"))
            .expect("JSON");
    assert_eq!(status["final"], json!(true));
    assert_eq!(status["torn"], json!([]));
    assert_eq!(
        status["instruments"]["BTCUSDT"]["depth_messages"],
        json!(600)
    );
    assert_eq!(
        status["instruments"]["BTCUSDT"]["filters_from"],
        json!("inferred")
    );
    assert!(
        !dir.path().join("market.sock").exists(),
        "the socket is gone"
    );
}

#[test]
fn the_status_names_the_file_whose_end_is_torn() {
    let dir = tempfile::tempdir().expect("a directory");
    let files = captures(dir.path());
    let text = fs::read(&files[1]).expect("it was written");
    fs::write(&files[1], &text[..text.len() - 9]).expect("the directory takes files");
    replay(dir.path(), &replay_config(dir.path(), &files, 0.0, 2));
    let status: Value =
        serde_json::from_slice(&fs::read(dir.path().join("status.json")).expect("it is there"))
            .expect("JSON");
    assert_eq!(status["torn"], json!([files[1].display().to_string()]));
}

#[test]
fn a_recording_made_of_a_replay_replays_the_same_frames() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut config = replay_config(dir.path(), &captures(dir.path()), 0.0, 2);
    let recordings = dir.path().join("recordings");
    config["record"] =
        json!({"directory": recordings, "max_bytes": 10_000_000, "segment_bytes": 65_536});
    let (first, _) = replay(dir.path(), &config);
    let run = fs::read_dir(&recordings)
        .expect("it recorded")
        .next()
        .expect("one run")
        .expect("it")
        .path();
    let segments = fs::read_dir(&run).expect("files").filter(|it| {
        it.as_ref()
            .expect("a file")
            .path()
            .extension()
            .is_some_and(|kind| kind == "seg")
    });
    assert!(segments.count() > 0);
    let (again, _) = replay(dir.path(), &replay_config(dir.path(), &[run], 0.0, 2));
    assert!(
        first == again,
        "the recording gave other frames than what it recorded"
    );
}

#[test]
fn a_replay_waits_for_a_reader_that_does_not_read_and_leaves_nothing_out() {
    let dir = tempfile::tempdir().expect("a directory");
    let files = [Market::new("BTCUSDT", 1).capture(dir.path(), 6_000)];
    let mut program = Program::start(dir.path(), &replay_config(dir.path(), &files, 0.0, 2));
    let quick = read_all(dir.path());
    let mut blocked = connect(dir.path());
    std::thread::sleep(Duration::from_millis(700));
    let status = program.status_when(|_| true);
    assert!(
        status["instruments"]["BTCUSDT"]["depth_messages"].as_i64() < Some(6_000),
        "nobody held it back: {status}"
    );
    let mut bytes = Vec::new();
    blocked
        .read_to_end(&mut bytes)
        .expect("the feed ends in time");
    assert!(
        bytes == quick.join().expect("it read"),
        "the slow reader got other bytes"
    );
    assert!(
        !frames(&bytes)
            .iter()
            .any(|frame| matches!(frame.body, Body::Skipped { .. }))
    );
    assert_eq!(program.code(), 0);
}

#[test]
fn a_paced_replay_takes_its_time() {
    let dir = tempfile::tempdir().expect("a directory");
    let files = [Market::new("BTCUSDT", 1).capture(dir.path(), 40)];
    let mut program = Program::start(dir.path(), &replay_config(dir.path(), &files, 4.0, 1));
    let mut reader = connect(dir.path());
    let begin = Instant::now();
    let mut bytes = Vec::new();
    reader
        .read_to_end(&mut bytes)
        .expect("the feed ends in time");
    let took = begin.elapsed();
    assert!(
        (Duration::from_millis(900)..Duration::from_secs(3)).contains(&took),
        "3.9 s at speed 4 took {took:?}"
    );
    assert_eq!(program.code(), 0);
}

#[test]
fn a_signal_ends_a_replay_that_waits_and_one_that_plays() {
    let dir = tempfile::tempdir().expect("a directory");
    let files = captures(dir.path());
    let mut waiting = Program::start(dir.path(), &replay_config(dir.path(), &files, 1.0, 2));
    let reader = read_all(dir.path());
    waiting.status_when(|status| status["readers"] == json!(1));
    waiting.terminate();
    assert_eq!(waiting.code(), 0);
    assert!(waiting.status_when(|_| true)["final"] == json!(true));
    let bytes = reader.join().expect("it read");
    let last = frames(&bytes).pop().expect("Hello and Goodbye").body;
    assert!(
        matches!(
            last,
            Body::Goodbye {
                reason: Ending::Stopping,
                ..
            }
        ),
        "{last:?}"
    );

    let mut playing = Program::start(dir.path(), &replay_config(dir.path(), &files, 1.0, 1));
    let reader = read_all(dir.path());
    playing.status_when(|status| status["messages"].as_u64() > Some(5));
    playing.terminate();
    assert_eq!(playing.code(), 0);
    let bytes = reader.join().expect("it read");
    assert!(matches!(
        frames(&bytes).pop().expect("frames").body,
        Body::Goodbye {
            reason: Ending::Stopping,
            ..
        }
    ));
}

#[test]
fn what_cannot_be_opened_has_its_own_exit_code() {
    let dir = tempfile::tempdir().expect("a directory");
    let files = captures(dir.path());
    let absent = replay_config(dir.path(), &[dir.path().join("absent")], 0.0, 0);
    assert_eq!(Program::start(dir.path(), &absent).code(), 2);
    let mut levels = replay_config(dir.path(), &files, 0.0, 0);
    levels["book"]["publish_levels"] = json!(51);
    assert_eq!(Program::start(dir.path(), &levels).code(), 2);

    let running = Program::start(dir.path(), &replay_config(dir.path(), &files, 1.0, 2));
    drop(connect(dir.path()));
    let mode = fs::metadata(dir.path().join("market.sock"))
        .expect("it is there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let second = Program::start(dir.path(), &replay_config(dir.path(), &files, 1.0, 2)).code();
    assert_eq!(second, 3, "a socket somebody listens at is not taken over");
    drop(running);
    assert!(
        dir.path().join("market.sock").exists(),
        "it was killed and left its socket behind"
    );
    assert_eq!(
        Program::start(dir.path(), &replay_config(dir.path(), &files, 0.0, 0)).code(),
        0
    );
}

#[test]
fn a_damaged_recording_is_told_from_a_bad_configuration() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut config = replay_config(dir.path(), &captures(dir.path()), 0.0, 2);
    let recordings = dir.path().join("recordings");
    config["record"] =
        json!({"directory": recordings, "max_bytes": 10_000_000, "segment_bytes": 65_536});
    replay(dir.path(), &config);
    let run = fs::read_dir(&recordings)
        .expect("it recorded")
        .next()
        .expect("one run")
        .expect("it")
        .path();
    let segment = run.join("00000001.seg");
    let mut bytes = fs::read(&segment).expect("it is there");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xff;
    fs::write(&segment, bytes).expect("written");
    assert_eq!(
        Program::start(dir.path(), &replay_config(dir.path(), &[run], 0.0, 0)).code(),
        4
    );
}

#[test]
fn health_and_metrics_are_served_on_loopback() {
    let dir = tempfile::tempdir().expect("a directory");
    let port = TcpListener::bind("127.0.0.1:0")
        .and_then(|it| it.local_addr())
        .expect("a free port")
        .port();
    let mut config = replay_config(dir.path(), &captures(dir.path()), 20.0, 1);
    config["metrics_listen"] = json!(format!("127.0.0.1:{port}"));
    let mut program = Program::start(dir.path(), &config);
    let reader = read_all(dir.path());
    program.status_when(|status| status["messages"].as_u64() > Some(500));
    let health = get(port, "/healthz");
    assert!(
        health.starts_with("HTTP/1.1 200 OK") && health.ends_with("ok\n"),
        "{health}"
    );
    let metrics = get(port, "/metrics");
    for series in [
        "qf_market_book_state{instrument=\"ETHUSDT\",state=\"live\"} 1\n",
        "qf_market_gaps_total{instrument=\"BTCUSDT\"} 0\n",
        "qf_market_readers 1\n",
        "qf_market_frames_total{kind=\"hello\"} 0\n",
    ] {
        assert!(metrics.contains(series), "{series} is not in {metrics}");
    }
    assert!(get(port, "/").starts_with("HTTP/1.1 404"));
    assert_eq!(program.code(), 0);
    reader.join().expect("it read");
}

fn get(port: u16, path: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("it listens");
    stream
        .write_all(format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes())
        .expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    answer
}

#[test]
fn inspect_says_what_a_capture_holds_and_refuses_what_cannot_be_replayed() {
    let dir = tempfile::tempdir().expect("a directory");
    let files = captures(dir.path());
    let inspect = |file: &Path| {
        let output = Command::new(env!("CARGO_BIN_EXE_market_data"))
            .arg("inspect")
            .arg(file)
            .output()
            .expect("it runs");
        (
            output.status.code(),
            output.stdout,
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    };
    let (code, stdout, _) = inspect(&files[0]);
    let report: Value = serde_json::from_slice(&stdout).expect("one line of JSON");
    assert_eq!(
        (code, &report["instruments"][0]["symbol"]),
        (Some(0), &json!("BTCUSDT"))
    );
    assert_eq!(
        (&report["files"][0]["records"], &report["rest_answers"]),
        (&json!(1_401), &json!(false))
    );

    let bad = dir.path().join("bad");
    fs::write(
        &bad,
        "1700000000000000000 {\"a\":1}\n1700000000000000001 {}\n",
    )
    .expect("written");
    let (code, _, stderr) = inspect(&bad);
    assert_eq!(code, Some(2));
    assert!(
        stderr.contains("bad, line 1: is neither a combined-stream message"),
        "{stderr}"
    );
}
