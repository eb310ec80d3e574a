//! `OUT/manifest.xxh128`: a checksum for each file of an output, in the form that `xxhsum -c` reads.
//!
//! XXH3-128 and not SHA-256: the manifest is there to find damage, not forgery (who can change a file can change the
//! manifest), and at about 10 GB/s against 0.5 it costs nothing beside writing the file. Texts are hashed when they
//! are written, while their bytes are at hand, so nothing is read again. `run.json` holds the checksum of the manifest
//! itself. The pages are not in it: `dechaff report` makes them again at any time.

use crate::checksum::{self, Sum};
use crate::error::{Error, Result};
use crate::names;
use crate::summary::RunFile;
use rayon::prelude::*;
use std::fs::File;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use xxhash_rust::xxh3::Xxh3;

/// Name of the file below the output folder.
pub const NAME: &str = "manifest.xxh128";

/// The line of a file. As with `sha256sum`, a name with a line break or backslash is escaped and marked.
pub fn line(hash: &str, path: &Path) -> Vec<u8> {
    let name = path.as_os_str().as_bytes();
    let mut line = Vec::with_capacity(name.len() + 40);
    let odd = name.iter().any(|byte| matches!(byte, b'\n' | b'\r' | b'\\'));
    if odd {
        line.push(b'\\');
    }
    line.extend_from_slice(hash.as_bytes());
    line.extend_from_slice(b"  ");
    for byte in name {
        match byte {
            b'\n' => line.extend_from_slice(b"\\n"),
            b'\r' => line.extend_from_slice(b"\\r"),
            b'\\' => line.extend_from_slice(b"\\\\"),
            byte => line.push(*byte),
        }
    }
    line.push(b'\n');
    line
}

fn parse(line: &[u8]) -> Option<(&[u8], PathBuf)> {
    let (odd, line) = line.strip_prefix(b"\\").map_or((false, line), |rest| (true, rest));
    let (hash, name) = (line.get(..32)?, line.get(32..)?.strip_prefix(b"  ")?);
    let mut plain = Vec::with_capacity(name.len());
    let mut bytes = name.iter();
    while let Some(byte) = bytes.next() {
        match (odd, byte) {
            (true, b'\\') => plain.push(match bytes.next()? {
                b'n' => b'\n',
                b'r' => b'\r',
                b'\\' => b'\\',
                _ => return None,
            }),
            (_, byte) => plain.push(*byte),
        }
    }
    let path = PathBuf::from(std::ffi::OsStr::from_bytes(&plain));
    names::is_plain(&path).then_some((hash, path))
}

/// Checks every file of an output against its manifest and tells what does not fit. `None`: the output has none,
/// because an earlier version made it.
pub fn check(out: &Path, run: &RunFile) -> Result<Option<Vec<String>>> {
    let Some(expected) = &run.manifest else { return Ok(None) };
    let path = out.join(NAME);
    let bytes = std::fs::read(&path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            Error::State { path: path.clone(), message: "is missing: the output is incomplete".into() }
        }
        _ => Error::io("reading OUT", &path)(error),
    })?;
    let mut hash = Xxh3::new();
    hash.update(&bytes);
    if *checksum::hex(hash.digest128()) != **expected {
        return Ok(Some(vec![format!("{NAME} is not the one that run.json names")]));
    }
    let lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect();
    let findings = lines.par_iter().filter_map(|line| {
        let Some((expected, path)) = parse(line) else {
            return Some(format!("{NAME} has a line that is none: {}", String::from_utf8_lossy(line)));
        };
        let shown = names::shown(&path);
        match of_file(&out.join(&path)) {
            Ok(hash) if hash.as_bytes() == expected => None,
            Ok(_) => Some(format!("{shown} is not what was written (its checksum differs)")),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Some(format!("{shown} is missing")),
            Err(error) => Some(format!("{shown} cannot be read: {error}")),
        }
    });
    Ok(Some(findings.collect()))
}

/// The checksum of a file.
pub fn of_file(path: &Path) -> std::io::Result<Sum> {
    let mut file = File::open(path)?;
    let mut hash = Xxh3::new();
    let mut buffer = [0; 1 << 15];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok(checksum::hex(hash.digest128())),
            Ok(length) => hash.update(&buffer[..length]),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsStr;

    #[test]
    fn any_name_comes_back_from_its_line() {
        let hash = "0123456789abcdef0123456789abcdef";
        for name in [&b"corpus/a b.txt"[..], b"x\ny", b"x\\ny", b"\\", b"\xFF\x1b", "corpus/左\u{202e}.txt".as_bytes()]
        {
            let path = Path::new(OsStr::from_bytes(name));
            let line = line(hash, path);
            assert_eq!(line.iter().filter(|byte| **byte == b'\n').count(), 1);
            assert_eq!(parse(&line[..line.len() - 1]), Some((hash.as_bytes(), path.to_owned())));
        }
        assert_eq!(line(hash, Path::new("a")), format!("{hash}  a\n").into_bytes());
        assert_eq!(line(hash, Path::new("a\nb")), format!("\\{hash}  a\\nb\n").into_bytes());
        for wrong in
            [&b""[..], b"abc", b"0123456789abcdef0123456789abcdef  ../x", b"0123456789abcdef0123456789abcdef x"]
        {
            assert_eq!(parse(wrong), None);
        }
    }
}
