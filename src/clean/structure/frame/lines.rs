//! What single lines of a frame look like: trails, menus, rows of keys and counts.

use crate::clean::automaton::{Automaton, fixed};
use crate::clean::guards;
use crate::clean::view::View;
use std::sync::LazyLock;

/// How a trail is told.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Trail {
    /// It says so: 首页, 位置.
    Named,
    /// By its signs alone.
    Shaped,
}

static LABEL: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"^[\s|【\[]*[^：:>»＞›》，。]{0,8}(?:位置|路径|面包屑|导航|所在(?:的?(?:栏目|频道|页面|目录))?|当前(?:页面|栏目|频道))[^：:>»＞›》，。]{0,2}\s*(?:[:：]|[>»＞›》])\s*",
    )
});
/// What stands between the steps of a trail.
pub static STEP: LazyLock<Automaton> = LazyLock::new(|| fixed(r"\s*(?:>+|＞+|»+|›+|》|→|::)\s*|\s+[/-]\s+"));
static HOME: LazyLock<Automaton> = LazyLock::new(|| fixed(r"^\s*(?:\p{Han}{0,6}首\s?页|主页|home)\s*$"));
/// What names of sites end with.
pub static SITE: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"(?:网|网站|门户|门户网站|文库|文苑|文秘|文档|日报|晚报|早报|晨报|周刊|在线|社区|论坛|学院|大学|中学|之家|库|频道|荟萃|范文|客户端|college|university|school)\s*$",
    )
});

/// 站名 > 栏目 > 文章.
pub fn trail(text: &str) -> Option<Trail> {
    let text = text.trim();
    if text.len() > 330 || text.contains(['。', '；', '《', '=', '“']) {
        return None;
    }
    let label = LABEL.find(text).map(|found| found.end());
    let steps: Vec<&str> = STEP.split(&text[label.unwrap_or(0)..]).map(str::trim).filter(|s| !s.is_empty()).collect();
    let (last, inner) = steps.split_last()?;
    let fits = |step: &str, most: usize| {
        let length = step.chars().count();
        (1..=most).contains(&length) && step.chars().any(char::is_alphabetic)
    };
    let plain = |step: &&str| fits(step, 16) && !step.contains(['，', '、', '：', ':', '！', '？', '?', '!']);
    if !inner.iter().all(plain) || !fits(last, 50) || steps.len() > 8 {
        return None;
    }
    if label.is_some() && (!inner.is_empty() || text.contains(['>', '»', '＞', '›', '》'])) {
        return Some(Trail::Named);
    }
    if steps.len() < 2 || text.contains(['》', '→']) {
        return None;
    }
    if HOME.is_match(steps[0]) {
        return Some(Trail::Named);
    }
    let arrow = text.contains(['»', '›']);
    let angle = text.contains(['>', '＞']);
    // Slogans with such signs are words of one length.
    let lengths: Vec<usize> = steps.iter().map(|step| step.chars().count()).collect();
    let uneven = lengths[0] >= 3 && lengths.iter().any(|&l| l >= 4) && lengths.iter().any(|l| *l != lengths[0]);
    let named = SITE.is_match(steps[0]);
    (arrow || (angle && steps.len() >= 3 && (uneven || named))).then_some(Trail::Shaped)
}

/// A day.
pub static DATED: LazyLock<Automaton> = LazyLock::new(|| fixed(r"(?:19|20)\d{2}\s?[-/.年]\s?\d{1,2}\s?[-/.月]"));
static CHANNEL: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"^(?:首页|要闻|新闻|时政|评论|深度|视频|图片|体育|财经|娱乐|文化|副刊|散文|小说|诗歌|专题|社会|国际|国内|地方|公告|动态|资讯|招生.{0,2}|关于.{0,3}|联系.{0,2}|登录|注册|搜索|投稿.{0,2}|下载|论坛|互动.{0,2}|服务|办事.{0,2}|政务公开|数据开放|小学|初中|高中|试卷|课件|教案|.{0,4}专区|预约挂号|专家.{0,2}|科室.{0,2}|来院路线|院务公开|.{0,2}概况|机构.{0,2}|领导.{2}|通知公告|政策.{2}|办事指南|党建.{0,2}|产品.{0,2}|服务.{2}|人才.{2}|在线.{2}|about|contact|news|english|home|login|search)$",
    )
});

