//! Which records of a capture a replay wants: those of its symbols, and those of no symbol.

use crate::text::stream_symbol;
use crate::{Input, Record};

/// The symbols that are to be left out, which for most replays are none.
pub struct Selection {
    unwanted: Vec<String>,
}

impl Selection {
    /// Of the symbols held, those not wanted are left out; an empty `wanted` wants all.
    #[must_use]
    pub fn new(wanted: &[String], held: Vec<String>) -> Self {
        let unwanted = if wanted.is_empty() {
            Vec::new()
        } else {
            held.into_iter()
                .filter(|symbol| !wanted.contains(symbol))
                .collect()
        };
        Self { unwanted }
    }

    /// True unless the record is of a symbol that is left out.
    #[must_use]
    pub fn wants(&self, record: &Record) -> bool {
        if self.unwanted.is_empty() {
            return true;
        }
        match &record.input {
            Input::Message { text, .. } => {
                message_symbol(text).is_none_or(|symbol| !self.unwanted.contains(&symbol))
            }
            Input::Rest { symbol, .. } => !self.unwanted.contains(symbol),
            Input::Connected { .. }
            | Input::Disconnected { .. }
            | Input::Tick
            | Input::Published(_)
            | Input::Ended { .. } => true,
        }
    }
}

/// The symbol in the first `"stream":"…"` of a message.
fn message_symbol(text: &[u8]) -> Option<String> {
    const KEY: &[u8] = b"\"stream\":\"";
    let start = text.windows(KEY.len()).position(|window| window == KEY)? + KEY.len();
    let length = text[start..].iter().position(|byte| *byte == b'"')?;
    stream_symbol(std::str::from_utf8(&text[start..start + length]).ok()?)
}
