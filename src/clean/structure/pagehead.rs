//! Heads and numbers of printed pages that stand in a text made from a scan or a print file.
//!
//! A number between dashes may part the sections of an essay. It is a page's where it tears a sentence, or where the
//! same words stand with it each time.

use super::Detector;
use super::halves::torn;
use crate::clean::automaton::{Automaton, fixed};
use crate::clean::fold::han;
use crate::clean::guards;
use crate::clean::view::{Marks, View};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Longest head, in bytes.
const HEAD: usize = 120;

/// Fewest characters of a line that a page tore.
const TORN: usize = 14;

/// Numbers in a row by which pages are known that do not begin with the first.
const PAGES: usize = 3;

/// `· 5 ·`, `第 5 页`, `5/12`, with words before or after, and `GL-0371-0042`: the last number that a line names.
static NUMBERED: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"^\s*(?P<head>[^。！？!?；;，,“”]{0,44}?)\s*(?:[-—－–·•~～]{1,3}\s*(?P<a>\d{1,4})\s*[-—－–·•~～]{1,3}|第\s*(?P<b>\d{1,4})\s*页\s*[/，,]?\s*(?:[(（]?\s*共\s*\d{1,4}\s*页\s*[)）]?)?|\s(?P<c>\d{1,3})\s*/\s*\d{1,3}|[a-zA-Z]{1,4}[\d-]{0,8}-(?P<d>\d{3,6})|[ 　]{6,}(?P<e>\d{1,4})$)\s*(?P<tail>[^。！？!?；;，,“”]{0,30})$|^\s*(?P<f>\d{1,4})[ 　]{6,}(?P<name>[^\d。！？!?；;，,“”]{2,40})$|^\s*[(（\[［【]?\s*(?P<g>\d{1,3})\s*/\s*(?P<total>\d{1,3})\s*[)）\]］】]?\s*$",
    )
});

/// Each such line has a wide gap or one of the signs.
const WIDE: &str = "　　　　　　";
const SIGNS: [char; 11] = ['页', '頁', '/', '-', '—', '－', '–', '·', '•', '~', '～'];

/// A line with the number of a page.
struct Numbered {
    line: usize,
    /// Its other words.
    words: String,
    number: u32,
    /// Of how many, where it says so and nothing else.
    total: Option<u32>,
}

/// Cuts them; a sentence that one of them tore is joined with the other page debris.
pub fn detect(view: &View, marks: &mut Marks) {
    let mut found: Vec<Numbered> = Vec::new();
    for line in 0..view.lines.len() {
        let text = view.fold(line);
        if text.len() > HEAD
            || !text.bytes().any(|b| b.is_ascii_digit())
            || !(text.contains(SIGNS) || text.contains(WIDE))
        {
            continue;
        }
        let Some(parts) = NUMBERED.groups(text, 0) else { continue };
        let number = ["a", "b", "c", "d", "e", "f", "g"].iter().find_map(|&name| parts.name(name));
        let words = ["head", "tail", "name"].map(|name| parts.name(name).map_or("", str::trim)).concat();
        // The middle of a date.
        let digit = |name: &str, at_end: bool| {
            let part = parts.name(name).unwrap_or("");
            let c = if at_end { part.chars().next_back() } else { part.chars().next() };
            c.is_some_and(|c| c.is_ascii_digit())
        };
        if digit("head", true) && digit("tail", false) {
            continue;
        }
        if let Some(number) = number.and_then(|number| number.parse().ok())
            && !marks.gone(line)
            && guards::guard(text).is_none()
        {
            let total = parts.name("total").and_then(|total| total.parse().ok());
            found.push(Numbered { line, words, number, total });
        }
    }
    if found.len() < 2 {
        return;
    }
    let next = |pair: &[&Numbered]| pair[0].number < pair[1].number && pair[1].number - pair[0].number <= 2;
    let torn = found.iter().filter(|at| tears(view, at.line)).count();
    // The pages of a book bear its name and that of the chapter in turn.
    let all: Vec<&Numbered> = found.iter().collect();
    if all.windows(2).all(next) && torn > 0 {
        found.iter().for_each(|at| marks.drop_line(at.line, Detector::PageHead));
        return;
    }
    let mut groups: BTreeMap<&str, Vec<&Numbered>> = BTreeMap::new();
    found.iter().for_each(|at| groups.entry(&at.words).or_default().push(at));
    for (words, alike) in groups {
        if alike.len() < 2 || !alike.windows(2).all(next) {
            continue;
        }
        let tears = alike.iter().any(|other| tears(view, other.line));
        // What parts a text opens a section; what closes a page also stands below the last one.
        let last = alike[alike.len() - 1].line;
        let closes = || (last + 1..view.lines.len()).all(|line| view.blank(line) || marks.gone(line));
        // 1/3, 2/3 and 3/3, each below a part of the text.
        let counts = || {
            let (first, total) = (alike[0], alike.len() as u32);
            let each = alike.iter().all(|other| other.total == Some(total) && text_above(view, other.line));
            first.number == 1 && each
        };
        // Sections are counted from one.
        let later = || alike.len() >= PAGES && alike[0].number > 1;
        if tears || counts() || (words.is_empty() && (closes() || later())) || (!words.is_empty() && paper(words)) {
            alike.iter().for_each(|at| marks.drop_line(at.line, Detector::PageHead));
        }
    }
}

