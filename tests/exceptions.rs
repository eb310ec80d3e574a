//! What a person held wrong is not done again: `verdicts --exceptions` and `run --exceptions`.

mod common;

use common::{Lab, speech, tree};
use serde_json::{Value, json};
use std::fs;

const INTRO: &str = "本文是由华夏秘书网小编整理的在防汛抗旱动员会上的讲话,欢迎阅读借鉴。";
const TORN: &str = "关于水库。全市一百零四座小型水库,有十七座带病运行,必须空库度汛;\n巡查人员每两小时走一遍坝,夜里也不例外;\n\
    放水预警的喇叭要让下游每一户都听得见。\n";

/// A text with debris and a torn sentence, a copy of another text, a doubled text, and others.
fn lab() -> Lab {
    let lab = Lab::new();
    lab.put("debris.txt", format!("{INTRO}\n{}{TORN}{}", speech(1), speech(30)));
    lab.put("one.txt", speech(2)).put("two.txt", speech(2).replace("谢谢大家", "感谢各位"));
    lab.put("doubled.txt", format!("{}\n{}", speech(3), speech(3)));
    for seed in 4..8 {
        lab.put(format!("site/{seed}.txt"), speech(seed));
    }
    lab
}

/// A verdict on each thing that was done to the lab.
fn wrong(lab: &Lab) -> Vec<Value> {
    let mut said = Vec::new();
    for cut in lab.records("removals").iter().filter(|cut| cut["class"] != "repeat") {
        said.push(json!({ "kind": "cut", "path": cut["path"], "start": cut["start"], "verdict": "wrong" }));
    }
    for pair in lab.records("duplicates").iter().filter(|pair| pair["action"] == "drop") {
        said.push(json!({ "kind": "pair", "a": pair["a"], "b": pair["b"], "verdict": "wrong" }));
    }
    for p in lab.records("passages").iter().filter(|passage| passage["action"] == "drop") {
        said.push(json!({ "kind": "passage", "path": p["a"], "start": p["a_start"], "b": p["b"],
            "b_start": p["b_start"], "verdict": "wrong" }));
    }
    said
}

fn save(lab: &Lab, said: &[Value]) {
    let lines: Vec<String> = said.iter().map(|said| format!("{said}\n")).collect();
    fs::write(lab.path("verdicts.jsonl"), lines.concat()).unwrap();
}

fn pin(lab: &Lab, said: &[Value]) -> String {
    save(lab, said);
    let ran = lab.dechaff(["verdicts", "out", "verdicts.jsonl", "--exceptions", "ex.jsonl"]);
    assert_eq!(ran.code(), 0, "{}", ran.stderr());
    ran.stdout()
}

fn run(lab: &Lab, out: &str, more: &[&str]) -> (i32, String) {
    let mut args = vec!["run", "in", "--out", out, "--exceptions", "ex.jsonl"];
    args.extend(more);
    let ran = lab.dechaff(args);
    (ran.code(), ran.stderr())
}

fn corpus(lab: &Lab, name: &str) -> String {
    fs::read_to_string(lab.path("out/corpus").join(name)).unwrap_or_default()
}

#[test]
fn what_was_held_wrong_is_not_done_again() {
    let lab = lab();
    lab.run(0);
    let before = fs::read_to_string(lab.path("in/debris.txt")).unwrap();
    assert!(!corpus(&lab, "debris.txt").contains(INTRO) && corpus(&lab, "two.txt").is_empty());
    let said = wrong(&lab);
    assert!(lab.records("removals").iter().any(|cut| cut["action"] == "join"));
    for kind in ["cut", "pair", "passage"] {
        assert!(said.iter().any(|said| said["kind"] == kind), "{kind}: {said:?}");
    }
    let told = pin(&lab, &said);
    assert!(told.contains(&format!("{} exceptions added, {} in all", said.len(), said.len())), "{told}");
    let told = pin(&lab, &said);
    assert!(told.contains(&format!("0 exceptions added, {} in all", said.len())), "{told}");

    // Another configuration: what the last run remembers does not fit.
    let (code, message) = run(&lab, "out", &[]);
    assert_eq!(code, 2, "{message}");
    let (code, message) = run(&lab, "out", &["--rebuild"]);
    assert_eq!(code, 0, "{message}");
    assert!(message.contains(&format!("held back     {} changes", said.len())), "{said:?} {message}");
    assert_eq!(corpus(&lab, "debris.txt"), before, "neither cut nor joined");
    assert_eq!(corpus(&lab, "two.txt"), fs::read_to_string(lab.path("in/two.txt")).unwrap());
    assert_eq!(corpus(&lab, "doubled.txt"), fs::read_to_string(lab.path("in/doubled.txt")).unwrap());
    assert_eq!(lab.records("removals"), [] as [Value; 0]);
    let pairs = lab.records("duplicates");
    assert!(pairs.iter().any(|pair| pair["held"] == true && pair["action"] == "flag"), "{pairs:?}");
    let passages = lab.records("passages");
    assert!(passages.iter().any(|passage| passage["held"] == true && passage["action"] == "flag"), "{passages:?}");
    let held = &lab.document("debris.txt")["held"];
    assert_eq!((&held[0]["start"], &held[0]["line_start"]), (&json!(0), &json!(1)), "{held}");
    let told = lab.dechaff(["explain", "out", "debris.txt"]).stdout();
    assert!(told.contains("since a person held it wrong: "), "{told}");
    assert_eq!(lab.dechaff(["verify", "out", "--input", "in"]).code(), 0);

    // Without the file everything is done again.
    assert_eq!(lab.dechaff(["run", "in", "--out", "out", "--rebuild"]).code(), 0);
    assert!(!corpus(&lab, "debris.txt").contains(INTRO) && corpus(&lab, "two.txt").is_empty());
}

