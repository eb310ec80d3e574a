//! Learned templates and page frames: where the body of a document begins and ends, and what goes outside it.
//!
//! The body is the stretch of lines with the greatest weight (`learn::look`), where known frame lines weigh against.
//! Outside it go the lines of templates, and what stands between sure frame lines and looks like one of them: menus
//! and links. Nothing inside the body goes, and no line that a guard keeps.

use super::guards;
use super::structure::Detector;
use super::view::{Marks, View};
use crate::document::{Class, RuleId};
use crate::learn::look::{self, Look};
use crate::learn::{Edge, HEAD_LINES, RUN, TAIL_LINES, Template, keys};
use std::collections::HashMap;

/// Sure frame lines at an edge from which on links between them are frame as well, in a document of its own.
const SURE: usize = 3;
/// Lines between two sure ones that may be unknown.
const GAP: usize = 12;
/// Lines below the last sure one that may be unknown.
const REST: usize = 6;
/// Longest line of a head, in characters, that can be a link of a menu; the title of the text is longer or stands twice.
const HEAD_LINK: u32 = 8;
/// Lines beside the body that are looked at for signatures, dates and closings.
const BESIDE: usize = 6;

/// Templates ready for use.
#[derive(Debug, Default)]
pub struct Templates {
    list: Vec<Template>,
    index: HashMap<(Edge, u64), Vec<u16>>,
}

impl Templates {
    /// Indexes templates; those that are not to be applied stay in the list for the record. At most `room` are used.
    pub fn new(mut list: Vec<Template>, room: usize) -> Self {
        if list.len() > room {
            list.sort_by_key(|template| std::cmp::Reverse(template.texts));
            list.truncate(room);
            list.sort_by(|a, b| (&a.folder, a.edge, &a.id).cmp(&(&b.folder, b.edge, &b.id)));
        }
        let mut index: HashMap<(Edge, u64), Vec<u16>> = HashMap::new();
        for (at, template) in list.iter().enumerate().filter(|(_, template)| template.apply) {
            for line in &template.lines {
                if let Some(key) = keys::template_key(&line.text) {
                    let owners = index.entry((template.edge, key)).or_default();
                    if owners.last() != Some(&(at as u16)) {
                        owners.push(at as u16);
                    }
                }
            }
        }
        Self { list, index }
    }

    /// All templates in order.
    pub fn list(&self) -> &[Template] {
        &self.list
    }

    /// The template that a line of an edge belongs to, in a document of `folder`; one of the folder before one of all.
    fn find(&self, edge: Edge, key: u64, folder: &str) -> Option<u16> {
        let owners = self.index.get(&(edge, key))?;
        let of = |at: &&u16| self.list[usize::from(**at)].folder.as_deref();
        let own = owners.iter().find(|at| of(at) == Some(folder));
        own.or_else(|| owners.iter().find(|at| of(at).is_none())).copied()
    }
}

/// What is known of one line that is not blank.
struct Spot {
    line: usize,
    look: Look,
    gone: bool,
    /// Template of the head and of the tail.
    templates: [Option<u16>; 2],
    /// The document's title stands in it.
    titled: bool,
}

/// Marks the frame of a document.
pub fn detect<'v, 't>(
    view: &'v View<'t>,
    templates: &Templates,
    base: u16,
    folder: &str,
    marks: &mut Marks<'v, 't>,
) {
    let mut spots: Vec<Spot> = (0..view.lines.len())
        .filter(|&line| !view.blank(line))
        .map(|line| Spot {
            line,
            look: Look::of(view.line(line)),
            gone: marks.gone(line),
            templates: [None; 2],
            titled: false,
        })
        .collect();
    // Nothing known of it, nothing to do: most documents end here.
    let sure = spots.iter().filter(|spot| spot.gone).count();
    if spots.is_empty() || (sure < SURE && templates.index.is_empty()) {
        return;
    }
    recognise(view, templates, folder, &mut spots);
    let body = body(view, &spots);
    if body.is_empty() {
        return;
    }
    let kept_title = spots.iter().any(|spot| spot.titled && !spot.gone && spot.templates == [None; 2]);
    let mut frame = Frame { view, templates, base, marks, kept_title };
    frame.head(&spots[..body.start]);
    frame.tail(&spots[body.end..]);
}

