//! Line keys: what two lines of a frame must share.

use super::look::Look;
use crate::{key, utf8};
use xxhash_rust::xxh3::xxh3_64;

/// In the place of the document's own title.
const SLOT: u16 = 1;
/// In the place of a value that differs from text to text.
pub const VALUE: &str = "{value}";
/// What stands for it in a key.
const FIELD: u16 = 2;
/// Longest line, in characters, that can be a label with its value.
const FIELD_CHARS: usize = 60;
/// Longest sentence, in characters, whose titles are values.
const QUOTED_CHARS: usize = 120;
/// First bytes of a line in which a symbol stands as a rule.
const NEAR: usize = 24;
/// Longest line, in bytes, that can belong to a frame.
pub const LINE_BYTES: usize = 1500;
/// Lines of a head in which a page's title or trail is looked for, and lines below it that may be the title.
const BELOW: usize = 12;
/// Fewest symbols of a title that is slotted: shorter ones stand in lines by chance.
const TITLE: usize = 4;

/// Marks of a line that tells the title.
const MARKS: [&str; 6] = ["title:", "标题：", "标题:", "標題：", "題名：", "题名："];

/// The key of the document's own title: what a line says that is marked as such; or what its first line, which may be
/// the page's title, shares with a line below it; or what a later line of a page's head shares so, below the name of a
/// site; or the first line up to a sign that parts a title from a site's name.
pub fn title(lines: &[&str]) -> Vec<u16> {
    page_title(lines).1
}

/// The same, and the line that holds it as the page's title.
pub fn page_title(lines: &[&str]) -> (usize, Vec<u16>) {
    let Some(first) = lines.first().filter(|first| first.len() <= 400) else { return (0, Vec::new()) };
    let whole = key::key(first).symbols;
    let marked =
        lines.iter().take(12).find_map(|line| MARKS.iter().find_map(|mark| line.trim_start().strip_prefix(mark)));
    if let Some(said) = marked {
        let symbols = key::key(stem(said)).symbols;
        if symbols.len() >= TITLE {
            return (0, symbols);
        }
    }
    // What the first line begins with goes before what else it holds.
    let (mut best, mut begins): (Vec<u16>, bool) = (Vec::new(), false);
    for line in lines.iter().skip(1).take(super::HEAD_LINES) {
        if line.len() < TITLE * 3 || line.len() > first.len() + 12 {
            continue;
        }
        let symbols = key::key(line).symbols;
        let Some(at) = holds(&whole, &symbols).filter(|_| symbols.len() >= TITLE) else { continue };
        if (at == 0, symbols.len()) > (begins, best.len()) {
            (best, begins) = (symbols, at == 0);
        }
    }
    if best.is_empty() {
        if let Some(found) = titled_below(lines) {
            return found;
        }
        best = key::key(stem(first)).symbols;
    }
    (0, if best.len() < TITLE { Vec::new() } else { best })
}

/// The first line below the first one that holds a later line as a page's title or trail holds the title.
fn titled_below(lines: &[&str]) -> Option<(usize, Vec<u16>)> {
    // Where the text begins the head ends.
    let text = lines.iter().take(BELOW * 2).position(|line| Look::of(line).prose());
    let lines = &lines[..text.unwrap_or(lines.len())];
    for at in 1..lines.len().min(BELOW) {
        for line in &lines[at + 1..lines.len().min(at + 1 + BELOW)] {
            if line.len() < TITLE * 3
                || line.trim() == lines[at].trim()
                || !(heads(lines[at], line) || ends(lines[at], line))
            {
                continue;
            }
            let symbols = key::key(line).symbols;
            if symbols.len() >= TITLE {
                return Some((at, symbols));
            }
        }
    }
    None
}

/// Whether a trail ends with a line.
fn ends(trail: &str, line: &str) -> bool {
    let rest = trail.trim().strip_suffix(line.trim());
    rest.is_some_and(|rest| rest.trim_end().ends_with(['>', '＞', '»', '/', '→']))
}

