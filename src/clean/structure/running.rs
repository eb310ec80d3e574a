//! Lines that a page left between the halves of a sentence: running heads and page marks of any wording.
//!
//! The tear alone proves nothing, for a table told in lines has cells without a stop. There is a mark of a page among the
//! lines, and each of the others has no words, names the title or an issue, or comes back between other halves.

use super::Detector;
use super::halves::{open, torn};
use super::pager::ISSUE;
use super::title::key;
use crate::clean::automaton::{Automaton, fixed};
use crate::clean::guards;
use crate::clean::view::{Marks, View};
use crate::document::Class;
use crate::segment::ends_sentence;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// Lines between two halves, at most.
const LINES: usize = 4;
/// Longest of them, in characters.
const THIN: usize = 48;
/// Shortest title that a head names, in letters and digits.
const TITLE: usize = 6;

/// Letters and digits that a head has beside it, at most.
const BESIDE: usize = 16;

/// `(第1页,剩余5页)`, `3/12`, `- 3 -`, `page 3`.
static MARK: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"第\s*\d{1,4}\s*页|^[^\p{L}\d]*\d{1,4}\s*[/／]\s*\d{1,4}[^\p{L}\d]*$|^\s*[-—－–·•~～]+\s*\d{1,4}\s*[-—－–·•~～]+\s*$|^\W*(?:p|page)\s?\.?\s?\d{1,4}\W*$|(?-u:\b)page\s\d{1,4}(?-u:\b)",
    )
});

/// A reference names a page of a book, and a day is no mark of one.
static REFERENCE: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"《|同上|出版|页[）)]\s*\p{Han}|页[、，]\s*$|\d[—－–-]\d+\s*页|^\s*[〖［\[①-⑳〔]|^\s*(?:19|20)\d{2}[-/.年]\d{1,2}[-/.月]\d{1,2}日?\s*$|(?:19|20)\d{2}年?[，,]",
    )
});

/// The lines between two halves of a sentence.
type Tear = Vec<usize>;

/// Cuts them, and those like them that stand between paragraphs; gives the lines between halves, which are to be joined.
/// `title` is the line of the document's title.
pub fn detect(view: &View, title: Option<usize>, marks: &mut Marks) -> Vec<usize> {
    let tears = tears(view, marks);
    let Some(first) = tears.first().and_then(|tear| tear.first()).copied() else { return Vec::new() };
    let pagers = marks.lines_of(&[Class::Pagination]);
    let title = title.filter(|&title| title < first).map(|title| key(view.fold(title)));
    let title = title.filter(|title| title.chars().count() >= TITLE);
    // A head has little beside the title; a sentence on what the title says is none.
    let names =
        |line: &str, title: &str| line.contains(title) && line.chars().count() <= title.chars().count() + BESIDE;
    let named = |line: usize| title.as_ref().is_some_and(|title| names(&key(view.fold(line)), title));
    let mut shapes: HashMap<String, usize> = HashMap::new();
    for &line in tears.iter().flatten().filter(|&&line| !marks.gone(line)) {
        *shapes.entry(shape(view.fold(line))).or_default() += 1;
    }
    let mark = |line: usize| pagers[line] || MARK.is_match(view.fold(line)) || named(line);
    let known = |line: usize| {
        let text = view.fold(line);
        !text.contains(char::is_alphabetic) || ISSUE.is_match(text) || shapes.get(&shape(text)).is_some_and(|&n| n > 1)
    };
    let of_page = |tear: &Tear, marks: &Marks| {
        tear.iter().any(|&line| mark(line)) && tear.iter().all(|&line| marks.gone(line) || mark(line) || known(line))
    };
    let paged: Vec<usize> = tears.iter().filter(|tear| of_page(tear, marks)).flatten().copied().collect();
    let seen: HashSet<String> =
        paged.iter().filter(|&&line| !marks.gone(line)).map(|&line| shape(view.fold(line))).collect();
    paged.iter().for_each(|&line| marks.drop_line(line, Detector::PageHead));
    // The same where a page ended with a paragraph. The title on top has no number that counts.
    for line in first..view.lines.len() {
        let text = view.fold(line);
        if !seen.is_empty() && !marks.gone(line) && thin(text) {
            let shape = shape(text);
            if shape.contains('#') && seen.contains(&shape) {
                marks.drop_line(line, Detector::PageHead);
            }
        }
    }
    paged
}

