//! Lines that cleaned texts still have in common at their edges: evidence for templates that were not there, or not yet
//! frequent, when the templates were learned. They are proposed, never used.
//!
//! What is kept of a document are the keys of its outermost lines, so that a night proposes what a full run with the same
//! templates would, and reads no known text for it.

use crate::error::Result;
use crate::learn::{self, Edge, RUN, SINGLE_PERCENT, SINGLE_TEXTS, Template, TemplateLine, keys};
use std::collections::{BTreeMap, HashSet};

/// Keys of the outermost lines of a text, from each edge inwards; 0 where there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Edges(pub [[u64; RUN]; 2]);

const EDGES: [Edge; 2] = [Edge::Head, Edge::Tail];

/// The outermost lines of a text, from each edge inwards. Both edges share none.
fn outermost(text: &str) -> [Vec<&str>; 2] {
    let full = |line: &&str| !line.trim().is_empty();
    let head: Vec<&str> = text.lines().filter(full).take(2 * RUN).collect();
    // A text so short is all body.
    if head.len() < 2 * RUN {
        return [Vec::new(), Vec::new()];
    }
    [head[..RUN].to_vec(), text.lines().rev().filter(full).take(RUN).collect()]
}

impl Edges {
    /// Of a cleaned text.
    pub fn of(text: &str) -> Self {
        let mut all = Self::default();
        for (keys, lines) in all.0.iter_mut().zip(outermost(text)) {
            for (key, line) in keys.iter_mut().zip(lines) {
                *key = keys::line_key(line, &[]).map_or(0, |found| found.0);
            }
        }
        all
    }
}

/// A kept document.
#[derive(Debug, Clone, Copy)]
pub struct Kept<'d> {
    /// Its path.
    pub path: &'d str,
    /// Its edges.
    pub edges: Edges,
}

/// Proposes what stands at the same edge of enough texts of a folder, and in no template yet: single lines that most
/// texts have, runs in some. `read` gives a document's cleaned text.
pub fn propose(docs: &[Kept<'_>], known: &[Template], read: &dyn Fn(usize) -> Result<String>) -> Result<Vec<Template>> {
    let mut folders: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, doc) in docs.iter().enumerate() {
        folders.entry(learn::folder(doc.path)).or_default().push(at);
    }
    let lines = known.iter().flat_map(|template| &template.lines);
    let known: HashSet<u64> = lines.filter_map(|line| keys::template_key(&line.text)).collect();
    let mut out = Vec::new();
    for (folder, members) in folders {
        for (at, edge) in EDGES.into_iter().enumerate() {
            let mut all: Vec<([u64; RUN], usize)> = Vec::with_capacity(2 * members.len());
            for doc in &members {
                let keys = docs[*doc].edges.0[at];
                if keys[0] != 0 {
                    let mut first = [0; RUN];
                    first[0] = keys[0];
                    all.push((first, *doc));
                }
                if !keys.contains(&0) {
                    all.push((keys, *doc));
                }
            }
            // The first key mostly tells.
            all.sort_unstable_by(|a, b| a.0[0].cmp(&b.0[0]).then_with(|| a.cmp(b)));
            // How many texts have the same lines at the edge, and the first of them. Where there is one line only, the others
            // are 0.
            let counts =
                all.chunk_by(|a, b| a.0 == b.0).map(|same| (written(&same[0].0), (same.len() as u32, same[0].1)));
            let enough = |lines: &[u64], texts: u32| {
                texts >= SINGLE_TEXTS
                    && (lines.len() == RUN
                        || u64::from(texts) * 100 >= members.len() as u64 * u64::from(SINGLE_PERCENT))
            };
            let worth =
                |lines: &[u64], texts: u32| enough(lines, texts) && !lines.iter().all(|key| known.contains(key));
            let found: Vec<(&[u64], (u32, usize))> =
                counts.filter(|(lines, (texts, _))| worth(lines, *texts)).collect();
            let runs: HashSet<u64> =
                found.iter().filter(|(lines, _)| lines.len() == RUN).map(|(lines, _)| lines[0]).collect();
            for (lines, (texts, first)) in found {
                if lines.len() == 1 && runs.contains(&lines[0]) {
                    continue;
                }
                let text = read(first)?;
                let mut told = outermost(&text)[at][..].to_vec();
                told.truncate(lines.len());
                if told.len() < lines.len() || !told.iter().all(|line| learn::may_be_template(line)) {
                    continue;
                }
                if edge == Edge::Tail {
                    told.reverse();
                }
                let line = |line: &&str| TemplateLine { text: line.trim().to_owned(), texts, glued: false, list: 0 };
                let told: Vec<TemplateLine> = told.iter().map(line).collect();
                out.push(Template {
                    id: id(folder, edge, lines),
                    class: learn::class(edge, &told),
                    edge,
                    folder: Some(folder.to_owned()),
                    apply: true,
                    review: None,
                    texts,
                    examples: vec![docs[first].path.to_owned()],
                    lines: told,
                });
            }
        }
    }
    Ok(out)
}

/// The keys of lines that are there.
fn written(keys: &[u64; RUN]) -> &[u64] {
    &keys[..keys.iter().position(|key| *key == 0).unwrap_or(RUN)]
}

fn id(folder: &str, edge: Edge, lines: &[u64]) -> String {
    let mut bytes: Vec<u8> = lines.iter().flat_map(|key| key.to_le_bytes()).collect();
    bytes.push(edge as u8);
    bytes.extend(folder.bytes());
    format!("proposed/{:012x}", xxhash_rust::xxh3::xxh3_64(&bytes) >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(own: usize, footer: &str) -> String {
        let body: String = (0..9)
            .map(|line| format!("第{own}篇的第{line}句话，说的是{}的事。\n", "村里".repeat(own + line)))
            .collect();
        format!("{body}{footer}")
    }

    fn run(texts: &[String], known: &[Template]) -> Vec<Template> {
        let paths: Vec<String> = (0..texts.len()).map(|at| format!("site/{at}.txt")).collect();
        let docs: Vec<Kept> =
            paths.iter().zip(texts).map(|(path, text)| Kept { path, edges: Edges::of(text) }).collect();
        propose(&docs, known, &|at| Ok(texts[at].clone())).unwrap()
    }

    #[test]
    fn a_new_frame_is_proposed_until_it_is_a_template() {
        let footer = "示例新站首页\n联系我们投稿\n版权归示例新站所有\n";
        let texts: Vec<String> = (0..40).map(|at| text(at, if at < 6 { footer } else { "" })).collect();
        let found = run(&texts, &[]);
        let lines: Vec<&str> = found[0].lines.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((lines, found[0].texts, found[0].edge), (footer.lines().collect(), 6, Edge::Tail));
        assert!(run(&texts, &found).is_empty());
        // Fewer texts may have it by chance.
        assert!(run(&texts[2..], &[]).is_empty());
    }

    #[test]
    fn a_single_line_needs_most_texts_and_what_guards_protect_is_never_proposed() {
        let some = |share: usize, line: &str| -> Vec<String> {
            (0..20).map(|at| text(at, if at < share { line } else { "" })).collect()
        };
        assert!(run(&some(8, "示例站微信号\n"), &[]).is_empty());
        assert_eq!(run(&some(14, "示例站微信号\n"), &[]).len(), 1);
        assert!(run(&some(20, "谢谢大家！\n"), &[]).is_empty());
    }
}
