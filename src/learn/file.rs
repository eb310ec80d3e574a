//! Templates as a file that a person reads, edits and hands back.

use super::Template;
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::path::Path;

const HEADER: &str = "\
# Templates that dechaff learned: lines that stand at the same edge of many different texts.
# `apply = false` strikes a template out, deleting a line spares that line, and without `folder` a template counts for
# all documents. In a line digits, punctuation and script do not matter; {title} stands for the document's own title.
# `list` says how many lines of other titles stand below a line in most texts.
# Hand the file back with: dechaff run INPUT --out OUT --templates FILE

";

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    template: Vec<Template>,
}

/// The text of a templates file.
pub fn write(templates: &[Template]) -> Result<String> {
    if templates.is_empty() {
        return Ok(HEADER.to_owned());
    }
    let file = File { template: templates.to_vec() };
    let text = toml::to_string(&file)
        .map_err(|error| Error::io("writing templates", "templates")(std::io::Error::other(error)))?;
    Ok(format!("{HEADER}{text}"))
}

const PROPOSED: &str = "\
# Lines that cleaned texts have in common at their edges, and no template of this run has. They were not cut.
# `dechaff run --relearn` learns the templates anew from all documents. Or hand back the templates of this run
# (audit/templates.toml) with what you want of these.

";

/// The text of a file of proposed templates.
pub fn proposed(templates: &[Template]) -> Result<String> {
    Ok(write(templates)?.replacen(HEADER, PROPOSED, 1))
}

/// Reads a templates file.
pub fn read(path: &Path) -> Result<Vec<Template>> {
    let text = std::fs::read_to_string(path).map_err(Error::io("reading templates", path))?;
    parse(&text, path)
}

/// Reads the text of a templates file that is, or was, at `path`.
pub fn parse(text: &str, path: &Path) -> Result<Vec<Template>> {
    let wrong = |message: String| Error::Templates { path: path.to_owned(), message };
    let file: File = toml::from_str(text).map_err(|error| wrong(error.to_string()))?;
    let mut ids: Vec<&str> = file.template.iter().map(|template| template.id.as_str()).collect();
    ids.sort_unstable();
    if let Some(twice) = ids.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(wrong(format!("the id {} stands twice", twice[0])));
    }
    Ok(file.template)
}
