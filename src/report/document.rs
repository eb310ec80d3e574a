//! A document: the original with what was taken struck through, and where its passages stand again.

use super::data::{cut_record, passage_record};
use super::detail::{Details, Document};
use super::frame::{excerpt, name_of, num, page, percent, save, shown, verdict};
use super::rules::anchor;
use super::text::{self, say};
use super::why::{self, Parts};
use super::{Look, chart, id};
use crate::audit::{Decision, DocumentRecord, DuplicateRecord, Label, PassageRecord, RemovalRecord, Scope, Verdict};
use crate::document::{Action, Class};
use crate::error::Result;
use crate::published::Published;
use crate::summary::label;
use maud::{Markup, html};
use std::collections::BTreeMap;
use std::ops::Range;

const UP: &str = "../../";
/// Lines without a change that are shown without a fold.
const UNFOLDED: usize = 4;
/// Lines of a passage shown at both its ends.
const ENDS: usize = 2;
/// Characters of a document on its page.
const MAX_CHARS: usize = 400_000;

/// A place of a passage in this document.
struct Place<'d> {
    passage: &'d PassageRecord,
    range: Range<usize>,
    /// It is the copy that goes (or the part that is reported).
    goes: bool,
}

pub(super) fn render(look: &Look, out: &Published, document: &Document, details: &Details) -> Result<String> {
    let record = &document.record;
    let mut view = None;
    if record.decision != Decision::Quarantine {
        let decoded = out.decoded(record, &document.removals)?;
        view = Some(View::new(&decoded, document));
    }
    let body = html! {
        div.here {
            h2 { (text::HAPPENED) }
            (happened(out, document, details)?)
            @if let Some(view) = &view { (view.passages()) }
            (held(record))
        }
        dl.figures {
            div { dt { (text::LENGTHS) } dd { (num(record.chars_in)) " / " (num(record.chars_out)) } }
            div { dt { (text::ENCODING) } dd.small { (record.encoding.as_deref().unwrap_or("-")) } }
            div { dt { (text::RESTORE) } dd.small { code { "dechaff restore OUT " (name_of(&record.path)) } } }
        }
        @if !document.pairs.is_empty() { h2 { (text::RELATED) } (related(document, details)) }
        @match &view {
            None => p.note { (text::NO_TEXT) },
            Some(view) => {
                p.note { (text::MAP) }
                (view.map())
                h2 { (text::ORIGINAL) }
                ul.plain {
                    li { del { "甲乙" } " " (text::D_CUT) }
                    li { del.repeat { "甲乙" } " " (text::D_REPEAT) }
                    li { span.join { "⏎" } " " (text::D_JOIN) }
                    li { span.pass { "甲乙" } " " (text::D_PASS) }
                }
                p.js hidden {
                    button.next type="button" { (text::NEXT) } " " button.prev type="button" { (text::PREV) } " "
                    button.folds type="button" { (text::FOLDS) }
                }
                (view.text(details))
                (changes(&document.removals, &record.path))
            }
        }
        (save())
    };
    Ok(page(look, UP, text::DOCUMENT, Some(&record.path), body))
}

fn link(details: &Details, path: &str) -> Markup {
    match details.document(UP, path) {
        Some(href) => html! { a href=(href) { (name_of(path)) } },
        None => name_of(path),
    }
}

