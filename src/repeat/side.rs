//! One side of a repeat as a candidate for the cut: what a cut would take, and what speaks for keeping it.

use super::{FILLS, Layout, MIN_PARAGRAPH, Place};
use crate::document::Span;
use crate::segment::ends_where;
use std::ops::Range;

/// One side of a repeat as a candidate for the cut.
#[derive(Debug, Clone)]
pub(super) struct Side {
    pub(super) place: Place,
    /// What a cut would take: from a line or sentence start to a line or sentence end inside the passage.
    pub(super) cut: Option<Span>,
    /// The cut takes whole lines.
    pub(super) whole: bool,
    /// Key positions the cut takes.
    pub(super) keys: Range<u32>,
    /// Their number.
    pub(super) taken: u32,
    /// Whole paragraphs the cut takes.
    pub(super) paragraphs: usize,
    /// The lines are short, as in verse.
    pub(super) verse: bool,
    pub(super) fills_section: bool,
    pub(super) damage: usize,
    /// Bytes of the short line above the cut, which may head it.
    pub(super) heading: Range<usize>,
    /// A quotation opens right before the place, behind other words.
    pub(super) quoted: bool,
}

/// Longest line that heads a passage, in bytes.
const HEADING: usize = 120;
/// Articles of a statute, at least.
const ARTICLES: usize = 2;
/// Lines of one form have one in so many of their characters in common at their ends.
const FORM: usize = 2;

/// Whether two lines head things of one kind that are not the same: items with other numbers, questions, the names of two
/// persons or contracts. What stands under each is its own, equal as it may be.
pub(super) fn parallel(a: &str, b: &str) -> bool {
    let (a, b) = (a.trim(), b.trim());
    if a.is_empty() || b.is_empty() || a == b {
        return false;
    }
    let numbered = |line: &str| {
        let mark = line.trim_start_matches(['（', '(', '第', '问', '#', ' ']);
        let rest = mark.trim_start_matches(|c: char| c.is_ascii_digit() || "一二三四五六七八九十百".contains(c));
        rest.len() < mark.len()
            && rest.starts_with(['、', '.', '．', '）', ')', '：', ':', '章', '节', '条', '题', ' '])
    };
    let ends = |sign: [char; 2]| a.ends_with(sign) && b.ends_with(sign);
    let equal = |x: &mut dyn Iterator<Item = char>, y: &mut dyn Iterator<Item = char>| {
        x.zip(y).take_while(|(x, y)| x == y).count()
    };
    let common = equal(&mut a.chars(), &mut b.chars()) + equal(&mut a.chars().rev(), &mut b.chars().rev());
    let longer = a.chars().count().max(b.chars().count());
    (numbered(a) && numbered(b)) || ends(['？', '?']) || ends(['：', ':']) || common * FORM >= longer
}

/// Whether a text is a statute: its lines open articles.
pub(super) fn statute(text: &str) -> bool {
    let article = |line: &&str| {
        let line = line.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '“' | '#' | '*'));
        let number = |c: char| c.is_ascii_digit() || "一二三四五六七八九十百千〇零两".contains(c);
        let rest = line.strip_prefix('第').map(|rest| (rest.len(), rest.trim_start_matches(number)));
        rest.is_some_and(|(length, rest)| rest.len() < length && (rest.starts_with('条') || rest.starts_with('條')))
    };
    text.lines().filter(article).nth(ARTICLES - 1).is_some()
}

