//! Reads patterns for folded text, with classes no finer than the pages ask for.
//!
//! `\w` has 770 ranges and `\d` 71, nearly all of scripts that Chinese pages do not have; to compile them took a fifth
//! of the time that all patterns take, in every run.

use super::fold::fold;
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Capture, Class, ClassUnicode, ClassUnicodeRange, Hir, HirKind, Repetition};
use std::sync::LazyLock;

/// Ranges of a class from which on it is made coarser. White space has 10, Han 21.
const FINE: usize = 32;

/// Latin, Greek and Cyrillic; signs, kana, Han; forms of letters and signs; pictures; rare Han. Of these every
/// character counts.
const COMMON: [(char, char); 6] = [
    ('\0', '\u{24F}'),
    ('\u{370}', '\u{52F}'),
    ('\u{2000}', '\u{9FFF}'),
    ('\u{F900}', '\u{FFFF}'),
    ('\u{1F000}', '\u{1FAFF}'),
    ('\u{20000}', '\u{323AF}'),
];

/// A character that is no letter, digit or sign: whether a class has it tells of all that are not common.
const PRIVATE: char = '\u{E000}';

static FAR: LazyLock<ClassUnicode> = LazyLock::new(|| {
    let mut far = common();
    far.negate();
    far
});

fn common() -> ClassUnicode {
    ClassUnicode::new(COMMON.map(|(first, last)| ClassUnicodeRange::new(first, last)))
}

/// Reads a pattern; ASCII letters match either case, Han of either script.
pub fn parse(source: &str) -> Result<Hir, String> {
    let mut parser = ParserBuilder::new().case_insensitive(true).build();
    parser.parse(&fold(source)).map(coarse).map_err(|error| error.to_string())
}

/// Whether a pattern has a class that is too fine.
fn fine(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Class(Class::Unicode(class)) => class.ranges().len() >= FINE,
        HirKind::Repetition(Repetition { sub, .. }) | HirKind::Capture(Capture { sub, .. }) => fine(sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().any(fine),
        _ => false,
    }
}

fn coarse(hir: Hir) -> Hir {
    if !fine(&hir) {
        return hir;
    }
    match hir.into_kind() {
        HirKind::Class(Class::Unicode(mut class)) => {
            let far = class.iter().any(|range| (range.start()..=range.end()).contains(&PRIVATE));
            class.intersect(&common());
            if far {
                class.union(&FAR);
            }
            Hir::class(Class::Unicode(class))
        }
        HirKind::Repetition(Repetition { min, max, greedy, sub }) => {
            Hir::repetition(Repetition { min, max, greedy, sub: Box::new(coarse(*sub)) })
        }
        HirKind::Capture(Capture { index, name, sub }) => {
            Hir::capture(Capture { index, name, sub: Box::new(coarse(*sub)) })
        }
        HirKind::Concat(parts) => Hir::concat(parts.into_iter().map(coarse).collect()),
        HirKind::Alternation(parts) => Hir::alternation(parts.into_iter().map(coarse).collect()),
        HirKind::Empty => Hir::empty(),
        HirKind::Literal(literal) => Hir::literal(literal.0),
        HirKind::Look(look) => Hir::look(look),
        HirKind::Class(class) => Hir::class(class),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use regex_automata::meta::Regex;

    #[test]
    fn coarse_classes_tell_common_characters_as_fine_ones_do() {
        for source in [r"\w", r"\W", r"\d", r"\D", r"[\d年]", r"[^\w。]", r"\p{L}", r"\s", r"\p{Han}"] {
            let coarse = Regex::builder().build_from_hir(&parse(source).unwrap()).unwrap();
            let fine = Regex::new(source).unwrap();
            let of = |regex: &Regex, c: char| regex.is_match(c.encode_utf8(&mut [0; 4]).as_bytes());
            for c in COMMON.into_iter().flat_map(|(first, last)| first..=last).step_by(7) {
                assert_eq!(of(&coarse, c), of(&fine, c), "{source} {c:?}");
            }
            if ![r"\s", r"\p{Han}"].contains(&source) {
                // Thai and Arabic are as what is no letter.
                assert!(['ก', 'ب', '٣'].into_iter().all(|c| of(&coarse, c) == of(&fine, PRIVATE)), "{source}");
            }
        }
    }

    #[test]
    fn a_pattern_keeps_its_shape() {
        let source = r"^(?P<cut>\d{1,4}年|第[一二三]+页)?[^。]{0,9}x$";
        let (hir, text) = (parse(source).unwrap(), "2024年ABCX");
        let regex = Regex::builder().build_from_hir(&hir).unwrap();
        let mut captures = regex.create_captures();
        regex.captures(text, &mut captures);
        assert_eq!(captures.get_group_by_name("cut").map(|span| span.range()), Some(0..7));
        assert!(captures.get_match().is_some_and(|found| found.range() == (0..text.len())));
        assert!(parse("(").is_err());
    }
}
