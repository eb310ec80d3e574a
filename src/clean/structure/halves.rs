//! Halves of a sentence: where a line stops as no sentence does, and where one goes on.

use crate::clean::fold::han;
use crate::clean::guards;
use crate::clean::view::View;
use crate::segment::{closes, ends_sentence};

/// Shortest line, in bytes, that may be the first half of a sentence whatever it holds.
pub(super) const HALF: usize = 90;
/// The same for the other half.
const REST: usize = 30;
/// Shortest line, in characters, that may be the first half of a sentence if a clause ends in it.
const CLAUSE: usize = 6;

/// Whether a line begins with a mark that no line begins with, and is no row of marks. Listings of programs have lines
/// that begin with those of ASCII.
pub(super) fn goes_on(view: &View, line: usize) -> bool {
    let text = view.fold(line).trim();
    let mut chars = text.chars();
    let mark = match chars.next() {
        Some('，' | '、' | '；' | '：' | '。' | '！' | '？' | '”' | '’' | '」' | '』' | '》' | '）' | '】') => {
            true
        }
        Some(',' | ';' | '?' | '!') => chars.next().is_none_or(han),
        _ => false,
    };
    mark && (text.contains(char::is_alphanumeric) || text.chars().count() <= 2)
}

/// Whether a line stops where no sentence does.
pub(super) fn open(view: &View, line: usize) -> bool {
    let text = view.line(line).trim_end();
    text.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '“' | '《' | '（' | '，' | '、' | ','))
}

/// Whether a line is of a sentence: a clause ends in it. That of a title on top may do so, too.
pub(super) fn running(view: &View, line: usize) -> bool {
    let text = view.line(line).trim();
    text.chars().nth(CLAUSE).is_some()
        && text.contains(['，', '。', '；', '！', '？', ','])
        && guards::guard(view.fold(line)).is_none_or(|guard| guard == guards::Guard::Heading && text.contains('。'))
        && view.prev_full(line, 0).is_some()
        && !view.parts.iter().any(|part| part.title_line == line)
}

/// Whether a line can be the rest of a sentence: a clause ends in it, and it is no heading or entry.
pub(super) fn rest(view: &View, line: usize) -> bool {
    let text = view.fold(line).trim();
    let ended = text.ends_with(|c| ends_sentence(c) || closes(c)) || text.contains(['，', '。', ',']);
    ended && guards::guard(text).is_none() && !text.ends_with(['：', ':'])
}

/// Whether a quotation or title that opens in one line closes in the other.
fn quoted(a: &str, b: &str) -> bool {
    [('“', '”'), ('《', '》')].into_iter().any(|(open, close)| {
        a.rfind(open).is_some_and(|at| !a[at..].contains(close))
            && b.find(close).is_some_and(|at| !b[..at].contains(open))
    })
}

/// Whether a sentence that stops at one line goes on at the other. What stood between them was of the page.
pub(super) fn torn(view: &View, above: usize, below: usize) -> bool {
    let (a, b) = (view.line(above).trim_end(), view.line(below).trim_start());
    if !open(view, above) || guards::heading(view.fold(below)) || guards::guard(view.fold(below)).is_some() {
        return false;
    }
    if a.len() >= HALF && b.len() >= REST {
        return true;
    }
    view.ends_as_prose() && running(view, above) && (goes_on(view, below) || quoted(a, b) || rest(view, below))
}
