//! What keeps two texts apart that are alike nearly everywhere: one denies what the other states, or the form is the same
//! and the name another.
//!
//! Coverage cannot see it: a word of hundreds. The noise of copying is single characters, lost, added or misread, and
//! means nothing; what is filled in a form is words. So it counts whether words make up much of what differs. Of some
//! 500 pairs of real pages that coverage alone takes for copies this keeps twelve apart, seven of them other editions of laws.

mod words;

use crate::align::{MAX_GAP, common_subsequence};
use crate::key::View;
use crate::runs::{Run, each_place};
use serde::{Deserialize, Serialize};
use std::ops::{Range, RangeInclusive};
use words::{
    ANSWER, CODE, LETTERS, WORD, denials, denies, editions, is_code, is_particle, is_word, opposites, other_terms,
    same_symbols, same_word,
};

/// Why texts that are alike are no copies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Differs {
    /// One has a 不, a 未 or a 没有 where the other has none, or a word that reverses its sense.
    Negation,
    /// One has another word, name, value, sentence or row of answers where the other has its own, or two changed places.
    Word,
    /// The one that would go has a passage that the other lacks.
    Passage,
}

/// Places that differ, at most, for one denied sentence to be what the texts differ in.
const FEW: usize = 8;
/// The same where single characters are replaced and none is lost or added; in a short text, also where some are.
const FEW_WORDS: usize = 3;
/// Equal symbols between two replaced ones that may be the middle of one name.
const BRIDGE: usize = 2;
/// The same for one that is replaced in several places among much noise: a single character may be misread throughout.
const NAME: RangeInclusive<usize> = 2..=6;
/// Places that differ, at most, for half of them to be enough: who rewrites a text to pass it off as another replaces words
/// all over it, beside single characters. With more places two thirds must be words, as in an amended law.
const MANY: usize = 12;
/// Letters of answers in a row, at most.
const ANSWERS: usize = 100;
/// Places that differ may be one in so many key symbols for a denial or an opposite to count all the same: who copies by
/// hand or by machine mistypes one character in a hundred, but takes none for its opposite.
const MISTYPED: usize = 60;
/// Symbols over which a word may have moved for two to have changed places.
const MOVED: usize = 12;
/// Share of the key symbols of the shorter text, in percent, that a word replaced in several places makes up.
const REPEATED_PERCENT: usize = 1;
/// Times that one name of two symbols and more stands for another: an amendment or another edition, whatever the length.
const TERM: usize = 5;
/// Times that one and the same character is missing from one text, and nothing else differs: 斤 for 公斤.
const ADDED: usize = 3;
/// Key symbols of a text on a form: in one so short a word that one of them lacks was filled in.
pub const FORM: usize = 200;
/// Symbols of a gap in which denials are counted, where half of them are equal.
const CLAUSE: usize = 24;

/// Finds it in texts whose equal `runs` are known, ascending in the first; what only one has at its end counts too. Texts
/// of at most `form` symbols are asked more closely.
pub fn differs(a: View<'_>, b: View<'_>, runs: &[Run], form: usize) -> Option<Differs> {
    // Of parts in another order ends are left over that are nobody's words.
    let ordered = runs.windows(2).all(|pair| pair[0].a < pair[1].a && pair[0].b < pair[1].b);
    let mut signs = Signs { ordered, ..Signs::default() };
    for [x, y] in gaps(a, b, runs) {
        let inner = x.start > 0 && x.end < a.symbols.len();
        let (at, first) = (x.clone(), x.start == 0 && y.start == 0);
        let starts = [x.start, y.start];
        let (x, y) = (&a.symbols[x], &b.symbols[y]);
        // What two sites say above a text is no difference of it.
        if first && ordered && x.len().max(y.len()) > *WORD.end() && strange(x, y) {
            continue;
        }
        signs.gap(x, y, at);
        each_place(x, y, BRIDGE, |i, j| {
            let term = inner && other_terms([a.symbols, b.symbols], starts, [&i, &j]);
            signs.place(&x[i], &y[j], inner, term);
        });
    }
    signs.told(a.symbols.len().min(b.symbols.len()), form)
}

