//! Debris inside sentences: stray characters, pinyin glosses, entities and remains of markup.

use super::Detector;
use crate::clean::automaton::{Automaton, fixed};
use crate::clean::fold::han;
use crate::clean::view::{Marks, View};
use aho_corasick::AhoCorasick;
use memchr::memmem;
use std::cell::OnceCell;
use std::sync::LazyLock;

/// Common characters. Sites gloss these; an author glosses a rare one.
const COMMON: &str = "的一是了我不人在他有这个上们来到时大地为子中你说生国年着就那和要她出也得里后自以会家可下而过天去能对小多然于心学么之都好看起发当没成只如事把还用第样道想作种开美总从无情己面最女但现前些所同日手又行意动方期它头经长儿回位分爱老因很给名法间斯知世什两次使身者被高已亲其进此话常与活正感见明问力理尔点文几定本公特做外孩相西果走将月十实向声车全信重三机工物气每并别真打太新比才便夫再书部水像眼等体却加电主界门利海受听表德少克代员许先口由死安写性马光白或住难望教命花结乐色更拉东神记处让母父应直字场平报友关放至张认接告入笑内英军候民岁往何度山觉路带万男边风解叫任金快原吃妈变通师立象数四失满战远格士音轻目条呢病始达深完今提求清王化空业思切怎非找片钱吗语元喜曾离飞科言干流欢约各即指合反题必该论交终林请医晚制球决传画保读运及则房早院量苦火布品近坐产答星精视五连司巴奇管类未朋且婚台夜青北队久乎越观落尽形影红爸百令周吧识步希亚术留市半热送兴造谈容极随演收首根讲整式取照办强石古华拿计您装似足双妻尼转诉米称丽客南领节衣站黑刻统断福城故历惊脸选包紧争另建维绝树系伤示愿持千史谁准联妇纪基买志静阿诗独复痛消社算义竟确酒需单治卡幸兰念举仅钟怕共毛句息功官待究跟穿室易游程号居考突皮哪费倒价图具刚脑永歌响商礼细专黄块脚味灵改据般破引食仍存众注笔甚某沉血备习校默务土微娘须试怀料调广苏显赛查密议底列富梦错座参八除跑亮假印设线温虽掉京初养香停际致阳纸李纳验助激够严证帝饭忘趣支春集丈木研班普导顿睡展跳获艺六波察群皇段急庭创区奥器谢弟店否害草排背止组州朝封睛板角况曲馆育忙质河续哥呼若推境遇雨标姐充围案伦护冷警贝著雪索剧啊船险烟依斗值帮汉慢佛肯闻唱沙局伯族低玩资屋击速顾泪洲团圣旁堂兵七露园牛哭旅街劳型烈姑陈莫鱼异抱宝权鲁简态级票怪寻杀律胜份汽右洋范床舞秘午登楼贵吸责例追较职属渐左录丝牙党继托赶章智冲叶胡吉卖坚喝肉遗救修松临藏担戏善卫药悲敢靠伊村戴词森耳差短祖云规窗散迷油旧适乡架恩投弹铁博雷府压超负勒杂醒洗采毫嘴毕九冰既状乱景席珍童顶派素脱农疑练野按犯拍征坏骨余承置彩灯巨琴免环姆暗换技翻束增忍餐洛塞缺忆判欧层付阵玛批岛项狗休懂武革良恶恋委拥娜妙探呀营退摇弄桌熟诺宣银势奖宫忽套康供优课鸟喊降夏困刘罪亡鞋健模败伴守挥鲜财孤枪禁恐伙杰迹妹遍盖副坦牌江顺秋萨菜划授归浪凡预奶雄升编典袋莱含盛济蒙棋端腿招释介烧误廉績織關黨總結際黃協從務業門長東車馬風問間開時";

/// Common characters that only Traditional text has.
const TRADITIONAL: &str = "創發為務實會個過對們這來時說國學經應長現開關點當從體產業動勞員問題種線結機設見書記東風車馬門間講論議認識話語請調進還樣無後與";

/// Full stops of ASCII by which a text is known to have no others.
const STOPS: usize = 3;

