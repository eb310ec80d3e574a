//! dechaff takes a folder of Chinese text scraped from the web and gives back a clean folder: scraper debris cut
//! off, torn text mended, copies found and resolved. Every change is written down with its reason and can be undone.
//!
//! The library never prints. `docs/design.md` tells the flow; `pipeline` is the only module that knows its order.

pub mod accepted;
pub mod align;
pub mod audit;
pub mod brakes;
pub mod cancel;
pub mod candidates;
pub mod checksum;
pub mod clean;
pub mod cli;
pub mod commands;
pub mod compared;
pub mod config;
pub mod conflict;
pub mod counts;
pub mod decide;
pub mod decode;
pub mod differ;
pub mod document;
pub mod edits;
pub mod error;
pub mod exceptions;
pub mod fields;
pub mod fingerprint;
pub mod hardlink;
pub mod intake;
pub mod job;
pub mod join;
pub mod key;
pub mod learn;
pub mod library;
pub mod locate;
pub mod lock;
pub mod manifest;
pub mod metrics;
pub mod names;
pub mod output;
pub mod pack;
pub mod passages;
pub mod paths;
pub mod pipeline;
pub mod place;
pub mod progress;
pub mod propose;
pub mod publish;
pub mod published;
pub mod read;
pub mod recall;
pub mod refine;
pub mod relate;
pub mod repeat;
pub mod report;
pub mod runs;
pub mod segment;
pub mod settings;
pub mod shared;
pub mod sketch;
pub mod state;
pub mod store;
pub mod summary;
pub mod teach;
pub mod utf8;
pub mod walk;
pub mod whole;
pub mod wholes;

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    /// The stages in the order of the flow. Whatever else there is serves several of them.
    const STAGES: [&str; 10] =
        ["walk", "decode", "read", "teach", "refine", "intake", "relate", "decide", "shared", "report"];

    /// The files of a stage, or those below a folder of one.
    fn files(place: &Path) -> Vec<PathBuf> {
        match std::fs::read_dir(place) {
            Ok(entries) => entries.flat_map(|entry| files(&entry.unwrap().path())).collect(),
            Err(_) => vec![place.to_owned()].into_iter().filter(|path| path.is_file()).collect(),
        }
    }

    #[test]
    fn no_stage_imports_a_later_one() {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        for (at, stage) in STAGES.iter().enumerate() {
            let own = [files(&source.join(stage)), files(&source.join(stage).with_extension("rs"))].concat();
            assert!(!own.is_empty());
            for file in own {
                let text = std::fs::read_to_string(&file).unwrap();
                let code = text
                    .lines()
                    .take_while(|line| *line != "#[cfg(test)]")
                    .filter(|line| !line.trim().starts_with("//"));
                let code: String = code.collect();
                for later in &STAGES[at + 1..] {
                    let names = |end: &str| code.contains(&format!("crate::{later}{end}"));
                    assert!(!names("::") && !names(";"), "{} imports {later}", file.display());
                }
            }
        }
    }
}
