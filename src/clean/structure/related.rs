//! Lists of other articles at an edge of a document or part, under a heading or in one decoration.

use super::Detector;
use crate::clean::automaton::{Automaton, fixed};
use crate::clean::guards;
use crate::clean::view::{Marks, View};
use crate::clean::zones::Section;
use std::ops::Range;
use std::sync::LazyLock;

/// Fewest titles of a list without a heading.
const BARE: usize = 4;

static HEADING: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"^[\s\-—=~*#>＞»【\[「『〖《<(（★☆◆●■▶·|◎○※]*(?:(?:(?:您|你|大家|网友|读者|本站)?(?:可能|或许|也许|还|一定)*(?:会|想|对)*(?:感兴趣|喜欢|关注|关心|需要|看|在看|在搜|想看|爱看)(?:的|过)*(?:文章|文档|内容|范文|资料|信息|新闻|资讯|帖子|主题|作文)?(?:还有|推荐)?)|猜(?:您|你)(?:喜欢|感兴趣|还想看|想看|还?需要)(?:的\p{Han}{0,4})?|往\s*期\s*(?:回\s*顾|精\s*选|推\s*荐|文\s*章|好\s*文)|(?:24小时|今日|本周|本地|全站|热门)?热[榜帖]|(?:与?本文|友情|本版|同类|同栏目|同专题|本类|本栏目?|作者|站内|其他|其它|更多|最新|热门|热点|精彩|精选|精品|优秀|延伸|拓展|扩展|推荐|相关|相似|类似|关联|附近|编辑|小编|阅读|随机|图文|固顶|点击|浏览|人气|下载|一周|本月|本周|24小时|今日|月度|年度|周|月|总)*(?:相关|推荐|热门|热点|扩展|延伸|拓展|点击|人气|最新|精彩|猜你|关注|更多|类似|相似|排行|热文|固顶|图文|随机|同类|精选|关联|其他|其它|本版其他)(?:的|性)?(?:文章|文档|范文|阅读|内容|资料|信息|资讯|新闻|链接|专题|热词|主题|帖子|帖|排行榜?|作文|素材|推荐|搜索|标签|下载|导读|公文|讲话稿?|发言稿?|演讲稿?|模板|话题|文献|附件资料|排行|论文|课件|图书|问题|问答|栏目|列表|视频|图片|推荐阅读|文稿|公告|资源|期刊|报道|动态|美文|知识|篇章|材料|精品)*(?:推荐|排行榜?|列表|导航|一览|榜|链接|阅读|top\s?\d*|文章)?|上(?:一)?篇下(?:一)?篇|(?:文章|范文|热门|点击|阅读)排行榜?|与本(?:文|篇)(?:题目|主题|内容)?(?:相近|相似|类似|相关)的(?:文章|作文|范文|文档|内容|资料)|阅读(?:本文|此文|该文|过本文)的(?:人|用户|网友)?还(?:看了|阅读了?|喜欢|浏览了?|看过)?|(?:看|读|阅读)(?:了|过)(?:本文|此文|该文|又看|本文的人)\p{Han}{0,10}|(?:喜欢|看|读|阅读|收藏|下载)(?:了|过)?(?:这|本|此|该)(?:篇|个|份)?(?:文章?|文档|范文|内容|资料)?的(?:人|网友|用户|读者)(?:还|也|都)\p{Han}{1,4}|(?:为|给)(?:您|你)(?:优选|精选|推荐|挑选|甄选|准备)(?:的)?(?:相似|相关|同类|热门)?(?:文章|文档|范文|内容|资料)|(?:您|你)(?:可能|或许|也许)?(?:也|还)?想(?:读|看|找)|(?:今日|本周|实时)?(?:话题|热点|热搜|阅读|点击)榜|大家都在(?:看|搜|读)\p{Han}{0,4}|热搜(?:词|榜)?|推广链接|(?:看|读|阅读|浏览)(?:了|过)[“\x22「《][^”\x22」》]{2,60}[”\x22」》]的(?:人|网友|用户|读者)(?:还|也|都)\p{Han}{1,4}|为您推荐|为你推荐|站长推荐|今日(?:推荐|热点|头条)|本周(?:热门|推荐)|特别推荐|编辑推荐|小编(?:精心)?推荐|延伸阅读|更多(?:精彩|相关)\p{Han}{0,8})\s*[：:】\]」』〗》>＞»)）|★☆…\.·\-—=~*]*\s*(?:(?:更多|more)\s*[>＞»+.]*)?\s*$",
    )
});
/// A heading with its first title, or all its titles, on the same line.
static INLINE: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"^[\s\-—*#>【\[「★☆◆●■·|]*(?:(?:相关|推荐|热门|扩展|延伸|拓展|猜(?:您|你)(?:喜欢|感兴趣|还?想看)|更多|精彩|精选|类似|相似|同类|编辑|小编(?:精心)?|站长|为(?:您|你)|特别)(?:的)?(?:期刊|资源|文章|文档|范文|阅读|内容|资料|信息|链接|专题|主题|热词|搜索|推荐|作文|讲话稿?|发言稿?|新闻|报道)*(?:阅读|推荐|链接|搜索)?|(?:您|你)(?:可能|或许|也许)(?:还|也)?(?:会|对)?(?:感兴趣|喜欢|关注|想看|需要)(?:的)?(?:文章|文档|内容|范文|资料)?|大家都在[看搜]|阅读本文的人还(?:阅读|看了?|喜欢))\s*[】\]」]?\s*[：:|丨]\s*\S",
    )
});
/// One other article named in the middle of a text.
static STRICT: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"^[\s\-—*>＞【\[]*(?:相关(?:文章|新闻|报道|阅读|资讯|推荐)|推荐访问|更多(?:热门|精彩|相关)阅读)\s*[】\]]?\s*[：:|丨]\s*[^。，；]{4,50}$|^\s*[【\[](?:相关|延伸|扩展|拓展|编辑|小编|热门)(?:推荐|阅读|文章|链接|资料)[】\]]\s*[：:]?\s*[^。，；《]{4,80}$",
    )
});
static QUOTED_TITLE: LazyLock<Automaton> = LazyLock::new(|| fixed(r"^\s*(?:【[^】]{2,60}】|《[^》]{2,60}》)\s*的?"));
static BULLET: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(r"^\s*(?:[-—–·•●○◆◇■□▲△★☆►▶>＞»*※+◎|｜]|\[\d+\]|\d{1,2}[.、．)）\s]|[①-⑳]|\[[^\]]{2,8}\])\s*")
});
static TAIL: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"(?:[(（【\[]\s*(?:精选|通用|优秀|大全|汇总|模板|专业|热门|实用|推荐|范文|共|合集|集锦|最新|整理|锦集|必备|优质|汇编|经典|精品|多)*\s*\d{1,3}\s*篇?(?:范文)?\s*[)）】\]]|推荐度[：:]?\s*[★☆]*|[★☆]{2,}|\(\d+\)|(?:19|20)?\d{2}-\d{1,2}(?:-\d{1,2})?[\])）]?|\d{2}:\d{2}|阅读\d+|\d+次|\.(?:docx?|pdf|pptx?|xlsx?|txt|wps))\s*$",
    )
});
static STARS: LazyLock<Automaton> = LazyLock::new(|| fixed(r"^\s*推荐度[：:]?\s*[★☆\s]*(?:点击下载|下载)?.{0,12}$"));