/// Stray characters after 的, doubled commas, glosses and markup.
/// `signed` are the lines with one of the `signs`.
pub fn detect(view: &View, signed: &[usize], marks: &mut Marks) -> (u32, u32) {
    let stopped = OnceCell::new();
    let stopped = || *stopped.get_or_init(|| stops(view.text));
    let strays = signed.iter().map(|line| stray(view, *line, &stopped, marks)).sum();
    let glosses = gloss(view, marks);
    entities(view, signed, marks);
    (strays, glosses)
}

/// Whether the full stops of a text are those of ASCII: some stand between Han where no protection puts one.
fn stops(text: &str) -> bool {
    let inner = memchr::memchr_iter(b'.', text.as_bytes()).filter(|&at| {
        let before = text[..at].chars().next_back().filter(|&c| han(c) || c == '”' || c == ')' || c == '）');
        let behind = |c: char| c == '\n' || han(c) || c == '“' || c == '　' || c == ' ';
        before.is_some_and(|c| c != '的') && text[at + 1..].chars().next().is_none_or(behind)
    });
    inner.take(STOPS).count() == STOPS
}

fn stray(view: &View, line: usize, stopped: &dyn Fn() -> bool, marks: &mut Marks) -> u32 {
    let text = view.line(line);
    let from = view.lines.span(line).start as usize;
    let mut count = 0;
    let mut drop = |start: usize, end: usize, marks: &mut Marks| {
        marks.drop_span(from + start..from + end, Detector::StrayBacktick);
        count += 1;
    };
    for (at, _) in text.match_indices('的') {
        let after = at + "的".len();
        let Some(c @ ('`' | '\'' | '.' | '´')) = text[after..].chars().next() else { continue };
        let end = after + c.len_utf8();
        // The sign must stand inside a sentence: a Han character or an opening quote follows.
        if !text[end..].starts_with(|c: char| han(c) || matches!(c, '“' | '《')) || (c == '.' && stopped()) {
            continue;
        }
        let rest = &text[end..];
        let near = &rest[..rest.char_indices().nth(30).map_or(rest.len(), |c| c.0)];
        // A quotation has its second sign soon after; another stray one stands after 的 too.
        let paired = c != '.' && near.match_indices(c).next().is_some_and(|(found, _)| !near[..found].ends_with('的'));
        if !paired {
            drop(after, end, marks);
        }
    }
    // A single back-tick between Han characters of a line quotes nothing.
    if let Some((before, after)) = text.split_once('`')
        && before.ends_with(han)
        && !before.ends_with('的')
        && after.starts_with(han)
        && !after.contains('`')
    {
        drop(before.len(), before.len() + 1, marks);
    }
    for twice in ["，，", ",,"] {
        let one = twice.len() / 2;
        for (at, _) in text.match_indices(twice) {
            let sign = &twice[..one];
            let (before, after) = (&text[..at], &text[at + twice.len()..]);
            // Exactly two: three and more are an ellipsis or a blank.
            if !before.ends_with(sign) && !after.starts_with(sign) && before.ends_with(|c: char| han(c) || c == '”') {
                let end = at + twice.len();
                if after.starts_with(|c: char| han(c) || matches!(c, '“' | '《')) || after.is_empty() {
                    drop(end - one, end, marks);
                }
            }
        }
    }
    count
}

static SYLLABLE: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(r"^(?:[bpmfdtnlgkhjqxrzcsyw]|zh|ch|sh)?h?[aāáǎàăoōóǒòŏeēéěèĕiīíǐìĭuūúǔùŭüǖǘǚǜvɑ]{1,3}(?:ng|n|r|ɡ|nɡ|o|i|u)?$")
});

