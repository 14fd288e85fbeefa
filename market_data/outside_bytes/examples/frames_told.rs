//! Frames' bodies as lines of hex on standard input; a line each: `refused`, or kind, seq, recv_ns and what core_risk
//! keeps of them. For the comparison of the three languages.

use std::fmt::Write as _;
use std::io::{BufRead, Write as _};

use wire::{Body, Frame, Levels, decode_body};

fn main() -> std::io::Result<()> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for line in std::io::stdin().lock().lines() {
        let bytes = unhex(&line?);
        match decode_body(&bytes) {
            Ok(frame) => writeln!(out, "{}", told(&frame))?,
            Err(_) => writeln!(out, "refused")?,
        }
    }
    out.flush()
}

fn told(frame: &Frame<'_>) -> String {
    let Frame { seq, recv_ns, body } = frame;
    match body {
        Body::Hello { head, instruments } => format!(
            "1 {seq} {recv_ns} {} {} {} {} {} {} {} {}",
            hex(head.build),
            hex(head.session),
            head.venue,
            head.simulated,
            head.clock,
            head.next_seq,
            head.catch_up,
            instruments.len()
        ),
        Body::Book {
            head, bids, asks, ..
        } => format!(
            "2 {seq} {recv_ns} {} {} {} {}",
            head.instrument,
            head.state as i64,
            best(*bids),
            best(*asks)
        ),
        Body::Trade(_) => format!("3 {seq} {recv_ns}"),
        Body::Candle(_) => format!("4 {seq} {recv_ns}"),
        Body::Status {
            instrument, state, ..
        } => format!(
            "5 {seq} {recv_ns} {} {}",
            instrument.map_or(-1, i64::from),
            *state as i64
        ),
        Body::Heartbeat => format!("6 {seq} {recv_ns}"),
        Body::Skipped { from, .. } => format!("7 {seq} {recv_ns} {from}"),
        Body::Goodbye { reason, .. } => format!("8 {seq} {recv_ns} {}", reason.name()),
    }
}

fn best(levels: Levels<'_>) -> String {
    levels
        .iter()
        .next()
        .map_or("-".to_owned(), |[price, _]| price.to_string())
}

fn hex(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

fn unhex(hex: &str) -> Vec<u8> {
    (0..hex.len() / 2)
        .map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).expect("hex"))
        .collect()
}
