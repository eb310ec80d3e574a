//! What goes of a page's frame: above the title and the text, and below the text.
//!
//! Lines that templates, rules or words of portals tell to be frame are sure; what stands between them and looks like a
//! link goes with them. In a long frame with sure lines at both its ends links may be numbered, shout or tell in one
//! sentence what they lead to; what may still be the text's own there, notes and attachments among them, stays.

mod title;

use super::automaton::{Automaton, fixed};
use super::guards;
use super::lists::lists;
use super::rules::RuleSet;
use super::structure::Detector;
use super::sure::{COMPANY, SURE, between, core, signed, sure};
use super::templates::{BESIDE, LONG, Spot};
use super::view::{Marks, View};
use crate::document::{Class, RuleId};
use crate::key;
use crate::learn::keys;
use std::cell::OnceCell;
use std::collections::HashSet;
use std::ops::Range;
use std::sync::LazyLock;

/// Lines below the last sure one that may be unknown.
const REST: usize = 6;
/// Longest line of a head, in characters, that can be a link of a menu with one word a line.
const HEAD_LINK: u32 = 8;
/// Lines of such a menu, at least.
const COLUMN: usize = 5;
/// Lines below the last sure line of such a frame, no two of them running text.
const FOOT: usize = 40;
/// Lines above the last sure line of a head where the title may stand.
const NEAR_TITLE: usize = 4;
/// Sure lines between a text and what is deep in a frame: notes and attachments stand nearer to their text.
const DEEP: usize = 8;
/// Lines for each sure one that a long frame has at most: a directory between two words of a site is its text.
const SPREAD: usize = 40;
/// Longest link that is numbered or shouts, in characters.
const LINK: u32 = 64;
/// Longest teaser or notice of a frame, in characters.
const TEASER: u32 = 260;
/// Share of a document's characters that teasers may be, in percent: below the brake on running text.
const TEASERS: u32 = 20;
/// Letters beside a date and the name of a site: those of an author.
const AUTHOR: usize = 4;
/// Symbols of a part of a teaser that stands in the text, at least.
const TOLD: usize = 12;
/// Lines of a list of cut-off titles down to the end of the page, and how many of them must be cut off.
const LISTED: usize = 12;
const CUT_OFF: usize = 3;

static PIVOT: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"^.{0,30}(?:19|20)\d{2}\s?[-/.年]\s?\d{1,2}\s?[-/.月]\s?\d{1,2}\s?日?\s*\d{1,2}[:：]\d{2}.{0,60}$|^您(?:现在|当前)?(?:的?位置|在|所在).{0,60}$|^[^>＞»，。]{1,16}(?:\s*[>＞»]{1,2}\s*[^>＞»，。]{1,40}){2,6}$",
    )
});

/// What stands between the title and the text of a page: date and time with a source, and nothing of a meeting.
static STAMP: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"^.{0,40}(?:(?:19|20)\d{2}\s?[-/.年]\s?\d{1,2}\s?[-/.月]\s?\d{1,2}\s?日?|\d{1,2}\.\d{1,2}\.(?:19|20)\d{2}).{0,60}$",
    )
});
static SOURCE: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"https?:|www\.|来源|评论|打印|编辑|字号|手机版|(?:网|报|社|日报|晚报|早报|晨报|周刊|电视台|新闻中心|博客|佚名)(?:\s|$|\d|[)）])",
    )
});
static OWN_TIME: LazyLock<Automaton> =
    LazyLock::new(|| fixed(r"会议|地点|主讲|主持|到会|出席|在.{2,}(?:室|厅|馆|楼)|(?:室|厅|堂|馆|楼)(?:\s|$)"));

/// Words of a site's notices about rights.
static RIGHTS: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"版权|转载|转发|本网|本站|侵权|免责|声明|许可|镜像|删除|不代表|来源[：:]|举报|客服|注册用户|会员|订阅|投稿|客户端",
    )
});
/// What a letterhead between two titles has and links have not.
static LETTERHEAD: LazyLock<Automaton> =
    LazyLock::new(|| fixed(r"文件\s*$|号\s*$|〔|发\s*[\[(（]|^\s*(?:签发|抄送|主送)|(?:局|厅|部|委|办)\s*$"));
