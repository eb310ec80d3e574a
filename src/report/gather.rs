//! The figures of the summary, the rules and the thresholds, and the decisions that deserve a look: one pass over each
//! audit file, with memory for what is shown only.

use super::brief::{DocumentBrief, RemovalBrief};
use crate::audit::{
    Decision, DocumentRecord, DuplicateRecord, Label, PassageRecord, Relation, RemovalRecord, Scope, Verdict,
};
use crate::document::{Action, Class};
use crate::error::Result;
use crate::learn::Template;
use crate::published::{AUDIT, Mark, Published};
use crate::relate::{CONTAINED, COPY, VERSION};
use crate::repeat::MIN_REPEAT;
use crate::summary::{RunFile, Totals, label};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Bins of a histogram.
pub(super) const BINS: usize = 20;
/// Rows of the tables of the summary.
const ROWS: usize = 15;
/// Examples of a rule.
const EXAMPLES: usize = 3;
/// Changes the sample when it must be drawn anew.
const SEED: u64 = 1;
/// Lengths of repeats that are tried as thresholds.
const LENGTHS: [u64; 9] = [64, 80, 100, 120, 150, 200, 300, 500, 1000];

/// Why a decision is shown first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Numbers,
    Above,
    Below,
    LongPassage,
    LongCut,
    LostMost,
    LeftWhole,
    RepeatAbove,
    RepeatBelow,
    VersionEdge,
    Contained,
    BigGroup,
    RareRule,
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
}

/// The smallest few by a score; ties fall by a seeded hash, then by name, so that the order is always the same.
struct Least<T> {
    limit: usize,
    rows: BTreeMap<(u64, u64, String), T>,
}

impl<T> Least<T> {
    fn new(limit: usize) -> Self {
        Self { limit, rows: BTreeMap::new() }
    }

    fn offer(&mut self, score: u64, name: impl FnOnce() -> String, row: impl FnOnce() -> T) {
        let Ok(()) = self.try_offer(score, name, || Ok::<T, std::convert::Infallible>(row()));
    }

    /// The same for rows that cost something to make: they are made only where they are among the smallest so far.
    fn try_offer<E>(
        &mut self,
        score: u64,
        name: impl FnOnce() -> String,
        row: impl FnOnce() -> std::result::Result<T, E>,
    ) -> std::result::Result<(), E> {
        let full = self.rows.len() == self.limit;
        if full && self.rows.last_key_value().is_some_and(|(key, _)| key.0 < score) {
            return Ok(());
        }
        let name = name();
        let hash = xxhash_rust::xxh3::xxh3_64_with_seed(name.as_bytes(), SEED);
        let key = (score, hash, name);
        if full && self.rows.last_key_value().is_some_and(|(last, _)| *last < key) {
            return Ok(());
        }
        self.rows.insert(key, row()?);
        if self.rows.len() > self.limit {
            self.rows.pop_last();
        }
        Ok(())
    }

