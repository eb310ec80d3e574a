//! `verdicts`: what people said on the pages, as precision by rule, label and threshold band, and as exceptions for the
//! next run.

use super::pins::{self, Wrong};
use super::{Console, protected};
use crate::audit::{DuplicateRecord, PassageRecord, RemovalRecord};
use crate::cli::{Exit, VerdictsArgs};
use crate::error::{Error, Result};
use crate::names::{printable, shown};
use crate::published::{AUDIT, Published};
use crate::summary::{counted, label};
use crate::walk;
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

/// One line of the file: a decision, named by its place, and what was said about it.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum Said {
    Pair { a: String, b: String, verdict: Answer },
    Cut { path: String, start: u64, verdict: Answer },
    Passage { path: String, start: u64, b: String, b_start: u64, verdict: Answer },
    Document { path: String, verdict: Answer },
    Group { path: String, verdict: Answer },
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Answer {
    Right,
    Wrong,
    Unsure,
}

#[derive(Debug, Default)]
struct Score {
    right: u64,
    wrong: u64,
    unsure: u64,
}

#[derive(Debug, Default)]
struct Scores {
    groups: BTreeMap<(&'static str, String), Score>,
    wrong: Vec<(String, Wrong)>,
    unknown: u64,
}

impl Scores {
    fn add(&mut self, under: &[(&'static str, String)], answer: Answer, name: impl FnOnce() -> (String, Wrong)) {
        for group in under {
            let score = self.groups.entry(group.clone()).or_default();
            match answer {
                Answer::Right => score.right += 1,
                Answer::Wrong => score.wrong += 1,
                Answer::Unsure => score.unsure += 1,
            }
        }
        if matches!(answer, Answer::Wrong) {
            self.wrong.push(name());
        }
    }
}

pub(super) fn verdicts(args: &VerdictsArgs, console: &mut Console) -> Result<Exit> {
    let out = Published::open(&args.out)?;
    if let Some(file) = &args.exceptions {
        walk::check_file("--exceptions", file, &protected(&out, &out.input()))?;
    }
    let said = read(args)?;
    let mut pairs: HashMap<(String, String), Option<DuplicateRecord>> = HashMap::new();
    let mut cuts: HashMap<(String, u64), Option<RemovalRecord>> = HashMap::new();
    let mut passages: HashMap<(String, u64, String, u64), Option<PassageRecord>> = HashMap::new();
    for each in &said {
        match each {
            Said::Pair { a, b, .. } => drop(pairs.insert((a.clone(), b.clone()), None)),
            Said::Cut { path, start, .. } => drop(cuts.insert((path.clone(), *start), None)),
            Said::Passage { path, start, b, b_start, .. } => {
                passages.insert((path.clone(), *start, b.clone(), *b_start), None);
            }
            Said::Document { .. } | Said::Group { .. } => {}
        }
    }
    for record in out.records::<DuplicateRecord>(AUDIT[2])? {
        let record = record?;
        if let Some(slot) = pairs.get_mut(&(record.a.clone(), record.b.clone())) {
            *slot = Some(record);
        }
    }
    for record in out.records::<RemovalRecord>(AUDIT[1])? {
        let record = record?;
        if let Some(slot) = cuts.get_mut(&(record.path.clone(), record.start)) {
            *slot = Some(record);
        }
    }
    for record in out.records::<PassageRecord>(AUDIT[3])? {
        let record = record?;
        if let Some(slot) = passages.get_mut(&(record.a.clone(), record.a_start, record.b.clone(), record.b_start)) {
            *slot = Some(record);
        }
    }
    let mut scores = Scores::default();
    for each in &said {
        match each {
            Said::Pair { a, b, verdict } => match pairs.get(&(a.clone(), b.clone())) {
                Some(Some(pair)) => {
                    let band = (pair.coverage_a.min(pair.coverage_b) * 20.0).floor() / 20.0;
                    let under = [
                        ("relation", format!("{}, {}", label(&pair.relation), label(&pair.action))),
                        ("coverage", format!("{band:.2}-{:.2}", (band + 0.05).min(1.0))),
                    ];
                    scores.add(&under, *verdict, || (format!("{a} and {b}"), Wrong::Pair(pair.clone())));
                }
                _ => scores.unknown += 1,
            },
            Said::Cut { path, start, verdict } => match cuts.get(&(path.clone(), *start)) {
                Some(Some(cut)) => {
                    let under = [("rule", cut.rule.clone()), ("class", label(&cut.class))];
                    let name = || format!("{path} line {}: {}", cut.line_start, cut.rule);
                    scores.add(&under, *verdict, || (name(), Wrong::Cut(cut.clone())));
                }
                _ => scores.unknown += 1,
            },
            Said::Passage { path, start, b, b_start, verdict } => {
                match passages.get(&(path.clone(), *start, b.clone(), *b_start)) {
                    Some(Some(found)) => {
                        let kind =
                            format!("{}, {}, {}", label(&found.scope), label(&found.label), label(&found.action));
                        let length = match found.symbols {
                            0..150 => "below 150",
                            150..300 => "150-299",
                            300..1000 => "300-999",
                            _ => "1000 and more",
                        };
                        let under = [("passage", kind), ("symbols", length.to_owned())];
                        let name = || format!("{path} line {}: repeated passage", found.a_line_start);
                        scores.add(&under, *verdict, || (name(), Wrong::Passage(found.clone())));
                    }
                    _ => scores.unknown += 1,
                }
            }
            Said::Document { path, verdict } => {
                let wrong = || (path.clone(), Wrong::Document(path.clone()));
                scores.add(&[("document", "as a whole".into())], *verdict, wrong);
            }
            Said::Group { path, verdict } => {
                let wrong = || (format!("the copies of {path}"), Wrong::Group(path.clone()));
                scores.add(&[("document", "group of copies".into())], *verdict, wrong);
            }
        }
    }
    let mut text = text(&scores);
    if let Some(file) = &args.exceptions {
        let wrong = scores.wrong.into_iter().map(|(_, wrong)| wrong).collect();
        text += &pins::pin(&out, wrong, file)?;
    }
    console.print(text)?;
    Ok(Exit::Done)
}

fn read(args: &VerdictsArgs) -> Result<Vec<Said>> {
    let name = shown(&args.file);
    let bytes = std::fs::read(&args.file)
        .map_err(|error| Error::Usage(format!("FILE {name}: {error}: name the file that the pages saved")))?;
    let mut said = Vec::new();
    for (at, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        said.push(serde_json::from_slice(line).map_err(|error| {
            Error::Usage(format!("FILE {name}, line {}: is no verdict of a report ({error})", at + 1))
        })?);
    }
    Ok(said)
}

fn text(scores: &Scores) -> String {
    let mut text = String::new();
    let mut last = "";
    for ((kind, name), score) in &scores.groups {
        if *kind != last {
            let _ = writeln!(text, "{kind:<36}{:>7}{:>7}{:>9}{:>11}", "right", "wrong", "not sure", "precision");
            last = kind;
        }
        let judged = score.right + score.wrong;
        let precision = match judged {
            0 => "-".to_owned(),
            judged => format!("{:.1} %", score.right as f64 / judged as f64 * 100.0),
        };
        let name = printable(name);
        let _ = writeln!(text, "  {name:<34}{:>7}{:>7}{:>9}{precision:>11}", score.right, score.wrong, score.unsure);
    }
    if !scores.wrong.is_empty() {
        let _ = writeln!(text, "wrong");
        for (name, _) in &scores.wrong {
            let _ = writeln!(text, "  {}", printable(name));
        }
    }
    if scores.unknown > 0 {
        let unknown = counted(scores.unknown, "verdict is", "verdicts are");
        let _ = writeln!(text, "{unknown} about decisions that this output does not hold");
    }
    text
}