/// A page's title without the names of its channel and site.
fn stem(title: &str) -> &str {
    let stem = title.split(['_', '|', '｜', '－']).next().unwrap_or(title);
    stem.split(" - ").next().unwrap_or(stem)
}

/// Whether a line that is the title stands in the first line as its page's title does: in front, parted from the rest,
/// or at the end of it as the longer part. What else the two share may be the name of the site or of an office.
pub fn heads(first: &str, line: &str) -> bool {
    let (first, line) = (first.trim(), line.trim());
    let front = first.strip_prefix(line).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric));
    let end = first.strip_suffix(line).is_some_and(|rest| !rest.ends_with(char::is_alphanumeric));
    !line.is_empty() && (front || (end && line.len() * 2 >= first.len()))
}

/// Where a title stands in a line, in symbols.
pub fn holds(line: &[u16], title: &[u16]) -> Option<usize> {
    let (first, last_start) = (title.first()?, line.len().checked_sub(title.len())?);
    // The first symbol tells nearly always: no call to compare memory at each place.
    (0..=last_start).find(|at| line[*at] == *first && line[*at..].starts_with(title))
}

/// The key of a line and whether the title stands in it; `None` for blank and overlong lines.
pub fn line_key(line: &str, title: &[u16]) -> Option<(u64, bool)> {
    let line = line.trim();
    if line.is_empty() || line.len() > LINE_BYTES {
        return None;
    }
    let symbols = key::key(line).symbols;
    match holds(&symbols, title) {
        Some(at) => {
            let mut slotted = symbols[..at].to_vec();
            slotted.push(SLOT);
            slotted.extend_from_slice(&symbols[at + title.len()..]);
            Some((hash(&slotted, line), true))
        }
        None => Some((hash(&symbols, line), false)),
    }
}

/// Whether a key is that of a line that is nothing but the title.
pub fn bare_title(key: u64) -> bool {
    key == hash(&[SLOT], "")
}

/// A line of labels with its values taken out: 播音：{value} 监制：{value}. `None` where no label is seen.
pub fn labels(line: &str) -> Option<String> {
    let line = line.trim();
    if line.len() > FIELD_CHARS * 3 || line.contains(['。', '！', '？', '{']) {
        return None;
    }
    let letters = |text: &str| text.chars().filter(|c| c.is_alphabetic()).count();
    let (mut out, mut said) = (String::new(), 0);
    let mut labelled = false;
    for token in line.split_whitespace() {
        let colon = token.match_indices(['：', ':']).find(|(at, colon)| {
            let numbers = token[..*at].ends_with(|c: char| c.is_ascii_digit())
                && token[at + colon.len()..].starts_with(|c: char| c.is_ascii_digit());
            !numbers && !token[*at..].starts_with("://")
        });
        if let Some((at, c)) = colon {
            out += &token[..at + c.len()];
            out += VALUE;
            said += letters(&token[..at]);
            labelled = true;
        } else if !labelled && out.is_empty() {
            out += token;
        }
    }
    if !labelled {
        if let Some(fields) = fields(line) {
            return Some(fields);
        }
        // A single label, a space and its value.
        let fits = out.len() < line.len() && (2..=8).contains(&letters(&out));
        return fits.then(|| format!("{out} {VALUE}"));
    }
    (said >= 2).then_some(out)
}

/// The same of a line whose value is a sentence: 下一讲：{value} where the next one is called 大家的事大家办。
pub fn labelled_sentence(line: &str) -> Option<String> {
    let line = line.trim();
    // A paragraph has no labels: most lines are some, and to look through them took a twentieth of a run.
    if line.len() > FIELD_CHARS * 3 {
        return None;
    }
    let stops = |c: char| matches!(c, '。' | '！' | '？');
    // What is said before a stop is no label.
    let value = line.find(['：', ':']).or(line.find(char::is_whitespace));
    let named = line.find(stops).zip(value).is_some_and(|(stop, value)| value < stop);
    named.then(|| labels(&line.replace(stops, "，"))).flatten()
}

/// Fewest letters around the titles of a sentence whose titles are values.
const AROUND: usize = 6;

