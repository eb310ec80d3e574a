//! What becomes of an input file that an earlier run knew: nothing is decoded, cleaned or sketched again.

use crate::error::Result;
use crate::fingerprint::fingerprints;
use crate::intake::{How, Leavings, Text, Where};
use crate::key;
use crate::library::Profile;
use crate::publish::Staging;
use crate::state::codec::{self, Known};
use crate::state::{Memory, Row};
use crate::walk::Source;

/// Takes over what was known of a document with the same bytes, and its text into the staging folder; `None` where
/// the text in the output is not what was written there.
pub fn recall(memory: &Memory, row: &Row, source: &Source, staging: &Staging) -> Result<Option<Leavings>> {
    let mut text = Text { seal: row.text, place: Where::Staging, blob: None };
    let bytes = match &row.pack {
        Some(pack) => {
            text.place = Where::Packed(*pack);
            memory.text(row)
        }
        // Linked where the path is the same: two documents never share a file.
        None if memory.path(row) == source.name && staging.link_document(memory.out(), source, &row.text)? => {
            Some(staging.read_document(source)?).filter(|bytes| row.text.fits(bytes))
        }
        None => match memory.text(row) {
            Some(bytes) => {
                text.seal = staging.write_document(source, &bytes)?;
                Some(bytes)
            }
            None => None,
        },
    };
    let Some(cleaned) = bytes.and_then(|bytes| String::from_utf8(bytes).ok()) else { return Ok(None) };
    let blob = memory.blob(row);
    let Known { doc, card, removals, counts } =
        codec::read(blob, &source.name, row.bytes_hash, text).ok_or_else(|| memory.unreadable())?;
    let key = key::key(&cleaned);
    let prints = fingerprints(&key.symbols);
    Ok(Some(Leavings {
        doc,
        profile: Some(Profile { key, prints, card }),
        removals,
        raw: None,
        counts,
        blob: Some(blob.to_vec()),
        known: How::Unread,
    }))
}
