//! The entries of documents (see `codec`) in two files: those of the run that last wrote all of them, and what came
//! since. The place of an entry counts on from one file into the other.
//!
//! The first file is large, and stays as it is from night to night. It is read once, from its beginning to its end, as
//! the documents come, so that each block of it is checked, and a stretch of it is in memory at a time.

use super::sealed::{Parts, Sealed, Writer};
use super::{DOCUMENTS, DOCUMENTS_SINCE};
use crate::error::Result;
use crate::hardlink;
use crate::join::GROWTH;
use std::borrow::Cow;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Bytes of the longest stretch. What lies further off, behind entries of documents that are gone, is read alone.
const LONGEST: usize = if cfg!(test) { 3000 } else { 64 << 20 };

/// The entries that earlier runs left.
#[derive(Debug, Default)]
pub struct Entries {
    base: Option<Parts>,
    since: Sealed,
}

/// Entries of the first file that lie side by side.
#[derive(Debug, Default)]
pub struct Stretch {
    start: usize,
    bytes: Vec<u8>,
}

impl Entries {
    /// Opens the entries in the output `out`.
    pub fn open(out: &Path) -> Result<Self> {
        let base = Parts::open(&out.join(DOCUMENTS))?;
        Ok(Self { base: Some(base), since: Sealed::read(&out.join(DOCUMENTS_SINCE))? })
    }

    /// The entries in a file that was never ended, as far as it goes.
    pub fn torn(path: &Path) -> std::io::Result<Self> {
        Ok(Self { base: None, since: Sealed::torn(path)? })
    }

    /// The seals of both files, and the configurations they were made with.
    pub fn seals(&self) -> [(u64, &str); 2] {
        let base = self.base.as_ref().map_or((0, ""), |base| (base.seal, base.fingerprint.as_str()));
        [base, (self.since.seal, &self.since.fingerprint)]
    }

    fn first(&self) -> usize {
        self.base.as_ref().map_or(0, Parts::length)
    }

    /// Where the last entry ends.
    pub fn end(&self) -> usize {
        self.first() + self.since.payload().len()
    }

    /// The first file, where it serves another run as it stands, since it has [`GROWTH`] times what came since and what is of
    /// no use any more: `places` are those of the entries that are.
    pub fn to_keep<'p>(&self, places: impl Iterator<Item = &'p Range<usize>>) -> Option<Kept> {
        let base = self.base.as_ref()?;
        // Documents with one text have an entry each, and places go up.
        let (mut used, mut last) = (0, 0);
        for place in places.filter(|place| place.end <= base.length()) {
            used += if place.start >= last { place.len() } else { 0 };
            last = last.max(place.end);
        }
        let (since, unused) = (self.since.payload().len(), base.length().saturating_sub(used));
        let keep = (since.max(unused) as u64).saturating_mul(GROWTH) <= base.length() as u64;
        keep.then(|| Kept { path: base.path().to_owned(), seal: base.seal, length: base.length() })
    }

    /// An entry, where it is in memory.
    pub fn get<'e>(&'e self, place: &Range<usize>, stretch: &'e Stretch) -> Option<&'e [u8]> {
        let (bytes, start) = match place.start.checked_sub(self.first()) {
            Some(start) => (self.since.payload(), start),
            None => (stretch.bytes.as_slice(), place.start.checked_sub(stretch.start)?),
        };
        bytes.get(start..start + place.len())
    }

    /// An entry, read where it is not in memory.
    pub fn read<'e>(&'e self, place: &Range<usize>, stretch: &'e Stretch) -> Result<Cow<'e, [u8]>> {
        match (self.get(place, stretch), &self.base) {
            (Some(bytes), _) => Ok(Cow::Borrowed(bytes)),
            (None, Some(base)) => base.read(place.clone()).map(Cow::Owned),
            (None, None) => Ok(Cow::Borrowed(&[])),
        }
    }

    /// Reads the first file from its beginning.
    pub fn reader(&self) -> Reader<'_> {
        Reader { entries: self, next: 0 }
    }
}

/// Reads the first file stretch by stretch.
#[derive(Debug)]
pub struct Reader<'e> {
    entries: &'e Entries,
    next: usize,
}

