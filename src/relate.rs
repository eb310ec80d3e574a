//! Relates documents: candidates by what they share, verdicts by aligning their symbols.
//!
//! Documents are taken in the order in which they would survive (see `decide::Rank`), so that every comparison is one
//! of a document with a survivor better than it: no decision follows a chain. Candidates come from shared
//! fingerprints (long runs, containment, re-wrapped copies), from sketch bands (edits so dense that no long run is
//! left) and, for short texts, from blocks of the SimHash. A document looks only at survivors, so ten thousand copies
//! of one speech take ten thousand comparisons, not fifty million.

use crate::align::Aligner;
use crate::audit::Relation;
use crate::error::Result;
use crate::fingerprint::Fingerprint;
use crate::join::{self, Entries, Entry};
use crate::key::Key;
use crate::sketch::{self, Sketch};
use crate::store::Store;
use rayon::prelude::*;
use std::collections::HashMap;
use std::path::Path;

/// Coverage both ways from which a near-duplicate is a copy.
pub const COPY: f64 = 0.90;
/// Coverage both ways from which two documents are versions of one text.
pub const VERSION: f64 = 0.70;
/// Coverage of the part from which it is contained in the whole.
pub const CONTAINED: f64 = 0.90;
/// Key symbols below which a document is never contained in another: a masthead is not a part. Below the guarantee
/// of winnowing a part need not share a fingerprint with its whole.
pub const MIN_PART: usize = crate::fingerprint::GUARANTEE;
/// Wholes reported for one part.
pub const MAX_WHOLES: usize = 8;
/// Key symbols below which SimHash proposes pairs and the shingle Jaccard similarity has a say: coverage alone is
/// too kind to texts of a line or two.
pub const SHORT: usize = 100;
/// Shingle Jaccard similarity from which short near-duplicates are copies.
pub const SHORT_COPY: f64 = 0.80;
/// Share of fingerprints, or estimated Jaccard similarity, from which a candidate is compared.
const PLAUSIBLE: f64 = 0.10;
/// Candidates of about its own size compared for one document, the most promising ones.
const MAX_LIKE: usize = 16;
/// Candidates of another size: a daily item shares its fixed phrases with the broadcasts of a whole month, and only
/// the comparison tells which one holds it.
const MAX_UNLIKE: usize = 48;
/// Lengths within this ratio are about the same; beyond it two texts cannot be copies.
const LIKE: f64 = VERSION;
/// Members of a group whose relations to one another are reported too.
const MAX_KIN: usize = 8;
/// Survivors remembered for one shared key; a key that more of them hold says nothing about any one.
const MAX_HOLDERS: usize = 64;
/// Documents that look up the survivors found so far at the same time.
const BLOCK: usize = 256;

/// What a cleaned document leaves for the comparison with others.
#[derive(Debug, Clone, Default)]
pub struct Profile {
    /// Key stream of the cleaned text.
    pub key: Key,
    /// Winnowed fingerprints of the key.
    pub prints: Vec<Fingerprint>,
    /// What is kept in memory.
    pub card: Card,
}

/// The part of a profile that stays in memory: about 300 bytes.
#[derive(Debug, Clone, Default)]
pub struct Card {
    /// Sketch, for texts long enough.
    pub sketch: Option<Sketch>,
    /// SimHash, for texts with a shingle.
    pub simhash: Option<u64>,
    /// Hash of the key stream.
    pub key_hash: u128,
    /// Key symbols.
    pub symbols: u32,
    /// Fingerprints.
    pub prints: u32,
}

impl Profile {
    /// Profiles a key.
    pub fn new(key: Key, prints: Vec<Fingerprint>) -> Self {
        let card = Card {
            sketch: Sketch::of(&key.symbols),
            simhash: sketch::simhash(&key.symbols),
            key_hash: crate::fingerprint::key_hash(&key.symbols),
            symbols: key.symbols.len() as u32,
            prints: prints.len() as u32,
        };
        Self { key, prints, card }
    }
}

