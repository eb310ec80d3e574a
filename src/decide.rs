//! Which document survives, and what is done about a pair.

use crate::audit::{Relation, Verdict};
use crate::config::{Actions, Policy};
use crate::relate::Pair;
use std::cmp::Reverse;

/// The order in which documents survive, smallest first: under a preferred path; then the fullest clean text; then
/// the least damaged; then the first path. It is total, so the survivor of a group depends on nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank {
    /// Number of the first `--prefer` prefix that the path has.
    pub preferred: usize,
    /// Key symbols and numbers of the clean text: of a form the filled one is fuller.
    pub fullness: Reverse<usize>,
    /// Signs of damage.
    pub damage: u32,
    /// Place in the sorted walk.
    pub doc: u32,
}

/// Number of the first prefix that `path` lies under; `prefixes.len()` where there is none.
pub fn preference(path: &str, prefixes: &[String]) -> usize {
    let under = |prefix: &String| {
        let prefix = prefix.trim_end_matches('/');
        path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    prefixes.iter().position(under).unwrap_or(prefixes.len())
}

/// What is done about a pair; `None` where it is ignored. A part or a version whose numbers differ goes only where
/// numbers may go, whatever is done about the others of its kind.
pub fn verdict(pair: &Pair, actions: &Actions) -> Option<Verdict> {
    let policy = match pair.relation {
        Relation::NumbersDiffer => actions.numbers_differ,
        Relation::Contained => actions.contained,
        Relation::Exact | Relation::Near if pair.copy => actions.copy,
        Relation::Exact | Relation::Near => actions.version,
    };
    let numbers = pair.number_conflicts > 0 && actions.numbers_differ != Policy::Drop;
    match policy {
        Policy::Drop if numbers => Some(Verdict::Flag),
        Policy::Drop => Some(Verdict::Drop),
        Policy::Flag => Some(Verdict::Flag),
        Policy::Ignore => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preferred_path_comes_first_then_the_fuller_text_then_the_sounder() {
        let rank = |preferred, symbols, damage, doc| Rank { preferred, fullness: Reverse(symbols), damage, doc };
        let mut ranks =
            [rank(1, 900, 0, 0), rank(1, 1000, 5, 1), rank(1, 1000, 2, 3), rank(1, 1000, 2, 2), rank(0, 10, 9, 4)];
        ranks.sort();
        assert_eq!(ranks.map(|rank| rank.doc), [4, 2, 3, 1, 0]);
    }

    #[test]
    fn other_numbers_go_only_where_numbers_may_go() {
        let pair = |number_conflicts, relation| Pair {
            a: 0,
            b: 1,
            relation,
            jaccard: (7, 10),
            coverage_a: (8, 10),
            coverage_b: (8, 10),
            number_conflicts,
            copy: false,
            differs: None,
        };
        let all = Actions { version: Policy::Drop, contained: Policy::Drop, ..Actions::default() };
        let numbers = Actions { numbers_differ: Policy::Drop, ..all.clone() };
        for relation in [Relation::Near, Relation::Contained] {
            assert_eq!(verdict(&pair(0, relation), &all), Some(Verdict::Drop));
            assert_eq!(verdict(&pair(1, relation), &all), Some(Verdict::Flag));
            assert_eq!(verdict(&pair(1, relation), &numbers), Some(Verdict::Drop));
        }
    }

    #[test]
    fn a_preference_is_a_whole_folder_name() {
        let prefixes = ["gov".to_string(), "school/".to_string()];
        assert_eq!(preference("gov/a.txt", &prefixes), 0);
        assert_eq!(preference("school/b.txt", &prefixes), 1);
        assert_eq!(preference("government/a.txt", &prefixes), 2);
    }
}
