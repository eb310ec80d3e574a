//! Templates learned from the corpus: which lines stand at the same edge of many different texts.
//!
//! Pure: from [`Evidence`] of each document to [`Template`]s. A line is known by its key (digits, punctuation, width
//! and script fall out, the document's own title becomes a slot). It counts once for each *distinct* text, so that a
//! speech copied fifty times teaches nothing, and only outside the body that [`look`] finds.

pub mod evidence;
pub mod file;
pub mod glued;
pub mod keys;
mod lists;
pub mod look;
pub mod signs;
mod tally;

pub use evidence::{Evidence, evidence};
pub use tally::{Found, learn};

use crate::clean::automaton::{Automaton, fixed};
use crate::clean::fold::fold;
use crate::clean::guards;
use crate::document::Class;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::sync::LazyLock;

/// Distinct texts of one folder in which a line must stand: two may share a line by chance or by a copy that the
/// sketch missed, three with the same neighbours do not.
pub const FOLDER_TEXTS: u32 = 3;
/// Distinct texts where they come from several folders: the published rule for sites that are not told apart is five.
pub const OVERALL_TEXTS: u32 = 5;
/// Lines that make a run. Runs of three act alone (so do paragraph filters for Japanese); fewer need more texts.
pub const RUN: usize = 3;
/// Distinct texts for a template of fewer lines than a run.
pub const SINGLE_TEXTS: u32 = 5;
/// And the share of the folder's distinct texts that must have it, in percent.
pub const SINGLE_PERCENT: u32 = 60;
/// Share of a template's texts that each of its lines must have, in percent: rarer neighbours are what some texts say.
pub const MEMBER_PERCENT: u32 = 5;
/// A template whose running text makes up more than this share of all characters is a matter for a person: frames
/// are short lines, and running text that common may be a collection's own preface.
pub const PROSE_PERCENT: u64 = 5;
/// And so is one that would take more than this of all characters. Menus may well be longer than short news, but what is
/// nearly all of a corpus is hardly its frame.
pub const SHARE_PERCENT: u64 = 60;
/// Lines from an edge in which a frame is looked for. Portals have menus of some 160 lines above a text and of 300
/// below it.
pub const HEAD_LINES: usize = 300;
/// The same below the text.
pub const TAIL_LINES: usize = 500;

/// Which edge of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Edge {
    /// Above the body.
    Head,
    /// Below the body.
    Tail,
}

/// In what form a line is part of a template.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Form {
    /// As it stands, but for numbers and the document's title.
    #[default]
    Whole,
    /// Labels with other values in each text.
    Labels,
    /// So many symbols at the edge of a line of text.
    Glued(u16),
}

/// One line of a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TemplateLine {
    /// The line as one document has it, `{title}` in the place of the document's title.
    pub text: String,
    /// Distinct texts that have it.
    #[serde(default)]
    pub texts: u32,
    /// Whether it is part of a line of text: at the beginning of the first one, or at the end of the last one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub glued: bool,
    /// Lines of a list that stands between it and the next line that texts share: other titles in each text.
    #[serde(default, skip_serializing_if = "none")]
    pub list: u16,
}

fn none(count: &u16) -> bool {
    *count == 0
}

/// Lines that stand together at one edge of many texts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// Name, `learned/` and a hash.
    pub id: String,
    /// Class of what it cuts.
    pub class: Class,
    /// The edge.
    pub edge: Edge,
    /// The folder whose documents have it; absent where it belongs to all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    /// Whether it is used. A person may set it either way.
    #[serde(default = "yes")]
    pub apply: bool,
    /// Why it is not used until a person says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<String>,
    /// Distinct texts that have its commonest line.
    #[serde(default)]
    pub texts: u32,
    /// Some documents that have it.
    #[serde(default)]
    pub examples: Vec<String>,
    /// The lines.
    #[serde(rename = "line")]
    pub lines: Vec<TemplateLine>,
}

fn yes() -> bool {
    true
}

/// The folder of a document's name.
pub fn folder(name: &str) -> &str {
    name.rsplit_once('/').map_or("", |split| split.0)
}

