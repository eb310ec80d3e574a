//! Writes the state of a run.

use super::catalog::{NOWHERE, put_row};
use super::codec::Put;
use super::entries::{EntryWriter, Kept};
use super::journal::{self, Journal};
use super::sealed::Writer;
use super::{CATALOG, FOLDER, JOURNAL};
use crate::audit::Pack;
use crate::error::{Error, Result};
use crate::intake::Doc;
use crate::join::Frame;
use crate::walk::Source;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// What a run found of documents together, as the catalog names it.
#[derive(Debug)]
pub struct Together<'t> {
    /// The sorted keys.
    pub sorted: [&'t [Frame; 2]; 2],
    /// The number that each document has now which had its keys written when all were.
    pub base: &'t [Option<u32>],
    /// Seal of the compared pairs.
    pub pairs: u64,
    /// Seal of the shared passages.
    pub passages: u64,
}

/// The state that a run writes.
#[derive(Debug)]
pub struct Recorder<'s> {
    entries: EntryWriter,
    journal: Journal,
    root: PathBuf,
    fingerprint: String,
    began: i64,
    templates: &'s str,
    sources: &'s [Source],
}

impl<'s> Recorder<'s> {
    /// Begins the state in the staging folder `root`, of a run that began at `began`, upon the entries that are `kept`.
    pub fn create(
        root: &Path,
        fingerprint: &str,
        began: i64,
        templates: &'s str,
        sources: &'s [Source],
        kept: Option<Kept>,
    ) -> Result<Self> {
        let folder = root.join(FOLDER);
        std::fs::create_dir_all(&folder).map_err(Error::io("writing the state", &folder))?;
        let entries = EntryWriter::create(root, fingerprint, kept)?;
        let seal = journal::seal(fingerprint, templates);
        Ok(Self {
            journal: Journal::create(&root.join(JOURNAL), seal, began, entries.is_since())?,
            entries,
            root: root.to_owned(),
            fingerprint: fingerprint.to_owned(),
            began,
            templates,
            sources,
        })
    }

    /// Adds what is known of a document. What no published output has is entered into the journal too.
    pub fn add(&mut self, number: u32, doc: &mut Doc, entry: &[u8], published: bool) -> Result<()> {
        let (place, at) = self.entries.add(entry)?;
        doc.text.entry = Some(place);
        let here = (at, entry.len() as u32);
        match self.sources.get(number as usize) {
            Some(source) if !published => self.journal.refined(|put| put_row(put, number, source, doc, here), entry),
            _ => Ok(()),
        }
    }

    /// Keeps the entry at `place` of the published output where it is; otherwise it must be added.
    pub fn keep(&self, doc: &mut Doc, place: &Range<usize>) -> bool {
        doc.text.entry = self.entries.stays(place);
        doc.text.entry.is_some()
    }

    /// The documents of the run.
    pub fn sources(&self) -> &'s [Source] {
        self.sources
    }

    /// Enters into the journal that the text of a document left the corpus for the pack.
    pub fn packed(&mut self, number: u32, pack: &Pack) -> Result<()> {
        self.journal.packed(number, pack)
    }

    /// Hands everything so far to the system: should the process be killed, the next run has it.
    pub fn hand_over(&mut self) -> Result<()> {
        self.entries.hand_over()?;
        self.journal.hand_over()
    }

    /// Writes the catalog, once it is decided which texts are packed.
    pub fn finish(mut self, docs: &[Doc], together: &Together) -> Result<()> {
        let (templates, sources) = (self.templates, self.sources);
        self.journal.hand_over()?;
        let seals = self.entries.finish(&self.fingerprint)?;
        let mut catalog = Writer::create(&self.root.join(CATALOG), &self.fingerprint)?;
        let known = || {
            let all = sources.iter().zip(docs).zip(0u32..);
            all.filter_map(|((source, doc), number)| Some((number, source, doc, doc.text.entry?)))
        };
        let mut put = Put::default();
        put.u64(self.began as u64);
        seals.iter().for_each(|seal| put.u64(*seal));
        put.bytes(templates.as_bytes());
        for frame in together.sorted.into_iter().flatten() {
            put.u64(frame.seal);
            frame.bounds.iter().for_each(|bound| put.u64(*bound));
        }
        let base: Vec<u8> = together.base.iter().flat_map(|doc| doc.unwrap_or(NOWHERE).to_le_bytes()).collect();
        put.bytes(&base);
        put.u64(together.pairs);
        put.u64(together.passages);
        put.u32(docs.len() as u32);
        put.u32(known().count() as u32);
        for (number, source, doc, (offset, length)) in known() {
            put_row(&mut put, number, source, doc, (offset, length));
            catalog.append(&put.0)?;
            put.0.clear();
        }
        catalog.append(&put.0)?;
        catalog.finish().map(|_| ())
    }
}
