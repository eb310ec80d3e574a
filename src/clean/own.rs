//! Runs of lines that are the text's own, whatever the rules say of each alone: what it announces, the contacts of a
//! notice, the hour of an event, the wish that ends a speech, rows of people's names, the parts of speakers, who signs,
//! rows of tables.

mod blocks;
mod tables;

pub use blocks::{code, sealed};

use super::automaton::{Automaton, fixed};
use super::fold::{fold, han};
use super::guards::{GUARD_BYTES, Guard, appended, date, guard, heading, prose, salutation};
use super::view::View;
use crate::utf8;
use std::collections::{BTreeMap, HashSet};
use std::ops::Range;
use std::sync::LazyLock;

/// All such runs in order, those that overlap as one; some lines of the text are known to be quoted.
pub fn runs(view: &View, announced: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut runs = announced.to_vec();
    runs.extend(contacts(view));
    runs.extend(hours(view));
    runs.extend(wishes(view));
    runs.extend(rosters(view));
    runs.extend(speakers(view));
    runs.extend(signatures(view));
    runs.extend(requests(view));
    runs.extend(tables::tables(view));
    runs.extend(tables::effect(view));
    runs.extend(blocks::records(view));
    runs.extend(blocks::chats(view));
    runs.sort_unstable_by_key(|lines| lines.start);
    runs.dedup_by(|next, run| {
        let meet = next.start < run.end;
        if meet {
            run.end = run.end.max(next.end);
        }
        meet
    });
    runs
}

/// Characters at the front of a line in which a contact is named.
const NAMED: usize = 28;
/// Characters at the end of a line in which it asks to call.
const ASKED: usize = 61;
/// Longest heading above contacts, in bytes.
const HEADED: usize = 72;

/// Characters at the end of a line in which it announces.
const CLAUSE: usize = 41;
/// Lines that a line announces, at most; running text ends them sooner.
const ANNOUNCED: usize = 12;
/// Bytes from which running text is no longer what was announced.
const ANNOUNCED_PROSE: usize = 150;

static ANNOUNCES: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"(?:(?:写|印|贴|刻|挂|标|抄|记|画|读|念|喊)(?:着|道|的是|了|过)|说|念|说道|显示|问|答|(?:请|先|你|看)看|看到|看见|见过|记载|这样的|这样|例如|比如|譬如|题目是|标题是|(?:写法|措辞|例子|示例|格式|标语|横幅|落款|页脚|页眉)(?:是|为|如下)|作如下\p{Han}{2}|(?:方式|方法|步骤|流程)如下|保留以下\p{Han}{0,4}|[，,](?:那是|便是|正是)|一行小字|(?:按钮|链接|菜单|图标|字样|选项)(?:有|如下|包括)?|必须(?:保留|写上|印上)|(?:^|[^第一二三四五六七八九十])[几一二三四五六七八九十两]个?(?:字|句话|行|行字))[：:]\s*[“”]?\s*$",
    )
});
/// An exercise on what stands below.
static TASK: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"(?:阅读|看|读|观察)(?:下面|下列|以下|下边|下图)[^。！!]{0,20}[，,。]?(?:回答|完成|选择|判断|写出|填写)[^。]{0,16}",
    )
});
static SITE_SPEAKS: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"本站|本网|小编|网站|声明(?:[^的]|$)|版权(?:声明|所有|归)|分享|推荐|相关|下载|点击|扫码|关注|整理|范文|欢迎|供.{0,6}参考|希望|阅读|浏览|热门|喜欢|[还在]看|的人",
    )
});

/// Runs of lines that a line of the text announces: 碑上写着： and what stands there. An author who speaks of notices,
/// imprints or web pages quotes them like this.
pub fn announced(view: &View) -> Vec<Range<usize>> {
    let mut out: Vec<Range<usize>> = Vec::new();
    for line in 0..view.lines.len() {
        let text = view.fold(line).trim_end();
        let colon = text.ends_with(['：', ':']) || text.ends_with(['“', '”']);
        let task = text.len() <= GUARD_BYTES && text.contains("下") && TASK.is_match(text);
        if !(colon || task) || out.last().is_some_and(|before| before.contains(&line)) {
            continue;
        }
        // The last clause announces; a paragraph before it may be long.
        let clause = utf8::last(text, CLAUSE);
        let announces = || ANNOUNCES.is_match(clause) && !SITE_SPEAKS.is_match(clause);
        if salutation(text) || !(task || announces()) {
            continue;
        }
        let mut end = line + 1;
        while end < view.lines.len()
            && end - line <= ANNOUNCED
            && !view.blank(end)
            && !(prose(view.fold(end)) && view.fold(end).len() >= ANNOUNCED_PROSE)
        {
            end += 1;
        }
        if end > line + 1 {
            out.push(line + 1..end);
        }
    }
    out
}

