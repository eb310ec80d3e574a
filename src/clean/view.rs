//! What the detectors look at, and where they put their findings.

use super::automaton::{Automaton, fixed};
use super::fold;
use super::own;
use super::structure::{Detector, Disabled};
use crate::document::{Action, Class, Edit, RuleId, Span};
use crate::edits;
use crate::segment::{self, Lines, Part, closes, ends_sentence};
use std::cell::OnceCell;
use std::collections::HashMap;
use std::iter;
use std::ops::Range;
use std::sync::LazyLock;

/// A text with its folded twin, its lines and its parts. Offsets of all of them are the same.
pub struct View<'t> {
    /// The text.
    pub text: &'t str,
    /// The text with scripts folded.
    pub folded: String,
    /// Its lines.
    pub lines: Lines,
    /// Its parts, empty where it is no compilation.
    pub parts: Vec<Part>,
    ends_as_prose: OnceCell<bool>,
    wrapped: OnceCell<bool>,
}

/// Characters of lines that tell whether the lines of a text end as sentences do.
const LINE: usize = 15;
/// Narrowest wrapped text, in columns, of which a Han character fills two.
const NARROW: usize = 30;
/// Fewest lines of a width by which a text is known to be wrapped.
const WRAPPED: usize = 8;

impl<'t> View<'t> {
    /// Looks at a text.
    pub fn new(text: &'t str) -> Self {
        let lines = Lines::new(text);
        let parts = segment::parts(text, &lines);
        Self { text, folded: fold::fold(text), lines, parts, ends_as_prose: OnceCell::new(), wrapped: OnceCell::new() }
    }

    /// A line as it stands.
    pub fn line(&self, line: usize) -> &'t str {
        self.lines.of(line, self.text)
    }

    /// A folded line.
    pub fn fold(&self, line: usize) -> &str {
        self.lines.of(line, &self.folded)
    }

    /// Whether a line holds nothing but white space.
    pub fn blank(&self, line: usize) -> bool {
        let line = self.line(line);
        // Most lines start with a Han character: no need to trim them.
        !line.as_bytes().first().is_some_and(|b| (0xE4..=0xE9).contains(b)) && line.trim().is_empty()
    }

    /// The next line after `line` that is not blank, below `end`.
    pub fn next_full(&self, line: usize, end: usize) -> Option<usize> {
        (line + 1..end.min(self.lines.len())).find(|&next| !self.blank(next))
    }

    /// Whether most lines in which a clause ends end themselves where sentences and clauses do; those of verse, tables and
    /// wrapped text do not.
    pub fn ends_as_prose(&self) -> bool {
        *self.ends_as_prose.get_or_init(|| {
            let stops = |c| ends_sentence(c) || closes(c) || matches!(c, '；' | '：' | ';' | ':');
            let long = |line: &&str| line.chars().nth(LINE).is_some() && line.contains(['，', '。', '；', '、', ',']);
            let lines = (0..self.lines.len()).map(|line| self.line(line).trim_end());
            let (ended, all) = lines
                .filter(long)
                .fold((0, 0), |(ended, all), line| (ended + usize::from(line.ends_with(stops)), all + 1));
            ended * 2 > all
        })
    }

    /// Whether most lines that are not short have one width and the end of a clause: the text was wrapped, and a line says
    /// nothing by its end.
    pub fn wrapped(&self) -> bool {
        *self.wrapped.get_or_init(|| {
            let mut widths: HashMap<usize, usize> = HashMap::new();
            let mut all = 0;
            for line in (0..self.lines.len()).map(|line| self.line(line).trim()) {
                let width: usize = line.chars().map(|c| 1 + usize::from(!c.is_ascii())).sum();
                // Pages cut titles to one width, too.
                if width >= NARROW && !line.ends_with(['…', '.']) {
                    all += 1;
                    let clause = line.contains(['，', '。', '；', '、', ',']);
                    *widths.entry(width).or_default() += usize::from(clause);
                }
            }
            let near = |width: usize| {
                let at = |width: usize| widths.get(&width).copied().unwrap_or(0);
                at(width - 1) + at(width) + at(width + 1)
            };
            let most = widths.keys().map(|&width| near(width)).max().unwrap_or(0);
            most >= WRAPPED && most * 2 > all
        })
    }

    /// The last line before `line` that is not blank, not above `start`.
    pub fn prev_full(&self, line: usize, start: usize) -> Option<usize> {
        (start..line).rev().find(|&prev| !self.blank(prev))
    }
}

