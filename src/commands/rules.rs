//! `rules`: lists the rules and runs their examples.

use super::Console;
use crate::cli::{Exit, RulesArgs};
use crate::error::{Error, Result};
use crate::names::printable;
use std::path::PathBuf;

/// What this command needs of a rule set.
struct Listing {
    /// Name, class, zone, what is cut, texts to hit, texts to leave.
    rows: Vec<(String, String, String, String, usize, usize)>,
    /// Rule, text and what is wrong.
    failures: Vec<(String, String, String)>,
}

pub(super) fn rules(args: &RulesArgs, console: &mut Console) -> Result<Exit> {
    crate::cli::check_rules_files(&args.rules)?;
    let listing = load(&args.rules)?;
    let mut examples = 0;
    for (name, class, zone, cut, hit, leave) in &listing.rows {
        examples += hit + leave;
        console.print(format!(
            "{:<32} {class:<18} {zone:<10} {cut:<9} {:>3} examples\n",
            printable(name),
            hit + leave
        ))?;
    }
    for (rule, text, problem) in &listing.failures {
        let _ = writeln!(console.stderr, "dechaff: rule {}: {problem}: {}", printable(rule), printable(text));
    }
    let failed = listing.failures.len();
    let _ = writeln!(console.stderr, "dechaff: {} rules, {examples} examples, {failed} wrong", listing.rows.len());
    Ok(if failed > 0 { Exit::Usage } else { Exit::Done })
}

/// The only place that knows the rule set.
fn load(files: &[PathBuf]) -> Result<Listing> {
    let _ = files;
    Err(Error::Usage("this build has no rules".into()))
}