/// Key symbols in a row of which nothing stands in the other text: a sentence or two of its own.
pub const LOST: usize = 32;

/// Whether the first text has a passage inside that the second lacks, so that it would be lost with it. What stands only at
/// the beginning or the end is the site's.
pub fn loses(a: View<'_>, b: View<'_>, runs: &[Run]) -> bool {
    let mut before: Option<Run> = None;
    runs.iter().any(|&run| {
        let Some(last) = before.replace(run) else { return false };
        let (x, y) = ((last.a + last.len) as usize, (last.b + last.len) as usize);
        let own = a.symbols.get(x..run.a as usize).unwrap_or(&[]);
        own.len() >= LOST && strange(own, b.symbols.get(y..run.b as usize).unwrap_or(&[]))
    })
}

/// Whether less than half of one stretch stands in another, in pairs of symbols.
fn strange(x: &[u16], y: &[u16]) -> bool {
    let mut there: Vec<&[u16]> = y.windows(2).collect();
    there.sort_unstable();
    let common = x.windows(2).filter(|pair| there.binary_search(pair).is_ok()).count();
    common * 2 < x.len().saturating_sub(1).max(1)
}

/// What keeps two texts apart, as far as it was seen.
#[derive(Default)]
struct Signs<'k> {
    /// Places that differ.
    count: usize,
    /// Those where a word is replaced, and those where it is by one that has little in common with it.
    replaced: usize,
    words: usize,
    /// Replaced names.
    names: Vec<[&'k [u16]; 2]>,
    /// Whether the parts stand in one order in both.
    ordered: bool,
    /// Words that only one has.
    added: Vec<&'k [u16]>,
    /// One denies; it does so by a word that the other lacks.
    denied: bool,
    clearly: bool,
    /// A letter or a name that only one has.
    coded: bool,
    inserted: bool,
    /// A character in the place of its opposite.
    opposed: bool,
    /// A value, a sentence, a row of answers in the place of another.
    rewritten: bool,
    /// One names an edition that the other does not; and elsewhere a word stands in one only.
    edition: bool,
    worded: bool,
    moved: Moved<'k>,
}

impl<'k> Signs<'k> {
    /// What stands between two equal runs; in the first text, it stands `at`.
    fn gap(&mut self, x: &'k [u16], y: &'k [u16], at: Range<usize>) {
        let (shorter, longer) = (x.len().min(y.len()), x.len().max(y.len()));
        let answers = || x.iter().chain(y).all(|symbol| ANSWER.contains(symbol));
        let told = |part: &[u16]| part.iter().filter(|symbol| **symbol >= LETTERS).count() > *WORD.end();
        let unlike = |parts: usize| common_subsequence(x, y) as usize * parts < longer;
        self.rewritten |= shorter > CODE && longer <= ANSWERS && answers();
        // Above a text sites tell of it, each in its way.
        self.rewritten |= at.start > 0 && told(x) && told(y) && longer <= MAX_GAP && unlike(3);
        let edition = editions(x) != editions(y);
        self.edition |= edition;
        self.worded |= !edition && at.start > 0 && longer >= *NAME.start();
        self.denied |= shorter > 0 && longer <= CLAUSE && denials(x) != denials(y) && !unlike(2);
        self.moved.gap(x, y, at);
    }

    /// One place of a gap; `inner` where it is neither the first nor the last of the text, `term` where it tells two names
    /// in Latin letters apart.
    fn place(&mut self, x: &'k [u16], y: &'k [u16], inner: bool, term: bool) {
        let longer = x.len().max(y.len());
        let (one, denies) = (x.is_empty() || y.is_empty(), denies(x, y) || denies(y, x));
        self.count += places(x, y);
        self.denied |= denies;
        self.clearly |= one && denies;
        self.opposed |= opposites(x, y);
        self.coded |= inner && one && (is_code(x) || is_code(y));
        self.inserted |= inner && one && (is_word(x, NAME) || is_word(y, NAME));
        let added = if x.is_empty() { y } else { x };
        if one && inner && self.ordered && is_word(added, WORD) && !is_particle(added) {
            self.added.push(added);
        }
        let code = term || (is_code(x) && is_code(y));
        if !(code || (is_word(x, WORD) && is_word(y, WORD))) || same_word(x, y) {
            return;
        }
        self.replaced += 1;
        self.words += usize::from(code || (longer > 1 && common_subsequence(x, y) as usize * 2 < longer));
        if longer <= *NAME.end() {
            self.names.push([x, y]);
        }
    }

