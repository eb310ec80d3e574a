//! Reading an output folder: records, texts, and the original bytes.

use crate::audit::{Decision, DocumentRecord, RemovalRecord};
use crate::checksum;
use crate::decode::{decode, encode};
use crate::error::{Error, Result};
use crate::locate::put_back;
use crate::names;
use crate::pack;
use crate::summary::{FORMAT, RunFile};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::borrow::Cow;
use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The files of `OUT/audit`.
pub const AUDIT: [&str; 5] =
    ["audit/documents.jsonl", "audit/removals.jsonl", "audit/duplicates.jsonl", "audit/passages.jsonl", pack::NAME];

/// The templates that the run used.
pub const TEMPLATES: &str = "audit/templates.toml";

/// The templates that the run proposes.
pub const PROPOSED: &str = "audit/proposed-templates.toml";

/// A published output folder.
#[derive(Debug)]
pub struct Published {
    root: PathBuf,
    run: RunFile,
    pack: OnceLock<pack::Reader>,
}

impl Published {
    /// The templates that the run used; outputs of older versions have none.
    pub fn templates(&self) -> Result<Vec<crate::learn::Template>> {
        let path = self.root.join(TEMPLATES);
        if path.exists() { crate::learn::file::read(&path) } else { Ok(Vec::new()) }
    }

    /// Opens an output; refuses what is none, is incomplete, or comes from a newer version.
    pub fn open(out: &Path) -> Result<Self> {
        if !out.is_dir() {
            let what = if out.symlink_metadata().is_ok() { "is no folder" } else { "is not there" };
            let message = format!("{what}: name the folder that `dechaff run` wrote");
            return Err(Error::State { path: out.to_owned(), message });
        }
        let path = out.join("run.json");
        let state = |message: String| Error::State { path: path.clone(), message };
        let bytes = std::fs::read(&path).map_err(|error| match error.kind() {
            ErrorKind::NotFound => state("is missing: this is no output of dechaff, or not a complete one".into()),
            _ => Error::io("reading OUT", &path)(error),
        })?;
        #[derive(Deserialize)]
        struct Mark {
            tool: String,
            format: u32,
        }
        let mark: Mark = serde_json::from_slice(&bytes)
            .map_err(|e| state(format!("is damaged or not of dechaff ({e}): run dechaff again into a new folder")))?;
        if mark.tool != "dechaff" {
            return Err(state("is not of dechaff".into()));
        }
        if mark.format > FORMAT {
            return Err(state(format!(
                "was written by a newer version (format {}, this one reads up to {FORMAT}): update dechaff",
                mark.format
            )));
        }
        let run = serde_json::from_slice(&bytes).map_err(|e| state(format!("is damaged ({e})")))?;
        Ok(Self { root: out.to_owned(), run, pack: OnceLock::new() })
    }

    /// An output that is being built: its corpus and audit are finished, its `run.json` is not written yet.
    pub fn of_staging(root: &Path, run: &RunFile) -> Self {
        Self { root: root.to_owned(), run: run.clone(), pack: OnceLock::new() }
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// What made it.
    pub fn run(&self) -> &RunFile {
        &self.run
    }

    /// The input folder as it was named when the output was made.
    pub fn input(&self) -> PathBuf {
        names::decode(&self.run.input)
    }

    /// The records of an audit file in order.
    pub fn records<T: DeserializeOwned>(&self, name: &str) -> Result<Records<T>> {
        Records::open(self.root.join(name))
    }

    /// Every document with its removals, in order.
    pub fn documents(&self) -> Result<Documents> {
        Ok(Documents { documents: self.records(AUDIT[0])?, removals: self.records(AUDIT[1])?, ahead: None })
    }

    /// One document, named by its path below the input.
    pub fn document(&self, name: &str) -> Result<(DocumentRecord, Vec<RemovalRecord>)> {
        let mut near = Vec::new();
        let last = name.rsplit('/').next().unwrap_or(name);
        for record in self.records::<DocumentRecord>(AUDIT[0])? {
            let record = record?;
            if record.path == name {
                return Ok((record, self.removals_of(name)?));
            }
            if near.len() < 3 && record.path.rsplit('/').next() == Some(last) {
                near.push(names::printable(&record.path));
            }
        }
        let hint = match near.as_slice() {
            [] => "give its path below INPUT, as in audit/documents.jsonl".to_owned(),
            near => format!("did you mean {}?", near.join(" or ")),
        };
        Err(Error::Usage(format!("no document {} in this output: {hint}", names::printable(name))))
    }

    fn removals_of(&self, name: &str) -> Result<Vec<RemovalRecord>> {
        #[derive(Deserialize)]
        struct JustPath<'a> {
            #[serde(borrow)]
            path: Cow<'a, str>,
        }
        let mut records = self.records::<RemovalRecord>(AUDIT[1])?;
        let (mut found, mut line) = (Vec::new(), Vec::new());
        while records.line(&mut line)? {
            let path: JustPath = records.parse(&line)?;
            if path.path == name {
                found.push(records.parse(&line)?);
            }
        }
        Ok(found)
    }