fn happened(out: &Published, document: &Document, details: &Details) -> Result<Markup> {
    let record = &document.record;
    let witness = record.witness.as_deref();
    let reason = match witness.and_then(|witness| details.documents.get(witness)) {
        Some(winner) => Some(why::survivor(out, winner, document)?),
        None => None,
    };
    let mut classes: BTreeMap<Class, (u64, u64)> = BTreeMap::new();
    for removal in document.removals.iter().filter(|r| r.action == Action::Cut && r.class != Class::Repeat) {
        let sum = classes.entry(removal.class).or_default();
        *sum = (sum.0 + 1, sum.1 + removal.end - removal.start);
    }
    let joins = document.removals.iter().filter(|removal| removal.action == Action::Join).count();
    let group = record.cluster.as_deref().filter(|_| record.cluster_size > 1);
    Ok(html! {
        p {
            strong { (text::of(&label(&record.decision))) } (text::COLON) (text::of(&record.reason))
            @if let Some(witness) = witness {
                (text::STOP) (text::STAYS) (text::COLON) (link(details, witness)) (text::STOP)
                @if let Some(reason) = &reason { (text::WON) (text::COLON) (reason) }
                @if let Some(href) = details.pair(UP, &record.path, witness) { " " a href=(href) { (text::PAIR) } }
            }
            @if let Some(href) = group.and_then(|survivor| details.group(UP, survivor)) { " " a href=(href) { (text::GROUP) (text::OPEN) (record.cluster_size) (text::CLOSE) } }
        }
        @if let Some(review) = &record.review { p { strong { (text::LEFT_WHOLE) } (text::COLON) (name_of(review)) } }
        @if !classes.is_empty() || joins > 0 {
            p {
                (text::CHARS_CUT) (text::COLON)
                @for (at, (class, (hits, chars))) in classes.iter().enumerate() {
                    @if at > 0 { (text::LISTED) }
                    (text::of(&label(class))) " " (num(*chars)) (text::OPEN) (num(*hits)) "×" (text::CLOSE)
                }
                @if joins > 0 { (text::STOP) (text::JOINS) (text::COLON) (joins) }
            }
        }
    })
}

/// Where a person held a change wrong.
fn held(record: &DocumentRecord) -> Markup {
    html! {
        @if !record.held.is_empty() {
            p { (text::HELD) (text::COLON)
                @for (at, held) in record.held.iter().take(20).enumerate() {
                    @if at > 0 { (text::LISTED) }
                    (text::lines(held.line_start, held.line_end)) " " code { (name_of(&held.rule)) }
                }
                @if record.held.len() > 20 { " …" }
            }
        }
    }
}

fn related(document: &Document, details: &Details) -> Markup {
    /// Pairs shown without a fold.
    const ROWS: usize = 50;
    let (first, rest) = document.pairs.split_at(document.pairs.len().min(ROWS));
    // Every page is linked from somewhere: of the others those are told that have one.
    let paged = |pair: &&DuplicateRecord| details.pair(UP, &pair.a, &pair.b).is_some();
    let rest_paged: Vec<&DuplicateRecord> = rest.iter().filter(paged).collect();
    html! {
        ul { @for pair in first { (related_to(&document.record.path, pair, details)) } }
        @if !rest_paged.is_empty() {
            details.fold {
                summary { (text::more(rest_paged.len())) }
                ul { @for pair in &rest_paged { (related_to(&document.record.path, pair, details)) } }
            }
        }
        @if rest.len() > rest_paged.len() { p.note { (text::LESS_SHOWN) } }
    }
}

fn related_to(path: &str, pair: &DuplicateRecord, details: &Details) -> Markup {
    let (other, theirs, mine) = if pair.a == path {
        (&pair.b, pair.coverage_b, pair.coverage_a)
    } else {
        (&pair.a, pair.coverage_a, pair.coverage_b)
    };
    html! {
        li {
            (text::of(&label(&pair.relation))) (text::COLON) (link(details, other)) (text::COMMA) (text::of(&label(&pair.action))) (text::STOP)
            (text::shares(&percent(theirs), &percent(mine)))
            @if let Some(href) = details.pair(UP, &pair.a, &pair.b) { " " a href=(href) { (text::PAIR) } }
        }
    }
}

