//! Files that notice damage: a header with the length, a checksum for each block, and one over the checksums.
//!
//! ```text
//! magic, format, program version, fingerprint of the configuration, payload length, checksum of the header
//! payload
//! one XXH3-64 for each 64 KiB of the payload, and one over these
//! ```
//!
//! A file is written once and never changed. Each block is checked when it is read, and a run reads all of them before
//! it publishes, so that nothing damaged is believed.

use crate::error::{Error, Result};
use std::fs::File;
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use xxhash_rust::xxh3::xxh3_64;

/// Version of the form of state files. A reader takes no other.
pub const FORMAT: u32 = 18;
const MAGIC: [u8; 8] = *b"dechaff\x1A";
/// Bytes of the payload under one checksum.
pub const BLOCK: usize = 1 << 16;
const VERSION: &str = env!("CARGO_PKG_VERSION");
const VERSION_ROOM: usize = 20;
const FINGERPRINT: usize = 32;
const SEALED: usize = 8 + 4 + VERSION_ROOM + FINGERPRINT + 8;
const HEADER: usize = SEALED + 8;

/// What to do about a state that cannot be used.
pub const WAY_OUT: &str = "pass --rebuild to leave it aside and make everything anew";

/// A file being written.
#[derive(Debug)]
pub struct Writer {
    file: File,
    path: PathBuf,
    fingerprint: String,
    block: Vec<u8>,
    /// Bytes of the block that the system has already.
    handed: usize,
    sums: Vec<u8>,
    length: u64,
}

fn header(fingerprint: &str, length: u64) -> Vec<u8> {
    let mut header = Vec::with_capacity(HEADER);
    header.extend_from_slice(&MAGIC);
    header.extend_from_slice(&FORMAT.to_le_bytes());
    let mut padded = |text: &str, room: usize| {
        let start = header.len();
        header.extend(text.bytes().take(room));
        header.resize(start + room, b' ');
    };
    padded(VERSION, VERSION_ROOM);
    padded(fingerprint, FINGERPRINT);
    header.extend_from_slice(&length.to_le_bytes());
    header.extend_from_slice(&xxh3_64(&header).to_le_bytes());
    header
}

impl Writer {
    /// Begins a file.
    pub fn create(path: &Path, fingerprint: &str) -> Result<Self> {
        let mut file = File::create(path).map_err(Error::io("writing the state", path))?;
        file.write_all(&[0; HEADER]).map_err(Error::io("writing the state", path))?;
        Ok(Self {
            file,
            path: path.to_owned(),
            fingerprint: fingerprint.to_owned(),
            block: Vec::with_capacity(BLOCK),
            handed: 0,
            sums: Vec::new(),
            length: 0,
        })
    }

    /// Appends bytes and says where they begin.
    pub fn append(&mut self, mut bytes: &[u8]) -> Result<u64> {
        let start = self.length;
        self.length += bytes.len() as u64;
        while !bytes.is_empty() {
            if self.block.is_empty()
                && let Some((whole, rest)) = bytes.split_at_checked(BLOCK)
            {
                self.file.write_all(whole).map_err(Error::io("writing the state", &self.path))?;
                self.sums.extend_from_slice(&xxh3_64(whole).to_le_bytes());
                bytes = rest;
                continue;
            }
            let (now, rest) = bytes.split_at(bytes.len().min(BLOCK - self.block.len()));
            self.block.extend_from_slice(now);
            bytes = rest;
            if self.block.len() == BLOCK {
                self.flush()?;
            }
        }
        Ok(start)
    }

    /// Hands everything so far to the system, where it outlives the process.
    pub fn hand_over(&mut self) -> Result<()> {
        self.file.write_all(&self.block[self.handed..]).map_err(Error::io("writing the state", &self.path))?;
        self.handed = self.block.len();
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        self.hand_over()?;
        self.sums.extend_from_slice(&xxh3_64(&self.block).to_le_bytes());
        self.block.clear();
        self.handed = 0;
        Ok(())
    }

    /// Ends the file and gives its seal, by which another file can name it. The header is written last.
    pub fn finish(mut self) -> Result<u64> {
        if !self.block.is_empty() {
            self.flush()?;
        }
        let header = header(&self.fingerprint, self.length);
        let seal = xxh3_64(&self.sums);
        self.sums.extend_from_slice(&seal.to_le_bytes());
        let mut write = || {
            self.file.write_all(&self.sums)?;
            self.file.seek(SeekFrom::Start(0))?;
            self.file.write_all(&header)
        };
        write().map_err(Error::io("writing the state", &self.path))?;
        Ok(seal)
    }
}

