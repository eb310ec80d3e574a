//! Passages that stand in two kept documents.

use crate::audit::Label;
use crate::candidates::ranks;
use crate::error::Result;
use crate::fingerprint::winnow;
use crate::join;
use crate::library::Library;
use crate::passages::{Keys, Link, Pairs, Passage, Posting, company, link_group, passages};
use crate::relate::Related;
use crate::repeat::FORMULA;
use crate::state::codec::{Get, Put};
use crate::state::sealed::Writer;
use crate::store::{Seen, Window};
use rayon::prelude::*;
use std::ops::Range;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

/// A shingle that stands in at least this many documents, and in [`COMMON_SHARE`] of the corpus, is common.
pub const COMMON_DOCUMENTS: usize = 8;
/// See [`COMMON_DOCUMENTS`].
pub const COMMON_SHARE: f64 = 0.005;
/// Share of common fingerprints from which a passage is a formula (after the banality measure of TextPAIR).
pub const COMMON_PART: f64 = 0.9;

struct ByRank<'l> {
    library: &'l Library<'l>,
    order: &'l [u32],
}

impl Keys for ByRank<'_> {
    fn key(&self, rank: u32) -> Seen<'_> {
        self.library.keys.view(self.order[rank as usize])
    }

    fn window(&self, rank: u32, span: Range<usize>) -> Window<'_> {
        self.library.keys.window(self.order[rank as usize], span)
    }
}

/// Links of one part of the join, and places of common shingles.
type Found = (Vec<Link>, Vec<(u32, u32)>);

/// Where the first and last symbols of the two places stand in the inputs: characters before them, and their lines.
pub type Places = [(u64, u64); 4];

/// A passage across documents with its label; the documents are numbers of the corpus, `b` is the better survivor.
#[derive(Debug, Clone, PartialEq)]
pub struct SharedPassage {
    /// The verified passage; its runs only where this run has found it.
    pub passage: Passage,
    /// Whether it is one run.
    pub whole: bool,
    /// Kind of repeat.
    pub label: Label,
    /// Where it stands in the inputs, once that was looked up.
    pub places: Option<Places>,
}

/// The passages that an earlier run found, of documents that are the same.
#[derive(Debug, Default)]
pub struct Remembered {
    any: bool,
    /// Whether each document was kept, and so took part in the search.
    took_part: Vec<bool>,
    found: Vec<SharedPassage>,
}

/// In the place of a rank: a document that took part in the earlier run and has no rank any more.
const GONE: u32 = u32::MAX;

/// Finds the passages that the kept documents share. What passages a document has with better survivors depends on
/// nothing but its links to the documents that share its fingerprints: where these are the same as in an earlier run, so
/// are they.
pub fn shared(library: &Library, related: &Related, past: Remembered) -> Result<Vec<SharedPassage>> {
    let order = &related.representatives[..];
    let ranks = ranks(library, order);
    let ranks_kept: Vec<Option<u32>> =
        ranks.iter().zip(&related.witness).map(|(rank, witness)| rank.filter(|_| witness.is_none())).collect();
    let dirty = order.iter().map(|doc| AtomicBool::new(!past.any || !past.took_part(*doc))).collect();
    let search = Search { keys: ByRank { library, order }, ranks_kept, dirty };
    if past.any {
        search.mark_changed(&past, &ranks)?;
        library.keys.check()?;
    }
    let (links, commons) = search.links()?;
    let by_doc: Vec<&[Link]> = links.chunk_by(|a, b| a.doc == b.doc).collect();
    let mut found: Vec<SharedPassage> = by_doc
        .par_iter()
        .flat_map_iter(|links| passages(links.to_vec(), &search.keys))
        .map(|passage| {
            let (a, b) = (order[passage.a as usize], order[passage.b as usize]);
            let whole = passage.runs.len() == 1;
            SharedPassage { passage: Passage { a, b, ..passage }, whole, label: Label::Exact, places: None }
        })
        .collect();
    let same = |found: &SharedPassage| search.kept(found.passage.a).is_some_and(|rank| !search.is_dirty(rank));
    found.extend(past.found.into_iter().filter(same));
    // What is common is a matter of the whole corpus.
    found.par_iter_mut().for_each(|found| {
        let rank = search.kept(found.passage.a).unwrap_or(GONE);
        found.label = label(found, rank, &commons, &search.keys);
    });
    library.keys.check()?;
    Ok(found)
}

/// The search for passages; documents go by their ranks.
struct Search<'l> {
    keys: ByRank<'l>,
    /// The rank of each document that is kept.
    ranks_kept: Vec<Option<u32>>,
    /// Whether a document has links that an earlier run did not see.
    dirty: Vec<AtomicBool>,
}