    fn into_rows(self) -> impl Iterator<Item = T> {
        self.rows.into_values()
    }
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
    last: String,
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

/// Reads the audit.
pub(super) fn gather(out: &Published) -> Result<Data> {
    let mut pairs = Pairs::new();
    for pair in out.records::<DuplicateRecord>(AUDIT[2])? {
        pairs.add(pair?);
    }
    let mut passages = Passages::new();
    for passage in out.records::<PassageRecord>(AUDIT[3])? {
        passages.add(&passage?);
    }
    let mut changes = Changes { places: HashMap::new(), rules: Vec::new(), long: Least::new(5) };
    let mut files = Files::new();
    let mut documents = out.records::<DocumentRecord>(AUDIT[0])?;
    let mut removals = out.records::<RemovalRecord>(AUDIT[1])?;
    let (mut line, mut ahead) = (Vec::new(), Vec::new());
    let mut places = Vec::new();
    let mut start = (documents.mark(), removals.mark());
    let mut more = removals.line(&mut ahead)?;
    while documents.line(&mut line)? {
        let document = DocumentBrief::of(&line).map_or_else(|| documents.parse(&line), Ok)?;
        let mut cut = 0;
        let mut next = (documents.mark(), start.1);
        while more {
            let removal = RemovalBrief::of(&ahead).map_or_else(|| removals.parse(&ahead), Ok)?;
            if removal.path != document.path {
                break;
            }
            if removal.action == Action::Cut {
                cut += removal.end - removal.start;
            }
            changes.add(&removal, || removals.parse(&ahead))?;
            next.1 = removals.mark();
            more = removals.line(&mut ahead)?;
        }
        let group = document.cluster.as_deref().filter(|_| document.cluster_size > 1).map(hash);
        places.push(Place { name: hash(&document.path), group, document: start.0, removals: start.1 });
        start = next;
        if let Some(best) = pairs.best.get_mut(document.path.as_ref()) {
            best.1 = document.chars_in - cut.min(document.chars_in);
        }
        files.add(&document, cut, || documents.parse(&line))?;
    }
    Ok(Data { templates: out.templates()?, places, ..assemble(out, pairs, passages, changes, files) })
}

fn assemble(out: &Published, pairs: Pairs, passages: Passages, changes: Changes, files: Files) -> Data {
    let mut items: Vec<Item> = Vec::new();
    let copies = pairs.flips();
    let Changes { places, rules: figures, long } = changes;
    let rules: BTreeMap<String, RuleFigures> =
        places.into_iter().map(|(name, place)| (name, figures[place].clone())).collect();
    for (kind, least) in pairs.picks {
        items.extend(least.into_rows().map(|pair| Item { kind, what: What::Pair(pair) }));
    }
    for (kind, least) in passages.picks {
        items.extend(least.into_rows().map(|passage| Item { kind, what: What::Passage(passage) }));
    }
    items.extend(long.into_rows().map(|cut| Item { kind: Kind::LongCut, what: What::Cut(cut) }));
    for (kind, least) in [(Kind::LostMost, files.lost), (Kind::LeftWhole, files.review)] {
        items.extend(least.into_rows().map(|record| Item { kind, what: What::Document(Box::new(record)) }));
    }
    let groups: Vec<(String, u32)> = files.groups.into_rows().collect();
    for record in files.heads.into_rows().take(4) {
        items.push(Item { kind: Kind::BigGroup, what: What::Document(Box::new(record)) });
    }
    let mut rare: Vec<(&String, &RuleFigures)> = rules.iter().filter(|(_, rule)| !rule.joins).collect();
    rare.sort_by_key(|(name, rule)| (rule.documents, rule.hits, name.as_str()));
    let rare = rare.into_iter().take(4).filter_map(|(_, rule)| rule.examples.first());
    items.extend(rare.map(|cut| Item { kind: Kind::RareRule, what: What::Cut(cut.clone()) }));
    items.sort_by_key(|item| item.kind);

    let mut sites: Vec<(String, Site)> = files.sites.into_iter().filter(|(_, site)| site.cut > 0).collect();
    let share = |site: &Site| (site.cut as f64 / site.chars.max(1) as f64 * 1e6) as u64;
    sites.sort_by_key(|(name, site)| (std::cmp::Reverse(share(site)), name.clone()));
    sites.truncate(ROWS);
    let run = out.run().clone();
    // Neither times nor places name a run, so that the same job makes the same pages anywhere.
    let totals = Totals { seconds: Vec::new(), peak_memory: 0, reuse: Default::default(), ..run.totals.clone() };
    let plain = RunFile {
        totals,
        input: String::new(),
        unreadable: Vec::new(),
        sequence: 0,
        started: String::new(),
        history: Vec::new(),
        ..run.clone()
    };
    let coverage = pairs.coverage;
    let jaccard = pairs.jaccard;
    Data {
        run_id: super::id(&[&serde_json::to_string(&plain).unwrap_or_default()]),
        run,
        coverage,
        jaccard,
        sites,
        items,
        groups,
        rules,
        templates: Vec::new(),
        copies,
        repeats: passages.flips,
        trouble: files.trouble,
        trouble_total: files.trouble_total,
        places: Vec::new(),
    }
}

/// Share of the less covered side.
pub(super) fn least_coverage(pair: &DuplicateRecord) -> f64 {
    pair.coverage_a.min(pair.coverage_b)
}

fn bin(share: f64) -> usize {
    ((share * BINS as f64) as usize).min(BINS - 1)
}

fn hundredths(share: f64) -> u64 {
    (share * 100.0 + 1e-9) as u64
}

fn millionths(share: f64) -> u64 {
    (share.abs() * 1e6).round() as u64
}

struct Pairs {
    coverage: [u64; BINS],
    jaccard: [u64; BINS],
    picks: BTreeMap<Kind, Least<DuplicateRecord>>,
    /// Pairs that are alike, by their coverage in hundredths.
    alike: BTreeMap<u64, u64>,
    /// For each part of an alike pair its best coverage, and its characters.
    best: HashMap<String, (f64, u64)>,
}

impl Pairs {
    fn new() -> Self {
        let limits =
            [(Kind::Numbers, 5), (Kind::Above, 5), (Kind::Below, 5), (Kind::VersionEdge, 2), (Kind::Contained, 3)];
        Self {
            coverage: [0; BINS],
            jaccard: [0; BINS],
            picks: limits.into_iter().map(|(kind, limit)| (kind, Least::new(limit))).collect(),
            alike: BTreeMap::new(),
            best: HashMap::new(),
        }
    }

