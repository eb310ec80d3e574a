//! Texts on a terminal: a document with its changes, two documents with their differences. Colours where the terminal
//! has them, signs otherwise.

use crate::audit::{Decision, DocumentRecord, RemovalRecord};
use crate::document::Action;
use crate::error::{Error, Result};
use crate::names::printable;
use crate::published::Published;
use crate::report::{Diff, Level, Row, Side, Tone, diff};
use serde::Serialize;
use std::fmt::Write as _;
use std::ops::Range;

/// Whether colours are used.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paint(pub bool);

impl Paint {
    /// The text in a colour (SGR parameters), or between two signs.
    fn mark(self, text: &str, color: &str, signs: [&str; 2]) -> String {
        let mut out = String::new();
        for line in text.split_inclusive('\n') {
            // A colour ends with its line, so that a pager may start anywhere.
            let (line, end) = line.strip_suffix('\n').map_or((line, ""), |line| (line, "\n"));
            if line.is_empty() {
                let _ = write!(out, "{end}");
            } else if self.0 {
                let _ = write!(out, "\x1b[{color}m{}\x1b[0m{end}", printable(line));
            } else {
                let _ = write!(out, "{}{}{}{end}", signs[0], printable(line), signs[1]);
            }
        }
        out
    }

    fn dim(self, text: &str) -> String {
        self.mark(text, "2", ["", ""])
    }
}

fn lines(text: &str) -> String {
    text.split('\n').map(printable).collect::<Vec<_>>().join("\n")
}

fn readable(record: &DocumentRecord) -> Result<()> {
    if record.decision == Decision::Quarantine {
        let name = printable(&record.path);
        return Err(Error::Usage(format!(
            "{name} was not read as text, so there is no text to show: it is quarantined"
        )));
    }
    Ok(())
}

/// The original text of a document with what was cut and joined.
pub(super) fn document(
    out: &Published,
    record: &DocumentRecord,
    removals: &[RemovalRecord],
    paint: Paint,
) -> Result<String> {
    let decoded = decoded(out, record, removals)?;
    let mut chars = decoded.chars();
    let (mut text, mut at) = (String::from("\ntext\n"), 0);
    for removal in removals {
        let kept: String = chars.by_ref().take(removal.start.saturating_sub(at) as usize).collect();
        let gone: String = chars.by_ref().take((removal.end - removal.start.min(removal.end)) as usize).collect();
        at = removal.end;
        text += &lines(&kept);
        text += &match removal.action {
            Action::Join => paint.mark("⏎", "33", ["[-", "-]"]),
            Action::Cut => paint.mark(&gone, "9;31", ["[-", "-]"]),
        };
        if removal.action == Action::Cut {
            let rule = paint.dim(&format!(" ({})", removal.rule));
            let end = if gone.ends_with('\n') { text.pop() } else { None };
            text += &rule;
            text.extend(end);
        }
    }
    text += &lines(&chars.collect::<String>());
    if !text.ends_with('\n') {
        text.push('\n');
    }
    Ok(text)
}

/// What differs between two documents, for programs.
#[derive(Debug, Serialize)]
pub(super) struct Differences {
    /// The other document; `left` in the rows.
    against: String,
    rows: Vec<DifferenceRow>,
}

#[derive(Debug, Serialize)]
struct DifferenceRow {
    level: Level,
    left: Vec<(Tone, String)>,
    right: Vec<(Tone, String)>,
}

impl Differences {
    pub(super) fn of(
        out: &Published,
        this: (&DocumentRecord, &[RemovalRecord]),
        other: (&DocumentRecord, &[RemovalRecord]),
    ) -> Result<Self> {
        let found = compare(out, this, other)?;
        let row = |row: &Row| DifferenceRow {
            level: row.level,
            left: found.left.pieces(&row.left),
            right: found.right.pieces(&row.right),
        };
        Ok(Self { against: other.0.path.clone(), rows: found.rows.iter().map(row).collect() })
    }
}

fn compare(
    out: &Published,
    this: (&DocumentRecord, &[RemovalRecord]),
    other: (&DocumentRecord, &[RemovalRecord]),
) -> Result<Diff> {
    readable(this.0)?;
    readable(other.0)?;
    let (left, right) = (out.decoded(other.0, other.1)?, out.decoded(this.0, this.1)?);
    Ok(diff((&left, other.1), (&right, this.1)))
}

/// The decoded text of a document.
pub(super) fn decoded(out: &Published, record: &DocumentRecord, removals: &[RemovalRecord]) -> Result<String> {
    readable(record)?;
    out.decoded(record, removals)
}

/// Where two documents differ: `<` before the other one, `>` before the document itself.
pub(super) fn pair(
    out: &Published,
    this: (&DocumentRecord, &[RemovalRecord]),
    other: (&DocumentRecord, &[RemovalRecord]),
    paint: Paint,
) -> Result<String> {
    let found = compare(out, this, other)?;
    let mut text = format!("\ndifferences\n  < {}\n  > {}\n", printable(&other.0.path), printable(&this.0.path));
    let mut not_shown = [0; 2];
    for row in &found.rows {
        if row.level != Level::Loud {
            for (tone, piece) in found.right.pieces(&row.right) {
                not_shown[usize::from(tone == Tone::Gone)] += piece.chars().count();
            }
            continue;
        }
        skipped(&mut text, &mut not_shown, paint);
        text += &side("<", &found.left, &row.left, paint, ("36", ["⟨", "⟩"]));
        text += &side(">", &found.right, &row.right, paint, ("1;31", ["⟦", "⟧"]));
    }
    skipped(&mut text, &mut not_shown, paint);
    Ok(text)
}

/// Tells of characters that are not shown: those that are equal, and those that were cut and not compared.
fn skipped(text: &mut String, not_shown: &mut [usize; 2], paint: Paint) {
    let [equal, gone] = std::mem::take(not_shown);
    let equal = (equal > 0).then(|| format!("{equal} equal characters"));
    let gone = (gone > 0).then(|| format!("{gone} that were cut from this one"));
    let both: Vec<String> = equal.into_iter().chain(gone).collect();
    if !both.is_empty() {
        *text += &paint.dim(&format!("  … {}\n", both.join(", ")));
    }
}

fn side(sign: &str, side: &Side, range: &Range<usize>, paint: Paint, only: (&str, [&str; 2])) -> String {
    let mut text = String::new();
    for (tone, piece) in side.pieces(range) {
        text += &match tone {
            Tone::Only => paint.mark(&piece, only.0, only.1),
            Tone::Gone if !piece.trim().is_empty() => paint.mark(&piece, "9;2", ["[-", "-]"]),
            _ => lines(&piece),
        };
    }
    text.trim_matches('\n').split('\n').map(|line| format!("  {sign} {line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_end_with_their_line_and_controls_are_shown() {
        assert_eq!(
            Paint(true).mark("甲\n\x1b[2J乙", "31", ["[-", "-]"]),
            "\x1b[31m甲\x1b[0m\n\x1b[31m\\u{1b}[2J乙\x1b[0m"
        );
        assert_eq!(Paint(false).mark("甲\n乙", "31", ["[-", "-]"]), "[-甲-]\n[-乙-]");
    }
}
