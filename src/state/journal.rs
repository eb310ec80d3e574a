//! The journal of a run that works: should it be killed, the next run need not refine again what this one has refined.
//!
//! ```text
//! for each record: length, kind and body, checksum
//! head: what the work depends on; when the run began; whether its entries are beside those of an earlier run
//! refined: a document as the catalog names it, its entry by where it is in the run's own file; checksum of that entry
//! packed: number of a document; where in the pack its text is
//! ```
//!
//! Nothing waits for the disk. So nothing is believed either: a record is good where its own checksum, that of its
//! entry, and, when the document is taken over, that of its cleaned text fit. What follows a bad record is left.

use super::codec::{Get, Put};
use super::entries::{Entries, Stretch};
use super::sealed::{FORMAT, Sealed};
use super::{DOCUMENTS, DOCUMENTS_SINCE, JOURNAL, Memory, Row, catalog};
use crate::audit::Pack;
use crate::error::{Error, Result};
use crate::pack;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use xxhash_rust::xxh3::xxh3_64;

const HEAD: u8 = 0;
const REFINED: u8 = 1;
const PACKED: u8 = 2;
/// Bytes held back at most.
const ROOM: usize = 1 << 16;

/// What refining depends on besides a document: program, configuration and templates.
pub(super) fn seal(fingerprint: &str, templates: &str) -> u64 {
    xxh3_64(format!("{} {FORMAT} {fingerprint}\n{templates}", env!("CARGO_PKG_VERSION")).as_bytes())
}

/// A journal being written.
#[derive(Debug)]
pub(super) struct Journal {
    file: File,
    path: PathBuf,
    waiting: Put,
}

impl Journal {
    pub(super) fn create(path: &Path, seal: u64, began: i64, since: bool) -> Result<Self> {
        let file = File::create(path).map_err(Error::io("writing the state", path))?;
        let mut journal = Self { file, path: path.to_owned(), waiting: Put::default() };
        journal.add(HEAD, |put| {
            put.u64(seal);
            put.u64(began as u64);
            put.u32(u32::from(since));
        })?;
        Ok(journal)
    }

    fn add(&mut self, kind: u8, body: impl FnOnce(&mut Put)) -> Result<()> {
        let start = self.waiting.0.len();
        self.waiting.u32(0);
        self.waiting.0.push(kind);
        body(&mut self.waiting);
        let length = (self.waiting.0.len() - start - 4) as u32;
        self.waiting.0[start..start + 4].copy_from_slice(&length.to_le_bytes());
        self.waiting.u64(xxh3_64(&self.waiting.0[start + 4..]));
        if self.waiting.0.len() >= ROOM { self.hand_over() } else { Ok(()) }
    }

    pub(super) fn refined(&mut self, row: impl FnOnce(&mut Put), entry: &[u8]) -> Result<()> {
        self.add(REFINED, |put| {
            row(put);
            put.u64(xxh3_64(entry));
        })
    }

    pub(super) fn packed(&mut self, number: u32, pack: &Pack) -> Result<()> {
        self.add(PACKED, |put| {
            put.u32(number);
            put.u64(pack.offset);
            put.u64(pack.length);
        })
    }

    pub(super) fn hand_over(&mut self) -> Result<()> {
        self.file.write_all(&self.waiting.0).map_err(Error::io("writing the state", &self.path))?;
        self.waiting.0.clear();
        Ok(())
    }
}

impl Memory {
    /// What a run that did not end had refined, from the folder it worked in: nothing where there is none, or where it
    /// worked with another configuration or other templates.
    pub fn unfinished(folder: &Path, fingerprint: &str, templates: &str) -> Self {
        Self::resume(folder, seal(fingerprint, templates)).unwrap_or_default()
    }

    fn resume(folder: &Path, seal: u64) -> Option<Self> {
        let journal = std::fs::read(folder.join(JOURNAL)).ok()?;
        let mut memory = Self { unfinished: true, ..Self::of(folder) };
        let mut records = Get(&journal);
        let (kind, mut head) = record(&mut records)?;
        if kind != HEAD || head.u64()? != seal {
            return None;
        }
        memory.began = head.u64()? as i64;
        let name = if head.u32()? != 0 { DOCUMENTS_SINCE } else { DOCUMENTS };
        memory.entries = Entries::torn(&folder.join(name)).ok()?;
        while let Some((kind, body)) = record(&mut records) {
            match kind {
                REFINED => memory.rows.extend(refined(body, journal.len() - records.0.len() - 8, &memory.entries)),
                PACKED => memory.repack(body)?,
                _ => return None,
            }
        }
        memory.pack = pack::Reader::open(folder).ok();
        memory.catalog = Sealed::of(journal);
        Some(memory)
    }

    fn repack(&mut self, mut body: Get) -> Option<()> {
        let (number, offset, length) = (body.u32()?, body.u64()?, body.u64()?);
        if let Ok(at) = self.rows.binary_search_by_key(&number, |row| row.number) {
            self.rows[at].pack = Some(Pack { offset, length, raw: false });
        }
        Some(())
    }
}

/// The next record, where it is whole.
fn record<'j>(records: &mut Get<'j>) -> Option<(u8, Get<'j>)> {
    let body = records.bytes()?;
    let (kind, rest) = body.split_first().filter(|_| records.u64() == Some(xxh3_64(body)))?;
    Some((*kind, Get(rest)))
}

/// A document of the journal, whose record ends at `end`; none where its entry is not there whole.
fn refined(mut body: Get, end: usize, entries: &Entries) -> Option<Row> {
    let row = catalog::row(&mut body, end)?;
    let nothing = Stretch::default();
    let entry = entries.get(&row.entry, &nothing)?;
    (body.u64()? == xxh3_64(entry)).then_some(row)
}
