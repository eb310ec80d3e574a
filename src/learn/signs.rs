//! Signs of a web page. Texts of a series share lines of their own (letterheads, instructions, closing words), so
//! being shared is no proof: a frame also speaks of pages, or bears the name of a site that does.

use super::{Edge, Template, TemplateLine, keys};
use crate::clean::automaton::{Automaton, fixed};
use crate::clean::fold::{fold, han};
use crate::clean::guards;
use crate::key;
use crate::learn::look::Look;
use crate::segment::ends_sentence;
use rayon::prelude::*;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// Symbols of the shortest name.
const NAME: usize = 3;
/// Characters of the shortest name on top of pages.
const TOP: usize = 4;
/// Longest beginning of an offer, in characters.
const OWN: usize = 8;
/// Characters before an offer that belong to it: 查看, 本.
const LOOK: usize = 3;
/// Letters and digits of the shortest line of a text that words of a site stand beside.
const BESIDE: usize = 2;
/// Lines of a folder's templates that must have it.
const NAMED: usize = 2;

static SIGN: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"首页|主页|登录|登陆|登出|注册|网站|本网|官网|网友|网址|网页|https?:|www\.|[a-z0-9-]{2,}\.(?:com|cn|net|org|example)(?-u:\b)|(?:浏览|点击|阅读|阅览|点阅|人气|热度|查看|下载|评论|回复|播放|访问|被引用|view|hits?)(?:次数|量|数|人数)?\s*[：:(（]?\s*\d|\d\s*(?:次浏览|次阅读|人阅读|人看过|人气|留言|评论|人参与|人跟贴|条评论|积分)|浏览量|点击[量榜率]|^(?:上|下|前|后)一?(?:篇|条|页|章|期)\s*(?:[：:]|$|\s)|^上一版[\s|/·]+下一版|^(?:prev|next)(?-u:\b)|分享(?:到|至|按钮|此文|给好友|$)|^分享|(?:加入|我要)收藏|收藏(?:本[文页站]|此文|$|[】\]])|^收藏|打印(?:本[文页]|$|[】\]])|字号|字体[：:]|返回(?:首页|顶部|列表|上级|上一级|目录)|^返回$|关闭(?:窗口|$|[】\]])|下载(?:本|客户端|地址|$|[（(])|^下载|点赞|扫一扫|扫码|长按(?:识别|二维码)|订阅$|投稿(?:$|邮箱|须知|信箱|指南)|发(?:新)?帖|回帖|跟帖|顶帖|楼主|^沙发|版权(?:所有|声明|归)|©|copyright|all rights|powered|备案(?:号|证)|icp|(?:在线|联系)客服|客服(?:电话|微信|时间)|会员(?:登录|中心|专享|注册|价)|vip|app(?-u:\b)|客户端|公众号|小程序|微信(?:号|扫|好友|同号)|(?:相关|推荐|热门|热点|最新|近期|本月|今日|同类|往期|更多)(?:阅读|链接|文章|新闻|推荐|更新|排行|专题|内容|公告|好稿|图文)|排行榜?$|还(?:看了|下了|关心|在看)|都在看[：:]?$|在搜|热搜|热词|录入(?:员|：|:)|责任编辑|责编|当前位置|所在位置|当前栏目|(?:您|你)(?:现在|当前)?(?:在|的位置)[：:]|(?:网|在线|文库|书库|资料库)$|导航$|放大 缩小|网络版|数字报|电子版|镜像|浏览器|网管|本站|站内|全文检索|资料检索|(?-u:\b)rss(?-u:\b)|打赏|月票|催更|本章字数|(?:阅读|翻页)模式|上传日期|^words?:|draft saved|last (?:edited|updated|modified)|cite this|^rights:|^tags?:|^categories:|permalink|urlname|:\s*(?:true|false)$|点击?(?:上|下|左|右)[方面下上].{0,4}(?:蓝|字|名片|关注|链接|按钮)|点个.?在看|(?:资料|文件|文档|稿件|软件)(?:大小|格式|编号|类型)|过刊浏览|换一[批换]$|^(?:language|pages):|文稿库|(?:网上|在线)课堂|无障碍|长者(?:版|助手)|ipv6|(?:信息中心|制作)维护|技术支持[：:]|展开全文|没有更多|加入书签|推荐票|猜你喜欢|为[您你]推荐|最近访客|谁来过|^第[a-d]\d{1,2}版[：:]|(?:编号|下载|字数|页数).{0,30}★★|★★.{0,30}(?:编号|下载|字数|页数)|»|＞.+＞| > .+ > |&gt;",
    )
});

