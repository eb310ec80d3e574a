//! The patterns of rules: for folded text, compiled when first needed, and searched no further than need be.

use super::fold::fold;
use super::needs::Starts;
use regex_automata::{Anchored, Input, PatternID, meta};
use regex_syntax::ParserBuilder;
use regex_syntax::hir::Hir;
use std::ops::Range;
use std::sync::OnceLock;

/// Bytes of a compiled pattern; what needs more is refused.
const SIZE_LIMIT: usize = 1 << 24;
/// Bytes of states that one thread remembers for one pattern; with a quarter of it the longest patterns gave up and
/// took ten times as long.
const CACHE: usize = 1 << 22;

/// A pattern for folded text; ASCII letters match either case. Compiling takes a millisecond or more and is done when
/// the pattern is first searched for.
#[derive(Debug)]
pub struct Pattern {
    hir: Hir,
    compiled: OnceLock<Compiled>,
}

#[derive(Debug)]
struct Compiled {
    regex: meta::Regex,
    /// Where a match can start, if a few words tell.
    starts: Option<Starts>,
}

impl Pattern {
    /// Reads a pattern.
    pub fn new(source: &str) -> Result<Self, String> {
        let mut parser = ParserBuilder::new().case_insensitive(true).build();
        let hir = parser.parse(&fold(source)).map_err(|error| error.to_string())?;
        Ok(Self { hir, compiled: OnceLock::new() })
    }

    /// Compiles the pattern, or says what is wrong with it.
    pub fn check(&self) -> Result<(), String> {
        compile(&self.hir).map(|compiled| drop(self.compiled.set(compiled)))
    }

    /// The pattern as it was read.
    pub fn hir(&self) -> &Hir {
        &self.hir
    }

    fn compiled(&self) -> &Compiled {
        self.compiled.get_or_init(|| compile(&self.hir).expect("patterns of the crate are compiled by its tests"))
    }

    /// Whether the pattern matches somewhere.
    pub fn is_match(&self, text: &str) -> bool {
        self.compiled().regex.is_match(text)
    }

    /// The first match.
    pub fn find(&self, text: &str) -> Option<Range<usize>> {
        // A match may be empty and stand at the very end.
        self.find_in(text, 0..text.len() + 1)
    }

    /// The first match that starts within a range of bytes; anchors still mean the ends of the text.
    pub fn find_in(&self, text: &str, starts: Range<usize>) -> Option<Range<usize>> {
        // No more of the text is looked at than a match can reach.
        let reach = self.hir.properties().maximum_len();
        let end = reach.map_or(text.len(), |reach| starts.end.saturating_add(reach).min(text.len()));
        let span = starts.start.min(end)..end;
        let input = Input::new(text).span(span.clone());
        let compiled = self.compiled();
        let Some(words) = &compiled.starts else {
            let found = compiled.regex.search(&input)?;
            return (found.start() < starts.end).then(|| found.range());
        };
        // A search that may start anywhere keeps a set of half-done counts for each start, and makes new states for
        // nearly every character; from one given start the states are few and known after some texts.
        let mut found: Option<Range<usize>> = None;
        words.visit(text, starts.start..starts.end.min(span.end), |at| {
            let input = input.clone().range(at..span.end).anchored(Anchored::Yes);
            found = compiled.regex.search(&input).map(|found| found.range());
            found.is_some()
        });
        found
    }

    /// A group of a match that was found; `None` where there is no such group or it took no part.
    pub fn group(&self, text: &str, found: Range<usize>, name: &str) -> Option<Range<usize>> {
        // Groups are slow to find: only where the pattern has one, and only after the match itself.
        let regex = &self.compiled().regex;
        let group = regex.group_info().to_index(PatternID::ZERO, name)?;
        let mut captures = regex.create_captures();
        regex.search_captures(&Input::new(text).span(found).anchored(Anchored::Yes), &mut captures);
        captures.get_group(group).map(|span| span.range())
    }
}

fn compile(hir: &Hir) -> Result<Compiled, String> {
    let config = meta::Config::new().nfa_size_limit(Some(SIZE_LIMIT)).hybrid_cache_capacity(CACHE);
    let regex =
        meta::Regex::builder().configure(config).build_from_hir(hir).map_err(|error| match error.size_limit() {
            Some(limit) => format!("the pattern takes more than {limit} bytes"),
            None => error.to_string(),
        })?;
    Ok(Compiled { regex, starts: Starts::of(hir) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pattern(source: &str) -> Pattern {
        Pattern::new(source).unwrap()
    }

    #[test]
    fn a_search_ends_with_its_window_and_anchors_mean_the_text() {
        let some = pattern("乙{1,3}$");
        let text = "甲乙乙乙";
        assert_eq!(some.find_in(text, 0..3), None);
        assert_eq!(some.find_in(text, 0..4), Some(3..12));
        assert_eq!(some.find_in("乙甲", 0..1), None);
        assert_eq!(pattern("乙+").find("甲乙乙甲"), Some(3..9));
        assert_eq!(pattern("^乙").find_in("甲乙", 3..4), None);
        assert_eq!(pattern("甲*").find(""), Some(0..0));
    }

    proptest! {
        #[test]
        fn starts_and_windows_change_nothing(
            number in 0..PATTERNS.len(), text in "[甲乙丙丁，]{0,30}", from in 0usize..12, count in 0usize..20,
        ) {
            let (from, to) = (from * 3, (from + count) * 3);
            let expected = regex::Regex::new(PATTERNS[number]).unwrap();
            let expected = (from <= text.len())
                .then(|| expected.find_at(&text, from))
                .flatten()
                .map(|found| found.range())
                .filter(|found| found.start < to);
            prop_assert_eq!(pattern(PATTERNS[number]).find_in(&text, from..to), expected);
        }
    }

    const PATTERNS: [&str; 8] = [
        "(?:甲|乙)[^，]{0,5}丙",
        "(?:^|，)乙{0,2}甲",
        "甲?乙?丙[^丁]{1,4}",
        "(?:甲[^，]{0,3}){2,}丁",
        "(?:甲乙|甲)(?:乙丙|丙丁)?",
        "(?:[甲丙]|丁乙)*?，",
        "[^甲]{2,4}甲",
        "(?:甲|^乙).*丁$",
    ];

    #[test]
    fn groups_and_wrong_patterns() {
        let some = pattern("甲(?P<cut>乙+)");
        let found = some.find("丙甲乙乙").unwrap();
        assert_eq!(some.group("丙甲乙乙", found, "cut"), Some(6..12));
        assert_eq!(pattern("甲").group("甲", 0..3, "cut"), None);
        assert!(Pattern::new("(").is_err());
        assert!(pattern("(?:甲{1000}){1000}").check().unwrap_err().contains("more than"));
    }
}
