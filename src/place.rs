//! The places beside OUT: previous outputs that are kept, what dead runs have left, and the one rename that swaps a
//! new output in.
//!
//! ```text
//! .OUT.staging-PID-N   an output under construction, locked by its run; after the swap, the output that was replaced
//! .OUT.kept-SEQUENCE   a previous output
//! .OUT.old-PID         the output that was replaced, where the file system cannot exchange two folders
//! .OUT.unfinished      what a dead run had finished, until one has published
//! .OUT.trash-PID-N     a folder that is being deleted
//! .NAME.scratch-PID-N  what a command needs while it lives, locked by it
//! ```
//!
//! Every output carries a sequence number. A leftover with a smaller one than OUT was replaced by it and is kept; one
//! with a larger one was never published: the next run takes over what it can use of it.

mod scratch;

use crate::error::{Error, Result};
use crate::names;
use crate::paths::real_path;
use crate::state::JOURNAL;
use crate::summary::RunFile;
use rustix::fs::{CWD, FlockOperation, RenameFlags};
use serde::Deserialize;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

pub use scratch::Scratch;

pub(crate) const STAGE: &str = "publishing";

/// A previous output.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kept {
    /// Which run made it; later runs have larger numbers.
    pub sequence: u64,
    /// When that run began; empty where it does not say.
    pub started: String,
    /// Where it stands.
    pub path: PathBuf,
}

/// What is known of an output folder without reading all of its `run.json` into a form.
#[derive(Debug, Deserialize)]
struct Mark {
    tool: String,
    #[serde(default)]
    sequence: u64,
    #[serde(default)]
    started: String,
}

fn mark(folder: &Path) -> Option<Mark> {
    let bytes = fs::read(folder.join("run.json")).ok()?;
    serde_json::from_slice::<Mark>(&bytes).ok().filter(|mark| mark.tool == "dechaff")
}

/// The folder that OUT stands in.
pub(crate) fn parent(out: &Path) -> &Path {
    out.parent().unwrap_or(Path::new("/"))
}

pub(crate) fn prefix(out: &Path, kind: &str) -> OsString {
    let mut name = OsString::from(".");
    name.push(out.file_name().unwrap_or(OsStr::new("out")));
    name.push(format!(".{kind}-"));
    name
}

