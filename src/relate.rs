//! Relates documents: candidates by what they share, verdicts by aligning their symbols.
//!
//! Documents are taken in the order in which they would survive (see `decide::Rank`), so that every comparison is one
//! of a document with a survivor better than it: no decision follows a chain. Candidates come from shared
//! fingerprints (long runs, containment, re-wrapped copies), from sketch bands (edits so dense that no long run is
//! left) and, for texts too short for a sketch, from blocks of the SimHash. A document looks only at survivors, so ten
//! thousand copies of one speech take ten thousand comparisons, not fifty million.

mod court;

use crate::align::Aligner;
use crate::audit::Relation;
use crate::candidates::{Shared, Survivors};
use crate::compared::Compared;
use crate::differ::{Differs, FORM, differs, loses};
use crate::error::Result;
use crate::library::{Library, SHORT};
use crate::sketch::{self, Shingles};
use crate::wholes::Wholes;
use court::Court;
use rayon::prelude::*;
use std::collections::HashMap;
use xxhash_rust::xxh3::xxh3_64;

/// Coverage both ways from which a near-duplicate is a copy.
pub const COPY: f64 = 0.90;
/// Coverage both ways from which two documents are versions of one text.
pub const VERSION: f64 = 0.70;
const _: () = assert!(crate::library::LIKE <= VERSION, "versions must be candidates");
/// Coverage of the part from which it is contained in the whole.
pub const CONTAINED: f64 = 0.90;
/// Key symbols below which a document is never contained in another: a masthead is not a part. Below the guarantee
/// of winnowing a part need not share a fingerprint with its whole.
pub const MIN_PART: usize = crate::fingerprint::GUARANTEE;
/// Wholes reported for one part.
pub const MAX_WHOLES: usize = 8;
/// Shingle Jaccard similarity from which short near-duplicates are copies.
pub const SHORT_COPY: f64 = 0.80;
/// Members of a group whose relations to one another are reported too.
const MAX_KIN: usize = 8;
/// Documents that look up the survivors found so far at the same time.
const BLOCK: usize = 256;

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
    /// Both are so alike that `a` is a copy of `b`, and nothing keeps them apart.
    pub copy: bool,
    /// What keeps two apart that are so alike.
    pub differs: Option<Differs>,
}

impl Pair {
    fn ratio((part, whole): (u64, u64)) -> f64 {
        if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
    }
}

