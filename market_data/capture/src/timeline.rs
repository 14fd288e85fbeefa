//! Several streams of records as one, in the order of receive time, with the connection and the timer that text captures
//! do not hold.

use crate::error::CaptureError;
use crate::{Input, Record};

/// Ticks stand at every whole second.
pub const TICK_NS: i64 = 1_000_000_000;
/// Without a message for so long the recorder was off: the connection ends, and time jumps to the next message.
pub const PAUSE_NS: i64 = 60 * TICK_NS;

/// Records one after another, their times not decreasing.
pub trait RecordStream {
    /// The next record, `None` at the end.
    fn next_record(&mut self) -> Result<Option<Record>, CaptureError>;
}

/// The earliest record of several streams; of equal times the one of the earlier stream.
pub struct Merge<S> {
    streams: Vec<(S, Option<Record>)>,
    begun: bool,
}

impl<S: RecordStream> Merge<S> {
    /// Over these streams.
    pub fn new(streams: Vec<S>) -> Self {
        Self {
            streams: streams.into_iter().map(|stream| (stream, None)).collect(),
            begun: false,
        }
    }
}

impl<S: RecordStream> RecordStream for Merge<S> {
    fn next_record(&mut self) -> Result<Option<Record>, CaptureError> {
        if !self.begun {
            for (stream, head) in &mut self.streams {
                *head = stream.next_record()?;
            }
            self.begun = true;
        }
        let earliest = self
            .streams
            .iter_mut()
            .filter_map(|(stream, head)| Some((head.as_ref()?.recv_ns, stream, head)))
            .min_by_key(|(recv_ns, _, _)| *recv_ns);
        match earliest {
            None => Ok(None),
            Some((_, stream, head)) => {
                let next = stream.next_record()?;
                Ok(std::mem::replace(head, next))
            }
        }
    }
}

/// Adds `Connected` before the first message, a tick at every whole second between the messages, and an end and a new
/// beginning of the connection around a pause.
pub struct Timed<S> {
    inner: S,
    pending: Option<Record>,
    connection: u32,
    connected: bool,
    message_ns: i64,
    tick_ns: i64,
}

impl<S: RecordStream> Timed<S> {
    /// Around a stream of messages and REST answers; the connection they name is overwritten.
    pub fn new(inner: S) -> Self {
        Self {
            inner,
            pending: None,
            connection: 0,
            connected: false,
            message_ns: 0,
            tick_ns: 0,
        }
    }

    /// What comes before the pending record, if anything does.
    fn before(&mut self, pending_ns: i64) -> Option<Record> {
        if !self.connected {
            self.connected = true;
            self.connection += 1;
            self.tick_ns = (pending_ns / TICK_NS + 1) * TICK_NS;
            let input = Input::Connected {
                connection: self.connection,
            };
            return Some(Record {
                recv_ns: pending_ns,
                input,
            });
        }
        if self.tick_ns > pending_ns {
            return None;
        }
        let recv_ns = self.tick_ns;
        if recv_ns - self.message_ns > PAUSE_NS {
            self.connected = false;
            let reason = "pause of the recording".to_owned();
            return Some(Record {
                recv_ns,
                input: Input::Disconnected {
                    connection: self.connection,
                    reason,
                },
            });
        }
        self.tick_ns += TICK_NS;
        Some(Record {
            recv_ns,
            input: Input::Tick,
        })
    }
}

impl<S: RecordStream> RecordStream for Timed<S> {
    fn next_record(&mut self) -> Result<Option<Record>, CaptureError> {
        let record = match self.pending.take() {
            Some(record) => record,
            None => match self.inner.next_record()? {
                Some(record) => record,
                None => return Ok(None),
            },
        };
        if let Some(earlier) = self.before(record.recv_ns) {
            self.pending = Some(record);
            return Ok(Some(earlier));
        }
        let mut record = record;
        self.message_ns = record.recv_ns;
        if let Input::Message { connection, .. } = &mut record.input {
            *connection = self.connection;
        }
        Ok(Some(record))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Given(std::vec::IntoIter<Record>);

    impl RecordStream for Given {
        fn next_record(&mut self) -> Result<Option<Record>, CaptureError> {
            Ok(self.0.next())
        }
    }

    fn messages(rows: &[(i64, &str)]) -> Given {
        let record = |(recv_ns, text): &(i64, &str)| Record {
            recv_ns: *recv_ns,
            input: Input::Message {
                connection: 0,
                text: text.as_bytes().to_vec(),
            },
        };
        Given(rows.iter().map(record).collect::<Vec<_>>().into_iter())
    }

    fn shown(mut stream: impl RecordStream) -> Vec<String> {
        let mut shown = Vec::new();
        while let Some(record) = stream.next_record().expect("given records do not fail") {
            shown.push(match record.input {
                Input::Message { connection, text } => {
                    format!(
                        "{} {connection} {}",
                        record.recv_ns,
                        String::from_utf8_lossy(&text)
                    )
                }
                Input::Connected { connection } => {
                    format!("{} connected {connection}", record.recv_ns)
                }
                Input::Disconnected { connection, .. } => {
                    format!("{} disconnected {connection}", record.recv_ns)
                }
                Input::Tick => format!("{} tick", record.recv_ns),
                Input::Rest { .. } => format!("{} rest", record.recv_ns),
                Input::Published(_) | Input::Ended { .. } => "of another session".to_owned(),
            });
        }
        shown
    }

    #[test]
    fn streams_merge_by_time_and_then_by_their_order() {
        let merged = Merge::new(vec![
            messages(&[(1, "a"), (5, "b")]),
            messages(&[(1, "c"), (4, "d"), (5, "e")]),
        ]);
        assert_eq!(shown(merged), ["1 0 a", "1 0 c", "4 0 d", "5 0 b", "5 0 e"]);
    }

    #[test]
    fn ticks_stand_at_every_whole_second_before_what_came_at_it() {
        let second = TICK_NS;
        let timed = Timed::new(messages(&[
            (second + 5, "a"),
            (3 * second, "b"),
            (3 * second + 1, "c"),
        ]));
        let expected = [
            "1000000005 connected 1",
            "1000000005 1 a",
            "2000000000 tick",
            "3000000000 tick",
            "3000000000 1 b",
            "3000000001 1 c",
        ];
        assert_eq!(shown(timed), expected);
    }

    #[test]
    fn a_long_pause_ends_the_connection_and_makes_no_ticks() {
        let late = 1_000_000 * TICK_NS;
        let shown = shown(Timed::new(messages(&[
            (TICK_NS, "a"),
            (late + 7, "b"),
            (late + TICK_NS, "c"),
        ])));
        assert_eq!(shown.len(), 2 + 60 + 1 + 2 + 2);
        assert_eq!(
            shown[61..],
            [
                "61000000000 tick",
                "62000000000 disconnected 1",
                "1000000000000007 connected 2",
                "1000000000000007 2 b",
                "1000001000000000 tick",
                "1000001000000000 2 c"
            ]
        );
    }
}
