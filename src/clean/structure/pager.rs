//! Pagers, also those that a scraper shattered over several lines, and sentences torn by a pager between pages.

use super::Detector;
use super::halves::torn;
use crate::clean::automaton::{Automaton, fixed};
use crate::clean::guards;
use crate::clean::view::{Marks, View};
use crate::segment::ends_sentence;
use std::ops::Range;
use std::sync::LazyLock;

/// Longest head of a printed page, in characters.
const HEAD: usize = 30;
/// Longest pager, in bytes of all its pieces.
const PAGER: usize = 160;

static WHOLE: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"^(?:[\[［【(（]?(?:首页|第一页|上一页|前一页)[\]］】)）]?|[|<>«»‹›/…·。.，,、]|\.\.\.)*(?:共\d{1,3}/?\d{0,3}页|第\d{1,3}/\d{1,3}页|\d{1,3}/\d{1,3}页|当前(?:为|是)?第?\d{1,3}/?\d{0,3}页)(?:共\d{1,3}(?:页|条)|当前(?:为|是)?[，,。.]?第?[，,。.]?\d{1,3}(?:/\d{1,3})?页?|第\d{1,3}页|[\[［【(（]?(?:首页|第一页|上一页|前一页|下一页|后一页|末页|尾页|最后一页|上页|下页|全文阅读|显示全文|全部显示|跳转|转到|go)[\]］】)）]?|[\[［【(（]\d{1,3}[\]］】)）]|\d{1,3}页?|[|<>«»‹›/…·。.，,、：:])*$",
    )
});
static LINKS: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"^(?:[\[［【(（]?(?:首页|第一页|上一页|前一页|下一页|后一页|末页|尾页|最后一页|上页|下页)[\]］】)）]?|共\d{1,3}(?:页|条)|第\d{1,3}页|转到|跳转|go|[\[［【(（]?\d{1,3}[\]］】)）]?|[|<>«»‹›/…·.]){3,}$",
    )
});
static STEP: LazyLock<Automaton> = LazyLock::new(|| fixed(r"上一页|前一页|下一页|后一页|上页|下页|尾页|末页"));

/// Cuts pagers and joins a sentence that ran over one.
pub fn detect(view: &View, marks: &mut Marks) {
    let mut line = 0;
    while line < view.lines.len() {
        let run = line..(line..view.lines.len()).find(|&at| !piece(view, at)).unwrap_or(view.lines.len());
        line = run.end + 1;
        // All pagers say it: columns of numbers need not be tried from each of their lines.
        let says = |at: usize| view.fold(at).contains(PAGE_FOLDED.as_str());
        let Some(last) = run.clone().rfind(|&at| says(at)) else { continue };
        let mut start = run.start;
        while start <= last {
            match Some(start).filter(|&at| !view.blank(at)).and_then(|at| pager(view, at..run.end)) {
                Some(end) => {
                    (start..end)
                        .filter(|&gone| !view.blank(gone))
                        .for_each(|gone| marks.drop_line(gone, Detector::PagerShattered));
                    start = end;
                }
                None => start += 1,
            }
        }
    }
}

/// Whether a line could be a piece of a pager, or stand between two: short, and of its characters only.
fn piece(view: &View, line: usize) -> bool {
    const SIGNS: &str = "共第页当前为是上下一首尾末前后最条全文阅读显示部跳转到go[]［］【】()（）|<>«»‹›/…·。.，,、：:";
    let folded = view.fold(line).trim();
    folded.len() <= 120
        && folded
            .chars()
            .all(|c| c.is_ascii_digit() || c.is_whitespace() || SIGNS_FOLDED.contains(c) || SIGNS.contains(c))
}

static SIGNS_FOLDED: LazyLock<String> =
    LazyLock::new(|| crate::clean::fold::fold("共第页当前为是上下一首尾末前后最条全文阅读显示部跳转到"));

/// What all pagers say.
static PAGE_FOLDED: LazyLock<String> = LazyLock::new(|| crate::clean::fold::fold("页"));

/// One past the last line of the pager that begins with a run of pieces.
fn pager(view: &View, run: Range<usize>) -> Option<usize> {
    let mut whole = String::new();
    let mut found = None;
    let mut links = None;
    for line in run.filter(|&line| !view.blank(line)) {
        whole.extend(view.fold(line).chars().filter(|c| !c.is_whitespace()));
        if whole.len() > PAGER {
            break;
        }
        if WHOLE.is_match(&whole) {
            found = Some(line + 1);
        } else if LINKS.is_match(&whole) && STEP.is_match(&whole) {
            links = Some(line + 1);
        }
    }
    found.max(links)
}

