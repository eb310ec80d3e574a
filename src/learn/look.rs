//! The look of a line, and the body of a text by looks alone.
//!
//! Each line has a weight: running text counts its characters, a link or a menu costs a little, and the body is the
//! stretch of lines with the greatest sum. One surprising line between two paragraphs costs less than the paragraph
//! behind it brings, so it does not cut a text in two.

use crate::utf8;
use std::ops::Range;
use std::sync::LazyLock;

/// Most that one line can weigh: a paragraph must not outweigh all else.
const HEAVY: i32 = 240;

/// Fewest characters of a line that ends with a colon behind a whole sentence.
const LEADS: u32 = 12;

/// What a character says of its line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Other,
    Space,
    Stop,
    Comma,
    Bar,
    Function,
    /// A sign that may follow the end of a sentence.
    Closer,
}

/// The kind of each character below U+10000: every character of a corpus is asked for, and a look-up takes a fifth of
/// the time of comparisons.
static KINDS: LazyLock<Box<[Kind]>> = LazyLock::new(|| {
    let kind = |c: char| match c {
        '。' | '！' | '？' | '；' => Kind::Stop,
        '，' | '、' => Kind::Comma,
        '|' | '｜' | '┊' | '丨' | '·' | '>' | '»' | '›' => Kind::Bar,
        '的' | '了' | '是' | '在' | '和' | '与' | '對' | '对' | '为' | '為' | '也' | '就' | '们' | '們' | '这'
        | '這' | '有' | '不' | '以' | '中' => Kind::Function,
        '”' | '’' | '」' | '』' | '）' | ')' | '》' | '】' | '"' => Kind::Closer,
        c if c.is_whitespace() => Kind::Space,
        _ => Kind::Other,
    };
    (0..=0xFFFF).map(|code| char::from_u32(code).map_or(Kind::Other, kind)).collect()
});

/// The kind of the character with a code point.
fn kind(code: u32) -> Kind {
    KINDS.get(code as usize).copied().unwrap_or(Kind::Other)
}

/// Characters that are looked at before it is asked whether more are needed.
const PART: u32 = 32;
/// Fewest characters of a line of prose.
const PROSE: u32 = 25;
/// Prose has a function word in so many characters, or weighs half: headlines and names in a row have next to none.
const FUNCTION: u32 = 40;

/// Bits of a sum, and its greatest value.
const BITS: u32 = 10;
const SUM: u64 = (1 << BITS) - 1;
const _: () = assert!((PART as u64) < SUM);
/// Place of the sum of words.
const WORDS: u32 = 5 * BITS;
/// What a character of each kind adds to the sums: one to those of characters, and of its kind.
const COUNTS: [u64; 7] = {
    let mut counts = [1; 7];
    counts[Kind::Space as usize] = 0;
    counts[Kind::Stop as usize] |= 1 << BITS;
    counts[Kind::Comma as usize] |= 1 << (2 * BITS);
    counts[Kind::Bar as usize] |= 1 << (3 * BITS);
    counts[Kind::Function as usize] |= 1 << (4 * BITS);
    counts
};

/// What is seen of a line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Look {
    /// Characters without white space; of running text about, once it is known as such. The other sums are those of
    /// what was looked at.
    pub chars: u32,
    stops: u32,
    commas: u32,
    bars: u32,
    words: u32,
    function: u32,
    /// Ends with a full stop or semicolon.
    stopped: bool,
    /// Ends with another sign that closes a sentence.
    called: bool,
    /// Ends with a colon.
    colon: bool,
}

