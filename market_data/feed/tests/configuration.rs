//! The configuration file: what is accepted, and that a refusal names its key.

use std::fs;

use feed::config::load;
use serde_json::{Value, json};

fn sound() -> Value {
    json!({
        "venue": {"name": "binance", "simulated": false, "rest_url": "https://x.y", "ws_url": "wss://x.y:443"},
        "symbols": ["BTCUSDT"], "instruments": {}, "replay": null, "socket": "/tmp/m.sock",
        "metrics_listen": "127.0.0.1:9101", "status_file": "/tmp/s.json",
        "book": {"publish_levels": 20, "snapshot_limit": 1000, "imbalance_decay_ppm": 700000,
                 "stale_after_ms": 5000, "crossed_resync_ms": 1000, "rest_check_seconds": 60},
        "session_seconds": 86400, "candle_seed": 1100,
        "record": {"directory": "/tmp/r", "max_bytes": 2000000000u64, "segment_bytes": 16777216},
        "log_level": "info"
    })
}

fn refusal(pointer: &str, value: Value) -> String {
    let mut config = sound();
    *config.pointer_mut(pointer).expect("the key is there") = value;
    let file = tempfile::NamedTempFile::new().expect("a file");
    fs::write(file.path(), config.to_string()).expect("written");
    let found = load(file.path()).map_or_else(|fault| fault.to_string(), |_| "accepted".to_owned());
    found
        .trim_start_matches(&format!("{}: ", file.path().display()))
        .to_owned()
}

#[test]
fn a_sound_configuration_is_accepted() {
    assert_eq!(refusal("/log_level", json!("warning")), "accepted");
    assert_eq!(refusal("/record", Value::Null), "accepted");
}

#[test]
fn what_is_wrong_is_named_by_its_key() {
    let rows = [
        (
            "/venue/name",
            json!("kraken"),
            "venue.name: unknown variant `kraken`",
        ),
        (
            "/venue/name",
            json!("replay"),
            "venue.name: is replay, but replay is null",
        ),
        (
            "/venue/rest_url",
            json!("https://x.y/api"),
            "venue.rest_url: \"https://x.y/api\" must be",
        ),
        (
            "/venue/ws_url",
            json!("https://x.y"),
            "venue.ws_url: \"https://x.y\" must be ws://HOST",
        ),
        ("/symbols", json!([]), "symbols: is empty"),
        (
            "/session_seconds",
            json!(0),
            "session_seconds: must be at least 1",
        ),
        (
            "/instruments",
            json!({"X": {"base": "B"}}),
            "instruments.X: missing field `quote`",
        ),
        (
            "/replay",
            json!({"files": [], "speed": 1, "wait_readers": 0}),
            "replay.files: is empty",
        ),
        (
            "/replay",
            json!({"files": ["x"], "speed": -1, "wait_readers": 0}),
            "replay.speed: is -1",
        ),
        (
            "/replay",
            json!({"files": ["x"], "speed": 1, "wait_readers": 17}),
            "replay.wait_readers: is 17",
        ),
        (
            "/replay",
            json!({"file": ["x"]}),
            "replay.file: unknown field `file`",
        ),
        (
            "/socket",
            json!("x".repeat(106)),
            "socket: is longer than 105 bytes",
        ),
        (
            "/metrics_listen",
            json!("0.0.0.0:1"),
            "metrics_listen: 0.0.0.0:1 is not a loopback address",
        ),
        (
            "/book/publish_levels",
            json!("20"),
            "book.publish_levels: invalid type: string",
        ),
        (
            "/record/segment_bytes",
            json!(1_500_000_000),
            "record.segment_bytes: must be at least 65536",
        ),
        (
            "/log_level",
            json!("loud"),
            "log_level: unknown variant `loud`",
        ),
    ];
    for (pointer, value, expected) in rows {
        let refused = refusal(pointer, value);
        assert!(refused.starts_with(expected), "{refused}");
    }
}

#[test]
fn a_file_that_is_absent_or_not_json_is_refused_by_its_name() {
    let absent =
        load(std::path::Path::new("/nonexistent/market_data.json")).expect_err("it is not there");
    assert!(
        absent
            .to_string()
            .starts_with("/nonexistent/market_data.json: ")
    );
}
