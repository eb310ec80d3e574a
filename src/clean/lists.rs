//! Lists below a line that a site's pages share: as many lines as in the other texts, whatever they look like.

use super::automaton::{Automaton, fixed};
use super::templates::Spot;
use super::view::View;
use std::sync::LazyLock;

/// Longest line of such a list, in characters.
const LINE: u32 = 64;
/// Longest one above the title, where the text's own lines may stand.
const LINE_ABOVE: u32 = 8;
/// Lines from which on a list is long: two that look like no links may be a text's.
const LONG: usize = 3;

/// What heads words that readers search for.
static SEARCHED: LazyLock<Automaton> = LazyLock::new(|| fixed(r"热[搜词榜]|在搜|热门搜索|搜索排行"));

/// What is known of the list that a line stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct List {
    /// All its lines end with a number: readers, a page.
    pub(super) counted: bool,
    /// It has some lines.
    pub(super) long: bool,
}

/// The lists that the lines of an edge stand in. `sure` are the lines that are frame for certain.
pub(super) fn lists(view: &View, spots: &[Spot], sure: &[bool], side: usize) -> Vec<Option<List>> {
    let mut out = vec![None; spots.len()];
    for (at, spot) in spots.iter().enumerate().filter(|(at, _)| sure[*at]) {
        let Some(list) = spot.templates[side].map(|owner| usize::from(owner.list)).filter(|list| *list > 0) else {
            continue;
        };
        // A trail, too, may stand above as many lines of the text's own in all texts: its title, author and era.
        if side == 0 && !SEARCHED.is_match(view.fold(spot.line)) {
            continue;
        }
        let range = at + 1..at + 1 + list;
        let Some(lines) = spots.get(range.clone()) else { continue };
        let longest = if side == 0 { LINE_ABOVE } else { LINE };
        let fits = |spot: &Spot| {
            !spot.bare && spot.look.chars <= longest && !spot.templates[side].is_some_and(|owner| owner.core)
        };
        // The next line is one that the site's pages share, or the end of the page. Above a text the title comes next.
        let ends = match side {
            0 => spots
                .get(range.end)
                .is_some_and(|next| next.bare || (!next.known() && spots.get(range.end + 1).is_none_or(Spot::known))),
            _ => spots.get(range.end).is_none_or(|next| sure[range.end] && next.templates[side].is_some()),
        };
        if ends && lines.iter().all(fits) {
            let counted =
                lines.iter().all(|spot| view.fold(spot.line).trim_end().ends_with(|c: char| c.is_ascii_digit()));
            out[range].fill(Some(List { counted, long: list >= LONG }));
        }
    }
    out
}