    fn add(&mut self, pair: DuplicateRecord) {
        let least = least_coverage(&pair);
        self.coverage[bin(least)] += 1;
        self.jaccard[bin(pair.jaccard)] += 1;
        let mut offers: Vec<(Kind, u64)> = Vec::new();
        match pair.relation {
            Relation::NumbersDiffer => offers.push((Kind::Numbers, 0)),
            Relation::Contained => offers.push((Kind::Contained, millionths(pair.coverage_a - CONTAINED))),
            Relation::Exact | Relation::Near => {
                *self.alike.entry(hundredths(least)).or_default() += 1;
                let best = self.best.entry(pair.a.clone()).or_default();
                best.0 = best.0.max(least);
                if pair.relation == Relation::Near && pair.action == Verdict::Drop {
                    offers.push((Kind::Above, millionths(least - COPY)));
                } else if least < COPY {
                    offers.push((Kind::Below, millionths(COPY - least)));
                    if least < VERSION + 0.05 {
                        offers.push((Kind::VersionEdge, millionths(least - VERSION)));
                    }
                }
            }
        }
        for (kind, score) in offers {
            if let Some(least) = self.picks.get_mut(&kind) {
                least.offer(score, || format!("{}\0{}", pair.a, pair.b), || pair.clone());
            }
        }
    }

    /// What each threshold from 0.70 to 1 would come to.
    fn flips(&self) -> Vec<Flip> {
        // Documents and characters by the hundredths of their best coverage.
        let mut bests = [(0, 0); 101];
        for (best, chars) in self.best.values() {
            let bin = &mut bests[hundredths(*best).min(100) as usize];
            *bin = (bin.0 + 1, bin.1 + chars);
        }
        (70..=100)
            .map(|from| Flip {
                at: from as f64 / 100.0,
                pairs: self.alike.range(from..).map(|(_, n)| n).sum(),
                documents: bests[from as usize..].iter().map(|bin| bin.0).sum(),
                chars: bests[from as usize..].iter().map(|bin| bin.1).sum(),
            })
            .collect()
    }
}

struct Passages {
    picks: BTreeMap<Kind, Least<PassageRecord>>,
    flips: Vec<Flip>,
}

impl Passages {
    fn new() -> Self {
        let limits = [(Kind::LongPassage, 4), (Kind::RepeatAbove, 3), (Kind::RepeatBelow, 3)];
        Self {
            picks: limits.into_iter().map(|(kind, limit)| (kind, Least::new(limit))).collect(),
            flips: LENGTHS.iter().map(|at| Flip { at: *at as f64, pairs: 0, documents: 0, chars: 0 }).collect(),
        }
    }

