//! What another threshold would come to.

use super::data::{Data, Flip};
use super::frame::{num, page, signed};
use super::{Look, chart, text};
use crate::relate::COPY;
use crate::repeat::MIN_REPEAT;
use maud::{Markup, html};

pub(super) fn render(look: &Look, data: &Data) -> String {
    let now = f64::from(MIN_REPEAT);
    let body = html! {
        p { (text::T_INTRO) }
        h2 { (text::T_COPY) }
        p.note { (text::CURVE_DOCS) }
        (chart::curve(&data.copies, COPY, |flip| flip.documents))
        p.note { (text::CURVE_CHARS) }
        (chart::curve(&data.copies, COPY, |flip| flip.chars))
        (table(&data.copies, COPY, text::T_PAIRS, 2))
        h2 { (text::T_REPEAT) }
        p.note { (text::CURVE_PASSAGES) }
        (chart::curve(&data.repeats, now, |flip| flip.pairs))
        div.scroll tabindex="0" { table {
            thead { tr { th.n { (text::T_CUTOFF) } th.n { (text::T_PASSAGES) } th.n { (text::T_SYMBOLS) } } }
            tbody {
                @for flip in &data.repeats {
                    tr { td.n { @if flip.at == now { strong { (flip.at) } } @else { (flip.at) } } td.n { (num(flip.pairs)) } td.n { (num(flip.chars)) } }
                }
            }
        } }
    };
    page(look, "", text::THRESHOLDS, None, body)
}

fn table(flips: &[Flip], now: f64, pairs: text::Text, digits: usize) -> Markup {
    let base = flips.iter().find(|flip| (flip.at - now).abs() < 1e-6);
    let (documents, chars) = base.map_or((0, 0), |flip| (flip.documents as i64, flip.chars as i64));
    html! {
        div.scroll tabindex="0" { table {
            thead { tr {
                th.n { (text::T_CUTOFF) } th.n { (pairs) } th.n { (text::T_DOCS) } th.n { (text::T_CHARS) }
                th.n { (text::T_FLIP) } th.n { (text::T_FLIPC) }
            } }
            tbody {
                @for flip in flips {
                    @let at = format!("{:.*}", digits, flip.at);
                    tr {
                        td.n { @if (flip.at - now).abs() < 1e-6 { strong { (at) } } @else { (at) } }
                        td.n { (num(flip.pairs)) } td.n { (num(flip.documents)) } td.n { (num(flip.chars)) }
                        td.n { (signed(flip.documents as i64 - documents)) }
                        td.n { (signed(flip.chars as i64 - chars)) }
                    }
                }
            }
        } }
    }
}
