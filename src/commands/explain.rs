//! `explain`: why a document is as it is.

use super::shown::{Differences, Paint};
use super::{Console, document, shown};
use crate::audit::{Decision, DocumentRecord, DuplicateRecord, PassageRecord, Relation, RemovalRecord, Verdict};
use crate::cli::{Exit, ExplainArgs, Format, When};
use crate::differ::Differs;
use crate::error::{Error, Result};
use crate::names::printable;
use crate::published::{AUDIT, Published};
use crate::summary::{group, label};
use serde::Serialize;
use std::fmt::Write as _;

/// All that an output says about one document.
#[derive(Debug, Serialize)]
struct Account {
    document: DocumentRecord,
    removals: Vec<RemovalRecord>,
    duplicates: Vec<DuplicateRecord>,
    passages: Vec<PassageRecord>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    differences: Option<Differences>,
}

pub(super) fn explain(args: &ExplainArgs, console: &mut Console) -> Result<Exit> {
    let out = Published::open(&args.out)?;
    let (record, removals) = document(&out, &args.document)?;
    let name = &record.path;
    let duplicates = matching(&out, AUDIT[2], |pair: &DuplicateRecord| pair.a == *name || pair.b == *name)?;
    let passages = matching(&out, AUDIT[3], |passage: &PassageRecord| passage.a == *name || passage.b == *name)?;
    let mut account = Account { document: record, removals, duplicates, passages, text: None, differences: None };
    let other = args.against.as_ref().map(|other| document(&out, other)).transpose()?;
    match args.format {
        Format::Text => {
            let paint = Paint(match args.color {
                When::Auto => console.color,
                When::Always => true,
                When::Never => false,
            });
            let mut text = text(&account);
            if args.text {
                text += &shown::document(&out, &account.document, &account.removals, paint)?;
            }
            if let Some(other) = &other {
                text += &shown::pair(&out, (&account.document, &account.removals), (&other.0, &other.1), paint)?;
            }
            console.print(text)?;
        }
        Format::Json => {
            if args.text {
                account.text = Some(shown::decoded(&out, &account.document, &account.removals)?);
            }
            if let Some(other) = &other {
                let this = (&account.document, account.removals.as_slice());
                account.differences = Some(Differences::of(&out, this, (&other.0, &other.1))?);
            }
            let json = serde_json::to_string_pretty(&account)
                .map_err(|error| Error::io("writing the result", "stdout")(error.into()))?;
            console.print(json + "\n")?;
        }
    }
    Ok(Exit::Done)
}

fn matching<T: serde::de::DeserializeOwned>(out: &Published, name: &str, takes: impl Fn(&T) -> bool) -> Result<Vec<T>> {
    out.records::<T>(name)?.filter(|record| record.as_ref().map_or(true, &takes)).collect()
}

fn text(account: &Account) -> String {
    let mut text = head(&account.document);
    removals(&mut text, &account.removals);
    held(&mut text, &account.document);
    duplicates(&mut text, &account.document.path, &account.duplicates);
    passages(&mut text, &account.document.path, &account.passages);
    text
}

fn head(record: &DocumentRecord) -> String {
    let mut text = format!("{}\n", printable(&record.path));
    let mut row = |name: &str, value: String| {
        let _ = writeln!(text, "  {name:<12}{value}");
    };
    let witness = record.witness.as_deref().map(printable).unwrap_or_default();
    row(
        "decision",
        match record.decision {
            Decision::Keep => format!("kept ({})", printable(&record.reason)),
            Decision::Drop => format!("dropped: {} copy of {witness}, which is kept", printable(&record.reason)),
            Decision::Quarantine => {
                format!("quarantined ({}): copied unchanged, not cleaned", printable(&record.reason))
            }
        },
    );
    if record.cluster_size > 1 {
        let survivor = record.cluster.as_deref().map(printable).unwrap_or_default();
        row("copies", format!("one of {} documents, of which {survivor} survives", record.cluster_size));
    }
    if let Some(encoding) = &record.encoding {
        let mark = if record.bom { " with byte order mark" } else { "" };
        let newline = record.newline.map(|ends| label(&ends)).unwrap_or_default();
        let newline = if newline == "mixed" { newline } else { newline.to_uppercase() };
        row("encoding", format!("{}{mark}, line ends {newline}", printable(encoding)));
    }
    row("size", format!("{} bytes", group(record.bytes)));
    if record.decision != Decision::Quarantine {
        row("characters", format!("{} read, {} in the corpus", group(record.chars_in), group(record.chars_out)));
    }
    if let Some(title) = &record.title {
        row("title", format!("{} (only the cut intro held it)", printable(title)));
    }
    if let Some(review) = &record.review {
        row("review", printable(review));
    }
    if let Some(simhash) = &record.simhash {
        row("simhash", printable(simhash));
    }
    text
}

