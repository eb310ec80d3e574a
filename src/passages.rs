//! From anchors to passages: equal fingerprints are compared on the symbols, linked, extended to maximal runs and
//! chained across small gaps. Nothing that was not compared symbol by symbol leaves this module.
//!
//! The claim: every window of [`GUARANTEE`] symbols that stands in two places lies in a reported passage at both of
//! them or, where it stands in many, at each of them once. Postings of one fingerprint are linked to the first of
//! them; where the surroundings differ the rest is linked among itself, and after [`ROUNDS`] such rounds the windows
//! around each anchor are bucketed by hash. So the work is linear in the postings however many copies a text has,
//! and no document-frequency cap hides the most copied text. The tests below check the claim against brute
//! force.

use crate::align::common_subsequence;
use crate::conflict::{conflicts, numeral_conflicts};
use crate::fingerprint::{Context, GUARANTEE, K};
use crate::key::View;
use crate::runs::{Run, common_prefix, common_suffix};
use crate::store::{MOST, Seen, Window};
use std::cell::LazyCell;
use std::ops::Range;

/// Rounds of linking to one representative before windows are bucketed.
const ROUNDS: usize = 4;
/// Symbols of context on each side of an anchor within which a window of [`GUARANTEE`] symbols can hold it.
const CONTEXT: usize = GUARANTEE - K;
/// Runs are chained across gaps of at most this many symbols on either side.
pub const MAX_GAP: usize = 64;
/// A chain keeps at least this identity.
pub const MIN_IDENTITY: f64 = 0.85;
/// Runs looked back at for one that already covers a link.
const LOOK_BACK: usize = 8;

/// Where a fingerprint stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Posting {
    /// Document number; the order of the numbers decides what is linked to what.
    pub doc: u32,
    /// Key position of its first symbol.
    pub at: u32,
    /// What stands around it.
    pub context: Context,
}

/// Leaves out the postings of one fingerprint that nothing can be linked to, by their contexts alone.
pub fn company(group: &mut Vec<Posting>) {
    /// Up to here each with each is cheaper than a count.
    const FEW: usize = 8;
    if group.len() <= FEW {
        let all: [Context; FEW] = std::array::from_fn(|at| group.get(at).map_or(Context::default(), |p| p.context));
        let mut at = 0..FEW;
        group.retain(|posting| {
            let own = at.next();
            (0..FEW).any(|other| Some(other) != own && posting.context.agrees(all[other]))
        });
        return;
    }
    let mut sides: Vec<(usize, u32)> = group.iter().flat_map(|posting| numbered(posting.context)).collect();
    sides.sort_unstable();
    let stands_twice = |side| {
        let first = sides.partition_point(|other| *other < side);
        sides.get(first + 1) == Some(&side)
    };
    group.retain(|posting| numbered(posting.context).any(stands_twice));
}

fn numbered(context: Context) -> impl Iterator<Item = (usize, u32)> {
    context.sides().into_iter().enumerate().filter_map(|(number, side)| Some((number, side?)))
}

/// The key streams by document number.
pub trait Keys {
    /// The key of a document.
    fn key(&self, doc: u32) -> Seen<'_>;

    /// At most [`MOST`] symbols of it.
    fn window(&self, doc: u32, span: Range<usize>) -> Window<'_> {
        Window::Of(self.key(doc), span)
    }
}

/// Equal symbols at two places, at least [`GUARANTEE`] of them; `other` comes before `doc` in the linking order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Link {
    /// Document of the later place.
    pub doc: u32,
    /// First symbol of the later place.
    pub at: u32,
    /// Equal symbols.
    pub len: u32,
    /// Document of the earlier place.
    pub other: u32,
    /// First symbol of the earlier place.
    pub other_at: u32,
}

/// Which pairs of postings are linked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pairs {
    /// Both in one document.
    Within,
    /// In two documents.
    Across,
}

/// A passage: runs of two places chained across small gaps.
#[derive(Debug, Clone, PartialEq)]
pub struct Passage {
    /// Document of the first place.
    pub a: u32,
    /// Key positions of the first place.
    pub a_span: std::ops::Range<u32>,
    /// Document of the second place.
    pub b: u32,
    /// Key positions of the second place.
    pub b_span: std::ops::Range<u32>,
    /// Equal symbols.
    pub symbols: u32,
    /// Real numbers that differ.
    pub number_conflicts: u32,
    /// The verified runs.
    pub runs: Vec<Run>,
}

