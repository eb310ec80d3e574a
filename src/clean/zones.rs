//! Heads and tails: walks a section from both edges towards its body and applies the rules on the way.
//!
//! A walk ends at the first line of running text that no rule knows, or at a salutation or closing. So the body costs
//! nothing, and a rule for edges never reaches it.

mod company;
mod spared;

use super::fold::fold;
use super::guards;
use super::needs::Held;
use super::rules::{Company, Cut, INLINE_SIGN, Rule, RuleSet, Zone};
use super::view::{Marks, View};
use crate::document::{Class, RuleId};
use crate::utf8;
use company::{Hits, label, told_on};
use spared::{heads, kept, lead_in, spare_salutation};
use std::cell::LazyCell;
use std::ops::Range;
use std::sync::LazyLock;

/// Walks end after this many lines that are neither debris nor body.
const IDLE: usize = 14;
/// Bytes at the edge of the first and last body line in which a glued intro or credit is looked for.
const WINDOW: usize = 1500;
/// Lines that tell of a page, between its title and the text.
const META: usize = 2;
/// Longest line, in bytes, that may be verse.
const WORDS: usize = 42;

/// What begins that which a site says below a text, in the script of folded text.
static OUTRO: LazyLock<Vec<String>> =
    LazyLock::new(|| "以上 上面 上述 更多 想了解 如果您 希望 欢迎 仅供".split(' ').map(fold).collect());

/// A stretch of lines with a head and a tail of its own: the document, or a part of it.
#[derive(Debug, Clone)]
pub struct Section {
    /// Its lines, the part title not among them.
    pub lines: Range<usize>,
    /// Whether the document starts here.
    pub first: bool,
    /// Whether the document ends here.
    pub last: bool,
    /// Whether all of it stands before the first part.
    pub front: bool,
    /// One past the last line of the head; the first body line.
    pub body: usize,
    /// First line of the tail.
    pub tail: usize,
}

/// The sections of a document: what stands before the first part, and the parts; or all of it.
pub fn sections(view: &View) -> Vec<Section> {
    let section = |lines: Range<usize>, first, last, front| Section {
        body: lines.start,
        tail: lines.end,
        lines,
        first,
        last,
        front,
    };
    let Some(start) = view.parts.first() else { return vec![section(0..view.lines.len(), true, true, false)] };
    let mut out = vec![section(0..start.title_line, true, false, true)];
    let count = view.parts.len();
    out.extend(view.parts.iter().enumerate().map(|(i, part)| section(part.lines(), false, i + 1 == count, false)));
    out
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Head,
    Tail,
}

/// A hit of a rule that is not yet decided on.
struct Hit {
    line: usize,
    rule: u16,
    /// Bytes of the text; `None` is the whole line.
    range: Option<Range<usize>>,
    block: bool,
    company: Company,
}

/// Applies rules to the lines of a view.
pub struct Walker<'a, 't> {
    view: &'a View<'t>,
    rules: &'a RuleSet,
    /// (line, rule) pairs with a literal, sorted.
    candidates: &'a [(u32, u16)],
    hits: Vec<Hit>,
    /// The line asked about last, and its words.
    held: Option<(usize, Held)>,
    /// Lines of intros: they may name the title.
    pub intro_lines: Vec<usize>,
    /// Whether the title speaks of writing.
    on_writing: bool,
    /// Whether any line is running text; verse, lists and tables have none.
    has_prose: bool,
}

impl<'a, 't> Walker<'a, 't> {
    /// A walker over the lines of `view`; `on_writing` says whether its title speaks of writing.
    pub fn new(view: &'a View<'t>, rules: &'a RuleSet, candidates: &'a [(u32, u16)], on_writing: bool) -> Self {
        let has_prose = (0..view.lines.len()).any(|line| guards::prose(view.fold(line)));
        Self { view, rules, candidates, hits: Vec::new(), held: None, intro_lines: Vec::new(), on_writing, has_prose }
    }

    /// Applies the rules for any place.
    pub fn everywhere(&mut self) {
        for &(line, rule) in self.candidates.iter().filter(|c| c.1 < INLINE_SIGN) {
            let row = self.rules.rule(rule);
            if row.zone == Zone::Any {
                self.try_rule(line as usize, rule, row, None, 0..self.view.fold(line as usize).len());
            }
        }
    }

