//! What is known of one document as bytes, and back. It names no path, so that a renamed file finds it again.

use crate::audit::{Decision, DocumentRecord, HeldRecord, Label, Newline, PassageRecord, Scope, Verdict};
use crate::checksum::{self, Hex};
use crate::counts::{Counts, RuleCount};
use crate::document::{Action, Damage};
use crate::intake::{Doc, Text};
use crate::library::Card;
use crate::locate::Gap;
use crate::propose::Edges;
use crate::sketch::{SLOTS, Sketch};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde::de::value::{Error, StrDeserializer};

/// Writes values one after the other.
#[derive(Debug, Default)]
pub struct Put(pub Vec<u8>);

impl Put {
    /// A number.
    pub fn u32(&mut self, value: u32) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    /// A number.
    pub fn u64(&mut self, value: u64) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    /// A number.
    pub fn u128(&mut self, value: u128) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    /// Bytes with their length.
    pub fn bytes(&mut self, value: &[u8]) {
        self.u32(value.len() as u32);
        self.0.extend_from_slice(value);
    }

    fn text(&mut self, value: Option<&str>) {
        self.0.push(u8::from(value.is_some()));
        if let Some(value) = value {
            self.bytes(value.as_bytes());
        }
    }

    /// The name of an enum's variant, which stays what it is when variants are added.
    fn name(&mut self, value: &impl Serialize) {
        self.text(Some(&crate::summary::label(value)));
    }
}

/// Reads values one after the other; `None` where the bytes end too early or mean nothing.
#[derive(Debug, Clone, Copy)]
pub struct Get<'b>(pub &'b [u8]);

impl<'b> Get<'b> {
    /// The next bytes.
    pub fn take(&mut self, length: usize) -> Option<&'b [u8]> {
        let (now, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(now)
    }

    fn u8(&mut self) -> Option<u8> {
        Some(self.take(1)?[0])
    }

    /// A number.
    pub fn u32(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }

    /// A number.
    pub fn u64(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(self.take(8)?.try_into().ok()?))
    }

    /// A number.
    pub fn u128(&mut self) -> Option<u128> {
        Some(u128::from_le_bytes(self.take(16)?.try_into().ok()?))
    }

    /// Bytes with their length.
    pub fn bytes(&mut self) -> Option<&'b [u8]> {
        let length = self.u32()?;
        self.take(length as usize)
    }

    fn text(&mut self) -> Option<Option<String>> {
        match self.u8()? {
            0 => Some(None),
            1 => Some(Some(String::from_utf8(self.bytes()?.to_vec()).ok()?)),
            _ => None,
        }
    }

    fn name<T: DeserializeOwned>(&mut self) -> Option<T> {
        let text = match self.u8()? {
            1 => simdutf8::basic::from_utf8(self.bytes()?).ok()?,
            _ => return None,
        };
        T::deserialize(StrDeserializer::<Error>::new(text)).ok()
    }

    fn count(&mut self) -> Option<usize> {
        // No entry takes less than a byte: a larger count is nonsense, and nothing is reserved for it.
        self.u32().map(|count| count as usize).filter(|count| *count <= self.0.len())
    }
}

