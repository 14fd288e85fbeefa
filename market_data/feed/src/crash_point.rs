//! Named places at which a test may kill this process, as a power cut would: `QF_CRASH_AT=market_data.place:n`, at the
//! n-th passing. What the variable says of other programs is theirs. All places stand in docs/CRASH_POINTS.md.

use std::env;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::process::{Signal, getpid, getppid, kill_process};

const VARIABLE: &str = "QF_CRASH_AT";
const PROGRAM: &str = "market_data.";

/// A place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Frames are made, nobody has them yet.
    BeforePublish,
    /// The readers' sockets have them.
    AfterPublish,
    /// A recording has its manifest and no segment.
    AfterManifest,
    /// Records wait in the compressor.
    BeforeFlush,
    /// They are the system's.
    AfterFlush,
    /// A segment is finished and synced, the index does not have it.
    BeforeIndex,
    /// A new manifest or index lies beside the old one.
    BeforeRename,
    /// The index has the segment, the next one has not begun.
    AfterIndex,
    /// The new status lies beside the old one.
    BeforeStatusRename,
}

const PLACES: [(Place, &str); 9] = [
    (Place::BeforePublish, "before_publish"),
    (Place::AfterPublish, "after_publish"),
    (Place::AfterManifest, "after_manifest"),
    (Place::BeforeFlush, "before_flush"),
    (Place::AfterFlush, "after_flush"),
    (Place::BeforeIndex, "before_index"),
    (Place::BeforeRename, "before_rename"),
    (Place::AfterIndex, "after_index"),
    (Place::BeforeStatusRename, "before_status_rename"),
];

struct Wanted {
    place: Place,
    passings: u64,
    passed: AtomicU64,
    with_parent: bool,
}

static WANTED: OnceLock<Option<Wanted>> = OnceLock::new();

/// Reads the variable; the error names a place that this program does not have.
pub fn arm() -> Result<(), String> {
    arm_for(false)
}

/// The same in the process that writes the recording: at a place it kills the feed too, as a power cut would.
pub fn arm_with_parent() -> Result<(), String> {
    arm_for(true)
}

fn arm_for(with_parent: bool) -> Result<(), String> {
    let text = env::var(VARIABLE).unwrap_or_default();
    let wanted = match text.strip_prefix(PROGRAM) {
        None => None,
        Some(own) => Some(Wanted {
            with_parent,
            ..parse(own).ok_or_else(|| refusal(&text))?
        }),
    };
    WANTED.get_or_init(|| wanted);
    Ok(())
}

/// Passes a place; unless `arm` found it in the environment nothing happens.
pub fn reach(place: Place) {
    if let Some(Some(wanted)) = WANTED.get()
        && wanted.place == place
        && wanted.passed.fetch_add(1, Ordering::Relaxed) + 1 == wanted.passings
    {
        if let (true, Some(parent)) = (wanted.with_parent, getppid()) {
            let _ = kill_process(parent, Signal::KILL);
        }
        // Nothing could be done about a failure: the process would go on, and the test that wants it dead says so.
        let _ = kill_process(getpid(), Signal::KILL);
    }
}

fn parse(own: &str) -> Option<Wanted> {
    let (name, times) = own.split_once(':')?;
    let (place, _) = PLACES.iter().find(|(_, known)| *known == name)?;
    let passings = times.parse().ok().filter(|times| *times > 0)?;
    Some(Wanted {
        place: *place,
        passings,
        passed: AtomicU64::new(0),
        with_parent: false,
    })
}

fn refusal(text: &str) -> String {
    let known: Vec<String> = PLACES
        .iter()
        .map(|(_, name)| format!("{PROGRAM}{name}"))
        .collect();
    format!(
        "{VARIABLE}: found {text}; write one of {}, a colon and a number from 1",
        known.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_known_by_its_name_and_a_number_from_1() {
        for (place, name) in PLACES {
            let wanted = parse(&format!("{name}:3")).expect("it is known");
            assert_eq!((wanted.place, wanted.passings), (place, 3));
        }
        for wrong in [
            "before_publish",
            "before_publish:0",
            "before_publish:x",
            "nowhere:1",
            "",
        ] {
            assert!(parse(wrong).is_none(), "{wrong}");
        }
    }
}
