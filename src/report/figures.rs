//! The figures of the pages, and the decisions that deserve a look, gathered from records as they come: memory for what
//! is shown only, and 80 bytes a document.

use super::brief::RemovalBrief;
use super::data::{BINS, Data, Dropped, Flip, Item, Kind, Place, RuleFigures, Site, What, hash, least_coverage};
use super::least::Least;
use crate::audit::{
    Decision, DocumentRecord, DuplicateRecord, Label, PassageRecord, Relation, RemovalRecord, Scope, Verdict,
};
use crate::counts::Counts;
use crate::document::{Action, Class};
use crate::error::{Error, Result};
use crate::learn::Template;
use crate::published::{AUDIT, Mark};
use crate::relate::{CONTAINED, COPY, VERSION};
use crate::repeat::MIN_REPEAT;
use crate::summary::{RuleCut, RunFile, Totals};
use std::collections::{BTreeMap, HashMap};

/// Rows of the tables of the summary.
const ROWS: usize = 15;
/// Examples of a rule.
const EXAMPLES: usize = 3;
/// Lengths of repeats that are tried as thresholds.
const LENGTHS: [u64; 9] = [64, 80, 100, 120, 150, 200, 300, 500, 1000];

/// Takes in the records of a run: those of removals in the order of the documents, all pairs and passages, and then
/// the documents in the same order.
pub struct Figures {
    pairs: Pairs,
    passages: Passages,
    changes: Changes,
    files: Files,
    /// Of each document where its removals begin, and the characters cut.
    removals: Vec<(Mark, u64)>,
    places: Vec<Place>,
}

impl Default for Figures {
    fn default() -> Self {
        Self {
            pairs: Pairs::new(),
            passages: Passages::new(),
            changes: Changes::new(),
            files: Files::new(),
            removals: Vec::new(),
            places: Vec::new(),
        }
    }
}

impl Figures {
    /// Adds the removals of the next document: counted, and their `lines`, which begin in `removals.jsonl` at `start`.
    pub fn removals(&mut self, counts: &Counts, lines: &[u8], start: u64) -> Result<()> {
        let at = Mark { offset: start, lines: self.changes.lines };
        self.changes.add(self.removals.len(), counts, lines)?;
        self.removals.push((at, counts.cut()));
        Ok(())
    }

    /// Adds a pair.
    pub fn pair(&mut self, pair: &DuplicateRecord) {
        self.pairs.add(pair);
    }

    /// Adds a passage.
    pub fn passage(&mut self, passage: &PassageRecord) {
        self.passages.add(passage);
    }

    /// Adds the next document, whose line begins in `documents.jsonl` at `start`.
    pub fn document(&mut self, record: &DocumentRecord, start: u64) {
        let at = self.places.len();
        let (removals, cut) = self.removals.get(at).copied().unwrap_or_default();
        let document = Mark { offset: start, lines: at as u64 };
        let group = record.cluster.as_deref().filter(|_| record.cluster_size > 1).map(hash);
        self.places.push(Place { name: hash(&record.path), group, document, removals });
        if let Some(best) = self.pairs.best.get_mut(&record.path) {
            best.1 = record.chars_in - cut.min(record.chars_in);
        }
        self.pairs.dropped(record, cut);
        self.files.add(record, cut);
    }

    /// The rule or template that cut the most characters, of equals the last by name.
    pub fn largest_rule(&self) -> Option<RuleCut> {
        let most = self.changes.rules.iter().filter(|(_, rule)| !rule.joins);
        let (name, rule) = most.max_by_key(|(name, rule)| (rule.chars, name))?;
        Some(RuleCut { rule: name.clone(), chars: rule.chars })
    }

    /// What the pages of the run show that made the records.
    pub(super) fn finish(self, run: &RunFile, templates: Vec<Template>) -> Data {
        let Self { pairs, passages, changes, files, removals: _, places } = self;
        let mut items: Vec<Item> = Vec::new();
        let copies = pairs.flips();
        let rules: BTreeMap<String, RuleFigures> =
            changes.rules.into_iter().map(|(name, rule)| (rule.shown(name), rule)).collect();
        let own: Vec<Dropped> = pairs.own.into_rows().collect();
        let told = |pair: &DuplicateRecord| own.iter().any(|copy| copy.path == pair.a && copy.witness == pair.b);
        for (kind, least) in pairs.picks {
            let rows = least.into_rows().filter(|pair| !told(pair));
            items.extend(rows.map(|pair| Item { kind, what: What::Pair(pair) }));
        }
        items.extend(own.into_iter().map(|copy| Item { kind: Kind::OwnWords, what: What::Dropped(copy) }));
        for (kind, least) in passages.picks {
            items.extend(least.into_rows().map(|passage| Item { kind, what: What::Passage(passage) }));
        }
        items.extend(changes.long.into_rows().map(|cut| Item { kind: Kind::LongCut, what: What::Cut(cut) }));
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
            run: run.clone(),
            coverage,
            jaccard,
            sites,
            items,
            groups,
            rules,
            templates,
            copies,
            repeats: passages.flips,
            trouble: files.trouble,
            trouble_total: files.trouble_total,
            places,
        }
    }
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
    /// For each pair of which one went, by the hash of both names, the share of it that its witness lacks.
    lacks: HashMap<u64, f64>,
    /// The copies that went with the most characters of their own.
    own: Least<Dropped>,
}

