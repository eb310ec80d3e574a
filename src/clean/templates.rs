//! Learned templates and page frames: where the body of a document begins and ends, and what goes outside it.
//!
//! The body is the stretch of lines with the greatest weight (`learn::look`), where known frame lines weigh against.
//! Outside it go the lines of templates, and what stands between sure frame lines and looks like one of them: menus
//! and links. Nothing inside the body goes, and no line that a guard keeps.

use super::fold::fixed;
use super::guards;
use super::rules::{Company, Cut, INLINE_SIGN, RuleSet, Zone};
use super::structure::Detector;
use super::view::{Marks, View};
use crate::document::{Class, RuleId};
use crate::key;
use crate::learn::look::{self, Look};
use crate::learn::{Edge, HEAD_LINES, RUN, SINGLE_PERCENT, SINGLE_TEXTS, TAIL_LINES, Template, glued, keys, signs};
use regex::Regex;
use std::cell::{LazyCell, OnceCell};
use std::collections::HashMap;
use std::sync::LazyLock;

/// Sure frame lines at an edge from which on links between them are frame as well, in a document of its own.
const SURE: usize = 3;
/// Lines between two sure ones that may be unknown.
const GAP: usize = 12;
/// Lines below the last sure one that may be unknown.
const REST: usize = 6;
/// Longest line of a head, in characters, that can be a link of a menu with one word a line.
const HEAD_LINK: u32 = 8;
/// Lines of such a menu, at least.
const COLUMN: usize = 5;
/// Lines of a frame from which on sure lines at both its ends prove all of it.
const LONG: usize = 20;
/// Lines below the last sure line of such a frame.
const FOOT: usize = 15;
/// Lines with words of a frame that make a long frame sure.
const MARKS: usize = 5;
/// What such a line weighs against being body.
const MARK_WEIGHT: i32 = 30;
/// Longest such line, in characters.
const MARK_CHARS: u32 = 40;
/// Lines within which a rule finds its company.
const COMPANY: usize = 3;
/// Lines above the last sure line of a head where the title may stand.
const NEAR_TITLE: usize = 4;
/// Lines around the edge of the body in which glued words are looked for.
const GLUED: usize = 3;
/// Lines beside the body that are looked at for signatures, dates and closings.
const BESIDE: usize = 6;

static PIVOT: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        r"^.{0,30}(?:19|20)\d{2}\s?[-/.年]\s?\d{1,2}\s?[-/.月]\s?\d{1,2}\s?日?\s*\d{1,2}[:：]\d{2}.{0,60}$|^您(?:现在|当前)?(?:的?位置|在|所在).{0,60}$|^[^>＞»，。]{1,16}(?:\s*[>＞»]{1,2}\s*[^>＞»，。]{1,40}){2,6}$",
    )
});

static MARK: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        r"我来说两句|我有话说|网友(?:评论|留言|跟帖|跟贴|点评)|发表(?:评论|您)|(?:查看|全部|最新|文章)评论|(?:热点|热门|推荐|相关|更多|精彩|最新|图片|视频|独家|今日|本周|一周)(?:新闻|阅读|内容|专题|排行|推荐|文章|视频|图片|资讯|搜索|话题|图集)|排行榜?\s*$|点击排行|^\s*更多|更多\s*(?:>>|»|\.{2,}|…)|(?:版权|免责)\p{Han}{0,4}(?:声明|所有)|打印本?页?|关闭窗口|分享到|返回(?:首页|顶部)|联系我们|关于我们|网站地图|广告(?:服务|刊例|联系)|^\s*(?:用户名|密\s*码|昵称|验证码)\s*[:：]?|免费注册|登录|登陆|copyright|©|icp(?:备|证)|友情链接|设为首页|加入收藏|字号|字体[:：]|网站首页|^\s*首页\s*$|新闻中心\s*$|频道\s*$|^\s*(?:财经|体育|娱乐|汽车|房产|科技|教育|旅游|健康|论坛|博客|社区)\s*$",
    )
});

