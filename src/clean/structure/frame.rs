//! The frame of a page, told by its shape and not by its words: trails, menus, rows of keys, what stands below a footer.

mod lines;

use super::Detector;
use super::title::key;
use crate::clean::automaton::{Automaton, fixed};
use crate::clean::fold::han;
use crate::clean::guards;
use crate::clean::view::{Marks, View};
use crate::clean::zones::Section;
use crate::document::Class;
use lines::{DATED, SITE, STAMP, STEP, Trail, menu, prose_has, row, trail};
use std::sync::LazyLock;

/// Full lines of a head that are looked at.
const HEAD: usize = 16;
/// Full lines of a tail that are looked at.
const TAIL: usize = 24;
/// Lines of a menu stand among the first lines of a page.
const TOP: usize = 5;
/// More unknown lines than these below a footer are a text.
const BELOW: usize = 10;

/// Finds trails, menus, site names and rows of keys above the body, and what is left below debris at the end.
pub fn detect(view: &View, sections: &[Section], marks: &mut Marks) {
    if let Some(first) = sections.first() {
        head(view, first, marks);
    }
    if let Some(last) = sections.last() {
        tail(view, last, marks);
    }
}

fn head(view: &View, section: &Section, marks: &mut Marks) {
    let mut lines = Vec::new();
    for line in section.lines.clone() {
        if view.blank(line) {
            continue;
        }
        let text = view.fold(line);
        if guards::salutation(text) || (guards::prose(text) && !marks.gone(line)) || lines.len() == HEAD {
            break;
        }
        lines.push(line);
    }
    let mut frame: Vec<bool> = lines.iter().map(|&line| marks.gone(line)).collect();
    let mut rows = marks.lines_of(&[Class::Meta]);
    let titled = |at: usize, frame: &[bool]| {
        lines[at + 1..].iter().zip(&frame[at + 1..]).any(|(&line, gone)| {
            let text = view.fold(line);
            !gone
                && guards::title_like(text)
                && guards::guard(text).is_none()
                && trail(text).is_none()
                && !(POSTED.is_match(text) && STAMP.is_match(text))
        })
    };
    for at in 0..lines.len() {
        if frame[at] {
            continue;
        }
        let text = view.fold(lines[at]);
        if leads_to(text, lines[at + 1..].iter().take(4).map(|&line| view.fold(line))) {
            frame[at] = true;
            marks.drop_line(lines[at], Detector::NavShape);
            continue;
        }
        let shaped = match trail(text) {
            Some(Trail::Named) => true,
            Some(Trail::Shaped) => titled(at, &frame) && !theme(view, lines[at], text),
            None => false,
        };
        let beside = frame.get(at + 1).copied().unwrap_or(false)
            || lines.get(at + 1).is_some_and(|&next| trail(view.fold(next)).is_some())
            // A day and a source stand below the title: what comes then is the text's.
            || (at > 0 && frame[at - 1] && !DATED.is_match(view.fold(lines[at - 1])));
        // Below the row that tells of the page stands the text.
        let told = || lines[..at].iter().any(|&above| rows[above]);
        let bars =
            at < TOP && titled(at, &frame) && menu(view, lines[at], lines.get(at + 1).copied(), beside) && !told();
        if shaped || bars {
            frame[at] = true;
            marks.drop_line(lines[at], Detector::NavShape);
        } else if guards::guard(text).is_none() && row(text) && (titled(at, &frame) || at > 0) {
            frame[at] = true;
            rows[lines[at]] = true;
            marks.drop_line(lines[at], Detector::MetaRow);
        }
    }
    // What greets the reader, or names the site with its address or its slogan, is no title.
    for at in 0..lines.len().min(3) {
        let text = view.fold(lines[at]);
        let named = || at == 0 && slogan(text).is_some_and(|name| gone_with(view, marks, name));
        if !frame[at] && !guards::heading(text) && (BRAND.is_match(text) || named()) && titled(at, &frame) {
            frame[at] = true;
            marks.drop_line(lines[at], Detector::NavShape);
        }
    }
    // The name of the site stands at the very top, above a trail or menu.
    for at in 0..lines.len().min(3) {
        if frame[at] {
            continue;
        }
        let text = view.fold(lines[at]).trim();
        let short = text.chars().count() <= 24 && !text.contains(['，', '。', '：', ':', '《', '“']);
        // What tells of a page stands right below its title.
        let told = lines.get(at + 1).is_some_and(|&next| rows[next]);
        let above = !told && (at + 1..lines.len().min(at + 3)).any(|next| frame[next] && !rows[lines[next]]);
        let site = SITE.is_match(text) || named_below(view, &lines[at + 1..], text) || owner(view, section, text);
        // A school's name alone is a site's as well as a signature; a date, a heading or a closing is no name.
        let guarded = !matches!(guards::guard(text), None | Some(guards::Guard::Signature));
        if guarded || !(short && above && site && titled(at, &frame)) {
            break;
        }
        frame[at] = true;
        marks.drop_line(lines[at], Detector::NavShape);
    }
    // A moment right under the title; where there are more, they are entries of a chronicle.
    let moments = |line: usize| view.line(line).len() <= 40 && MOMENT.is_match(view.fold(line));
    if let Some(&line) = lines.iter().take(3).find(|&&line| !marks.gone(line) && moments(line))
        && view.prev_full(line, section.lines.start).is_some()
        && (section.lines.clone()).filter(|&other| DAY.is_match(view.fold(other))).count() == 1
    {
        marks.drop_line(line, Detector::MetaRow);
    }
}