impl Side {
    /// `table` holds the byte offset of every key symbol of the text.
    pub(super) fn new(span: &Range<u32>, table: &[u32], layout: &Layout<'_>) -> Self {
        let text = layout.text;
        let offset = |position: u32| table.get(position as usize).map_or(text.len(), |at| *at as usize);
        let before_byte = |byte: usize| table.partition_point(|at| (*at as usize) < byte) as u32;
        let symbols = |bytes: Range<usize>| before_byte(bytes.end) - before_byte(bytes.start);
        let before = span.start.checked_sub(1).map(offset);
        let after = table.get(span.end as usize).map(|at| *at as usize);
        let place = Place { first: offset(span.start), last: offset(span.end - 1) };
        let edges = Edges::new(layout, place, before, after);
        let mut side = Self {
            place,
            cut: None,
            whole: edges.whole,
            keys: 0..0,
            taken: 0,
            paragraphs: 0,
            verse: false,
            fills_section: false,
            heading: 0..0,
            quoted: false,
            damage: {
                let before = |byte: usize| layout.mended.partition_point(|at| *at < byte);
                before(place.last + 1) - before(place.first)
            },
        };
        for section in layout.sections {
            let inside = section.start <= place.first && place.last < section.end;
            if inside {
                side.fills_section = f64::from(span.end - span.start) >= FILLS * f64::from(symbols(section.clone()));
            }
        }
        if edges.start < edges.end {
            side.cut = Some(Span::new(edges.start, edges.end));
            let before = text[layout.line_start(place.first)..place.first].strip_suffix(['“', '「', '『', '"']);
            side.quoted = before.is_some_and(|before| before.contains(char::is_alphabetic));
            let above = text[..edges.start].trim_end();
            let line = layout.line_start(above.len())..above.len();
            if line.len() <= HEADING {
                side.heading = line;
            }
            let mut line_start = edges.start;
            let mut lines: Vec<u32> = Vec::new();
            for line in text[edges.start..edges.end].split_inclusive('\n') {
                lines.push(symbols(line_start..line_start + line.len()));
                line_start += line.len();
            }
            lines.retain(|count| *count > 0);
            side.keys = before_byte(edges.start)..before_byte(edges.end);
            side.taken = lines.iter().sum();
            side.paragraphs =
                if edges.whole { lines.iter().filter(|symbols| **symbols >= MIN_PARAGRAPH).count() } else { 0 };
            side.verse = lines.len() >= 4 && side.taken < MIN_PARAGRAPH * lines.len() as u32;
        }
        side
    }
}

/// Where a cut of a place may begin and end.
struct Edges {
    start: usize,
    end: usize,
    whole: bool,
}

impl Edges {
    fn new(layout: &Layout<'_>, place: Place, before: Option<usize>, after: Option<usize>) -> Self {
        let text = layout.text;
        let line_start = layout.line_start(place.first);
        let last_end = place.last + text[place.last..].chars().next().map_or(0, char::len_utf8);
        let line_end = layout.line_end(last_end);
        let starts_line = before.is_none_or(|at| at < line_start);
        let ends_line = after.is_none_or(|at| at >= line_end);
        let start = if starts_line {
            line_start
        } else {
            // The rest of the sentence stays with the sentence it began.
            sentence_ends(&text[place.first..last_end]).next().map_or(last_end, |at| place.first + at)
        };
        let end = if ends_line {
            // A line whose beginning stays keeps its line break.
            if start == line_start || text[start..].starts_with('\n') || text[..start].ends_with('\n') {
                line_end
            } else {
                line_end - usize::from(text[..line_end].ends_with('\n'))
            }
        } else {
            let reach = after.unwrap_or(last_end);
            sentence_ends(&text[start.min(reach)..reach]).last().map_or(start, |at| start + at)
        };
        Self { start, end: end.max(start), whole: starts_line && ends_line }
    }
}

/// Byte offsets after each sentence end: a terminator with the closing marks that follow it, or a line break.
fn sentence_ends(text: &str) -> impl Iterator<Item = usize> + '_ {
    ends_where(
        text,
        |c| matches!(c, '。' | '！' | '？' | '!' | '?' | '；' | ';' | '…' | '\n'),
        |c| matches!(c, '。' | '！' | '？' | '!' | '?' | '…' | '”' | '’' | '」' | '』' | '）' | ')' | '》' | '"'),
    )
}
