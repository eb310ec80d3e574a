//! What a text must hold for patterns to match it: words joined by and and or, read off the patterns themselves.
//!
//! The patterns of rules are long and full of counted gaps, which are dear to search for; the words they are built of
//! are cheap. One pass over a line notes the words of all patterns; then a look at its tree spares most patterns the
//! search.

use super::literals::Literals;
use regex_syntax::hir::{Class, Hir, HirKind, Look};
use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

/// Words told apart; parts of patterns beyond them are not asked for.
const WORDS: usize = 1 << 13;
/// Characters of a class that are looked for one by one; larger classes say too little.
const CLASS: usize = 12;
/// The same for the first character of a match: white space and a few signs.
const START_CLASS: usize = 64;

/// Necessary conditions for matches of some patterns.
#[derive(Debug)]
pub struct Needs {
    words: Literals,
    trees: Vec<Node>,
    /// Blocks of 64 words.
    blocks: usize,
}

/// The words that stand in a text.
#[derive(Debug)]
pub struct Held(Box<[u64]>);

#[derive(Debug, PartialEq)]
enum Node {
    Always,
    Word(u16),
    All(Vec<Node>),
    Any(Vec<Node>),
}

impl Needs {
    /// The conditions of patterns, which are then known by their order.
    pub fn of<'h>(patterns: impl Iterator<Item = &'h Hir>) -> Self {
        let mut words = Words::default();
        let trees = patterns.map(|hir| words.node(hir)).collect();
        let blocks = words.list.len().div_ceil(64);
        Self { words: Literals::new(words.list.iter().map(String::as_str)), trees, blocks }
    }

    /// The words in a text in UTF-8.
    pub fn held(&self, text: &[u8]) -> Held {
        let mut held = vec![0u64; self.blocks].into_boxed_slice();
        self.words.scan(text, |word, _, _| held[word / 64] |= 1 << (word % 64));
        Held(held)
    }

    /// Whether a text with these words can match the pattern.
    pub fn met(&self, pattern: usize, held: &Held) -> bool {
        self.trees.get(pattern).is_none_or(|tree| tree.holds(held))
    }
}

impl Node {
    fn holds(&self, held: &Held) -> bool {
        match self {
            Self::Always => true,
            Self::Word(word) => held.0[usize::from(*word) / 64] >> (word % 64) & 1 != 0,
            Self::All(parts) => parts.iter().all(|part| part.holds(held)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(held)),
        }
    }

    fn all(parts: Vec<Node>) -> Self {
        let mut parts: Vec<Node> = parts.into_iter().filter(|part| *part != Self::Always).collect();
        if parts.len() < 2 { parts.pop().unwrap_or(Self::Always) } else { Self::All(parts) }
    }

    fn any(parts: Vec<Node>) -> Self {
        if parts.is_empty() || parts.contains(&Self::Always) { Self::Always } else { Self::Any(parts) }
    }
}

#[derive(Default)]
struct Words {
    list: Vec<String>,
    known: HashMap<String, u16>,
}

impl Words {
    fn word(&mut self, word: String) -> Node {
        if let Some(known) = self.known.get(&word) {
            return Node::Word(*known);
        }
        if word.is_empty() || self.list.len() == WORDS {
            return Node::Always;
        }
        let at = self.list.len() as u16;
        self.list.push(word.clone());
        self.known.insert(word, at);
        Node::Word(at)
    }

    fn node(&mut self, hir: &Hir) -> Node {
        if let Some(text) = letters(hir) {
            return self.word(text);
        }
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) | HirKind::Literal(_) => Node::Always,
            HirKind::Class(Class::Unicode(class)) => {
                let chars: Vec<char> =
                    class.iter().flat_map(|range| range.start()..=range.end()).take(CLASS + 1).collect();
                if chars.len() > CLASS {
                    return Node::Always;
                }
                Node::any(chars.into_iter().map(|c| self.word(c.to_string())).collect())
            }
            HirKind::Class(Class::Bytes(_)) => Node::Always,
            HirKind::Repetition(repetition) if repetition.min == 0 => Node::Always,
            HirKind::Repetition(repetition) => self.node(&repetition.sub),
            HirKind::Capture(capture) => self.node(&capture.sub),
            HirKind::Alternation(parts) => Node::any(parts.iter().map(|part| self.node(part)).collect()),
            HirKind::Concat(parts) => {
                let mut nodes = Vec::new();
                let mut run = String::new();
                for part in parts {
                    match letters(part) {
                        Some(text) => run.push_str(&text),
                        None => {
                            nodes.push(self.word(std::mem::take(&mut run)));
                            nodes.push(self.node(part));
                        }
                    }
                }
                nodes.push(self.word(run));
                Node::all(nodes)
            }
        }
    }
}

/// Where matches of a pattern can start.
#[derive(Debug)]
pub struct Starts {
    words: Literals,
    /// Bytes of the longest of them.
    longest: usize,
    /// The start of the text is one of the places.
    at_start: bool,
}

