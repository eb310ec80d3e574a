//! The patterns of rules: for folded text, compiled when first needed, and searched no further than need be.

use super::automaton::{Automaton, TESTED};
use super::classes;
use super::needs::Starts;
use regex_automata::hybrid::dfa;
use regex_automata::nfa::thompson::backtrack::{self, BoundedBacktracker};
use regex_automata::nfa::thompson::{self, NFA, WhichCaptures, pikevm::PikeVM};
use regex_automata::util::captures::Captures;
use regex_automata::{Anchored, Input, MatchKind, meta};
use regex_syntax::hir::{Hir, HirKind, Repetition};
use std::cell::RefCell;
use std::ops::Range;
use std::sync::OnceLock;
use thread_local::ThreadLocal;

/// Bytes of a compiled pattern; what needs more is refused.
const SIZE_LIMIT: usize = 1 << 24;
/// Bytes of states that one thread remembers for one pattern.
const CACHE: usize = 1 << 20;
/// Bytes in which an exact search notes where it was, one field a thread.
const VISITED: usize = 1 << 22;
/// From so many characters on a counted gap is long, and a pattern with one is looked for by its loose form.
const GAP: u32 = 30;
/// How far the ends of a count lie apart at most that the loose form keeps.
const COUNT: u32 = 3;
/// Bytes after which the loose form is given up on: a match is shorter, and a line may be as long as it likes.
const FAR: usize = 1 << 12;
/// The group of a pattern that is asked for.
const GROUP: &str = "cut";

/// A pattern for folded text; ASCII letters match either case. Compiling takes a millisecond or more and is done when
/// the pattern is first searched for.
///
/// An automaton that counts gaps such as `[^。]{0,60}` has a state for each set of half-done counts, and makes new ones
/// for nearly every character: a thousand cycles a byte. So it looks for the *loose form* of the pattern, which lets
/// long counts go, matches wherever the pattern does, and has few states; where that is found, which is seldom, a
/// search that goes back and forth finds the match itself and its group.
#[derive(Debug)]
pub struct Pattern {
    hir: Hir,
    engine: OnceLock<Engine>,
}

/// A match of a pattern, in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// All of it.
    pub range: Range<usize>,
    /// Its group `cut`, where it has one that took part.
    pub cut: Option<Range<usize>>,
}

#[derive(Debug)]
enum Engine {
    /// A few words tell where a match can start. Most patterns that are searched for begin nowhere, so the rest is
    /// compiled when one does.
    From(Starts, OnceLock<Box<Forward>>),
    /// It may start anywhere.
    Anywhere { loose: Option<Box<Automaton>>, exact: OnceLock<Box<Automaton>> },
}

/// Finds the match from where it starts. The engine for all cases builds the automaton that looks for starts as well,
/// twice the time and memory.
#[derive(Debug)]
struct Forward {
    /// Of the loose form, or of the pattern itself where that has no long counts.
    dfa: dfa::DFA,
    /// States met, for each thread, made when first asked for.
    caches: ThreadLocal<RefCell<dfa::Cache>>,
    /// Whether the automaton tells all there is to tell.
    exact: bool,
    /// Finds the match itself, where the automaton does not, and its group.
    tracker: OnceLock<BoundedBacktracker>,
}

thread_local! {
    /// What exact searches noted, for whichever pattern was searched for last.
    static STEPS: RefCell<Option<backtrack::Cache>> = const { RefCell::new(None) };
    /// A new one would make its table of half a megabyte anew for each pattern.
    static COMPILER: RefCell<thompson::Compiler> = RefCell::new(thompson::Compiler::new());
}

impl Pattern {
    /// Reads a pattern.
    pub fn new(source: &str) -> Result<Self, String> {
        Ok(Self { hir: classes::parse(source)?, engine: OnceLock::new() })
    }