/// Templates ready for use.
#[derive(Debug, Default)]
pub struct Templates {
    list: Vec<Template>,
    index: HashMap<(Edge, u64), Vec<Owner>>,
    /// What the lines of the index begin with.
    fronts: keys::Fronts,
    /// Words glued to lines of text, by their first symbols.
    glued: HashMap<(Edge, u64), Vec<Glued>>,
}

/// A template and the symbols of its words, those nearest to the edge first.
type Glued = (u16, Vec<u16>);

/// A template that has a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Owner {
    template: u16,
    /// Most texts with the template have the line: it speaks for itself, without others of its run.
    core: bool,
    /// It is known by its labels only.
    labels: bool,
    /// It speaks of pages: a frame for certain, and what it parts from the text as well.
    signed: bool,
}

impl Templates {
    /// Indexes templates; those that are not to be applied stay in the list for the record. At most `room` are used.
    pub fn new(mut list: Vec<Template>, room: usize) -> Self {
        if list.len() > room {
            list.sort_by_key(|template| std::cmp::Reverse(template.texts));
            list.truncate(room);
            list.sort_by(|a, b| (&a.folder, a.edge, &a.id).cmp(&(&b.folder, b.edge, &b.id)));
        }
        let signed = signs::signed(&list);
        let mut index: HashMap<(Edge, u64), Vec<Owner>> = HashMap::new();
        let mut fronts = keys::Fronts::default();
        let mut words: HashMap<(Edge, u64), Vec<Glued>> = HashMap::new();
        for (at, template) in list.iter().enumerate().filter(|(_, template)| template.apply) {
            for (row, line) in template.lines.iter().enumerate() {
                if line.glued {
                    let symbols = glued::edge_symbols(&line.text, template.edge);
                    if let Some(opening) = glued::opening(&symbols) {
                        words.entry((template.edge, opening)).or_default().push((at as u16, symbols));
                    }
                    continue;
                }
                if let Some(key) = keys::template_key(&line.text) {
                    fronts.add(&line.text);
                    let owners = index.entry((template.edge, key)).or_default();
                    let labels = line.text.contains(keys::VALUE);
                    let core = line.texts >= SINGLE_TEXTS && line.texts * 100 >= template.texts * SINGLE_PERCENT;
                    if owners.last().is_none_or(|owner| owner.template != at as u16) {
                        owners.push(Owner { template: at as u16, core, labels, signed: signed[at][row] });
                    }
                }
            }
        }
        Self { list, index, fronts, glued: words }
    }

    /// All templates in order.
    pub fn list(&self) -> &[Template] {
        &self.list
    }

    /// The template of a line of an edge, as the line stands or with its title slotted.
    fn whole(&self, edge: Edge, line: &str, title: &[u16], folder: &str) -> Option<Owner> {
        if !self.fronts.may_have(key::front(line), title) {
            return None;
        }
        let by = |title: &[u16]| self.find(edge, keys::line_key(line, title)?.0, folder);
        by(&[]).or_else(|| by(title))
    }

    /// The template of which a line has the labels.
    fn labelled(&self, edge: Edge, line: &str, folder: &str) -> Option<Owner> {
        let labels = if self.fronts.values { keys::labels(line)? } else { return None };
        self.find(edge, keys::template_key(&labels)?, folder)
    }

    /// The template that has a key at an edge, in a document of `folder`; one of the folder before one of all.
    fn find(&self, edge: Edge, key: u64, folder: &str) -> Option<Owner> {
        let owners = self.index.get(&(edge, key))?;
        let of = |owner: &&Owner| self.list[usize::from(owner.template)].folder.as_deref();
        let own = owners.iter().find(|at| of(at) == Some(folder));
        own.or_else(|| owners.iter().find(|at| of(at).is_none())).copied()
    }
}

impl Templates {
    /// The template whose words stand at the edge of a line, and the bytes they fill there.
    fn glued(&self, edge: Edge, line: &str, folder: &str) -> Option<(u16, std::ops::Range<usize>)> {
        if self.glued.is_empty() {
            return None;
        }
        let symbols = glued::edge_symbols(line, edge);
        let fits = |(template, words): &&Glued| {
            let of = self.list[usize::from(*template)].folder.as_deref();
            of.is_none_or(|of| of == folder) && symbols.starts_with(words)
        };
        let found = self.glued.get(&(edge, glued::opening(&symbols)?))?.iter().filter(fits);
        let (template, words) = found.max_by_key(|(_, words)| words.len())?;
        Some((*template, glued::place(line, edge, words.len())?))
    }
}