    fn add(&mut self, passage: &PassageRecord) {
        if passage.scope != Scope::Within || matches!(passage.label, Label::Formula | Label::NumbersDiffer) {
            return;
        }
        for flip in self.flips.iter_mut().filter(|flip| passage.symbols as f64 >= flip.at) {
            flip.pairs += 1;
            flip.chars += passage.symbols;
        }
        let mut offer = |kind: Kind, score: u64| {
            if let Some(least) = self.picks.get_mut(&kind) {
                least.offer(score, || format!("{}\0{}", passage.a, passage.a_start), || passage.clone());
            }
        };
        if passage.action == Verdict::Drop {
            offer(Kind::LongPassage, u64::MAX - passage.symbols);
            offer(Kind::RepeatAbove, passage.symbols.abs_diff(u64::from(MIN_REPEAT)));
        } else {
            offer(Kind::RepeatBelow, passage.symbols.abs_diff(u64::from(MIN_REPEAT)));
        }
    }
}

struct Changes {
    /// Where the figures of a rule stand, by its name.
    places: HashMap<String, usize>,
    rules: Vec<RuleFigures>,
    long: Least<RemovalRecord>,
}

impl Changes {
    /// `whole` reads the record.
    fn add(&mut self, removal: &RemovalBrief, whole: impl Fn() -> Result<RemovalRecord>) -> Result<()> {
        let chars = removal.end - removal.start;
        if removal.action == Action::Cut && removal.class != Class::Repeat {
            let name = || format!("{}\0{}", removal.path, removal.start);
            self.long.try_offer(u64::MAX - chars, name, &whole)?;
        }
        // A detector cuts and joins under one name; its joins are told apart.
        let joins = removal.action == Action::Join;
        let name = if joins { Cow::from(format!("{} (join)", removal.rule)) } else { Cow::from(removal.rule.as_ref()) };
        let place = self.places.get(name.as_ref()).copied().unwrap_or(self.rules.len());
        if place == self.rules.len() {
            self.places.insert(name.as_ref().to_owned(), place);
            self.rules.push(RuleFigures {
                class: removal.class,
                hits: 0,
                documents: 0,
                chars: 0,
                joins,
                examples: Vec::new(),
                last: String::new(),
            });
        }
        let rule = &mut self.rules[place];
        rule.hits += 1;
        rule.chars += chars;
        if rule.last != removal.path {
            rule.documents += 1;
            rule.last.clear();
            rule.last.push_str(&removal.path);
            if rule.examples.len() < EXAMPLES {
                rule.examples.push(whole()?);
            }
        }
        Ok(())
    }
}

struct Files {
    sites: BTreeMap<String, Site>,
    lost: Least<DocumentRecord>,
    review: Least<DocumentRecord>,
    groups: Least<(String, u32)>,
    heads: Least<DocumentRecord>,
    trouble: Vec<DocumentRecord>,
    trouble_total: u64,
}

impl Files {
    fn new() -> Self {
        Self {
            sites: BTreeMap::new(),
            lost: Least::new(5),
            review: Least::new(2),
            groups: Least::new(ROWS),
            heads: Least::new(4),
            trouble: Vec::new(),
            trouble_total: 0,
        }
    }

    /// `whole` reads the record.
    fn add(&mut self, record: &DocumentBrief, cut: u64, whole: impl Fn() -> Result<DocumentRecord>) -> Result<()> {
        let name = record.path.split_once('/').map_or("", |(first, _)| first);
        if !self.sites.contains_key(name) {
            self.sites.insert(name.to_owned(), Site::default());
        }
        if let Some(site) = self.sites.get_mut(name) {
            site.documents += 1;
            site.chars += record.chars_in;
            site.cut += cut;
            site.dropped += u64::from(record.decision == Decision::Drop);
        }
        let path = || record.path.clone().into_owned();
        if record.chars_in >= 200 && cut > 0 {
            self.lost.try_offer(millionths(1.0 - cut as f64 / record.chars_in as f64), path, &whole)?;
        }
        if record.review.is_some() {
            self.review.try_offer(0, path, &whole)?;
        }
        if record.cluster_size > 1 && record.decision == Decision::Keep {
            let score = u64::from(u32::MAX - record.cluster_size);
            self.groups.offer(score, path, || (path(), record.cluster_size));
            self.heads.try_offer(score, path, &whole)?;
        }
        if record.decision == Decision::Quarantine || record.review.is_some() {
            self.trouble_total += 1;
            if self.trouble.len() < ROWS * 2 {
                self.trouble.push(whole()?);
            }
        }
        Ok(())
    }
}

impl Item {
    /// Documents the item is about.
    pub(super) fn paths(&self) -> BTreeSet<&str> {
        match &self.what {
            What::Pair(pair) => [pair.a.as_str(), pair.b.as_str()].into(),
            What::Cut(cut) => [cut.path.as_str()].into(),
            What::Passage(passage) => [passage.a.as_str(), passage.b.as_str()].into(),
            What::Document(record) => [record.path.as_str()].into(),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_few_do_not_depend_on_the_order_they_come_in() {
        let take = |rows: &mut dyn Iterator<Item = u64>| {
            let mut least = Least::new(3);
            for row in rows {
                least.offer(row / 2, || row.to_string(), || row);
            }
            least.into_rows().collect::<Vec<u64>>()
        };
        let found = take(&mut (0..20u64));
        assert_eq!(found, take(&mut (0..20u64).rev()));
        assert_eq!(found.len(), 3);
        assert!(found.contains(&0) && found.contains(&1));
    }
}
