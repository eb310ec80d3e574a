//! Files of an output folder: buffered, and hashed as they are written.

use crate::checksum::{self, Sum};
use crate::error::{Error, Result};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use xxhash_rust::xxh3::Xxh3;

/// Checksums of finished files, by their names below the output folder.
pub type Sums = Arc<Mutex<BTreeMap<String, Sum>>>;

/// A buffered file of the output. Errors come from each call and from `finish`, never from a silent drop.
#[derive(Debug)]
pub struct Output {
    writer: BufWriter<Sink>,
    path: PathBuf,
    name: String,
    sums: Sums,
}

/// A file that is hashed as it is written.
struct Sink {
    file: File,
    hash: Xxh3,
    length: u64,
}

impl std::fmt::Debug for Sink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.file.fmt(f)
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let length = self.file.write(bytes)?;
        self.hash.update(&bytes[..length]);
        self.length += length as u64;
        Ok(length)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

impl Output {
    /// Creates the file `name` below the folder `root`; its checksum goes to `sums` when it is finished.
    pub fn create(root: &Path, name: &str, sums: &Sums) -> Result<Self> {
        let path = root.join(name);
        let file = create(&path).map_err(Error::io("writing the audit", &path))?;
        let sink = Sink { file, hash: Xxh3::new(), length: 0 };
        Ok(Self { writer: BufWriter::with_capacity(1 << 18, sink), path, name: name.into(), sums: sums.clone() })
    }

    /// Appends one record as a line of JSON.
    pub fn record(&mut self, record: &impl Serialize) -> Result<()> {
        serde_json::to_writer(&mut self.writer, record)
            .map_err(std::io::Error::from)
            .and_then(|()| self.writer.write_all(b"\n"))
            .map_err(Error::io("writing the audit", &self.path))
    }

    /// Appends a record as JSON for people to read.
    pub fn pretty(&mut self, record: &impl Serialize) -> Result<()> {
        serde_json::to_writer_pretty(&mut self.writer, record)
            .map_err(std::io::Error::from)
            .and_then(|()| self.writer.write_all(b"\n"))
            .map_err(Error::io("writing the audit", &self.path))
    }

    /// Appends bytes.
    pub fn bytes(&mut self, bytes: &[u8]) -> Result<()> {
        self.writer.write_all(bytes).map_err(Error::io("writing the audit", &self.path))
    }

    /// Bytes so far.
    pub fn length(&self) -> u64 {
        self.writer.get_ref().length + self.writer.buffer().len() as u64
    }

    /// Hands everything so far to the system, where it outlives the process.
    pub fn hand_over(&mut self) -> Result<()> {
        self.writer.flush().map_err(Error::io("writing the audit", &self.path))
    }

    /// Hands everything to the system.
    pub fn finish(mut self) -> Result<()> {
        self.hand_over()?;
        let sum = checksum::hex(self.writer.get_ref().hash.digest128());
        self.sums.lock().unwrap_or_else(PoisonError::into_inner).insert(self.name, sum);
        Ok(())
    }
}

/// Creates a file in the place of one that is there, and the folders above it where they are missing.
pub fn create(path: &Path) -> std::io::Result<File> {
    let found = match File::create_new(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            fs::create_dir_all(path.parent().unwrap_or(Path::new("/")))?;
            File::create_new(path)
        }
        other => other,
    };
    match found {
        // Never written into: the file may have another name in the published output.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            fs::remove_file(path)?;
            File::create_new(path)
        }
        other => other,
    }
}
