//! `verdicts`: what people said on the pages, as precision by rule, label and threshold band, and as exceptions for the
//! next run.

use super::pins::{self, Wrong};
use super::{Console, protected};
use crate::audit::{DocumentRecord, DuplicateRecord, PassageRecord, RemovalRecord};
use crate::cli::{Exit, VerdictsArgs};
use crate::error::{Error, Result};
use crate::names::{printable, shown};
use crate::paths;
use crate::published::{AUDIT, Published};
use crate::summary::{counted, label};
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap, HashSet};
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
    /// What verdicts are about that the output does not hold.
    unknown: Vec<String>,
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
        paths::check_file("--exceptions", file, &protected(&out, &out.input()))?;
    }
    let said = read(args)?;
    let scores = scored(&said, &Found::of(&out, &said)?, &documents(&out, &said)?);
    let mut text = text(&scores);
    if let Some(file) = &args.exceptions {
        let wrong = scores.wrong.into_iter().map(|(_, wrong)| wrong).collect();
        text += &pins::pin(&out, wrong, file)?;
    }
    console.print(text)?;
    Ok(Exit::Done)
}

/// The records that verdicts are about, where the output has them.
#[derive(Default)]
struct Found {
    pairs: HashMap<(String, String), Option<DuplicateRecord>>,
    cuts: HashMap<(String, u64), Option<RemovalRecord>>,
    passages: HashMap<(String, u64, String, u64), Option<PassageRecord>>,
}

impl Found {
    fn of(out: &Published, said: &[Said]) -> Result<Self> {
        let Self { mut pairs, mut cuts, mut passages } = Self::default();
        for each in said {
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
            if let Some(slot) = passages.get_mut(&(record.a.clone(), record.a_start, record.b.clone(), record.b_start))
            {
                *slot = Some(record);
            }
        }
        Ok(Self { pairs, cuts, passages })
    }
}

/// What the verdicts come to.
fn scored(said: &[Said], found: &Found, documents: &HashMap<&str, bool>) -> Scores {
    let mut scores = Scores::default();
    for each in said {
        match each {
            Said::Pair { a, b, verdict } => match found.pairs.get(&(a.clone(), b.clone())) {
                Some(Some(pair)) => {
                    let band = (pair.coverage_a.min(pair.coverage_b) * 20.0).floor() / 20.0;
                    let under = [
                        ("relation", format!("{}, {}", label(&pair.relation), label(&pair.action))),
                        ("coverage", format!("{band:.2}-{:.2}", (band + 0.05).min(1.0))),
                    ];
                    scores.add(&under, *verdict, || (format!("{a} and {b}"), Wrong::Pair(pair.clone())));
                }
                _ => scores.unknown.push(format!("{a} and {b}")),
            },
            Said::Cut { path, start, verdict } => match found.cuts.get(&(path.clone(), *start)) {
                Some(Some(cut)) => {
                    let under = [("rule", cut.rule.clone()), ("class", label(&cut.class))];
                    let name = || format!("{path} line {}: {}", cut.line_start, cut.rule);
                    scores.add(&under, *verdict, || (name(), Wrong::Cut(cut.clone())));
                }
                _ => scores.unknown.push(format!("{path} character {start}: no change there")),
            },
            Said::Passage { path, start, b, b_start, verdict } => {
                match found.passages.get(&(path.clone(), *start, b.clone(), *b_start)) {
                    Some(Some(passage)) => {
                        let kind =
                            format!("{}, {}, {}", label(&passage.scope), label(&passage.label), label(&passage.action));
                        let length = match passage.symbols {
                            0..150 => "below 150",
                            150..300 => "150-299",
                            300..1000 => "300-999",
                            _ => "1000 and more",
                        };
                        let under = [("passage", kind), ("symbols", length.to_owned())];
                        let name = || format!("{path} line {}: repeated passage", passage.a_line_start);
                        scores.add(&under, *verdict, || (name(), Wrong::Passage(passage.clone())));
                    }
                    _ => scores.unknown.push(format!("{path} character {start}: no passage there")),
                }
            }
            Said::Document { path, .. } if !documents.contains_key(path.as_str()) => {
                scores.unknown.push(format!("{path}: no such document"));
            }
            Said::Group { path, .. } if documents.get(path.as_str()) != Some(&true) => {
                scores.unknown.push(format!("the copies of {path}: no such group"));
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
    scores
}

/// Of the documents that verdicts are about as a whole, those that the output has, and whether each is the survivor of a
/// group.
fn documents<'s>(out: &Published, said: &'s [Said]) -> Result<HashMap<&'s str, bool>> {
    let asked: HashSet<&str> = said
        .iter()
        .filter_map(|each| match each {
            Said::Document { path, .. } | Said::Group { path, .. } => Some(path.as_str()),
            _ => None,
        })
        .collect();
    let mut found = HashMap::new();
    if asked.is_empty() {
        return Ok(found);
    }
    for record in out.records::<DocumentRecord>(AUDIT[0])? {
        let record = record?;
        if let Some(path) = asked.get(record.path.as_str()) {
            found.insert(*path, record.cluster.as_ref() == Some(&record.path));
        }
    }
    Ok(found)
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
    if !scores.unknown.is_empty() {
        let unknown = counted(scores.unknown.len() as u64, "verdict is", "verdicts are");
        let _ = writeln!(text, "{unknown} about what this output does not hold");
        for name in &scores.unknown {
            let _ = writeln!(text, "  {}", printable(name));
        }
    }
    text
}
