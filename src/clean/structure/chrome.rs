//! What is left of a page's frame at the edges, told by its wording and by where it stands.
//!
//! A text begins once and ends once. The walk from an edge adds up how lines are worded, with lines that others took for
//! debris as sure; where the sum is greatest the frame ends. A line alone proves nothing, and where nobody found debris at
//! an edge nothing goes.

use super::{Detector, ending};
use crate::clean::automaton::{Automaton, fixed};
use crate::clean::guards::{self, Guard};
use crate::clean::view::{Marks, View};
use crate::clean::wording::{Weigher, has_steps, titles};
use crate::clean::zones::Section;
use crate::document::{Class, RuleId};
use crate::segment::ends_sentence;
use std::sync::LazyLock;

/// What a line counts that others took for debris, in hundredths as the weights of wording are; no line counts more.
const SURE: i32 = 200;
/// A line of this weight counts nothing at the end.
const EVEN_TAIL: i32 = 75;
/// No line that is no sentence counts less than this at the end, where titles of other texts are listed.
const LEAST_TAIL: i32 = -150;
/// What a sentence costs at the end beside what it weighs as a text: summaries and notes stand alone among other lines.
const SENTENCE: i32 = 300;
/// A walk ends this far below the greatest sum.
const FALL_TAIL: i32 = 3000;
/// A line of this weight counts nothing at the beginning, where titles are worded as menus are.
const EVEN_HEAD: i32 = 150;
/// A sentence of less is worded as one of a text.
const TELLING: i32 = -150;
/// A line of this weight speaks of pages.
const STRONG: i32 = 250;
/// So many of them stand for one that others took.
const SEVERAL: usize = 3;
/// No line counts less than this at the beginning.
const LEAST_HEAD: i32 = -300;
/// A walk ends this far below the greatest sum.
const FALL_HEAD: i32 = 600;
/// Full lines that are looked at from the beginning.
const HEAD: usize = 400;
/// A line of more goes at the beginning.
const GOES_HEAD: i32 = 200;
/// And one of this weight between two that go.
const BETWEEN_HEAD: i32 = 100;
/// A shorter line than this many characters and one goes at the beginning only in company of its neighbours.
const SHORT: usize = 3;
/// A line of so many characters and one that another repeats is the title.
const REPEATED: usize = 5;
/// Longest item of a menu of one word a line, in characters.
const WORD: usize = 8;
/// Fewest items of one.
const MENU: usize = 6;
/// What each of them counts.
const ITEM: i32 = 10;
/// Lines within which the title stands below a trail, and above what tells of the page.
const NEAR: usize = 3;
/// Running text that is worded less as frames are is text.
const PROSE: i32 = 175;
/// Below a single sure line only a line of more goes.
const ALONE_TAIL: i32 = 100;
/// Above a single sure line only a line of more goes.
const ALONE_HEAD: i32 = 250;

/// Classes of what stands inside of texts, too, and tells nothing of where they end.
const INNER: [Class; 10] = [
    Class::ForumNoise,
    Class::TitleRepeat,
    Class::DoubledText,
    Class::Repeat,
    Class::CompilationFrame,
    Class::Layout,
    Class::TornLink,
    Class::StrayCharacter,
    Class::PinyinGloss,
    Class::ControlDebris,
];

/// Cuts what the frames above and below the text have left; `told` says whether a rule or detector knows what it takes by
/// its words or shape, and not by other lines around it.
pub fn detect(view: &View, sections: &[Section], told: impl Fn(RuleId) -> bool, marks: &mut Marks) {
    let inner = marks.lines_of(&INNER);
    // Of a text without debris there is nothing to say.
    if !(0..view.lines.len()).any(|line| marks.gone(line) && !inner[line]) {
        return;
    }
    let parted = marks.parted();
    let mut walk = Walk { view, inner, parted, weigher: Weigher::default() };
    if let Some(last) = sections.last() {
        walk.tail(last, marks);
    }
    if let Some(first) = sections.first() {
        walk.head(first, told, marks);
    }
}

/// What the walks from both edges share.
struct Walk<'v, 't> {
    view: &'v View<'t>,
    /// Lines that go for a class that stands inside of texts, too.
    inner: Vec<bool>,
    /// Lines of which others took a part: the rest is the text's.
    parted: Vec<bool>,
    weigher: Weigher,
}

