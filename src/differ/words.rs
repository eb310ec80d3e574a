//! Words that mean something where texts differ: denials, opposites, names of editions, other ways to write the same.

use crate::align::common_subsequence;
use crate::key::key;
use std::ops::{Range, RangeInclusive};
use std::sync::LazyLock;

/// Key symbols of a replaced word.
pub const WORD: RangeInclusive<usize> = 1..=12;
/// Letters of a name such as that of 方案A.
pub const CODE: usize = 3;

static DENIALS: LazyLock<Vec<Vec<u16>>> = LazyLock::new(|| {
    let words = "不 未 没 无 非 勿 别 莫 没有 不能 不得 不会 不是 不可 不准 不予 不许 不应 不要 不再 尚未 从未 并非 并未 并不 决不 绝不";
    words.split(' ').map(|word| key(word).symbols).collect()
});

/// What makes the opposite of a sentence where only one text has it.
static REVERSALS: LazyLock<Vec<Vec<u16>>> = LazyLock::new(|| {
    let words = "取消 停止 撤销 暂缓 暂停 禁止 严禁 拒绝 难以 终止 中止 废止 解除 免去 反对 未能 无法 推迟 副 零下";
    words.split(' ').map(|word| key(word).symbols).collect()
});

/// Characters of which one says the opposite of the other.
static OPPOSITES: LazyLock<Vec<Vec<u16>>> = LazyLock::new(|| {
    let pairs = "左右 前后 上下 东西 南北 东南 东北 西南 西北 内外 男女 对错 正反 大小 多少 高低 先后 早晚 买卖 进出 升降 增减 胜负 \
        胜败 赢输 父母 夫妻 兄弟 姐妹 阴阳 冷热 真假 有无 收支 开关 原被 甲乙 乙丙 丙丁 春秋 冬夏";
    pairs.split_whitespace().map(|pair| key(pair).symbols).collect()
});

/// Words of which one says the opposite of the other; the words before the bar forbid, those behind it allow or oblige.
static REVERSED: LazyLock<[Vec<Vec<u16>>; 2]> = LazyLock::new(|| {
    let words = "不得 不能 不许 不准 不可 不应 不要 不予 严禁 禁止 下降 下滑 减少 降低 反对 拒绝 否认 失败 | 可以 应当 必须 应该 能够 允许 准许 \
        上升 上涨 增加 提高 增长 支持 拥护 赞成 同意 承认 成功";
    let [one, other] = words.split_once('|').map_or(["", ""], |(one, other)| [one, other]);
    [one, other].map(|side| side.split_whitespace().map(|word| key(word).symbols).collect())
});

/// Characters that are written for one another and misread as one another.
static WRITINGS: LazyLock<Vec<Vec<u16>>> = LazyLock::new(|| {
    let writings = "的地得 做作座坐 象像相 帐账 份分 唯惟维 那哪 己已巳 未末 他她它 复覆 合和 再在 交缴 订定 决绝 以已 了子 曰日 土士 \
        人入 晴睛 侯候 拔拨 干于 折拆 粘黏 联连 采彩 画划 利力";
    writings.split_whitespace().map(|kind| key(kind).symbols).collect()
});

/// Words by which a law or a rule names its editions.
static EDITIONS: LazyLock<Vec<Vec<u16>>> = LazyLock::new(|| {
    ["次修订", "次修正", "年修订", "年修正", "日修订", "日修正"].map(|word| key(word).symbols).to_vec()
});

/// Words that may stand in a sentence or not and leave it what it says: 2018年修正, 根据2018年的决定修正.
static PARTICLES: LazyLock<Vec<Vec<u16>>> =
    LazyLock::new(|| ["根据", "依据", "依照", "按照", "关于", "对于"].map(|word| key(word).symbols).to_vec());

static THANKS: LazyLock<Vec<u16>> = LazyLock::new(|| key("谢").symbols);

/// Whether one is another way to write or to say the other: 做 and 作, 谢谢大家 and 感谢各位.
pub fn same_word(x: &[u16], y: &[u16]) -> bool {
    let written = |x: u16, y: u16| WRITINGS.iter().any(|group| group.contains(&x) && group.contains(&y));
    let thanks = |part: &[u16]| part.iter().any(|symbol| THANKS.contains(symbol));
    matches!((x, y), ([x], [y]) if written(*x, *y)) || (thanks(x) && thanks(y))
}

/// Whether it says nothing that a word stands in one text only.
pub fn is_particle(word: &[u16]) -> bool {
    PARTICLES.iter().any(|particle| particle == word)
}

