//! The records of the documents, pairs and groups that get a page of their own.

use super::Mode;
use super::gather::{Data, What};
use crate::audit::{Decision, DocumentRecord, DuplicateRecord, PassageRecord, RemovalRecord};
use crate::error::Result;
use crate::fields::Fields;
use crate::published::{AUDIT, Published, Records};
use memchr::memmem;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

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

/// All that has a page of its own.
#[derive(Debug, Default)]
pub(super) struct Details {
    pub documents: BTreeMap<String, Document>,
    pub pairs: BTreeMap<(String, String), DuplicateRecord>,
    /// Members of the groups, by their survivor.
    pub groups: BTreeMap<String, Vec<DocumentRecord>>,
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

/// What is read of a record to see whether it is shown.
#[derive(Deserialize)]
struct Grouped<'l> {
    #[serde(borrow)]
    cluster: Option<Cow<'l, str>>,
    cluster_size: u32,
}

/// The same, where the path holds what is escaped.
#[derive(Deserialize)]
struct Named<'l> {
    #[serde(borrow)]
    path: Cow<'l, str>,
}

/// The path of a record: read off its beginning where it is plain, as nearly all are.
fn path_of<'l, T: DeserializeOwned>(records: &Records<T>, line: &'l [u8]) -> Result<Cow<'l, str>> {
    let plain = Fields::of(line).next().filter(|(key, _)| *key == b"path").and_then(|(_, value)| value.text());
    match plain {
        Some(path) => Ok(path.into()),
        None => Ok(records.parse::<Named>(line)?.path),
    }
}

/// Collects them.
pub(super) fn load(out: &Published, data: &Data, mode: Mode) -> Result<Details> {
    let full = mode == Mode::Full;
    let mut details = Details::default();
    let survivors: BTreeSet<&str> = data.groups.iter().map(|group| group.0.as_str()).collect();
    let mut wanted: BTreeSet<String> = BTreeSet::new();
    for item in &data.items {
        wanted.extend(item.paths().into_iter().map(str::to_owned));
    }
    wanted.extend(data.trouble.iter().map(|record| record.path.clone()));
    wanted.extend(data.rules.values().flat_map(|rule| rule.examples.iter().map(|example| example.path.clone())));
    let mut documents = out.records::<DocumentRecord>(AUDIT[0])?;
    let mut line = Vec::new();
    let alone = memmem::Finder::new(b"\"cluster\":null");
    while documents.line(&mut line)? {
        // Most documents are in no group, and a quotation mark within a string is escaped.
        if alone.find(&line).is_some() {
            continue;
        }
        let Grouped { cluster: Some(survivor), cluster_size } = documents.parse(&line)? else { continue };
        if cluster_size > 1 && (full || survivors.contains(survivor.as_ref())) {
            let record: DocumentRecord = documents.parse(&line)?;
            let members = details.groups.entry(survivor.into_owned()).or_default();
            if members.len() < MEMBERS || record.witness.is_none() {
                wanted.insert(record.path.clone());
            }
            members.push(record);
        }
    }
    let mut named: BTreeSet<(String, String)> = BTreeSet::new();
    for item in &data.items {
        if let What::Pair(pair) = &item.what {
            named.insert((pair.a.clone(), pair.b.clone()));
        }
    }
    for (survivor, members) in &details.groups {
        for member in members.iter().filter(|member| wanted.contains(&member.path)) {
            named.insert((member.path.clone(), survivor.clone()));
        }
    }
    let mut by_document: BTreeMap<String, Vec<DuplicateRecord>> = BTreeMap::new();
    for pair in out.records::<DuplicateRecord>(AUDIT[2])? {
        let pair = pair?;
        let key = (pair.a.clone(), pair.b.clone());
        if full || named.contains(&key) {
            wanted.extend([pair.a.clone(), pair.b.clone()]);
            details.pairs.insert(key, pair.clone());
        }
        for path in [&pair.a, &pair.b] {
            if full || wanted.contains(path) {
                by_document.entry(path.clone()).or_default().push(pair.clone());
            }
        }
    }
    let mut passages: BTreeMap<String, (Vec<PassageRecord>, usize)> = BTreeMap::new();
    for passage in out.records::<PassageRecord>(AUDIT[3])? {
        let passage = passage?;
        let both: BTreeSet<&String> = [&passage.a, &passage.b].into();
        for path in both {
            if full || wanted.contains(path) {
                let (rows, total) = passages.entry(path.clone()).or_default();
                *total += 1;
                if rows.len() < PASSAGES {
                    rows.push(passage.clone());
                }
            }
        }
    }
    let mut documents = out.records::<DocumentRecord>(AUDIT[0])?;
    let mut removals = out.records::<RemovalRecord>(AUDIT[1])?;
    let mut ahead = Vec::new();
    let mut more = removals.line(&mut ahead)?;
    while documents.line(&mut line)? {
        let path = path_of(&documents, &line)?;
        let shown = full || wanted.contains(path.as_ref());
        let mut own: Vec<RemovalRecord> = Vec::new();
        while more && path_of(&removals, &ahead)? == path {
            if shown {
                own.push(removals.parse(&ahead)?);
            }
            more = removals.line(&mut ahead)?;
        }
        if !shown {
            continue;
        }
        let (record, removals): (DocumentRecord, _) = (documents.parse(&line)?, own);
        let path = &record.path;
        let told = || !removals.is_empty() || passages.contains_key(path) || by_document.contains_key(path);
        let quiet = || record.decision == Decision::Keep && record.held.is_empty() && !told();
        if wanted.contains(path) || !quiet() {
            let path = path.clone();
            let (passages, passages_total) = passages.remove(&path).unwrap_or_default();
            let pairs = by_document.remove(&path).unwrap_or_default();
            details.documents.insert(path, Document { record, removals, passages, passages_total, pairs });
        }
    }
    Ok(details)
}