/// A title that a page cut off.
static SHORTENED: LazyLock<Automaton> = LazyLock::new(|| fixed(r"(?:\.{3}|…)\s*(?:[(（\[].{0,12}[)）\]])?\s*$"));

/// The title among the fields on top of a text.
static TITLE_FIELD: LazyLock<Automaton> = LazyLock::new(|| fixed(r"^\s*(?:title|标题|题目|题名)\s*[:：]"));

/// What deep in a frame is frame as well: numbered links, telephones and the names of offices.
const FRAME_GUARDS: [guards::Guard; 3] = [guards::Guard::Heading, guards::Guard::Contact, guards::Guard::Signature];

/// What in a list of titles is frame as well, and in one where each line ends with a number.
const LINK_GUARDS: [guards::Guard; 2] = [guards::Guard::Heading, guards::Guard::Signature];
const LIST_GUARDS: [guards::Guard; 6] = [
    guards::Guard::Heading,
    guards::Guard::Contact,
    guards::Guard::Signature,
    guards::Guard::Salutation,
    guards::Guard::Closing,
    guards::Guard::Date,
];

pub(super) struct Frame<'a, 'v, 't> {
    view: &'v View<'t>,
    rules: &'a RuleSet,
    spots: &'a [Spot],
    /// Symbols of the document's title.
    title: &'a [u16],
    /// Whether a line that stays holds the title; few documents need to know.
    kept_title: OnceCell<bool>,
    /// Characters of running text that may still go.
    room: u32,
    /// The short lines of the text.
    again: HashSet<u64>,
    /// The first and last line of the text, and once it is asked for its key.
    span: Option<(usize, usize)>,
    body: Option<Vec<u16>>,
    /// Lines of the head above this one, and of the tail from this one on, are parted from the text.
    pub(super) parted: [usize; 2],
    /// The names of the document's site.
    pub(super) sites: &'a [String],
    marks: &'a mut Marks<'v, 't>,
}

impl<'a, 'v, 't> Frame<'a, 'v, 't> {
    pub(super) fn new(
        view: &'v View<'t>,
        rules: &'a RuleSet,
        spots: &'a [Spot],
        title: &'a [u16],
        body: Range<usize>,
        marks: &'a mut Marks<'v, 't>,
    ) -> Self {
        let all: u32 = spots.iter().map(|spot| spot.look.chars).sum();
        let span = spots[body.clone()].first().zip(spots[body.clone()].last()).map(|(a, b)| (a.line, b.line));
        let room = all / 100 * TEASERS;
        let mut frame = Self {
            view,
            rules,
            spots,
            title,
            kept_title: OnceCell::new(),
            room,
            again: HashSet::new(),
            span,
            body: None,
            parted: [0, usize::MAX],
            sites: &[],
            marks,
        };
        if body.start >= COLUMN {
            let short = spots[body].iter().filter(|spot| spot.look.link_like());
            frame.again = short.map(|spot| frame.key(spot)).collect();
        }
        frame
    }

    /// Whether all that a line says stands in the text.
    fn told(&mut self, spot: &Spot) -> bool {
        let view = self.view;
        let body = self.body.get_or_insert_with(|| {
            let span = |line: usize| view.lines.span(line);
            let text = self.span.map(|(first, last)| &view.text[span(first).start as usize..span(last).end as usize]);
            key::key(text.unwrap_or_default()).symbols
        });
        let parts = view.line(spot.line).split("...").flat_map(|part| part.split('…'));
        let mut keys = parts.map(|part| key::key(part).symbols).filter(|key| !key.is_empty());
        keys.all(|key| key.len() >= TOLD && keys::holds(body, &key).is_some())
    }

    fn key(&self, spot: &Spot) -> u64 {
        keys::line_key(self.view.line(spot.line), &[]).map_or(0, |key| key.0)
    }

