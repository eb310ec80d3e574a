//! `verify` must find what is broken: every kind of damage is made on purpose.

mod common;

use common::{Lab, speech};
use std::fs;

fn published() -> Lab {
    let lab = Lab::new();
    lab.put("a.txt", speech(1)).put("b.txt", speech(2)).put("mixed.txt", "一\r\n二\n");
    lab.run(0);
    let sound = lab.dechaff(["verify", "out"]);
    assert_eq!(sound.code(), 0, "{}", sound.shown());
    lab
}

fn edit(lab: &Lab, name: &str, change: impl Fn(String) -> String) {
    let path = lab.path("out").join(name);
    let text = fs::read_to_string(&path).unwrap();
    let changed = change(text.clone());
    assert_ne!(text, changed, "{name} is changed");
    fs::write(path, changed).unwrap();
}

fn finds(lab: &Lab, code: i32, what: &str) {
    let ran = lab.dechaff(["verify", "out"]);
    assert!(ran.code() == code && ran.stdout().contains(what), "{}", ran.shown());
}

#[test]
fn missing_parts() {
    for name in ["audit/documents.jsonl", "audit/removals.jsonl", "audit/originals.zst", "corpus/a.txt"] {
        let lab = published();
        fs::remove_file(lab.path("out").join(name)).unwrap();
        finds(&lab, 10, "missing");
    }
    let lab = published();
    fs::remove_file(lab.path("out/run.json")).unwrap();
    assert_eq!(lab.dechaff(["verify", "out"]).code(), 10);
}

#[test]
fn changed_text_and_records() {
    let lab = published();
    edit(&lab, "corpus/a.txt", |text| text.replace("谢谢", "感谢"));
    finds(&lab, 10, "original bytes");

    let lab = published();
    edit(&lab, "audit/documents.jsonl", |text| text[..text.len() - 5].to_owned());
    finds(&lab, 10, "line 3 is damaged");

    let lab = published();
    edit(&lab, "audit/documents.jsonl", |text| text.lines().rev().map(|line| format!("{line}\n")).collect());
    finds(&lab, 10, "out of order");
    finds(&lab, 10, "audit/documents.jsonl is not what was written");

    let lab = published();
    fs::write(lab.path("out/corpus/stray.txt"), "x").unwrap();
    finds(&lab, 1, "stray.txt: stands in the corpus but is no document");

    let lab = published();
    edit(&lab, "run.json", |text| text.replace("\"kept\": 3", "\"kept\": 2"));
    finds(&lab, 1, "kept is 2, the records add up to 3");

    let lab = published();
    edit(&lab, "run.json", |text| text.replace("\"format\": 1", "\"format\": 99"));
    let ran = lab.dechaff(["verify", "out"]);
    assert!(ran.code() == 10 && ran.stderr().contains("newer version"), "{}", ran.shown());
}

#[test]
fn a_drop_without_proof() {
    let lab = published();
    // The record says that b is a copy of a; the texts say otherwise.
    fs::remove_file(lab.path("out/corpus/b.txt")).unwrap();
    edit(&lab, "audit/documents.jsonl", |text| {
        let lines = text.lines().map(|line| {
            if !line.contains("\"b.txt\"") {
                return format!("{line}\n");
            }
            let mut record: serde_json::Value = serde_json::from_str(line).unwrap();
            record["decision"] = "drop".into();
            record["reason"] = "near".into();
            record["witness"] = "a.txt".into();
            format!("{record}\n")
        });
        lines.collect()
    });
    finds(&lab, 10, "its text is in no pack");
    edit(&lab, "audit/documents.jsonl", |text| text.replace("\"witness\":\"a.txt\"", "\"witness\":\"c.txt\""));
    finds(&lab, 10, "b.txt");
}

#[test]
fn records_cannot_lead_out_of_the_folder() {
    let lab = published();
    edit(&lab, "audit/documents.jsonl", |text| text.replace("\"a.txt\"", "\"../../in/a.txt\""));
    assert_eq!(lab.dechaff(["restore", "out", "../../in/a.txt"]).code(), 10);
    assert_eq!(lab.dechaff(["restore", "out", "--all", "back"]).code(), 10);
    assert_eq!(lab.dechaff(["verify", "out"]).code(), 10);
}

#[test]
fn an_input_that_changed_since() {
    let lab = published();
    lab.put("a.txt", speech(9)).put("new.txt", speech(10));
    fs::remove_file(lab.path("in/b.txt")).unwrap();
    let ran = lab.dechaff(["verify", "out", "--input", "in"]);
    assert_eq!(ran.code(), 1);
    for what in ["a.txt: the input file is not the one", "new.txt: stands in the input", "b.txt: is no longer"] {
        assert!(ran.stdout().contains(what), "{}", ran.stdout());
    }
}
