//! The output folder as a whole: built beside OUT on the same file system, synced, swapped in by one rename.
//!
//! A reader of OUT sees the old complete output or the new one. A staging folder holds a kernel lock while its run
//! lives, so that the next run can tell a leftover from a neighbour.

use crate::error::{Error, Result};
use crate::names;
use crate::summary::RunFile;
use crate::walk::{Source, real_path};
use rustix::fs::{CWD, FlockOperation, RenameFlags};
use serde::Serialize;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{BufWriter, ErrorKind, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

const STAGE: &str = "publishing";

/// An output folder under construction. Dropped without `publish`, it is removed.
#[derive(Debug)]
pub struct Staging {
    root: PathBuf,
    out: PathBuf,
    durable: bool,
    published: bool,
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
        let parent = out.parent().unwrap_or(Path::new("/")).to_owned();
        fs::create_dir_all(&parent).map_err(Error::io("creating OUT", &parent))?;
        sweep(&parent, &out)?;
        check_replaceable(&out)?;
        let (root, lock) = claim(&parent, &out)?;
        let staging = Self { root, out, durable, published: false, _lock: lock };
        for folder in ["corpus", "audit", "report"] {
            let path = staging.root.join(folder);
            fs::create_dir(&path).map_err(Error::io("creating OUT", path))?;
        }
        Ok(staging)
    }

    /// The staging folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Writes the text of a document into the corpus, over an earlier version of it. Safe from several threads.
    pub fn write_document(&self, source: &Source, bytes: &[u8]) -> Result<()> {
        let path = self.document(source)?;
        create(&path).and_then(|mut file| file.write_all(bytes)).map_err(Error::io("writing a document", path))
    }

    /// Copies an input file into the corpus as it is (quarantine). `Ok(false)` where the input cannot be read.
    pub fn copy_document(&self, input: &Path, source: &Source) -> Result<bool> {
        use std::os::unix::fs::OpenOptionsExt;
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
        let opened = fs::OpenOptions::new().read(true).custom_flags(flags.bits() as i32).open(input.join(&source.path));
        let Ok(mut from) = opened else { return Ok(false) };
        if !from.metadata().is_ok_and(|m| m.is_file()) {
            return Ok(false);
        }
        let path = self.document(source)?;
        let mut to = create(&path).map_err(Error::io("writing a document", &path))?;
        let mut buffer = vec![0; 1 << 16];
        loop {
            match std::io::Read::read(&mut from, &mut buffer) {
                Ok(0) => return Ok(true),
                Ok(length) => to.write_all(&buffer[..length]).map_err(Error::io("writing a document", &path))?,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => {
                    fs::remove_file(&path).map_err(Error::io("writing a document", &path))?;
                    return Ok(false);
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
        let corpus = self.root.join("corpus");
        for folder in path.ancestors().skip(1).take_while(|folder| **folder != corpus) {
            if fs::remove_dir(folder).is_err() {
                break; // not empty
            }
        }
        Ok(())
    }

    /// A buffered writer for a file of the output, such as `audit/documents.jsonl`.
    pub fn file(&self, name: &str) -> Result<Output> {
        let path = self.root.join(name);
        let file = create(&path).map_err(Error::io("writing the audit", &path))?;
        Ok(Output { writer: BufWriter::with_capacity(1 << 18, file), path })
    }

    /// Writes `run.json`, which makes the folder an output of dechaff. Call it last before `publish`.
    pub fn write_run(&self, run: &RunFile) -> Result<()> {
        let mut file = self.file("run.json")?;
        file.bytes(&serde_json::to_vec_pretty(run).map_err(|e| Error::io(STAGE, &file.path)(e.into()))?)?;
        file.bytes(b"\n")?;
        file.finish()
    }

    /// Syncs everything and swaps the folder in as OUT; the previous output is removed.
    pub fn publish(mut self) -> Result<()> {
        let run = self.root.join("run.json");
        if !run.is_file() {
            return Err(Error::State {
                path: run,
                message: "is missing: an output is not published without it".into(),
            });
        }
        let parent = self.out.parent().unwrap_or(Path::new("/")).to_owned();
        if self.durable {
            self.sync()?;
        }
        check_replaceable(&self.out)?;
        let old = swap(&self.root, &self.out)?;
        self.published = true;
        if self.durable {
            sync_path(&parent)?;
        }
        if let Some(old) = old {
            remove(&old)?;
        }
        Ok(())
    }

    fn sync(&self) -> Result<()> {
        // One pass over the file system for the many small files; it also reports write-back errors.
        let root = File::open(&self.root).map_err(Error::io(STAGE, &self.root))?;
        rustix::fs::syncfs(&root).map_err(|e| Error::io(STAGE, &self.root)(e.into()))?;
        for folder in ["audit", "report"] {
            let folder = self.root.join(folder);
            for entry in fs::read_dir(&folder).map_err(Error::io(STAGE, &folder))? {
                sync_path(&entry.map_err(Error::io(STAGE, &folder))?.path())?;
            }
            sync_path(&folder)?;
        }
        sync_path(&self.root.join("corpus"))?;
        sync_path(&self.root.join("run.json"))?;
        sync_path(&self.root)
    }

    fn document(&self, source: &Source) -> Result<PathBuf> {
        if !names::is_plain(&source.path) {
            return Err(Error::Usage(format!("{}: not a path below INPUT", names::printable(&source.name))));
        }
        Ok(self.root.join("corpus").join(&source.path))
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        if !self.published {
            let _ = fs::remove_dir_all(&self.root);
        }
    }
}

/// A buffered file of the output. Errors come from each call and from `finish`, never from a silent drop.
#[derive(Debug)]
pub struct Output {
    writer: BufWriter<File>,
    path: PathBuf,
}

impl Output {
    /// Appends one record as a line of JSON.
    pub fn record(&mut self, record: &impl Serialize) -> Result<()> {
        serde_json::to_writer(&mut self.writer, record)
            .map_err(std::io::Error::from)
            .and_then(|()| self.writer.write_all(b"\n"))
            .map_err(Error::io("writing the audit", &self.path))
    }

    /// Appends bytes.
    pub fn bytes(&mut self, bytes: &[u8]) -> Result<()> {
        self.writer.write_all(bytes).map_err(Error::io("writing the audit", &self.path))
    }

    /// Hands everything to the system.
    pub fn finish(mut self) -> Result<()> {
        self.writer.flush().map_err(Error::io("writing the audit", &self.path))
    }
}

/// Creates or empties a file, and the folders above it where they are missing.
fn create(path: &Path) -> std::io::Result<File> {
    match File::create(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            fs::create_dir_all(path.parent().unwrap_or(Path::new("/")))?;
            File::create(path)
        }
        other => other,
    }
}

fn sync_path(path: &Path) -> Result<()> {
    File::open(path).and_then(|file| file.sync_all()).map_err(Error::io(STAGE, path))
}

fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(Error::io("removing the previous output", folder)(error))
        }
        _ => Ok(()),
    }
}

