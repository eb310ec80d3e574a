//! The key streams of all documents: in memory while they fit, else in a scratch file, but for the shortest, which take less
//! room than what is held of their documents anyway. Those of common length are read from the file, for to map their pages
//! takes longer; long ones are mapped, for to copy a compilation for each text in it would take longer still.

use crate::error::{Error, Result};
use crate::key::{Key, Number, View};
use std::collections::HashMap;
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
    Spilling { file: BufWriter<File>, starts: Vec<u64> },
    Spilled { file: File, map: memmap2::Mmap, starts: Vec<u64>, seen: AtomicU64 },
}

/// A key that is looked at; as long as it is, it stays.
#[derive(Debug, Clone)]
pub enum Seen<'k> {
    /// One that is there as long as the store is.
    Here(View<'k>),
    /// One that was read from the scratch file.
    Read(Arc<[u16]>, &'k [Number]),
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
            Self::Read(symbols, numbers) => View { symbols, numbers },
            Self::Made(key) => key.view(),
        }
    }
}

/// Keys that were made when they were asked for. Those that nobody asked for in a while wait in scratch files: to read
/// them back takes a tenth of the time of making them again from their texts.
#[derive(Default)]
struct Late {
    /// Apart by document, so that threads seldom wait for one another.
    rooms: [Mutex<Room>; ROOMS],
}

const ROOMS: usize = 16;

/// Keys asked for of late, those before, and where the others are.
#[derive(Default)]
struct Room {
    now: HashMap<u32, Arc<Key>>,
    before: HashMap<u32, Arc<Key>>,
    bytes: u64,
    file: Option<File>,
    end: u64,
    /// First byte in the file, symbols, and numbers, which are few.
    written: HashMap<u32, (u64, usize, Box<[Number]>)>,
}

impl Room {
    fn add(&mut self, doc: u32, key: &Arc<Key>, limit: u64, near: &Path) {
        let size = 64 + (size_of_val(key.symbols.as_slice()) + size_of_val(key.numbers.as_slice())) as u64;
        // Either half is at most half of the limit, or one key.
        if self.bytes + size > limit / 2 {
            let oldest = std::mem::replace(&mut self.before, std::mem::take(&mut self.now));
            oldest.into_iter().for_each(|(doc, key)| self.write(doc, &key, near));
            self.bytes = 0;
        }
        self.bytes += size;
        self.now.insert(doc, key.clone());
    }

    /// Writes a key down. Where that fails, it is made again.
    fn write(&mut self, doc: u32, key: &Key, near: &Path) {
        if self.written.contains_key(&doc) {
            return;
        }
        if self.file.is_none() {
            self.file = tempfile::tempfile_in(near).ok();
        }
        let Some(file) = &self.file else { return };
        let bytes: &[u8] = bytemuck::cast_slice(&key.symbols);
        if file.write_all_at(bytes, self.end).is_ok() {
            self.written.insert(doc, (self.end, key.symbols.len(), key.numbers.as_slice().into()));
            self.end += bytes.len() as u64;
        }
    }

    fn find(&mut self, doc: u32) -> Option<Arc<Key>> {
        if let Some(key) = self.before.remove(&doc) {
            return Some(key);
        }
        let (start, length, numbers) = self.written.get(&doc)?;
        let mut symbols = vec![0u16; *length];
        self.file.as_ref()?.read_exact_at(bytemuck::cast_slice_mut(&mut symbols), *start).ok()?;
        Some(Arc::new(Key { symbols, numbers: numbers.to_vec(), ..Key::default() }))
    }
}

impl Late {
    fn room(&self, doc: u32) -> std::sync::MutexGuard<'_, Room> {
        self.rooms[doc as usize % ROOMS].lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn get(&self, doc: u32, limit: u64, near: &Path) -> Option<Arc<Key>> {
        let mut room = self.room(doc);
        if let Some(key) = room.now.get(&doc) {
            return Some(key.clone());
        }
        let key = room.find(doc)?;
        room.add(doc, &key, limit / ROOMS as u64, near);
        Some(key)
    }