/// Words of a page's own rows, beside another word; and what a page says of what it shows or sells.
static ITEM: LazyLock<Automaton> = LazyLock::new(|| {
    let items = "隐私(?:政策|条款|声明|保护)|私隐政策|(?:用户|会员)协议|(?:服务|使用)条款|网站地图|网页指南|诚聘英才|(?:法律|免责)声明|友情链接|广告(?:服务|刊例)|商务合作|开通会员|会员中心|我的(?:下载|收藏|订单|书架)|立即(?:购买|下载|开通)|购物车|回到(?:页首|顶部)";
    fixed(&format!(
        r"(?:^|[\s|｜·])(?:{items})[\s|｜·]|[\s|｜·](?:{items})\s*$|下载券|免费预览|试读(?:结束|完毕)|预览(?:结束|完毕)|欢迎访问\S{{2,24}}(?:网|网站|门户)\s*$"
    ))
});

/// A title with the name of the page's site beside it.
static TITLED: LazyLock<Automaton> = LazyLock::new(|| fixed(r"\{title\}\s*[_|｜–—-]\s*\S|\S\s*[_|｜»>/]\s*\{title\}"));

/// Words glued to a text that tell who gives it, and offer more.
static OFFER: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"^\W*(?:转自|摘自)\p{Han}|本(?:文|篇|稿)(?:由|来自|来源于|转自)\p{Han}|整理发布|原创首发|(?:更多|全部)[^。]{0,12}(?:文稿|范文|文章|资料|内容|讲话)[^。]{0,16}(?:[a-z0-9-]{2,}\.(?:com|cn|net|org|example)(?-u:\b)|网|本站|文库)",
    )
});

/// What a site asks of its readers in a sentence that names a title.
static PITCH: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"(?:别忘了?|不要忘记|记得|欢迎|喜欢就|不妨|顺手)[^。！？]{0,4}(?:收藏|点赞|给个好评|打赏|转发)|(?:文章|好文|范文|文稿)[^。！？]*给个?好评|五星好评|点个赞|求(?:好评|打赏|收藏)|(?:不错|喜欢|有用)[，,]?就[^。！？]{0,4}(?:分享|转发|推荐)给|(?:文章|好文|范文|文稿)[^。！？]{0,4}(?:送到|送达)[，,]|由会员(?:分享|上传|提供)",
    )
});
/// A speaker and an audience: who names a title to them is no site.
static SPEAKER: LazyLock<Automaton> =
    LazyLock::new(|| fixed(r"我|咱|听|朗诵|朗读|节目|本人|同学|听众|观众|大家|各位|同志|老师|战友|乡亲|来宾"));

/// Whether a line of a template names a title and asks what only sites ask of readers.
pub fn pitches(line: &str) -> bool {
    if !keys::names_title(line) {
        return false;
    }
    let folded = fold(line);
    PITCH.is_match(&folded) && !SPEAKER.is_match(&folded)
}

/// A folder and symbols of a name.
type Name<'t> = (Option<&'t str>, [u16; NAME]);

/// Whether a line of a template speaks of pages.
pub fn speaks(line: &str) -> bool {
    let folded = fold(line);
    let look = Look::of(&folded);
    !look.prose()
        && (SIGN.is_match(&folded)
            || ITEM.is_match(&folded)
            || TITLED.is_match(&folded)
            || look.bars() >= 2 && look.menu())
}

/// Whether a line of a template speaks of pages or for one.
pub fn told(line: &str) -> bool {
    speaks(line) || pitches(line)
}

/// What the words of a line say.
#[derive(Debug)]
struct Words {
    told: bool,
    grams: HashSet<[u16; NAME]>,
}

impl Words {
    fn of(text: &str) -> Self {
        Self { told: told(text), grams: grams(text) }
    }
}

/// The names that the templates' lines have in common.
#[derive(Debug)]
pub struct Signs<'t> {
    /// What the words of each line say. Sites have the same lines in many folders.
    lines: HashMap<&'t str, Words>,
    /// Lines that bear a name, and whether one of them speaks of pages.
    names: HashMap<Name<'t>, (usize, bool)>,
    /// The names that sites have on top of their pages.
    tops: HashMap<&'t str, Vec<String>>,
}

