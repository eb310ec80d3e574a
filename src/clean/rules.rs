//! Rules as data: reading rules files, compiling them, and finding the lines where a rule may apply.

mod file;

use super::fold;
use super::literals::Literals;
use super::needs::{Held, Needs};
use super::pattern::{Found, Pattern};
use super::structure::{self, Detector, Disabled};
use super::templates::Templates;
use crate::document::{Class, RuleId};
use crate::error::{Error, Result};
use crate::exceptions::Exceptions;
use crate::learn::Template;
use crate::segment::{Lines, closes, ends_sentence};
use crate::utf8;
use file::Sources;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

const BUILTIN: &str = include_str!("rules.toml");
/// In messages, where the path of a rules file stands.
const BUILTIN_PATH: &str = "built-in";

/// Where a rule applies. A document has a head and a tail; in a compilation each part has its own as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Zone {
    /// Above the body of the document.
    Head,
    /// Below the body of the document.
    Tail,
    /// Head or tail of the document.
    Edge,
    /// Head of the document or of one of its parts.
    PartHead,
    /// Tail of the document or of one of its parts.
    PartTail,
    /// Head or tail of the document or of one of its parts.
    PartEdge,
    /// Everywhere.
    Any,
}

/// What a hit takes away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
pub enum Cut {
    /// The match, or its group `cut`.
    Span,
    /// The sentences that the match lies in; a group `cut` fixes where the cut begins.
    Sentence,
    /// The whole line.
    #[default]
    Line,
    /// The line and all after it up to the end of the document or part, as long as no body text follows.
    Block,
}

/// What must stand near a hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
pub enum Company {
    /// Nothing: the rule is sure of itself.
    #[default]
    None,
    /// Other debris, or the title just above, or the end of the document.
    Edge,
    /// Other debris.
    Debris,
}

/// One named way to recognise boilerplate.
#[derive(Debug)]
pub struct Rule {
    /// Name, unique in the set.
    pub name: String,
    /// Class of the debris.
    pub class: Class,
    /// Where the rule applies.
    pub zone: Zone,
    /// What it cuts.
    pub cut: Cut,
    /// What must stand near for the rule to apply.
    pub company: Company,
    /// Longest line, in characters, that the rule looks at.
    pub max: usize,
    /// Texts the rule must hit.
    pub hit: Vec<String>,
    /// Texts the rule must leave.
    pub leave: Vec<String>,
    literals: Vec<String>,
    pattern: Pattern,
    unless: Option<Pattern>,
}

impl Rule {
    /// Where the rule first hits a folded line: the match and what of it goes. Zone and company are the caller's matter.
    pub fn find(&self, folded: &str) -> Option<Range<usize>> {
        self.search(folded)?.next(0..folded.len() + 1)
    }

    /// A search for the hits in a folded line; `None` where the line alone tells that there are none.
    pub fn search<'r>(&'r self, folded: &'r str) -> Option<Search<'r>> {
        let about_lines = self.cut != Cut::Sentence;
        let out =
            self.too_long(folded, || utf8::count(folded.as_bytes()) as usize) || (about_lines && self.excepts(folded));
        (!out).then(|| Search { rule: self, line: folded, sentences: Sentences::default() })
    }

    /// Whether a line is longer than any that the rule looks at; `chars` counts its characters, if need be.
    fn too_long(&self, line: &str, chars: impl FnOnce() -> usize) -> bool {
        line.len() > self.max && chars() > self.max
    }

    /// Bytes that no line has more of that it looks at.
    fn most_bytes(&self) -> u32 {
        u32::try_from(self.max.saturating_mul(char::MAX.len_utf8())).unwrap_or(u32::MAX)
    }

    /// The exception of a sentence rule speaks of its sentences; that of the others of the line, and is asked first, since
    /// it is the shorter pattern.
    fn excepts(&self, text: &str) -> bool {
        self.unless.as_ref().is_some_and(|unless| unless.is_match(text))
    }

    /// Words of which one stands in every text that the rule hits; none means that the rule looks at each line of its
    /// zone.
    pub fn literals(&self) -> &[String] {
        &self.literals
    }
}

/// A search for the hits of a rule in one line, from its beginning to its end.
#[derive(Debug)]
pub struct Search<'r> {
    rule: &'r Rule,
    line: &'r str,
    sentences: Sentences,
}

