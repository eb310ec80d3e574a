//! Places that were judged, found again in a text.
//!
//! Each step is a look-up: a few characters by an automaton, the whole text among those that begin with them, the two
//! sides among those of that text. Twenty thousand places that begin alike take no longer than others.

use super::{Stay, around};
use crate::error::{Error, Result};
use aho_corasick::AhoCorasick;
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};

/// Characters from which one side is enough: a longer text hardly stands in two meanings.
const TELLING: usize = 16;
/// Characters of a longer text that are searched for before the whole is compared.
const NEEDLE: usize = 8;

/// By what places of one text are told apart: passages from what rules took, and one side or both.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Sides {
    passage: bool,
    before: Option<String>,
    after: Option<String>,
}

/// What was judged alike: the same text with the same sides.
#[derive(Debug)]
struct Set {
    /// The rule that was held wrong, of the first of them; none for a passage.
    rule: Option<String>,
    /// Whether it stands in a text that was looked at.
    met: AtomicBool,
}

/// A judged text.
#[derive(Debug)]
struct Text {
    text: String,
    /// Whether one side is enough.
    telling: bool,
    /// The longest other one that it begins with.
    parent: Option<usize>,
    sets: HashMap<Sides, usize>,
}

/// Texts that begin at an offset of what is searched for, sorted.
#[derive(Debug)]
struct Start {
    offset: usize,
    texts: Vec<Text>,
}

/// All places that were judged.
#[derive(Debug, Default)]
pub(super) struct Judged {
    sets: Vec<Set>,
    /// Finds what may be one of them.
    finder: Option<AhoCorasick>,
    /// For each needle of the finder what it may be the beginning of.
    needles: Vec<Vec<Start>>,
}

/// Places on their way in: for each needle the texts it is of.
#[derive(Debug, Default)]
pub(super) struct Arrivals(BTreeMap<String, BTreeMap<Begun, HashMap<Sides, usize>>>);

/// The offset at which a text begins, and the text.
type Begun = (usize, String);

impl Judged {
    /// Takes in one place, and gives the sets that it is in.
    pub(super) fn add(
        &mut self,
        arrivals: &mut Arrivals,
        rule: Option<String>,
        before: String,
        text: String,
        after: String,
    ) -> Vec<usize> {
        let (needle, offset) = if is_telling(&text) {
            (text.chars().take(NEEDLE).collect(), 0)
        } else {
            (format!("{before}{text}{after}"), before.len())
        };
        let passage = rule.is_none();
        let sides = |before: Option<String>, after: Option<String>| Sides { passage, before, after };
        let keys = if is_telling(&text) {
            vec![sides(Some(before), None), sides(None, Some(after))]
        } else {
            vec![sides(Some(before), Some(after))]
        };
        let known = arrivals.0.entry(needle).or_default().entry((offset, text)).or_default();
        let set = |sides: Sides| {
            *known.entry(sides).or_insert_with(|| {
                self.sets.push(Set { rule: rule.clone(), met: AtomicBool::new(false) });
                self.sets.len() - 1
            })
        };
        keys.into_iter().map(set).collect()
    }

    /// Ends the adding.
    pub(super) fn settle(&mut self, Arrivals(arrivals): Arrivals) -> Result<()> {
        if arrivals.is_empty() {
            return Ok(());
        }
        let finder = AhoCorasick::new(arrivals.keys());
        self.finder = Some(finder.map_err(|error| Error::Config(format!("--exceptions: too many: {error}")))?);
        for texts in arrivals.into_values() {
            let mut starts: Vec<Start> = Vec::new();
            for ((offset, text), sets) in texts {
                if starts.last().is_none_or(|start| start.offset != offset) {
                    starts.push(Start { offset, texts: Vec::new() });
                }
                if let Some(start) = starts.last_mut() {
                    start.add(text, sets);
                }
            }
            self.needles.push(starts);
        }
        Ok(())
    }

    /// The places of a text.
    pub(super) fn find(&self, text: &str) -> Vec<Stay<'_>> {
        let mut found = Vec::new();
        for hit in self.finder.iter().flat_map(|finder| finder.find_overlapping_iter(text)) {
            for start in &self.needles[hit.pattern().as_usize()] {
                let at = hit.start() + start.offset;
                for judged in start.beginnings(&text[at..]) {
                    let range = at..at + judged.text.len();
                    let (before, after) = around(text, &range);
                    for passage in [false, true] {
                        // Sets are numbered as they came: the first tells of the first exception.
                        let first = judged.met(passage, &before, &after).inspect(|set| self.meet(*set)).min();
                        let rule = |set: usize| self.sets[set].rule.as_deref();
                        found.extend(first.map(|set| Stay { range: range.clone(), rule: rule(set) }));
                    }
                }
            }
        }
        found.sort_by_key(|stay| (stay.range.start, stay.range.end));
        found
    }

    fn meet(&self, set: usize) {
        self.sets[set].met.store(true, Ordering::Relaxed);
    }

    /// Whether a text that was looked at has one of a set.
    pub(super) fn is_met(&self, set: usize) -> bool {
        self.sets[set].met.load(Ordering::Relaxed)
    }
}

fn is_telling(text: &str) -> bool {
    text.chars().nth(TELLING - 1).is_some()
}

impl Start {
    /// Adds the next text in their order.
    fn add(&mut self, text: String, sets: HashMap<Sides, usize>) {
        let begins = |at: &usize| text.starts_with(self.texts[*at].text.as_str());
        let before = self.texts.len().checked_sub(1);
        let parent = std::iter::successors(before, |at| self.texts[*at].parent).find(begins);
        self.texts.push(Text { telling: is_telling(&text), text, parent, sets });
    }

    /// Those that `rest` begins with. What sorts between one of them and `rest` begins with it, too: so the last that does
    /// not sort behind `rest` leads to all.
    fn beginnings<'s>(&'s self, rest: &'s str) -> impl Iterator<Item = &'s Text> {
        let last = self.texts.partition_point(|judged| judged.text.as_str() <= rest).checked_sub(1);
        let chain = std::iter::successors(last, |at| self.texts[*at].parent);
        chain.map(|at| &self.texts[at]).filter(move |judged| rest.starts_with(judged.text.as_str()))
    }
}

impl Text {
    /// The sets that have these sides.
    fn met(&self, passage: bool, before: &str, after: &str) -> impl Iterator<Item = usize> {
        let sides = |before: Option<&str>, after: Option<&str>| {
            let sides = Sides { passage, before: before.map(str::to_owned), after: after.map(str::to_owned) };
            self.sets.get(&sides).copied()
        };
        let [one, other] = if self.telling {
            [sides(Some(before), None), sides(None, Some(after))]
        } else {
            [sides(Some(before), Some(after)), None]
        };
        one.into_iter().chain(other)
    }
}
