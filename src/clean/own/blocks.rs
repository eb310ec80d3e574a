//! Blocks that have a form which others read: front matter, code, records of a catalogue, the turns of a chat.

use crate::clean::automaton::{Automaton, fixed};
use crate::clean::view::View;
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
    let key =
        |line: &str| line.split_once(':').is_some_and(|(key, _)| !key.is_empty() && !key.contains(char::is_whitespace));
    let of_a_key = |line: &str| line.starts_with([' ', '\t', '-', '#']) || line.trim().is_empty();
    let lines = || (first + 1..end).map(|line| view.line(line));
    (lines().any(key) && lines().all(|line| of_a_key(line) || key(line))).then_some(first..end + 1)
}

/// Lines in which nothing is debris: a front matter and code.
pub fn sealed(view: &View) -> Vec<Range<usize>> {
    let mut out: Vec<Range<usize>> = front_matter(view).into_iter().collect();
    code(view, &mut out);
    out
}

/// Blocks of code between fences of back-ticks, the fences among them.
fn code(view: &View, out: &mut Vec<Range<usize>>) {
    if memchr::memmem::find(view.text.as_bytes(), b"```").is_none() {
        return;
    }
    let mut open = None;
    for line in 0..view.lines.len() {
        let text = view.line(line).trim();
        let Some(rest) = text.strip_prefix("```").filter(|rest| !rest.contains('`')) else { continue };
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
}
