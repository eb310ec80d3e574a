//! Two documents side by side.

use super::data::pair_record;
use super::detail::Details;
use super::diff::{Diff, Level, Row, Side, Tone, diff};
use super::frame::{name_of, num, page, percent, save, shown, verdict};
use super::text::Text;
use super::{Look, text, why};
use crate::audit::{Decision, DuplicateRecord, Relation, Verdict};
use crate::differ::Differs;
use crate::error::Result;
use crate::published::Published;
use crate::summary::label;
use maud::{Markup, html};
use std::ops::Range;

const UP: &str = "../../";
/// Characters of rows without a loud difference that are shown without a fold.
const UNFOLDED: usize = 160;
/// Characters of both texts on a page.
const MAX_CHARS: usize = 400_000;

pub(super) fn render(look: &Look, out: &Published, pair: &DuplicateRecord, details: &Details) -> Result<String> {
    let both = details.documents.get(&pair.b).zip(details.documents.get(&pair.a));
    let readable = both.filter(|(left, right)| {
        left.record.decision != Decision::Quarantine && right.record.decision != Decision::Quarantine
    });
    let (mut reason, mut found) = (None, None);
    if let Some((left, right)) = readable {
        if pair.action == Verdict::Drop {
            reason = Some(why::survivor(out, left, right)?);
        }
        let (l, r) = (out.decoded(&left.record, &left.removals)?, out.decoded(&right.record, &right.removals)?);
        found = Some(diff((&l, &left.removals), (&r, &right.removals)));
    }
    let dropped = pair.action == Verdict::Drop;
    let link = |path: &str| match details.document(UP, path) {
        Some(href) => html! { a href=(href) { (name_of(path)) } },
        None => name_of(path),
    };
    let id = format!("pair:{}", super::id(&[&pair.a, &pair.b]));
    let body = html! {
        p.stop { (verdict(&id, &pair_record(pair))) }
        div.here {
            p { strong { (lead(pair, both.map(|(left, right)| [left.record.decision, right.record.decision]))) } }
            @if let Some(reason) = &reason { p { (text::WON) (text::COLON) (reason) } }
            @if let Some(found) = &found {
                @let count = |side: &Side, tones: &[Tone]| side.tones.iter().filter(|tone| tones.contains(tone)).count();
                @let quiet = count(&found.right, &[Tone::Variant, Tone::Quiet]);
                @let loud = found.rows.iter().filter(|row| row.level == Level::Loud).count();
                p { (text::counts(dropped, loud, count(&found.right, &[Tone::Only]), count(&found.left, &[Tone::Only]), quiet, count(&found.right, &[Tone::Moved]))) }
            }
        }
        dl.figures {
            div { dt { (text::RELATION) } dd.small { (text::of(&label(&pair.relation))) } }
            div { dt { (text::ACTION) } dd.small { (text::of(&label(&pair.action))) } }
            div { dt { (text::COVERAGE_A) } dd { (percent(pair.coverage_a)) } }
            div { dt { (text::COVERAGE_B) } dd { (percent(pair.coverage_b)) } }
            div { dt { (text::JACCARD) } dd { (format!("{:.3}", pair.jaccard)) } }
            div { dt { (text::SIMHASH) } dd { @match pair.simhash_distance { Some(bits) => (bits), None => "-" } } }
        }
        @if let Some(survivor) = details.group(UP, &pair.b) { p { a href=(survivor) { (text::COPIES_OF) } } }
        h2 { (text::DIFFERENCES) }
        (legend(dropped))
        p.js hidden {
            button.next type="button" { (text::NEXT) } " " button.prev type="button" { (text::PREV) } " "
            button.folds type="button" { (text::FOLDS) }
        }
        div.heads {
            @let [left, right] = sides(dropped);
            div { (left) (text::COLON) (link(&pair.b)) }
            div { (right) (text::COLON) (link(&pair.a)) }
        }
        @if let Some(found) = &found { (rows(found, sides(dropped))) } @else { p.note { (text::NO_TEXT) } }
        (save())
    };
    Ok(page(look, UP, text::PAIR, None, body))
}

