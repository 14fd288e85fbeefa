//! When which fault happens: a JSON list, by the time since the start or by the number of messages sent.

use super::kind::{Fault, FaultError};
use serde::Deserialize;

/// Rows of one script.
pub const ROWS_MAX: usize = 10_000;

/// One fault and when it happens.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    at_ms: Option<u64>,
    at_message: Option<u64>,
    #[serde(default)]
    symbol: Option<String>,
    fault: Fault,
}

/// A fault, and the symbol that it concerns; `None`: all of them.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// Upper case.
    #[serde(default)]
    pub symbol: Option<String>,
    /// What happens.
    pub fault: Fault,
}

/// Why a script cannot be followed.
#[derive(Debug, thiserror::Error)]
pub enum ScriptError {
    /// Not the JSON of a script.
    #[error("not a list of faults: {0}; FAULTS.md shows one")]
    Malformed(#[from] serde_json::Error),
    /// Too long.
    #[error("{rows} rows; at most {ROWS_MAX}")]
    TooLong {
        /// Rows found.
        rows: usize,
    },
    /// Neither or both times.
    #[error("row {row}: give one of at_ms and at_message")]
    When {
        /// Which row, from 1.
        row: usize,
    },
    /// A fault that asks for more than there is.
    #[error("row {row}: {reason}")]
    Fault {
        /// Which row, from 1.
        row: usize,
        /// What is wrong.
        reason: FaultError,
    },
}

/// Faults that are still to happen.
#[derive(Debug, Default)]
pub struct Script {
    rows: Vec<Row>,
}

impl Script {
    /// Reads a script.
    pub fn parse(json: &[u8]) -> Result<Self, ScriptError> {
        let rows: Vec<Row> = serde_json::from_slice(json)?;
        if rows.len() > ROWS_MAX {
            return Err(ScriptError::TooLong { rows: rows.len() });
        }
        for (at, row) in rows.iter().enumerate() {
            if row.at_ms.is_some() == row.at_message.is_some() {
                return Err(ScriptError::When { row: at + 1 });
            }
            row.fault.check().map_err(|reason| ScriptError::Fault {
                row: at + 1,
                reason,
            })?;
        }
        Ok(Self { rows })
    }

    /// Takes what is due after so many milliseconds and messages, in the order of the script.
    pub fn due(&mut self, elapsed_ms: u64, messages: u64) -> Vec<Order> {
        let is_due = |row: &Row| {
            row.at_ms.is_some_and(|at| at <= elapsed_ms)
                || row.at_message.is_some_and(|at| at <= messages)
        };
        if !self.rows.iter().any(is_due) {
            return Vec::new();
        }
        let (due, later) = std::mem::take(&mut self.rows).into_iter().partition(is_due);
        self.rows = later;
        let order = |row: Row| Order {
            symbol: row.symbol,
            fault: row.fault,
        };
        Vec::into_iter(due).map(order).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_happens_once_when_its_time_or_message_has_come() {
        let mut script = Script::parse(
            br#"[{"at_ms":50,"fault":{"swap":{}}},{"at_message":3,"symbol":"BTCUSDT","fault":{"gap":{"events":2}}}]"#,
        )
        .expect("a script");
        assert!(script.due(49, 2).is_empty());
        assert_eq!(
            script.due(0, 3),
            [Order {
                symbol: Some("BTCUSDT".to_owned()),
                fault: Fault::Gap { events: 2 }
            }]
        );
        assert_eq!(
            script.due(50, 9),
            [Order {
                symbol: None,
                fault: Fault::Swap {}
            }]
        );
        assert!(script.due(u64::MAX, u64::MAX).is_empty());
    }

    #[test]
    fn a_bad_row_is_named() {
        let refusal = |json: &str| Script::parse(json.as_bytes()).expect_err(json).to_string();
        assert!(refusal(r#"[{"fault":{"swap":{}}}]"#).starts_with("row 1: give one of"));
        assert!(
            refusal(r#"[{"at_ms":1,"fault":{"gap":{"events":0}}}]"#)
                .starts_with("row 1: gap.events")
        );
        assert!(refusal(r#"[{"at_ms":1,"fault":{"gap":{"evnts":1}}}]"#).contains("evnts"));
        assert!(refusal(r#"[{"at_ms":1,"symbl":"X","fault":{"swap":{}}}]"#).contains("symbl"));
    }
}
