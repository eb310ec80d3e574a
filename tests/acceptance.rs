//! What the project promises on the real data beside the repository (`../shared`). Ignored by default: `.ci/run` has
//! them run.

#![allow(clippy::print_stdout)] // figures for `--nocapture`

mod common;

use common::Ran;
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn shared() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared")
}

struct Out {
    dir: tempfile::TempDir,
}

impl Out {
    /// Runs the program on a folder of the shared data.
    fn of(input: &Path) -> Self {
        let out = Self { dir: tempfile::tempdir().unwrap() };
        let ran = dechaff(&["run".as_ref(), input.as_ref(), "--out".as_ref(), out.path().as_ref(), "--quiet".as_ref()]);
        assert_eq!(ran.code(), 0, "{}", ran.stderr());
        out
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("out")
    }

    fn records(&self, name: &str) -> Vec<Value> {
        let text = fs::read_to_string(self.path().join("audit").join(name)).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// A second run over the corpus changes nothing.
    fn is_final(&self) {
        let again = Out::of(&self.path().join("corpus"));
        assert_eq!(common::tree(&again.path().join("corpus")), common::tree(&self.path().join("corpus")));
    }

    fn verify(&self, input: &Path) {
        let out = self.path();
        let ran = dechaff(&["verify".as_ref(), out.as_ref(), "--input".as_ref(), input.as_ref()]);
        assert_eq!(ran.code(), 0, "{}{}", ran.stdout(), ran.stderr());
    }
}

fn dechaff(args: &[&std::ffi::OsStr]) -> Ran {
    Ran::from(Command::new(env!("CARGO_BIN_EXE_dechaff")).args(args).output().unwrap())
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[test]
#[ignore = "needs ../shared"]
fn seeds() {
    let input = shared().join("seeds");
    let out = Out::of(&input);
    out.verify(&input);
    out.is_final();
    assert!(out.records("duplicates.jsonl").is_empty(), "no pair of seeds is related");

    let long: Vec<Value> = out
        .records("passages.jsonl")
        .into_iter()
        .filter(|r| r["scope"] == "within" && r["label"] != "formula")
        .collect();
    let lines =
        |r: &Value| ["a_line_start", "a_line_end", "b_line_start", "b_line_end"].map(|f| r[f].as_u64().unwrap());
    let places: Vec<[u64; 4]> = long.iter().map(lines).collect();
    assert_eq!(places, [[69, 91, 199, 217], [163, 171, 154, 162]], "the copies that go, and their witnesses");
    assert!(
        long.iter()
            .all(|r| r["symbols"].as_u64() > Some(4000) && r["action"] == "drop" && text(&r["a"]).starts_with("004_"))
    );

    let corpus = |name: &str| {
        let file = fs::read_dir(out.path().join("corpus")).unwrap().map(|e| e.unwrap().path());
        let path = file.into_iter().find(|p| p.file_name().unwrap().to_str().unwrap().starts_with(name)).unwrap();
        fs::read_to_string(path).unwrap()
    };
    let original = fs::read_dir(&input).unwrap().map(|e| e.unwrap().path());
    let first = original.into_iter().find(|p| p.file_name().unwrap().to_str().unwrap().starts_with("001")).unwrap();
    assert_eq!(corpus("001"), fs::read_to_string(first).unwrap(), "001 is clean: not a byte changes");
    assert!(corpus("003").contains("组建率为28.2%"));
    assert_eq!(corpus("004").matches("建立村务情况分析、村务监督工作报告和评议考核制度").count(), 1);
}

/// Every line of the seeds against its gold: what goes is gone, what stays is there, what was torn is whole, in the
/// whole pipeline (the cut of repeats included).
#[test]
#[ignore = "needs ../shared"]
fn seeds_line_by_line() {
    let input = shared().join("seeds");
    let out = Out::of(&input);
    let repeated: BTreeSet<u64> = (69..=91).chain(163..=171).collect();
    for entry in fs::read_dir(shared().join("seeds-gold")).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if stem == "duplicates" {
            continue;
        }
        let source = fs::read_to_string(input.join(format!("{stem}.txt"))).unwrap();
        let lines: Vec<&str> = source.split('\n').collect();
        let mut want = String::new();
        let gold = fs::read_to_string(&path).unwrap();
        let mut first = true;
        for row in gold.lines().skip(1) {
            let fields: Vec<&str> = row.split('\t').collect();
            let number: usize = fields[0].parse().unwrap();
            if fields[2] == "remove" || (stem.starts_with("004") && repeated.contains(&(number as u64))) {
                continue;
            }
            let mut line: Vec<char> = lines[number - 1].chars().collect();
            for span in fields[3].split('|').map(str::trim).filter(|span| !span.is_empty()).rev() {
                let range = span.split(':').next().unwrap();
                let (from, to) = range.split_once('-').unwrap();
                line.drain(from.parse::<usize>().unwrap()..to.parse::<usize>().unwrap());
            }
            if !first && fields[2] != "join-with-previous" {
                want.push('\n');
            }
            first = false;
            want.extend(line);
        }
        let got = fs::read_to_string(out.path().join("corpus").join(format!("{stem}.txt"))).unwrap();
        assert_eq!(got.trim_end_matches('\n'), want.trim_end_matches('\n'), "{stem}");
    }
}

#[test]
#[ignore = "needs ../shared"]
fn near_pairs() {
    let input = shared().join("data/near");
    let out = Out::of(&input);
    out.verify(&input);
    out.is_final();
    let mut reported: HashMap<(String, String), String> = HashMap::new();
    for r in out.records("duplicates.jsonl") {
        let (a, b) = (text(&r["a"]).to_owned(), text(&r["b"]).to_owned());
        reported.insert(if a < b { (a, b) } else { (b, a) }, text(&r["relation"]).to_owned());
    }
    let gold = fs::read_to_string(shared().join("data/near-pairs.tsv")).unwrap();
    let (mut high, mut high_found, mut upper, mut upper_found, mut items, mut items_found) = (0, 0, 0, 0, 0, 0);
    let mut listed: BTreeSet<(String, String)> = BTreeSet::new();
    for row in gold.lines().skip(1) {
        let fields: Vec<&str> = row.split('\t').collect();
        let (a, b) = (fields[0].to_owned(), fields[1].to_owned());
        let pair = if a < b { (a, b) } else { (b, a) };
        let number = |at: usize| fields[at].parse::<f64>().unwrap();
        let relation = reported.get(&pair);
        listed.insert(pair.clone());
        if fields[0].starts_with("web_163") {
            continue;
        }
        if number(2) >= 0.9 {
            (high, high_found) = (high + 1, high_found + usize::from(relation.is_some()));
        }
        if number(2) >= 0.8 {
            (upper, upper_found) = (upper + 1, upper_found + usize::from(relation.is_some()));
        }
        let item = pair.0.starts_with("xwlb_day") && pair.1.starts_with("xwlb_item");
        if item && number(3).max(number(4)) >= 0.9 {
            (items, items_found) =
                (items + 1, items_found + usize::from(relation.is_some_and(|relation| relation == "contained")));
        }
    }
    println!(
        "Jaccard >= 0.9: {high_found} of {high}; >= 0.8: {upper_found} of {upper}; items: {items_found} of {items}"
    );
    assert!(high > 90 && items > 400, "the list is there");
    assert_eq!(high_found, high, "every pair from 0.9 is reported");
    assert!(upper_found * 100 >= upper * 99, "99 % from 0.8");
    assert!(items_found * 100 >= items * 99, "99 % of the items are contained in their broadcast");
    for pair in reported.keys().filter(|pair| !listed.contains(*pair)) {
        println!("not in the list: {pair:?} {}", reported[pair]);
    }
}