/// Makes templates of what was found; `sample` gives a line of a document and the document's title key.
pub fn templates<'s>(
    found: &[Found],
    names: &(dyn Fn(u32) -> String + Sync),
    sample: &(dyn Fn(u32, u32) -> Option<(&'s str, &'s [u16])> + Sync),
) -> Vec<Template> {
    let template = |found: &Found| {
        let mut lines = Vec::new();
        for line in &found.lines {
            let Some((text, title)) = sample(line.doc, line.line) else { continue };
            let glued = matches!(line.form, Form::Glued(_));
            let text = match line.form {
                Form::Whole if may_be_template(text) && !signs::joined(text) => {
                    let slotted = keys::slotted(text, title);
                    // The title that a text seemed to have may be the name of its site.
                    let own = keys::template_key(&slotted) == Some(line.key);
                    if own { slotted } else { text.trim().to_owned() }
                }
                Form::Labels if may_be_template(text) => match by_key(text, line.key) {
                    Some(labels) => labels,
                    None => continue,
                },
                Form::Glued(count) => match glued::place(text, found.edge, count.into()) {
                    Some(place) if !signs::joined(&text[place.clone()]) => text[place].trim().to_owned(),
                    _ => continue,
                },
                _ => continue,
            };
            lines.push((line, TemplateLine { text, texts: line.texts, glued, list: line.list }));
        }
        // What the guards leave of a run may be no run any more. A sign speaks for a line of few texts.
        if lines.len() < RUN {
            lines.retain(|line| line.0.strong || (line.0.most && signs::told(&line.1.text)));
        }
        if lines.is_empty() {
            return None;
        }
        let mut keys: Vec<u64> = lines.iter().map(|line| line.0.key).collect();
        keys.sort_unstable();
        let mut bytes: Vec<u8> = keys.iter().flat_map(|key| key.to_le_bytes()).collect();
        bytes.push(found.edge as u8);
        bytes.extend(found.folder.as_deref().unwrap_or("\0").bytes());
        let lines: Vec<TemplateLine> = lines.into_iter().map(|line| line.1).collect();
        Some(Template {
            id: format!("learned/{:012x}", xxhash_rust::xxh3::xxh3_64(&bytes) >> 16),
            class: class(found.edge, &lines),
            edge: found.edge,
            folder: found.folder.clone(),
            apply: found.review.is_none(),
            review: found.review.clone(),
            texts: found.texts,
            examples: found.docs.iter().map(|doc| names(*doc)).collect(),
            lines,
        })
    };
    let mut out: Vec<Template> = found.par_iter().filter_map(template).collect();
    named(&mut out);
    out.sort_by(|a, b| (&a.folder, a.edge, &a.id).cmp(&(&b.folder, b.edge, &b.id)));
    out
}

/// The line with its values taken out that has a key.
fn by_key(line: &str, key: u64) -> Option<String> {
    let forms = [keys::labels(line), keys::quoted(line)].into_iter().flatten();
    forms.into_iter().find(|form| keys::template_key(form) == Some(key))
}

/// Glued words stay only where they tell of the site, and what nothing tells to be of a page is a matter for a person.
fn named(templates: &mut Vec<Template>) {
    let copy = templates.clone();
    let signs = signs::Signs::of(&copy);
    let mut pages: HashSet<(Option<&str>, Edge)> = HashSet::new();
    for (template, told) in templates.iter_mut().zip(&copy) {
        let folder = told.folder.as_deref();
        template.lines.retain_mut(|line| {
            // Words in brackets beside a short line of the text's own make one line with it.
            if !line.glued && !signs.beside(folder, told.edge, &line.text) {
                // A sentence that names titles is the site's only where it speaks for a page.
                return !keys::names_title(&line.text) || signs.names_titles(folder, told.edge, &line.text);
            }
            line.glued = true;
            let words = signs
                .words(folder, told.edge, &line.text)
                .filter(|words| words.len() >= glued::LEAST && !words.contains('{'));
            line.text = words.unwrap_or_default().trim().to_owned();
            !line.text.is_empty()
        });
        if template.lines.iter().any(|line| line.glued || signs.sign(folder, &line.text)) {
            pages.insert((folder, told.edge));
        }
    }
    for (template, told) in templates.iter_mut().zip(&copy) {
        if !pages.contains(&(told.folder.as_deref(), told.edge)) {
            template.apply = false;
            template.review.get_or_insert_with(|| UNSIGNED.to_owned());
        }
    }
    templates.retain(|template| !template.lines.is_empty());
}

/// Why a template without a sign of pages is not applied.
const UNSIGNED: &str = "nothing in it speaks of a page: a series may share such lines: set apply = true to use it";

/// Whether a line may be part of a template at all: guards are stronger than every count, and headings and pictures of
/// marked-up text are its own.
pub fn may_be_template(line: &str) -> bool {
    let folded = fold(line.trim());
    let dated = DATED.is_match(&folded) && !folded.contains("星期");
    // The name of an office may top a page; `clean::templates` keeps it beside the text.
    matches!(guards::guard(&folded), None | Some(guards::Guard::Signature))
        && !folded.starts_with(['#', '!', '<'])
        && !folded.starts_with("[图")
        && !dated
        && folded.chars().any(|c| c.is_alphabetic())
}

/// Numbers fall out of keys, so a line that tells when something was decided is not the same line in another text.
static DATED: LazyLock<Automaton> = LazyLock::new(|| fixed(r"\d年\s?\d{1,2}月.*\p{Han}{2}|^\W*\d{1,2}月\s?\d{1,2}日"));

pub(crate) fn class(edge: Edge, lines: &[TemplateLine]) -> Class {
    let holds = |words: &[&str]| lines.iter().any(|line| words.iter().any(|word| line.text.contains(word)));
    let titles = lines.iter().filter(|line| line.text.chars().count() >= 10).count();
    match edge {
        Edge::Tail if holds(&["©", "Copyright", "版权", "ICP", "備案", "备案", "主办", "承办"]) => {
            Class::Footer
        }
        Edge::Tail if titles * 2 > lines.len() => Class::Related,
        _ => Class::Nav,
    }
}
