//! Lists of as many titles in each text below a line that texts share: 相关文章 and five titles, other ones each time.

use super::{Edge, FOLDER_TEXTS, SINGLE_PERCENT};
use std::collections::HashMap;

/// Lines of a list, at least: a single line that differs may be anything.
const LEAST: u16 = 2;
/// And of one above the title, where a letterhead, an author or an era may stand.
const LEAST_ABOVE: u16 = 5;

/// A line at an edge of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Row {
    /// One that most texts have, by its key.
    Shared(u64),
    /// The title that the text stands under.
    Title,
    /// What may be a line of a list.
    Link,
    /// Running text and the like.
    Other,
}

/// Folder, distinct text and rows of each document, to the lines of the list below each shared line, by its folder.
/// The list reaches to the next shared line, the title, or the end of the page.
pub fn find(texts: &[(u32, u32, Vec<Row>)], edge: Edge) -> HashMap<(u32, u64), u16> {
    let least = if edge == Edge::Head { LEAST_ABOVE } else { LEAST };
    let mut seen: Vec<(u32, u64, u32, u16)> = Vec::new();
    for (folder, cluster, rows) in texts {
        for (at, row) in rows.iter().enumerate() {
            let Row::Shared(key) = row else { continue };
            let below = &rows[at + 1..];
            let end = below.iter().position(|row| !matches!(row, Row::Link | Row::Other)).unwrap_or(below.len());
            // The last line above a text is its title where no other is.
            let list =
                if edge == Edge::Head && below.get(end) != Some(&Row::Title) { end.saturating_sub(1) } else { end };
            let links = below[..list].iter().all(|row| *row == Row::Link);
            seen.push((*folder, *key, *cluster, if links { list.min(u16::MAX.into()) as u16 } else { 0 }));
        }
    }
    seen.sort_unstable();
    seen.dedup();
    let mut out = HashMap::new();
    for same in seen.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
        let all = same.chunk_by(|a, b| a.2 == b.2).count() as u32;
        let mut counts: HashMap<u16, u32> = HashMap::new();
        for spot in same {
            *counts.entry(spot.3).or_default() += 1;
        }
        let Some((list, texts)) = counts.into_iter().max_by_key(|(list, texts)| (*texts, *list)) else { continue };
        if list >= least && texts >= FOLDER_TEXTS && texts * 100 >= all * SINGLE_PERCENT {
            out.insert((same[0].0, same[0].1), list);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use Row::{Link, Other, Shared, Title};

    #[test]
    fn a_list_has_as_many_lines_in_most_texts() {
        let text = |cluster: u32, links: usize, last: Row| {
            (0, cluster, [vec![Shared(7)], vec![Link; links], vec![last]].concat())
        };
        let below = |texts: &[_]| find(texts, Edge::Tail);
        let mut texts = vec![text(0, 3, Shared(8)), text(1, 3, Shared(8)), text(2, 3, Other)];
        assert!(below(&texts).is_empty(), "two texts of three");
        texts.push(text(3, 3, Shared(8)));
        assert_eq!(below(&texts), HashMap::from([((0, 7), 3)]));
        texts.extend([text(4, 2, Shared(8)), text(5, 4, Shared(8))]);
        assert!(below(&texts).is_empty(), "as many in half of the texts");
    }

    #[test]
    fn the_last_line_above_a_text_may_be_its_title() {
        let text = |cluster: u32, last: &[Row]| (0, cluster, [&[Shared(7)], &[Link; 5][..], last].concat());
        let list = HashMap::from([((0, 7), 5)]);
        let above = |last: &[Row]| find(&[text(0, last), text(1, last), text(2, last)], Edge::Head);
        assert_eq!(above(&[Other, Shared(8)]), list);
        assert_eq!(above(&[Link]), list);
        assert_eq!(above(&[Title]), list);
        assert!(above(&[]).is_empty(), "four and a title");
    }
}
