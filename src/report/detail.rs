//! The records of the documents, pairs and groups that get a page of their own.

use super::Mode;
use super::data::{Data, Item, hash};
use crate::audit::{Decision, DocumentRecord, DuplicateRecord, PassageRecord, RemovalRecord, Verdict};
use crate::error::Result;
use crate::published::{AUDIT, Published};
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// Members of a group that get pages in a sample.
const MEMBERS: usize = 8;
/// Passages of one document on its page.
const PASSAGES: usize = 200;

/// A document with what happened to it.
#[derive(Debug)]
pub(super) struct Document {
    pub record: DocumentRecord,
    pub removals: Vec<RemovalRecord>,
    /// Passages with a place in it.
    pub passages: Vec<PassageRecord>,
    pub passages_total: usize,
    pub pairs: Vec<DuplicateRecord>,
}

/// A document in the list of all of them.
#[derive(Debug)]
pub(super) struct Listed {
    pub path: String,
    pub decision: Decision,
    pub chars_in: u64,
    pub chars_out: u64,
    /// Something was cut or joined in it.
    pub changed: bool,
    /// A pair or passage with it is only reported.
    pub reported: bool,
    pub review: bool,
}

/// All that has a page of its own.
#[derive(Debug, Default)]
pub(super) struct Details {
    pub documents: BTreeMap<String, Document>,
    pub pairs: BTreeMap<(String, String), DuplicateRecord>,
    /// Members of the groups, by their survivor.
    pub groups: BTreeMap<String, Vec<DocumentRecord>>,
    /// Every document of the input, where all pages are asked for.
    pub list: Vec<Listed>,
}

impl Details {
    /// The page of a document.
    pub(super) fn document(&self, up: &str, path: &str) -> Option<String> {
        self.documents.contains_key(path).then(|| format!("{up}{}", super::shard("doc", &super::id(&[path]))))
    }

    /// The page of a pair.
    pub(super) fn pair(&self, up: &str, a: &str, b: &str) -> Option<String> {
        self.pairs
            .contains_key(&(a.to_owned(), b.to_owned()))
            .then(|| format!("{up}{}", super::shard("pair", &super::id(&[a, b]))))
    }

    /// The page of a group.
    pub(super) fn group(&self, up: &str, survivor: &str) -> Option<String> {
        self.groups.contains_key(survivor).then(|| format!("{up}{}", super::shard("group", &super::id(&[survivor]))))
    }
}

fn listed(record: &DocumentRecord, changed: bool, reported: bool) -> Listed {
    Listed {
        path: record.path.clone(),
        decision: record.decision,
        chars_in: record.chars_in,
        chars_out: record.chars_out,
        changed,
        reported,
        review: record.review.is_some(),
    }
}

/// Collects them.
pub(super) fn load(out: &Published, data: &Data, mode: Mode) -> Result<Details> {
    let mut wanted: BTreeSet<String> = BTreeSet::new();
    for item in &data.items {
        wanted.extend(item.paths().into_iter().map(str::to_owned));
    }
    wanted.extend(data.trouble.iter().map(|record| record.path.clone()));
    wanted.extend(data.rules.values().flat_map(|rule| rule.examples.iter().map(|example| example.path.clone())));
    let mut load = Load { out, data, full: mode == Mode::Full, wanted, details: Details::default() };
    load.groups()?;
    let by_document = load.pairs()?;
    let passages = load.passages()?;
    load.documents(by_document, passages)?;
    Ok(load.details)
}

/// The first passages of each document, and how many it has.
type Passages = BTreeMap<String, (Vec<PassageRecord>, usize)>;

struct Load<'o> {
    out: &'o Published,
    data: &'o Data,
    /// Everything gets a page.
    full: bool,
    /// Documents that do in any case.
    wanted: BTreeSet<String>,
    details: Details,
}

