//! Random strings: the jumble that forums hide in posts, hashes in sentences, lines of rare characters.

use super::Detector;
use super::inline::frequent;
use crate::clean::automaton::{Automaton, fixed};
use crate::clean::fold::han;
use crate::clean::view::{Marks, View};
use crate::utf8;
use std::ops::Range;
use std::sync::LazyLock;

/// Small letters in a row that no hash has.
const WORD: usize = 7;
/// Bytes before a hash in which its address may begin.
const ADDRESS: usize = 300;
/// Shortest hash, in bytes.
const HASH: usize = 20;

static NAMED: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"密钥|公钥|校验|哈希|散列|证书|编号|账号|帐号|密码|信用代码|条码|SHA|MD5|DOI|token|key|单号|序列号|许可证|代码",
    )
});
static FUNCTION_WORD: LazyLock<Automaton> =
    LazyLock::new(|| fixed(r"[的了是在和不有我们一这中大为上个国来以到时地要出就会可也你对生能而子那得于着下自之年]"));

/// Finds random strings.
pub fn detect(view: &View, marks: &mut Marks) {
    hashes(view, marks);
    for line in 0..view.lines.len() {
        let text = view.line(line);
        let (Some(first), Some(last)) = (text.as_bytes().first(), text.as_bytes().last()) else { continue };
        let start = view.lines.span(line).start as usize;
        if first.is_ascii() {
            let head = text.bytes().take_while(u8::is_ascii).count();
            if jumbled(&text[..head]) || (head == text.len() && scrambled(text.trim())) {
                marks.drop_span(start..start + head, Detector::ForumJumble);
                continue;
            }
        }
        if last.is_ascii() && !first.is_ascii() {
            let tail = text.bytes().rev().take_while(u8::is_ascii).count();
            let from = text.len() - tail;
            // A jumble at the end stands behind a space or a stop.
            if jumbled(&text[from..]) || (text.as_bytes()[from] == b' ' && scrambled(text[from..].trim())) {
                marks.drop_span(start + from..start + text.len(), Detector::ForumJumble);
                continue;
            }
        }
        if text.len() >= 120 && text.len() <= 900 && rare(view.fold(line)) {
            marks.drop_line(line, Detector::HashBlock);
        }
    }
}

/// `( r1 y( S" A8 n' {  k`: many tokens of one or two signs, letters of both cases or digits among signs.
fn jumbled(text: &str) -> bool {
    let (mut tokens, mut short, mut odd) = (0, 0, 0);
    let (mut lower, mut upper, mut digit) = (false, false, false);
    for token in text.split_ascii_whitespace() {
        tokens += 1;
        short += usize::from(token.len() <= 3);
        if token == "=" || token == "+" || token.len() > 12 || token == "x" {
            return false;
        }
        odd += token.bytes().filter(|b| b"!\"#$%&'*:;<>?@[\\]^_`{|}~".contains(b)).count();
        lower |= token.bytes().any(|b| b.is_ascii_lowercase());
        upper |= token.bytes().any(|b| b.is_ascii_uppercase());
        digit |= token.bytes().any(|b| b.is_ascii_digit());
    }
    // With letters of both cases and digits, brackets and commas are odd as well.
    let mixed = lower && upper && digit;
    let marks = text.bytes().filter(|b| b"(),+".contains(b)).count();
    tokens >= 5
        && short * 10 >= tokens * 9
        && (odd >= 3 || (mixed && odd >= 1 && odd + marks >= 3))
        && usize::from(lower) + usize::from(upper) + usize::from(digit) >= 2
}

/// Letters of one case in a row that a random string hardly has: those of words of programs and formulas.
const RUN: usize = 4;

/// Whether a token has a run of letters of one case.
fn worded(token: &str) -> bool {
    let of = |case: fn(&u8) -> bool| token.as_bytes().split(move |b| !case(b)).any(|run| run.len() >= RUN);
    of(u8::is_ascii_lowercase) || of(u8::is_ascii_uppercase)
}

/// `>k5W!$|&bQ`: one token of letters among many different signs; no address, no path, no formula.
fn scrambled(token: &str) -> bool {
    let odd: std::collections::HashSet<u8> =
        token.bytes().filter(|b| b"!\"#$%&'*:;<>?@[\\]^_`{|}~".contains(b)).collect();
    (8..=60).contains(&token.len())
        && token.bytes().all(|b| b.is_ascii_graphic())
        && (odd.len() >= 3 || (odd.len() >= 2 && token.len() >= 12))
        && token.bytes().filter(u8::is_ascii_alphanumeric).count() >= 3
        && !worded(token)
        && !token.split_once('@').is_some_and(|(_, host)| host.contains('.'))
        && ![
            "://", "www.", "</", "/>", "&nbsp", ".com", ".cn", "=\"", "**", "`", "](", "]]", "&lt", "&#", "(\"", "\")",
            "==", "()",
        ]
        .iter()
        .any(|known| token.contains(known))
}

