//! What stands between a title and its text: paragraphs about nothing, teasers, tables of contents.

use super::Detector;
use super::title::key;
use crate::clean::automaton::{Automaton, fixed};
use crate::clean::fold::fold;
use crate::clean::guards;
use crate::clean::view::{Marks, View};
use crate::clean::zones::Section;
use crate::document::Class;
use crate::segment::ends_sentence;
use crate::utf8;
use std::sync::LazyLock;

/// Longest paragraph, in bytes, that is taken for filler.
const FILLER: usize = 1500;

static COMPILERS: LazyLock<Automaton> =
    LazyLock::new(|| fixed(r"[我本](?:校|班|年级|书|集|刊)|语文组|教研组|编委会|编写组"));

/// Times that an author says what he did himself.
const TELLS: usize = 3;
static OURS: LazyLock<String> = LazyLock::new(|| fold("我们"));

/// Lines before the first part of a compilation, at most; a book has a chapter there.
const FRONT: usize = 12;

/// What goes on with the thought of a line above.
static GOES_ON: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(r"^\s*(?:然而|但是?|可是|不过|总之|再者|此外|因此|所以|于是|至于|正因|由此|同样|其实|何况|反之|而)")
});

/// What filler ends with.
static WISH: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"(?:希望|愿|相信|期待|但愿)[^。]{0,40}(?:启示|启发|思考|参考|帮助|借鉴|喜欢|有用|收获|裨益|灵感|指导|思路)[^。]{0,12}[。！!~～]*\s*$|(?:供|以供|仅供|提供)[^。]{0,20}(?:参考|借鉴|学习|阅读)[^。]{0,8}[。！!]*\s*$|(?:怎么|如何|怎样|该如何)(?:去)?(?:写|撰写|进行|制定|拟|做|开头)[^。]{0,20}(?:呢|吗|吧|才好|好)?[？?。！!]*\s*$|(?:哪些|什么|怎样的)[^。]{0,16}(?:呢|吗)[？?]\s*$|(?:犯难|发愁|头疼|无从下手)[^。]{0,4}(?:呢|吗|吧)?[？?。]\s*$|(?:一起(?:来)?|跟着|快来|赶紧|不妨|接下来|下面)[^。]{0,24}(?:看看|了解|学习|欣赏|看一看|参考|来看)[^。]{0,16}[。！!？?]*\s*$|(?:欢迎|敬请|请)[^。]{0,12}(?:阅读|参考|收藏|借鉴|下载|浏览|关注|查阅)[^。]{0,12}[。！!]*\s*$|以下(?:是|为)[^。]{0,40}[。！!]?\s*$|(?:下面|以下)[^。]{0,24}(?:名言|名句|名人|例子|的话)[^。]{0,24}[。！!]?\s*$",
    )
});
/// Words of filler about writing and study.
static ABOUT_WRITING: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"写作|动笔|提笔|文书|名言|名人|作文|范文|写总结|写好|撰写|语文|名人名言|开头|结尾|文章的|篇章|措辞|文体|应用文|书面材料|文案|写一份|写一篇|写出|文种|体裁|演讲稿是|讲话稿是|发言稿是|总结是|心得体会是|报告是|计划是|好词|格式|怎么写|如何写|打过交道|使用的频率|使用频率|越来越多|不可或缺|下笔|素材|模板|教学工作者|学习和工作中|工作和生活中|回顾一下过去|表达能力|阅读能力",
    )
});
static GENERAL: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"我们每个人|每个人都|人们|大家都|人生|生活中|日常|平时|无论是|作为一[名个位]|能力|技巧|方法|培养|提升自己|思考|成长|收获|感悟|启示|经验|不断地?|重要的(?:一环|方式|手段|作用)",
    )
});
/// A question or a sentence about writing such texts.
static ON_WRITING: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"写|下笔|动笔|落笔|落俗套|范文|文体|应用文|格式|要素|(?:讲话稿?|发言稿?|演讲稿?|致辞|致词|主持词|总结|心得|体会|报告|计划|方案|申请书|倡议书|简历|检讨书?|感谢信|合同|作文|通知|公文|书信)(?:的?(?:场合|频率|作用|用途|要求|内容)|吧|呢|是|属于|可以|能够?|也?(?:称|叫)|，(?:很多|不少|许多|你|大家|相信))|借鉴|给您|给你|帮到您",
    )
});
static FIRST_PERSON: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"我(?:[^们]|$)|同志们|各位|大家好|我们(?:县|市|局|镇|村|厂|公司|学校|单位|今天|这|要|班|区|处|院|党)|今天|本次|会议",
    )
});
static TEASER: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"^\s*[【\[(（]?(?:内容)?(?:摘要|简介|概要|导读|提要|核心提示|内容提要|内容预览|正文预览|摘 要|文章简介|文档简介|内容简介|正文摘要)[】\])）]?\s*[：:]?\s*",
    )
});
static CONTENTS: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"^\s*[【\[(（#]*\s*(?:本文|文章|全文|内容|本篇)?\s*(?:目\s*录|导航|索引|导览|目录导航|内容导航)\s*(?:导航|一览|列表)?\s*[】\])）]*\s*[：:]?\s*$",
    )
});