/// A line on a walk.
struct Step {
    line: usize,
    /// How it is worded, in hundredths.
    weight: i32,
    /// Whether others took it for debris.
    sure: bool,
    /// What it counts.
    value: i32,
    /// Bytes of it, if it is a sentence of a text.
    said: usize,
}

/// How many steps lie in the stretch from the edge that is worded most as a frame and ends where it may.
fn stretch(steps: &[Step], fall: i32, ends: impl Fn(usize) -> bool) -> usize {
    let (mut sum, mut most, mut reach) = (0, 0, 0);
    for (at, step) in steps.iter().enumerate() {
        sum += step.value;
        if sum > most && ends(at) {
            (most, reach) = (sum, at + 1);
        }
        if sum < most - fall {
            break;
        }
    }
    reach
}

/// Words of pages; titles of texts are worded as frames are, too.
static PAGE: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"本站|本网|转载|版权|声明|点击|关注|扫码|扫描|二维码|点赞|分享|收藏|下载|公众号|登录|注册|评论|网友|投稿|欢迎|仅供|阅读|推荐|客服|侵权|免责|app|客户端|加载|刷新|浏览|广告|打赏|订阅|原创|网址|举报|反馈|排行|频道|关于我们|联系我们|帮助|搜索|回复|返回|copyright",
    )
});

impl Walk<'_, '_> {
    fn tail(&mut self, section: &Section, marks: &mut Marks) {
        let view = self.view;
        let mut steps: Vec<Step> = Vec::new();
        // Whether the line below is worded as a sentence of a text: where two stand together, the text goes on.
        let mut told = false;
        let (mut sum, mut most) = (0, 0);
        let mut at = section.lines.end;
        while let Some(line) = view.prev_full(at, section.lines.start) {
            at = line;
            if marks.gone(line) {
                if !self.inner[line] {
                    steps.push(Step { line, weight: SURE, sure: true, value: SURE, said: 0 });
                    sum += SURE;
                    most = most.max(sum);
                }
                told = false;
                continue;
            }
            let text = view.fold(line);
            // A link may hang at a line of the text.
            let bare =
                text.trim_end().strip_suffix('】').and_then(|text| text.rsplit_once('【')).map_or(text, |part| part.0);
            let owned = match guards::guard(bare) {
                // A footer has them as well as a notice, but below other lines of it.
                Some(Guard::Contact | Guard::Signature) => !view
                    .prev_full(line, section.lines.start)
                    .is_some_and(|above| marks.gone(above) && !self.inner[above]),
                guard => guard.is_some(),
            };
            if owned
                || self.parted[line]
                || guards::appended(text)
                || ending::own(text)
                || marks.stays(line, Class::Nav)
            {
                break;
            }
            let weight = self.weigher.weight(bare);
            let sentence =
                (guards::prose(text) && weight < PROSE) || (text.trim_end().ends_with(ends_sentence) && weight < 0);
            let telling = sentence && weight < TELLING;
            if telling && told {
                // The one below was the text's last.
                steps.pop();
                break;
            }
            told = telling;
            let value = match sentence {
                true => weight.min(0) - SENTENCE,
                false => (weight - EVEN_TAIL).clamp(LEAST_TAIL, SURE),
            };
            steps.push(Step { line, weight, sure: false, value, said: if sentence { text.len() } else { 0 } });
            // Nothing further up makes good for it; a text may be as long as it likes.
            sum += value;
            most = most.max(sum);
            if sum < most - FALL_TAIL {
                break;
            }
        }
        // Several lines that speak of pages are as good as one that others took.
        let strong = |step: &Step| step.sure || (step.weight >= STRONG && PAGE.is_match(view.fold(step.line)));
        let sure = steps.iter().any(|step| step.sure);
        if !sure && steps.iter().filter(|step| strong(step)).count() < SEVERAL {
            return;
        }
        // More is told above than below.
        let above: usize = (section.lines.start..at)
            .filter(|&line| !marks.gone(line) && guards::prose(view.fold(line)))
            .map(|line| view.fold(line).len())
            .sum();
        let all: usize = steps.iter().map(|step| step.said).sum::<usize>() + above;
        let mut below = 0;
        let ends: Vec<bool> = steps
            .iter()
            .map(|step| {
                below += step.said;
                // What stands above the first sure line may be the text's last.
                strong(step) && below * 2 <= all
            })
            .collect();
        let reach = stretch(&steps, FALL_TAIL, |at| ends[at]);
        let least =
            if steps[..reach].iter().filter(|step| strong(step)).nth(1).is_some() { i32::MIN } else { ALONE_TAIL };
        for step in &steps[..reach] {
            if !step.sure && step.weight > least {
                marks.drop_line(step.line, Detector::Chrome);
            }
        }
    }

