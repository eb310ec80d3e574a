//! The output folder as a whole: built beside OUT on the same file system, synced, swapped in by one rename.
//!
//! A reader of OUT sees the old complete output or the new one. A staging folder holds a kernel lock while its run
//! lives, so that the next run can tell a leftover from a neighbour.

use crate::cancel::Cancel;
use crate::checksum::{self, Sum};
use crate::error::{Error, Result};
use crate::hardlink::Linker;
use crate::manifest;
use crate::names;
use crate::output::{Output, Sums, create};
use crate::paths::real_path;
pub use crate::place::check_replaceable;
use crate::place::{
    STAGE, claim, discard, next_sequence, parent, prefix, retain, swap, swap_back, sweep, sync_path, unfinished,
};
use crate::read;
use crate::state::{JOURNAL, TextSeal};
use crate::summary::RunFile;
use crate::walk::{self, Source, Stamp};
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::PoisonError;
use xxhash_rust::xxh3::Xxh3;

/// Bytes of the longest path that the system takes.
const LONGEST_PATH: usize = 4095;

/// An output folder under construction. Dropped without `publish`, it is removed.
#[derive(Debug)]
pub struct Staging {
    root: PathBuf,
    corpus: PathBuf,
    out: PathBuf,
    durable: bool,
    published: bool,
    sequence: u64,
    sums: Sums,
    /// Bytes that a path below the corpus may have. They depend on the place of OUT only, not on the process.
    room: usize,
    /// Stopped by this, the folder stays for the next run.
    keep: Option<Cancel>,
    _lock: File,
}

impl Staging {
    /// Makes the staging folder of `out`, after removing those that dead runs have left. Refuses an OUT that is
    /// neither missing, nor empty, nor an output of dechaff.
    pub fn create(out: &Path) -> Result<Self> {
        Self::build(out, true)
    }

    /// The same without waiting for the disk, for outputs that only this process reads.
    pub fn create_scratch(out: &Path) -> Result<Self> {
        Self::build(out, false)
    }

    fn build(out: &Path, durable: bool) -> Result<Self> {
        let out = real_path(out)?;
        fs::create_dir_all(parent(&out)).map_err(Error::io("creating OUT", parent(&out)))?;
        sweep(&out)?;
        check_replaceable(&out)?;
        let sequence = next_sequence(&out)?;
        let (root, lock) = claim(&out, "staging", 0o777)?;
        let corpus = root.join("corpus");
        let folder = parent(&out).as_os_str().len() + 1 + prefix(&out, "staging").len();
        let room = LONGEST_PATH.saturating_sub(folder + "4194304-99/corpus/".len());
        let staging = Self {
            root,
            corpus,
            out,
            room,
            durable,
            published: false,
            sequence,
            sums: Sums::default(),
            keep: None,
            _lock: lock,
        };
        for folder in ["corpus", "audit", "report", crate::state::FOLDER] {
            let path = staging.root.join(folder);
            fs::create_dir(&path).map_err(Error::io("creating OUT", path))?;
        }
        Ok(staging)
    }

    /// Leaves the folder for the next run where this run is stopped by `cancel`.
    pub fn kept_when(mut self, cancel: &Cancel) -> Self {
        self.keep = self.durable.then(|| cancel.clone());
        self
    }

    /// The staging folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The number of this output among those of the same OUT.
    pub fn sequence(&self) -> u64 {
        self.sequence
    }

    /// How many bytes the path of a document below INPUT is longer than one that can be written; zero for nearly all.
    pub fn lacks_room(&self, source: &Source) -> usize {
        source.path.as_os_str().len().saturating_sub(self.room)
    }

    /// Writes the text of a document into the corpus and gives by what it is known again. Safe from several threads.
    pub fn write_document(&self, source: &Source, bytes: &[u8]) -> Result<TextSeal> {
        let path = self.document(source)?;
        let write = || {
            let mut file = create(&path)?;
            file.write_all(bytes)?;
            Ok(Stamp::of(&file.metadata()?).mtime)
        };
        let mtime = write().map_err(Error::io("writing a document", &path))?;
        Ok(TextSeal { mtime, ..TextSeal::of(bytes) })
    }

    /// Links the text that another `corpus` has of a document into this one. `Ok(false)` as of [`Linker::link`].
    pub fn link_document(&self, linker: &mut Linker, corpus: &Path, source: &Source, text: &TextSeal) -> Result<bool> {
        check_plain(source)?;
        linker.link([corpus, &self.corpus], &source.path, text)
    }

