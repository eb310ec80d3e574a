//! Sentences that stop in the middle because a link in them came out as a line of its own.
//!
//! Nothing was added to such a line; what tells of the tear is that the line above stops where no sentence does and the
//! line below goes on as no sentence begins. A short line by itself is no evidence.

use super::Detector;
use super::halves::{HALF, goes_on, open, rest, running};
use super::torn::{OPENINGS, bridge, continues, open_quote};
use crate::clean::automaton::{Automaton, fixed};
use crate::clean::guards;
use crate::clean::view::{Marks, View};
use std::sync::LazyLock;

/// Longest link word, in characters.
const WORD: usize = 10;

/// Words after which no sentence ends, nor a line of one.
static WAITS: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"(?:[^有目真]的|[^一]把|[和与及或把被将对向从在到于为以让使给由往进至跟同]|做好|开展|加强|召开|参观|学习|贯彻|落实|印发|制定|组织|举办|参加|关于|按照|根据|通过|围绕|结合|为了)$",
    )
});
/// Openings of a sentence, after a line to which nothing was added.
static OPENS: LazyLock<Automaton> =
    LazyLock::new(|| fixed(&format!(r"^(?:{OPENINGS}|第\d|[(（\[【“《]|\d|但|你|您|他|她|附|注)")));

/// Puts torn links back into their sentences.
pub fn detect(view: &View, marks: &mut Marks) {
    if !view.ends_as_prose() {
        return;
    }
    let count = view.lines.len();
    // The line above was joined to the one before it and so is the end of a sentence, short as it may be.
    let mut joined = None;
    let mut line = 0;
    while let Some(above) = (line..count).find(|&line| !view.blank(line) && !marks.gone(line)) {
        line = above + 1;
        let next = |from: usize| view.next_full(from, from + 3).filter(|&next| next < count && !marks.gone(next));
        let Some(first) = next(above).filter(|_| open(view, above)) else { continue };
        // Most lines are followed by neither, which is cheaper to tell than what they are.
        let certain = goes_on(view, first);
        if !(certain || word(view, first)) || guards::guard(view.fold(above)).is_some() {
            continue;
        }
        let runs = joined == Some(above) || running(view, above);
        if certain {
            if runs || view.line(above).len() >= HALF {
                bridge(view, marks, above, first, Detector::TornLink);
                joined = Some(first);
            }
            continue;
        }
        let Some(second) = next(first) else { continue };
        let quoted = open_quote(view.line(above).trim_end()) && goes_on(view, second);
        if quoted || (runs && one_sentence(view, above, second)) {
            bridge(view, marks, above, first, Detector::TornLink);
            bridge(view, marks, first, second, Detector::TornLink);
            joined = Some(second);
            line = second;
        }
    }
}

/// Whether a line is a word and nothing else.
fn word(view: &View, line: usize) -> bool {
    let text = view.fold(line).trim();
    let length = text.chars().count();
    (2..=WORD).contains(&length)
        && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '“' | '”' | '《' | '》' | '·'))
        && text.contains(char::is_alphabetic)
        && !text.starts_with('第')
        && guards::guard(text).is_none()
}

/// Whether the halves around a word are of one sentence.
fn one_sentence(view: &View, above: usize, below: usize) -> bool {
    let (a, b) = (view.fold(above).trim_end(), view.fold(below).trim_start());
    goes_on(view, below)
        || rest(view, below) && (continues(b) || (!OPENS.is_match(b) && (open_quote(a) || WAITS.is_match(a))))
}

#[cfg(test)]
mod tests {
    use crate::clean::tests::cleaned;

    const BODY: &str = "去年冬天我们在这里开过一次会，定下了修路的事。\n路修通了，老区的乡亲们下山卖笋，一天能打一个来回。\n今年要办的第二件事，是把水引上山。\n";

    #[test]
    fn links_go_back_into_their_sentences() {
        for (text, whole) in [
            (
                "去年我们修通了山路，这离不开全体干部的\n辛勤付出\n和群众的大力支持。\n",
                "去年我们修通了山路，这离不开全体干部的辛勤付出和群众的大力支持。\n",
            ),
            (
                "他让徒弟先撤，自己摸黑去关 \n\n 闸门 \n\n ，等人们找到他时天已经亮了。\n",
                "他让徒弟先撤，自己摸黑去关闸门，等人们找到他时天已经亮了。\n",
            ),
            (
                "我们要深入开展“\n两学一做\n”学习教育，把事情办好。\n",
                "我们要深入开展“两学一做”学习教育，把事情办好。\n",
            ),
            (
                "今年的计划定了，各村要把\n安全生产\n放在首位。还要对照\n",
                "今年的计划定了，各村要把安全生产放在首位。还要对照\n",
            ),
            (
                "路是修通了，还要把\n安全生产\n放在首位，每月开一次会，把\n党员干部\n的积极性调动起来。\n",
                "路是修通了，还要把安全生产放在首位，每月开一次会，把党员干部的积极性调动起来。\n",
            ),
            ("他想了想，说得很对\n，大家都点头。\n", "他想了想，说得很对，大家都点头。\n"),
        ] {
            assert_eq!(cleaned(&format!("{BODY}{text}{BODY}")), format!("{BODY}{whole}{BODY}"));
        }
    }

    #[test]
    fn short_lines_between_paragraphs_stay() {
        for text in [
            "下列各项中，属于可再生能源的\n风能\n煤炭\n石油\n",
            "我最想感谢的人，是我的\n母亲\n她一个人种着八亩地。\n",
            "水利站、农技站、文化站\n青石镇\n以上单位的同志请留一下。\n",
            "关于修渠、修路的\n通知\n各村民委员会：\n",
            "我们要记住三个词，第一个是\n诚实\n第二个是勤快。\n",
            "一章之后，第二章讲水渠\n》》》》》》\n第三章讲路，讲桥。\n",
            "第二章 水渠\n，小说天地\n",
            "select id\n, name\n, age from village;\n",
        ] {
            let text = format!("{BODY}{text}{BODY}");
            assert_eq!(cleaned(&text), text);
        }
    }

    #[test]
    fn lines_of_verse_and_of_wrapped_text_stay() {
        let verse = "我从青石坡上走下来，带着\n一捧泥土\n的芬芳，和你\n手里的镰刀\n，一同走进\n七月\n";
        let wrapped = "村口的老槐树下坐着几个老人，他们说起那年修\n水渠\n的事情，谁挑了多少担土，谁在工地上过的年，说得清清\n楚楚，连那天下没下雪都记得\n";
        for text in [verse, wrapped] {
            assert_eq!(cleaned(text), text);
        }
    }
}