    fn head(&mut self, section: &Section, told: impl Fn(RuleId) -> bool, marks: &mut Marks) {
        let view = self.view;
        // A title stands below trails and menus.
        let nav = marks.lines_with(|edit| edit.class == Class::Nav && told(edit.rule));
        if !section.lines.clone().any(|line| nav[line]) {
            return;
        }
        let mut steps = Vec::new();
        for line in section.lines.clone().filter(|&line| !view.blank(line)).take(HEAD) {
            if marks.gone(line) {
                if !self.inner[line] {
                    steps.push(Step { line, weight: SURE, sure: true, value: SURE, said: 0 });
                }
                continue;
            }
            let text = view.fold(line);
            if guards::salutation(text) || guards::closing(text) || self.parted[line] || marks.stays(line, Class::Nav) {
                break;
            }
            let weight = self.weigher.weight(text);
            if guards::prose(text) && weight < PROSE {
                break;
            }
            let value = (weight - EVEN_HEAD).clamp(LEAST_HEAD, SURE);
            steps.push(Step { line, weight, sure: false, value, said: 0 });
        }
        let menu = menus(view, &mut steps);
        let reach = stretch(&steps, FALL_HEAD, |at| nav[steps[at].line]);
        if reach == 0 {
            return;
        }
        let texts = steps.iter().map(|step| (view.fold(step.line), step.weight)).collect::<Vec<_>>();
        let unsure = steps.iter().zip(&texts).enumerate().filter(|(_, (step, _))| !step.sure);
        // What stands around the title belongs to it: the number of an issue, the name of a series.
        let mut stays = vec![false; steps.len()];
        let mut picked = titles(unsure.map(|(at, (_, text))| (at, *text)));
        // It stands above what tells of the page, and below a trail.
        let meta = marks.lines_of(&[Class::Meta]);
        for at in 0..steps.len() {
            let (text, line) = (texts[at].0, steps[at].line);
            if meta[line] {
                picked.extend((at.saturating_sub(NEAR)..at).rev().find(|&above| !steps[above].sure));
            }
            if steps[at].sure && has_steps(text) {
                picked.extend((at + 1..steps.len().min(at + 1 + NEAR)).find(|&below| !steps[below].sure));
            }
        }
        for title in picked {
            let beside = |at: &usize| !steps[*at].sure && !menu[*at];
            (0..title)
                .rev()
                .take_while(beside)
                .chain((title..steps.len()).take_while(|at| *at == title || beside(at)))
                .for_each(|at| stays[at] = true);
        }
        let repeated = |step: &Step| {
            let text = view.fold(step.line).trim();
            text.chars().nth(REPEATED).is_some()
                && !step.sure
                && steps.iter().any(|other| other.line != step.line && view.fold(other.line).contains(text))
        };
        let least =
            if steps[..reach].iter().filter(|step| step.sure).nth(1).is_some() { GOES_HEAD } else { ALONE_HEAD };
        let goes = |at: usize| steps.get(at).is_none_or(|step| step.sure || step.weight > GOES_HEAD);
        for (at, step) in steps[..reach].iter().enumerate() {
            let between =
                least < ALONE_HEAD && step.weight > BETWEEN_HEAD && at.checked_sub(1).is_none_or(goes) && goes(at + 1);
            // 后花园 is a title, 登录 is none.
            let alone = step.weight > least && view.fold(step.line).trim().chars().nth(SHORT).is_some();
            if !step.sure
                && !stays[at]
                && (alone || between || menu[at])
                && !repeated(step)
                && guards::guard(view.fold(step.line)).is_none()
            {
                marks.drop_line(step.line, Detector::Chrome);
            }
        }
    }
}

