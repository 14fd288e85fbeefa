//! Bytes of one exchange to events; pure.
