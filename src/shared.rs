//! Passages that stand in two kept documents.

use crate::audit::Label;
use crate::candidates::ranks;
use crate::error::Result;
use crate::fingerprint::winnow;
use crate::join;
use crate::key::View;
use crate::library::Library;
use crate::relate::Related;
use crate::repeat::FORMULA;
use crate::verify::{Keys, Link, Pairs, Passage, Posting, link_group, passages};
use rayon::prelude::*;

/// A shingle that stands in at least this many documents, and in [`COMMON_SHARE`] of the corpus, is common.
pub const COMMON_DOCUMENTS: usize = 8;
/// See [`COMMON_DOCUMENTS`].
pub const COMMON_SHARE: f64 = 0.005;
/// Share of common fingerprints from which a passage is a formula (after the banality measure of TextPAIR).
pub const COMMON_PART: f64 = 0.9;

struct ByRank<'l> {
    library: &'l Library,
    order: &'l [u32],
}

impl Keys for ByRank<'_> {
    fn key(&self, rank: u32) -> View<'_> {
        self.library.keys.view(self.order[rank as usize])
    }
}

/// Links of one part of the join, and places of common shingles.
type Found = (Vec<Link>, Vec<(u32, u32)>);

/// A passage across documents with its label; the documents are numbers of the corpus, `b` is the better survivor.
#[derive(Debug, Clone, PartialEq)]
pub struct SharedPassage {
    /// The verified passage.
    pub passage: Passage,
    /// Kind of repeat.
    pub label: Label,
}

/// Finds the passages that the kept documents share.
pub fn shared(library: &Library, related: &Related) -> Result<Vec<SharedPassage>> {
    let order = &related.representatives[..];
    let ranks = ranks(library, order);
    let kept = |doc: u32| ranks[doc as usize].filter(|_| related.witness[doc as usize].is_none());
    let keys = ByRank { library, order };
    let common = COMMON_DOCUMENTS.max((order.len() as f64 * COMMON_SHARE) as usize);
    let parts: Vec<Found> = (0..join::PARTS)
        .into_par_iter()
        .map(|part| {
            let sorted = library.prints.part(part, kept)?;
            let (mut links, mut commons, mut postings) = (Vec::new(), Vec::new(), Vec::new());
            for group in join::shared(&sorted) {
                postings.clear();
                postings.extend(group.iter().map(|e| Posting { doc: e.doc, at: e.at }));
                link_group(&postings, Pairs::Across, &keys, &mut links);
                if group.chunk_by(|a, b| a.doc == b.doc).nth(common - 1).is_some() {
                    commons.extend(group.iter().map(|e| (e.doc, e.at)));
                }
            }
            library.keys.release();
            Ok((links, commons))
        })
        .collect::<Result<_>>()?;
    let (mut links, mut commons) = (Vec::new(), Vec::new());
    for (mut more, mut also) in parts {
        links.append(&mut more);
        commons.append(&mut also);
    }
    links.par_sort_unstable_by_key(|link| (link.doc, link.at, link.other, link.other_at, link.len));
    commons.par_sort_unstable();
    let by_doc: Vec<&[Link]> = links.chunk_by(|a, b| a.doc == b.doc).collect();
    Ok(by_doc
        .par_iter()
        .flat_map_iter(|links| passages(links.to_vec(), &keys))
        .map(|passage| {
            let label = label(&passage, &commons, &keys);
            let (a, b) = (order[passage.a as usize], order[passage.b as usize]);
            SharedPassage { passage: Passage { a, b, ..passage }, label }
        })
        .collect())
}

fn label(passage: &Passage, commons: &[(u32, u32)], keys: &ByRank<'_>) -> Label {
    if passage.symbols < FORMULA || is_common(passage, commons, keys) {
        Label::Formula
    } else if passage.number_conflicts > 0 {
        Label::NumbersDiffer
    } else if passage.runs.len() == 1 {
        Label::Exact
    } else {
        Label::Near
    }
}

/// Whether nearly all fingerprints of a passage are common ones.
fn is_common(passage: &Passage, commons: &[(u32, u32)], keys: &ByRank<'_>) -> bool {
    let start = commons.partition_point(|row| *row < (passage.a, passage.a_span.start));
    let inside = |row: &&(u32, u32)| row.0 == passage.a && row.1 < passage.a_span.end;
    let common = commons[start..].iter().take_while(inside).count();
    if common == 0 {
        return false;
    }
    // Winnowed again: cheaper than keeping the fingerprints of all documents for the few passages that get here.
    let (start, end) = (passage.a_span.start as usize, passage.a_span.end as usize);
    let mut all = 0usize;
    winnow(&keys.key(passage.a).symbols[start..end], |_| all += 1);
    common as f64 >= COMMON_PART * all as f64
}
