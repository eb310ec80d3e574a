//! Lines that are kept whatever the rules say, and the tests by which lines are told apart.

use super::automaton::{Automaton, fixed};
use super::fold::han;
use super::view::View;
use std::ops::RangeInclusive;
use std::sync::LazyLock;

/// Why a line is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    /// 同志们： and its like.
    Salutation,
    /// 谢谢大家！ and its like.
    Closing,
    /// A line that opens with a number or 第一.
    Heading,
    /// The date under a title or at the end.
    Date,
    /// The name of an office at the end.
    Signature,
    /// A contact, place or time of a notice.
    Contact,
}

/// Longest line, in bytes, that a guard looks at; longer lines are body text and no rule for lines reaches them.
pub(super) const GUARD_BYTES: usize = 240;

static SALUTATION: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"^\s*(?:(?:尊敬的|敬爱的|亲爱的|可爱的|各位|全体|女士们|先生们|在座的)[^。；;？?]{0,60}|[^。；;：:，,！!？?]{0,12}(?:同志们|同学们|老师们|朋友们|战友们|乡亲们|代表们|委员们|来宾们|伙伴们|员工们|家长们|校友们|青年们|孩子们|团员们|党员们|女士们|先生们|同仁们|职工们)(?:[，,、\s]*[^。；;：:！!？?]{1,14}们)*)[：:，,！!]?\s*$",
    )
});
static READERS: LazyLock<Automaton> =
    LazyLock::new(|| fixed(r"网友|用户|会员|读者|访客|站长|粉丝|看官|书友|小编|下载|本站|范文|网站"));
static CLOSING: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"^\s*(?:[^。]{0,20}(?:谢谢|多谢|感谢)(?:大家|各位|同志们|你们|聆听|倾听|领导|老师|评委|，|,|\s)*[！!。.]*|散会[！!。.]*|此致[，,。]?|敬礼[！!。]?|现在散会[。！!]?|特此[^。]{0,12}[。！!]?|以上报告.{0,24}|完毕[。！!]?|(?:我的)?(?:讲话|发言|汇报|演讲|报告)(?:完毕|完了|到此结束|结束了)[^。]{0,10}[。！!]?|[(（]?(?:本[篇章节回]|故事)?(?:未完[，,]?)?待续[)）。.…]*(?:[（(【][^）)】]{0,20}[）)】])?|祝[^。]{2,40}[！!。]|让我们[^。]{2,80}[！!。])\s*$",
    )
});
/// A word of each kind of closing: without one, the counted gaps need not be searched.
static CLOSES: LazyLock<Automaton> =
    LazyLock::new(|| fixed("谢|散会|此致|敬礼|特此|以上报告|完毕|完了|结束|待续|祝|让我们"));
static HEADING: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"^\s*#*\s*(?:[一二三四五六七八九十百]{1,4}\s*[、.．，,]|[(（]\s*[一二三四五六七八九十百\d]{1,4}\s*[)）]|第[一二三四五六七八九十百\d]{1,5}[章节条部款项编，,、：:\s]|\d{1,2}\s*[、.．)）](?:[^\d]|$)|[①-⑳㈠-㈩]|[一二三四五六七八九十][是要]|首先|其次|再次|最后|附件|附：|附:)",
    )
});
static ARTICLE: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(r"^[\s#*]*第[一二三四五六七八九十百千零〇\d]{1,8}条(?:之[一二三四五六七八九十])?[\s\p{Han}，:：]")
});
static ON_WRITING: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"^[^>»|_]*(?:写作|写好|写出|(?:怎样|怎么|如何)(?:去)?写|写法|公文处理|公文写|讲评|作文课|文稿起草|起草工作|写稿)[^>»|_]*$",
    )
});
static DATE: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"^\s*[(（\[]?\s*(?:(?:19|20)\d{2}|20[xX×*_]{2}|[xX×*_]{2,4}|[一二][〇○零oO0０九][一二三四五六七八九〇○零oO0０xX×]{1,2})?\s*年\s*[\dxX×*_一二三四五六七八九十]{0,3}\s*月?\s*[\dxX×*_一二三四五六七八九十]{0,3}\s*日?(?:\s*[上下]午)?\s*[)）\]]?\s*[。.]?\s*$|^\s*(?:民国|中华民国)\s*[一二三四五六七八九十百\d]{1,4}\s*年[一二三四五六七八九十\d月日\s]{0,12}$|^\s*(?:岁次)?[甲乙丙丁戊己庚辛壬癸][子丑寅卯辰巳午未申酉戌亥]年\p{Han}{0,6}$|^\s*[一二三四五六七八九十正冬腊]{1,3}月初?[一二三四五六七八九十]{1,3}日?(?:[晨晚夜午]|清晨|上午|下午|深夜)?\s*$",
    )
});
/// What names of offices end with.
const OFFICES: &str = "委员会|党委|党组|党总支|支部|办公室|人民政府|人民法院|检察院|局|厅|公司|学校|大学|学院|中学|小学|幼儿园|协会|工会|联合会|商会|研究会|团委|集团|管理处|服务中心|工作组|指挥部|领导小组";
static OFFICE_ENDS: LazyLock<Automaton> = LazyLock::new(|| fixed(&format!(r"(?:{OFFICES})\s*$")));
static OFFICE: LazyLock<Automaton> =
    LazyLock::new(|| fixed(&format!(r"^\s*[\p{{Han}}\s·（）()“”]{{2,40}}(?:{OFFICES})\s*$")));