/// All documents as they are compared, by document number.
pub struct Library {
    /// Cards; absent for documents that are in quarantine.
    pub cards: Vec<Option<Card>>,
    /// Key streams.
    pub keys: Store,
    /// Fingerprints.
    pub prints: Entries,
    /// Sketch bands, and blocks of SimHashes of short texts.
    pub bands: Entries,
}

impl Library {
    /// A library for documents of about `bytes` bytes, within `memory` bytes where that can be; what does not fit
    /// waits in scratch files beside `near`.
    pub fn new(bytes: u64, memory: u64, near: &Path) -> Result<Self> {
        Ok(Self {
            cards: Vec::new(),
            keys: Store::new(bytes, memory / 3, near)?,
            prints: Entries::new(memory / 6, near),
            bands: Entries::new(memory / 24, near),
        })
    }

    /// Adds the next document.
    pub fn push(&mut self, profile: Option<Profile>) -> Result<()> {
        let doc = self.cards.len() as u32;
        let Some(Profile { key, prints, card }) = profile else {
            self.cards.push(None);
            return self.keys.push(Key::default());
        };
        for print in prints {
            self.prints.push(Entry { key: print.hash, doc, at: print.at })?;
        }
        for key in card.sketch.iter().flat_map(Sketch::bands) {
            self.bands.push(Entry { key, doc, at: 0 })?;
        }
        if (card.symbols as usize) < SHORT {
            for (block, hash) in (1u64..).zip(card.simhash.iter().flat_map(|hash| [hash, hash, hash, hash])) {
                let bits = *hash >> (16 * (block - 1)) & 0xFFFF;
                self.bands.push(Entry { key: (bits | block << 16).wrapping_mul(0xD6E8_FEB8_6659_FD93), doc, at: 0 })?;
            }
        }
        self.cards.push(Some(card));
        self.keys.push(key)
    }

    /// Ends the adding.
    pub fn seal(self) -> Result<Self> {
        Ok(Self { keys: self.keys.seal()?, ..self })
    }

    fn card(&self, doc: u32) -> Option<&Card> {
        self.cards.get(doc as usize)?.as_ref()
    }
}

/// A verified pair: `a` is the one that goes or is the part.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    /// Document that goes or is the part.
    pub a: u32,
    /// The witness.
    pub b: u32,
    /// How they relate.
    pub relation: Relation,
    /// Shared and all shingles of the two.
    pub jaccard: (u64, u64),
    /// Covered and all symbols of `a`.
    pub coverage_a: (u64, u64),
    /// Covered and all symbols of `b`.
    pub coverage_b: (u64, u64),
    /// Places where both have a real number and the numbers differ.
    pub number_conflicts: u32,
    /// Both are so alike that `a` is a copy of `b`.
    pub copy: bool,
}

impl Pair {
    fn ratio((part, whole): (u64, u64)) -> f64 {
        if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
    }
}

