//! Finds the input documents: regular files of a folder tree, sorted once.

use crate::error::{Error, Result};
use crate::names;
use crate::paths::check_input;
use globset::{Glob, GlobSet, GlobSetBuilder};
use rustix::fs::{AtFlags, CWD, Mode, OFlags, openat, statat};
use std::ffi::OsStr;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use walkdir::WalkDir;

/// One input file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Path relative to the input folder.
    pub path: PathBuf,
    /// The same path for records: `/` between folders, bytes that are not UTF-8 percent-encoded (`names::encode`).
    pub name: String,
    /// Size when it was listed.
    pub bytes: u64,
    /// By what a change of the file shows.
    pub stamp: Stamp,
}

/// What the file system says of a file without reading it. Times are in nanoseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stamp {
    /// Size in bytes.
    pub size: u64,
    /// When its content was changed.
    pub mtime: i64,
    /// When anything of it was changed.
    pub ctime: i64,
    /// Number on its file system.
    pub inode: u64,
}

/// Nanoseconds since 1970.
pub(crate) fn time(seconds: i64, nanoseconds: i64) -> i64 {
    seconds.saturating_mul(1_000_000_000).saturating_add(nanoseconds)
}

impl Stamp {
    /// The stamp of a file.
    pub fn of(metadata: &std::fs::Metadata) -> Self {
        Self {
            size: metadata.len(),
            mtime: time(metadata.mtime(), metadata.mtime_nsec()),
            ctime: time(metadata.ctime(), metadata.ctime_nsec()),
            inode: metadata.ino(),
        }
    }
}

/// What a walk found.
#[derive(Debug, Default)]
pub struct Walked {
    /// The documents, sorted by the bytes of their names.
    pub sources: Vec<Source>,
    /// Regular files passed over by the globs.
    pub skipped: u64,
    /// Symbolic links, which are never followed.
    pub links_skipped: u64,
    /// Devices, FIFOs and sockets.
    pub other_skipped: u64,
    /// Folders and entries that could not be listed, with what the system says.
    pub unreadable: Vec<(String, String)>,
    /// Globs that matched no file, with the flag they were given by.
    pub unmatched: Vec<(&'static str, String)>,
}

impl Walked {
    /// Adds documents that were known before and lie where nothing could be listed now. They may be readable all the same,
    /// and what is known of one that is not stays. `known` are names with the sizes they had.
    pub fn expect<'n>(&mut self, known: impl Iterator<Item = (&'n str, u64)>) {
        if self.unreadable.is_empty() {
            return;
        }
        let listed = self.sources.len();
        for (name, bytes) in known.filter(|(name, _)| is_hidden(&self.unreadable, name)) {
            if self.sources[..listed].binary_search_by(|source| source.name.as_str().cmp(name)).is_err() {
                let stamp = Stamp::default();
                self.sources.push(Source { path: names::decode(name), name: name.to_owned(), bytes, stamp });
            }
        }
        self.sources.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    }

    /// What cannot be listed is recorded, if that is its own fault: no permission. A disk that fails or a system that has
    /// nothing to give would make whole folders look empty, so these end the run.
    /// `last` is the entry before it.
    fn pass_over(&mut self, input: &Path, last: &Path, error: walkdir::Error) -> Result<()> {
        // A listing that breaks off names no path: it is that of the folder in which the last entry stood.
        let listed = || {
            let below = last.strip_prefix(input).unwrap_or(Path::new(""));
            input.join(below.components().take(error.depth().saturating_sub(1)).collect::<PathBuf>())
        };
        let path = error.path().map_or_else(listed, Path::to_owned);
        let (name, error) = (names::encode(path.strip_prefix(input).unwrap_or(&path)), into_io(error));
        match error.kind() {
            // Gone since its folder was listed.
            std::io::ErrorKind::NotFound => {}
            _ if is_exhausted(&error) || error.raw_os_error() == Some(rustix::io::Errno::IO.raw_os_error()) => {
                return Err(Error::io("reading INPUT", path)(error));
            }
            _ => self.unreadable.push((name, error.to_string())),
        }
        Ok(())
    }
}