static SIGNER: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"^\s*(?:述职|申请|倡议|宣誓|领誓|承诺|保证|汇报|报告|检讨|委托|受托|见证|立据|借款|演讲|发言|拟稿|签发|核稿|证婚)人\s*[：:]|^\s*[\p{Han}（）()\s]{0,16}(?:签字|签章|盖章|签订日期|签署日期|签约日期)[）)]?\s*[：:]",
    )
});
static CONTACT: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"^\s*(?:[(（]?[一二三四五六七八九十\d]+[)）、.．]\s*)?(?:联\s*系\s*人|(?:联系|咨询|报名|举报|监督|值班|热线|服务|办公|投诉)(?:电话|方式|地址|邮箱)|报名(?:时间|地点|方式)|(?:会议|活动|培训|集合|演出|开会|考试|讲座|上课)?(?:时间|地点|议程|主题)|主持(?:人)?|参会(?:人员|对象)|参加人员|出席(?:人员)?|列席(?:人员)?|缺席|请假|记录(?:人)?|主讲(?:人)?|传真|邮箱|电子邮箱|邮政编码|收件人|[正副]本|抄[送报]|主送|承办人)\s*[：:]",
    )
});

/// Lines above the first paragraph among which the title may stand.
const ABOVE: usize = 6;

/// The guard of a folded line, if any.
pub fn guard(line: &str) -> Option<Guard> {
    if line.len() > GUARD_BYTES {
        return None;
    }
    if salutation(line) {
        return Some(Guard::Salutation);
    }
    if closing(line) {
        return Some(Guard::Closing);
    }
    [(&DATE, Guard::Date), (&HEADING, Guard::Heading), (&CONTACT, Guard::Contact)]
        .into_iter()
        .find_map(|(pattern, guard)| pattern.is_match(line).then_some(guard))
        .or_else(|| signature(line).then_some(Guard::Signature))
}

fn signature(line: &str) -> bool {
    // The end of a line alone rules out nearly all.
    OFFICE_ENDS.is_match(line) && OFFICE.is_match(line) || line.contains(['：', ':']) && SIGNER.is_match(line)
}

/// Whether a folded line addresses an audience.
pub fn salutation(line: &str) -> bool {
    // All lines are asked; those without the sign of a plural mostly differ in their first character.
    let may =
        || line.contains('们') || line.trim_start().starts_with(['尊', '敬', '亲', '可', '各', '全', '女', '先', '在']);
    line.len() <= GUARD_BYTES && may() && SALUTATION.is_match(line) && !READERS.is_match(line)
}

