//! The key streams of all documents: in memory while they fit, else in a scratch file, but for the shortest, which take less
//! room than what is held of their documents anyway. Those of common length are read from the file, for to map their pages
//! takes longer; long ones are mapped, for to copy a compilation for each text in it would take longer still.

mod late;
mod packed;

use crate::error::{Error, Result};
use crate::key::{Key, Number, View};
use late::Late;
use packed::{Counts, WORD};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Symbols of the longest key that stays in memory where most do not. Of a million texts of a line each, a third of the
/// run was reading keys from the file, two calls of the system for each comparison.
const SHORT: usize = 128;

/// Where the symbols are that are not held in memory.
enum Symbols {
    Nowhere,
    Spilling { file: BufWriter<File>, places: Vec<Place> },
    Spilled { file: File, map: memmap2::Mmap, places: Vec<Place>, seen: AtomicU64 },
}

/// Where a key stands in the scratch file: its first word, and its counts.
type Place = (u64, Counts);

/// A key that is looked at; as long as it is, it stays.
#[derive(Debug, Clone)]
pub enum Seen<'k> {
    /// One that is there as long as the store is.
    Here(View<'k>),
    /// One that was read from the scratch file.
    Read(Arc<[u32]>, Counts),
    /// One that was made when it was asked for.
    Made(Arc<Key>),
}

/// Symbols that stand side by side in a key.
#[derive(Debug, Clone)]
pub enum Window<'k> {
    /// Those of a key that is at hand.
    Of(Seen<'k>, Range<usize>),
    /// So many that were read alone.
    Read([u16; MOST], usize),
}

/// Symbols of a window that is read alone.
pub const MOST: usize = 72;

impl Window<'_> {
    /// The symbols, fewer than were asked for at the end of a key.
    pub fn symbols(&self) -> &[u16] {
        match self {
            Self::Of(key, span) => {
                let symbols = key.view().symbols;
                &symbols[span.start.min(symbols.len())..span.end.min(symbols.len())]
            }
            Self::Read(symbols, count) => &symbols[..*count],
        }
    }
}

impl Seen<'_> {
    /// The key.
    pub fn view(&self) -> View<'_> {
        match self {
            Self::Here(view) => *view,
            Self::Read(words, counts) => counts.view(words),
            Self::Made(key) => key.view(),
        }
    }
}

/// Makes the key of a document whose text is at hand.
pub type Make<'t> = Box<dyn Fn(u32) -> Result<Key> + Send + Sync + 't>;

/// Key streams by document number.
pub struct Store<'t> {
    symbols: Symbols,
    /// The symbols held in memory; none for a key in the scratch file.
    held: Vec<Box<[u16]>>,
    numbers: Vec<Box<[Number]>>,
    limit: u64,
    /// Documents whose keys are made when they are asked for: of most that an earlier run knew nobody asks.
    is_late: Vec<bool>,
    near: PathBuf,
    late: Late,
    make: Option<Make<'t>>,
    fault: Mutex<Option<Error>>,
}

/// Bytes that the system maps around a page that is looked at. No more is read where it stands.
const AROUND: u64 = 1 << 16;
const STAGE: &str = "keeping key streams";

impl<'t> Store<'t> {
    /// A store for the keys of about `bytes` bytes of text. Above `limit` bytes of symbols it lives in a file without
    /// a name beside `near`, which the system removes with the process, however that ends, and about so many bytes of it
    /// are in memory at a time.
    pub fn new(bytes: u64, limit: u64, near: &Path) -> Result<Self> {
        // A Han character takes three bytes of text and two of symbols.
        let symbols = if bytes / 3 * 2 <= limit {
            Symbols::Nowhere
        } else {
            let file = tempfile::tempfile_in(near).map_err(Error::io(STAGE, near))?;
            Symbols::Spilling { file: BufWriter::with_capacity(1 << 18, file), places: Vec::new() }
        };
        Ok(Self {
            symbols,
            held: Vec::new(),
            numbers: Vec::new(),
            limit,
            is_late: Vec::new(),
            near: near.to_owned(),
            late: Late::default(),
            make: None,
            fault: Mutex::default(),
        })
    }

    /// Adds the key of the next document.
    pub fn push(&mut self, mut key: Key) -> Result<()> {
        self.is_late.push(false);
        match &mut self.symbols {
            Symbols::Nowhere => {}
            Symbols::Spilling { file, places } => {
                let end = places.last().map_or(0, |(start, counts)| start + counts.words() as u64);
                let mut counts = Counts::default();
                if key.symbols.len() > SHORT {
                    packed::parts(&key)
                        .iter()
                        .try_for_each(|part| file.write_all(part))
                        .map_err(Error::io(STAGE, &self.near))?;
                    counts = Counts::of(&key);
                    key = Key::default();
                }
                places.push((end, counts));
            }
            Symbols::Spilled { .. } => debug_assert!(false, "a sealed store takes no more keys"),
        }
        self.numbers.push(key.numbers.into_boxed_slice());
        self.held.push(key.symbols.into_boxed_slice());
        Ok(())
    }

