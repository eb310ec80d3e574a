//! How much of the debris of invented sites goes and how much text stays. Folder: `tests`, or DECHAFF_SITES.
//!
//! `sites/<site>/in/*.txt` with `expected/*.txt` beside it; `sites/<site>/either.txt` lists lines that may stay or go.
//! `hard-negatives/*.txt` must stay as they are. `blind` holds more of both, and `more-negatives` those that are no texts
//! of the frames in `frames.rs`, so that its turns stay what they were.

#![allow(clippy::print_stdout)] // the scores are what the test is for
use dechaff::clean::{RuleSet, clean};
use dechaff::edits;
use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    std::env::var_os("DECHAFF_SITES").map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("tests"), PathBuf::from)
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut out: Vec<PathBuf> =
        fs::read_dir(dir).map(|entries| entries.filter_map(|e| e.ok()).map(|e| e.path()).collect()).unwrap_or_default();
    out.sort();
    out
}

fn read(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap_or_default().replace("\r\n", "\n");
    text.trim_start_matches('\u{FEFF}').to_owned()
}

/// For each character of `input` that is not white space, whether it stands in `part` (a subsequence of it). Runs are
/// kept together: the longest common lines first, then characters between them.
fn kept(input: &str, part: &str) -> Vec<bool> {
    let full = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<Vec<char>>();
    let (a, b) = (full(input), full(part));
    let mut flags = vec![false; a.len()];
    let (mut i, mut j) = (0, 0);
    while i < a.len() && j < b.len() {
        if a[i] == b[j] {
            flags[i] = true;
            i += 1;
            j += 1;
            continue;
        }
        // The nearest place where the next characters of the part go on in the input.
        let want = &b[j..(j + 8).min(b.len())];
        match (i..a.len()).find(|&at| a[at..].starts_with(want)) {
            Some(at) => i = at,
            None => match (i..a.len()).find(|&at| a[at] == b[j]) {
                Some(at) => i = at,
                None => j += 1,
            },
        }
    }
    flags
}

#[derive(Default)]
struct Score {
    genuine: usize,
    genuine_cut: usize,
    debris: usize,
    debris_cut: usize,
    either: usize,
    notes: Vec<String>,
}

/// The sites of blind set 4: scored apart from the earlier ones, so that neither hides the other.
const SET_4: [&str; 16] = [
    "bijiangms",
    "doukuwen",
    "fanwenhui",
    "heishibbs",
    "hekouwan",
    "liaofeiboke",
    "luling-xuebao",
    "mianhelib",
    "qiaotouyy",
    "qinchuanrb",
    "shuhezx",
    "shuxiangge",
    "wanyantang",
    "yuetaiws",
    "yunzhoudaj",
    "zuowenlou",
];

#[test]
fn sites_score() {
    score("sites", 97, |_| true);
    score("blind/sites", 76, |name| !SET_4.contains(&name));
    score("blind/sites", 94, |name| SET_4.contains(&name));
}

/// At least so many percent of the debris goes.
fn score(sites: &str, percent: usize, counts: impl Fn(&str) -> bool) {
    let rules = RuleSet::builtin().expect("rules");
    let mut scores: BTreeMap<String, Score> = BTreeMap::new();
    for site in files(&folder().join(sites)) {
        let name = site.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
        if !counts(&name) {
            continue;
        }
        let free: HashSet<String> = read(&site.join("either.txt")).lines().map(|l| l.trim().to_owned()).collect();
        let score = scores.entry(name.clone()).or_default();
        for path in files(&site.join("in")) {
            let input = read(&path);
            let expected = read(&site.join("expected").join(path.file_name().expect("a file")));
            let cleaned = clean(&input, &rules);
            let got = edits::apply(&input, &cleaned.edits);
            assert!(
                cleaned.review.is_some() || clean(&got, &rules).edits.is_empty(),
                "{name} {} rests",
                path.display()
            );
            let (want, have) = (kept(&input, &expected), kept(&input, &got));
            let file = path.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
            if let Some(review) = &cleaned.review {
                score.notes.push(format!("{file}: {review}"));
            }
            let mut at = 0;
            for line in input.lines() {
                let length = line.chars().filter(|c| !c.is_whitespace()).count();
                let range = at..at + length;
                at += length;
                if !line.trim().is_empty() && free.contains(line.trim()) {
                    score.either += length;
                    continue;
                }
                let genuine = range.clone().filter(|&i| want[i]).count();
                let lost = range.clone().filter(|&i| want[i] && !have[i]).count();
                let left = range.clone().filter(|&i| !want[i] && have[i]).count();
                score.genuine += genuine;
                score.genuine_cut += lost;
                score.debris += length - genuine;
                score.debris_cut += length - genuine - left;
                let short: String = line.chars().take(150).collect();
                if lost > 0 {
                    score.notes.push(format!("{file}: LOST {lost} of: {short}"));
                }
                if left > 0 {
                    score.notes.push(format!("{file}: left {left} of: {short}"));
                }
            }
            let breaks = |text: &str| text.lines().filter(|l| !l.trim().is_empty()).count();
            if breaks(&expected) != breaks(&got) && !free.iter().any(|l| !l.is_empty() && input.contains(l.as_str())) {
                score.notes.push(format!("{file}: lines expected {}, got {}", breaks(&expected), breaks(&got)));
            }
        }
    }
    let (mut debris, mut cut, mut genuine, mut lost) = (0, 0, 0, 0);
    for (name, score) in &scores {
        println!(
            "{name}: debris cut {}/{} ({:.3}), genuine lost {}/{} ({:.5}), either {}",
            score.debris_cut,
            score.debris,
            score.debris_cut as f64 / score.debris.max(1) as f64,
            score.genuine_cut,
            score.genuine,
            score.genuine_cut as f64 / score.genuine.max(1) as f64,
            score.either
        );
        for note in &score.notes {
            println!("    {note}");
        }
        debris += score.debris;
        cut += score.debris_cut;
        genuine += score.genuine;
        lost += score.genuine_cut;
    }
    println!("SITES debris cut {cut}/{debris}, genuine lost {lost}/{genuine}");
    if std::env::var_os("DECHAFF_SITES").is_none() && debris > 0 {
        assert!(cut * 100 >= debris * percent, "{sites}: at least {percent} % of the debris goes");
    }
}

