//! What stands near a hit: the company that rules need, and what speaks against them.

use super::{Hit, Section};
use crate::clean::automaton::{Automaton, fixed};
use crate::clean::guards::{self, Guard};
use crate::clean::rules::{Company, Cut, Rule, Zone};
use crate::clean::view::{Marks, View};
use crate::document::Class;
use std::sync::LazyLock;

/// Lines with labels above a sentence that the text goes on with.
const LABELS: usize = 6;
/// Rules that need company may do without it on the first lines of a head.
const NEAR_TITLE: usize = 6;

/// Whether a rule knows lines such as 编辑：甲 and 广告：乙, which a text may have as well.
pub fn label(row: &Rule) -> bool {
    matches!(row.class, Class::Credit | Class::Meta | Class::Advertising)
        && row.cut == Cut::Line
        && row.zone != Zone::Any
}

/// Whether the text goes on below a line of labels: after lines with labels of its own stands a sentence that no rule
/// knows.
pub fn told_on(view: &View, line: usize, end: usize, near: &[bool], marks: &Marks) -> bool {
    let mut at = line;
    for _ in 0..LABELS {
        let Some(below) = view.next_full(at, end) else { return false };
        let text = view.fold(below).trim_end();
        let named = text.chars().take(6).any(|c| matches!(c, '：' | ':'));
        if marks.gone(below) || (near[below] && !named) {
            return false;
        }
        if !near[below] && text.ends_with(['。', '！', '？', '”', '…']) {
            return !guards::site_speech(text) && guards::guard(text) != Some(Guard::Closing) && !SITE.is_match(text);
        }
        if !named {
            return false;
        }
        at = below;
    }
    false
}

static SITE: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"本站|本网|本文|转载|版权|声明|来源|点击|关注|扫码|二维码|点赞|分享|收藏|下载|公众号|登录|注册|评论|网友|投稿|欢迎|仅供|参考|阅读|推荐|更多|客服|侵权|免责",
    )
});

/// Rules that are sure of themselves and hit a line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sure {
    None,
    One(u16),
    Several,
}

/// What was found out about walks from a line: for each line and number of unknown lines before it, 0 where nobody asked.
type Walks = Vec<u8>;

/// The hits of a text by their lines.
pub struct Hits<'v, 't> {
    view: &'v View<'t>,
    /// Lines with a hit.
    pub near: Vec<bool>,
    sure: Vec<Sure>,
    /// Walks up and down. A text may be nothing but hits, so each step is taken once.
    walks: [Walks; 2],
}

impl<'v, 't> Hits<'v, 't> {
    /// Sorts the hits of a text by lines.
    pub fn new(view: &'v View<'t>, hits: &[Hit]) -> Self {
        let count = view.lines.len();
        let (mut near, mut sure) = (vec![false; count], vec![Sure::None; count]);
        for hit in hits {
            near[hit.line] = true;
            if hit.company == Company::None {
                sure[hit.line] = match sure[hit.line] {
                    Sure::None => Sure::One(hit.rule),
                    Sure::One(rule) if rule == hit.rule => Sure::One(rule),
                    _ => Sure::Several,
                };
            }
        }
        Self { view, near, sure, walks: Default::default() }
    }

    /// Whether a hit has the company that its rule needs.
    pub fn has_company(&mut self, section: Option<&Section>, hit: &Hit, marks: &Marks) -> bool {
        let Some(section) = section else { return false };
        // A second rule on the same line.
        let second = match self.sure[hit.line] {
            Sure::None => false,
            Sure::One(rule) => rule != hit.rule,
            Sure::Several => true,
        };
        if second {
            return true;
        }
        if hit.company == Company::Debris {
            return self.in_sure_cluster(section, hit.line);
        }
        let view = self.view;
        let beside = |next: &dyn Fn(usize) -> Option<usize>| {
            let one = next(hit.line);
            let two = one.and_then(next);
            [one, two].into_iter().flatten().any(|line| self.near[line] || marks.gone(line))
        };
        if beside(&|line| view.next_full(line, section.lines.end))
            || beside(&|line| view.prev_full(line, section.lines.start))
        {
            return true;
        }
        // Alone, but right under the title and above the body, or the very last line.
        if section.first && hit.line <= section.body {
            let full = (section.lines.start..hit.line).filter(|&line| !view.blank(line));
            return full.take(NEAR_TITLE).count() < NEAR_TITLE && view.next_full(hit.line, view.lines.len()).is_some();
        }
        hit.line >= section.tail && view.next_full(hit.line, section.lines.end).is_none()
    }

    /// Whether a rule that is sure of itself hit in the same run of hits, where one line between may be unknown.
    fn in_sure_cluster(&mut self, section: &Section, line: usize) -> bool {
        self.sure[line] != Sure::None || self.reaches(true, line, section) || self.reaches(false, line, section)
    }

    fn reaches(&mut self, down: bool, line: usize, section: &Section) -> bool {
        const NO: u8 = 1;
        const YES: u8 = 2;
        let view = self.view;
        let next = |line| match down {
            true => view.next_full(line, section.lines.end),
            false => view.prev_full(line, section.lines.start),
        };
        let way = usize::from(down);
        let mut walks = std::mem::take(&mut self.walks[way]);
        walks.resize(self.near.len() * 2, 0);
        let (mut line, mut unknown, mut steps) = (line, 0, Vec::new());
        let found = loop {
            let step = line * 2 + unknown;
            if walks[step] != 0 {
                break walks[step];
            }
            steps.push(step);
            let Some(beside) = next(line) else { break NO };
            if self.ended(beside, section) {
                break NO;
            }
            if self.sure[beside] != Sure::None {
                break YES;
            }
            unknown = if self.near[beside] { 0 } else { unknown + 1 };
            if unknown > 1 || guards::prose(self.view.fold(beside)) {
                break NO;
            }
            line = beside;
        };
        for step in steps {
            walks[step] = found;
        }
        self.walks[way] = walks;
        found == YES
    }

    /// An office and its day end a notice: what stands above them is the notice's.
    fn ended(&self, line: usize, section: &Section) -> bool {
        let dated = |below: usize| guards::day(self.view.fold(below));
        guards::guard(self.view.fold(line)) == Some(Guard::Signature)
            && self.view.next_full(line, section.lines.end).is_some_and(dated)
    }
}