/// What the pair came to, in one sentence.
fn lead(pair: &DuplicateRecord, decisions: Option<[Decision; 2]>) -> Text {
    let gone = decisions.is_some_and(|both| both.contains(&Decision::Drop));
    match (pair.action, pair.relation) {
        (Verdict::Drop, Relation::Contained) => text::LEAD_PART_GONE,
        (Verdict::Drop, _) => text::LEAD_COPY,
        (Verdict::Flag, _) if pair.held => text::LEAD_HELD,
        (Verdict::Flag, _) if gone => text::LEAD_SIDE,
        (Verdict::Flag, Relation::Contained) => text::LEAD_PART,
        (Verdict::Flag, Relation::NumbersDiffer) => text::LEAD_NUMBERS,
        (Verdict::Flag, Relation::Exact | Relation::Near) => match pair.differs {
            Some(Differs::Negation) => text::LEAD_NEGATION,
            Some(Differs::Word) => text::LEAD_WORD,
            Some(Differs::Passage) => text::LEAD_PASSAGE,
            None => text::LEAD_VERSION,
        },
    }
}

/// What the left and the right one are, over the columns and, on narrow screens, over each row.
fn sides(dropped: bool) -> [Text; 2] {
    if dropped { [text::SURVIVOR, text::REMOVED] } else { [text::LEFT_ONE, text::RIGHT_ONE] }
}

fn legend(dropped: bool) -> Markup {
    html! {
        details.fold open {
            summary { (text::LEGEND) }
            ul.plain {
                li { span.only { "甲乙" } " " (if dropped { text::L_ONLY } else { text::L_ONLY_STAYS }) }
                li { span.left { "甲乙" } " " (text::L_LEFT) }
                li { span.variant { "甲乙" } " " (text::L_QUIET) }
                li { span.moved { "甲乙" } " " (text::L_MOVED) }
                li { span.gone { "甲乙" } " " (text::L_GONE) }
            }
        }
    }
}

fn rows(found: &Diff, sides: [Text; 2]) -> Markup {
    let mut shown_chars = 0;
    let (mut parts, mut at, rows) = (Vec::new(), 0, &found.rows);
    let near = |at: usize| {
        // One row of context on both sides of what differs.
        (at.saturating_sub(1)..(at + 2).min(rows.len())).any(|at| rows[at].level == Level::Loud)
    };
    while at < rows.len() && shown_chars < MAX_CHARS {
        let end = (at..rows.len()).find(|end| near(*end)).unwrap_or(rows.len());
        if end == at {
            shown_chars += rows[at].left.len() + rows[at].right.len();
            parts.push(row(found, &rows[at], sides));
            at += 1;
            continue;
        }
        let chars: usize = rows[at..end].iter().map(|row| row.left.len()).sum();
        shown_chars += chars * 2;
        let inner = html! { @for each in &rows[at..end] { (row(found, each, sides)) } };
        parts.push(if chars <= UNFOLDED {
            inner
        } else {
            let quiet = rows[at..end].iter().filter(|row| row.level == Level::Quiet).count();
            html! { details.fold { summary { (text::folded(chars, quiet)) } (inner) } }
        });
        at = end;
    }
    html! {
        @for part in parts { (part) }
        @if at < rows.len() { p.note { (text::LESS_SHOWN) (text::OPEN) (num((rows.len() - at) as u64)) (text::CLOSE) } }
    }
}

fn row(found: &Diff, row: &Row, [left, right]: [Text; 2]) -> Markup {
    let loud = row.level == Level::Loud;
    html! {
        div.row.loud[loud].stop[loud].equal[row.level == Level::Equal] {
            div { span.pane { (left) } div.text dir="auto" { (side(&found.left, &row.left, "left")) } }
            div { span.pane { (right) } div.text dir="auto" { (side(&found.right, &row.right, "only")) } }
        }
    }
}

fn side(side: &Side, range: &Range<usize>, only: &str) -> Markup {
    html! {
        @for (tone, piece) in side.pieces(range) {
            @match tone {
                Tone::Equal => (shown(&piece)),
                Tone::Moved => span.moved { (shown(&piece)) },
                Tone::Variant => span.variant { (shown(&piece)) },
                Tone::Quiet => span.quiet { (shown(&piece)) },
                Tone::Only => span class=(only) { (shown(&piece)) },
                Tone::Gone => span.gone { (shown(&piece)) },
            }
        }
    }
}