    /// Whether the document's title stands in a line of an edge.
    fn titled(&self, spot: &Spot) -> bool {
        spot.near != [false; 2] && keys::line_key(self.view.line(spot.line), self.title).is_some_and(|key| key.1)
    }

    fn kept_title(&self) -> bool {
        *self.kept_title.get_or_init(|| self.spots.iter().any(|spot| !spot.known() && self.titled(spot)))
    }

    /// `title` is the line of the title that the text stands under.
    pub(super) fn head(&mut self, spots: &[Spot], title: Option<usize>) {
        let mut sure = sure(spots, 0, self.parted[0], title);
        // Below the title a single word of a portal is the text's own.
        for (at, spot) in spots.iter().enumerate().skip(title.map_or(spots.len(), |title| title + 1)) {
            sure[at] &= !spot.mark || spot.look.chars > HEAD_LINK || spot.known() || spot.rule.is_some();
        }
        let count = sure.iter().filter(|sure| **sure).count();
        // A stamp with date and time, or a trail of links, stands between a portal's menus and the text.
        let pivot = spots[..title.unwrap_or(spots.len()).min(spots.len())]
            .iter()
            .rposition(|spot| PIVOT.is_match(self.view.fold(spot.line)));
        // The title with the name of its site on top, many links, and the title again: a page for certain.
        let paged = |title: usize| {
            title >= LONG
                && self.page_title(&spots[0])
                && spots[1..title].iter().filter(|spot| !spot.look.link_like() && !spot.look.menu()).count() * 10
                    < title
        };
        let anchor = title.filter(|&title| title > 0 && title < spots.len() && (count >= SURE || paged(title)));
        let count = if anchor.is_some() { count.max(SURE) } else { count };
        let frame = sure.iter().rposition(|sure| *sure).max(pivot);
        // What a page tells of its text stands right below the title.
        let below = anchor.map(|anchor| (anchor + COMPANY).min(spots.len() - 1));
        let Some(last) = frame.max(below) else { return };
        let top = anchor.or(frame).unwrap_or(last);
        let long = count >= SURE && top >= LONG;
        let named = spots.iter().enumerate().rposition(|(at, spot)| !sure[at] && title::like(self.view, spot));
        // Where no other line of the page has told which one the title is, what may be it stays.
        let guessed = anchor.is_none() && count >= SURE;
        let may_title =
            if guessed { title::guesses(self.view, spots, &sure, self.span.map(|span| span.0)) } else { Vec::new() };
        let bare = spots.iter().position(|spot| spot.bare).unwrap_or(spots.len());
        let links = anchor.filter(|_| long).map_or(0..0, |anchor| self.links_between_titles(spots, anchor));
        let counted = lists(self.view, spots, &sure, 0);
        for (at, spot) in spots[..=last].iter().enumerate() {
            // A series of speeches has the same title, occasion and speaker on top: without a title below them they
            // stay, and so does a lead-in to what stays below it.
            let own = named.is_none_or(|named| named < at)
                && spots.len() - at <= BESIDE
                && !frame_word(self.view.fold(spot.line));
            let leads = spot.look.leads_in() && !sure[at + 1..].contains(&true);
            if sure[at] {
                let spoken = spot.templates[0].is_some_and(|owner| owner.signed);
                if spot.rule.is_some() || spoken || !(own || leads) {
                    self.cut_sure(spot, 0, false);
                }
                continue;
            }
            if may_title.contains(&at) {
                continue;
            }
            if self.parted[0] > 0 && at >= self.parted[0] {
                continue;
            }
            if counted[at].is_some() && !LETTERHEAD.is_match(self.view.fold(spot.line)) {
                self.cut_slot(spot);
                continue;
            }
            if let Some(anchor) = anchor {
                if at > anchor {
                    // Below the title only what tells where and when it was put on the page.
                    // With nothing of the page below it, what gives a date and a source may be the text's own.
                    let told = frame.is_some_and(|frame| at <= frame) || self.of_site(spot);
                    if at - anchor <= COMPANY && told && self.stamped(spot) {
                        self.cut_slot(spot);
                    }
                    continue;
                }
                if links.contains(&at) && !spot.bare
                    || (at == 0 && self.page_title(spot))
                    || self.trail(spot, at, anchor)
                {
                    self.cut_slot(spot);
                    continue;
                }
                if bare < at {
                    continue;
                }
            }
            if count < SURE || at == 0 || self.titled(spot) || (spot.look.leads_in() && anchor.is_none()) {
                continue;
            }
            // The title stands close above the stamp, or on top of all with nothing like it beside it.
            let parted = spots[at + 1..top.max(at + 1)].iter().any(|below| signed(below, 0));
            if (top.saturating_sub(at) <= NEAR_TITLE && !parted) || at > top || !self.view.parts.is_empty() {
                continue;
            }
            if anchor.is_none() && (titles_text(spots, &sure, at) || beside_text(spots, &sure, at)) {
                continue;
            }
            // What a table of contents says stands again in the text.
            if self.again.contains(&self.key(spot)) {
                continue;
            }
            let small = spot.look.menu() || column(spots, at);
            if (small && between(&sure, at, 0)) || (long && spot.look.link_like()) {
                self.cut_slot_of(spot, if anchor.is_some() { &[guards::Guard::Heading] } else { &[] });
            } else if long && anchor.is_some() {
                self.cut_deep(spots, &sure, at);
            }
        }
    }

