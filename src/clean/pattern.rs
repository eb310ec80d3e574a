//! The patterns of rules: for folded text, compiled when first needed, and searched no further than need be.

use super::fold::fold;
use super::needs::Starts;
use regex_automata::hybrid::dfa;
use regex_automata::nfa::thompson::backtrack::{self, BoundedBacktracker};
use regex_automata::nfa::thompson::{self, NFA, WhichCaptures, pikevm::PikeVM};
use regex_automata::util::pool::Pool;
use regex_automata::{Anchored, Input, PatternID, meta};
use regex_syntax::ParserBuilder;
use regex_syntax::hir::Hir;
use std::ops::Range;
use std::sync::OnceLock;

/// Bytes of a compiled pattern; what needs more is refused.
const SIZE_LIMIT: usize = 1 << 24;
/// Bytes of states that one thread remembers for one pattern.
const CACHE: usize = 1 << 20;
/// Bytes in which a search for groups notes where it was.
const VISITED: usize = 1 << 20;

/// A pattern for folded text; ASCII letters match either case. Compiling takes a millisecond or more and is done when
/// the pattern is first searched for.
#[derive(Debug)]
pub struct Pattern {
    hir: Hir,
    engine: OnceLock<Engine>,
}

#[derive(Debug)]
enum Engine {
    /// A few words tell where a match can start. Most patterns that are searched for begin nowhere, so the rest is
    /// compiled when one does.
    From(Starts, OnceLock<Box<Forward>>),
    /// It may start anywhere.
    Anywhere(meta::Regex),
}

/// Finds how far a match reaches from where it starts. The engine for all cases builds the automaton that looks for
/// starts as well, twice the time and memory.
#[derive(Debug)]
struct Forward {
    dfa: dfa::DFA,
    /// States met.
    caches: Caches<dfa::Cache>,
    /// Finds the groups, where there are any.
    tracker: Option<(BoundedBacktracker, Caches<backtrack::Cache>)>,
}

/// One for each thread, made when first asked for.
type Caches<T> = Pool<Option<T>, fn() -> Option<T>>;

impl Pattern {
    /// Reads a pattern.
    pub fn new(source: &str) -> Result<Self, String> {
        let mut parser = ParserBuilder::new().case_insensitive(true).build();
        let hir = parser.parse(&fold(source)).map_err(|error| error.to_string())?;
        Ok(Self { hir, engine: OnceLock::new() })
    }

    /// Compiles the pattern, or says what is wrong with it.
    pub fn check(&self) -> Result<(), String> {
        let engine = Engine::of(&self.hir)?;
        if let Engine::From(_, forward) = &engine {
            drop(forward.set(Box::new(Forward::of(&self.hir)?)));
        }
        drop(self.engine.set(engine));
        Ok(())
    }

    /// The pattern as it was read.
    pub fn hir(&self) -> &Hir {
        &self.hir
    }

    fn engine(&self) -> &Engine {
        self.engine.get_or_init(|| Engine::of(&self.hir).expect(TESTED))
    }