/// Folders beside OUT whose names begin so and go on with the numbers of a process: `.clean.old-2023.kept-000001` is of
/// another OUT.
fn beside(out: &Path, kind: &str) -> Result<Vec<PathBuf>> {
    let prefix = prefix(out, kind);
    let mut found = Vec::new();
    for entry in fs::read_dir(parent(out)).map_err(Error::io("looking for what dead runs have left", parent(out)))? {
        let entry = entry.map_err(Error::io("looking for what dead runs have left", parent(out)))?;
        let name = entry.file_name();
        let numbers = |rest: &[u8]| rest.iter().all(|byte| byte.is_ascii_digit() || *byte == b'-');
        if name.as_bytes().strip_prefix(prefix.as_bytes()).is_some_and(numbers)
            && entry.file_type().is_ok_and(|t| t.is_dir())
        {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

/// Makes and locks a folder of a kind, beside `out`, with a name of its own.
pub(crate) fn claim(out: &Path, kind: &str, mode: u32) -> Result<(PathBuf, File)> {
    const MAKING: &str = "making a folder to work in";
    for attempt in 0..100u32 {
        let mut name = prefix(out, kind);
        name.push(format!("{}-{attempt}", std::process::id()));
        let root = out.with_file_name(name);
        match fs::DirBuilder::new().mode(mode).create(&root) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => continue,
            made => made.map_err(Error::io(MAKING, &root))?,
        }
        let lock = File::open(&root).map_err(Error::io(MAKING, &root))?;
        // Between the two calls another process may have taken the folder for a leftover.
        if lock_dead(&lock) && same_folder(&lock, &root) {
            return Ok((root, lock));
        }
    }
    Err(Error::State { path: parent(out).to_owned(), message: "no folder to work in could be made: try again".into() })
}

/// Locks a folder that no living process holds; the lock goes with the handle.
fn lock_dead(folder: &File) -> bool {
    rustix::fs::flock(folder, FlockOperation::NonBlockingLockExclusive).is_ok()
}

fn same_folder(lock: &File, root: &Path) -> bool {
    matches!((lock.metadata(), fs::metadata(root)), (Ok(a), Ok(b)) if (a.dev(), a.ino()) == (b.dev(), b.ino()))
}

/// The previous outputs of `out`, the newest first.
pub fn kept(out: &Path) -> Result<Vec<Kept>> {
    let out = real_path(out)?;
    let folders = match beside(&out, "kept") {
        Err(Error::Io { source, .. }) if source.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        other => other?,
    };
    let mut all: Vec<Kept> = folders
        .into_iter()
        .filter_map(|path| mark(&path).map(|mark| Kept { sequence: mark.sequence, started: mark.started, path }))
        .collect();
    all.sort_by(|a, b| b.cmp(a));
    Ok(all)
}

/// The number for the next output of `out`.
pub(crate) fn next_sequence(out: &Path) -> Result<u64> {
    let before = kept(out)?.iter().map(|kept| kept.sequence).chain(mark(out).map(|mark| mark.sequence)).max();
    Ok(before.map_or(1, |last| last.saturating_add(1)))
}

/// Tidies up after dead runs: puts back an output that was moved aside, keeps one that was replaced, removes the rest.
pub(crate) fn sweep(out: &Path) -> Result<()> {
    for kind in ["old", "staging"] {
        for path in beside(out, kind)? {
            let Ok(folder) = File::open(&path) else { continue };
            if !lock_dead(&folder) {
                continue; // its run lives
            }
            let missing = out.symlink_metadata().is_err();
            if kind == "old" && missing {
                fs::rename(&path, out).map_err(Error::io("putting back the previous output", path))?;
                continue;
            }
            match (mark(&path), mark(out)) {
                (Some(left), Some(now)) if left.sequence < now.sequence => keep(out, &path, left.sequence)?,
                _ => set_aside(out, &path)?,
            }
        }
    }
    for path in beside(out, "trash")? {
        remove(&path)?;
    }
    Ok(())
}

/// Where the folder of a run that did not end waits for the next one.
pub fn unfinished(out: &Path) -> Result<PathBuf> {
    let out = real_path(out)?;
    let mut name = OsString::from(".");
    name.push(out.file_name().unwrap_or(OsStr::new("out")));
    name.push(".unfinished");
    Ok(out.with_file_name(name))
}

/// Leaves what a dead run had finished for the next one: the folder with the longest journal, of those there are.
fn set_aside(out: &Path, folder: &Path) -> Result<()> {
    let waiting = unfinished(out)?;
    let work = |folder: &Path| fs::metadata(folder.join(JOURNAL)).map_or(0, |journal| journal.len());
    if work(folder) <= work(&waiting) {
        return discard(out, folder);
    }
    // What no longer counts is no output and no work, but takes room.
    discard(out, &waiting)?;
    fs::rename(folder, &waiting).map_err(Error::io("setting unfinished work aside", folder))
}

/// What the start of a run does about dead ones.
pub fn recover(out: &Path) -> Result<()> {
    let out = real_path(out)?;
    if parent(&out).is_dir() { sweep(&out) } else { Ok(()) }
}

/// Removes the plan that an earlier, stopped run has left: it is out of date once a run has published.
pub fn forget_plan(out: &Path, plan: &Path) {
    if let Ok(out) = real_path(out)
        && plan.join("brakes.json").is_file()
        && RunFile::marks(plan)
    {
        // Nothing depends on it; what cannot be removed is only in the way of the next plan, which says so.
        let _ = discard(&out, plan);
    }
}

/// Makes a folder a kept output.
pub(crate) fn keep(out: &Path, folder: &Path, sequence: u64) -> Result<()> {
    let mut name = prefix(out, "kept");
    name.push(format!("{sequence:06}"));
    let place = out.with_file_name(name);
    if place.symlink_metadata().is_ok() {
        discard(out, &place)?;
    }
    fs::rename(folder, &place).map_err(Error::io("keeping the previous output", place))
}

/// Keeps what was just replaced and the newest others, `count` in all, and removes the rest.
pub(crate) fn retain(out: &Path, replaced: &Path, count: u64) -> Result<()> {
    let mut spare = count;
    let mut just = None;
    match mark(replaced) {
        Some(mark) if count > 0 => {
            keep(out, replaced, mark.sequence)?;
            just = Some(mark.sequence);
            spare -= 1;
        }
        _ => discard(out, replaced)?,
    }
    for kept in kept(out)? {
        if Some(kept.sequence) == just {
            continue;
        }
        if spare == 0 {
            discard(out, &kept.path)?;
        } else {
            spare -= 1;
        }
    }
    Ok(())
}

/// Deletes a folder, after moving it to a name by which a later run knows it for half deleted.
pub(crate) fn discard(out: &Path, folder: &Path) -> Result<()> {
    for attempt in 0..100u32 {
        let mut name = prefix(out, "trash");
        name.push(format!("{}-{attempt}", std::process::id()));
        let trash = out.with_file_name(name);
        if trash.symlink_metadata().is_ok() {
            continue;
        }
        return match fs::rename(folder, &trash) {
            Ok(()) => remove(&trash),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(Error::io("removing a previous output", folder)(error)),
        };
    }
    remove(folder)
}

fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(Error::io("removing a previous output", folder)(error))
        }
        _ => Ok(()),
    }
}

