//! The second book that a check builds from a fresh snapshot, and how long the check has.

use book::{Book, Sequencer};

/// The comparison with a fresh snapshot.
#[derive(Debug, Default)]
pub(crate) struct Check {
    /// When the next one begins; 0: none is planned.
    pub(crate) next: i64,
    /// While one goes on: until when.
    pub(crate) until: Option<i64>,
    /// The second book, once the snapshot is there. It lives as long as the check.
    pub(crate) shadow: Option<Box<(Book, Sequencer)>>,
}

impl Check {
    #[inline(always)]
    pub(crate) const fn is_on(&self) -> bool {
        self.until.is_some()
    }

    pub(crate) fn stop(&mut self) {
        self.until = None;
        self.shadow = None;
    }
}
