//! What becomes of one input file before it is compared with others: read, decoded, refined, written into the staging
//! folder, with its records.

use crate::audit::{Decision, DocumentRecord, HeldRecord, Pack, PassageRecord, STALE, Scope};
use crate::checksum::{self, Hex};
use crate::clean::RuleSet;
use crate::counts::Counts;
use crate::decode::Fault;
use crate::document::Damage;
use crate::error::{Error, Result};
use crate::hardlink::Linker;
use crate::job::{Job, Reuse};
use crate::learn;
use crate::library::Arrival;
use crate::locate::{Gap, gaps, places, removals};
use crate::pack;
use crate::progress::Progress;
use crate::propose::Edges;
use crate::publish::Staging;
use crate::read::{self, Read};
use crate::recall::recall;
use crate::refine::{self, Found, Held, Refined, refine};
use crate::repeat::Place;
use crate::state::entries::Stretch;
use crate::state::{Memory, TextSeal, codec};
use crate::utf8;
use crate::walk::Source;
use std::ops::Range;

/// What is known of a document after it was refined.
#[derive(Debug)]
pub struct Doc {
    /// Its record in the audit.
    pub record: DocumentRecord,
    /// Signs of damage.
    pub damage: Damage,
    /// How places in the cleaned text map to the input.
    pub gaps: Box<[Gap]>,
    /// Passages repeated within it.
    pub passages: Vec<PassageRecord>,
    /// Its cleaned text.
    pub text: Text,
    /// Its outermost lines after cleaning.
    pub edges: Edges,
}

/// Where the cleaned text of a document is, and what the state has of the document.
#[derive(Debug, Clone, Copy, Default)]
pub struct Text {
    /// By what it is known again.
    pub seal: TextSeal,
    /// Where it is.
    pub place: Where,
    /// Its entry in the state that is being written; none for what is looked at anew each time.
    pub entry: Option<(u64, u32)>,
    /// Whether the file gave no bytes in this run, and the text is that of an earlier one.
    pub stale: bool,
}

/// Where a cleaned text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Where {
    /// In the staging folder.
    #[default]
    Staging,
    /// In the pack of the previous output, which dropped it.
    Packed(Pack),
}

/// What refining a document leaves for the audit, in the order of the documents.
pub struct Leavings {
    /// The document.
    pub doc: Doc,
    /// What it is compared by; none in quarantine.
    pub arrival: Option<Arrival>,
    /// Its lines of the audit of removals.
    pub removals: Vec<u8>,
    /// Its packed bytes, where text and encoding do not give them back.
    pub raw: Option<Vec<u8>>,
    /// Figures; those of a document that was known stand in its entry.
    pub counts: Counts<'static>,
    /// Its entry for the state; none for what is looked at anew each time.
    pub entry: Option<Entry>,
    /// What had to be done for it.
    pub known: How,
}

/// What the state has of a document.
#[derive(Debug)]
pub enum Entry {
    /// What it shall have.
    New(Vec<u8>),
    /// What an earlier run has of it, at another path or somewhere else than in the order of paths, or did not publish.
    Copied(Vec<u8>),
    /// What the published output has of it at a place.
    Old(Range<usize>),
}

/// What had to be done for a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// All of it.
    Refined,
    /// Nothing: an earlier run had refined the same file.
    Unread,
    /// Reading: an earlier run had refined the same bytes.
    Read,
    /// Keys and fingerprints: a run that did not end had refined it.
    Resumed,
}

/// What is known of a document before it is taken in.
pub struct Prior<'m> {
    /// What the published output knows, and what a run that did not end has left.
    pub memory: [&'m Memory; 2],
    /// The document at the same path in each.
    pub row: [Option<u32>; 2],
    /// Entries at hand, of the published output.
    pub stretch: &'m Stretch,
    /// The document as it was read before, in this run.
    pub read: Option<Read>,
}

