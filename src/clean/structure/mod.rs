//! Detectors that read structure, one file for each family.

pub mod chrome;
pub mod controls;
pub mod ending;
pub mod frame;
mod halves;
pub mod inline;
pub mod junk;
pub mod keyed;
pub mod lead;
pub mod linkword;
pub mod pagehead;
pub mod pager;
pub mod partframe;
pub mod preview;
pub mod related;
pub mod running;
pub mod semicolon;
pub mod title;
pub mod torn;

use crate::document::{Class, RuleId};

/// The detectors that are code and not data. Their numbers come before those of the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detector {
    /// Page markers 1、 2、 … of a preview on bodies of one length.
    PreviewPages,
    /// A link word torn out of its sentence.
    TornLink,
    /// A page break with an added full stop inside a sentence.
    TornPage,
    /// A paragraph broken after each semicolon.
    SemicolonBreak,
    /// A pager, whole or shattered over lines.
    PagerShattered,
    /// A heading for other articles with the list of their titles.
    RelatedList,
    /// The same title again.
    TitleRepeat,
    /// The title again inside a line.
    TitleRepeatInline,
    /// Back-ticks, quotes and stops that copy protection leaves after 的.
    StrayBacktick,
    /// The reading of a character in brackets after it.
    PinyinGloss,
    /// Entities, tags and other remains of markup.
    HtmlEntity,
    /// Jumbled ASCII that forums hide in their posts.
    ForumJumble,
    /// Random strings.
    HashBlock,
    /// Paragraphs about nothing between the title and the text.
    SeoParagraph,
    /// A cut-off copy of the first paragraph above it.
    Teaser,
    /// A table of contents of titles that follow.
    ContentsList,
    /// A passage that stands twice in the document.
    RepeatedPassage,
    /// A trail, a menu or the name of the site above the title.
    NavShape,
    /// A row of keys that tell of the page.
    MetaRow,
    /// What stands below sure debris at the end.
    TailRest,
    /// Links and menus among sure frame lines outside the body.
    PageFrame,
    /// A row of words to click on.
    ControlRow,
    /// Head and number of a printed page.
    PageHead,
    /// What stands around each part of a compilation.
    PartFrame,
    /// Lines at the edges that are worded as those of pages are.
    Chrome,
}

/// Detectors that a rules file leaves out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Disabled(u32);

impl Disabled {
    /// Leaves out the detector of this name, and says whether there is one.
    pub fn insert(&mut self, name: &str) -> bool {
        let at = Detector::ALL.iter().position(|detector| detector.name() == name);
        self.0 |= at.map_or(0, |at| 1 << at);
        at.is_some()
    }

    /// Whether a number is that of a detector that is left out; rules and templates come after the detectors.
    pub fn contains(self, rule: RuleId) -> bool {
        self.0.checked_shr(u32::from(rule.0)).is_some_and(|rest| rest & 1 == 1)
    }
}

const _: () = assert!(Detector::ALL.len() <= u32::BITS as usize);

impl Detector {
    /// All detectors in the order of their numbers.
    pub const ALL: [Self; 25] = [
        Self::PreviewPages,
        Self::TornLink,
        Self::TornPage,
        Self::SemicolonBreak,
        Self::PagerShattered,
        Self::RelatedList,
        Self::TitleRepeat,
        Self::TitleRepeatInline,
        Self::StrayBacktick,
        Self::PinyinGloss,
        Self::HtmlEntity,
        Self::ForumJumble,
        Self::HashBlock,
        Self::SeoParagraph,
        Self::Teaser,
        Self::ContentsList,
        Self::RepeatedPassage,
        Self::NavShape,
        Self::MetaRow,
        Self::TailRest,
        Self::PageFrame,
        Self::ControlRow,
        Self::PageHead,
        Self::PartFrame,
        Self::Chrome,
    ];

    /// Name in rules files and records.
    pub fn name(self) -> &'static str {
        match self {
            Self::PreviewPages => "preview-pages",
            Self::TornLink => "torn-link",
            Self::TornPage => "torn-page",
            Self::SemicolonBreak => "semicolon-break",
            Self::PagerShattered => "pager-shattered",
            Self::RelatedList => "related-list",
            Self::TitleRepeat => "title-repeat",
            Self::TitleRepeatInline => "title-repeat-inline",
            Self::StrayBacktick => "stray-backtick",
            Self::PinyinGloss => "pinyin-gloss",
            Self::HtmlEntity => "html-entity",
            Self::ForumJumble => "forum-jumble",
            Self::HashBlock => "hash-block",
            Self::SeoParagraph => "seo-paragraph",
            Self::Teaser => "teaser",
            Self::ContentsList => "contents-list",
            Self::RepeatedPassage => "repeated-passage",
            Self::NavShape => "nav-shape",
            Self::MetaRow => "meta-row",
            Self::TailRest => "tail-rest",
            Self::PageFrame => "page-frame",
            Self::ControlRow => "control-row",
            Self::PageHead => "page-head",
            Self::PartFrame => "part-frame",
            Self::Chrome => "page-chrome",
        }
    }

    /// Class of what the detector takes away.
    pub fn class(self) -> Class {
        match self {
            Self::PreviewPages => Class::PageMarker,
            Self::TornLink | Self::TornPage => Class::TornLink,
            Self::SemicolonBreak => Class::Layout,
            Self::PagerShattered => Class::Pagination,
            Self::RelatedList => Class::Related,
            Self::TitleRepeat | Self::TitleRepeatInline => Class::TitleRepeat,
            Self::StrayBacktick => Class::StrayCharacter,
            Self::PinyinGloss => Class::PinyinGloss,
            Self::HtmlEntity => Class::ControlDebris,
            Self::ForumJumble => Class::ForumNoise,
            Self::HashBlock => Class::RandomBlock,
            Self::SeoParagraph => Class::Seo,
            Self::Teaser => Class::DoubledText,
            Self::ContentsList => Class::CompilationFrame,
            Self::RepeatedPassage => Class::Repeat,
            Self::NavShape => Class::Nav,
            Self::MetaRow => Class::Meta,
            Self::TailRest => Class::Footer,
            Self::PageFrame => Class::Nav,
            Self::ControlRow => Class::WindowTools,
            Self::PageHead => Class::Pagination,
            Self::PartFrame => Class::CompilationFrame,
            Self::Chrome => Class::Nav,
        }
    }

    /// Number in the rule set.
    pub fn id(self) -> RuleId {
        RuleId(self as u16)
    }
}
