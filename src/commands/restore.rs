//! `restore`: the original bytes of one document or of all, or what single rules have cut.

use super::{Console, document, protected};
use crate::audit::{Decision, DocumentRecord, RemovalRecord};
use crate::cli::{Exit, RestoreArgs};
use crate::error::{Error, Result};
use crate::names::{self, printable};
use crate::paths;
use crate::published::{AUDIT, Published};
use crate::summary::{counted, group};
use crate::whole;
use std::io::ErrorKind;
use std::path::Path;

pub(super) fn restore(args: &RestoreArgs, console: &mut Console) -> Result<Exit> {
    let out = Published::open(&args.out)?;
    let input = out.input();
    let protected = protected(&out, &input);
    if let Some(folder) = &args.all {
        check_new(folder)?;
        paths::check_folder("--all", folder, &protected)?;
        return if args.rule.is_empty() {
            all(&out, folder, console)
        } else {
            all_of(&out, &args.rule, folder, console)
        };
    }
    if let Some(file) = &args.to {
        paths::check_file("--to", file, &protected)?;
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
        names::quoted(out.root())
    )))
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

/// What becomes of a document with `--all`.
enum Part {
    Bytes(Vec<u8>),
    /// There is nothing of it in the output, and never was.
    Unread,
    /// It was dropped as a copy, and its cuts with it.
    Dropped,
    /// It is not asked for.
    Other,
}

/// What became of all documents.
#[derive(Debug, Default)]
struct Tally {
    restored: u64,
    unread: u64,
    damaged: u64,
    dropped: u64,
}

fn all(out: &Published, folder: &Path, console: &mut Console) -> Result<Exit> {
    let original = |record: &DocumentRecord, removals: &[RemovalRecord]| {
        if record.decision == Decision::Quarantine && record.text_hash.is_none() {
            return Ok(Part::Unread);
        }
        out.original(record, removals).map(Part::Bytes)
    };
    let told = |_: &Tally| format!("restored to {}", names::shown(folder));
    let tally = each(out, folder, &original, &told, console)?;
    Ok(if tally.unread > 0 { Exit::Quarantine } else { Exit::Done })
}

/// Every kept document that these rules have cut, with those cuts undone.
fn all_of(out: &Published, rules: &[String], folder: &Path, console: &mut Console) -> Result<Exit> {
    check_names(out, rules)?;
    let undone = |record: &DocumentRecord, removals: &[RemovalRecord]| {
        match record.decision {
            _ if !removals.iter().any(|removal| rules.contains(&removal.rule)) => return Ok(Part::Other),
            Decision::Drop => return Ok(Part::Dropped),
            Decision::Keep | Decision::Quarantine => {}
        }
        given_back(out, record, removals, rules).map(|text| Part::Bytes(text.into_bytes()))
    };
    let told = |tally: &Tally| {
        let rules: Vec<_> = rules.iter().map(|rule| printable(rule)).collect();
        format!("with the cuts of {} undone in {}{}", rules.join(", "), names::shown(folder), left_out(tally.dropped))
    };
    each(out, folder, &undone, &told, console)?;
    Ok(Exit::Done)
}

/// What is said of dropped documents that a rule has cut as well.
fn left_out(dropped: u64) -> String {
    match dropped {
        0 => String::new(),
        1 => "; 1 more that was cut is left out, since it was dropped as a copy: restore it by its name".into(),
        more => format!(
            "; {} more that were cut are left out, since they were dropped as copies: restore them by name",
            group(more)
        ),
    }
}

/// Writes what `make` makes of each document into a folder, and tells how many by what `told` says of them, also where it
/// stops short. Fails if something of the output is damaged.
fn each(
    out: &Published,
    folder: &Path,
    make: &dyn Fn(&DocumentRecord, &[RemovalRecord]) -> Result<Part>,
    told: &dyn Fn(&Tally) -> String,
    console: &mut Console,
) -> Result<Tally> {
    let mut tally = Tally::default();
    let done = write_each(out, folder, make, &mut tally, console);
    let restored = counted(tally.restored, "document", "documents");
    let _ = writeln!(console.stderr, "dechaff: {restored} {}", told(&tally));
    done?;
    if tally.damaged == 0 {
        return Ok(tally);
    }
    let many = counted(tally.damaged, "document is", "documents are");
    Err(Error::State {
        path: out.root().to_owned(),
        message: format!("{many} damaged or missing and not restored, as told above; `dechaff verify` says more"),
    })
}

/// A document that the output no longer holds whole is named, and the others are restored all the same.
fn write_each(
    out: &Published,
    folder: &Path,
    make: &dyn Fn(&DocumentRecord, &[RemovalRecord]) -> Result<Part>,
    tally: &mut Tally,
    console: &mut Console,
) -> Result<()> {
    for document in out.documents()? {
        let (record, removals) = document?;
        let mut name = |why: &str| {
            let _ = writeln!(console.stderr, "dechaff: {}: not restored: {why}", printable(&record.path));
        };
        match out.corpus_path(&record).and_then(|_| make(&record, &removals)) {
            Ok(Part::Bytes(bytes)) => {
                let target = folder.join(names::decode(&record.path));
                if let Some(parent) = target.parent() {
                    std::fs::create_dir_all(parent).map_err(Error::io("restoring", parent))?;
                }
                write_new(&target, &bytes)?;
                tally.restored += 1;
            }
            Ok(Part::Unread) => {
                name("it could not be read when the output was made");
                tally.unread += 1;
            }
            Ok(Part::Dropped) => tally.dropped += 1,
            Ok(Part::Other) => {}
            Err(error) => {
                name(&printable(&error.to_string()));
                tally.damaged += 1;
            }
        }
    }
    Ok(())
}

fn write_new(path: &Path, bytes: &[u8]) -> Result<()> {
    whole::create(path, bytes).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => {
            Error::Usage(format!("{} exists, and nothing is ever overwritten: name a new file", names::shown(path)))
        }
        _ => Error::io("restoring", path)(error),
    })
}
