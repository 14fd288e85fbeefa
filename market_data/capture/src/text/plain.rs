//! The lines that captures are mostly made of, read in one walk over their bytes.
//!
//! A depth update, bookTicker or trade of a combined stream, written as the exchange writes it: no space, no escape, no
//! number that is not whole, no field that is needed twice. Whatever is written in another way is none of these, and
//! the strict reading of `shape.rs` judges it: what is read here, that one would have read with the same outcome.

use venue::{read_e8, read_plain_level};

use super::shape::stream_symbol;

/// Streams whose names are remembered; those beyond are read strictly, so that no file makes the list long.
const STREAMS_MAX: usize = 64;
/// Digits of a whole number: so many always fit 64 bits.
const DIGITS_MAX: usize = 19;

/// Reads plain lines, and remembers the streams it has met.
#[derive(Debug, Default)]
pub(super) struct PlainReader {
    streams: Vec<Stream>,
    levels: Vec<(i64, i64)>,
}

/// What a plain line holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PlainMessage<'a> {
    /// Upper case.
    pub(super) symbol: &'a str,
    /// Prices and quantities in 10⁻⁸.
    pub(super) levels: &'a [(i64, i64)],
}

#[derive(Debug)]
struct Stream {
    name: Vec<u8>,
    symbol: String,
    channel: Channel,
}

#[derive(Clone, Copy, Debug)]
enum Channel {
    Depth,
    BookTicker,
    Trade,
}

impl PlainReader {
    /// The line's message; `None` if it is no plain one.
    pub(super) fn read(&mut self, json: &[u8]) -> Option<PlainMessage<'_>> {
        self.levels.clear();
        let mut cursor = Cursor { bytes: json, at: 0 };
        cursor.literal(b"{\"stream\":")?;
        let name = cursor.text()?;
        let stream = match self.streams.iter().position(|stream| stream.name == name) {
            Some(known) => known,
            None => self.meet(name)?,
        };
        let Stream {
            symbol, channel, ..
        } = &self.streams[stream];
        cursor.literal(b",\"data\":")?;
        match channel {
            Channel::Depth => cursor.depth(&mut self.levels)?,
            Channel::BookTicker => cursor.ticker(&mut self.levels)?,
            Channel::Trade => cursor.trade(&mut self.levels)?,
        }
        cursor.literal(b"}")?;
        let levels = &self.levels;
        (cursor.at == json.len()).then_some(PlainMessage { symbol, levels })
    }

    fn meet(&mut self, name: &[u8]) -> Option<usize> {
        let text = std::str::from_utf8(name).ok()?;
        let (_, channel) = text.split_once('@')?;
        let channel = match channel.split(['@', '_']).next()? {
            "depth" => Channel::Depth,
            "bookTicker" => Channel::BookTicker,
            "trade" => Channel::Trade,
            _ => return None,
        };
        let symbol = stream_symbol(text)?;
        if self.streams.len() == STREAMS_MAX {
            return None;
        }
        self.streams.push(Stream {
            name: name.to_vec(),
            symbol,
            channel,
        });
        Some(self.streams.len() - 1)
    }
}

