//! The title of a text, and its repeats above the body and inside its first line.

use super::Detector;
use crate::clean::automaton::{Automaton, fixed};
use crate::clean::guards;
use crate::clean::view::{Marks, View};
use crate::clean::zones::Section;
use std::sync::LazyLock;

/// Shortest title that is told by its repeat, in characters of its key.
const KEY: usize = 6;

static DECORATION: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"[【\[(（](?:精选|优秀|推荐|热门|最新|通用|实用|经典|整理|范文|模板|大全|必备|多篇|荐|精品|共|合集|汇编|汇总|优质)[^】\])）]{0,10}[】\])）]|[(（](?:共\s*\d{1,3}\s*页|完整版|修改版|终稿|全文)[)）]|[(（]?(?:精选|通用|优秀|实用|推荐|大全|共|合集|优质|专业|热门|模板|汇总)?\d{1,3}篇[)）]?|\.(?:docx?|pdf|pptx?|txt|wps|rtf)",
    )
});

static DOCUMENT: LazyLock<Automaton> = LazyLock::new(|| fixed(r"\.(?:docx?|pdf|pptx?|txt|wps|rtf)[》】]?\s*$"));

/// Letters and Han of a line without decorations: what two copies of a title share.
pub fn key(folded: &str) -> String {
    DECORATION.cut_all(folded).chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase()
}

/// Cuts repeats of the title in each head. Returns the line of the document's title.
pub fn detect(view: &View, sections: &[Section], marks: &mut Marks) -> Option<usize> {
    let mut document = None;
    for section in sections {
        doubled(view, section, marks);
        let title = own_title(view, section, marks);
        if section.first {
            document = title;
        }
        let Some(title) = title else { continue };
        let name = key(view.fold(title));
        if name.chars().count() < KEY {
            continue;
        }
        repeats(view, section, title, &name, marks);
    }
    document
}

/// The first line of a head that reads as a title.
fn own_title(view: &View, section: &Section, marks: &Marks) -> Option<usize> {
    let end = section.lines.end.min(section.body + 1);
    let mut seen = 0;
    for line in section.lines.start..end {
        if view.blank(line) || marks.gone(line) {
            continue;
        }
        let text = view.fold(line);
        if guards::title_like(text) && guards::guard(text).is_none() {
            return Some(line);
        }
        seen += 1;
        if seen > 3 || guards::salutation(text) {
            return None;
        }
    }
    None
}

fn repeats(view: &View, section: &Section, title: usize, name: &str, marks: &mut Marks) {
    let mut after_body = 0;
    let mut line = title;
    // Asked only where there is a repeat at all.
    let mut comes_back = None;
    let mut once = || !*comes_back.get_or_insert_with(|| refrain(view, section, title, name));
    let mut shown = title;
    while let Some(next) = view.next_full(line, section.lines.end) {
        line = next;
        if marks.gone(line) {
            continue;
        }
        let text = view.fold(line);
        if text.len() <= 240 {
            // Nothing shorter than a piece of the title or much longer than it is a copy.
            if text.len() < 12 {
                after_body += usize::from(line >= section.body);
                continue;
            }
            let other = key(text);
            let same = other == *name;
            // Cut off by the page: most of the title and then dots.
            let begun = other.chars().count() >= 8
                && name.starts_with(&other)
                && (text.trim_end().ends_with(['…', '.']) || other.len() * 5 >= name.len() * 4)
                && !guards::prose(text);
            let file = || DOCUMENT.is_match(view.fold(shown)) && !DOCUMENT.is_match(text);
            if same && once() && (file() || text.len() + 6 < view.fold(shown).len() && site_tail(view.fold(shown))) {
                marks.drop_line(shown, Detector::TitleRepeat);
                shown = line;
                continue;
            }
            if begun && once() && page_title(view.fold(shown), text) {
                marks.drop_line(shown, Detector::TitleRepeat);
                shown = line;
                continue;
            }
            if (same || begun)
                && once()
                && guards::guard(text).is_none()
                && !(after_body > 0 && OFFICE.is_match(name))
                && !text.trim_start().starts_with(['—', '-', '―'])
            {
                marks.drop_line(line, Detector::TitleRepeat);
                continue;
            }
            if other.len() < name.len()
                && once_more(name, &other)
                && once()
                && two_halves(view, section, line, name, marks)
            {
                continue;
            }
        }
        if let Some(end) = inline(text, name) {
            let start = view.lines.span(line).start as usize;
            marks.drop_span(start..start + end, Detector::TitleRepeatInline);
        }
        if guards::prose(text) || guards::salutation(text) {
            after_body += 1;
            if after_body > 2 {
                break;
            }
        } else if line >= section.body {
            after_body += 1;
        }
        if after_body > 3 {
            break;
        }
    }
}

