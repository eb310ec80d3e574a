//! A group of copies: its members, and which one stays.

use super::data::least_coverage;
use super::detail::Details;
use super::frame::{name_of, num, page, percent, save, verdict};
use super::{Look, text, why};
use crate::audit::DocumentRecord;
use crate::error::Result;
use crate::published::Published;
use maud::html;

const UP: &str = "../../";
/// Members in the table.
const ROWS: usize = 500;

pub(super) fn render(
    look: &Look,
    out: &Published,
    survivor: &str,
    members: &[DocumentRecord],
    details: &Details,
) -> Result<String> {
    let mut rows = Vec::new();
    for member in members.iter().take(ROWS) {
        let pair = details.pairs.get(&(member.path.clone(), survivor.to_owned()));
        let both = details.documents.get(survivor).zip(details.documents.get(&member.path));
        let reason = match both {
            Some((winner, loser)) if member.path != survivor => Some(why::survivor(out, winner, loser)?),
            _ => None,
        };
        rows.push((member, pair, reason));
    }
    let body = html! {
        @let value = serde_json::json!({ "kind": "group", "path": survivor });
        p.stop { (verdict(&format!("group:{}", super::id(&[survivor])), &value)) }
        div.here {
            p { strong { (text::one_text(members.len())) } }
            p { (text::STAYS) (text::COLON) strong { (name_of(survivor)) } }
        }
        h2 { (text::MEMBERS) (text::OPEN) (num(members.len() as u64)) (text::CLOSE) }
        @if members.len() > ROWS { p.note { (text::of_all(ROWS, members.len() as u64)) } }
        div.scroll tabindex="0" { table {
            thead { tr {
                th { (text::DOCUMENT) } th { (text::DECISION) } th.n { (text::COVERAGE) } th.n { "Jaccard" } th.n { (text::CHARS) }
            } }
            tbody {
                @for (member, pair, reason) in &rows {
                    tr {
                        td {
                            @match details.document(UP, &member.path) {
                                Some(href) => a href=(href) { (name_of(&member.path)) },
                                None => (name_of(&member.path)),
                            }
                            @if let Some(reason) = reason { div.note { (text::WON_OTHER) (text::COLON) (reason) } }
                        }
                        td { @if member.path == survivor { strong { (text::STAYS) } } @else { (text::GOES) } }
                        @match pair {
                            Some(pair) => {
                                td.n {
                                    @if let Some(href) = details.pair(UP, &pair.a, &pair.b) { a href=(href) { (percent(least_coverage(pair))) } }
                                }
                                td.n { (format!("{:.3}", pair.jaccard)) }
                            }
                            None => { td.n { "-" } td.n { "-" } }
                        }
                        td.n { (num(member.chars_in)) }
                    }
                }
            }
        } }
        (save())
    };
    Ok(page(look, UP, text::GROUP, None, body))
}
