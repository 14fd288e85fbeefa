//! Records to frames and requests: the feed's state machine; pure.