/// What an editor or the author sets above a text.
static EDITORS: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(r"^\s*[【\[(（]?\s*(?:编者按|编者的话|编前话|按语|题记|内容提要|内容摘要|提要|自序)\s*[】\])）]?\s*[：:]")
});
/// 【点击查看全文】 at the end of a line.
static BUTTON: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(r"[【\[(（][^】\])）。]{0,6}(?:点击|查看|下载|阅读|收藏|领取|复制|扫码|打开)[^】\])）。]{0,20}[】\])）]\s*$")
});

/// Finds filler, teasers and tables of contents.
///
/// Where writing is the subject, what speaks of writing is no filler.
pub fn detect(view: &View, sections: &[Section], on_writing: bool, marks: &mut Marks) {
    for section in sections {
        if section.first {
            contents(view, section, marks);
        }
        if !on_writing {
            filler(view, section, marks);
        }
        teaser(view, section, marks);
    }
}

/// Paragraphs before the first part of a compilation, or before an address, that speak of writing in general and end
/// in a wish.
fn filler(view: &View, section: &Section, marks: &mut Marks) {
    let end = if section.front { section.lines.end } else { body_start(view, section) };
    let full = section.lines.clone().filter(|line| !view.blank(*line) && !marks.gone(*line));
    if section.front && full.take(FRONT + 1).count() > FRONT {
        return;
    }
    for line in section.lines.start..end {
        let text = view.fold(line);
        if marks.gone(line) || text.len() > FILLER || !guards::prose(text) || guards::guard(text).is_some() {
            continue;
        }
        // What a site glued to the end of a paragraph says nothing of it.
        let text = BUTTON.find(text).map_or(text, |button| &text[..button.start()]);
        // Who gathered the texts of a school or a book says so himself.
        if COMPILERS.is_match(text) || EDITORS.is_match(text) {
            continue;
        }
        // Who tells of himself is the author.
        if !section.front && text.matches('我').count() - text.matches(&*OURS).count() >= TELLS {
            continue;
        }
        // Filler leads to a text.
        if !section.front && !(line + 1..section.tail).any(|below| !view.blank(below) && !marks.gone(below)) {
            continue;
        }
        let wish = || WISH.is_match(text);
        let writing = ABOUT_WRITING.find_iter(text).take(2).count();
        // Before the first part nothing of the speeches stands; elsewhere the paragraph must speak of writing.
        let sure = if section.front {
            !GOES_ON.is_match(text) && (writing >= 2 || (writing >= 1 && GENERAL.is_match(text)) || wish())
        } else {
            (writing >= 2 && next_is_debris(view, line, section, marks))
                || (writing >= 1 && wish())
                || (section.first && on_writing(text))
        };
        if sure {
            // What a site glued to the first line of a text ends before it.
            let end = text.trim_end().char_indices().rfind(|(_, c)| ends_sentence(*c));
            let end = end.map_or(text.len(), |(at, c)| at + c.len_utf8());
            let rest = &text[end..];
            if rest.chars().any(char::is_alphanumeric) && WISH.is_match(&text[..end]) && !WISH.is_match(rest) {
                let start = view.lines.span(line).start as usize;
                marks.cut(start..start + end, Class::Seo, Detector::SeoParagraph.id());
            } else {
                marks.drop_line(line, Detector::SeoParagraph);
            }
        }
    }
}

/// Sentences of which most are about writing, and one of them asks how it is done; nobody speaks.
fn on_writing(text: &str) -> bool {
    let sentences: Vec<&str> =
        text.split_inclusive(['。', '？', '?', '！', '!']).filter(|s| s.trim().len() >= 12).collect();
    // Questions are few, so they are asked first.
    let asks = || sentences.iter().any(|s| s.trim_end().ends_with(['？', '?']) && ON_WRITING.is_match(s));
    let about = || sentences.iter().filter(|s| ON_WRITING.is_match(s)).count();
    sentences.len() >= 2
        && text.len() <= 900
        && asks()
        && about() * 3 >= sentences.len() * 2
        && !FIRST_PERSON.is_match(text)
}

/// First line of the body: an address if there is one near, else what the walk found.
fn body_start(view: &View, section: &Section) -> usize {
    let mut full = 0;
    for line in section.lines.clone() {
        if view.blank(line) {
            continue;
        }
        if guards::salutation(view.fold(line)) {
            return line;
        }
        full += 1;
        if full > 8 {
            break;
        }
    }
    (section.body + 1).min(section.lines.end)
}

fn next_is_debris(view: &View, line: usize, section: &Section, marks: &Marks) -> bool {
    view.next_full(line, section.lines.end).is_some_and(|next| marks.gone(next))
}