/// 散文 | 小说 | 评论 | 投稿须知.
pub fn menu(view: &View, line: usize, next: Option<usize>, beside: bool) -> bool {
    let text = view.fold(line).trim();
    // The name of a site glued to the first word.
    let text = match text.strip_prefix(['【', '[']).and_then(|rest| rest.split_once(['】', ']'])) {
        Some((_, rest)) if rest.starts_with(char::is_alphabetic) => rest,
        _ => text,
    };
    if text.len() > 300 || text.contains(['。', '，', '；', '！', '？', '：', ':', '、', '《', '“']) {
        return false;
    }
    const BARS: [char; 12] = ['|', '｜', '丨', '┊', '┃', '▕', '⁄', '∣', '·', '•', '‧', '・'];
    let bars = text.matches(BARS).count();
    let split = |text: &str| -> Vec<String> {
        match bars >= 2 {
            true => text.split(BARS).map(|s| s.trim().to_owned()).filter(|s| !s.is_empty()).collect(),
            false => text.split_whitespace().map(str::to_owned).collect(),
        }
    };
    let items = split(text);
    let short = |item: &String| {
        let length = item.chars().count();
        (2..=if item.is_ascii() { 14 } else { 8 }).contains(&length) && !item.bytes().any(|b| b.is_ascii_digit())
    };
    if !(4..=30).contains(&items.len()) || !items.iter().all(short) {
        return false;
    }
    // Rows of a table have the same number of cells.
    if bars >= 2 && next.is_some_and(|next| view.fold(next).matches(BARS).count() == bars) {
        return false;
    }
    let channels = items.iter().filter(|item| CHANNEL.is_match(item)).count();
    let length = items[0].chars().count();
    let uneven = items.iter().any(|item| item.chars().count() != length);
    // Words that the text takes up are its theme.
    let taken_up = items.iter().filter(|item| prose_has(view, line, item)).count();
    taken_up * 3 <= items.len()
        && !prose_has(view, line, &items[0])
        && (channels >= 2 || (uneven && (bars >= 3 || beside)))
}

/// Whether a paragraph below a line has a word.
pub fn prose_has(view: &View, after: usize, word: &str) -> bool {
    (after + 1..view.lines.len()).any(|line| {
        let text = view.fold(line);
        guards::prose(text) && text.contains(word)
    })
}

static PAIR: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(r"(?:^|[\s|｜丨·•,，/、(（\[【])(?P<key>\p{Han}(?:\s?\p{Han}){1,5})\s*[:：]\s*(?P<value>[^:：]*)")
});
static KEY: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"发布|发表|发稿|发帖|更新|上传|录入|刊登|张贴|公告日|来源|出处|浏览|点击|点阅|点选|阅读|查阅|人气|访问量|热度|回复|回帖|评论|跟帖|字\s?[号体级]|文档|格式|页数|大小|归类|分类|类别|栏目|标签|作者|编辑|责编|楼主|下载|收藏|积分|稿件|稿源|信息来源|记者|通讯员|投稿|供稿|审核|校对|文件状态|公开",
    )
});
/// Keys of notices, minutes and forms.
static OWN_KEY: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"地点|地址|主持|参加|出席|列席|记录|联系|电话|手机|传真|报名|会议|培训|活动|嘉宾|名称|数量|姓名|性别|对象|承办|主办|检查|交付|接收|播音|签字|金额|单价|主讲|讲课|授课|编剧|导演|甲方|乙方|^时间$|^日期$|^时间地点$|规格|型号|材料|比例|班级|学校",
    )
});
/// A day or a time, as pages stamp them.
pub static STAMP: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"(?:19|20)\d{2}\s?[-/.年]\s?\d{1,2}\s?[-/.月]\s?\d{1,2}|\d{1,2}:\d{2}|\d+\s*(?:分钟|小时|天)前|(?:昨天|前天|今天|刚刚)\s*\d{1,2}:\d{2}",
    )
});
static AGO: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(r"(?:^|[\s·|｜])(?:\d+\s*(?:分钟|小时|天|个月)前|(?:昨天|前天|今天)\s*\d{1,2}:\d{2})\s*(?:$|[·|｜\s])")
});
static COUNT: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"\d[\d ,.]*\s*(?:万|w|k|\+)?\s*(?:人|次|个|条)?\s*(?:看过|读过|浏览|阅读|点击|围观|下载|评论|回复|点赞|人气|热度|收藏)|(?:浏览|阅读|下载|收藏|点击|点赞|评论)\s*\d+",
    )
});