impl Reader<'_> {
    /// The next stretch: from the first to the last of those of `places` that lie ahead, [`LONGEST`] bytes at most; in the
    /// room of one that is `spare`.
    pub fn advance<'p>(
        &mut self,
        places: impl Iterator<Item = &'p Range<usize>> + Clone,
        spare: Stretch,
    ) -> Result<Stretch> {
        let Some(base) = &self.entries.base else { return Ok(Stretch::default()) };
        let (next, length) = (self.next, base.length());
        let ahead = places.filter(move |place| place.start >= next && place.end <= length);
        let start = ahead.clone().map(|place| place.start).min().unwrap_or(next);
        let mut bytes = self.pass(start, spare.bytes)?;
        let reach = start.saturating_add(LONGEST);
        let end = ahead.map(|place| place.end).filter(|end| *end <= reach).max().unwrap_or(start);
        self.next = end;
        bytes.resize(end - start, 0);
        base.read_into(start, &mut bytes)?;
        Ok(Stretch { start, bytes })
    }

    /// Reads what lies before `end` and nobody asks for, a little at a time: nothing damaged is handed on.
    fn pass(&mut self, end: usize, mut room: Vec<u8>) -> Result<Vec<u8>> {
        const SOME: usize = 1 << 20;
        while let Some(base) = self.entries.base.as_ref().filter(|_| self.next < end) {
            let to = (self.next + SOME).min(end);
            room.resize(to - self.next, 0);
            base.read_into(self.next, &mut room)?;
            self.next = to;
        }
        Ok(room)
    }

    /// Reads what is left.
    pub fn finish(mut self) -> Result<()> {
        self.pass(self.entries.first(), Vec::new()).map(drop)
    }
}

/// A first file that goes on to serve.
#[derive(Debug)]
pub struct Kept {
    path: PathBuf,
    seal: u64,
    length: usize,
}

/// The entries of a run, being written.
#[derive(Debug)]
pub struct EntryWriter {
    writer: Writer,
    kept: Option<Kept>,
    root: PathBuf,
}

impl EntryWriter {
    /// Begins to write entries into the folder `root`: beside those kept, or all.
    pub fn create(root: &Path, fingerprint: &str, kept: Option<Kept>) -> Result<Self> {
        let name = if kept.is_some() { DOCUMENTS_SINCE } else { DOCUMENTS };
        Ok(Self { writer: Writer::create(&root.join(name), fingerprint)?, kept, root: root.to_owned() })
    }

    /// Whether only what came since is written.
    pub fn is_since(&self) -> bool {
        self.kept.is_some()
    }

    /// Where an entry stays that an earlier run wrote at `place`.
    pub fn stays(&self, place: &Range<usize>) -> Option<(u64, u32)> {
        let kept = self.kept.as_ref().filter(|kept| place.end <= kept.length);
        kept.map(|_| (place.start as u64, place.len() as u32))
    }

    /// Adds an entry, and gives its place and where in the file that is.
    pub fn add(&mut self, entry: &[u8]) -> Result<((u64, u32), u64)> {
        let at = self.writer.append(entry)?;
        let first = self.kept.as_ref().map_or(0, |kept| kept.length as u64);
        Ok(((first + at, entry.len() as u32), at))
    }

    /// Hands everything so far to the system.
    pub fn hand_over(&mut self) -> Result<()> {
        self.writer.hand_over()
    }