/// Joins two body lines between which only lines of page debris were cut, where the first stops inside a sentence.
pub fn rejoin(view: &View, marks: &mut Marks, page_debris: &dyn Fn(usize) -> bool) {
    let count = view.lines.len();
    let mut line = 0;
    while line < count {
        if !marks.gone(line) || !page_debris(line) {
            line += 1;
            continue;
        }
        let mut end = line + 1;
        while end < count && (view.blank(end) || (marks.gone(end) && page_debris(end))) {
            end += 1;
        }
        let above = view.prev_full(line, 0).filter(|&above| !marks.gone(above));
        if let (Some(above), true) = (above, end < count && !marks.gone(end))
            && torn(view, above, end)
            && !running_head(view, end)
        {
            // The cut lines take their newlines with them; what is left is the break after the line above.
            marks.join_break(above, end, Detector::PagerShattered);
        }
        line = end;
    }
}

/// A short line without a stop above the paragraph that goes on: the head of a printed page, author and title.
fn running_head(view: &View, line: usize) -> bool {
    let text = view.fold(line).trim();
    let named = text.chars().count() <= HEAD && text.contains(['：', ':', '　', ' ']);
    let prose = || view.next_full(line, view.lines.len()).is_some_and(|below| guards::prose(view.fold(below)));
    named && !text.contains(ends_sentence) && (ISSUE.is_match(text) || prose())
}

/// The issue of a periodical.
pub(super) static ISSUE: LazyLock<Automaton> =
    LazyLock::new(|| fixed(r"(?:19|20)\d{2}\s*年?\s*第\s*\d+\s*期|第\s*\d+\s*[卷辑]|vol\.?\s*\d"));

#[cfg(test)]
mod tests {
    use crate::clean::tests::cleaned;

    const BODY: &str =
        "今年以来，全镇上下认真贯彻落实各项决策部署，扎实推进重点工作，取得了明显成效，现就有关情况通报如下。";

    #[test]
    fn pagers_go_whole_or_in_pieces() {
        for pager in [
            "共\n2\n页，当前第。\n1\n页\n1\n2\n",
            "共3页，当前第1页 1 2 3\n",
            "上一页 [1] [2] [3] 下一页\n",
            "上一页\n1\n2\n3\n下一页\n",
            "首页 上一页 1 2 下一页 尾页 共2页\n",
            "共2頁\n當前第1頁\n",
        ] {
            assert_eq!(
                cleaned(&format!("{BODY}\n{pager}{BODY}以上。\n")),
                format!("{BODY}\n{BODY}以上。\n"),
                "{pager}"
            );
        }
    }

    #[test]
    fn a_sentence_over_a_pager_is_whole_again() {
        let text = format!(
            "{BODY}要坚持从优秀村干部和后备干部\n\n上一页 [1] [2] 下一页\n中选拔一批年富力强的同志参加培训。\n"
        );
        assert_eq!(cleaned(&text), format!("{BODY}要坚持从优秀村干部和后备干部中选拔一批年富力强的同志参加培训。\n"));
    }

    #[test]
    fn the_head_of_a_printed_page_does_not_go_on() {
        let text = format!(
            "{BODY}知县主修的志书，倾向于突\n\n上一页 [1] [2] 下一页\n田小禾：县域志书中的灾荒\n出赈济之功，{BODY}\n"
        );
        let left = format!("{BODY}知县主修的志书，倾向于突\n\n田小禾：县域志书中的灾荒\n出赈济之功，{BODY}\n");
        assert_eq!(cleaned(&text), left);
        let page = |lines: &str| format!("{BODY}请各县尽快登记挂牌，建立档{lines}案，报县林业局备案。{BODY}\n");
        // Without a mark of the page the name of a periodical may be the text's.
        let issue = page("\n青石县人民政府公报 1986年第7期\n");
        assert_eq!(cleaned(&issue), issue);
        assert_eq!(cleaned(&page("\n上一页 [1] [2] 下一页\n青石县人民政府公报 1986年第7期\n")), page(""));
    }

    #[test]
    fn numbers_of_a_table_stay() {
        for text in ["共\n12\n8\n20\n", "1\n2\n3\n4\n", "第一\n第二\n", "共12条\n"] {
            let text = format!("{BODY}\n{text}{BODY}以上。\n");
            assert_eq!(cleaned(&text), text);
        }
    }
}
