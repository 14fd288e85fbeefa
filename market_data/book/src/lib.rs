//! Events to an order book and its metrics; pure, no_std.