/// Readings in brackets after their character: cut where a document does it to common characters.
fn gloss(view: &View, marks: &mut Marks) -> u32 {
    let text = view.text;
    let mut found = Vec::new();
    let mut common = 0;
    let brackets = memchr::memchr_iter(b'(', text.as_bytes()).map(|at| (at, 1, ')'));
    let wide = memmem::find_iter(text.as_bytes(), "（").map(|at| (at, "（".len(), '）'));
    for (at, open, close) in brackets.chain(wide) {
        let inside = &text[at + open..];
        if !inside.starts_with(|c: char| c.is_lowercase()) {
            continue;
        }
        let Some(length) = inside.char_indices().take(9).find(|c| c.1 == close).map(|c| c.0) else { continue };
        let before = text[..at].chars().next_back();
        // A second gloss right after the first: 的(de)(de).
        let again =
            matches!(before, Some(')' | '）')) && found.last().is_some_and(|&(_, end): &(usize, usize)| end == at);
        // Numerals such as (i) are no readings.
        let numeral = inside[..length].bytes().all(|b| b"ivx".contains(&b));
        if numeral || !(before.is_some_and(han) || again) || !SYLLABLE.is_match(&inside[..length]) {
            continue;
        }
        if again || before.is_some_and(frequent) {
            common += 1;
        }
        found.push((at, at + open + length + close.len_utf8()));
    }
    if found.is_empty() {
        return 0;
    }
    // A link in another script says nothing of the text.
    let mut glossed: Vec<usize> = found.iter().map(|&(start, _)| view.lines.at(start)).collect();
    glossed.sort_unstable(); // those in wide brackets stand behind the others
    glossed.dedup();
    let glossed: Vec<&str> = glossed.into_iter().map(|line| view.line(line)).collect();
    let converted = TRADITIONAL.chars().filter(|&c| glossed.iter().any(|line| line.contains(c))).count() >= 4;
    let particles = found.iter().any(|&(start, _)| text[..start].ends_with(['的', '了', '着']));
    if !converted && !particles && found.len() < 10 {
        return 0;
    }
    if common * 2 < found.len() || (found.len() < 3 && common < found.len()) {
        return 0;
    }
    // One or two glosses, and on common characters: a tone mark must show that it is a reading and no abbreviation.
    if !converted
        && found.len() < 3
        && !found.iter().all(|&(start, end)| text[start..end].bytes().any(|b| (0xC3..0xE0).contains(&b)))
    {
        return 0;
    }
    for &(start, end) in &found {
        marks.drop_span(start..end, Detector::PinyinGloss);
    }
    found.len() as u32
}

/// Whether a folded character is a common one.
pub(super) fn frequent(c: char) -> bool {
    static FOLDED: LazyLock<std::collections::HashSet<char>> =
        LazyLock::new(|| crate::clean::fold::fold(COMMON).chars().collect());
    let mut buffer = [0; 4];
    let folded = crate::clean::fold::fold(c.encode_utf8(&mut buffer));
    folded.chars().next().is_some_and(|c| FOLDED.contains(&c))
}

static MARKUP: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r#"(?s)^(?:<!--.{0,400}?-->|</?(?:p|br|div|span|font|strong|b|i|u|em|a|img|td|tr|th|table|tbody|li|ul|ol|h[1-6]|center|o:p|st1:\w+|script|style|section|blockquote|iframe|input|hr|sup|sub|pre|v:\w+)(?:\s[^<>\n]{0,400})?/?>|<\?xml[^<>]{0,200}>|&lt;/?(?:div|p|br|span|font|strong|a|img|td|tr|table|ul|li|section|iframe|script|style|h[1-6])(?:\s(?:[^&<>\n]|&quot;|&amp;){0,200})?/?&gt;|&(?:nbsp|ensp|emsp|thinsp|zwnj|zwj|shy|amp;nbsp)(?:;|\b)|&#(?:160|12288|8194|8195|8203|65279|x0?a0|x3000|x200b|x0?[ad]|0?1[03]);|(?:_?x0*d_?x?0*a_?|_x000[ad]_)|@page\s*\{[^{}]{0,300}\}|\[标签:[^\]\n]{1,12}\]|\{(?:dede|cms|pbn):[^{}\n]{0,80}\}|(?:HYPERLINK|PAGEREF|TOC)\s+\\?["\\][^\s]{0,120}(?:\s+\\[a-z](?:\s+"[^"\n]{0,20}")?)*)"#,
    )
});
static ABOUT_MARKUP: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"标签(?:用|来|是|表示|里|中|对|，|。|、)|(?:段落|换行|超文本)标记|尖括号|转义|编程|网页制作|换行符|源代码|代码(?:段|块|如下)|HTML(?:语言|标签|代码|文件|页面|是|的)|语法|抄写在|写网页|做网页|浏览器不显示|段落用|(?:这样|要)写.{0,8}<",
    )
});
/// Signs that all markup begins with.
const MARKUP_SIGNS: [&str; 12] =
    ["<", "&", "x0", "_x0", "@page", "[标签", "{dede", "{cms", "{pbn", "hyperlink", "pageref", "toc \\"];
