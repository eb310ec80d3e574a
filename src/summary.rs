//! The figures of a run: `run.json` and the closing summary.

use crate::audit::{Label, Relation, Scope};
use crate::config::Config;
use crate::document::Class;
use crate::names;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

/// Version of the layout of an output folder. A reader refuses a newer one.
pub const FORMAT: u32 = 1;

/// The file `run.json`: what made this output and what it came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunFile {
    /// Always `dechaff`: by this OUT is known for an output that may be replaced.
    pub tool: String,
    /// Version of the program.
    pub version: String,
    /// Version of the layout.
    pub format: u32,
    /// The input folder as it was named.
    pub input: String,
    /// The effective configuration.
    pub config: Config,
    /// Folders that could not be listed, with what the system said.
    pub unreadable: Vec<(String, String)>,
    /// Number of this output among those of the same OUT; later ones have larger numbers.
    #[serde(default)]
    pub sequence: u64,
    /// When the run began, such as `2026-11-22T02:30:00Z`.
    #[serde(default)]
    pub started: String,
    /// XXH3-128 of the manifest.
    #[serde(default)]
    pub manifest: Option<String>,
    /// What the last runs came to, this one included and last.
    #[serde(default)]
    pub history: Vec<Past>,
    /// The figures.
    pub totals: Totals,
}

impl Default for RunFile {
    fn default() -> Self {
        Self {
            tool: "dechaff".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            format: FORMAT,
            input: String::new(),
            config: Config::default(),
            unreadable: Vec::new(),
            sequence: 0,
            started: String::new(),
            manifest: None,
            history: Vec::new(),
            totals: Totals::default(),
        }
    }
}

impl RunFile {
    /// Whether a folder is an output of dechaff, of whatever version.
    pub fn marks(out: &Path) -> bool {
        #[derive(Deserialize)]
        struct Mark {
            tool: String,
        }
        std::fs::read(out.join("run.json"))
            .ok()
            .and_then(|bytes| serde_json::from_slice::<Mark>(&bytes).ok())
            .is_some_and(|mark| mark.tool == "dechaff")
    }
}

/// What a run came to, as later runs remember it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
#[allow(missing_docs)] // as in `RunFile` and `Totals`
pub struct Past {
    pub sequence: u64,
    pub started: String,
    pub files_in: u64,
    pub kept: u64,
    pub dropped: u64,
    pub quarantined: u64,
    pub chars_in: u64,
    pub chars_out: u64,
    pub largest_group: u64,
    pub largest_rule: u64,
}

/// What one rule or template took out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleCut {
    /// Its name.
    pub rule: String,
    /// Characters.
    pub chars: u64,
}

/// Time that one stage took.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StageSeconds {
    /// Name of the stage.
    pub stage: String,
    /// Wall time.
    pub seconds: f64,
}

/// For how many documents an earlier run of the same OUT saved the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Reuse {
    /// Files taken to be the same by size, times and inode.
    pub unread: u64,
    /// Files read and found to hold known bytes, renamed ones among them.
    pub known: u64,
    /// Files taken over from a run that did not end.
    #[serde(default)]
    pub resumed: u64,
    /// Files decoded and cleaned.
    pub refined: u64,
}

/// The figures of a run. Counts are of documents and characters unless their name says otherwise.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Totals {
    /// Input documents.
    pub files_in: u64,
    /// Their size in bytes.
    pub bytes_in: u64,
    /// Documents in `OUT/corpus`, empty ones included, without the quarantined ones.
    pub kept: u64,
    /// Documents dropped as copies.
    pub dropped: u64,
    /// Documents that could not be read as text.
    pub quarantined: u64,
    /// Kept documents without text, before or after cleaning.
    pub empty: u64,
    /// Files that the globs passed over.
    pub skipped: u64,
    /// Symbolic links, not followed.
    pub links_skipped: u64,
    /// Devices, FIFOs and sockets.
    pub other_skipped: u64,
    /// Folders that could not be listed.
    pub unreadable: u64,
    /// Characters of the decoded documents.
    pub chars_in: u64,
    /// Characters in `OUT/corpus`, without the quarantined documents.
    pub chars_out: u64,
    /// Characters of the dropped documents after cleaning.
    pub chars_dropped: u64,
    /// Characters cut, by class.
    pub cut_by_class: BTreeMap<Class, u64>,
    /// Breaks taken out of torn sentences.
    pub joins: u64,
    /// Repeated passages, by scope and label.
    pub passages: BTreeMap<Scope, BTreeMap<Label, u64>>,
    /// Passages taken out.
    pub passages_dropped: u64,
    /// Verified pairs of documents, by relation.
    pub duplicates: BTreeMap<Relation, u64>,
    /// Documents a person should look at.
    pub review: u64,
    /// Cuts, drops and passages that were not made because a person held them wrong.
    pub held: u64,
    /// Documents of the largest group of copies, its survivor included.
    pub largest_group: u64,
    /// The rule or template that cut the most characters; absent where none did.
    pub largest_rule: Option<RuleCut>,
    /// Of the quarantined documents and unreadable folders, those that are on the list of accepted ones.
    pub accepted: u64,
    /// Documents whose files gave no bytes, and which stay as an earlier run had them.
    pub stale: u64,
    /// Templates that are proposed.
    pub proposed: u64,
    /// What an earlier run saved.
    pub reuse: Reuse,
    /// Wall time of each stage, in order.
    pub seconds: Vec<StageSeconds>,
    /// Highest resident memory, in bytes; 0 where the system does not say.
    pub peak_memory: u64,
    /// Quarantined documents of which no bytes could be read, so that nothing of them was copied.
    #[serde(skip)]
    pub uncopied: u64,
    /// What was asked for and matched nothing, for whoever sees the run end.
    #[serde(skip)]
    pub unmatched: Vec<String>,
}

