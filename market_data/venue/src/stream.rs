//! Names of the streams: the path that subscribes to them, and whose a message is that cannot be read.

/// What follows the stream base URL for these symbols: every stream of each in the URL, so that no control message is
/// spent and there is no half-subscribed state.
#[must_use]
pub fn stream_path<'a>(symbols: impl Iterator<Item = &'a str>) -> String {
    let streams: Vec<String> = symbols
        .flat_map(|symbol| {
            let name = symbol.to_lowercase();
            ["depth@100ms", "trade", "bookTicker", "kline_1m"]
                .map(|stream| format!("{name}@{stream}"))
        })
        .collect();
    format!("/stream?streams={}", streams.join("/"))
}

/// Symbol (lower case) and kind of the stream that a combined message begins with, even if the rest is damaged.
#[must_use]
pub fn stream_of(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest = text.strip_prefix(br#"{"stream":""#)?;
    let name = rest.split(|byte| *byte == b'"').next()?;
    let at = name.iter().position(|byte| *byte == b'@')?;
    Some((&name[..at], &name[at + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stream_of_every_symbol_is_in_the_path() {
        let path = stream_path(["BTCUSDT"].into_iter());
        assert_eq!(
            path,
            "/stream?streams=btcusdt@depth@100ms/btcusdt@trade/btcusdt@bookTicker/btcusdt@kline_1m"
        );
    }

    #[test]
    fn a_damaged_message_still_tells_whose_it_is() {
        let text = br#"{"stream":"btcusdt@depth@100ms","data":{"e":"dep"#;
        assert_eq!(
            stream_of(text),
            Some((&b"btcusdt"[..], &b"depth@100ms"[..]))
        );
        assert_eq!(stream_of(b"garbage"), None);
    }
}