/// A day and an hour: those of an item of a list.
static STAMP: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(r"^\s*(?:(?:19|20)\d{2}[-/.年])?\d{1,2}[-/.月]\d{1,2}日?\s*\d{1,2}[:：]\d{2}(?:[:：]\d{2})?\s*$")
});
/// Longest summary of an item, in characters.
const SUMMARY: usize = 120;

/// Whether a folded line is a heading for other articles.
pub fn heading(folded: &str) -> bool {
    let folded = folded.trim();
    if folded.len() > 240 || folded.chars().count() < 3 {
        return false;
    }
    // 【T】相关文章： and several tabs on one line.
    let own = QUOTED_TITLE.find(folded).map_or(folded, |title| &folded[title.end()..]);
    let tabs: Vec<&str> = own.split([' ', '　', '|', '｜', '/']).filter(|tab| !tab.is_empty()).collect();
    let one = |tab: &str| tab.chars().count() >= 3 && tab.len() <= 120 && HEADING.is_match(tab);
    if general(folded) {
        return false;
    }
    one(folded) || one(own) || ((2..=5).contains(&tabs.len()) && tabs.iter().all(|tab| one(tab)))
}

/// Whether a line is a heading of marked-up text in words that any text may have: its last section and no list.
fn general(folded: &str) -> bool {
    static WORD: LazyLock<Automaton> = LazyLock::new(|| {
        fixed(
            r"^#{1,6}\s*(?:其[他它]|更多|最新|推荐|精选|关注|资源|链接|资料|问题|视频|图片|[^：:\[]{2,12}[：:][^\[\]]{3,})\s*[：:]?\s*$",
        )
    });
    folded.starts_with('#') && WORD.is_match(folded)
}

