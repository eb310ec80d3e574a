//! Words that were links and came out as lines of their own, with a full stop added before and after.
//!
//! The words are genuine: only the added full stops and the breaks go. Each repair needs evidence that the sentence
//! was torn; a short line by itself is none.

use super::Detector;
use crate::clean::automaton::{Automaton, fixed};
use crate::clean::fold::{fold, han};
use crate::clean::guards;
use crate::clean::view::{Marks, View};
use crate::utf8;
use std::sync::LazyLock;

/// Longest link word, in characters without its full stop.
const WORD: usize = 10;

/// What no sentence begins with.
static CONTINUES: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r#"^(?:[，,、；;：:。！!？?”’』」》）)\]%％]|(?:的|和|与|及|以及|或者|或|等)|(?:为|作为)(?:重点|核心|目标|主线|主题|主|中心|契机|抓手|载体|依托|导向|基础|根本|纽带|平台|引领|支撑|龙头|动力|目的|主要|内容|指导|原则|标准|依据|突破口|切入点|着力点|出发点|总)|(?:中|上|下|里|内)的|之(?:中|间|后|前|上|下|内|外|际)|方面的|工作的)"#,
    )
});
/// Words and openings that begin with one of the characters above all the same.
static STARTS: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"^(?:和谐|和平|和睦|和衷|和气|和美|和而不|与会|与此|与时|与其|与人|与众|或[问曰云谓言人]|及时|及早|及格|的确|的士|等到|等等看|等待|等级|等一|等[他她它你您我咱俺这那着了谁天]|等大家|等会|等下|等老|等人(?:[^员]|$)|[和与][他她它你您]|及至|或许|或者|或有|或是|或多或少|以及其)",
    )
});
/// Openings of a new paragraph or sentence, whatever was torn.
pub(super) const OPENINGS: &str = "同志们|各位|大家|朋友们|同学们|老师们|第[一二三四五六七八九十]|[一二三四五六七八九十]+[、是要]|首先|其次|再次|最后|总之|下面|同时|此外|另外|因此|所以|然而|我|以上";
static OPENS: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(&format!(
        r"^\s*(?:{OPENINGS}|[(（\[][一二三四五六七八九十\d查]|\d+[、.．年月日]|当前|今年|去年|近年来|但是|要)"
    ))
});
/// A last clause that has a preposition or a bare verb and still waits for its object.
static WAITS: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"(?:^|[，,、；;：:。])(?:第[一二三四五六七八九十]+[，,])?(?:(?:以|把|将|对|向|按照|根据|围绕|通过|关于|为了|针对|结合|依据|随着)(?:[^，,、；;：:。“”]{0,4})|从[^此小来而未事前，,；;：:。“”到入于进着了是有把将在至延][^，,；;：:。“”到入于进着了是有把将在至延]{1,23}(?:中|[^海公英华哪这那\d]里|之中|之间|当中))[。．.]$|(?:^|[；;：:。])(?:第[一二三四五六七八九十]+[，,])?在[^，,；;：:。“”到入于进着了是有把将在]{2,24}(?:中|里|之中|之间|当中)[。．.]$|(?:《|（|\(|、|和|与|及|以及|或|并|把|将|被|制定今年|制定本年度|制定全年|做好今年|关于)[。．.]$",
    )
});
/// Verbs that take an object and rarely end a sentence.
static VERBS: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"(?:制定|撰写|提交|签订|召开|举办|出台|填写|起草|印发|递交|审议|听取|开展|编制|拟定|拟订|书写|宣读|作了|作出|做出|建立|进行|形成|交流|今年|本年度|年度|个人|全年|上半年|下半年|第一季度|月份|全面|基层|各类|各项|以落实)[。．.]$",
    )
});
/// Clause ends that want a noun, and starts that want a subject: evidence for a short bare noun between them.
static WANTS_NOUN: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"(?:的|在|[一二三四五六七八九十百千万两几\d][名个位项条家件所座支份场次]|[:：，,、][^，,、:：。]{1,2}|的[^，,、:：。]{1,3}|与|和|及|把|将|对|向|从)[。．]$",
    )
});
static WANTS_SUBJECT: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(r"^\s*(?:\p{Han}{1,2}[，,]|的|就要?|告诉|也|都|则|已经?|将会?|被|所|而|能够?|应当|必须|[出入]口)")
});
/// The surer ones of these.
static MISSES_NOUN: LazyLock<Automaton> = LazyLock::new(|| fixed(r"(?:的|在|与|和|及|把|将|对|向|从)[。．]$"));
static MISSES_SUBJECT: LazyLock<Automaton> =
    LazyLock::new(|| fixed(r"^\s*(?:的|告诉|也|都|则|已经?|将会?|被|所|能够?|应当|必须|[出入]口)"));