    /// What they come to in texts of which the shorter has `least` symbols.
    fn told(mut self, least: usize, form: usize) -> Option<Differs> {
        let count = self.count;
        let clear = count <= FEW.max(least / MISTYPED);
        if (self.denied && count <= FEW) || (self.clearly && clear) {
            return Some(Differs::Negation);
        }
        self.names.sort_unstable();
        let repeated = self.names.chunk_by(|a, b| a == b).filter(|same| same.len() > 1).any(|same| {
            let [x, y] = same[0];
            let symbols = same.len() * x.len().max(y.len());
            let name = NAME.contains(&x.len()) && NAME.contains(&y.len());
            let term = same.len() >= TERM || symbols * 100 >= REPEATED_PERCENT * least;
            same.len() * 2 >= count || (name && term)
        });
        // 退休职工 for 职工 wherever they are named; one character less may be lost here and there.
        self.added.sort_unstable();
        let qualified = self.added.chunk_by(|a, b| a == b).any(|same| {
            // One character that is nowhere in a whole text was lost with its font.
            let lone = same.len() == count && (ADDED..=FEW).contains(&count);
            if same[0].len() > 1 { same.len() > 1 && same.len() * 2 >= count } else { lone }
        });
        let filled = self.words > 0 && self.words * 2 >= count && (count <= MANY || self.words * 3 >= count * 2);
        let replaced = self.replaced > 0 && (self.replaced == count || least <= form);
        let few = count <= FEW_WORDS && (self.coded || replaced || (self.inserted && least <= form.min(FORM)));
        let other = self.rewritten || (self.opposed && clear) || (self.moved.found && count <= FEW);
        // A copy without the list of editions lacks nothing else; an amended law has another word somewhere.
        let amended = self.edition && self.ordered && (self.worded || count > FEW);
        (other || repeated || qualified || filled || few || amended).then_some(Differs::Word)
    }
}

/// How many places two sides are that differ: a longer gap may hold many, each of a symbol or, where hardly any is
/// equal, of a word or more.
fn places(x: &[u16], y: &[u16]) -> usize {
    let longer = x.len().max(y.len());
    if x.is_empty() || y.is_empty() || longer <= *WORD.end() {
        return 1;
    }
    let equal = if longer <= MAX_GAP { common_subsequence(x, y) as usize } else { 0 };
    if equal * 2 < longer { longer.div_ceil(*WORD.end()) } else { longer - equal }
}

