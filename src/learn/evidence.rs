//! What one document says about templates: its edge lines by their keys, and a sketch of its body.

use super::glued::Joint;
use super::look::{self, Look};
use super::{Edge, HEAD_LINES, TAIL_LINES, folder, keys};
use crate::segment::Lines;
use crate::sketch::Sketch;
use crate::{clean, key, utf8};

/// Bytes of a body that are sketched: copies differ in their frames and not in their first pages.
const SKETCHED: usize = 6000;

/// Last lines of a body that may name titles for a site.
const NAMING: usize = 2;

/// A line at an edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EdgeLine {
    /// Its key.
    pub key: u64,
    /// Its key with the title in it.
    pub plain: u64,
    /// The key of its labels, 0 where it has none.
    pub labels: u64,
    /// Its number in the text, blank lines counted.
    pub line: u32,
    /// Its characters.
    pub chars: u16,
    /// Whether it is running text.
    pub prose: bool,
}

/// What one document says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Evidence {
    /// The folder that the document lies in.
    pub folder: String,
    /// Lines above the body, from the first one on.
    pub head: Vec<EdgeLine>,
    /// Lines below the body.
    pub tail: Vec<EdgeLine>,
    /// The first lines of the body, by number and first symbols.
    pub openings: Vec<Joint>,
    /// The last lines, by number and last symbols backwards.
    pub endings: Vec<Joint>,
    /// Sketch of the body; without one the document is no witness, for nobody can say whether it is a copy.
    pub sketch: Option<Sketch>,
    /// Characters of the document, about.
    pub chars: u64,
}

impl Evidence {
    /// The lines of the body next to an edge.
    pub fn glued(&self, edge: Edge) -> &[Joint] {
        match edge {
            Edge::Head => &self.openings,
            Edge::Tail => &self.endings,
        }
    }
}

/// Reads the evidence of a document off its text.
pub fn evidence(name: &str, text: &str) -> Evidence {
    let lines = Lines::new(text);
    let full: Vec<(u32, &str)> = lines
        .iter()
        .enumerate()
        .map(|(at, span)| (at as u32, span.of(text)))
        .filter(|(_, line)| !line.trim().is_empty())
        .collect();
    // Programs have lines in common that are no site's.
    let code = clean::code(text, &lines);
    let in_code = |at: usize| {
        let line = full[at].0 as usize;
        let after = code.partition_point(|lines| lines.start <= line);
        after > 0 && code[after - 1].contains(&line)
    };
    let mut out = Evidence { folder: folder(name).to_owned(), chars: text.len() as u64 / 3, ..Evidence::default() };
    let looks: Vec<Look> = full.iter().map(|(_, line)| Look::of(line)).collect();
    let weights = look::weights(&looks);
    let body = look::body(&weights);
    if body.is_empty() {
        return out;
    }
    let plain: Vec<&str> = full.iter().take(HEAD_LINES).map(|(_, line)| *line).collect();
    let (top, title) = keys::page_title(&plain);
    let bare: Vec<usize> = (0..plain.len())
        .filter(|at| keys::heads(plain[top], plain[*at]))
        .filter(|at| keys::line_key(plain[*at], &title).is_some_and(|key| keys::bare_title(key.0)))
        .collect();
    let running = |at: usize| looks[at].prose() && weights[at] > 0;
    let body = look::anchored(&weights, &bare, &running).map_or(body, |(_, body)| body);
    let edge = |at: usize| {
        let (line, text) = full[at];
        if in_code(at) {
            return None;
        }
        let (key, titled) = keys::line_key(text, &title)?;
        let plain = if titled { keys::line_key(text, &[])?.0 } else { key };
        // Titles behind a colon are values of their own.
        let listed = text.contains("：《") || text.contains(":《");
        let labels = if looks[at].prose() || listed { None } else { keys::labels(text) };
        let labels = labels.or_else(|| keys::quoted(text)).and_then(|labels| keys::template_key(&labels)).unwrap_or(0);
        Some(EdgeLine {
            key,
            plain,
            labels,
            line,
            chars: looks[at].chars.min(u16::MAX.into()) as u16,
            prose: looks[at].prose(),
        })
    };
    // A sentence that names titles may be a site's own beside the text: whoever speaks, it says one thing in all texts.
    let naming = |at: &usize| keys::quoted(full[*at].1).is_some();
    let first = (body.start..body.end.min(body.start + 1)).find(naming).filter(|at| *at < HEAD_LINES);
    let last = (body.end.saturating_sub(NAMING).max(body.start + 1)..body.end).filter(naming);
    out.head = (0..body.start.min(HEAD_LINES)).chain(first).filter_map(edge).collect();
    out.tail = (body.end..full.len()).rev().take(TAIL_LINES).filter_map(edge).collect();
    out.tail.extend(last.rev().filter_map(edge));
    out.tail.reverse();
    let glued = |at: usize, edge: Edge| Joint::of(full[at].0, full[at].1, edge);
    out.openings =
        (body.start.saturating_sub(1)..(body.start + 2).min(body.end)).map(|at| glued(at, Edge::Head)).collect();
    out.endings = (body.end.saturating_sub(2).max(body.start)..(body.end + 2).min(full.len()))
        .map(|at| glued(at, Edge::Tail))
        .collect();
    let (first, last) = (full[body.start].0 as usize, full[body.end - 1].0 as usize);
    let start = lines.span(first).start as usize;
    let end = utf8::floor(text, (lines.span(last).end as usize).min(start + SKETCHED));
    out.sketch = Sketch::of(&key::key(&text[start..end]).symbols);
    out
}