static SITE_OWNS: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"本站|本库|本网站|会员(?:自行)?(?:上传|投稿|提供)|(?:均|都|全部)(?:来自|由|来源于|系)|倒卖|icp备|icp证|统一刊号|更新速度",
    )
});
static SITE_TELLS: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"互联网|侵权|侵犯|版权|言论|网友|用户|转载|删除|邮件|邮箱|客服|收藏|仅供|参考|www\.|http|刊号|邮发代号|严禁发布|宣传|资源|原作者|文稿|下载|出处|来源|免责|声明|全网|举报|投稿",
    )
});
static OWN_MATTER: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"报名|考生|准考证|参会|说|打击|查处|法律|法规|工作|本人|学生|家长|居民|村民|各单位|部门|会议|活动|同志|同学|各位|我们|我[县市局校村]|第[一二三四五六七八九十]+条|法院|他|她|旅客|乘客|列车|站台",
    )
});

/// Whether a folded line is what a site says of itself and its texts: one word of its own, and another at least.
pub fn site_speech(line: &str) -> bool {
    line.len() <= 480
        && SITE_OWNS.is_match(line)
        && !OWN_MATTER.is_match(line)
        && SITE_TELLS.is_match(line)
        && !quoting(line)
}

/// Whether a folded line quotes whole sentences and says who speaks them.
fn quoting(line: &str) -> bool {
    static SAYS: LazyLock<Automaton> = LazyLock::new(|| {
        fixed(
            r"“[^”]*[。！!]”[^“”]*[说道写喊念答问想][^“”]{0,8}[。，]?\s*$|[说道写喊念答问想][着了道]?[：:，]\s*“[^”]*[。！!]”\s*$",
        )
    });
    line.contains('“') && SAYS.is_match(line)
}

/// Whether a folded line is an article of a statute.
pub fn article(line: &str) -> bool {
    ARTICLE.is_match(line)
}

/// Whether one of the first lines, or of those right above the first paragraph, says as a title that the text is
/// about writing.
pub fn on_writing(view: &View) -> bool {
    let full: Vec<usize> = (0..view.lines.len()).filter(|&line| !view.blank(line)).take(60).collect();
    let body = full.iter().position(|&line| prose(view.fold(line))).unwrap_or(0);
    // A page has its trail and menus above its title.
    let menus = full.iter().take(10).skip(4).filter(|&&line| view.line(line).chars().count() >= 7);
    full.iter().take(4).chain(menus).chain(&full[body.saturating_sub(ABOVE)..body]).any(|&line| {
        title_like(view.fold(line)) && view.line(line).len() <= 120 && ON_WRITING.is_match(view.fold(line))
    })
}

/// What opens notes, attachments and sources of a text.
static APPENDED: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"^\s*(?:附\s?[件录表图注]|附[：:]|参考(?:文献|书目|资料)|引用文献|注\s?释|脚注|尾注|备注|注[：:]|[\[【［]\d{1,2}[\]】］]|[①-⑳])",
    )
});

/// Whether a folded line begins with a day written out.
pub fn day(line: &str) -> bool {
    static DAY: LazyLock<Automaton> = LazyLock::new(|| fixed(r"^\s*(?:19|20)\d{2}年\d{1,2}月\d{1,2}日"));
    DAY.is_match(line)
}

/// Whether a folded line is a day and nothing else.
pub fn date(line: &str) -> bool {
    DATE.is_match(line)
}

/// Whether a folded line opens notes, attachments or sources of a text.
pub fn appended(line: &str) -> bool {
    APPENDED.is_match(line)
}

/// Whether a folded line is an answer of a quiz to choose from, or several of them.
pub fn options(line: &str) -> bool {
    static OPTIONS: LazyLock<Automaton> = LazyLock::new(|| fixed(r"^\s*[(（]?[A-FＡ-Ｆ]\s*[)）.．、:：]\s*\S"));
    line.len() <= GUARD_BYTES && OPTIONS.is_match(line)
}

/// Whether a folded line closes a speech.
pub fn closing(line: &str) -> bool {
    line.len() <= GUARD_BYTES && ((CLOSES.is_match(line) && CLOSING.is_match(line)) || wishes(line) || released(line))
}

/// Whether a line says to whom a document may be shown: （此件公开发布）.
fn released(line: &str) -> bool {
    let line = line.trim();
    line.len() <= 60 && line.starts_with(['（', '(']) && line.ends_with(['）', ')']) && line.contains("此件")
}

