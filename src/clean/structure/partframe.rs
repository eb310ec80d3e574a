//! What a site puts around each part of a compilation: the same line, but for its numbers, below or above each title.
//!
//! Parts of one kind may well begin and end alike (尊敬的各位领导, 此致敬礼), so a line goes only where it speaks of the page:
//! in brackets with a key, or in words of sites.

use super::Detector;
use super::running::shape;
use crate::clean::automaton::{Automaton, fixed};
use crate::clean::view::{Marks, View};
use std::collections::HashMap;
use std::sync::LazyLock;

/// Full lines at either end of a part that are looked at.
const LINES: usize = 3;

static FRAME: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"^\s*[(（\[【［][^()（）]{0,6}(?:字数|来源|来自|责编|编辑|采编|排版|校对|校读|作者|审核|发布|阅读|浏览|整理|上传|录入|供稿)[^()（）]{0,40}[)）\]】］]\s*$|小编|[\p{Han}]{2}网的?编辑|(?:为|给|供|对|助|祝|请|但愿|希望|欢迎)(?:您|你|大家)[^。]{0,30}(?:参考|借鉴|帮助|作用|下载|收藏|阅读|启发|喜欢)|(?:全文|本文|本篇|这篇|文档)[^。]{0,16}(?:排版|下载|整理|word|打印|收藏|转载|编辑)",
    )
});

/// Cuts such lines where two parts have them, and half of all.
pub fn detect(view: &View, marks: &mut Marks) {
    if view.parts.len() < 2 {
        return;
    }
    let mut seen: HashMap<(bool, String), Vec<usize>> = HashMap::new();
    for part in &view.parts {
        let lines = part.lines();
        let full = || lines.clone().filter(|&line| !view.blank(line));
        for (below, line) in
            full().take(LINES).map(|line| (true, line)).chain(full().rev().take(LINES).map(|line| (false, line)))
        {
            let text = view.fold(line);
            if !marks.gone(line) && sentence(text) && FRAME.is_match(text) {
                seen.entry((below, shape(text))).or_default().push(line);
            }
        }
    }
    let frame = seen.into_values().filter(|lines| lines.len() >= 2 && lines.len() * 2 >= view.parts.len());
    frame.flatten().for_each(|line| marks.drop_line(line, Detector::PartFrame));
}

/// Whether a line is one sentence.
fn sentence(text: &str) -> bool {
    /// Its bytes, at most.
    const SENTENCE: usize = 300;
    let text = text.trim();
    text.len() <= SENTENCE && text.trim_end_matches(['。', '！', '!']).matches(['。', '！', '!', '？']).count() == 0
}

#[cfg(test)]
mod tests {
    use crate::clean::tests::cleaned;

    const BODIES: [&str; 3] = [
        "七月里我们走遍了全镇十二个村，量了四十一口塘，问了三百多户人家，把每一个数都记了下来。",
        "到窗口三个月，我学会的第一件事是先听人把话说完，再去翻手里的条文，条文不会跑，人心会凉。",
        "评上先进那天我正在渠上抢修，泥糊了半边脸，广播里念到名字，旁边的老杨比我还高兴。",
    ];

    const REST: &str = "账上有而地里没有的塘有三口，地里有而账上没有的渠有七里，村里的老人都能说出它们的来历，我们照他们说的画在图上，\
        再同镇里的台账一笔一笔对过，对不上的就再跑一趟，跑到对上为止。";

    fn parts(above: &str, below: &str) -> String {
        let part = |(at, body): (usize, &&str)| {
            let body = format!("{body}{REST}");
            let lines = [above, &body, below].map(|line| line.replace('#', &(400 + at).to_string()));
            format!(
                "工作总结 篇{}\n{}",
                at + 1,
                lines.into_iter().filter(|l| !l.is_empty()).map(|l| l + "\n").collect::<String>()
            )
        };
        BODIES.iter().enumerate().map(part).collect()
    }

    #[test]
    fn the_same_frame_around_each_part_goes() {
        for (above, below) in [
            ("提示:全文已精心排版,转为Word即可打印", ""),
            ("这篇由青石公文网的编辑精挑细选而来,但愿对您起到抛砖引玉的作用。", "(字数:#)"),
            ("(来源:青石库 采编:0317)", "(责编:小青 排版:小石 校读:无)"),
        ] {
            assert_eq!(cleaned(&parts(above, below)), parts("", ""), "{above} {below}");
        }
    }

    #[test]
    fn what_parts_of_one_kind_have_in_common_stays() {
        for (above, below) in [
            ("尊敬的各位领导：", "此致敬礼"),
            ("活动时间：三月", "谢谢大家！"),
            ("(掌声)", "汇报人：石小青"),
            ("我叫石小青，来自渠首站。", "请大家给我提意见。"),
        ] {
            assert_eq!(cleaned(&parts(above, below)), parts(above, below), "{above} {below}");
        }
    }
}
