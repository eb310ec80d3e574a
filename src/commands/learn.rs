//! `learn`: the templates of a folder as a file that a person can edit and hand back.

use super::Console;
use crate::cli::{Exit, LearnArgs};
use crate::error::{Error, Result};
use crate::paths::{self, Protected};
use crate::whole;
use crate::{learn, names, teach, walk};
use std::io::ErrorKind;
use std::path::Path;

pub(super) fn learn(args: &LearnArgs, console: &mut Console) -> Result<Exit> {
    if let Some(path) = &args.out {
        paths::check_file("--out", path, &[Protected::Input(&args.input)])?;
        // Before the work that would be in vain.
        whole::check_new(path).map_err(|error| refused(path, error))?;
    }
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(args.threads)
        .build()
        .map_err(|e| Error::Usage(format!("--threads {}: {e}", args.threads)))?;
    let walked = walk::walk(&args.input, &args.include, &args.exclude)?;
    let (templates, _) = pool.install(|| teach::teach(&args.input, &walked.sources, 0))?;
    let text = learn::file::write(&templates)?;
    match &args.out {
        None => console.print(text)?,
        Some(path) => whole::create(path, text.as_bytes()).map_err(|error| refused(path, error))?,
    }
    let lines: usize = templates.iter().map(|template| template.lines.len()).sum();
    let review = templates.iter().filter(|template| !template.apply).count();
    let _ = writeln!(
        console.stderr,
        "dechaff: {} templates with {lines} lines learned from {} files, {review} of them for review",
        templates.len(),
        walked.sources.len()
    );
    Ok(Exit::Done)
}

fn refused(path: &Path, error: std::io::Error) -> Error {
    match error.kind() {
        ErrorKind::AlreadyExists => Error::Usage(format!(
            "--out {}: the file exists, and nothing is ever overwritten: name a new one",
            names::shown(path)
        )),
        _ => Error::io("writing templates", path)(error),
    }
}
