//! `learn`: the templates of a folder as a file that a person can edit and hand back.

use super::Console;
use crate::cli::{Exit, LearnArgs};
use crate::error::{Error, Result};
use crate::walk::{self, Protected};
use crate::{learn, names, teach};
use std::fs::File;
use std::io::{ErrorKind, Write};

pub(super) fn learn(args: &LearnArgs, console: &mut Console) -> Result<Exit> {
    if let Some(path) = &args.out {
        walk::check_file("--out", path, &[Protected::Input(&args.input)])?;
    }
    let mut file = match &args.out {
        None => None,
        Some(path) => match File::create_new(path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                return Err(Error::Usage(format!(
                    "--out {}: the file exists, and nothing is ever overwritten: name a new one",
                    names::shown(path)
                )));
            }
            other => Some((path, other.map_err(Error::io("writing templates", path))?)),
        },
    };
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(args.threads)
        .build()
        .map_err(|e| Error::Usage(format!("--threads {}: {e}", args.threads)))?;
    let walked = walk::walk(&args.input, &args.include, &args.exclude)?;
    let (templates, _) = pool.install(|| teach::teach(&args.input, &walked.sources, 0))?;
    let text = learn::file::write(&templates)?;
    match &mut file {
        None => console.print(text)?,
        Some((path, file)) => file
            .write_all(text.as_bytes())
            .and_then(|()| file.sync_all())
            .map_err(Error::io("writing templates", path.as_path()))?,
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