/// Finds the template lines; a run that is hit in fewer lines than a run counts for nothing.
fn recognise(view: &View, templates: &Templates, folder: &str, spots: &mut [Spot]) {
    let plain: Vec<&str> = spots.iter().take(HEAD_LINES).map(|spot| view.line(spot.line)).collect();
    let title = keys::title(&plain);
    let count = spots.len();
    let mut hits: HashMap<u16, usize> = HashMap::new();
    for (at, spot) in spots.iter_mut().enumerate() {
        let near = [at < HEAD_LINES, at + TAIL_LINES >= count];
        if !near[0] && !near[1] {
            continue;
        }
        let Some((key, titled)) = keys::line_key(view.line(spot.line), &title) else { continue };
        spot.titled = titled;
        for (side, edge) in [Edge::Head, Edge::Tail].into_iter().enumerate().filter(|(side, _)| near[*side]) {
            spot.templates[side] = templates.find(edge, key, folder);
            if let Some(template) = spot.templates[side] {
                *hits.entry(template).or_default() += 1;
            }
        }
    }
    for spot in spots.iter_mut() {
        for slot in &mut spot.templates {
            if let Some(template) = *slot {
                let least = RUN.min(templates.list[usize::from(template)].lines.len());
                if hits.get(&template).copied().unwrap_or(0) < least {
                    *slot = None;
                }
            }
        }
    }
}

/// The lines of the body, as a range of spots.
fn body(view: &View, spots: &[Spot]) -> std::ops::Range<usize> {
    let weights: Vec<i32> = spots
        .iter()
        .map(|spot| match (spot.gone, spot.templates) {
            (false, [None, None]) => spot.look.weight(),
            _ => -15 - (spot.look.chars as i32 / 2).min(100),
        })
        .collect();
    let mut body = look::body(&weights);
    if body.is_empty() {
        return body;
    }
    let known = |spot: &Spot| spot.gone || spot.templates != [None; 2];
    // A salutation opens the body, and what a guard keeps right beside the text belongs to it.
    if let Some(call) = spots[..body.start].iter().position(|s| !known(s) && guards::salutation(view.fold(s.line))) {
        body.start = call;
    }
    let mut at = body.start;
    for _ in 0..BESIDE {
        let Some(above) = at.checked_sub(1) else { break };
        at = above;
        if known(&spots[at]) {
            break;
        }
        let text = view.fold(spots[at].line);
        if guards::guard(text).is_some() || spots[at].look.leads_in() {
            body.start = at;
        }
    }
    let mut at = body.end;
    for _ in 0..BESIDE {
        let Some(spot) = spots.get(at).filter(|spot| !known(spot)) else { break };
        at += 1;
        if guards::guard(view.fold(spot.line)).is_some() {
            body.end = at;
        }
    }
    body
}

struct Frame<'a, 'v, 't> {
    view: &'v View<'t>,
    templates: &'a Templates,
    base: u16,
    marks: &'a mut Marks<'v, 't>,
    /// Whether a line that stays holds the title.
    kept_title: bool,
}

impl Frame<'_, '_, '_> {
    fn head(&mut self, spots: &[Spot]) {
        let sure: Vec<bool> = spots.iter().map(|spot| spot.gone || spot.templates[0].is_some()).collect();
        let Some(last) = sure.iter().rposition(|sure| *sure) else { return };
        let many = sure.iter().filter(|sure| **sure).count() >= SURE;
        for (at, spot) in spots[..=last].iter().enumerate() {
            if let Some(template) = spot.templates[0] {
                self.cut_template(spot, template);
            } else if many && !spot.gone && at > 0 && between(&sure, at) {
                let link = spot.look.menu() || (spot.look.link_like() && spot.look.chars <= HEAD_LINK);
                if link && !spot.titled && !spot.look.leads_in() {
                    self.cut_slot(spot);
                }
            }
        }
    }

    fn tail(&mut self, spots: &[Spot]) {
        let sure: Vec<bool> = spots.iter().map(|spot| spot.gone || spot.templates[1].is_some()).collect();
        let Some(first) = sure.iter().position(|sure| *sure) else { return };
        let many = sure.iter().filter(|sure| **sure).count() >= SURE;
        for (at, spot) in spots.iter().enumerate().skip(first) {
            if let Some(template) = spot.templates[1] {
                self.cut_template(spot, template);
            } else if many && !spot.gone && between(&sure, at) && (spot.look.link_like() || spot.look.menu()) {
                self.cut_slot(spot);
            }
        }
    }

    fn kept(&self, spot: &Spot) -> bool {
        guards::guard(self.view.fold(spot.line)).is_some()
    }

    fn cut_template(&mut self, spot: &Spot, template: u16) {
        if spot.gone || self.kept(spot) || (spot.titled && !self.kept_title) {
            return;
        }
        let class = self.templates.list[usize::from(template)].class;
        self.marks.cut_line(spot.line, class, RuleId(self.base + template));
    }

    fn cut_slot(&mut self, spot: &Spot) {
        if !self.kept(spot) {
            self.marks.cut_line(spot.line, Class::Nav, Detector::PageFrame.id());
        }
    }
}

/// Whether sure lines stand near on both sides; at the end of the document a short rest needs none below.
fn between(sure: &[bool], at: usize) -> bool {
    let above = at == 0 || sure[at.saturating_sub(GAP)..at].contains(&true) || at < REST;
    let below = sure[at + 1..(at + 1 + GAP).min(sure.len())].contains(&true) || sure.len() - at <= REST;
    above && below
}
