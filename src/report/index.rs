//! The summary, with the decisions to look at first.

use super::data::{Data, Item, Kind, What, cut_record, least_coverage, pair_record, passage_record};
use super::detail::Details;
use super::frame::{excerpt, figure, name_of, num, page, percent, save, signed, verdict};
use super::text::{self, Text, say};
use super::{Look, chart, id, list};
use crate::audit::{DuplicateRecord, Relation};
use crate::document::Class;
use crate::summary::label;
use maud::{Markup, Render, html};

pub(super) fn render(look: &Look, data: &Data, details: &Details) -> String {
    let totals = &data.run.totals;
    let cut: u64 = totals.cut_by_class.values().sum();
    let repeats = totals.cut_by_class.get(&Class::Repeat).copied().unwrap_or(0);
    let body = html! {
        p { (text::INTRO) }
        dl.figures {
            (figure(text::FILES_IN, num(totals.files_in)))
            (figure(text::KEPT, num(totals.kept)))
            (figure(text::DROPPED, num(totals.dropped)))
            (figure(text::QUARANTINED, num(totals.quarantined)))
            (figure(text::CHARS_IN, num(totals.chars_in)))
            (figure(text::CHARS_OUT, num(totals.chars_out)))
            (figure(text::CHARS_CUT, num(cut)))
            (figure(text::JOINS, num(totals.joins)))
            (figure(text::PASSAGES_OUT, num(totals.passages_dropped)))
            (figure(text::REVIEW, num(totals.review)))
        }
        h2 { (text::WHERE) }
        (chart::stacked(&[
            (text::CHARS_OUT.render(), totals.chars_out, "b1"),
            (text::CHARS_DROPPED.render(), totals.chars_dropped, "b2"),
            (text::REPEATS_CUT.render(), repeats, "b3"),
            (text::DEBRIS_CUT.render(), cut - repeats, "b0"),
        ]))
        section #change { h2 { (text::CHANGE) } (change(data)) }
        (first(data, details))
        h2 { (text::GROUPS) }
        (groups(look, data, details))
        h2 { (text::BY_CLASS) }
        (classes(data, cut))
        h2 { (text::BY_LABEL) }
        (labels(data))
        h2 { (text::HISTOGRAMS) }
        h3 { (text::HIST_COVERAGE) }
        (chart::histogram(&data.coverage))
        h3 { (text::HIST_JACCARD) }
        (chart::histogram(&data.jaccard))
        h2 { (text::SITES) }
        (sites(data))
        (trouble(data, details))
        h2 { (text::CONFIG) }
        (config(data))
    };
    page(look, "", text::TITLE, None, body)
}

/// What the last run of the same OUT came to, beside this one.
fn change(data: &Data) -> Markup {
    let [.., last, this] = data.run.history.as_slice() else { return html! { p.note { (text::NO_LAST) } } };
    let rows = [
        (text::FILES_IN, last.files_in, this.files_in),
        (text::KEPT, last.kept, this.kept),
        (text::DROPPED, last.dropped, this.dropped),
        (text::QUARANTINED, last.quarantined, this.quarantined),
        (text::CHARS_IN, last.chars_in, this.chars_in),
        (text::CHARS_OUT, last.chars_out, this.chars_out),
        (text::GROUP_SIZE, last.largest_group, this.largest_group),
    ];
    let reuse = &data.run.totals.reuse;
    html! {
        div.scroll tabindex="0" { table {
            thead { tr { th { (text::FIGURE) } th.n { (text::LAST_RUN) } th.n { (text::THIS_RUN) } th.n { (text::DIFFERENCE) } } }
            tbody { @for (name, last, this) in rows {
                tr { td { (name) } td.n { (num(last)) } td.n { (num(this)) } td.n { (signed(this as i64 - last as i64)) } }
            } }
        } }
        p.note {
            (text::last_run(last.sequence, &last.started)) " "
            (text::fresh(reuse.refined, reuse.unread + reuse.known))
        }
    }
}

fn kind(kind: Kind) -> Text {
    match kind {
        Kind::OwnWords => text::OWN_WORDS,
        Kind::Numbers => text::NUMBERS,
        Kind::Above => text::ABOVE,
        Kind::Below => text::BELOW,
        Kind::LongPassage => text::LONG_PASSAGE,
        Kind::LongCut => text::LONG_CUT,
        Kind::LostMost => text::LOST_MOST,
        Kind::LeftWhole => text::LEFT_WHOLE,
        Kind::RepeatAbove => text::REPEAT_ABOVE,
        Kind::RepeatBelow => text::REPEAT_BELOW,
        Kind::VersionEdge => text::VERSION_EDGE,
        Kind::Contained => text::CONTAINED,
        Kind::BigGroup => text::BIG_GROUP,
        Kind::RareRule => text::RARE_RULE,
    }
}

