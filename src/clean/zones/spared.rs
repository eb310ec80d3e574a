//! What a rule's hit must not take along: lines that guards keep, addresses of an audience, text on the same line.

use crate::clean::automaton::{Automaton, fixed};
use crate::clean::guards::{self, Guard};
use crate::clean::rules::Rule;
use crate::document::Class;
use crate::segment::ends_sentence;
use std::ops::Range;
use std::sync::LazyLock;

/// Longest heading on the line of what it heads, in characters.
const HEADING: usize = 12;

/// Whether a guard keeps a line from a rule that cuts lines. Numbered download notes are debris all the same, and a
/// footer's address stands in company.
pub fn kept(text: &str, row: &Rule) -> bool {
    // An article of a statute is never a frame, nor an answer to choose.
    if guards::article(text) || guards::options(text) {
        return true;
    }
    // Nor is a question, nor a sentence that quotes one.
    let sentence = text.trim_end();
    if row.class == Class::Footer
        && (sentence.ends_with(['?', '？']) || (sentence.ends_with('。') && sentence.contains('“')))
    {
        return true;
    }
    match guards::guard(text) {
        None => false,
        Some(Guard::Heading) => {
            !matches!(row.class, Class::Disclaimer | Class::ShareBox | Class::Truncation | Class::Pagination)
        }
        Some(Guard::Contact) => !matches!(row.class, Class::Footer | Class::Credit | Class::Meta),
        Some(Guard::Signature) => !matches!(row.class, Class::Footer | Class::Nav),
        Some(_) => true,
    }
}

/// Cuts a range back so that an address of an audience inside it stays.
pub fn spare_salutation(text: &str, range: Range<usize>) -> Range<usize> {
    static CALL: LazyLock<Automaton> = LazyLock::new(|| {
        fixed(
            r"(?:(?:尊敬的|敬爱的|亲爱的)[^。：:！!？?]{0,40}|各位[^。：:！!？?]{0,24}|\p{Han}{0,2})(?:同志们|同学们|老师们|朋友们|代表|来宾|嘉宾|领导|同事|委员|家长|同仁|战友们|女士们|先生们|评委)[^。：:！!？?]{0,24}[：:]",
        )
    });
    match text.get(range.clone()).and_then(|inside| CALL.find(inside)) {
        Some(call) => range.start..range.start + call.start(),
        None => range,
    }
}

/// Whether what stands before a disclaimer on its line is nothing, its heading, or more of the site's words.
pub fn heads(before: &str) -> bool {
    let before = before.trim();
    let bracketed = before.starts_with(['(', '（', '[', '【']) && !before.contains([')', '）', ']', '】']);
    let heading = before.chars().count() <= HEADING && !before.ends_with(ends_sentence);
    bracketed || heading || guards::site_speech(before)
}

/// Whether what stands before an intro on its line is lead-in and can go with it.
pub fn lead_in(before: &str) -> bool {
    before.len() <= 900
        && !before.contains(['：', ':'])
        && (before.trim().is_empty() || before.trim_end().ends_with(ends_sentence))
}
