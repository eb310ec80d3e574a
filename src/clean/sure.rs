//! Which lines at an edge are sure to be frame: lines of templates that speak of pages, lines that rules know, words of
//! portals where there are many, and shared lines that one of these parts from the text.

use super::guards;
use super::rules::{Company, Cut, RuleSet, Zone};
use super::templates::{LONG, MARKS, Spot};
use super::view::View;
use crate::learn::Edge;
use std::cell::LazyCell;
use std::ops::Range;

/// Sure frame lines at an edge from which on links between them are frame as well, in a document of its own.
pub(super) const SURE: usize = 3;
/// Lines between two sure ones that may be unknown.
const GAP: usize = 12;
/// Lines within which a rule finds its company.
pub(super) const COMPANY: usize = 3;
/// Lines at the end of a text that a site may have added to it.
const PROMOTED: usize = 6;

/// Asks the rules for whole lines about all lines of an edge: a walk from the edge gives up in a portal's frame.
pub(super) fn ask_rules(view: &View, rules: &RuleSet, spots: &mut [Spot], edge: Edge, candidates: &[(u32, u16)]) {
    for spot in spots.iter_mut().filter(|spot| !spot.gone && !spot.sealed) {
        let text = view.fold(spot.line);
        let held = LazyCell::new(|| rules.held(text));
        let here = RuleSet::of_line(candidates, spot.line);
        let fitting = here.map(|rule| (rule, rules.rule(rule))).filter(|(at, row)| {
            matches!(row.cut, Cut::Line | Cut::Block)
                && match edge {
                    Edge::Head => matches!(row.zone, Zone::Head | Zone::PartHead | Zone::Edge | Zone::PartEdge),
                    Edge::Tail => matches!(row.zone, Zone::Tail | Zone::PartTail | Zone::Edge | Zone::PartEdge),
                }
                && rules.may_hit(*at, &held)
                && row.find(text).is_some()
        });
        let best = fitting.map(|(at, row)| (row.company != Company::None, at)).min();
        spot.rule = best.filter(|_| guards::guard(text).is_none()).map(|(weak, at)| (at, weak));
    }
}

/// Whether a template tells a line to be of a page.
pub(super) fn signed(spot: &Spot, side: usize) -> bool {
    spot.templates[side].is_some_and(|owner| owner.signed && !owner.labels)
}

/// Which lines are sure to be frame. A rule that needs company has it in a sure line near it.
/// Where words of the site are glued to the text, template lines above `parted`, or below it, are parted from it. Below
/// the title only the site's own lines part what is shared from the text: others may be the text's first.
pub(super) fn sure(spots: &[Spot], side: usize, parted: usize, title: Option<usize>) -> Vec<bool> {
    let marked = spots.len() >= LONG
        && spots.iter().filter(|spot| spot.mark || spot.gone || spot.rule.is_some()).count() >= MARKS;
    let strong: Vec<bool> = spots
        .iter()
        .map(|spot| {
            spot.gone
                || (signed(spot, side) && !spot.office)
                || matches!(spot.rule, Some((_, false)))
                || (marked && spot.mark)
        })
        .collect();
    (0..spots.len())
        .map(|at| {
            let near = at.saturating_sub(COMPANY)..(at + COMPANY + 1).min(spots.len());
            if strong[at] || (spots[at].rule.is_some() && strong[near].contains(&true)) {
                return true;
            }
            // What texts share may be their own where it stands beside them; what a frame line parts from the text
            // is frame. The name of an office signs what stands above it.
            if spots[at].templates[side].is_none() {
                return false;
            }
            // A menu or trail below a site's own line and above the title.
            if side == 0 && spots[at].row && title.is_some_and(|title| at < title) {
                let above = at.saturating_sub(COMPANY)..at;
                let first = !spots[..at].iter().any(|above| above.bare);
                if first && spots[above].iter().any(|above| signed(above, 0)) {
                    return true;
                }
            }
            // A day of issue right below such a line, and nothing above it that may be the title.
            if side == 0
                && spots[at].issued
                && at > 0
                && signed(&spots[at - 1], 0)
                && spots[..at].iter().all(Spot::known)
            {
                return true;
            }
            let beyond = if side == 0 { at < parted } else { at >= parted };
            if beyond && !spots[at].office {
                return true;
            }
            let reach = if spots[at].office { 1 } else { GAP };
            match side {
                0 => (at + 1..(at + 1 + reach).min(spots.len()))
                    .any(|below| strong[below] && (title.is_none_or(|title| at < title) || signed(&spots[below], 0))),
                _ => strong[at.saturating_sub(reach)..at].contains(&true),
            }
        })
        .collect()
}

/// One past the last line of the text: lines at its end that a rule for whole lines knows, above sure lines, are frame.
pub(super) fn promoted(
    view: &View,
    rules: &RuleSet,
    spots: &mut [Spot],
    body: Range<usize>,
    candidates: &[(u32, u16)],
) -> usize {
    if sure(&spots[body.end..], 1, usize::MAX, None).iter().filter(|sure| **sure).count() < SURE {
        return body.end;
    }
    let last = &mut spots[body.end.saturating_sub(PROMOTED).max(body.start + 1)..body.end];
    ask_rules(view, rules, last, Edge::Tail, candidates);
    body.end - last.iter().rev().take_while(|spot| matches!(spot.rule, Some((_, false)))).count()
}

/// Whether the nearest sure line above is one that most texts of the site have: what is listed below it is frame too.
pub(super) fn core(spots: &[Spot], sure: &[bool]) -> bool {
    let above = sure.iter().rposition(|sure| *sure);
    above.is_some_and(|at| spots[at].templates[1].is_some_and(|owner| owner.core && !owner.labels))
}

/// Whether sure lines stand near on both sides; the last `rest` lines need none below.
pub(super) fn between(sure: &[bool], at: usize, rest: usize) -> bool {
    let above = sure[at.saturating_sub(GAP)..at].contains(&true);
    let below = sure[at + 1..(at + 1 + GAP).min(sure.len())].contains(&true) || sure.len() - at <= rest;
    above && below
}