/// What is known of one line that is not blank.
struct Spot {
    line: usize,
    look: Look,
    gone: bool,
    /// Template of the head and of the tail.
    templates: [Option<Owner>; 2],
    /// A rule that knows the line, and whether it needs company.
    rule: Option<(u16, bool)>,
    /// It has words of a portal's frame, which only count in a long frame with many of them.
    mark: bool,
    /// Near enough to the head and to the tail for a template.
    near: [bool; 2],
    /// It reads as the name of an office.
    office: bool,
}

impl Spot {
    fn known(&self) -> bool {
        self.gone || self.templates != [None; 2]
    }
}

/// Marks the frame of a document. `candidates` are the pairs of lines and rules with a literal; without a folder no
/// template is asked.
pub fn detect<'v, 't>(
    view: &'v View<'t>,
    rules: &RuleSet,
    candidates: &[(u32, u16)],
    folder: Option<&str>,
    marks: &mut Marks<'v, 't>,
) {
    static NONE: LazyLock<Templates> = LazyLock::new(Templates::default);
    let templates = if folder.is_some() { rules.templates() } else { &*NONE };
    let folder = folder.unwrap_or_default();
    let mut spots: Vec<Spot> = (0..view.lines.len())
        .filter(|&line| !view.blank(line))
        .map(|line| Spot {
            line,
            look: Look::of(view.line(line)),
            gone: marks.gone(line),
            templates: [None; 2],
            rule: None,
            mark: false,
            near: [false; 2],
            office: false,
        })
        .collect();
    // Nothing known of it, nothing to do: most documents end here.
    mark(view, &mut spots);
    if spots.is_empty()
        || (templates.index.is_empty()
            && templates.glued.is_empty()
            && !spots.iter().any(|spot| spot.gone || spot.mark))
    {
        return;
    }
    let title = recognise(view, templates, folder, &mut spots);
    let body = body(view, &spots);
    if body.is_empty() {
        return;
    }
    unglue(view, (templates, rules.template_base()), folder, &spots, &body, marks);
    let (head, tail) = (body.start, body.end);
    ask_rules(view, rules, &mut spots[..head], Edge::Head, candidates);
    ask_rules(view, rules, &mut spots[tail..], Edge::Tail, candidates);
    let mut frame = Frame { view, rules, spots: &spots, title: &title, kept_title: OnceCell::new(), marks };
    frame.head(&spots[..head]);
    frame.tail(&spots[tail..]);
}

/// Marks the lines with words of a portal's frame, where there are many of them.
fn mark(view: &View, spots: &mut [Spot]) {
    if spots.len() < LONG {
        return;
    }
    for spot in spots.iter_mut() {
        let short = spot.look.chars <= MARK_CHARS && !spot.look.prose();
        spot.mark = short && MARK.is_match(view.fold(spot.line));
    }
    if spots.iter().filter(|spot| spot.mark).count() < MARKS {
        spots.iter_mut().for_each(|spot| spot.mark = false);
    }
}

/// Finds the template lines and returns the title; a run that is hit in fewer lines than a run counts for nothing.
fn recognise(view: &View, templates: &Templates, folder: &str, spots: &mut [Spot]) -> Vec<u16> {
    let plain: Vec<&str> = spots.iter().take(HEAD_LINES).map(|spot| view.line(spot.line)).collect();
    // A line that is the same in other texts is no title.
    let first = plain.iter().position(|line| templates.whole(Edge::Head, line, &[], folder).is_none()).unwrap_or(0);
    let title = keys::title(&plain[first..]);
    let count = spots.len();
    let mut hits: HashMap<u16, usize> = HashMap::new();
    for (at, spot) in spots.iter_mut().enumerate() {
        spot.near = [at < HEAD_LINES, at + TAIL_LINES >= count];
        let line = view.line(spot.line);
        for (side, edge) in [Edge::Head, Edge::Tail].into_iter().enumerate().filter(|(side, _)| spot.near[*side]) {
            let owner = templates.whole(edge, line, &title, folder);
            spot.templates[side] = owner.or_else(|| templates.labelled(edge, line, folder));
            if let Some(owner) = spot.templates[side] {
                *hits.entry(owner.template).or_default() += 1;
                spot.office = guards::guard(view.fold(spot.line)) == Some(guards::Guard::Signature);
            }
        }
    }
    for spot in spots.iter_mut() {
        for slot in &mut spot.templates {
            if let Some(owner) = *slot {
                let least = RUN.min(templates.list[usize::from(owner.template)].lines.len());
                if !owner.core && hits.get(&owner.template).copied().unwrap_or(0) < least {
                    *slot = None;
                }
            }
        }
    }
    title
}