/// Whose something is, short as the clause may be.
static OWNED: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"[，,](?:(?:我们|大家)?(?:向|对|给|把|将|为|从|在|以|用)[^，,。是很挺真会]{2,10}|(?:我们|你们|他们|咱们|全)\p{Han}{0,3})的[。．]$",
    )
});
static CLAUSE: LazyLock<Automaton> =
    LazyLock::new(|| fixed(r"^(?:要|应|把|须|必须|我|你|您|他|她|这|那|请|让|将|可|会|能|不|没|是|有|特此)"));
static SENTENCE_WORD: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"[我你您他她它们了吧吗呢啊呀是有在不没很都也就这那谁完谢请来去说讲看想特此散会起立奏升立正礼毕同意鼓掌好对行嗯哦确]",
    )
});
/// What sites turn into links.
static LINK_WORDS: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"^(?:(?:年度|工作|学习|个人|年终|述职|述廉|调研|调查|自查|社会|实习|活动|实践|党员|党建|教学|读书|思想|会议|培训|安全|销售|入党|离职|辞职|竞聘|就职|军训|毕业|班主任|教师|学生会|财务|政府|转正|试用期)*(?:工作报告|述职报告|工作总结|工作计划|学习计划|活动方案|实施方案|策划书|岗位职责|规章制度|管理制度|心得体会|学习心得|思想汇报|情况汇报|工作汇报|汇报材料|事迹材料|先进事迹|演讲稿|发言稿|讲话稿|主持词|倡议书|承诺书|责任书|保证书|申请书|入党申请书|决心书|检讨书|感谢信|慰问信|邀请函|合同|协议书?|简历|自我评价|自我鉴定|自我批评|实习报告|实践报告|调研报告|调查报告|自查报告|可行性报告|分析报告|读后感|观后感|作文|教案|说课稿|教学反思|教学计划|规划|总结|计划|方案|心得|体会|报告|讲话|发言|演讲|口号|标语|条例|党课|党章|入党|党员|党建|两学一做|三严三实|三会一课|群众路线|民主生活会|组织生活会|对照检查|批评与自我批评|开学第一课|安全生产|教育|规章|职责|制度|通知|决定|意见|函|请示|公告|新年|春节|元旦|国庆节?|中秋节?|清明节?|感恩|励志|诚信|爱国|环保|节约|礼仪|名言|诗歌|故事))$",
    )
});

/// Bytes on either side of a torn word in which its neighbours are looked for side by side.
const NEAR: usize = 1 << 17;
/// Bytes searched for one document, at most: so many times its own, and so many at any rate. A text of nothing but
/// lines of a few words would take the square of its length.
const SEARCHED: (usize, usize) = (200, 1 << 26);