/// Looks for words that changed places: what one text lacks stands in the other close by, in any order of its parts.
#[derive(Default)]
struct Moved<'k> {
    /// The gap before: what it is in both texts, and where it ends in the first.
    last: Option<([&'k [u16]; 2], usize)>,
    found: bool,
}

impl<'k> Moved<'k> {
    fn gap(&mut self, x: &'k [u16], y: &'k [u16], at: Range<usize>) {
        self.found |= x != y && same_symbols(x, y);
        if let Some(([before_x, before_y], end)) = self.last
            && at.start.checked_sub(end).is_some_and(|far| far <= MOVED)
        {
            self.found |= (before_y.is_empty() && x.is_empty() && same_symbols(before_x, y))
                || (before_x.is_empty() && y.is_empty() && same_symbols(before_y, x));
        }
        self.last = Some(([x, y], at.end));
    }
}

/// What stands between equal runs, before the first and behind the last, in both texts; of a text that was moved only
/// the runs are known.
fn gaps(a: View<'_>, b: View<'_>, runs: &[Run]) -> impl Iterator<Item = [Range<usize>; 2]> {
    let end = Run { a: a.symbols.len() as u32, b: b.symbols.len() as u32, len: 0 };
    let (mut x, mut y) = (0, 0);
    runs.iter().copied().chain([end]).filter_map(move |run| {
        let (from, to) = ([x, y], [run.a as usize, run.b as usize]);
        (x, y) = (to[0] + run.len as usize, to[1] + run.len as usize);
        let mut gap = [from[0]..to[0], from[1]..to[1]];
        // What stands once in one text and twice in the other is aligned twice: 任何何人.
        for (one, other) in [(0, 1), (1, 0)] {
            let twice = gap[one].start.saturating_sub(gap[one].end);
            if (1..=*WORD.end()).contains(&twice) && gap[other].start <= gap[other].end && twice <= run.len as usize {
                gap[one].end = gap[one].start;
                gap[other].end += twice;
            }
        }
        (gap.iter().all(|side| side.start <= side.end) && gap.iter().any(|side| !side.is_empty())).then_some(gap)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::align::Aligner;
    use crate::key::key;

    const TEXT: &str = "经研究，对你单位在河东街北段设置临时摊位的申请批复如下。摊位应当统一式样，持证经营，收摊时做到人走地净；\
        用电由有资质的单位接入，夜间照明不影响居民休息；食品摊位应当备案，原料来源可以追溯。";

    fn found(x: &str, y: &str) -> Option<Differs> {
        let (a, b) = (key(x), key(y));
        let (there, back) =
            (Aligner::default().align(a.view(), b.view()), Aligner::default().align(b.view(), a.view()));
        let there = differs(a.view(), b.view(), &there.runs, FORM);
        assert_eq!(there, differs(b.view(), a.view(), &back.runs, FORM), "{x}\n{y}");
        there
    }

    #[test]
    fn a_denial_is_seen_in_the_middle_and_at_the_end() {
        let with = |word: &str| format!("{TEXT}综上所述，{word}同意设置，请按时到窗口办理手续。");
        assert_eq!(found(&with(""), &with("不")), Some(Differs::Negation));
        assert_eq!(found(&with("不予"), &with("")), Some(Differs::Negation));
        assert_eq!(found(&with(""), &with("原则上")), Some(Differs::Word));
        assert_eq!(found(&with(""), &with("也")), None);
        let last = |word: &str| format!("{TEXT}申请人{word}权继续经营，请知悉。");
        assert_eq!(found(&last("有"), &last("无")), Some(Differs::Negation));
        assert_eq!(found(&with("不"), &with("不")), None);
    }

    #[test]
    fn a_name_in_a_form_is_seen_and_a_better_word_in_a_long_text_is_not() {
        let form = |name: &str| format!("关于表彰{name}同志的决定。{name}同志在本年度工作踏实。{TEXT}");
        assert_eq!(found(&form("田小禾"), &form("顾一帆")), Some(Differs::Word));
        let once = |name: &str| format!("{TEXT}特此批复，{name}街道办事处。");
        assert_eq!(found(&once("河东新村"), &once("青石后街")), Some(Differs::Word));
        let long = |word: &str| format!("{}授予{word}同志称号。{TEXT}", TEXT.repeat(4));
        assert_eq!(found(&long("刘海涛"), &long("宋玉梅")), Some(Differs::Word));
        assert_eq!(found(&long("何小洋"), &long("孔小桂")), Some(Differs::Word));
    }

    #[test]
    fn an_amended_law_is_another_edition_and_one_without_its_history_a_copy() {
        let law = |history: &str, word: &str| {
            format!(
                "石桥县集市管理办法。2015年通过{history}。{}坚持{word}便民利民的方针。{}",
                TEXT.repeat(3),
                TEXT.repeat(4)
            )
        };
        let (first, second) = ("2018年第一次修正", "2018年第一次修正2023年第二次修正");
        assert_eq!(found(&law(first, ""), &law(second, "统一领导、")), Some(Differs::Word));
        assert_eq!(found(&law(first, ""), &law(second, "")), None);
        assert_eq!(found(&law(first, ""), &law("", "")), None);
        assert_eq!(found(&law(first, ""), &law(first, "统一领导、")), None);
    }

    #[test]
    fn opposites_among_slips_words_added_throughout_and_other_leads() {
        let long = TEXT.repeat(6);
        let rule = |word: &str, slips: [&str; 3]| {
            format!("{}夜间{word}安排加班。{}。{}，{long}，{}", slips[0], slips[1], TEXT, slips[2])
        };
        let (clean, slipped) = (["车站旁边", "大人止步", "河水清清"], ["车沾旁边", "大入止步", "河木清清"]);
        assert_eq!(found(&rule("不得", clean), &rule("可以", slipped)), Some(Differs::Word));
        assert_eq!(found(&rule("不得", clean), &rule("不得", slipped)), None);
        let staff = |word: &str| {
            format!("{TEXT}{word}职工每年体检一次。{TEXT}{word}职工食堂照常开放。{long}{word}职工凭证领取。")
        };
        assert_eq!(found(&staff(""), &staff("退休")), Some(Differs::Word));
        // A law that names what its editions rest on is the same law.
        let law = |word: &str| format!("{TEXT}{word}2018年的决定修正。{TEXT}{word}2023年的决定修正。{long}");
        assert_eq!(found(&law(""), &law("根据")), None);
        let led = |lead: &str, word: &str| format!("{lead}{long}我坚决{word}这一方案，请大家放心。{TEXT}");
        let leads = ["此件很好，请各处室认真传阅并抓好落实。", "转自兄弟单位的工作简报，内容略有删节，特此说明。"];
        assert_eq!(found(&led(leads[0], "拥护"), &led(leads[1], "反对")), Some(Differs::Word));
        assert_eq!(found(&led(leads[0], "拥护"), &led(leads[1], "拥护")), None);
    }

    #[test]
    fn a_passage_that_only_the_first_has_would_be_lost() {
        let own = "大旱第三年，坝上的井全干了。村里凑了钱，从外县请来一支打井队，整整打了四十天才见到水。";
        let text =
            |inside: &str, end: &str| format!("{}{inside}{}{end}", TEXT.repeat(2), "收摊以后要把场地扫净。".repeat(3));
        let lost = |x: &str, y: &str| {
            let (a, b) = (key(x), key(y));
            loses(a.view(), b.view(), &Aligner::default().align(a.view(), b.view()).runs)
        };
        assert!(lost(&text(own, ""), &text("", "")));
        assert!(!lost(&text("", ""), &text(own, "")));
        assert!(!lost(&text("", own), &text("", "")));
        assert!(!lost(&text(own, ""), &text(&own.replace(['年', '井', '村', '外', '打'], "口"), "")));
    }

    #[test]
    fn what_is_filled_in_a_form_and_two_denials_are_seen() {
        let filled = |word: &str| format!("{TEXT}请{word}的同学到操场{word}边排队。");
        for (x, y) in [("三班", "五班"), ("东", "西"), ("上午", "下午"), ("提高", "降低")] {
            assert_eq!(found(&filled(x), &filled(y)), Some(Differs::Word), "{x} {y}");
        }
        let twice =
            |first: &str, second: &str| format!("{}鉴定认为{first}因果关系，本例{second}事故。", TEXT.repeat(5));
        assert_eq!(found(&twice("有", "属于"), &twice("没有", "不属于")), Some(Differs::Negation));
    }

    #[test]
    fn one_other_character_is_seen_and_another_way_to_write_it_is_not() {
        let long = |word: &str| format!("{}行人一律走{word}侧通道。{TEXT}", TEXT.repeat(4));
        assert_eq!(found(&long("左"), &long("右")), Some(Differs::Word));
        assert_eq!(found(&long("左"), &long("")), None);
        let named = |name: &str| format!("{name}报名。{}{name}获奖。{TEXT}", TEXT.repeat(4));
        assert_eq!(found(&named("高志鹏"), &named("高志明")), Some(Differs::Word));
        let coded = |code: &str| format!("{}大学英语({code})教学大纲。{TEXT}", TEXT.repeat(4));
        assert_eq!(found(&coded("I"), &coded("III")), Some(Differs::Word));
        assert_eq!(found(&coded("A"), &coded("B")), Some(Differs::Word));
        let written = |word: &str| format!("认真{word}好记录。{}{word}好总结。{TEXT}", TEXT.repeat(4));
        assert_eq!(found(&written("作"), &written("做")), None);
        let thanked = |word: &str| format!("{}我的发言完了，{word}！", TEXT.repeat(4));
        assert_eq!(found(&thanked("谢谢大家"), &thanked("感谢各位")), None);
    }

    #[test]
    fn answers_values_opposites_and_words_that_changed_places_are_seen() {
        let long = |what: &str| format!("{}{what}。{TEXT}", TEXT.repeat(4));
        for (x, y) in [
            ("答案：ABCDA", "答案：BADCC"),
            ("答案：对对错对错错", "答案：错对错错对对"),
            (
                "处理结果：经复查证据不足，撤销原处分，恢复名誉待遇",
                "处理结果：给予留党察看处分，调离岗位，退赔全部款项",
            ),
            ("龚德顺赔偿郝建业", "郝建业赔偿龚德顺"),
            ("陆振邦举报邱若兰", "邱若兰举报陆振邦"),
            ("在Windows服务器上安装", "在Linux服务器上安装"),
            ("用Word2010打开附件", "用Excel2010打开附件"),
            ("选用α方案", "选用β方案"),
            ("票价上调", "票价下调"),
        ] {
            assert_eq!(found(&long(x), &long(y)), Some(Differs::Word), "{x}");
        }
        // An address in the text is the site's.
        let address = |site: &str| long(&format!("登录www.{site}.com查询"));
        assert_eq!(found(&address("qingshi"), &address("baiyan")), None);
        for (x, y) in
            [("决定取消举办茶节", "决定举办茶节"), ("任命他为副校长", "任命他为校长"), ("冬季禁止采砂", "冬季采砂")]
        {
            assert_eq!(found(&long(x), &long(y)), Some(Differs::Negation), "{x}");
        }
        // One character in a hundred mistyped.
        let names = |i: u32| [i * 37, i * 91 + 11].map(|c| char::from_u32(0x5200 + c).unwrap_or_default());
        let villages: String = (0..40).map(|i| format!("{}村报来新修的塘坝，", String::from_iter(names(i)))).collect();
        let long = |what: &str| format!("{villages}{what}。{TEXT}");
        let mistyped: String =
            long("经讨论同意").chars().enumerate().map(|(at, c)| if at % 97 == 50 { '龘' } else { c }).collect();
        assert_eq!(found(&long("经讨论不同意"), &mistyped), Some(Differs::Negation));
        assert_eq!(found(&long("经讨论同意"), &mistyped), None);
    }

    #[test]
    fn the_noise_of_copying_is_neither() {
        let noisy: String = TEXT.chars().enumerate().map(|(at, c)| if at % 8 == 5 { '的' } else { c }).collect();
        let (x, y) = (format!("{TEXT}同意设置。{TEXT}"), format!("{noisy}不同意设置。{TEXT}"));
        assert_eq!(found(&x, &y), None);
    }

    #[test]
    fn a_term_that_is_another_throughout_is_an_amendment() {
        let mut seed = 11u32;
        let mut prose = |count: usize| -> String {
            let letter = |_| {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                char::from_u32(0x4E00 + (seed >> 20)).unwrap_or('一')
            };
            (0..count).map(letter).collect()
        };
        let parts: Vec<String> = (0..24).map(|_| prose(250)).collect();
        // In every fourth part the term stands, and in each of the others one copy lost a character.
        let text = |term: &str, full: bool| -> String {
            let part = |(at, part): (usize, &String)| match at % 4 {
                0 => format!("{part}{term}"),
                _ => format!("{part}{}", if full { "馨" } else { "" }),
            };
            parts.iter().enumerate().map(part).collect()
        };
        assert_eq!(found(&text("收入困难家庭", true), &text("生活保障边缘", false)), Some(Differs::Word));
        assert_eq!(found(&text("收入困难家庭", true), &text("收入困难家庭", false)), None);
        assert_eq!(found(&text("收", true), &text("牧", false)), None);
    }
}
