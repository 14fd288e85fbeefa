//! Faults of REST answers: each waits for its calls, first come first served.

use super::kind::{Fault, FaultError};
use crate::protocol::rest::Endpoint;
use serde_json::Value;
use std::collections::VecDeque;

/// Faults that may wait for REST calls at one time.
pub const WAITING_MAX: usize = 64;

/// What happens to one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spoiled {
    /// A status in place of an answer.
    Status {
        /// HTTP status.
        status: u16,
        /// `Retry-After`.
        retry_after_s: Option<u32>,
    },
    /// The true answer, but only after this time.
    Hang {
        /// How long.
        ms: u32,
    },
    /// HTTP 200 with a page.
    Html,
    /// HTTP 200 with nothing.
    Empty,
    /// HTTP 200 with the first half of the answer.
    Truncated,
    /// The book as it stood some time ago.
    Stale {
        /// How long ago.
        ms: u32,
    },
    /// A book with a level of zero quantity.
    ZeroLevel,
    /// HTTP 302 to the same place.
    Redirect,
    /// The true answer, compressed though nobody asked for it.
    Gzip,
    /// The book of the next symbol.
    OtherSymbol,
    /// The true answer with one field set to something else.
    Field {
        /// JSON pointer.
        field: String,
        /// To what.
        value: Value,
    },
}

/// The faults that wait.
#[derive(Debug, Default)]
pub struct RestFaults {
    waiting: VecDeque<Waiting>,
}

#[derive(Clone, Debug)]
struct Waiting {
    endpoint: Option<Endpoint>,
    spoiled: Spoiled,
    calls_left: u32,
}

impl RestFaults {
    /// Lets a fault wait for its calls; false if it is no fault of REST answers.
    pub fn push(&mut self, fault: &Fault) -> Result<bool, FaultError> {
        let Some(waiting) = waiting(fault) else {
            return Ok(false);
        };
        if self.waiting.len() == WAITING_MAX {
            return Err(FaultError::TooMany {
                fault: fault.name(),
                waiting: WAITING_MAX,
            });
        }
        self.waiting.push_back(waiting);
        Ok(true)
    }

    /// What happens to a call of this endpoint, if anything.
    pub fn take(&mut self, endpoint: Endpoint) -> Option<Spoiled> {
        let concerns = |waiting: &Waiting| waiting.endpoint.is_none_or(|one| one == endpoint);
        let at = self.waiting.iter().position(concerns)?;
        let waiting = &mut self.waiting[at];
        let spoiled = waiting.spoiled.clone();
        waiting.calls_left -= 1;
        if waiting.calls_left == 0 {
            self.waiting.remove(at);
        }
        Some(spoiled)
    }
}

fn waiting(fault: &Fault) -> Option<Waiting> {
    let (endpoint, spoiled, calls_left) = match fault.clone() {
        Fault::RestStatus {
            status,
            retry_after_s,
            calls,
            endpoint,
        } => (
            endpoint,
            Spoiled::Status {
                status,
                retry_after_s,
            },
            calls,
        ),
        Fault::RestHang {
            ms,
            calls,
            endpoint,
        } => (endpoint, Spoiled::Hang { ms }, calls),
        Fault::RestHtml { calls, endpoint } => (endpoint, Spoiled::Html, calls),
        Fault::RestEmpty { calls, endpoint } => (endpoint, Spoiled::Empty, calls),
        Fault::RestTruncated { calls, endpoint } => (endpoint, Spoiled::Truncated, calls),
        Fault::StaleSnapshot { ms, calls } => (Some(Endpoint::Depth), Spoiled::Stale { ms }, calls),
        Fault::RestRedirect { calls, endpoint } => (endpoint, Spoiled::Redirect, calls),
        Fault::RestGzip { calls, endpoint } => (endpoint, Spoiled::Gzip, calls),
        Fault::RestOtherSymbol { calls } => (Some(Endpoint::Depth), Spoiled::OtherSymbol, calls),
        Fault::RestRewrite {
            calls,
            endpoint,
            field,
            value,
        } => (endpoint, Spoiled::Field { field, value }, calls),
        Fault::ZeroInSnapshot { calls } => (Some(Endpoint::Depth), Spoiled::ZeroLevel, calls),
        _ => return None,
    };
    Some(Waiting {
        endpoint,
        spoiled,
        calls_left,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_meets_as_many_calls_of_its_endpoint_as_it_says() {
        let mut faults = RestFaults::default();
        let html = Fault::RestHtml {
            calls: 2,
            endpoint: Some(Endpoint::Klines),
        };
        assert_eq!(faults.push(&html), Ok(true));
        assert_eq!(
            faults.push(&Fault::RestEmpty {
                calls: 1,
                endpoint: None
            }),
            Ok(true)
        );
        assert_eq!(faults.take(Endpoint::Depth), Some(Spoiled::Empty));
        assert_eq!(faults.take(Endpoint::Depth), None);
        assert_eq!(faults.take(Endpoint::Klines), Some(Spoiled::Html));
        assert_eq!(faults.take(Endpoint::Klines), Some(Spoiled::Html));
        assert_eq!(faults.take(Endpoint::Klines), None);
    }

    #[test]
    fn a_fault_of_the_streams_waits_for_no_call() {
        assert_eq!(RestFaults::default().push(&Fault::Swap {}), Ok(false));
    }

    #[test]
    fn the_faults_that_wait_are_bounded() {
        let mut faults = RestFaults::default();
        let fault = Fault::RestEmpty {
            calls: 1,
            endpoint: None,
        };
        for _ in 0..WAITING_MAX {
            assert_eq!(faults.push(&fault), Ok(true));
        }
        assert!(faults.push(&fault).is_err());
    }
}