/// Finds torn words and puts them back.
pub fn detect(view: &View, marks: &mut Marks) {
    let mut budget = view.folded.len().saturating_mul(SEARCHED.0).saturating_add(SEARCHED.1);
    let count = view.lines.len();
    let mut tears = Vec::new();
    let mut line = 0;
    while let Some(word_line) = view.next_full(line, count) {
        line = word_line;
        let Some(word) = torn_word(view, word_line).filter(|_| !marks.gone(word_line)) else { continue };
        // One blank line may stand between paragraphs.
        let above = view.prev_full(word_line, word_line.saturating_sub(2)).filter(|&l| !marks.gone(l));
        let below = view.next_full(word_line, word_line + 3).filter(|&l| !marks.gone(l));
        tears.extend(above.and_then(|above| tear(view, &mut budget, (above, word_line, below), word)));
    }
    // A guess needs company: a page with links has more than one, and of one the halves tell.
    let sure = tears.iter().any(|tear| tear.proof == Proof::Sure);
    let good = tears.iter().filter(|tear| tear.proof != Proof::Weak).count() > 1;
    for tear in tears {
        let mends = match tear.proof {
            Proof::Sure => true,
            Proof::Fair => sure || good,
            Proof::Weak => sure,
        };
        if mends {
            repair(view, marks, &tear);
        }
    }
    broken_pages(view, marks);
}

/// How sure it is that a word was torn out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Proof {
    Sure,
    /// One half misses something.
    Fair,
    /// It may.
    Weak,
}

/// A word between the halves of its sentence.
struct Tear {
    above: usize,
    line: usize,
    /// Where the sentence goes on behind the word.
    below: Option<usize>,
    proof: Proof,
}

/// The word on a line of two to ten characters and a full stop.
fn torn_word<'v>(view: &'v View, line: usize) -> Option<&'v str> {
    let text = view.fold(line);
    if text.len() > (WORD + 1) * 3 + 2 {
        return None;
    }
    let word = text.trim().strip_suffix(['。', '．'])?;
    let length = word.chars().count();
    let plain = word.chars().all(|c| c.is_alphanumeric() || matches!(c, '“' | '”' | '《' | '》' | '·' | '—' | '-'));
    // A clause of its own, of classical texts as well.
    let clause = CLAUSE.is_match(word) || word.ends_with(['者', '也', '矣', '乎', '哉', '耶', '欤', '焉', '耳']);
    let lone =
        clause || guards::closing(text) || guards::salutation(text) || guards::guard(text) == Some(guards::Guard::Date);
    ((2..=WORD).contains(&length) && plain && !lone && !word.bytes().all(|b| b.is_ascii_digit())).then_some(word)
}

/// The tear at a line with nothing but a word, if it is one.
fn tear(
    view: &View,
    budget: &mut usize,
    (above, line, below): (usize, usize, Option<usize>),
    word: &str,
) -> Option<Tear> {
    let a = view.fold(above).trim_end();
    // Words to which no full stop was added are those of `linkword`.
    let stem = a.strip_suffix(['。', '．'])?;
    if stem.chars().count() < 4 || guards::closing(a) || guards::salutation(a) || stem.ends_with(['。', '！', '？'])
    {
        return None;
    }
    // A short item of a list is whole unless it says otherwise.
    if stem.len() < 60 && guards::heading(a) && !WAITS.is_match(a) {
        return None;
    }
    // An echo: 就是责任。 and below it 责任。
    if stem.rsplit(['。', '！', '？']).next().is_some_and(|sentence| sentence.contains(word)) {
        return None;
    }
    let c = below.map(|below| view.fold(below)).unwrap_or("");
    let goes_on = continues(c);
    let waits = WAITS.is_match(a) || open_quote(stem);
    let listed = LINK_WORDS.is_match(word);
    let opens = OPENS.is_match(c) || c.is_empty() || guards::guard(c).is_some();
    let known_before = attested(view, budget, utf8::last(stem, 4), word, above, line);
    let known_after = attested(view, budget, word, head_of(c, 4), line, below.unwrap_or(line));
    let after = goes_on || known_after;
    let before = waits || known_before || (VERBS.is_match(a) && (listed || after));
    // A bare noun of two to four characters between halves that both miss something.
    let noun = word.chars().count() <= 4
        && !SENTENCE_WORD.is_match(word)
        && (stem.len() >= 30 || (stem.len() >= 18 && OWNED.is_match(a)))
        && c.len() >= 24
        && !opens
        && (WANTS_NOUN.is_match(a) || WANTS_SUBJECT.is_match(c));
    let guess = noun || listed && !opens && stem.len() >= 90 && c.len() >= 30;
    let join_before = before || after || guess;
    let join_after = after || (!opens && (before || guess));
    // Whose something is wants what it is.
    let proof = if before || after || (noun && OWNED.is_match(a)) {
        Proof::Sure
    } else if guess && (listed || MISSES_NOUN.is_match(a) || MISSES_SUBJECT.is_match(c)) {
        Proof::Fair
    } else {
        Proof::Weak
    };
    join_before.then_some(Tear { above, line, below: below.filter(|_| join_after), proof })
}