/// Compares two documents; `None` where they are not related.
pub fn compare(aligner: &mut Aligner, library: &Library, a: u32, b: u32) -> Option<Pair> {
    let (x, y) = (library.keys.view(a), library.keys.view(b));
    let lengths = (x.symbols.len() as u64, y.symbols.len() as u64);
    if lengths.0 == 0 || lengths.1 == 0 {
        return None;
    }
    let aligned = aligner.align(x, y);
    let exact = x.symbols == y.symbols;
    let mut pair = Pair {
        a,
        b,
        relation: Relation::Exact,
        jaccard: (1, 1),
        coverage_a: (u64::from(aligned.covered_a), lengths.0),
        coverage_b: (u64::from(aligned.covered_b), lengths.1),
        number_conflicts: aligned.number_conflicts,
        copy: false,
    };
    let (ca, cb) = (Pair::ratio(pair.coverage_a), Pair::ratio(pair.coverage_b));
    let least = ca.min(cb);
    let short = lengths.0.min(lengths.1) < SHORT as u64;
    if !exact {
        // The true similarity costs two sorts: only for pairs that are reported.
        let part = |share: f64, symbols: u64| share >= CONTAINED && symbols >= MIN_PART as u64;
        if least < VERSION && !part(ca, lengths.0) && !part(cb, lengths.1) {
            return None;
        }
        pair.jaccard = sketch::jaccard(x.symbols, y.symbols);
    }
    let alike = exact || (least >= COPY && (!short || Pair::ratio(pair.jaccard) >= SHORT_COPY));
    if alike && aligned.number_conflicts > 0 {
        pair.relation = Relation::NumbersDiffer;
    } else if alike {
        pair.copy = true;
        pair.relation = if exact { Relation::Exact } else { Relation::Near };
    } else if least >= VERSION {
        pair.relation = Relation::Near;
    } else if ca >= CONTAINED && lengths.0 >= MIN_PART as u64 {
        pair.relation = Relation::Contained;
    } else {
        pair.relation = Relation::Contained;
        (pair.a, pair.b) = (b, a);
        (pair.coverage_a, pair.coverage_b) = (pair.coverage_b, pair.coverage_a);
    }
    Some(pair)
}

/// What relating found.
#[derive(Debug, Default)]
pub struct Related {
    /// All reported pairs.
    pub pairs: Vec<Pair>,
    /// For each document the witness that proves it a copy, itself a survivor.
    pub witness: Vec<Option<u32>>,
    /// The documents that were compared, best survivor first: one for each key stream and its numbers.
    pub representatives: Vec<u32>,
}

/// Relates documents. `order` lists the documents with a key, best survivor first. `drops` says which verdicts take a
/// document out: copies, and parts of larger documents.
pub fn relate(library: &Library, order: &[u32], drops: impl Fn(&Pair) -> bool + Sync) -> Result<Related> {
    let mut related = Related { witness: vec![None; library.cards.len()], ..Related::default() };
    let representatives = exact(library, order, &drops, &mut related);
    let shared = Shared::new(library, &representatives)?;
    let mut holders = Holders::new(&shared);
    let doc = |rank: u32| representatives[rank as usize];
    let judge = |aligner: &mut Aligner, rank: u32, candidates: &[u32]| {
        judge(aligner, library, doc(rank), candidates.iter().map(|candidate| doc(*candidate)), &drops)
    };
    let ranks: Vec<u32> = (0..representatives.len() as u32).collect();
    for block in ranks.chunks(BLOCK) {
        // Against the survivors of earlier blocks: side by side.
        let mut found: Vec<Vec<Pair>> = block
            .par_iter()
            .map_init(Aligner::default, |aligner, rank| {
                let candidates = shared.candidates(*rank, |group| holders.of(group), library, &representatives);
                judge(aligner, *rank, &candidates)
            })
            .collect();
        // Against the survivors of this block: one after the other.
        let mut fresh: HashMap<u32, Vec<u32>> = HashMap::new();
        let mut aligner = Aligner::default();
        for (rank, pairs) in block.iter().zip(&mut found) {
            let dropped = |pairs: &[Pair]| pairs.last().is_some_and(|pair| pair.a == doc(*rank) && drops(pair));
            if !dropped(pairs) {
                let candidates = shared.candidates(
                    *rank,
                    |group| fresh.get(&group).map_or(&[], Vec::as_slice),
                    library,
                    &representatives,
                );
                let more = judge(&mut aligner, *rank, &candidates);
                if dropped(&more) {
                    *pairs = more;
                } else {
                    pairs.extend(more);
                }
            }
            if dropped(pairs) {
                if let Some(pair) = pairs.last() {
                    related.witness[pair.a as usize] = Some(pair.b);
                }
            } else {
                for group in shared.groups_of(*rank) {
                    fresh.entry(*group).or_default().push(*rank);
                }
            }
            related.pairs.append(pairs);
        }
        for (group, ranks) in fresh {
            holders.add(group, &ranks);
        }
        library.keys.release();
    }
    rebind(library, &mut related, &drops);
    let kin = kin(library, &related);
    related.pairs.extend(kin);
    // One record a pair, the one that decided something first.
    let deciding = |pair: &Pair| related.witness[pair.a as usize] == Some(pair.b);
    related.pairs.sort_by_key(|pair| (pair.a.min(pair.b), pair.a.max(pair.b), !deciding(pair)));
    related.pairs.dedup_by_key(|pair| (pair.a.min(pair.b), pair.a.max(pair.b)));
    related.representatives = representatives;
    Ok(related)
}