/// All changes as a table, with buttons for a verdict.
fn changes(removals: &[RemovalRecord], path: &str) -> Markup {
    const ROWS: usize = 500;
    html! {
        @if !removals.is_empty() {
            details.fold {
                summary { (say(format!("全部改动（{}）", removals.len()), format!("All changes ({})", removals.len()))) }
                @if removals.len() > ROWS { p.note { (text::of_all(ROWS, removals.len() as u64)) } }
                div.scroll tabindex="0" { table { tbody {
                    @for cut in removals.iter().take(ROWS) {
                        tr {
                            td { a href=(format!("#c{}", cut.start)) { (text::lines(cut.line_start, cut.line_end)) } }
                            td { code { (name_of(&cut.rule)) } br; (text::of(&label(&cut.class))) }
                            td {
                                @if cut.action == Action::Join { (text::D_JOIN) } @else { bdi { (excerpt(cut.text.trim_end(), 80)) } }
                                br; (verdict(&format!("cut:{}:{}", id(&[path]), cut.start), &cut_record(cut)))
                            }
                        }
                    }
                } } }
            }
        }
    }
}

struct View<'d> {
    path: &'d str,
    chars: Vec<char>,
    removals: &'d [RemovalRecord],
    /// For each character, one more than its removal; 0 for none.
    removal_of: Vec<u32>,
    places: Vec<Place<'d>>,
    /// For each character, one more than its place; 0 for none.
    place_of: Vec<u32>,
    /// The places that start at a character.
    starts: BTreeMap<usize, Vec<usize>>,
    parts: Parts,
    total: usize,
}

#[derive(PartialEq, Clone, Copy)]
enum Line {
    Plain,
    Inside(u32),
    Marked,
}

impl<'d> View<'d> {
    fn new(decoded: &str, document: &'d Document) -> Self {
        let chars: Vec<char> = decoded.chars().collect();
        // What a damaged audit says may end before it starts.
        let within = |start: u64, end: u64| {
            let end = (end as usize).min(chars.len());
            (start as usize).min(end)..end
        };
        let mut removal_of = vec![0u32; chars.len()];
        for (at, removal) in document.removals.iter().enumerate() {
            removal_of[within(removal.start, removal.end)].fill(at as u32 + 1);
        }
        let path = document.record.path.as_str();
        let mut places = Vec::new();
        for passage in &document.passages {
            if passage.a == path {
                places.push(Place { passage, range: within(passage.a_start, passage.a_end), goes: true });
            }
            if passage.b == path {
                places.push(Place { passage, range: within(passage.b_start, passage.b_end), goes: false });
            }
        }
        // What was taken out is told before what is only reported, the longer before the shorter.
        places.sort_by_key(|place| {
            let drop = place.passage.action == Verdict::Drop;
            (drop, place.passage.symbols, std::cmp::Reverse(place.range.start))
        });
        let mut place_of = vec![0u32; chars.len()];
        for (at, place) in places.iter().enumerate() {
            place_of[place.range.clone()].fill(at as u32 + 1);
        }
        let mut starts: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (at, place) in places.iter().enumerate().rev() {
            starts.entry(place.range.start).or_default().push(at);
        }
        let parts = Parts::of(decoded);
        let total = document.passages_total;
        Self { path, chars, removals: &document.removals, removal_of, places, place_of, starts, parts, total }
    }