/// Refuses to replace anything but nothing, an empty folder, and an output of dechaff.
pub fn check_replaceable(out: &Path) -> Result<()> {
    let refuse = |why: &str| {
        Err(Error::Usage(format!(
            "OUT {} {why}, and OUT is replaced as a whole: name a new folder, or remove this one yourself",
            names::shown(out)
        )))
    };
    match fs::read_dir(out) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) if error.kind() == ErrorKind::NotADirectory => refuse("is a file"),
        Err(error) => Err(Error::io("reading OUT", out)(error)),
        Ok(_) if is_mount_point(out) => refuse("is a mount point"),
        Ok(mut entries) => match entries.next() {
            None => Ok(()),
            Some(_) if RunFile::marks(out) => Ok(()),
            Some(_) => refuse("holds files that are no output of dechaff (it has no run.json of it)"),
        },
    }
}

/// A folder on another file system than the one above it cannot take part in a rename.
fn is_mount_point(out: &Path) -> bool {
    let device = |path: &Path| path.metadata().ok().map(|m| m.dev());
    real_path(out).is_ok_and(|real| real.parent().is_some_and(|parent| device(parent) != device(&real)))
}

fn prefix(out: &Path, kind: &str) -> OsString {
    let mut name = OsString::from(".");
    name.push(out.file_name().unwrap_or(OsStr::new("out")));
    name.push(format!(".{kind}-"));
    name
}