/// What a pair is looked up by.
fn pair_hash(a: &str, b: &str) -> u64 {
    hash(&format!("{a}\0{b}"))
}

impl Pairs {
    fn new() -> Self {
        let limits =
            [(Kind::Above, 5), (Kind::Below, 3), (Kind::Contained, 3), (Kind::VersionEdge, 2), (Kind::Numbers, 2)];
        Self {
            coverage: [0; BINS],
            jaccard: [0; BINS],
            picks: limits.into_iter().map(|(kind, limit)| (kind, Least::new(limit))).collect(),
            alike: BTreeMap::new(),
            best: HashMap::new(),
            lacks: HashMap::new(),
            own: Least::new(5),
        }
    }

    /// Offers a document that went, once all pairs are known.
    fn dropped(&mut self, record: &DocumentRecord, cut: u64) {
        let Some(witness) = record.witness.as_ref().filter(|_| record.decision == Decision::Drop) else { return };
        let Some(lacks) = self.lacks.get(&pair_hash(&record.path, witness)) else { return };
        let own = (lacks * record.chars_in.saturating_sub(cut) as f64).round() as u64;
        if own > 0 {
            let copy = || Dropped { path: record.path.clone(), witness: witness.clone(), own };
            self.own.offer(u64::MAX - own, || record.path.clone(), copy);
        }
    }

    fn add(&mut self, pair: &DuplicateRecord) {
        let least = least_coverage(pair);
        if pair.action == Verdict::Drop && pair.coverage_a < 1.0 {
            self.lacks.insert(pair_hash(&pair.a, &pair.b), 1.0 - pair.coverage_a);
        }
        self.coverage[bin(least)] += 1;
        self.jaccard[bin(pair.jaccard)] += 1;
        let mut offers: Vec<(Kind, u64)> = Vec::new();
        match pair.relation {
            Relation::NumbersDiffer => offers.push((Kind::Numbers, 0)),
            Relation::Contained => offers.push((Kind::Contained, millionths(pair.coverage_a - CONTAINED))),
            // At no threshold are they copies.
            Relation::Exact | Relation::Near if pair.differs.is_some() => {}
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
        } else if passage.symbols < u64::from(MIN_REPEAT) {
            // A longer one stays for another reason, such as numbers that differ: its length decided nothing.
            offer(Kind::RepeatBelow, u64::from(MIN_REPEAT) - passage.symbols);
        }
    }
}

struct Changes {
    /// The figures of each rule, by its name; those of a detector that cuts and joins stand side by side.
    places: HashMap<String, [Option<usize>; 2]>,
    rules: Vec<(String, RuleFigures)>,
    long: Least<RemovalRecord>,
    /// Lines of all documents so far.
    lines: u64,
}

impl Changes {
    fn new() -> Self {
        Self { places: HashMap::new(), rules: Vec::new(), long: Least::new(5), lines: 0 }
    }

    /// Adds the removals of a document.
    fn add(&mut self, document: usize, counts: &Counts, lines: &[u8]) -> Result<()> {
        for row in &counts.rules {
            let joins = row.action == Action::Join;
            if !self.places.contains_key(row.rule.as_ref()) {
                self.places.insert(row.rule.as_ref().to_owned(), [None; 2]);
            }
            let Some(places) = self.places.get_mut(row.rule.as_ref()) else { continue };
            let place = *places[usize::from(joins)].get_or_insert(self.rules.len());
            if place == self.rules.len() {
                let figures = RuleFigures { joins, last: usize::MAX, ..RuleFigures::of(row.class) };
                self.rules.push((row.rule.as_ref().to_owned(), figures));
            }
            let rule = &mut self.rules[place].1;
            rule.hits += row.hits;
            rule.chars += row.chars;
            if rule.last != document {
                rule.last = document;
                rule.documents += 1;
                if rule.examples.len() < EXAMPLES {
                    rule.examples.extend(first(lines, |brief| brief.rule == row.rule && brief.action == row.action)?);
                }
            }
        }
        self.lines += counts.hits();
        if counts.longest > 0 && self.long.may_take(u64::MAX - counts.longest) {
            for line in lines.split_inclusive(|byte| *byte == b'\n') {
                let brief = RemovalBrief::read(line).map_err(damaged)?;
                if brief.action == Action::Cut && brief.class != Class::Repeat {
                    let name = || format!("{}\0{}", brief.path, brief.start);
                    let whole = || serde_json::from_slice(line).map_err(damaged);
                    self.long.try_offer(u64::MAX - (brief.end - brief.start), name, whole)?;
                }
            }
        }
        Ok(())
    }
}