    /// Where a document stands in the corpus.
    pub fn corpus_path(&self, record: &DocumentRecord) -> Result<PathBuf> {
        let path = names::decode(&record.path);
        if !names::is_plain(&path) {
            return Err(Error::State {
                path: self.root.join(AUDIT[0]),
                message: format!(
                    "names the path {}, which does not lie below a folder",
                    names::printable(&record.path)
                ),
            });
        }
        Ok(self.root.join("corpus").join(path))
    }

    /// The cleaned text of a document that was read as text: from the corpus, or from the pack for a dropped one.
    pub fn cleaned(&self, record: &DocumentRecord, removals: &[RemovalRecord]) -> Result<String> {
        let text = match (&record.pack, record.decision) {
            (_, Decision::Keep | Decision::Quarantine) => self.corpus_bytes(record)?,
            (Some(pack), Decision::Drop) if !pack.raw => self.pack()?.read(pack)?,
            (Some(pack), Decision::Drop) => {
                // Only the raw bytes are there; the removals say what is left of them.
                let text = self.decoded_raw(record, pack)?;
                let mut kept = String::with_capacity(text.len());
                let (mut chars, mut at) = (text.chars(), 0u64);
                for removal in removals {
                    kept.extend(chars.by_ref().take(removal.start.saturating_sub(at) as usize));
                    chars.by_ref().take((removal.end - removal.start.min(removal.end)) as usize).for_each(drop);
                    at = removal.end;
                }
                kept.extend(chars);
                return Ok(kept);
            }
            (None, Decision::Drop) => return Err(self.damaged(record, "was dropped, and its text is in no pack")),
        };
        String::from_utf8(text).map_err(|_| self.damaged(record, "its cleaned text is not UTF-8"))
    }

    /// The decoded input of a document: its cleaned text with the removals put back.
    pub fn decoded(&self, record: &DocumentRecord, removals: &[RemovalRecord]) -> Result<String> {
        match &record.pack {
            Some(pack) if pack.raw => self.decoded_raw(record, pack),
            _ => put_back(&self.cleaned(record, removals)?, removals)
                .ok_or_else(|| self.damaged(record, "its text in the corpus and its removals do not fit together")),
        }
    }

    /// The bytes of the input file, checked against their recorded hash.
    pub fn original(&self, record: &DocumentRecord, removals: &[RemovalRecord]) -> Result<Vec<u8>> {
        let bytes = match (&record.pack, record.decision) {
            (Some(pack), _) if pack.raw => self.pack()?.read(pack)?,
            (_, Decision::Quarantine) => self.corpus_bytes(record)?,
            _ => {
                let text = self.decoded(record, removals)?;
                let (Some(encoding), Some(newline)) = (&record.encoding, record.newline) else {
                    return Err(self.damaged(record, "its encoding or line ends are not recorded"));
                };
                encode(&text, encoding, record.bom, newline)
                    .ok_or_else(|| self.damaged(record, "its text does not fit its encoding"))?
            }
        };
        // A file too large to be read as a document has no hash; its copy was made from the bytes themselves.
        if record.bytes_hash.as_ref().is_some_and(|hash| *hash != checksum::hex(checksum::of(&bytes))) {
            return Err(self.damaged(record, "what the output holds no longer makes up the original bytes"));
        }
        Ok(bytes)
    }

    fn decoded_raw(&self, record: &DocumentRecord, pack: &crate::audit::Pack) -> Result<String> {
        decode(self.pack()?.read(pack)?)
            .map(|decoded| decoded.text)
            .map_err(|fault| self.damaged(record, &format!("its packed bytes no longer decode ({fault})")))
    }

    fn corpus_bytes(&self, record: &DocumentRecord) -> Result<Vec<u8>> {
        let path = self.corpus_path(record)?;
        std::fs::read(&path).map_err(|error| match (error.kind(), record.decision) {
            (ErrorKind::NotFound, Decision::Quarantine) => Error::State {
                path,
                message: "the file could not be read when the output was made, so nothing of it is here".into(),
            },
            (ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::IsADirectory, _) => {
                Error::State { path, message: "is missing from the corpus: run dechaff again".into() }
            }
            _ => Error::io("reading OUT", path)(error),
        })
    }

