//! Decisions that a person held wrong, pinned for all later runs: text that stays, copies that stay.
//!
//! An exception names what was judged by its content and not by its place: a cut by its text and what stands around
//! it, a pair by the bytes of its two documents. So it holds when lines are added above, when a file is renamed, and in
//! copies of the document, and no longer once the judged text itself is another.

mod judged;

use crate::document::Edit;
use crate::edits;
use crate::error::{Error, Result};
use crate::names::{quoted, shown};
use crate::utf8;
use judged::{Arrivals, Judged};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::ops::Range;
use std::path::Path;

/// Characters on each side by which a place is known again.
pub const AROUND: usize = 16;
/// Under this name a record tells of a document that was left whole.
pub const WHOLE: &str = "whole-document";

/// One line of a file of exceptions. Paths are for people only.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "keep", rename_all = "kebab-case", deny_unknown_fields)]
#[allow(missing_docs)]
pub enum Exception {
    /// Text that no rule takes and no repair changes.
    Text { rule: String, before: String, text: String, after: String, path: String },
    /// A passage that stays though it stands twice.
    Passage { before: String, text: String, after: String, path: String },
    /// Two documents of which neither is dropped for the other: checksums of their bytes.
    Pair { a: String, b: String, a_path: String, b_path: String },
    /// A document that is left whole and not dropped: checksum of its bytes.
    Document { bytes_hash: String, path: String },
}

impl Exception {
    /// What names it, without the words for people.
    fn same(&self) -> Self {
        let mut bare = self.clone();
        match &mut bare {
            Self::Text { path, rule, .. } => (*path, *rule) = Default::default(),
            Self::Passage { path, .. } | Self::Document { path, .. } => *path = String::new(),
            Self::Pair { a_path, b_path, a, b } => {
                (*a_path, *b_path) = Default::default();
                if a > b {
                    std::mem::swap(a, b);
                }
            }
        }
        bare
    }
}

/// The exceptions of one file: one JSON object a line; empty lines and lines that begin with `#` say nothing.
pub fn read(file: &Path) -> Result<Vec<Exception>> {
    Ok(read_lines(file)?.into_iter().map(|(_, exception)| exception).collect())
}

/// The same with the numbers of the lines.
fn read_lines(file: &Path) -> Result<Vec<(usize, Exception)>> {
    let name = shown(file);
    let text = std::fs::read_to_string(file)
        .map_err(|error| Error::Config(format!("--exceptions {name}: {error}: check the path")))?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
    lines
        .map(|(at, line)| {
            serde_json::from_str(line).map(|exception| (at + 1, exception)).map_err(|error| {
                Error::Config(format!(
                    "--exceptions {name}, line {}: {error}: `dechaff verdicts OUT FILE --exceptions {}` writes them",
                    at + 1,
                    quoted(file)
                ))
            })
        })
        .collect()
}

/// Those of `new` that say something the `old` ones do not.
pub fn news(old: &[Exception], new: Vec<Exception>) -> Vec<Exception> {
    let mut known: HashSet<Exception> = old.iter().map(Exception::same).collect();
    new.into_iter().filter(|exception| known.insert(exception.same())).collect()
}

/// The characters before and after a place, given in bytes.
pub fn around(text: &str, range: &Range<usize>) -> (String, String) {
    (utf8::last(&text[..range.start], AROUND).to_owned(), text[range.end..].chars().take(AROUND).collect())
}

/// A place that must stay, in bytes of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stay<'e> {
    /// Where it is.
    pub range: Range<usize>,
    /// The rule that was held wrong; none for a passage.
    pub rule: Option<&'e str>,
}

/// What an exception names, to tell whether there is such a thing.
#[derive(Debug)]
enum Named {
    /// The sets of judged places that it is in: it is met where one of them is.
    Place(Vec<usize>),
    Pair(String, String),
    Document(String),
}

/// All exceptions of a run.
#[derive(Debug, Default)]
pub struct Exceptions {
    judged: Judged,
    pairs: HashSet<(String, String)>,
    documents: HashSet<String>,
    /// Each with where it was read.
    named: Vec<(String, Named)>,
}

impl Exceptions {
    /// Reads files of exceptions.
    pub fn of_files<P: AsRef<Path>>(files: &[P]) -> Result<Self> {
        let mut all = Vec::new();
        for file in files {
            let name = shown(file.as_ref());
            let lines = read_lines(file.as_ref())?.into_iter();
            all.extend(lines.map(|(line, exception)| (format!("{name}, line {line}"), exception)));
        }
        Self::of(all)
    }

    /// The exceptions of a list.
    pub fn new(list: Vec<Exception>) -> Result<Self> {
        Self::of(list.into_iter().map(|exception| (String::new(), exception)).collect())
    }