/// A document that equals another one which was itself taken out later needs a witness of its own: it is compared with
/// the survivor, and stays where that is no proof (its numbers may differ where the one between had blanks).
fn rebind(library: &Library, related: &mut Related, drops: &(impl Fn(&Pair) -> bool + Sync)) {
    let survivor = |mut doc: u32| {
        while let Some(next) = related.witness[doc as usize] {
            doc = next;
        }
        doc
    };
    let chained: Vec<(u32, u32)> = related
        .witness
        .iter()
        .enumerate()
        .filter_map(|(doc, witness)| {
            let last = survivor((*witness)?);
            (Some(last) != *witness).then_some((doc as u32, last))
        })
        .collect();
    let pairs: Vec<Option<Pair>> = chained
        .par_iter()
        .map_init(Aligner::default, |aligner, (doc, survivor)| compare(aligner, library, *doc, *survivor))
        .collect();
    for ((doc, survivor), pair) in chained.into_iter().zip(pairs) {
        let proof = pair.is_some_and(|pair| pair.a == doc && drops(&pair));
        related.witness[doc as usize] = proof.then_some(survivor);
        related.pairs.extend(pair);
    }
}

/// Compares a document with its candidates: the pair that takes it out, alone, or all pairs worth reporting.
fn judge(
    aligner: &mut Aligner,
    library: &Library,
    own: u32,
    candidates: impl Iterator<Item = u32>,
    drops: &impl Fn(&Pair) -> bool,
) -> Vec<Pair> {
    let mut out = Vec::new();
    for other in candidates {
        let Some(pair) = compare(aligner, library, own, other) else { continue };
        if pair.a == own && drops(&pair) {
            return vec![pair];
        }
        out.push(pair);
    }
    // Of the wholes that hold this part the ones with its own numbers prove it; the others hold another day's.
    let whole = |pair: &Pair| pair.a == own && pair.relation == Relation::Contained;
    let true_numbers = out.iter().any(|pair| whole(pair) && pair.number_conflicts == 0);
    out.retain(|pair| !whole(pair) || pair.number_conflicts == 0 || !true_numbers);
    let mut wholes = 0;
    out.retain(|pair| {
        wholes += usize::from(whole(pair));
        !whole(pair) || wholes <= MAX_WHOLES
    });
    out
}

/// Pairs of documents that were taken out: with the other members of their group, and with what their survivor is
/// related to. They decide nothing; without them the audit would miss pairs that a reader can see.
fn kin(library: &Library, related: &Related) -> Vec<Pair> {
    let mut groups: HashMap<u32, Vec<u32>> = HashMap::new();
    for (doc, witness) in related.witness.iter().enumerate() {
        if let Some(witness) = witness {
            groups.entry(*witness).or_insert_with(|| vec![*witness]).push(doc as u32);
        }
    }
    groups.retain(|_, members| members.len() <= MAX_KIN);
    let mut wanted: Vec<(u32, u32)> = Vec::new();
    for members in groups.values() {
        for (at, a) in members.iter().enumerate().skip(1) {
            wanted.extend(members[at + 1..].iter().map(|b| (*b, *a)));
        }
    }
    for pair in related.pairs.iter().filter(|pair| related.witness[pair.a as usize].is_none()) {
        let one = |doc: u32| groups.get(&doc).cloned().unwrap_or_else(|| vec![doc]);
        for a in one(pair.a) {
            wanted.extend(one(pair.b).into_iter().map(|b| (a, b)).filter(|both| *both != (pair.a, pair.b)));
        }
    }
    wanted.sort_unstable();
    wanted.dedup();
    wanted
        .into_par_iter()
        .map_init(Aligner::default, |aligner, (a, b)| compare(aligner, library, a, b))
        .flatten()
        .collect()
}

