//! Paragraphs that a scraper broke after each semicolon.

use super::Detector;
use crate::clean::automaton::{Automaton, fixed};
use crate::clean::fold::han;
use crate::clean::guards::{self, Guard};
use crate::clean::view::{Marks, View};
use std::sync::LazyLock;

static ITEM: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"^\s*(?:[#>*•·●○■□◆◇▲△★☆※–—\-]|[一二三四五六七八九十]{1,3}\s*[是要、.．，,]|[(（]\s*[一二三四五六七八九十\d]{1,3}\s*[)）]|第[一二三四五六七八九十\d]{1,3}|\d{1,3}\s*[、.．)）]|[①-⑳㈠-㈩]|[a-zA-Z]\s*[、.．)）]|其[一二三四五六七八九十]|首先|其次|再次|最后)",
    )
});
/// The semicolon of an entity parts nothing.
static ENTITY: LazyLock<Automaton> = LazyLock::new(|| fixed(r"&(?:[a-z]{2,8}|#x?[\da-f]{1,6});\s*$"));
/// Nor does that of a script: `push({});`
static CODE: LazyLock<Automaton> = LazyLock::new(|| fixed(r#"[)}\]"'+];\s*$"#));
static MID_ENUMERATION: LazyLock<Automaton> =
    LazyLock::new(|| fixed(r"[^\s](?:一是|一要|[(（]一[)）]|第一|其一|首先|①|[(（]1[)）]|1[、.．])"));

/// Joins runs of lines that end in a semicolon with the line after them where they are pieces of one paragraph.
pub fn detect(view: &View, marks: &mut Marks) {
    let mut line = 0;
    while line < view.lines.len() {
        if !ends_in_semicolon(view.line(line)) || marks.gone(line) {
            line += 1;
            continue;
        }
        let mut pieces = vec![line];
        while let Some(next) = follows(view, pieces[pieces.len() - 1]) {
            pieces.push(next);
            if marks.gone(next) || !ends_in_semicolon(view.line(next)) {
                break;
            }
        }
        if broken_paragraph(view, marks, &pieces) && !pieces.iter().any(|&piece| marks.gone(piece)) {
            for pair in pieces.windows(2) {
                marks.join_break(pair[0], pair[1], Detector::SemicolonBreak);
            }
        }
        line = pieces[pieces.len() - 1].max(line + 1);
    }
}

fn ends_in_semicolon(line: &str) -> bool {
    matches!(line.as_bytes().last(), Some(b';' | 0x9B | b' ' | b'\t' | 0x80 | b'\r'))
        && line.trim_end().ends_with([';', '；'])
        && !ENTITY.is_match(line)
        && !CODE.is_match(line)
}

/// The next line, one blank line allowed between.
fn follows(view: &View, line: usize) -> Option<usize> {
    view.next_full(line, line + 3)
}

/// Whether the pieces were one paragraph: none begins as an item, they answer no colon, and one of them has a whole
/// sentence inside, which an item of a list has not.
fn broken_paragraph(view: &View, marks: &Marks, pieces: &[usize]) -> bool {
    if pieces.len() < 2
        || pieces.iter().any(|&piece| holds_what_ends_it(view.line(piece)) || !sentence(view.line(piece)))
    {
        return false;
    }
    let first = view.fold(pieces[0]);
    let rest = &pieces[1..];
    let continues = |&piece: &usize| {
        let text = view.fold(piece);
        // Items that follow an item are a list, whatever is counted inside the first.
        (!ITEM.is_match(text) || (MID_ENUMERATION.is_match(first) && !ITEM.is_match(first)))
            && matches!(guards::guard(text), None | Some(Guard::Heading))
    };
    if !rest.iter().all(continues) {
        return false;
    }
    let above = (0..pieces[0]).rev().find(|&above| !marks.gone(above) && !view.blank(above));
    let answers_colon = above.is_some_and(|above| {
        let above = view.line(above).trim_end();
        above.ends_with(['：', ':']) && !guards::salutation(view.fold(pieces[0])) && !salutation_above(view, pieces[0])
    });
    // A list under `下列…：` stays a list, and so does one whose first piece opens as an item.
    if answers_colon || (ITEM.is_match(first) && !inner_sentence(first)) {
        return false;
    }
    pieces.iter().any(|&piece| inner_sentence(view.line(piece)))
}

/// Whether a line that ends in a semicolon holds another of its kind: who breaks lines there breaks them at each, and
/// some authors end whole paragraphs so.
fn holds_what_ends_it(line: &str) -> bool {
    let line = line.trim_end();
    let Some(end) = line.chars().next_back().filter(|end| [';', '；'].contains(end)) else { return false };
    line[..line.len() - end.len_utf8()].contains(end)
}

/// Whether a line is of a sentence in Chinese, and no line of a program, a foreign poem or a table.
fn sentence(line: &str) -> bool {
    let line = line.trim();
    let written = line.chars().filter(|&c| han(c)).count();
    let letters = line.chars().filter(|c| c.is_alphanumeric()).count();
    written * 2 >= letters && !line.contains('\t')
}

fn salutation_above(view: &View, line: usize) -> bool {
    view.prev_full(line, 0).is_some_and(|above| guards::salutation(view.fold(above)))
}

/// A sentence end that is not the end of the line, nor above what names the source of a quotation.
fn inner_sentence(line: &str) -> bool {
    static SOURCE: LazyLock<Automaton> = LazyLock::new(|| fixed(r"[。！？!?][”」]?[（(][^（()）]{1,24}[)）]\s*$"));
    let line = SOURCE.find(line).map_or(line, |source| {
        let stop = line[source.start()..].chars().next().map_or(0, char::len_utf8);
        &line[..source.start() + stop]
    });
    let line = line.trim_end().trim_end_matches(['”', '）', ')', '」']);
    let Some(last) = line.char_indices().next_back() else { return false };
    line[..last.0].contains(['。', '！', '？', '!', '?'])
}

#[cfg(test)]
mod tests {
    use crate::clean::tests::cleaned;

    #[test]
    fn a_paragraph_broken_after_semicolons_is_whole_again() {
        let text = "工作要有针对性。目标要明确;\n责任要到人，措施要具体;\n还要学用结合。各单位要认真落实。\n";
        assert_eq!(cleaned(text), text.replace(";\n", ";"));
        let text = "我们做了三件事，一是建章立制。制度已经齐全；\n\n二是抓好培训；\n\n三是强化督查。\n";
        assert_eq!(cleaned(text), text.replace("；\n\n", "；"));
    }

    #[test]
    fn lists_stay() {
        for text in [
            "有下列情形之一的，应当报告：\n擅自处置资产的。未经批准的；\n未按期归还的；\n其他情形。情节严重的从重。\n",
            "（一）负责日常工作。按月通报；\n（二）负责督查；\n（三）承办交办事项。\n",
            "加强领导;\n完善制度;\n落实责任。\n",
            "名称\t用途。备注;\n闸门\t放水。手动;\n水表\t计量。自动。\n",
            "int total;\n// 合计。单位：方;\nint rest;\nreturn total - rest;\n",
            "山路远而雾重兮，独彷徨乎水湄；\n望故里而不见兮，空太息以沾衣。（《山居》）\n",
            "工作要有针对性。目标要明确&lt;\n责任要到人。\n",
            "1.听取报告。审议决定；\n2.选举代表；\n3.宣布闭幕。\n",
            "办企业靠人。人是根本；待遇是其次；\n环境也要紧。企业要有规矩；哪怕是潜规则；\n天时是战略。政治、经济、技术都在内。\n",
            "读书节闭幕了。请把手机放下。(ads = window.ads || []).push({});\n最后，我送大家一句话。\n",
            "一是看认识。有没有到位；\n二是看行动；\n三是看效果。\n",
        ] {
            assert_eq!(cleaned(text), text);
        }
    }
}