/// Takes the added stops and breaks out.
fn repair(view: &View, marks: &mut Marks, tear: &Tear) {
    let &Tear { above, line, below, .. } = tear;
    let stop = |l: usize| {
        let start = view.lines.span(l).start as usize;
        let text = view.line(l);
        let end = text.trim_end().len();
        let stop = text[..end].chars().next_back().map_or(0, char::len_utf8);
        start + end - stop..start + text.len()
    };
    marks.drop_span(stop(above), Detector::TornLink);
    marks.join_break(above, line, Detector::TornLink);
    indent(view, marks, line);
    if let Some(below) = below {
        marks.drop_span(stop(line), Detector::TornLink);
        marks.join_break(line, below, Detector::TornLink);
        indent(view, marks, below);
    }
}

/// The indent of a line that is joined to the one above is no part of the sentence.
fn indent(view: &View, marks: &mut Marks, line: usize) {
    let text = view.line(line);
    let start = view.lines.span(line).start as usize;
    marks.drop_span(start..start + text.len() - text.trim_start().len(), Detector::TornLink);
}

/// Joins two lines, the white space between them gone.
pub(super) fn bridge(view: &View, marks: &mut Marks, line: usize, next: usize, detector: Detector) {
    let (span, text) = (view.lines.span(line), view.line(line));
    marks.drop_span(span.start as usize + text.trim_end().len()..span.end as usize, detector);
    marks.join_break(line, next, detector);
    indent(view, marks, next);
}

/// Whether a line begins as no sentence does.
pub(super) fn continues(line: &str) -> bool {
    let line = line.trim_start();
    // Marks of ASCII begin lines of programs, pictures and notes of marked-up text.
    let foreign = |rest: &str| !rest.trim_start().starts_with(|c: char| han(c) || matches!(c, '“' | '《' | '‘'));
    let sign = line.strip_prefix([',', ';', ':', '!', '?']).is_some_and(foreign);
    CONTINUES.is_match(line) && !STARTS.is_match(line) && !sign
}

/// Whether something opens at the very end. Some write closing quotation marks for opening ones, and the other way round.
pub(super) fn open_quote(stem: &str) -> bool {
    let opened = |open: char, close: char| stem.matches(open).count() > stem.matches(close).count();
    stem.ends_with(['《', '（', '(', '‘']) || (stem.ends_with('“') && opened('“', '”'))
}

fn head_of(text: &str, count: usize) -> &str {
    let text = text.trim_start();
    let at = text.char_indices().nth(count).map_or(text.len(), |c| c.0);
    &text[..at]
}

