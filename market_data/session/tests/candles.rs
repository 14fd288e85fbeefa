//! One-minute candles: seeded over REST, kept by the stream, holes filled, or built from trades.

mod stage;

use capture::Endpoint;
use session::{Config, Request};
use stage::{MS, SECOND, START, Seen, Stage, config};

const REST: u8 = 0;
const STREAM: u8 = 1;

/// A kline of the stream for that minute since the start.
fn kline(stage: &mut Stage, minute: i64, close: i64, closed: bool) {
    let text = format!(
        r#"{{"stream":"aaa@kline_1m","data":{{"e":"kline","E":1,"s":"AAA","k":{{"t":{},"s":"AAA","i":"1m","o":"5","c":"{close}","h":"99","l":"1","v":"10","n":3,"x":{closed},"V":"4"}}}}}}"#,
        START / MS + minute * 60_000,
    );
    stage.message(1, &text);
}

/// Klines over REST for those minutes.
fn klines(stage: &mut Stage, minutes: std::ops::Range<i64>) {
    let row = |minute: i64| {
        let open_ms = START / MS + minute * 60_000;
        format!(
            r#"[{open_ms},"5","99","1","7","10",{},"0",3,"4","0","0"]"#,
            open_ms + 59_999
        )
    };
    let body = format!("[{}]", minutes.map(row).collect::<Vec<_>>().join(","));
    stage.rest(Endpoint::Klines, "AAA", 200, 0, &body);
}

fn trade(stage: &mut Stage, id: u64, second: i64, price: i64, sold: bool) {
    let text = format!(
        r#"{{"stream":"aaa@trade","data":{{"e":"trade","E":1,"s":"AAA","t":{id},"p":"{price}","q":"2","T":{},"m":{sold},"M":true}}}}"#,
        START / MS + second * 1_000,
    );
    stage.message(1, &text);
}

fn seeded(candle_seed: u32) -> Stage {
    let mut stage = Stage::new(Config {
        candle_seed,
        ..config()
    });
    stage.tick(0);
    stage.connected(1);
    stage.tick(100);
    stage
}

/// The start times that klines were asked for, in minutes since the start, of AAA.
fn asked_from(stage: &Stage) -> Vec<i64> {
    let from = |request: &Request| match request {
        Request::Fetch {
            endpoint: Endpoint::Klines,
            symbol,
            path,
        } if symbol == "AAA" => {
            let (_, rest) = path.split_once("startTime=")?;
            let ms: i64 = rest.split('&').next()?.parse().ok()?;
            Some((ms - START / MS) / 60_000)
        }
        _ => None,
    };
    stage.requests.iter().filter_map(from).collect()
}

#[test]
fn bars_are_seeded_in_pages_and_the_stream_goes_on_where_they_end() {
    let mut stage = seeded(1_100);
    assert_eq!(asked_from(&stage), [-1_100]);
    kline(&mut stage, 0, 8, false);
    kline(&mut stage, 0, 8, true);
    assert!(
        stage.closed().is_empty(),
        "held until the bars before it are there"
    );
    klines(&mut stage, -1_100..-100);
    assert_eq!(
        (stage.closed().len(), stage.closed()[998]),
        (999, (-102, 7, REST)),
        "the last row may still be open"
    );
    stage.tick(100);
    assert_eq!(asked_from(&stage), [-1_100, -101]);
    klines(&mut stage, -101..1);
    let closed = stage.closed();
    assert_eq!(
        (closed.len(), closed[1_099], closed[1_100]),
        (1_101, (-1, 7, REST), (0, 8, STREAM))
    );
    kline(&mut stage, 1, 9, true);
    kline(&mut stage, 1, 9, true);
    kline(&mut stage, 0, 9, true);
    assert_eq!(
        stage.closed()[1_101..],
        [(1, 9, STREAM)],
        "once, and in order"
    );
}

#[test]
fn a_missing_minute_is_fetched_before_the_next_is_published() {
    let mut stage = seeded(2);
    klines(&mut stage, -2..1);
    kline(&mut stage, 0, 8, true);
    kline(&mut stage, 3, 8, true);
    stage.tick(100);
    assert_eq!(asked_from(&stage), [-2, 1]);
    klines(&mut stage, 1..5);
    let expected = [
        (-2, 7, REST),
        (-1, 7, REST),
        (0, 8, STREAM),
        (1, 7, REST),
        (2, 7, REST),
        (3, 7, REST),
    ];
    assert_eq!(stage.closed(), expected);
}

#[test]
fn bars_that_never_come_do_not_hold_the_stream_up_for_ever() {
    let mut stage = seeded(2);
    kline(&mut stage, 0, 8, true);
    for _ in 0..125 {
        stage.wait(1_000);
        kline(&mut stage, 1, 8, false);
        let failed: Vec<i64> = asked_from(&stage);
        if !failed.is_empty() {
            stage.rest(Endpoint::Klines, "AAA", 500, 0, "");
        }
    }
    assert_eq!(
        stage.closed(),
        [(0, 8, STREAM)],
        "what was missing stays missing"
    );
}

#[test]
fn open_bars_are_published_once_a_second_at_most() {
    let mut stage = seeded(0);
    for step in 0..30 {
        kline(&mut stage, 0, 8 + step, false);
        stage.tick(100);
    }
    let open = stage
        .seen
        .iter()
        .filter(|seen| matches!(seen, Seen::Candle(candle) if !candle.closed))
        .count();
    assert_eq!(open, 3);
}

#[test]
fn without_klines_bars_are_built_from_trades_until_a_kline_comes() {
    let mut stage = Stage::new(Config {
        candles_from_trades: true,
        ..config()
    });
    stage.connected(1);
    trade(&mut stage, 1, 30, 7, false);
    trade(&mut stage, 2, 61, 8, true);
    stage.now = START + 182 * SECOND;
    trade(&mut stage, 3, 181, 9, true);
    assert_eq!(stage.closed(), [(0, 7, 3), (1, 8, 2), (2, 8, 2)]);
    trade(&mut stage, 3, 181, 9, true);
    trade(&mut stage, 9, 185, 9, true);
    let counted = stage.session.instrument(0).counted;
    assert_eq!(
        (
            counted.trades,
            counted.trade_duplicates,
            counted.trades_missed
        ),
        (4, 1, 5)
    );
    kline(&mut stage, 3, 5, true);
    trade(&mut stage, 10, 245, 9, true);
    stage.wait(120_000);
    assert_eq!(
        stage.closed()[3..],
        [(3, 5, STREAM)],
        "the exchange's own bar, and none of ours any more"
    );
}

#[test]
fn a_quiet_minute_is_closed_by_the_clock() {
    let mut stage = Stage::new(Config {
        candles_from_trades: true,
        ..config()
    });
    stage.connected(1);
    trade(&mut stage, 1, 30, 7, false);
    for _ in 0..5 {
        stage.wait(30_000);
        stage.message(1, r#"{"result":null,"id":1}"#);
    }
    assert_eq!(stage.closed(), [(0, 7, 3), (1, 7, 2)]);
}