impl Starts {
    /// The first words of a pattern; `None` where a match can start with nearly anything.
    pub fn of(hir: &Hir) -> Option<Self> {
        let mut words = BTreeSet::new();
        let mut at_start = false;
        let goes_on = first(hir, &mut words, &mut at_start)?;
        let longest = words.iter().map(String::len).max().unwrap_or(0);
        (!goes_on).then(|| Self { words: Literals::new(words.iter().map(String::as_str)), longest, at_start })
    }

    /// Calls `is_match` with each such place within a range of bytes, until it says yes.
    pub fn visit(&self, text: &str, range: Range<usize>, mut is_match: impl FnMut(usize) -> bool) {
        if range.is_empty() {
            return;
        }
        if (self.at_start && range.start == 0 && is_match(0)) || self.longest == 0 {
            return;
        }
        let mut last = None;
        // A word may begin in the range and end behind it.
        let end = text.len().min(range.end + self.longest);
        self.words.scan_until(&text.as_bytes()[range.start..end], |_, at, _| {
            let at = range.start + at;
            if at >= range.end {
                return true;
            }
            let new = last != Some(at);
            last = Some(at);
            new && is_match(at)
        });
    }
}

/// Adds what a match can start with; whether it may also start with what follows. `None` where there is no telling.
fn first(hir: &Hir, words: &mut BTreeSet<String>, at_start: &mut bool) -> Option<bool> {
    match hir.kind() {
        HirKind::Empty => Some(true),
        HirKind::Look(Look::Start) => {
            *at_start = true;
            Some(false)
        }
        HirKind::Look(_) => Some(true),
        HirKind::Literal(_) => {
            words.insert(letters(hir)?);
            Some(false)
        }
        HirKind::Class(Class::Unicode(class)) => {
            let chars = class.iter().flat_map(|range| range.start()..=range.end());
            for (count, c) in chars.enumerate() {
                if count >= START_CLASS {
                    return None;
                }
                words.insert(c.to_ascii_lowercase().to_string());
            }
            Some(false)
        }
        HirKind::Class(Class::Bytes(_)) => None,
        HirKind::Repetition(repetition) => {
            let goes_on = first(&repetition.sub, words, at_start)?;
            Some(goes_on || repetition.min == 0)
        }
        HirKind::Capture(capture) => first(&capture.sub, words, at_start),
        HirKind::Alternation(parts) => {
            let mut goes_on = false;
            for part in parts {
                goes_on |= first(part, words, at_start)?;
            }
            Some(goes_on)
        }
        HirKind::Concat(parts) => {
            for part in parts {
                if !first(part, words, at_start)? {
                    return Some(false);
                }
            }
            Some(true)
        }
    }
}

/// The text of a literal; ASCII letters, classes of two cases under a pattern that folds case, are letters too.
fn letters(hir: &Hir) -> Option<String> {
    match hir.kind() {
        HirKind::Literal(literal) => {
            let text = std::str::from_utf8(&literal.0).ok()?;
            Some(text.to_ascii_lowercase())
        }
        HirKind::Class(Class::Unicode(class)) => {
            let [upper, lower] = class.ranges() else { return None };
            let (upper, lower) = ((upper.start(), upper.end()), (lower.start(), lower.end()));
            let pair = upper.0 == upper.1 && lower.0 == lower.1 && lower.0.is_ascii_lowercase();
            (pair && upper.0.to_ascii_lowercase() == lower.0).then(|| lower.0.to_string())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use regex_syntax::ParserBuilder;

    fn met(pattern: &str, text: &str) -> bool {
        let hir = ParserBuilder::new().case_insensitive(true).build().parse(pattern).unwrap();
        let needs = Needs::of(std::iter::once(&hir));
        needs.met(0, &needs.held(text.as_bytes()))
    }

    #[test]
    fn words_are_needed_as_the_pattern_joins_them() {
        let pattern = "^(?:供[^。]{0,9}(?:参考|借鉴)|欢迎.*?下载(?:本文)?)[。！]?$";
        for (text, expected) in [
            ("供大家参考", true),
            ("请参考", false),
            ("欢迎光临", false),
            ("欢迎下载", true),
            ("参考供", true), // the order is not looked at
        ] {
            assert_eq!(met(pattern, text), expected, "{text}");
        }
    }

    #[test]
    fn letters_of_either_case_and_small_classes() {
        assert!(met("icp备", "ICP备") && !met("icp备", "IP备"));
        assert!(met("[为给]您", "给您") && !met("[为给]您", "向您"));
        // K and its Kelvin sign are three characters, so the k is not asked for.
        assert!(met("qq空间", "QQ空间") && met("k", "\u{212A}"));
        assert!(met(r"\d+", "没有") && met("(?:甲|)乙*", ""));
    }
}