/// Makes and locks a staging folder with a name of its own.
fn claim(parent: &Path, out: &Path) -> Result<(PathBuf, File)> {
    for attempt in 0..100u32 {
        let mut name = prefix(out, "staging");
        name.push(format!("{}-{attempt}", std::process::id()));
        let root = parent.join(name);
        match fs::create_dir(&root) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => continue,
            Err(error) => return Err(Error::io("creating OUT", root)(error)),
            Ok(()) => {}
        }
        let lock = File::open(&root).map_err(Error::io("creating OUT", &root))?;
        // Between the two calls another run may have taken the folder for a leftover.
        let held = rustix::fs::flock(&lock, FlockOperation::NonBlockingLockExclusive).is_ok();
        if held && same_folder(&lock, &root) {
            return Ok((root, lock));
        }
    }
    Err(Error::State { path: parent.to_owned(), message: "no staging folder could be made: try again".into() })
}

fn same_folder(lock: &File, root: &Path) -> bool {
    matches!((lock.metadata(), fs::metadata(root)), (Ok(a), Ok(b)) if (a.dev(), a.ino()) == (b.dev(), b.ino()))
}

/// Puts back an output that a killed run had moved aside, and removes what dead runs of the same OUT have left.
fn sweep(parent: &Path, out: &Path) -> Result<()> {
    let (staging, old) = (prefix(out, "staging"), prefix(out, "old"));
    for entry in fs::read_dir(parent).map_err(Error::io("reading the folder of OUT", parent))? {
        let entry = entry.map_err(Error::io("reading the folder of OUT", parent))?;
        let (path, name) = (entry.path(), entry.file_name());
        let is_old = name.as_bytes().starts_with(old.as_bytes());
        if !is_old && !name.as_bytes().starts_with(staging.as_bytes()) {
            continue;
        }
        if !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            continue;
        }
        let Ok(folder) = File::open(&path) else { continue };
        if rustix::fs::flock(&folder, FlockOperation::NonBlockingLockExclusive).is_err() {
            continue; // its run lives
        }
        if is_old && out.symlink_metadata().is_err() {
            fs::rename(&path, out).map_err(Error::io("putting back the previous output", path))?;
        } else {
            remove(&path)?;
        }
    }
    Ok(())
}

/// Swaps `staging` in as `out` and gives the place of what was there before.
fn swap(staging: &Path, out: &Path) -> Result<Option<PathBuf>> {
    if out.symlink_metadata().is_err() {
        fs::rename(staging, out).map_err(Error::io(STAGE, out))?;
        return Ok(None);
    }
    match rustix::fs::renameat_with(CWD, staging, CWD, out, RenameFlags::EXCHANGE) {
        Ok(()) => Ok(Some(staging.to_owned())),
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS | rustix::io::Errno::NOTSUP) => {
            swap_in_two(staging, out).map(Some)
        }
        Err(rustix::io::Errno::BUSY | rustix::io::Errno::XDEV) => Err(Error::Usage(format!(
            "OUT {} is a mount point and cannot be replaced as a whole: name a folder inside it",
            names::shown(out)
        ))),
        Err(error) => Err(Error::io(STAGE, out)(error.into())),
    }
}

/// For file systems without an exchange: two renames. Should the process die between them, the next run puts the
/// previous output back (`sweep`).
fn swap_in_two(staging: &Path, out: &Path) -> Result<PathBuf> {
    let mut name = prefix(out, "old");
    name.push(std::process::id().to_string());
    let old = out.with_file_name(name);
    fs::rename(out, &old).map_err(Error::io(STAGE, out))?;
    if let Err(error) = fs::rename(staging, out) {
        let _ = fs::rename(&old, out);
        return Err(Error::io(STAGE, out)(error));
    }
    Ok(old)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(name: &str) -> Source {
        Source { path: name.into(), name: name.into(), bytes: 0 }
    }

    fn publish(out: &Path, text: &str) {
        let staging = Staging::create(out).unwrap();
        staging.write_document(&source("a/b.txt"), text.as_bytes()).unwrap();
        staging.write_run(&RunFile::default()).unwrap();
        staging.publish().unwrap();
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
        for text in ["one", "two"] {
            publish(&out, text);
            assert_eq!(fs::read_to_string(out.join("corpus/a/b.txt")).unwrap(), text);
            assert_eq!(entries(&dir.path().join("deep")), ["out"]);
        }
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
        assert!(staging.publish().is_err(), "run.json is missing");
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
    fn two_renames_do_the_same() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["out", "new"] {
            fs::create_dir(dir.path().join(name)).unwrap();
            fs::write(dir.path().join(name).join(name), "").unwrap();
        }
        let old = swap_in_two(&dir.path().join("new"), &dir.path().join("out")).unwrap();
        assert!(dir.path().join("out/new").exists() && old.join("out").exists());
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