impl Passage {
    /// Equal symbols over the longer side, 0 to 1.
    pub fn identity(&self) -> f64 {
        let longer = self.a_span.len().max(self.b_span.len()).max(1);
        f64::from(self.symbols) / longer as f64
    }

    /// Where a stretch of the first place stands in the second; `None` where no run touches it.
    pub fn image(&self, stretch: &std::ops::Range<u32>) -> Option<std::ops::Range<u32>> {
        let first = self.runs.iter().find(|run| run.a + run.len > stretch.start)?;
        let last = self.runs.iter().rev().find(|run| run.a < stretch.end)?;
        let start = first.b + stretch.start.saturating_sub(first.a);
        let end = last.b + (stretch.end - last.a).min(last.len);
        (start < end).then_some(start..end)
    }

    /// Symbols of a stretch of the first place that lie in runs.
    pub fn inside(&self, stretch: &std::ops::Range<u32>) -> u32 {
        let overlap = |run: &Run| (run.a + run.len).min(stretch.end).saturating_sub(run.a.max(stretch.start));
        self.runs.iter().map(overlap).sum()
    }

    /// The same passage with its places exchanged.
    pub fn turned(mut self) -> Self {
        std::mem::swap(&mut self.a, &mut self.b);
        std::mem::swap(&mut self.a_span, &mut self.b_span);
        for run in &mut self.runs {
            std::mem::swap(&mut run.a, &mut run.b);
        }
        self
    }
}

/// Links the postings of one fingerprint, which are sorted, and empties the group. `doc` of a link is never before
/// `other`. Links are given of the documents that are `wanted`; what stands between others is looked at only where it
/// decides what those are linked to.
pub fn link_group(
    group: &mut Vec<Posting>,
    pairs: Pairs,
    keys: &impl Keys,
    wanted: impl Fn(u32) -> bool,
    out: &mut Vec<Link>,
) {
    company(group);
    for _ in 0..ROUNDS {
        // What a posting is linked to stands before it.
        let end = group.iter().rposition(|member| wanted(member.doc)).map_or(0, |last| last + 1);
        group.truncate(end);
        let Some(first) = group.first().copied().filter(|_| group.len() > 1) else { break };
        let own = LazyCell::new(|| around(first, keys));
        group.remove(0);
        // Most are linked to the first: then nobody asks which of the others are.
        group.retain(|member| {
            !wanted(member.doc) || {
                let (link, settled) = link(first, &own, *member, pairs, keys);
                out.extend(link);
                !settled
            }
        });
        if group.iter().any(|member| wanted(member.doc)) {
            group.retain(|member| wanted(member.doc) || !link(first, &own, *member, pairs, keys).1);
        }
    }
    if group.len() > 1 {
        bucket(group, pairs, keys, wanted, out);
    }
    group.clear();
}

/// The link of `member` to `first` where they share a window, and whether that settles every window of `member`.
fn link<'k>(
    first: Posting,
    own: &LazyCell<Window<'k>, impl FnOnce() -> Window<'k>>,
    member: Posting,
    pairs: Pairs,
    keys: &impl Keys,
) -> (Option<Link>, bool) {
    if !first.context.agrees(member.context) {
        return (None, false);
    }
    let theirs = around(member, keys);
    let (x, y) = (own.symbols(), theirs.symbols());
    // Where the anchor stands in its window.
    let (i, j) = ((first.at as usize).min(CONTEXT), (member.at as usize).min(CONTEXT));
    let same = x.get(i..i + K).zip(y.get(j..j + K)).is_some_and(|(a, b)| a == b);
    if !same {
        return (None, false); // two shingles with one hash
    }
    let left = common_suffix(&x[..i], &y[..j]);
    let right = common_prefix(&x[i + K..], &y[j + K..]);
    let shared = (pairs == Pairs::Within || first.doc != member.doc) && left + K + right >= GUARANTEE;
    let link = shared.then(|| Link {
        doc: member.doc,
        at: member.at - left as u32,
        len: (left + K + right) as u32,
        other: first.doc,
        other_at: first.at - left as u32,
    });
    (link, left == j && right == y.len() - j - K)
}

