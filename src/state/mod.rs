//! What a run leaves for the next one: `OUT/state`, published with the output by the same rename.
//!
//! - `documents`: for each document that was read as text what refining it came to (see `codec`), and beside it what came
//!   since it was written whole (see `entries`);
//! - `prints`, `bands`: the sorted keys by which documents find one another (see `join`), and beside each what came since it
//!   was written whole;
//! - `pairs`, `passages`: what comparing documents came to (see `compared`, `shared`);
//! - `catalog`: for each of them its path, size, times and inode, the hash of its bytes, and where its cleaned text
//!   and its entry of `documents` stand.
//!
//! Each is checked before anything in it is believed (see `sealed`).

mod catalog;
pub mod codec;
pub mod entries;
mod journal;
mod recorder;
pub mod sealed;

pub use recorder::{Recorder, Together};

use crate::audit::Pack;
use crate::checksum::{self, Sum};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::join::{self, Frame, Level, Past};
use crate::library::{Keys, SORTED};
use crate::pack;
use crate::published::Published;
use crate::summary::RunFile;
use crate::walk::{Source, Stamp};
use codec::Get;
use entries::{Entries, Kept, Reader, Stretch};
use sealed::{Parts, Sealed, WAY_OUT};
use std::borrow::Cow;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// The folder below OUT.
pub const FOLDER: &str = "state";
/// Name of the entries.
pub const DOCUMENTS: &str = "state/documents";
/// Name of those that came since they were written whole.
pub const DOCUMENTS_SINCE: &str = "state/documents-since";
/// Name of the catalog.
pub const CATALOG: &str = "state/catalog";
/// Name of the compared pairs.
pub const PAIRS: &str = "state/pairs";
/// Name of the shared passages.
pub const PASSAGES: &str = "state/passages";
/// Name of the journal of a run that works; a published output has none.
pub const JOURNAL: &str = "state/journal";
/// A file changed this shortly before a run began may have been changed again without a sign: file systems keep
/// times in ticks, some of two seconds.
const UNSETTLED: i64 = 2_000_000_000;

/// A document that was known.
#[derive(Debug, Clone)]
pub struct Row {
    /// The number of the document in that run.
    pub number: u32,
    path: Range<usize>,
    /// The input file as it was.
    pub stamp: Stamp,
    /// Hash of its bytes.
    pub bytes_hash: u128,
    /// The cleaned text.
    pub text: TextSeal,
    /// Where the cleaned text of a dropped document is.
    pub pack: Option<Pack>,
    /// Where its entry is.
    pub entry: Range<usize>,
}

/// By what a cleaned text is known again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TextSeal {
    /// Bytes.
    pub length: u64,
    /// XXH3-128 of them.
    pub hash: u128,
    /// When its file in the output was written, in nanoseconds; 0 where there is none.
    pub mtime: i64,
}

impl TextSeal {
    /// Seals a text.
    pub fn of(text: &[u8]) -> Self {
        Self { length: text.len() as u64, hash: checksum::of(text), mtime: 0 }
    }

    /// The hash as records write it.
    pub fn hex(&self) -> Sum {
        checksum::hex(self.hash)
    }

    /// Whether `text` is the sealed one.
    pub fn fits(&self, text: &[u8]) -> bool {
        Self { mtime: self.mtime, ..Self::of(text) } == *self
    }
}

/// What an earlier run knew of documents together.
#[derive(Debug)]
pub struct Rest {
    /// Fingerprints and bands.
    pub keys: Keys,
    /// Compared pairs.
    pub pairs: Sealed,
    /// Shared passages.
    pub passages: Sealed,
}

/// The refusal of a state that another configuration has made. What is another, the output says itself, if it can be read.
fn other_configuration(out: &Path, config: &Config) -> Error {
    let changed = Published::open(out).map(|before| config.changed(&before.run().config)).unwrap_or_default();
    let changed = if changed.is_empty() { String::new() } else { format!(" (changed: {})", changed.join(", ")) };
    Error::Usage(format!(
        "OUT {} was made with another configuration or other rules{changed}, and what it remembers does not apply: \
         {WAY_OUT}, or name another OUT",
        crate::names::shown(out)
    ))
}

/// What an earlier run knew; empty for a first run.
#[derive(Debug, Default)]
pub struct Memory {
    out: PathBuf,
    /// Its folder of texts.
    corpus: PathBuf,
    began: i64,
    entries: Entries,
    catalog: Sealed,
    rows: Vec<Row>,
    /// Rows by the hashes of bytes and folder, sorted: a table of hashes took several times as long to fill.
    by_content: Vec<((u128, u64), u32)>,
    by_folder: bool,
    templates: Option<String>,
    documents: usize,
    rest: Option<Rest>,
    pack: Option<pack::Reader>,
    /// Whether it is that of a run that did not end, which knew documents but nothing of documents together.
    unfinished: bool,
}

