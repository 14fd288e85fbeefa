//! An exchange on loopback that speaks Binance's protocol.

fn main() {}
