//! Cleaning: from a text to the deletions that free it of debris and mend what was torn.
//!
//! One round looks at the text once with all rules and detectors. What a round uncovers (a glued intro behind a page
//! marker) is the next round's, until nothing changes; the rounds together are edits of the text given.

pub mod automaton;
mod classes;
mod edges;
pub mod fold;
pub mod guards;
mod lists;
pub mod literals;
pub mod needs;
mod own;
pub mod pattern;
pub mod rules;
pub mod structure;
mod sure;
pub mod templates;
mod titles;
pub mod view;
pub mod wording;
pub mod zones;

pub use own::code;
pub use rules::{Company, Cut, ExampleFailure, Rule, RuleSet, Zone};

use crate::document::{Class, Damage, Edit};
use crate::edits;
use crate::exceptions::{self, Places};
use std::collections::BTreeSet;
use std::ops::Range;
use view::{Marks, View};
use zones::{Walker, sections};

/// Rounds until a text must have come to rest; most need two, and debris in layers one for each.
const ROUNDS: usize = 16;
/// A document that loses more than this of its characters in running text is left whole.
const BRAKE_PERCENT: usize = 30;
/// And so is one of which this much goes altogether.
const FRAME_PERCENT: usize = 70;

/// What cleaning found in a text.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Cleaned {
    /// Deletions, sorted and apart from each other, in bytes of the text given.
    pub edits: Vec<Edit>,
    /// Signs of damage, those mended by the edits among them; blanks are counted with the key.
    pub damage: Damage,
    /// The title, where only a line that goes held it.
    pub title: Option<String>,
    /// Why the document was left whole for a person to look at.
    pub review: Option<String>,
    /// Which of the places that must stay would have been changed.
    pub held: BTreeSet<usize>,
}

/// Finds the debris of a text with LF line ends. Pure: the same text and rules give the same edits.
pub fn clean(text: &str, rules: &RuleSet) -> Cleaned {
    clean_in(text, rules, "", &[])
}

/// The same for a document of a folder, which may have templates of its own, without a change to the places that must
/// stay.
pub fn clean_in(text: &str, rules: &RuleSet, folder: &str, stays: &[Range<usize>]) -> Cleaned {
    let cleaned = attempt(text, rules, folder, stays, true);
    if cleaned.review.is_none() || rules.templates().list().is_empty() {
        return cleaned;
    }
    // Templates that would take too much are not applied, and a person is told.
    let plain = attempt(text, rules, folder, stays, false);
    Cleaned { review: plain.review.clone().or(cleaned.review), ..plain }
}

/// One way to clean a text: with learned templates or without.
fn attempt(text: &str, rules: &RuleSet, folder: &str, stays: &[Range<usize>], learned: bool) -> Cleaned {
    let mut cleaned = Cleaned::default();
    let mut intros = Vec::new();
    let mut current: Option<String> = None;
    for _ in 0..ROUNDS {
        let now = current.as_deref().unwrap_or(text);
        let mut found = round(now, rules, folder, learned, &mut intros);
        if !stays.is_empty() {
            let stays = Places::new(exceptions::shifted(stays, &cleaned.edits));
            found.edits.retain(|edit| {
                let held = stays.met(&edit.span.range());
                cleaned.held.extend(held);
                held.is_none()
            });
        }
        cleaned.damage.strays += found.damage.strays;
        cleaned.damage.glosses += found.damage.glosses;
        if found.edits.is_empty() {
            break;
        }
        cleaned.edits = edits::compose(&cleaned.edits, &found.edits);
        current = Some(edits::apply(text, &cleaned.edits));
    }
    cleaned.damage.torn =
        cleaned.edits.iter().filter(|edit| edit.action == crate::document::Action::Join).count() as u32;
    if let Some(percent) = too_much(text, &cleaned.edits, rules) {
        return Cleaned {
            edits: Vec::new(),
            review: Some(format!("the rules would take {percent} % of the text; left whole")),
            ..cleaned
        };
    }
    if let Some(left) = &current {
        cleaned.title = titles::only_in_cut(text, left, &intros);
    }
    cleaned
}

struct Round {
    edits: Vec<Edit>,
    damage: Damage,
}

