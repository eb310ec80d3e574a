//! Counting edge lines over distinct texts, and joining neighbours to templates.

use super::evidence::{EdgeLine, Evidence};
use super::lists::Row;
use super::{
    Edge, FOLDER_TEXTS, Form, MEMBER_PERCENT, OVERALL_TEXTS, PROSE_PERCENT, RUN, SHARE_PERCENT, SINGLE_PERCENT,
    SINGLE_TEXTS, glued, keys, lists,
};
use rayon::prelude::*;
use std::collections::{BTreeMap, HashMap, HashSet};

/// Share of equal sketch slots from which on two bodies are one text: seven edits in a hundred symbols.
const SAME: f64 = 0.5;
const APPLY: &str = "set apply = true to use it";
/// Documents named as examples.
const EXAMPLES: usize = 3;
/// Longest line of a list above and below a text, in characters.
const LISTED: [u16; 2] = [8, 64];
/// The scope of a template for all folders.
const ALL: u32 = u32::MAX;

/// A line found in enough texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FoundLine {
    /// Its key.
    pub key: u64,
    /// The first document that has it.
    pub doc: u32,
    /// The line there.
    pub line: u32,
    /// Distinct texts that have it.
    pub texts: u32,
    /// Lines of a list below it.
    pub list: u16,
    /// Whether it stands without a run: most texts of the folder have it.
    pub strong: bool,
    /// Whether most texts of the folder have it, few as they may be.
    pub most: bool,
    /// In what form it is told.
    pub form: Form,
}

/// Lines that stand together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The edge.
    pub edge: Edge,
    /// The folder, or all.
    pub folder: Option<String>,
    /// Distinct texts that have its commonest line.
    pub texts: u32,
    /// The lines in the order of their first places.
    pub lines: Vec<FoundLine>,
    /// Some documents that have it.
    pub docs: Vec<u32>,
    /// Why a person should look first.
    pub review: Option<String>,
}

#[derive(Clone, Copy)]
struct Known {
    texts: u32,
    doc: u32,
    line: u32,
    prose: u64,
    chars: u64,
    at: u32,
}

/// Finds what stands at the same edge of enough distinct texts. The result does not depend on threads.
pub fn learn(docs: &[Evidence]) -> Vec<Found> {
    let clusters = clusters(docs);
    let mut folders: Vec<&str> = docs.iter().map(|doc| doc.folder.as_str()).collect();
    folders.sort_unstable();
    folders.dedup();
    let folder_of: Vec<u32> =
        docs.iter().map(|doc| folders.binary_search(&doc.folder.as_str()).map_or(0, |at| at as u32)).collect();
    let at = |edge| found_at(edge, docs, &clusters, &folders, &folder_of);
    let (mut found, mut tail) = rayon::join(|| at(Edge::Head), || at(Edge::Tail));
    found.append(&mut tail);
    found
}

