//! The page. Everything from the corpus is escaped by the template; there is no script and nothing remote.

use super::{Data, Table};
use crate::audit::{DocumentRecord, DuplicateRecord, PassageRecord};
use crate::names::printable;
use crate::summary::{group, label};
use maud::{DOCTYPE, Markup, html};

const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

const STYLE: &str = "
:root { color-scheme: light dark; --line: #8884; --soft: #8881; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 76rem; margin: 0 auto; padding: 1.5rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2.5rem; }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: .75rem; margin: 0; }
dl div { border: 1px solid var(--line); border-radius: .4rem; padding: .6rem .8rem; }
dt { font-size: .85rem; opacity: .75; } dd { margin: 0; font-size: 1.3rem; font-variant-numeric: tabular-nums; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; }
th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
bdi { overflow-wrap: anywhere; } tbody tr:nth-child(even) { background: var(--soft); }
.scroll { overflow-x: auto; } .note { opacity: .75; font-size: .92rem; }
@media print { body { max-width: none; } }
";

pub(super) fn render(data: &Data) -> String {
    let totals = &data.run.totals;
    let cut: u64 = totals.cut_by_class.values().sum();
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "dechaff report" }
                style { (maud::PreEscaped(STYLE)) }
            }
            body {
                h1 { "dechaff report" }
                p.note { "Input " (name(&data.run.input)) ", dechaff " (data.run.version) }
                dl {
                    (figure("files in", totals.files_in))
                    (figure("kept", totals.kept))
                    (figure("dropped as copies", totals.dropped))
                    (figure("quarantined", totals.quarantined))
                    (figure("characters in", totals.chars_in))
                    (figure("characters kept", totals.chars_out))
                    (figure("characters cut", cut))
                    (figure("breaks mended", totals.joins))
                    (figure("passages taken out", totals.passages_dropped))
                    (figure("to review", totals.review))
                }
                (classes(data, cut))
                (attention(&data.attention))
                (duplicates(&data.duplicates))
                (passages(&data.passages))
                p.note {
                    "The records in audit/ are complete. " code { "dechaff explain OUT DOCUMENT" }
                    " tells why a document is as it is, " code { "dechaff restore OUT DOCUMENT" }
                    " gives its original bytes back."
                }
            }
        }
    }
    .into_string()
}

fn figure(term: &str, number: u64) -> Markup {
    html! { div { dt { (term) } dd { (group(number)) } } }
}

fn classes(data: &Data, all: u64) -> Markup {
    let mut rows: Vec<_> = data.run.totals.cut_by_class.iter().filter(|(_, chars)| **chars > 0).collect();
    rows.sort_by_key(|(class, chars)| (std::cmp::Reverse(**chars), **class));
    html! {
        h2 { "Characters cut, by class" }
        @if rows.is_empty() { p.note { "Nothing was cut." } } @else {
            div.scroll { table {
                thead { tr { th { "class" } th.n { "characters" } th.n { "share" } } }
                tbody {
                    @for (class, chars) in rows {
                        tr {
                            td { (label(class)) }
                            td.n { (group(*chars)) }
                            td.n { (format!("{:.1} %", *chars as f64 / all.max(1) as f64 * 100.0)) }
                        }
                    }
                }
            } }
        }
    }
}

fn attention(table: &Table<DocumentRecord>) -> Markup {
    html! {
        @if table.total > 0 {
            h2 { "To look at" }
            (shown(table.rows.len(), table.total))
            div.scroll { table {
                thead { tr { th { "document" } th { "decision" } th { "why" } } }
                tbody {
                    @for row in &table.rows {
                        tr {
                            td { (name(&row.path)) }
                            td { (label(&row.decision)) }
                            td { (printable(row.review.as_deref().unwrap_or(&row.reason))) }
                        }
                    }
                }
            } }
        }
    }
}

fn duplicates(table: &Table<DuplicateRecord>) -> Markup {
    html! {
        h2 { "Related documents" }
        @if table.total == 0 { p.note { "No pair was found." } } @else {
            (shown(table.rows.len(), table.total))
            div.scroll { table {
                thead { tr {
                    th { "document" } th { "witness" } th { "relation" } th.n { "of it there" } th.n { "of that here" }
                    th.n { "Jaccard" } th { "action" }
                } }
                tbody {
                    @for row in &table.rows {
                        tr {
                            td { (name(&row.a)) } td { (name(&row.b)) } td { (label(&row.relation)) }
                            td.n { (percent(row.coverage_a)) } td.n { (percent(row.coverage_b)) }
                            td.n { (format!("{:.3}", row.jaccard)) } td { (label(&row.action)) }
                        }
                    }
                }
            } }
        }
    }
}

fn passages(table: &Table<PassageRecord>) -> Markup {
    html! {
        h2 { "Repeated passages" }
        @if table.total == 0 { p.note { "No passage was found." } } @else {
            (shown(table.rows.len(), table.total))
            div.scroll { table {
                thead { tr {
                    th { "place" } th { "witness" } th { "label" } th.n { "symbols" } th.n { "equal" } th { "action" }
                } }
                tbody {
                    @for row in &table.rows {
                        tr {
                            td { (name(&row.a)) " " (lines(row.a_line_start, row.a_line_end)) }
                            td {
                                @if row.a != row.b { (name(&row.b)) " " }
                                (lines(row.b_line_start, row.b_line_end))
                            }
                            td { (label(&row.scope)) ", " (label(&row.label)) }
                            td.n { (group(row.symbols)) } td.n { (percent(row.identity)) } td { (label(&row.action)) }
                        }
                    }
                }
            } }
        }
    }
}

fn shown(rows: usize, total: u64) -> Markup {
    html! { @if (rows as u64) < total { p.note { "The first " (rows) " of " (group(total)) "." } } }
}

/// A file name: control characters shown, its direction kept from its neighbours.
fn name(path: &str) -> Markup {
    html! { bdi { (printable(path)) } }
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

fn lines(first: u64, last: u64) -> String {
    if first == last { format!("line {first}") } else { format!("lines {first}-{last}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::{Label, Scope, Verdict};
    use crate::summary::RunFile;

    #[test]
    fn names_cannot_break_out() {
        let hostile = "</title><script>alert(1)</script>\u{202e}\"'&.txt".to_owned();
        let passage = PassageRecord {
            a: hostile.clone(),
            a_line_start: 1,
            a_line_end: 2,
            a_start: 0,
            a_end: 9,
            b: hostile.clone(),
            b_line_start: 5,
            b_line_end: 6,
            b_start: 20,
            b_end: 29,
            symbols: 9,
            identity: 1.0,
            scope: Scope::Within,
            label: Label::Exact,
            action: Verdict::Drop,
        };
        let data = Data {
            run: RunFile { input: hostile, ..RunFile::default() },
            attention: Table { rows: vec![], total: 0 },
            duplicates: Table { rows: vec![], total: 0 },
            passages: Table { rows: vec![passage], total: 300 },
        };
        let page = render(&data);
        assert!(!page.contains("<script") && !page.contains('\u{202e}') && page.matches("</title>").count() == 1);
        assert!(page.contains("The first 1 of 300."));
    }
}
