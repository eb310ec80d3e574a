//! Spans, edits and what is known of one document.

use serde::{Deserialize, Serialize};

/// Half-open range of bytes of a document's text, always on character boundaries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The span from `start` to `end`, in bytes.
    pub fn new(start: usize, end: usize) -> Self {
        debug_assert!(start <= end);
        Self { start: start as u32, end: end as u32 }
    }

    /// Length in bytes.
    pub fn len(&self) -> usize {
        (self.end - self.start) as usize
    }

    /// Whether the span holds no byte.
    pub fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// The same span as a range for slicing.
    pub fn range(&self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }

    /// The text under the span; empty where the span does not fit the text.
    pub fn of<'t>(&self, text: &'t str) -> &'t str {
        text.get(self.range()).unwrap_or("")
    }
}

/// What an edit does. Both delete a span: a cut takes debris away, a join takes away a break inside a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Debris or a repeated passage is taken away.
    Cut,
    /// A line break (and nothing else) is taken away, so that a torn sentence is whole again.
    Join,
}

/// The class of debris, after the thirty classes of the boilerplate taxonomy (`docs/classes.md`), and `repeat` for
/// passages that stand twice in a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)] // the names are the documentation; docs/classes.md has an example of each
pub enum Class {
    Nav,
    Meta,
    Intro,
    Seo,
    Disclaimer,
    ShareBox,
    PageMarker,
    CompilationFrame,
    TitleRepeat,
    Related,
    Pagination,
    TornLink,
    ForeignAnchor,
    StrayCharacter,
    ForumNoise,
    RandomBlock,
    PinyinGloss,
    ConversionDamage,
    ControlDebris,
    Truncation,
    Advertising,
    Share,
    Tags,
    Credit,
    WindowTools,
    Footer,
    Verdict,
    Placeholder,
    Layout,
    DoubledText,
    Repeat,
}

/// A rule or structural detector, as a number into the rule set that made it (`RuleSet::name`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleId(pub u16);

/// One deletion from a text: what goes, why, and which rule says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edit {
    /// What goes, in bytes of the text that was edited.
    pub span: Span,
    /// Cut or join.
    pub action: Action,
    /// The class of debris.
    pub class: Class,
    /// The rule that recognised it.
    pub rule: RuleId,
}

/// The signs of damage by which the survivor of two copies is chosen: fewer is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Hash)]
pub struct Damage {
    /// Sentences torn by links, pages or semicolons (joins made).
    pub torn: u32,
    /// Blanks such as `xx`, `20xx` and `××`.
    pub blanks: u32,
    /// Pinyin glosses.
    pub glosses: u32,
    /// Stray characters.
    pub strays: u32,
    /// Signs of a broken layout in the cleaned text (`segment::broken`).
    pub broken: u32,
}

impl Damage {
    /// All signs together.
    pub fn total(&self) -> u32 {
        self.torn + self.blanks + self.glosses + self.strays + self.broken
    }
}