    fn pack(&self) -> Result<&pack::Reader> {
        if self.pack.get().is_none() {
            let _ = self.pack.set(pack::Reader::open(&self.root)?);
        }
        self.pack.get().ok_or_else(|| Error::Usage("the pack is not open".into()))
    }

    fn damaged(&self, record: &DocumentRecord, what: &str) -> Error {
        Error::State {
            path: self.root.join("corpus").join(&record.path),
            message: format!("{what}: the output was changed or damaged, `dechaff verify` says more"),
        }
    }
}

/// Where a line of a file begins.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Mark {
    pub offset: u64,
    /// Lines before it.
    pub lines: u64,
}

/// Records of a JSON-lines file.
#[derive(Debug)]
pub struct Records<T> {
    reader: BufReader<File>,
    path: PathBuf,
    at: Mark,
    failed: bool,
    record: std::marker::PhantomData<T>,
}

impl<T: DeserializeOwned> Records<T> {
    /// Opens the file.
    pub fn open(path: PathBuf) -> Result<Self> {
        match File::open(&path) {
            Ok(file) => Ok(Self {
                reader: BufReader::with_capacity(1 << 16, file),
                path,
                at: Mark::default(),
                failed: false,
                record: std::marker::PhantomData,
            }),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                Err(Error::State { path, message: "is missing: the output is incomplete, run dechaff again".into() })
            }
            Err(error) => Err(Error::io("reading OUT", path)(error)),
        }
    }

    /// Reads the next line in place of what `line` holds; false at the end of the file, where it is empty.
    pub(crate) fn line(&mut self, line: &mut Vec<u8>) -> Result<bool> {
        line.clear();
        let read = self.reader.read_until(b'\n', line).map_err(Error::io("reading OUT", &self.path))?;
        self.at.offset += read as u64;
        self.at.lines += 1;
        Ok(read > 0)
    }

    /// Where the next line begins.
    pub(crate) fn mark(&self) -> Mark {
        self.at
    }

    /// Goes on from there.
    pub(crate) fn go(&mut self, mark: Mark) -> Result<()> {
        // What is in the buffer stays there.
        let way = mark.offset.wrapping_sub(self.at.offset) as i64;
        self.reader.seek_relative(way).map_err(Error::io("reading OUT", &self.path))?;
        self.at = mark;
        Ok(())
    }

    pub(crate) fn parse<'l, R: Deserialize<'l>>(&self, line: &'l [u8]) -> Result<R> {
        let damaged = |error: &dyn std::fmt::Display| Error::State {
            path: self.path.clone(),
            message: format!("line {} is damaged ({error}): run dechaff again to make a new output", self.at.lines),
        };
        // Checked at once, a line takes less time than string by string.
        let line = simdutf8::basic::from_utf8(line).map_err(|error| damaged(&error))?;
        serde_json::from_str(line).map_err(|error| damaged(&error))
    }
}

impl<T: DeserializeOwned> Iterator for Records<T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let mut line = Vec::new();
        let record = self.line(&mut line).and_then(|more| more.then(|| self.parse(&line)).transpose()).transpose();
        self.failed = matches!(record, Some(Err(_)));
        record
    }
}

/// Documents with their removals, both files read once, side by side.
#[derive(Debug)]
pub struct Documents {
    documents: Records<DocumentRecord>,
    removals: Records<RemovalRecord>,
    ahead: Option<RemovalRecord>,
}

impl Documents {
    fn removals_of(&mut self, path: &str) -> Result<Vec<RemovalRecord>> {
        let mut found = Vec::new();
        loop {
            let next = match self.ahead.take() {
                Some(removal) => removal,
                None => match self.removals.next() {
                    Some(removal) => removal?,
                    None => return Ok(found),
                },
            };
            if next.path == path {
                found.push(next);
            } else {
                self.ahead = Some(next);
                return Ok(found);
            }
        }
    }

    /// A removal that belongs to no document, once all documents are read.
    pub fn left_over(&mut self) -> Option<String> {
        self.ahead.take().map(|removal| removal.path)
    }
}

impl Iterator for Documents {
    type Item = Result<(DocumentRecord, Vec<RemovalRecord>)>;

    fn next(&mut self) -> Option<Self::Item> {
        let record = match self.documents.next()? {
            Ok(record) => record,
            Err(error) => return Some(Err(error)),
        };
        Some(self.removals_of(&record.path).map(|removals| (record, removals)))
    }
}
