//! From what was decided to the records of the audit, and to the texts that stay.

use super::Run;
use super::documents::CHUNK;
use crate::audit::{Decision, DuplicateRecord, PassageRecord, Scope, Verdict, share};
use crate::config::Policy;
use crate::decide::verdict;
use crate::error::{Error, Result};
use crate::exceptions::Exceptions;
use crate::intake::{Doc, Where};
use crate::learn::{self, Template};
use crate::library::Library;
use crate::locate::places_through;
use crate::propose::{Kept, propose};
use crate::publish::Staging;
use crate::published::PROPOSED;
use crate::relate::{Pair, Related};
use crate::shared::SharedPassage;
use crate::sketch::simhash_distance;
use crate::state::{Memory, Recorder};
use crate::walk::Source;
use crate::{key, pack};
use rayon::prelude::*;
use std::collections::BTreeMap;

impl Run<'_> {
    /// Turns key positions of shared passages into lines and characters of the decoded inputs.
    pub(super) fn locate_shared(
        &self,
        sources: &[Source],
        docs: &[Doc],
        passages: &mut [SharedPassage],
        staging: &Staging,
    ) -> Result<Vec<PassageRecord>> {
        let actions = &self.job.config.actions;
        let mut wanted: Vec<&mut SharedPassage> = passages
            .iter_mut()
            .filter(|found| match found.label {
                crate::audit::Label::Formula => actions.formula != Policy::Ignore,
                crate::audit::Label::NumbersDiffer => actions.numbers_differ != Policy::Ignore,
                _ => true,
            })
            .collect();
        // All positions of one document are looked up in one pass over its text.
        let mut spots: Vec<(u32, u32)> = wanted
            .iter()
            .filter(|found| found.places.is_none())
            .flat_map(|found| {
                let p = &found.passage;
                [(p.a, p.a_span.start), (p.a, p.a_span.end - 1), (p.b, p.b_span.start), (p.b, p.b_span.end - 1)]
            })
            .collect();
        spots.par_sort_unstable();
        spots.dedup();
        let by_doc: Vec<&[(u32, u32)]> = spots.chunk_by(|a, b| a.0 == b.0).collect();
        let located: Vec<Vec<(u64, u64)>> = by_doc
            .par_iter()
            .map(|spots| {
                self.job.cancel.check()?;
                let doc = spots[0].0 as usize;
                let text = String::from_utf8(staging.read_document(&sources[doc])?)
                    .map_err(|e| Error::io("reading back a document", &sources[doc].path)(std::io::Error::other(e)))?;
                let positions: Vec<u32> = spots.iter().map(|spot| spot.1).collect();
                let offsets = key::offsets(&text, &positions);
                Ok(places_through(&text, &docs[doc].gaps, &offsets))
            })
            .collect::<Result<_>>()?;
        let located: Vec<(u64, u64)> = located.into_iter().flatten().collect();
        let place = |doc: u32, at: u32| spots.binary_search(&(doc, at)).map_or((0, 0), |found| located[found]);
        let mut records: Vec<PassageRecord> = wanted
            .par_iter_mut()
            .map(|found| {
                let p = &found.passage;
                let looked_up = || {
                    let (a, b) = (&p.a_span, &p.b_span);
                    [place(p.a, a.start), place(p.a, a.end - 1), place(p.b, b.start), place(p.b, b.end - 1)]
                };
                let [a_first, a_last, b_first, b_last] = *found.places.get_or_insert_with(looked_up);
                PassageRecord {
                    a: docs[p.a as usize].record.path.clone(),
                    a_line_start: a_first.1,
                    a_line_end: a_last.1,
                    a_start: a_first.0,
                    a_end: a_last.0 + 1,
                    b: docs[p.b as usize].record.path.clone(),
                    b_line_start: b_first.1,
                    b_line_end: b_last.1,
                    b_start: b_first.0,
                    b_end: b_last.0 + 1,
                    symbols: u64::from(p.symbols),
                    identity: share(u64::from(p.symbols), p.a_span.len().max(p.b_span.len()) as u64),
                    scope: Scope::Across,
                    label: found.label,
                    action: Verdict::Flag,
                    held: false,
                }
            })
            .collect();
        records.par_sort_by(by_place);
        Ok(records)
    }

    /// Takes the copies out of the staging folder and completes the records of the documents.
    pub(super) fn apply(
        &mut self,
        memory: &Memory,
        docs: &mut [Doc],
        related: &Related,
        staging: &Staging,
        originals: &mut pack::Writer,
        state: &mut Recorder<'_>,
    ) -> Result<()> {
        let sources = state.sources();
        let mut members: BTreeMap<u32, u32> = BTreeMap::new();
        for witness in related.witness.iter().flatten() {
            *members.entry(*witness).or_insert(1) += 1;
        }
        let mut relation: BTreeMap<u32, &Pair> = BTreeMap::new();
        for pair in &related.pairs {
            if related.witness[pair.a as usize] == Some(pair.b) {
                relation.insert(pair.a, pair);
            }
        }
        let dropped: Vec<u32> = (0..docs.len() as u32).filter(|doc| related.witness[*doc as usize].is_some()).collect();
        self.totals.largest_group = members.values().copied().max().unwrap_or(0).into();
        for chunk in dropped.chunks(CHUNK) {
            self.job.cancel.check()?;
            let frames: Vec<Option<Vec<u8>>> = chunk
                .par_iter()
                .map(|doc| {
                    let source = &sources[*doc as usize];
                    // Raw bytes that are packed already give the whole document back.
                    let needed = docs[*doc as usize].record.pack.is_none();
                    if let Where::Packed(pack) = docs[*doc as usize].text.place {
                        return memory.frame(&pack).map(Some);
                    }
                    if needed { pack::frame(&staging.read_document(source)?).map(Some) } else { Ok(None) }
                })
                .collect::<Result<_>>()?;
            for (doc, frame) in chunk.iter().zip(frames) {
                if let Some(frame) = frame {
                    let pack = originals.append(&frame, false)?;
                    state.packed(*doc, &pack)?;
                    docs[*doc as usize].record.pack = Some(pack);
                }
            }
            // A run that is killed here must find each text in one of the two places.
            originals.hand_over()?;
            state.hand_over()?;
            chunk.par_iter().try_for_each(|doc| match docs[*doc as usize].text.place {
                Where::Packed(_) => Ok(()),
                _ => staging.remove_document(&sources[*doc as usize]),
            })?;
        }
        let path = |witness: &u32| (*witness, docs[*witness as usize].record.path.clone());
        let paths: BTreeMap<u32, String> = members.keys().map(path).collect();
        for (at, doc) in docs.iter_mut().enumerate() {
            let record = &mut doc.record;
            if let Some(witness) = related.witness[at] {
                record.decision = Decision::Drop;
                record.reason =
                    relation.get(&(at as u32)).map_or_else(String::new, |p| crate::summary::label(&p.relation));
                record.witness = paths.get(&witness).cloned();
                record.cluster = record.witness.clone();
                record.cluster_size = members.get(&witness).copied().unwrap_or(1);
                self.totals.chars_dropped += record.chars_out;
                record.chars_out = 0;
                record.text_hash = None;
            } else if let Some(size) = members.get(&(at as u32)) {
                record.cluster = Some(record.path.clone());
                record.cluster_size = *size;
                if record.reason == "unique" {
                    record.reason = "survivor".into();
                }
            }
        }
        Ok(())
    }

    /// Writes down what could be templates and is none.
    pub(super) fn propose(
        &mut self,
        docs: &[Doc],
        templates: &[Template],
        staging: &Staging,
        sources: &[Source],
    ) -> Result<()> {
        let whole = |doc: &&Doc| doc.record.decision == Decision::Keep && doc.record.text_hash.is_some();
        let numbers: Vec<usize> = (0..docs.len()).filter(|at| whole(&&docs[*at])).collect();
        let kept: Vec<Kept> =
            numbers.iter().map(|at| Kept { path: &docs[*at].record.path, edges: docs[*at].edges }).collect();
        let read = |at: usize| {
            let source = &sources[numbers[at]];
            String::from_utf8(staging.read_document(source)?)
                .map_err(|e| Error::io("reading back a document", &source.path)(std::io::Error::other(e)))
        };
        let proposed = propose(&kept, templates, &read)?;
        self.totals.proposed = proposed.len() as u64;
        let mut file = staging.file(PROPOSED)?;
        file.bytes(learn::file::proposed(&proposed)?.as_bytes())?;
        file.finish()
    }

    pub(super) fn write_audit(
        &mut self,
        docs: &[Doc],
        library: &Library,
        related: &Related,
        across: Vec<PassageRecord>,
        exceptions: &Exceptions,
        staging: &Staging,
    ) -> Result<()> {
        let mut file = staging.file("audit/duplicates.jsonl")?;
        let path = |doc: u32| docs[doc as usize].record.path.as_str();
        let mut pairs: Vec<&Pair> = related.pairs.iter().collect();
        pairs.sort_unstable_by_key(|pair| (path(pair.a), path(pair.b)));
        for pair in pairs {
            let Some(mut action) = verdict(pair, &self.job.config.actions) else { continue };
            let hash = |doc: u32| docs[doc as usize].record.bytes_hash.as_deref().unwrap_or_default();
            let held = action == Verdict::Drop && exceptions.keeps(hash(pair.a), hash(pair.b));
            self.totals.held += u64::from(held);
            if related.witness[pair.a as usize] != Some(pair.b) {
                action = Verdict::Flag; // the pair decided nothing
            }
            let simhash = |doc: u32| library.cards[doc as usize].as_ref().and_then(|card| card.simhash);
            *self.totals.duplicates.entry(pair.relation).or_default() += 1;
            let record = DuplicateRecord {
                a: path(pair.a).into(),
                b: path(pair.b).into(),
                relation: pair.relation,
                jaccard: share(pair.jaccard.0, pair.jaccard.1),
                coverage_a: share(pair.coverage_a.0, pair.coverage_a.1),
                coverage_b: share(pair.coverage_b.0, pair.coverage_b.1),
                simhash_distance: simhash(pair.a).zip(simhash(pair.b)).map(|(a, b)| simhash_distance(a, b)),
                action,
                held,
                differs: pair.differs,
            };
            self.figures.pair(&record);
            file.record(&record)?;
        }
        file.finish()?;

        let mut file = staging.file("audit/passages.jsonl")?;
        let mut across = across.into_iter().peekable();
        for (doc, witness) in docs.iter().zip(&related.witness) {
            // What a dropped document repeats within itself matters only where it was cut.
            let told = |record: &&PassageRecord| witness.is_none() || record.action == Verdict::Drop;
            let mut here: Vec<PassageRecord> = doc.passages.iter().filter(told).cloned().collect();
            while let Some(record) = across.next_if(|record| record.a <= doc.record.path) {
                here.push(record);
            }
            here.sort_by(by_place);
            for record in here {
                *self.totals.passages.entry(record.scope).or_default().entry(record.label).or_default() += 1;
                self.totals.held += u64::from(record.held);
                self.totals.passages_dropped += u64::from(record.action == Verdict::Drop);
                self.figures.passage(&record);
                file.record(&record)?;
            }
        }
        file.finish()?;

        let mut file = staging.file("audit/documents.jsonl")?;
        for doc in docs {
            let record = &doc.record;
            match record.decision {
                Decision::Keep => self.totals.kept += 1,
                Decision::Drop => self.totals.dropped += 1,
                Decision::Quarantine => self.totals.quarantined += 1,
            }
            let quarantined = record.decision == Decision::Quarantine;
            self.totals.uncopied += u64::from(quarantined && record.text_hash.is_none());
            let empty = record.decision == Decision::Keep && record.chars_out == 0;
            self.totals.empty += u64::from(empty);
            self.totals.review += u64::from(record.review.is_some());
            self.totals.held += record.held.len() as u64;
            self.totals.stale += u64::from(doc.text.stale);
            let trouble = doc.text.stale || quarantined;
            self.totals.accepted += u64::from(trouble && self.job.accepted.has(record));
            self.totals.chars_in += record.chars_in;
            self.totals.chars_out += record.chars_out;
            self.figures.document(record, file.length());
            file.record(record)?;
        }
        file.finish()
    }
}

/// The order of passages in the audit.
fn by_place(x: &PassageRecord, y: &PassageRecord) -> std::cmp::Ordering {
    (&x.a, x.a_start, &x.b, x.b_start).cmp(&(&y.a, y.a_start, &y.b, y.b_start))
}
