//! The rows of the catalog, which the journal has as well, and what stands before them.

use super::codec::{Get, Put};
use super::{Row, TextSeal};
use crate::audit::Pack;
use crate::checksum;
use crate::intake::Doc;
use crate::join::{Frame, PARTS};
use crate::walk::{Source, Stamp};

/// How the catalog names the files beside it.
pub struct Names {
    pub sorted: [[Frame; 2]; 2],
    pub base: Vec<Option<u32>>,
    pub pairs: u64,
    pub passages: u64,
}

/// Reads the names.
pub fn names(get: &mut Get) -> Option<Names> {
    let mut frame = || {
        let seal = get.u64()?;
        let bounds = (0..=PARTS).map(|_| get.u64()).collect::<Option<_>>()?;
        Some(Frame { seal, bounds })
    };
    let mut sorted = || Some([frame()?, frame()?]);
    let sorted = [sorted()?, sorted()?];
    let base = get.bytes()?.chunks_exact(4).map(|number| {
        let number = u32::from_le_bytes(number.try_into().unwrap_or_default());
        (number != NOWHERE).then_some(number)
    });
    Some(Names { sorted, base: base.collect(), pairs: get.u64()?, passages: get.u64()? })
}

/// The number of a document that is gone.
pub const NOWHERE: u32 = u32::MAX;

/// Reads the row of a document; `size` is that of the whole file, in which the path stands.
pub fn row(get: &mut Get, size: usize) -> Option<Row> {
    let number = get.u32()?;
    let path = get.bytes()?;
    let end = size - get.0.len();
    let path = end - path.len()..end;
    let stamp = Stamp { size: get.u64()?, mtime: get.u64()? as i64, ctime: get.u64()? as i64, inode: get.u64()? };
    let bytes_hash = get.u128()?;
    let text = TextSeal { length: get.u64()?, hash: get.u128()?, mtime: get.u64()? as i64 };
    let (offset, length) = (get.u64()?, get.u64()?);
    let pack = (length > 0).then_some(Pack { offset, length, raw: false });
    let (start, length) = (usize::try_from(get.u64()?).ok()?, get.u32()? as usize);
    Some(Row { number, path, stamp, bytes_hash, text, pack, entry: start..start.checked_add(length)? })
}

/// Adds the row of a document.
pub fn put_row(put: &mut Put, number: u32, source: &Source, doc: &Doc, (offset, length): (u64, u32)) {
    let hash = doc.record.bytes_hash.as_deref().and_then(checksum::parse);
    put.u32(number);
    put.bytes(source.name.as_bytes());
    // The stamp of a file that gave no bytes says nothing of the text; only its size is still told.
    let stamp = if doc.text.stale { Stamp { size: source.bytes, ..Stamp::default() } } else { source.stamp };
    put.u64(stamp.size);
    put.u64(stamp.mtime as u64);
    put.u64(stamp.ctime as u64);
    put.u64(stamp.inode);
    put.u128(hash.unwrap_or_default());
    let text = doc.text.seal;
    put.u64(text.length);
    put.u128(text.hash);
    put.u64(text.mtime as u64);
    let (at, size) = doc.record.pack.map_or((0, 0), |pack| (pack.offset, pack.length));
    put.u64(at);
    put.u64(size);
    put.u64(offset);
    put.u32(length);
}