impl<'t> Signs<'t> {
    /// Reads the names off the templates.
    pub fn of(templates: &'t [Template]) -> Self {
        let all = templates.iter().flat_map(|template| &template.lines);
        let all: HashSet<&str> = all.map(|line| line.text.as_str()).collect();
        let lines: HashMap<&str, Words> = all.into_par_iter().map(|line| (line, Words::of(line))).collect();
        let mut names: HashMap<Name, (usize, bool)> = HashMap::new();
        for template in templates {
            for line in &template.lines {
                let offers = |words: &str| OFFER.is_match(&fold(words));
                let bracketed = bracketed(template.edge, &line.text);
                let Some(words) = lines.get(line.text.as_str()) else { continue };
                let spoken = words.told
                    || (line.glued && offers(&line.text))
                    || bracketed.is_some_and(|(words, _)| offers(words));
                // What stands beside the words in brackets is the text's: their sign is not its sign.
                let rest = bracketed.map(|(_, rest)| rest).filter(|rest| !told(rest)).map(grams).unwrap_or_default();
                for gram in &words.grams {
                    let name = names.entry((template.folder.as_deref(), *gram)).or_default();
                    *name = (name.0 + 1, name.1 | (spoken && !rest.contains(gram)));
                }
            }
        }
        let mut tops: HashMap<&str, Vec<String>> = HashMap::new();
        for template in templates.iter().filter(|template| template.edge == Edge::Head && template.lines.len() > 1) {
            let (Some(folder), Some(top)) = (template.folder.as_deref(), template.lines.first()) else { continue };
            let name = fold(&top.text).trim().to_owned();
            let speaks = |line: &TemplateLine| lines.get(line.text.as_str()).is_some_and(|words| words.told);
            let all = top.texts >= template.texts && template.lines[1..].iter().any(speaks);
            if all && !top.glued && is_name(&name) {
                tops.entry(folder).or_default().push(name);
            }
        }
        Self { lines, names, tops }
    }

    /// Whether a sentence that names titles is the site's from end to end. A text's own sentence may have words of the
    /// site glued to it: then its part away from the edge has no sign.
    pub fn names_titles(&self, folder: Option<&str>, edge: Edge, text: &str) -> bool {
        let mut parts = text.split(['。', '！', '？', '!', '?']).filter(|part| part.chars().any(char::is_alphabetic));
        let inner = if edge == Edge::Head { parts.next_back() } else { parts.next() };
        let speaker = SPEAKER.is_match(&fold(text));
        // What a speaker says may have words in common with what the site says.
        let own = |part: &str| match speaker {
            true => speaks(part),
            false => PITCH.is_match(&fold(part)) || self.sign(folder, part),
        };
        !text.contains(['【', '（', '(', '[']) && inner.is_some_and(own)
    }

    /// Whether a line begins with the name that the site has on top of its pages and goes on.
    fn topped(&self, folder: Option<&str>, text: &str) -> bool {
        let Some(names) = folder.and_then(|folder| self.tops.get(folder)) else { return false };
        let folded = fold(text);
        let rest = |name: &String| folded.trim().strip_prefix(name.as_str()).is_some_and(|rest| !rest.is_empty());
        names.iter().any(rest)
    }

    /// Whether a line speaks of pages or bears the name of the site.
    pub fn sign(&self, folder: Option<&str>, text: &str) -> bool {
        // Sites differ in their names, so what all folders have is no site's.
        let named = |gram: &[u16; NAME]| {
            folder.is_some() && self.names.get(&(folder, *gram)).is_some_and(|name| name.0 > NAMED && name.1)
        };
        let by = |words: &Words| words.told || words.grams.iter().any(named);
        self.lines.get(text).map_or_else(|| by(&Words::of(text)), by) || self.topped(folder, text)
    }

    /// Whether a line begins, or ends, with words of the site in brackets and goes on without a sign.
    pub fn beside(&self, folder: Option<&str>, edge: Edge, text: &str) -> bool {
        bracketed(edge, text).is_some_and(|(words, rest)| {
            let said = rest.replace(keys::VALUE, "").replace("{title}", "");
            let own = said.chars().filter(|c| c.is_alphanumeric()).count() >= BESIDE && !self.sign(folder, rest);
            own && (self.sign(folder, words) || OFFER.is_match(&fold(words)))
        })
    }

