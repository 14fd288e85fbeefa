//! The shell around the session: sockets, clock, disk.

fn main() {}
