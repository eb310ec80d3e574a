//! One document as it stands at one moment: its bytes, their checksum, and the text they hold.

use crate::checksum;
use crate::decode::{Decoded, Fault, decode};
use crate::error::{Error, Result};
use crate::walk::{Source, is_exhausted};
use std::io::Read as _;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

/// A document as it was read.
#[derive(Debug)]
pub struct Read {
    /// Size of the file.
    pub bytes: u64,
    /// Their checksum.
    pub hash: u128,
    /// The text; or why there is none.
    pub decoded: std::result::Result<Decoded, Fault>,
}

/// Reads and decodes one document; a fault of reading is `Err`.
pub fn read(input: &Path, source: &Source) -> std::result::Result<Read, Fault> {
    let bytes = bytes(input, source)?;
    Ok(Read::of(checksum::of(&bytes), bytes))
}

impl Read {
    /// Decodes what was read.
    pub fn of(hash: u128, bytes: Vec<u8>) -> Self {
        Self { bytes: bytes.len() as u64, hash, decoded: decode(bytes) }
    }
}

/// How often a document is read that changes meanwhile, or that the system gives no bytes of.
const ATTEMPTS: u32 = 4;

/// Reads one document as it stands at one moment. Never follows a link and never waits on a FIFO, should the file have
/// been replaced meanwhile.
pub fn bytes(input: &Path, source: &Source) -> std::result::Result<Vec<u8>, Fault> {
    let mut attempt = 0;
    loop {
        let result = read_once(&input.join(&source.path));
        attempt += 1;
        let again = match &result {
            Err(Error::Io { source, .. }) => source.raw_os_error() == Some(rustix::io::Errno::IO.raw_os_error()),
            Ok(Ok(None)) => true,
            _ => false,
        };
        if !again || attempt == ATTEMPTS {
            return match result {
                Ok(Ok(Some(bytes))) => Ok(bytes),
                Ok(Ok(None)) => Err(Fault::Changing),
                Ok(Err(fault)) => Err(fault),
                Err(Error::Io { source, .. }) if is_exhausted(&source) => Err(Fault::Exhausted(source.to_string())),
                Err(Error::Io { source, .. }) => Err(Fault::Unreadable(source.to_string())),
                Err(other) => Err(Fault::Unreadable(other.to_string())),
            };
        }
        // A writer is done in a moment, and so are most hiccups of a disk.
        std::thread::sleep(std::time::Duration::from_millis(1 << (2 * attempt)));
    }
}

/// One attempt; `None` where the file changed under the reader.
fn read_once(path: &Path) -> Result<std::result::Result<Option<Vec<u8>>, Fault>> {
    let fail = || Error::io("reading", path);
    let mut file = open_plain(path).map_err(fail())?;
    let before = file.metadata().map_err(fail())?;
    if !before.is_file() {
        return Ok(Err(Fault::Unreadable("no longer a regular file".into())));
    }
    if before.len() > u64::from(u32::MAX) {
        return Ok(Err(Fault::TooLarge(before.len())));
    }
    let mut bytes = Vec::with_capacity(before.len() as usize + 1);
    // One byte more shows that the file grew; a file that grows faster than it is read would never end.
    file.by_ref().take(before.len() + 1).read_to_end(&mut bytes).map_err(fail())?;
    let after = file.metadata().map_err(fail())?;
    let stamp = |m: &std::fs::Metadata| (m.len(), m.mtime(), m.mtime_nsec());
    let whole = bytes.len() as u64 == before.len();
    Ok(Ok((whole && stamp(&before) == stamp(&after)).then_some(bytes)))
}

/// Opens a file that is not a link, without waiting.
pub(crate) fn open_plain(path: &Path) -> std::io::Result<std::fs::File> {
    let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
    std::fs::OpenOptions::new().read(true).custom_flags(flags.bits() as i32).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::walk::Stamp;
    use std::fs;
    use std::os::unix::fs::symlink;

    fn source(name: &str) -> Source {
        Source { path: name.into(), name: name.into(), bytes: 0, stamp: Stamp::default() }
    }

    #[test]
    fn links_and_special_files_are_not_read() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("a.txt"), "a").unwrap();
        symlink("a.txt", dir.path().join("link.txt")).unwrap();
        let fifo = dir.path().join("fifo.txt");
        rustix::fs::mknodat(rustix::fs::CWD, fifo, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        for name in ["link.txt", "fifo.txt"] {
            assert!(matches!(bytes(dir.path(), &source(name)), Err(Fault::Unreadable(_))));
        }
    }

    #[test]
    fn a_file_is_read_as_it_stood_at_one_moment_or_not_at_all() {
        let dir = tempfile::tempdir().unwrap();
        let source = source("a.txt");
        fs::write(dir.path().join("a.txt"), vec![b'a'; 8 << 20]).unwrap();
        let stop = std::sync::atomic::AtomicBool::new(false);
        std::thread::scope(|scope| {
            let writer = scope.spawn(|| {
                let mut file = fs::OpenOptions::new().append(true).open(dir.path().join("a.txt")).unwrap();
                while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                    std::io::Write::write_all(&mut file, b"b").unwrap();
                }
            });
            // On a busy machine the writer may pause for as long as a read takes.
            let whole = |read: &std::result::Result<Vec<u8>, Fault>| read.as_ref().is_ok_and(|b| b.len() >= 8 << 20);
            let end = std::time::Instant::now() + std::time::Duration::from_secs(60);
            let mut reads =
                std::iter::from_fn(|| (std::time::Instant::now() < end).then(|| bytes(dir.path(), &source)))
                    .skip_while(whole);
            let read = reads.next();
            // First, so that a failure does not wait for the writer.
            stop.store(true, std::sync::atomic::Ordering::Relaxed);
            assert_eq!(read.map(|read| read.map(|bytes| bytes.len())), Some(Err(Fault::Changing)));
            writer.join().unwrap();
        });
        assert_eq!(
            bytes(dir.path(), &source).unwrap().len() as u64,
            fs::metadata(dir.path().join("a.txt")).unwrap().len()
        );
        fs::remove_file(dir.path().join("a.txt")).unwrap();
        assert!(matches!(bytes(dir.path(), &source), Err(Fault::Unreadable(_))));
    }
}
