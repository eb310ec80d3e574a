//! What becomes of an input file that an earlier run knew: nothing is decoded, cleaned or sketched again.

use crate::counts::Counts;
use crate::error::Result;
use crate::fingerprint::fingerprints;
use crate::hardlink::Linker;
use crate::intake::{Entry, How, Leavings, Text, Where};
use crate::key;
use crate::library::{Arrival, Profile};
use crate::publish::Staging;
use crate::state::codec::{self, Known};
use crate::state::entries::Stretch;
use crate::state::{Memory, Row};
use crate::walk::Source;
use std::borrow::Cow;

/// Takes over what was known of a document with the same bytes, and its text into the staging folder; `None` where
/// the text in the output is not what was written there.
///
/// A text that stays where it is, is not read but with `distrust`: its size and time say that it is the one.
pub fn recall(
    memory: &Memory,
    row: &Row,
    source: &Source,
    staging: &Staging,
    stretch: &Stretch,
    distrust: bool,
    linker: &mut Linker,
) -> Result<Option<Leavings>> {
    let mut text = Text { seal: row.text, place: Where::Staging, entry: None, stale: false };
    // Linked where the path is the same: two documents never share a file.
    let same = memory.is_at(row, &source.name);
    // A run that did not end has synced nothing, kept no keys, and its pack goes with it.
    let unfinished = memory.is_unfinished();
    let mut cleaned = None;
    match &row.pack {
        Some(pack) if same && !distrust && !unfinished => text.place = Where::Packed(*pack),
        None if same && !unfinished && staging.link_document(linker, memory.corpus(), source, &row.text)? => {
            if distrust && !row.text.fits(&staging.read_document(source)?) {
                return Ok(None);
            }
        }
        place => {
            let Some(bytes) = memory.text(row) else { return Ok(None) };
            match place {
                Some(pack) if !unfinished => text.place = Where::Packed(*pack),
                None if same && staging.link_document(linker, memory.corpus(), source, &row.text)? => {}
                _ => text.seal = staging.write_document(source, &bytes)?,
            }
            let Ok(text) = String::from_utf8(bytes) else { return Ok(None) };
            cleaned = Some(text);
        }
    }
    let entry = memory.entry(row, stretch)?;
    let Known { doc, card, removals } =
        codec::read(&entry, &source.name, row.bytes_hash, text).ok_or_else(|| memory.unreadable())?;
    let arrival = match cleaned {
        Some(cleaned) if !same || unfinished => {
            let key = key::key(&cleaned);
            let prints = fingerprints(&key.symbols);
            Arrival::Made(Profile { key, prints, card })
        }
        _ => Arrival::Known(card, row.number),
    };
    // The places of entries that stay where they are go up with the paths, so that they can be read in one pass.
    let stays = same && !unfinished && matches!(entry, Cow::Borrowed(_));
    let entry = if stays { Entry::Old(row.entry.clone()) } else { Entry::Copied(entry.into_owned()) };
    let known = if unfinished { How::Resumed } else { How::Unread };
    let (arrival, entry) = (Some(arrival), Some(entry));
    Ok(Some(Leavings { doc, arrival, removals, raw: None, counts: Counts::default(), entry, known }))
}
