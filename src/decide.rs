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

/// What is done about a pair; `None` where it is ignored.
pub fn verdict(pair: &Pair, actions: &Actions) -> Option<Verdict> {
    let policy = match pair.relation {
        Relation::NumbersDiffer => actions.numbers_differ,
        Relation::Contained => actions.contained,
        Relation::Exact | Relation::Near if pair.copy => actions.copy,
        Relation::Exact | Relation::Near => actions.version,
    };
    match policy {
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
    fn a_preference_is_a_whole_folder_name() {
        let prefixes = ["gov".to_string(), "school/".to_string()];
        assert_eq!(preference("gov/a.txt", &prefixes), 0);
        assert_eq!(preference("school/b.txt", &prefixes), 1);
        assert_eq!(preference("government/a.txt", &prefixes), 2);
    }
}