impl Memory {
    /// Nothing is known yet.
    fn of(out: &Path) -> Self {
        Self { out: out.to_owned(), corpus: out.join("corpus"), ..Self::default() }
    }

    /// Reads the state of an output; a folder that is no output has none. A state that is missing, damaged, of
    /// another version or of another configuration is an error, never an empty one. `config` is that of the fingerprint,
    /// to tell what is another.
    pub fn open(out: &Path, fingerprint: &str, config: &Config) -> Result<Self> {
        if !RunFile::marks(out) {
            return Ok(Self::default());
        }
        let catalog = Sealed::read(&out.join(CATALOG))?;
        let entries = Entries::open(out)?;
        if catalog.fingerprint != fingerprint {
            return Err(other_configuration(out, config));
        }
        let damaged = || Error::State {
            path: out.join(CATALOG),
            message: format!("does not fit the entries beside it; {WAY_OUT}"),
        };
        let mut memory = Self::of(out);
        let mut get = Get(catalog.payload());
        let size = get.0.len();
        let mut head = || {
            Some((
                get.u64()? as i64,
                [get.u64()?, get.u64()?],
                get.bytes()?,
                catalog::names(&mut get)?,
                get.u32()?,
                get.u32()?,
            ))
        };
        let (began, seals, templates, rest, documents, count) = head().ok_or_else(damaged)?;
        memory.documents = documents as usize;
        let level = |name: &str, frame: Frame| {
            let file = Parts::open(&out.join(FOLDER).join(name))?;
            if file.seal != frame.seal || file.fingerprint != fingerprint {
                return Err(damaged());
            }
            Level::new(file, frame.bounds).ok_or_else(damaged)
        };
        let sorted = |name: &str, [base, since]: [Frame; 2]| {
            Ok(Past { base: level(name, base)?, since: level(&join::since_name(name), since)? })
        };
        let [prints, bands] = rest.sorted;
        let sorted = [sorted(SORTED[0], prints)?, sorted(SORTED[1], bands)?];
        let whole = |name: &str, seal: u64| {
            let file = Sealed::read(&out.join(name))?;
            if file.seal == seal && file.fingerprint == fingerprint { Ok(file) } else { Err(damaged()) }
        };
        memory.rest = Some(Rest {
            keys: Keys { sorted, base: rest.base },
            pairs: whole(PAIRS, rest.pairs)?,
            passages: whole(PASSAGES, rest.passages)?,
        });
        memory.templates = Some(String::from_utf8(templates.to_vec()).map_err(|_| damaged())?);
        if entries.seals() != seals.map(|seal| (seal, fingerprint)) {
            return Err(damaged());
        }
        memory.began = began;
        let limit = entries.end();
        for _ in 0..count {
            let fits = |row: &Row| row.entry.end <= limit && row.number < documents;
            let row = catalog::row(&mut get, size).filter(fits).ok_or_else(damaged)?;
            memory.rows.push(row);
        }
        if !get.0.is_empty() {
            return Err(damaged());
        }
        (memory.catalog, memory.entries) = (catalog, entries);
        memory.pack = Some(pack::Reader::open(out)?);
        Ok(memory)
    }

    /// Whether it is that of a run that did not end.
    pub fn is_unfinished(&self) -> bool {
        self.unfinished
    }

    /// Number of documents that it knows.
    pub fn count(&self) -> usize {
        self.rows.len()
    }

    /// The texts of the output it belongs to.
    pub fn corpus(&self) -> &Path {
        &self.corpus
    }

    /// The documents that it knows: names and sizes, sorted by name.
    pub fn names(&self) -> impl Iterator<Item = (&str, u64)> {
        self.rows.iter().map(|row| (self.path(row), row.stamp.size))
    }

    /// For each source, which are sorted by name, the document that was known at its path.
    pub fn at_paths(&self, sources: &[Source]) -> Vec<Option<u32>> {
        let mut next = 0;
        sources
            .iter()
            .map(|source| {
                let name = source.name.as_bytes();
                while self.rows.get(next).is_some_and(|row| self.path_of(row) < name) {
                    next += 1;
                }
                self.rows.get(next).filter(|row| self.path_of(row) == name).map(|_| next as u32)
            })
            .collect()
    }

    /// A document by number.
    pub fn row(&self, row: u32) -> Option<&Row> {
        self.rows.get(row as usize)
    }

    /// The templates that are pinned, as a file.
    pub fn templates(&self) -> Option<&str> {
        self.templates.as_deref()
    }

    /// Where the templates stand, for messages.
    pub fn place(&self) -> PathBuf {
        self.out.join(CATALOG)
    }

    /// Forgets all documents: they were refined with other templates.
    pub fn forget(&mut self) {
        self.entries = Entries::default();
        self.rows.clear();
        self.documents = 0;
        self.rest = None;
    }