/// Whether the next line above is running text.
fn text_above(view: &View, line: usize) -> bool {
    view.prev_full(line, 0).is_some_and(|above| guards::prose(view.fold(above)))
}

/// Whether the words are those of a file or of a printed thing, and not of an item.
fn paper(words: &str) -> bool {
    static PAPER: LazyLock<Automaton> = LazyLock::new(|| {
        fixed(
            r"\.(?:pdf|docx?|wps|caj)(?-u:\b)|影像|扫描|馆藏|内部资料|汇编|材料之|会刊|年鉴|县志|文件$|卷[一二三四五六七八九十\d]+$",
        )
    });
    PAPER.is_match(words)
}

/// Whether the sentence above it goes on below.
fn tears(view: &View, line: usize) -> bool {
    let above = view.prev_full(line, 0);
    let Some((above, below)) = above.zip(view.next_full(line, view.lines.len())) else { return false };
    if torn(view, above, below) {
        return true;
    }
    // Lines of a print are short.
    let (a, b) = (view.fold(above).trim_end(), view.fold(below).trim_start());
    let open = a.ends_with(|c: char| matches!(c, '，' | '、') || han(c));
    let text = |line: &str| line.chars().count() >= TORN && line.contains(['，', '。', '、']);
    open && text(a) && guards::guard(b).is_none() && guards::guard(a).is_none() && text(b)
}

#[cfg(test)]
mod tests {
    use crate::clean::tests::cleaned;

    #[test]
    fn heads_and_numbers_of_pages_go_and_the_sentence_is_joined() {
        let text = "会议听取了文化站站长关于旧址现状的汇报，大家议论了很久，都认为应当\n— 1 —\n先修屋顶，再修围墙，不能等到明年雨季以后再动手。\n散会以后又去看了一遍，石阶也松了好几块，走上去摇摇晃晃，东边的那一道老墙\n— 2 —\n已经有了裂缝，要用木头撑住。\n";
        assert_eq!(
            cleaned(text),
            "会议听取了文化站站长关于旧址现状的汇报，大家议论了很久，都认为应当先修屋顶，再修围墙，不能等到明年雨季以后再动手。\n散会以后又去看了一遍，石阶也松了好几块，走上去摇摇晃晃，东边的那一道老墙已经有了裂缝，要用木头撑住。\n"
        );
        let text = "会议听取了文化站站长的汇报，大家议论了很久。\n— 3 —\n先修屋顶，再修围墙。\n— 4 —\n石阶也松了好几块。\n— 5 —\n东墙要用木头撑住。\n";
        assert_eq!(cleaned(text).lines().count(), 4);
        let part = "会议听取了文化站站长关于旧址现状的汇报，大家议论了很久，都认为应当先修屋顶。\n";
        assert_eq!(cleaned(&format!("{part}（1/2）\n{part}（2/2）\n")), format!("{part}{part}"));
        let text = "我们的办法有三条，第一条是早种，赶在霜降以前把草籽撒到田里去。\n青石农技材料之九 — 5 —\n第二条是开沟，一亩田开三条沟，深八寸，冬天把水排干净。\n青石农技材料之九 — 6 —\n第三条是算账，算给大家看，算清楚了自然有人跟着种。\n";
        assert_eq!(cleaned(text).lines().count(), 3);
    }

    #[test]
    fn running_heads_with_a_wide_gap_go() {
        let text = "商会每年推举会长一人，任期两年，不支薪水，只供一顿午饭，饭食粗淡，谁也\n青石文史资料　第九辑　　　　　　　　　　87\n不曾为此争过，到了年底再由各行重新推举一次，账目当众念过。\n后来会址搬到鼓楼西街，房子大了，来的人却少了，每逢开会只有七八个人，坐在\n88　　　　　　　　　　我所知道的青石商会\n空屋子里说话有回声，老会长说这样也好，听得清楚。\n";
        assert_eq!(cleaned(text).lines().count(), 2);
        let table = "上坪村　　　　　　87\n下坪村　　　　　　88\n合计　　　　　　175\n以上数字由各村统计员上报，镇里没有改动，错了请在三天之内说明，过期不再受理。\n";
        assert_eq!(cleaned(table), table);
    }

    #[test]
    fn numbers_that_part_an_essay_stay() {
        for text in [
            "(1/3)\n那一年春天来得很晚。\n(2/3)\n父亲背着我过河。\n(3/3)\n他站住了。\n",
            "· 1 ·\n那一年春天来得很晚，河里的冰到了四月还没有化开。\n· 2 ·\n父亲背着我过河，走到河心，冰响了一声，他站住了。\n",
            "— 1 —\n那一年春天来得很晚。\n— 2 —\n父亲背着我过河。\n— 3 —\n他站住了，冰响了。\n",
            "— 1 —\n雪落下来\n— 2 —\n雪停了\n",
            "参见正文第3页\n如图所示，坡度不能超过百分之八，否则机器上不去。\n",
        ] {
            assert_eq!(cleaned(text), text);
        }
    }
}