/// What the first bytes of a file say.
struct Head {
    fingerprint: String,
    length: usize,
    blocks: usize,
}

fn wrong(path: &Path, message: impl std::fmt::Display) -> Error {
    Error::State { path: path.to_owned(), message: format!("{message}; {WAY_OUT}") }
}

fn number(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..at + 8).and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_le_bytes)
}

/// Checks the first bytes of a file of `size` bytes.
fn head(path: &Path, bytes: &[u8], size: u64) -> Result<Head> {
    if bytes.len() < HEADER {
        return Err(wrong(path, format!("is cut short ({size} bytes)")));
    }
    if bytes[..8] != MAGIC {
        return Err(wrong(path, "is damaged: it does not begin as a state file does"));
    }
    let format = number(bytes, 8) as u32;
    let text = |at: usize, room: usize| String::from_utf8_lossy(&bytes[at..at + room]).trim_end().to_owned();
    if format != FORMAT {
        let age = if format > FORMAT { "a newer" } else { "an older" };
        let message = format!("was written by {age} version of dechaff (form {format}, this one knows {FORMAT})");
        return Err(wrong(path, message));
    }
    if xxh3_64(&bytes[..SEALED]) != number(bytes, SEALED) {
        return Err(wrong(path, "is damaged in its first bytes"));
    }
    let version = text(12, VERSION_ROOM);
    if version != VERSION {
        let message = format!("was written by dechaff {version}, and this is {VERSION}, which may decide otherwise");
        return Err(wrong(path, message));
    }
    let length = number(bytes, SEALED - 8);
    let blocks = length.div_ceil(BLOCK as u64);
    let whole = blocks.checked_mul(8).and_then(|sums| sums.checked_add(length)?.checked_add(HEADER as u64 + 8));
    if whole != Some(size) {
        return Err(wrong(path, format!("is cut short or has grown ({size} bytes)")));
    }
    Ok(Head { fingerprint: text(12 + VERSION_ROOM, FINGERPRINT), length: length as usize, blocks: blocks as usize })
}

/// A file of which parts are read, each checked when it is.
#[derive(Debug)]
pub struct Parts {
    file: File,
    path: PathBuf,
    sums: Vec<u8>,
    length: usize,
    blocks: usize,
    /// The seal that [`Writer::finish`] gave.
    pub seal: u64,
    /// The configuration it was made with.
    pub fingerprint: String,
}

