//! `OUT/report`: pages to look at. Gathering (`gather`) and rendering (`page`) are apart, so that the same data can
//! be shown in another way. The records in `OUT/audit` stay authoritative.

mod page;

use crate::audit::{Decision, DocumentRecord, DuplicateRecord, PassageRecord};
use crate::error::Result;
use crate::publish::Staging;
use crate::published::{AUDIT, Records};
use crate::summary::RunFile;
use std::path::Path;

/// Rows of a table on the page; the rest is in the audit.
const ROWS: usize = 200;

/// Rows of a table, and how many there are in all.
#[derive(Debug, Clone, PartialEq)]
pub struct Table<T> {
    /// The first rows.
    pub rows: Vec<T>,
    /// All rows.
    pub total: u64,
}

/// What the page shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Data {
    /// Configuration and figures.
    pub run: RunFile,
    /// Documents in quarantine and documents to review.
    pub attention: Table<DocumentRecord>,
    /// Verified pairs.
    pub duplicates: Table<DuplicateRecord>,
    /// Repeated passages.
    pub passages: Table<PassageRecord>,
}

/// Reads what the page shows from the audit files below `root`, which must be finished.
pub fn gather(root: &Path, run: &RunFile) -> Result<Data> {
    let wants = |record: &DocumentRecord| record.decision == Decision::Quarantine || record.review.is_some();
    Ok(Data {
        run: run.clone(),
        attention: table(root, AUDIT[0], wants)?,
        duplicates: table(root, AUDIT[2], |_| true)?,
        passages: table(root, AUDIT[3], |_| true)?,
    })
}

/// Writes the report of a staging folder whose audit files are finished.
pub fn write(staging: &Staging, run: &RunFile) -> Result<()> {
    let data = gather(staging.root(), run)?;
    let mut file = staging.file("report/index.html")?;
    file.bytes(page::render(&data).as_bytes())?;
    file.finish()
}

fn table<T: serde::de::DeserializeOwned>(root: &Path, name: &str, takes: impl Fn(&T) -> bool) -> Result<Table<T>> {
    let mut table = Table { rows: Vec::new(), total: 0 };
    for record in Records::<T>::open(root.join(name))? {
        let record = record?;
        if takes(&record) {
            table.total += 1;
            if table.rows.len() < ROWS {
                table.rows.push(record);
            }
        }
    }
    Ok(table)
}
