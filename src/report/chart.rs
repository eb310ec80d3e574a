//! Charts as SVG. They use presentation attributes and classes only, since the policy allows no inline style, and each
//! has its figures in a title or a table beside it.

use super::data::{BINS, Flip};
use super::frame::num;
use super::text;
use maud::{Markup, html};

const WIDTH: f64 = 720.0;

fn one(number: f64) -> String {
    format!("{number:.1}")
}

/// One bar in parts: name in both languages, characters, class of the colour.
pub(super) fn stacked(parts: &[(Markup, u64, &str)]) -> Markup {
    let all = parts.iter().map(|part| part.1).sum::<u64>().max(1) as f64;
    let width = |chars: u64| chars as f64 / all * WIDTH;
    let starts: Vec<f64> = parts
        .iter()
        .scan(0, |sum, part| {
            let start = *sum;
            *sum += part.1;
            Some(width(start))
        })
        .collect();
    html! {
        svg viewBox="0 0 720 34" width="720" height="34" role="presentation" {
            rect.frame x="0" y="2" width="720" height="30" {}
            @for (part, start) in parts.iter().zip(starts).filter(|(part, _)| part.1 > 0) {
                rect class=(part.2) x=(one(start)) y="2" width=(one(width(part.1).max(1.0))) height="30" {}
            }
        }
        ul.plain {
            @for part in parts {
                li {
                    svg.swatch width="12" height="12" viewBox="0 0 12 12" role="presentation" {
                        rect class=(part.2) width="12" height="12" {}
                    }
                    (part.0) (text::COLON) (num(part.1)) (text::OPEN) (super::frame::percent(part.1 as f64 / all)) (text::CLOSE)
                }
            }
        }
    }
}

/// Counts by twentieths from 0 to 1.
pub(super) fn histogram(counts: &[u64; BINS]) -> Markup {
    let most = counts.iter().copied().max().unwrap_or(0).max(1) as f64;
    let step = 340.0 / BINS as f64;
    html! {
        svg viewBox="0 0 360 150" width="360" height="150" role="presentation" {
            line.grid x1="10" y1="120" x2="350" y2="120" {}
            @for (at, count) in counts.iter().enumerate() {
                @if *count > 0 {
                    @let height = (*count as f64 / most * 100.0).max(1.5);
                    @let x = 10.0 + at as f64 * step;
                    rect.b1 x=(one(x + 1.0)) y=(one(120.0 - height)) width=(one(step - 2.0)) height=(one(height)) {
                        title { (format!("{:.2}-{:.2}: {}", at as f64 / 20.0, (at + 1) as f64 / 20.0, num(*count))) }
                    }
                    text x=(one(x + step / 2.0)) y=(one(116.0 - height)) text-anchor="middle" font-size="9" { (count) }
                }
            }
            @for tenth in [0, 5, 7, 9, 10] {
                text x=(one(10.0 + f64::from(tenth) * 34.0)) y="138" text-anchor="middle" { (format!("{:.1}", f64::from(tenth) / 10.0)) }
            }
        }
    }
}

/// Where an upright axis stands, so that its longest label has room left of it: a digit of 12 pixels is at most 8 wide.
fn axis(longest: &str) -> f64 {
    (longest.chars().count() as f64 * 8.0 + 10.0).max(50.0)
}

/// Documents that would go by threshold; `now` is the threshold in use.
pub(super) fn curve(flips: &[Flip], now: f64, value: impl Fn(&Flip) -> u64) -> Markup {
    let (Some(first), Some(last)) = (flips.first(), flips.last()) else { return html! {} };
    let most = flips.iter().map(&value).max().unwrap_or(0).max(1) as f64;
    let span = (last.at - first.at).max(1e-9);
    let top = num(most as u64);
    let left = axis(&top);
    let x = |at: f64| left + (at - first.at) / span * (690.0 - left);
    let y = |count: u64| 160.0 - count as f64 / most * 140.0;
    let points: Vec<String> = flips.iter().map(|flip| format!("{:.1},{:.1}", x(flip.at), y(value(flip)))).collect();
    html! {
        svg viewBox="0 0 720 190" width="720" height="190" role="presentation" {
            line.grid x1=(one(left)) y1="160" x2="690" y2="160" {}
            line.grid x1=(one(left)) y1="20" x2=(one(left)) y2="160" {}
            text x=(one(left - 5.0)) y="24" text-anchor="end" { (top) }
            text x=(one(left - 5.0)) y="164" text-anchor="end" { "0" }
            line.mark x1=(one(x(now))) y1="12" x2=(one(x(now))) y2="160" {}
            polyline.curve points=(points.join(" ")) {}
            @for flip in [first, last] {
                text x=(one(x(flip.at))) y="180" text-anchor="middle" { (flip.at) }
            }
            text x=(one(x(now))) y="180" text-anchor="middle" { (now) }
        }
    }
}

/// Where in a document the cuts and passages lie. Arcs join the copies within the document.
pub(super) fn map(length: usize, cuts: &[(u64, u64, bool)], places: &[(u64, u64)], arcs: &[(u64, u64)]) -> Markup {
    let x = |at: u64| at as f64 / length.max(1) as f64 * WIDTH;
    html! {
        svg viewBox="0 0 720 96" width="720" height="96" role="presentation" {
            @for (from, to) in arcs {
                @let (u, v) = (x(*from), x(*to));
                path.arc d=(format!("M{u:.1},44 C{u:.1},4 {v:.1},4 {v:.1},44")) {}
            }
            rect.frame x="0" y="46" width="720" height="20" {}
            @for (start, end, repeat) in cuts {
                rect class=(if *repeat { "b2" } else { "b3" }) x=(one(x(*start))) y="46" width=(one((x(*end) - x(*start)).max(1.0))) height="20" {}
            }
            rect.frame x="0" y="70" width="720" height="20" {}
            @for (start, end) in places {
                rect.b1 x=(one(x(*start))) y="70" width=(one((x(*end) - x(*start)).max(1.0))) height="20" {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_label_of_an_axis_has_room() {
        for chars in [0, 7, 12_447, 1_244_738, 98_765_432_100] {
            let flips = [0.7, 0.9, 1.0].map(|at| Flip { at, pairs: 1, documents: 1, chars });
            let page = curve(&flips, 0.9, |flip| flip.chars).into_string();
            let label = num(chars.max(1));
            let (before, _) =
                page.split_once(&format!("text-anchor=\"end\">{label}<")).unwrap_or_else(|| panic!("{page}"));
            let x = before.rsplit("x=\"").next().unwrap().split('"').next().unwrap();
            assert!(x.parse::<f64>().unwrap() >= label.chars().count() as f64 * 7.5, "{label}: {page}");
        }
    }
}