    /// Leaves the key of the next document for later.
    pub fn push_late(&mut self) -> Result<()> {
        self.push(Key::default())?;
        if let Some(last) = self.is_late.last_mut() {
            *last = true;
        }
        Ok(())
    }

    /// How keys are made that were left for later.
    pub fn make_with(&mut self, make: Make<'t>) {
        self.make = Some(make);
    }

    /// An error if a key could not be made or read: whoever asked for it was given another.
    pub fn check(&self) -> Result<()> {
        self.fault.lock().unwrap_or_else(PoisonError::into_inner).take().map_or(Ok(()), Err)
    }

    fn late(&self, doc: u32) -> Option<Seen<'_>> {
        if !*self.is_late.get(doc as usize)? {
            return None;
        }
        let key = self.late.get(doc, self.limit, &self.near).unwrap_or_else(|| {
            let key = match self.make.as_ref().map(|make| make(doc)) {
                Some(Ok(key)) => key,
                Some(Err(error)) => {
                    self.fail(error);
                    Key::default()
                }
                None => Key::default(),
            };
            self.late.keep(doc, Arc::new(key), self.limit, &self.near)
        });
        Some(Seen::Made(key))
    }

    /// Ends the adding.
    pub fn seal(self) -> Result<Self> {
        let symbols = match self.symbols {
            Symbols::Spilling { file, places } => {
                let file = file.into_inner().map_err(|e| Error::io(STAGE, &self.near)(e.into_error()))?;
                let map = map::read_only(&file).map_err(Error::io(STAGE, &self.near))?;
                Symbols::Spilled { file, map, places, seen: AtomicU64::new(0) }
            }
            other => other,
        };
        Ok(Self { symbols, ..self })
    }

    /// The key of a document; empty for a number that was not added.
    pub fn view(&self, doc: u32) -> Seen<'_> {
        if let Some(view) = self.late(doc) {
            return view;
        }
        let doc = doc as usize;
        if let Some(symbols) = self.held(doc) {
            return Seen::Here(View { symbols, numbers: self.numbers.get(doc).map_or(&[], |numbers| numbers) });
        }
        let nothing = Seen::Here(View { symbols: &[], numbers: &[] });
        let Symbols::Spilled { file, map, places, seen } = &self.symbols else { return nothing };
        let Some((start, counts)) = places.get(doc) else { return nothing };
        let (from, bytes) = (start * WORD, counts.words() as u64 * WORD);
        if bytes <= AROUND {
            let mut words: Arc<[u32]> = std::iter::repeat_n(0, counts.words()).collect();
            let room = Arc::get_mut(&mut words).map_or(&mut [][..], bytemuck::cast_slice_mut);
            if let Err(error) = file.read_exact_at(room, from) {
                self.fail(Error::io(STAGE, &self.near)(error));
            }
            return Seen::Read(words, *counts);
        }
        // Pages that were looked at go back to the system when there may be too many of them; whoever still looks at them
        // gets them again.
        let more = bytes + AROUND;
        if seen.fetch_add(more, Ordering::Relaxed) + more > self.limit {
            seen.store(0, Ordering::Relaxed);
            map::release(map);
        }
        // The map begins on a page, so every word is aligned.
        let words = map.get(from as usize..(from + bytes) as usize).map_or(&[][..], bytemuck::cast_slice);
        Seen::Here(counts.view(words))
    }

    fn held(&self, doc: usize) -> Option<&[u16]> {
        self.held.get(doc).filter(|symbols| !symbols.is_empty()).map(|symbols| &symbols[..])
    }

    /// Some symbols of a key. Of a key in the scratch file at most [`MOST`] are read without the rest: most comparisons
    /// end within them, and to read a whole key for each took a twentieth of a run.
    pub fn window(&self, doc: u32, span: Range<usize>) -> Window<'_> {
        let Symbols::Spilled { file, places, .. } = &self.symbols else { return Window::Of(self.view(doc), span) };
        let elsewhere = self.held(doc as usize).is_some() || self.is_late.get(doc as usize) == Some(&true);
        let Some((start, counts)) = places.get(doc as usize).filter(|_| !elsewhere && span.len() <= MOST) else {
            return Window::Of(self.view(doc), span);
        };
        let all = counts.symbols as usize;
        let (from, count) = (span.start.min(all), span.end.min(all) - span.start.min(all));
        let start = start * WORD + (size_of::<u16>() * from) as u64;
        let mut symbols = [0; MOST];
        if let Err(error) = file.read_exact_at(bytemuck::cast_slice_mut(&mut symbols[..count]), start) {
            self.fail(Error::io(STAGE, &self.near)(error));
        }
        Window::Read(symbols, count)
    }

    /// Keeps the first error for [`Self::check`].
    fn fail(&self, error: Error) {
        self.fault.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
    }
}