/// Whether one character or word stands where its opposite does.
pub fn opposites(x: &[u16], y: &[u16]) -> bool {
    let reversed = |x: &[u16], y: &[u16]| {
        x.len() == 2 && REVERSED[0].iter().any(|word| word == x) && REVERSED[1].iter().any(|word| word == y)
    };
    reversed(x, y)
        || reversed(y, x)
        || matches!((x, y), ([x], [y]) if x != y && OPPOSITES.iter().any(|pair| pair.contains(x) && pair.contains(y)))
}

/// A few Han characters; letters of other scripts have lower symbols, and are what sites write.
pub fn is_word(part: &[u16], length: RangeInclusive<usize>) -> bool {
    length.contains(&part.len()) && part.iter().all(|symbol| *symbol >= 0x3400)
}

/// A letter or a few that name one of many: 方案A, XG-B, (II), β.
pub fn is_code(part: &[u16]) -> bool {
    (1..=CODE).contains(&part.len()) && part.iter().all(|symbol| *symbol < LETTERS)
}

/// Letters of a word such as Windows.
const TERM: RangeInclusive<usize> = 2..=24;

/// What addresses begin and end with; they are the site's.
static ADDRESS: LazyLock<[Vec<Vec<u16>>; 2]> = LazyLock::new(|| {
    let words = |words: &str| words.split(' ').map(|word| key(word).symbols).collect();
    [words("www http"), words("com cn net org html htm")]
});

/// Whether the words of Latin letters are two that hold a place which begins at `starts` and covers `places`: Windows and
/// Linux.
pub fn other_terms(texts: [&[u16]; 2], starts: [usize; 2], places: [&Range<usize>; 2]) -> bool {
    let [x, y] = [0, 1].map(|at| whole_term(texts[at], starts[at] + places[at].start..starts[at] + places[at].end));
    let named = |word: &[u16]| {
        let letters = word.iter().filter(|symbol| LATIN.contains(symbol)).count();
        let address =
            ADDRESS[0].iter().any(|head| word.starts_with(head)) || ADDRESS[1].iter().any(|end| word.ends_with(end));
        TERM.contains(&word.len()) && letters >= *TERM.start() && !address
    };
    named(x) && named(y) && common_subsequence(x, y) as usize * 2 < x.len().max(y.len())
}

/// The word of letters and digits around a place, if the place is of them alone.
fn whole_term(text: &[u16], place: Range<usize>) -> &[u16] {
    let letter = |symbol: &&u16| **symbol < LETTERS;
    let (Some(before), Some(inside), Some(after)) =
        (text.get(..place.start), text.get(place.clone()), text.get(place.end..))
    else {
        return &[];
    };
    if !inside.iter().all(|symbol| letter(&symbol)) {
        return &[];
    }
    let start = place.start - before.iter().rev().take(*TERM.end()).take_while(letter).count();
    let end = place.end + after.iter().take(*TERM.end()).take_while(letter).count();
    &text[start..end]
}

/// Letters of names in Latin script; in keys they are in lower case.
const LATIN: RangeInclusive<u16> = b'a' as u16..=b'z' as u16;
/// The symbols of letters come before this one.
pub const LETTERS: u16 = 0x0530;
/// What answers a question; with more letters an address would, too.
pub static ANSWER: LazyLock<Vec<u16>> = LazyLock::new(|| key("abcd对错").symbols);

/// Whether two short stretches are of the same symbols in any order.
pub fn same_symbols(x: &[u16], y: &[u16]) -> bool {
    if x.len() != y.len() || !is_word(x, 2..=2 * *WORD.end()) {
        return false;
    }
    let (mut x, mut y) = (x.to_vec(), y.to_vec());
    x.sort_unstable();
    y.sort_unstable();
    x == y
}

/// How many editions a stretch names.
pub fn editions(part: &[u16]) -> usize {
    EDITIONS.iter().map(|word| part.windows(word.len()).filter(|at| *at == &word[..]).count()).sum()
}

/// Symbols that deny.
pub fn denials(part: &[u16]) -> usize {
    part.iter().filter(|symbol| DENIALS.iter().any(|word| word == &[**symbol])).count()
}

/// Whether `x` denies and `y`, in its place, says nothing or a word of the same length that does not.
pub fn denies(x: &[u16], y: &[u16]) -> bool {
    let denial = |part: &[u16]| DENIALS.iter().any(|word| word == part);
    let reversal = y.is_empty() && REVERSALS.iter().any(|word| word == x);
    reversal || (denial(x) && (y.is_empty() || (x.len() == 1 && y.len() == 1 && !denial(y))))
}
