//! `capture_line` of outside_bytes, driven by libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| (outside_bytes::target("capture_line").run)(bytes));
