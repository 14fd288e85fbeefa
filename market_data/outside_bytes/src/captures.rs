//! Text captures, line by line and as whole files.

use std::io::{Cursor, Read};
use std::path::Path;

use capture::text::{Shape, Table, is_snapshot, split_line, survey};

use crate::texts;

/// One line: its time, and the shape of its JSON.
pub fn line(bytes: &[u8]) {
    let json = match split_line(bytes) {
        Ok(Some(line)) => {
            assert!(line.recv_ns >= 0);
            line.json
        }
        Ok(None) | Err(_) => bytes,
    };
    if let Ok(shape) = Shape::of(json) {
        let snapshot = matches!(shape, Shape::Snapshot { .. });
        assert_eq!(is_snapshot(json), snapshot, "the quick look tells the same");
    }
}

/// A whole file, plain or gzip: looked through in one piece and in pieces of one byte, with the same answer.
pub fn file(bytes: &[u8]) {
    let whole = look_through(Cursor::new(bytes));
    if bytes.len() < 4_096 {
        assert_eq!(whole, look_through(ByteByByte(bytes)));
    }
}

fn look_through(mut input: impl Read) -> Result<(u64, u64, i64, u32), String> {
    let found = survey(Path::new("capture"), &mut input, &Table::new(), 1 << 16);
    found
        .map(|found| (found.messages, found.snapshots, found.last_ns, found.crc))
        .map_err(|error| error.to_string())
}

struct ByteByByte<'a>(&'a [u8]);

impl Read for ByteByByte<'_> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        match (self.0.split_first(), out.first_mut()) {
            (Some((byte, rest)), Some(place)) => {
                *place = *byte;
                self.0 = rest;
                Ok(1)
            }
            _ => Ok(0),
        }
    }
}

/// Lines of captures.
pub fn lines() -> Vec<Vec<u8>> {
    texts(&[
        r#"1700000000000000000 {"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1,"s":"BTCUSDT","U":1,"u":2,"b":[["1.5","2"]],"a":[]}}"#,
        r#"1700000000100000000 {"stream":"ethusdt@bookTicker","data":{"u":1,"s":"ETHUSDT","b":"1","B":"1","a":"2","A":"1"}}"#,
        r#"1700000000200000000 {"stream":"ethusdt@trade","data":{"e":"trade","E":1,"s":"ETHUSDT","t":1,"p":"1","q":"1","T":1,"m":true}}"#,
        r#"1700000000300000000 {"lastUpdateId":5,"bids":[["10.00","1"]],"asks":[["10.10","1"]]}"#,
        r#"1700000000400000000 {"result":null,"id":1}"#,
        r#"{"stream":"ethusdt@kline_1m","data":{"k":{"o":"1","h":"1","l":"1","c":"1","v":"1","V":"1"}}}"#,
        "",
        "\u{feff}17 {}",
    ])
}

/// Files made of them.
pub fn files() -> Vec<Vec<u8>> {
    let whole = lines()[..5].join(&b'\n');
    let torn = whole[..whole.len() - 7].to_vec();
    vec![whole, torn, vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0]]
}