/// Whether the last sentence of a line wishes well, and not those who read a page.
fn wishes(line: &str) -> bool {
    let stops = ['。', '！', '!'];
    let Some(sentences) = line.trim().strip_suffix(stops).filter(|line| line.contains('祝')) else { return false };
    let last = sentences.rsplit(stops).next().unwrap_or_default();
    last.len() < sentences.len() && last.starts_with('祝') && !sentences.contains(['您', '你', '网', '站', '读', '讀'])
}

/// Whether a folded line opens with a number.
pub fn heading(line: &str) -> bool {
    HEADING.is_match(line)
}

/// Whether a folded line is an entry of a notice or of minutes.
pub fn contact(line: &str) -> bool {
    CONTACT.is_match(line)
}

/// Whether a line is running text: long enough and with the end of a sentence in it.
pub fn prose(line: &str) -> bool {
    let line = line.trim();
    // 25 Han characters; then 80, where a comma is enough.
    line.len() >= 75
        && (line.len() >= 1200
            || line.contains(['。', '！', '？', '!', '?', '；'])
            || (line.len() >= 240 && line.contains(['，', ','])))
}

/// Characters of titles.
const TITLE: RangeInclusive<usize> = 4..=64;

/// Whether a trimmed line is as long as titles are and ends as they do.
pub fn title_shaped(line: &str) -> bool {
    TITLE.contains(&line.chars().count()) && !line.ends_with(['。', '；', ';', '：', ':', '，', ',', '、'])
}

/// Whether a line could be the title of an article: short, no sentence, no entry.
pub fn title_like(line: &str) -> bool {
    let line = line.trim();
    let length = line.chars().count();
    title_shaped(line)
        && !line.contains('。')
        && (line.chars().filter(|c| !c.is_ascii()).count() * 2 >= length
            || line.chars().filter(|c| han(*c)).count() >= 6)
}

#[cfg(test)]
mod tests {
    use super::super::fold::fold;
    use super::*;

    #[test]
    fn guards_know_their_lines_in_both_scripts() {
        for (line, expected) in [
            ("同志们：", Guard::Salutation),
            ("同志们:", Guard::Salutation),
            ("尊敬的各位領導、各位來賓，同志們：", Guard::Salutation),
            ("老师们、同学们：", Guard::Salutation),
            ("各位代表！", Guard::Salutation),
            ("谢谢大家！", Guard::Closing),
            ("希望大家学以致用。祝各位代表工作顺利！", Guard::Closing),
            ("（此件公开发布）", Guard::Closing),
            ("八月十八日夜", Guard::Date),
            ("癸巳年清明", Guard::Date),
            ("中華民國一一二年六月", Guard::Date),
            ("述职人：石小青", Guard::Signature),
            ("副本：家長會、總務處", Guard::Contact),
            ("我的发言完了，谢谢大家！", Guard::Closing),
            ("散会。", Guard::Closing),
            ("特此通知。", Guard::Closing),
            ("一、提高认识", Guard::Heading),
            ("（二）压实责任", Guard::Heading),
            ("第三条 本办法自发布之日起施行", Guard::Heading),
            ("1、班子建设", Guard::Heading),
            ("(××年月日)。", Guard::Date),
            ("2023年5月6日", Guard::Date),
            ("（20xx年3月）", Guard::Date),
            ("二〇二三年五月六日", Guard::Date),
            ("青石镇人民政府", Guard::Signature),
            ("中共青石县委办公室", Guard::Signature),
            ("联系人：王小明 电话：0000-1234567", Guard::Contact),
            ("会议时间：5月6日上午9时", Guard::Contact),
            ("主持人：李某", Guard::Contact),
        ] {
            assert_eq!(guard(&fold(line)), Some(expected), "{line}");
        }
    }

    #[test]
    fn guards_let_debris_pass() {
        for line in [
            "各位网友，本站提供下载",
            "发布时间：2023-05-06",
            "首页 > 范文",
            "上一篇：没有了",
            "2023-05-06 12:00",
            "推荐阅读",
        ] {
            assert_eq!(guard(&fold(line)), None, "{line}");
        }
    }
}