/// The bytes of a document that was read as text; none for others, which are looked at anew each time.
pub fn write(doc: &Doc, card: &Card, removals: &[u8], counts: &Counts) -> Option<Vec<u8>> {
    let Doc { record, damage, gaps, passages, text: _, edges } = doc;
    // All fields by name, so that a new one is not forgotten here. Those left out are decided later or follow from
    // others.
    let DocumentRecord {
        path,
        encoding,
        bytes,
        chars_in,
        chars_out,
        decision,
        reason,
        witness: _,
        cluster: _,
        cluster_size: _,
        simhash: _,
        key_hash: _,
        bytes_hash: _,
        text_hash: _,
        bom,
        newline,
        title,
        review,
        held,
        pack: _,
    } = record;
    if *decision != Decision::Keep {
        return None;
    }
    let mut put = Put::default();
    put.bytes(&write_counts(counts));
    put.text(encoding.as_deref());
    put.u64(*bytes);
    put.u64(*chars_in);
    put.u64(*chars_out);
    put.text(Some(reason));
    put.0.push(u8::from(*bom));
    put.0.push(match newline {
        None => 0,
        Some(Newline::Lf) => 1,
        Some(Newline::Crlf) => 2,
        Some(Newline::Cr) => 3,
        Some(Newline::Mixed) => 4,
    });
    put.text(title.as_deref());
    put.text(review.as_deref());
    put.u32(held.len() as u32);
    for held in held {
        for number in [held.start, held.end, held.line_start, held.line_end] {
            put.u64(number);
        }
        put.text(Some(&held.rule));
    }
    for sign in [damage.torn, damage.blanks, damage.glosses, damage.strays, damage.broken] {
        put.u32(sign);
    }
    put.u32(gaps.len() as u32);
    for gap in gaps {
        put.u32(gap.at);
        put.u32(gap.chars);
        put.u32(gap.lines);
    }
    put.u32(passages.len() as u32);
    for passage in passages {
        let p = passage;
        for number in [p.a_line_start, p.a_line_end, p.a_start, p.a_end] {
            put.u64(number);
        }
        for number in [p.b_line_start, p.b_line_end, p.b_start, p.b_end] {
            put.u64(number);
        }
        put.u64(p.symbols);
        put.u64(p.identity.to_bits());
        put.name(&p.label);
        put.name(&p.action);
        put.0.push(u8::from(p.held));
    }
    let start = line_start(path);
    put.u32(removals.split_inclusive(|byte| *byte == b'\n').count() as u32);
    for line in removals.split_inclusive(|byte| *byte == b'\n') {
        put.bytes(line.strip_prefix(start.as_slice())?);
    }
    put.u128(card.key_hash);
    put.u32(card.symbols);
    put.u32(card.numbers);
    put.u32(card.prints);
    put.0.push(u8::from(card.simhash.is_some()));
    put.u64(card.simhash.unwrap_or(0));
    put.0.push(u8::from(card.sketch.is_some()));
    if let Some(sketch) = &card.sketch {
        put.0.extend_from_slice(bytemuck::cast_slice(&sketch.0[..]));
    }
    edges.0.iter().flatten().for_each(|key| put.u64(*key));
    Some(put.0)
}

fn write_counts(counts: &Counts) -> Vec<u8> {
    let mut put = Put::default();
    put.u32(counts.rules.len() as u32);
    for row in &counts.rules {
        put.bytes(row.rule.as_bytes());
        put.0.push(u8::from(row.action == Action::Join));
        put.name(&row.class);
        put.u64(row.hits);
        put.u64(row.chars);
    }
    put.u64(counts.longest);
    put.0
}

/// How a line of the audit of removals begins.
fn line_start(path: &str) -> Vec<u8> {
    let mut start = Vec::with_capacity(path.len() + 16);
    start.extend_from_slice(br#"{"path":"#);
    // A string always has its form in JSON, and bytes in memory take it.
    let _ = serde_json::to_writer(&mut start, path);
    start.push(b',');
    start
}

/// A document as it was known.
#[derive(Debug)]
pub struct Known {
    /// The document.
    pub doc: Doc,
    /// What it is compared by, but for its key.
    pub card: Card,
    /// Its lines of the audit of removals.
    pub removals: Vec<u8>,
}

/// Reads the figures in what [`write`] wrote.
pub fn counts(entry: &[u8]) -> Option<Counts<'_>> {
    let mut get = Get(Get(entry).bytes()?);
    let count = get.count()?;
    let rules = (0..count).map(|_| rule_count(&mut get)).collect::<Option<_>>()?;
    let longest = get.u64()?;
    get.0.is_empty().then_some(Counts { rules, longest })
}