    /// Number of documents of that run.
    pub fn documents(&self) -> usize {
        self.documents
    }

    /// What was known of documents together, once.
    pub fn take_rest(&mut self) -> Option<Rest> {
        self.rest.take()
    }

    /// Makes documents known by their bytes; where templates belong to folders, in the same folder only.
    pub fn index(&mut self, by_folder: bool) {
        self.by_folder = by_folder;
        let keys = self.rows.iter().map(|row| self.content(row.bytes_hash, self.path_of(row)));
        self.by_content = keys.zip(0..).collect();
        self.by_content.sort_unstable();
    }

    fn content(&self, hash: u128, path: &[u8]) -> (u128, u64) {
        let folder = if self.by_folder { memchr::memrchr(b'/', path).unwrap_or(0) } else { 0 };
        (hash, xxhash_rust::xxh3::xxh3_64(&path[..folder]))
    }

    /// A document with bytes of this hash: the one that was at this path, or else another.
    pub fn find<'m>(&'m self, here: Option<&'m Row>, hash: u128, path: &str) -> Option<&'m Row> {
        if self.rows.is_empty() {
            return None;
        }
        here.filter(|row| row.bytes_hash == hash).or_else(|| {
            let content = self.content(hash, path.as_bytes());
            let behind = self.by_content.partition_point(|(other, _)| *other <= content);
            let (found, row) = self.by_content.get(behind.checked_sub(1)?)?;
            (*found == content).then(|| self.row(*row))?
        })
    }

    /// Whether a file is surely the one that was read: nothing of it changed, and the last change was long enough
    /// before the run that read it. No stamp, of a file that gave no bytes or that could not be listed, is sure of nothing.
    pub fn vouches(&self, row: &Row, stamp: &Stamp) -> bool {
        *stamp != Stamp { size: stamp.size, ..Stamp::default() }
            && row.stamp == *stamp
            && stamp.mtime.max(stamp.ctime) < self.began - UNSETTLED
    }

    /// Whether a document was known at this path.
    pub fn is_at(&self, row: &Row, path: &str) -> bool {
        self.path_of(row) == path.as_bytes()
    }

    /// The path a document was known at.
    pub fn path(&self, row: &Row) -> &str {
        std::str::from_utf8(self.path_of(row)).unwrap_or_default()
    }

    fn path_of(&self, row: &Row) -> &[u8] {
        self.catalog.payload().get(row.path.clone()).unwrap_or_default()
    }

    /// What was known of a document; read where it is not in the stretch at hand.
    pub fn entry<'m>(&'m self, row: &Row, stretch: &'m Stretch) -> Result<Cow<'m, [u8]>> {
        self.entries.read(&row.entry, stretch)
    }

    /// An entry that is in memory.
    pub fn entry_at<'m>(&'m self, place: &Range<usize>, stretch: &'m Stretch) -> Option<&'m [u8]> {
        self.entries.get(place, stretch)
    }

    /// Reads the entries, as documents come, from the beginning.
    pub fn reader(&self) -> Reader<'_> {
        self.entries.reader()
    }

    /// The file of entries that may stay as it is.
    pub fn to_keep(&self) -> Option<Kept> {
        self.entries.to_keep(self.rows.iter().map(|row| &row.entry))
    }

    /// The packed text of a document that was dropped, as a frame.
    pub fn frame(&self, pack: &Pack) -> Result<Vec<u8>> {
        self.pack.as_ref().map_or_else(|| Ok(Vec::new()), |reader| reader.frame(pack))
    }

    /// The packed text of a document that was dropped.
    pub fn packed(&self, pack: &Pack) -> Result<Vec<u8>> {
        self.pack.as_ref().map_or_else(|| Ok(Vec::new()), |reader| reader.read(pack))
    }

    /// The cleaned text of a document as the output has it; `None` where that is not what was written.
    pub fn text(&self, row: &Row) -> Option<Vec<u8>> {
        let text = match &row.pack {
            Some(pack) => self.pack.as_ref()?.read(pack).ok()?,
            None => {
                let path = crate::names::decode(self.path(row));
                if !crate::names::is_plain(&path) {
                    return None;
                }
                std::fs::read(self.corpus.join(path)).ok()?
            }
        };
        row.text.fits(&text).then_some(text)
    }

    /// An error that says that someone changed a text in the output.
    pub fn touched(&self, source: &Source) -> Error {
        let path = self.corpus.join(&source.path);
        Error::State { path, message: format!("is not what was written there; {WAY_OUT}") }
    }

    /// An error that says that an entry means nothing, though its bytes are whole.
    pub fn unreadable(&self) -> Error {
        Error::State {
            path: self.out.join(DOCUMENTS),
            message: format!("holds an entry that cannot be read; {WAY_OUT}"),
        }
    }
}
