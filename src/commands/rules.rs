//! `rules`: lists the rules and runs their examples.

use super::Console;
use crate::clean::RuleSet;
use crate::cli::{Exit, RulesArgs, check_rules_files};
use crate::error::Result;
use crate::names::printable;
use crate::summary::label;

pub(super) fn rules(args: &RulesArgs, console: &mut Console) -> Result<Exit> {
    check_rules_files(&args.rules)?;
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
    let failures = set.check_examples();
    for failure in &failures {
        let (rule, text) = (printable(&failure.rule), printable(&failure.text));
        let _ = writeln!(console.stderr, "dechaff: rule {rule}: {}: {text}", failure.problem);
    }
    let wrong = failures.len();
    let _ = writeln!(console.stderr, "dechaff: {count} rules, {examples} examples, {wrong} wrong");
    Ok(if wrong > 0 { Exit::Usage } else { Exit::Done })
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
