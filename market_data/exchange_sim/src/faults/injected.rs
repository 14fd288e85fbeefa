//! Messages that no exchange should send, for the streams of one symbol.

use super::kind::Fault;
use crate::outgoing::{Outgoing, What};
use crate::protocol::payload::{Text, stream_name};
use crate::protocol::streams::{StreamKind, StreamSet};
use bytes::Bytes;

/// What a fault puts on the wire at once, between the messages of the market; `None` for faults of another kind.
pub fn injected(fault: &Fault, symbol_name: &str, symbol: usize, time_ns: i64) -> Option<Outgoing> {
    let stream = stream_name(symbol_name, StreamKind::Depth);
    let what = match fault {
        Fault::UnknownEvent {} => {
            let time_ms = time_ns / 1_000_000;
            let raw = format!(
                r#"{{"e":"depthForecast","E":{time_ms},"s":"{symbol_name}","U":1,"u":2,"b":[],"a":[]}}"#
            );
            What::Text(Text::new(&stream, raw.as_bytes()))
        }
        Fault::Message { stream, text } => {
            let name = stream_name(symbol_name, *stream);
            let what = What::Text(Text::new(&name, text.as_bytes()));
            let to = StreamSet::one(symbol, *stream);
            return Some(Outgoing { to, what });
        }
        Fault::Garbage {} => What::Text(Text::same(
            br#"{"stream":"btcusdt@depth@100ms","data":{"e":"#.to_vec(),
        )),
        Fault::DeepNesting { depth } => {
            let raw = [vec![b'['; *depth], vec![b']'; *depth]].concat();
            What::Text(Text::new(&stream, &raw))
        }
        Fault::InvalidUtf8 {} => {
            What::TextBytes(Bytes::from_static(b"{\"stream\":\"\xc3\x28\xff\"}"))
        }
        Fault::BinaryFrame {} => What::Binary(Bytes::from_static(&[0, 159, 146, 150])),
        Fault::Oversized { bytes } => {
            let mut raw = br#"{"e":"depthUpdate","pad":""#.to_vec();
            raw.resize(raw.len() + bytes, b'x');
            raw.extend_from_slice(br#""}"#);
            What::Text(Text::new(&stream, &raw))
        }
        Fault::AbruptClose {} => What::Abort,
        Fault::Close { code } => What::Close(*code),
        Fault::HalfOpen {} => What::HalfOpen,
        _ => return None,
    };
    let to = if fault_ends_connection(&what) {
        StreamSet::of_symbol(symbol)
    } else {
        StreamSet::one(symbol, StreamKind::Depth)
    };
    Some(Outgoing { to, what })
}

fn fault_ends_connection(what: &What) -> bool {
    matches!(what, What::Abort | What::Close(_) | What::HalfOpen)
}