    pub(super) fn tail(&mut self, spots: &[Spot], anchored: bool) {
        let mut sure = sure(spots, 1, self.parted[1], None);
        // All texts of a collection may have notes: their heading is none of the site's.
        for (at, spot) in spots.iter().enumerate().filter(|(_, spot)| !spot.gone && spot.rule.is_none()) {
            let heading = spot.look.chars <= HEAD_LINK && guards::appended(self.view.fold(spot.line));
            sure[at] &= signed(spot, 1) || !heading;
        }
        let Some(first) = sure.iter().position(|sure| *sure) else { return };
        let glued = usize::from(self.parted[1] < usize::MAX);
        let count = sure.iter().filter(|sure| **sure).count() + glued;
        // What stands above the first sure line may be text yet.
        let last = sure.iter().rposition(|sure| *sure).unwrap_or(first);
        // Sure lines from below the text down to the end: a portal's frame, whatever stands between.
        let foot = &spots[last + 1..];
        let goes_on = foot.windows(2).any(|pair| pair[0].look.prose() && pair[1].look.prose());
        let ends = foot.len() < FOOT && !goes_on;
        let long = count >= SURE && last - first >= LONG && last - first <= count * SPREAD && ends;
        let listed = self.shortened_list(foot);
        let listed_below = lists(self.view, spots, &sure, 1);
        let (mut passed, mut appended) = (0, false);
        for (at, spot) in spots.iter().enumerate().skip(first) {
            let deep = long && anchored && passed >= DEEP;
            if sure[at] {
                passed += 1;
                appended = false;
                self.cut_sure(spot, 1, deep);
                continue;
            }
            // Notes and attachments may stand below a line of tools.
            appended |= !deep && guards::appended(self.view.fold(spot.line));
            if let Some(list) = listed_below[at].filter(|list| list.counted || (list.long && !appended)) {
                self.cut_slot_of(spot, if list.counted { &LIST_GUARDS } else { &LINK_GUARDS });
                continue;
            }
            // What words of the site are glued to is the text's.
            if appended || (glued > 0 && at < self.parted[1]) {
                continue;
            }
            let near = between(&sure, at, REST) || (long && at <= last + REST);
            if (count >= SURE || core(spots, &sure[..at]))
                && !titles_text(spots, &sure, at)
                && (anchored || !beside_text(spots, &sure, at))
                && (spot.look.link_like() || spot.look.menu())
                && near
                && (deep || guards::guard(self.view.fold(spot.line)).is_none())
            {
                self.cut_slot_of(spot, if deep { &FRAME_GUARDS } else { &[] });
            } else if deep && near {
                self.cut_deep(spots, &sure, at);
            } else if near && count >= SURE && anchored && spot.look.prose() && self.told(spot) {
                self.marks.cut_line(spot.line, Class::DoubledText, Detector::Teaser.id());
            } else if at > last && listed {
                self.cut_slot(spot);
            }
        }
    }