    /// What is said of the passages, those that were taken out first.
    fn passages(&self) -> Markup {
        let mut own: Vec<&Place> =
            self.places.iter().filter(|place| place.goes || place.passage.a != self.path).collect();
        own.sort_by_key(|place| (place.passage.action != Verdict::Drop, place.range.start));
        let cut = |place: &&&Place| place.goes && place.passage.action == Verdict::Drop;
        let doubled = own.iter().filter(cut).count();
        let head = |start, end| {
            self.parts
                .head(start, end)
                .map(|head| html! { " " (say("在", "in")) " 「" bdi { (excerpt(head, 40)) } "」" })
        };
        html! {
            @if doubled > 0 { p { strong { (text::doubled(doubled)) } } }
            @if !own.is_empty() { ul {
                @for place in own.iter().take(20) {
                    @let p = place.passage;
                    @if p.scope == Scope::Within {
                        li {
                            @if p.action == Verdict::Drop { strong { (say("重复，已剪掉", "Doubled, this copy was cut")) } } @else { (text::of(&label(&p.label))) (text::OPEN) @if p.held { (text::HELD) } @else { (text::V_FLAG) } (text::CLOSE) }
                            (text::COLON) a href=(format!("#p{}", p.a_start)) { (text::lines(p.a_line_start, p.a_line_end)) } (head(p.a_start, p.a_end).unwrap_or_default())
                            (text::OPEN) (num(p.a_end - p.a_start)) " " (text::CHARS) (text::CLOSE) (text::STOP)
                            (say("同样的文字在", "The same text stands at")) " " a href=(format!("#p{}", p.b_start)) { (text::lines(p.b_line_start, p.b_line_end)) } (head(p.b_start, p.b_end).unwrap_or_default())
                            @if p.action == Verdict::Drop {
                                (text::COMMA) strong { (say("那一份留下", "that copy stays")) } (text::COLON) (why::passage(p, &self.parts, self.removals)) (text::STOP)
                                br; bdi.note { "“" (excerpt(&self.piece(p.a_start as usize..p.a_end as usize), 70)) "”" } " "
                                (verdict(&format!("passage:{}:{}", id(&[&p.a]), p.a_start), &passage_record(p)))
                            }
                        }
                    }
                }
                @let across = own.iter().filter(|place| place.passage.scope == Scope::Across).count();
                @if across > 0 { li { (text::SHARED) (text::COLON) (across) } }
            } }
            @if self.total > self.places.len() { p.note { (text::LESS_SHOWN) } }
        }
    }

    fn piece(&self, range: Range<usize>) -> String {
        let end = range.end.min(self.chars.len());
        self.chars[range.start.min(end)..end].iter().collect()
    }

    fn map(&self) -> Markup {
        let cuts: Vec<(u64, u64, bool)> = self
            .removals
            .iter()
            .filter(|removal| removal.action == Action::Cut)
            .map(|removal| (removal.start, removal.end, removal.class == Class::Repeat))
            .collect();
        let places: Vec<(u64, u64)> =
            self.places.iter().map(|place| (place.range.start as u64, place.range.end as u64)).collect();
        let arcs: Vec<(u64, u64)> = self
            .places
            .iter()
            .filter(|place| place.goes && place.passage.scope == Scope::Within)
            .map(|place| {
                let p = place.passage;
                ((p.a_start + p.a_end) / 2, (p.b_start + p.b_end) / 2)
            })
            .collect();
        chart::map(self.chars.len(), &cuts, &places, &arcs)
    }

    fn lines(&self) -> Vec<Range<usize>> {
        let mut lines = Vec::new();
        let mut start = 0;
        for (at, ch) in self.chars.iter().enumerate() {
            if *ch == '\n' {
                lines.push(start..at + 1);
                start = at + 1;
            }
        }
        if start < self.chars.len() {
            lines.push(start..self.chars.len());
        }
        lines
    }

    fn kind(&self, line: &Range<usize>) -> Line {
        let place = self.place_of[line.start];
        let same = place > 0 && self.place_of[line.clone()].iter().all(|other| *other == place);
        let cut = self.removal_of[line.clone()].iter().any(|removal| *removal > 0);
        let taken = same && {
            let place = &self.places[place as usize - 1];
            place.goes && place.passage.action == Verdict::Drop
        };
        match (same, cut) {
            (true, _) if taken => Line::Inside(place),
            (true, false) => Line::Inside(place),
            (false, false) if self.place_of[line.clone()].iter().all(|place| *place == 0) => Line::Plain,
            _ => Line::Marked,
        }
    }