/// The findings of one round.
pub struct Marks<'v, 't> {
    view: &'v View<'t>,
    edits: Vec<Edit>,
    gone: Vec<bool>,
    /// Lines that are the text's own: they stay whatever they look like.
    own: Vec<Range<usize>>,
    /// Those among them that the text quotes.
    quoted: Vec<Range<usize>>,
    /// Lines in which nothing is debris.
    sealed: Vec<Range<usize>>,
    /// Detectors that find nothing.
    disabled: Disabled,
}

/// Whether one of some ranges in order holds a line.
fn within(ranges: &[Range<usize>], line: usize) -> bool {
    let after = ranges.partition_point(|lines| lines.start <= line);
    after > 0 && ranges[after - 1].contains(&line)
}

impl<'v, 't> Marks<'v, 't> {
    /// No findings yet.
    pub fn new(view: &'v View<'t>, disabled: Disabled) -> Self {
        let announced = own::announced(view);
        Self {
            view,
            edits: Vec::new(),
            gone: vec![false; view.lines.len()],
            own: own::runs(view, &announced),
            quoted: own::quoted(view, &announced),
            sealed: own::sealed(view),
            disabled,
        }
    }

    /// Whether a line is to go as a whole.
    pub fn gone(&self, line: usize) -> bool {
        self.gone.get(line).copied().unwrap_or(false)
    }

    /// Whether nothing in a line can be debris.
    pub fn sealed(&self, line: usize) -> bool {
        within(&self.sealed, line)
    }

    /// Whether a line is the text's own; pagers and remains of markup stand in the middle of anything.
    pub fn stays(&self, line: usize, class: Class) -> bool {
        let repairs = matches!(class, Class::ControlDebris | Class::Layout);
        let mends = repairs || (matches!(class, Class::Pagination | Class::PageMarker) && !within(&self.quoted, line));
        within(&self.sealed, line) || (within(&self.own, line) && !mends)
    }

    /// Which lines go for one of the given classes.
    pub fn lines_of(&self, classes: &[Class]) -> Vec<bool> {
        self.lines_with(|edit| classes.contains(&edit.class))
    }

    /// Which lines go for an edit of some kind.
    pub fn lines_with(&self, is: impl Fn(&Edit) -> bool) -> Vec<bool> {
        let mut out = vec![false; self.gone.len()];
        for edit in self.edits.iter().filter(|edit| is(edit)) {
            let line = self.view.lines.at(edit.span.start as usize);
            out[line] |= self.gone[line];
        }
        out
    }

    /// Which lines lose a part of what they say and stay.
    pub fn parted(&self) -> Vec<bool> {
        let mut out = vec![false; self.gone.len()];
        for edit in self.edits.iter().filter(|edit| edit.action == Action::Cut) {
            let line = self.view.lines.at(edit.span.start as usize);
            out[line] |= !self.gone[line];
        }
        out
    }

    /// Cuts a line with its newline.
    pub fn cut_line(&mut self, line: usize, class: Class, rule: RuleId) {
        if self.disabled.contains(rule) || self.stays(line, class) || std::mem::replace(&mut self.gone[line], true) {
            return;
        }
        let span = self.view.lines.span(line);
        let end = (span.end as usize + 1).min(self.view.text.len());
        self.push(span.start as usize..end, Action::Cut, class, rule);
    }

    /// Cuts a line for a detector.
    pub fn drop_line(&mut self, line: usize, detector: Detector) {
        self.cut_line(line, detector.class(), detector.id());
    }

    /// Cuts a range of bytes inside a line.
    pub fn cut(&mut self, range: Range<usize>, class: Class, rule: RuleId) {
        if !self.own.is_empty() && self.stays(self.view.lines.at(range.start), class) {
            return;
        }
        self.push(range, Action::Cut, class, rule);
    }

    /// Cuts a range of bytes for a detector.
    pub fn drop_span(&mut self, range: Range<usize>, detector: Detector) {
        self.push(range, Action::Cut, detector.class(), detector.id());
    }

    /// Takes away the break, blank lines included, between the end of `line` and the start of `next`.
    pub fn join(&mut self, line: usize, next: usize, detector: Detector) {
        let (start, end) = (self.view.lines.span(line).end as usize, self.view.lines.span(next).start as usize);
        let mut at = start;
        // Only newlines count as joins; white space on lines between them is cut.
        while at < end {
            let bytes = &self.view.text.as_bytes()[at..end];
            let newline = bytes[0] == b'\n';
            let length = bytes.iter().position(|&b| (b == b'\n') != newline).unwrap_or(bytes.len());
            let action = if newline { Action::Join } else { Action::Cut };
            self.push(at..at + length, action, detector.class(), detector.id());
            at += length;
        }
    }