/// Lines of a run that its announcement speaks of for sure.
const QUOTED: usize = 4;

/// The short lines right below an announcement: not even a pager among them is the page's.
pub fn quoted(view: &View, announced: &[Range<usize>]) -> Vec<Range<usize>> {
    let short = |line: &usize| !prose(view.fold(*line));
    let head = |run: &Range<usize>| run.start..run.start + run.clone().take(QUOTED).take_while(short).count();
    announced.iter().map(head).filter(|lines| !lines.is_empty()).collect()
}

/// A heading of a notice under which its contacts stand.
static ASK: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"(?:咨询|联系|报名|投诉|举报|监督|反馈|办理|预约|受理|服务|求助|报修|交流|沟通|订购|领取|购票)[^。；，]{0,10}(?:方式|办法|方法|电话|渠道|途径|地点|地址|人员|指南|事项|热线|平台)\s*[：:]?\s*$",
    )
});
static WAY: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"^\s*(?:[(（]?[一二三四五六七八九十\d]+[)）、.．]\s*)?[^。；，：:\[\]]{0,12}(?:电\s*话|手机|热线|微信|qq|邮箱|e-?mail|传真|地\s*址|邮编|网址|公众号|联系人|客服|信箱|电报|举报|投诉|群)[^。；，：:\[\]/]{0,6}\s*[：:]",
    )
});
/// What a site says of itself and no notice under its heading.
static OWNER: LazyLock<Automaton> =
    LazyLock::new(|| fixed(r"主办|承办|版权|icp|网安备|技术支持|网站|copyright|©|站长|本站"));

static PERSON: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"^\s*(?:[(（]?[一二三四五六七八九十\d]+[)）、.．]\s*)?(?:联\s*系\s*人|经\s*办\s*人|接洽人|负责人)\s*(?:及电话|电话)?\s*[：:]",
    )
});

/// A sentence that asks those concerned to call, and not those who want documents.
static CALLS: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"知情|有意|有志|线索|失主|拾到|捡到|应聘|报名|认领|领取|求租|出租|看房|面谈|面议|垂询|来电|致电|拨打|预约|洽谈|(?:请|可|欢迎|及时|尽快)(?:\p{Han}{0,4}(?:与|和|向|同))?[^。；，]{0,16}(?:联系|咨询|反映|举报|求助)",
    )
});
static OFFERS: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"代写|代发|代笔|范文|文档|文库|资料|课件|素材|模板|写作|文秘|公文|论文|会员|客服|客户端|本站|本网|网站|网友|小编|侵权|删除|版权|转载|投稿|下载|公众号|充值|购买|付费|发票|免费",
    )
});

