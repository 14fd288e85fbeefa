//! The venue's protocol as text: pure.

/// SUBSCRIBE and the like.
pub mod control;
/// exchangeInfo.
pub mod exchange_info;
/// Messages of the streams.
pub mod payload;
/// REST: what is asked, what is answered.
pub mod rest;
/// Names of streams.
pub mod streams;
/// The request weight of a minute.
pub mod weight;