    fn text(&self, details: &Details) -> Markup {
        let lines = self.lines();
        let kinds: Vec<Line> = lines.iter().map(|line| self.kind(line)).collect();
        let (mut parts, mut at, mut chars) = (Vec::new(), 0, 0);
        while at < lines.len() && chars < MAX_CHARS {
            let kind = kinds[at];
            let end = (at..lines.len()).find(|end| kinds[*end] != kind).unwrap_or(lines.len());
            let ends = if kind == Line::Plain { 1 } else { ENDS };
            chars += lines[end - 1].end - lines[at].start;
            if kind == Line::Marked || end - at <= UNFOLDED {
                parts.push(self.stretch(lines[at].start..lines[end - 1].end, details));
            } else {
                let (first, last) = (at + ends, end - ends);
                let hidden = lines[first].start..lines[last - 1].end;
                parts.push(self.stretch(lines[at].start..hidden.start, details));
                let size = hidden.len();
                let summary = match kind {
                    Line::Inside(place) => {
                        let place = &self.places[place as usize - 1];
                        let cut = place.goes && place.passage.action == Verdict::Drop;
                        if cut { text::inside(last - first, size) } else { text::standing(last - first, size) }
                    }
                    _ => text::untouched(last - first, size),
                };
                parts.push(html! { details.fold { summary { (summary) } (self.stretch(hidden.clone(), details)) } });
                parts.push(self.stretch(hidden.end..lines[end - 1].end, details));
            }
            at = end;
        }
        html! {
            @for part in parts { (part) }
            @if at < lines.len() { p.note { (text::LESS_SHOWN) } }
        }
    }

    fn stretch(&self, range: Range<usize>, details: &Details) -> Markup {
        let mut pieces = Vec::new();
        let mut at = range.start;
        while at < range.end {
            let state = (self.removal_of[at], self.place_of[at]);
            let goes_on =
                |next: usize| (self.removal_of[next], self.place_of[next]) == state && !self.starts.contains_key(&next);
            let end = (at + 1..range.end).find(|next| !goes_on(*next)).unwrap_or(range.end);
            pieces.push((at..end, state));
            at = end;
        }
        html! {
            div.text dir="auto" {
                @for (piece, (removal, place)) in pieces {
                    @if let Some(here) = self.starts.get(&piece.start) { (self.signs(piece.start, here, details)) }
                    @let inner = self.removed(piece.clone(), removal);
                    @if place > 0 {
                        @let formula = self.places[place as usize - 1].passage.label == Label::Formula;
                        span.pass.formula[formula] { (inner) }
                    } @else { (inner) }
                }
            }
        }
    }

    /// Links from the beginning of passages to their other places.
    fn signs(&self, start: usize, here: &[usize], details: &Details) -> Markup {
        html! {
            span id=(format!("p{start}")) {
                @for at in here.iter().take(3) {
                    @let place = &self.places[*at];
                    @let p = place.passage;
                    @let (path, other, first, last) = if place.goes { (&p.b, p.b_start, p.b_line_start, p.b_line_end) } else { (&p.a, p.a_start, p.a_line_start, p.a_line_end) };
                    @let href = if path == self.path { Some(format!("#p{other}")) } else { details.document(UP, path).map(|href| format!("{href}#p{other}")) };
                    @let name = html! { "⇄ " @if path != self.path { (name_of(path)) " " } (text::lines(first, last)) };
                    @match href {
                        Some(href) => a.rule href=(href) { (name) },
                        None => span.rule { (name) },
                    }
                }
            }
        }
    }

    fn removed(&self, piece: Range<usize>, removal: u32) -> Markup {
        let words = self.piece(piece.clone());
        if removal == 0 {
            return shown(&words);
        }
        let removal = &self.removals[removal as usize - 1];
        let first = piece.start as u64 == removal.start;
        let last = piece.end as u64 == removal.end;
        let id = first.then(|| format!("c{}", removal.start));
        let rule =
            html! { a.rule href=(format!("{UP}rules.html#{}", anchor(&removal.rule))) { (name_of(&removal.rule)) } };
        if removal.action == Action::Join {
            return html! { span.join id=[id] title=(removal.rule) { "⏎" } };
        }
        // The rule stands before the line break that was cut, beside what it names.
        let (body, tail) = match words.strip_suffix('\n') {
            Some(body) if last => (body, "\n"),
            _ => (words.as_str(), ""),
        };
        html! {
            del.repeat[removal.class == Class::Repeat].stop[first] id=[id] { (shown(body)) @if !tail.is_empty() { span.join { "⏎" } } }
            @if last { (rule) }
            (tail)
        }
    }
}