    /// In a long frame: a link that is numbered or shouts, one sentence that tells what a link leads to, and notices
    /// about rights.
    fn cut_deep(&mut self, spots: &[Spot], sure: &[bool], at: usize) {
        let spot = &spots[at];
        let text = self.view.fold(spot.line);
        if guards::salutation(text) || guards::closing(text) {
            return;
        }
        if spot.look.chars <= LINK && !text.contains(['。', '；', ';']) {
            self.cut_slot_of(spot, &FRAME_GUARDS);
            return;
        }
        // Running text that goes on in the next line is a text.
        let alone = |at: Option<usize>| {
            at.and_then(|at| spots.get(at).zip(sure.get(at)))
                .is_none_or(|(beside, sure)| *sure || !beside.look.prose() || beside.look.chars <= LINK)
        };
        let alone = alone(at.checked_sub(1)) && alone(Some(at + 1));
        if spot.look.chars <= TEASER && spot.look.chars <= self.room && (alone || RIGHTS.is_match(text)) {
            self.room -= spot.look.chars;
            self.cut_slot_of(spot, &FRAME_GUARDS);
        }
    }

    /// The lines between the first and the last of several titles above the text, where they are links: a page that
    /// has its title three times. A letterhead between them is the text's own.
    fn links_between_titles(&self, spots: &[Spot], anchor: usize) -> Range<usize> {
        let Some(first) = spots[..anchor].iter().position(|spot| spot.bare) else { return 0..0 };
        let between = || spots[first + 1..anchor].iter().filter(|spot| !spot.bare && !spot.gone);
        let link = |spot: &Spot| {
            let text = self.view.fold(spot.line);
            spot.look.link_like() && guards::guard(text).is_none() && !LETTERHEAD.is_match(text)
        };
        if between().count() >= NEAR_TITLE && between().all(link) { first + 1..anchor } else { 0..0 }
    }

    /// Whether the first line is the title with the name of its site beside it.
    fn page_title(&self, spot: &Spot) -> bool {
        static NAMED: LazyLock<Automaton> = LazyLock::new(|| fixed(r"[-_|｜—―－·:：\s]"));
        !spot.bare
            && self.titled(spot)
            && spot.look.chars <= LINK * 2
            && NAMED.is_match(self.view.fold(spot.line).trim())
    }

    /// Whether a line above the title is a trail of links.
    fn trail(&self, spot: &Spot, at: usize, title: usize) -> bool {
        let text = self.view.fold(spot.line);
        at < title && text.contains(['>', '＞', '»']) && PIVOT.is_match(text)
    }

    /// Whether a line gives the name of the site and hardly more than numbers.
    fn of_site(&self, spot: &Spot) -> bool {
        self.sites.iter().any(|site| stands_alone(self.view.fold(spot.line), site))
    }

    fn stamped(&self, spot: &Spot) -> bool {
        let text = self.view.fold(spot.line);
        spot.look.link_like()
            && spot.look.chars <= LINK
            && STAMP.is_match(text)
            && (SOURCE.is_match(text) || self.of_site(spot))
            && !OWN_TIME.is_match(text)
    }

    /// Whether lines down to the end are titles that the page cut off.
    fn shortened_list(&self, spots: &[Spot]) -> bool {
        let plain = |spot: &Spot| spot.look.link_like() && guards::guard(self.view.fold(spot.line)).is_none();
        let cut_off = spots.iter().filter(|spot| SHORTENED.is_match(self.view.fold(spot.line))).count();
        spots.len() >= LISTED && cut_off >= CUT_OFF && spots.iter().all(plain)
    }