/// What a window of [`GUARANTEE`] symbols that holds an anchor can hold.
fn around<'k>(anchor: Posting, keys: &'k impl Keys) -> Window<'k> {
    const _: () = assert!(CONTEXT + K + CONTEXT <= MOST);
    let at = anchor.at as usize;
    keys.window(anchor.doc, at.saturating_sub(CONTEXT)..at + K + CONTEXT)
}

/// Links postings whose surroundings are many: every window that holds the anchor is looked up by offset and hash.
fn bucket(members: &[Posting], pairs: Pairs, keys: &impl Keys, wanted: impl Fn(u32) -> bool, out: &mut Vec<Link>) {
    // Each key is looked at once: to read both for each window took most of a search whose keys were in a file.
    let around: Vec<Window> = members.iter().map(|member| around(*member, keys)).collect();
    // What a posting has there, with so many symbols of it before its anchor.
    let window = |member: usize, offset: usize| {
        let start = (members[member].at as usize).min(CONTEXT).checked_sub(offset)?;
        around[member].symbols().get(start..start + GUARANTEE)
    };
    let mut rows: Vec<(u32, u64, u32)> = Vec::new(); // anchor's offset in the window, hash, member
    for member in 0..members.len() {
        for offset in 0..=CONTEXT {
            let row = |symbols| (offset as u32, crate::fingerprint::hash_symbols(symbols), member as u32);
            rows.extend(window(member, offset).map(row));
        }
    }
    // Members are in the order of their places.
    rows.sort_unstable();
    for same in rows.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
        let offset = same[0].0;
        // Windows with one hash are equal but for collisions, so the list of different ones is nearly always one
        // long; across documents the first of another document is wanted as well.
        let mut seen = vec![same[0].2 as usize];
        for (_, _, member) in &same[1..] {
            let at = *member as usize;
            let (own, posting) = (window(at, offset as usize), members[at]);
            let partner = seen.iter().copied().find(|&other| {
                (pairs == Pairs::Within || members[other].doc != posting.doc) && window(other, offset as usize) == own
            });
            match partner.map(|other| members[other]) {
                Some(partner) => out.extend(wanted(posting.doc).then(|| Link {
                    doc: posting.doc,
                    at: posting.at - offset,
                    len: GUARANTEE as u32,
                    other: partner.doc,
                    other_at: partner.at - offset,
                })),
                None if seen.len() < LOOK_BACK => seen.push(at),
                None => {}
            }
        }
    }
}

/// Extends links to maximal runs and chains them. The links are those of one `doc`, in any order.
pub fn passages(mut links: Vec<Link>, keys: &impl Keys) -> Vec<Passage> {
    links.sort_unstable_by_key(|link| (link.doc, link.at, std::cmp::Reverse(link.len), link.other, link.other_at));
    links.dedup();
    let mut runs: Vec<(u32, u32, Run)> = Vec::new(); // doc, other, run
    for link in links {
        let covered = runs.iter().rev().take(LOOK_BACK).any(|(doc, other, run)| {
            let inside = run.a <= link.at && link.at + link.len <= run.a + run.len;
            // Another place of the same document is as good a witness; another document is a finding of its own
            // only where the run at hand does not cover it.
            *doc == link.doc && inside && (*other == link.other || *doc != link.other)
        });
        if covered {
            continue;
        }
        let (x, y) = (keys.key(link.doc), keys.key(link.other));
        let (x, y) = (x.view().symbols, y.view().symbols);
        let (i, j) = (link.at as usize, link.other_at as usize);
        let left = common_suffix(&x[..i], &y[..j]);
        let right = common_prefix(&x[i + link.len as usize..], &y[j + link.len as usize..]);
        let run = Run { a: (i - left) as u32, b: (j - left) as u32, len: (left + right) as u32 + link.len };
        runs.push((link.doc, link.other, run));
    }
    runs.sort_unstable();
    runs.dedup();
    let mut out: Vec<Passage> = Vec::new();
    // Per pair of documents, so that a chain is not broken by runs with a third one in between.
    for same in runs.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
        let mut open: Vec<Passage> = Vec::new();
        let (a, b) = (keys.key(same[0].0), keys.key(same[0].1));
        let (a, b) = (a.view(), b.view());
        for (doc, other, run) in same {
            let chained = open.iter_mut().rev().take(LOOK_BACK).any(|passage| extend(passage, *run, a, b));
            if !chained {
                open.push(Passage {
                    a: *doc,
                    a_span: run.a..run.a + run.len,
                    b: *other,
                    b_span: run.b..run.b + run.len,
                    symbols: run.len,
                    number_conflicts: conflicts(a, b, *run),
                    runs: vec![*run],
                });
            }
        }
        out.append(&mut open);
    }
    out
}