    /// The exceptions of a list, each with where it was read.
    fn of(list: Vec<(String, Exception)>) -> Result<Self> {
        let mut out = Self::default();
        let mut arrivals = Arrivals::default();
        for (place, exception) in list {
            let (rule, before, text, after) = match exception {
                Exception::Pair { a, b, .. } => {
                    out.named.push((place, Named::Pair(a.clone(), b.clone())));
                    out.pairs.insert(if a < b { (a, b) } else { (b, a) });
                    continue;
                }
                Exception::Document { bytes_hash, .. } => {
                    out.named.push((place, Named::Document(bytes_hash.clone())));
                    out.documents.insert(bytes_hash);
                    continue;
                }
                Exception::Text { rule, before, text, after, .. } => (Some(rule), before, text, after),
                Exception::Passage { before, text, after, .. } => (None, before, text, after),
            };
            if !text.is_empty() {
                let sets = out.judged.add(&mut arrivals, rule, before, text, after);
                out.named.push((place, Named::Place(sets)));
            }
        }
        out.judged.settle(arrivals)?;
        Ok(out)
    }

    /// The places of a decoded text that must stay.
    pub fn stays(&self, text: &str) -> Vec<Stay<'_>> {
        self.judged.find(text)
    }

    /// Where those were read that no text has met which was looked at, or that name documents by other checksums than
    /// these.
    pub fn unmatched(&self, hashes: &HashSet<&str>) -> Vec<String> {
        let there = |named: &Named| match named {
            Named::Place(sets) => sets.iter().any(|set| self.judged.is_met(*set)),
            Named::Pair(a, b) => hashes.contains(a.as_str()) && hashes.contains(b.as_str()),
            Named::Document(hash) => hashes.contains(hash.as_str()),
        };
        self.named.iter().filter(|(_, named)| !there(named)).map(|(place, _)| place.clone()).collect()
    }

    /// Whether neither of two documents, known by the checksums of their bytes, goes for the other; `a` would go.
    pub fn keeps(&self, a: &str, b: &str) -> bool {
        let key = if a < b { (a, b) } else { (b, a) };
        self.whole(a) || (!self.pairs.is_empty() && self.pairs.contains(&(key.0.to_owned(), key.1.to_owned())))
    }

    /// Whether a document is left whole.
    pub fn whole(&self, bytes_hash: &str) -> bool {
        !self.documents.is_empty() && self.documents.contains(bytes_hash)
    }
}

/// The places in the text that `edits` leave of the one they were found in.
pub fn shifted(ranges: &[Range<usize>], edits: &[Edit]) -> Vec<Range<usize>> {
    let mut bytes: Vec<usize> = ranges.iter().flat_map(|range| [range.start, range.end]).collect();
    bytes.sort_unstable();
    bytes.dedup();
    let now = edits::to_edited(edits, bytes.iter().copied());
    let one = |byte: usize| bytes.binary_search(&byte).map_or(byte, |at| now[at]);
    ranges.iter().map(|range| one(range.start)..one(range.end)).collect()
}

/// Places of a text, by their beginnings.
#[derive(Debug, Default)]
pub struct Places {
    ranges: Vec<Range<usize>>,
    /// How far each of them and those before it reach.
    reach: Vec<usize>,
}

impl Places {
    /// Those of ranges that ascend in their beginnings.
    pub fn new(ranges: Vec<Range<usize>>) -> Self {
        let furthest = |far: &mut usize, range: &Range<usize>| {
            *far = range.end.max(*far);
            Some(*far)
        };
        Self { reach: ranges.iter().scan(0, furthest).collect(), ranges }
    }