/// Resolves documents with equal keys, compared symbol by symbol, and gives back the ones that go on.
fn exact(library: &Library, order: &[u32], drops: &(impl Fn(&Pair) -> bool + Sync), related: &mut Related) -> Vec<u32> {
    /// Texts that differ in their numbers, compared with one text before only equal numbers are looked up.
    const MAX_VARIANTS: usize = 16;
    let mut groups: HashMap<u128, Vec<u32>> = HashMap::with_capacity(order.len());
    let mut representatives = Vec::with_capacity(order.len());
    let mut aligner = Aligner::default();
    for doc in order {
        let Some(card) = library.card(*doc) else { continue };
        let variants = groups.entry(card.key_hash).or_default();
        let numbers = library.keys.view(*doc).numbers;
        let same = |other: &u32| library.keys.view(*other).numbers == numbers;
        let twin = variants.iter().skip(MAX_VARIANTS).copied().find(same);
        let mut first = None;
        let mut witness = None;
        for other in variants.iter().take(MAX_VARIANTS).copied().chain(twin) {
            let Some(pair) = compare(&mut aligner, library, *doc, other) else { continue };
            if drops(&pair) {
                witness = Some(pair);
                break;
            }
            first = first.or(Some(pair));
        }
        if let Some(pair) = witness {
            related.witness[*doc as usize] = Some(pair.b);
            related.pairs.push(pair);
        } else {
            related.pairs.extend(first);
            variants.push(*doc);
            representatives.push(*doc);
        }
    }
    representatives
}

/// Which keys documents share: groups with at least two holders, and the groups of each document.
struct Shared {
    /// How many documents hold each group's key.
    sizes: Vec<u32>,
    starts: Vec<u32>,
    of_doc: Vec<u32>,
    /// Groups below this number are of fingerprints, the others of bands and SimHash blocks.
    print_groups: u32,
}

