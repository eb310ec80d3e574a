//! Titles that only a line which goes has held.

use super::fold::{fixed, fold};
use super::guards;
use super::structure::title::key;
use super::view::View;
use super::zones::Section;
use regex::Regex;
use std::sync::LazyLock;

static QUOTED: LazyLock<Regex> =
    LazyLock::new(|| fixed(r"[《【](?<title>[^《》【】]{4,60}?)(?:\.(?:docx?|pdf|pptx?|txt|wps))?[》】]"));
static GATHERED: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        r"(?:整理|收集|搜集|带来|分享|推荐|准备|精选|提供)(?:的|了)?(?:有关|关于|一篇|几篇)?(?:于)?(?<title>[^，,。！!；;：:、的][^，,。！!；;：:]{4,50}?)(?:\s*[(（]?[^，,。（(]{0,6}\d+篇[)）]?)?(?:的?(?:相关)?(?:范文|内容|资料|文章))?[，,。！!]",
    )
});

/// Titles named by the intro lines of the document's head.
pub fn in_intros(view: &View, lines: &[usize], sections: &[Section]) -> Vec<String> {
    let mut out = Vec::new();
    for &line in lines {
        if !sections.first().is_some_and(|section| section.lines.contains(&line)) {
            continue;
        }
        let (text, folded) = (view.line(line), view.fold(line));
        for pattern in [&QUOTED, &GATHERED] {
            if let Some(found) = pattern.captures(folded).and_then(|c| c.name("title")) {
                out.push(text[found.range()].trim().to_owned());
            }
        }
    }
    out
}

/// The first such title that the cleaned text does not hold itself, where it has no title line of its own either.
pub fn only_in_cut(before: &str, left: &str, titles: &[String]) -> Option<String> {
    let title = titles.first()?;
    let name = key(&fold(title));
    let head: String = left.lines().filter(|line| !line.trim().is_empty()).take(6).collect::<Vec<_>>().join("\n");
    let held = key(&fold(&head.chars().take(600).collect::<String>())).contains(&name);
    let first = fold(left.lines().find(|line| !line.trim().is_empty()).unwrap_or(""));
    let own = guards::title_like(&first) && guards::guard(&first).is_none();
    (!held && !own && key(&fold(before)).contains(&name)).then(|| title.clone())
}
