//! Sorted lists of deletions: applying them, composing them, and mapping positions back.

use crate::document::{Edit, Span};

/// Takes the edited spans out of `text`. The edits are sorted and do not overlap.
pub fn apply(text: &str, edits: &[Edit]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for edit in edits {
        out.push_str(text.get(at..edit.span.start as usize).unwrap_or(""));
        at = edit.span.end as usize;
    }
    out.push_str(text.get(at..).unwrap_or(""));
    out
}

/// Sorts edits and settles overlaps: of two edits over the same bytes the first in (start, longer) order keeps them
/// and the other is cut back to what is left of it; neighbours stay separate records.
pub fn settle(edits: &mut Vec<Edit>) {
    edits.sort_by_key(|edit| (edit.span.start, std::cmp::Reverse(edit.span.end)));
    let mut at = 0;
    edits.retain_mut(|edit| {
        edit.span.start = edit.span.start.max(at);
        if edit.span.start >= edit.span.end {
            return false;
        }
        at = edit.span.end;
        true
    });
}

/// Rewrites `later`, edits of the text that `earlier` leaves, as edits of the original text and merges both lists.
/// A later span that reaches over an earlier cut falls into the pieces around it.
pub fn compose(earlier: &[Edit], later: &[Edit]) -> Vec<Edit> {
    let mut out = Vec::with_capacity(earlier.len() + later.len());
    let mut gone = 0u32; // bytes that earlier edits took before the place reached
    let mut next = 0;
    for edit in later {
        let mut start = edit.span.start;
        while start < edit.span.end {
            // Earlier cuts that stand before or exactly at this place come first.
            while let Some(cut) = earlier.get(next).filter(|cut| cut.span.start - gone <= start) {
                gone += cut.span.len() as u32;
                out.push(*cut);
                next += 1;
            }
            let stop = earlier.get(next).map_or(edit.span.end, |cut| edit.span.end.min(cut.span.start - gone));
            out.push(Edit { span: Span { start: start + gone, end: stop + gone }, ..*edit });
            start = stop;
        }
    }
    out.extend_from_slice(&earlier[next..]);
    out
}

/// Maps ascending byte offsets of the edited text to byte offsets of the original. An offset at a cut maps to the
/// place after it.
pub fn to_original(edits: &[Edit], offsets: impl IntoIterator<Item = usize>) -> Vec<usize> {
    let mut gone = 0;
    let mut next = 0;
    offsets
        .into_iter()
        .map(|offset| {
            while let Some(cut) = edits.get(next).filter(|cut| cut.span.start as usize - gone <= offset) {
                gone += cut.span.len();
                next += 1;
            }
            offset + gone
        })
        .collect()
}

/// Maps ascending byte offsets of the original text to byte offsets of the edited one. An offset inside a cut maps to
/// the place where the cut was.
pub fn to_edited(edits: &[Edit], offsets: impl IntoIterator<Item = usize>) -> Vec<usize> {
    let mut gone = 0;
    let mut next = 0;
    offsets
        .into_iter()
        .map(|offset| {
            while let Some(cut) = edits.get(next).filter(|cut| cut.span.end as usize <= offset) {
                gone += cut.span.len();
                next += 1;
            }
            let inside = edits.get(next).map_or(0, |cut| offset.saturating_sub(cut.span.start as usize));
            offset - gone - inside
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Action, Class, RuleId};
    use proptest::prelude::*;

    fn edits_of(mask: &[bool]) -> Vec<Edit> {
        let mut edits: Vec<Edit> = Vec::new();
        for (at, cut) in mask.iter().enumerate() {
            if *cut {
                edits.push(Edit {
                    span: Span::new(at, at + 1),
                    action: Action::Cut,
                    class: Class::Meta,
                    rule: RuleId(0),
                });
            }
        }
        edits
    }

    proptest! {
        #[test]
        fn composing_equals_applying_twice(bits in prop::collection::vec((any::<bool>(), any::<bool>()), 0..60)) {
            let text: String = (0..bits.len()).map(|i| char::from(b'a' + (i % 26) as u8)).collect();
            let first = edits_of(&bits.iter().map(|b| b.0).collect::<Vec<_>>());
            let once = apply(&text, &first);
            let second = edits_of(&bits.iter().map(|b| b.1).take(once.len()).collect::<Vec<_>>());
            let twice = apply(&once, &second);
            let both = compose(&first, &second);
            prop_assert!(both.windows(2).all(|w| w[0].span.end <= w[1].span.start));
            prop_assert_eq!(apply(&text, &both), twice);
        }

        #[test]
        fn offsets_map_to_the_same_character(bits in prop::collection::vec(any::<bool>(), 1..60)) {
            let text: String = (0..bits.len()).map(|i| char::from(b'!' + i as u8)).collect();
            let edits = edits_of(&bits);
            let left = apply(&text, &edits);
            let back = to_original(&edits, 0..left.len());
            prop_assert_eq!(to_edited(&edits, back.iter().copied()), (0..left.len()).collect::<Vec<_>>());
            for (at, original) in back.into_iter().enumerate() {
                prop_assert_eq!(&left[at..=at], &text[original..=original]);
            }
        }
    }
}
