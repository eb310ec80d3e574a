//! What was held wrong, as exceptions for the next run.

use crate::audit::{DocumentRecord, DuplicateRecord, PassageRecord, RemovalRecord, Verdict};
use crate::document::Class;
use crate::error::{Error, Result};
use crate::exceptions::{self, Exception, around};
use crate::names::shown;
use crate::published::Published;
use crate::summary::counted;
use crate::whole;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;

/// A decision that was held wrong.
#[derive(Debug)]
pub(super) enum Wrong {
    Pair(DuplicateRecord),
    Cut(RemovalRecord),
    Passage(PassageRecord),
    Document(String),
    /// All copies of a survivor.
    Group(String),
}

/// A place of a document, in characters: the rule that took it, none for a passage.
type Spot = (Range<u64>, Option<String>);

/// Adds exceptions to a file, and says what was done.
pub(super) fn pin(out: &Published, wrong: Vec<Wrong>, file: &Path) -> Result<String> {
    let old = if file.exists() { exceptions::read(file)? } else { Vec::new() };
    let (made, reported) = make(out, wrong)?;
    let new = exceptions::news(&old, made);
    let mut text = String::new();
    if !new.is_empty() {
        write(file, &new)?;
    }
    let name = shown(file);
    let added = counted(new.len() as u64, "exception", "exceptions");
    text += &format!("{name}: {added} added, {} in all\n", old.len() + new.len());
    if reported > 0 {
        text += &format!(
            "{} about what was kept or only reported: an exception keeps text, it takes none\n",
            counted(reported as u64, "wrong verdict is", "wrong verdicts are")
        );
    }
    Ok(text)
}

/// The exceptions, and how many verdicts cannot be one.
fn make(out: &Published, wrong: Vec<Wrong>) -> Result<(Vec<Exception>, usize)> {
    let mut spots: BTreeMap<String, Vec<Spot>> = BTreeMap::new();
    let (mut pairs, mut groups, mut whole) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
    let mut reported = 0;
    for each in wrong {
        match each {
            Wrong::Pair(pair) if pair.action == Verdict::Drop => pairs.push((pair.a, pair.b)),
            Wrong::Passage(found) if found.action == Verdict::Drop => {
                spots.entry(found.a).or_default().push((found.a_start..found.a_end, None));
            }
            Wrong::Cut(cut) => {
                let rule = (cut.class != Class::Repeat).then_some(cut.rule);
                spots.entry(cut.path).or_default().push((cut.start..cut.end, rule));
            }
            Wrong::Document(path) => drop(whole.insert(path)),
            Wrong::Group(path) => drop(groups.insert(path)),
            Wrong::Pair(_) | Wrong::Passage(_) => reported += 1,
        }
    }
    let mut hashes: BTreeMap<String, String> = BTreeMap::new();
    let mut made = Vec::new();
    for document in out.documents()? {
        let (record, removals) = document?;
        let path = record.path.clone();
        if let Some(survivor) = record.witness.as_ref().filter(|survivor| groups.contains(*survivor)) {
            pairs.push((path.clone(), survivor.clone()));
        }
        if let Some(spots) = spots.get(&path) {
            made.extend(places(&out.decoded(&record, &removals)?, spots, &path));
        }
        if whole.contains(&path) {
            match (&record, &record.bytes_hash) {
                (DocumentRecord { review: None, .. }, Some(hash)) => {
                    made.push(Exception::Document { bytes_hash: hash.to_string(), path: path.clone() });
                }
                _ => reported += 1,
            }
        }
        hashes.extend(record.bytes_hash.map(|hash| (path, hash.to_string())));
    }
    for (a, b) in pairs {
        if let (Some(x), Some(y)) = (hashes.get(&a), hashes.get(&b)) {
            made.push(Exception::Pair { a: x.clone(), b: y.clone(), a_path: a, b_path: b });
        }
    }
    Ok((made, reported))
}

/// The exceptions for places of one text.
fn places<'s>(text: &'s str, spots: &'s [Spot], path: &'s str) -> impl Iterator<Item = Exception> + 's {
    let mut bytes: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    bytes.push(text.len());
    let byte = move |at: u64| bytes.get(at as usize).copied().unwrap_or(text.len());
    spots.iter().map(move |(spot, rule)| {
        let range = byte(spot.start)..byte(spot.end);
        let (before, after) = around(text, &range);
        let (text, path) = (text[range].to_owned(), path.to_owned());
        match rule {
            Some(rule) => Exception::Text { rule: rule.clone(), before, text, after, path },
            None => Exception::Passage { before, text, after, path },
        }
    })
}

/// Adds lines at the end of a file.
fn write(file: &Path, new: &[Exception]) -> Result<()> {
    let mut lines = String::new();
    for exception in new {
        let line =
            serde_json::to_string(exception).map_err(|error| Error::io("writing exceptions", file)(error.into()))?;
        lines += &(line + "\n");
    }
    whole::append(file, lines.as_bytes()).map_err(Error::io("writing exceptions", file))
}