/// A sentence that names titles, with the titles taken out: 下一篇送《{value}》。
pub fn quoted(line: &str) -> Option<String> {
    let line = line.trim();
    if line.len() > QUOTED_CHARS * 3 || !line.contains('《') || line.contains('{') {
        return None;
    }
    let (mut out, mut rest) = (String::new(), line);
    while let Some((before, after)) = rest.split_once('《') {
        let (title, after) = after.split_once('》')?;
        if title.is_empty() || title.contains('《') {
            return None;
        }
        out += before;
        out += "《";
        out += VALUE;
        out += "》";
        rest = after;
    }
    out += rest;
    let around = out.replace(VALUE, "").chars().filter(|c| c.is_alphabetic()).count();
    (around >= AROUND).then_some(out)
}

/// Whether a line of a template names a title that is a slot: 《{title}》, 《{value}》.
pub fn names_title(line: &str) -> bool {
    line.contains("《{")
}

/// Words that label what a page tells of its text, where blanks alone part them from their values.
const FIELDS: [&str; 16] = [
    "格式",
    "大小",
    "上传",
    "上传人",
    "上传者",
    "上传日期",
    "上传时间",
    "发布时间",
    "发布日期",
    "更新时间",
    "更新日期",
    "页数",
    "字数",
    "浏览",
    "阅读",
    "下载",
];

/// A line of at least three such labels, each before its value.
fn fields(line: &str) -> Option<String> {
    let tokens: Vec<&str> = line.split_whitespace().collect();
    let label = |token: &str| FIELDS.iter().any(|field| token.ends_with(field)) && token.len() <= 18;
    let pairs = tokens.chunks_exact(2);
    if tokens.len() < 6 || !tokens.len().is_multiple_of(2) || !pairs.clone().all(|pair| label(pair[0])) {
        return None;
    }
    Some(pairs.map(|pair| format!("{} {VALUE}", pair[0])).collect::<Vec<_>>().join(" "))
}

/// The key of a line of a rules file, where `{title}` is the slot, and `{value}` what differs.
pub fn template_key(line: &str) -> Option<u64> {
    let symbols = template_symbols(line);
    if symbols.contains(&SLOT) || symbols.contains(&FIELD) {
        return Some(hash(&symbols, line));
    }
    line_key(line, &[]).map(|key| key.0)
}

fn template_symbols(line: &str) -> Vec<u16> {
    let parts: Vec<&str> = line.split(VALUE).collect();
    let title = line.split_once("{title}").filter(|_| parts.len() == 1);
    let (parts, slot) = title.map_or((parts, FIELD), |(before, after)| (vec![before, after], SLOT));
    let mut symbols = Vec::new();
    for (at, part) in parts.into_iter().enumerate() {
        if at > 0 {
            symbols.push(slot);
        }
        symbols.extend(key::key(part).symbols);
    }
    symbols
}

/// The first symbols of known lines, by which most lines are seen to be none of them.
#[derive(Debug)]
pub struct Fronts {
    /// A bit for each pair of symbols, by its hash.
    pairs: Box<[u64; 1024]>,
    /// Whether a line begins with the slot.
    slot: bool,
    /// A bit for each symbol that a line with values begins with.
    labels: Box<[u64; 1024]>,
    /// Whether there is a line with values, and whether one begins with its value.
    values: [bool; 2],
}

impl Default for Fronts {
    fn default() -> Self {
        Self { pairs: Box::new([0; 1024]), slot: false, labels: Box::new([0; 1024]), values: [false; 2] }
    }
}

impl Fronts {
    fn place([first, second]: [u16; 2]) -> (usize, u32) {
        let mixed = (u32::from(first) << 16 | u32::from(second)).wrapping_mul(0x9E37_79B1) >> 16;
        (mixed as usize / 64, mixed % 64)
    }