impl Look {
    /// Looks at a line: at its end, and from its start as far as it takes to know it for running text.
    pub fn of(line: &str) -> Self {
        let mut look = Self::default();
        let last = line.chars().rev().find(|c| !matches!(kind(*c as u32), Kind::Closer | Kind::Space)).unwrap_or(' ');
        look.stopped = matches!(last, '。' | '；' | ';');
        look.called = matches!(last, '！' | '？' | '!' | '?' | '…');
        look.colon = matches!(last, '：' | ':');
        let ended = u32::from(kind(last as u32) == Kind::Stop);
        let bytes = line.as_bytes();
        let all = utf8::count(bytes) as u32;
        let (mut at, mut seen, mut space) = (0, 0, 1);
        while at < bytes.len() {
            // Sums side by side in one register.
            let mut sums = 0u64;
            for _ in 0..PART {
                if at >= bytes.len() {
                    break;
                }
                let (code, length) = utf8::decode(bytes, at);
                at += length;
                seen += 1;
                let counts = COUNTS[kind(code) as usize];
                sums += counts + ((space & counts) << WORDS);
                space = 1 - (counts & 1);
            }
            let sum = |place: u32| (sums >> place & SUM) as u32;
            look.chars += sum(0);
            look.stops += sum(BITS);
            look.commas += sum(2 * BITS);
            look.bars += sum(3 * BITS);
            look.function += sum(4 * BITS);
            look.words += sum(WORDS);
            // Prose of full weight, whatever follows.
            if look.stops.max(ended) > 0 && look.chars >= PROSE && look.function * FUNCTION >= all {
                look.stops = look.stops.max(ended);
                look.chars += all - seen;
                break;
            }
        }
        look
    }

    /// What the line says about a body: above zero it is running text.
    pub fn weight(&self) -> i32 {
        let chars = self.chars as i32;
        if self.chars == 0 {
            return 0;
        }
        if self.menu() {
            return -12 - (chars / 4).min(30);
        }
        if self.prose() {
            let weight = chars.min(HEAVY);
            return if self.function * FUNCTION < self.chars { weight / 2 } else { weight };
        }
        // A sentence, or one that leads in to what comes.
        if (self.stopped && self.chars >= 6) || (self.colon && self.stops > 0 && self.chars >= LEADS) {
            return chars;
        }
        if self.called && self.chars >= 4 {
            return 2;
        }
        if self.chars <= 12 { -5 } else { -7 }
    }

    /// Running text: a sentence end and some length, or much length with commas.
    pub fn prose(&self) -> bool {
        (self.chars >= PROSE && (self.stops > 0 || self.stopped)) || (self.chars >= 60 && self.commas >= 2)
    }

    /// Several short words in a row, or bars between them.
    pub fn menu(&self) -> bool {
        self.stops == 0
            && ((self.bars >= 2 && self.chars <= 16 * (self.bars + 1))
                || (self.words >= 3 && self.commas == 0 && self.chars <= 7 * self.words))
    }

    /// Bars and arrows between words.
    pub fn bars(&self) -> u32 {
        self.bars
    }

    /// No sentence, nor one that leads in: a link, a title, a label.
    pub fn link_like(&self) -> bool {
        let sentence = self.prose() || self.stopped || (self.colon && self.stops > 0);
        !sentence && self.chars <= 48
    }

    /// A lead-in, which belongs to what follows it.
    pub fn leads_in(&self) -> bool {
        self.colon
    }
}

/// Lines without a sentence in a row from which on they part two texts rather than stand in one.
const LIST: usize = 12;
/// What such a row costs beyond its lines.
const PARTED: i32 = 120;

/// The weights of lines that follow each other.
pub fn weights(looks: &[Look]) -> Vec<i32> {
    let mut weights: Vec<i32> = looks.iter().map(Look::weight).collect();
    let mut start = 0;
    for at in 0..=looks.len() {
        if at == looks.len() || weights[at] > 0 {
            if at - start >= LIST {
                weights[start] -= PARTED;
            }
            start = at + 1;
        }
    }
    weights
}

/// The stretch with the greatest sum of weights; empty where no line speaks for a body. Of equal ones the first.
pub fn body(weights: &[i32]) -> Range<usize> {
    let (mut best, mut best_sum) = (0..0, 0i64);
    let (mut start, mut sum) = (0, 0i64);
    for (at, weight) in weights.iter().enumerate() {
        if sum <= 0 {
            (start, sum) = (at, 0);
        }
        sum += i64::from(*weight);
        if sum > best_sum {
            (best, best_sum) = (start..at + 1, sum);
        }
    }
    best
}

