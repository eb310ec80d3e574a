//! Lines, sentence ends and the parts of a compilation.

use crate::document::Span;
use regex::Regex;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::LazyLock;

/// The lines of a text without their newlines. One list of spans, to be refilled for the next text.
#[derive(Debug, Default, Clone)]
pub struct Lines {
    spans: Vec<Span>,
}

impl Lines {
    /// The lines of `text`. A newline at the very end opens no further line.
    pub fn new(text: &str) -> Self {
        let mut lines = Self::default();
        lines.refill(text);
        lines
    }

    /// Takes the lines of another text and keeps the memory.
    pub fn refill(&mut self, text: &str) {
        self.spans.clear();
        let mut start = 0;
        for end in memchr::memchr_iter(b'\n', text.as_bytes()) {
            self.spans.push(Span::new(start, end));
            start = end + 1;
        }
        if start < text.len() {
            self.spans.push(Span::new(start, text.len()));
        }
    }

    /// Number of lines.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Whether there is no line.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// Span of a line; empty beyond the end.
    pub fn span(&self, line: usize) -> Span {
        self.spans.get(line).copied().unwrap_or(Span { start: 0, end: 0 })
    }

    /// Text of a line.
    pub fn of<'t>(&self, line: usize, text: &'t str) -> &'t str {
        self.span(line).of(text)
    }

    /// The line that holds a byte offset; a newline belongs to the line before it.
    pub fn at(&self, offset: usize) -> usize {
        self.spans.partition_point(|span| (span.end as usize) < offset).min(self.spans.len().saturating_sub(1))
    }

    /// All spans in order.
    pub fn iter(&self) -> impl Iterator<Item = Span> + '_ {
        self.spans.iter().copied()
    }
}

/// Longest line, in bytes, that may well have no stop: a title, an item, verse.
const SHORT: usize = 45;
/// Key symbols among which a text has a sign of punctuation, and of which it has a line.
const SIGNED: usize = 40;
const LINED: usize = 150;

/// Signs that the layout of a text is broken, of which the sounder of two equal texts has fewer: lines that stop inside a
/// sentence, spaces between its characters, signs of markup, and signs of punctuation and lines that it lacks. `symbols` is its key's length.
pub fn broken(text: &str, symbols: usize) -> u32 {
    let (mut open, mut lines) = (0, 0);
    for line in text.lines().filter(|line| !line.is_empty()) {
        lines += 1;
        let stops = |c: char| !c.is_alphanumeric() && !matches!(c, '，' | '、' | ',');
        open += usize::from(line.len() > SHORT && !line.trim_end().ends_with(stops));
    }
    // Full-width signs and those of CJK begin with these bytes, and hardly anything else does.
    let signs = count(text, |byte| matches!(byte, 0xEF | 0xE3 | b','));
    let markup = count(text, |byte| matches!(byte, b'&' | b'*' | b'\\'));
    let spaces = count(text, |byte| byte == b' ');
    let spaced = if spaces * 4 > symbols { spaces } else { 0 };
    (open + spaced + markup + (symbols / SIGNED).saturating_sub(signs) + (symbols / LINED).saturating_sub(lines)) as u32
}

/// Bytes of a kind. In stretches whose count fits a byte, so that it is done by vectors.
fn count(text: &str, of: impl Fn(u8) -> bool) -> usize {
    let stretch = |bytes: &[u8]| usize::from(bytes.iter().map(|byte| u8::from(of(*byte))).sum::<u8>());
    text.as_bytes().chunks(128).map(stretch).sum()
}

/// Whether a character ends a sentence.
pub fn ends_sentence(c: char) -> bool {
    matches!(c, '。' | '！' | '？' | '!' | '?' | '…' | '．')
}

/// Whether a character only closes what was opened before it and so belongs to the sentence before.
pub fn closes(c: char) -> bool {
    matches!(c, '”' | '’' | '」' | '』' | '）' | ')' | '》' | '】' | '"')
}

/// Byte offsets after each sentence end of a text, closing quotes and brackets taken along.
pub fn sentence_ends(text: &str) -> impl Iterator<Item = usize> + '_ {
    ends_where(text, ends_sentence, |c| ends_sentence(c) || closes(c))
}

/// Byte offsets after each character that `ends` something, with those that follow while it `goes_on`.
pub fn ends_where(
    text: &str,
    ends: impl Fn(char) -> bool,
    goes_on: impl Fn(char) -> bool,
) -> impl Iterator<Item = usize> {
    let mut chars = text.char_indices().peekable();
    std::iter::from_fn(move || {
        let (at, c) = chars.by_ref().find(|(_, c)| ends(*c))?;
        let mut end = at + c.len_utf8();
        while let Some((at, next)) = chars.next_if(|(_, next)| goes_on(*next)) {
            end = at + next.len_utf8();
        }
        Some(end)
    })
}