fn hashes(view: &View, marks: &mut Marks) {
    let bytes = view.text.as_bytes();
    let mut at = HASH - 1;
    // A run of HASH bytes covers one place in HASH.
    while at < bytes.len() {
        if !coded(bytes[at]) {
            at += HASH;
            continue;
        }
        let start = bytes[..at].iter().rposition(|&b| !coded(b)).map_or(0, |p| p + 1);
        let end = bytes[at..].iter().position(|&b| !coded(b)).map_or(bytes.len(), |p| at + p);
        if end - start >= HASH && random(view, start..end) {
            marks.drop_span(start..end, Detector::HashBlock);
        }
        at = end.max(at) + HASH;
    }
}

fn coded(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=')
}

/// Mixed upper, lower and digits in quick change, in no address and under no name of a code.
fn random(view: &View, range: Range<usize>) -> bool {
    let text = &view.text[range.clone()];
    let kind = |b: u8| {
        if b.is_ascii_digit() {
            0
        } else if b.is_ascii_lowercase() {
            1
        } else {
            2
        }
    };
    let all = [0, 1, 2].iter().all(|k| text.bytes().any(|b| kind(b) == *k));
    let changes = text.as_bytes().windows(2).filter(|w| kind(w[0]) != kind(w[1])).count();
    // Sums and words of programs: what pads a random string stands at its end, and no word is in it.
    let inner = text.trim_end_matches('=');
    let words = text.as_bytes().split(|b| !b.is_ascii_lowercase()).any(|run| run.len() >= WORD);
    let head = &view.text[..range.start];
    let near = &head[utf8::floor(head, head.len().saturating_sub(ADDRESS))..];
    let token = near.rsplit(|c: char| c.is_whitespace() || han(c)).next().unwrap_or("");
    if inner.contains('=') || words || token.contains("://") {
        return false;
    }
    let before = view.text[..range.start].chars().next_back();
    let after = view.text[range.end..].chars().next();
    let address = |c: Option<char>| c.is_some_and(|c| "./:@_-?&%#~\\(".contains(c));
    let line = view.lines.at(range.start);
    let span = view.lines.span(line);
    let lead = &view.folded[span.start as usize..range.start];
    let lead = utf8::last(lead, 16);
    // Of random letters and digits six in ten differ in kind from the one before, of words run together one in four.
    all && changes * 5 >= text.len() * 2
        && !text.contains("//")
        && !address(before)
        && !address(after)
        && !NAMED.is_match(lead)
}

/// More than 40 Han characters without punctuation, spaces or any of the commonest words, four fifths of them rare: a
/// prescription has no commas either.
fn rare(folded: &str) -> bool {
    let line = folded.trim();
    let count = || line.chars().count();
    line.chars().all(han)
        && count() > 40
        && FUNCTION_WORD.find_iter(folded).count() <= 1
        && line.chars().filter(|&c| frequent(c)).count() * 5 <= count()
}

#[cfg(test)]
mod tests {
    use crate::clean::tests::cleaned;

    #[test]
    fn jumble_and_hashes_go() {
        assert_eq!(cleaned("# r1 y( S\" A8 n' {  k: 各位同志，现在开会。\n"), "各位同志，现在开会。\n");
        assert_eq!(cleaned("各位同志，现在开会。\n2 m: R0 q) x$ K8 J( c\n"), "各位同志，现在开会。\n");
        assert_eq!(cleaned("各位同志，现在开会。) f; L9 w$ j& T! q3 z\n"), "各位同志，现在开会。\n");
        assert_eq!(cleaned("要加强aG9kZm8xMjM0NTY3ODkwQUJDRA3xYz领导，抓好落实。\n"), "要加强领导，抓好落实。\n");
    }

    #[test]
    fn formulas_addresses_and_codes_stay() {
        for text in [
            "y = a x + b ( 1 )\n",
            "1. e4 e5 2. Nf3 Nc6 3. Bb5 a6\n",
            "A1, b2, C3, d4, E5, f6\n",
            "详见http://example.com/a/Bc3dEf6hIj9kLm2nOp5q\n",
            "统一社会信用代码91110000MA01ABCD2X3Y\n",
            "他说的是CurrencyandBankNotesAct1928那一章\n",
            "见 site.example/~cks/space/blog/web/Apache24LongLifeRequests\n",
            "校验码aG9kZm8xMjM0NTY3ODkwQUJDRA3xYz\n",
            "柴胡三两桔梗二两陈皮二两茯苓三两泽泻二两石膏五两知母二两麦冬三两玄参二两生地四两连翘二两薄荷一两甘草一两生姜三片\n",
            "总分按下式计算：Z=k1x1+k2x2+k3x3+k4x4+K5X5，其中k是权重。\n",
            "地图在https://map.example/place/@30.1,120.2/data=!3m5!1sAq3ZtKx9PwL7mVb2Rd!2e0这里\n",
            "联系邮箱 a@b.example 电话 010 1234 5678\n",
        ] {
            assert_eq!(cleaned(text), text);
        }
    }
}