    fn cut_sure(&mut self, spot: &Spot, side: usize, deep: bool) {
        let text = self.view.fold(spot.line);
        let held = (guards::options(text) && spot.templates[side].is_none())
            || match guards::guard(text) {
                None => false,
                Some(guards::Guard::Signature) => spot.templates[side].is_none() && !deep,
                Some(guards::Guard::Contact | guards::Guard::Heading) => !deep,
                Some(_) => true,
            };
        if spot.gone || held || (self.titled(spot) && !self.kept_title()) {
            return;
        }
        let (class, rule) = match (spot.templates[side], spot.rule) {
            (Some(owner), _) => {
                let class = self.rules.templates().list()[usize::from(owner.template)].class;
                (class, RuleId(self.rules.template_base() + owner.template))
            }
            (None, Some((rule, _))) => (self.rules.rule(rule).class, self.rules.id(rule)),
            (None, None) => (Class::Nav, Detector::PageFrame.id()),
        };
        self.marks.cut_line(spot.line, class, rule);
    }

    fn cut_slot(&mut self, spot: &Spot) {
        self.cut_slot_of(spot, &[]);
    }

    /// Cuts a line that stands among sure ones, though one of `guards` would keep it.
    fn cut_slot_of(&mut self, spot: &Spot, guards: &[guards::Guard]) {
        let text = self.view.fold(spot.line);
        // A quotation that goes on in the next line is that of a wrapped text.
        let open = |line: Option<usize>| {
            let text = line.map_or("", |line| self.view.fold(line));
            text.matches('“').count() as i32 - text.matches('”').count() as i32
        };
        let (above, below) = (self.view.prev_full(spot.line, 0), self.view.next_full(spot.line, self.view.lines.len()));
        let broken = match open(Some(spot.line)) {
            0 => false,
            1 => open(below) < 0,
            _ => open(above) > 0,
        };
        let held = broken || guards::guard(text).is_some_and(|guard| !guards.contains(&guard));
        // A sentence that leads in leads to what the text says below.
        let leads = spot.look.leads_in() && text.contains(['，', ',']);
        // A heading of marked-up text is its author's, and so is the title among its fields.
        let headed = text.trim_start().starts_with('#') || TITLE_FIELD.is_match(text);
        // The lines of a wrapped text look like links.
        if !spot.gone && !held && !leads && !headed && !guards::options(text) && !self.view.wrapped() {
            self.marks.cut_line(spot.line, Class::Nav, Detector::PageFrame.id());
        }
    }
}

/// Whether the next line above or below that is not a link is running text that nothing knows: it may be the text, and
/// the line its own.
fn beside_text(spots: &[Spot], sure: &[bool], at: usize) -> bool {
    let text = |at: &usize| spots[*at].look.prose() && !spots[*at].known();
    let edge = |at: &usize| sure[*at] || text(at);
    let (above, below) = ((0..at).rev().find(edge), (at + 1..spots.len()).find(edge));
    above.is_some_and(|at| text(&at) && !sure[at]) || below.is_some_and(|at| text(&at) && !sure[at])
}

/// Whether unknown running text stands right below a line, which then is its title and no link.
fn titles_text(spots: &[Spot], sure: &[bool], at: usize) -> bool {
    spots.get(at + 1).is_some_and(|below| !sure[at + 1] && below.look.prose())
}

/// Whether a name stands in a line as a word of its own, with next to nothing but numbers around it.
fn stands_alone(text: &str, name: &str) -> bool {
    text.split_once(name).is_some_and(|(before, after)| {
        let parted = |side: Option<char>| side.is_none_or(|c| !c.is_alphabetic());
        let letters = before.chars().chain(after.chars()).filter(|c| c.is_alphabetic() && !"年月日".contains(*c));
        parted(before.chars().next_back()) && parted(after.chars().next()) && letters.count() <= AUTHOR
    })
}

/// Whether a line has a word or sign of pages in it.
fn frame_word(text: &str) -> bool {
    static WORD: LazyLock<Automaton> = LazyLock::new(|| {
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