    /// Copies an input file into the corpus as it is (quarantine) and gives its checksum and size; none where the input
    /// cannot be read.
    pub fn copy_document(&self, input: &Path, source: &Source) -> Result<Option<(Sum, u64)>> {
        let path = self.document(source)?;
        let fail = || Error::io("writing a document", &path);
        let Some(mut from) = opened(&input.join(&source.path))? else { return Ok(None) };
        let mut to = create(&path).map_err(fail())?;
        let (mut hash, mut size) = (Xxh3::new(), 0);
        let mut buffer = vec![0; 1 << 16];
        loop {
            match std::io::Read::read(&mut from, &mut buffer) {
                Ok(0) => return Ok(Some((checksum::hex(hash.digest128()), size))),
                Ok(length) => {
                    hash.update(&buffer[..length]);
                    size += length as u64;
                    to.write_all(&buffer[..length]).map_err(fail())?;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => {
                    fs::remove_file(&path).map_err(fail())?;
                    return Ok(None);
                }
            }
        }
    }

    /// The bytes of a document as they stand in the corpus now.
    pub fn read_document(&self, source: &Source) -> Result<Vec<u8>> {
        let path = self.document(source)?;
        fs::read(&path).map_err(Error::io("reading back a document", path))
    }

    /// Takes a document out of the corpus, and folders that it leaves empty.
    pub fn remove_document(&self, source: &Source) -> Result<()> {
        let path = self.document(source)?;
        fs::remove_file(&path).map_err(Error::io("removing a document", &path))?;
        for folder in path.ancestors().skip(1).take_while(|folder| **folder != self.corpus) {
            if fs::remove_dir(folder).is_err() {
                break; // not empty
            }
        }
        Ok(())
    }

    /// A buffered writer for a file of the output, such as `audit/documents.jsonl`.
    pub fn file(&self, name: &str) -> Result<Output> {
        Output::create(&self.root, name, &self.sums)
    }

    /// Writes the manifest: all finished files but the pages, and the documents of the corpus, which come by their
    /// names in records with their checksums. Gives the manifest's own checksum, for `run.json`.
    pub fn write_manifest<'d>(&self, corpus: impl Iterator<Item = (&'d str, &'d str)>) -> Result<String> {
        let sums = self.sums.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut file = self.file(manifest::NAME)?;
        for (name, sum) in sums.iter().filter(|(name, _)| !name.starts_with("report/")) {
            file.bytes(&manifest::line(sum, Path::new(name)))?;
        }
        for (name, sum) in corpus {
            file.bytes(&manifest::line(sum, &Path::new("corpus").join(names::decode(name))))?;
        }
        file.finish()?;
        let sums = self.sums.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(sums.get(manifest::NAME).map(Sum::to_string).unwrap_or_default())
    }

    /// Writes `run.json`, which makes the folder an output of dechaff. Call it last before `publish`.
    pub fn write_run(&self, run: &RunFile) -> Result<()> {
        let mut file = self.file("run.json")?;
        file.pretty(run)?;
        file.finish()
    }

    /// Syncs everything and swaps the folder in as OUT. The output that it replaces is kept, and older ones while there
    /// are at most `keep`. Gives what went wrong after the swap, which makes nothing undone.
    pub fn publish(mut self, keep: u64, cancel: &Cancel) -> Result<Vec<String>> {
        let run = self.root.join("run.json");
        if !run.is_file() {
            return Err(Error::State {
                path: run,
                message: "is missing: an output is not published without it".into(),
            });
        }
        if self.durable {
            self.sync()?;
        }
        check_replaceable(&self.out)?;
        cancel.commit()?;
        let replaced = swap(&self.root, &self.out)?;
        if self.durable
            && let Err(error) = sync_path(parent(&self.out))
        {
            // Who reads OUT now could see the old one again after a power loss: better it stays the old one.
            swap_back(&self.root, &self.out, replaced.as_deref());
            return Err(error);
        }
        self.published = true;
        let tidied = replaced.map_or(Ok(()), |replaced| retain(&self.out, &replaced, keep));
        // Until now it was good for a run after this one.
        let _ = fs::remove_file(self.out.join(JOURNAL));
        let tidied = tidied.and_then(|()| discard(&self.out, &unfinished(&self.out)?));
        Ok(tidied.err().into_iter().map(|error| error.to_string()).collect())
    }

    /// Moves the folder to `place` instead of publishing it, over what an earlier call has left there. Its journal stays
    /// with it: a run that is accepted need not refine again what this one has.
    pub fn set_aside(mut self, place: &Path) -> Result<()> {
        check_replaceable(place)?;
        if place.symlink_metadata().is_ok() {
            discard(&self.out, place)?;
        }
        fs::rename(&self.root, place).map_err(Error::io("writing the plan", place))?;
        self.published = true;
        Ok(())
    }