/// Who put the text there and when is no title.
static POSTED: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"^\s*(?:刊登|刊载|发布|发表|张贴|贴出|上传|更新|收录|转载|提交)|[于在]\s*\d{4}|(?:张贴|发布|发表|上传|撰写)\s*$",
    )
});
static BRAND: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"^\s*(?:(?:您好|你好)?[，,！!\s]*欢迎(?:您|你)?(?:访问|光临|来到)[^。]{2,24}(?:网|网站|网页|门户|平台|之家|文库|论坛)[！!。\s]*|[^。，：:；《》]{2,14}(?:网|网站|文库|论坛|小说|作文|资料中心|之家|法规库|题库|导航|在线)\s*(?:https?://|www\.)\S+(?:\s+[^。，；]{2,16})?|[^。，：:；《》\s]{2,12}(?:网|文库|论坛|文学|法规库|题库|作文吧|问答)\s*(?:[—_|｜-]{1,2}|\s)\s*(?:专注|收录|海量|最新|全国|中国|免费|专业|中小学|一站式|您身边的|做最)[^。；]{2,24})\s*$",
    )
});
static MOMENT: LazyLock<Automaton> =
    LazyLock::new(|| fixed(r"^\s*(?:19|20)\d{2}[-/.年]\d{1,2}[-/.月]\d{1,2}日?\s+\d{1,2}:\d{2}\s*$"));
static DAY: LazyLock<Automaton> =
    LazyLock::new(|| fixed(r"^\s*(?:19|20)\d{2}\s?[-/.年]\s?\d{1,2}\s?[-/.月]\s?\d{1,2}[日\s\d:]*$"));

/// A trail by its end: three steps or more, the last of which is the title that stands below.
fn leads_to<'t>(text: &str, below: impl Iterator<Item = &'t str>) -> bool {
    const STEPS: [char; 9] = ['/', '>', '＞', '»', '›', '→', '⁄', '|', '｜'];
    if text.len() > 240 || text.matches(STEPS).count() < 2 || text.contains(['。', '；', '，']) {
        return false;
    }
    let last = text.rsplit(STEPS).next().map(key).filter(|last| last.chars().count() >= 4);
    last.is_some_and(|last| below.into_iter().any(|line| line.len() <= 240 && key(line) == last))
}

/// The name in front of a slogan: 青石讲堂 | 让思想被听见.
fn slogan(text: &str) -> Option<&str> {
    let text = text.trim();
    let at = text.find(['|', '｜', '—', '-', '_', '·', ' ', '　'])?;
    let name = &text[..at];
    let fits = (3..=8).contains(&name.chars().count())
        && text.chars().count() <= 40
        && !text.contains(['。', '《', '：', ':']);
    fits.then_some(name)
}

/// Whether lines that go speak of a name, and no line of running text that stays does.
fn gone_with(view: &View, marks: &Marks, name: &str) -> bool {
    let (mut gone, mut kept) = (0, 0);
    for line in 1..view.lines.len() {
        if view.fold(line).contains(name) {
            gone += usize::from(marks.gone(line));
            kept += usize::from(!marks.gone(line) && guards::prose(view.fold(line)));
        }
    }
    gone > 0 && kept == 0
}

static HOSTS: LazyLock<Automaton> = LazyLock::new(|| fixed(r"主办|承办"));

