//! Learned templates and page frames: where the body of a document begins and ends, and what goes outside it.
//!
//! The body is the stretch of lines with the greatest weight (`learn::look`), where known frame lines weigh against.
//! Outside it go the lines of templates, and what stands between sure frame lines and looks like one of them: menus
//! and links. Nothing inside the body goes, and no line that a guard keeps.

use super::automaton::{Automaton, fixed};
use super::edges::Frame;
use super::guards;
use super::rules::RuleSet;
use super::sure::{ask_rules, promoted};
use super::view::{Marks, View};
use crate::document::RuleId;
use crate::key;
use crate::learn::look::{self, Look};
use crate::learn::{Edge, HEAD_LINES, RUN, SINGLE_PERCENT, SINGLE_TEXTS, TAIL_LINES, Template, glued, keys, signs};
use std::collections::HashMap;
use std::sync::LazyLock;

/// Lines of a frame from which on sure lines at both its ends prove all of it.
pub(super) const LONG: usize = 20;
/// Lines with words of a frame that make a long frame sure.
pub(super) const MARKS: usize = 5;
/// What such a line weighs against being body.
const MARK_WEIGHT: i32 = 30;
/// Longest such line, in characters.
const MARK_CHARS: u32 = 40;
/// Longest name of a channel, and the lines within which words come again in a table.
const CHANNEL: u32 = 4;
const TABLE: usize = 15;
/// Lines around the edge of the body in which glued words are looked for.
const GLUED: usize = 3;
/// Lines beside the body that are looked at for signatures, dates and closings.
pub(super) const BESIDE: usize = 6;

static MARK: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"我来说两句|我有话说|网友(?:评论|留言|跟帖|跟贴|点评)|发表(?:评论|您)|(?:查看|全部|最新|文章)评论|(?:热点|热门|推荐|相关|更多|精彩|最新|图片|视频|独家|今日|本周|一周)(?:新闻|阅读|内容|专题|排行|推荐|文章|视频|图片|资讯|搜索|话题|图集)|排行榜?\s*$|点击排行|^\s*更多|更多\s*(?:>>|»|\.{2,}|…)|(?:版权|免责)\p{Han}{0,4}(?:声明|所有)|打印本?页?|关闭窗口|分享到|返回(?:首页|顶部)|联系我们|关于我们|网站地图|广告(?:服务|刊例|联系)|^\s*(?:用户名|密\s*码|昵称|验证码)\s*[:：]?|免费注册|登录|登陆|copyright|©|icp(?:备|证)|友情链接|设为首页|加入收藏|字号|字体[:：]|网站首页|^\s*首页\s*$|新闻中心\s*$|频道\s*$|^\s*(?:财经|体育|娱乐|汽车|房产|科技|教育|旅游|健康|论坛|博客|社区)\s*$",
    )
});

/// Words of two letters and more side by side, or a trail. The spaced letters of a letterhead are none.
static ROW: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"^\s*(?:\p{Han}{2,4}[：:])?\p{Han}{2,6}(?:\s+\p{Han}{2,6}){2,}\s*$|^\s*\p{Han}{2,12}(?:\s*[/>＞»→]\s*\p{Han}{2,12}){1,4}\s*$",
    )
});

/// The number of an issue with its day.
static ISSUE: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(r"^(?:\p{Han}{0,6}第\s?\d+\s?[期号版]|(?:19|20)\d{2}[-/.年]\s?\d{1,2}[-/.月]\s?\d{1,2}).{0,30}$")
});

/// The parties of a contract.
static ENTRY: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"^\s*(?:[\p{Han}（）()]{0,8}[甲乙]方|\p{Han}{1,3}租方|委托人|受托人|买受人|出卖人|编号)[\p{Han}（）()]{0,8}\s*[：:]",
    )
});

/// The day of an issue and its number or weekday, as pages stamp them: letterheads write years and months out.
static ISSUED: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(r"^\s*(?:19|20)\d{2}[-/.]\d{1,2}[-/.]\d{1,2}\s*(?:星期[一二三四五六日]\s*)?总?第\s?\d+\s?[期号版].{0,8}\s*$")
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
    /// The names of the sites by folder.
    sites: HashMap<String, Vec<String>>,
}

/// The first two symbols of a line.
type Front = [u16; 2];

/// A template and the symbols of its words, those nearest to the edge first.
type Glued = (u16, Vec<u16>);