    /// The first of them that a span meets.
    pub fn met(&self, span: &Range<usize>) -> Option<usize> {
        // The first that reaches so far reaches it itself, and those behind it begin no earlier.
        let at = self.reach.partition_point(|reach| *reach <= span.start);
        self.ranges.get(at).is_some_and(|range| range.start < span.end).then_some(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str, before: &str, after: &str) -> Exception {
        let (rule, path) = ("r".to_owned(), "p".to_owned());
        Exception::Text { rule, before: before.into(), text: text.into(), after: after.into(), path }
    }

    fn stays(exception: Exception, text: &str) -> Vec<Range<usize>> {
        Exceptions::new(vec![exception]).unwrap().stays(text).into_iter().map(|stay| stay.range).collect()
    }

    #[test]
    fn a_short_text_is_known_by_both_its_sides() {
        let whole = "会议到此结束\n分享\n散会以后各村连夜部署";
        let at = whole.find("分享").unwrap();
        let (before, after) = around(whole, &(at..at + 6));
        assert_eq!((before.as_str(), after.as_str()), ("会议到此结束\n", "\n散会以后各村连夜部署"));
        assert_eq!(stays(text("分享", &before, &after), whole), vec![Range { start: at, end: at + 6 }]);
        assert_eq!(stays(text("分享", &before, &after), "会议到此结束\n分享\n别的话"), [] as [Range<usize>; 0]);
        assert_eq!(stays(text("分享", "", &after), whole), [] as [Range<usize>; 0], "not at the beginning any more");
    }

    #[test]
    fn a_long_text_is_known_by_one_side() {
        let long = "请大家把今天会上讲的几件事情一件一件记下来";
        let one = text(long, "前面的话\n", "\n后面的话");
        assert_eq!(stays(one.clone(), &format!("前面的话\n{long}\n另外的话")).len(), 1);
        assert_eq!(stays(one.clone(), &format!("前头的话\n{long}\n后面的话")).len(), 1);
        assert_eq!(stays(one.clone(), &format!("前头的话\n{long}\n另外的话")), [] as [Range<usize>; 0]);
        let both = format!("前面的话\n{long}\n后面的话\n{long}\n后面的话");
        assert_eq!(stays(one, &both).len(), 2);
    }

    #[test]
    fn sixteen_characters_around() {
        let whole = format!("{}中{}", "左".repeat(30), "右".repeat(30));
        let (before, after) = around(&whole, &(90..93));
        assert_eq!((before, after), ("左".repeat(16), "右".repeat(16)));
    }

    #[test]
    fn a_pair_has_no_direction_and_a_document_is_never_dropped() {
        let pair = |a: &str, b: &str| Exception::Pair {
            a: a.into(),
            b: b.into(),
            a_path: format!("{a}.txt"),
            b_path: format!("{b}.txt"),
        };
        let document = Exception::Document { bytes_hash: "d".into(), path: "d.txt".into() };
        let all = Exceptions::new(vec![pair("a", "b"), document]).unwrap();
        assert!(all.keeps("a", "b") && all.keeps("b", "a") && !all.keeps("a", "c"));
        assert!(all.keeps("d", "a") && !all.keeps("a", "d") && all.whole("d") && !all.whole("a"));
        assert_eq!(news(&[pair("a", "b")], vec![pair("b", "a"), pair("a", "c"), pair("a", "c")]), [pair("a", "c")]);
    }

    #[test]
    fn the_first_place_that_a_span_meets() {
        let all = [2..9, 3..4, 5..5, 5..7, 12..14];
        let places = Places::new(all.to_vec());
        for (start, end) in (0..16).flat_map(|start| (start..16).map(move |end| (start, end))) {
            let first = all.iter().position(|range| range.start < end && start < range.end);
            assert_eq!(places.met(&(start..end)), first, "{start}..{end}");
        }
    }

    #[test]
    fn exceptions_that_begin_alike_are_looked_up_and_not_tried() {
        // Places of one text, all alike but for a number at their ends: each of them an exception.
        let line = |at: usize| format!("请大家把今天会上讲的几件事情一件一件记下来，第{at}件");
        let spent = |count: usize| {
            let whole: String = (0..count).map(|at| line(at) + "\n").collect();
            let mut end = 0;
            let judged = |at: usize| {
                let start = end;
                end += line(at).len() + 1;
                let (before, after) = around(&whole, &(start..end - 1));
                text(&line(at), &before, &after)
            };
            let exceptions = Exceptions::new((0..count).map(judged).collect()).unwrap();
            let start = std::time::Instant::now();
            let places: Vec<Range<usize>> = exceptions.stays(&whole).into_iter().map(|stay| stay.range).collect();
            assert!(places.len() >= count && exceptions.unmatched(&HashSet::new()).is_empty());
            let places = Places::new(places);
            assert!((0..whole.len()).step_by(50).all(|at| places.met(&(at..at + 50)).is_some()));
            start.elapsed()
        };
        let few = (0..3).map(|_| spent(1_000)).min().unwrap();
        let many = (0..3).map(|_| spent(16_000)).min().unwrap();
        assert!(many < few * 64, "16 times as many took {few:?} and {many:?}");
    }

    #[test]
    fn the_same_text_in_many_places_and_texts_that_begin_with_others() {
        let long = "请大家把今天会上讲的几件事情一件一件记下来";
        let sides: Vec<String> = (0..300).map(|at| format!("{at:016}")).collect();
        let list = sides.iter().map(|side| text(long, side, "别处没有的")).collect();
        let exceptions = Exceptions::new(list).unwrap();
        let whole: String = sides[..299].iter().map(|side| format!("{side}{long}\n")).collect();
        assert_eq!(exceptions.stays(&whole).len(), 299);
        assert_eq!(exceptions.unmatched(&HashSet::new()), [""], "one stands nowhere");
        // Each begins with the one before it, and one between them is not there.
        let nested = ["", "，还要", "，还要办", "，还有"].map(|more| text(&format!("{long}{more}"), "", "好"));
        let exceptions = Exceptions::new(nested.to_vec()).unwrap();
        let found = exceptions.stays(&format!("{long}，还要办好"));
        assert_eq!(found.into_iter().map(|stay| stay.range.end).collect::<Vec<_>>(), [63, 72, 75]);
    }
}
