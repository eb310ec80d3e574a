//! Words of a site glued to the first or last line of its texts: 【转自某站】 behind a closing sentence.

use super::evidence::Evidence;
use super::tally::FoundLine;
use super::{Edge, FOLDER_TEXTS, SINGLE_PERCENT};
use crate::{key, utf8};
use std::collections::HashMap;
use xxhash_rust::xxh3::xxh3_64;

/// Fewest symbols of such words: shorter ones are the common property of sentences.
pub const LEAST: usize = 5;
/// Most of them.
pub const MOST: usize = 40;
/// Share of the texts with the beginning of the words that the next symbol must have, in percent.
const GOES_ON: usize = 90;

/// A line of a body where words may be glued to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joint {
    /// The number of the line.
    pub line: u32,
    /// Its first or last symbols, those nearest to the edge first.
    pub symbols: Box<[u16]>,
    /// For each count of symbols from [`LEAST`] on a bit: whether they are set off from the rest of the line.
    set_off: u64,
}

const _: () = assert!(MOST < u64::BITS as usize);

impl Joint {
    /// The first or last symbols of a line.
    pub fn of(number: u32, line: &str, edge: Edge) -> Self {
        let near = near(line, edge);
        let table = key::offset_table(near, near.len() / 3);
        let counts = (LEAST..=MOST).filter(|count| parted(near, &table, edge, *count).is_some());
        let set_off = counts.fold(0, |bits, count| bits | 1 << count);
        Self { line: number, symbols: edge_symbols(line, edge).into(), set_off }
    }
}

/// The part of a line that holds its symbols at an edge: numbers and blanks take room too.
fn near(line: &str, edge: Edge) -> &str {
    let few = MOST * 6;
    match edge {
        Edge::Head => &line[..utf8::floor(line, few)],
        Edge::Tail => &line[utf8::floor(line, line.len().saturating_sub(few))..],
    }
}

/// The first or last symbols of a line, those nearest to the edge first.
pub fn edge_symbols(line: &str, edge: Edge) -> Vec<u16> {
    let mut symbols = key::key(near(line, edge)).symbols;
    if edge == Edge::Tail {
        symbols.reverse();
    }
    symbols.truncate(MOST);
    symbols
}

/// The number that the first symbols are found by.
pub fn opening(symbols: &[u16]) -> Option<u64> {
    Some(xxh3_64(bytemuck::cast_slice(symbols.get(..LEAST)?)))
}

/// The bytes of a line that its `count` symbols at an edge fill, with the brackets around them. `None` where they are
/// not set off from the rest of the line.
pub fn place(line: &str, edge: Edge, count: usize) -> Option<std::ops::Range<usize>> {
    // Numbers fall out of keys, so pictures with other names look alike.
    if line.starts_with(['#', '!', '<']) || (line.starts_with('[') && !(edge == Edge::Tail && numbered(line))) {
        return None;
    }
    let place = parted(line, &key::offset_table(line, line.len() / 3), edge, count)?;
    // And so do addresses.
    let address = |c: char| c.is_ascii_graphic() && !"\"<>".contains(c);
    let apart = line.match_indices("://").all(|(at, sign)| match edge {
        Edge::Head => place.end <= line[..at].trim_end_matches(address).len(),
        Edge::Tail => {
            line[at + sign.len()..].find(|c| !address(c)).is_some_and(|end| at + sign.len() + end <= place.start)
        }
    });
    apart.then_some(place)
}

/// Whether a line begins with the number of a note, [3], and not with a link.
fn numbered(line: &str) -> bool {
    let number = line.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    number.is_some_and(|(number, rest)| {
        !number.is_empty() && number.chars().all(|c| c.is_ascii_digit()) && !rest.starts_with('(')
    })
}

fn parted(line: &str, table: &[u32], edge: Edge, count: usize) -> Option<std::ops::Range<usize>> {
    let first = |at: usize| table.get(at).map(|at| *at as usize);
    match edge {
        Edge::Head => {
            let last = first(count.checked_sub(1)?)?;
            let end = last + line[last..].chars().next().map_or(0, char::len_utf8);
            let rest = &line[end..];
            if rest.starts_with(|c: char| c.is_alphanumeric()) {
                return None;
            }
            let closing = |c: char| c.is_whitespace() || "】）)]》〕」』：:！!。，,;；…～~".contains(c);
            Some(0..line.len() - rest.trim_start_matches(closing).len())
        }
        Edge::Tail => {
            let start = first(table.len().checked_sub(count)?)?;
            let before = &line[..start];
            if before.ends_with(|c: char| c.is_alphanumeric()) {
                return None;
            }
            let opening = |c: char| c.is_whitespace() || "【（([《〔「『—-*".contains(c);
            Some(before.trim_end_matches(opening).len()..line.len())
        }
    }
}