/// A paragraph above the body that a later one begins with, cut off or under the heading of an abstract.
fn teaser(view: &View, section: &Section, marks: &mut Marks) {
    let lines = section.lines.clone();
    let heads: Vec<usize> = lines.filter(|&line| !view.blank(line) && !marks.gone(line)).take(10).collect();
    for (i, &line) in heads.iter().enumerate() {
        let text = view.fold(line).trim();
        let label = TEASER.find(text).map_or(0, |m| m.end());
        let cut_off = text.ends_with("…") || text.ends_with("...") || text.ends_with("。。。");
        if text.len() < 60 || text.len() > 3000 || !(cut_off || label > 0) {
            continue;
        }
        let own: String = key(&text[label..]);
        if own.chars().count() < 15 {
            continue;
        }
        // The text may be wrapped otherwise: compare with the lines after it taken together.
        let follows = |from: usize| {
            let mut joined = String::new();
            for &later in heads[from..].iter() {
                joined.push_str(&key(&view.fold(later)[..utf8::floor(view.fold(later), own.len() * 2 + 60)]));
                if joined.len() >= own.len() {
                    break;
                }
            }
            joined.starts_with(&own)
        };
        if (i + 1..heads.len()).any(follows) {
            marks.drop_line(line, Detector::Teaser);
        }
    }
}

/// A heading 目录 and lines after it that all stand again below.
fn contents(view: &View, section: &Section, marks: &mut Marks) {
    for line in section.lines.start..section.lines.end.min(section.lines.start + 40) {
        if view.blank(line) || marks.gone(line) || !CONTENTS.is_match(view.fold(line)) {
            continue;
        }
        let mut entries = Vec::new();
        let mut at = line;
        while let Some(next) = view.next_full(at, view.lines.len()) {
            let text = view.fold(next);
            let name = key(text);
            if text.len() > 240 || name.len() < 6 || guards::salutation(text) || !stands_again(view, next, &name) {
                break;
            }
            entries.push(next);
            at = next;
        }
        if entries.len() >= 2 {
            marks.drop_line(line, Detector::ContentsList);
            for entry in entries {
                marks.drop_line(entry, Detector::ContentsList);
            }
            return;
        }
    }
}

fn stands_again(view: &View, line: usize, name: &str) -> bool {
    (line + 1..view.lines.len()).any(|later| {
        let text = view.fold(later);
        text.len() <= 300 && key(text) == name
    })
}

#[cfg(test)]
mod tests {
    use crate::clean::tests::cleaned;

    const BODY: &str = "同志们：\n今年以来，我们认真贯彻落实各项决策部署，扎实推进重点工作，取得了明显成效，成绩来之不易。下一步，我们要坚定信心，真抓实干，以更高的标准完成全年任务，不辜负大家的期望。\n";

    #[test]
    fn filler_before_the_first_part_goes() {
        let parts = format!("植树动员会讲话篇一\n{BODY}植树动员会讲话篇二\n{BODY}以上。\n");
        let filler = "阅读能开阔眼界，写作能锻炼思维，每个人都应当不断培养自己的表达能力。以下是一些名篇，希望能给大家带来启发。\n";
        assert_eq!(
            cleaned(&format!("植树动员会讲话(精选2篇)\n{filler}{parts}")),
            format!("植树动员会讲话(精选2篇)\n{parts}")
        );
    }

    #[test]
    fn teasers_and_contents_go() {
        let text = format!("植树动员会讲话\n摘要：今年以来，我们认真贯彻落实各项决策部署，扎实推进...\n{BODY}");
        assert_eq!(cleaned(&text), format!("植树动员会讲话\n{BODY}"));
        let parts = format!("第一篇：动员讲话\n{BODY}第二篇：总结讲话\n{BODY}以上。\n");
        let text = format!("讲话合集\n目录\n第一篇：动员讲话\n第二篇：总结讲话\n{parts}");
        assert_eq!(cleaned(&text), format!("讲话合集\n{parts}"));
    }

    #[test]
    fn an_author_who_tells_of_himself_is_no_filler() {
        let own = "我从小就喜欢看人修水车，所以一直想写一本讲水车的书。后来我到了水利站，跟着老师傅跑遍了全县，才真正动了笔。我把这些年记下来的东西整理成文章，希望能够对大家有所帮助。\n";
        let text = format!(
            "水车杂记\n写在前面\n{own}我的经历\n那一年春天来得早，渠里的水刚化开，站长就叫我背上工具跟他下乡去。\n"
        );
        assert_eq!(cleaned(&text), text);
    }

    #[test]
    fn a_first_paragraph_that_defines_stays() {
        let text = "党课讲稿\n什么是理想信念？理想信念是人们对未来的向往和追求，是共产党人精神上的钙，没有它就会得软骨病。\n今天我讲三点。\n";
        assert_eq!(cleaned(text), text);
    }
}