impl Totals {
    /// Whether something of the input is not in the output as text, and that is news (exit code 3).
    pub fn has_trouble(&self) -> bool {
        self.trouble() > self.accepted
    }

    /// What of the input is not in the output as text, or not as it is now.
    pub fn trouble(&self) -> u64 {
        self.quarantined + self.stale + self.unreadable
    }
}

/// The highest resident memory of this process so far, in bytes; 0 where the system does not say.
pub fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|rest| rest.trim().trim_end_matches("kB").trim().parse::<u64>().ok()).unwrap_or(0) * 1024
}

/// The closing summary of a run that published `out`, with or without a report.
pub fn render(totals: &Totals, out: &Path, report: bool) -> String {
    let mut text = render_figures(totals);
    let (out, order) = (names::shown(out), names::quoted(out));
    let mut row = |name: &str, value: String| {
        let _ = writeln!(text, "  {name:<14}{value}");
    };
    row("clean text", format!("{out}/corpus"));
    row("every change", format!("{out}/audit (undo a document's with: dechaff restore {order} DOCUMENT)"));
    if report {
        row("to look at", format!("{out}/report/index.html"));
    }
    text
}

/// All that matters in one line, for a mail or a log.
pub fn line(totals: &Totals, out: &Path, exit: u8) -> String {
    let mut text = format!(
        "{} published: {} in, {} kept, {} dropped",
        names::shown(out),
        count(totals.files_in, "file"),
        group(totals.kept),
        count(totals.dropped, "copy").replace("copys", "copies"),
    );
    let trouble = totals.trouble();
    if trouble > 0 {
        let new = trouble.saturating_sub(totals.accepted);
        text += &format!(", {} quarantined or unreadable ({} new)", group(trouble), group(new));
    }
    let gone = crate::audit::share(totals.chars_in.saturating_sub(totals.chars_out), totals.chars_in);
    let seconds: f64 = totals.seconds.iter().map(|stage| stage.seconds).sum();
    text + &format!("; {:.1} % of characters taken out; {seconds:.1} s; exit {exit}", gone * 100.0)
}

/// The same without the places of an output.
pub fn render_figures(totals: &Totals) -> String {
    let mut text = String::new();
    let mut row = |name: &str, value: String| {
        let _ = writeln!(text, "  {name:<14}{value}");
    };
    row("files in", format!("{} ({})", group(totals.files_in), count(totals.chars_in, "character")));
    let empty = if totals.empty > 0 { format!(", {} of them empty", group(totals.empty)) } else { String::new() };
    row("kept", format!("{} ({}){empty}", group(totals.kept), count(totals.chars_out, "character")));
    let gone = if totals.chars_dropped > 0 {
        format!(" ({})", count(totals.chars_dropped, "character"))
    } else {
        String::new()
    };
    let proven = if totals.dropped > 0 { ", each with a kept witness" } else { "" };
    row("copies", format!("{} dropped{gone}{proven}", group(totals.dropped)));
    let cut: u64 = totals.cut_by_class.values().sum();
    row("cut", format!("{} of debris and repeats{}", count(cut, "character"), by_class(&totals.cut_by_class)));
    if totals.joins > 0 {
        row("mended", format!("{} inside sentences joined", count(totals.joins, "break")));
    }
    row("passages", passages(totals));
    if totals.review > 0 {
        row(
            "review",
            format!("{} to look at (`review` in documents.jsonl says why)", count(totals.review, "document")),
        );
    }
    if totals.held > 0 {
        row("held back", format!("{} that a person held wrong (--exceptions)", count(totals.held, "change")));
    }
    if totals.skipped + totals.links_skipped + totals.other_skipped > 0 {
        row(
            "not read",
            format!(
                "{} of other kinds, {}, {}",
                count(totals.skipped, "file"),
                count(totals.links_skipped, "link"),
                count(totals.other_skipped, "special file")
            ),
        );
    }
    if totals.proposed > 0 {
        let many = if totals.proposed == 1 {
            "1 is proposed".into()
        } else {
            format!("{} are proposed", group(totals.proposed))
        };
        row("templates", format!("{many} in audit/proposed-templates.toml: --relearn learns anew"));
    }
    if totals.stale > 0 {
        row("STALE", format!("{} gave no bytes: the texts of an earlier run stay", count(totals.stale, "file")));
    }
    let copied = totals.quarantined.saturating_sub(totals.uncopied);
    if copied > 0 {
        row(
            "QUARANTINED",
            format!("{} could not be read as text: copied unchanged, not cleaned", count(copied, "file")),
        );
    }
    if totals.uncopied > 0 {
        row("NOT COPIED", format!("{} gave no bytes: quarantined, not in the corpus", count(totals.uncopied, "file")));
    }
    if totals.unreadable > 0 {
        row("UNREADABLE", format!("{} could not be listed (run.json says why)", count(totals.unreadable, "folder")));
    }
    let seconds: f64 = totals.seconds.iter().map(|stage| stage.seconds).sum();
    let memory =
        if totals.peak_memory > 0 { format!(", {} MB memory", totals.peak_memory >> 20) } else { String::new() };
    row("took", format!("{seconds:.1} s{memory}"));
    text
}

