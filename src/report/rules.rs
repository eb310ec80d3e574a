//! What each rule did.

use super::Look;
use super::data::{Data, RuleFigures};
use super::detail::Details;
use super::frame::{excerpt, name_of, num, page};
use super::text::{self, Text};
use crate::summary::label;
use maud::{Markup, html};
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
            table.cards {
                thead { tr {
                    th { (text::RULE) } th { (text::CLASS) } th.n { (text::HITS) } th.n { (text::DOCUMENTS) }
                    th.n { (text::CHARS) } th { (text::EXAMPLES) } th { (text::TAKE_BACK) }
                } }
                tbody {
                    @for (rule_name, rule) in rules {
                        tr id=(anchor(rule_name)) {
                            td { code { (name_of(rule_name)) } }
                            td { (name(text::CLASS)) (text::of(&label(&rule.class))) }
                            td.n { (name(text::HITS)) (num(rule.hits)) }
                            td.n { (name(text::DOCUMENTS)) (num(rule.documents)) }
                            td.n { (name(text::CHARS)) (num(rule.chars)) }
                            td.wide {
                                (name(text::EXAMPLES))
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
                            td.wide { @if !rule.joins { (name(text::TAKE_BACK)) code { "dechaff restore OUT --all FOLDER --rule " (name_of(rule_name)) } } }
                        }
                    }
                }
            }
        }
        @if !data.templates.is_empty() {
            h2 { (text::TEMPLATES) }
            p { (text::TEMPLATES_HOW) }
            table.cards {
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
                            td { (name(text::SITE)) (template.folder.as_deref().map_or_else(|| html! { "*" }, name_of)) }
                            td.n { (name(text::HITS)) (num(cut.map_or(0, |cut| cut.hits))) }
                            td.n { (name(text::DOCUMENTS)) (num(cut.map_or(0, |cut| cut.documents))) }
                            td.n { (name(text::CHARS)) (num(cut.map_or(0, |cut| cut.chars))) }
                            td.n { (name(text::EVIDENCE)) (num(u64::from(template.texts))) }
                            td.wide {
                                (name(text::LINES))
                                @for line in template.lines.iter().take(LINES) { div { bdi { (excerpt(&line.text, 60)) } } }
                                @if template.lines.len() > LINES { div { "… " (num((template.lines.len() - LINES) as u64)) } }
                            }
                        }
                    }
                }
            }
        }
        h2 { (text::TAKE_BACK) }
        p { (text::TAKE_BACK_HOW) }
        p.cmd { "grep -F '\"rule\":\"RULE\"' OUT/audit/removals.jsonl" }
        p.cmd { "dechaff restore OUT DOCUMENT" }
    };
    page(look, "", text::RULES, None, body)
}

/// The name of a column, told in each card where narrow screens have no columns.
fn name(column: Text) -> Markup {
    html! { span.pane { (column) } }
}

/// The place of a rule on the page.
pub(super) fn anchor(rule: &str) -> String {
    format!("rule-{}", super::id(&[rule]))
}
