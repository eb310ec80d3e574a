//! `--metrics FILE`: the figures of the last run as a Prometheus text file, for the textfile collector of node_exporter.
//!
//! Written to a temporary file and renamed, so that a collector never reads half of it. A failed run says so and leaves
//! the figures of the last successful one, its time above all, which is what an alert looks at.

use crate::error::{Error, Result};
use crate::summary::{Totals, label};
use crate::whole;
use std::fmt::Write as _;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// What is written whatever becomes of a run.
const ALWAYS: [&str; 3] = ["dechaff_exit_code", "dechaff_last_run_timestamp_seconds", "dechaff_duration_seconds"];

/// Writes the file. `totals`: the figures of a run that published.
pub fn write(file: &Path, exit: u8, seconds: f64, totals: Option<&Totals>) -> Result<()> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let mut text = render_always(exit, seconds, now);
    match totals {
        Some(totals) => text += &render(totals, now),
        None => text += &kept(&std::fs::read_to_string(file).unwrap_or_default()),
    }
    // The collector runs as somebody else.
    let permissions = std::fs::Permissions::from_mode(0o644);
    whole::replace(file, permissions, text.as_bytes()).map_err(Error::io("writing the metrics", file))
}

fn metric(text: &mut String, name: &str, help: &str, samples: impl IntoIterator<Item = (String, String)>) {
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
    for (labels, value) in samples {
        let _ = writeln!(text, "{name}{labels} {value}");
    }
}

fn render_always(exit: u8, seconds: f64, now: u64) -> String {
    let mut text = String::new();
    let one = |value: String| [(String::new(), value)];
    metric(&mut text, ALWAYS[0], "Exit code of the last run.", one(exit.to_string()));
    metric(&mut text, ALWAYS[1], "When the last run ended, whatever became of it.", one(now.to_string()));
    metric(&mut text, ALWAYS[2], "Seconds that the last run took.", one(format!("{seconds:.3}")));
    text
}

fn render(totals: &Totals, now: u64) -> String {
    let mut text = String::new();
    let one = |value: u64| [(String::new(), value.to_string())];
    let by = |label: &str, values: &[(&str, u64)]| -> Vec<(String, String)> {
        values.iter().map(|(name, value)| (format!("{{{label}=\"{name}\"}}"), value.to_string())).collect()
    };
    metric(
        &mut text,
        "dechaff_last_success_timestamp_seconds",
        "When the last run ended that published (exit code 0 or 3).",
        one(now),
    );
    let files = [("kept", totals.kept), ("dropped", totals.dropped), ("quarantined", totals.quarantined)];
    metric(&mut text, "dechaff_files", "Input files of the last published run, by outcome.", by("outcome", &files));
    let cut = totals.cut_by_class.values().sum();
    let characters =
        [("in", totals.chars_in), ("kept", totals.chars_out), ("copies", totals.chars_dropped), ("cut", cut)];
    metric(
        &mut text,
        "dechaff_characters",
        "Characters of the last published run, by outcome.",
        by("outcome", &characters),
    );
    let classes: Vec<(String, u64)> = totals.cut_by_class.iter().map(|(class, n)| (label(class), *n)).collect();
    let classes: Vec<(&str, u64)> = classes.iter().map(|(class, n)| (class.as_str(), *n)).collect();
    metric(
        &mut text,
        "dechaff_cut_characters",
        "Characters cut by the last published run, by class.",
        by("class", &classes),
    );
    let trouble = totals.trouble().saturating_sub(totals.accepted);
    metric(
        &mut text,
        "dechaff_new_trouble",
        "Quarantined files and unreadable folders that are not accepted.",
        one(trouble),
    );
    metric(&mut text, "dechaff_unreadable_folders", "Folders that could not be listed.", one(totals.unreadable));
    metric(&mut text, "dechaff_review", "Documents that a person should look at.", one(totals.review));
    metric(&mut text, "dechaff_largest_group", "Documents of the largest group of copies.", one(totals.largest_group));
    let most = totals.largest_rule.as_ref().map_or(0, |largest| largest.chars);
    metric(
        &mut text,
        "dechaff_largest_rule_characters",
        "Characters cut by the rule or template that cut the most.",
        one(most),
    );
    metric(&mut text, "dechaff_bytes_in", "Size of the input files in bytes.", one(totals.bytes_in));
    metric(&mut text, "dechaff_peak_memory_bytes", "Highest resident memory.", one(totals.peak_memory));
    text
}

/// The lines of an earlier file that stay true after a failed run.
fn kept(before: &str) -> String {
    let name = |line: &str| {
        let line = line.strip_prefix("# HELP ").or_else(|| line.strip_prefix("# TYPE ")).unwrap_or(line);
        line.split([' ', '{']).next().unwrap_or_default().to_owned()
    };
    let stays = |line: &&str| {
        let name = name(line);
        name.starts_with("dechaff_") && !ALWAYS.contains(&name.as_str())
    };
    before.lines().filter(stays).map(|line| format!("{line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_run_keeps_the_figures_of_the_last_success() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("dechaff.prom");
        let mut totals = Totals { kept: 5, quarantined: 2, accepted: 1, ..Totals::default() };
        totals.cut_by_class.insert(crate::document::Class::Intro, 9);
        write(&file, 3, 1.5, Some(&totals)).unwrap();
        let first = std::fs::read_to_string(&file).unwrap();
        for line in [
            "dechaff_exit_code 3",
            "dechaff_duration_seconds 1.500",
            "dechaff_files{outcome=\"kept\"} 5",
            "dechaff_cut_characters{class=\"intro\"} 9",
            "dechaff_new_trouble 1",
        ] {
            assert!(first.lines().any(|l| l == line), "{line}: {first}");
        }
        write(&file, 4, 2.0, None).unwrap();
        let second = std::fs::read_to_string(&file).unwrap();
        assert!(second.contains("\ndechaff_exit_code 4\n"));
        let figures = |text: &str| text[text.find("# HELP dechaff_last_success").unwrap()..].to_owned();
        assert_eq!(figures(&first), figures(&second));
        assert_eq!(second.matches("# TYPE dechaff_exit_code").count(), 1);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
        let mode = std::fs::metadata(&file).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o644);
        // Nothing to keep: a failed first run.
        std::fs::remove_file(&file).unwrap();
        write(&file, 1, 0.0, None).unwrap();
        assert!(!std::fs::read_to_string(&file).unwrap().contains("last_success"));
        assert!(write(&dir.path().join("none/x.prom"), 1, 0.0, None).is_err());
    }
}
