//! Passages that stand in two kept documents.

use crate::audit::Label;
use crate::join::{self, Entry};
use crate::key::Key;
use crate::relate::{Profile, Related};
use crate::repeat::FORMULA;
use crate::verify::{Keys, Link, Pairs, Passage, Posting, link_group, passages};
use rayon::prelude::*;

/// A shingle that stands in at least this many documents, and in [`COMMON_SHARE`] of the corpus, is common.
pub const COMMON_DOCUMENTS: usize = 8;
/// See [`COMMON_DOCUMENTS`].
pub const COMMON_SHARE: f64 = 0.005;
/// Share of common fingerprints from which a passage is a formula (after the banality measure of TextPAIR).
pub const COMMON_PART: f64 = 0.9;

struct ByRank<'p> {
    profiles: &'p [Option<Profile>],
    order: &'p [u32],
    none: Key,
}

impl Keys for ByRank<'_> {
    fn key(&self, rank: u32) -> &Key {
        let doc = self.order[rank as usize];
        self.profiles[doc as usize].as_ref().map_or(&self.none, |profile| &profile.key)
    }
}

/// A passage across documents with its label; the documents are numbers of the corpus, `b` is the better survivor.
#[derive(Debug, Clone, PartialEq)]
pub struct SharedPassage {
    /// The verified passage.
    pub passage: Passage,
    /// Kind of repeat.
    pub label: Label,
}

/// Finds the passages that the kept documents share.
pub fn shared(profiles: &[Option<Profile>], related: &Related) -> Vec<SharedPassage> {
    let order = &related.representatives[..];
    let kept = |rank: u32| related.witness[order[rank as usize] as usize].is_none();
    let entries: Vec<Entry> = related.anchors.iter().copied().filter(|entry| kept(entry.doc)).collect();
    let keys = ByRank { profiles, order, none: Key::default() };
    let groups: Vec<&[Entry]> = join::shared(&entries).collect();
    let common = COMMON_DOCUMENTS.max((order.len() as f64 * COMMON_SHARE) as usize);
    let mut links: Vec<Link> = groups
        .par_iter()
        .fold(Vec::new, |mut links, group| {
            let postings: Vec<Posting> = group.iter().map(|e| Posting { doc: e.doc, at: e.at }).collect();
            link_group(&postings, Pairs::Across, &keys, &mut links);
            links
        })
        .reduce(Vec::new, |mut a, mut b| {
            a.append(&mut b);
            a
        });
    links.par_sort_unstable_by_key(|link| (link.doc, link.at, link.other, link.other_at, link.len));
    let mut commons: Vec<(u32, u32)> = groups
        .par_iter()
        .filter(|group| group.chunk_by(|a, b| a.doc == b.doc).nth(common - 1).is_some())
        .flat_map_iter(|group| group.iter().map(|e| (e.doc, e.at)))
        .collect();
    commons.par_sort_unstable();
    let by_doc: Vec<&[Link]> = links.chunk_by(|a, b| a.doc == b.doc).collect();
    by_doc
        .par_iter()
        .flat_map_iter(|links| passages(links.to_vec(), &keys))
        .map(|passage| {
            let label = label(&passage, &commons, profiles, order);
            let (a, b) = (order[passage.a as usize], order[passage.b as usize]);
            SharedPassage { passage: Passage { a, b, ..passage }, label }
        })
        .collect()
}

fn label(passage: &Passage, commons: &[(u32, u32)], profiles: &[Option<Profile>], order: &[u32]) -> Label {
    let inside = |at: u32| passage.a_span.contains(&at);
    let start = commons.partition_point(|row| *row < (passage.a, passage.a_span.start));
    let common = commons[start..].iter().take_while(|row| row.0 == passage.a && inside(row.1)).count();
    let all = profiles[order[passage.a as usize] as usize].as_ref().map_or(0, |profile| {
        let start = profile.prints.partition_point(|print| print.at < passage.a_span.start);
        profile.prints[start..].iter().take_while(|print| inside(print.at)).count()
    });
    if passage.symbols < FORMULA || (all > 0 && common as f64 >= COMMON_PART * all as f64) {
        Label::Formula
    } else if passage.number_conflicts > 0 {
        Label::NumbersDiffer
    } else if passage.runs.len() == 1 {
        Label::Exact
    } else {
        Label::Near
    }
}