static CALL: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(r"(?:尊敬的|敬爱的|亲爱的|各位|同志们|同学们|老师们|朋友们|女士们|先生们)[^。！？：:]{0,40}[：:]")
});

/// Title and title again before an address, all on one line: `T` `T` 同志们：.
fn doubled(view: &View, section: &Section, marks: &mut Marks) {
    let Some(line) = section.lines.clone().find(|&line| !view.blank(line) && !marks.gone(line)) else { return };
    let text = view.fold(line);
    let Some(call) = CALL.find(text).filter(|call| (12..=360).contains(&call.start())) else { return };
    let before = &text[..call.start()];
    if before.contains(['。', '！', '？', '；']) {
        return;
    }
    // The longest tail of the line's start that the text before it ends with.
    let letters: Vec<(usize, char)> = before.char_indices().filter(|c| c.1.is_alphanumeric()).collect();
    let twice = (KEY..=letters.len() / 2).rev().find(|&length| {
        let (first, second) = letters.split_at(letters.len() - length);
        first.len() >= length && first[first.len() - length..].iter().map(|c| c.1).eq(second.iter().map(|c| c.1))
    });
    if let Some(length) = twice {
        let from = letters[letters.len() - length].0;
        // An opening bracket belongs to what it opens.
        let from = before[..from].trim_end_matches(['《', '【', ' ', '　']).len();
        let start = view.lines.span(line).start as usize;
        marks.drop_span(start + from..start + call.start(), Detector::TitleRepeatInline);
    }
}

/// Whether the title comes back as a line within the text, as the refrain of a poem does.
fn refrain(view: &View, section: &Section, title: usize, name: &str) -> bool {
    let mut sentences = 0;
    let mut late = 0;
    // In verse, the first line of which stands for a title, one is enough.
    let mut verses = 0;
    let mut sung = false;
    for line in title + 1..section.lines.end {
        let text = view.fold(line);
        verses += usize::from(!view.blank(line) && guards::guard(text).is_none() && !text.contains(['：', ':']));
        if text.len() <= 240 && text.len() >= name.len() && key(text) == name {
            late += usize::from(sentences > 0);
            sung |= verses > VERSES;
        } else if guards::prose(text) {
            (sung, verses) = (false, 0);
        }
        if text.trim_end().ends_with(['。', '！', '？', '…']) {
            sentences += 1;
        }
        if late >= 2 {
            return true;
        }
    }
    sung
}

/// Lines of verse before a line that comes back.
const VERSES: usize = 3;

/// Whether a line is a title with the name of its site behind it.
fn page_title(line: &str, title: &str) -> bool {
    line.trim().strip_prefix(title.trim()).is_some_and(|rest| {
        let rest = rest.trim_start();
        rest.starts_with(['_', '|', '-', '—', '–', '｜']) && !rest.starts_with("——")
    })
}

fn site_tail(folded: &str) -> bool {
    folded.contains(['_', '|', '-', '—', '–'])
}

/// Cheap test before the look at two lines.
fn once_more(name: &str, first: &str) -> bool {
    !first.is_empty() && name.starts_with(first)
}

/// A title broken over two lines.
fn two_halves(view: &View, section: &Section, line: usize, name: &str, marks: &mut Marks) -> bool {
    let first = key(view.fold(line));
    if first.chars().count() < 4 || !name.starts_with(&first) || first.len() >= name.len() {
        return false;
    }
    let Some(next) = view.next_full(line, section.lines.end) else { return false };
    if format!("{first}{}", key(view.fold(next))) != name || guards::heading(view.fold(line)) {
        return false;
    }
    marks.drop_line(line, Detector::TitleRepeat);
    marks.drop_line(next, Detector::TitleRepeat);
    true
}