impl Search<'_> {
    /// What goes for the first match that starts within a range of bytes, no earlier than the last one; anchors still
    /// mean the ends of the line.
    pub fn next(&mut self, starts: Range<usize>) -> Option<Range<usize>> {
        let (rule, line) = (self.rule, self.line);
        let Found { range: whole, cut } = rule.pattern.find_in(line, starts)?;
        if rule.cut != Cut::Sentence {
            return Some(cut.unwrap_or(whole));
        }
        let start = self.sentences.start(line, whole.start);
        let start = cut.as_ref().map_or(start, |cut| cut.start);
        let range = start..sentence_end(line, cut.map_or(whole.end, |cut| whole.end.max(cut.end)));
        // A clause that goes on behind a word of its own would be torn in two.
        if line.get(..range.start).is_some_and(|before| before.ends_with(JOINING)) {
            return None;
        }
        // What a speaker quotes is the subject of the sentence and not its source.
        let said = matches!(rule.class, Class::Disclaimer | Class::Advertising);
        if said && self.sentences.quoted {
            return None;
        }
        (!rule.excepts(line.get(range.clone())?)).then_some(range)
    }
}

/// How far the sentences of a line are read. One hit after another is asked for, so no byte is read twice.
#[derive(Debug, Default)]
struct Sentences {
    /// Bytes that are read.
    read: usize,
    /// Marks of titles and quotations that are open there.
    open: u32,
    /// Whether the last quotation mark before it opens.
    quoted: bool,
    /// First byte of the sentence.
    start: usize,
}

impl Sentences {
    /// First byte of the sentence that a place of the line lies in; the places come in order.
    fn start(&mut self, line: &str, place: usize) -> usize {
        for (at, c) in line.get(self.read..place).unwrap_or_default().char_indices() {
            match c {
                '《' | '“' => self.open += 1,
                '》' | '”' => self.open = self.open.saturating_sub(1),
                _ => {}
            }
            match c {
                '“' => self.quoted = true,
                '”' => self.quoted = false,
                _ => {}
            }
            if ends_sentence(c) && self.open == 0 {
                self.start = self.read + at + c.len_utf8();
            }
        }
        self.read = self.read.max(place);
        self.start
    }
}

/// What no clause ends with.
const JOINING: [char; 6] = ['或', '和', '、', '与', '及', '欲'];

/// An example of a rules file that does not come out as it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExampleFailure {
    /// The rule.
    pub rule: String,
    /// The text of the example.
    pub text: String,
    /// What is wrong.
    pub problem: &'static str,
}

/// In the place of a rule: a word that headings of other articles have.
pub(super) const RELATED_WORD: u16 = u16::MAX;
/// In the place of a rule: a sign of stray characters and of remains of markup.
pub(super) const INLINE_SIGN: u16 = u16::MAX - 1;

/// Rules compiled for use: the structural detectors, the built-in rules and those of the user's files.
#[derive(Debug)]
pub struct RuleSet {
    rules: Vec<Rule>,
    finder: Literals,
    needs: Needs,
    /// Rules of each literal, and the most bytes of a line that they look at, descending.
    owners: Vec<Vec<(u32, u16)>>,
    /// Rules without literals.
    unbound: Vec<u16>,
    disabled: Disabled,
    templates: Templates,
    exceptions: Exceptions,
}

impl RuleSet {
    /// The rules of this crate.
    pub fn builtin() -> Result<Self> {
        Self::with_files(&[])
    }

    /// The rules of this crate and, after them, those of the given files.
    pub fn with_files(paths: &[PathBuf]) -> Result<Self> {
        let mut sources = Sources::default();
        file::read(Path::new(BUILTIN_PATH), BUILTIN, &mut sources)?;
        for path in paths {
            let text = std::fs::read_to_string(path).map_err(Error::io("read rules", path))?;
            file::read_checked(path, &text, &mut sources)?;
        }
        Self::build(sources)
    }

    /// Only the rules of this text, as a rules file has them.
    pub fn of_text(text: &str) -> Result<Self> {
        let mut sources = Sources::default();
        file::read_checked(Path::new("rules"), text, &mut sources)?;
        Self::build(sources)
    }

