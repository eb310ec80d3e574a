//! What stands near a hit: the company that rules need, and what speaks against them.

use super::{Hit, Section};
use crate::clean::fold;
use crate::clean::guards::{self, Guard};
use crate::clean::rules::{Company, Cut, Rule, Zone};
use crate::clean::view::{Marks, View};
use crate::document::Class;
use regex::Regex;
use std::sync::LazyLock;

/// Lines with labels above a sentence that the text goes on with.
const LABELS: usize = 6;
/// Rules that need company may do without it on the first lines of a head.
const NEAR_TITLE: usize = 6;

/// Whether a rule knows lines such as 编辑：甲 and 广告：乙, which a text may have as well.
pub fn label(row: &Rule) -> bool {
    matches!(row.class, Class::Credit | Class::Meta | Class::Advertising)
        && row.cut == Cut::Line
        && row.zone != Zone::Any
}

/// Whether the text goes on below a line of labels: after lines with labels of its own stands a sentence that no rule
/// knows.
pub fn told_on(view: &View, line: usize, end: usize, near: &[bool], marks: &Marks) -> bool {
    let mut at = line;
    for _ in 0..LABELS {
        let Some(below) = view.next_full(at, end) else { return false };
        let text = view.fold(below).trim_end();
        let named = text.chars().take(6).any(|c| matches!(c, '：' | ':'));
        if marks.gone(below) || (near[below] && !named) {
            return false;
        }
        if !near[below] && text.ends_with(['。', '！', '？', '”', '…']) {
            return !guards::site_speech(text) && guards::guard(text) != Some(Guard::Closing) && !SITE.is_match(text);
        }
        if !named {
            return false;
        }
        at = below;
    }
    false
}

static SITE: LazyLock<Regex> = LazyLock::new(|| {
    fold::fixed(
        r"本站|本网|本文|转载|版权|声明|来源|点击|关注|扫码|二维码|点赞|分享|收藏|下载|公众号|登录|注册|评论|网友|投稿|欢迎|仅供|参考|阅读|推荐|更多|客服|侵权|免责",
    )
});

/// Whether a hit has the company that its rule needs.
pub fn has_company(
    view: &View,
    section: Option<&Section>,
    hit: &Hit,
    hits: &[Hit],
    near: &[bool],
    marks: &Marks,
) -> bool {
    let Some(section) = section else { return false };
    // A second rule on the same line.
    if hits.iter().any(|other| other.line == hit.line && other.rule != hit.rule && other.company == Company::None) {
        return true;
    }
    if hit.company == Company::Debris {
        return strong_cluster(view, section, hit, hits, near);
    }
    let beside = |next: &dyn Fn(usize) -> Option<usize>| {
        let one = next(hit.line);
        let two = one.and_then(next);
        [one, two].into_iter().flatten().any(|line| near[line] || marks.gone(line))
    };
    if beside(&|line| view.next_full(line, section.lines.end))
        || beside(&|line| view.prev_full(line, section.lines.start))
    {
        return true;
    }
    // Alone, but right under the title and above the body, or the very last line.
    if section.first && hit.line <= section.body {
        let above = (section.lines.start..hit.line).filter(|&line| !view.blank(line)).count();
        return above < NEAR_TITLE && view.next_full(hit.line, view.lines.len()).is_some();
    }
    hit.line >= section.tail && view.next_full(hit.line, section.lines.end).is_none()
}

/// Whether a rule that is sure of itself hit in the same run of hits, where one line between may be unknown.
fn strong_cluster(view: &View, section: &Section, hit: &Hit, hits: &[Hit], near: &[bool]) -> bool {
    let strong = |line: usize| hits.iter().any(|other| other.line == line && other.company == Company::None);
    // An office and its day end a notice: what stands above them is the notice's.
    let ended = |line: usize| {
        let dated = |below: usize| guards::day(view.fold(below));
        guards::guard(view.fold(line)) == Some(Guard::Signature)
            && view.next_full(line, section.lines.end).is_some_and(dated)
    };
    let reach = |next: &dyn Fn(usize) -> Option<usize>| {
        let (mut line, mut unknown) = (hit.line, 0);
        while let Some(beside) = next(line) {
            if ended(beside) {
                return false;
            }
            if strong(beside) {
                return true;
            }
            unknown = if near[beside] { 0 } else { unknown + 1 };
            if unknown > 1 || guards::prose(view.fold(beside)) {
                return false;
            }
            line = beside;
        }
        false
    };
    strong(hit.line)
        || reach(&|line| view.next_full(line, section.lines.end))
        || reach(&|line| view.prev_full(line, section.lines.start))
}
