//! Titles that only a line which goes has held.

use super::automaton::{Automaton, fixed};
use super::fold::fold;
use super::guards;
use super::structure::title::key;
use super::view::View;
use super::zones::Section;
use std::sync::LazyLock;

static QUOTED: LazyLock<Automaton> =
    LazyLock::new(|| fixed(r"[《【](?<title>[^《》【】]{4,60}?)(?:\.(?:docx?|pdf|pptx?|txt|wps))?[》】]"));
static GATHERED: LazyLock<Automaton> = LazyLock::new(|| {
    fixed(
        r"(?:整理|收集|搜集|带来|分享|推荐|准备|精选|提供)(?:的|了)?(?:有关|关于|一篇|几篇)?(?:于)?(?<title>[^，,。！!；;：:、的][^，,。！!；;：:]{4,50}?)(?:\s*[(（]?[^，,。（(]{0,6}\d+篇[)）]?)?(?:的?(?:相关)?(?:范文|内容|资料|文章))?[，,。！!]",
    )
});

/// The intro lines of the document's head: they may name its title.
pub fn intros(view: &View, lines: &[usize], sections: &[Section]) -> Vec<String> {
    let Some(first) = sections.first() else { return Vec::new() };
    lines.iter().filter(|line| first.lines.contains(line)).map(|line| view.line(*line).to_owned()).collect()
}

/// The title that an intro line names.
fn named(line: &str) -> Option<String> {
    let folded = fold(line);
    let group = |pattern: &Automaton| pattern.groups(&folded, 0).and_then(|found| found.range("title"));
    group(&QUOTED).or_else(|| group(&GATHERED)).map(|name| line[name].trim().to_owned())
}

/// The first title of the intro lines that the cleaned text does not hold itself, where it has no title line of its own
/// either.
pub fn only_in_cut(before: &str, left: &str, intros: &[String]) -> Option<String> {
    let first = fold(left.lines().find(|line| !line.trim().is_empty()).unwrap_or(""));
    if guards::title_like(&first) && guards::guard(&first).is_none() {
        return None;
    }
    let title = intros.iter().find_map(|line| named(line))?;
    let name = key(&fold(&title));
    let head: String = left.lines().filter(|line| !line.trim().is_empty()).take(6).collect::<Vec<_>>().join("\n");
    let held = key(&fold(&head.chars().take(600).collect::<String>())).contains(&name);
    (!held && key(&fold(before)).contains(&name)).then_some(title)
}
