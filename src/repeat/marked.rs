//! What marked-up text sets apart, so that its author says a thing twice: quotations, code, tables, the description in a
//! front matter, and what stands under two headings.

use super::Layout;
use super::side::Side;
use crate::clean;
use std::ops::Range;

/// Lines that a front matter has at most.
const FRONT: usize = 60;
/// Longest heading, in bytes.
const HEADING: usize = 300;

/// The marks of a text.
pub(super) struct Marked {
    /// Lines of code.
    code: Vec<Range<usize>>,
    /// Lines of the front matter.
    front: usize,
    /// Lines of headings.
    headings: Vec<usize>,
}

impl Marked {
    pub(super) fn new(layout: &Layout<'_>) -> Self {
        let (text, lines) = (layout.text, layout.lines);
        let code = clean::code(text, lines);
        let rule = |line: &usize| lines.of(*line, text).trim_end() == "---";
        let front = if lines.len() > 1 && rule(&0) { (1..lines.len().min(FRONT)).find(rule).unwrap_or(0) } else { 0 };
        let mut out = Self { code, front, headings: Vec::new() };
        let heading = |line: &usize| {
            let line = lines.of(*line, text);
            line.starts_with('#')
                && line.len() <= HEADING
                && line.trim_matches(['#', ' ']).starts_with(char::is_alphanumeric)
        };
        out.headings = (0..lines.len()).filter(heading).filter(|line| !out.in_code(*line)).collect();
        out
    }

    fn in_code(&self, line: usize) -> bool {
        let after = self.code.partition_point(|lines| lines.start <= line);
        after > 0 && self.code[after - 1].contains(&line)
    }

    /// The heading above a line.
    fn above(&self, line: usize) -> Option<usize> {
        self.headings[..self.headings.partition_point(|heading| *heading <= line)].last().copied()
    }

    /// Whether the two places of a passage are the author's, both of them.
    pub(super) fn apart(&self, layout: &Layout<'_>, sides: [&Side; 2]) -> bool {
        let (text, lines) = (layout.text, layout.lines);
        let first = sides.map(|side| lines.at(side.place.first));
        let last = sides.map(|side| lines.at(side.place.last));
        let row = |line: usize| lines.of(line, text).trim_start();
        if first.iter().any(|&line| self.in_code(line) || line < self.front || row(line).starts_with('|')) {
            return true;
        }
        let table = |at: usize| {
            let rows = first[at]..=last[at];
            let all = rows.clone().count();
            all > 1 && rows.filter(|&line| row(line).trim_end().contains('\t')).count() * 2 > all
        };
        // Who answers quotes what stands above.
        let depth =
            |line: usize| row(line).chars().take_while(|c| matches!(c, '>' | ' ')).filter(|c| *c == '>').count();
        if table(0) || table(1) || depth(first[0]) != depth(first[1]) {
            return true;
        }
        // A section that came twice has its heading in it.
        let spans = |at: usize| self.above(last[at]) != self.above(first[at]) || self.headings.contains(&first[at]);
        let heading = |at: usize| self.above(first[at]).map(|line| lines.of(line, text).trim());
        match (heading(0), heading(1)) {
            (Some(a), Some(b)) => a != b && !spans(0) && !spans(1),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::config::Actions;
    use crate::exceptions::Places;
    use crate::fingerprint::fingerprints;
    use crate::key;
    use crate::repeat::{Layout, repeats};
    use crate::segment::Lines;

    const STEPS: &str = "把洗净的豆子倒进大盆里，加三倍的清水，放在阴凉的地方泡一个晚上，第二天早上捞出来沥干，再用石磨慢慢地磨成浆。\n磨好的豆浆倒进布袋里，两个人拧着布袋的两头，一下一下地挤，直到布袋里只剩下豆渣，浆水都流进下面的木桶。\n木桶里的浆水端到灶上烧开，一边烧一边拿长柄的勺子撇去浮沫，烧开以后退了柴火，让它在锅里慢慢地凉下来，不要盖盖子。\n";

    fn cuts(text: &str) -> usize {
        let key = key::key(text);
        let lines = Lines::new(text);
        let layout =
            Layout { text, lines: &lines, sections: &[], mended: &[], witnesses: &[], stays: &Places::default() };
        let found = repeats(&key, &fingerprints(&key.symbols), &layout, &Actions::default()).found;
        assert!(!found.is_empty());
        found.iter().filter(|repeat| repeat.cut.is_some()).count()
    }

    #[test]
    fn what_an_author_says_twice_stays() {
        let quoted: String = STEPS.lines().map(|line| format!("> {line}\n")).collect();
        let row = |line: &str| format!("| 做法 | {line} |\n");
        let table: String = STEPS.lines().map(row).collect();
        for text in [
            format!("# 豆腐\n## 老豆腐\n{STEPS}点卤以后压一个时辰。\n## 嫩豆腐\n{STEPS}点了石膏就盛出来。\n"),
            format!("---\ntitle: 豆腐\ndescription: {}\n---\n{STEPS}", STEPS.replace('\n', "")),
            format!("{STEPS}小石问：\n\n{quoted}\n这一段是什么意思？\n"),
            format!("老豆腐\n{table}嫩豆腐\n{table}"),
            format!("老豆腐这样做。\n```\n{STEPS}```\n嫩豆腐这样做。\n```\n{STEPS}```\n"),
        ] {
            assert_eq!(cuts(&text), 0, "{text}");
        }
    }

    #[test]
    fn a_section_that_came_twice_goes() {
        let section = format!("## 老豆腐\n{STEPS}点卤以后压一个时辰。\n");
        let text = format!("# 豆腐\n{section}## 嫩豆腐\n嫩豆腐点了石膏就盛出来，拌上葱花就能吃了。\n{section}");
        assert_eq!(cuts(&text), 1);
        assert_eq!(cuts(&format!("# 豆腐\n{STEPS}\n{STEPS}")), 1);
    }
}
