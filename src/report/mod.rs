//! `OUT/report`: static pages to look at. What the pages show is gathered from the records (`figures`, `detail`) apart from how it is shown (one file for each kind of page). The records in `OUT/audit` stay
//! authoritative, and the same records make the same bytes.

mod brief;
mod chart;
mod data;
mod detail;
mod diff;
mod document;
mod figures;
mod frame;
mod gather;
mod group;
mod index;
mod least;
mod list;
mod pair;
mod rules;
mod text;
mod thresholds;
mod why;

pub use diff::{Diff, Level, Row, Side, Tone, diff};
pub use figures::Figures;
pub use text::{Text, say};

use crate::error::{Error, Result};
use crate::learn::Template;
use crate::publish::Staging;
use crate::published::Published;
use crate::summary::RunFile;
use data::Data;
use rayon::prelude::*;
use sha2::{Digest, Sha256};
use std::path::Path;

/// Which pages are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Mode {
    /// A page for every pair, every group and every document that something happened to.
    Full,
    /// Pages for the sample, the largest groups and what belongs to them.
    #[default]
    Sample,
    /// No pages.
    None,
}

/// The language a page opens with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Lang {
    /// Chinese.
    Zh,
    /// English.
    #[default]
    En,
}

impl Lang {
    /// The language of the locale.
    pub fn of_locale() -> Self {
        let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        match set("LC_ALL").or_else(|| set("LC_MESSAGES")).or_else(|| set("LANG")) {
            Some(locale) if locale.starts_with("zh") => Self::Zh,
            _ => Self::En,
        }
    }
}

/// What is asked of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// Which pages.
    pub mode: Mode,
    /// The language they open with.
    pub lang: Lang,
}

/// What all pages of a report share.
#[derive(Debug)]
pub(crate) struct Look {
    lang: Lang,
    /// Every document has its page, and there is a list of them.
    full: bool,
    /// Names this output in the browser's store of verdicts.
    run_id: String,
}

/// A name for a page that is the same in every run.
pub(crate) fn id(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize().iter().take(10).map(|byte| format!("{byte:02x}")).collect()
}

/// The page of a document, pair or group, from the folder of the report.
fn shard(kind: &str, id: &str) -> String {
    format!("{kind}/{}/{id}.html", &id[..2])
}

/// Writes the report of a staging folder whose audit files are finished, and whose `figures` were gathered as they were
/// written.
pub fn write(
    staging: &Staging,
    run: &RunFile,
    figures: Figures,
    templates: &[Template],
    options: Options,
) -> Result<()> {
    if options.mode == Mode::None {
        return Ok(());
    }
    let out = Published::of_staging(staging.root(), run);
    pages(&out, &figures.finish(run, templates.to_vec()), options, &|name, page| {
        let mut file = staging.file(&format!("report/{name}"))?;
        file.bytes(page.as_bytes())?;
        file.finish()
    })
}

/// Makes the report of an output again, in place of the one it has.
pub fn remake(out: &Published, options: Options) -> Result<()> {
    fn fail(path: &Path) -> impl FnOnce(std::io::Error) -> Error {
        Error::io("writing the report", path)
    }
    let made =
        tempfile::Builder::new().prefix(".report-").tempdir_in(out.root()).map_err(|error| fail(out.root())(error))?;
    let put = |name: &str, page: String| {
        let path = made.path().join("report").join(name);
        let folder = path.parent().unwrap_or(made.path());
        std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&path, page)).map_err(|error| fail(&path)(error))
    };
    if options.mode != Mode::None {
        pages(out, &gather::gather(out)?, options, &put)?;
    }
    let (new, old, place) = (made.path().join("report"), made.path().join("old"), out.root().join("report"));
    std::fs::create_dir_all(&new).map_err(|error| fail(&new)(error))?;
    if place.exists() {
        std::fs::rename(&place, &old).map_err(|error| fail(&place)(error))?;
    }
    std::fs::rename(&new, &place).map_err(|error| fail(&place)(error))
}

type Put<'p> = &'p (dyn Fn(&str, String) -> Result<()> + Sync);

fn pages(out: &Published, data: &Data, options: Options, put: Put) -> Result<()> {
    let details = detail::load(out, data, options.mode)?;
    let look = Look { lang: options.lang, full: options.mode == Mode::Full, run_id: data.run_id.clone() };
    put("index.html", index::render(&look, data, &details))?;
    put("rules.html", rules::render(&look, data, &details))?;
    put("thresholds.html", thresholds::render(&look, data))?;
    if look.full {
        list::pages(&look, &details).into_iter().try_for_each(|(name, page)| put(&name, page))?;
    }
    details.documents.par_iter().try_for_each(|(path, document)| {
        put(&shard("doc", &id(&[path])), document::render(&look, out, document, &details)?)
    })?;
    details.pairs.par_iter().try_for_each(|(names, pair)| {
        put(&shard("pair", &id(&[&names.0, &names.1])), pair::render(&look, out, pair, &details)?)
    })?;
    details.groups.par_iter().try_for_each(|(survivor, members)| {
        put(&shard("group", &id(&[survivor])), group::render(&look, out, survivor, members, &details)?)
    })
}