/// The lines of the body, as a range of spots.
fn body(view: &View, spots: &[Spot]) -> std::ops::Range<usize> {
    let looks: Vec<Look> = spots.iter().map(|spot| spot.look).collect();
    let mut weights = look::weights(&looks);
    for (weight, spot) in weights.iter_mut().zip(spots) {
        if spot.known() {
            *weight = (*weight).min(0) - 15 - (spot.look.chars as i32 / 2).min(100);
        } else if spot.mark {
            *weight -= MARK_WEIGHT;
        }
    }
    let mut body = look::body(&weights);
    if body.is_empty() {
        return body;
    }
    // A salutation opens the body, and what a guard keeps right beside the text belongs to it.
    let call = |spot: &Spot| !spot.known() && guards::salutation(view.fold(spot.line));
    if let Some(call) = spots[..body.start].iter().position(call) {
        body.start = call;
    }
    for at in (body.start.saturating_sub(BESIDE)..body.start).rev() {
        if spots[at].known() {
            break;
        }
        if guards::guard(view.fold(spots[at].line)).is_some() || spots[at].look.leads_in() {
            body.start = at;
        }
    }
    for (at, spot) in spots.iter().enumerate().skip(body.end).take(BESIDE) {
        if spot.known() {
            break;
        }
        if guards::guard(view.fold(spot.line)).is_some() {
            body.end = at + 1;
        }
    }
    body
}

/// Asks the rules for whole lines about all lines of an edge: a walk from the edge gives up in a portal's frame.
fn ask_rules(view: &View, rules: &RuleSet, spots: &mut [Spot], edge: Edge, candidates: &[(u32, u16)]) {
    for spot in spots.iter_mut().filter(|spot| !spot.gone) {
        let text = view.fold(spot.line);
        let held = LazyCell::new(|| rules.held(text));
        let start = candidates.partition_point(|c| (c.0 as usize) < spot.line);
        let here = candidates[start..].iter().take_while(|c| c.0 as usize == spot.line).filter(|c| c.1 < INLINE_SIGN);
        let fitting = here.map(|c| (c.1, rules.rule(c.1))).filter(|(at, row)| {
            matches!(row.cut, Cut::Line | Cut::Block)
                && match edge {
                    Edge::Head => matches!(row.zone, Zone::Head | Zone::PartHead | Zone::Edge | Zone::PartEdge),
                    Edge::Tail => matches!(row.zone, Zone::Tail | Zone::PartTail | Zone::Edge | Zone::PartEdge),
                }
                && rules.may_hit(*at, &held)
                && row.find(text).is_some()
        });
        let best = fitting.map(|(at, row)| (row.company != Company::None, at)).min();
        spot.rule = best.filter(|_| guards::guard(text).is_none()).map(|(weak, at)| (at, weak));
    }
}

struct Frame<'a, 'v, 't> {
    view: &'v View<'t>,
    rules: &'a RuleSet,
    spots: &'a [Spot],
    /// Symbols of the document's title.
    title: &'a [u16],
    /// Whether a line that stays holds the title; few documents need to know.
    kept_title: OnceCell<bool>,
    marks: &'a mut Marks<'v, 't>,
}

