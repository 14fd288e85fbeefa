//! `venue_rest` of outside_bytes, driven by libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| (outside_bytes::target("venue_rest").run)(bytes));