fn round(text: &str, rules: &RuleSet, folder: &str, learned: bool, intros: &mut Vec<String>) -> Round {
    let view = View::new(text);
    let mut marks = Marks::new(&view, rules.disabled());
    let mut damage = Damage::default();
    let mut candidates = rules.scan(&view.folded, &view.lines);
    candidates.retain(|(line, _)| !marks.sealed(*line as usize));

    let mut sections = sections(&view);
    let on_writing = guards::on_writing(&view);
    let mut walker = Walker::new(&view, rules, &candidates, on_writing);
    walker.everywhere();
    for section in &mut sections {
        walker.walk(section);
    }
    intros.extend(titles::intros(&view, &walker.intro_lines, &sections));
    walker.settle(&sections, &mut marks);

    structure::pager::detect(&view, &mut marks);
    structure::pagehead::detect(&view, &mut marks);
    structure::controls::detect(&view, &sections, &mut marks);
    let worded = RuleSet::lines_with(&candidates, rules::RELATED_WORD);
    structure::related::detect(&view, &sections, &worded, &mut marks);
    structure::lead::detect(&view, &sections, on_writing, &mut marks);
    structure::keyed::detect(&view, &mut marks);
    structure::frame::detect(&view, &sections, &mut marks);
    templates::detect(&view, rules, &candidates, learned.then_some(folder), &mut marks);
    let title = structure::title::detect(&view, &sections, &mut marks);
    let signed = RuleSet::lines_with(&candidates, rules::INLINE_SIGN);
    (damage.strays, damage.glosses) = structure::inline::detect(&view, &signed, &mut marks);
    structure::junk::detect(&view, &mut marks);
    structure::ending::detect(&view, &sections, &mut marks);
    structure::partframe::detect(&view, &mut marks);
    // Joins come last: a line that goes is nobody's continuation.
    marks.sweep();
    let told = |rule| rule != structure::Detector::PageFrame.id() && !rules.is_template(rule);
    structure::chrome::detect(&view, &sections, told, &mut marks);
    let torn = structure::running::detect(&view, title, &mut marks);
    structure::preview::detect(&view, &mut marks);
    structure::torn::detect(&view, &mut marks);
    structure::linkword::detect(&view, &mut marks);
    structure::semicolon::detect(&view, &mut marks);
    let mut page_debris: Vec<bool> =
        marks.lines_of(&[Class::Pagination, Class::ShareBox, Class::Truncation, Class::Advertising]);
    torn.into_iter().for_each(|line| page_debris[line] = true);
    structure::pager::rejoin(&view, &mut marks, &|line| page_debris[line]);
    Round { edits: marks.finish(), damage }
}

/// The share of the text that would go, in percent, where it is over the brake.
///
/// Running text counts, title lists and repairs do not; nor does a frame of short lines, which may well be longer than
/// the notice it frames, as long as text is left in it. What many texts have at the same edge is proven, so the short
/// lines of templates do not count; nor do links among sure frame lines, of which a portal has more than text.
fn too_much(text: &str, edits: &[Edit], rules: &RuleSet) -> Option<usize> {
    if edits.is_empty() {
        return None;
    }
    let full = |part: &str| part.chars().filter(|c| !c.is_whitespace()).count();
    let (mut running, mut gone) = (0, 0);
    for edit in edits {
        let framed = [structure::Detector::PageFrame.id(), structure::Detector::Chrome.id()].contains(&edit.rule);
        let frame = framed || rules.is_template(edit.rule);
        let exempt = matches!(
            edit.class,
            Class::Related
                | Class::PageMarker
                | Class::TornLink
                | Class::StrayCharacter
                | Class::PinyinGloss
                | Class::ControlDebris
                | Class::Layout
                | Class::ForumNoise
                | Class::RandomBlock
        );
        if frame {
            // The lines of menus and links are proven; a paragraph counts whoever cuts it.
            let cut = edit.span.of(text);
            running += if cut.lines().any(guards::prose) { full(cut) - named(cut) } else { 0 };
        } else if !exempt {
            let cut = edit.span.of(text);
            let size = full(cut);
            gone += size;
            running += if cut.lines().any(guards::prose) { size } else { 0 };
        }
    }
    let all = full(text).max(1);
    let bare = gone * 100 > all * FRAME_PERCENT;
    (running * 100 > all * BRAKE_PERCENT || bare).then_some(gone.max(running) * 100 / all)
}

/// Characters of titles that a line names: 《》 and what stands between.
fn named(line: &str) -> usize {
    let titles = line.split('《').skip(1).filter_map(|part| part.split_once('》'));
    titles.map(|(title, _)| title.chars().filter(|c| !c.is_whitespace()).count() + 2).sum()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::sync::LazyLock;

    pub(crate) static RULES: LazyLock<RuleSet> = LazyLock::new(|| RuleSet::builtin().expect("built-in rules compile"));

    pub(crate) fn cleaned(text: &str) -> String {
        edits::apply(text, &clean(text, &RULES).edits)
    }
}