    fn build(Sources { rules, disabled, .. }: Sources) -> Result<Self> {
        let mut literals: BTreeMap<String, Vec<u16>> = BTreeMap::new();
        let mut unbound = Vec::new();
        // Detectors, rules and templates share one row of numbers, of which the last two are signs.
        if rules.len() + Detector::ALL.len() >= usize::from(INLINE_SIGN) {
            return Err(Error::Rules { path: PathBuf::from(BUILTIN_PATH), message: "more than 65,000 rules".into() });
        }
        for (at, rule) in (0u16..).zip(&rules) {
            for literal in &rule.literals {
                literals.entry(fold::fold(literal)).or_default().push(at);
            }
            if rule.literals.is_empty() {
                unbound.push(at);
            }
        }
        for word in structure::related::WORDS {
            literals.entry(fold::fold(word)).or_default().push(RELATED_WORD);
        }
        for sign in structure::inline::signs() {
            literals.entry(fold::fold(sign)).or_default().push(INLINE_SIGN);
        }
        let finder = Literals::new(literals.keys().map(String::as_str));
        let needs = Needs::of(rules.iter().map(|rule| rule.pattern.hir()));
        let longest = |rule: u16| rules.get(usize::from(rule)).map_or(u32::MAX, Rule::most_bytes);
        let owners = literals.into_values().map(|owners| {
            let mut owners: Vec<(u32, u16)> = owners.into_iter().map(|rule| (longest(rule), rule)).collect();
            owners.sort_unstable_by_key(|&(most, rule)| (std::cmp::Reverse(most), rule));
            owners
        });
        let owners = owners.collect();
        Ok(Self {
            rules,
            finder,
            needs,
            owners,
            unbound,
            disabled,
            templates: Templates::default(),
            exceptions: Exceptions::default(),
        })
    }

    /// The same rules with these templates in the place of those it had.
    pub fn with_templates(mut self, list: Vec<Template>) -> Self {
        self.templates = Templates::new(list, self.most_templates());
        self
    }

    /// How many templates there can be at most: rules and templates share their numbers. Of more those of the most texts
    /// are taken.
    pub fn most_templates(&self) -> usize {
        usize::from(u16::MAX - self.template_base())
    }

    /// The same rules, but for what a person held wrong.
    pub fn with_exceptions(mut self, exceptions: Exceptions) -> Self {
        self.exceptions = exceptions;
        self
    }

    /// What a person held wrong.
    pub fn exceptions(&self) -> &Exceptions {
        &self.exceptions
    }

    /// The templates of the set, those not applied among them.
    pub fn templates(&self) -> &Templates {
        &self.templates
    }

    /// What outlives the cleaning.
    pub fn into_parts(self) -> (Templates, Exceptions) {
        (self.templates, self.exceptions)
    }

    /// The number of the first template.
    pub(super) fn template_base(&self) -> u16 {
        (Detector::ALL.len() + self.rules.len()) as u16
    }

    /// Whether a number is that of a template.
    pub(super) fn is_template(&self, id: RuleId) -> bool {
        id.0 >= self.template_base()
    }

    /// Name of a rule or detector.
    pub fn name(&self, id: RuleId) -> &str {
        let at = usize::from(id.0);
        match Detector::ALL.get(at) {
            Some(detector) => detector.name(),
            None => match self.rules.get(at - Detector::ALL.len()) {
                Some(rule) => &rule.name,
                None => {
                    let template = self.templates.list().get(at - usize::from(self.template_base()));
                    template.map_or("unknown", |template| &template.id)
                }
            },
        }
    }