impl Search<'_> {
    fn kept(&self, doc: u32) -> Option<u32> {
        self.ranks_kept[doc as usize]
    }

    fn is_dirty(&self, rank: u32) -> bool {
        self.dirty.get(rank as usize).is_none_or(|dirty| dirty.load(Ordering::Relaxed))
    }

    fn mark(&self, rank: u32) {
        if let Some(dirty) = self.dirty.get(rank as usize) {
            dirty.store(true, Ordering::Relaxed);
        }
    }

    /// Marks the documents whose links are not those of the earlier run.
    fn mark_changed(&self, past: &Remembered, ranks: &[Option<u32>]) -> Result<()> {
        let prints = &self.keys.library.prints;
        let documents = 0..ranks.len() as u32;
        let role =
            |doc: u32| self.kept(doc).or_else(|| past.took_part(doc).then(|| ranks[doc as usize].unwrap_or(GONE)));
        let roles: Vec<Option<u32>> = documents.clone().map(role).collect();
        let changed: Vec<bool> = documents.map(|doc| self.kept(doc).is_some() != past.took_part(doc)).collect();
        (0..join::PARTS).into_par_iter().try_for_each(|part| {
            let gone = prints.gone(part);
            let mut room = [Vec::new(), Vec::new()];
            let matters = |group: &[join::Entry]| {
                group.iter().any(|entry| changed[entry.doc as usize]) || gone.binary_search(&group[0].key()).is_ok()
            };
            for group in prints.part(part, &roles, matters)?.chunk_by_mut(|a, b| a.key() == b.key()) {
                // One that came or went may matter to those behind it; where its place is not known, to all.
                if group.iter().any(|entry| entry.doc == GONE) || gone.binary_search(&group[0].key()).is_ok() {
                    group.iter().for_each(|entry| self.mark(entry.doc));
                } else if group.iter().any(|entry| !self.is_dirty(entry.doc)) {
                    // Sorted are the few groups that need it.
                    group.sort_unstable();
                    self.mark_linked(past, group, &mut room);
                }
            }
            Ok(())
        })
    }

    /// Marks the documents of a sorted group whose links in it are not those of the earlier run. Whether they are, the links
    /// tell: most that share a phrase share no more than that.
    fn mark_linked(&self, past: &Remembered, group: &[join::Entry], [then, now]: &mut [Vec<Link>; 2]) {
        let order = self.keys.order;
        let takes_part = |entry: &&join::Entry| self.kept(order[entry.doc as usize]).is_some();
        let took_part = |entry: &&join::Entry| past.took_part(order[entry.doc as usize]);
        let mut had: Vec<Posting> = group.iter().filter(took_part).map(posting).collect();
        let mut has: Vec<Posting> = group.iter().filter(takes_part).map(posting).collect();
        company(&mut had);
        company(&mut has);
        // Links of a document come from what stands before it. The change itself may stand behind the first
        // difference: one that nobody agreed with may have company now.
        let same = had.iter().zip(&has).take_while(|(a, b)| a == b).count();
        let first = [had.get(same), has.get(same)].into_iter().flatten().map(|first| first.doc).min();
        let Some(from) = first else { return };
        let open = |rank: u32| rank >= from && !self.is_dirty(rank);
        links_of(had, &self.keys, open, then);
        links_of(has, &self.keys, open, now);
        let mut before = then.chunk_by(|a, b| a.doc == b.doc).peekable();
        let mut after = now.chunk_by(|a, b| a.doc == b.doc).peekable();
        loop {
            let next = [before.peek(), after.peek()].into_iter().flatten().map(|links| links[0].doc).min();
            let Some(doc) = next else { break };
            let of = |links: &&[Link]| links[0].doc == doc;
            if before.next_if(of) != after.next_if(of) {
                self.mark(doc);
            }
        }
    }

    /// The links of the documents that are marked, and the places of common shingles, both sorted.
    fn links(&self) -> Result<Found> {
        let common = COMMON_DOCUMENTS.max((self.keys.order.len() as f64 * COMMON_SHARE) as usize);
        let new: Vec<bool> = self.ranks_kept.iter().map(|rank| rank.is_some_and(|rank| self.is_dirty(rank))).collect();
        // Before it is known who of a group is kept.
        let matters =
            |group: &[join::Entry]| group.len() >= common || group.iter().any(|entry| new[entry.doc as usize]);
        let parts: Vec<Found> = (0..join::PARTS)
            .into_par_iter()
            .map(|part| {
                let mut entries = self.keys.library.prints.part(part, &self.ranks_kept, matters)?;
                let (mut links, mut commons, mut postings) = (Vec::new(), Vec::new(), Vec::new());
                for group in entries.chunk_by_mut(|a, b| a.key() == b.key()) {
                    let phrase = group.chunk_by(|a, b| a.doc == b.doc).nth(common - 1).is_some();
                    if !join::of_several(group) || (!phrase && !group.iter().any(|entry| self.is_dirty(entry.doc))) {
                        continue;
                    }
                    group.sort_unstable();
                    if group.iter().skip(1).any(|entry| self.is_dirty(entry.doc)) {
                        // All of them: who has company is decided over the whole group.
                        postings.extend(group.iter().map(posting));
                        link_group(&mut postings, Pairs::Across, &self.keys, |rank| self.is_dirty(rank), &mut links);
                    }
                    if phrase {
                        commons.extend(group.iter().map(|e| (e.doc, e.at)));
                    }
                }
                Ok((links, commons))
            })
            .collect::<Result<_>>()?;
        self.keys.library.keys.check()?;
        let (mut links, mut commons) = (Vec::new(), Vec::new());
        for (mut more, mut also) in parts {
            links.append(&mut more);
            commons.append(&mut also);
        }
        links.par_sort_unstable_by_key(|link| (link.doc, link.at, link.other, link.other_at, link.len));
        commons.par_sort_unstable();
        Ok((links, commons))
    }
}

