//! Writes every target's seeds as files, `DIRECTORY/<target>/seed-<number>`: a corpus for cargo-fuzz to begin with.

use std::path::PathBuf;

use outside_bytes::TARGETS;

fn main() -> std::io::Result<()> {
    let directory = PathBuf::from(std::env::args_os().nth(1).expect("usage: corpus DIRECTORY"));
    for target in TARGETS {
        let folder = directory.join(target.name);
        std::fs::create_dir_all(&folder)?;
        for (number, bytes) in (target.seeds)().iter().enumerate() {
            std::fs::write(folder.join(format!("seed-{number:03}")), bytes)?;
        }
    }
    Ok(())
}
