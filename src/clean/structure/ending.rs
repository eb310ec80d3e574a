//! What stands below the line that ends a page's text: who edited it, or whose opinions it holds.
//!
//! A list of other articles whose items have summaries and days looks like a text line by line; below such a line
//! it is none, as long as nothing below goes on from line to line.

use super::Detector;
use super::related::heading;
use crate::clean::automaton::{Automaton, fixed};
use crate::clean::fold::fold;
use crate::clean::guards;
use crate::clean::view::{Marks, View};
use crate::clean::zones::Section;
use std::sync::LazyLock;

/// Lines of running text above the ending, at least.
const TEXT: usize = 2;
/// Titles below it, at least, where no heading tells that they are of other articles.
const TITLES: usize = 4;
/// Longest line of a list, in characters: a title, or a summary of one.
const ITEM: usize = 160;

static ENDING: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"^\s*[\[【(（]?\s*(?:责编|责任编辑|本文编辑|网络编辑|本文责编)\s*[:：]\s*[\p{Han}\w、,，·\s]{1,24}[\]】)）]?\s*$|^\s*[【(（]?免责声明[】)）]?\s*[:：]\s*本文.{4,120}$|^正文已结束.{0,30}$",
    )
});
/// Words of which each of them has one.
static WORDS: LazyLock<[String; 4]> = LazyLock::new(|| ["责编", "编辑", "声明", "已结束"].map(fold));
/// What an author's or an editor's matter below it begins with.
static OWN: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"^\s*[\[【(（]?(?:作者(?:简介|单位|系)|基金项目|收稿|修回|参考|附|注|备注|说明|abstract|key ?words|\[\d+\]|doi)",
    )
});
/// A day with or without an hour and a name, and nothing else.
static STAMP: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"^\s*(?:\S{0,8}\s*)?(?:(?:19|20)\d{2}[-/.年])?\d{1,2}[-/.月]\d{1,2}日?\s*(?:\d{1,2}[:：]\d{2}(?:[:：]\d{2})?)?\s*$",
    )
});

/// Whether a folded line opens what an author or a journal says of the text.
pub(super) fn own(line: &str) -> bool {
    OWN.is_match(line)
}

/// Cuts what stands below the last such line.
pub fn detect(view: &View, sections: &[Section], marks: &mut Marks) {
    let [section] = sections else { return };
    // All lines are asked, and hardly one has one of the words.
    let ends = |line: &usize| {
        let text = view.fold(*line);
        text.len() <= 400 && WORDS.iter().any(|word| text.contains(word.as_str())) && ENDING.is_match(text)
    };
    let Some(end) = section.lines.clone().rev().find(ends) else { return };
    let prose = |line: usize| guards::prose(view.fold(line));
    let full = |lines: std::ops::Range<usize>| lines.filter(|&line| !view.blank(line) && !marks.gone(line));
    if full(section.lines.start..end).filter(|&line| prose(line)).nth(TEXT - 1).is_none() {
        return;
    }
    let below: Vec<usize> = full(end + 1..section.lines.end).collect();
    let listed = below.iter().all(|&line| {
        let text = view.fold(line);
        let letters = text.bytes().filter(u8::is_ascii_alphabetic).count();
        text.chars().nth(ITEM).is_none()
            && letters * 2 < text.len().max(80)
            && !own(text)
            && !guards::appended(text)
            && matches!(guards::guard(text), None | Some(guards::Guard::Heading | guards::Guard::Signature))
    });
    let goes_on = below.windows(2).any(|pair| prose(pair[0]) && prose(pair[1]));
    let stamps = below.iter().filter(|&&line| STAMP.is_match(view.fold(line))).count();
    let titles = below.iter().filter(|&&line| guards::title_like(view.fold(line))).count();
    let told = below.iter().any(|&line| heading(view.fold(line)));
    if listed && !goes_on && (told || titles + stamps >= TITLES) {
        below.into_iter().for_each(|line| marks.drop_line(line, Detector::RelatedList));
    }
}

#[cfg(test)]
mod tests {
    use crate::clean::tests::cleaned;

    const BODY: &str = "石桥水渠通水\n七月三日上午，石桥水渠正式通水，二十里外的河湾村第一次用上了渠水。\n村民说，往年这个时候要到沟底去挑，一担水走半个钟头，今年水自己来了。\n";

    #[test]
    fn lists_with_summaries_below_the_editor_go() {
        for below in [
            "客户端下载手机版\n推荐阅读\n老区的路修到了家门口，县里说明年还要再修三条，群众拍手称好。\n专题|水利\n北山的茶今年卖得早，比去年多收了两成，茶农正在赶制第二批。\n专题|农事\n",
            "大公司\n茶厂今年的订单排到了十月\n砖厂停产整改\n作者文章\n他对渠水没兴趣2015-09-22\n又见新茶2015-08-11\n",
        ] {
            let left = cleaned(&format!("{BODY}责任编辑：田小禾\n{below}"));
            assert!(left.starts_with(BODY) && left.lines().count() <= BODY.lines().count() + 1, "{left}");
        }
    }

    #[test]
    fn what_is_of_the_text_stays() {
        for below in [
            "附件：通水典礼名单\n第一组名单\n第二组名单\n第三组名单\n第四组名单\n",
            "作者简介：田小禾，石桥中学教师，写过水利志。\n参考文献\n石桥县志\n河湾水利志\n北山茶史\n",
            "第二版另有一篇，写的是修渠的人，他们在山上住了三年，没有一个人下山过年。\n领头的石匠叫顾一帆，他的手指断过两根，照样能握住钢钎。\n茶厂\n砖厂\n粮站\n学校\n",
        ] {
            let text = format!("{BODY}责任编辑：田小禾\n{below}");
            let left = cleaned(&text);
            assert!(left.ends_with(below), "{left}");
        }
    }
}