/// Lines of telephones, addresses and accounts that are a notice's own: under a numbered heading or a sentence that asks
/// to use them, or above the office and the day that end it.
fn contacts(view: &View) -> Vec<Range<usize>> {
    let count = view.lines.len();
    let way = |line: usize| {
        let text = view.fold(line);
        let key = || text.chars().take(NAMED).any(|c| matches!(c, '：' | ':'));
        text.len() <= GUARD_BYTES && key() && WAY.is_match(text) && !OWNER.is_match(text)
    };
    let mut out: Vec<Range<usize>> = Vec::new();
    let mut line = 0;
    while line < count {
        if view.blank(line) || !way(line) {
            line += 1;
            continue;
        }
        let start = line;
        let mut end = (start + 1..count).find(|&below| !view.blank(below) && !way(below)).unwrap_or(count);
        line = end;
        let asked = view.prev_full(start, 0).is_some_and(|above| {
            let text = view.fold(above);
            let headed = text.len() <= HEADED && heading(text) && ASK.is_match(text);
            let asks = utf8::last(text, ASKED);
            let stop = text.trim_end().ends_with(['。', '！', '!', '，', '：', ':']);
            headed || (stop && CALLS.is_match(asks) && !OFFERS.is_match(asks))
        });
        // Whom to ask for stands above the way to reach him, or what is attached below it; what stands above both is text.
        let person = |line: usize| PERSON.is_match(view.fold(line));
        let offered = |line: usize| OFFERS.is_match(view.fold(line)) || OWNER.is_match(view.fold(line));
        let told = view.prev_full(start, 0).is_some_and(|above| {
            let text = view.fold(above);
            person(above) || prose(text) || heading(text) || text.trim_end().ends_with(['。', '！', '：', ':', '；'])
        });
        let attached = || view.next_full(end - 1, count).is_some_and(|below| appended(view.fold(below)));
        let led = || {
            view.prev_full(start, 0).is_some_and(|above| {
                let text = view.fold(above);
                text.len() <= HEADED && heading(text) && text.trim_end().ends_with(['：', ':'])
            })
        };
        let reached = told
            && !(start..end).any(offered)
            && (led() || (start..end).any(person) || view.prev_full(start, 0).is_some_and(person) || attached());
        // An office may be named above the day; a frame has its contacts below both.
        let dated = |line: usize| guard(view.fold(line)) == Some(Guard::Date);
        let office =
            |line: usize| view.fold(line).trim().chars().all(|c| c.is_alphabetic() || matches!(c, '（' | '）' | ' '));
        let ended = match Some(end).filter(|&below| below < count) {
            Some(below) if dated(below) => Some(below),
            Some(below) if office(below) => view.next_full(below, count).filter(|&day| dated(day)),
            _ => None,
        };
        if let Some(day) = ended {
            end = day;
        }
        if asked || reached || ended.is_some() {
            out.push(start..end);
        }
    }
    out
}

/// What one who signs asks of readers: to call, to write, to follow.
static REQUEST: LazyLock<Automaton> =
    LazyLock::new(|| fixed(r"微信|公众号|电话|qq|邮箱|热线|扫码|二维码|网格员|咨询|投稿|截稿|报名|参赛|来稿"));
/// Whose requests are a site's.
static SITES_OWN: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"本站|本网|网站|网友|小编|范文|文库|文档|文秘|作文|课件|素材|模板|下载|会员|代写|侵权|转载|客服|充值|付费|发票|http|www",
    )
});
/// What the names of those end with who sign letters and notices.
static SIGNERS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let names = "社区 居委会 村委会 业委会 委员会 筹备组 工作组 文化站 供电所 派出所 服务站 卫生院 协会 学会 研究会 书社 诗社 画社 文社 \
        剧社 图书馆 文化馆 博物馆 幼儿园 小学 中学 大学 学院 中心 办公室 党支部 合作社";
    names.split_whitespace().map(fold).collect()
});

/// Whether a folded line is the name of one who signs. A pattern would make new states for nearly every name.
fn signer(text: &str) -> bool {
    text.ends_with(han)
        && (4..=24).contains(&text.chars().count())
        && SIGNERS.iter().any(|name| text.ends_with(name.as_str()))
        && text.chars().all(|c| han(c) || matches!(c, '（' | '）' | '(' | ')'))
}

/// Lines of requests above a name, at most.
const REQUESTS: usize = 4;

/// Requests right below the text and above the name that signs it, with the name: a site's stand below both. Without a
/// day the name ends the text.
fn requests(view: &View) -> Vec<Range<usize>> {
    let count = view.lines.len();
    let request = |line: usize| {
        let text = view.fold(line);
        text.len() <= GUARD_BYTES && REQUEST.is_match(text) && !SITES_OWN.is_match(text)
    };
    let mut out = Vec::new();
    for name in 1..count {
        let text = view.fold(name).trim();
        if text.len() > HEADED || !signer(text) || SITES_OWN.is_match(text) {
            continue;
        }
        let below = view.next_full(name, count);
        if below.is_some_and(|below| !date(view.fold(below)) && !appended(view.fold(below))) {
            continue;
        }
        let (mut first, mut lines) = (name, 0);
        while lines <= REQUESTS
            && let Some(above) = view.prev_full(first, 0).filter(|&above| request(above))
        {
            (first, lines) = (above, lines + 1);
        }
        let signed = view.prev_full(first, 0).is_some_and(|above| {
            let text = view.fold(above).trim_end();
            prose(text) || text.ends_with(['。', '！', '!'])
        });
        if (1..=REQUESTS).contains(&lines) && signed {
            out.push(first..name + 1);
        }
    }
    out
}

