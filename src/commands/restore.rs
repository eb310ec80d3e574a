//! `restore`: the original bytes of one document or of all.

use super::{Console, document};
use crate::audit::Decision;
use crate::cli::{Exit, RestoreArgs};
use crate::error::{Error, Result};
use crate::names::{self, printable};
use crate::published::Published;
use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::Path;

pub(super) fn restore(args: &RestoreArgs, console: &mut Console) -> Result<Exit> {
    let out = Published::open(&args.out)?;
    if let Some(folder) = &args.all {
        return all(&out, folder, console);
    }
    let named = args.document.as_ref().ok_or_else(|| Error::Usage("name a DOC, or --all DIR".into()))?;
    let (record, removals) = document(&out, named)?;
    let bytes = out.original(&record, &removals)?;
    match &args.to {
        Some(path) => write_new(path, &bytes)?,
        None => console.print(bytes)?,
    }
    Ok(Exit::Done)
}

fn all(out: &Published, folder: &Path, console: &mut Console) -> Result<Exit> {
    match std::fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(Error::io("restoring", folder)(error)),
        Ok(mut entries) => {
            if entries.next().is_some() {
                return Err(Error::Usage(format!(
                    "--all {}: the folder is not empty, and nothing is ever overwritten: name a new one",
                    names::shown(folder)
                )));
            }
        }
    }
    let (mut restored, mut missing) = (0u64, 0u64);
    for document in out.documents()? {
        let (record, removals) = document?;
        let source = out.corpus_path(&record)?;
        if record.decision == Decision::Quarantine && !source.is_file() {
            missing += 1;
            let _ = writeln!(
                console.stderr,
                "dechaff: {}: could not be read when the output was made, not restored",
                printable(&record.path)
            );
            continue;
        }
        let target = folder.join(names::decode(&record.path));
        if let Some(parent) = target.parent() {
            std::fs::create_dir_all(parent).map_err(Error::io("restoring", parent))?;
        }
        write_new(&target, &out.original(&record, &removals)?)?;
        restored += 1;
    }
    let _ = writeln!(console.stderr, "dechaff: {restored} documents restored to {}", names::shown(folder));
    Ok(if missing > 0 { Exit::Quarantine } else { Exit::Done })
}

fn write_new(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut file = match File::create_new(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            return Err(Error::Usage(format!(
                "{} exists, and nothing is ever overwritten: name a new file",
                names::shown(path)
            )));
        }
        other => other.map_err(Error::io("restoring", path))?,
    };
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(Error::io("restoring", path))
}