    /// Walks the head and tail of a section and notes where its body begins and ends.
    pub fn walk(&mut self, section: &mut Section) {
        section.body = self.head(section);
        section.tail = self.tail(section);
    }

    fn head(&mut self, section: &Section) -> usize {
        let mut idle = 0;
        let lines = section.lines.clone();
        for line in lines.clone() {
            if self.view.blank(line) {
                continue;
            }
            let text = self.view.fold(line);
            if guards::salutation(text) {
                return line;
            }
            let hit = self.apply(line, Side::Head, section.first, 0..window_end(text));
            if hit.whole {
                idle = 0;
            } else if guards::prose(text) {
                // What is left of a line with a glued intro is the body.
                if !section.front && !self.debris_follows(line, section) {
                    return line;
                }
            } else if guards::closing(text) && !section.front {
                return line;
            } else {
                idle += 1;
                if idle > IDLE {
                    return line;
                }
            }
        }
        lines.end
    }

    /// Whether strong debris of a head stands among the next three lines: then a paragraph before it is a teaser or
    /// a lead-in and not yet the body.
    fn debris_follows(&self, line: usize, section: &Section) -> bool {
        let mut at = line;
        for _ in 0..3 {
            let Some(next) = self.view.next_full(at, section.lines.end) else { return false };
            let text = self.view.fold(next);
            if guards::salutation(text) {
                return false;
            }
            let held = LazyCell::new(|| self.rules.held(text));
            let strong = self.rules_of(next).any(|rule| {
                let row = self.rules.rule(rule);
                row.company == Company::None
                    && matches!(row.class, Class::Intro | Class::Meta | Class::Disclaimer | Class::Nav)
                    && fits(row.zone, Side::Head, section.first)
                    && self.rules.may_hit(rule, &held)
                    && row
                        .find(text)
                        .is_some_and(|found| row.cut == Cut::Line || found.start == 0 || found.len() * 2 > text.len())
            });
            if strong {
                return true;
            }
            at = next;
        }
        false
    }

    fn tail(&mut self, section: &Section) -> usize {
        let mut idle = 0;
        let mut edge = section.lines.end;
        for line in (section.body..section.lines.end).rev() {
            if self.view.blank(line) {
                continue;
            }
            let text = self.view.fold(line);
            if guards::salutation(text) {
                break;
            }
            let hit = self.apply(line, Side::Tail, section.last, window_start(text)..text.len());
            if !hit.whole {
                if guards::closing(text)
                    || (guards::prose(text) && (text.len() > 240 || !self.debris_above(line, section)))
                {
                    break;
                }
                idle += 1;
                if idle > IDLE {
                    break;
                }
            } else {
                idle = 0;
            }
            edge = line;
        }
        edge
    }

    /// Whether sure debris of a tail stands right above a short sentence, which then is no text either.
    fn debris_above(&self, line: usize, section: &Section) -> bool {
        let Some(above) = self.view.prev_full(line, section.body) else { return false };
        let text = self.view.fold(above);
        let held = LazyCell::new(|| self.rules.held(text));
        guards::guard(text).is_none()
            && self.rules_of(above).any(|rule| {
                let row = self.rules.rule(rule);
                row.company == Company::None
                    && matches!(row.cut, Cut::Line | Cut::Block)
                    && row.zone != Zone::Any
                    && fits(row.zone, Side::Tail, section.last)
                    && self.rules.may_hit(rule, &held)
                    && row.find(text).is_some()
            })
    }

