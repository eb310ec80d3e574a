//! Byte offsets of a text as characters and lines, and edits as records.

use crate::audit::RemovalRecord;
use crate::document::{Edit, RuleId};
use crate::utf8;

/// For ascending byte offsets: the characters before each, and its line, counted from 1. One pass over the text.
pub fn places(text: &str, offsets: impl IntoIterator<Item = usize>) -> Vec<(u64, u64)> {
    let bytes = text.as_bytes();
    let (mut at, mut chars, mut line) = (0, 0u64, 1u64);
    offsets
        .into_iter()
        .map(|offset| {
            debug_assert!(offset >= at, "offsets ascend");
            let piece = bytes.get(at..offset.min(bytes.len())).unwrap_or_default();
            at += piece.len();
            chars += utf8::count(piece);
            line += memchr::memchr_iter(b'\n', piece).count() as u64;
            (chars, line)
        })
        .collect()
}

/// The records of a document's edits: sorted edits of the decoded text that do not overlap.
pub fn removals<'n>(path: &str, text: &str, edits: &[Edit], name: impl Fn(RuleId) -> &'n str) -> Vec<RemovalRecord> {
    // The last byte of a span stands for its last character; that it may lie inside that character does no harm,
    // only its line is used.
    let offsets = edits.iter().flat_map(|edit| {
        let (start, end) = (edit.span.start as usize, edit.span.end as usize);
        [start, end.saturating_sub(1).max(start), end]
    });
    let places = places(text, offsets);
    edits
        .iter()
        .zip(places.chunks_exact(3))
        .map(|(edit, place)| RemovalRecord {
            path: path.to_owned(),
            start: place[0].0,
            end: place[2].0,
            line_start: place[0].1,
            line_end: place[1].1,
            action: edit.action,
            class: edit.class,
            rule: name(edit.rule).to_owned(),
            text: edit.span.of(text).to_owned(),
        })
        .collect()
}

/// What an edit took before a place of the edited text: lets places of the cleaned text be told in the input's terms
/// when the input is no longer at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// Byte of the edited text at which the edit took something.
    pub at: u32,
    /// Characters it took.
    pub chars: u32,
    /// Line breaks it took.
    pub lines: u32,
}

/// The gaps that sorted edits leave in `text`.
pub fn gaps(text: &str, edits: &[Edit]) -> Box<[Gap]> {
    let mut gone = 0;
    edits
        .iter()
        .map(|edit| {
            let taken = edit.span.of(text);
            let at = edit.span.start - gone;
            gone += edit.span.len() as u32;
            Gap {
                at,
                chars: taken.chars().count() as u32,
                lines: memchr::memchr_iter(b'\n', taken.as_bytes()).count() as u32,
            }
        })
        .collect()
}

/// [`places`] of the original text for ascending byte offsets of the edited one. An offset at a gap maps behind it.
pub fn places_through(edited: &str, gaps: &[Gap], offsets: &[usize]) -> Vec<(u64, u64)> {
    let mut places = places(edited, offsets.iter().copied());
    let (mut next, mut chars, mut lines) = (0, 0, 0);
    for (offset, place) in offsets.iter().zip(&mut places) {
        while let Some(gap) = gaps.get(next).filter(|gap| gap.at as usize <= *offset) {
            chars += u64::from(gap.chars);
            lines += u64::from(gap.lines);
            next += 1;
        }
        place.0 += chars;
        place.1 += lines;
    }
    places
}

/// Puts removed texts back between the characters of `kept`. `None` where the records do not fit the text.
/// The records are sorted by `start` and do not overlap.
pub fn put_back(kept: &str, removals: &[RemovalRecord]) -> Option<String> {
    let mut out = String::with_capacity(kept.len() + removals.iter().map(|r| r.text.len()).sum::<usize>());
    let (mut rest, mut chars) = (kept, 0u64);
    for removal in removals {
        let between = removal.start.checked_sub(chars)?;
        let split = match between {
            0 => 0,
            _ => {
                let (at, last) = rest.char_indices().nth(usize::try_from(between - 1).ok()?)?;
                at + last.len_utf8()
            }
        };
        out.push_str(&rest[..split]);
        rest = &rest[split..];
        out.push_str(&removal.text);
        if removal.start + removal.text.chars().count() as u64 != removal.end {
            return None;
        }
        chars = removal.end;
    }
    out.push_str(rest);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Action, Class, Span};
    use crate::edits::apply;
    use proptest::prelude::*;

    #[test]
    fn lines_and_characters() {
        let text = "甲\n乙丙\n\nd";
        assert_eq!(places(text, [0, 3, 4, 10, 11, 12, 13]), [(0, 1), (1, 1), (2, 2), (4, 2), (5, 3), (6, 4), (7, 4)]);
        let edits = [Edit { span: Span::new(3, 11), action: Action::Cut, class: Class::Meta, rule: RuleId(3) }];
        let records = removals("p", text, &edits, |_| "rule");
        assert_eq!((records[0].start, records[0].end), (1, 5));
        assert_eq!((records[0].line_start, records[0].line_end), (1, 2));
        assert_eq!(records[0].text, "\n乙丙\n");
    }

    proptest! {
        #[test]
        fn kept_text_and_removals_are_the_input(marks in prop::collection::vec((prop_oneof![Just('甲'), Just('a'), Just('\n'), Just('𠀀')], any::<bool>()), 0..60)) {
            let text: String = marks.iter().map(|m| m.0).collect();
            let mut edits: Vec<Edit> = Vec::new();
            for ((at, ch), (_, cut)) in text.char_indices().zip(&marks) {
                if *cut {
                    edits.push(Edit { span: Span::new(at, at + ch.len_utf8()), action: Action::Cut, class: Class::Meta, rule: RuleId(0) });
                }
            }
            let records = removals("p", &text, &edits, |_| "r");
            for (record, edit) in records.iter().zip(&edits) {
                let before = &text[..edit.span.start as usize];
                prop_assert_eq!(record.start, before.chars().count() as u64);
                prop_assert_eq!(record.line_start, before.matches('\n').count() as u64 + 1);
                prop_assert_eq!(record.line_end, record.line_start);
            }
            prop_assert_eq!(put_back(&apply(&text, &edits), &records), Some(text));
        }
    }
}