    /// Ends both files and gives their seals.
    pub fn finish(self, fingerprint: &str) -> Result<[u64; 2]> {
        let own = self.writer.finish()?;
        match self.kept {
            Some(kept) => {
                hardlink::or_copy(&kept.path, &self.root.join(DOCUMENTS))?;
                Ok([kept.seal, own])
            }
            None => Ok([own, Writer::create(&self.root.join(DOCUMENTS_SINCE), fingerprint)?.finish()?]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Writes the entries of one night: those of `old` that stay, and `new` ones.
    fn night(root: &Path, old: Option<(&Entries, &[Range<usize>])>, new: &[Vec<u8>]) -> Vec<Range<usize>> {
        std::fs::create_dir_all(root.join(super::super::FOLDER)).unwrap();
        let kept = old.and_then(|(entries, places)| entries.to_keep(places.iter()));
        let mut writer = EntryWriter::create(root, "", kept).unwrap();
        let mut places = Vec::new();
        if let Some((entries, old)) = old {
            let mut reader = entries.reader();
            for some in old.chunks(3) {
                let stretch = reader.advance(some.iter(), Stretch::default()).unwrap();
                for place in some {
                    let bytes = entries.read(place, &stretch).unwrap();
                    places.push(writer.stays(place).unwrap_or_else(|| writer.add(&bytes).unwrap().0));
                }
            }
            reader.finish().unwrap();
        }
        places.extend(new.iter().map(|bytes| writer.add(bytes).unwrap().0));
        writer.finish("").unwrap();
        places.into_iter().map(|(start, length)| start as usize..start as usize + length as usize).collect()
    }

    proptest! {
        #[test]
        fn entries_are_the_same_night_after_night(
            nights in prop::collection::vec((prop::collection::vec(0usize..400, 0..30), any::<u32>()), 1..7),
        ) {
            let folder = tempfile::tempdir().unwrap();
            let mut last: Option<(Entries, Vec<Range<usize>>)> = None;
            let mut want: Vec<Vec<u8>> = Vec::new();
            let mut kept = 0;
            for (number, (new, goes)) in nights.into_iter().enumerate() {
                let stays = |at: usize| number == 0 || goes >> (at % 32) & 3 != 0;
                let mut at = 0..;
                want.retain(|_| at.next().is_some_and(stays));
                let old = last.as_ref().map(|(entries, places)| {
                    let staying = places.iter().enumerate().filter(|(at, _)| stays(*at));
                    (entries, staying.map(|(_, place)| place.clone()).collect::<Vec<_>>())
                });
                let old = old.as_ref().map(|(entries, places)| (*entries, places.as_slice()));
                kept += usize::from(old.is_some_and(|(entries, places)| entries.to_keep(places.iter()).is_some()));
                let new: Vec<Vec<u8>> = new.iter().map(|length| vec![number as u8 + 1; *length]).collect();
                let root = folder.path().join(number.to_string());
                let places = night(&root, old, &new);
                want.extend(new);
                let entries = Entries::open(&root).unwrap();
                prop_assert!(places.iter().all(|place| place.end <= entries.end()));
                let nothing = Stretch::default();
                let got: Vec<Vec<u8>> =
                    places.iter().map(|place| entries.read(place, &nothing).unwrap().into_owned()).collect();
                prop_assert_eq!(&got, &want);
                last = Some((entries, places));
            }
            prop_assert!(kept < 7);
        }
    }

    #[test]
    fn few_that_come_lie_beside_the_many() {
        let folder = tempfile::tempdir().unwrap();
        let root = |number: usize| folder.path().join(number.to_string());
        let many = vec![vec![1; 1000]; 100];
        let mut places = night(&root(0), None, &many);
        for number in 1..5 {
            let entries = Entries::open(&root(number - 1)).unwrap();
            places = night(&root(number), Some((&entries, &places)), &[vec![2; 5000]]);
            let [base, since] = [DOCUMENTS, DOCUMENTS_SINCE].map(|name| Parts::open(&root(number).join(name)).unwrap());
            // Once 15,000 bytes lie beside 100,000 they are written as one.
            let lengths = [(100_000, 5000), (100_000, 10_000), (100_000, 15_000), (120_000, 0)];
            assert_eq!((base.length(), since.length()), lengths[number - 1]);
        }
        // An eighth of no use, and it is written anew.
        let entries = Entries::open(&root(4)).unwrap();
        assert!(entries.to_keep(places[15..].iter()).is_some());
        assert!(entries.to_keep(places[16..].iter()).is_none());
    }

    #[test]
    fn what_nobody_asks_for_is_checked_and_what_is_far_off_is_read_alone() {
        let folder = tempfile::tempdir().unwrap();
        let places = night(folder.path(), None, &(0..9).map(|at| vec![at; 1000]).collect::<Vec<_>>());
        let entries = Entries::open(folder.path()).unwrap();
        let mut reader = entries.reader();
        let stretch = reader.advance([&places[2], &places[3], &places[8]].into_iter(), Stretch::default()).unwrap();
        let there = |at: usize| entries.get(&places[at], &stretch).is_some();
        assert!(there(2) && there(3) && !there(8));
        assert_eq!(entries.read(&places[8], &stretch).unwrap().as_ref(), [8; 1000]);
        // One that lies behind what was read is read alone, too.
        let stretch = reader.advance([&places[1], &places[5]].into_iter(), stretch).unwrap();
        assert_eq!(entries.get(&places[1], &stretch), None);
        assert_eq!(entries.get(&places[5], &stretch), Some([5; 1000].as_slice()));
        reader.finish().unwrap();
        let path = folder.path().join(DOCUMENTS);
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[4600] ^= 1;
        std::fs::write(&path, bytes).unwrap();
        let entries = Entries::open(folder.path()).unwrap();
        assert!(entries.reader().advance([&places[8]].into_iter(), Stretch::default()).is_err());
        assert!(entries.reader().finish().is_err());
    }
}
