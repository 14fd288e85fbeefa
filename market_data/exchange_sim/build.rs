//! Rebuilds when the build id changes.

fn main() {
    println!("cargo::rerun-if-env-changed=QF_BUILD");
}
