//! What all pages share: head, policy, language switch, navigation, and how text of documents is shown.

use super::text::{self, Text};
use super::{Lang, Look};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// Nothing is loaded, only this style and this script run.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        base64(&Sha256::digest(STYLE)),
        base64(&Sha256::digest(SCRIPT))
    )
});

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().fold(0u32, |word, byte| word << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for at in 0..4 {
            let digit = DIGITS[(word >> (18 - 6 * at)) as usize & 63];
            out.push(if at <= chunk.len() { char::from(digit) } else { '=' });
        }
    }
    out
}

/// A whole page. `up` leads from it to the folder of the report.
pub(super) fn page(look: &Look, up: &str, title: Text, subject: Option<&str>, body: Markup) -> String {
    let (name, lang) = match look.lang {
        Lang::Zh => (title.zh, "zh-Hans"),
        Lang::En => (title.en, "en"),
    };
    html! {
        (DOCTYPE)
        html lang=(lang) data-run=(look.run_id) {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(*POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (name) @if let Some(subject) = subject { ": " (crate::names::printable(subject)) } " - dechaff" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#main" { (text::SKIP) }
                header {
                    fieldset.lang {
                        legend.skip { "语言 / Language" }
                        input type="radio" name="lang" id="l-zh" value="zh" checked[look.lang == Lang::Zh];
                        label for="l-zh" lang="zh-Hans" { "中文" } " "
                        input type="radio" name="lang" id="l-en" value="en" checked[look.lang == Lang::En];
                        label for="l-en" lang="en" { "English" }
                    }
                    nav aria-label="dechaff" {
                        a href=(format!("{up}index.html")) { (text::SUMMARY) }
                        a href=(format!("{up}index.html#first")) { (text::FIRST) }
                        @if look.full { a href=(format!("{up}{}", super::list::FIRST)) { (text::LIST) } }
                        a href=(format!("{up}rules.html")) { (text::RULES) }
                        a href=(format!("{up}thresholds.html")) { (text::THRESHOLDS) }
                    }
                }
                main id="main" {
                    h1 { (title) @if let Some(subject) = subject { " " (name_of(subject)) } }
                    (body)
                }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    }
    .into_string()
}

/// A file name or rule name: control characters shown, its direction kept from its neighbours.
pub(super) fn name_of(path: &str) -> Markup {
    html! { bdi { (crate::names::printable(path)) } }
}

/// Text of a document: escaped, controls and bidi marks shown.
pub(super) fn shown(text: &str) -> Markup {
    let hidden = |ch: char| ch != '\n' && crate::names::is_unprintable(ch);
    let Some(first) = text.find(hidden) else { return html! { (text) } };
    html! {
        (text[..first])
        @for piece in text[first..].split_inclusive(hidden) {
            @match piece.chars().next_back() {
                Some(ch) if hidden(ch) => {
                    (piece[..piece.len() - ch.len_utf8()])
                    @if ch == '\t' { "\t" } @else { span.ctl { (format!("U+{:04X}", ch as u32)) } }
                }
                _ => (piece),
            }
        }
    }
}

/// The beginning and the end of a text.
pub(super) fn excerpt(text: &str, most: usize) -> Markup {
    let count = text.chars().count();
    if count <= most {
        return shown(text);
    }
    let head: String = text.chars().take(most * 3 / 4).collect();
    let tail: String = text.chars().skip(count - most / 4).collect();
    html! { (shown(&head)) " … " (shown(&tail)) }
}

/// A share as a percentage.
pub(super) fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

/// A number with its digits in groups.
pub(super) fn num(number: u64) -> String {
    crate::summary::group(number)
}

/// A number with its sign.
pub(super) fn signed(number: i64) -> String {
    match number {
        0 => "0".to_owned(),
        number => format!("{}{}", if number < 0 { "-" } else { "+" }, num(number.unsigned_abs())),
    }
}

/// A term and its figure.
pub(super) fn figure(term: Text, value: impl maud::Render) -> Markup {
    html! { div { dt { (term) } dd { (value) } } }
}

/// Buttons for a verdict; shown by the script. `record` is what is saved.
pub(super) fn verdict(id: &str, record: &serde_json::Value) -> Markup {
    html! {
        span.verdict hidden data-id=(id) data-record=(json(record)) {
            button type="button" value="right" aria-pressed="false" { (text::RIGHT) }
            button type="button" value="wrong" aria-pressed="false" { (text::WRONG) }
            button type="button" value="unsure" aria-pressed="false" { (text::UNSURE) }
        }
    }
}

/// JSON that can stand anywhere in a page.
pub(super) fn json(value: &serde_json::Value) -> String {
    let mut out = String::new();
    for ch in value.to_string().chars() {
        match ch {
            '<' => out.push_str("\\u003c"),
            '>' => out.push_str("\\u003e"),
            '&' => out.push_str("\\u0026"),
            ch if (ch as u32) < 0x10000 && crate::names::is_unprintable(ch) => {
                out.push_str(&format!("\\u{:04x}", ch as u32));
            }
            ch => out.push(ch),
        }
    }
    out
}

/// The bar to save verdicts with.
pub(super) fn save() -> Markup {
    html! {
        p.js.note hidden {
            button.save type="button" { (text::SAVE) } " " span.count { "0" } " " (text::SAVED)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_the_standard() {
        assert_eq!((base64(b"M"), base64(b"Ma"), base64(b"Man")), ("TQ==".into(), "TWE=".into(), "TWFu".into()));
    }

    #[test]
    fn hostile_text_stays_text() {
        let shown = shown("<script>\u{202e}\x1b[2J</script>&amp;]]>\"\n").into_string();
        assert!(!shown.contains('<') || !shown.contains("<script"), "{shown}");
        assert!(shown.contains("&lt;script&gt;") && shown.contains("U+202E") && shown.contains("U+001B"), "{shown}");
        assert!(shown.contains("&amp;amp;]]&gt;") && shown.ends_with('\n'), "{shown}");
        let json = json(&serde_json::json!({ "path": "</script>\u{202e}&" }));
        assert!(!json.contains('<') && !json.contains('\u{202e}') && !json.contains('&'), "{json}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&json).unwrap()["path"], "</script>\u{202e}&");
    }
}