    /// Joins two lines between which there are only blank lines and lines that go.
    pub fn join_break(&mut self, line: usize, next: usize, detector: Detector) {
        if self.sealed(line) || self.sealed(next) {
            return;
        }
        for between in line..next {
            if between > line && self.gone(between) {
                continue;
            }
            let span = self.view.lines.span(between);
            if between > line {
                self.push(span.range(), Action::Cut, detector.class(), detector.id());
            }
            self.push(span.end as usize..span.end as usize + 1, Action::Join, detector.class(), detector.id());
        }
    }

    fn push(&mut self, range: Range<usize>, action: Action, class: Class, rule: RuleId) {
        let sealed = !self.sealed.is_empty() && within(&self.sealed, self.view.lines.at(range.start));
        let refused = sealed || self.disabled.contains(rule);
        if range.start < range.end && self.view.text.get(range.clone()).is_some() && !refused {
            self.edits.push(Edit { span: Span::new(range.start, range.end), action, class, rule });
        }
    }

    /// Lines of which the cuts so far leave only white space, bars or empty brackets go as a whole.
    pub fn sweep(&mut self) {
        edits::settle(&mut self.edits);
        let lines = &self.view.lines;
        let mut whole: Vec<(usize, Edit)> = Vec::new();
        let mut at = 0;
        while at < self.edits.len() {
            let line = lines.at(self.edits[at].span.start as usize);
            let span = lines.span(line);
            let count = self.edits[at..].iter().take_while(|edit| edit.span.start < span.end).count();
            let cuts = &self.edits[at..at + count];
            if !self.gone[line] && !cuts.is_empty() && cuts.iter().all(|cut| cut.action == Action::Cut) {
                let rests = || {
                    let starts = iter::once(span.start).chain(cuts.iter().map(|cut| cut.span.end.min(span.end)));
                    let ends = cuts.iter().map(|cut| cut.span.start).chain(iter::once(span.end));
                    starts.zip(ends).map(|(start, end)| Span { start, end: end.max(start) })
                };
                let scraps = || {
                    let short = rests().map(|rest| rest.len()).sum::<usize>() <= SCRAP;
                    short && SCRAPS.is_match(&rests().map(|rest| rest.of(&self.view.folded)).collect::<String>())
                };
                if rests().all(|rest| hollow(rest.of(self.view.text))) || scraps() {
                    whole.push((line, cuts[0]));
                }
            }
            at += count.max(1);
        }
        for (line, edit) in whole {
            self.cut_line(line, edit.class, edit.rule);
        }
    }

    /// The settled edits.
    pub fn finish(mut self) -> Vec<Edit> {
        self.sweep();
        edits::settle(&mut self.edits);
        self.edits
    }
}

/// Longest line of such words, in bytes.
const SCRAP: usize = 180;

/// Words that pages put around what else was cut: 亲，…编辑打印全部内容.
static SCRAPS: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"^[\s，,、。！!]*(?:(?:亲|严禁|禁止|谢绝|采集|编辑|打印|下载|已?阅读\d+页|全文|全部内容|转载|继续|即?可|后|了)[\s，,、。！!]*){1,6}$",
    )
});

fn hollow(rest: &str) -> bool {
    rest.chars().all(|c| c.is_whitespace() || "|｜·•【】[]()（）-—_>》《;；:：,，。.、∷※★☆◆◇■□▲△●○♦~～*".contains(c))
}

#[cfg(test)]
mod tests {
    use crate::clean::tests::cleaned;

    #[test]
    fn scraps_go_with_what_they_stood_around() {
        let body = "今年以来，全镇上下认真贯彻落实各项决策部署，扎实推进重点工作，取得了明显成效，现就有关情况通报如下。\n二、主要做法。我们把水渠修到了村口，又把旧路加宽了一倍。\n";
        for scraps in ["亲，文档预览结束，下载后可编辑打印全部内容\n", "已阅读5页，还剩10页未读，继续阅读\n"]
        {
            assert_eq!(cleaned(&format!("通报\n{body}{scraps}")), format!("通报\n{body}"));
        }
    }
}