/// Whether `left` and `right` stand side by side in another place of the document near by.
fn attested(view: &View, budget: &mut usize, left: &str, right: &str, from: usize, to: usize) -> bool {
    if left.chars().count() < 2 || right.chars().count() < 2 || left.len() + right.len() < 18 {
        return false;
    }
    let joined = format!("{left}{right}");
    let here = view.lines.span(from).start as usize..view.lines.span(to).end as usize;
    let near = here.start.saturating_sub(NEAR)..view.folded.len().min(here.end + NEAR);
    let Some(left) = budget.checked_sub(near.len()) else { return false };
    *budget = left;
    let mut found = memchr::memmem::find_iter(&view.folded.as_bytes()[near.clone()], joined.as_bytes());
    found.any(|at| !here.contains(&(near.start + at)))
}

/// A full stop added where a page of the source ended: the clause before it still waits for its predicate.
fn broken_pages(view: &View, marks: &mut Marks) {
    for line in 0..view.lines.len() {
        let text = view.fold(line);
        // Cheap test first: a long line that ends in 中。 and the like.
        if text.len() < 90 || marks.gone(line) || !text.trim_end().ends_with("。") {
            continue;
        }
        let tail = utf8::last(text.trim_end(), 30);
        let locative = ["中。", "里。"].iter().any(|end| tail.ends_with(&*fold(end)));
        let stem = text.trim_end().trim_end_matches('。');
        let opened = stem.ends_with(['“', '《']) && open_quote(stem);
        let open = stem.ends_with('、') || opened;
        if !(locative || open) || (locative && !WAITS.is_match(tail)) {
            continue;
        }
        let Some(below) = view.next_full(line, line + 3).filter(|&l| !marks.gone(l)) else { continue };
        let next = view.fold(below);
        // Some authors write the sign of an opening quotation for the closing one.
        let closes = next.find(['”', '》']).is_some_and(|at| !next[..at].contains(['“', '《']));
        if opened && !closes {
            continue;
        }
        if next.len() < 60 || OPENS.is_match(next) || guards::guard(next).is_some() || torn_word(view, below).is_some()
        {
            continue;
        }
        let start = view.lines.span(line).start as usize;
        let end = view.line(line).trim_end().len();
        marks.drop_span(start + end - "。".len()..start + view.line(line).len(), Detector::TornPage);
        marks.join_break(line, below, Detector::TornPage);
        indent(view, marks, below);
    }
}

#[cfg(test)]
mod tests {
    use crate::clean::tests::cleaned;

    const LEAD: &str = "各村要把这项工作摆上重要位置，主要负责同志亲自抓，分管负责同志具体抓，一级抓一级，";

    #[test]
    fn torn_words_are_put_back() {
        for (text, whole) in [
            (
                "及时提交村务监督。\n工作报告。\n和评议考核结果，接受监督。\n",
                "及时提交村务监督工作报告和评议考核结果，接受监督。\n",
            ),
            ("要牢牢把握“。\n两学一做。\n”教育契机，抓好落实。\n", "要牢牢把握“两学一做”教育契机，抓好落实。\n"),
            ("以落实。\n岗位职责。\n为重点，全面加强管理。\n", "以落实岗位职责为重点，全面加强管理。\n"),
            (
                "抓紧制定今年。\n工作计划。\n把优势对接为项目，形成合力。\n",
                "抓紧制定今年工作计划把优势对接为项目，形成合力。\n",
            ),
            (
                "为此，我们向全县的。\n父老。\n乡亲发出三点倡议，请大家传看。\n",
                "为此，我们向全县的父老乡亲发出三点倡议，请大家传看。\n",
            ),
            ("要認真撰寫。\n\n述職報告。\n\n，按時上報。\n", "要認真撰寫述職報告，按時上報。\n"),
        ] {
            assert_eq!(cleaned(&format!("{LEAD}{text}")), format!("{LEAD}{whole}"));
        }
    }