/// Where the walk is. Each step gives `None` for what is not plain.
struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn depth(&mut self, levels: &mut Vec<(i64, i64)>) -> Option<()> {
        let (mut first_id, mut last_id, mut bids, mut asks) = (false, false, false, false);
        self.object(|cursor, key| match key {
            b"b" => {
                once(&mut bids)?;
                cursor.levels(levels)
            }
            b"a" => {
                once(&mut asks)?;
                cursor.levels(levels)
            }
            b"U" => {
                once(&mut first_id)?;
                cursor.whole()
            }
            b"u" => {
                once(&mut last_id)?;
                cursor.whole()
            }
            b"pu" => None,
            _ => cursor.pass(),
        })?;
        (first_id && last_id && bids && asks).then_some(())
    }

    fn ticker(&mut self, levels: &mut Vec<(i64, i64)>) -> Option<()> {
        let (mut bid, mut bid_qty, mut ask, mut ask_qty) = (None, None, None, None);
        self.object(|cursor, key| match key {
            b"b" => cursor.decimal(&mut bid),
            b"B" => cursor.decimal(&mut bid_qty),
            b"a" => cursor.decimal(&mut ask),
            b"A" => cursor.decimal(&mut ask_qty),
            _ => cursor.pass(),
        })?;
        levels.push((bid?, bid_qty?));
        levels.push((ask?, ask_qty?));
        Some(())
    }

    fn trade(&mut self, levels: &mut Vec<(i64, i64)>) -> Option<()> {
        let (mut price, mut qty) = (None, None);
        self.object(|cursor, key| match key {
            b"p" => cursor.decimal(&mut price),
            b"q" => cursor.decimal(&mut qty),
            _ => cursor.pass(),
        })?;
        levels.push((price?, qty?));
        Some(())
    }

    /// Calls `value` behind each key.
    #[inline(always)]
    fn object(&mut self, mut value: impl FnMut(&mut Self, &[u8]) -> Option<()>) -> Option<()> {
        self.literal(b"{")?;
        loop {
            let key = self.text()?;
            self.literal(b":")?;
            value(self, key)?;
            match self.step()? {
                b',' => {}
                b'}' => return Some(()),
                _ => return None,
            }
        }
    }

    /// `[["price","qty"],…]`
    #[inline(always)]
    fn levels(&mut self, levels: &mut Vec<(i64, i64)>) -> Option<()> {
        self.literal(b"[")?;
        if self.bytes.get(self.at) == Some(&b']') {
            self.at += 1;
            return Some(());
        }
        loop {
            if let Some((price, qty, end)) = read_plain_level(self.bytes, self.at) {
                levels.push((price, qty));
                self.at = end;
            } else {
                levels.push(self.level()?);
            }
            match self.step()? {
                b',' => {}
                b']' => return Some(()),
                _ => return None,
            }
        }
    }

    /// A level of fewer decimals, or near the end of the line.
    #[cold]
    fn level(&mut self) -> Option<(i64, i64)> {
        let (mut price, mut qty) = (None, None);
        self.literal(b"[")?;
        self.decimal(&mut price)?;
        self.literal(b",")?;
        self.decimal(&mut qty)?;
        self.literal(b"]")?;
        Some((price?, qty?))
    }

    /// A decimal in quotes, which must be the first of its field.
    #[inline(always)]
    fn decimal(&mut self, found: &mut Option<i64>) -> Option<()> {
        self.literal(b"\"")?;
        let (value, end) = read_e8(self.bytes, self.at).ok()?;
        self.at = end;
        self.literal(b"\"")?;
        found.replace(value).is_none().then_some(())
    }

    /// The bytes of a string: ASCII that stands for itself.
    #[inline(always)]
    fn text(&mut self) -> Option<&'a [u8]> {
        self.literal(b"\"")?;
        let start = self.at;
        loop {
            match self.step()? {
                b'"' => return Some(&self.bytes[start..self.at - 1]),
                b'\\' | ..0x20 | 0x7f.. => return None,
                _ => {}
            }
        }
    }

    /// A whole number as JSON writes it.
    #[inline(always)]
    fn whole(&mut self) -> Option<()> {
        let rest = self.bytes.get(self.at..)?;
        let length = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += length;
        let zero_leads = length > 1 && rest[0] == b'0';
        ((1..=DIGITS_MAX).contains(&length) && !zero_leads).then_some(())
    }

    /// Passes a string, a whole number or a truth value.
    #[inline(always)]
    fn pass(&mut self) -> Option<()> {
        match self.bytes.get(self.at)? {
            b'"' => self.text().map(|_| ()),
            b't' => self.literal(b"true"),
            b'f' => self.literal(b"false"),
            _ => self.whole(),
        }
    }

    #[inline(always)]
    fn literal(&mut self, wanted: &[u8]) -> Option<()> {
        let found = self.bytes.get(self.at..)?.starts_with(wanted);
        self.at += wanted.len();
        found.then_some(())
    }

    #[inline(always)]
    fn step(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }
}

