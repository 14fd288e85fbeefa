//! A recorded market: its messages as they came, its truth book kept from them.

/// Records to events, in the recording's time.
pub mod player;
/// A recorded message read back into what it says.
pub mod reader;
