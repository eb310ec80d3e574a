//! Replays what fuzzing has found (`tests/fuzz/TARGET/*`), and a little of everything else, so that it stays mended.

#[path = "fuzz/targets.rs"]
mod targets;

use std::path::Path;

#[test]
fn finds_stay_mended() {
    for (name, target) in targets::ALL {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz").join(name);
        let Ok(entries) = std::fs::read_dir(folder) else { continue };
        for entry in entries {
            target(&std::fs::read(entry.unwrap().path()).unwrap());
        }
    }
}

#[test]
fn targets_hold_on_the_sample_corpus_and_on_pieces_of_it() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for folder in std::fs::read_dir(corpus).unwrap() {
        for file in std::fs::read_dir(folder.unwrap().path()).unwrap().step_by(4) {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            for (_, target) in targets::ALL {
                target(&bytes);
                target(&bytes[bytes.len() / 3..][..bytes.len() / 5]);
            }
        }
    }
}
