//! How lines are worded: weights of characters and their pairs, by which a line of a page's frame is told from one of a
//! text.
//!
//! The weights are those of a logistic regression over labelled lines of some hundred sites (`scripts/learn-wording`).
//! Frames of pages nobody has seen yet are worded as those of others are, where rules know whole phrases only. A line alone
//! proves nothing, though: an author may write 登录 or 推荐阅读 as well. So this is evidence, and the detector that asks
//! for it (`structure::chrome`) wants more than one line of it.

use super::fold::{fold, han};
use super::guards::title_shaped;
use std::sync::LazyLock;

static SOURCE: &str = include_str!("wording.tsv");

/// Characters of a line that are looked at.
const LONGEST: usize = 160;
/// A line of fewer characters is weighed as one of so many.
const SHORTEST: usize = 4;
/// Stands before the first character.
const START: char = '^';
/// Stands behind the last character.
const END: char = '$';
/// Stands for an address.
const ADDRESS: char = '\u{E000}';

/// Weights in hundredths by features; slots that are not taken hold the feature 0.
struct Weights {
    slots: Vec<(u64, i16)>,
    bias: i32,
}

static WEIGHTS: LazyLock<Weights> = LazyLock::new(|| Weights::read(SOURCE));

/// A character alone, or a pair; never 0.
fn feature(first: char, second: Option<char>) -> u64 {
    u64::from(u32::from(first)) << 32 | second.map_or(0, u64::from)
}

impl Weights {
    fn read(source: &str) -> Self {
        let rows = || source.lines().filter_map(|line| line.split_once('\t'));
        let slots = vec![(0, 0); (rows().count() * 4).next_power_of_two()];
        let mut weights = Self { slots, bias: 0 };
        for (name, value) in rows() {
            let Ok(value) = value.parse::<i16>() else { continue };
            if name == "bias" {
                weights.bias = value.into();
                continue;
            }
            let name = fold(name);
            let mut chars = name.chars();
            if let Some(first) = chars.next() {
                let feature = feature(first, chars.next());
                let slot = weights.slot(feature);
                weights.slots[slot] = (feature, value);
            }
        }
        weights
    }

    /// Where a feature is, or would be.
    fn slot(&self, feature: u64) -> usize {
        let mask = self.slots.len() - 1;
        let mut at = (feature.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40) as usize & mask;
        while self.slots[at].0 != 0 && self.slots[at].0 != feature {
            at = (at + 1) & mask;
        }
        at
    }
}

/// Weighs lines; one for many of them, since it keeps its memory.
#[derive(Debug, Default)]
pub struct Weigher {
    signs: Vec<char>,
    word: String,
    /// Slots of the features of the line.
    found: Vec<usize>,
}

impl Weigher {
    /// How much more a folded line is worded as one of a page's frame than as one of a text: the logarithm of the odds, in
    /// hundredths.
    pub fn weight(&mut self, line: &str) -> i32 {
        self.read(line);
        let length = self.signs.len() - 1;
        self.signs.push(END);
        self.found.clear();
        let mut total = 0;
        let pairs = self.signs.windows(2).map(|pair| feature(pair[0], Some(pair[1])));
        let single = self.signs[1..=length].iter().filter(|&&c| c != ' ').map(|&c| feature(c, None));
        for feature in pairs.chain(single) {
            let slot = WEIGHTS.slot(feature);
            // A feature counts once, however often it stands in the line.
            if WEIGHTS.slots[slot].0 != 0 && !self.found.contains(&slot) {
                self.found.push(slot);
                total += i32::from(WEIGHTS.slots[slot].1);
            }
        }
        WEIGHTS.bias + (f64::from(total) / (length.max(SHORTEST) as f64).sqrt()).round() as i32
    }

    /// Notes the characters of a folded line as they are weighed: widths and case folded, and each run of digits, of white
    /// space and each address one sign.
    fn read(&mut self, line: &str) {
        let (signs, word) = (&mut self.signs, &mut self.word);
        signs.clear();
        signs.push(START);
        let narrow = |c: char| match c {
            '！'..='～' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
            c => c,
        };
        let mut rest = line.trim().chars().map(narrow).peekable();
        while let Some(c) = rest.next() {
            if signs.len() > LONGEST {
                break;
            }
            if c.is_ascii_graphic() {
                // An address is known at its end only.
                word.clear();
                word.push(c);
                while let Some(next) = rest.next_if(char::is_ascii_graphic) {
                    word.push(next);
                }
                if address(word) {
                    signs.push(ADDRESS);
                    continue;
                }
                for c in word.chars() {
                    let digit = c.is_ascii_digit();
                    if !digit {
                        signs.push(c.to_ascii_lowercase());
                    } else if signs.last() != Some(&'0') {
                        signs.push('0');
                    }
                }
            } else if !c.is_whitespace() {
                signs.push(c);
            } else if signs.last() != Some(&' ') {
                signs.push(' ');
            }
        }
        signs.truncate(LONGEST + 1);
        while signs.last() == Some(&' ') {
            signs.pop();
        }
    }
}

fn address(word: &str) -> bool {
    let dotted = |w: &[u8]| w[0].is_ascii_alphabetic() && w[1] == b'.' && w[2..].iter().all(u8::is_ascii_alphabetic);
    word.contains("://") || word.contains("www.") || word.as_bytes().windows(4).any(dotted)
}

/// Which of the lines of a head, given with their numbers and weights, may be the title. Titles are worded as menus are, so
/// there are several: the last line that could be one, the longest, and the one that is worded most as a text.
pub fn titles<'l>(lines: impl Iterator<Item = (usize, (&'l str, i32))>) -> Vec<usize> {
    let could = |line: &str| {
        let line = line.trim();
        title_shaped(line) && line.contains(char::is_alphabetic) && line.matches([':', '：', '|', '｜']).count() <= 1
    };
    let lines: Vec<(usize, (&str, i32))> = lines.filter(|(_, (line, _))| could(line)).collect();
    let longest = lines.iter().max_by_key(|(_, (line, _))| line.chars().filter(|&c| han(c)).count());
    let own = lines.iter().min_by_key(|(_, (_, weight))| *weight);
    lines.last().into_iter().chain(longest).chain(own).map(|line| line.0).collect()
}

/// Whether a line has the signs between the steps of a trail.
pub fn has_steps(line: &str) -> bool {
    line.contains(['>', '＞', '»', '›']) || line.matches(" / ").count() >= 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_weigh_what_they_weighed_when_the_weights_were_learned() {
        let checks: Vec<(&str, &str)> = SOURCE
            .lines()
            .filter_map(|line| line.strip_prefix("check\t"))
            .filter_map(|check| check.split_once('\t'))
            .collect();
        assert!(checks.len() >= 4);
        for (text, expected) in checks {
            let expected: i32 = expected.parse().expect("a check is a number");
            let weight = Weigher::default().weight(&fold(text));
            assert!((weight - expected).abs() <= 1, "{text}: {weight}, not {expected}");
        }
    }

    #[test]
    fn signs_fold_what_differs_from_page_to_page() {
        let signs = |line: &str| {
            let mut weigher = Weigher::default();
            weigher.read(line);
            weigher.signs.into_iter().skip(1).collect::<String>()
        };
        assert_eq!(signs("　（浏览 １２３４ 次）Ａ "), "(浏览 0 次)a");
        assert_eq!(signs("见http://a.example/1，或 www.b.example"), "见\u{E000}或 \u{E000}");
        assert_eq!(signs("v3.12版"), "v0.0版");
        assert_eq!(signs(""), "");
    }
}