fn first(data: &Data, details: &Details) -> Markup {
    html! {
        h2 #first { (text::FIRST) (text::OPEN) (data.items.len()) (text::CLOSE) }
        p { (text::F_INTRO) }
        p.js hidden { button.next type="button" { (text::NEXT) } " " button.prev type="button" { (text::PREV) } }
        (save())
        ul.plain.first { @for each in &data.items { (item(each, details)) } }
    }
}

fn linked(href: Option<String>, what: Markup) -> Markup {
    match href {
        Some(href) => html! { a href=(href) { (what) } },
        None => what,
    }
}

fn item(item: &Item, details: &Details) -> Markup {
    html! {
        li.stop {
            span.tag { (kind(item.kind)) }
            @match &item.what {
                What::Pair(pair) => (told_pair(pair, None, details)),
                What::Dropped(copy) => {
                    @match details.pairs.get(&(copy.path.clone(), copy.witness.clone())) {
                        Some(pair) => (told_pair(pair, Some(copy.own), details)),
                        None => (linked(details.document("", &copy.path), name_of(&copy.path))),
                    }
                }
                What::Cut(cut) => {
                    (linked(details.document("", &cut.path).map(|href| format!("{href}#c{}", cut.start)), name_of(&cut.path)))
                    div.note { (text::lines(cut.line_start, cut.line_end)) (text::COMMA) code { (cut.rule) } (text::COMMA) (num(cut.end - cut.start)) " " (text::CHARS) }
                    div { bdi { (excerpt(cut.text.trim_end(), 160)) } }
                    (verdict(&format!("cut:{}:{}", id(&[&cut.path]), cut.start), &cut_record(cut)))
                }
                What::Passage(passage) => {
                    (linked(details.document("", &passage.a).map(|href| format!("{href}#p{}", passage.a_start)), name_of(&passage.a)))
                    div.note {
                        (text::lines(passage.a_line_start, passage.a_line_end)) " ⇄ " (text::lines(passage.b_line_start, passage.b_line_end)) (text::COMMA)
                        (num(passage.symbols)) " " (text::T_SYMBOLS) (text::COMMA) (text::of(&label(&passage.action)))
                    }
                    (verdict(&format!("passage:{}:{}", id(&[&passage.a]), passage.a_start), &passage_record(passage)))
                }
                What::Document(record) => {
                    @let group = if item.kind == Kind::BigGroup { details.group("", &record.path) } else { None };
                    (linked(group.or_else(|| details.document("", &record.path)), name_of(&record.path)))
                    div.note {
                        @if record.cluster_size > 1 { (say(format!("{} 份文件一组。", record.cluster_size), format!("a group of {} documents. ", record.cluster_size))) }
                        (text::LENGTHS) (text::COLON) (num(record.chars_in)) " / " (num(record.chars_out))
                        @if let Some(review) = &record.review { (text::STOP) (name_of(review)) }
                    }
                    @let kind = if item.kind == Kind::BigGroup { "group" } else { "document" };
                    @let value = serde_json::json!({ "kind": kind, "path": record.path });
                    (verdict(&format!("{kind}:{}", id(&[&record.path])), &value))
                }
            }
        }
    }
}

/// A pair; `own` tells how many characters only the copy had that went.
fn told_pair(pair: &DuplicateRecord, own: Option<u64>, details: &Details) -> Markup {
    let part = pair.relation == Relation::Contained;
    let sign = if part { " ⊂ " } else { " ⇄ " };
    let (name, share) =
        if part { (text::SHARE_OF_PART, pair.coverage_a) } else { (text::HIST_COVERAGE, least_coverage(pair)) };
    html! {
        (linked(details.pair("", &pair.a, &pair.b), html! { (name_of(&pair.a)) (sign) (name_of(&pair.b)) }))
        div.note { (text::of(&label(&pair.relation))) (text::COMMA) (text::of(&label(&pair.action))) (text::COMMA) (name) " " (percent(share)) @if let Some(own) = own { (text::STOP) (text::own_words(own)) } }
        (verdict(&format!("pair:{}", id(&[&pair.a, &pair.b])), &pair_record(pair)))
    }
}

