//! Every target, driven by a seeded mutator on stable Rust: whole inputs, and each cut at a random place.
//!
//! `FUZZ_CASES` (default 3000 a target), `FUZZ_SECONDS` (at least so long a target) and `FUZZ_SEED` choose another
//! run; a failure prints seed, target and bytes. What
//! broke a promise once stands in `crashers/<target>/` and is run for ever.
#![allow(clippy::print_stdout)] // the seed is told

use std::alloc::System;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use outside_bytes::{ALLOCATED_A_BYTE, Mutator, TARGETS, Target};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static COUNTING: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| {
        text.parse()
            .unwrap_or_else(|_| panic!("{name} is no number: {text:?}"))
    })
}

/// Runs one input; a broken promise is told with the bytes.
fn held(target: &Target, bytes: &[u8]) -> Result<(), String> {
    let before = Region::new(COUNTING);
    let run = catch_unwind(AssertUnwindSafe(|| (target.run)(bytes)));
    let allocated = before.change().bytes_allocated;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let limit = target.allocated_max + ALLOCATED_A_BYTE * bytes.len();
    match run {
        Err(_) => Err(format!("{} panicked on {hex}", target.name)),
        Ok(()) if allocated > limit => Err(format!(
            "{} allocated {allocated} bytes, {limit} are the most, on {hex}",
            target.name
        )),
        Ok(()) => Ok(()),
    }
}

/// How many inputs were run; the first that broke a promise ends it.
fn drive(target: &Target, seed: u64, cases: u64) -> Result<u64, String> {
    let mut mutator = Mutator::new(seed);
    let seeds = (target.seeds)();
    let mut runs = 0;
    for bytes in &seeds {
        held(target, bytes)?;
        for at in 0..bytes.len().min(300) {
            held(target, &bytes[..at])?;
        }
        runs += 1 + bytes.len().min(300) as u64;
    }
    let long = Duration::from_secs(number("FUZZ_SECONDS", 0));
    let began = Instant::now();
    let mut cases = 0..cases;
    while cases.next().is_some() || began.elapsed() < long {
        let bytes = mutator.input(&seeds);
        held(target, &bytes)?;
        held(target, &bytes[..mutator.below(bytes.len())])?;
        runs += 2;
    }
    Ok(runs)
}

fn crashers(target: &Target) -> Vec<Vec<u8>> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("crashers")
        .join(target.name);
    let Ok(files) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    files
        .map(|file| std::fs::read(file.expect("a file").path()).expect("a crasher reads"))
        .collect()
}

/// One line of the tally that docs/RELIABILITY.md is written from.
fn tally(target: &Target, seed: u64, runs: u64, outcome: &str) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../.build/reliability");
    std::fs::create_dir_all(&folder).expect("a folder for the tally");
    let at_s = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    let line = serde_json::json!({
        "at_s": at_s, "build": build(), "case": format!("rust {}", target.name), "inject": "bytes changed at random, whole and cut",
        "expect": "a value or a named error; bounded memory; printed and read again the same", "outcome": outcome,
        "figures": {"runs": runs, "seed": seed.to_string()},
    });
    let mut file = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(folder.join("fuzz.jsonl"))
        .expect("the tally opens");
    file.write_all(format!("{line}\n").as_bytes())
        .expect("the tally takes a line");
}

/// What the sources are called, as every harness says it.
fn build() -> String {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../setup/build_id.sh");
    let told = Command::new(script).output().expect("build_id.sh runs");
    String::from_utf8_lossy(&told.stdout).trim().to_owned()
}

#[test]
fn every_parser_of_outside_bytes_reads_or_refuses_by_name() {
    planted_panics_and_planted_hunger_are_found();
    let (seed, cases) = (number("FUZZ_SEED", 20_240_808), number("FUZZ_CASES", 3_000));
    let mut broken = Vec::new();
    for target in TARGETS {
        let began = Instant::now();
        let kept = crashers(target)
            .iter()
            .try_for_each(|bytes| held(target, bytes));
        let driven = kept.and_then(|()| drive(target, seed, cases));
        let (runs, outcome) = driven
            .as_ref()
            .map_or((cases, "failed"), |runs| (*runs, "held"));
        println!(
            "{:<20} seed {seed} {runs} runs {:.1?} {outcome}",
            target.name,
            began.elapsed()
        );
        tally(target, seed, runs, outcome);
        broken.extend(driven.err());
    }
    assert!(broken.is_empty(), "seed {seed}: {}", broken.join("\n"));
}

/// The harness can fail: a panic on one byte among thousands, and an allocation beyond the bound.
fn planted_panics_and_planted_hunger_are_found() {
    let planted = |run| Target {
        name: "planted",
        run,
        seeds: || vec![b"{\"quantity\":17}".to_vec()],
        allocated_max: 0,
    };
    let panics = planted(|bytes| assert!(!bytes.contains(&0xff), "planted"));
    assert!(
        drive(&panics, 1, 3_000)
            .expect_err("found")
            .contains("panicked")
    );
    let hungry = planted(|bytes| drop(std::hint::black_box(vec![0_u8; bytes.len() * 1_000])));
    assert!(
        drive(&hungry, 1, 10)
            .expect_err("found")
            .contains("allocated")
    );
}