fn removals(text: &mut String, removals: &[RemovalRecord]) {
    let chars: u64 = removals.iter().map(|removal| removal.end.saturating_sub(removal.start)).sum();
    let _ = writeln!(text, "\nchanges: {} ({} characters)", removals.len(), group(chars));
    for removal in removals {
        let _ = writeln!(
            text,
            "  {:<14}{} {} by rule {}",
            lines(removal.line_start, removal.line_end),
            label(&removal.action),
            label(&removal.class),
            printable(&removal.rule)
        );
        let _ = writeln!(text, "      {}", excerpt(&removal.text));
    }
}

fn held(text: &mut String, record: &DocumentRecord) {
    if record.held.is_empty() {
        return;
    }
    let _ = writeln!(text, "\nnot changed, since a person held it wrong: {}", record.held.len());
    for held in &record.held {
        let _ = writeln!(text, "  {:<14}by rule {}", lines(held.line_start, held.line_end), printable(&held.rule));
    }
}

fn duplicates(text: &mut String, name: &str, pairs: &[DuplicateRecord]) {
    if pairs.is_empty() {
        return;
    }
    let _ = writeln!(text, "\nrelated documents: {}", pairs.len());
    for pair in pairs {
        let (other, mine, theirs) = if pair.a == name {
            (&pair.b, pair.coverage_a, pair.coverage_b)
        } else {
            (&pair.a, pair.coverage_b, pair.coverage_a)
        };
        let what = match (pair.action, pair.a == name) {
            (Verdict::Drop, true) => "this one was dropped for it".into(),
            (Verdict::Drop, false) => "dropped for this one".into(),
            (Verdict::Flag, _) => format!("neither went for the other{}", since(pair)),
        };
        let _ = writeln!(text, "  {} {}: {what}", label(&pair.relation), printable(other));
        let simhash = pair.simhash_distance.map_or(String::new(), |bits| format!(", SimHash distance {bits}"));
        let _ = writeln!(
            text,
            "      {:.1} % of this one stands there, {:.1} % of that one here, Jaccard {:.3}{simhash}",
            mine * 100.0,
            theirs * 100.0,
            pair.jaccard
        );
    }
}

/// What kept both of a pair that was only reported.
fn since(pair: &DuplicateRecord) -> &'static str {
    match pair.differs {
        _ if pair.held => ", since a person held that wrong",
        Some(Differs::Negation) => ", since one denies what the other states",
        Some(Differs::Word) => ", since one has another word, name or value",
        Some(Differs::Passage) => ", since it has a passage that the other lacks",
        None if pair.relation == Relation::NumbersDiffer => ", since a number or a sign in the same place is another",
        None => "",
    }
}

fn passages(text: &mut String, name: &str, passages: &[PassageRecord]) {
    if passages.is_empty() {
        return;
    }
    let _ = writeln!(text, "\nrepeated passages: {}", passages.len());
    for passage in passages {
        let a = lines(passage.a_line_start, passage.a_line_end);
        let b = lines(passage.b_line_start, passage.b_line_end);
        let places = if passage.a == passage.b {
            format!("{a} again at {b}")
        } else if passage.a == name {
            format!("{a} also in {}, {b}", printable(&passage.b))
        } else {
            format!("{b} also in {}, {a}", printable(&passage.a))
        };
        let what = match passage.action {
            Verdict::Drop => format!("{a} taken out"),
            Verdict::Flag if passage.held => "kept, since a person held the cut wrong".into(),
            Verdict::Flag => "reported only".into(),
        };
        let _ = writeln!(
            text,
            "  {places}\n      {} of {} symbols, {:.1} % equal: {what}",
            label(&passage.label),
            group(passage.symbols),
            passage.identity * 100.0
        );
    }
}

fn lines(first: u64, last: u64) -> String {
    if first == last { format!("line {first}") } else { format!("lines {first}-{last}") }
}

/// The beginning and end of a text on one line.
fn excerpt(text: &str) -> String {
    const ENDS: (usize, usize) = (40, 12);
    let shown: Vec<char> = text.chars().collect();
    let clean =
        |chars: &[char]| printable(&chars.iter().map(|ch| if *ch == '\n' { '⏎' } else { *ch }).collect::<String>());
    if shown.len() <= ENDS.0 + ENDS.1 {
        return clean(&shown);
    }
    format!("{} … {}", clean(&shown[..ENDS.0]), clean(&shown[shown.len() - ENDS.1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excerpts_stay_on_one_line() {
        assert_eq!(excerpt("甲\n乙\x1b"), "甲⏎乙\\u{1b}");
        let long = excerpt(&"字".repeat(500));
        assert_eq!(long.chars().count(), 55);
    }
}
