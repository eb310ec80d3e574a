//! Preview pages: a document cut into bodies of one length, each behind its page number.

use super::Detector;
use crate::clean::view::{Marks, View};
use crate::document::Class;

/// Shortest page, in characters; a list whose items are all alike is much shorter.
const PAGE: usize = 80;
/// Fewest pages.
const PAGES: usize = 3;

struct Page {
    line: usize,
    /// Bytes of the marker with the white space before it.
    marker: usize,
    chars: usize,
}

/// Cuts the markers and joins the pages. Under the banner of a document-share site one or two pages are enough.
pub fn detect(view: &View, marks: &mut Marks) {
    let banner = marks.lines_of(&[Class::ShareBox]).iter().take(12).any(|&gone| gone);
    let mut run: Vec<Page> = Vec::new();
    for line in 0..view.lines.len() {
        if view.blank(line) || marks.gone(line) {
            continue;
        }
        let text = view.line(line);
        match marker(text) {
            Some((number, length)) => {
                if number != run.len() + 1 {
                    settle(view, marks, &run, banner);
                    run.clear();
                }
                if number == run.len() + 1 {
                    let chars = text[length..].trim_end().chars().count();
                    run.push(Page { line, marker: length, chars });
                }
            }
            None => {
                settle(view, marks, &run, banner);
                run.clear();
            }
        }
    }
    settle(view, marks, &run, banner);
}

/// Page number and length of `12、` or `第12页` at the start of a line.
fn marker(text: &str) -> Option<(usize, usize)> {
    let trimmed = text.trim_start();
    let (ordinal, numbered) = trimmed.strip_prefix('第').map_or((false, trimmed), |rest| (true, rest));
    let digits = numbered.bytes().take_while(u8::is_ascii_digit).count();
    if !(1..=3).contains(&digits) {
        return None;
    }
    let rest = &numbered[digits..];
    let stops: &[char] = if ordinal { &['页', '頁'] } else { &['、', '．', '.'] };
    let stop = rest.chars().next().filter(|c| stops.contains(c))?;
    // `6.8%` is a number; `6、8.2%` may be a page.
    if stop == '.' && rest[1..].starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    Some((numbered[..digits].parse().ok()?, text.len() - rest.len() + stop.len_utf8()))
}

/// One page that is all there is, or two of which the first is full.
fn few(view: &View, run: &[Page]) -> bool {
    match run {
        [page] => {
            page.chars >= PAGE
                && view.next_full(page.line, page.line + 6).is_none_or(|next| marker(view.line(next)).is_none())
        }
        [first, second] => first.chars >= 2 * PAGE && second.chars <= first.chars + first.chars / 2,
        _ => false,
    }
}

fn settle(view: &View, marks: &mut Marks, run: &[Page], banner: bool) {
    if run.len() < PAGES && !(banner && few(view, run)) {
        return;
    }
    // The last page is what was left over.
    let inner = &run[..run.len() - 1];
    let mut lengths: Vec<usize> = inner.iter().map(|page| page.chars).collect();
    lengths.sort_unstable();
    let slack = if run.len() > PAGES { 2 } else { 0 };
    let alike = |length: usize| lengths.iter().filter(|&&other| other.abs_diff(length) <= slack).count();
    let common = lengths.iter().copied().max_by_key(|&length| alike(length)).unwrap_or(0);
    let torn = inner.iter().any(|page| {
        let text = view.line(page.line).trim_end();
        !text.ends_with(['。', '！', '？', '!', '?', '；', ';', '：', ':', '”', '）', ')'])
    });
    if run.len() >= PAGES && (common < PAGE || alike(common) * 5 < inner.len() * 4 || !(torn || banner)) {
        return;
    }
    for (i, page) in run.iter().enumerate() {
        let start = view.lines.span(page.line).start as usize;
        marks.drop_span(start..start + page.marker, Detector::PreviewPages);
        if i > 0 {
            marks.join_break(run[i - 1].line, page.line, Detector::PreviewPages);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::clean::tests::cleaned;

    fn pages(body: &str, length: usize, marker: [&str; 2]) -> String {
        let chars: Vec<char> = body.chars().collect();
        let [before, behind] = marker;
        let page = |(i, page): (usize, &[char])| format!("{before}{}{behind}{}\n", i + 1, String::from_iter(page));
        chars.chunks(length).enumerate().map(page).collect()
    }

    fn body() -> String {
        (0..90).map(|i| format!("第{i}项任务已经落实到人，完成率为{}.{}%。", i + 10, i % 10)).collect()
    }

    #[test]
    fn pages_of_one_length_are_joined_even_inside_a_number() {
        let body = body();
        for marker in [["", "、"], ["第", "页"]] {
            assert_eq!(cleaned(&pages(&body, 301, marker)).trim_end(), body);
            assert_eq!(cleaned(&pages(&body, 123, marker)).trim_end(), body);
        }
    }

    #[test]
    fn a_real_list_stays() {
        let list: String = (1..14)
            .map(|i| {
                format!(
                    "{i}、责任落实不到位。有的单位{}重部署轻落实，检查时资料齐全，就是看不到效果。\n",
                    "很".repeat(i * 3)
                )
            })
            .collect();
        assert_eq!(cleaned(&list), list);
        // Items of one length that end as sentences do.
        let even: String = (1..6).map(|i| format!("{i}、{}。\n", "落实责任".repeat(30))).collect();
        assert_eq!(cleaned(&even), even);
    }
}