/// Notes that a field came; `None` if it came before.
#[inline(always)]
fn once(came: &mut bool) -> Option<()> {
    (!std::mem::replace(came, true)).then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decimal::parse_e8;
    use crate::text::shape::{Level, Shape};

    type Levels = Vec<(i64, i64)>;

    const LINES: [&str; 4] = [
        r#"{"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1,"s":"BTCUSDT","U":1,"u":2,"b":[["1.50000000","2.00000000"],["1","0.1"]],"a":[]}}"#,
        r#"{"stream":"ethusdt@bookTicker","data":{"u":1,"s":"ETHUSDT","b":"1.00000000","B":"1","a":"2","A":"1"}}"#,
        r#"{"stream":"ethusdt@trade","data":{"e":"trade","E":0,"s":"ETHUSDT","t":1,"p":"1.25000000","q":"1","T":1,"m":true,"M":false}}"#,
        r#"{"stream":"ethusdt@depth","data":{"U":1,"u":2,"b":[["123456789012.12345678","1"]],"a":[["1","1"]]}}"#,
    ];

    /// What the strict reading finds: the symbol, and the numbers if all of them are decimals.
    fn strictly(json: &[u8]) -> Option<(Option<String>, Levels)> {
        let Ok(Shape::Message { symbol, numbers }) = Shape::of(json) else {
            return None;
        };
        let both =
            |Level(price, qty): &Level<'_>| Some((parse_e8(price).ok()?, parse_e8(qty).ok()?));
        let levels: Option<Levels> = numbers.levels.iter().map(both).collect();
        Some((symbol, levels?))
    }

    /// Plain or not: true if it was, and then the strict reading must say the same.
    fn is_plain(reader: &mut PlainReader, json: &[u8]) -> bool {
        let Some(PlainMessage { symbol, levels }) = reader.read(json) else {
            return false;
        };
        let (strict_symbol, mut strict_levels) = strictly(json).expect("what is plain is sound");
        let mut levels = levels.to_vec();
        levels.sort_unstable();
        strict_levels.sort_unstable();
        assert_eq!(
            (Some(symbol), levels),
            (strict_symbol.as_deref(), strict_levels)
        );
        true
    }

    #[test]
    fn what_the_exchange_sends_is_plain() {
        let mut reader = PlainReader::default();
        for json in &LINES[..3] {
            assert!(is_plain(&mut reader, json.as_bytes()), "{json}");
        }
        assert!(!is_plain(&mut reader, LINES[3].as_bytes()), "too large");
    }

    #[test]
    fn a_line_changed_in_any_byte_is_not_plain_or_reads_as_strictly() {
        let mut reader = PlainReader::default();
        let mut plain = 0;
        for line in LINES {
            for at in 0..line.len() {
                for byte in *b"\"\\{}[],:.0189aAbBuUpeE -+\x7f\xc3\n" {
                    let mut changed = line.as_bytes().to_vec();
                    changed[at] = byte;
                    plain += u32::from(is_plain(&mut reader, &changed));
                    changed[at] = line.as_bytes()[at];
                    changed.insert(at, byte);
                    plain += u32::from(is_plain(&mut reader, &changed));
                }
                is_plain(&mut reader, &line.as_bytes()[..at]);
            }
        }
        assert!(plain > 1_000, "{plain}");
        assert!(reader.streams.len() <= STREAMS_MAX);
    }

    #[test]
    fn a_field_that_comes_twice_or_not_at_all_is_for_the_strict_reading() {
        let mut reader = PlainReader::default();
        for data in [
            r#"{"U":1,"u":2,"b":[],"a":[],"a":[]}"#,
            r#"{"U":1,"u":2,"b":[],"a":[],"U":3}"#,
            r#"{"U":1,"u":2,"b":[]}"#,
            r#"{"U":1,"u":2,"pu":1,"b":[],"a":[]}"#,
            r#"{"U":1,"u":02,"b":[],"a":[]}"#,
            r#"{"U":1,"u":99999999999999999999,"b":[],"a":[]}"#,
            "{}",
        ] {
            let line = format!(r#"{{"stream":"btcusdt@depth","data":{data}}}"#);
            assert_eq!(reader.read(line.as_bytes()), None, "{line}");
        }
        let twice = r#"{"stream":"ethusdt@trade","data":{"p":"1","q":"1","p":"1"}}"#;
        assert_eq!(reader.read(twice.as_bytes()), None);
    }
}