impl Parts {
    /// Opens a file of an earlier run and checks its frame.
    pub fn open(path: &Path) -> Result<Self> {
        let fail = |error: std::io::Error| match error.kind() {
            ErrorKind::NotFound => wrong(path, "is missing"),
            _ => Error::io("reading the state", path)(error),
        };
        let file = File::open(path).map_err(fail)?;
        let size = file.metadata().map_err(fail)?.len();
        let mut bytes = vec![0; HEADER.min(size as usize)];
        file.read_exact_at(&mut bytes, 0).map_err(fail)?;
        let Head { fingerprint, length, blocks } = head(path, &bytes, size)?;
        let mut sums = vec![0; blocks * 8 + 8];
        file.read_exact_at(&mut sums, (HEADER + length) as u64).map_err(fail)?;
        let seal = number(&sums, blocks * 8);
        sums.truncate(blocks * 8);
        if xxh3_64(&sums) != seal {
            return Err(wrong(path, "is damaged in its checksums"));
        }
        Ok(Self { file, path: path.to_owned(), sums, length, blocks, seal, fingerprint })
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A stretch of the payload.
    pub fn read(&self, stretch: Range<usize>) -> Result<Vec<u8>> {
        self.within(&stretch)?;
        let mut bytes = vec![0; stretch.len()];
        self.read_into(stretch.start, &mut bytes)?;
        Ok(bytes)
    }

    /// Reads a stretch of the payload to where it is wanted.
    pub fn read_into(&self, start: usize, mut to: &mut [u8]) -> Result<()> {
        let end = start.saturating_add(to.len());
        self.within(&(start..end))?;
        let get = |at: usize, bytes: &mut [u8]| {
            self.file.read_exact_at(bytes, (HEADER + at) as u64).map_err(Error::io("reading the state", &self.path))
        };
        let mut own = Vec::new();
        let mut at = start;
        while at < end {
            let first = at / BLOCK;
            let skip = at - first * BLOCK;
            let block = first * BLOCK..((first + 1) * BLOCK).min(self.length);
            let (now, rest) = to.split_at_mut(block.end.min(end) - at);
            if now.len() == block.len() {
                get(at, now)?;
                self.check(first, now)?;
            } else {
                own.resize(block.len(), 0);
                get(block.start, &mut own)?;
                self.check(first, &own)?;
                now.copy_from_slice(&own[skip..skip + now.len()]);
            }
            at += now.len();
            to = rest;
        }
        Ok(())
    }

    fn within(&self, stretch: &Range<usize>) -> Result<()> {
        let fits = stretch.start <= stretch.end && stretch.end <= self.length;
        if fits { Ok(()) } else { Err(wrong(&self.path, "does not fit what stands beside it")) }
    }

    fn check(&self, block: usize, bytes: &[u8]) -> Result<()> {
        if xxh3_64(bytes) == number(&self.sums, block * 8) {
            return Ok(());
        }
        Err(wrong(&self.path, format!("is damaged in block {} of {}", block + 1, self.blocks)))
    }

    /// Bytes of the payload.
    pub fn length(&self) -> usize {
        self.length
    }
}

/// The payload of a file that was read and checked whole.
#[derive(Debug, Default)]
pub struct Sealed {
    payload: Vec<u8>,
    /// The seal that [`Writer::finish`] gave.
    pub seal: u64,
    /// The configuration it was made with.
    pub fingerprint: String,
}

impl Sealed {
    /// Reads and checks a file.
    pub fn read(path: &Path) -> Result<Self> {
        let parts = Parts::open(path)?;
        Ok(Self { payload: parts.read(0..parts.length)?, seal: parts.seal, fingerprint: parts.fingerprint })
    }

    /// The payload of a file that was never ended, as far as it goes. Nothing of it is checked.
    pub fn torn(path: &Path) -> std::io::Result<Self> {
        let mut file = File::open(path)?;
        file.seek(SeekFrom::Start(HEADER as u64))?;
        let mut payload = Vec::new();
        file.read_to_end(&mut payload)?;
        Ok(Self { payload, ..Self::default() })
    }

    /// Bytes from elsewhere.
    pub fn of(payload: Vec<u8>) -> Self {
        Self { payload, ..Self::default() }
    }

    /// The payload.
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(path: &Path, length: usize) -> Vec<u8> {
        let payload: Vec<u8> = (0..length).map(|at| (at * 31 % 251) as u8).collect();
        let mut writer = Writer::create(path, "0123456789abcdef0123456789abcdef").unwrap();
        for (at, piece) in payload.chunks(1000).enumerate() {
            assert_eq!(writer.append(piece).unwrap(), at as u64 * 1000);
        }
        writer.finish().unwrap();
        payload
    }

    #[test]
    fn what_was_written_comes_back() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        for length in [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK] {
            let payload = written(&path, length);
            let read = Sealed::read(&path).unwrap();
            assert!(read.payload() == payload);
            let parts = Parts::open(&path).unwrap();
            for start in [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK + 7] {
                for end in [start, start + 1, start + BLOCK, start + BLOCK + 9, length] {
                    match parts.read(start..end) {
                        Ok(read) => assert!(read == payload[start..end]),
                        Err(_) => assert!(start > end || end > length),
                    }
                }
            }
            assert_eq!(read.fingerprint, "0123456789abcdef0123456789abcdef");
        }
    }

    #[test]
    fn every_cut_and_every_flip_is_seen() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        written(&path, 700);
        let whole = std::fs::read(&path).unwrap();
        let refused = |bytes: &[u8]| {
            std::fs::write(&path, bytes).unwrap();
            match Sealed::read(&path) {
                Err(error @ Error::State { .. }) => assert!(error.to_string().contains("--rebuild")),
                other => panic!("{other:?}"),
            }
        };
        for length in 0..whole.len() {
            refused(&whole[..length]);
        }
        for bit in 0..whole.len() * 8 {
            let mut bytes = whole.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            refused(&bytes);
        }
        refused(&[whole.as_slice(), &[0]].concat());
        std::fs::remove_file(&path).unwrap();
        assert!(matches!(Sealed::read(&path), Err(Error::State { .. })));
    }
}
