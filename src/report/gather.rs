//! The figures of a finished output: one pass over each audit file.

use super::brief::RemovalBrief;
use super::data::Data;
use super::figures::Figures;
use crate::audit::{DocumentRecord, DuplicateRecord, PassageRecord, RemovalRecord};
use crate::counts::Counts;
use crate::error::Result;
use crate::published::{AUDIT, Published};

/// Reads the audit.
pub(super) fn gather(out: &Published) -> Result<Data> {
    let mut figures = Figures::default();
    for pair in out.records::<DuplicateRecord>(AUDIT[2])? {
        figures.pair(&pair?);
    }
    for passage in out.records::<PassageRecord>(AUDIT[3])? {
        figures.passage(&passage?);
    }
    let mut documents = out.records::<DocumentRecord>(AUDIT[0])?;
    let mut removals = out.records::<RemovalRecord>(AUDIT[1])?;
    let (mut line, mut ahead, mut own) = (Vec::new(), Vec::new(), Vec::new());
    let mut start = [0; 2];
    let mut more = removals.line(&mut ahead)?;
    while documents.line(&mut line)? {
        let document: DocumentRecord = documents.parse(&line)?;
        let mut counts = Counts::default();
        let begins = start;
        start[0] = documents.mark().offset;
        own.clear();
        while more {
            let removal = RemovalBrief::of(&ahead).map_or_else(|| removals.parse(&ahead), Ok)?;
            if removal.path != document.path {
                break;
            }
            counts.add(&removal.rule, removal.action, removal.class, removal.end.saturating_sub(removal.start));
            own.extend_from_slice(&ahead);
            start[1] = removals.mark().offset;
            more = removals.line(&mut ahead)?;
        }
        figures.removals(&counts, &own, begins[1])?;
        figures.document(&document, begins[0]);
    }
    Ok(figures.finish(out.run(), out.templates()?))
}