/// What stands at one edge.
fn found_at(
    edge: Edge,
    docs: &[Evidence],
    clusters: &[Option<u32>],
    folders: &[&str],
    folder_of: &[u32],
) -> Vec<Found> {
    let all: u64 = docs.iter().map(|doc| doc.chars).sum();
    let mut out = Vec::new();
    let corpus = Corpus { docs, clusters, folder_of, edge, literal: HashSet::new() };
    let corpus = Corpus { literal: corpus.literal(), ..corpus };
    let known = known(&corpus);
    let mut texts_in: HashMap<u32, Vec<u32>> = HashMap::new();
    for (doc, cluster) in clusters.iter().enumerate() {
        if let Some(cluster) = cluster
            && !lines(&docs[doc], edge).is_empty()
        {
            texts_in.entry(folder_of[doc]).or_default().push(*cluster);
            texts_in.entry(ALL).or_default().push(*cluster);
        }
    }
    let texts_in: HashMap<u32, u32> = texts_in
        .into_iter()
        .map(|(scope, mut list)| {
            list.sort_unstable();
            list.dedup();
            (scope, list.len() as u32)
        })
        .collect();
    let labelled = labels(&corpus, &known, &texts_in);
    let lists = corpus.lists(&known, &labelled, &texts_in);
    for group in components(&corpus, &known) {
        let scope = group[0].0;
        let of = |key: &u64| known[&(scope, *key)];
        let among = texts_in.get(&scope).copied().unwrap_or(0);
        let most = |texts: u32| scope != ALL && texts * 100 >= among * SINGLE_PERCENT;
        let mut lines: Vec<FoundLine> = group
            .iter()
            .map(|(_, key)| {
                let Known { doc, line, texts, .. } = of(key);
                let most = most(texts);
                FoundLine {
                    key: *key,
                    doc,
                    line,
                    texts,
                    strong: most && texts >= SINGLE_TEXTS,
                    most,
                    form: Form::Whole,
                    list: lists.get(&(scope, *key)).copied().unwrap_or(0),
                }
            })
            .collect();
        let most = lines.iter().map(|line| line.texts).max().unwrap_or(0);
        lines.retain(|line| line.texts * 100 >= most * MEMBER_PERCENT);
        if lines.len() < RUN {
            lines.retain(|line| line.most);
        }
        if lines.is_empty() {
            continue;
        }
        lines.sort_unstable_by_key(|line| (of(&line.key).at, line.doc, line.line, line.key));
        let prose: u64 = lines.iter().map(|line| of(&line.key).prose).sum();
        let share = prose * 100 / all.max(1);
        let chars: u64 = lines.iter().map(|line| of(&line.key).chars).sum();
        let whole = chars * 100 / all.max(1);
        out.push(Found {
            edge,
            folder: (scope != ALL).then(|| folders[scope as usize].to_owned()),
            texts: lines.iter().map(|line| line.texts).max().unwrap_or(0),
            docs: examples(&lines),
            lines,
            review: match (share >= PROSE_PERCENT, whole >= SHARE_PERCENT) {
                (true, _) => Some(format!("it would take {share} % of all characters as running text: {APPLY}")),
                (_, true) => Some(format!("it would take {whole} % of all characters: {APPLY}")),
                _ => None,
            },
        });
    }
    let rest = labelled.into_iter().chain(glued::find(docs, clusters, folder_of, &texts_in, edge));
    out.extend(rest.map(|(folder, lines)| Found {
        edge,
        folder: Some(folders[folder as usize].to_owned()),
        texts: lines.iter().map(|line| line.texts).max().unwrap_or(0),
        docs: examples(&lines),
        lines,
        review: None,
    }));
    out
}

/// Documents named as examples of lines.
fn examples(lines: &[FoundLine]) -> Vec<u32> {
    let mut docs: Vec<u32> = lines.iter().map(|line| line.doc).collect();
    docs.sort_unstable();
    docs.dedup();
    docs.truncate(EXAMPLES);
    docs
}

/// What is counted at one edge.
struct Corpus<'c> {
    docs: &'c [Evidence],
    clusters: &'c [Option<u32>],
    folder_of: &'c [u32],
    edge: Edge,
    /// Lines with a title in them that are the same in several texts of a folder: what seemed to be the title is the
    /// name of the site.
    literal: HashSet<(u32, u64)>,
}

impl Corpus<'_> {
    fn lines(&self, doc: usize) -> &[EdgeLine] {
        lines(&self.docs[doc], self.edge)
    }

    /// The key that a line counts by; none for a line that is nothing but the title.
    fn key(&self, doc: usize, line: &EdgeLine) -> Option<u64> {
        if line.plain != line.key && self.literal.contains(&(self.folder_of[doc], line.plain)) {
            return Some(line.plain);
        }
        (!keys::bare_title(line.key)).then_some(line.key)
    }

    /// The lists below lines that most texts of a folder have.
    fn lists(
        &self,
        known: &HashMap<(u32, u64), Known>,
        labelled: &[(u32, Vec<FoundLine>)],
        texts_in: &HashMap<u32, u32>,
    ) -> HashMap<(u32, u64), u16> {
        let labels: HashSet<(u32, u64)> =
            labelled.iter().flat_map(|(folder, lines)| lines.iter().map(|line| (*folder, line.key))).collect();
        let row = |doc: usize, line: &EdgeLine| {
            let folder = self.folder_of[doc];
            let Some(key) = self.key(doc, line) else { return Row::Title };
            let among = texts_in.get(&folder).copied().unwrap_or(0);
            let most = known.get(&(folder, key)).is_some_and(|known| known.texts * 100 >= among * SINGLE_PERCENT);
            let most = if most { Some(key) } else { None };
            let label = Some(line.labels).filter(|label| labels.contains(&(folder, *label)));
            match most.or(label) {
                Some(key) => Row::Shared(key),
                None if line.prose || line.chars > LISTED[self.edge as usize] => Row::Other,
                None => Row::Link,
            }
        };
        let texts = (0..self.docs.len()).filter_map(|doc| {
            let rows = self.lines(doc).iter().map(|line| row(doc, line)).collect();
            Some((self.folder_of[doc], self.clusters[doc]?, rows))
        });
        lists::find(&texts.collect::<Vec<_>>(), self.edge)
    }

    fn literal(&self) -> HashSet<(u32, u64)> {
        let mut seen: Vec<(u32, u64, u32)> = Vec::new();
        for doc in 0..self.docs.len() {
            let Some(cluster) = self.clusters[doc] else { continue };
            let titled = self.lines(doc).iter().filter(|line| line.plain != line.key);
            seen.extend(titled.map(|line| (self.folder_of[doc], line.plain, cluster)));
        }
        seen.sort_unstable();
        seen.dedup();
        seen.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1))
            .filter(|same| same.len() >= FOLDER_TEXTS as usize)
            .map(|same| (same[0].0, same[0].1))
            .collect()
    }
}

