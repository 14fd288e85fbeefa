//! One field of a message set to something else: most of what an exchange may say wrongly is one value.

use crate::protocol::payload::{Text, stream_name};
use crate::protocol::streams::StreamKind;
use serde::Deserialize;
use serde_json::Value;

/// What becomes of one field of the next messages of a stream. Exactly one of `value`, `add` and `times` is given.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rewrite {
    /// Whose messages.
    pub stream: StreamKind,
    /// Which field, as a JSON pointer into the data: `/E`, `/b/0/1`. A message without it passes as it is.
    pub field: String,
    /// Set to this.
    pub value: Option<Value>,
    /// A whole number, this much more.
    pub add: Option<i64>,
    /// A whole number, so many times as large.
    pub times: Option<i64>,
    /// How many messages.
    pub messages: u32,
}

impl Rewrite {
    /// True if it says in exactly one way what to do.
    pub fn is_sound(&self) -> bool {
        let ways = [
            self.value.is_some(),
            self.add.is_some(),
            self.times.is_some(),
        ];
        ways.into_iter().filter(|given| *given).count() == 1
    }

    /// The message with the field changed; `None` if it has no such field.
    pub fn apply(&self, symbol: &str, text: &Text) -> Option<Text> {
        let mut data: Value = serde_json::from_slice(&text.raw()).ok()?;
        let field = data.pointer_mut(&self.field)?;
        *field = self.changed(field)?;
        Some(Text::new(
            &stream_name(symbol, self.stream),
            data.to_string().as_bytes(),
        ))
    }

    fn changed(&self, field: &Value) -> Option<Value> {
        if let Some(value) = &self.value {
            return Some(value.clone());
        }
        let number = field.as_i64()?;
        let changed = match (self.add, self.times) {
            (Some(add), _) => number.checked_add(add),
            (_, Some(times)) => number.checked_mul(times),
            (None, None) => None,
        };
        changed.map(Value::from)
    }
}

/// Sets one field of an answer's body; as it is if there is no such field.
pub fn set_field(body: &[u8], field: &str, value: &Value) -> Vec<u8> {
    let Ok(mut answer) = serde_json::from_slice::<Value>(body) else {
        return body.to_vec();
    };
    if let Some(found) = answer.pointer_mut(field) {
        *found = value.clone();
    }
    answer.to_string().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewrite(json: &str) -> Rewrite {
        serde_json::from_str(json).expect("a rewriting")
    }

    #[test]
    fn one_field_is_changed_and_the_rest_stays() {
        let text = Text::new(
            "btcusdt@depth@100ms",
            br#"{"E":1700,"b":[["1.0","2.0"]],"a":[]}"#,
        );
        let rows = [
            (r#""field":"/E","times":1000"#, r#""E":1700000"#),
            (r#""field":"/E","add":-1700"#, r#""E":0"#),
            (r#""field":"/b/0/1","value":"NaN""#, r#"[["1.0","NaN"]]"#),
        ];
        for (change, part) in rows {
            let json = format!(r#"{{"stream":"depth",{change},"messages":1}}"#);
            let changed = rewrite(&json).apply("BTCUSDT", &text).expect(change);
            let combined = String::from_utf8(changed.combined().to_vec()).expect("text");
            assert!(combined.contains(part), "{combined}");
            assert!(combined.starts_with(r#"{"stream":"btcusdt@depth@100ms","#));
        }
    }

    #[test]
    fn a_message_without_the_field_passes_by() {
        let text = Text::new("btcusdt@trade", br#"{"t":5}"#);
        let none = rewrite(r#"{"stream":"trade","field":"/b/0/1","value":1,"messages":1}"#);
        assert_eq!(none.apply("BTCUSDT", &text), None);
    }

    #[test]
    fn two_ways_at_once_are_none() {
        assert!(!rewrite(r#"{"stream":"trade","field":"/t","messages":1}"#).is_sound());
        let both = r#"{"stream":"trade","field":"/t","add":1,"times":2,"messages":1}"#;
        assert!(!rewrite(both).is_sound());
    }
}