    fn rules_of(&self, line: usize) -> impl Iterator<Item = u16> + '_ {
        RuleSet::of_line(self.candidates, line).chain(self.rules.unbound().iter().copied())
    }

    fn apply(&mut self, line: usize, side: Side, edge: bool, window: Range<usize>) -> Outcome {
        let mut outcome = Outcome::default();
        let rules: Vec<u16> = self.rules_of(line).collect();
        for rule in rules {
            let row = self.rules.rule(rule);
            if row.zone == Zone::Any || fits(row.zone, side, edge) {
                outcome.whole |= self.try_rule(line, rule, row, Some(side), window.clone());
            }
        }
        outcome
    }

    /// Whether the words of a line allow a hit. Rules are asked line by line, so the words of one line are kept.
    fn may_hit(&mut self, line: usize, rule: u16) -> bool {
        if self.held.as_ref().is_none_or(|held| held.0 != line) {
            self.held = Some((line, self.rules.held(self.view.fold(line))));
        }
        self.held.as_ref().is_some_and(|held| self.rules.may_hit(rule, &held.1))
    }

    /// From a byte of a line to its end, in bytes of the text.
    fn told(&self, line: usize, from: usize) -> Range<usize> {
        let span = self.view.lines.span(line);
        span.start as usize + from..span.end as usize
    }

    /// Whether a line is the first of all and no rule knows the next one, nor is that a title.
    fn tops(&self, line: usize) -> bool {
        if self.view.prev_full(line, 0).is_some() {
            return false;
        }
        let mut at = line;
        // What tells of the page stands between a title and its text.
        for _ in 0..=META {
            let Some(below) = self.view.next_full(at, self.view.lines.len()) else { return false };
            let text = self.view.fold(below);
            if guards::prose(text) || guards::salutation(text) || text.trim_end().ends_with(['。', '，']) {
                return true;
            }
            if !text.contains(['：', ':']) {
                return false;
            }
            at = below;
        }
        false
    }

    /// Notes a hit; true where nothing but punctuation would be left of the line.
    fn try_rule(&mut self, line: usize, rule: u16, row: &Rule, side: Option<Side>, window: Range<usize>) -> bool {
        let text = self.view.fold(line);
        // Where writing is the subject, sentences on writing are the text.
        if row.class == Class::Seo && self.on_writing {
            return false;
        }
        if !self.may_hit(line, rule) {
            return false;
        }
        // 返回 is a line of a poem, and a price list has its 扫码付钱.
        if matches!(row.class, Class::WindowTools | Class::Share) && text.len() <= WORDS && !self.has_prose {
            return false;
        }
        // So may be 上一页; and any such word may be the title of what stands below.
        let word = || text.len() <= WORDS && text.trim().chars().all(char::is_alphabetic);
        let title = row.class != Class::Nav && word() && self.tops(line);
        if title || (row.class == Class::Pagination && !self.has_prose && word()) {
            return false;
        }
        // 友情链接 is a stanza's first line as well.
        if row.cut == Cut::Block && !self.has_prose {
            return false;
        }
        if matches!(row.cut, Cut::Line | Cut::Block) {
            if row.find(text).is_none() || kept(text, row) {
                return false;
            }
            let block = row.cut == Cut::Block;
            self.hits.push(Hit { line, rule, range: None, block, company: row.company });
            return true;
        }
        let Some(mut search) = row.search(text) else { return false };
        let mut from = window.start;
        let mut cut = 0;
        let mut reach: Option<(usize, usize)> = None;
        let before = self.hits.len();
        while from < window.end
            && let Some(found) = search.next(from..window.end)
        {
            let range = spare_salutation(text, found.clone());
            from = found.end.max(range.end).max(from + 1);
            while !text.is_char_boundary(from) {
                from += 1;
            }
            // What stands in quotation marks is quoted: a sentence from its beginning, any words from end to end or up to
            // that of the sentence.
            let opened = text[..range.start].ends_with(['“', '「', '『']);
            let closed = || {
                let quoted = text[range.end..].split_inclusive(['“', '”', '」', '』']).next().unwrap_or_default();
                let words = quoted.trim_end_matches(['”', '」', '』']);
                words.len() < quoted.len() && (words.is_empty() || words.ends_with(['。', '！', '!']))
            };
            // It would take one mark of a pair along.
            let half = opened && text[range.clone()].ends_with(['”', '」', '』']);
            if range.is_empty() || half || (opened && (row.cut == Cut::Sentence || closed())) {
                continue;
            }
            cut += range.len();
            reach = Some((reach.map_or(range.start, |reach| reach.0), range.end));
            let start = self.view.lines.span(line).start as usize;
            let range = Some(start + range.start..start + range.end);
            self.hits.push(Hit { line, rule, range, block: false, company: row.company });
            if row.class == Class::Intro {
                self.intro_lines.push(line);
            }
        }
        // A disclaimer or an advertisement is a line of its own: a speaker may use the same words in a paragraph.
        if row.cut == Cut::Sentence && matches!(row.class, Class::Disclaimer | Class::Advertising) && cut > 0 {
            self.hits.truncate(before);
            if cut * 2 < text.trim().len() || kept(text, row) {
                return false;
            }
            // What stands before it is a word that heads it, or the end of the text.
            let told = reach.filter(|reach| !heads(&text[..reach.0])).map(|reach| self.told(line, reach.0));
            let whole = told.is_none();
            self.hits.push(Hit { line, rule, range: told, block: false, company: row.company });
            return whole;
        }
        // An intro that ends its line takes the lead-in sentences before it along; before an outro the text ends, and so
        // it may on the same line.
        if let Some((start, end)) = reach
            && row.cut == Cut::Sentence
            && row.class == Class::Intro
            && !matches!(row.zone, Zone::Tail | Zone::PartTail)
            && text[end..].trim().is_empty()
            && lead_in(&text[..start])
            && (side == Some(Side::Head) && !OUTRO.iter().any(|word| text[start..].starts_with(word))
                || guards::site_speech(&text[..start]))
        {
            self.hits.push(Hit { line, rule, range: None, block: false, company: row.company });
            return true;
        }
        cut > 0 && text.trim().len() <= cut + 3
    }

    /// Decides on the hits: those that need company must have it.
    pub fn settle(mut self, sections: &[Section], marks: &mut Marks) {
        let view = self.view;
        // What is the text's own is nobody's company.
        self.hits.retain(|hit| !marks.stays(hit.line, self.rules.rule(hit.rule).class));
        let mut hits = Hits::new(view, &self.hits);
        let mut blocks = Blocks::default();
        for hit in &self.hits {
            let after = sections.partition_point(|section| section.lines.start <= hit.line);
            let section = after.checked_sub(1).map(|at| &sections[at]).filter(|s| s.lines.contains(&hit.line));
            if hit.company != Company::None && !hits.has_company(section, hit, marks) {
                continue;
            }
            let row = self.rules.rule(hit.rule);
            let end = section.map_or(view.lines.len(), |section| section.lines.end);
            let placed = row.class == Class::Advertising || section.is_none_or(|section| hit.line > section.body);
            if hit.range.is_none() && placed && label(row) && told_on(view, hit.line, end, &hits.near, marks) {
                continue;
            }
            // A heading goes with what it heads.
            if row.class == Class::Disclaimer
                && row.company == Company::Debris
                && hit.range.is_none()
                && view.next_full(hit.line, end).is_some_and(|below| !hits.near[below] && !marks.gone(below))
            {
                continue;
            }
            let id: RuleId = self.rules.id(hit.rule);
            match &hit.range {
                Some(range) => marks.cut(range.clone(), row.class, id),
                None => marks.cut_line(hit.line, row.class, id),
            }
            if hit.block
                && let Some(section) = section
            {
                for line in blocks.take(view, hit.line + 1, section.lines.end) {
                    if !view.blank(line) {
                        marks.cut_line(line, row.class, id);
                    }
                }
            }
        }
    }
}