fn groups(look: &Look, data: &Data, details: &Details) -> Markup {
    html! {
        @if data.groups.is_empty() { p.note { (text::NOTHING) } } @else {
            div.scroll tabindex="0" { table {
                thead { tr { th { (text::STAYS) } th.n { (text::DOCUMENTS) } } }
                tbody { @for (survivor, size) in &data.groups {
                    tr { td { (linked(details.group("", survivor), name_of(survivor))) } td.n { (size) } }
                } }
            } }
        }
        @if look.full { p { a href=(list::FIRST) { (text::ALL_PAGES) } } } @else { p.note { (text::NO_PAGES) } }
    }
}

fn classes(data: &Data, all: u64) -> Markup {
    let mut rows: Vec<_> = data.run.totals.cut_by_class.iter().filter(|(_, chars)| **chars > 0).collect();
    rows.sort_by_key(|(class, chars)| (std::cmp::Reverse(**chars), **class));
    let most = rows.first().map_or(1, |row| *row.1) as f64;
    html! {
        @if rows.is_empty() { p.note { (text::NOTHING) } } @else {
            div.scroll tabindex="0" { table {
                thead { tr { th { (text::CLASS) } th.n { (text::CHARS) } th.n { (text::SHARE) } th aria-hidden="true" {} } }
                tbody { @for (class, chars) in rows {
                    tr {
                        td { (text::of(&label(class))) } td.n { (num(*chars)) } td.n { (percent(*chars as f64 / all.max(1) as f64)) }
                        td aria-hidden="true" { svg width="200" height="14" viewBox="0 0 200 14" { rect.b1 width=(format!("{:.1}", *chars as f64 / most * 200.0)) height="14" {} } }
                    }
                } }
            } }
        }
    }
}

fn labels(data: &Data) -> Markup {
    let totals = &data.run.totals;
    html! {
        div.scroll tabindex="0" { table {
            thead { tr { th { (text::SCOPE) } th { (text::LABEL) } th.n { (text::COUNT) } } }
            tbody {
                @for (scope, labels) in &totals.passages { @for (kind, count) in labels {
                    tr { td { (text::of(&label(scope))) } td { (text::of(&label(kind))) } td.n { (num(*count)) } }
                } }
                @for (relation, count) in &totals.duplicates {
                    tr { td { (text::PAIR) } td { (text::of(&label(relation))) } td.n { (num(*count)) } }
                }
            }
        } }
    }
}

fn sites(data: &Data) -> Markup {
    html! {
        @if data.sites.is_empty() { p.note { (text::NOTHING) } } @else {
            div.scroll tabindex="0" { table {
                thead { tr { th { (text::SITE) } th.n { (text::DOCUMENTS) } th.n { (text::CHARS) } th.n { (text::SHARE) } th.n { (text::DROPPED) } } }
                tbody { @for (name, site) in &data.sites {
                    tr {
                        td { @if name.is_empty() { "./" } @else { (name_of(name)) } } td.n { (num(site.documents)) } td.n { (num(site.cut)) }
                        td.n { (percent(site.cut as f64 / site.chars.max(1) as f64)) } td.n { (num(site.dropped)) }
                    }
                } }
            } }
        }
    }
}

fn trouble(data: &Data, details: &Details) -> Markup {
    html! {
        @if data.trouble_total > 0 {
            h2 { (text::TROUBLE) (text::OPEN) (num(data.trouble_total)) (text::CLOSE) }
            @if (data.trouble.len() as u64) < data.trouble_total { p.note { (text::of_all(data.trouble.len(), data.trouble_total)) } }
            div.scroll tabindex="0" { table {
                thead { tr { th { (text::DOCUMENT) } th { (text::DECISION) } th { (text::WHY) } } }
                tbody { @for record in &data.trouble {
                    tr {
                        td { (linked(details.document("", &record.path), name_of(&record.path))) }
                        td { (text::of(&label(&record.decision))) }
                        td { @match &record.review { Some(review) => (name_of(review)), None => (text::of(&record.reason)) } }
                    }
                } }
            } }
        }
    }
}

fn config(data: &Data) -> Markup {
    let json = serde_json::to_string_pretty(&data.run.config).unwrap_or_default();
    html! {
        dl.figures {
            div { dt { (text::INPUT) } dd.small { (name_of(&data.run.input)) } }
            div { dt { (text::VERSION) } dd.small { "dechaff " (data.run.version) } }
        }
        pre.scroll tabindex="0" { bdi { (super::frame::shown(&json)) } }
        p.note { (text::TIMES) }
    }
}