    fn sync(&self) -> Result<()> {
        // One pass over the file system for the many small files; it also reports write-back errors.
        let root = File::open(&self.root).map_err(Error::io(STAGE, &self.root))?;
        rustix::fs::syncfs(&root).map_err(|e| Error::io(STAGE, &self.root)(e.into()))?;
        for folder in ["audit", "report", crate::state::FOLDER] {
            let folder = self.root.join(folder);
            for entry in fs::read_dir(&folder).map_err(Error::io(STAGE, &folder))? {
                sync_path(&entry.map_err(Error::io(STAGE, &folder))?.path())?;
            }
            sync_path(&folder)?;
        }
        sync_path(&self.corpus)?;
        sync_path(&self.root.join("run.json"))?;
        sync_path(&self.root)
    }

    fn document(&self, source: &Source) -> Result<PathBuf> {
        check_plain(source)?;
        Ok(self.corpus.join(&source.path))
    }
}

fn check_plain(source: &Source) -> Result<()> {
    match names::is_plain(&source.path) {
        true => Ok(()),
        false => Err(Error::Usage(format!("{}: not a path below INPUT", names::printable(&source.name)))),
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        let stopped = self.keep.as_ref().is_some_and(|cancel| cancel.check().is_err());
        if !self.published && !stopped {
            let _ = fs::remove_dir_all(&self.root);
        }
    }
}

