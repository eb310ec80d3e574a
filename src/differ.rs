//! What keeps two texts apart that are alike nearly everywhere: one denies what the other states, or the form is the same
//! and the name another.
//!
//! Coverage cannot see it: a word of hundreds. Many small differences are the noise of copying and mean nothing; so only
//! texts with few are asked, or a word that is replaced throughout.

use crate::align::{MAX_GAP, Run, common_prefix, common_subsequence, common_suffix};
use crate::key::{View, key};
use serde::{Deserialize, Serialize};
use std::ops::{Range, RangeInclusive};
use std::sync::LazyLock;

/// Why texts that are alike are no copies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Differs {
    /// One has a 不, a 未 or a 没有 where the other has none.
    Negation,
    /// One has another word, such as a name, wherever the other has its own.
    Word,
}

/// Places that differ, at most, for one denied sentence to be what the texts differ in.
const FEW: usize = 8;
/// The same for one replaced word.
const FEW_WORDS: usize = 3;
/// Key symbols of a replaced word.
const WORD: RangeInclusive<usize> = 1..=12;
/// The same for one that is replaced in several places: a single character may be another way to write it.
const NAME: RangeInclusive<usize> = 2..=6;
/// Share of the key symbols of the shorter text, in percent, that a word replaced in several places makes up.
const REPEATED_PERCENT: usize = 1;
/// Key symbols of a text on a form: in one so short a word that is replaced once is what was filled in. Sites correct a word
/// here and there in longer ones.
pub const FORM: usize = 200;
/// Symbols of a gap in which denials are counted, where half of them are equal.
const CLAUSE: usize = 24;

static DENIALS: LazyLock<Vec<Vec<u16>>> = LazyLock::new(|| {
    let words = "不 未 没 无 非 勿 没有 不能 不得 不会 不是 不可 不准 不予 不许 不应 不要 不再 尚未 从未 并非 并未 并不 决不 绝不";
    words.split(' ').map(|word| key(word).symbols).collect()
});

/// Finds it in texts whose equal `runs` are known, ascending in the first; what only one has at its end counts too. In texts
/// of at most `form` symbols a word that is replaced once is enough.
pub fn differs(a: View<'_>, b: View<'_>, runs: &[Run], form: usize) -> Option<Differs> {
    let (mut count, mut denied, mut replaced) = (0, false, false);
    let mut names: Vec<[&[u16]; 2]> = Vec::new();
    for [x, y] in gaps(a, b, runs) {
        let (x, y) = (&a.symbols[x], &b.symbols[y]);
        let longer = x.len().max(y.len());
        denied |= !x.is_empty()
            && !y.is_empty()
            && longer <= CLAUSE
            && denials(x) != denials(y)
            && common_subsequence(x, y) as usize * 2 >= longer;
        each_place(x, y, |x, y| {
            count += places(x, y);
            denied |= denies(x, y) || denies(y, x);
            replaced |= is_word(x, WORD) && is_word(y, WORD);
            if is_word(x, NAME) && is_word(y, NAME) {
                names.push([x, y]);
            }
        });
    }
    if denied && count <= FEW {
        return Some(Differs::Negation);
    }
    let least = a.symbols.len().min(b.symbols.len());
    names.sort_unstable();
    let repeated = names.chunk_by(|a, b| a == b).any(|same| {
        let symbols = same.len() * same[0][0].len().max(same[0][1].len());
        same.len() > 1 && symbols * 100 >= REPEATED_PERCENT * least
    });
    (repeated || (replaced && least <= form && count <= FEW_WORDS)).then_some(Differs::Word)
}

/// The places in which the two sides of a gap differ. Runs are long, so a gap may hold several words and what stands
/// between them: told apart where both sides are of one length, and else only freed of equal ends.
fn each_place<'s>(x: &'s [u16], y: &'s [u16], mut tell: impl FnMut(&'s [u16], &'s [u16])) {
    if x.len() != y.len() {
        let head = common_prefix(x, y);
        let tail = common_suffix(&x[head..], &y[head..]);
        return tell(&x[head..x.len() - tail], &y[head..y.len() - tail]);
    }
    let mut at = 0;
    while at < x.len() {
        let equal = common_prefix(&x[at..], &y[at..]);
        let start = at + equal;
        let other = x[start..].iter().zip(&y[start..]).take_while(|(x, y)| x != y).count();
        at = start + other;
        if other > 0 {
            tell(&x[start..at], &y[start..at]);
        }
    }
}

/// How many places two sides are that differ: a longer gap may hold many, each of a symbol or more.
fn places(x: &[u16], y: &[u16]) -> usize {
    let longer = x.len().max(y.len());
    if x.is_empty() || y.is_empty() || longer <= *WORD.end() {
        1
    } else if longer <= MAX_GAP {
        longer - common_subsequence(x, y) as usize
    } else {
        longer
    }
}

/// A few Han characters; letters of other scripts have lower symbols.
fn is_word(part: &[u16], length: RangeInclusive<usize>) -> bool {
    length.contains(&part.len()) && part.iter().all(|symbol| *symbol >= 0x3400)
}

/// Symbols that deny.
fn denials(part: &[u16]) -> usize {
    part.iter().filter(|symbol| DENIALS.iter().any(|word| word == &[**symbol])).count()
}

/// What stands between equal runs, before the first and behind the last, in both texts; of a text that was moved only
/// the runs are known.
fn gaps(a: View<'_>, b: View<'_>, runs: &[Run]) -> impl Iterator<Item = [Range<usize>; 2]> {
    let end = Run { a: a.symbols.len() as u32, b: b.symbols.len() as u32, len: 0 };
    let (mut x, mut y) = (0, 0);
    runs.iter().copied().chain([end]).filter_map(move |run| {
        let (from, to) = ([x, y], [run.a as usize, run.b as usize]);
        (x, y) = (to[0] + run.len as usize, to[1] + run.len as usize);
        let gap = [from[0]..to[0], from[1]..to[1]];
        (gap.iter().all(|side| side.start <= side.end) && gap.iter().any(|side| !side.is_empty())).then_some(gap)
    })
}

/// Whether `x` denies and `y`, in its place, says nothing or a word of the same length that does not.
fn denies(x: &[u16], y: &[u16]) -> bool {
    let denial = |part: &[u16]| DENIALS.iter().any(|word| word == part);
    denial(x) && (y.is_empty() || (x.len() == 1 && y.len() == 1 && !denial(y)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::align::Aligner;

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
        assert_eq!(found(&with(""), &with("原则")), None);
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
        let long = |word: &str| format!("{}我们要{word}做好工作。{TEXT}", TEXT.repeat(4));
        assert_eq!(found(&long("切实"), &long("认真")), None);
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
    fn the_noise_of_copying_is_neither() {
        let noisy: String = TEXT.chars().enumerate().map(|(at, c)| if at % 8 == 5 { '的' } else { c }).collect();
        let (x, y) = (format!("{TEXT}同意设置。{TEXT}"), format!("{noisy}不同意设置。{TEXT}"));
        assert_eq!(found(&x, &y), None);
    }
}