impl Load<'_> {
    /// The groups, and the members that are shown of each.
    fn groups(&mut self) -> Result<()> {
        let survivors: BTreeSet<&str> = self.data.groups.iter().map(|group| group.0.as_str()).collect();
        let groups: BTreeSet<u64> = survivors.iter().map(|survivor| hash(survivor)).collect();
        let mut documents = self.out.records::<DocumentRecord>(AUDIT[0])?;
        let mut line = Vec::new();
        for place in &self.data.places {
            if !place.group.is_some_and(|group| self.full || groups.contains(&group)) {
                continue;
            }
            documents.go(place.document)?;
            documents.line(&mut line)?;
            let record: DocumentRecord = documents.parse(&line)?;
            let Some(survivor) = record.cluster.clone() else { continue };
            if self.full || survivors.contains(survivor.as_str()) {
                let members = self.details.groups.entry(survivor).or_default();
                if members.len() < MEMBERS || record.witness.is_none() {
                    self.wanted.insert(record.path.clone());
                }
                members.push(record);
            }
        }
        Ok(())
    }

    /// The pairs, by themselves and by their documents.
    fn pairs(&mut self) -> Result<BTreeMap<String, Vec<DuplicateRecord>>> {
        let mut named: BTreeSet<(String, String)> = BTreeSet::new();
        named.extend(self.data.items.iter().filter_map(Item::pair));
        for (survivor, members) in &self.details.groups {
            for member in members.iter().filter(|member| self.wanted.contains(&member.path)) {
                named.insert((member.path.clone(), survivor.clone()));
            }
        }
        let mut by_document: BTreeMap<String, Vec<DuplicateRecord>> = BTreeMap::new();
        for pair in self.out.records::<DuplicateRecord>(AUDIT[2])? {
            let pair = pair?;
            let key = (pair.a.clone(), pair.b.clone());
            if self.full || named.contains(&key) {
                self.wanted.extend([pair.a.clone(), pair.b.clone()]);
                self.details.pairs.insert(key, pair.clone());
            }
            for path in [&pair.a, &pair.b] {
                if self.full || self.wanted.contains(path) {
                    by_document.entry(path.clone()).or_default().push(pair.clone());
                }
            }
        }
        Ok(by_document)
    }

    fn passages(&self) -> Result<Passages> {
        let mut passages = Passages::new();
        for passage in self.out.records::<PassageRecord>(AUDIT[3])? {
            let passage = passage?;
            let both: BTreeSet<&String> = [&passage.a, &passage.b].into();
            for path in both {
                if self.full || self.wanted.contains(path) {
                    let (rows, total) = passages.entry(path.clone()).or_default();
                    *total += 1;
                    if rows.len() < PASSAGES {
                        rows.push(passage.clone());
                    }
                }
            }
        }
        Ok(passages)
    }

    /// The documents with what happened to them.
    fn documents(
        &mut self,
        mut by_document: BTreeMap<String, Vec<DuplicateRecord>>,
        mut passages: Passages,
    ) -> Result<()> {
        let names: HashSet<u64> = self.wanted.iter().map(|path| hash(path)).collect();
        let mut documents = self.out.records::<DocumentRecord>(AUDIT[0])?;
        let mut removals = self.out.records::<RemovalRecord>(AUDIT[1])?;
        let mut line = Vec::new();
        for place in self.data.places.iter().filter(|place| self.full || names.contains(&place.name)) {
            documents.go(place.document)?;
            documents.line(&mut line)?;
            let record: DocumentRecord = documents.parse(&line)?;
            let shown = self.wanted.contains(&record.path);
            if !self.full && !shown {
                continue;
            }
            removals.go(place.removals)?;
            let mut own: Vec<RemovalRecord> = Vec::new();
            while removals.line(&mut line)? {
                let removal: RemovalRecord = removals.parse(&line)?;
                if removal.path != record.path {
                    break;
                }
                own.push(removal);
            }
            let path = record.path.clone();
            if self.full {
                let pairs =
                    by_document.get(&path).is_some_and(|rows| rows.iter().any(|row| row.action == Verdict::Flag));
                let rows = passages.get(&path).map(|(rows, _)| rows);
                let reported = pairs || rows.is_some_and(|rows| rows.iter().any(|row| row.action == Verdict::Flag));
                self.details.list.push(listed(&record, !own.is_empty(), reported));
            }
            let told = || !own.is_empty() || passages.contains_key(&path) || by_document.contains_key(&path);
            if shown || record.decision != Decision::Keep || !record.held.is_empty() || told() {
                let (passages, passages_total) = passages.remove(&path).unwrap_or_default();
                let pairs = by_document.remove(&path).unwrap_or_default();
                self.details
                    .documents
                    .insert(path, Document { record, removals: own, passages, passages_total, pairs });
            }
        }
        Ok(())
    }
}
