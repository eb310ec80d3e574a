//! One run at a time for each OUT: a kernel lock on a file beside it, which dies with its holder.
//!
//! The file says who holds it, for people; whether it is held, only the kernel says. It is removed when the lock is
//! given back; one that a killed run has left is taken over.

use crate::error::{Error, Result};
use crate::paths::real_path;
use rustix::fs::FlockOperation;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const STAGE: &str = "locking OUT";
/// What a run can do that finds OUT held.
const WAY: &str = "wait for it with --wait, or let it end";
/// Between two looks at a lock that is waited for. Polled, so that a signal ends the wait.
const POLL: Duration = Duration::from_millis(200);

/// Called between two looks at a lock that is waited for, the first time with its holder. An error ends the wait.
pub type Wait<'w> = &'w mut dyn FnMut(Option<&str>) -> Result<()>;

/// The lock of an OUT, held as long as this value lives.
#[derive(Debug)]
pub struct Lock {
    path: PathBuf,
    file: File,
}

impl Lock {
    /// Takes the lock of `out`, or fails with `Error::Locked`, or waits for it.
    pub fn take(out: &Path, mut wait: Option<Wait>) -> Result<Self> {
        let path = path_of(out)?;
        let parent = path.parent().unwrap_or(Path::new("/"));
        fs::create_dir_all(parent).map_err(Error::io(STAGE, parent))?;
        let mut told = false;
        loop {
            let mut file = open(&path)?;
            match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
                // The one before may have removed the file between the two calls; then this lock guards nothing.
                Ok(()) if !is_at(&file, &path).map_err(Error::io(STAGE, &path))? => continue,
                Ok(()) => {
                    file.set_len(0)
                        .and_then(|()| file.write_all(holder_line().as_bytes()))
                        .map_err(Error::io(STAGE, &path))?;
                    return Ok(Self { path, file });
                }
                Err(rustix::io::Errno::WOULDBLOCK) => {}
                Err(rustix::io::Errno::INTR) => continue,
                Err(error) => return Err(Error::io(STAGE, &path)(error.into())),
            }
            let holder = holder(&mut file);
            match &mut wait {
                None => return Err(Error::Locked { out: out.to_owned(), holder, way: WAY }),
                Some(wait) => {
                    wait((!told).then_some(holder.as_str()))?;
                    told = true;
                    std::thread::sleep(POLL);
                }
            }
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // While it is still held, so that nobody's newer file is removed.
        if is_at(&self.file, &self.path).unwrap_or(false) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// The lock file of an OUT: `.OUT.lock` beside it.
pub fn path_of(out: &Path) -> Result<PathBuf> {
    let out = real_path(out)?;
    let mut name = OsString::from(".");
    name.push(out.file_name().unwrap_or(OsStr::new("out")));
    name.push(".lock");
    Ok(out.with_file_name(name))
}

fn open(path: &Path) -> Result<File> {
    let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
    fs::OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o644)
        .custom_flags(flags.bits() as i32)
        .open(path)
        .map_err(Error::io(STAGE, path))
}

/// Whether the file of that name is still this one. A disk that cannot tell is no reason to look again and again.
fn is_at(file: &File, path: &Path) -> std::io::Result<bool> {
    let own = file.metadata()?;
    match fs::symlink_metadata(path) {
        Ok(there) => Ok((own.dev(), own.ino()) == (there.dev(), there.ino())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn holder_line() -> String {
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    format!("process {} on {host} since {}\n", std::process::id(), timestamp(SystemTime::now()))
}

/// Who holds the lock, as its file says. The holder writes it right after it got the lock.
fn holder(file: &mut File) -> String {
    let mut text = String::new();
    for _ in 0..10 {
        text.clear();
        let mut start = &*file;
        let _ = std::io::Seek::rewind(&mut start);
        let _ = start.take(512).read_to_string(&mut text);
        if text.ends_with('\n') {
            return text.trim().to_owned();
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    "another process".into()
}

/// A time as `2026-11-22T02:30:00Z`.
pub fn timestamp(time: SystemTime) -> String {
    let seconds = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let (days, rest) = ((seconds / 86_400) as i64, seconds % 86_400);
    // Civil date of a day count: years begin in March, so that the leap day is the last.
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let (day, month) = (of_year - (153 * shifted + 2) / 5 + 1, if shifted < 10 { shifted + 3 } else { shifted - 9 });
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", rest / 3600, rest / 60 % 60, rest % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_that_cannot_tell_is_an_error_and_no_file_that_is_gone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let file = open(&path).unwrap();
        assert!(is_at(&file, &path).unwrap());
        assert!(!is_at(&file, &dir.path().join("gone")).unwrap());
        is_at(&file, &path.join("below a file")).unwrap_err();
    }

    #[test]
    fn a_second_taker_is_told_who_holds_it() {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("deep/out");
        let lock = Lock::take(&out, None).unwrap();
        let Err(Error::Locked { holder, .. }) = Lock::take(&out, None) else { panic!("taken twice") };
        assert!(
            holder.starts_with(&format!("process {} on ", std::process::id())) && holder.ends_with('Z'),
            "{holder}"
        );
        assert!(Lock::take(&dir.path().join("deep/other"), None).is_ok());
        drop(lock);
        assert!(fs::read_dir(dir.path().join("deep")).unwrap().next().is_none(), "the lock file stays behind");
        drop(Lock::take(&out, None).unwrap());
    }

    #[test]
    fn a_file_that_a_dead_run_left_does_not_hold() {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("out");
        fs::write(dir.path().join(".out.lock"), "process 1 on there since then, and a long tail of more\n").unwrap();
        let _lock = Lock::take(&out, None).unwrap();
        assert_eq!(fs::read_to_string(dir.path().join(".out.lock")).unwrap(), holder_line());
    }

    #[test]
    fn waiting_ends_when_the_lock_is_free_or_the_waiter_gives_up() {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("out");
        let mut lock = Some(Lock::take(&out, None).unwrap());
        let mut calls = Vec::new();
        let mut wait = |holder: Option<&str>| {
            calls.push(holder.is_some());
            if calls.len() == 2 {
                lock.take();
            }
            Ok(())
        };
        let _held = Lock::take(&out, Some(&mut wait)).unwrap();
        assert_eq!(calls, [true, false]);
        let mut give_up = |_: Option<&str>| Err(Error::Usage("enough".into()));
        assert!(matches!(Lock::take(&out, Some(&mut give_up)), Err(Error::Usage(_))));
    }

    #[test]
    fn many_takers_never_hold_it_together() {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("out");
        let (inside, got) = (std::sync::atomic::AtomicU32::new(0), std::sync::atomic::AtomicU32::new(0));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..200 {
                        if let Ok(lock) = Lock::take(&out, None) {
                            use std::sync::atomic::Ordering::SeqCst;
                            assert_eq!(inside.fetch_add(1, SeqCst), 0);
                            got.fetch_add(1, SeqCst);
                            std::thread::yield_now();
                            inside.fetch_sub(1, SeqCst);
                            drop(lock);
                        }
                    }
                });
            }
        });
        assert!(got.into_inner() > 0);
    }

    #[test]
    fn timestamps_are_civil_dates() {
        let at = |seconds| timestamp(UNIX_EPOCH + Duration::from_secs(seconds));
        assert_eq!(at(0), "1970-01-01T00:00:00Z");
        assert_eq!(at(951_782_399), "2000-02-28T23:59:59Z");
        assert_eq!(at(951_782_400), "2000-02-29T00:00:00Z");
        assert_eq!(at(1_709_251_199), "2024-02-29T23:59:59Z");
        assert_eq!(at(4_102_444_800), "2100-01-01T00:00:00Z");
    }
}