/// Where a copy of the title at the start of a line ends, if an address, a date or running text follows at once.
fn inline(folded: &str, name: &str) -> Option<usize> {
    // 〈T〉 is quoted by the sentence.
    if !folded.trim_start().starts_with(char::is_alphanumeric) {
        return None;
    }
    let mut rest = name.chars();
    let mut expected = rest.next();
    for (at, c) in folded.char_indices() {
        let Some(wanted) = expected else {
            let after = folded[at..].trim_start();
            let goes_on = folded.len() - at;
            // T as its subject is followed by 是 or 的.
            let parted = folded[at..].starts_with(|c: char| c.is_whitespace() || !c.is_alphanumeric());
            let subject = SUBJECT.is_match(after) || OFFICE.is_match(name) || !(parted || OPENS.is_match(after));
            // A line that reads as a title is one, whoever's name it begins with.
            let title = guards::title_like(folded) && guards::guard(after) != Some(guards::Guard::Date);
            return (!subject && !title && goes_on >= 12).then_some(at);
        };
        if c.is_alphanumeric() {
            if !c.to_lowercase().eq(wanted.to_lowercase()) {
                return None;
            }
            expected = rest.next();
        }
    }
    None
}

/// The name of an office or a place, of which any text may speak.
static OFFICE: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"(?:[馆院站所社厂店队局厅处科园镇乡村县市区省]|中心|公司|集团|银行|学校|大学|中学|小学|协会|学会|商会|工会|联合会|委员会|办公室|基金会|合作社|支部)$",
    )
});
/// How a text opens that hangs at its title; with any other word the title is the subject of a sentence.
static OPENS: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"^(?:尊敬|敬爱|亲爱|各位|同志|同学|老师|朋友|女士|先生|大家|[我你您他她]|今[天年日]|近[年日期来]|去年|当前|目前|随着|根据|按照|为了|为[深贯进切全认加]|[一二三四五六七八九十]+、|第[一二]|\d)",
    )
});
static SUBJECT: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"^(?:[>〉》”’)）、，,：:。；;？?！!]|[（(][^（()）]{1,60}[）)]\s*(?:是|指|的|为|，|又|即|在|可|能|有|不|也)|关于|是|的|在|已|将|就|中|也|要|必须|应|由|为|和|与|及|对|不|以|工作|活动|会议|[起始源位建]于|成立|诞生|属于|分为|包括|曾|历[时来经]|以来|之所以|通过|上|时|后|前|既|能|正|有|关系|事关)",
    )
});

#[cfg(test)]
mod tests {
    use crate::clean::tests::cleaned;

    #[test]
    fn a_title_that_opens_a_sentence_is_its_subject() {
        for text in [
            "水车提水问题\n水车提水问题（又叫斗车问题）是指在给定的水位下，怎样用最少的斗数把水提到高处的田里去。\n",
            "为什么要修水渠?\n为什么要修水渠？不修水渠有什么不好？这些年村里的人问了很多遍，可是没有一个人认真地答过。\n",
        ] {
            assert_eq!(cleaned(text), text);
        }
    }

    const BODY: &str =
        "同志们：\n今年以来，我们认真贯彻落实各项决策部署，扎实推进重点工作，取得了明显成效，成绩来之不易。\n";

    #[test]
    fn repeats_above_and_in_the_body_go() {
        let clean = format!("在全镇春季植树动员会上的讲话\n{BODY}");
        for again in [
            "在全镇春季植树动员会上的讲话\n",
            "\n【精选推荐】在全鎮春季植樹動員會上的講話\n",
            "在全镇春季植树动员会\n上的讲话\n",
            "在全镇春季植树动员会上的…\n",
        ] {
            let text = format!("在全镇春季植树动员会上的讲话\n{again}{BODY}");
            assert_eq!(cleaned(&text).replace("\n\n", "\n"), clean, "{again}");
        }
        let text = format!("在全镇春季植树动员会上的讲话\n在全镇春季植树动员会上的讲话{BODY}");
        assert_eq!(cleaned(&text), clean);
        let text = format!("在全镇春季植树动员会上的讲话_青石文库网\n在全镇春季植树动员会上的讲话\n{BODY}");
        assert_eq!(cleaned(&text), clean);
    }

    #[test]
    fn the_title_as_a_subject_and_subtitles_stay() {
        for body in [
            "春季植树动员会是每年的第一次大会，各村各单位一定要高度重视，认真组织，确保任务完成。\n",
            "——春季植树动员会讲话\n同志们：\n",
        ] {
            let text = format!("春季植树动员会\n{body}{BODY}");
            assert_eq!(cleaned(&text), text);
        }
    }
}
