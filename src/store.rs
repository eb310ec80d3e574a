//! The key streams of all documents: in memory while they fit, else in a scratch file that is mapped.

use crate::error::{Error, Result};
use crate::key::{Key, Number, View};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

/// Where the symbols are.
enum Symbols {
    Memory(Vec<Box<[u16]>>),
    Spilling { file: BufWriter<File>, starts: Vec<u64> },
    Mapped { map: memmap2::Mmap, starts: Vec<u64>, seen: AtomicU64 },
}

/// Makes the key of a document whose text is at hand.
pub type Make<'t> = Box<dyn Fn(u32) -> Result<Key> + Send + Sync + 't>;

/// Key streams by document number.
pub struct Store<'t> {
    symbols: Symbols,
    numbers: Vec<Box<[Number]>>,
    limit: u64,
    /// Keys that are made when they are asked for: of most documents that an earlier run knew nobody asks.
    late: Vec<Option<OnceLock<Key>>>,
    make: Option<Make<'t>>,
    fault: Mutex<Option<Error>>,
}

/// Bytes that the system maps around a page that is looked at.
const AROUND: u64 = 1 << 16;
const STAGE: &str = "keeping key streams";

impl<'t> Store<'t> {
    /// A store for the keys of about `bytes` bytes of text. Above `limit` bytes of symbols it lives in a file without
    /// a name beside `near`, which the system removes with the process, however that ends, and about so many bytes of it
    /// are in memory at a time.
    pub fn new(bytes: u64, limit: u64, near: &Path) -> Result<Self> {
        // A Han character takes three bytes of text and two of symbols.
        let symbols = if bytes / 3 * 2 <= limit {
            Symbols::Memory(Vec::new())
        } else {
            let file = tempfile::tempfile_in(near).map_err(Error::io(STAGE, near))?;
            Symbols::Spilling { file: BufWriter::with_capacity(1 << 18, file), starts: vec![0] }
        };
        Ok(Self { symbols, numbers: Vec::new(), limit, late: Vec::new(), make: None, fault: Mutex::default() })
    }

    /// Adds the key of the next document.
    pub fn push(&mut self, key: Key) -> Result<()> {
        self.late.push(None);
        self.numbers.push(key.numbers.into_boxed_slice());
        match &mut self.symbols {
            Symbols::Memory(all) => all.push(key.symbols.into_boxed_slice()),
            Symbols::Spilling { file, starts } => {
                file.write_all(bytemuck::cast_slice(&key.symbols)).map_err(Error::io(STAGE, "scratch file"))?;
                starts.push(starts.last().copied().unwrap_or(0) + key.symbols.len() as u64);
            }
            Symbols::Mapped { .. } => debug_assert!(false, "a sealed store takes no more keys"),
        }
        Ok(())
    }

    /// Leaves the key of the next document for later.
    pub fn push_late(&mut self) -> Result<()> {
        self.push(Key::default())?;
        if let Some(last) = self.late.last_mut() {
            *last = Some(OnceLock::new());
        }
        Ok(())
    }

    /// How keys are made that were left for later.
    pub fn make_with(&mut self, make: Make<'t>) {
        self.make = Some(make);
    }

    /// An error if a key could not be made: whoever asked for it was given an empty one.
    pub fn check(&self) -> Result<()> {
        self.fault.lock().unwrap_or_else(PoisonError::into_inner).take().map_or(Ok(()), Err)
    }

    fn late(&self, doc: u32) -> Option<View<'_>> {
        let slot = self.late.get(doc as usize)?.as_ref()?;
        let key = slot.get_or_init(|| match self.make.as_ref().map(|make| make(doc)) {
            Some(Ok(key)) => key,
            Some(Err(error)) => {
                self.fault.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
                Key::default()
            }
            None => Key::default(),
        });
        Some(key.view())
    }

    /// Ends the adding.
    pub fn seal(self) -> Result<Self> {
        let symbols = match self.symbols {
            Symbols::Spilling { file, starts } => {
                let file = file.into_inner().map_err(|e| Error::io(STAGE, "scratch file")(e.into_error()))?;
                let map = map::read_only(&file).map_err(Error::io(STAGE, "scratch file"))?;
                Symbols::Mapped { map, starts, seen: AtomicU64::new(0) }
            }
            other => other,
        };
        Ok(Self { symbols, ..self })
    }

    /// The key of a document; empty for a number that was not added.
    pub fn view(&self, doc: u32) -> View<'_> {
        if let Some(view) = self.late(doc) {
            return view;
        }
        let doc = doc as usize;
        let symbols: &[u16] = match &self.symbols {
            Symbols::Memory(all) => all.get(doc).map_or(&[], |symbols| symbols),
            Symbols::Mapped { map, starts, seen } => {
                let bounds = starts.get(doc).zip(starts.get(doc + 1));
                // The map begins on a page, so every symbol is aligned.
                bounds.and_then(|(from, to)| map.get(*from as usize * 2..*to as usize * 2)).map_or(&[], |bytes| {
                    // Pages that were looked at go back to the system when there may be too many of them; whoever
                    // still looks at them gets them again.
                    let more = bytes.len() as u64 + AROUND;
                    if seen.fetch_add(more, Ordering::Relaxed) + more > self.limit {
                        seen.store(0, Ordering::Relaxed);
                        map::release(map);
                    }
                    bytemuck::cast_slice(bytes)
                })
            }
            Symbols::Spilling { .. } => &[],
        };
        View { symbols, numbers: self.numbers.get(doc).map_or(&[], |numbers| numbers) }
    }
}

impl From<Vec<Key>> for Store<'_> {
    fn from(keys: Vec<Key>) -> Self {
        let (symbols, numbers) =
            keys.into_iter().map(|key| (key.symbols.into_boxed_slice(), key.numbers.into_boxed_slice())).unzip();
        Self {
            symbols: Symbols::Memory(symbols),
            numbers,
            limit: u64::MAX,
            late: Vec::new(),
            make: None,
            fault: Mutex::default(),
        }
    }
}

/// The unsafe code of the map.
mod map {
    use std::fs::File;

    /// Maps a whole file.
    pub(super) fn read_only(file: &File) -> std::io::Result<memmap2::Mmap> {
        // SAFETY: a map is sound while nobody changes or shortens the file. This one has no name in any folder, its
        // only handle is the caller's, and the store writes no more once it is sealed.
        unsafe { memmap2::Mmap::map(file) }
    }

    /// Drops the resident pages of a map.
    pub(super) fn release(map: &memmap2::Mmap) {
        // SAFETY: for a shared read-only map of a file, dropping pages loses nothing: the next access reads the same
        // bytes from the file again. A failure leaves the pages where they are.
        let _ = unsafe { map.unchecked_advise(memmap2::UncheckedAdvice::DontNeed) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::key;

    #[test]
    fn a_spilled_store_holds_the_same_keys() {
        let folder = tempfile::tempdir().unwrap();
        let texts = ["同志们：今年完成12件", "", "abc", "谢谢大家"];
        let mut small = Store::new(0, 1 << 20, folder.path()).unwrap();
        let mut large = Store::new(1 << 20, 16, folder.path()).unwrap();
        for text in texts {
            small.push(key(text)).unwrap();
            large.push(key(text)).unwrap();
        }
        let (small, large) = (small.seal().unwrap(), large.seal().unwrap());
        for doc in 0..5 {
            assert_eq!(small.view(doc), large.view(doc));
        }
        assert_eq!(small.view(0), key(texts[0]).view());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "the scratch file has no name");
    }
}
