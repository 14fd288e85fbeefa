//! A frame as JSON, for people who look at a difference.

use serde_json::{Value, json};
use wire::{Body, Levels};

/// What a frame says; its refusal if it cannot be read.
pub(crate) fn frame_json(bytes: &[u8]) -> Value {
    let frame = match wire::decode(bytes) {
        Ok((frame, _)) => frame,
        Err(refusal) => return json!({"refused": refusal.name()}),
    };
    let levels = |side: Levels<'_>| side.iter().collect::<Vec<_>>();
    let body = match &frame.body {
        Body::Book {
            head, bids, asks, ..
        } => json!({
            "kind": "book", "instrument": head.instrument, "epoch": head.epoch, "last_id": head.last_id,
            "state": head.state.name(), "bids": levels(*bids), "asks": levels(*asks),
        }),
        Body::Trade(trade) => json!({
            "kind": "trade", "instrument": trade.instrument, "trade_id": trade.trade_id, "price": trade.price,
            "qty": trade.qty,
        }),
        Body::Candle(candle) => json!({
            "kind": "candle", "instrument": candle.instrument, "open_ns": candle.open_ns, "open": candle.open,
            "high": candle.high, "low": candle.low, "close": candle.close, "volume": candle.volume,
            "closed": candle.closed,
        }),
        Body::Status {
            instrument,
            state,
            reason,
            epoch,
        } => json!({
            "kind": "status", "instrument": instrument, "state": state.name(), "reason": reason.name(),
            "epoch": epoch,
        }),
        Body::Goodbye { reason, .. } => json!({"kind": "goodbye", "reason": reason.name()}),
        Body::Heartbeat => json!({"kind": "heartbeat"}),
        Body::Hello { .. } => json!({"kind": "hello"}),
        Body::Skipped { from, count } => json!({"kind": "skipped", "from": from, "count": count}),
    };
    let mut all = json!({"seq": frame.seq, "recv_ns": frame.recv_ns});
    if let (Value::Object(all), Value::Object(body)) = (&mut all, body) {
        all.extend(body);
    }
    all
}