#[test]
fn hard_negatives_stay() {
    let rules = RuleSet::builtin().expect("rules");
    let mut lost = Vec::new();
    let mut all = 0;
    let negatives =
        ["hard-negatives", "more-negatives", "blind/hard-negatives"].map(|name| files(&folder().join(name)));
    for path in negatives.into_iter().flatten() {
        if path.extension().is_none_or(|e| e != "txt") {
            continue;
        }
        let text = read(&path);
        all += 1;
        for edit in clean(&text, &rules).edits {
            let rule = rules.name(edit.rule);
            let file = path.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
            lost.push(format!("{file} {rule} {:?}: {}", edit.action, edit.span.of(&text).escape_debug()));
        }
    }
    println!("HARD NEGATIVES: {} edits in {all} files", lost.len());
    for line in &lost {
        println!("    {line}");
    }
    if std::env::var_os("DECHAFF_SITES").is_none() {
        assert!(lost.is_empty());
    }
}

/// Prints every edit under DECHAFF_DUMP and the speed.
#[test]
#[ignore = "needs DECHAFF_DUMP"]
fn dump() {
    let rules = RuleSet::builtin().expect("rules");
    let root = PathBuf::from(std::env::var_os("DECHAFF_DUMP").expect("DECHAFF_DUMP"));
    let texts: Vec<(PathBuf, String)> = walkdir::WalkDir::new(root)
        .sort_by_file_name()
        .into_iter()
        .filter_map(|e| e.ok())
        .filter(|e| e.file_type().is_file())
        .map(|e| (e.path().to_owned(), read(e.path())))
        .collect();
    let bytes: usize = texts.iter().map(|t| t.1.len()).sum();
    // Once to compile the patterns and warm their caches.
    for (_, text) in &texts {
        clean(text, &rules);
    }
    let start = std::time::Instant::now();
    let results: Vec<_> = texts.iter().map(|t| clean(&t.1, &rules)).collect();
    let seconds = start.elapsed().as_secs_f64();
    let restless = texts.iter().zip(&results).filter(|((_, text), cleaned)| {
        cleaned.review.is_none() && !clean(&edits::apply(text, &cleaned.edits), &rules).edits.is_empty()
    });
    for ((path, _), _) in restless {
        println!("NOT AT REST {}", path.display());
    }
    if std::env::var_os("DECHAFF_QUIET").is_none() {
        for ((path, text), cleaned) in texts.iter().zip(&results) {
            let path = path.display();
            if let Some(review) = &cleaned.review {
                println!("{path}\tREVIEW\t{review}");
            }
            for edit in &cleaned.edits {
                let shown: String = edit.span.of(text).escape_debug().to_string().chars().take(160).collect();
                println!("{path}\t{}\t{:?}\t{shown}", rules.name(edit.rule), edit.action);
            }
        }
    }
    println!("SPEED {bytes} bytes in {seconds:.3} s: {:.1} MB/s", bytes as f64 / 1e6 / seconds);
}