/// Whether the copyright line at the end names it: half of the name at least, since titles begin with the name of their
/// place as well, and not as the title of a text.
fn owner(view: &View, section: &Section, name: &str) -> bool {
    let Some(start) = name.char_indices().nth(2).map(|c| &name[..c.0]) else { return false };
    // 2021年 stands in any such line.
    if !start.chars().all(han) {
        return false;
    }
    let half = name.chars().count().div_ceil(2);
    let mut at = section.lines.end;
    (0..6).any(|_| match view.prev_full(at, section.body) {
        Some(line) => {
            at = line;
            let text = view.fold(line).trim();
            let owns = HOSTS.is_match(text) && text.contains(name)
                || text.contains("版权") && (text.starts_with(start) || text.contains("所有"));
            let named = |at: usize| {
                let titled = text[..at].rfind('《').is_some_and(|open| !text[open..at].contains('》'));
                !titled && text[at..].chars().zip(name.chars()).take_while(|(a, b)| a == b).count() >= half
            };
            text.len() < 300 && (text.contains('©') || owns) && text.match_indices(start).any(|(at, _)| named(at))
        }
        None => false,
    })
}

/// Whether the words of a chain are those of the text.
fn theme(view: &View, line: usize, text: &str) -> bool {
    let first = STEP.split(text.trim()).next().unwrap_or("");
    !SITE.is_match(first) && prose_has(view, line, first)
}

/// Whether a trail below begins with the name.
fn named_below(view: &View, lines: &[usize], name: &str) -> bool {
    let name = key(name);
    lines.iter().any(|&line| {
        let text = view.fold(line);
        trail(text).is_some() && key(text).starts_with(&name)
    })
}

static BRACKETS: LazyLock<Automaton> =
    LazyLock::new(|| fixed(r"^\s*(?:[【\[]\s*[^】\]\s]{1,6}\s*[】\]][\s|·]*){2,6}$"));
static PREVIOUS: LazyLock<Automaton> =
    LazyLock::new(|| fixed(r"^\s*[<«【]?\s*(?:上|前)一?篇\s*[】:：]\s*[^。]{2,60}$"));
static NEXT: LazyLock<Automaton> = LazyLock::new(|| fixed(r"^\s*[<«【]?\s*(?:下|后)一?篇\s*[】:：]\s*[^。]{2,60}$"));
static SIGNING: LazyLock<Automaton> = LazyLock::new(|| fixed(r"签|章|甲|乙|丙|日期|附|选|[A-D]|\d"));
static DOCUMENT: LazyLock<Automaton> = LazyLock::new(|| fixed(r"\.(?:docx?|pdf|pptx?|xlsx?|zip|rar|jpg)(?-u:\b)|附件"));

/// What is sure at the end of a page, so that nothing of the text follows it.
const SURE: [Class; 9] = [
    Class::Pagination,
    Class::Share,
    Class::Related,
    Class::Tags,
    Class::WindowTools,
    Class::Footer,
    Class::Advertising,
    Class::ForumNoise,
    Class::Truncation,
];