/// Lines below a title within which its text begins.
const REACH: usize = 40;

/// The title that a text stands under, and the text's body: where a page has its title again as a line of its own,
/// what stands above that line is no body, however long its teasers are, and the first running text below it is. `bare`
/// are the lines that are nothing but the title, `text` tells running text that is not known to be frame.
pub fn anchored(weights: &[i32], bare: &[usize], text: &dyn Fn(usize) -> bool) -> Option<(usize, Range<usize>)> {
    let start = (*bare.first()? + 1..weights.len()).find(|at| text(*at))?;
    let title = bare.iter().copied().take_while(|at| *at < start).last()?;
    // Paragraphs above it are a text: then the line is a signature or a name.
    let paragraphs = (1..title).any(|at| text(at - 1) && text(at));
    if start - title > REACH || paragraphs {
        return None;
    }
    let (mut end, mut best, mut sum) = (start + 1, i64::MIN, 0);
    for (at, weight) in weights.iter().enumerate().skip(start) {
        sum += i64::from(*weight);
        if sum > best {
            (end, best) = (at + 1, sum);
        }
    }
    Some((title, start..end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn sums_are_those_of_its_characters(part in "[的是甲，。|）a😀 \u{3000}]{0,60}", times in 0usize..60) {
            let line = part.repeat(times);
            let look = Look::of(&line);
            let count = |signs: &str| line.chars().filter(|c| signs.contains(*c)).count() as u32;
            let (all, stops) = (line.chars().filter(|c| !c.is_whitespace()).count() as u32, count("。"));
            let whole = Look {
                chars: all,
                stops,
                commas: count("，"),
                bars: count("|"),
                words: line.split_whitespace().count() as u32,
                function: count("的是"),
                ..look
            };
            prop_assert_eq!((look.weight() > 0, look.prose(), look.menu()), (whole.weight() > 0, whole.prose(), whole.menu()));
            prop_assert!((look.weight() - whole.weight()).abs() <= (line.chars().count() as i32 - all as i32));
            prop_assert_eq!(look.stopped, line.trim_end_matches(['）', ' ', '\u{3000}']).ends_with('。'));
            prop_assert!(look == whole || look.prose() && look.function * FUNCTION >= look.chars);
        }
    }

    #[test]
    fn a_sentence_that_leads_in_is_text() {
        assert!(Look::of("翻到这一页。比如下面这几行：").weight() > 0);
        assert!(Look::of("相关阅读：").weight() < 0 && Look::of("下面这几行比如：").weight() < 0);
    }

    #[test]
    fn a_body_between_menus() {
        let text = "首页 新闻 财经 体育\n登录\n春耕动员会召开\n今年以来，我们认真落实各项部署，取得了明显的成效。\n图为会场\n\
                    会议要求各单位继续抓好春耕，不误农时，确保全年丰收。\n相关新闻\n秋收现场会闭幕\n首页 | 关于我们 | 联系我们";
        let weights: Vec<i32> = text.lines().map(|line| Look::of(line).weight()).collect();
        assert_eq!(body(&weights), 3..6);
        assert_eq!(body(&[-1, -2]), 0..0);
    }

    #[test]
    fn a_body_begins_below_the_title() {
        // A teaser, the title, a short text and a long disclaimer below a menu.
        let weights = [-5, 90, -5, -5, 30, -5, 30, -90, -90, 100];
        let text = |at: usize| weights[at] > 0;
        assert_eq!(anchored(&weights, &[2], &text), Some((2, 4..7)));
        assert_eq!(anchored(&weights, &[], &text), None);
        assert_eq!(anchored(&weights, &[9], &text), None, "no text below it");
        assert_eq!(anchored(&[30, 30, -5, 90], &[2], &|at| at != 2), None, "a text above it");
    }
}
