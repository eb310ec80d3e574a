//! Files that notice damage: a header with the length, a checksum for each block, and one over the checksums.
//!
//! ```text
//! magic, format, program version, fingerprint of the configuration, payload length, checksum of the header
//! payload
//! one XXH3-64 for each 64 KiB of the payload, and one over these
//! ```
//!
//! A file is written once and never changed. It is read whole and checked whole, so that nothing damaged is believed
//! and no reader needs to say which parts it has checked.

use crate::error::{Error, Result};
use std::fs::File;
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use xxhash_rust::xxh3::xxh3_64;

/// Version of the form of state files. A reader takes no other.
pub const FORMAT: u32 = 1;
const MAGIC: [u8; 8] = *b"dechaff\x1A";
const BLOCK: usize = 1 << 16;
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
            sums: Vec::new(),
            length: 0,
        })
    }

    /// Appends bytes and says where they begin.
    pub fn append(&mut self, mut bytes: &[u8]) -> Result<u64> {
        let start = self.length;
        self.length += bytes.len() as u64;
        while !bytes.is_empty() {
            let (now, rest) = bytes.split_at(bytes.len().min(BLOCK - self.block.len()));
            self.block.extend_from_slice(now);
            bytes = rest;
            if self.block.len() == BLOCK {
                self.flush()?;
            }
        }
        Ok(start)
    }

    fn flush(&mut self) -> Result<()> {
        self.sums.extend_from_slice(&xxh3_64(&self.block).to_le_bytes());
        self.file.write_all(&self.block).map_err(Error::io("writing the state", &self.path))?;
        self.block.clear();
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

/// The payload of a file that was checked.
#[derive(Debug, Default)]
pub struct Sealed {
    bytes: Vec<u8>,
    end: usize,
    /// The seal that [`Writer::finish`] gave.
    pub seal: u64,
    /// The configuration it was made with.
    pub fingerprint: String,
}

impl Sealed {
    /// Reads and checks a file.
    pub fn read(path: &Path) -> Result<Self> {
        let wrong = |message: String| Error::State { path: path.to_owned(), message: format!("{message}; {WAY_OUT}") };
        let mut bytes = Vec::new();
        match File::open(path).and_then(|mut file| {
            bytes.reserve_exact(file.metadata()?.len() as usize);
            file.read_to_end(&mut bytes)
        }) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Err(wrong("is missing".into())),
            Err(error) => return Err(Error::io("reading the state", path)(error)),
            Ok(_) => {}
        }
        if bytes.len() < HEADER {
            return Err(wrong(format!("is cut short ({} bytes)", bytes.len())));
        }
        if bytes[..8] != MAGIC {
            return Err(wrong("is damaged: it does not begin as a state file does".into()));
        }
        let number = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap_or_default());
        let format = u32::from_le_bytes(bytes[8..12].try_into().unwrap_or_default());
        let text = |at: usize, room: usize| String::from_utf8_lossy(&bytes[at..at + room]).trim_end().to_owned();
        let version = text(12, VERSION_ROOM);
        if format != FORMAT {
            let age = if format > FORMAT { "a newer" } else { "an older" };
            return Err(wrong(format!(
                "was written by {age} version of dechaff (form {format}, this one knows {FORMAT})"
            )));
        }
        if xxh3_64(&bytes[..SEALED]) != number(SEALED) {
            return Err(wrong("is damaged in its first bytes".into()));
        }
        if version != VERSION {
            return Err(wrong(format!(
                "was written by dechaff {version}, and this is {VERSION}, which may decide otherwise"
            )));
        }
        let fingerprint = text(12 + VERSION_ROOM, FINGERPRINT);
        let length = number(SEALED - 8);
        let blocks = length.div_ceil(BLOCK as u64);
        let whole = blocks.checked_mul(8).and_then(|sums| sums.checked_add(length)?.checked_add(HEADER as u64 + 8));
        if whole != Some(bytes.len() as u64) {
            return Err(wrong(format!("is cut short or has grown ({} bytes)", bytes.len())));
        }
        let end = HEADER + length as usize;
        let (payload, sums) = (&bytes[HEADER..end], &bytes[end..bytes.len() - 8]);
        let seal = number(bytes.len() - 8);
        if xxh3_64(sums) != seal {
            return Err(wrong("is damaged in its checksums".into()));
        }
        let bad = payload
            .chunks(BLOCK)
            .zip(sums.chunks_exact(8))
            .position(|(block, sum)| xxh3_64(block).to_le_bytes() != *sum);
        if let Some(bad) = bad {
            return Err(wrong(format!("is damaged in block {} of {blocks}", bad + 1)));
        }
        Ok(Self { bytes, end, seal, fingerprint })
    }

    /// The payload.
    pub fn payload(&self) -> &[u8] {
        self.bytes.get(HEADER..self.end).unwrap_or_default()
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
