//! Heads and numbers of printed pages that stand in a text made from a scan or a print file.
//!
//! A number between dashes may part the sections of an essay. It is a page's where it tears a sentence, or where the
//! same words stand with it each time.

use super::Detector;
use super::pager::torn;
use crate::clean::fold::fixed;
use crate::clean::guards;
use crate::clean::view::{Marks, View};
use regex::Regex;
use std::sync::LazyLock;

/// Longest head, in bytes.
const HEAD: usize = 120;

static NUMBERED: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        r"^\s*(?P<head>[^。！？!?；;，,：:“”]{0,30}?)\s*(?:[-—－–·•~～]{1,3}\s*(?P<a>\d{1,4})\s*[-—－–·•~～]{1,3}|第\s*(?P<b>\d{1,4})\s*页\s*[/，,]?\s*(?:[(（]?\s*共\s*\d{1,4}\s*页\s*[)）]?)?)\s*$",
    )
});

/// Cuts them; a sentence that one of them tore is joined with the other page debris.
pub fn detect(view: &View, marks: &mut Marks) {
    let mut found: Vec<(usize, &str, u32)> = Vec::new();
    for line in 0..view.lines.len() {
        let text = view.fold(line);
        // The last sign of a number between signs, or of a page.
        if text.len() > HEAD
            || !text.trim_end().ends_with(['-', '—', '－', '–', '·', '•', '~', '～', '页', '頁', ')', '）'])
        {
            continue;
        }
        let Some(parts) = NUMBERED.captures(text) else { continue };
        let number = parts.name("a").or(parts.name("b")).and_then(|number| number.as_str().parse().ok());
        let head = parts.name("head").map_or("", |head| head.as_str().trim());
        if let Some(number) = number
            && !marks.gone(line)
            && guards::guard(text).is_none()
        {
            found.push((line, head, number));
        }
    }
    for at in 0..found.len() {
        let (line, head, number) = found[at];
        let alike: Vec<u32> = found.iter().filter(|other| other.1 == head).map(|other| other.2).collect();
        let ascending = alike.windows(2).all(|pair| pair[0] < pair[1]);
        let sure = match head.is_empty() {
            false => alike.len() >= 2 && ascending,
            true => {
                let torn = || found.iter().any(|other| other.1.is_empty() && tears(view, other.0));
                // What parts a text opens a section; what closes a page also stands below the last one.
                let last = found.iter().rev().find(|other| other.1.is_empty()).map_or(line, |other| other.0);
                let closes =
                    || alike.len() >= 2 && (last + 1..view.lines.len()).all(|l| view.blank(l) || marks.gone(l));
                ascending && (torn() || closes())
            }
        };
        if sure && number > 0 {
            marks.drop_line(line, Detector::PageHead);
        }
    }
}

/// Whether the sentence above it goes on below.
fn tears(view: &View, line: usize) -> bool {
    let above = view.prev_full(line, 0);
    above.zip(view.next_full(line, view.lines.len())).is_some_and(|(above, below)| torn(view, above, below))
}

#[cfg(test)]
mod tests {
    use crate::clean::tests::cleaned;

    #[test]
    fn heads_and_numbers_of_pages_go_and_the_sentence_is_joined() {
        let text = "会议听取了文化站站长关于旧址现状的汇报，大家议论了很久，都认为应当\n— 1 —\n先修屋顶，再修围墙，不能等到明年雨季以后再动手。\n散会以后又去看了一遍，石阶也松了好几块，走上去摇摇晃晃，东边的那一道老墙\n— 2 —\n已经有了裂缝，要用木头撑住。\n";
        assert_eq!(
            cleaned(text),
            "会议听取了文化站站长关于旧址现状的汇报，大家议论了很久，都认为应当先修屋顶，再修围墙，不能等到明年雨季以后再动手。\n散会以后又去看了一遍，石阶也松了好几块，走上去摇摇晃晃，东边的那一道老墙已经有了裂缝，要用木头撑住。\n"
        );
        let text = "我们的办法有三条，第一条是早种，赶在霜降以前把草籽撒到田里去。\n青石农技材料之九 — 5 —\n第二条是开沟，一亩田开三条沟，深八寸，冬天把水排干净。\n青石农技材料之九 — 6 —\n第三条是算账，算给大家看，算清楚了自然有人跟着种。\n";
        assert_eq!(cleaned(text).lines().count(), 3);
    }

    #[test]
    fn numbers_that_part_an_essay_stay() {
        for text in [
            "· 1 ·\n那一年春天来得很晚，河里的冰到了四月还没有化开。\n· 2 ·\n父亲背着我过河，走到河心，冰响了一声，他站住了。\n",
            "— 1 —\n雪落下来\n— 2 —\n雪停了\n",
            "参见正文第3页\n如图所示，坡度不能超过百分之八，否则机器上不去。\n",
        ] {
            assert_eq!(cleaned(text), text);
        }
    }
}
