//! Frames of PROTOCOL.md.

use wire::{Body, Frame, Refusal, decode};

/// A stream of frames: each is read or refused by name; cut anywhere it is truncated; printed again it reads the same.
pub fn frame(bytes: &[u8]) {
    let Ok((read, used)) = decode(bytes) else {
        return;
    };
    for cut in 0..used.min(512) {
        assert!(
            matches!(decode(&bytes[..cut]), Err(Refusal::Truncated { missing }) if missing > 0),
            "cut at {cut}"
        );
    }
    let printed = print(&read);
    let again = decode(&printed).map(|(frame, used)| (frame, used == printed.len()));
    // A NaN equals nothing, itself neither: such floats are compared as they are written.
    assert_eq!(
        format!("{again:?}"),
        format!("{:?}", Ok::<_, Refusal>((read, true)))
    );
}

fn print(frame: &Frame<'_>) -> Vec<u8> {
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
        } => wire::status(&mut out, seq, recv_ns, *instrument, *state, *reason, *epoch),
        Body::Heartbeat => wire::heartbeat(&mut out, seq, recv_ns),
        Body::Skipped { from, count } => wire::skipped(&mut out, seq, recv_ns, *from, *count),
        Body::Goodbye { reason, counters } => {
            wire::goodbye(&mut out, seq, recv_ns, *reason, counters);
        }
    }
    out
}

/// The cases of tests/vectors/frame, those to be refused too.
pub fn frames() -> Vec<Vec<u8>> {
    let cases: serde_json::Value =
        serde_json::from_str(include_str!("../../../tests/vectors/frame/cases.json"))
            .expect("cases.json is JSON");
    let lists = cases.as_object().expect("an object of lists").values();
    lists
        .filter_map(|list| list.as_array())
        .flatten()
        .filter_map(|case| case["hex"].as_str().map(unhex))
        .collect()
}

fn unhex(hex: &str) -> Vec<u8> {
    (0..hex.len() / 2)
        .map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).expect("hex"))
        .collect()
}