    /// Compiles the pattern, or says what is wrong with it.
    pub fn check(&self) -> Result<(), String> {
        let engine = Engine::of(&self.hir)?;
        match &engine {
            Engine::From(_, forward) => {
                let built = Forward::of(&self.hir)?;
                drop(built.tracker.set(tracker(&self.hir)?));
                drop(forward.set(Box::new(built)));
            }
            Engine::Anywhere { exact, .. } => drop(exact.set(Box::new(anywhere(&self.hir)?))),
        }
        drop(self.engine.set(engine));
        Ok(())
    }

    /// The pattern as it was read.
    pub fn hir(&self) -> &Hir {
        &self.hir
    }

    /// Whether the pattern matches somewhere.
    pub fn is_match(&self, text: &str) -> bool {
        self.find(text).is_some()
    }

    /// The first match.
    pub fn find(&self, text: &str) -> Option<Found> {
        // A match may be empty and stand at the very end.
        self.find_in(text, 0..text.len() + 1)
    }

    /// The first match that starts within a range of bytes; anchors still mean the ends of the text.
    pub fn find_in(&self, text: &str, starts: Range<usize>) -> Option<Found> {
        // No more of the text is looked at than a match can reach.
        let reach = self.hir.properties().maximum_len();
        let end = reach.map_or(text.len(), |reach| starts.end.saturating_add(reach).min(text.len()));
        let span = starts.start.min(end)..end;
        match self.engine.get_or_init(|| Engine::of(&self.hir).expect(TESTED)) {
            Engine::Anywhere { loose, exact } => {
                let input = Input::new(text).span(span);
                if loose.as_ref().is_some_and(|loose| !loose.meets(input.clone())) {
                    return None;
                }
                let exact = exact.get_or_init(|| Box::new(anywhere(&self.hir).expect(TESTED)));
                let found = exact.search(&input).filter(|found| found.start() < starts.end)?;
                // Groups are slow to find: only after the match itself.
                let cut = exact.group(&input.span(found.range()).anchored(Anchored::Yes), GROUP);
                Some(Found { range: found.range(), cut })
            }
            Engine::From(words, forward) => {
                let mut found = None;
                words.visit(text, starts.start..starts.end.min(span.end), |at| {
                    let forward = forward.get_or_init(|| Box::new(Forward::of(&self.hir).expect(TESTED)));
                    let cache = forward.caches.get_or(|| RefCell::new(forward.dfa.create_cache()));
                    let all = at..reach.map_or(span.end, |reach| at.saturating_add(reach).min(span.end));
                    found = forward.find(
                        &mut cache.borrow_mut(),
                        &self.hir,
                        Input::new(text).range(all).anchored(Anchored::Yes),
                    );
                    found.is_some()
                });
                found
            }
        }
    }
}

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
        let loose = loose(hir).map(|loose| anywhere(&loose).map(Box::new)).transpose()?;
        Ok(Self::Anywhere { loose, exact: OnceLock::new() })
    }
}

impl Forward {
    /// The match that starts where the input does.
    fn find(&self, cache: &mut dfa::Cache, hir: &Hir, input: Input) -> Option<Found> {
        // It cannot fail: there are no bytes to stop at, and states are forgotten as often as need be.
        let search = |cache: &mut _, input: &_| self.dfa.try_search_fwd(cache, input).ok().flatten();
        let start = input.start();
        if self.exact {
            let end = search(cache, &input)?;
            return Some(Found { range: start..end.offset(), cut: None });
        }
        let near = input.end().min(start.saturating_add(FAR));
        let before = (cache.clear_count(), cache.search_total_len());
        let end = search(cache, &input.clone().span(start..near));
        let walked = cache.search_total_len().saturating_sub(before.1);
        let goes_on = near < input.end() && (cache.clear_count() != before.0 || walked >= near - start);
        let tracker = || self.tracker.get_or_init(|| tracker(hir).expect(TESTED));
        if goes_on {
            return track_far(tracker(), &input);
        }
        // No match reaches further than the longest of the loose form.
        track(tracker(), &input.span(start..end?.offset()))
    }