    /// Adds a line of a rules file.
    pub fn add(&mut self, line: &str) {
        let symbols = template_symbols(line);
        let symbol = |at: usize| symbols.get(at).copied().unwrap_or(0);
        let (block, bit) = Self::place([symbol(0), symbol(1)]);
        self.pairs[block] |= 1 << bit;
        self.slot |= symbol(0) == SLOT;
        if symbols.contains(&FIELD) {
            self.labels[usize::from(symbol(0)) / 64] |= 1 << (symbol(0) % 64);
            self.values = [true, self.values[1] || symbol(0) == FIELD];
        }
    }

    fn has(&self, pair: [u16; 2]) -> bool {
        let (block, bit) = Self::place(pair);
        self.pairs[block] >> bit & 1 != 0
    }

    /// Whether a line that begins with two symbols may have a key of a line added, its title slotted or not.
    pub fn may_have(&self, front: [u16; 2], title: &[u16]) -> bool {
        self.has(front)
            || (self.slot && title.starts_with(&front))
            || (title.first() == Some(&front[1]) && self.has([front[0], SLOT]))
    }

    /// Whether a line that begins with a symbol may have the labels of a line added: its form ([`labels`], [`quoted`])
    /// begins with the same symbol, or with a value where none stands before it.
    pub fn may_have_labels(&self, first: u16, line: &str) -> bool {
        if !self.values[0] || line.len() > QUOTED_CHARS * 3 {
            return false;
        }
        // A look at the first characters: that they hold no symbol is rare.
        let near = &line[..utf8::floor(line, NEAR)];
        let parts = |c: char| c.is_whitespace() || (self.values[1] && matches!(c, '《' | '：' | ':'));
        let near = near.trim_start();
        self.labels[usize::from(first) / 64] >> (first % 64) & 1 != 0
            || key::front(&near[..near.find(parts).unwrap_or(near.len())])[0] == 0
    }
}

/// A line with `{title}` in the place of the title.
pub fn slotted(line: &str, title: &[u16]) -> String {
    let line = line.trim();
    let symbols = key::key(line).symbols;
    let Some(at) = holds(&symbols, title) else { return line.to_owned() };
    let table = key::offset_table(line, symbols.len());
    let (Some(&start), Some(&last)) = (table.get(at), table.get(at + title.len() - 1)) else { return line.to_owned() };
    let (start, last) = (start as usize, last as usize);
    let end = last + line[last..].chars().next().map_or(0, char::len_utf8);
    let made = format!("{}{{title}}{}", &line[..start], &line[end..]);
    // A number or blank at the seam may make another key of it: then the line itself says more.
    if template_key(&made) == line_key(line, title).map(|key| key.0) { made } else { line.to_owned() }
}