/// One piece of a compilation, in lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// The line of the part's title.
    pub title_line: usize,
    /// The first line after the title.
    pub first_line: usize,
    /// One past the last line.
    pub end_line: usize,
}

impl Part {
    /// The lines of the part without its title.
    pub fn lines(&self) -> Range<usize> {
        self.first_line..self.end_line
    }
}

const NUMBER: &str = r"(?:[一二三四五六七八九十百〇零两]{1,4}|[0-9０-９]{1,3})";
/// Longest line, in bytes, that can be the title of a part.
const TITLE_BYTES: usize = 210;

static NUMBERED: LazyLock<Regex> = LazyLock::new(|| {
    let n = NUMBER;
    let pattern = format!(
        r"^[\s　【\[（(〖《#*]*(?:第\s*(?<a>{n})\s*[篇]|[篇範范][文本]?\s*(?<b>{n}))\s*(?:[】\])）〗》*:：、.\s—-][^。！？]{{0,60}})?$|^[^。！？；\n]{{2,56}}?[\s　(（【\[]*[篇]\s*(?<c>{n})\s*[】\])）:：]*\s*$|^[^。！？；\n]{{0,56}}?(?:范文|範文|精选|精選)\s*[(（]?(?<d>{n})[)）]?\s*[】\])）:：]*\s*$"
    );
    Regex::new(&pattern).expect("part pattern is tested")
});
static COUNTED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^\s*(?<base>[^。！？；，,\n]{6,50}?[\p{Han}”》)）])\s*[(（]?(?<n>[1-9][0-9]?)[)）]?\s*$")
        .expect("part pattern is tested")
});

/// Value of a Chinese or Arabic number up to 999.
fn number(text: &str) -> Option<u32> {
    let mut total = 0;
    let mut digit = 0;
    for c in text.chars() {
        if let Some(d) = "〇一二三四五六七八九".chars().position(|h| h == c) {
            digit = d as u32;
        } else if c == '零' {
            digit = 0;
        } else if c == '两' {
            digit = 2;
        } else if c == '十' || c == '百' {
            total += digit.max(1) * if c == '十' { 10 } else { 100 };
            digit = 0;
        } else {
            let d = c.to_digit(10).or_else(|| ('０'..='９').contains(&c).then(|| c as u32 - '０' as u32))?;
            digit = digit * 10 + d;
        }
    }
    Some(total + digit)
}

/// The parts of a compilation, empty where a text is no compilation. Part titles (篇一, 第N篇, 【篇一】, T1) must count
/// up from one, so that a single mention of 第一篇 or a year at the end of a line makes no part.
pub fn parts(text: &str, lines: &Lines) -> Vec<Part> {
    let mut titles: Vec<(usize, u32)> = Vec::new();
    let mut counted: Vec<(usize, u32, &str)> = Vec::new();
    for (line, span) in lines.iter().enumerate() {
        if span.len() < 6 || span.len() > TITLE_BYTES {
            continue;
        }
        let content = span.of(text).trim();
        let bytes = content.as_bytes();
        let digit_at_end = bytes.last().is_some_and(|b| b.is_ascii_digit()) || content.ends_with([')', '）']);
        let marked = ["篇", "范文", "範文", "精选", "精選"]
            .iter()
            .any(|mark| memchr::memmem::find(bytes, mark.as_bytes()).is_some());
        if marked && let Some(found) = NUMBERED.captures(content) {
            let n = ["a", "b", "c", "d"].iter().find_map(|name| found.name(name)).and_then(|m| number(m.as_str()));
            if let Some(n) = n {
                titles.push((line, n));
                continue;
            }
        }
        if digit_at_end && let Some(found) = COUNTED.captures(content) {
            let base = found.name("base").map_or("", |m| m.as_str());
            if let Some(n) = found.name("n").and_then(|m| number(m.as_str())) {
                counted.push((line, n, base));
            }
        }
    }
    // T1, T2 … count only where the same T stands at least twice, with one and two among the numbers.
    let mut bases: HashMap<&str, Vec<(usize, u32)>> = HashMap::new();
    for (line, n, base) in counted {
        bases.entry(base).or_default().push((line, n));
    }
    for list in bases.values() {
        if list.iter().any(|l| l.1 == 1) && list.iter().any(|l| l.1 == 2) {
            titles.extend(list);
        }
    }
    titles.sort_unstable();
    rising(&titles, text, lines)
}

/// The bodies of the parts of a compilation, in bytes of `text`; empty where it is none.
pub fn sections(text: &str, lines: &Lines) -> Vec<Range<usize>> {
    let start = |line: usize| if line < lines.len() { lines.span(line).start as usize } else { text.len() };
    parts(text, lines).into_iter().map(|part| start(part.first_line)..start(part.end_line)).collect()
}