fn by_class(cut: &BTreeMap<Class, u64>) -> String {
    let mut classes: Vec<_> = cut.iter().filter(|(_, chars)| **chars > 0).collect();
    classes.sort_by_key(|(class, chars)| (std::cmp::Reverse(**chars), **class));
    let more = classes.len().saturating_sub(5);
    let mut parts: Vec<String> =
        classes.iter().take(5).map(|(class, chars)| format!("{} {}", label(class), group(**chars))).collect();
    if more > 0 {
        parts.push(format!("{more} more classes"));
    }
    if parts.is_empty() { String::new() } else { format!(": {}", parts.join(", ")) }
}

fn passages(totals: &Totals) -> String {
    let count = |scope: Scope, formula: bool| -> u64 {
        totals.passages.get(&scope).map_or(0, |labels| {
            labels.iter().filter(|(label, _)| (**label == Label::Formula) == formula).map(|(_, n)| n).sum()
        })
    };
    let formulas = count(Scope::Within, true) + count(Scope::Across, true);
    format!(
        "{} repeated within a document ({} taken out), {} shared across documents, {}",
        group(count(Scope::Within, false)),
        group(totals.passages_dropped),
        group(count(Scope::Across, false)),
        counted(formulas, "formula", "formulas")
    )
}

/// The name of a class, relation, label or other plain enum as it stands in records.
pub fn label(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => name,
        other => format!("{other:?}"),
    }
}

/// A number with the word for what it counts.
fn count(number: u64, word: &str) -> String {
    format!("{} {word}{}", group(number), if number == 1 { "" } else { "s" })
}

/// A number and what is counted.
pub fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", group(number), if number == 1 { one } else { many })
}

/// A number with spaces between groups of three digits.
pub fn group(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(' ');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_file_comes_back() {
        let mut run = RunFile::default();
        run.totals.cut_by_class.insert(Class::ShareBox, 7);
        run.totals.passages.entry(Scope::Within).or_default().insert(Label::NumbersDiffer, 2);
        run.totals.duplicates.insert(Relation::NumbersDiffer, 1);
        let json = serde_json::to_string(&run).unwrap();
        assert!(json.contains("\"share-box\":7") && json.contains("\"within\":{\"numbers-differ\":2}"), "{json}");
        assert_eq!(serde_json::from_str::<RunFile>(&json).unwrap(), run);
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(
            (group(0), group(999), group(1000), group(1234567)),
            ("0".into(), "999".into(), "1 000".into(), "1 234 567".into())
        );
    }

    #[test]
    fn the_summary_tells_what_happened() {
        let mut totals = Totals {
            files_in: 1204,
            kept: 1100,
            dropped: 100,
            quarantined: 5,
            uncopied: 1,
            chars_in: 4_000_000,
            chars_out: 3_600_000,
            joins: 12,
            review: 2,
            peak_memory: 300 << 20,
            ..Totals::default()
        };
        totals.cut_by_class = [(Class::Meta, 100), (Class::Intro, 2000), (Class::Repeat, 50)].into();
        totals.passages.entry(Scope::Within).or_default().extend([(Label::Exact, 3), (Label::Formula, 9)]);
        totals.passages_dropped = 2;
        totals.seconds = vec![StageSeconds { stage: "decode".into(), seconds: 1.25 }];
        insta::assert_snapshot!(render(&totals, Path::new("out"), true));
    }

    #[test]
    fn the_summary_of_one_and_of_none_is_told_in_plain_words() {
        let mut totals = Totals::default();
        let none = render_figures(&totals);
        assert!(none.contains("copies        0 dropped\n") && none.contains(", 0 formulas\n"), "{none}");
        totals.passages.entry(Scope::Within).or_default().insert(Label::Formula, 1);
        let one = render_figures(&totals);
        assert!(one.contains(", 1 formula\n"), "{one}");
    }
}