    /// All rules that are data, in order; the structural detectors are not among them.
    pub fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter()
    }

    /// The detectors that files leave out.
    pub fn disabled(&self) -> Disabled {
        self.disabled
    }

    pub(super) fn rule(&self, at: u16) -> &Rule {
        &self.rules[usize::from(at)]
    }

    pub(super) fn id(&self, at: u16) -> RuleId {
        RuleId(at + Detector::ALL.len() as u16)
    }

    /// The words of a folded line that rules need.
    pub(super) fn held(&self, folded: &str) -> Held {
        self.needs.held(folded.as_bytes())
    }

    /// Whether a line with these words can be hit by a rule.
    pub(super) fn may_hit(&self, at: u16, held: &Held) -> bool {
        self.needs.met(usize::from(at), held)
    }

    /// Rules that look at every line of their zone.
    pub(super) fn unbound(&self) -> &[u16] {
        &self.unbound
    }

    /// The lines among the candidates that hold such a word or sign.
    pub(super) fn lines_with(candidates: &[(u32, u16)], mark: u16) -> Vec<usize> {
        candidates.iter().filter(|c| c.1 == mark).map(|c| c.0 as usize).collect()
    }

    /// The rules among the sorted candidates of which a literal stands in a line.
    pub(super) fn of_line(candidates: &[(u32, u16)], line: usize) -> impl Iterator<Item = u16> + '_ {
        let start = candidates.partition_point(|c| (c.0 as usize) < line);
        let here = candidates[start..].iter().take_while(move |c| c.0 as usize == line);
        here.map(|c| c.1).filter(|rule| *rule < INLINE_SIGN)
    }

    /// All (line, rule) pairs where a literal of the rule stands in the line and that is not too long, sorted, each once.
    pub(super) fn scan(&self, folded: &str, lines: &Lines) -> Vec<(u32, u16)> {
        let mut found: Vec<(u32, u16)> = Vec::new();
        let (mut line, mut span) = (0, lines.span(0));
        self.finder.scan(folded.as_bytes(), |word, _, end| {
            while line + 1 < lines.len() && (span.end as usize) < end {
                line += 1;
                span = lines.span(line);
            }
            // A paragraph is too long for most rules that know a word of it.
            for &(_, rule) in self.owners[word].iter().take_while(|owner| span.len() <= owner.0 as usize) {
                // The same word again in a long line is the common case.
                if found.last() != Some(&(line as u32, rule)) {
                    found.push((line as u32, rule));
                }
            }
        });
        found.sort_unstable();
        found.dedup();
        // And if so by characters, it need not be asked for their other words.
        let mut size = (usize::MAX, 0);
        found.retain(|&(line, rule)| {
            let Some(rule) = self.rules.get(usize::from(rule)) else { return true };
            let text = lines.of(line as usize, folded);
            !rule.too_long(text, || {
                if size.0 != line as usize {
                    size = (line as usize, utf8::count(text.as_bytes()) as usize);
                }
                size.1
            })
        });
        found
    }

    /// Runs every example of every rule; an empty list is success.
    pub fn check_examples(&self) -> Vec<ExampleFailure> {
        let mut failures = Vec::new();
        for rule in &self.rules {
            let mut fail = |text: &str, problem| {
                failures.push(ExampleFailure { rule: rule.name.clone(), text: text.to_owned(), problem });
            };
            if rule.hit.is_empty() || rule.leave.is_empty() {
                fail("", "a rule needs at least one text it hits and one it leaves");
            }
            for text in &rule.hit {
                let folded = fold::fold(text);
                if rule.find(&folded).is_none() {
                    fail(text, "should be hit");
                }
                let lower = folded.to_ascii_lowercase();
                let held = |literal: &String| lower.contains(&fold::fold(literal).to_ascii_lowercase());
                if !rule.literals.is_empty() && !rule.literals.iter().any(held) {
                    fail(text, "holds none of the literals");
                }
            }
            for text in &rule.leave {
                if rule.find(&fold::fold(text)).is_some() {
                    fail(text, "should be left");
                }
            }
        }
        failures
    }
}

/// Where the sentences end that a match lies in.
fn sentence_end(text: &str, mut end: usize) -> usize {
    // The match may already end with the stop of its sentence.
    if !text[..end].ends_with(ends_sentence) {
        let mut depth = 0i32;
        let mut rest = text[end..].char_indices();
        end = loop {
            let Some((at, c)) = rest.next() else { break text.len() };
            match c {
                '《' | '“' => depth += 1,
                '》' | '”' => depth = (depth - 1).max(0),
                _ => {}
            }
            if ends_sentence(c) && depth == 0 {
                break end + at + c.len_utf8();
            }
        };
    }
    while let Some(c) = text[end..].chars().next()
        && (ends_sentence(c) || closes(c))
    {
        end += c.len_utf8();
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_comes_out_as_the_rules_say() {
        let failures = RuleSet::builtin().expect("built-in rules compile").check_examples();
        assert!(failures.is_empty(), "{failures:#?}");
    }

    #[test]
    fn names_and_numbers_agree() {
        let set = RuleSet::builtin().expect("built-in rules compile");
        for (at, rule) in (0u16..).zip(set.rules()) {
            assert_eq!(set.name(set.id(at)), rule.name);
        }
        for detector in Detector::ALL {
            assert_eq!(set.name(detector.id()), detector.name());
        }
        assert_eq!(set.name(Detector::RepeatedPassage.id()), "repeated-passage");
    }
}