    fn forward<'p>(&self, forward: &'p OnceLock<Box<Forward>>) -> &'p Forward {
        forward.get_or_init(|| Box::new(Forward::of(&self.hir).expect(TESTED)))
    }

    /// Whether the pattern matches somewhere.
    pub fn is_match(&self, text: &str) -> bool {
        match self.engine() {
            Engine::From(..) => self.find(text).is_some(),
            Engine::Anywhere(regex) => regex.is_match(text),
        }
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
        match self.engine() {
            Engine::Anywhere(regex) => {
                let found = regex.search(&Input::new(text).span(span))?;
                (found.start() < starts.end).then(|| found.range())
            }
            // A search that may start anywhere keeps a set of half-done counts for each start, and makes new states
            // for nearly every character; from one given start the states are few and known after some texts.
            Engine::From(words, forward) => {
                let mut cache = None;
                let mut found: Option<Range<usize>> = None;
                words.visit(text, starts.start..starts.end.min(span.end), |at| {
                    let forward = self.forward(forward);
                    let cache = cache.get_or_insert_with(|| forward.caches.get());
                    let cache = cache.get_or_insert_with(|| forward.dfa.create_cache());
                    let input = Input::new(text).range(at..span.end).anchored(Anchored::Yes);
                    // It cannot fail: there are no bytes to stop at, and states are forgotten as often as need be.
                    let end = forward.dfa.try_search_fwd(cache, &input).ok().flatten();
                    found = end.map(|end| at..end.offset());
                    found.is_some()
                });
                found
            }
        }
    }

    /// A group of a match that was found; `None` where there is no such group or it took no part.
    pub fn group(&self, text: &str, found: Range<usize>, name: &str) -> Option<Range<usize>> {
        // Groups are slow to find: only where the pattern has one, and only after the match itself.
        let input = Input::new(text).span(found).anchored(Anchored::Yes);
        let (group, captures) = match self.engine() {
            Engine::Anywhere(regex) => {
                let group = regex.group_info().to_index(PatternID::ZERO, name)?;
                let mut captures = regex.create_captures();
                regex.search_captures(&input, &mut captures);
                (group, captures)
            }
            Engine::From(_, forward) => {
                let (tracker, caches) = self.forward(forward).tracker.as_ref()?;
                let nfa = tracker.get_nfa();
                let group = nfa.group_info().to_index(PatternID::ZERO, name)?;
                let mut captures = tracker.create_captures();
                let mut cache = caches.get();
                let cache = cache.get_or_insert_with(|| tracker.create_cache());
                if tracker.try_captures(cache, input.clone(), &mut captures).is_err() {
                    // Too long a match to note every step of it.
                    let slow = PikeVM::new_from_nfa(nfa.clone()).ok()?;
                    slow.captures(&mut slow.create_cache(), input, &mut captures);
                }
                (group, captures)
            }
        };
        captures.get_group(group).map(|span| span.range())
    }
}

const TESTED: &str = "patterns of the crate are compiled by its tests";

fn too_large() -> String {
    format!("the pattern takes more than {SIZE_LIMIT} bytes")
}

impl Engine {
    fn of(hir: &Hir) -> Result<Self, String> {
        // Unicode word boundaries are beyond a lazy automaton alone.
        let words = hir.properties().look_set().contains_word_unicode();
        if let Some(starts) = Starts::of(hir).filter(|_| !words) {
            return Ok(Self::From(starts, OnceLock::new()));
        }
        let config = meta::Config::new().nfa_size_limit(Some(SIZE_LIMIT)).hybrid_cache_capacity(CACHE);
        let regex = meta::Regex::builder().configure(config).build_from_hir(hir);
        let wrong = |error: meta::BuildError| error.size_limit().map_or(error.to_string(), |_| too_large());
        regex.map(Self::Anywhere).map_err(wrong)
    }
}

impl Forward {
    fn of(hir: &Hir) -> Result<Self, String> {
        let groups = hir.properties().explicit_captures_len() > 0;
        let captures = if groups { WhichCaptures::All } else { WhichCaptures::None };
        let config = thompson::Config::new().nfa_size_limit(Some(SIZE_LIMIT)).which_captures(captures);
        let nfa = NFA::compiler().configure(config).build_from_hir(hir).map_err(|_| too_large())?;
        let text = |error: &dyn std::error::Error| error.to_string();
        let tracker = match groups {
            true => {
                let config = backtrack::Config::new().visited_capacity(VISITED);
                let tracker = BoundedBacktracker::builder().configure(config).build_from_nfa(nfa.clone());
                Some((tracker.map_err(|error| text(&error))?, Pool::new((|| None) as fn() -> _)))
            }
            false => None,
        };
        let config = dfa::Config::new().cache_capacity(CACHE).skip_cache_capacity_check(true);
        let dfa = dfa::Builder::new().configure(config).build_from_nfa(nfa).map_err(|error| text(&error))?;
        Ok(Self { dfa, caches: Pool::new(|| None), tracker })
    }
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