fn tail(view: &View, section: &Section, marks: &mut Marks) {
    let mut lines = Vec::new();
    let mut at = section.lines.end;
    let body = loop {
        let Some(line) = view.prev_full(at, section.lines.start) else { break false };
        at = line;
        let text = view.fold(line);
        if !marks.gone(line) && !guards::site_speech(text) && (guards::prose(text) || guards::guard(text).is_some()) {
            break true;
        }
        if lines.len() == TAIL {
            break false;
        }
        lines.push(line);
    };
    if !body {
        return;
    }
    lines.reverse();
    for &line in &lines {
        let text = view.fold(line);
        if !marks.gone(line) && BRACKETS.is_match(text) && !SIGNING.is_match(text) {
            marks.drop_line(line, Detector::TailRest);
        }
    }
    // Nothing of the text stands below them, so it is not the text that speaks.
    for &line in &lines {
        if !marks.gone(line) && guards::site_speech(view.fold(line)) {
            marks.drop_line(line, Detector::TailRest);
        }
    }
    // Neighbours named in two lines.
    for pair in lines.windows(2) {
        if PREVIOUS.is_match(view.fold(pair[0])) && NEXT.is_match(view.fold(pair[1])) {
            marks.drop_line(pair[0], Detector::TailRest);
            marks.drop_line(pair[1], Detector::TailRest);
        }
    }
    let sure = marks.lines_of(&SURE);
    let Some(first) = lines.iter().position(|&line| sure[line]) else { return };
    let rest: Vec<usize> = lines[first..].iter().copied().filter(|&line| !marks.gone(line)).collect();
    let bare = |&line: &usize| {
        let text = view.fold(line).trim();
        // A heading of marked-up text is its author's.
        let headed = text.starts_with('#') && !text.trim_start_matches(['#', ' ']).starts_with('[');
        text.chars().count() <= 60
            && !headed
            && !text.ends_with(['。', '，', '；', '：', ':', '、', '”', '》'])
            && !DOCUMENT.is_match(text)
            && !guards::closing(text)
            && !guards::appended(text)
            // What a site glued to a closing goes, and not the closing.
            && !text.split_inclusive(['）', ')']).next().is_some_and(guards::closing)
    };
    if rest.len() <= BELOW && rest.iter().all(bare) {
        for line in rest {
            marks.drop_line(line, Detector::TailRest);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::clean::tests::cleaned;

    const BODY: &str = "在全镇春季植树动员会上的讲话\n同志们：\n今年以来，我们认真贯彻落实各项决策部署，扎实推进重点工作，取得了明显成效，成绩来之不易。\n";

    #[test]
    fn trails_menus_and_rows_go() {
        for frame in [
            "植树资料库 > 会议材料 > 动员讲话\n",
            "青石社区»论坛›公文›植树\n",
            "您所在的栏目：政务公开 > 通知公告 > 内容\n",
            "当前页面：医院首页 -> 护理园地 -> 正文\n",
            "您所处的位置 》 政务公开 》 讲话\n",
            "青石文苑 | 散文 | 小说 | 评论 | 投稿须知\n",
            "青石县人民政府门户网站\n走进青石  政务公开  办事服务  互动交流\n",
            "青石文秘\n青石文秘 > 致辞大全 > 开业致辞\n",
        ] {
            assert_eq!(cleaned(&format!("{frame}{BODY}")), BODY, "{frame}");
        }
        let (title, body) = BODY.split_once('\n').unwrap_or_default();
        for row in [
            "发布单位：秘书室 发布时间：2014-06-08 点阅数：1187\n",
            "张贴者：小青 张贴日：2017/11/20 人气：56\n",
            "发表于 2022-11-03 | 归类：开业致辞 | 1 946 人看过\n",
            "青石日报记者 石小青 · 2小时前 · 来自青石\n",
            "石上清泉 2021-08-19 · 基层治理创作者 关注\n",
            "青石老树藏 / 2019-10-08 / 阅 4471 转 213\n",
            "小鱼儿 · 2022-11-02 · 职场 · 阅读(891) · 评论(0)\n",
            "贡献者:墨***客 审核日期:2022-09-14\n",
            "笔尖上的山村 1.8万字 更新：2022-07-01\n",
        ] {
            assert_eq!(cleaned(&format!("{title}\n{row}{body}")), BODY, "{row}");
        }
    }

    #[test]
    fn what_follows_a_footer_goes() {
        let text = format!("{BODY}【打印本稿】 【收起】\n青石热榜\n夜市开业\n");
        assert_eq!(cleaned(&text), BODY);
    }

    #[test]
    fn chains_rows_and_entries_of_a_text_stay() {
        for text in [
            "速度 > 规模 > 情怀\n在青年座谈会上的发言\n各位前辈：\n我的题目是三个词、两个大于号，客户下了单，先看的是多久能到。\n",
            "守正 | 创新 | 实干 | 争先\n第六届职工代表大会工作报告\n各位代表：\n过去的三年，我们把八个字挂在墙上，也写在每一张工票上。\n",
            "姓名 | 班级 | 得分 | 名次情况\n陈大勇 | 一班 | 九十 | 第一名\n何小伟 | 二班 | 八十 | 第二名\n",
            "物资交接单\n名称：柴油发电机 数量：2 来源：应急局\n交付人：孙大海 接收人：钱有才\n",
            "春耕动员会\n2023年5月6日 石小青\n今天的班会讨论了三件事，大家发言踊跃，现在把主要意见记在下面。\n",
            "借书登记\n何小洋 5次 12人\n顾一帆 3次 8人\n以上是这个月借书最多的两个班级，希望其他班级的同学向他们学习，多读好书。\n",
            "班会记录\n时间：2020年7月9日 地点：教室 记录：小许\n今天的班会讨论了三件事，大家发言踊跃，现在把主要意见记在下面。\n",
        ] {
            assert_eq!(cleaned(text), text);
        }
    }
}