/// The first of some removals that is wanted.
fn first(lines: &[u8], wanted: impl Fn(&RemovalBrief) -> bool) -> Result<Option<RemovalRecord>> {
    for line in lines.split_inclusive(|byte| *byte == b'\n') {
        if wanted(&RemovalBrief::read(line).map_err(damaged)?) {
            return serde_json::from_slice(line).map(Some).map_err(damaged);
        }
    }
    Ok(None)
}

fn damaged(error: serde_json::Error) -> Error {
    let message = format!("a record is damaged ({error}): run dechaff again with --rebuild to make a new output");
    Error::State { path: AUDIT[1].into(), message }
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

    fn add(&mut self, record: &DocumentRecord, cut: u64) {
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
        let path = || record.path.clone();
        let whole = || record.clone();
        if record.chars_in >= 200 && cut > 0 {
            self.lost.offer(millionths(1.0 - cut as f64 / record.chars_in as f64), path, whole);
        }
        if record.review.is_some() {
            self.review.offer(0, path, whole);
        }
        if record.cluster_size > 1 && record.decision == Decision::Keep {
            let score = u64::from(u32::MAX - record.cluster_size);
            self.groups.offer(score, path, || (path(), record.cluster_size));
            self.heads.offer(score, path, whole);
        }
        if record.decision == Decision::Quarantine || record.review.is_some() {
            self.trouble_total += 1;
            if self.trouble.len() < ROWS * 2 {
                self.trouble.push(whole());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passage(symbols: u64, action: &str) -> PassageRecord {
        serde_json::from_value(serde_json::json!({
            "a": "d.txt", "a_line_start": 9, "a_line_end": 9, "a_start": symbols, "a_end": 2 * symbols,
            "b": "d.txt", "b_line_start": 1, "b_line_end": 1, "b_start": 0, "b_end": symbols,
            "symbols": symbols, "identity": 1.0, "scope": "within", "label": "exact", "action": action,
        }))
        .unwrap()
    }

    fn pair(a: &str, relation: &str, action: &str, coverage: f64) -> DuplicateRecord {
        serde_json::from_value(serde_json::json!({
            "a": a, "b": "kept.txt", "relation": relation, "action": action, "jaccard": coverage,
            "coverage_a": coverage, "coverage_b": 1.0, "simhash_distance": 3,
        }))
        .unwrap()
    }

    fn document(path: &str, decision: Decision, chars: u64) -> DocumentRecord {
        let witness = (decision == Decision::Drop).then(|| "kept.txt".to_owned());
        let reason = if witness.is_some() { "near" } else { "unique" };
        serde_json::from_value(serde_json::json!({
            "path": path, "encoding": "UTF-8", "bytes": 3 * chars, "chars_in": chars, "chars_out": 0,
            "decision": crate::summary::label(&decision), "reason": reason, "witness": witness, "cluster": null,
            "cluster_size": 1, "simhash": null, "key_hash": null, "bytes_hash": null, "bom": false, "newline": "lf",
        }))
        .unwrap()
    }

    #[test]
    fn what_went_with_words_of_its_own_is_looked_at_first_and_mere_numbers_last() {
        let mut figures = Figures::default();
        let (short, long) = (("short.txt", 0.9, 500), ("long.txt", 0.97, 90_000));
        for at in 0..9 {
            figures.pair(&pair(&format!("number-{at}.txt"), "numbers-differ", "flag", 1.0));
        }
        figures.pair(&pair("equal.txt", "exact", "drop", 1.0));
        figures.pair(&pair("version.txt", "near", "flag", 0.89));
        for (path, coverage, _) in [short, long] {
            figures.pair(&pair(path, "near", "drop", coverage));
        }
        figures.document(&document("equal.txt", Decision::Drop, 900), 0);
        figures.document(&document("kept.txt", Decision::Keep, 900), 0);
        for (path, _, chars) in [short, long] {
            figures.document(&document(path, Decision::Drop, chars), 0);
        }
        let data = figures.finish(&RunFile::default(), Vec::new());
        let told: Vec<(Kind, String)> =
            data.items.iter().filter_map(|item| Some((item.kind, item.pair()?.0))).collect();
        let named: Vec<(Kind, &str)> = told.iter().map(|(kind, path)| (*kind, path.as_str())).collect();
        assert_eq!(
            named[..3],
            [(Kind::OwnWords, "long.txt"), (Kind::OwnWords, "short.txt"), (Kind::Below, "version.txt")],
            "by characters, not by share; and each pair once"
        );
        assert!(named.len() == 5 && named[3..].iter().all(|(kind, _)| *kind == Kind::Numbers), "{named:?}");
    }

    #[test]
    fn only_what_is_shorter_than_the_limit_is_shown_as_too_short() {
        let mut passages = Passages::new();
        for (symbols, action) in [(154, "flag"), (150, "flag"), (149, "flag"), (150, "drop"), (400, "drop")] {
            passages.add(&passage(symbols, action));
        }
        let short = passages.picks.remove(&Kind::RepeatBelow).unwrap();
        assert_eq!(short.into_rows().map(|passage| passage.symbols).collect::<Vec<u64>>(), [149]);
    }
}