fn hash(symbols: &[u16], line: &str) -> u64 {
    if !symbols.is_empty() {
        return xxh3_64(bytemuck::cast_slice(symbols));
    }
    // Bars, arrows and numbers alone: their signs, each run of digits as one.
    let mut signs = String::from("\0");
    for c in line.chars().filter(|c| !c.is_whitespace()) {
        let c = if c.is_numeric() { '0' } else { c };
        if !(c == '0' && signs.ends_with('0')) {
            signs.push(c);
        }
    }
    xxh3_64(signs.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_line_that_has_the_labels_of_a_line_may_have_them(line in "[甲乙◆1]{0,2}[1 ]{0,30}[ 甲：:《》1◆]{0,4}[乙丙》：: 。]{0,9}") {
            for form in [labels(&line), quoted(&line), labelled_sentence(&line)].into_iter().flatten() {
                let mut fronts = Fronts::default();
                fronts.add(&form);
                prop_assert!(fronts.may_have_labels(key::front(&line)[0], &line), "{form}");
                prop_assert!(!fronts.may_have_labels(key::front("丁：戊")[0], "丁：戊"));
            }
        }
    }

    #[test]
    fn numbers_script_and_width_fall_out() {
        let key = |line: &str| line_key(line, &[]);
        assert_eq!(key("阅读：123 次"), key("閱讀： 4５ 次"));
        assert_eq!(key("2021 | 3"), key("7 | 88"));
        assert_ne!(key("阅读次数"), key("阅读人数"));
        assert_eq!(key("  "), None);
    }

    #[test]
    fn fronts_know_every_line_that_has_a_key() {
        let title = key::key("春耕动员会召开").symbols;
        for (template, line) in [
            ("{title}_青石网", "春耕动员会召开_青石网"),
            ("看{title}", "看春耕动员会召开"),
            ("首页 > {title}", "首页 > 春耕动员会召开"),
            ("首页 > {title}", "首页 > 2021 春耕动员会召开"),
            ("阅读：1 次", "阅读：23 次"),
            ("印", "印"),
            ("1 | 2", "3 | 4"),
        ] {
            let mut fronts = Fronts::default();
            assert!(!fronts.may_have(key::front(line), &title));
            fronts.add(template);
            assert_eq!(template_key(template), line_key(line, &title).map(|key| key.0), "{line}");
            assert!(fronts.may_have(key::front(line), &title), "{line}");
            assert!(!fronts.may_have(key::front("同志们"), &title));
        }
    }

    #[test]
    fn a_title_is_parted_from_the_name_of_the_site() {
        assert!(heads("春耕动员会召开_青石网", "春耕动员会召开"));
        assert!(heads("青石网：春耕动员会召开", " 春耕动员会召开 "));
        assert!(!heads("青石县人民政府关于春耕的通知", "青石县人民政府"));
        assert!(!heads("登山 - 青石县文化传媒网", "青石县文化"));
        assert!(!heads("登山", ""));
    }

    #[test]
    fn a_trail_below_the_name_of_the_site_holds_the_title() {
        let found = |lines: &[&str]| page_title(lines);
        let title = key::key("春耕动员会召开").symbols;
        assert_eq!(
            found(&["青石小楼", "散文 评论", "青石小楼 / 评论 / 春耕动员会召开", "春耕动员会召开"]),
            (2, title.clone())
        );
        assert_eq!(found(&["青石小楼", "春耕动员会召开_评论_青石小楼", "搜索", "春耕动员会召开"]), (1, title.clone()));
        assert_eq!(found(&["春耕动员会召开_青石网", "首页 > 要闻", "要闻", "春耕动员会召开"]), (0, title));
        let text = "今年以来，我们认真落实各项部署，取得了明显的成效，成绩来之不易。";
        let said = key::key("年终总结").symbols;
        assert_eq!(found(&["年终总结", "青石站 种植 养殖", text, "青石站"]), (0, said), "a signature is no title");
        let first = key::key("青石小楼").symbols;
        assert_eq!(found(&["青石小楼", "在春耕动员会召开时的讲话", "春耕动员会召开"]), (0, first));
    }

    #[test]
    fn titles_that_a_sentence_names_are_values() {
        assert_eq!(quoted("下一趟给您送《落花生》。").as_deref(), Some("下一趟给您送《{value}》。"));
        assert_eq!(quoted("《落花生》　石小青"), None, "hardly anything around it");
        assert_eq!(quoted("这就是《落花生"), None);
        assert_eq!(quoted("各位来宾下午好"), None);
    }

    #[test]
    fn a_label_stands_before_a_sentence_and_not_in_one() {
        assert_eq!(labelled_sentence("下一讲：大家的事大家办。"), labels("下一讲：春耕"));
        assert_eq!(labelled_sentence("NEXT 春耕开始了！"), labels("NEXT 春耕"));
        assert_eq!(labelled_sentence("散会了。下一讲：春耕"), None);
        assert_eq!(labelled_sentence("下一讲：春耕"), None);
    }

    #[test]
    fn the_own_title_is_a_slot() {
        let one = title(&["春耕动员会召开_青石网", "首页", "春耕动员会召开", "正文"]);
        let two = title(&["秋收现场会闭幕_青石网", "首页", "秋收现场会闭幕", "正文"]);
        let key = line_key("首页 > 春耕动员会召开 > 正文", &one);
        assert_eq!(key, line_key("首页 > 秋收现场会闭幕 > 正文", &two));
        assert_eq!(slotted("春耕动员会召开_青石网", &one), "{title}_青石网");
        assert_eq!(template_key("{title}_青石网"), line_key("春耕动员会召开_青石网", &one).map(|key| key.0));
    }
}