    /// The words of a site in what texts have in common at an edge: their own shared lines may stand beside them, so
    /// the words reach from the edge to the end of a sentence or bracket, and on as long as they bear signs.
    pub fn words<'w>(&self, folder: Option<&str>, edge: Edge, text: &'w str) -> Option<&'w str> {
        let han_at = |at: usize| text[at..].chars().next().is_some_and(han);
        let inner = |(at, c): (usize, char)| {
            let opens = "【（([".contains(c);
            let stops = ends_sentence(c)
                || (c == '.' && han_at(at + 1))
                || "】）)]".contains(c)
                || (edge == Edge::Head && "：:".contains(c));
            (opens || stops).then_some(if opens { at } else { at + c.len_utf8() })
        };
        let mut ends: Vec<usize> = text.char_indices().filter_map(inner).collect();
        if edge == Edge::Tail {
            ends.extend(text.find("以上就是"));
            ends.extend(offered(text));
        }
        match edge {
            Edge::Head => ends.push(text.len()),
            Edge::Tail => {
                ends.push(0);
                ends.sort_unstable_by(|a, b| b.cmp(a));
            }
        }
        let (mut from, mut words) = (if edge == Edge::Head { 0 } else { text.len() }, None);
        for end in ends {
            let part = &text[from.min(end)..from.max(end)];
            if !part.chars().any(char::is_alphanumeric) {
                continue;
            }
            if !self.sign(folder, part) && !OFFER.is_match(&fold(part)) {
                break;
            }
            words = Some(if edge == Edge::Head { &text[..end] } else { &text[end..] });
            from = end;
        }
        words
    }

    /// For each line of each template, whether it speaks of pages or bears the name of the site.
    pub fn signed(&self, templates: &[Template]) -> Vec<Vec<bool>> {
        let of = |template: &Template| {
            template.lines.iter().map(|line| self.sign(template.folder.as_deref(), &line.text)).collect()
        };
        templates.iter().map(of).collect()
    }

    /// The names of the sites that folders come from: what stands on top of their pages, or beside the title.
    pub fn sites(&self, templates: &[Template]) -> HashMap<String, Vec<String>> {
        let mut out: HashMap<String, Vec<String>> = HashMap::new();
        for template in templates.iter().filter(|template| template.edge == Edge::Head && template.apply) {
            let Some(folder) = template.folder.as_deref() else { continue };
            for line in template.lines.iter().filter(|line| !line.glued && line.text.contains("{title}")) {
                if !self.sign(Some(folder), &line.text) {
                    continue;
                }
                let folded = fold(&line.text.replace("{title}", "|"));
                let words = folded.split(|c: char| !c.is_alphabetic()).filter(|word| is_name(word));
                out.entry(folder.to_owned()).or_default().extend(words.map(str::to_owned));
            }
        }
        for (folder, names) in &self.tops {
            out.entry((*folder).to_owned()).or_default().extend(names.iter().cloned());
        }
        out
    }
}

/// The words in brackets at the edge of a line, and the rest of it; or what stands in their place without brackets.
fn bracketed(edge: Edge, text: &str) -> Option<(&str, &str)> {
    let text = text.trim();
    match edge {
        Edge::Head => match text.strip_prefix(['【', '（', '(', '[']) {
            Some(inner) => inner.split_once(['】', '）', ')', ']']),
            None => ["讯：", "参考！", "查收！"].iter().find_map(|mark| {
                let at = text.find(mark)? + mark.len();
                Some(text.split_at(at))
            }),
        },
        Edge::Tail => {
            let parts = match text.strip_suffix(['】', '）', ')', ']']) {
                Some(inner) => inner.rsplit_once(['【', '（', '(', '[']),
                None => text.split_once("以上就是").or_else(|| offered(text).map(|at| text.split_at(at))),
            };
            parts.map(|(rest, words)| (words, rest))
        }
    }
}

/// Where an offer of the site stands behind a label of the text's own: 签字：更多文稿请到某某网.
fn offered(text: &str) -> Option<usize> {
    let at = text.rfind(['：', ':'])?;
    let behind = at + text[at..].chars().next().map_or(0, char::len_utf8);
    let offer = fold(&text[behind..]);
    let begins = OFFER.find(&offer).is_some_and(|found| offer[..found.start()].chars().count() <= LOOK);
    (begins && !told(&text[..at])).then_some(behind)
}