fn posting(entry: &join::Entry) -> Posting {
    Posting { doc: entry.doc, at: entry.at, context: entry.context() }
}

/// The links in a group of documents of those that are wanted, sorted.
fn links_of(mut postings: Vec<Posting>, keys: &ByRank<'_>, wanted: impl Fn(u32) -> bool, links: &mut Vec<Link>) {
    links.clear();
    link_group(&mut postings, Pairs::Across, keys, wanted, links);
    links.sort_unstable();
}

impl Remembered {
    fn took_part(&self, doc: u32) -> bool {
        self.took_part.get(doc as usize).copied().unwrap_or(false)
    }

    /// Reads what [`write`] wrote; `now` gives each document of that run the number it has now. `None` where the bytes
    /// mean nothing.
    pub fn read(payload: &[u8], now: &[Option<u32>], documents: usize) -> Option<Self> {
        let mut get = Get(payload);
        let place = |doc: u32| now.get(doc as usize).copied().flatten();
        let mut took_part = vec![false; documents];
        for (doc, kept) in get.bytes()?.iter().enumerate() {
            if let Some(now) = place(doc as u32) {
                *took_part.get_mut(now as usize)? = *kept != 0;
            }
        }
        let mut found = Vec::new();
        for _ in 0..get.u32()? {
            let (a, b) = (place(get.u32()?), place(get.u32()?));
            let passage = Passage {
                a: a.unwrap_or(0),
                a_span: get.u32()?..get.u32()?,
                b: b.unwrap_or(0),
                b_span: get.u32()?..get.u32()?,
                symbols: get.u32()?,
                number_conflicts: get.u32()?,
                runs: Vec::new(),
            };
            let (whole, located) = (get.take(1)?[0] != 0, get.take(1)?[0] != 0);
            let mut places = None;
            if located {
                let mut all: Places = Default::default();
                for place in &mut all {
                    *place = (get.u64()?, get.u64()?);
                }
                places = Some(all);
            }
            if a.is_some() && b.is_some() {
                found.push(SharedPassage { passage, whole, label: Label::Exact, places });
            }
        }
        get.0.is_empty().then_some(Self { any: true, took_part, found })
    }
}

/// Writes the passages for the next run, and gives the seal.
pub fn write(found: &[SharedPassage], related: &Related, path: &Path, fingerprint: &str) -> Result<u64> {
    let mut kept = vec![0u8; related.witness.len()];
    for doc in related.representatives.iter().filter(|doc| related.witness[**doc as usize].is_none()) {
        kept[*doc as usize] = 1;
    }
    let mut put = Put::default();
    put.bytes(&kept);
    put.u32(found.len() as u32);
    for SharedPassage { passage: p, whole, label: _, places } in found {
        for number in
            [p.a, p.b, p.a_span.start, p.a_span.end, p.b_span.start, p.b_span.end, p.symbols, p.number_conflicts]
        {
            put.u32(number);
        }
        put.0.extend([u8::from(*whole), u8::from(places.is_some())]);
        for (chars, line) in places.iter().flatten() {
            put.u64(*chars);
            put.u64(*line);
        }
    }
    let mut writer = Writer::create(path, fingerprint)?;
    writer.append(&put.0)?;
    writer.finish()
}

fn label(found: &SharedPassage, rank: u32, commons: &[(u32, u32)], keys: &ByRank<'_>) -> Label {
    let passage = &found.passage;
    if passage.symbols < FORMULA || is_common(passage, rank, commons, keys) {
        Label::Formula
    } else if passage.number_conflicts > 0 {
        Label::NumbersDiffer
    } else if found.whole {
        Label::Exact
    } else {
        Label::Near
    }
}

/// Whether nearly all fingerprints of a passage are common ones.
fn is_common(passage: &Passage, rank: u32, commons: &[(u32, u32)], keys: &ByRank<'_>) -> bool {
    let start = commons.partition_point(|row| *row < (rank, passage.a_span.start));
    let inside = |row: &&(u32, u32)| row.0 == rank && row.1 < passage.a_span.end;
    let common = commons[start..].iter().take_while(inside).count();
    if common == 0 {
        return false;
    }
    // Winnowed again: cheaper than keeping the fingerprints of all documents for the few passages that get here.
    let (start, end) = (passage.a_span.start as usize, passage.a_span.end as usize);
    let mut all = 0usize;
    winnow(&keys.key(rank).view().symbols[start..end], |_| all += 1);
    common as f64 >= COMMON_PART * all as f64
}
