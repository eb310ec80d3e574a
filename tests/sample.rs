//! The sample corpus of the README against its hand-made results in `tests/sample`.

mod common;

use common::{Ran, tree};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Runs the program on a folder; `out` must not exist.
fn run(input: &Path, out: &Path, more: &[&str]) -> Ran {
    let output = Command::new(env!("CARGO_BIN_EXE_dechaff"))
        .arg("run")
        .arg(input)
        .arg("--out")
        .arg(out)
        .args(["--progress", "never"])
        .args(more)
        .output()
        .unwrap();
    Ran::from(output)
}

fn records(out: &Path, name: &str) -> Vec<serde_json::Value> {
    let text = fs::read_to_string(out.join("audit").join(name)).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn rows(name: &str) -> Vec<Vec<String>> {
    let text = fs::read_to_string(root().join("tests/sample").join(name)).unwrap();
    text.lines().skip(1).map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}

fn text(value: &serde_json::Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[test]
fn the_sample_corpus_comes_out_as_written_down() {
    let lab = tempfile::tempdir().unwrap();
    let out = lab.path().join("out");
    let ran = run(&root().join("corpus"), &out, &[]);
    assert_eq!(ran.code(), 3, "one file of the sample is no text: {}", ran.stderr());

    let mut wrong = Vec::new();
    let expected: BTreeMap<_, _> = tree(&root().join("tests/sample/expected")).into_iter().collect();
    let found: BTreeMap<_, _> = tree(&out.join("corpus")).into_iter().collect();
    let quarantined: BTreeSet<PathBuf> = rows("decisions.tsv")
        .into_iter()
        .filter(|row| row[1] == "quarantine")
        .map(|row| PathBuf::from(&row[0]))
        .collect();
    for (path, want) in &expected {
        match found.get(path) {
            None => wrong.push(format!("{} is missing", path.display())),
            Some(got) if got != want => wrong.push(format!("{} differs:\n{}", path.display(), difference(want, got))),
            Some(_) => {}
        }
    }
    for path in found.keys().filter(|path| !expected.contains_key(*path) && !quarantined.contains(*path)) {
        wrong.push(format!("{} should be absent", path.display()));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));

    let documents: BTreeMap<String, (String, String)> = records(&out, "documents.jsonl")
        .iter()
        .map(|record| (text(&record["path"]), (text(&record["decision"]), text(&record["witness"]))))
        .collect();
    for row in rows("decisions.tsv") {
        let witness = row.get(3).cloned().unwrap_or_default();
        assert_eq!(documents.get(&row[0]), Some(&(row[1].clone(), witness)), "{}", row[0]);
    }

    let found: BTreeSet<[String; 4]> = records(&out, "duplicates.jsonl")
        .iter()
        .map(|r| [text(&r["a"]), text(&r["b"]), text(&r["relation"]), text(&r["action"])])
        .collect();
    for row in rows("relations.tsv") {
        let want = [row[0].clone(), row[1].clone(), row[2].clone(), row[3].clone()];
        assert!(found.contains(&want), "{want:?} is not among {found:#?}");
    }
    // No document takes part in a relation that nobody wrote down, but for pairs inside one written group.
    let kin = |a: &str, b: &str| {
        let group = |path: &str| {
            let witness = documents.get(path).map(|d| d.1.clone()).unwrap_or_default();
            if witness.is_empty() { path.to_owned() } else { witness }
        };
        let pairs: Vec<[String; 2]> =
            rows("relations.tsv").iter().map(|row| [group(&row[0]), group(&row[1])]).collect();
        let (a, b) = (group(a), group(b));
        a == b || pairs.iter().any(|pair| *pair == [a.clone(), b.clone()] || *pair == [b.clone(), a.clone()])
    };
    for [a, b, relation, _] in &found {
        assert!(kin(a, b), "{a} and {b} are reported as {relation}");
    }

    let lines = |r: &serde_json::Value, side: &str| {
        format!("{}-{}", r[format!("{side}_line_start")], r[format!("{side}_line_end")])
    };
    let found: BTreeSet<[String; 4]> = records(&out, "passages.jsonl")
        .iter()
        .filter(|r| r["scope"] == "within" && r["action"] == "drop")
        .map(|r| [text(&r["a"]), lines(r, "a"), text(&r["b"]), lines(r, "b")])
        .collect();
    let want: BTreeSet<[String; 4]> = rows("passages.tsv")
        .into_iter()
        .map(|row| [row[0].clone(), row[1].clone(), row[2].clone(), row[3].clone()])
        .collect();
    assert_eq!(found, want);
}

/// The first lines that differ.
fn difference(want: &[u8], got: &[u8]) -> String {
    let (want, got) = (String::from_utf8_lossy(want), String::from_utf8_lossy(got));
    let mut shown = String::new();
    let (mut left, mut right) = (want.lines().peekable(), got.lines().peekable());
    while left.peek().is_some() || right.peek().is_some() {
        let (x, y) = (left.next(), right.next());
        if x != y {
            shown += &format!("  want {x:?}\n  got  {y:?}\n");
            if shown.len() > 600 {
                break;
            }
        }
    }
    if shown.is_empty() { "  in the last line break".into() } else { shown }
}

#[test]
fn the_sample_output_is_proven_restorable_and_final() {
    let lab = tempfile::tempdir().unwrap();
    let (corpus, out) = (root().join("corpus"), lab.path().join("out"));
    run(&corpus, &out, &[]);
    let dechaff =
        |args: &[&std::ffi::OsStr]| Ran::from(Command::new(env!("CARGO_BIN_EXE_dechaff")).args(args).output().unwrap());
    let verified = dechaff(&["verify".as_ref(), out.as_ref(), "--input".as_ref(), corpus.as_ref()]);
    assert_eq!(verified.code(), 0, "{}{}", verified.stdout(), verified.stderr());

    let back = lab.path().join("back");
    let restored = dechaff(&["restore".as_ref(), out.as_ref(), "--all".as_ref(), back.as_ref()]);
    assert_eq!(restored.code(), 0, "{}", restored.stderr());
    assert_eq!(tree(&back), tree(&corpus));

    let again = lab.path().join("again");
    run(&out.join("corpus"), &again, &[]);
    assert_eq!(tree(&again.join("corpus")), tree(&out.join("corpus")), "a second run changes nothing");
}

#[test]
fn the_same_bytes_for_every_thread_count_and_order_of_creation() {
    let lab = tempfile::tempdir().unwrap();
    let corpus = root().join("corpus");
    let first = lab.path().join("1");
    run(&corpus, &first, &["--threads", "1"]);
    // The same tree, created backwards in another place.
    let other = lab.path().join("other/tree");
    for (path, bytes) in tree(&corpus).into_iter().rev() {
        let path = other.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    for (input, threads) in [(&corpus, "2"), (&corpus, "3"), (&corpus, "8"), (&other, "2")] {
        let out = lab.path().join("next");
        run(input, &out, &["--threads", threads]);
        for part in ["corpus", "audit"] {
            assert_eq!(tree(&out.join(part)), tree(&first.join(part)), "{part} with {threads} threads");
        }
        fs::remove_dir_all(out).unwrap();
    }
}

#[test]
fn detectors_that_are_left_out_change_nothing() {
    let lab = tempfile::tempdir().unwrap();
    let listed = Command::new(env!("CARGO_BIN_EXE_dechaff")).arg("rules").output().unwrap();
    let listed = Ran::from(listed).stdout();
    let names: Vec<&str> = listed
        .lines()
        .filter(|line| line.ends_with(" detector"))
        .map(|line| line.split_whitespace().next().unwrap())
        .collect();
    let found = |off: &[&str]| -> BTreeSet<String> {
        let (rules, out) = (lab.path().join("off.toml"), lab.path().join("out"));
        fs::write(&rules, format!("disable = {off:?}\n")).unwrap();
        let _ = fs::remove_dir_all(&out);
        assert_eq!(run(&root().join("corpus"), &out, &["--rules", rules.to_str().unwrap()]).code(), 3);
        let rules: BTreeSet<String> =
            records(&out, "removals.jsonl").iter().map(|record| text(&record["rule"])).collect();
        rules.into_iter().filter(|rule| names.contains(&rule.as_str())).collect()
    };
    let all = found(&[]);
    assert!(all.len() * 2 > names.len(), "the sample has most detectors: {all:?}");
    let (even, odd): (Vec<_>, Vec<_>) = names.iter().enumerate().partition(|(at, _)| at % 2 == 0);
    for off in [even, odd] {
        let off: Vec<&str> = off.into_iter().map(|(_, name)| *name).collect();
        let (left, gone): (BTreeSet<String>, BTreeSet<String>) =
            found(&off).into_iter().partition(|rule| !off.contains(&rule.as_str()));
        assert!(gone.is_empty() && !left.is_empty(), "{off:?} are off, but {gone:?} cut");
    }
}
