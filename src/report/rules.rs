//! What each rule did.

use super::data::{Data, RuleFigures};
use super::detail::Details;
use super::frame::{excerpt, name_of, num, page};
use super::{Look, text};
use crate::summary::label;
use maud::html;
use std::cmp::Reverse;

/// Templates told on the page; all of them stand in the audit.
const TEMPLATES: usize = 200;
/// Lines told of each.
const LINES: usize = 6;

pub(super) fn render(look: &Look, data: &Data, details: &Details) -> String {
    let mut rules: Vec<(&String, &RuleFigures)> = data.rules.iter().collect();
    rules.sort_by_key(|(name, rule)| (rule.joins, Reverse(rule.chars), *name));
    let body = html! {
        @if rules.is_empty() { p.note { (text::NOTHING) } } @else {
            div.scroll tabindex="0" { table {
                thead { tr {
                    th { (text::RULE) } th { (text::CLASS) } th.n { (text::HITS) } th.n { (text::DOCUMENTS) }
                    th.n { (text::CHARS) } th { (text::EXAMPLES) } th { (text::TAKE_BACK) }
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
                            // The name of a joining detector is told apart by a word that is no part of it.
                            td { @if !rule.joins { code { "dechaff restore OUT --all FOLDER --rule " (name_of(name)) } } }
                        }
                    }
                }
            } }
        }
        @if !data.templates.is_empty() {
            h2 { (text::TEMPLATES) }
            p { (text::TEMPLATES_HOW) }
            div.scroll tabindex="0" { table {
                thead { tr {
                    th { (text::TEMPLATE) } th { (text::SITE) } th.n { (text::HITS) } th.n { (text::DOCUMENTS) }
                    th.n { (text::CHARS) } th.n { (text::EVIDENCE) } th { (text::LINES) }
                } }
                tbody {
                    @for template in data.templates.iter().take(TEMPLATES) {
                        @let cut = data.rules.get(&template.id);
                        tr {
                            td {
                                code { (name_of(&template.id)) }
                                @if let Some(review) = &template.review { p.note lang="en" { (review) } }
                            }
                            td { (template.folder.as_deref().map_or_else(|| html! { "*" }, name_of)) }
                            td.n { (num(cut.map_or(0, |cut| cut.hits))) }
                            td.n { (num(cut.map_or(0, |cut| cut.documents))) }
                            td.n { (num(cut.map_or(0, |cut| cut.chars))) }
                            td.n { (num(u64::from(template.texts))) }
                            td {
                                @for line in template.lines.iter().take(LINES) { div { bdi { (excerpt(&line.text, 60)) } } }
                                @if template.lines.len() > LINES { div { "… " (num((template.lines.len() - LINES) as u64)) } }
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
