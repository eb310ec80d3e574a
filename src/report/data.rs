//! What the pages show beside texts.

use crate::audit::{DocumentRecord, DuplicateRecord, PassageRecord, RemovalRecord};
use crate::document::Class;
use crate::learn::Template;
use crate::published::Mark;
use crate::summary::{RunFile, label};
use std::collections::{BTreeMap, BTreeSet};

/// Bins of a histogram.
pub(super) const BINS: usize = 20;

/// Why a decision is shown first, in the order of the list: what took text with words of its own stands before what took
/// copied text, and that before what took none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    OwnWords,
    LongCut,
    Above,
    LostMost,
    RareRule,
    LongPassage,
    RepeatAbove,
    BigGroup,
    LeftWhole,
    Below,
    RepeatBelow,
    Contained,
    VersionEdge,
    Numbers,
}

/// A decision that deserves a look.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub kind: Kind,
    pub what: What,
}

/// The decision itself.
#[derive(Debug, Clone)]
pub(super) enum What {
    Pair(DuplicateRecord),
    Cut(RemovalRecord),
    Passage(PassageRecord),
    Document(Box<DocumentRecord>),
    Dropped(Dropped),
}

/// A copy that went, and what only it had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Dropped {
    pub path: String,
    pub witness: String,
    /// Characters of its own, estimated by its coverage.
    pub own: u64,
}

/// Figures of a rule.
#[derive(Debug, Clone)]
pub(super) struct RuleFigures {
    pub class: Class,
    pub hits: u64,
    pub documents: u64,
    pub chars: u64,
    pub joins: bool,
    pub examples: Vec<RemovalRecord>,
    /// The last document it was met in.
    pub last: usize,
}

impl RuleFigures {
    pub fn of(class: Class) -> Self {
        Self { class, hits: 0, documents: 0, chars: 0, joins: false, examples: Vec::new(), last: 0 }
    }

    /// The name under which the rule is shown: a detector cuts and joins under one name, and its joins are told apart.
    pub fn shown(&self, name: String) -> String {
        if self.joins { name + " (join)" } else { name }
    }
}

/// Figures of a source: a first folder.
#[derive(Debug, Clone, Default)]
pub(super) struct Site {
    pub documents: u64,
    pub chars: u64,
    pub cut: u64,
    pub dropped: u64,
}

/// What a threshold would come to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Flip {
    pub at: f64,
    pub pairs: u64,
    pub documents: u64,
    pub chars: u64,
}

/// What the pages show beside texts.
#[derive(Debug)]
pub(super) struct Data {
    pub run: RunFile,
    pub run_id: String,
    pub coverage: [u64; BINS],
    pub jaccard: [u64; BINS],
    pub sites: Vec<(String, Site)>,
    pub items: Vec<Item>,
    pub groups: Vec<(String, u32)>,
    pub rules: BTreeMap<String, RuleFigures>,
    pub templates: Vec<Template>,
    pub copies: Vec<Flip>,
    pub repeats: Vec<Flip>,
    pub trouble: Vec<DocumentRecord>,
    pub trouble_total: u64,
    pub places: Vec<Place>,
}

/// Where the records of a document stand: few are shown, and they are read again alone.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// Of its path.
    pub name: u64,
    /// Of its group's survivor, if others are in the group.
    pub group: Option<u64>,
    pub document: Mark,
    pub removals: Mark,
}

/// What a name is looked up by.
pub(super) fn hash(name: &str) -> u64 {
    xxhash_rust::xxh3::xxh3_64(name.as_bytes())
}

/// Share of the less covered side.
pub(super) fn least_coverage(pair: &DuplicateRecord) -> f64 {
    pair.coverage_a.min(pair.coverage_b)
}

impl Item {
    /// The pair the item is about: what goes or is the part, and its witness.
    pub(super) fn pair(&self) -> Option<(String, String)> {
        match &self.what {
            What::Pair(pair) => Some((pair.a.clone(), pair.b.clone())),
            What::Dropped(copy) => Some((copy.path.clone(), copy.witness.clone())),
            What::Cut(_) | What::Passage(_) | What::Document(_) => None,
        }
    }

    /// Documents the item is about.
    pub(super) fn paths(&self) -> BTreeSet<&str> {
        match &self.what {
            What::Pair(pair) => [pair.a.as_str(), pair.b.as_str()].into(),
            What::Cut(cut) => [cut.path.as_str()].into(),
            What::Passage(passage) => [passage.a.as_str(), passage.b.as_str()].into(),
            What::Document(record) => [record.path.as_str()].into(),
            What::Dropped(copy) => [copy.path.as_str(), copy.witness.as_str()].into(),
        }
    }
}

/// The verdict record of a pair.
pub(super) fn pair_record(pair: &DuplicateRecord) -> serde_json::Value {
    serde_json::json!({
        "kind": "pair", "a": pair.a, "b": pair.b, "relation": label(&pair.relation), "action": label(&pair.action),
        "coverage": least_coverage(pair),
    })
}

/// The verdict record of a cut.
pub(super) fn cut_record(cut: &RemovalRecord) -> serde_json::Value {
    serde_json::json!({
        "kind": "cut", "path": cut.path, "start": cut.start, "end": cut.end, "rule": cut.rule,
        "class": label(&cut.class),
    })
}

/// The verdict record of a repeated passage.
pub(super) fn passage_record(passage: &PassageRecord) -> serde_json::Value {
    serde_json::json!({
        "kind": "passage", "path": passage.a, "start": passage.a_start, "end": passage.a_end, "b": passage.b,
        "b_start": passage.b_start, "label": label(&passage.label), "scope": label(&passage.scope),
        "symbols": passage.symbols, "action": label(&passage.action),
    })
}