/// Labels that most texts of a folder have with other values.
fn labels(
    corpus: &Corpus,
    known: &HashMap<(u32, u64), Known>,
    texts_in: &HashMap<u32, u32>,
) -> Vec<(u32, Vec<FoundLine>)> {
    let mut seen: Vec<(u32, u64, u32, u32, u32)> = Vec::new();
    for doc in 0..corpus.docs.len() {
        let (Some(cluster), folder) = (corpus.clusters[doc], corpus.folder_of[doc]) else { continue };
        for line in corpus.lines(doc).iter().filter(|line| line.labels != 0) {
            if corpus.key(doc, line).is_some_and(|key| !known.contains_key(&(folder, key))) {
                seen.push((folder, line.labels, cluster, doc as u32, line.line));
            }
        }
    }
    seen.sort_unstable();
    let mut out: Vec<(u32, Vec<FoundLine>)> = Vec::new();
    for same in seen.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
        let folder = same[0].0;
        let texts = same.chunk_by(|a, b| a.2 == b.2).count() as u32;
        let among = texts_in.get(&folder).copied().unwrap_or(0);
        if texts < FOLDER_TEXTS || texts * 100 < among * SINGLE_PERCENT {
            continue;
        }
        let Some(first) = same.iter().min_by_key(|spot| (spot.3, spot.4)) else { continue };
        let found = FoundLine {
            key: same[0].1,
            doc: first.3,
            line: first.4,
            texts,
            strong: true,
            most: true,
            form: Form::Labels,
            list: 0,
        };
        match out.last_mut().filter(|last| last.0 == folder) {
            Some(last) => last.1.push(found),
            None => out.push((folder, vec![found])),
        }
    }
    out
}

fn lines(doc: &Evidence, edge: Edge) -> &[EdgeLine] {
    match edge {
        Edge::Head => &doc.head,
        Edge::Tail => &doc.tail,
    }
}

/// The number of the distinct text that a document is a copy of; `None` where it cannot be told.
fn clusters(docs: &[Evidence]) -> Vec<Option<u32>> {
    let mut bands: Vec<(u64, u32)> = docs
        .par_iter()
        .enumerate()
        .filter_map(|(at, doc)| Some((at as u32, doc.sketch.as_ref()?)))
        // Every second band is enough at the similarity that is asked for: 0.94 at one half, 0.999 at 0.7.
        .flat_map_iter(|(at, sketch)| sketch.bands(crate::sketch::ROWS).step_by(2).map(move |band| (band, at)))
        .collect();
    bands.par_sort_unstable();
    let mut root: Vec<u32> = (0..docs.len() as u32).collect();
    for same in bands.chunk_by(|a, b| a.0 == b.0) {
        // Each is compared with the one before it: a chain through a large group of copies, not all of its pairs.
        for pair in same.windows(2) {
            let (a, b) = (find(&mut root, pair[0].1), find(&mut root, pair[1].1));
            if a != b
                && let (Some(x), Some(y)) = (&docs[pair[0].1 as usize].sketch, &docs[pair[1].1 as usize].sketch)
                && x.estimate(y) >= SAME
            {
                root[a.max(b) as usize] = a.min(b);
            }
        }
    }
    (0..docs.len() as u32).map(|at| docs[at as usize].sketch.as_ref().map(|_| find(&mut root, at))).collect()
}

fn find(root: &mut [u32], mut at: u32) -> u32 {
    while root[at as usize] != at {
        root[at as usize] = root[root[at as usize] as usize];
        at = root[at as usize];
    }
    at
}

