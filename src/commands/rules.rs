//! `rules`: lists the rules and detectors, and runs the examples of the rules.

use super::Console;
use crate::audit::RemovalRecord;
use crate::clean::RuleSet;
use crate::clean::structure::Detector;
use crate::cli::{Exit, RulesArgs, check_files};
use crate::document::Class;
use crate::error::Result;
use crate::names::printable;
use crate::published::{AUDIT, Published};
use crate::summary::{group, label};
use std::collections::BTreeMap;

pub(super) fn rules(args: &RulesArgs, console: &mut Console) -> Result<Exit> {
    if let Some(out) = &args.of {
        return cuts(&Published::open(out)?, console);
    }
    check_files("--rules", &args.rules)?;
    let set = RuleSet::with_files(&args.rules)?;
    let (mut count, mut examples) = (0, 0);
    for rule in set.rules() {
        count += 1;
        examples += rule.hit.len() + rule.leave.len();
        console.print(format!(
            "{:<34} {:<18} {:<10} {:<9} {:>2} to hit, {:>2} to leave\n",
            printable(&rule.name),
            label(&rule.class),
            kebab(&rule.zone),
            kebab(&rule.cut),
            rule.hit.len(),
            rule.leave.len()
        ))?;
    }
    let mut detectors = 0;
    for detector in Detector::ALL.into_iter().filter(|detector| !set.disabled().contains(detector.id())) {
        detectors += 1;
        console.print(format!("{:<34} {:<18} detector\n", detector.name(), label(&detector.class())))?;
    }
    let failures = set.check_examples();
    for failure in &failures {
        let (rule, text) = (printable(&failure.rule), printable(&failure.text));
        let _ = writeln!(console.stderr, "dechaff: rule {rule}: {}: {text}", failure.problem);
    }
    let wrong = failures.len();
    let _ =
        writeln!(console.stderr, "dechaff: {count} rules, {detectors} detectors, {examples} examples, {wrong} wrong");
    Ok(if wrong > 0 { Exit::Usage } else { Exit::Done })
}

/// What one rule did in an output.
struct Cuts {
    class: Class,
    times: u64,
    chars: u64,
    documents: u64,
    last: String,
    samples: Vec<String>,
}

/// Samples shown for a rule.
const SAMPLES: usize = 3;

/// The rules and templates that have cut something, the one with most characters first.
fn cuts(out: &Published, console: &mut Console) -> Result<Exit> {
    let mut rules: BTreeMap<String, Cuts> = BTreeMap::new();
    for record in out.records::<RemovalRecord>(AUDIT[1])? {
        let record = record?;
        let cuts = rules.entry(record.rule).or_insert_with(|| Cuts {
            class: record.class,
            times: 0,
            chars: 0,
            documents: 0,
            last: String::new(),
            samples: Vec::new(),
        });
        cuts.times += 1;
        cuts.chars += record.end.saturating_sub(record.start);
        if cuts.last != record.path {
            cuts.documents += 1;
            cuts.last = record.path;
        }
        let shown: String = record.text.trim().chars().take(60).collect();
        if cuts.samples.len() < SAMPLES && !shown.is_empty() && !cuts.samples.contains(&shown) {
            cuts.samples.push(shown);
        }
    }
    let mut sorted: Vec<(String, Cuts)> = rules.into_iter().collect();
    sorted.sort_by(|a, b| (b.1.chars, &a.0).cmp(&(a.1.chars, &b.0)));
    for (name, cuts) in &sorted {
        console.print(format!(
            "{:<34} {:<18} {:>9} characters in {:>7} places of {:>6} documents\n",
            printable(name),
            label(&cuts.class),
            group(cuts.chars),
            group(cuts.times),
            group(cuts.documents)
        ))?;
        for sample in &cuts.samples {
            console.print(format!("    {}\n", printable(&sample.replace('\n', "⏎"))))?;
        }
    }
    let _ = writeln!(console.stderr, "dechaff: {} rules have cut something", sorted.len());
    Ok(Exit::Done)
}

/// `PartHead` as rules files write it: `part-head`.
fn kebab(name: &impl std::fmt::Debug) -> String {
    let mut out = String::new();
    for ch in format!("{name:?}").chars() {
        if ch.is_ascii_uppercase() && !out.is_empty() {
            out.push('-');
        }
        out.push(ch.to_ascii_lowercase());
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_as_in_rules_files() {
        #[derive(Debug)]
        enum Zone {
            PartHead,
        }
        assert_eq!(super::kebab(&Zone::PartHead), "part-head");
    }
}