    fn of(hir: &Hir) -> Result<Self, String> {
        let loose = loose(hir);
        let grouped = hir.properties().explicit_captures_len() > 0;
        let nfa = nfa(loose.as_ref().unwrap_or(hir), WhichCaptures::None)?;
        // The longest match of the loose form, which bounds those of the pattern; else the one that counts.
        let kind = if loose.is_some() { MatchKind::All } else { MatchKind::LeftmostFirst };
        let config = dfa::Config::new().match_kind(kind).cache_capacity(CACHE).skip_cache_capacity_check(true);
        let dfa = dfa::Builder::new().configure(config).build_from_nfa(nfa).map_err(|error| error.to_string())?;
        Ok(Self { dfa, caches: ThreadLocal::new(), exact: loose.is_none() && !grouped, tracker: OnceLock::new() })
    }
}

fn nfa(hir: &Hir, captures: WhichCaptures) -> Result<NFA, String> {
    let config = thompson::Config::new().nfa_size_limit(Some(SIZE_LIMIT)).which_captures(captures);
    COMPILER.with_borrow_mut(|compiler| compiler.configure(config).build_from_hir(hir).map_err(|_| too_large()))
}

fn anywhere(hir: &Hir) -> Result<Automaton, String> {
    let config = meta::Config::new().nfa_size_limit(Some(SIZE_LIMIT)).hybrid_cache_capacity(CACHE);
    let regex = meta::Regex::builder().configure(config).build_from_hir(hir);
    regex.map(Automaton::from).map_err(|error| error.size_limit().map_or(error.to_string(), |_| too_large()))
}

fn tracker(hir: &Hir) -> Result<BoundedBacktracker, String> {
    let config = backtrack::Config::new().visited_capacity(VISITED);
    let nfa = nfa(hir, WhichCaptures::All)?;
    BoundedBacktracker::builder().configure(config).build_from_nfa(nfa).map_err(|error| error.to_string())
}

/// The match itself, which starts where the input does.
fn track(tracker: &BoundedBacktracker, input: &Input) -> Option<Found> {
    let mut captures = tracker.create_captures();
    let tracked = STEPS.with_borrow_mut(|steps| match steps {
        Some(steps) => {
            steps.reset(tracker);
            tracker.try_captures(steps, input.clone(), &mut captures)
        }
        None => tracker.try_captures(steps.insert(tracker.create_cache()), input.clone(), &mut captures),
    });
    // Too long a text to note every step on it.
    if tracked.is_err() { track_far(tracker, input) } else { told(&captures) }
}

/// The same without notes: slower, but no slower the more text follows.
fn track_far(tracker: &BoundedBacktracker, input: &Input) -> Option<Found> {
    let slow = PikeVM::new_from_nfa(tracker.get_nfa().clone()).ok()?;
    let mut captures = slow.create_captures();
    slow.captures(&mut slow.create_cache(), input.clone(), &mut captures);
    told(&captures)
}

fn told(captures: &Captures) -> Option<Found> {
    let cut = captures.get_group_by_name(GROUP).map(|span| span.range());
    Some(Found { range: captures.get_match()?.range(), cut })
}

/// The loose form of a pattern with long gaps: what is counted from few to many may stand any number of times.
fn loose(hir: &Hir) -> Option<Hir> {
    gaps(hir).then(|| loosen(hir))
}

/// Whether a pattern counts single characters up to many.
fn gaps(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) | HirKind::Literal(_) | HirKind::Class(_) => false,
        HirKind::Capture(capture) => gaps(&capture.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().any(gaps),
        HirKind::Repetition(repetition) => match repetition.sub.kind() {
            HirKind::Class(_) => repetition.max.is_some_and(|max| max >= GAP),
            _ => gaps(&repetition.sub),
        },
    }
}