impl Frame<'_, '_, '_> {
    /// Whether the document's title stands in a line of an edge.
    fn titled(&self, spot: &Spot) -> bool {
        spot.near != [false; 2] && keys::line_key(self.view.line(spot.line), self.title).is_some_and(|key| key.1)
    }

    fn kept_title(&self) -> bool {
        *self.kept_title.get_or_init(|| self.spots.iter().any(|spot| !spot.known() && self.titled(spot)))
    }

    /// Which lines are sure to be frame. A rule that needs company has it in a sure line near it.
    fn sure(&self, spots: &[Spot], side: usize) -> Vec<bool> {
        let marked = spots.len() >= LONG
            && spots.iter().filter(|spot| spot.mark || spot.gone || spot.rule.is_some()).count() >= MARKS;
        let strong: Vec<bool> = spots
            .iter()
            .map(|spot| {
                spot.gone
                    || (spot.templates[side].is_some_and(|owner| owner.signed && !owner.labels) && !spot.office)
                    || matches!(spot.rule, Some((_, false)))
                    || (marked && spot.mark)
            })
            .collect();
        (0..spots.len())
            .map(|at| {
                let near = at.saturating_sub(COMPANY)..(at + COMPANY + 1).min(spots.len());
                if strong[at] || (spots[at].rule.is_some() && strong[near].contains(&true)) {
                    return true;
                }
                // What texts share may be their own where it stands beside them; what a frame line parts from the text
                // is frame. The name of an office signs what stands above it.
                if spots[at].templates[side].is_none() {
                    return false;
                }
                let reach = if spots[at].office { 1 } else { GAP };
                match side {
                    0 => strong[at + 1..(at + 1 + reach).min(spots.len())].contains(&true),
                    _ => strong[at.saturating_sub(reach)..at].contains(&true),
                }
            })
            .collect()
    }

    fn head(&mut self, spots: &[Spot]) {
        let sure = self.sure(spots, 0);
        let count = sure.iter().filter(|sure| **sure).count();
        // A stamp with date and time, or a trail of links, stands between a portal's menus and the text.
        let pivot = spots.iter().rposition(|spot| PIVOT.is_match(self.view.fold(spot.line)));
        let Some(last) = sure.iter().rposition(|sure| *sure).max(pivot) else { return };
        let long = count >= SURE && last >= LONG;
        let title =
            spots.iter().enumerate().rposition(|(at, spot)| !sure[at] && guards::title_like(self.view.fold(spot.line)));
        for (at, spot) in spots[..=last].iter().enumerate() {
            // A series of speeches has the same title, occasion and speaker on top: without a title below them they
            // stay, and so does a lead-in to what stays below it.
            let own = title.is_none_or(|title| title < at)
                && spots.len() - at <= BESIDE
                && !frame_word(self.view.fold(spot.line));
            let leads = spot.look.leads_in() && !sure[at + 1..].contains(&true);
            if sure[at] {
                let signed = spot.templates[0].is_some_and(|owner| owner.signed);
                if spot.rule.is_some() || signed || !(own || leads) {
                    self.cut_sure(spot, 0);
                }
                continue;
            }
            if count < SURE || at == 0 || spot.look.leads_in() || self.titled(spot) {
                continue;
            }
            // The title stands close above the stamp, or on top of all with nothing like it beside it.
            if last - at <= NEAR_TITLE || !self.view.parts.is_empty() {
                continue;
            }
            if titles_text(spots, &sure, at) {
                continue;
            }
            let small = spot.look.menu() || column(spots, at);
            if (small && between(&sure, at, 0)) || (long && spot.look.link_like()) {
                self.cut_slot(spot);
            }
        }
    }

    fn tail(&mut self, spots: &[Spot]) {
        let sure = self.sure(spots, 1);
        let Some(first) = sure.iter().position(|sure| *sure) else { return };
        let count = sure.iter().filter(|sure| **sure).count();
        // What stands above the first sure line may be text yet.
        let last = sure.iter().rposition(|sure| *sure).unwrap_or(first);
        // Sure lines from below the text down to the end: a portal's frame, whatever stands between.
        let long = count >= SURE && last - first >= LONG && spots.len() - last <= FOOT;
        for (at, spot) in spots.iter().enumerate().skip(first) {
            if sure[at] {
                self.cut_sure(spot, 1);
            } else if (count >= SURE || core(spots, &sure[..at]))
                && !titles_text(spots, &sure, at)
                && (spot.look.link_like() || spot.look.menu())
                && (between(&sure, at, REST) || (long && at <= last + REST))
            {
                self.cut_slot(spot);
            }
        }
    }

    fn cut_sure(&mut self, spot: &Spot, side: usize) {
        let held = match guards::guard(self.view.fold(spot.line)) {
            None => false,
            Some(guards::Guard::Signature) => spot.templates[side].is_none(),
            Some(_) => true,
        };
        if spot.gone || held || (self.titled(spot) && !self.kept_title()) {
            return;
        }
        let (class, rule) = match (spot.templates[side], spot.rule) {
            (Some(owner), _) => {
                let class = self.rules.templates().list[usize::from(owner.template)].class;
                (class, RuleId(self.rules.template_base() + owner.template))
            }
            (None, Some((rule, _))) => (self.rules.rule(rule).class, self.rules.id(rule)),
            (None, None) => (Class::Nav, Detector::PageFrame.id()),
        };
        self.marks.cut_line(spot.line, class, rule);
    }

    fn cut_slot(&mut self, spot: &Spot) {
        let text = self.view.fold(spot.line);
        // A heading of marked-up text is its author's.
        if !spot.gone && guards::guard(text).is_none() && !text.trim_start().starts_with('#') {
            self.marks.cut_line(spot.line, Class::Nav, Detector::PageFrame.id());
        }
    }
}

