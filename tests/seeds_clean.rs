//! Acceptance of the cleaning stage on the example inputs, line by line against their gold.

use dechaff::clean::{RuleSet, clean};
use dechaff::document::Action;
use dechaff::edits;
use dechaff::segment::Lines;
use std::fs;
use std::path::{Path, PathBuf};

fn shared() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared")
}

/// Rows of a gold file: line, decision, spans.
fn gold(name: &str) -> Vec<(usize, String, String)> {
    let text = fs::read_to_string(shared().join("seeds-gold").join(name).with_extension("tsv")).expect("gold");
    text.lines()
        .skip(1)
        .filter_map(|row| {
            let mut cells = row.split('\t');
            let line = cells.next()?.parse().ok()?;
            let decision = cells.nth(1)?.to_owned();
            Some((line, decision, cells.next().unwrap_or("").to_owned()))
        })
        .collect()
}

/// Character offset of a line to a byte offset.
fn byte(line: &str, chars: usize) -> usize {
    line.char_indices().nth(chars).map_or(line.len(), |c| c.0)
}

#[test]
#[ignore = "needs ../shared"]
fn seeds_come_out_as_their_gold_says() {
    let rules = RuleSet::builtin().expect("rules");
    let mut wrong = Vec::new();
    for entry in fs::read_dir(shared().join("seeds")).expect("seeds") {
        let path = entry.expect("entry").path();
        let name = path.file_name().and_then(|n| n.to_str()).expect("name").to_owned();
        let text = fs::read_to_string(&path).expect("text").replace("\r\n", "\n");
        let cleaned = clean(&text, &rules);
        let lines = Lines::new(&text);
        let gold = gold(&name);
        // What of each byte is expected: kept or gone.
        let mut gone = vec![false; text.len()];
        let mut free = vec![false; text.len()];
        for (i, (line, decision, spans)) in gold.iter().enumerate() {
            let span = lines.span(line - 1).range();
            let content = &text[span.clone()];
            if decision == "remove" {
                gone[span.start..(span.end + 1).min(text.len())].fill(true);
            }
            for part in spans.split(" | ").filter(|part| !part.is_empty()) {
                let (range, _) = part.split_once(':').expect("span");
                let (from, to) = range.split_once('-').expect("range");
                let from = span.start + byte(content, from.parse().expect("number"));
                let to = span.start + byte(content, to.parse().expect("number"));
                gone[from..to].fill(true);
            }
            if decision == "join-with-previous" {
                gone[span.start - 1] = true;
            }
            // Of the two copies of the title in 002 either may go.
            if name.starts_with("002") && (i == 0 || *line == 7) {
                free[span.start..span.end + 1].fill(true);
            }
        }
        let mut cut = vec![false; text.len()];
        for edit in &cleaned.edits {
            cut[edit.span.range()].fill(true);
            assert!(edit.action == Action::Cut || edit.span.of(&text).bytes().all(|b| b == b'\n'));
        }
        for (line, row) in gold.iter().enumerate().take(lines.len()) {
            let span = lines.span(line).range();
            let range = span.start..(span.end + 1).min(text.len());
            let bad = range.clone().any(|at| cut[at] != gone[at] && !free[at]);
            if bad {
                let left: String = edits_left(&text, &cut, range.clone());
                wrong.push(format!("{name}:{} expected {} -> {left}", line + 1, row.1));
            }
        }
        if name.starts_with("001") {
            assert!(cleaned.edits.is_empty(), "{name} is clean");
        }
        if name.starts_with("000") {
            assert_eq!(cleaned.title.as_deref(), Some("2023在机关党建工作交流会上讲话"));
        }
        let left = edits::apply(&text, &cleaned.edits);
        assert!(clean(&left, &rules).edits.is_empty(), "{name} comes to rest");
        if name.starts_with("003") {
            assert!(left.contains("组建率为28.2%"));
        }
        if name.starts_with("004") {
            let whole = "建立村务情况分析、村务监督工作报告和评议考核制度";
            assert!(left.matches(whole).count() >= 1);
        }
        assert_eq!(cleaned.review, None);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn edits_left(text: &str, cut: &[bool], range: std::ops::Range<usize>) -> String {
    let kept: Vec<u8> = range.filter(|&at| !cut[at]).map(|at| text.as_bytes()[at]).collect();
    String::from_utf8_lossy(&kept).chars().take(90).collect()
}