/// Signs of the other debris inside lines.
const STRAY_SIGNS: [&str; 7] = ["`", "的`", "的'", "的.", "的´", "，，", ",,"];

/// What lines must hold to be looked at for strays and markup.
pub fn signs() -> impl Iterator<Item = &'static str> {
    MARKUP_SIGNS.into_iter().chain(STRAY_SIGNS).chain(UNSEEN)
}

static SUSPICIOUS: LazyLock<AhoCorasick> = LazyLock::new(|| {
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .build(MARKUP_SIGNS.map(crate::clean::fold::fold))
        .expect("a few words make an automaton")
});

/// What stands around markup. Places are asked about in order, and a line may be nothing but markup: what is known of a
/// line is kept, and no byte is looked at twice.
struct Around<'v, 't> {
    view: &'v View<'t>,
    line: usize,
    /// Whether the line or one near it speaks of markup, so that the markup is meant.
    about: Option<bool>,
    /// Up to here back-ticks of the line are counted, and whether they are odd.
    ticks: (usize, bool),
    /// The last of them.
    last_tick: Option<usize>,
}

impl<'v, 't> Around<'v, 't> {
    fn new(view: &'v View<'t>) -> Self {
        Self { view, line: usize::MAX, about: None, ticks: (0, false), last_tick: None }
    }

    fn go_to(&mut self, at: usize) {
        let line = self.view.lines.at(at);
        if line != self.line {
            let start = self.view.lines.span(line).start as usize;
            let last_tick = self.view.line(line).rfind('`').map(|tick| start + tick);
            *self = Self { view: self.view, line, about: None, ticks: (start, false), last_tick };
        }
    }

    fn about_markup(&mut self, at: usize) -> bool {
        self.go_to(at);
        let (view, line) = (self.view, self.line);
        *self.about.get_or_insert_with(|| {
            (line.saturating_sub(8)..(line + 9).min(view.lines.len())).any(|near| {
                let text = view.fold(near);
                text.len() < 2000 && ABOUT_MARKUP.is_match(text)
            })
        })
    }

    /// Whether a place stands between back-ticks.
    fn quoted(&mut self, at: usize) -> bool {
        self.go_to(at);
        let (from, odd) = self.ticks;
        let more = self.view.text[from.min(at)..at].matches('`').count();
        self.ticks = (at.max(from), odd ^ (more % 2 == 1));
        self.ticks.1 && self.last_tick.is_some_and(|tick| tick >= at)
    }

    /// Whether markup at a place is what a page left, and not what a text speaks of. Nobody speaks of tags with a style
    /// or of blanks that indent a line; an escaped tag fills its line where a page left it.
    fn left(&mut self, at: usize, markup: &str) -> bool {
        if markup.starts_with("&lt;") {
            self.go_to(at);
            return self.view.fold(self.line).trim() == markup;
        }
        let (before, after) = (&self.view.folded[..at], &self.view.folded[at + markup.len()..]);
        // Quoted as code, or a sign of less than.
        let less = markup.starts_with('<') && !markup.starts_with("<!") && markup.contains(han);
        if self.quoted(at) || (less && !markup.contains(['"', '\''])) {
            return false;
        }
        let blank = |text: &str| text.trim_start().starts_with("&nbsp;");
        let indent = before.ends_with('\n') || before.ends_with("&nbsp;");
        (markup.starts_with('<') && markup.contains("=\""))
            || (blank(markup) && indent && (blank(after) || before.ends_with("&nbsp;")))
            || !self.about_markup(at)
    }
}

/// Characters that are not seen.
const UNSEEN: [&str; 6] = ["\u{FEFF}", "\u{200B}", "\u{200C}", "\u{200E}", "\u{2060}", "\u{AD}"];

