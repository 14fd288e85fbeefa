//! Every case of tests/vectors/frame/cases.json, both ways; and the layout, pinned.

use proptest::prelude::*;
use serde_json::Value;
use std::path::PathBuf;
use wire::{
    Body, Book, Candle, Counters, Ending, Floats, Frame, Hello, Instrument, Reason, State, Trade,
    decode,
};

fn cases() -> (String, Value) {
    let path =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/frame/cases.json");
    let text = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let value = serde_json::from_str(&text).expect("cases.json is JSON");
    (text, value)
}

fn unhex(hex: &str) -> Vec<u8> {
    (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex"))
        .collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn int(value: &Value) -> i64 {
    value
        .as_i64()
        .unwrap_or_else(|| panic!("{value} is no i64"))
}

fn text(value: &Value) -> &str {
    value
        .as_str()
        .unwrap_or_else(|| panic!("{value} is no text"))
}

fn float(value: &Value) -> f64 {
    value
        .as_f64()
        .unwrap_or_else(|| panic!("{value} is no number"))
}

/// Levels of a `{"bin": hex}` value.
fn levels(value: &Value) -> Vec<[i64; 2]> {
    let word = |bytes: &[u8]| i64::from_le_bytes(bytes.try_into().expect("8 bytes"));
    unhex(text(&value["bin"]))
        .chunks_exact(16)
        .map(|level| [word(&level[..8]), word(&level[8..])])
        .collect()
}

/// The case's value, written by the encoder.
fn encoded(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    let (seq, recv_ns) = (int(&value[1]), int(&value[2]));
    let state = |at: usize| State::from_number(int(&value[at])).expect("a state");
    let index = |at: usize| u8::try_from(int(&value[at])).expect("an index");
    match int(&value[0]) {
        1 => {
            let rows = value[11].as_array().expect("a list");
            let instruments: Vec<Instrument<'_>> = rows.iter().map(instrument).collect();
            let head = Hello {
                build: text(&value[4]),
                session: text(&value[5]),
                venue: text(&value[6]),
                simulated: value[7] == true,
                clock: text(&value[8]),
                next_seq: int(&value[9]),
                catch_up: int(&value[10]),
            };
            wire::hello(&mut out, seq, recv_ns, &head, &instruments);
        }
        2 => {
            let head = Book {
                instrument: index(3),
                event_ns: int(&value[4]),
                epoch: int(&value[5]),
                last_id: int(&value[6]),
                state: state(7),
                window_bid: int(&value[10]),
                window_ask: int(&value[11]),
            };
            let floats = Floats {
                imbalance_best: float(&value[12]),
                imbalance_top: float(&value[13]),
                imbalance_weighted: float(&value[14]),
                microprice: float(&value[15]),
            };
            wire::book(
                &mut out,
                seq,
                recv_ns,
                &head,
                &levels(&value[8]),
                &levels(&value[9]),
                &floats,
            );
        }
        3 => {
            let [event_ns, trade_id, price, qty] = [4, 5, 6, 7].map(|at| int(&value[at]));
            let trade = Trade {
                instrument: index(3),
                event_ns,
                trade_id,
                price,
                qty,
                aggressor: index(8),
            };
            wire::trade(&mut out, seq, recv_ns, &trade);
        }
        4 => wire::candle(&mut out, seq, recv_ns, &candle(value)),
        5 => {
            let reason = Reason::from_name(text(&value[5])).expect("a reason");
            let instrument = u8::try_from(int(&value[3])).ok();
            wire::status(
                &mut out,
                seq,
                recv_ns,
                instrument,
                state(4),
                reason,
                int(&value[6]),
            );
        }
        6 => wire::heartbeat(&mut out, seq, recv_ns),
        7 => wire::skipped(&mut out, seq, recv_ns, int(&value[3]), int(&value[4])),
        8 => {
            let ending = Ending::from_name(text(&value[3])).expect("an ending");
            let rows: Vec<Counters> = value[4]
                .as_array()
                .expect("a list")
                .iter()
                .map(counters)
                .collect();
            wire::goodbye(&mut out, seq, recv_ns, ending, &rows);
        }
        kind => panic!("kind {kind}"),
    }
    out
}

fn instrument(row: &Value) -> Instrument<'_> {
    Instrument {
        symbol: text(&row[1]),
        base: text(&row[2]),
        quote: text(&row[3]),
        tick_e8: int(&row[4]),
        lot_e8: int(&row[5]),
        qty_min_lots: int(&row[6]),
        qty_max_lots: int(&row[7]),
        notional_min_e8: int(&row[8]),
        filters_from: text(&row[9]),
    }
}

fn candle(value: &Value) -> Candle {
    let [open_ns, open, high, low, close] = [4, 5, 6, 7, 8].map(|at| int(&value[at]));
    let [volume, buy_volume, trades] = [9, 10, 11].map(|at| int(&value[at]));
    let (instrument, origin) = (int(&value[3]) as u8, int(&value[13]) as u8);
    let closed = value[12] == true;
    Candle {
        instrument,
        open_ns,
        open,
        high,
        low,
        close,
        volume,
        buy_volume,
        trades,
        closed,
        origin,
    }
}

fn counters(row: &Value) -> Counters {
    let [depth_messages, book_ticker_checks, book_ticker_mismatches] =
        [1, 2, 3].map(|at| int(&row[at]));
    let [resyncs, gaps, trades, candles_closed] = [4, 5, 6, 7].map(|at| int(&row[at]));
    Counters {
        depth_messages,
        book_ticker_checks,
        book_ticker_mismatches,
        resyncs,
        gaps,
        trades,
        candles_closed,
    }
}

/// A frame, written again by the encoder: equal bytes mean that nothing was lost in reading.
fn written_again(frame: &Frame<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    let (seq, recv_ns) = (frame.seq, frame.recv_ns);
    match &frame.body {
        Body::Hello { head, instruments } => wire::hello(&mut out, seq, recv_ns, head, instruments),
        Body::Book {
            head,
            bids,
            asks,
            floats,
        } => {
            let (bids, asks): (Vec<_>, Vec<_>) = (bids.iter().collect(), asks.iter().collect());
            wire::book(&mut out, seq, recv_ns, head, &bids, &asks, floats);
        }
        Body::Trade(trade) => wire::trade(&mut out, seq, recv_ns, trade),
        Body::Candle(candle) => wire::candle(&mut out, seq, recv_ns, candle),
        Body::Status {
            instrument,
            state,
            reason,
            epoch,
        } => {
            wire::status(&mut out, seq, recv_ns, *instrument, *state, *reason, *epoch);
        }
        Body::Heartbeat => wire::heartbeat(&mut out, seq, recv_ns),
        Body::Skipped { from, count } => wire::skipped(&mut out, seq, recv_ns, *from, *count),
        Body::Goodbye { reason, counters } => {
            wire::goodbye(&mut out, seq, recv_ns, *reason, counters)
        }
    }
    out
}

#[test]
fn every_value_is_written_as_its_bytes_and_read_back() {
    let (_, cases) = cases();
    for case in cases["frames"].as_array().expect("a list") {
        let (name, bytes) = (text(&case["name"]), unhex(text(&case["hex"])));
        assert_eq!(hex(&encoded(&case["value"])), text(&case["hex"]), "{name}");
        let (frame, taken) = decode(&bytes).unwrap_or_else(|refusal| panic!("{name}: {refusal}"));
        assert_eq!(taken, bytes.len(), "{name}");
        assert_eq!(written_again(&frame), bytes, "{name}");
    }
}

#[test]
fn every_refused_case_is_refused_by_its_name() {
    let (_, cases) = cases();
    for case in cases["refused"].as_array().expect("a list") {
        let bytes = unhex(text(&case["hex"]));
        let refusal = decode(&bytes).err().map(wire::Refusal::name);
        assert_eq!(refusal, case["refusal"].as_str(), "{}", case["name"]);
    }
}

#[test]
fn frames_are_read_one_behind_the_other() {
    let (_, cases) = cases();
    let rows = cases["frames"].as_array().expect("a list");
    let stream: Vec<u8> = rows
        .iter()
        .flat_map(|case| unhex(text(&case["hex"])))
        .collect();
    let mut rest = &stream[..];
    let mut frames = 0;
    while !rest.is_empty() {
        let (_, taken) = decode(rest).expect("a frame");
        rest = &rest[taken..];
        frames += 1;
    }
    assert_eq!(frames, rows.len());
}

/// FNV-1a over the bytes of every good case: a change of any layout changes it. Then PROTOCOL.md, its number, the
/// changelog and this figure change in one commit; a case that is only added changes this figure alone.
#[test]
fn the_layout_is_the_one_that_version_1_was_pinned_with() {
    let (_, cases) = cases();
    let frames = cases["frames"].as_array().expect("a list");
    let bytes = frames.iter().flat_map(|case| encoded(&case["value"]));
    let fingerprint = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    assert_eq!(
        (wire::PROTOCOL, format!("{fingerprint:016x}").as_str()),
        (1, "dff700949a64b2bf")
    );
}

proptest! {
    /// Any bytes give a frame or a named refusal, never a panic.
    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let mut framed = (bytes.len() as u32).to_be_bytes().to_vec();
        framed.extend(&bytes);
        let _ = decode(&framed);
        let _ = decode(&bytes);
    }

    #[test]
    fn damaged_frames_never_panic(which in 0..12_usize, at in 0..500_usize, byte: u8) {
        let (_, cases) = cases();
        let mut bytes = unhex(text(&cases["frames"][which]["hex"]));
        let at = at % bytes.len();
        bytes[at] = byte;
        let _ = decode(&bytes);
    }

    #[test]
    fn any_trade_comes_back_as_it_was_written(seq in 0..=i64::MAX, recv_ns in 0..=i64::MAX, event_ns in 0..=i64::MAX, trade_id in 0..=i64::MAX, price in 1..=i64::MAX, qty in 1..=i64::MAX) {
        let trade = Trade { instrument: 15, event_ns, trade_id, price, qty, aggressor: 1 };
        let mut bytes = Vec::new();
        wire::trade(&mut bytes, seq, recv_ns, &trade);
        let (frame, _) = decode(&bytes).expect("a frame");
        prop_assert_eq!(frame, Frame { seq, recv_ns, body: Body::Trade(trade) });
    }
}