fn loosen(hir: &Hir) -> Hir {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) | HirKind::Literal(_) | HirKind::Class(_) => hir.clone(),
        HirKind::Capture(capture) => loosen(&capture.sub),
        HirKind::Concat(parts) => Hir::concat(parts.iter().map(loosen).collect()),
        HirKind::Alternation(parts) => Hir::alternation(parts.iter().map(loosen).collect()),
        HirKind::Repetition(repetition) => {
            let Repetition { min, max, greedy, ref sub } = *repetition;
            let long = max.is_some_and(|max| max > min + COUNT);
            let (min, max) = if long { (min.min(1), None) } else { (min, max) };
            Hir::repetition(Repetition { min, max, greedy, sub: Box::new(loosen(sub)) })
        }
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
        let find = |source: &str, text: &str, starts| pattern(source).find_in(text, starts).map(|found| found.range);
        let (some, text) = ("乙{1,3}$", "甲乙乙乙");
        assert_eq!(find(some, text, 0..3), None);
        assert_eq!(find(some, text, 0..4), Some(3..12));
        assert_eq!(find(some, "乙甲", 0..1), None);
        assert_eq!(find("乙+", "甲乙乙甲", 0..12), Some(3..9));
        assert_eq!(find("^乙", "甲乙", 3..4), None);
        assert_eq!(find("甲*", "", 0..1), Some(0..0));
    }

    #[test]
    fn long_counts_are_kept_though_the_automaton_lets_them_go() {
        let source = "甲[^。]{0,60}乙";
        assert!(loose(pattern(source).hir()).is_some() && loose(pattern("甲[^。]{0,3}乙").hir()).is_none());
        let text = |gap: usize| format!("甲{}乙", "丙".repeat(gap));
        assert!(pattern(source).is_match(&text(60)) && !pattern(source).is_match(&text(61)));
        // A long line is not searched to its end for each start.
        assert!(
            pattern("甲[^。]{0,60}乙丙*").find(&"甲乙".repeat(2_000)).is_some_and(|found| found.range.end == 62 * 3)
        );
        // Beyond what a search can note, a slower one answers.
        let long = "甲(?P<cut>[^。]{0,9000}乙)";
        assert_eq!(pattern(long).find(&text(9000)).unwrap().cut, Some(3..27_006));
        assert!(!pattern(long).is_match(&text(9001)));
    }

    proptest! {
        #[test]
        fn starts_windows_and_loose_counts_change_nothing(
            number in 0..PATTERNS.len(), text in "[甲乙丙丁，]{0,30}", from in 0usize..12, count in 0usize..20,
        ) {
            let (from, to) = (from * 3, (from + count) * 3);
            let expected = regex::Regex::new(PATTERNS[number]).unwrap();
            let expected = (from <= text.len())
                .then(|| expected.captures_at(&text, from))
                .flatten()
                .map(|found| (found.get(0).unwrap().range(), found.name("cut").map(|cut| cut.range())))
                .filter(|found| found.0.start < to);
            let found = pattern(PATTERNS[number]).find_in(&text, from..to);
            prop_assert_eq!(found.map(|found| (found.range, found.cut)), expected);
        }
    }

    const PATTERNS: [&str; 13] = [
        "(?:甲|乙)[^，]{0,5}丙",
        "(?:^|，)乙{0,2}甲",
        "甲?乙?丙[^丁]{1,4}",
        "(?:甲[^，]{0,3}){2,}丁",
        "(?:甲乙|甲)(?:乙丙|丙丁)?",
        "(?:[甲丙]|丁乙)*?，",
        "[^甲]{2,4}甲",
        "(?:甲|^乙).*丁$",
        "甲(?P<cut>[^，]{0,9}?乙)[^，]{3,8}丙?",
        "(?P<cut>(?:甲[^丁]{0,4}){1,6}，)?[丙丁]",
        "[^丙]{1,6}(?P<cut>丙[甲乙]{0,7})$",
        "(?:甲乙?(?P<cut>丙{2,7})?){1,5}丁",
        "乙.{2,9}(?:甲|丙.{0,5}丁)",
    ];

    #[test]
    fn groups_and_wrong_patterns() {
        let cut = |source: &str, text: &str| pattern(source).find(text).and_then(|found| found.cut);
        assert_eq!(cut("甲(?P<cut>乙+)", "丙甲乙乙"), Some(6..12));
        assert_eq!(cut("甲(乙)", "甲乙"), None);
        assert!(Pattern::new("(").is_err());
        assert!(pattern("(?:甲{1000}){1000}").check().unwrap_err().contains("more than"));
    }
}
