//! Blocks that have a form which others read: front matter, code, records of a catalogue, the turns of a chat.

use crate::clean::automaton::{Automaton, fixed};
use crate::clean::fold::han;
use crate::clean::view::View;
use crate::segment::Lines;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::LazyLock;

/// Lines that a front matter has at most.
const FRONT: usize = 60;

/// The block of keys between two lines `---` at the head of a text, which programs read: half of it is worth nothing.
fn front_matter(view: &View) -> Option<Range<usize>> {
    let rule = |line: usize| view.line(line).trim_end() == "---";
    let first = (0..view.lines.len()).find(|&line| !view.blank(line)).filter(|&line| rule(line))?;
    let end = (first + 1..view.lines.len().min(first + FRONT)).find(|&line| rule(line))?;
    let key = |line: &str| {
        let key = line.split_once(':').map_or("", |(key, _)| key.trim_end());
        !key.is_empty() && !key.contains(char::is_whitespace)
    };
    let of_a_key = |line: &str| line.starts_with([' ', '\t', '-', '#']) || line.trim().is_empty();
    let lines = || (first + 1..end).map(|line| view.line(line));
    (lines().any(key) && lines().all(|line| of_a_key(line) || key(line))).then_some(first..end + 1)
}

/// Lines in which nothing is debris: a front matter, code and formulas.
pub fn sealed(view: &View) -> Vec<Range<usize>> {
    let mut out: Vec<Range<usize>> = front_matter(view).into_iter().collect();
    out.extend(code(view.text, &view.lines));
    merged(out)
}

/// Ranges in order, those that meet as one.
fn merged(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.sort_unstable_by_key(|lines| lines.start);
    ranges.dedup_by(|next, lines| {
        let meet = next.start <= lines.end;
        if meet {
            lines.end = lines.end.max(next.end);
        }
        meet
    });
    ranges
}

/// Blocks of code and formulas, in order.
pub fn code(text: &str, lines: &Lines) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let has = |sign: &str| memchr::memmem::find(text.as_bytes(), sign.as_bytes()).is_some();
    if has("```") {
        fenced(text, lines, &mut out);
    }
    if has("$$") {
        formulas(text, lines, &mut out);
    }
    if has("\n    ") || has("\n\t") {
        indented(text, lines, &mut out);
    }
    merged(out)
}

/// Blocks between fences of back-ticks, the fences among them.
fn fenced(text: &str, lines: &Lines, out: &mut Vec<Range<usize>>) {
    let mut open = None;
    for line in 0..lines.len() {
        let fence = lines.of(line, text).trim();
        let Some(rest) = fence.strip_prefix("```").filter(|rest| !rest.contains('`')) else { continue };
        open = match open {
            // A fence that closes has no word behind it.
            Some(start) if rest.is_empty() => {
                out.push(start..line + 1);
                None
            }
            _ => Some(line),
        };
    }
}

/// Lines of a formula, at most.
const FORMULA: usize = 80;

/// Formulas between two lines with `$$`, these among them, unless a sentence stands inside.
fn formulas(text: &str, lines: &Lines, out: &mut Vec<Range<usize>>) {
    let mut open: Option<usize> = None;
    for line in 0..lines.len() {
        let row = lines.of(line, text);
        open = match open {
            Some(start) if line - start > FORMULA || row.contains(['。', '！']) => None,
            open => open,
        };
        if row.matches("$$").count() % 2 == 1 {
            open = match open {
                Some(start) => {
                    out.push(start..line + 1);
                    None
                }
                None => Some(line),
            };
        }
    }
}

/// Signs of programs.
const SIGNS: [char; 13] = ['(', ')', '{', '}', '[', ']', '=', '<', '>', ';', '$', '_', '\\'];

/// Code of marked-up text by its indent of four: paragraphs between blank lines, of ASCII for the most part. In other
/// texts an indent says nothing.
fn indented(text: &str, lines: &Lines, out: &mut Vec<Range<usize>>) {
    static HEADING: LazyLock<Automaton> = LazyLock::new(|| fixed(r"(?m)^#{1,6}[^#\n]{1,80}$|^```|^---\r?$"));
    static ITEM: LazyLock<Automaton> = LazyLock::new(|| fixed(r"^\s*(?:[-*+•]|\d{1,3}[.)、．])\s|^\s*(?:\||>\s)"));
    static PAGE: LazyLock<Automaton> =
        LazyLock::new(|| fixed(r"copyright|©|powered by|rights reserved|all rights|log ?in|sign ?up|icp备"));
    if !HEADING.is_match(text) {
        return;
    }
    let row = |line: usize| lines.of(line, text);
    let blank = |line: usize| row(line).trim().is_empty();
    let deep = |line: usize| row(line).starts_with("    ") || row(line).starts_with('\t');
    let mut line = 0;
    while line < lines.len() {
        let starts = deep(line) && !blank(line) && (line == 0 || blank(line - 1)) && !ITEM.is_match(row(line));
        if !starts {
            line += 1;
            continue;
        }
        let end = (line + 1..lines.len()).find(|&next| !blank(next) && !deep(next)).unwrap_or(lines.len());
        let end = (line..end).rfind(|&last| !blank(last)).map_or(end, |last| last + 1);
        let block = || (line..end).map(row);
        let (mut ascii, mut other, mut signs) = (0, 0, 0);
        for c in block().flat_map(str::chars).filter(|c| !c.is_whitespace()) {
            *(if c.is_ascii() { &mut ascii } else { &mut other }) += 1;
            signs += usize::from(SIGNS.contains(&c));
        }
        let least = if signs * 20 >= ascii { 1 } else { 4 };
        let told = block().any(|row| {
            row.trim_end().ends_with(['。', '！', '？']) && row.matches(han).count() * 2 > row.chars().count()
        });
        if ascii > other * least && !told && !block().any(|row| PAGE.is_match(&row.to_lowercase())) {
            out.push(line..end);
        }
        line = end;
    }
}

