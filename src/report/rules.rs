//! What each rule did.

use super::detail::Details;
use super::frame::{excerpt, name_of, num, page};
use super::gather::{Data, RuleFigures};
use super::{Look, text};
use crate::summary::label;
use maud::html;
use std::cmp::Reverse;

pub(super) fn render(look: &Look, data: &Data, details: &Details) -> String {
    let mut rules: Vec<(&String, &RuleFigures)> = data.rules.iter().collect();
    rules.sort_by_key(|(name, rule)| (rule.joins, Reverse(rule.chars), *name));
    let body = html! {
        @if rules.is_empty() { p.note { (text::NOTHING) } } @else {
            div.scroll tabindex="0" { table {
                thead { tr {
                    th { (text::RULE) } th { (text::CLASS) } th.n { (text::HITS) } th.n { (text::DOCUMENTS) }
                    th.n { (text::CHARS) } th { (text::EXAMPLES) }
                } }
                tbody {
                    @for (name, rule) in rules {
                        tr id=(anchor(name)) {
                            td { code { (name_of(name)) } }
                            td { (text::of(&label(&rule.class))) }
                            td.n { (num(rule.hits)) }
                            td.n { (num(rule.documents)) }
                            td.n { (num(rule.chars)) }
                            td {
                                @for example in &rule.examples {
                                    div {
                                        @if !rule.joins { bdi { (excerpt(example.text.trim_end(), 90)) } " " }
                                        @match details.document("", &example.path) {
                                            Some(href) => a.rule href=(format!("{href}#c{}", example.start)) { (name_of(&example.path)) },
                                            None => span.rule { (name_of(&example.path)) },
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
            } }
        }
        h2 { (text::TAKE_BACK) }
        p { (text::TAKE_BACK_HOW) }
        p.cmd { "grep -F '\"rule\":\"RULE\"' OUT/audit/removals.jsonl" }
        p.cmd { "dechaff restore OUT DOCUMENT" }
    };
    page(look, "", text::RULES, None, body)
}

/// The place of a rule on the page.
pub(super) fn anchor(rule: &str) -> String {
    format!("rule-{}", super::id(&[rule]))
}