/// Puts a kept output back in the place of OUT, which is kept instead: the newest one older than OUT, or the one named.
/// Gives the sequence numbers of what OUT was and of what it is now.
pub fn rollback(out: &Path, to: Option<u64>) -> Result<(Option<u64>, Kept)> {
    let out = real_path(out)?;
    check_replaceable(&out)?;
    sweep(&out)?;
    let now = mark(&out).map(|mark| mark.sequence);
    let all = kept(&out)?;
    let chosen = all.iter().find(|kept| match to {
        Some(to) => kept.sequence == to,
        None => now.is_none_or(|now| kept.sequence < now),
    });
    let Some(chosen) = chosen.cloned() else {
        let there: Vec<String> = all.iter().map(|kept| kept.sequence.to_string()).collect();
        let there = if there.is_empty() { "none is kept".into() } else { format!("kept: {}", there.join(", ")) };
        let wanted = to.map_or("no older output".into(), |to| format!("no output {to}"));
        return Err(Error::Usage(format!("{wanted} of {} to put back ({there})", names::shown(&out))));
    };
    let replaced = swap(&chosen.path, &out)?;
    sync_path(parent(&out))?;
    if let (Some(replaced), Some(now)) = (replaced, now) {
        keep(&out, &replaced, now)?;
        sync_path(parent(&out))?;
    }
    Ok((now, chosen))
}