/// Lists the documents of `input`. Without `include`, documents are `.txt`, `.md` and files without an extension.
pub fn walk(input: &Path, include: &[String], exclude: &[String]) -> Result<Walked> {
    check_input(input)?;
    let mut filter = Filter { include: Globs::of("--include", include)?, exclude: Globs::of("--exclude", exclude)? };
    let mut walked = Walked::default();
    let mut last = input.to_owned();
    let mut folder = Folder::default();
    for entry in WalkDir::new(input).follow_links(false).min_depth(1) {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                if error.depth() == 0 {
                    return Err(Error::io("reading INPUT", input)(into_io(error)));
                }
                walked.pass_over(input, &last, error)?;
                continue;
            }
        };
        last.clear();
        last.push(entry.path());
        let kind = entry.file_type();
        if kind.is_dir() {
            continue;
        }
        if kind.is_symlink() {
            walked.links_skipped += 1;
            continue;
        }
        if !kind.is_file() {
            walked.other_skipped += 1;
            continue;
        }
        let path = entry.path().strip_prefix(input).unwrap_or(entry.path());
        if !filter.takes(path) {
            walked.skipped += 1;
            continue;
        }
        match folder.stamp(&entry) {
            Ok(stamp) => {
                walked.sources.push(Source {
                    path: path.to_owned(),
                    name: names::encode(path),
                    bytes: stamp.size,
                    stamp,
                });
            }
            Err(error) => walked.pass_over(input, &last, error)?,
        }
    }
    walked.sources.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    walked.unreadable.sort();
    walked.unmatched = filter.unmatched();
    if walked.sources.is_empty() && walked.unreadable.is_empty() {
        return Err(nothing_found(input, &walked));
    }
    Ok(walked)
}

/// The folder whose entries are looked at: from there a name is found at once, a path part by part.
#[derive(Default)]
struct Folder {
    path: PathBuf,
    open: Option<OwnedFd>,
}

impl Folder {
    fn stamp(&mut self, entry: &walkdir::DirEntry) -> walkdir::Result<Stamp> {
        let path = entry.path().as_os_str().as_bytes();
        let above = path.len() - entry.file_name().len();
        if self.path.as_os_str().as_bytes() != &path[..above] {
            self.path = OsStr::from_bytes(&path[..above]).into();
            self.open = openat(CWD, &self.path, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty()).ok();
        }
        let found = self.open.as_ref().map(|folder| statat(folder, entry.file_name(), AtFlags::SYMLINK_NOFOLLOW));
        match found {
            Some(Ok(found)) => Ok(Stamp {
                size: found.st_size as u64,
                mtime: time(found.st_mtime, found.st_mtime_nsec as i64),
                ctime: time(found.st_ctime, found.st_ctime_nsec as i64),
                inode: found.st_ino,
            }),
            // By its path, which an error then names.
            _ => entry.metadata().map(|metadata| Stamp::of(&metadata)),
        }
    }
}

/// Whether a document is an entry of `unreadable` or lies below one.
pub fn is_hidden(unreadable: &[(String, String)], name: &str) -> bool {
    let below = |rest: &str| rest.is_empty() || rest.starts_with('/');
    unreadable.iter().any(|(folder, _)| name.strip_prefix(folder.as_str()).is_some_and(below))
}

/// Whether the system had nothing more to give, whatever the file.
pub(crate) fn is_exhausted(error: &std::io::Error) -> bool {
    use rustix::io::Errno;
    let ours = [Errno::MFILE, Errno::NFILE, Errno::NOMEM];
    ours.iter().any(|errno| error.raw_os_error() == Some(errno.raw_os_error()))
}

fn nothing_found(input: &Path, walked: &Walked) -> Error {
    let mut message = format!("INPUT {} holds no document to read", names::shown(input));
    if walked.skipped > 0 {
        message += &format!(
            ": {} files were passed over (taken by default: .txt, .md and files without an extension); \
             name what you want, for example --include '*.html'",
            walked.skipped
        );
    } else if walked.links_skipped + walked.other_skipped > 0 {
        message += ": only links or special files, which are not read";
    } else {
        message += ": it has no files";
    }
    Error::NoInput(message)
}

fn into_io(error: walkdir::Error) -> std::io::Error {
    let text = error.to_string();
    match error.into_io_error() {
        Some(error) => error,
        None => std::io::Error::other(text),
    }
}

struct Filter {
    include: Option<Globs>,
    exclude: Option<Globs>,
}

