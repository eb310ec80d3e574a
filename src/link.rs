//! Second names for files: a text that stays as it is need not be written again.

use crate::error::{Error, Result};
use crate::state::TextSeal;
use crate::walk;
use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, linkat, openat, statat, unlinkat};
use std::fs;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

/// Links files folder by folder. Documents come in the order of their names, so the two folders of one mostly serve the
/// next: from there a name is found at once, while a path is looked up part by part, three times a document.
#[derive(Debug, Default)]
pub struct Linker {
    from: PathBuf,
    to: PathBuf,
    folders: Option<(OwnedFd, OwnedFd)>,
}

impl Linker {
    /// Gives the sealed file `from` the second name `to`. `Ok(false)` where it is no longer the file that was sealed, or
    /// the file system makes no link.
    pub fn link(&mut self, from: &Path, to: &Path, text: &TextSeal) -> Result<bool> {
        let (Some(source), Some(name)) = (from.file_name(), to.file_name()) else { return Ok(false) };
        let fail = |error: rustix::io::Errno| Error::io("writing a document", to)(error.into());
        let Some((old, new)) = self.folders(from, to)? else { return Ok(false) };
        if linkat(old, source, new, name, AtFlags::empty()).is_err() {
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

    /// The folders of two files; none where the first has no such folder.
    fn folders(&mut self, from: &Path, to: &Path) -> Result<Option<(&OwnedFd, &OwnedFd)>> {
        let folder = |path: &Path| path.parent().unwrap_or(Path::new("/")).to_owned();
        if self.folders.is_none() || from.parent() != Some(&*self.from) || to.parent() != Some(&*self.to) {
            (self.from, self.to, self.folders) = (folder(from), folder(to), None);
            let open =
                |path: &Path| openat(CWD, path, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty());
            let Ok(old) = open(&self.from) else { return Ok(None) };
            fs::create_dir_all(&self.to).map_err(Error::io("writing a document", &self.to))?;
            let new = open(&self.to).map_err(|error| Error::io("writing a document", &self.to)(error.into()))?;
            self.folders = Some((old, new));
        }
        Ok(self.folders.as_ref().map(|(old, new)| (old, new)))
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
        let first = seal("old/a/1", "first");
        assert!(linker.link(&at("old/a/1"), &at("new/a/1"), &first).unwrap());
        assert_eq!(fs::read_to_string(at("new/a/1")).unwrap(), "first");
        // Another folder, and back; a file that was replaced or is gone, and a link, are not what was sealed.
        let second = seal("old/2", "second");
        assert!(linker.link(&at("old/2"), &at("new/2"), &second).unwrap());
        assert!(!linker.link(&at("old/a/1"), &at("new/a/other"), &second).unwrap());
        assert!(!at("new/a/other").exists());
        assert!(!linker.link(&at("old/a/gone"), &at("new/a/gone"), &first).unwrap());
        assert!(!linker.link(&at("gone/1"), &at("new/1"), &first).unwrap());
        std::os::unix::fs::symlink(at("old/a/1"), at("old/a/link")).unwrap();
        assert!(!linker.link(&at("old/a/link"), &at("new/a/link"), &first).unwrap());
        assert!(fs::symlink_metadata(at("new/a/link")).is_err());
    }
}