#[derive(Default)]
struct Outcome {
    whole: bool,
}

/// Blocks of one section: each reaches to its end, and not at all where body text follows. A text may be nothing but
/// hits that open blocks, so no line is looked at twice.
#[derive(Default)]
struct Blocks {
    end: usize,
    /// From here on everything is in a block already.
    clear: usize,
    /// A line of body text.
    body: Option<usize>,
}

impl Blocks {
    /// The lines from `start` on that a block takes.
    fn take(&mut self, view: &View, start: usize, end: usize) -> Range<usize> {
        if self.end != end {
            *self = Self { end, clear: end, body: None };
        }
        if self.body.is_some_and(|body| start <= body) {
            return start..start;
        }
        let body = |line: &usize| {
            let text = view.fold(*line);
            guards::prose(text) || guards::salutation(text)
        };
        if let Some(body) = (start..self.clear).find(body) {
            self.body = Some(body);
            return start..start;
        }
        let taken = start..self.clear;
        self.clear = start.min(self.clear);
        taken
    }
}

fn fits(zone: Zone, side: Side, edge: bool) -> bool {
    match zone {
        Zone::Any => true,
        Zone::Head => side == Side::Head && edge,
        Zone::Tail => side == Side::Tail && edge,
        Zone::Edge => edge,
        Zone::PartHead => side == Side::Head,
        Zone::PartTail => side == Side::Tail,
        Zone::PartEdge => true,
    }
}

fn window_end(text: &str) -> usize {
    utf8::floor(text, WINDOW)
}

fn window_start(text: &str) -> usize {
    utf8::floor(text, text.len().saturating_sub(WINDOW / 2))
}
