//! `audit/originals.zst`: what `restore` cannot take from the corpus, one zstd frame for each document.
//!
//! Frames are made in parallel (`frame`) and appended in order, so that the file does not depend on threads. The
//! file as a whole is a valid zstd stream.

use crate::audit::Pack;
use crate::error::{Error, Result};
use crate::output::Output;
use crate::publish::Staging;
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// Name of the file below the output folder.
pub const NAME: &str = "audit/originals.zst";

/// Compresses bytes into one frame, with its length and a checksum.
pub fn frame(bytes: &[u8]) -> Result<Vec<u8>> {
    let compress = || {
        let mut compressor = zstd::bulk::Compressor::new(1)?;
        compressor.set_parameter(zstd::zstd_safe::CParameter::ChecksumFlag(true))?;
        compressor.compress(bytes)
    };
    compress().map_err(Error::io("packing an original", NAME))
}

/// Appends frames.
#[derive(Debug)]
pub struct Writer {
    file: Output,
    at: u64,
}

impl Writer {
    /// Begins the file in a staging folder.
    pub fn create(staging: &Staging) -> Result<Self> {
        Ok(Self { file: staging.file(NAME)?, at: 0 })
    }

    /// Appends a frame and says where it is. `raw`: it holds original bytes, not cleaned text.
    pub fn append(&mut self, frame: &[u8], raw: bool) -> Result<Pack> {
        self.file.bytes(frame)?;
        let pack = Pack { offset: self.at, length: frame.len() as u64, raw };
        self.at += pack.length;
        Ok(pack)
    }

    /// Hands everything so far to the system, where it outlives the process.
    pub fn hand_over(&mut self) -> Result<()> {
        self.file.hand_over()
    }

    /// Hands everything to the system.
    pub fn finish(self) -> Result<()> {
        self.file.finish()
    }
}

/// Reads frames back.
#[derive(Debug)]
pub struct Reader {
    file: File,
    path: PathBuf,
}

impl Reader {
    /// Opens the pack of an output folder.
    pub fn open(out: &Path) -> Result<Self> {
        let path = out.join(NAME);
        match File::open(&path) {
            Ok(file) => Ok(Self { file, path }),
            Err(error) => Err(Error::State {
                path,
                message: format!("{error}: the output is incomplete, run dechaff again to make a new one"),
            }),
        }
    }

    /// A frame as it is.
    pub fn frame(&self, pack: &Pack) -> Result<Vec<u8>> {
        let damaged = |why: &dyn std::fmt::Display| self.damaged(pack, why);
        let size = self.file.metadata().map_err(|e| damaged(&e))?.len();
        if pack.offset.checked_add(pack.length).is_none_or(|end| end > size) {
            return Err(damaged(&"it ends after the file does"));
        }
        let mut bytes = vec![0; pack.length as usize];
        self.file.read_exact_at(&mut bytes, pack.offset).map_err(|e| damaged(&e))?;
        Ok(bytes)
    }

    /// The content of a frame.
    pub fn read(&self, pack: &Pack) -> Result<Vec<u8>> {
        let bytes = self.frame(pack)?;
        let damaged = |why: &dyn std::fmt::Display| self.damaged(pack, why);
        let mut out = Vec::new();
        let decoder = zstd::stream::read::Decoder::with_buffer(&bytes[..]).map_err(|e| damaged(&e))?;
        // No document is larger, so a frame that says so is damaged or hostile.
        decoder.single_frame().take(u64::from(u32::MAX) + 1).read_to_end(&mut out).map_err(|e| damaged(&e))?;
        Ok(out)
    }
}

impl Reader {
    fn damaged(&self, pack: &Pack, why: &dyn std::fmt::Display) -> Error {
        Error::State {
            path: self.path.clone(),
            message: format!(
                "the frame at byte {} is damaged ({why}): run dechaff again with --rebuild to make a new output",
                pack.offset
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_back_and_damage_is_seen() {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("out");
        let staging = Staging::create(&out).unwrap();
        let texts: [&[u8]; 4] = [b"", b"one", &[7; 100_000], b"\xFF\x00"];
        let mut writer = Writer::create(&staging).unwrap();
        let packs: Vec<Pack> = texts.iter().map(|text| writer.append(&frame(text).unwrap(), true).unwrap()).collect();
        writer.finish().unwrap();
        let reader = Reader::open(staging.root()).unwrap();
        for (pack, text) in packs.iter().zip(texts) {
            assert_eq!(reader.read(pack).unwrap(), text);
        }
        let path = staging.root().join(NAME);
        let good = std::fs::read(&path).unwrap();
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 0x10;
            std::fs::write(&path, &bad).unwrap();
            let reader = Reader::open(staging.root()).unwrap();
            for (pack, text) in packs.iter().zip(texts) {
                assert!(reader.read(pack).map_or(true, |read| read == text), "bit flip at {at}");
            }
        }
        std::fs::write(&path, &good[..good.len() - 1]).unwrap();
        assert!(Reader::open(staging.root()).unwrap().read(&packs[3]).is_err());
        assert!(reader.read(&Pack { offset: u64::MAX, length: 2, raw: true }).is_err());
    }
}
