//! Second names for files: a text that stays as it is need not be written again.

use crate::error::{Error, Result};
use crate::state::TextSeal;
use crate::walk;
use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, linkat, openat, statat, unlinkat};
use std::ffi::OsStr;
use std::fs;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

const STAGE: &str = "writing a document";

/// Links files folder by folder. Documents come in the order of their names, so the two folders of one mostly serve the
/// next: from there a name is found at once, while a path is looked up part by part, three times a document.
#[derive(Debug, Default)]
pub struct Linker {
    roots: [PathBuf; 2],
    /// The folder below both, and the two that are open.
    below: Vec<u8>,
    folders: Option<[OwnedFd; 2]>,
}

impl Linker {
    /// Gives the sealed file at `path` below the first folder a second name, the same below the second. `Ok(false)` where
    /// it is no longer the file that was sealed, or the file system makes no link.
    pub fn link(&mut self, roots: [&Path; 2], path: &Path, text: &TextSeal) -> Result<bool> {
        // As bytes: to take a path apart and compare its parts takes longer than the rest.
        let bytes = path.as_os_str().as_bytes();
        let (below, name) = match memchr::memrchr(b'/', bytes) {
            Some(at) => (&bytes[..at], OsStr::from_bytes(&bytes[at + 1..])),
            None => (&[][..], path.as_os_str()),
        };
        let fail = |error: rustix::io::Errno| Error::io(STAGE, roots[1].join(path))(error.into());
        let Some([old, new]) = self.folders(roots, below)? else { return Ok(false) };
        if linkat(old, name, new, name, AtFlags::empty()).is_err() {
            return Ok(false);
        }
        let found = statat(new, name, AtFlags::SYMLINK_NOFOLLOW).map_err(fail)?;
        let is_file = FileType::from_raw_mode(found.st_mode) == FileType::RegularFile;
        let mtime = walk::time(found.st_mtime, found.st_mtime_nsec as i64);
        let fits = is_file && found.st_size as u64 == text.length && mtime == text.mtime;
        if !fits {
            unlinkat(new, name, AtFlags::empty()).map_err(fail)?;
        }
        Ok(fits)
    }

    /// The folders below both; none where the first has no such folder.
    fn folders(&mut self, roots: [&Path; 2], below: &[u8]) -> Result<Option<&[OwnedFd; 2]>> {
        let same = |(own, root): (&PathBuf, &Path)| own.as_os_str() == root.as_os_str();
        if self.folders.is_none() || self.below != below || !self.roots.iter().zip(roots).all(same) {
            *self = Self { roots: roots.map(Path::to_owned), below: below.to_owned(), folders: None };
            let [from, to] = roots.map(|root| root.join(OsStr::from_bytes(below)));
            let open =
                |path: &Path| openat(CWD, path, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty());
            let Ok(old) = open(&from) else { return Ok(None) };
            fs::create_dir_all(&to).map_err(Error::io(STAGE, &to))?;
            let new = open(&to).map_err(|error| Error::io(STAGE, &to)(error.into()))?;
            self.folders = Some([old, new]);
        }
        Ok(self.folders.as_ref())
    }
}

/// Gives a file a second name, or copies it where the file system makes no link.
pub fn or_copy(from: &Path, to: &Path) -> Result<()> {
    match fs::hard_link(from, to) {
        Ok(()) => Ok(()),
        Err(_) => fs::copy(from, to).map(|_| ()).map_err(Error::io("writing the state", to)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_sealed_file_gets_a_second_name() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::create_dir_all(at("old/a")).unwrap();
        let seal = |name: &str, text: &str| {
            fs::write(at(name), text).unwrap();
            TextSeal { mtime: walk::Stamp::of(&fs::metadata(at(name)).unwrap()).mtime, ..TextSeal::of(text.as_bytes()) }
        };
        let mut linker = Linker::default();
        let (old, new, empty) = (at("old"), at("new"), at("empty"));
        let roots = [old.as_path(), new.as_path()];
        let mut link = |roots, name: &str, seal: &TextSeal| linker.link(roots, Path::new(name), seal).unwrap();
        let first = seal("old/a/1", "first");
        assert!(link(roots, "a/1", &first));
        assert_eq!(fs::read_to_string(at("new/a/1")).unwrap(), "first");
        // Another folder, and back; a file that was replaced or is gone, and a link, are not what was sealed.
        let second = seal("old/2", "second");
        assert!(link(roots, "2", &second));
        let other = seal("old/a/other", "other");
        assert!(!link(roots, "a/other", &first));
        assert!(!at("new/a/other").exists());
        assert!(link(roots, "a/other", &other));
        assert!(!link(roots, "a/gone", &first));
        assert!(!link([&empty, &new], "1", &first));
        assert!(link([&old, &empty], "a/1", &first));
        std::os::unix::fs::symlink(at("old/a/1"), at("old/a/link")).unwrap();
        assert!(!link(roots, "a/link", &first));
        assert!(fs::symlink_metadata(at("new/a/link")).is_err());
    }
}
