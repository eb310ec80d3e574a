//! What was asked for and matched nothing, most likely because it is mistyped. It stops no run: what is asked for may be
//! yet to come, or gone.

use super::Run;
use crate::decide::preference;
use crate::exceptions::Exceptions;
use crate::intake::Doc;
use crate::learn::{self, Template};
use crate::names::{printable, shown};
use crate::walk::Walked;
use std::collections::{BTreeSet, HashSet};

/// Names that one note tells of.
const TOLD: usize = 5;

impl Run<'_> {
    /// Globs that matched no file, and preferred paths that no document lies below.
    pub(super) fn unmatched_paths(&self, walked: &Walked) -> Vec<String> {
        let prefer = &self.job.config.prefer;
        let below = |path: &&String| {
            let path = std::slice::from_ref(*path);
            walked.sources.iter().all(|source| preference(&source.name, path) > 0)
        };
        let preferred = prefer.iter().filter(below).map(|path| {
            format!(
                "--prefer {}: no document lies below this path of INPUT, so none is preferred by it",
                printable(path)
            )
        });
        let globs = walked.unmatched.iter().map(|(flag, glob)| {
            let glob = printable(glob);
            let folder = match glob.contains(['*', '?', '[', '{']) {
                true => String::new(),
                false => format!("; what lies in a folder is matched by {}/*", glob.trim_end_matches('/')),
            };
            format!("{flag} {glob}: matches no file below INPUT{folder}")
        });
        preferred.chain(globs).collect()
    }

    /// Folders that templates of a file are for, and that hold no document.
    pub(super) fn unmatched_folders(&self, templates: &[Template], docs: &[Doc]) -> Option<String> {
        let file = self.job.config.templates.as_ref()?;
        let held: HashSet<&str> = docs.iter().map(|doc| learn::folder(&doc.record.path)).collect();
        let asked: BTreeSet<&str> = templates.iter().filter_map(|template| template.folder.as_deref()).collect();
        let missing: Vec<String> = asked.into_iter().filter(|folder| !held.contains(folder)).map(printable).collect();
        let told = some(&missing)?;
        Some(format!("--templates {}: has templates for folders that hold no document: {told}", shown(file)))
    }

    /// Exceptions that are about nothing. Only where every text was looked at can that be known; other exceptions are
    /// another configuration, so where they are new it is.
    pub(super) fn unmatched_exceptions(&self, exceptions: &Exceptions, docs: &[Doc]) -> Option<String> {
        let reuse = &self.totals.reuse;
        // The checksums of all documents are gathered only where somebody asks.
        if self.job.config.exceptions.is_empty() || reuse.unread + reuse.known + reuse.resumed > 0 {
            return None;
        }
        let hashes: HashSet<&str> = docs.iter().filter_map(|doc| doc.record.bytes_hash.as_deref()).collect();
        let told = some(&exceptions.unmatched(&hashes))?;
        Some(format!("--exceptions: what these keep stands nowhere in INPUT: {told}"))
    }
}

/// The first of some names, and how many there are more.
fn some(names: &[String]) -> Option<String> {
    let first = names[..names.len().min(TOLD)].join("; ");
    match names.len().checked_sub(TOLD) {
        _ if names.is_empty() => None,
        None | Some(0) => Some(first),
        Some(more) => Some(format!("{first} and {more} more")),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_note_tells_of_few() {
        let names = |count: usize| (0..count).map(|at| at.to_string()).collect::<Vec<_>>();
        assert_eq!(super::some(&names(0)), None);
        assert_eq!(super::some(&names(2)).unwrap(), "0; 1");
        assert_eq!(super::some(&names(5)).unwrap(), "0; 1; 2; 3; 4");
        assert_eq!(super::some(&names(7)).unwrap(), "0; 1; 2; 3; 4 and 2 more");
    }
}