impl Filter {
    fn takes(&mut self, path: &Path) -> bool {
        if self.exclude.as_mut().is_some_and(|globs| globs.is_match(path)) {
            return false;
        }
        match &mut self.include {
            Some(globs) => globs.is_match(path),
            None => {
                path.extension().is_none_or(|ext| ext.eq_ignore_ascii_case("txt") || ext.eq_ignore_ascii_case("md"))
            }
        }
    }

    fn unmatched(self) -> Vec<(&'static str, String)> {
        let each = |globs: Globs| globs.waiting.into_iter().map(move |(_, glob)| (globs.flag, glob));
        self.include.into_iter().chain(self.exclude).flat_map(each).collect()
    }
}

/// The globs of a flag.
struct Globs {
    flag: &'static str,
    set: GlobSet,
    /// Those that have matched nothing yet, by number.
    waiting: Vec<(usize, String)>,
}

impl Globs {
    fn of(flag: &'static str, patterns: &[String]) -> Result<Option<Self>> {
        if patterns.is_empty() {
            return Ok(None);
        }
        let mut set = GlobSetBuilder::new();
        for pattern in patterns {
            let wrong = |error: globset::Error| {
                Error::Usage(format!("{flag} {pattern}: {}: see docs/cli.md for globs", error.kind()))
            };
            set.add(Glob::new(pattern).map_err(wrong)?);
        }
        let set = set.build().map_err(|error| Error::Usage(format!("{flag}: {error}")))?;
        Ok(Some(Self { flag, set, waiting: patterns.iter().cloned().enumerate().collect() }))
    }

    fn is_match(&mut self, path: &Path) -> bool {
        if self.waiting.is_empty() {
            return self.set.is_match(path);
        }
        let matched = self.set.matches(path);
        self.waiting.retain(|(number, _)| !matched.contains(number));
        !matched.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;

    fn tree() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("in/sub/.hidden")).unwrap();
        for name in ["in/b.txt", "in/a.MD", "in/noext", "in/pic.png", "in/sub/c.txt", "in/sub/.hidden/.d"] {
            fs::write(dir.path().join(name), name).unwrap();
        }
        dir
    }

    fn names_of(walked: &Walked) -> Vec<&str> {
        walked.sources.iter().map(|s| s.name.as_str()).collect()
    }

    #[test]
    fn takes_text_files_in_the_order_of_their_names() {
        let dir = tree();
        let walked = walk(&dir.path().join("in"), &[], &[]).unwrap();
        assert_eq!(names_of(&walked), ["a.MD", "b.txt", "noext", "sub/.hidden/.d", "sub/c.txt"]);
        assert_eq!(walked.skipped, 1);
    }

    #[test]
    fn globs_choose_and_pass_over() {
        let dir = tree();
        let input = dir.path().join("in");
        let walked = walk(&input, &["*.txt".into(), "*.png".into()], &["sub/**".into()]).unwrap();
        assert_eq!(names_of(&walked), ["b.txt", "pic.png"]);
        assert!(walked.unmatched.is_empty());
        let walked = walk(&input, &["*.txt".into(), "*.htm".into()], &["*.png".into(), "sub".into()]).unwrap();
        assert_eq!(walked.unmatched, [("--include", "*.htm".to_owned()), ("--exclude", "sub".to_owned())]);
        assert!(matches!(walk(&input, &["[".into()], &[]), Err(Error::Usage(_))));
        let none = walk(&input, &["*.html".into()], &[]).unwrap_err();
        assert!(none.to_string().contains("6 files were passed over"), "{none}");
    }

    #[test]
    fn links_and_special_files_are_counted_not_read() {
        let dir = tree();
        let input = dir.path().join("in");
        symlink("b.txt", input.join("link.txt")).unwrap();
        symlink("..", input.join("sub/loop")).unwrap();
        rustix::fs::mknodat(rustix::fs::CWD, input.join("fifo.txt"), rustix::fs::FileType::Fifo, 0o600.into(), 0)
            .unwrap();
        let walked = walk(&input, &[], &[]).unwrap();
        assert_eq!(walked.sources.len(), 5);
        assert_eq!((walked.links_skipped, walked.other_skipped), (2, 1));
    }

    #[test]
    fn a_folder_of_which_nothing_is_taken_is_no_input() {
        let dir = tree();
        let folder = dir.path().join("in/sub/.hidden/..");
        assert!(matches!(walk(&folder, &["nothing".into()], &[]), Err(Error::NoInput(_))));
    }
}