fn entities(view: &View, signed: &[usize], marks: &mut Marks) {
    let bytes = view.text.as_bytes();
    let found = |sign: &'static str| {
        signed.iter().flat_map(move |&line| {
            let start = view.lines.span(line).start as usize;
            view.line(line).match_indices(sign).map(move |found| start + found.0)
        })
    };
    for unseen in UNSEEN {
        for at in found(unseen) {
            marks.drop_span(at..at + unseen.len(), Detector::HtmlEntity);
        }
    }
    let control = |b: u8| b < 0x20 && b != b'\n' && b != b'\t' && b != b'\r';
    for (block, chunk) in bytes.chunks(256).enumerate() {
        // Without a branch inside, so that a block costs a few vector instructions.
        if chunk.iter().fold(false, |any, &b| any | control(b)) {
            for (at, _) in chunk.iter().enumerate().filter(|(_, b)| control(**b)) {
                marks.drop_span(block * 256 + at..block * 256 + at + 1, Detector::HtmlEntity);
            }
        }
    }
    // All markup begins with one of a few signs; the pattern is tried at these places only.
    let mut until = 0;
    let mut around = Around::new(view);
    let places = signed.iter().flat_map(|&line| {
        let start = view.lines.span(line).start as usize;
        SUSPICIOUS.find_iter(view.fold(line)).map(move |found| start + found.start())
    });
    for at in places {
        if at < until {
            continue;
        }
        let end = (at + 700).min(view.folded.len());
        let end = (at..=end).rev().find(|&end| view.folded.is_char_boundary(end)).unwrap_or(at);
        if let Some(markup) = MARKUP.find(&view.folded[at..end])
            && around.left(at, &view.folded[at..at + markup.end()][markup.start()..])
        {
            until = at + markup.end();
            marks.drop_span(at..until, Detector::HtmlEntity);
        }
    }
    // `&amp;` loses its tail and is the sign it stood for; signs that cannot be had by a cut stay.
    for at in found("&amp;") {
        if !view.text[at..].starts_with("&amp;nbsp") && !around.about_markup(at) {
            marks.drop_span(at + 1..at + 5, Detector::HtmlEntity);
        }
    }
    // Question marks in the place of leading spaces.
    for span in view.lines.iter() {
        let line = span.of(view.text);
        let marks_before = line.len() - line.trim_start_matches('?').len();
        if marks_before >= 2 && line[marks_before..].trim_start().starts_with(han) {
            let start = span.start as usize;
            marks.drop_span(start..start + marks_before, Detector::HtmlEntity);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::clean::tests::cleaned;

    #[test]
    fn strays_after_de_go_and_quotations_stay() {
        assert_eq!(
            cleaned("村干部的`后顾之忧，群众的'期盼，大家的.支持。\n"),
            "村干部的后顾之忧，群众的期盼，大家的支持。\n"
        );
        assert_eq!(cleaned("要抓落实，，要见成效。\n"), "要抓落实，要见成效。\n");
        assert_eq!(cleaned("看烟色`添煤，不看表。\n"), "看烟色添煤，不看表。\n");
        for text in [
            "代码`甲`和`乙`要背熟。\n",
            "他说的'老三样'就是这些。\n",
            "平均的.8左右。\n",
            "等等。。。再议。\n",
            "长的‘一带一路’画卷。\n",
            "水位是下降的.这一点大家都看见了.渠水是清的.\n堤坝没有渗漏.验收合格.\n",
        ] {
            assert_eq!(cleaned(text), text);
        }
    }

    #[test]
    fn glosses_on_common_characters_go() {
        let text = "堅持創(chuàng)新發(fā)展，為(wèi)人民服務(wù)，抓好落實(shí)(shí)。\n";
        assert_eq!(cleaned(text), "堅持創新發展，為人民服務，抓好落實。\n");
        for text in [
            "“囧”字读作囧(jiǒng)。\n",
            "演示文稿（ppt）和组织（ngo）。\n",
            "觊觎（jìyú）二字。\n",
            "创（音chuàng）口。\n",
            "要满足上述的(i)，(ii)两方面的要求，其中的(i)在前。\n",
        ] {
            assert_eq!(cleaned(text), text);
        }
    }

    #[test]
    fn markup_goes_and_talk_of_markup_stays() {
        assert_eq!(
            cleaned("<p>各位领导&nbsp;：x0dx0a</p>大家好<br/>今天<!-- 广告 -->开会。&amp;\n"),
            "各位领导：大家好今天开会。&\n"
        );
        assert_eq!(cleaned("????今天召开大会。\n"), "今天召开大会。\n");
        for text in ["网页里的<br>标签用来换行。\n", "收入<100元的有3户，&lt;记&gt;。\n", "什么？？为什么??\n"]
        {
            assert_eq!(cleaned(text), text);
        }
    }
}