/// Takes over what is known of one document, or refines it and writes its cleaned text into the staging folder.
pub fn intake(
    job: &Job,
    rules: &RuleSet,
    source: &Source,
    staging: &Staging,
    past: Prior<'_>,
    progress: &dyn Progress,
    linker: &mut Linker,
) -> Result<Leavings> {
    let known =
        || past.memory.into_iter().zip(past.row).map(|(memory, row)| (memory, row.and_then(|row| memory.row(row))));
    let distrust = job.reuse == Reuse::Bytes;
    let beyond = staging.lacks_room(source);
    if beyond > 0 {
        let mut left = blank(source);
        quarantine(&mut left, job, source, staging, Fault::TooDeep(source.path.as_os_str().len(), beyond), progress)?;
        return Ok(left);
    }
    for (memory, here) in known() {
        if let Some(row) = here.filter(|row| !distrust && memory.vouches(row, &source.stamp))
            && let Some(left) = recall(memory, row, source, staging, past.stretch, distrust, linker)?
        {
            return Ok(left);
        }
    }
    // Decoded only where it is not known.
    let bytes = match past.read {
        Some(read) => Ok((read.hash, Ok(read))),
        None => read::bytes(&job.input, source).map(|bytes| (checksum::of(&bytes), Err(bytes))),
    };
    if let Ok((hash, _)) = &bytes {
        for (memory, here) in known() {
            if let Some(row) = memory.find(here, *hash, &source.name)
                && let Some(left) = recall(memory, row, source, staging, past.stretch, distrust, linker)?
            {
                let known = if left.known == How::Unread { How::Read } else { left.known };
                return Ok(Leavings { known, ..left });
            }
        }
    }
    // No bytes are no reason to lose a text: what the published output has of it stays, and is told.
    if let Err(fault @ (Fault::Unreadable(_) | Fault::Changing)) = &bytes
        && let Some((memory, Some(row))) = known().next()
        && let Some(mut left) = recall(memory, row, source, staging, past.stretch, distrust, linker)?
    {
        progress.note(&format!("{}: {fault}; the text of an earlier run stays", source.name));
        left.doc.record.review = Some(format!("{}: {STALE}", fault.code()));
        left.doc.text.stale = true;
        return Ok(left);
    }
    let read = bytes.map(|(hash, read)| read.unwrap_or_else(|bytes| Read::of(hash, bytes)));
    let mut left = blank(source);
    job.cancel.check()?;
    let record = &mut left.doc.record;
    let decoded = read.and_then(|read| {
        record.bytes = read.bytes;
        record.bytes_hash = Some(checksum::hex(read.hash));
        read.decoded
    });
    // Rare: the bytes cannot be made again from the text, so they are kept.
    let raw = match &decoded {
        Ok(decoded) if !decoded.exact => Some(read::bytes(&job.input, source)).filter(|bytes| {
            bytes.as_ref().is_ok_and(|bytes| record.bytes_hash == Some(checksum::hex(checksum::of(bytes))))
        }),
        _ => Some(Ok(Vec::new())),
    };
    let decoded = if raw.is_none() { Err(Fault::Changing) } else { decoded };
    match decoded {
        Ok(decoded) => {
            record.encoding = Some(decoded.encoding.into());
            record.bom = decoded.bom;
            record.newline = Some(decoded.newline);
            if !decoded.exact {
                left.raw = raw.and_then(|bytes| bytes.ok()).map(|bytes| pack::frame(&bytes)).transpose()?;
            }
            let whole = record.bytes_hash.as_deref().is_some_and(|hash| rules.exceptions().whole(hash));
            let refined = if whole {
                refine::whole(decoded.text.clone())
            } else {
                refine(decoded.text.clone(), rules, &job.config.actions, learn::folder(&source.name))
            };
            fill(&mut left, source, &decoded.text, refined, rules, staging)?;
        }
        Err(Fault::Exhausted(why)) => {
            return Err(Error::io("reading", job.input.join(&source.path))(std::io::Error::other(why)));
        }
        Err(fault) => quarantine(&mut left, job, source, staging, fault, progress)?,
    }
    Ok(left)
}

/// A document of which nothing is known yet.
fn blank(source: &Source) -> Leavings {
    Leavings {
        doc: Doc {
            record: blank_record(source),
            damage: Damage::default(),
            gaps: Box::default(),
            passages: Vec::new(),
            text: Text::default(),
            edges: Edges::default(),
        },
        arrival: None,
        removals: Vec::new(),
        raw: None,
        counts: Counts::default(),
        entry: None,
        known: How::Refined,
    }
}

/// Records a document that cannot be taken as text, and copies it as it is where that can be.
fn quarantine(
    left: &mut Leavings,
    job: &Job,
    source: &Source,
    staging: &Staging,
    fault: Fault,
    progress: &dyn Progress,
) -> Result<()> {
    let copied = match fault {
        // A copy of the one would be of no moment, and the other has no place.
        Fault::Changing | Fault::TooDeep(..) => None,
        _ => staging.copy_document(&job.input, source)?,
    };
    // What could be read once and then no more is as good as unread.
    let fault = match (&copied, fault) {
        (None, Fault::Binary | Fault::Undecodable(_) | Fault::TooLarge(_)) => {
            Fault::Unreadable("its bytes could be judged, but not copied".into())
        }
        (_, fault) => fault,
    };
    let record = &mut left.doc.record;
    record.decision = Decision::Quarantine;
    record.reason = fault.code().into();
    progress.note(&format!("{}: {fault}", source.name));
    // The record tells of the bytes that are there, should they have changed since they were judged.
    if let Some((hash, size)) = &copied {
        if record.bytes_hash.is_some() {
            record.bytes_hash = Some(*hash);
        }
        record.bytes = *size;
    } else {
        record.bytes_hash = None;
    }
    record.text_hash = copied.map(|(hash, _)| hash);
    Ok(())
}