/// The keys with enough texts, for each scope that they count in.
fn known(corpus: &Corpus) -> HashMap<(u32, u64), Known> {
    struct Seen {
        key: u64,
        folder: u32,
        cluster: u32,
        doc: u32,
        at: u32,
        line: u32,
        prose: u16,
        chars: u16,
    }
    let mut seen: Vec<Seen> = (0..corpus.docs.len())
        .into_par_iter()
        .filter_map(|doc| Some((doc, corpus.clusters[doc]?)))
        .flat_map_iter(|(doc, cluster)| {
            let folder = corpus.folder_of[doc];
            corpus.lines(doc).iter().enumerate().filter_map(move |(at, line)| {
                Some(Seen {
                    key: corpus.key(doc, line)?,
                    folder,
                    cluster,
                    doc: doc as u32,
                    at: at as u32,
                    line: line.line,
                    prose: if line.prose { line.chars } else { 0 },
                    chars: line.chars,
                })
            })
        })
        .collect();
    seen.par_sort_unstable_by_key(|s| (s.key, s.folder, s.cluster, s.doc, s.at));
    let mut out = HashMap::new();
    for group in seen.chunk_by(|a, b| a.key == b.key) {
        let mut texts: Vec<u32> = group.iter().map(|s| s.cluster).collect();
        texts.sort_unstable();
        texts.dedup();
        let total = texts.len() as u32;
        if total < FOLDER_TEXTS {
            continue;
        }
        let first = |part: &[Seen], texts: u32| {
            part.iter().min_by_key(|s| (s.doc, s.at)).map(|s| Known {
                texts,
                doc: s.doc,
                line: s.line,
                at: s.at,
                prose: part.iter().map(|s| u64::from(s.prose)).sum(),
                chars: part.iter().map(|s| u64::from(s.chars)).sum(),
            })
        };
        let mut widest = 0;
        let mut in_folders = Vec::new();
        for part in group.chunk_by(|a, b| a.folder == b.folder) {
            let mut texts: Vec<u32> = part.iter().map(|s| s.cluster).collect();
            texts.dedup();
            widest = widest.max(texts.len() as u32);
            in_folders.push((part, texts.len() as u32));
        }
        // What two texts of other folders have as well belongs to all.
        if total >= OVERALL_TEXTS && total >= widest + 2 {
            out.extend(first(group, total).map(|known| ((ALL, group[0].key), known)));
        }
        for (part, texts) in in_folders {
            if texts >= FOLDER_TEXTS {
                out.extend(first(part, texts).map(|known| ((part[0].folder, group[0].key), known)));
            }
        }
    }
    out
}

/// Keys that stand side by side, or with one line between, in enough texts.
fn components(corpus: &Corpus, known: &HashMap<(u32, u64), Known>) -> Vec<Vec<(u32, u64)>> {
    let mut pairs: Vec<(u32, u64, u64, u32)> = (0..corpus.docs.len())
        .into_par_iter()
        .filter_map(|doc| Some((doc, corpus.clusters[doc]?, corpus.folder_of[doc])))
        .flat_map_iter(|(doc, cluster, folder)| {
            let lines: Vec<u64> = corpus.lines(doc).iter().filter_map(|line| corpus.key(doc, line)).collect();
            let near = (0..lines.len()).flat_map(|at| [(at, at + 1), (at, at + 2)]);
            let mut found = Vec::new();
            for (a, b) in near.filter(|(_, b)| *b < lines.len()) {
                let (a, b) = (lines[a], lines[b]);
                if a == b {
                    continue;
                }
                for scope in [folder, ALL] {
                    if known.contains_key(&(scope, a)) && known.contains_key(&(scope, b)) {
                        found.push((scope, a, b, cluster));
                    }
                }
            }
            found
        })
        .collect();
    pairs.par_sort_unstable();
    pairs.dedup();
    let mut nodes: Vec<(u32, u64)> = known.keys().copied().collect();
    nodes.sort_unstable();
    let number = |node: (u32, u64)| nodes.binary_search(&node).map_or(0, |at| at as u32);
    let mut root: Vec<u32> = (0..nodes.len() as u32).collect();
    for same in pairs.chunk_by(|a, b| (a.0, a.1, a.2) == (b.0, b.1, b.2)) {
        let (scope, a, b, _) = same[0];
        let least = if scope == ALL { OVERALL_TEXTS } else { FOLDER_TEXTS };
        if same.len() >= least as usize {
            let (a, b) = (find(&mut root, number((scope, a))), find(&mut root, number((scope, b))));
            root[a.max(b) as usize] = a.min(b);
        }
    }
    let mut groups: BTreeMap<u32, Vec<(u32, u64)>> = BTreeMap::new();
    for (at, node) in nodes.iter().enumerate() {
        groups.entry(find(&mut root, at as u32)).or_default().push(*node);
    }
    // A run for all folders need not be told again for each of them.
    let common: std::collections::HashSet<u64> = groups
        .values()
        .filter(|group| group[0].0 == ALL && group.len() >= RUN)
        .flat_map(|group| group.iter().map(|node| node.1))
        .collect();
    groups
        .into_values()
        .map(|mut group| {
            if group[0].0 != ALL && group.iter().all(|node| common.contains(&node.1)) {
                group.clear();
            }
            group
        })
        .filter(|group| !group.is_empty())
        .collect()
}