/// Fields of a record, and records of a catalogue, at least.
const FIELDS: usize = 3;

/// A catalogue: the same fields again and again, and half of the text or more. A list of downloads beside a text is less.
pub(super) fn records(view: &View) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let full = || (0..view.lines.len()).filter(|&line| !view.blank(line)).count();
    let mut line = 0;
    while line < view.lines.len() {
        if field(view.line(line)).is_none() {
            line += 1;
            continue;
        }
        let mut times: HashMap<&str, usize> = HashMap::new();
        let mut fields = 0;
        let mut end = line;
        while end < view.lines.len() && (view.blank(end) || field(view.line(end)).is_some()) {
            if let Some(name) = field(view.line(end)) {
                *times.entry(name).or_default() += 1;
                fields += 1;
            }
            end += 1;
        }
        let again = times.values().filter(|&&times| times >= FIELDS).count();
        if again >= FIELDS && fields * 2 >= full() {
            out.push(line..end);
        }
        line = end + 1;
    }
    out
}

/// Characters of the name of a field.
const NAME: usize = 6;

/// The name of a field that fills its line with its value.
fn field(line: &str) -> Option<&str> {
    let line = line.trim();
    // A paragraph is looked at no further than such a name reaches.
    let head = &line[..crate::utf8::floor(line, (NAME + 1) * 3)];
    let (name, value) = line.split_at(head.find(['：', ':'])?);
    let short = (2..=NAME).contains(&name.chars().count()) && name.chars().all(crate::clean::fold::han);
    (short && !value.trim_start_matches(['：', ':']).trim().is_empty()).then_some(name)
}

static TURN: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(r"^\s*\p{Han}{2,4}\s+(?:19|20)\d{2}[-/.年]\d{1,2}[-/.月]\d{1,2}日?\s+\d{1,2}[:：]\d{2}(?:[:：]\d{2})?\s*$")
});
/// Turns of a chat, at least.
const TURNS: usize = 3;

/// Who wrote when, in a chat that a text tells: the same few names again and again, each above what was written.
pub(super) fn chats(view: &View) -> Vec<Range<usize>> {
    let turn = |line: usize| {
        let text = view.fold(line);
        text.len() <= 48 && text.contains([':', '：']) && TURN.is_match(text)
    };
    let turns: Vec<usize> = (0..view.lines.len()).filter(|&line| turn(line)).collect();
    if turns.len() < TURNS || turns.windows(2).any(|pair| pair[1] == pair[0] + 1) {
        return Vec::new();
    }
    turns.into_iter().map(|line| line..line + 1).collect()
}

#[cfg(test)]
mod tests {
    use crate::clean::tests::cleaned;

    #[test]
    fn what_has_a_form_of_its_own_stays_whole() {
        let body = "清明前后，水库边的梨花开了，住在坝上的人家把去年的旧船翻过来，刷上一层桐油，等着开渔的日子。\n";
        let front = "---\ntitle: 水库记\ndate: 2019-10-16 22:33:00\nurlname: 013a1e3a59981a87d5\ntags:\n- 散文\n---\n";
        let chat = "老伴 2019-05-04 20:11\n你在哪儿？饭热了两遍了。\n老伴 2019-05-04 20:40\n回话！\n小赵 2019-05-05 09:02\n主任，总结交了。\n";
        let record = |n: u32| {
            format!("题名：水库档案第{n}卷\n责任者：青溪公社\n日期：19{n}-04-11\n页数：{n}\n备注：手稿，有虫蛀\n")
        };
        let catalogue: String = (58..62).map(record).collect();
        for text in [
            format!("{front}{body}"),
            format!("未读\n{body}{chat}{body}"),
            format!("青溪镇档案目录\n{catalogue}"),
            format!(
                "{body}大家打开自己的稿子，拉到底，都会看到这样两行字：\n上一篇：全县召开三季度经济分析会\n下一篇：一只狗在门口等主人二十天\n{body}"
            ),
        ] {
            assert_eq!(cleaned(&text), text);
        }
    }

    #[test]
    fn code_and_formulas_of_marked_up_text_stay() {
        let body = "水车每转一圈提上来的水，和它的半径、斗数、转速都有关系，下面用一个式子和一段程序把它算出来。\n";
        for text in [
            format!(
                "# 水车\n\n{body}\n    >>> r = 2\n    >>> turns(r, n=8)==16\n    True\n    \n    #coding:utf-8\n\n{body}"
            ),
            format!(
                "# 水车\n\n{body}\n$$\n\\begin{{aligned}}\nQ_1&=\\frac{{nV}}{{t}}\\\\\n\\end{{aligned}}\n$$\n\n{body}"
            ),
            format!("---\nlayout : post\ntitle : 水车\ntags : [水车, 灌溉]\ndescription: {}\n---\n{body}", body.trim()),
            format!("{body}\n\\begin{{aligned}}\nqueue->next=HEAD+1;\nkey={{itemId}}\n{body}"),
        ] {
            assert_eq!(cleaned(&text), text);
        }
    }

    #[test]
    fn what_pages_indent_is_no_code() {
        let body = "# 在水利大会上的讲话\n\n同志们：\n\n今年以来，我们认真贯彻落实各项决策部署，扎实推进重点工作，取得了明显成效，成绩来之不易。\n";
        for frame in ["\n    Copyright © 2010 青石网 All Rights Reserved\n", "\n    【打印】【关闭】\n"] {
            assert_eq!(cleaned(&format!("{body}{frame}")).trim_end(), body.trim_end(), "{frame}");
        }
    }
}