/// Where a sentence stops at one line, and goes on behind some thin ones.
fn tears(view: &View, marks: &Marks) -> Vec<Tear> {
    let mut out = Vec::new();
    for above in 0..view.lines.len() {
        if marks.gone(above) || !open(view, above) {
            continue;
        }
        let mut between = Tear::new();
        let mut at = above;
        while let Some(line) = view.next_full(at, view.lines.len()) {
            if !marks.gone(line) && (!thin(view.fold(line)) || between.len() >= LINES) {
                if !between.is_empty() && torn(view, above, line) {
                    out.push(between);
                }
                break;
            }
            between.push(line);
            at = line;
        }
    }
    out
}

/// Whether a line is short and no sentence, heading or entry.
fn thin(text: &str) -> bool {
    text.len() <= THIN * 4
        && text.chars().count() <= THIN
        && !text.contains(ends_sentence)
        && guards::guard(text).is_none()
        && !REFERENCE.is_match(text)
}

/// The line with its numbers and white space taken out.
pub(super) fn shape(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars().filter(|c| !c.is_whitespace()) {
        match c.is_numeric() {
            true if out.ends_with('#') => {}
            true => out.push('#'),
            false => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clean::structure::Disabled;
    use crate::clean::tests::cleaned;

    const NAME: &str = "青石镇水利普查实践报告";
    const ONE: &str = "我们七月里走遍了全镇十二个村，量了四十一口塘，问了三百多户人家，回来以后把每一个数都记在一个";
    const TWO: &str = "小本子上，再同镇里的台账对过一遍。";
    const REST: &str = "账上有而地里没有的塘有三口，地里有而账上没有的渠有七里，村里的老人都能说出它们的来历。";

    #[test]
    fn heads_and_marks_between_the_halves_of_a_sentence_go() {
        for marks in [
            &["(第1页,剩余2页,下拉继续阅读)", "(第2页,剩余1页,下拉继续阅读)"][..],
            &["青石镇水利普查实践报告(第2页)", "青石镇水利普查实践报告(第3页)"],
            &["青石县水利学会 青石水利简报 第12期\n- 2 -", "青石县水利学会 青石水利简报 第12期\n- 3 -"],
            &["* * *\n上一页 1 2 3 下一页", "* * *\n上一页 1 2 3 下一页"],
            &["青石写 时间：某月\n第 2 页", "青石写 时间：某月\n第 3 页"],
        ] {
            let [a, b] = marks else { panic!("two marks") };
            let text = format!("{NAME}\n{ONE}\n{a}\n{TWO}\n{REST}\n{ONE}\n{b}\n{TWO}\n{REST}{TWO}\n");
            let whole = format!("{NAME}\n{ONE}{TWO}\n{REST}\n{ONE}{TWO}\n{REST}{TWO}\n");
            assert_eq!(cleaned(&text), whole, "{a}");
        }
    }

    #[test]
    fn a_mark_that_closes_a_paragraph_goes_with_those_that_tear() {
        let text = format!("{NAME}\n{ONE}\n(第1页,剩余2页,继续)\n{TWO}\n{REST}\n(第2页,剩余1页,继续)\n{REST}{TWO}\n");
        assert_eq!(cleaned(&text), format!("{NAME}\n{ONE}{TWO}\n{REST}\n{REST}{TWO}\n"));
    }

    #[test]
    fn cells_and_captions_between_long_lines_stay() {
        for between in
            [["合格", "合格"], ["责任单位：水利站", "责任单位：水利站"], ["图1 东塘", "图2 西塘"], ["(1)", "(2)"]]
        {
            let [a, b] = between;
            let other =
                "另一组从下游往上走，先到东坡再到西坡，把每一座闸的年份和尺寸照着石碑抄下来，没有碑的就问看闸的";
            let text = format!("{NAME}\n{ONE}\n{a}\n{other}\n{b}\n{TWO}{REST}\n");
            assert_eq!(cleaned(&text), text);
        }
    }

    #[test]
    fn lines_between_which_others_go_are_not_walked_again_and_again() {
        let line = "从县城到乡镇，从乡镇到村组，凡是有水的地方都有我们的脚印和卷尺，一处都没有落";
        let text = format!("{line}\n{line}\n{line}\n{line}\n上页\n下页\n").repeat(6_000);
        let view = View::new(&text);
        let mut marks = Marks::new(&view, Disabled::default());
        let pager = |line: &usize| view.line(*line).ends_with('页');
        (0..view.lines.len()).filter(pager).for_each(|line| marks.drop_line(line, Detector::PagerShattered));
        let start = std::time::Instant::now();
        assert!(tears(&view, &marks).iter().all(|tear| tear.len() <= LINES + 2));
        assert!(start.elapsed().as_secs() < 20);
    }
}