#[test]
fn a_night_honours_exceptions_wherever_the_text_goes() {
    let lab = lab();
    lab.run(0);
    pin(&lab, &wrong(&lab));
    assert_eq!(run(&lab, "out", &["--rebuild"]).0, 0);
    let text = fs::read_to_string(lab.path("in/debris.txt")).unwrap();
    fs::rename(lab.path("in/two.txt"), lab.path("in/renamed.txt")).unwrap();
    lab.put("debris.txt", format!("在防汛抗旱动员会上的讲话\n{text}")).put("new.txt", speech(9));
    let (code, message) = run(&lab, "out", &[]);
    assert_eq!(code, 0, "{message}");
    assert!(corpus(&lab, "debris.txt").contains(INTRO) && !corpus(&lab, "renamed.txt").is_empty());
    assert!(lab.document("debris.txt")["held"][0]["start"].as_u64() > Some(0));
    let (code, message) = run(&lab, "fresh", &[]);
    assert_eq!(code, 0, "{message}");
    for part in ["corpus", "audit"] {
        assert_eq!(tree(&lab.path("out").join(part)), tree(&lab.path("fresh").join(part)), "{part}");
    }
    let totals =
        |out: &str| -> Value { serde_json::from_slice(&fs::read(lab.path(out).join("run.json")).unwrap()).unwrap() };
    assert_eq!(totals("out")["totals"]["held"], totals("fresh")["totals"]["held"]);
    assert!(totals("out")["totals"]["reuse"]["refined"].as_u64() < Some(4), "what is known is not done again");
}

#[test]
fn a_document_is_left_whole_and_a_group_stays() {
    let lab = lab();
    lab.run(0);
    let said = [
        json!({ "kind": "document", "path": "debris.txt", "verdict": "wrong" }),
        json!({ "kind": "group", "path": lab.document("two.txt")["cluster"], "verdict": "wrong" }),
    ];
    pin(&lab, &said);
    assert_eq!(run(&lab, "out", &["--rebuild"]).0, 0);
    assert_eq!(corpus(&lab, "debris.txt"), fs::read_to_string(lab.path("in/debris.txt")).unwrap());
    assert_eq!(lab.document("debris.txt")["held"][0]["rule"], "whole-document");
    assert!(!corpus(&lab, "one.txt").is_empty() && !corpus(&lab, "two.txt").is_empty());
    assert_eq!(lab.dechaff(["verify", "out"]).code(), 0);
}

#[test]
fn only_what_was_judged_stays() {
    let lab = lab();
    lab.put("other.txt", format!("{}\n{INTRO}\n{}", "在防汛抗旱动员会上的讲话", speech(8)));
    lab.run(0);
    let said: Vec<Value> = wrong(&lab).into_iter().filter(|said| said["path"] == "debris.txt").take(1).collect();
    pin(&lab, &said);
    assert_eq!(run(&lab, "out", &["--rebuild"]).0, 0);
    assert!(corpus(&lab, "debris.txt").contains(INTRO));
    assert!(!corpus(&lab, "other.txt").contains(INTRO), "the same words between other words");
    assert!(corpus(&lab, "two.txt").is_empty());
}

#[test]
fn what_cannot_be_pinned_is_told() {
    let lab = lab();
    lab.put("version.txt", format!("{}{}", speech(2), speech(20)));
    lab.run(0);
    let kept: Vec<Value> = lab.records("duplicates").into_iter().filter(|pair| pair["action"] == "flag").collect();
    let said: Vec<Value> =
        kept.iter().map(|pair| json!({ "kind": "pair", "a": pair["a"], "b": pair["b"], "verdict": "wrong" })).collect();
    assert!(!said.is_empty());
    let told = pin(&lab, &said);
    assert!(told.contains("0 exceptions added") && told.contains("it takes none"), "{told}");
    assert!(!lab.path("ex.jsonl").exists());
    fs::write(lab.path("ex.jsonl"), "# noted\n\n{\"keep\":\"text\"}\n").unwrap();
    let (code, message) = run(&lab, "out", &["--rebuild"]);
    assert_eq!(code, 2);
    assert!(message.contains("ex.jsonl, line 3"), "{message}");
    let gone = lab.dechaff(["run", "in", "--out", "out", "--exceptions", "gone.jsonl"]);
    assert_eq!(gone.code(), 2);
    assert!(gone.stderr().contains("gone.jsonl"), "{}", gone.stderr());
}

#[test]
fn a_verdict_about_what_is_not_there_is_named() {
    let lab = lab();
    lab.run(0);
    let told = pin(
        &lab,
        &[
            json!({ "kind": "document", "path": "gone\u{202e}.txt", "verdict": "wrong" }),
            json!({ "kind": "group", "path": "debris.txt", "verdict": "wrong" }),
            json!({ "kind": "cut", "path": "debris.txt", "start": 99_999, "verdict": "right" }),
        ],
    );
    assert_eq!(
        told,
        "3 verdicts are about what this output does not hold\n  gone\\u{202e}.txt: no such document\n  the copies of \
         debris.txt: no such group\n  debris.txt character 99999: no change there\nex.jsonl: 0 exceptions added, 0 in all\n"
    );
}