impl Shared {
    fn new(library: &Library, representatives: &[u32]) -> Result<Self> {
        let ranks = ranks(library, representatives);
        let rename = |doc: u32| ranks[doc as usize];
        let mut sizes = Vec::new();
        let mut pairs: Vec<(u32, u32)> = Vec::new(); // document, group
        let mut print_groups = 0;
        for (entries, is_prints) in [(&library.prints, true), (&library.bands, false)] {
            // The parts side by side, their groups numbered in the order of the parts: sizes, and the holders of all
            // groups one after the other.
            let parts: Vec<(Vec<u32>, Vec<u32>)> = (0..join::PARTS)
                .into_par_iter()
                .map(|part| {
                    let sorted = entries.part(part, rename)?;
                    let (mut sizes, mut holders) = (Vec::new(), Vec::new());
                    for same in join::shared(&sorted) {
                        let before = holders.len();
                        holders.extend(same.chunk_by(|a, b| a.doc == b.doc).map(|own| own[0].doc));
                        sizes.push((holders.len() - before) as u32);
                    }
                    Ok((sizes, holders))
                })
                .collect::<Result<_>>()?;
            for (own, holders) in parts {
                let mut holders = holders.into_iter();
                for size in own {
                    let group = sizes.len() as u32;
                    pairs.extend(holders.by_ref().take(size as usize).map(|doc| (doc, group)));
                    sizes.push(size);
                }
            }
            if is_prints {
                print_groups = sizes.len() as u32;
            }
        }
        // By counting: groups ascend within a document because they ascend in the list.
        let mut starts = vec![0u32; representatives.len() + 1];
        for (doc, _) in &pairs {
            starts[*doc as usize + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let mut next = starts.clone();
        let mut of_doc = vec![0u32; pairs.len()];
        for (doc, group) in pairs {
            let slot = &mut next[doc as usize];
            of_doc[*slot as usize] = group;
            *slot += 1;
        }
        Ok(Self { sizes, starts, of_doc, print_groups })
    }

    fn groups_of(&self, rank: u32) -> &[u32] {
        &self.of_doc[self.starts[rank as usize] as usize..self.starts[rank as usize + 1] as usize]
    }

    /// Holders of what a document shares, the most promising first.
    fn candidates<'h>(
        &self,
        rank: u32,
        holders: impl Fn(u32) -> &'h [u32],
        library: &Library,
        representatives: &[u32],
    ) -> Vec<u32> {
        let mut hits: HashMap<u32, (u32, bool)> = HashMap::new();
        for group in self.groups_of(rank) {
            for holder in holders(*group) {
                let hit = hits.entry(*holder).or_default();
                if *group < self.print_groups { hit.0 += 1 } else { hit.1 = true }
            }
        }
        let card = |rank: u32| library.card(representatives[rank as usize]);
        let Some(own) = card(rank) else { return Vec::new() };
        let like = |other: u32| {
            let other = card(other).map_or(0, |card| card.symbols);
            f64::from(own.symbols.min(other)) >= LIKE * f64::from(own.symbols.max(other))
        };
        let mut scored: Vec<(u64, u32)> = hits
            .into_iter()
            .filter_map(|(other, (prints, banded))| {
                let card = card(other)?;
                let mut score = f64::from(prints) / f64::from(own.prints.min(card.prints).max(1));
                if banded {
                    if let (Some(x), Some(y)) = (&own.sketch, &card.sketch) {
                        score = score.max(x.estimate(y));
                    }
                    if let (Some(a), Some(b)) = (own.simhash, card.simhash)
                        && (own.symbols.min(card.symbols) as usize) < SHORT
                    {
                        score = score.max(1.0 - f64::from(sketch::simhash_distance(a, b)) / 32.0);
                    }
                }
                (score >= PLAUSIBLE).then_some(((score * 1e6) as u64, other))
            })
            .collect();
        scored.sort_unstable_by_key(|(score, other)| (std::cmp::Reverse(*score), *other));
        let (mut near, mut far) = (0, 0);
        scored.retain(|(_, other)| {
            let (count, most) = if like(*other) { (&mut near, MAX_LIKE) } else { (&mut far, MAX_UNLIKE) };
            *count += 1;
            *count <= most
        });
        scored.into_iter().map(|(_, other)| other).collect()
    }
}

/// The place of each document in `representatives`.
pub fn ranks(library: &Library, representatives: &[u32]) -> Vec<Option<u32>> {
    let mut ranks = vec![None; library.cards.len()];
    for (rank, doc) in representatives.iter().enumerate() {
        ranks[*doc as usize] = Some(rank as u32);
    }
    ranks
}

/// The survivors that hold each shared key, up to [`MAX_HOLDERS`].
struct Holders {
    starts: Vec<u32>,
    filled: Vec<u8>,
    ranks: Vec<u32>,
}

impl Holders {
    fn new(shared: &Shared) -> Self {
        let mut starts = Vec::with_capacity(shared.sizes.len() + 1);
        let mut end = 0;
        starts.push(end);
        for size in &shared.sizes {
            end += (*size).min(MAX_HOLDERS as u32);
            starts.push(end);
        }
        Self { filled: vec![0; shared.sizes.len()], ranks: vec![0; end as usize], starts }
    }

    fn of(&self, group: u32) -> &[u32] {
        let start = self.starts[group as usize] as usize;
        &self.ranks[start..start + usize::from(self.filled[group as usize])]
    }

