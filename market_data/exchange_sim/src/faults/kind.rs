//! The faults by name. FAULTS.md has a row for each, which a test holds against this file.

use super::rewrite::Rewrite;
use crate::listing::Status;
use crate::protocol::rest::Endpoint;
use crate::protocol::streams::StreamKind;
use serde::Deserialize;
use serde_json::Value;

/// Largest count of events, calls or connections of one fault.
pub const COUNT_MAX: u32 = 100_000;
/// Longest stall, hang or age.
pub const MS_MAX: u32 = 3_600_000;
/// Furthest that ids fall back.
pub const IDS_MAX: u64 = 1_000_000_000;
/// Largest oversized message.
pub const OVERSIZED_BYTES_MAX: usize = 64 << 20;
/// Deepest nesting.
pub const NESTING_MAX: usize = 1_000_000;
/// Depth events that are remembered to be sent again.
pub const DUPLICATE_EVENTS_MAX: u32 = 64;

/// One fault.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[allow(missing_docs, reason = "FAULTS.md says what each does")]
pub enum Fault {
    Gap {
        events: u32,
    },
    Duplicate {
        events: u32,
    },
    Swap {},
    Stall {
        ms: u32,
    },
    Crossed {
        events: u32,
    },
    Locked {
        events: u32,
    },
    ZeroUnknown {},
    DuplicatePrice {},
    SamePriceBothSides {},
    MissingField {},
    WrongCase {},
    ExtraField {},
    Fragmented {
        events: u32,
    },
    EngineRestart {
        ids: Option<u32>,
    },
    InstrumentStatus {
        status: Status,
    },
    Rewrite(Rewrite),
    Silence {
        stream: StreamKind,
        ms: u32,
    },
    Message {
        stream: StreamKind,
        text: String,
    },
    UnknownEvent {},
    Garbage {},
    DeepNesting {
        depth: usize,
    },
    InvalidUtf8 {},
    BinaryFrame {},
    Oversized {
        bytes: usize,
    },
    AbruptClose {},
    Close {
        code: u16,
    },
    HalfOpen {},
    ServerShutdown {
        close_after_ms: Option<u32>,
    },
    AcceptThenClose {
        connections: u32,
    },
    StaleSnapshot {
        ms: u32,
        calls: u32,
    },
    ZeroInSnapshot {
        calls: u32,
    },
    RestStatus {
        status: u16,
        retry_after_s: Option<u32>,
        calls: u32,
        endpoint: Option<Endpoint>,
    },
    RestHang {
        ms: u32,
        calls: u32,
        endpoint: Option<Endpoint>,
    },
    RestHtml {
        calls: u32,
        endpoint: Option<Endpoint>,
    },
    RestEmpty {
        calls: u32,
        endpoint: Option<Endpoint>,
    },
    RestTruncated {
        calls: u32,
        endpoint: Option<Endpoint>,
    },
    RestRedirect {
        calls: u32,
        endpoint: Option<Endpoint>,
    },
    RestGzip {
        calls: u32,
        endpoint: Option<Endpoint>,
    },
    RestOtherSymbol {
        calls: u32,
    },
    RestRewrite {
        calls: u32,
        endpoint: Option<Endpoint>,
        field: String,
        value: Value,
    },
}

/// A fault that asks for more than there is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FaultError {
    /// A number out of its bounds.
    #[error("{fault}.{key}: {value} is not within {least} … {most}")]
    OutOfRange {
        /// Which fault.
        fault: &'static str,
        /// Which of its numbers.
        key: &'static str,
        /// What it is.
        value: u64,
        /// Smallest.
        least: u64,
        /// Largest.
        most: u64,
    },
    /// A rewriting that does not say what to.
    #[error("rewrite: give exactly one of value, add and times")]
    Rewrite,
    /// Too many faults wait for REST calls.
    #[error("{fault}: {waiting} faults wait for REST calls already")]
    TooMany {
        /// Which fault.
        fault: &'static str,
        /// How many wait.
        waiting: usize,
    },
}