/// Cuts the words of a site off the first and last lines of the body.
fn unglue(
    view: &View,
    (templates, base): (&Templates, u16),
    folder: &str,
    spots: &[Spot],
    body: &std::ops::Range<usize>,
    marks: &mut Marks,
) {
    let near = |at: usize| at.saturating_sub(GLUED)..(at + GLUED).min(spots.len());
    for (edge, range) in [(Edge::Head, near(body.start)), (Edge::Tail, near(body.end))] {
        for spot in spots[range].iter().filter(|spot| !spot.known()) {
            let Some((template, words)) = templates.glued(edge, view.line(spot.line), folder) else { continue };
            let start = view.lines.span(spot.line).start as usize;
            let class = templates.list[usize::from(template)].class;
            marks.cut(start + words.start..start + words.end, class, RuleId(base + template));
        }
    }
}

/// Whether the nearest sure line above is one that most texts of the site have: what is listed below it is frame too.
fn core(spots: &[Spot], sure: &[bool]) -> bool {
    let above = sure.iter().rposition(|sure| *sure);
    above.is_some_and(|at| spots[at].templates[1].is_some_and(|owner| owner.core && !owner.labels))
}

/// Whether unknown running text stands right below a line, which then is its title and no link.
fn titles_text(spots: &[Spot], sure: &[bool], at: usize) -> bool {
    spots.get(at + 1).is_some_and(|below| !sure[at + 1] && below.look.prose())
}

/// Whether a line has a word or sign of pages in it.
fn frame_word(text: &str) -> bool {
    static WORD: LazyLock<Regex> = LazyLock::new(|| {
        fixed(
            r"首页|主页|登录|注册|网站|[\p{Han}]网|https?:|www\.|\.(?:com|cn|net|org)|阅读|浏览|点击|发布|来源|编辑|收藏|打印|字号|评论|分享|下载|搜索|频道|栏目|导航|[|｜>»]|tags:|categories:|date:|true|false",
        )
    });
    WORD.is_match(text)
}

/// Whether a line is one of several short ones in a row: a menu with one word a line.
fn column(spots: &[Spot], at: usize) -> bool {
    let short = |spot: &&Spot| spot.look.link_like() && spot.look.chars <= HEAD_LINK;
    let above = spots[..at].iter().rev().take_while(short).count();
    let below = spots[at + 1..].iter().take_while(short).count();
    short(&&spots[at]) && above + below + 1 >= COLUMN
}

/// Whether sure lines stand near on both sides; the last `rest` lines need none below.
fn between(sure: &[bool], at: usize, rest: usize) -> bool {
    let above = sure[at.saturating_sub(GAP)..at].contains(&true);
    let below = sure[at + 1..(at + 1 + GAP).min(sure.len())].contains(&true) || sure.len() - at <= rest;
    above && below
}