/// A template that has a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Owner {
    pub(super) template: u16,
    /// Most texts with the template have the line: it speaks for itself, without others of its run.
    pub(super) core: bool,
    /// It is known by its labels only.
    pub(super) labels: bool,
    /// It speaks of pages: a frame for certain, and what it parts from the text as well.
    pub(super) signed: bool,
    /// Lines of the list below it.
    pub(super) list: u16,
}

impl Templates {
    /// Indexes templates; those that are not to be applied stay in the list for the record. At most `room` are used.
    pub fn new(mut list: Vec<Template>, room: usize) -> Self {
        if list.len() > room {
            list.sort_by_key(|template| std::cmp::Reverse(template.texts));
            list.truncate(room);
            list.sort_by(|a, b| (&a.folder, a.edge, &a.id).cmp(&(&b.folder, b.edge, &b.id)));
        }
        let signs = signs::Signs::of(&list);
        let (signed, sites) = (signs.signed(&list), signs.sites(&list));
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
                    // Labels that speak of pages need nobody to speak for them.
                    let quotes = keys::names_title(&line.text);
                    let labels = line.text.contains(keys::VALUE) && !quotes && !signs::told(&line.text);
                    let core = line.texts >= SINGLE_TEXTS && line.texts * 100 >= template.texts * SINGLE_PERCENT;
                    if owners.last().is_none_or(|owner| owner.template != at as u16) {
                        let (template, signed) = (at as u16, signed[at][row]);
                        owners.push(Owner { template, core, labels, signed, list: line.list });
                    }
                }
            }
        }
        Self { list, index, fronts, glued: words, sites }
    }

    /// All templates in order.
    pub fn list(&self) -> &[Template] {
        &self.list
    }

    /// The names of the site that a folder's documents come from.
    pub(super) fn sites(&self, folder: &str) -> &[String] {
        self.sites.get(folder).map_or(&[], Vec::as_slice)
    }

    /// The template of a line of an edge, as the line stands or with its title slotted.
    fn whole(&self, edge: Edge, (front, line): (Front, &str), title: &[u16], folder: &str) -> Option<Owner> {
        if !self.fronts.may_have(front, title) {
            return None;
        }
        let by = |title: &[u16]| self.find(edge, keys::line_key(line, title)?.0, folder);
        by(&[]).or_else(|| by(title))
    }

    /// The template of which a line has the labels.
    fn labelled(&self, edge: Edge, (front, line): (Front, &str), folder: &str) -> Option<Owner> {
        if !self.fronts.may_have_labels(front[0], line) {
            return None;
        }
        let by = |form: Option<String>| self.find(edge, keys::template_key(&form?)?, folder);
        let sentence = || by(keys::labelled_sentence(line)).filter(|owner| owner.signed || owner.core);
        by(keys::labels(line)).or_else(|| by(keys::quoted(line))).or_else(sentence)
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
pub(super) struct Spot {
    pub(super) line: usize,
    pub(super) look: Look,
    pub(super) gone: bool,
    /// Nothing in it can be debris.
    pub(super) sealed: bool,
    /// Template of the head and of the tail.
    pub(super) templates: [Option<Owner>; 2],
    /// A rule that knows the line, and whether it needs company.
    pub(super) rule: Option<(u16, bool)>,
    /// It has words of a portal's frame, which only count in a long frame with many of them.
    pub(super) mark: bool,
    /// Near enough to the head and to the tail for a template.
    pub(super) near: [bool; 2],
    /// It is nothing but the title.
    pub(super) bare: bool,
    /// It reads as the name of an office.
    pub(super) office: bool,
    /// It is a row of words or a trail that most texts of the site have.
    pub(super) row: bool,
    /// It is a day of issue.
    pub(super) issued: bool,
}

impl Spot {
    pub(super) fn known(&self) -> bool {
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
            sealed: marks.sealed(line),
            templates: [None; 2],
            rule: None,
            mark: false,
            near: [false; 2],
            bare: false,
            office: false,
            row: false,
            issued: false,
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
    let (heading, body) = body(view, &spots);
    if body.is_empty() {
        return;
    }
    let body = stretched(view, templates, folder, &spots, body);
    let glued = unglue(view, (templates, rules.template_base()), folder, &spots, &body, marks);
    let (head, tail) = (body.start, body.end);
    ask_rules(view, rules, &mut spots[..head], Edge::Head, candidates);
    ask_rules(view, rules, &mut spots[tail..], Edge::Tail, candidates);
    let tail = match heading {
        Some(_) => promoted(view, rules, &mut spots, body, candidates),
        None => tail,
    };
    // What is glued to the text ends it: beyond that is the site's.
    let mut frame = Frame::new(view, rules, &spots, &title, head..tail, marks);
    frame.sites = templates.sites(folder);
    frame.parted = [
        glued[0].filter(|at| *at <= head).map_or(0, |at| at),
        glued[1].filter(|at| *at + 1 >= tail).map_or(usize::MAX, |at| at + 1 - tail),
    ];
    frame.head(&spots[..head], heading);
    // A title on top of all, far above the text, may be no title.
    frame.tail(&spots[tail..], heading.is_some_and(|heading| heading > 0 || head <= BESIDE));
}

/// Marks the lines with words of a portal's frame, where there are many of them.
fn mark(view: &View, spots: &mut [Spot]) {
    if spots.len() < LONG {
        return;
    }
    for spot in spots.iter_mut() {
        let text = view.fold(spot.line);
        let short = spot.look.chars <= MARK_CHARS && !spot.look.prose() && !guards::options(text);
        // One such word in a sentence or a list says little.
        let spoken = text.trim_end().ends_with(['。', '；', ';', '，']);
        let least = if spoken { 2 } else { 1 };
        spot.mark = short && !spot.sealed && MARK.find_iter(text).take(least).count() == least;
    }
    let cells: Vec<usize> = (0..spots.len()).filter(|&at| spots[at].mark && cell(view, spots, at)).collect();
    cells.into_iter().for_each(|at| spots[at].mark = false);
    if spots.iter().filter(|spot| spot.mark).count() < MARKS {
        spots.iter_mut().for_each(|spot| spot.mark = false);
    }
}

/// Whether a word is one of a table with one cell a line: a menu has each of its words once.
fn cell(view: &View, spots: &[Spot], at: usize) -> bool {
    if spots[at].look.chars > CHANNEL {
        return false;
    }
    let near = &spots[at.saturating_sub(TABLE)..(at + TABLE + 1).min(spots.len())];
    let mut words: Vec<&str> =
        near.iter().filter(|spot| spot.look.chars <= CHANNEL).map(|s| view.fold(s.line).trim()).collect();
    words.sort_unstable();
    let mut again: Vec<&str> = words.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect();
    again.dedup();
    again.len() > 1 && again.contains(&view.fold(spots[at].line).trim())
}

/// Finds the template lines and returns the title; a run that is hit in fewer lines than a run counts for nothing.
fn recognise(view: &View, templates: &Templates, folder: &str, spots: &mut [Spot]) -> Vec<u16> {
    let plain: Vec<&str> = spots.iter().take(HEAD_LINES).map(|spot| view.line(spot.line)).collect();
    // A line that is the same in other texts is no title.
    let shared = |line: &str| templates.whole(Edge::Head, (key::front(line), line), &[], folder).is_some();
    // Nor is the number of an issue among such lines.
    let first = plain.iter().enumerate().position(|(at, line)| {
        let issue =
            at > 0 && plain.get(at + 1).is_some_and(|below| shared(below)) && ISSUE.is_match(view.fold(spots[at].line));
        !issue && !shared(line)
    });
    let first = first.unwrap_or(0);
    // Nor an entry of minutes or of a contract, whose titles may be all the same.
    let same = |line: usize| {
        let text = view.fold(spots[line].line);
        let owner = templates.whole(Edge::Head, (key::front(plain[line]), plain[line]), &[], folder);
        guards::title_like(text) && owner.is_some_and(|owner| !owner.signed)
    };
    let entry = spots
        .get(first)
        .is_some_and(|spot| ENTRY.is_match(view.fold(spot.line)) || guards::contact(view.fold(spot.line)));
    let first = if entry { (0..first).rev().find(|line| same(*line)).unwrap_or(first) } else { first };
    let (below, title) = keys::page_title(&plain[first..]);
    let first = first + below;
    let count = spots.len();
    let mut hits: HashMap<u16, usize> = HashMap::new();
    for (at, spot) in spots.iter_mut().enumerate() {
        spot.near = [at < HEAD_LINES, at + TAIL_LINES >= count];
        let line = view.line(spot.line);
        let front = if spot.near == [false; 2] { Front::default() } else { key::front(line) };
        spot.bare = spot.near[0]
            && keys::heads(plain[first], line)
            && keys::line_key(line, &title).is_some_and(|key| keys::bare_title(key.0));
        if spot.sealed {
            continue;
        }
        for (side, edge) in [Edge::Head, Edge::Tail].into_iter().enumerate().filter(|(side, _)| spot.near[*side]) {
            let owner = templates.whole(edge, (front, line), &title, folder);
            spot.templates[side] = owner.or_else(|| templates.labelled(edge, (front, line), folder));
            if let Some(owner) = spot.templates[side] {
                let shared = side == 0 && owner.core && !owner.labels;
                // Below a line that names the title comes the text's own.
                let names = at > 0 && plain.get(at - 1).is_some_and(|above| above.contains('《'));
                spot.issued |= shared && !names && ISSUED.is_match(view.fold(spot.line));
                spot.row |= shared && ROW.is_match(view.fold(spot.line));
                *hits.entry(owner.template).or_default() += 1;
                let text = view.fold(spot.line);
                // A hall where offices serve is a menu's word.
                spot.office =
                    guards::guard(text) == Some(guards::Guard::Signature) && !text.trim_end().ends_with("大厅");
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

/// The title that the text stands under, where the page has it as a line of its own, and the lines of the body, as a
/// range of spots.
fn body(view: &View, spots: &[Spot]) -> (Option<usize>, std::ops::Range<usize>) {
    let looks: Vec<Look> = spots.iter().map(|spot| spot.look).collect();
    let mut weights = look::weights(&looks);
    for (weight, spot) in weights.iter_mut().zip(spots) {
        if spot.known() {
            *weight = (*weight).min(0) - 15 - (spot.look.chars as i32 / 2).min(100);
        } else if spot.mark {
            *weight -= MARK_WEIGHT;
        }
    }
    let bare: Vec<usize> = (0..spots.len()).filter(|at| spots[*at].bare).collect();
    let text = |at: usize| spots[at].look.prose() && weights[at] > 0;
    let (title, mut body) = match look::anchored(&weights, &bare, &text) {
        Some((title, body)) => (Some(title), body),
        None => (None, look::body(&weights)),
    };
    if body.is_empty() {
        return (None, body);
    }
    let top = title.map_or(0, |title| title + 1);
    // A salutation opens the body, and what a guard keeps right beside the text belongs to it.
    let call = |spot: &Spot| !spot.known() && guards::salutation(view.fold(spot.line));
    if let Some(call) = spots[top..body.start].iter().position(call) {
        body.start = top + call;
    }
    for at in (body.start.saturating_sub(BESIDE).max(top)..body.start).rev() {
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
    (title, body)
}

/// A site glues its words to the first and the last line of its texts: what stands between them is text, even where it
/// does not look like it (diaries, verses).
fn stretched(
    view: &View,
    templates: &Templates,
    folder: &str,
    spots: &[Spot],
    body: std::ops::Range<usize>,
) -> std::ops::Range<usize> {
    let has = |edge: Edge, side: usize| {
        move |at: &usize| {
            let spot = &spots[*at];
            spot.near[side] && !spot.known() && templates.glued(edge, view.line(spot.line), folder).is_some()
        }
    };
    let start = (0..body.start).find(has(Edge::Head, 0)).unwrap_or(body.start);
    let end = (body.end..spots.len()).rev().find(has(Edge::Tail, 1)).map_or(body.end, |at| at + 1);
    start..end
}

/// Cuts the words of a site off the first and last lines of the body. Returns the first and last line that had some.
fn unglue(
    view: &View,
    (templates, base): (&Templates, u16),
    folder: &str,
    spots: &[Spot],
    body: &std::ops::Range<usize>,
    marks: &mut Marks,
) -> [Option<usize>; 2] {
    let mut found = [None; 2];
    let near = |at: usize| at.saturating_sub(GLUED)..(at + GLUED).min(spots.len());
    for (edge, range) in [(Edge::Head, near(body.start)), (Edge::Tail, near(body.end))] {
        for at in range.filter(|at| !spots[*at].known()) {
            let spot = &spots[at];
            let Some((template, words)) = templates.glued(edge, view.line(spot.line), folder) else { continue };
            match edge {
                Edge::Head => found[0] = found[0].or(Some(at)),
                Edge::Tail => found[1] = Some(at),
            }
            let start = view.lines.span(spot.line).start as usize;
            let class = templates.list[usize::from(template)].class;
            marks.cut(start + words.start..start + words.end, class, RuleId(base + template));
        }
    }
    found
}
