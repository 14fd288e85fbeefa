//! Book to frame to bytes and back; pure, no_std.
