//! The first pass over the corpus: reads all documents, learns the templates, and keeps texts for the second pass as
//! far as memory allows.

use crate::decode::Fault;
use crate::error::{Error, Result};
use crate::learn::{self, Evidence, Template, keys};
use crate::read::{Read, read};
use crate::walk::Source;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes of a text and its slot that stay on the shelf in any case: less than will be held of its document when it is taken
/// down. To open a million files of a line a second time takes longer than to clean them.
const SMALL: u64 = 512;

/// Documents that were read already.
#[derive(Debug, Default)]
pub struct Shelf {
    slots: Vec<Mutex<Option<Read>>>,
}

impl Shelf {
    /// Takes a document off the shelf.
    pub fn take(&self, at: usize) -> Option<Read> {
        self.slots.get(at).and_then(|slot| slot.lock().ok()?.take())
    }

    /// A shelf with room for `count` documents.
    fn new(count: usize) -> Self {
        Self { slots: (0..count).map(|_| Mutex::new(None)).collect() }
    }
}

/// Learns the templates of the documents. At most `budget` bytes of texts stay on the shelf, and all that take no more than
/// [`SMALL`].
pub fn teach(input: &Path, sources: &[Source], budget: u64) -> Result<(Vec<Template>, Shelf)> {
    let shelf = Shelf::new(sources.len());
    let used = AtomicU64::new(0);
    let evidence: Vec<Evidence> = sources
        .par_iter()
        .enumerate()
        .map(|(at, source)| {
            let read = match read(input, source) {
                Ok(read) => read,
                // The second pass tells of it, unless it cannot go on either.
                Err(Fault::Exhausted(why)) => {
                    let why = std::io::Error::other(why);
                    return Err(Error::io("reading", input.join(&source.path))(why));
                }
                Err(_) => return Ok(Evidence::default()),
            };
            let found =
                read.decoded.as_ref().map_or_else(|_| Evidence::default(), |d| learn::evidence(&source.name, &d.text));
            let size = read.decoded.as_ref().map_or(64, |decoded| decoded.text.capacity() as u64 + 128);
            let fits = || used.fetch_add(size, Ordering::Relaxed) + size <= budget;
            if size <= SMALL || fits() {
                if let Some(Ok(mut slot)) = shelf.slots.get(at).map(Mutex::lock) {
                    *slot = Some(read);
                }
            } else {
                used.fetch_sub(size, Ordering::Relaxed);
            }
            Ok(found)
        })
        .collect::<Result<_>>()?;
    let found = learn::learn(&evidence);
    drop(evidence);
    let templates = describe(input, sources, &found, &shelf)?;
    Ok((templates, shelf))
}

/// Looks up the words of the lines found.
fn describe(input: &Path, sources: &[Source], found: &[learn::Found], shelf: &Shelf) -> Result<Vec<Template>> {
    let mut wanted: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for line in found.iter().flat_map(|found| &found.lines) {
        wanted.entry(line.doc).or_default().push(line.line);
    }
    type Sampled = (Vec<u16>, BTreeMap<u32, String>);
    let samples: BTreeMap<u32, Sampled> = wanted
        .par_iter()
        .map(|(doc, lines)| {
            let at = *doc as usize;
            let slot = shelf.slots.get(at).and_then(|slot| slot.lock().ok());
            let kept = slot.as_ref().and_then(|slot| slot.as_ref());
            let again = if kept.is_none() { read(input, &sources[at]).ok() } else { None };
            // A file that is gone by now gives no sample; its lines were counted as they stood.
            let Some(text) = kept.or(again.as_ref()).and_then(|read| read.decoded.as_ref().ok()) else {
                return (*doc, Sampled::default());
            };
            let all: Vec<&str> = text.text.lines().collect();
            let full: Vec<&str> =
                all.iter().filter(|line| !line.trim().is_empty()).take(learn::HEAD_LINES).copied().collect();
            let held = lines.iter().filter_map(|at| Some((*at, (*all.get(*at as usize)?).to_owned()))).collect();
            (*doc, (keys::title(&full), held))
        })
        .collect();
    let sample = |doc: u32, line: u32| {
        let (title, lines) = samples.get(&doc)?;
        Some((lines.get(&line)?.as_str(), title.as_slice()))
    };
    Ok(learn::templates(found, &|doc| sources[doc as usize].name.clone(), &sample))
}