/// Fields between a time and what tells whose it is, at most.
const FIELDS: usize = 10;

/// A field of a notice, minutes or a programme: a short name and what it is.
static FIELD: LazyLock<Automaton> = LazyLock::new(|| fixed(r"^\s*\p{Han}[\p{Han}\s]{1,7}\s*[：:]\s*\S"));
static EVENT: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"^\s*(?:\p{Han}{0,4}地\s*点|会\s*场|主\s*持\s*人?|参\s*[加会]\s*(?:人\s*员|对\s*象|单\s*位|人)?|(?:出|列|缺)\s*席\s*(?:人\s*员|对\s*象|人)?|记\s*录\s*人?|主\s*讲\s*人?|讲\s*师|嘉\s*宾|票\s*价|位\s*置|天\s*气|气\s*温|航\s*[向速]|风\s*[向力]|(?:报名|售票|订票)\p{Han}{0,4}|议\s*[题程]|场\s*次|集\s*合)\s*[：:]\s*\S",
    )
});

/// The hours of events: a page names the day of its upload in the same words, but no place or speaker beside it.
fn hours(view: &View) -> Vec<Range<usize>> {
    let count = view.lines.len();
    let field = |line: usize| view.fold(line).len() <= GUARD_BYTES && FIELD.is_match(view.fold(line));
    let hour = |line: &usize| {
        let text = view.fold(*line).trim_start();
        (text.starts_with('时') || text.starts_with('日')) && field(*line)
    };
    let event = |line: usize| EVENT.is_match(view.fold(line));
    let beside = |line: usize, next: &dyn Fn(usize) -> Option<usize>| {
        let fields = std::iter::successors(next(line), |&line| next(line)).take(FIELDS);
        fields.take_while(|&line| field(line)).any(event)
    };
    (0..count)
        .filter(hour)
        .filter(|&line| {
            beside(line, &|line| view.next_full(line, count)) || beside(line, &|line| view.prev_full(line, 0))
        })
        .map(|line| line..line + 1)
        .collect()
}

/// How a speaker ends: by what is his own.
static MINE: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"以上(?:就|都|便|只|仅|这些)*是我|我的?(?:一点儿?|一些|几点|点滴|粗浅|个人|自己)?的?(?:体会|看法|建议|经验|心得|想法|感受|认识|做法|观点)|我(?:要|想|就)?(?:讲|说|谈|分享|汇报|介绍)的?就?(?:是|到)?(?:这些|这里)",
    )
});

/// Lines in which a speaker wishes that his words may help, as sites do of their texts.
fn wishes(view: &View) -> Vec<Range<usize>> {
    let wish = |line: &usize| {
        let text = view.fold(*line).trim_start();
        text.len() <= GUARD_BYTES && ["希望", "但愿", "愿", "供"].iter().any(|word| text.starts_with(word))
    };
    let mine = |line: usize| view.prev_full(line, 0).is_some_and(|above| MINE.is_match(view.fold(above)));
    (0..view.lines.len()).filter(wish).filter(|&line| mine(line)).map(|line| line..line + 1).collect()
}

/// The hundred commonest names of families and those that no other word of a list begins with.
const FAMILIES: &str = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂丛焦向柳邢岳齐梅莫庄辛管祝左涂谷祁时舒耿牟卜路詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍位覃霍翁隋甘景薄单包司柏宁柯阮桂闵解强柴华车冉房边麦容丰";
/// Names in a row of a roster, at least, and rows.
const NAMES: usize = 3;
const ROWS: usize = 2;

/// Whether a word is as long as a person's name, and whether it also begins with that of a family.
fn named(word: &str) -> (bool, bool) {
    static FOLDED: LazyLock<HashSet<char>> = LazyLock::new(|| fold(FAMILIES).chars().collect());
    let name = (2..=4).contains(&word.chars().count()) && word.chars().all(han);
    (name, name && word.starts_with(|c| FOLDED.contains(&c)))
}