/// Finds the lists of each section. `worded` are the lines with one of `WORDS`.
pub fn detect(view: &View, sections: &[Section], worded: &[usize], marks: &mut Marks) {
    for section in sections {
        under_headings(view, section, worded, marks);
        bare(view, section, marks);
    }
}

/// Words of which each heading has one.
pub const WORDS: [&str; 52] = [
    "往期",
    "往 期",
    "热榜",
    "热帖",
    "的人",
    "优选",
    "想读",
    "话题榜",
    "的网友",
    "推荐",
    "相关",
    "关注",
    "喜欢",
    "热门",
    "热点",
    "扩展",
    "延伸",
    "拓展",
    "排行",
    "点击",
    "人气",
    "最新",
    "精彩",
    "猜",
    "更多",
    "类似",
    "相似",
    "热文",
    "固顶",
    "图文",
    "随机",
    "同类",
    "精选",
    "关联",
    "感兴趣",
    "还看",
    "在看",
    "在搜",
    "热搜",
    "链接",
    "上篇",
    "本文的人",
    "需要",
    "爱看",
    "阅读",
    "上一篇",
    "想看",
    "其他",
    "其它",
    "本版",
    "资源",
    "期刊",
];

fn under_headings(view: &View, section: &Section, worded: &[usize], marks: &mut Marks) {
    let lines = section.lines.clone();
    let mut counted = None;
    let mut line = lines.start;
    while line < lines.end {
        let text = view.fold(line);
        if text.len() > 600 || view.blank(line) || worded.binary_search(&line).is_err() {
            line += 1;
            continue;
        }
        let plain = heading(text);
        let inline = ((INLINE.is_match(text) && !text.contains('。')) || STRICT.is_match(text)) && !general(text);
        if !plain && !inline {
            line += 1;
            continue;
        }
        let end = titles_end(view, line + 1, lines.end, marks);
        if books(view, line + 1..end) {
            line = end.max(line + 1);
            continue;
        }
        let standing = counted.get_or_insert_with(|| Standing::new(view, lines.clone(), marks));
        let rest = standing.rest(end);
        let count = (line + 1..end).filter(|&l| !view.blank(l)).count();
        // Above a text without a paragraph the titles run into it.
        let told = standing.told(line, marks);
        let above = told || !standing.upper(line);
        if rest == 0 && (above || !plain || count < 2) {
            // At the tail, with or without titles.
            if plain || count > 0 || line >= section.tail || standing.rest(line + 1) == 0 {
                drop_all(view, line..end, marks);
            }
        } else if plain && (rest == 0 || (!told && (line < section.body || standing.is_head(line)))) {
            head_list(view, line, end, marks);
        } else if (!plain && STRICT.is_match(text)) || (plain && count == 0 && standing.rest(line + 1) == 0) {
            marks.drop_line(line, Detector::RelatedList);
        } else if plain && uniform(view, line + 1..end) >= 2 && count == uniform(view, line + 1..end) {
            // In the middle only a decorated list is known for certain.
            drop_all(view, line..end, marks);
        }
        line = end.max(line + 1);
    }
}

/// A list of books is a speaker's.
fn books(view: &View, lines: Range<usize>) -> bool {
    let full: Vec<usize> = lines.filter(|&line| !view.blank(line)).collect();
    let quoted = full.iter().filter(|&&line| BULLET.cut_first(view.fold(line)).trim_start().starts_with('《')).count();
    quoted > 0 && quoted * 2 >= full.len()
}

fn drop_all(view: &View, lines: Range<usize>, marks: &mut Marks) {
    for line in lines {
        if !view.blank(line) {
            marks.drop_line(line, Detector::RelatedList);
        }
    }
}