impl Fault {
    /// Its name in scripts, counts and FAULTS.md.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Gap { .. } => "gap",
            Self::Duplicate { .. } => "duplicate",
            Self::Swap {} => "swap",
            Self::Stall { .. } => "stall",
            Self::Crossed { .. } => "crossed",
            Self::Locked { .. } => "locked",
            Self::ZeroUnknown {} => "zero_unknown",
            Self::DuplicatePrice {} => "duplicate_price",
            Self::SamePriceBothSides {} => "same_price_both_sides",
            Self::MissingField {} => "missing_field",
            Self::WrongCase {} => "wrong_case",
            Self::ExtraField {} => "extra_field",
            Self::Fragmented { .. } => "fragmented",
            Self::EngineRestart { .. } => "engine_restart",
            Self::InstrumentStatus { .. } => "instrument_status",
            Self::Rewrite(_) => "rewrite",
            Self::Silence { .. } => "silence",
            Self::Message { .. } => "message",
            Self::UnknownEvent {} => "unknown_event",
            Self::Garbage {} => "garbage",
            Self::DeepNesting { .. } => "deep_nesting",
            Self::InvalidUtf8 {} => "invalid_utf8",
            Self::BinaryFrame {} => "binary_frame",
            Self::Oversized { .. } => "oversized",
            Self::AbruptClose {} => "abrupt_close",
            Self::Close { .. } => "close",
            Self::HalfOpen {} => "half_open",
            Self::ServerShutdown { .. } => "server_shutdown",
            Self::AcceptThenClose { .. } => "accept_then_close",
            Self::StaleSnapshot { .. } => "stale_snapshot",
            Self::ZeroInSnapshot { .. } => "zero_in_snapshot",
            Self::RestStatus { .. } => "rest_status",
            Self::RestHang { .. } => "rest_hang",
            Self::RestHtml { .. } => "rest_html",
            Self::RestEmpty { .. } => "rest_empty",
            Self::RestTruncated { .. } => "rest_truncated",
            Self::RestRedirect { .. } => "rest_redirect",
            Self::RestGzip { .. } => "rest_gzip",
            Self::RestOtherSymbol { .. } => "rest_other_symbol",
            Self::RestRewrite { .. } => "rest_rewrite",
        }
    }

    /// Its numbers, each with its bounds.
    fn numbers(&self) -> Vec<(&'static str, u64, u64, u64)> {
        let count = |key, value: &u32| (key, u64::from(*value), 1, u64::from(COUNT_MAX));
        let ms = |value: &u32| ("ms", u64::from(*value), 1, u64::from(MS_MAX));
        match self {
            Self::Gap { events }
            | Self::Crossed { events }
            | Self::Locked { events }
            | Self::Fragmented { events } => {
                vec![count("events", events)]
            }
            Self::Duplicate { events } => vec![(
                "events",
                u64::from(*events),
                1,
                u64::from(DUPLICATE_EVENTS_MAX),
            )],
            Self::Stall { ms: value } | Self::Silence { ms: value, .. } => vec![ms(value)],
            Self::EngineRestart { ids } => ids
                .iter()
                .map(|ids| ("ids", u64::from(*ids), 1, IDS_MAX))
                .collect(),
            Self::Rewrite(rewrite) => vec![count("messages", &rewrite.messages)],
            Self::DeepNesting { depth } => vec![("depth", *depth as u64, 1, NESTING_MAX as u64)],
            Self::Oversized { bytes } => {
                vec![("bytes", *bytes as u64, 1, OVERSIZED_BYTES_MAX as u64)]
            }
            Self::Close { code } => vec![("code", u64::from(*code), 1_000, 4_999)],
            Self::AcceptThenClose { connections } => vec![count("connections", connections)],
            Self::StaleSnapshot { ms: value, calls } => vec![ms(value), count("calls", calls)],
            Self::RestStatus { status, calls, .. } => {
                vec![
                    ("status", u64::from(*status), 400, 599),
                    count("calls", calls),
                ]
            }
            Self::RestHang {
                ms: value, calls, ..
            } => vec![ms(value), count("calls", calls)],
            Self::ZeroInSnapshot { calls }
            | Self::RestHtml { calls, .. }
            | Self::RestEmpty { calls, .. }
            | Self::RestTruncated { calls, .. }
            | Self::RestRedirect { calls, .. }
            | Self::RestGzip { calls, .. }
            | Self::RestOtherSymbol { calls }
            | Self::RestRewrite { calls, .. } => vec![count("calls", calls)],
            Self::Swap {}
            | Self::ZeroUnknown {}
            | Self::DuplicatePrice {}
            | Self::SamePriceBothSides {}
            | Self::MissingField {}
            | Self::WrongCase {}
            | Self::ExtraField {}
            | Self::InstrumentStatus { .. }
            | Self::Message { .. }
            | Self::UnknownEvent {}
            | Self::Garbage {}
            | Self::InvalidUtf8 {}
            | Self::BinaryFrame {}
            | Self::AbruptClose {}
            | Self::HalfOpen {}
            | Self::ServerShutdown { .. } => Vec::new(),
        }
    }

    /// Refuses a number out of its bounds.
    pub fn check(&self) -> Result<(), FaultError> {
        for (key, value, least, most) in self.numbers() {
            if !(least..=most).contains(&value) {
                return Err(FaultError::OutOfRange {
                    fault: self.name(),
                    key,
                    value,
                    least,
                    most,
                });
            }
        }
        match self {
            Self::Rewrite(rewrite) if !rewrite.is_sound() => Err(FaultError::Rewrite),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// The names serde knows, from its own complaint about one it does not know.
    fn known_names() -> BTreeSet<String> {
        let complaint = serde_json::from_str::<Fault>(r#"{"?":{}}"#)
            .expect_err("no such fault")
            .to_string();
        complaint
            .split('`')
            .skip(3)
            .step_by(2)
            .map(str::to_owned)
            .collect()
    }

    #[test]
    fn the_table_has_every_fault_with_an_example_that_works() {
        let table = include_str!("../../FAULTS.md");
        let mut told = BTreeSet::new();
        for row in table.lines().filter(|line| line.starts_with("| `")) {
            let cells: Vec<&str> = row
                .split('|')
                .map(|cell| cell.trim().trim_matches('`'))
                .collect();
            let fault: Fault =
                serde_json::from_str(cells[2]).unwrap_or_else(|reason| panic!("{row}: {reason}"));
            assert_eq!(fault.check(), Ok(()), "{row}");
            assert_eq!(fault.name(), cells[1], "{row}");
            assert!(
                told.insert(cells[1].to_owned()),
                "{} stands twice",
                cells[1]
            );
        }
        assert_eq!(told, known_names());
    }

    #[test]
    fn a_number_out_of_bounds_is_refused_by_key() {
        let refusal = Fault::Gap { events: 0 }.check().expect_err("zero events");
        assert_eq!(
            refusal.to_string(),
            "gap.events: 0 is not within 1 … 100000"
        );
        assert!(serde_json::from_str::<Fault>(r#"{"gap":{"events":1,"colour":2}}"#).is_err());
    }
}