/// Compares two documents; `None` where they are not related.
pub fn compare(aligner: &mut Aligner, wholes: &Wholes, library: &Library, a: u32, b: u32) -> Option<Pair> {
    let (x, y) = (library.keys.view(a), library.keys.view(b));
    let (x, y) = (x.view(), y.view());
    let lengths = (x.symbols.len() as u64, y.symbols.len() as u64);
    if lengths.0 == 0 || lengths.1 == 0 {
        return None;
    }
    let whole = wholes.get(b, x.symbols.len(), y.symbols.len());
    let aligned = aligner.align_by(x, y, whole.as_deref().map(|whole| &whole.index));
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
        differs: None,
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
        pair.jaccard = match &whole {
            Some(whole) => whole.shingles.get_or_init(|| Shingles::of(y.symbols)).jaccard(x.symbols),
            None => sketch::jaccard(x.symbols, y.symbols),
        };
    }
    let alike = exact || (least >= COPY && (!short || Pair::ratio(pair.jaccard) >= SHORT_COPY));
    if alike && aligned.number_conflicts > 0 {
        pair.relation = Relation::NumbersDiffer;
    } else if alike {
        let apart = || {
            let passage = || loses(x, y, &aligned.runs).then_some(Differs::Passage);
            differs(x, y, &aligned.runs, FORM).or_else(passage)
        };
        pair.differs = if exact { None } else { apart() };
        pair.copy = pair.differs.is_none();
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
pub fn relate(
    library: &Library,
    order: &[u32],
    drops: impl Fn(&Pair) -> bool + Sync,
    compared: &Compared,
) -> Result<Related> {
    let mut related = Related { witness: vec![None; library.cards.len()], ..Related::default() };
    let representatives = exact(library, order, &drops, compared, &mut related);
    let shared = Shared::new(library, &representatives)?;
    let mut survivors = Survivors::new(&shared);
    let court = Court::new(library, compared, &shared, &representatives, &drops);
    let ranks: Vec<u32> = (0..representatives.len() as u32).collect();
    for block in ranks.chunks(BLOCK) {
        for (rank, mut pairs) in block.iter().zip(court.judge_block(block, &mut survivors)) {
            if let Some(pair) = pairs.last().filter(|_| court.goes(*rank, &pairs)) {
                related.witness[pair.a as usize] = Some(pair.b);
            }
            related.pairs.append(&mut pairs);
        }
        survivors.settle(&shared, block);
    }
    rebind(library, compared, &mut related, &drops);
    let kin = kin(library, compared, &related);
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
fn rebind(library: &Library, compared: &Compared, related: &mut Related, drops: &(impl Fn(&Pair) -> bool + Sync)) {
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
        .map_init(Aligner::default, |aligner, (doc, survivor)| compared.compare(aligner, library, *doc, *survivor))
        .collect();
    for ((doc, survivor), pair) in chained.into_iter().zip(pairs) {
        let proof = pair.is_some_and(|pair| pair.a == doc && drops(&pair));
        related.witness[doc as usize] = proof.then_some(survivor);
        related.pairs.extend(pair);
    }
}

/// Pairs of documents that were taken out: with the other members of their group, and with what their survivor is
/// related to. They decide nothing; without them the audit would miss pairs that a reader can see.
fn kin(library: &Library, compared: &Compared, related: &Related) -> Vec<Pair> {
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
        .map_init(Aligner::default, |aligner, (a, b)| compared.compare(aligner, library, a, b))
        .flatten()
        .collect()
}

/// Documents with one key that differ in their numbers and stay.
#[derive(Default)]
struct Variants {
    first: Vec<u32>,
    /// Those after [`MAX_VARIANTS`], by a hash of their numbers: a report for each day of thirty years has as many.
    later: HashMap<u64, u32>,
}

/// Texts that differ in their numbers, compared with one text before only equal numbers are looked up.
const MAX_VARIANTS: usize = 16;

/// Resolves documents with equal keys, compared symbol by symbol, and gives back the ones that go on.
fn exact(
    library: &Library,
    order: &[u32],
    drops: &(impl Fn(&Pair) -> bool + Sync),
    compared: &Compared,
    related: &mut Related,
) -> Vec<u32> {
    const ALONE: usize = usize::MAX;
    // The keys that several have are numbered; most have one for themselves.
    let mut sorted: Vec<(u128, u32)> =
        order.iter().filter_map(|doc| Some((library.card(*doc)?.key_hash, *doc))).collect();
    sorted.par_sort_unstable();
    let mut number = vec![ALONE; library.cards.len()];
    let mut groups: Vec<Variants> = Vec::new();
    for same in sorted.chunk_by(|a, b| a.0 == b.0).filter(|same| same.len() > 1) {
        same.iter().for_each(|(_, doc)| number[*doc as usize] = groups.len());
        groups.push(Variants::default());
    }
    let mut representatives = Vec::with_capacity(order.len());
    let mut aligner = Aligner::default();
    for doc in order.iter().filter(|doc| library.card(**doc).is_some()) {
        let Some(variants) = groups.get_mut(number[*doc as usize]) else {
            representatives.push(*doc);
            continue;
        };
        let numbers = || xxh3_64(bytemuck::cast_slice(library.keys.view(*doc).view().numbers));
        let own = (variants.first.len() == MAX_VARIANTS).then(numbers);
        let twin = own.and_then(|own| variants.later.get(&own)).copied();
        let mut first = None;
        let mut witness = None;
        for other in variants.first.iter().copied().chain(twin) {
            let Some(pair) = compared.compare(&mut aligner, library, *doc, other) else { continue };
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
            match own {
                Some(own) => drop(variants.later.entry(own).or_insert(*doc)),
                None => variants.first.push(*doc),
            }
            representatives.push(*doc);
        }
    }
    representatives
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fingerprint::fingerprints;
    use crate::key::{Key, key};
    use crate::library::{Arrival, Builder, Profile};

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
        let mut library = Builder::new(0, 1 << 20, folder.path(), 0).unwrap();
        for text in texts {
            library.push(Some(Arrival::Made(profile(text)))).unwrap();
        }
        let library = library.seal(folder.path(), "", None, Box::new(|_| Ok(Key::default()))).unwrap();
        let mut order: Vec<u32> = (0..texts.len() as u32).collect();
        order.sort_by_key(|doc| (std::cmp::Reverse(library.card(*doc).unwrap().symbols), *doc));
        relate(&library, &order, |pair| pair.copy, &Compared::default()).unwrap()
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
    fn a_denial_or_a_name_keeps_both_and_noise_does_not() {
        let text = |word: &str| format!("{}会议{word}同意这个方案{}", prose(6, 300), prose(7, 300));
        let related = run(&[text(""), text("不"), text("也"), text("")]);
        assert_eq!(related.witness, [Some(2), None, None, Some(2)]);
        assert!(related.pairs.iter().any(|pair| pair.differs == Some(Differs::Negation)));
        let noisy = edited(&text(""), 40);
        assert_eq!(run(&[text("不"), noisy]).witness, [None, Some(0)]);
        let form = |name: &str| format!("关于表彰{name}的决定{name}同志{}", prose(6, 300));
        let related = run(&[form("田小禾"), form("顾一帆"), form("田小禾")]);
        assert_eq!(related.witness, [None, None, Some(0)]);
    }

    #[test]
    fn a_thousand_copies_and_short_texts() {
        let base = prose(8, 400);
        let mut texts: Vec<String> = (0..1000).map(|i| edited(&base, 50 + i % 100)).collect();
        texts.push("关于召开会议的通知已经发给各村请按时参加".into());
        texts.push("关于召开会议的通知已经发给各镇请按时参加".into());
        texts.push("昨夜下了一场大雪山和树都白了孩子们很高兴".into());
        // One too short for a sketch, and one that is not; and two that have one.
        let line = prose(10, 120);
        let mut line = line.chars();
        let (first, second): (String, String) = (line.by_ref().take(34).collect(), line.collect());
        texts.extend([first.clone(), format!("{first}好的好"), second.clone(), format!("{second}好的")]);
        let related = run(&texts);
        assert!(related.witness[..1000].iter().filter(|witness| witness.is_none()).count() <= 2);
        assert_eq!(related.witness[1002], None);
        assert_eq!(related.witness[1003..], [Some(1004), None, Some(1006), None]);
        for witness in related.witness.iter().flatten() {
            assert_eq!(related.witness[*witness as usize], None, "a witness is a survivor");
        }
    }
}