/// One past the last title-like line after a heading.
fn titles_end(view: &View, start: usize, end: usize, marks: &Marks) -> usize {
    let mut last = start;
    for line in start..end {
        if view.blank(line) {
            continue;
        }
        let text = view.fold(line);
        let numbered = BULLET.is_match(text);
        // Another section of marked-up text; in a list each title would be a link.
        let marks_up = text.starts_with('#') && !text.trim_start_matches(['#', ' ']).starts_with('[');
        if marks_up && !heading(text) && !marks.gone(line) {
            break;
        }
        let fits = marks.gone(line)
            || heading(text)
            || STARS.is_match(text)
            || ((guards::title_like(text) || title_row(text)) && (numbered || !kept(text)))
            || (numbered && guards::title_like(&undated(text)))
            || STAMP.is_match(text)
            // The summary of an item stands above its day.
            || (text.chars().count() <= SUMMARY
                && !kept(text)
                && view.next_full(line, end).is_some_and(|below| STAMP.is_match(view.fold(below))));
        if !fits {
            break;
        }
        last = line + 1;
    }
    last
}

/// A line without its bullet and what its end tells of a title: date, stars, number.
fn undated(text: &str) -> String {
    BULLET.cut_first(&TAIL.cut_first(text)).trim().to_owned()
}

/// Titles on one line, parted by bars or spaces.
fn title_row(text: &str) -> bool {
    text.len() <= 900
        && !text.contains('。')
        && (text.matches(['|', '｜', '丨']).count() >= 2
            || text.split_whitespace().filter(|w| w.len() >= 18).count() >= 3)
}

fn kept(text: &str) -> bool {
    !matches!(guards::guard(text), None | Some(guards::Guard::Signature))
}

/// Where a section stands around a heading, counted once for all its headings: a text may be full of them.
struct Standing {
    start: usize,
    /// Lines that are not blank, before each.
    full: Vec<u32>,
    /// Lines from each on that belong to the text, and which they are.
    rest: Vec<u32>,
    text: Vec<bool>,
    /// No line of the text stands before this one.
    first: usize,
}

impl Standing {
    fn new(view: &View, lines: Range<usize>, marks: &Marks) -> Self {
        let body = |line: usize| {
            let text = view.fold(line);
            !view.blank(line)
                && !marks.gone(line)
                && ((guards::prose(text) && !guards::site_speech(text)) || kept(text))
        };
        let text: Vec<bool> = lines.clone().map(body).collect();
        let (mut full, mut rest) = (vec![0; text.len() + 1], vec![0; text.len() + 1]);
        for at in 0..text.len() {
            full[at + 1] = full[at] + u32::from(!view.blank(lines.start + at));
        }
        for at in (0..text.len()).rev() {
            rest[at] = rest[at + 1] + u32::from(text[at]);
        }
        Self { start: lines.start, full, rest, text, first: 0 }
    }

    /// Lines from one on that belong to the text; only lines before it were cut since they were counted.
    fn rest(&self, line: usize) -> u32 {
        self.rest.get(line - self.start).copied().unwrap_or(0)
    }

    /// Whether a line of the text stands before this one.
    fn told(&mut self, line: usize, marks: &Marks) -> bool {
        while self.text.get(self.first).is_some_and(|text| !text || marks.gone(self.start + self.first)) {
            self.first += 1;
        }
        self.start + self.first < line
    }

    /// Whether hardly any line stands before this one.
    fn is_head(&self, line: usize) -> bool {
        self.full[line - self.start] < 4
    }

    /// Whether a line stands in the first half of its section.
    fn upper(&self, line: usize) -> bool {
        let before = self.full[line - self.start];
        before * 2 < self.full[self.full.len() - 1]
    }
}

/// At the head the titles run into the title of the text itself: undecorated lines stay but for the heading.
fn head_list(view: &View, line: usize, end: usize, marks: &mut Marks) {
    marks.drop_line(line, Detector::RelatedList);
    for title in line + 1..end {
        let text = view.fold(title);
        if view.blank(title) {
            continue;
        }
        if !heading(text) && !BULLET.is_match(text) && !STARS.is_match(text) && !TAIL.is_match(text) && !title_row(text)
        {
            break;
        }
        marks.drop_line(title, Detector::RelatedList);
    }
}

fn uniform(view: &View, lines: Range<usize>) -> usize {
    lines
        .filter(|&line| !view.blank(line))
        .filter(|&line| {
            let text = view.fold(line);
            let bullet = BULLET.is_match(text) && !text.trim_start().starts_with(|c: char| c.is_ascii_digit());
            bullet || TAIL.is_match(text) || STARS.is_match(text)
        })
        .count()
}

