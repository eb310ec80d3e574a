//! A compiled pattern of which each thread keeps the states it has met.
//!
//! The pattern types of the regex crate hand caches out of a pool: quick for the thread that came first, a locked list
//! for every other. With two threads and hundreds of patterns a line that took 1.5 % of all processor time.

use super::classes;
use regex_automata::util::captures::Captures;
use regex_automata::util::iter::Searcher;
use regex_automata::{Input, Match, PatternID, meta};
use std::cell::RefCell;
use std::ops::Range;
use thread_local::ThreadLocal;

/// Bytes of a compiled pattern of this crate.
const SIZE_LIMIT: usize = 1 << 24;
/// Bytes of states that one thread remembers for one pattern of this crate.
const CACHE: usize = 1 << 22;

/// A compiled pattern; spans are in bytes.
#[derive(Debug)]
pub struct Automaton {
    regex: meta::Regex,
    caches: ThreadLocal<RefCell<meta::Cache>>,
}

/// The groups of one match.
#[derive(Debug)]
pub struct Groups<'t> {
    text: &'t str,
    captures: Captures,
}

/// Why no pattern of this crate fails to compile.
pub const TESTED: &str = "patterns of the crate are compiled by its tests";

/// Compiles a pattern of this crate for folded text; ASCII letters match either case.
pub fn fixed(pattern: &str) -> Automaton {
    let config = meta::Config::new().nfa_size_limit(Some(SIZE_LIMIT)).hybrid_cache_capacity(CACHE);
    let hir = classes::parse(pattern).expect(TESTED);
    meta::Regex::builder().configure(config).build_from_hir(&hir).expect(TESTED).into()
}

impl From<meta::Regex> for Automaton {
    fn from(regex: meta::Regex) -> Self {
        Self { regex, caches: ThreadLocal::new() }
    }
}

impl Automaton {
    /// Whether the pattern matches somewhere.
    pub fn is_match(&self, text: &str) -> bool {
        self.meets(Input::new(text))
    }

    /// Whether it matches somewhere in an input.
    pub fn meets(&self, input: Input) -> bool {
        let input = input.earliest(true);
        self.with(|cache| self.regex.search_half_with(cache, &input).is_some())
    }

    /// The first match.
    pub fn find(&self, text: &str) -> Option<Match> {
        self.search(&Input::new(text))
    }

    /// The first match in an input.
    pub fn search(&self, input: &Input) -> Option<Match> {
        self.with(|cache| self.regex.search_with(cache, input))
    }

    /// All matches, one after the other.
    pub fn find_iter<'p>(&'p self, text: &'p str) -> impl Iterator<Item = Match> + 'p {
        let mut searcher = Searcher::new(Input::new(text));
        std::iter::from_fn(move || searcher.advance(|input| Ok(self.search(input))))
    }

    /// The parts of a text between matches.
    pub fn split<'p>(&'p self, text: &'p str) -> impl Iterator<Item = &'p str> + 'p {
        let ends = self.find_iter(text).map(|found| found.range()).chain(std::iter::once(text.len()..text.len()));
        ends.scan(0, |from, gap| Some(&text[std::mem::replace(from, gap.end)..gap.start]))
    }

    /// A text without the first match.
    pub fn cut_first(&self, text: &str) -> String {
        self.find(text).map_or_else(|| text.to_owned(), |cut| [&text[..cut.start()], &text[cut.end()..]].concat())
    }

    /// A text without all matches.
    pub fn cut_all(&self, text: &str) -> String {
        self.split(text).collect()
    }

    /// The groups of the first match that starts at a byte or after it.
    pub fn groups<'t>(&self, text: &'t str, from: usize) -> Option<Groups<'t>> {
        let captures = self.captures(&Input::new(text).range(from..))?;
        Some(Groups { text, captures })
    }

    /// Where a group of the first match in an input stands, if the pattern has it and it took part.
    pub fn group(&self, input: &Input, name: &str) -> Option<Range<usize>> {
        self.regex.group_info().to_index(PatternID::ZERO, name)?;
        self.captures(input)?.get_group_by_name(name).map(|span| span.range())
    }

    fn captures(&self, input: &Input) -> Option<Captures> {
        let mut captures = self.regex.create_captures();
        self.with(|cache| self.regex.search_captures_with(cache, input, &mut captures));
        captures.is_match().then_some(captures)
    }

    fn with<R>(&self, search: impl FnOnce(&mut meta::Cache) -> R) -> R {
        let cache = self.caches.get_or(|| RefCell::new(self.regex.create_cache()));
        search(&mut cache.borrow_mut())
    }
}

impl<'t> Groups<'t> {
    /// All of the match.
    pub fn all(&self) -> Range<usize> {
        self.captures.get_match().map_or(0..0, |found| found.range())
    }

    /// Where a group stands, if it took part.
    pub fn range(&self, name: &str) -> Option<Range<usize>> {
        self.captures.get_group_by_name(name).map(|span| span.range())
    }

    /// The text of a group, if it took part.
    pub fn name(&self, name: &str) -> Option<&'t str> {
        self.range(name).map(|range| &self.text[range])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clean::fold::fold;

    #[test]
    fn searches_answer_as_those_of_the_regex_crate() {
        let text = "甲1乙22丙 甲333";
        for pattern in [r"\d+", r"[甲乙]", r"\d*", r"(?P<a>甲)?(?P<b>\d)", "戊"] {
            let (mine, theirs) = (fixed(pattern), regex::Regex::new(pattern).unwrap());
            assert_eq!(mine.is_match(text), theirs.is_match(text));
            assert!(mine.find_iter(text).map(|m| m.range()).eq(theirs.find_iter(text).map(|m| m.range())));
            assert!(mine.split(text).eq(theirs.split(text)));
            assert_eq!(mine.cut_first(text), theirs.replace(text, ""));
            assert_eq!(mine.cut_all(text), theirs.replace_all(text, ""));
            let (one, other) = (mine.groups(text, 4), theirs.captures_at(text, 4));
            assert_eq!(one.as_ref().map(Groups::all), other.as_ref().map(|found| found.get(0).unwrap().range()));
            let b = other.as_ref().and_then(|found| found.name("b")).map(|b| b.as_str());
            assert_eq!(one.and_then(|found| found.name("b")), b);
        }
        assert!(fixed("发布(時間|日期)").is_match(&fold("發布時間")) && fixed("home").is_match("HOME"));
    }
}
