//! The list of all documents, where each that something happened to has its page.

use super::detail::{Details, Listed};
use super::frame::{name_of, num, page};
use super::text::{self, Text};
use super::{Look, shard};
use crate::audit::Decision;
use maud::{Markup, html};

/// Documents on one page: what a browser lays out and filters at once.
const ROWS: usize = 4000;

/// The first page of the list.
pub(super) const FIRST: &str = "documents.html";

/// The pages of the list, with their names.
pub(super) fn pages(look: &Look, details: &Details) -> Vec<(String, String)> {
    let mut rows: Vec<&Listed> = details.list.iter().collect();
    rows.sort_by_key(|row| folder_and_name(&row.path));
    let parts: Vec<&[&Listed]> = if rows.is_empty() { vec![&[]] } else { rows.chunks(ROWS).collect() };
    (0..parts.len()).map(|at| (name(at), render(look, details, &parts, at))).collect()
}

fn name(at: usize) -> String {
    if at == 0 { FIRST.to_owned() } else { format!("documents-{}.html", at + 1) }
}

/// The folder of a path, with its slash, and the name in it.
fn folder_and_name(path: &str) -> (&str, &str) {
    path.rfind('/').map_or(("", path), |slash| path.split_at(slash + 1))
}

fn render(look: &Look, details: &Details, parts: &[&[&Listed]], at: usize) -> String {
    let folders = parts[at].chunk_by(|one, two| folder_and_name(&one.path).0 == folder_and_name(&two.path).0);
    let body = html! {
        p { (text::LIST_INTRO) }
        @if parts.len() > 1 { (others(parts, at)) }
        p.js hidden {
            label { (if parts.len() > 1 { text::FILTER_PAGE } else { text::FILTER }) " " input.filter type="search" autocomplete="off"; }
            " " span.note { span.found {} " / " (parts[at].len()) }
        }
        @if parts[at].is_empty() { p.note { (text::NOTHING) } } @else {
            table.list {
                thead { tr { th { (text::DOCUMENT) } th { (text::HAPPENED_SHORT) } th.n { (text::CHARS_IN) } th.n { (text::CHARS_OUT) } } }
                @for rows in folders { (folder(details, rows)) }
            }
        }
    };
    page(look, "", text::LIST, None, body)
}

/// Links to the pages of the list, each with the first and the last of its documents.
fn others(parts: &[&[&Listed]], here: usize) -> Markup {
    html! {
        ul.plain {
            @for (at, part) in parts.iter().enumerate() {
                @let (first, last) = (part.first(), part.last());
                @let range = html! {
                    (at + 1) ": " @if let (Some(first), Some(last)) = (first, last) { (name_of(&first.path)) " – " (name_of(&last.path)) }
                };
                li { @if at == here { strong { (range) } } @else { a.part href=(name(at)) { (range) } } }
            }
        }
    }
}

fn folder(details: &Details, rows: &[&Listed]) -> Markup {
    let name = rows.first().map_or("", |row| folder_and_name(&row.path).0);
    html! {
        tbody {
            tr { th colspan="4" scope="rowgroup" { @if name.is_empty() { "./" } @else { (name_of(name)) } } }
            @for row in rows { (document(details, row)) }
        }
    }
}

fn document(details: &Details, row: &Listed) -> Markup {
    let name = name_of(folder_and_name(&row.path).1);
    html! {
        tr {
            td { @match details.document("", &row.path) { Some(href) => a href=(href) { (name) }, None => (name) } }
            td {
                (tag(match row.decision {
                    Decision::Keep => text::V_KEEP,
                    Decision::Drop => text::V_DROP,
                    Decision::Quarantine => text::V_QUARANTINE,
                }))
                @if row.changed { (tag(text::V_CHANGED)) }
                @if row.reported { (tag(text::V_FLAG)) }
                @if row.review { (tag(text::LEFT_WHOLE)) }
                @if details.groups.contains_key(&row.path) {
                    a href=(shard("group", &super::id(&[&row.path]))) { (text::GROUP) }
                }
            }
            td.n { (num(row.chars_in)) }
            td.n { (num(row.chars_out)) }
        }
    }
}

fn tag(text: Text) -> Markup {
    html! { span.tag { (text) } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Lang;

    #[test]
    fn a_long_list_has_several_pages_that_name_one_another() {
        let look = Look { lang: Lang::En, full: true, run_id: String::new() };
        let listed = |at: usize| Listed {
            path: format!("{}/{at}.txt", ["z", "z/inner", "a"][at % 3]),
            decision: Decision::Keep,
            chars_in: 1,
            chars_out: 1,
            changed: false,
            reported: false,
            review: false,
        };
        let details = Details { list: (0..ROWS + 2).map(listed).collect(), ..Details::default() };
        let pages = pages(&look, &details);
        let names: Vec<&str> = pages.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, [FIRST, "documents-2.html"]);
        for (at, (_, page)) in pages.iter().enumerate() {
            assert!(page.contains(&format!("class=\"part\" href=\"{}\"", names[1 - at])), "{page}");
        }
        let rows = |page: &str| page.matches(".txt</bdi></td>").count();
        assert_eq!([rows(&pages[0].1), rows(&pages[1].1)], [ROWS, 2]);
        let folders = pages[0].1.matches("scope=\"rowgroup\"").count();
        assert_eq!(folders, 3, "a folder stands once, also where another lies in it");
        assert_eq!(super::pages(&look, &Details::default()).len(), 1, "an empty input has its page too");
    }
}