/// Rows of people's names, with the line above that says of what list: those of a menu are words of any beginning.
fn rosters(view: &View) -> Vec<Range<usize>> {
    let count = view.lines.len();
    let names = |line: usize| {
        let text = view.fold(line);
        if text.len() > GUARD_BYTES || !text.trim().contains([' ', '　']) {
            return 0;
        }
        let (mut names, mut families) = (0, 0);
        for name in text.split_whitespace() {
            let (name, of_family) = named(name);
            if !name {
                return 0;
            }
            names += 1;
            families += usize::from(of_family);
        }
        if families * 3 >= names * 2 { names } else { 0 }
    };
    let mut out = Vec::new();
    let mut line = 0;
    while line < count {
        let start = line;
        while line < count && names(line) >= if line > start { 1 } else { NAMES } {
            line += 1;
        }
        if line - start >= ROWS {
            let list = |above: &usize| view.fold(*above).contains(['名', '单', '员', '人']);
            out.push(view.prev_full(start, 0).filter(list).unwrap_or(start)..line);
        }
        line += 1;
    }
    out
}

/// Longest name of a speaker in front of what he says, in characters.
const SPEAKER: usize = 4;
/// Lines that each of them has, and speakers, at least.
const TURNS: usize = 2;

/// What a site tells of each of several texts under a label.
static OF_PAGE: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"来源|出处|作者|编辑|责编|声明|提示|提醒|摘要|导读|导语|简介|标签|关键|版权|推荐|阅读|更新|发布|时间|日期|篇$|页$|整理|分类|栏目|下载|链接|网址|地址|电话|邮箱",
    )
});

/// What speakers say by turns: two or more, each named in front of two lines or more, of which most end as sentences or
/// clauses do; and those named with one character in front of one.
fn speakers(view: &View) -> Vec<Range<usize>> {
    let mut turns: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for line in 0..view.lines.len() {
        let text = view.fold(line).trim_start();
        let mut chars = text.char_indices().take(SPEAKER + 1);
        let colon = chars.find(|(_, c)| !han(*c));
        if let Some((at, '：' | ':')) = colon.filter(|(at, _)| *at > 0)
            && !OF_PAGE.is_match(&text[..at])
        {
            turns.entry(&text[..at]).or_default().push(line);
        }
    }
    let signs = ['。', '！', '？', '!', '?', '”', '…', '，', '；', '）'];
    let spoken = |line: &usize| view.fold(*line).trim_end().ends_with(signs);
    turns.retain(|_, lines| lines.iter().filter(|line| spoken(line)).count() * 2 > lines.len());
    // All of them may speak together once: 合.
    let often = turns.values().filter(|lines| lines.len() >= TURNS).count();
    turns.retain(|name, lines| lines.len() >= TURNS || name.chars().count() == 1);
    if often < TURNS { Vec::new() } else { turns.into_values().flatten().map(|line| line..line + 1).collect() }
}

/// Longest line that bears the name of who signs, in characters.
const SIGNED: usize = 16;

/// Longest day, in bytes.
const DAY: usize = 60;