/// Swaps `staging` in as `out` and gives the place of what was there before.
pub(crate) fn swap(staging: &Path, out: &Path) -> Result<Option<PathBuf>> {
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

/// Takes a swap back, as far as that can be done.
pub(crate) fn swap_back(staging: &Path, out: &Path, replaced: Option<&Path>) {
    let _ = match replaced {
        None => fs::rename(out, staging),
        Some(replaced) if replaced == staging => {
            rustix::fs::renameat_with(CWD, staging, CWD, out, RenameFlags::EXCHANGE).map_err(Into::into)
        }
        Some(replaced) => fs::rename(out, staging).and_then(|()| fs::rename(replaced, out)),
    };
}

pub(crate) fn sync_path(path: &Path) -> Result<()> {
    File::open(path).and_then(|file| file.sync_all()).map_err(Error::io(STAGE, path))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn output(path: &Path, sequence: u64) {
        fs::create_dir(path).unwrap();
        fs::write(path.join("run.json"), format!("{{\"tool\":\"dechaff\",\"sequence\":{sequence}}}")).unwrap();
    }

    fn sequences(out: &Path) -> (Option<u64>, Vec<u64>) {
        (mark(out).map(|mark| mark.sequence), kept(out).unwrap().iter().map(|kept| kept.sequence).collect())
    }

    fn entries(folder: &Path) -> Vec<OsString> {
        let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name()).collect();
        names.sort();
        names
    }

    #[test]
    fn outputs_of_a_similar_name_are_anothers() {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("clean");
        for name in [".clean.old-2023.kept-000001", ".clean.staging-a", ".clean.trash-77-1"] {
            output(&dir.path().join(name), 1);
        }
        output(&out, 2);
        sweep(&out).unwrap();
        assert_eq!(entries(dir.path()), [".clean.old-2023.kept-000001", ".clean.staging-a", "clean"]);
    }

    #[test]
    fn two_renames_do_the_same_as_an_exchange_and_can_be_taken_back() {
        let dir = tempfile::tempdir().unwrap();
        let (out, new) = (dir.path().join("out"), dir.path().join("new"));
        output(&out, 1);
        output(&new, 2);
        let old = swap_in_two(&new, &out).unwrap();
        assert_eq!((mark(&out).unwrap().sequence, mark(&old).unwrap().sequence), (2, 1));
        swap_back(&new, &out, Some(&old));
        assert_eq!((mark(&out).unwrap().sequence, mark(&new).unwrap().sequence), (1, 2));
        let old = swap(&new, &out).unwrap();
        swap_back(&new, &out, old.as_deref());
        assert_eq!((mark(&out).unwrap().sequence, mark(&new).unwrap().sequence), (1, 2));
        fs::remove_dir_all(&out).unwrap();
        assert_eq!(swap(&new, &out).unwrap(), None);
        swap_back(&new, &out, None);
        assert_eq!(entries(dir.path()), ["new"]);
    }

    #[test]
    fn a_replaced_output_is_kept_and_an_unpublished_one_is_removed() {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("out");
        output(&out, 7);
        output(&dir.path().join(".out.staging-1-0"), 6); // killed right after the exchange
        output(&dir.path().join(".out.staging-2-0"), 8); // killed right before it
        output(&dir.path().join(".out.old-3"), 5); // killed after two renames
        fs::create_dir_all(dir.path().join(".out.staging-4-0/corpus")).unwrap();
        output(&dir.path().join(".out.trash-5-0"), 4);
        sweep(&out).unwrap();
        assert_eq!(sequences(&out), (Some(7), vec![6, 5]));
        assert_eq!(entries(dir.path()), [".out.kept-000005", ".out.kept-000006", "out"]);
    }

    #[test]
    fn the_one_just_replaced_is_kept_before_others() {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("out");
        let left = dir.path().join(".out.staging-1-0");
        output(&out, 9);
        for sequence in [5, 7, 8] {
            output(&dir.path().join(format!(".out.kept-{sequence:06}")), sequence);
        }
        output(&left, 6);
        retain(&out, &left, 2).unwrap();
        assert_eq!(sequences(&out), (Some(9), vec![8, 6]));
        output(&left, 9);
        retain(&out, &left, 0).unwrap();
        assert_eq!(sequences(&out), (Some(9), vec![]));
    }

    #[test]
    fn rollback_goes_back_step_by_step_and_forward_by_name() {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("out");
        output(&out, 9);
        for sequence in [7, 8] {
            output(&dir.path().join(format!(".out.kept-{sequence:06}")), sequence);
        }
        let to = |to| rollback(&out, to).map(|(was, now)| (was, now.sequence));
        assert_eq!(to(None).unwrap(), (Some(9), 8));
        assert_eq!(sequences(&out), (Some(8), vec![9, 7]));
        assert_eq!(to(None).unwrap(), (Some(8), 7));
        assert!(matches!(to(None), Err(Error::Usage(_))));
        assert!(to(Some(3)).unwrap_err().to_string().contains("kept: 9, 8"));
        assert_eq!(to(Some(9)).unwrap(), (Some(7), 9));
        assert_eq!(next_sequence(&out).unwrap(), 10);
        fs::remove_dir_all(&out).unwrap();
        assert_eq!(to(None).unwrap(), (None, 8), "an OUT that is gone is put back");
        assert_eq!(sequences(&out), (Some(8), vec![7]));
    }
}