/// Whether a line comes to an offer of the site only after words of its own, with nothing between: the two cannot be
/// told apart.
pub fn joined(line: &str) -> bool {
    let folded = fold(line);
    OFFER.find(&folded).is_some_and(|offer| {
        let before = &folded[..offer.start()];
        let whole = folded[..offer.start()].chars().any(|c| ends_sentence(c) || "】）)]".contains(c));
        let own = before.contains(['：', ':']) && before.chars().count() > LOOK;
        let words = (own || before.chars().count() > OWN) && offered(&folded).is_none();
        words && !whole && !speaks(before)
    })
}

/// Whether a word may be the name of a site, and is not that of an office.
fn is_name(word: &str) -> bool {
    word.chars().all(han) && (TOP..=OWN * 2).contains(&word.chars().count()) && guards::guard(word).is_none()
}

/// Words that offices and papers have in common: no names.
static COMMON: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"人民政府|人民法院|人民检察院|办公室|委员会|有限公司|领导小组|指挥部|联合会|工作会议|动员大?会|座谈会|会议记录|的?通知|的?讲话|关于|各乡镇|各部门|各单位|编辑部|联系人|联系电话",
    )
});

fn grams(text: &str) -> HashSet<[u16; NAME]> {
    // What stands for a title or a value is nobody's name.
    let folded = fold(&text.replace(keys::VALUE, "，").replace("{title}", "，"));
    let symbols: Vec<Vec<u16>> = COMMON.split(&folded).map(|part| key::key(part).symbols).collect();
    symbols.iter().flat_map(|part| part.windows(NAME)).filter_map(|window| window.try_into().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sites_pitch_and_speakers_do_not() {
        for line in [
            "给你送来一篇好文《{title}》，别忘了给个好评！",
            "青石帮推荐：《{title}》，觉得不错就分享给朋友吧！",
            "文章送到，请签收！下一趟送《{value}》。",
            "《{title}》由会员分享，可在线阅读。",
        ] {
            assert!(pitches(line), "{line}");
        }
        for line in [
            "今天我演讲的题目是《{title}》，希望大家喜欢。",
            "各位听众，下面是好文《{title}》，请给个好评。",
            "喜欢《{title}》的话请给作者个好评。",
            "现将《{title}》转发给你们，请认真贯彻执行。",
            "《{title}》现收藏于县博物馆。",
            "读完《{title}》，记得和爸爸妈妈分享。",
            "收到《{title}》后请签收。",
            "别忘了给个好评！",
        ] {
            assert!(!pitches(line), "{line}");
        }
    }

    #[test]
    fn an_offer_behind_a_label_is_not_the_label() {
        let found = |line: &str| bracketed(Edge::Tail, line).map(|(words, _)| words.to_owned());
        assert_eq!(found("家长签字：想看更多文稿请到青石网").as_deref(), Some("想看更多文稿请到青石网"));
        assert_eq!(found("更多文稿：青石网"), None, "the label is the offer's");
        assert!(joined("发：各乡镇想看更多文稿请到青石网"), "a label with a value of the text's own");
        assert!(!joined("家长签字：想看更多文稿请到青石网") && !joined("想看更多文稿请到青石网"));
    }

    #[test]
    fn what_stands_for_a_value_is_no_name() {
        let grams = grams("上一篇：{value}");
        assert_eq!(grams, super::grams("上一篇：{title}"));
        assert!(grams.iter().all(|gram| *gram == grams_of("上一篇")));
    }

    fn grams_of(text: &str) -> [u16; NAME] {
        key::key(text).symbols[..].try_into().unwrap_or_default()
    }

    #[test]
    fn pages_speak_and_series_do_not() {
        for line in [
            "首页 > 要闻",
            "{title}_青石网",
            "阅读：123 次",
            "【打印】 【关闭】",
            "首页 | 新闻 | 论坛",
            "上一篇：春耕",
            "侵权申诉 隐私政策 用户协议",
            "上传文档 开通会员",
            "…… 预览完毕，请下载 ……",
            "欢迎访问青石县政府门户网站",
            "上一版 下一版",
        ] {
            assert!(speaks(line), "{line}");
        }
        for line in [
            "青石县人民政府文件",
            "青政发〔2021〕8号",
            "抄送：县委各部门",
            "注意事项",
            "上回说到，众人歇脚",
            "审判长 石小青",
            "隐私政策",
            "用户协议是一种合同",
            "欢迎访问学者代表讲话",
            "下一版：儿童作品",
            "想好再买 不必立即购买吗",
        ] {
            assert!(!speaks(line), "{line}");
        }
    }
}