impl From<Vec<Key>> for Store<'_> {
    fn from(keys: Vec<Key>) -> Self {
        let (held, numbers) =
            keys.into_iter().map(|key| (key.symbols.into_boxed_slice(), key.numbers.into_boxed_slice())).unzip();
        Self {
            symbols: Symbols::Nowhere,
            held,
            numbers,
            limit: u64::MAX,
            is_late: Vec::new(),
            near: PathBuf::new(),
            late: Late::default(),
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
    use super::late::ROOMS;
    use super::*;
    use crate::key::key;
    use std::collections::HashMap;

    #[test]
    fn a_spilled_store_holds_the_same_keys() {
        let folder = tempfile::tempdir().unwrap();
        let texts = ["同志们：今年完成12件", "", "abc", "谢谢大家"];
        let mut small = Store::new(0, 1 << 20, folder.path()).unwrap();
        let mut large = Store::new(1 << 20, 16, folder.path()).unwrap();
        let long = "我们在东坡水渠上修了一座桥，".repeat(4_000);
        let common: String = long.chars().take(300).collect();
        for text in texts.into_iter().chain([long.as_str(), common.as_str()]) {
            small.push(key(text)).unwrap();
            large.push(key(text)).unwrap();
        }
        let (small, large) = (small.seal().unwrap(), large.seal().unwrap());
        for doc in 0..7 {
            let (one, two) = (small.view(doc), large.view(doc));
            assert_eq!(one.view(), two.view());
            let symbols = one.view().symbols;
            for span in [0..0, 0..5, 3..3 + MOST, 40..41, 2..MOST + 3, 20_000..20_050, 51_990..52_050] {
                let clipped = &symbols[span.start.min(symbols.len())..span.end.min(symbols.len())];
                assert_eq!(small.window(doc, span.clone()).symbols(), clipped);
                assert_eq!(large.window(doc, span).symbols(), clipped);
            }
        }
        assert!(matches!(large.window(4, 9..20), Window::Read(_, 11)));
        assert_eq!(small.view(0).view(), key(texts[0]).view());
        assert!(matches!(large.view(5), Seen::Read(..)) && matches!(large.view(4), Seen::Here(_)));
        assert!(matches!(large.view(0), Seen::Here(_)), "it is short");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "the scratch file has no name");
    }

    #[test]
    fn keys_made_late_are_the_same_and_keep_to_the_limit() {
        let folder = tempfile::tempdir().unwrap();
        let text = |doc: u32| format!("第{doc}次会议讨论了东坡水渠的修理，").repeat(20);
        for limit in [0, 1 << 12, 1 << 16, 1 << 24] {
            let mut store = Store::new(1 << 30, limit, folder.path()).unwrap();
            (0..200).for_each(|_| store.push_late().unwrap());
            let mut store = store.seal().unwrap();
            let made = Arc::new(AtomicU64::new(0));
            let count = made.clone();
            store.make_with(Box::new(move |doc| {
                count.fetch_add(1, Ordering::Relaxed);
                Ok(key(&text(doc)))
            }));
            let first = store.view(0);
            let one = 64 + (first.view().symbols.len() * 2 + size_of_val(first.view().numbers)) as u64;
            for doc in (0..200).chain(0..200) {
                assert_eq!(store.view(doc).view(), key(&text(doc)).view());
                let held = |keys: &HashMap<u32, Arc<Key>>| keys.len() as u64;
                let kept: u64 = store
                    .late
                    .rooms
                    .iter()
                    .map(|room| room.lock().unwrap())
                    .map(|room| held(&room.now) + held(&room.before))
                    .sum();
                // One key a room may stay in either half, however small the limit.
                assert!(
                    kept * (one - 8) <= limit + 2 * ROOMS as u64 * (one + 8),
                    "{kept} of {one} bytes, limit {limit}"
                );
            }
            assert_eq!(first.view(), key(&text(0)).view(), "what is looked at stays");
            assert_eq!(made.load(Ordering::Relaxed), 200, "each is made once");
        }
    }
}