    #[test]
    fn sentences_that_end_in_a_place_and_notes_below_a_sentence_stay_apart() {
        let long = "后来他在镇上租了一间屋子，白天去工地上挑土，晚上回来就着一盏油灯画水车的图样，画了又改，改了又画，从此沉浸在其中。\n后面的三年里他换过很多地方，可是每到一处先看的总是那里的水，看水从哪里来，又流到哪里去。\n";
        let wide = "从前人们量水渠只量到村口，新渠从测量所用的基点量起延至二百公里。\n水渠两旁的田地，从东到西都由沿途的十六个村子自己管，谁家的田谁家浇水，账目由村里的会计记。\n";
        let quote = "他们一辈子修渠，修完了又让儿子修，一代一代都在渠上，谁也没有走出去看一看，这就叫做‘拉磨‘“。\n走出去的唯一办法是先学会看图，可是在这样的山沟里找一个会看图的人，比找一头会上树的羊还难。\n";
        let note =
            "要求把每天的水位都记下来。\n允许补记。\n\n??? note \"怎么记\"\n    先看水尺，再看日子，记在同一行里。\n";
        let old = "水之为物，就下而不争，昔之治水者顺其性而导之，故能有功于民，此其所以为大也。\n岂非知水之性耶。\n或问前人治水之法，曰导之而已矣，不与水争地，则水不为害，民得安其居焉。\n";
        let wait = "打更的话声空空地落到园子里来，又空空地消失了，只剩下墙根的虫子还在一声一声地叫，叫得人心里发慌。\n灯也灭了。\n等他发现看园子的人早就不在园子里，他才又打起梆子来，沿着矮墙慢慢地往回走去了。\n";
        for text in [long, wide, quote, note, old, wait] {
            assert_eq!(cleaned(text), text);
        }
    }

    #[test]
    fn an_echo_of_one_word_stays() {
        for text in [
            "我从老书记手里接过来的两个字，现在转交给你们：诚实。\n诚实。\n有人说，诚实会吃亏，吃亏的人我见过几个。\n",
            "那天下午我冒着雨走了十几里山路，去了其中的一户。\n一户。\n统计表上写着致贫原因，只有两个字。\n",
        ] {
            assert_eq!(cleaned(&format!("{LEAD}{text}")), format!("{LEAD}{text}"));
        }
    }

    #[test]
    fn a_word_attested_elsewhere_is_evidence() {
        let text =
            format!("{LEAD}建立基层情况。\n联席会议。\n制度，定期研究问题。\n另外，基层情况联席会议制度要坚持好。\n");
        assert!(cleaned(&text).starts_with(&format!("{LEAD}建立基层情况联席会议制度，")));
    }

    #[test]
    fn a_full_stop_added_at_a_page_break_goes() {
        let text = format!(
            "{LEAD}层层筛选，从村干部及后备干部中。\n精选出一批学员参加培训，其中支部书记占半数，效果十分明显。\n"
        );
        assert_eq!(cleaned(&text), text.replace("中。\n", "中"));
    }

    #[test]
    fn true_short_lines_stay() {
        for text in [
            "会议到此结束。\n散会。\n",
            "下面请大家讨论。\n自由发言。\n第一组先说，大家注意时间，每人不超过五分钟。\n",
            "今年的任务很重。\n我讲三点。\n一是认识要到位，措施要落实，责任要压紧压实。\n",
            "我们要向他学习。\n他是榜样。\n与会同志都有同感，会场里响起了长时间的掌声。\n",
            "请大家起立。\n奏国歌。\n及时统计到会人数，由大会秘书处向主席团报告。\n",
        ] {
            let text = format!("{LEAD}{text}");
            assert_eq!(cleaned(&text), text);
        }
    }

    #[test]
    fn a_text_of_short_lines_takes_no_square_of_its_length() {
        let text = "同志们，我们再添一句话。\n在此。\n".repeat(60_000);
        let start = std::time::Instant::now();
        cleaned(&text);
        // Without bounds it took minutes; with them, seconds even without optimisation.
        assert!(start.elapsed().as_secs() < 60);
    }
}