/// An input file, opened for copying; none where it cannot be.
fn opened(path: &Path) -> Result<Option<std::io::Take<File>>> {
    match read::open_plain(path) {
        Ok(file) => {
            let size = file.metadata().ok().filter(fs::Metadata::is_file).map(|metadata| metadata.len());
            // A file that grows faster than it is copied would never end.
            Ok(size.map(|size| std::io::Read::take(file, size)))
        }
        Err(error) if walk::is_exhausted(&error) => Err(Error::io("reading", path)(error)),
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsString;

    fn source(name: &str) -> Source {
        Source { path: name.into(), name: name.into(), bytes: 0, stamp: crate::walk::Stamp::default() }
    }

    fn publish(out: &Path, text: &str) {
        let staging = Staging::create(out).unwrap();
        staging.write_document(&source("a/b.txt"), text.as_bytes()).unwrap();
        staging.write_run(&RunFile { sequence: staging.sequence(), ..RunFile::default() }).unwrap();
        staging.publish(1, &Cancel::default()).unwrap();
    }

    fn entries(folder: &Path) -> Vec<OsString> {
        let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_second_output_takes_the_place_of_the_first() {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("deep/out");
        for (at, text) in ["one", "two", "three"].into_iter().enumerate() {
            publish(&out, text);
            assert_eq!(fs::read_to_string(out.join("corpus/a/b.txt")).unwrap(), text);
            let kept = format!(".out.kept-00000{at}");
            assert_eq!(entries(&dir.path().join("deep")), if at == 0 { vec!["out"] } else { vec![&kept, "out"] });
        }
        assert_eq!(fs::read_to_string(dir.path().join("deep/.out.kept-000002/corpus/a/b.txt")).unwrap(), "two");
    }

    #[test]
    fn a_reader_always_finds_an_output() {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("out");
        publish(&out, "0");
        let stop = std::sync::atomic::AtomicBool::new(false);
        std::thread::scope(|scope| {
            let reader = scope.spawn(|| {
                let mut reads = 0;
                while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                    // A path that was half resolved in the old folder may end in nothing; opened again it is there.
                    let read = || fs::read_to_string(out.join("corpus/a/b.txt")).is_ok_and(|text| !text.is_empty());
                    assert!(read() || read());
                    assert!(RunFile::marks(&out) || RunFile::marks(&out));
                    reads += 1;
                }
                reads
            });
            for text in 1..30 {
                publish(&out, &text.to_string());
            }
            stop.store(true, std::sync::atomic::Ordering::Relaxed);
            assert!(reader.join().unwrap() > 0);
        });
    }

    #[test]
    fn what_is_not_published_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("out");
        publish(&out, "one");
        let staging = Staging::create(&out).unwrap();
        staging.write_document(&source("c.txt"), b"two").unwrap();
        assert!(staging.publish(1, &Cancel::default()).is_err(), "run.json is missing");
        assert_eq!(entries(dir.path()), ["out"]);
        assert_eq!(fs::read_to_string(out.join("corpus/a/b.txt")).unwrap(), "one");
    }

    #[test]
    fn leftovers_of_dead_runs_go_and_those_of_living_ones_stay() {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("out");
        let living = Staging::create(&out).unwrap();
        fs::create_dir_all(dir.path().join(".out.staging-1-0/corpus")).unwrap();
        fs::create_dir_all(dir.path().join(".out2.staging-1-0")).unwrap();
        let second = Staging::create(&out).unwrap();
        assert!(living.root().is_dir() && second.root().is_dir());
        drop((living, second));
        assert_eq!(entries(dir.path()), [".out2.staging-1-0"]);
    }

    #[test]
    fn an_output_moved_aside_by_a_killed_run_comes_back() {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("out");
        publish(&out, "one");
        fs::rename(&out, dir.path().join(".out.old-7")).unwrap();
        drop(Staging::create(&out).unwrap());
        assert_eq!(fs::read_to_string(out.join("corpus/a/b.txt")).unwrap(), "one");
    }

    #[test]
    fn a_run_that_was_stopped_is_not_published() {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("out");
        let staging = Staging::create(&out).unwrap();
        staging.write_run(&RunFile::default()).unwrap();
        let cancel = Cancel::default();
        cancel.request(15);
        assert_eq!(staging.publish(1, &cancel).unwrap_err().exit_code(), 143);
        assert!(entries(dir.path()).is_empty());
    }

    #[test]
    fn what_is_set_aside_takes_the_place_of_its_kind_only() {
        let dir = tempfile::tempdir().unwrap();
        let (out, plan) = (dir.path().join("out"), dir.path().join("plan"));
        for _ in 0..2 {
            let staging = Staging::create(&out).unwrap();
            staging.write_run(&RunFile::default()).unwrap();
            staging.set_aside(&plan).unwrap();
            assert_eq!(entries(dir.path()), ["plan"]);
        }
        fs::remove_file(plan.join("run.json")).unwrap();
        assert!(Staging::create(&out).unwrap().set_aside(&plan).is_err());
        assert_eq!(entries(dir.path()), ["plan"]);
    }

    #[test]
    fn the_manifest_names_what_was_written() {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("out");
        let staging = Staging::create(&out).unwrap();
        let sum = staging.write_document(&source("a/b.txt"), b"text").unwrap();
        for name in ["audit/x.jsonl", "report/index.html"] {
            let mut file = staging.file(name).unwrap();
            file.bytes(b"one").unwrap();
            file.bytes(b"two").unwrap();
            file.finish().unwrap();
        }
        let manifest = staging.write_manifest([("a/b.txt", &*sum.hex())].into_iter()).unwrap();
        let run = RunFile { manifest: Some(manifest), ..RunFile::default() };
        staging.write_run(&run).unwrap();
        staging.publish(1, &Cancel::default()).unwrap();
        let text = fs::read_to_string(out.join(manifest::NAME)).unwrap();
        assert_eq!(text.lines().count(), 2, "{text}");
        assert_eq!(manifest::check(&out, &run).unwrap(), Some(vec![]));
        fs::write(out.join("audit/x.jsonl"), "onetwo.").unwrap();
        fs::remove_file(out.join("corpus/a/b.txt")).unwrap();
        let found = manifest::check(&out, &run).unwrap().unwrap();
        assert_eq!(
            found,
            ["audit/x.jsonl is not what was written (its checksum differs)", "corpus/a/b.txt is missing"]
        );
        fs::write(out.join(manifest::NAME), "").unwrap();
        assert_eq!(manifest::check(&out, &run).unwrap().unwrap().len(), 1);
    }

    #[test]
    fn foreign_folders_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("out");
        fs::create_dir(&out).unwrap();
        drop(Staging::create(&out).unwrap()); // empty
        fs::write(out.join("run.json"), "{\"scripts\": {}}").unwrap();
        assert!(matches!(Staging::create(&out), Err(Error::Usage(_))));
        fs::remove_file(out.join("run.json")).unwrap();
        fs::write(out.join("thesis.txt"), "years of work").unwrap();
        assert!(matches!(Staging::create(&out), Err(Error::Usage(_))));
        assert!(matches!(Staging::create(&out.join("thesis.txt")), Err(Error::Usage(_))));
        assert_eq!(entries(dir.path()), ["out"]);
    }

    #[test]
    fn removing_the_last_document_removes_its_folder() {
        let dir = tempfile::tempdir().unwrap();
        let staging = Staging::create(&dir.path().join("out")).unwrap();
        staging.write_document(&source("a/b/c.txt"), b"x").unwrap();
        staging.write_document(&source("a/d.txt"), b"y").unwrap();
        staging.remove_document(&source("a/b/c.txt")).unwrap();
        assert!(!staging.root().join("corpus/a/b").exists());
        assert_eq!(staging.read_document(&source("a/d.txt")).unwrap(), b"y");
        assert!(staging.write_document(&source("../x"), b"").is_err());
    }
}