/// Words at the edge of the texts of a folder, those of each cluster counted once.
pub fn find(
    docs: &[Evidence],
    clusters: &[Option<u32>],
    folder_of: &[u32],
    texts_in: &HashMap<u32, u32>,
    edge: Edge,
) -> Vec<(u32, Vec<FoundLine>)> {
    let mut seen: Vec<(u32, u64, u32, u32, u32)> = Vec::new();
    for (doc, evidence) in docs.iter().enumerate() {
        let Some(cluster) = clusters[doc] else { continue };
        for (at, joint) in evidence.glued(edge).iter().enumerate() {
            if let Some(opening) = opening(&joint.symbols) {
                seen.push((folder_of[doc], opening, cluster, doc as u32, at as u32));
            }
        }
    }
    seen.sort_unstable();
    let mut out: Vec<(u32, Vec<FoundLine>)> = Vec::new();
    for same in seen.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
        let folder = same[0].0;
        // One line of each text.
        let each: Vec<&(u32, u64, u32, u32, u32)> = same.chunk_by(|a, b| a.2 == b.2).map(|part| &part[0]).collect();
        let texts = each.len() as u32;
        if texts < FOLDER_TEXTS || texts * 100 < texts_in.get(&folder).copied().unwrap_or(0) * SINGLE_PERCENT {
            continue;
        }
        let line = |spot: &(u32, u64, u32, u32, u32)| &docs[spot.3 as usize].glued(edge)[spot.4 as usize];
        let mut group = each;
        let mut length = LEAST;
        while length < MOST {
            let mut next: HashMap<u16, usize> = HashMap::new();
            for spot in &group {
                if let Some(symbol) = line(spot).symbols.get(length) {
                    *next.entry(*symbol).or_default() += 1;
                }
            }
            let Some((symbol, count)) = next.into_iter().max_by_key(|(symbol, count)| (*count, *symbol)) else { break };
            if count * 100 < group.len() * GOES_ON || count < FOLDER_TEXTS as usize {
                break;
            }
            group.retain(|spot| line(spot).symbols.get(length) == Some(&symbol));
            length += 1;
        }
        // One that shows the words: glued to a date or a word they cannot be told from it.
        let shown = |spot: &&&(u32, u64, u32, u32, u32)| (line(spot).set_off >> length & 1 == 0, spot.3, spot.4);
        let Some(first) = group.iter().min_by_key(shown) else { continue };
        let found = FoundLine {
            key: same[0].1,
            doc: first.3,
            line: line(first).line,
            texts: group.len() as u32,
            strong: true,
            most: true,
            form: super::Form::Glued(length as u16),
            list: 0,
        };
        match out.last_mut().filter(|last| last.0 == folder) {
            Some(last) => last.1.push(found),
            None => out.push((folder, vec![found])),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_that_shows_the_words_is_the_one_where_they_are_set_off() {
        let of = |line| Joint::of(0, line, Edge::Tail).set_off >> 8 & 1;
        assert_eq!(of("日子就这样过下去。本文由青石阁整理"), 1);
        assert_eq!(of("2022年1月12日本文由青石阁整理"), 0);
    }

    #[test]
    fn words_at_an_edge_have_their_brackets_and_nothing_else() {
        let line = "日子就这样过下去。【本文由青石阁整理】";
        let range = place(line, Edge::Tail, 8).map(|range| &line[range]);
        assert_eq!(range, Some("【本文由青石阁整理】"));
        assert_eq!(place(line, Edge::Tail, 7), None);
        let line = "[5] 石小青.谈青石[M].见 https://青石.example/5 一文。【本文由青石阁整理】";
        let range = place(line, Edge::Tail, 8).map(|range| &line[range]);
        assert_eq!(range, Some("【本文由青石阁整理】"));
        for line in [
            "![](https://pic.example/qingshi/5.jpg)",
            "[5](https://青石.example/本文由青石阁整理)",
            "https://a.example/5本文由青石阁整理",
        ] {
            assert_eq!(place(line, Edge::Tail, 8), None, "{line}");
        }
        let line = "青石驿站讯：各位代表：";
        assert_eq!(place(line, Edge::Head, 5).map(|range| &line[range]), Some("青石驿站讯："));
        assert_eq!(place(line, Edge::Head, 4), None);
    }
}