/// Keeps the last rising run 1, 2, 3 … of titles with text between them: a table of contents before it has none.
fn rising(titles: &[(usize, u32)], text: &str, lines: &Lines) -> Vec<Part> {
    let filled = |from: usize, to: usize| (from..to).any(|line| lines.of(line, text).trim().len() > 60);
    let mut best: Vec<(usize, u32)> = Vec::new();
    let mut at = 0;
    while at < titles.len() {
        if titles[at].1 != 1 {
            at += 1;
            continue;
        }
        let mut run = vec![titles[at]];
        let mut next = at + 1;
        while next < titles.len() && titles[next].1 != 1 {
            let last = run[run.len() - 1];
            // A gap of one or two: a title the scraper lost.
            if titles[next].1 > last.1 && titles[next].1 <= last.1 + 3 {
                run.push(titles[next]);
            }
            next += 1;
        }
        let end = titles.get(next).map_or(lines.len(), |t| t.0);
        let full = run
            .iter()
            .enumerate()
            .filter(|(i, title)| filled(title.0 + 1, run.get(i + 1).map_or(end, |next| next.0)))
            .count();
        if run.len() >= 2 && full * 2 >= run.len() && run.len() > best.len() {
            best = run;
        }
        at = next;
    }
    best.iter()
        .enumerate()
        .map(|(i, &(line, _))| Part {
            title_line: line,
            first_line: line + 1,
            end_line: best.get(i + 1).map_or(lines.len(), |next| next.0),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn titles(text: &str) -> Vec<usize> {
        parts(text, &Lines::new(text)).iter().map(|part| part.title_line).collect()
    }

    const BODY: &str = "今年以来，我们围绕中心工作抓落实，取得了一定成绩，现在把有关情况向大家作一个简要的通报。";

    #[test]
    fn the_sounder_of_equal_texts_has_fewer_signs_of_a_broken_layout() {
        let paragraph = "今年以来，全镇上下认真落实各项部署，修了三条渠，补了两座桥，现就有关情况通报如下。";
        let sound = format!("通报\n{}", format!("{paragraph}\n").repeat(20));
        let symbols = crate::key::key(&sound).symbols.len();
        let wrapped: Vec<String> = sound.chars().collect::<Vec<_>>().chunks(17).map(String::from_iter).collect();
        let spaced: String = sound.chars().flat_map(|c| [c, ' ']).collect();
        let bare: String = sound.chars().filter(|c| c.is_alphanumeric()).collect();
        assert_eq!(broken(&sound, symbols), 0);
        for worse in [wrapped.join("\n"), spaced, bare, sound.replace('\n', "")] {
            assert!(broken(&worse, symbols) > 0, "{worse}");
        }
    }

    #[test]
    fn lines_have_no_newline_and_find_their_offset() {
        let text = "甲\n\n乙乙\n";
        let lines = Lines::new(text);
        assert_eq!(lines.iter().map(|s| s.of(text)).collect::<Vec<_>>(), ["甲", "", "乙乙"]);
        assert_eq!([0, 3, 4, 5, 11].map(|at| lines.at(at)), [0, 0, 1, 2, 2]);
        assert!(Lines::new("").is_empty());
    }

    #[test]
    fn sentences_take_their_closing_marks_along() {
        let text = "他说：“开会。”大家到了！走吧";
        let ends: Vec<&str> = sentence_ends(text).map(|end| &text[..end]).collect();
        assert_eq!(ends, ["他说：“开会。”", "他说：“开会。”大家到了！"]);
    }

    #[test]
    fn part_titles_of_each_family() {
        for (a, b) in [
            ("全市动员会讲话稿篇一", "全市动员会讲话稿篇二"),
            ("第1篇：动员讲话", "第2篇：总结讲话"),
            ("【篇一】全市动员会讲话", "【篇二】全市动员会讲话"),
            ("篇1：动员讲话", "篇2：动员讲话"),
            ("动员大会讲话稿1", "动员大会讲话稿2"),
            ("动员大会讲话稿(一)范文1", "动员大会讲话稿(一)范文2"),
            ("動員大會講話稿範文一", "動員大會講話稿範文二"),
        ] {
            assert_eq!(titles(&format!("总题\n{a}\n{BODY}\n{b}\n{BODY}\n")), [1, 3], "{a}");
        }
    }

    #[test]
    fn a_table_of_contents_and_lone_numbers_are_no_parts() {
        let toc = format!("目录\n第一篇：甲\n第二篇：乙\n第一篇：甲\n{BODY}\n第二篇：乙\n{BODY}\n");
        assert_eq!(titles(&toc), [3, 5]);
        assert!(titles(&format!("第一篇是理论\n{BODY}\n工作总结2019\n{BODY}\n")).is_empty());
        assert!(titles(&format!("{BODY}\n今年完成工作总结12\n{BODY}\n")).is_empty());
    }
}