/// What platforms tell of a text in one word: 关注, 1.8万字, 阅(4471), lv.9, 更新：2022-07-01.
static CELL: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"^(?:(?:\+?关注|收藏|下载本文|佚名|匿名(?:用户)?|楼主|只看楼主|\d[\d.,]*\s*[万wk]?\+?\s*(?:字|阅读|赞|转|评论?|个回答|分钟\S{0,2})|(?:阅读?|转发?|赞|评论?|藏|浏览|点赞|收藏|点击|回复)\s*[(（]?[\d.,]+\s*[万wk]?[)）]?\s*次?|lv\s*\.?\d+|(?:更新|提问|推荐|发布|编辑|审核日期|贡献者|上传者|字数|采纳率|悬赏)[于:：]\S{1,14})\s*)+$",
    )
});
/// Longest row of such words, in characters.
const CELLS: usize = 48;

/// Whether a line is made of such words and a day: two of them, or one beside the day.
fn cells(text: &str) -> bool {
    if text.chars().count() > CELLS || text.contains(['，', '、']) {
        return false;
    }
    const BARS: [char; 5] = ['|', '｜', '丨', '·', '/'];
    let parted = text.contains(BARS);
    let ends = |c: char| if parted { BARS.contains(&c) } else { c.is_whitespace() };
    let cells = || text.split(ends).map(str::trim).filter(|cell| !cell.is_empty());
    let tells =
        |cell: &str| CELL.is_match(cell) || cell.split_whitespace().next_back().is_some_and(|word| CELL.is_match(word));
    let told = cells().filter(|cell| tells(cell)).count();
    let short = cells().all(|cell| cell.chars().count() <= 16);
    short && told >= 1 && cells().count() >= 2 && (told >= 2 || STAMP.is_match(text))
}

/// A row of two keys and more, or of a stamp, a count and keys, that tell of the page.
pub fn row(text: &str) -> bool {
    let text = text.trim();
    let length = text.chars().count();
    if !(8..=160).contains(&length) || text.contains(['。', '；', '！', '？', '“', '《']) {
        return false;
    }
    if length <= 40 && AGO.is_match(text) && text.contains([' ', '·', '|']) && !text.contains('，') {
        return true;
    }
    if cells(text) {
        return true;
    }
    let (mut keys, mut known, mut filled) = (0, 0, 0);
    let mut start = text.len();
    let mut at = 0;
    while let Some(pair) = PAIR.groups(text, at) {
        let Some(name) = pair.name("key") else { break };
        let value = pair.name("value").unwrap_or("").trim();
        if OWN_KEY.is_match(&name.replace(' ', "")) || value.chars().count() > 40 || value.contains('，') {
            // Next to 浏览： the word 时间： is the site's.
            let date = name.ends_with(['间', '期']) && STAMP.is_match(value);
            if !date {
                return false;
            }
        }
        start = start.min(pair.all().start);
        keys += 1;
        known += usize::from(KEY.is_match(name));
        filled += usize::from(STAMP.is_match(value) || value.starts_with(|c: char| c.is_ascii_digit()));
        let value = pair.range("value").map_or(text.len(), |value| value.start);
        at = value.max(at + 1);
        while !text.is_char_boundary(at) {
            at += 1;
        }
    }
    let before = &text[..start];
    let stamps = usize::from(STAMP.is_match(before)) + usize::from(COUNT.is_match(text));
    // What stands before the first key is a date, a count or nothing.
    let lead = before.chars().filter(|c| c.is_alphabetic()).count();
    if lead > 4 && stamps == 0 {
        return false;
    }
    (known >= 2 && (filled >= 1 || stamps >= 1 || keys >= 3) && known * 2 >= keys)
        || (known >= 1 && stamps >= 1 && keys <= 2)
        || (keys == 0 && COUNT.find_iter(text).count() >= 3)
}