/// At least four decorated titles at the very end, without a heading.
fn bare(view: &View, section: &Section, marks: &mut Marks) {
    let mut list = Vec::new();
    let (mut bullets, mut tails) = (0, 0);
    let mut at = section.lines.end;
    while let Some(line) = view.prev_full(at, section.lines.start) {
        at = line;
        if marks.gone(line) {
            if list.is_empty() {
                continue;
            }
            break;
        }
        let text = view.fold(line);
        if !guards::title_like(text) || text.contains(['，', '；', '：']) {
            break;
        }
        let bullet =
            text.trim_start().starts_with(['-', '·', '•', '●', '>', '»', '◆', '■', '*', '►', '▶', '★', '☆', '◎']);
        let tail = TAIL.is_match(text);
        if !bullet && !tail {
            break;
        }
        bullets += usize::from(bullet);
        tails += usize::from(tail);
        list.push(line);
    }
    // One decoration for all of them, and articles by their names.
    let articles = list.iter().filter(|&&line| ARTICLE.is_match(view.fold(line))).count();
    if list.len() >= BARE && (bullets == list.len() || tails == list.len()) && articles * 2 >= list.len() {
        for line in list {
            marks.drop_line(line, Detector::RelatedList);
        }
    }
}

static ARTICLE: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"讲话|发言|演讲|致辞|主持词|范文|作文|总结|报告|计划|方案|心得|体会|材料|事迹|简历|申请书|倡议书|征文|感想|读后感|观后感|篇[)）】\]]?\s*$|大全|汇总|模板|精选|合集|通知|意见|办法|规定|稿",
    )
});

#[cfg(test)]
mod tests {
    use crate::clean::tests::cleaned;

    const BODY: &str = "同志们：\n今年以来，我们认真贯彻落实各项决策部署，扎实推进重点工作，取得了明显成效，成绩来之不易。\n谢谢大家！\n";

    #[test]
    fn lists_at_the_tail_go() {
        for list in [
            "相关文章：\n在动员会上的讲话\n在总结会上的讲话\n",
            "【《开学》致辞】相关文章：\n1.毕业典礼致辞02-17\n2.开业庆典致辞11-30\n",
            "看了\"在动员会上的讲话\"的人还看了:\n★ 在总结会上的讲话\n★ 开学典礼致辞\n",
            "喜欢这篇文章的人还看了\n开学典礼致辞\n毕业典礼致辞\n",
            "您可能关注的文档\n- 最新安全工作讲话(精选17篇)\n- 在座谈会上的讲话\n",
            "扩展阅读文章\n推荐阅读文章\n",
            "猜你喜欢\n1.开学典礼讲话稿\n2.毕业典礼讲话稿\n",
            "【推荐阅读】\n開學典禮講話稿\n推荐度：★★★★\n",
            "小编精心推荐 | 讲话稿大全 | 发言稿大全\n",
            "相关推荐：动员会讲话稿 总结会讲话稿\n",
            "- 动员会讲话稿(精选5篇)\n- 总结会讲话稿(通用8篇)\n- 座谈会发言稿(大全3篇)\n- 年终总结报告(热门9篇)\n",
            "热门文章\n开学典礼讲话稿\n点击排行\n毕业典礼讲话稿\n",
        ] {
            assert_eq!(cleaned(&format!("{BODY}{list}")), BODY, "{list}");
        }
    }

    #[test]
    fn a_list_ends_at_the_next_section() {
        let own = "## 附水渠的旧图\n* 民国时的草图\n* 大修以后的图\n";
        let text = format!("{BODY}{own}");
        assert_eq!(cleaned(&format!("{BODY}**相关推荐：**[水车的故事](http://a.example/1)\n{own}")), text);
    }

    #[test]
    fn reading_lists_of_a_speaker_stay() {
        for list in [
            "推荐大家读这几本书：\n《论语》\n《史记》\n最后祝同学们学业进步。\n",
            "附件：\n1.评分标准\n2.报名表\n3.日程安排\n",
            "会议议程\n一、听取报告\n二、分组讨论\n三、大会总结\n",
            "## 拓展：水车怎样配斗\n斗的大小要看水位。\n",
            "### 其它\n* 水渠要年年清淤\n* 石坝要月月巡查\n",
        ] {
            let text = format!("{BODY}{list}");
            assert_eq!(cleaned(&text), text);
        }
    }
}