    fn add(&mut self, group: u32, ranks: &[u32]) {
        let (start, end) = (self.starts[group as usize] as usize, self.starts[group as usize + 1] as usize);
        let filled = &mut self.filled[group as usize];
        let free = &mut self.ranks[start + usize::from(*filled)..end];
        for (slot, rank) in free.iter_mut().zip(ranks) {
            *slot = *rank;
            *filled += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fingerprint::fingerprints;
    use crate::key::key;

    fn profile(text: &str) -> Profile {
        let key = key(text);
        let prints = fingerprints(&key.symbols);
        Profile::new(key, prints)
    }

    fn prose(seed: u32, len: usize) -> String {
        let stock: Vec<char> = ('\u{4E00}'..'\u{5400}').collect();
        let mut state = seed.wrapping_mul(747_796_405).wrapping_add(7);
        (0..len)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                stock[(state >> 16) as usize % stock.len()]
            })
            .collect()
    }

    fn run(texts: &[String]) -> Related {
        let folder = tempfile::tempdir().unwrap();
        let mut library = Library::new(0, 1 << 20, folder.path()).unwrap();
        for text in texts {
            library.push(Some(profile(text))).unwrap();
        }
        let library = library.seal().unwrap();
        let mut order: Vec<u32> = (0..texts.len() as u32).collect();
        order.sort_by_key(|doc| (std::cmp::Reverse(library.card(*doc).unwrap().symbols), *doc));
        relate(&library, &order, |pair| pair.copy).unwrap()
    }

    fn edited(text: &str, step: usize) -> String {
        text.chars().enumerate().map(|(i, c)| if i % step == step / 2 { '甲' } else { c }).collect()
    }

    #[test]
    fn copies_of_every_kind_go_and_point_to_a_survivor() {
        let base = prose(1, 1500);
        let related = run(&[
            base.clone(),
            base.clone(),
            edited(&base, 100),
            edited(&base, 20),
            prose(2, 1500),
            format!("{}{}", &base[base.len() / 6 * 3..], &base[..base.len() / 6 * 3]),
        ]);
        assert_eq!(related.witness[1..4], [Some(0), Some(0), Some(0)]);
        assert_eq!((related.witness[0], related.witness[4]), (None, None));
        assert_eq!(related.witness[5], Some(0));
    }

    #[test]
    fn dense_edits_are_found_by_the_sketch() {
        let base = prose(3, 2000);
        let related = run(&[base.clone(), edited(&base, 12)]);
        assert_eq!(related.pairs.len(), 1);
        assert_eq!(related.pairs[0].relation, Relation::Near);
    }

    #[test]
    fn a_part_is_contained_and_a_masthead_is_not() {
        let (part, rest) = (prose(4, 300), prose(5, 2500));
        let related = run(&[format!("{rest}{part}"), part, rest.chars().take(40).collect()]);
        assert_eq!(related.pairs.len(), 1);
        let pair = related.pairs[0];
        assert_eq!((pair.a, pair.b, pair.relation), (1, 0, Relation::Contained));
    }

    #[test]
    fn numbers_that_differ_keep_both_and_blanks_do_not() {
        let text = |n: &str| format!("{}{n}{}", prose(6, 300), prose(7, 300));
        let related = run(&[text("2023"), text("2024"), text("20xx"), text("2024")]);
        assert_eq!(related.witness, [None, None, Some(0), Some(1)]);
        assert!(related.pairs.iter().any(|pair| pair.relation == Relation::NumbersDiffer));
    }

    #[test]
    fn a_thousand_copies_and_short_texts() {
        let base = prose(8, 400);
        let mut texts: Vec<String> = (0..1000).map(|i| edited(&base, 50 + i % 100)).collect();
        texts.push("关于召开会议的通知已经发给各村请按时参加".into());
        texts.push("关于召开会议的通知已经发给各镇请按时参加".into());
        texts.push("昨夜下了一场大雪山和树都白了孩子们很高兴".into());
        let related = run(&texts);
        assert!(related.witness[..1000].iter().filter(|witness| witness.is_none()).count() <= 2);
        assert_eq!(related.witness[1002], None);
        for witness in related.witness.iter().flatten() {
            assert_eq!(related.witness[*witness as usize], None, "a witness is a survivor");
        }
    }
}