/// Lines with a person's name above a day.
fn signatures(view: &View) -> Vec<Range<usize>> {
    let person = |line: &usize| {
        let text = view.fold(*line).trim();
        let name = text.split_whitespace().next_back().unwrap_or_default();
        text.chars().count() <= SIGNED
            && text.chars().all(|c| han(c) || c.is_whitespace())
            && named(name).1
            && !name.contains('们')
    };
    let day = |line: usize| {
        let text = view.fold(line).trim();
        // Few lines are as short as a day and name one.
        text.len() <= DAY && text.contains(['年', '月', '日']) && date(text)
    };
    let above = |line| view.prev_full(line, 0).filter(person).filter(|&above| line - above <= 2);
    (0..view.lines.len()).filter(|&line| day(line)).filter_map(above).map(|line| line..line + 1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clean::tests::cleaned;

    #[test]
    fn a_run_within_another_does_not_end_it() {
        let text = "村里的夏夜\n吃过晚饭，孩子们早早搬了板凳，沿着水渠往村口跑，大人们也说说笑笑跟在后面。\n走到村口，大家看见墙上新贴出来一张纸，纸上写着：\n文艺晚会\n时间：今晚七点\n地点：村口戏台\n大家都来看热闹\n责任编辑：石小青\n来源：石桥日报\n";
        assert_eq!(cleaned(text), text);
        let view = View::new(text);
        let runs = runs(&view, &announced(&view));
        assert!(runs.windows(2).all(|pair| pair[0].end <= pair[1].start), "{runs:?}");
    }

    #[test]
    fn contacts_under_a_heading_are_the_notices_own() {
        let text = "简章\n（二）报名及咨询电话\n办公电话：0000-2211334\n手机：13000000000\nQQ：000112299\n（三）其他\n主办：青石网\n";
        assert_eq!(contacts(&View::new(text)), vec![2..5; 1]);
        assert!(contacts(&View::new("致辞\n办公电话：0000-2211334\n")).is_empty());
    }

    #[test]
    fn contacts_of_a_person_or_above_what_is_attached_are_the_notices_own() {
        let person = "公告\n请有关单位按时报送材料，逾期不再受理。\n联系人：石小青\n联系电话：0000-2211334\nQQ群：000112299\n地址：青石路1号\n上一篇：没有了\n";
        assert_eq!(contacts(&View::new(person)), vec![2..6; 1]);
        let attached =
            "公告\n请有关单位按时报送材料，逾期不再受理。\n联系电话：0000-2211334\n邮编：000000\n附件：报名表\n";
        assert_eq!(contacts(&View::new(attached)), vec![2..4; 1]);
        let site = "讲话\n谢谢大家！\n上一篇：没有了\n联系人：石小青\n电话：0000-2211334\n地址：青石路1号\n";
        assert!(contacts(&View::new(site)).is_empty());
    }

    #[test]
    fn contacts_of_those_who_sell_documents_and_those_below_a_notice_are_not() {
        let sold = "范文\n需要代写公文、讲话稿的请与客服联系。\n微信：abc12345\n电话：0000-1234567\n";
        assert!(contacts(&View::new(sold)).is_empty());
        let below = "通知\n请各单位按时报送。\n青石镇人民政府\n2024年6月1日\n地址：青石路1号\n电话：0000-1234567\n";
        assert!(contacts(&View::new(below)).is_empty());
        let above = "通知\n请各单位按时报送。\n电话：0000-1234567\n青石镇人民政府\n2024年6月1日\n";
        assert_eq!(contacts(&View::new(above)), vec![2..4; 1]);
    }

    #[test]
    fn rows_of_names_are_the_texts_and_rows_of_links_are_not() {
        let names =
            "受助学生名单（按笔画序）\n丁咏诗　方家朗　王子轩　何美仪\n吴卓谦　李嘉欣　周浩然\n容启明　莫凯晴\n谢谢\n";
        assert_eq!(rosters(&View::new(names)), vec![0..4; 1]);
        assert!(rosters(&View::new("首页　新闻　政务　服务\n互动　高考　中考　文库\n")).is_empty());
        assert!(rosters(&View::new("丁咏诗　方家朗　王子轩\n")).is_empty());
    }

    #[test]
    fn speakers_by_turns_and_who_signs_are_the_texts_own() {
        let lines = |text: &str| {
            let view = View::new(text);
            runs(&view, &announced(&view))
        };
        assert_eq!(
            lines("男：敬酒！\n女：拜堂！\n男：礼成。\n女：再见！\n合：同喜！\n"),
            [0..1, 1..2, 2..3, 3..4, 4..5]
        );
        assert_eq!(lines("摘要：甲。\n提示：乙。\n摘要：丙。\n提示：丁。\n"), [0..0; 0]);
        assert_eq!(lines("来源：青石网\n编辑：小青\n来源：青石报\n编辑：小白\n"), [0..0; 0]);
        assert_eq!(lines("谢谢\n退休老头 程怀远\n八月十八日夜\n").first(), Some(&(1..2)));
        assert_eq!(lines("热门下载\n二〇二三年五月六日\n"), [0..0; 0]);
    }

    #[test]
    fn a_time_beside_a_place_is_that_of_an_event() {
        assert_eq!(hours(&View::new("纪要\n时间：2024-03-05 09:00\n\n地点：三楼\n")), vec![1..2; 1]);
        assert!(hours(&View::new("讲话\n时间：2024-03-05 09:00\n来源：青石网\n作者：佚名\n")).is_empty());
        assert!(hours(&View::new("讲话\n时间：2024-03-05\n同志们：\n地点：三楼\n")).is_empty());
    }
}
