//! `restore`: the original bytes of one document or of all, or what single rules have cut.

use super::{Console, document, protected};
use crate::audit::{Decision, DocumentRecord, RemovalRecord};
use crate::cli::{Exit, RestoreArgs};
use crate::error::{Error, Result};
use crate::names::{self, printable};
use crate::published::{AUDIT, Published};
use crate::walk;
use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::Path;

pub(super) fn restore(args: &RestoreArgs, console: &mut Console) -> Result<Exit> {
    let out = Published::open(&args.out)?;
    let input = out.input();
    let protected = protected(&out, &input);
    if let Some(folder) = &args.all {
        check_new(folder)?;
        walk::check_folder("--all", folder, &protected)?;
        return if args.rule.is_empty() {
            all(&out, folder, console)
        } else {
            all_of(&out, &args.rule, folder, console)
        };
    }
    if let Some(file) = &args.to {
        walk::check_file("--to", file, &protected)?;
    }
    let named = args.document.as_ref().ok_or_else(|| Error::Usage("name a DOC, or --all DIR".into()))?;
    let (record, removals) = document(&out, named)?;
    let bytes = if args.rule.is_empty() {
        out.original(&record, &removals)?
    } else {
        check_names(&out, &args.rule)?;
        given_back(&out, &record, &removals, &args.rule)?.into_bytes()
    };
    match &args.to {
        Some(path) => write_new(path, &bytes)?,
        None => console.print(bytes)?,
    }
    Ok(Exit::Done)
}

/// The cleaned text of a document with the cuts of some rules undone.
fn given_back(
    out: &Published,
    record: &DocumentRecord,
    removals: &[RemovalRecord],
    rules: &[String],
) -> Result<String> {
    if record.decision == Decision::Quarantine {
        return Err(Error::Usage(format!("{}: quarantined, no rule has cut it", printable(&record.path))));
    }
    let text = out.decoded(record, removals)?;
    let stay: Vec<&RemovalRecord> = removals.iter().filter(|removal| !rules.contains(&removal.rule)).collect();
    let mut kept = String::with_capacity(text.len());
    let (mut chars, mut at) = (text.chars(), 0u64);
    for removal in stay {
        kept.extend(chars.by_ref().take(removal.start.saturating_sub(at) as usize));
        chars.by_ref().take(removal.end.saturating_sub(removal.start) as usize).for_each(drop);
        at = removal.end;
    }
    kept.extend(chars);
    Ok(kept)
}

/// Refuses a name under which nothing was cut: most likely it is mistyped.
fn check_names(out: &Published, rules: &[String]) -> Result<()> {
    let mut unknown: Vec<&String> = rules.iter().collect();
    for record in out.records::<RemovalRecord>(AUDIT[1])? {
        let record = record?;
        unknown.retain(|name| **name != record.rule);
        if unknown.is_empty() {
            return Ok(());
        }
    }
    let names: Vec<String> = unknown.into_iter().map(|name| printable(name)).collect();
    Err(Error::Usage(format!(
        "--rule {}: nothing was cut by it in this output; `dechaff rules --of {}` lists what was",
        names.join(", "),
        names::shown(out.root())
    )))
}

/// Every kept document that these rules have cut, with those cuts undone.
fn all_of(out: &Published, rules: &[String], folder: &Path, console: &mut Console) -> Result<Exit> {
    check_names(out, rules)?;
    let mut restored = 0u64;
    for document in out.documents()? {
        let (record, removals) = document?;
        if record.decision != Decision::Keep || !removals.iter().any(|removal| rules.contains(&removal.rule)) {
            continue;
        }
        out.corpus_path(&record)?;
        let target = folder.join(names::decode(&record.path));
        if let Some(parent) = target.parent() {
            std::fs::create_dir_all(parent).map_err(Error::io("restoring", parent))?;
        }
        write_new(&target, given_back(out, &record, &removals, rules)?.as_bytes())?;
        restored += 1;
    }
    let _ = writeln!(
        console.stderr,
        "dechaff: {restored} documents with the cuts of {} undone in {}",
        rules.iter().map(|rule| printable(rule)).collect::<Vec<_>>().join(", "),
        names::shown(folder)
    );
    Ok(Exit::Done)
}

/// Refuses a folder with something in it.
fn check_new(folder: &Path) -> Result<()> {
    match std::fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Error::io("restoring", folder)(error)),
        Ok(mut entries) => match entries.next() {
            None => Ok(()),
            Some(_) => Err(Error::Usage(format!(
                "--all {}: the folder is not empty, and nothing is ever overwritten: name a new one",
                names::shown(folder)
            ))),
        },
    }
}

fn all(out: &Published, folder: &Path, console: &mut Console) -> Result<Exit> {
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