/// Finds menus of one word a line, which count a little: where they stand among other lines of a frame they are of it.
fn menus(view: &View, steps: &mut [Step]) -> Vec<bool> {
    let word = |step: &Step| {
        let text = view.fold(step.line).trim();
        text.chars().nth(WORD).is_none() && text.chars().all(|c| c.is_alphanumeric() || c == ' ')
    };
    let mut menu = vec![false; steps.len()];
    let mut at = 0;
    while at < steps.len() {
        let words = steps[at..].iter().take_while(|step| word(step)).count();
        let worded = steps[at..at + words].iter().filter(|step| step.weight > BETWEEN_HEAD).count();
        if words >= MENU && worded * 4 >= words {
            menu[at..at + words].fill(true); // those that are sure go anyway
            steps[at..at + words].iter_mut().for_each(|step| step.value = step.value.max(ITEM));
        }
        at += words.max(1);
    }
    menu
}

#[cfg(test)]
mod tests {
    use crate::clean::tests::cleaned;

    const BODY: &str = "在春季造林动员会上的讲话\n同志们：\n今年以来，我们认真贯彻落实各项决策部署，扎实推进重点工作，取得了明显成效，成绩来之不易。\n谢谢大家！\n";
    const FOOT: &str = "分享到：微信 微博 QQ空间\n";
    const OWNER: &str = "Copyright © 2020 www.qingshi.example 青石网 版权所有\n";

    #[test]
    fn what_a_frame_has_left_below_the_text_goes() {
        for rest in [
            "下载客户端 随时随地看青石\n",
            "我来说两句，登录后即可发表\n青石网友 3楼\n",
            "正在加载评论，请稍候……\n您的浏览器版本过低，请升级后访问\n",
            "精彩图集\n北山茶厂订单排到十月\n石桥中学换新校舍，三百名学生搬家\n",
        ] {
            assert_eq!(cleaned(&format!("{BODY}{FOOT}{rest}{OWNER}")), BODY, "{rest}");
        }
    }

    #[test]
    fn what_may_be_the_texts_last_stays() {
        for own in [
            "植树队长　石小青\n",
            "（本文作者为青石林场退休职工）\n",
            "铁锹用完放回原处\n",
            "附：造林任务分解表\n东坡 三百亩\n西坡 二百亩\n",
            "树苗款由各村登记收齐\n",
            "请登录青石林业网查看任务表，下载后打印张贴。\n",
        ] {
            let text = format!("{BODY}{own}{FOOT}{OWNER}");
            assert_eq!(cleaned(&text), format!("{BODY}{own}"), "{own}");
        }
        // Where two sentences of a text stand together, it goes on.
        let own = "散会后大家又到东坡看了一遍苗圃，老支书说这一批苗子比去年粗了一圈，成活应该不成问题。\n第二天一早，各村的拖拉机就排到了路口，领苗的队伍一直排到中午才散。\n";
        assert!(cleaned(&format!("{BODY}{FOOT}{own}{OWNER}")).ends_with(own));
    }

    #[test]
    fn without_debris_beside_it_nothing_goes() {
        for own in ["下载区搬到三楼\n登录口令写在黑板上\n注册表放在门口\n", "评论组：石小青\n广告组：田小禾\n"]
        {
            let text = format!("{BODY}{own}");
            assert_eq!(cleaned(&text), text, "{own}");
        }
    }

    #[test]
    fn menus_above_a_trail_go_and_titles_stay() {
        let menu = "青石网\n新闻\n登录\n注册\n视频\n评论\n下载\n专题\n房产\n";
        let trail = "当前位置：首页 > 讲话 > 正文\n";
        assert_eq!(cleaned(&format!("{menu}{trail}{BODY}")), BODY);
        for title in ["网站下载中心改版说明", "登录注册须知", "最新工作总结范文(精选3篇)"] {
            let body = BODY.replace("在春季造林动员会上的讲话", title);
            let left = cleaned(&format!("{menu}{trail}{body}"));
            assert!(left.ends_with(&body), "{left}");
        }
    }
}