/// Adds `run` to the end of `passage` where only a small gap parts them.
fn extend(passage: &mut Passage, run: Run, a: View<'_>, b: View<'_>) -> bool {
    let (Some(gap_a), Some(gap_b)) = (run.a.checked_sub(passage.a_span.end), run.b.checked_sub(passage.b_span.end))
    else {
        return false;
    };
    if gap_a as usize > MAX_GAP || gap_b as usize > MAX_GAP {
        return false;
    }
    // A passage within a document must not grow over its own witness.
    if passage.a == passage.b && run.b + run.len > passage.a_span.start && passage.b_span.end <= passage.a_span.start {
        return false;
    }
    let (x, y) = (passage.a_span.end as usize..run.a as usize, passage.b_span.end as usize..run.b as usize);
    let filled = common_subsequence(&a.symbols[x.clone()], &b.symbols[y.clone()]);
    let symbols = passage.symbols + filled + run.len;
    let longer = (run.a + run.len - passage.a_span.start).max(run.b + run.len - passage.b_span.start);
    if f64::from(symbols) < MIN_IDENTITY * f64::from(longer) {
        return false;
    }
    passage.number_conflicts += conflicts(a, b, run) + numeral_conflicts(a, b, x, y);
    passage.symbols = symbols;
    passage.a_span.end = run.a + run.len;
    passage.b_span.end = run.b + run.len;
    passage.runs.push(run);
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fingerprint::fingerprints;
    use crate::key::Key;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    impl Keys for Vec<Key> {
        fn key(&self, doc: u32) -> Seen<'_> {
            Seen::Here(self[doc as usize].view())
        }
    }

    /// The places of each fingerprint.
    fn groups(texts: &[Key]) -> Vec<Vec<Posting>> {
        let mut groups: BTreeMap<u64, Vec<Posting>> = BTreeMap::new();
        for (doc, text) in texts.iter().enumerate() {
            for print in fingerprints(&text.symbols) {
                let posting = Posting { doc: doc as u32, at: print.at, context: print.context };
                groups.entry(print.hash).or_default().push(posting);
            }
        }
        groups.into_values().collect()
    }

    /// All passages of a small corpus, linked both ways.
    fn all(texts: &Vec<Key>) -> Vec<Passage> {
        let mut links = Vec::new();
        for group in groups(texts) {
            link_group(&mut group.clone(), Pairs::Across, texts, |_| true, &mut links);
            for same in group.chunk_by(|a, b| a.doc == b.doc) {
                link_group(&mut same.to_vec(), Pairs::Within, texts, |_| true, &mut links);
            }
        }
        let mut out = Vec::new();
        for doc in 0..texts.len() as u32 {
            out.extend(passages(links.iter().copied().filter(|link| link.doc == doc).collect(), texts));
        }
        out
    }

    /// Links of only some documents are those that all links have of them.
    fn check_wanted(texts: &Vec<Key>, some: impl Fn(u32) -> bool) {
        for group in groups(texts) {
            let (mut all, mut few) = (Vec::new(), Vec::new());
            link_group(&mut group.clone(), Pairs::Across, texts, |_| true, &mut all);
            link_group(&mut group.clone(), Pairs::Across, texts, &some, &mut few);
            all.retain(|link| some(link.doc));
            all.sort_unstable();
            few.sort_unstable();
            assert_eq!(few, all);
        }
    }

    /// Brute force: the positions of each text that lie in a window standing in another place.
    fn repeated(texts: &[Key]) -> Vec<Vec<bool>> {
        let mut places: BTreeMap<&[u16], Vec<(usize, usize)>> = BTreeMap::new();
        for (doc, text) in texts.iter().enumerate() {
            for (at, window) in text.symbols.windows(GUARANTEE).enumerate() {
                places.entry(window).or_default().push((doc, at));
            }
        }
        let mut marks: Vec<Vec<bool>> = texts.iter().map(|text| vec![false; text.symbols.len()]).collect();
        for places in places.values().filter(|places| places.len() > 1) {
            for (doc, at) in places {
                marks[*doc][*at..at + GUARANTEE].fill(true);
            }
        }
        marks
    }

    fn check(texts: Vec<Key>) {
        let mut covered: Vec<Vec<bool>> = texts.iter().map(|text| vec![false; text.symbols.len()]).collect();
        for passage in all(&texts) {
            let (a, b) = (&texts[passage.a as usize].symbols, &texts[passage.b as usize].symbols);
            for run in &passage.runs {
                let (x, y) = (run.a as usize..(run.a + run.len) as usize, run.b as usize..(run.b + run.len) as usize);
                assert_eq!(&a[x.clone()], &b[y.clone()], "an unverified run was reported");
                assert!(run.len as usize >= GUARANTEE);
                // maximal on its diagonal
                assert!(x.start == 0 || y.start == 0 || a[x.start - 1] != b[y.start - 1]);
                assert!(x.end == a.len() || y.end == b.len() || a[x.end] != b[y.end]);
                covered[passage.a as usize][x].fill(true);
                covered[passage.b as usize][y].fill(true);
            }
        }
        assert_eq!(covered, repeated(&texts));
    }

    fn as_key(symbols: Vec<u16>) -> Key {
        Key { symbols, ..Key::default() }
    }

    /// Texts made of pieces from a small stock, so that repeats of every length and overlap occur.
    fn pieces() -> impl Strategy<Value = Vec<Key>> {
        let stock = prop::collection::vec(prop::collection::vec(2u16..40, 5..90), 1..6);
        let recipe = prop::collection::vec(prop::collection::vec((0usize..6, 0usize..90, 1usize..90), 0..8), 1..6);
        (stock, recipe).prop_map(|(stock, recipe)| {
            recipe
                .into_iter()
                .map(|parts| {
                    let symbols = parts
                        .into_iter()
                        .flat_map(|(which, from, len)| {
                            let piece = &stock[which % stock.len()];
                            let from = from % piece.len();
                            piece[from..(from + len).min(piece.len())].to_vec()
                        })
                        .collect();
                    as_key(symbols)
                })
                .collect()
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

        #[test]
        fn equals_brute_force_on_texts_of_shared_pieces(texts in pieces()) {
            check(texts);
        }

        #[test]
        fn links_of_some_are_those_of_all(texts in pieces(), chosen in any::<u8>()) {
            check_wanted(&texts, |doc| chosen >> (doc % 8) & 1 == 1);
        }

        #[test]
        fn equals_brute_force_on_few_symbols(texts in prop::collection::vec(prop::collection::vec(2u16..4, 0..150), 1..5)) {
            check(texts.into_iter().map(as_key).collect());
        }

        #[test]
        fn equals_brute_force_on_periodic_texts(unit in prop::collection::vec(2u16..200, 1..70), times in 1usize..8, cut in 0usize..60) {
            let mut one: Vec<u16> = std::iter::repeat_n(unit.clone(), times).flatten().collect();
            one.truncate(one.len().saturating_sub(cut).max(1));
            let two = std::iter::repeat_n(unit, 2).flatten().collect();
            check(vec![as_key(one), as_key(two)]);
        }
    }

    #[test]
    fn one_symbol_repeated() {
        check(vec![as_key(vec![7; 600]), as_key(vec![7; 200])]);
    }

    #[test]
    fn many_copies_of_one_text_are_linear() {
        let text: Vec<u16> = (0..400u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 18) as u16).collect();
        let texts: Vec<Key> = (0..2000).map(|_| as_key(text.clone())).collect();
        let found = all(&texts);
        assert_eq!(found.len(), 1999);
    }

    #[test]
    fn many_contexts_of_one_shingle_reach_the_buckets() {
        // The same 24 symbols in 60 surroundings, each of which stands in two texts.
        let core: Vec<u16> = (1000..1024).collect();
        let texts: Vec<Key> = (0..120u16)
            .map(|i| {
                let side: Vec<u16> = (0..40).map(|s| 2000 + (i / 2) * 97 + s).collect();
                as_key([&side[..], &core, &side].concat())
            })
            .collect();
        (0..3).for_each(|rest| check_wanted(&texts, |doc| doc % 3 == rest || doc == 119));
        check(texts);
    }
}