    /// Keeps a key; the one that another thread has made meanwhile goes before.
    fn keep(&self, doc: u32, key: Arc<Key>, limit: u64, near: &Path) -> Arc<Key> {
        let mut room = self.room(doc);
        if let Some(key) = room.now.get(&doc) {
            return key.clone();
        }
        room.add(doc, &key, limit / ROOMS as u64, near);
        key
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
            Symbols::Spilling { file: BufWriter::with_capacity(1 << 18, file), starts: vec![0] }
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
    pub fn push(&mut self, key: Key) -> Result<()> {
        self.is_late.push(false);
        self.numbers.push(key.numbers.into_boxed_slice());
        let mut symbols = key.symbols;
        match &mut self.symbols {
            Symbols::Nowhere => {}
            Symbols::Spilling { file, starts } => {
                let mut end = starts.last().copied().unwrap_or(0);
                if symbols.len() > SHORT {
                    file.write_all(bytemuck::cast_slice(&symbols)).map_err(Error::io(STAGE, &self.near))?;
                    end += symbols.len() as u64;
                    symbols = Vec::new();
                }
                starts.push(end);
            }
            Symbols::Spilled { .. } => debug_assert!(false, "a sealed store takes no more keys"),
        }
        self.held.push(symbols.into_boxed_slice());
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
            Symbols::Spilling { file, starts } => {
                let file = file.into_inner().map_err(|e| Error::io(STAGE, &self.near)(e.into_error()))?;
                let map = map::read_only(&file).map_err(Error::io(STAGE, &self.near))?;
                Symbols::Spilled { file, map, starts, seen: AtomicU64::new(0) }
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
        let numbers: &[Number] = self.numbers.get(doc).map_or(&[], |numbers| numbers);
        if let Some(symbols) = self.held(doc) {
            return Seen::Here(View { symbols, numbers });
        }
        let symbols: &[u16] = match &self.symbols {
            Symbols::Spilled { file, map, starts, seen } => {
                let (from, to) = stretch(starts, doc);
                if to - from <= AROUND {
                    let mut symbols: Arc<[u16]> = std::iter::repeat_n(0, (to - from) as usize / 2).collect();
                    let room = Arc::get_mut(&mut symbols).map_or(&mut [][..], bytemuck::cast_slice_mut);
                    if let Err(error) = file.read_exact_at(room, from) {
                        self.fail(Error::io(STAGE, &self.near)(error));
                    }
                    return Seen::Read(symbols, numbers);
                }
                // The map begins on a page, so every symbol is aligned.
                map.get(from as usize..to as usize).map_or(&[], |bytes| {
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
            Symbols::Nowhere | Symbols::Spilling { .. } => &[],
        };
        Seen::Here(View { symbols, numbers })
    }

    fn held(&self, doc: usize) -> Option<&[u16]> {
        self.held.get(doc).filter(|symbols| !symbols.is_empty()).map(|symbols| &symbols[..])
    }

    /// Some symbols of a key. Of a key in the scratch file at most [`MOST`] are read without the rest: most comparisons
    /// end within them, and to read a whole key for each took a twentieth of a run.
    pub fn window(&self, doc: u32, span: Range<usize>) -> Window<'_> {
        let Symbols::Spilled { file, starts, .. } = &self.symbols else { return Window::Of(self.view(doc), span) };
        let elsewhere = self.held(doc as usize).is_some() || self.is_late.get(doc as usize) == Some(&true);
        if span.len() > MOST || elsewhere {
            return Window::Of(self.view(doc), span);
        }
        let (from, to) = stretch(starts, doc as usize);
        let start = (from + span.start as u64 * 2).min(to);
        let count = ((to - start) as usize / 2).min(span.len());
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

/// Where the symbols of a document stand in the scratch file, in bytes.
fn stretch(starts: &[u64], doc: usize) -> (u64, u64) {
    starts.get(doc).zip(starts.get(doc + 1)).map_or((0, 0), |(from, to)| (from * 2, to * 2))
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
    use super::*;
    use crate::key::key;

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