/// Reads the rest of it, for a document that is now at `path`.
pub fn read(entry: &[u8], path: &str, bytes_hash: u128, text: Text) -> Option<Known> {
    let mut get = Get(entry);
    get.bytes()?;
    let mut record = DocumentRecord {
        path: path.to_owned(),
        encoding: get.text()?,
        bytes: get.u64()?,
        chars_in: get.u64()?,
        chars_out: get.u64()?,
        decision: Decision::Keep,
        reason: get.text()??,
        witness: None,
        cluster: None,
        cluster_size: 1,
        simhash: None,
        key_hash: None,
        bytes_hash: Some(checksum::hex(bytes_hash)),
        text_hash: Some(text.seal.hex()),
        bom: get.u8()? != 0,
        newline: match get.u8()? {
            0 => None,
            1 => Some(Newline::Lf),
            2 => Some(Newline::Crlf),
            3 => Some(Newline::Cr),
            4 => Some(Newline::Mixed),
            _ => return None,
        },
        title: get.text()?,
        review: get.text()?,
        held: {
            let count = get.count()?;
            (0..count).map(|_| held(&mut get)).collect::<Option<_>>()?
        },
        pack: None,
    };
    let mut sign = || get.u32();
    let damage = Damage { torn: sign()?, blanks: sign()?, glosses: sign()?, strays: sign()?, broken: sign()? };
    let count = get.count()?;
    let gaps = (0..count)
        .map(|_| Some(Gap { at: get.u32()?, chars: get.u32()?, lines: get.u32()? }))
        .collect::<Option<_>>()?;
    let count = get.count()?;
    let passages = (0..count).map(|_| passage(&mut get, path)).collect::<Option<_>>()?;
    let count = get.count()?;
    let start = if count > 0 { line_start(path) } else { Vec::new() };
    let mut removals = Vec::with_capacity(if count > 0 { get.0.len() + count * start.len() } else { 0 });
    for _ in 0..count {
        removals.extend_from_slice(&start);
        removals.extend_from_slice(get.bytes()?);
    }
    let (key_hash, symbols, numbers, prints) = (get.u128()?, get.u32()?, get.u32()?, get.u32()?);
    let mut card = Card { key_hash, symbols, numbers, prints, simhash: None, sketch: None };
    let (has, simhash) = (get.u8()? != 0, get.u64()?);
    card.simhash = has.then_some(simhash);
    if get.u8()? != 0 {
        let mut slots = Box::new([0u16; SLOTS]);
        for (slot, pair) in slots.iter_mut().zip(get.take(SLOTS * 2)?.chunks_exact(2)) {
            *slot = u16::from_le_bytes([pair[0], pair[1]]);
        }
        card.sketch = Some(Sketch(slots));
    }
    let mut edges = Edges::default();
    for key in edges.0.iter_mut().flatten() {
        *key = get.u64()?;
    }
    record.simhash = card.simhash.map(|hash| Hex::of(hash.into()));
    record.key_hash = (card.symbols > 0).then(|| checksum::hex(card.key_hash));
    get.0.is_empty().then_some(Known { doc: Doc { record, damage, gaps, passages, text, edges }, card, removals })
}

fn rule_count<'b>(get: &mut Get<'b>) -> Option<RuleCount<'b>> {
    Some(RuleCount {
        rule: simdutf8::basic::from_utf8(get.bytes()?).ok()?.into(),
        action: if get.u8()? != 0 { Action::Join } else { Action::Cut },
        class: get.name()?,
        hits: get.u64()?,
        chars: get.u64()?,
    })
}

fn held(get: &mut Get) -> Option<HeldRecord> {
    Some(HeldRecord {
        start: get.u64()?,
        end: get.u64()?,
        line_start: get.u64()?,
        line_end: get.u64()?,
        rule: get.text()??,
    })
}

fn passage(get: &mut Get, path: &str) -> Option<PassageRecord> {
    Some(PassageRecord {
        a: path.to_owned(),
        a_line_start: get.u64()?,
        a_line_end: get.u64()?,
        a_start: get.u64()?,
        a_end: get.u64()?,
        b: path.to_owned(),
        b_line_start: get.u64()?,
        b_line_end: get.u64()?,
        b_start: get.u64()?,
        b_end: get.u64()?,
        symbols: get.u64()?,
        identity: f64::from_bits(get.u64()?),
        scope: Scope::Within,
        label: get.name::<Label>()?,
        action: get.name::<Verdict>()?,
        held: get.u8()? != 0,
    })
}