fn fill(
    left: &mut Leavings,
    source: &Source,
    text: &str,
    refined: Refined,
    rules: &RuleSet,
    staging: &Staging,
) -> Result<()> {
    left.doc.text.seal = staging.write_document(source, refined.text.as_bytes())?;
    let record = &mut left.doc.record;
    record.text_hash = Some(left.doc.text.seal.hex());
    record.chars_in = utf8::count(text.as_bytes());
    record.chars_out = utf8::count(refined.text.as_bytes());
    record.title = refined.title;
    record.review = refined.review;
    record.held = held(text, &refined.held);
    if text.is_empty() {
        record.reason = "empty".into();
    } else if record.review.is_some() {
        record.reason = "review".into();
    }
    let profile = refined.profile;
    record.simhash = profile.card.simhash.map(|hash| Hex::of(hash.into()));
    if !profile.key.symbols.is_empty() {
        record.key_hash = Some(checksum::hex(profile.card.key_hash));
    }
    for removal in removals(&source.name, text, &refined.edits, |rule| rules.name(rule)) {
        left.counts.add(&removal.rule, removal.action, removal.class, removal.end - removal.start);
        serde_json::to_writer(&mut left.removals, &removal)
            .map_err(|e| Error::io("writing the audit", &source.path)(e.into()))?;
        left.removals.push(b'\n');
    }
    left.doc.damage = refined.damage;
    left.doc.edges = Edges::of(&refined.text);
    left.doc.gaps = gaps(text, &refined.edits);
    let proofs: Vec<(&Found, (Place, Place, u32))> =
        refined.repeats.iter().flat_map(|found| found.proofs().map(move |proof| (found, proof))).collect();
    let mut bytes: Vec<usize> = proofs.iter().flat_map(|(_, (a, b, _))| [a.first, a.last, b.first, b.last]).collect();
    bytes.sort_unstable();
    bytes.dedup();
    let located = places(text, bytes.iter().copied());
    let place = |byte: usize| bytes.binary_search(&byte).map_or((0, 0), |at| located[at]);
    left.doc.passages = proofs
        .into_iter()
        .map(|(found, (a, b, symbols))| PassageRecord {
            a: source.name.clone(),
            a_line_start: place(a.first).1,
            a_line_end: place(a.last).1,
            a_start: place(a.first).0,
            a_end: place(a.last).0 + 1,
            b: source.name.clone(),
            b_line_start: place(b.first).1,
            b_line_end: place(b.last).1,
            b_start: place(b.first).0,
            b_end: place(b.last).0 + 1,
            symbols: u64::from(symbols),
            identity: (found.identity * 1e6).round() / 1e6,
            scope: Scope::Within,
            label: found.label,
            action: found.action,
            held: found.held,
        })
        .collect();
    if left.raw.is_none() {
        left.entry = codec::write(&left.doc, &profile.card, &left.removals, &left.counts).map(Entry::New);
    }
    left.arrival = Some(Arrival::Made(profile));
    Ok(())
}

fn held(text: &str, held: &[Held]) -> Vec<HeldRecord> {
    let ends = |held: &Held| [held.range.start, held.range.end.max(held.range.start + 1) - 1, held.range.end];
    let mut bytes: Vec<usize> = held.iter().flat_map(ends).collect();
    bytes.sort_unstable();
    bytes.dedup();
    let located = places(text, bytes.iter().copied());
    let place = |byte: usize| bytes.binary_search(&byte).map_or((0, 0), |at| located[at]);
    let record = |held: &Held| {
        let [start, last, end] = ends(held).map(place);
        HeldRecord { start: start.0, end: end.0, line_start: start.1, line_end: last.1, rule: held.rule.clone() }
    };
    held.iter().map(record).collect()
}

fn blank_record(source: &Source) -> DocumentRecord {
    DocumentRecord {
        path: source.name.clone(),
        encoding: None,
        bytes: source.bytes,
        chars_in: 0,
        chars_out: 0,
        decision: Decision::Keep,
        reason: "unique".into(),
        witness: None,
        cluster: None,
        cluster_size: 1,
        simhash: None,
        key_hash: None,
        bytes_hash: None,
        text_hash: None,
        bom: false,
        newline: None,
        title: None,
        review: None,
        held: Vec::new(),
        pack: None,
    }
}
