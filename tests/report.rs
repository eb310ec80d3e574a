//! The pages of `OUT/report`: hostile text stays text, the same run makes the same bytes, the index stays small.

mod common;

use common::{Lab, speech, tree};
use std::fs;
use std::path::Path;

const HOSTILE: &str = "</title></style></script><script>alert(1)</script><img src=x onerror=alert(2)>\"'`&lt;&#60;]]>-->{{7*7}}\u{202e}\u{2066}\u{1b}[31m\u{7}\u{200b}";

/// Two copies whose text and names are hostile, and a document that repeats itself.
fn hostile() -> Lab {
    let lab = Lab::new();
    let text = format!("{}{HOSTILE}\n{}", speech(1), speech(2));
    lab.put("<script>\u{202e}\"'&.txt", &text);
    lab.put("'\"><b onmouseover=x>/copy.txt", text.replace("谢谢大家", "感谢各位"));
    lab.put("doubled.txt", format!("{}{}\n{}", speech(3), HOSTILE, speech(3)).repeat(2));
    for seed in 4..8 {
        lab.put(format!("site/{seed}.txt"), speech(seed));
    }
    lab
}

fn pages(lab: &Lab) -> Vec<(String, String)> {
    let pages = tree(&lab.path("out/report"));
    pages.into_iter().map(|(path, bytes)| (path.display().to_string(), String::from_utf8(bytes).unwrap())).collect()
}

#[test]
fn hostile_text_shows_as_text_on_every_page() {
    let lab = hostile();
    assert_eq!(lab.dechaff(["run", "in", "--out", "out", "--report", "full"]).code(), 0);
    let pages = pages(&lab);
    for kind in ["index", "rules", "thresholds", "doc/", "pair/", "group/"] {
        assert!(pages.iter().any(|(name, _)| name.starts_with(kind)), "no page {kind}");
    }
    for (name, page) in &pages {
        assert_eq!(page.matches("<script").count(), 1, "{name}");
        assert_eq!(page.matches("</script").count(), 1, "{name}");
        assert_eq!(page.matches("</title>").count(), page.matches("<title>").count(), "{name}");
        assert_eq!(page.matches("</style>").count(), 1, "{name}");
        assert!(!page.contains("<img") && !page.contains("<b "), "{name}");
        assert!(!page.contains("http://") && !page.contains("https://"), "{name}");
        let control = |ch: char| {
            (ch.is_control() && !matches!(ch, '\n' | '\t'))
                || matches!(ch, '\u{200b}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        };
        assert!(!page.contains(control), "{name}");
        assert!(page.contains("default-src 'none'"), "{name}");
    }
    let pair = &pages.iter().find(|(name, _)| name.starts_with("pair/")).unwrap().1;
    assert!(pair.contains("U+202E") && pair.contains("&lt;script&gt;"));
}

#[test]
fn chinese_sentences_of_the_pages_have_chinese_punctuation() {
    let lab = hostile();
    assert_eq!(lab.dechaff(["run", "in", "--out", "out", "--report", "full"]).code(), 0);
    let han = |ch: char| ('\u{4e00}'..='\u{9fff}').contains(&ch) || matches!(ch, '（' | '）');
    for (name, page) in pages(&lab) {
        for said in page.split("<span class=\"zh\" lang=\"zh-Hans\">").skip(1) {
            let said = said.split("</span>").next().unwrap();
            let chars: Vec<char> = said.chars().collect();
            let beside = |at: usize| at > 0 && han(chars[at - 1]) || chars.get(at + 1).copied().is_some_and(han);
            let half = |at: usize| matches!(chars[at], ',' | ';' | ':' | '(' | ')' | '?') && beside(at);
            assert!(!(0..chars.len()).any(half), "{name}: {said}");
        }
    }
}

#[test]
fn the_same_run_makes_the_same_pages() {
    let (one, two) = (hostile(), hostile());
    for lab in [&one, &two] {
        assert_eq!(lab.dechaff(["run", "in", "--out", "out", "--report", "full", "--lang", "zh"]).code(), 0);
    }
    assert_eq!(pages(&one), pages(&two));
    let before = pages(&one);
    let again = one.dechaff(["report", "out", "--report", "full", "--lang", "zh"]);
    assert_eq!((again.code(), again.stderr()), (0, String::new()));
    assert_eq!(pages(&one), before, "the pages are remade from the audit");
    assert_eq!(one.dechaff(["verify", "out"]).code(), 0);
}

/// A run gathers figures as it writes records, and a night those of known documents from its state.
#[test]
fn pages_of_a_run_and_of_a_night_are_those_that_the_audit_gives() {
    let lab = Lab::new();
    for (name, bytes) in tree(&Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus")) {
        lab.put(name, bytes);
    }
    for night in 0..2 {
        lab.put(format!("new/{night}.txt"), format!("{}\n{}", speech(night), speech(20 + night)));
        lab.run(3);
        let before = pages(&lab);
        assert!(before.iter().any(|(name, page)| name == "rules.html" && page.matches("<tr").count() > 20));
        assert_eq!(lab.dechaff(["report", "out"]).code(), 0);
        assert_eq!(pages(&lab), before);
    }
}

/// The pages that a page links to, as paths from the folder of the report.
fn links(name: &str, page: &str) -> Vec<String> {
    let up = name.matches('/').count();
    let hrefs = page.split(" href=\"").skip(1).filter_map(|rest| rest.split(['"', '#']).next());
    let here = |href: &str| match up {
        0 => href.to_owned(),
        _ => href.strip_prefix(&"../".repeat(up)).unwrap_or_else(|| panic!("{name}: {href}")).to_owned(),
    };
    hrefs.filter(|href| !href.is_empty()).map(here).collect()
}

#[test]
fn every_page_of_a_full_report_is_reached_from_the_index() {
    let lab = Lab::new();
    for (name, bytes) in tree(&Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus")) {
        lab.put(name, bytes);
    }
    // More groups than the index has rows, more members than a sample shows, and more pairs than a page tells at first.
    for group in 0..20 {
        for copy in 0..3 {
            lab.put(format!("groups/{group}/{copy}.txt"), speech(100 + group));
        }
    }
    for form in 0..60 {
        lab.put(format!("forms/{form}.txt"), speech(7).replace("谢谢大家", &format!("共计{form}万元")));
    }
    lab.put("alone/quiet.txt", common::prose(3, 400));
    assert_eq!(lab.dechaff(["run", "in", "--out", "out", "--report", "full"]).code(), 3);
    let pages: std::collections::BTreeMap<String, String> = pages(&lab).into_iter().collect();
    let (mut reached, mut todo) = (std::collections::BTreeSet::new(), vec!["index.html".to_owned()]);
    while let Some(name) = todo.pop() {
        let page = pages.get(&name).unwrap_or_else(|| panic!("a link to {name}, which is not there"));
        if reached.insert(name.clone()) {
            todo.extend(links(&name, page));
        }
    }
    let lost: Vec<&String> = pages.keys().filter(|name| !reached.contains(*name)).collect();
    assert!(lost.is_empty(), "{} of {}: {lost:?}", lost.len(), pages.len());
    for kind in ["doc/", "pair/", "group/"] {
        assert!(reached.iter().filter(|name| name.starts_with(kind)).count() > 20, "{kind}");
    }
    let index = &pages["index.html"];
    assert!(!index.contains("--report full") && index.contains("href=\"documents.html\""), "{index}");
    let list = &pages["documents.html"];
    let listed = list.matches("<tr>").count() - list.matches("<tbody>").count() - 1;
    assert_eq!(listed, lab.records("documents").len(), "also those without a page");
    assert!(list.contains("quiet.txt") && list.contains("groups/7/"));
    lab.dechaff(["report", "out"]);
    assert!(!lab.path("out/report/documents.html").exists(), "a sample has no list of pages it does not write");
}

#[test]
fn no_page_is_a_choice_too() {
    let lab = Lab::new();
    lab.put("a.txt", speech(1));
    let ran = lab.dechaff(["run", "in", "--out", "out", "--report", "none"]);
    assert_eq!(ran.code(), 0);
    assert!(!lab.path("out/report/index.html").exists() && !ran.stderr().contains("report/index.html"));
    assert_eq!(lab.dechaff(["report", "out", "--lang", "en"]).code(), 0);
    let page = fs::read_to_string(lab.path("out/report/index.html")).unwrap();
    assert!(page.contains("<html lang=\"en\"") && page.contains("清理报告"));
}

#[test]
fn the_index_stays_small() {
    let lab = Lab::new();
    for at in 0..1500 {
        lab.put(format!("site-{at:04}/{}.txt", "长名".repeat(20)), format!("{}推荐阅读:\n{at}\n", speech(at / 2)));
    }
    lab.run(0);
    let size = fs::metadata(lab.path("out/report/index.html")).unwrap().len();
    assert!(size < 2 << 20, "{size}");
}

#[test]
fn verdicts_become_precision() {
    let lab = hostile();
    lab.run(0);
    let pair = &lab.records("duplicates")[0];
    let passage = lab.records("passages").into_iter().find(|p| p["action"] == "drop").unwrap();
    let said = format!(
        "{}\n{}\n\n{}\n",
        serde_json::json!({ "kind": "pair", "a": pair["a"], "b": pair["b"], "verdict": "wrong" }),
        serde_json::json!({ "kind": "passage", "path": passage["a"], "start": passage["a_start"], "b": passage["b"],
            "b_start": passage["b_start"], "verdict": "right" }),
        serde_json::json!({ "kind": "cut", "path": "gone.txt", "start": 5, "verdict": "unsure" }),
    );
    fs::write(lab.path("verdicts.jsonl"), said).unwrap();
    let ran = lab.dechaff(["verdicts", "out", "verdicts.jsonl"]);
    assert_eq!(ran.code(), 0, "{}", ran.stderr());
    let text = ran.stdout();
    assert!(text.contains("0.0 %") && text.contains("100.0 %") && text.contains("1 verdict is about"), "{text}");
    assert!(!text.contains('\u{202e}'), "{text}");
    fs::write(lab.path("verdicts.jsonl"), "{}\n").unwrap();
    let ran = lab.dechaff(["verdicts", "out", "verdicts.jsonl"]);
    assert_eq!(ran.code(), 2);
    assert!(ran.stderr().contains("line 1"), "{}", ran.stderr());
}

#[test]
fn a_terminal_shows_texts_and_differences() {
    let lab = hostile();
    lab.run(0);
    let pair = &lab.records("duplicates")[0];
    let (a, b) = (pair["a"].as_str().unwrap(), pair["b"].as_str().unwrap());
    let plain = lab.dechaff(["explain", "out", a, "--against", b, "--text"]);
    assert_eq!(plain.code(), 0, "{}", plain.stderr());
    let text = plain.stdout();
    assert!(text.contains("differences") && text.contains('⟦') && text.contains("[-"), "{text}");
    assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'), "{text}");
    let colored = lab.dechaff(["explain", "out", a, "--against", b, "--color", "always"]).stdout();
    assert!(colored.contains("\u{1b}[1;31m") && !colored.contains("\u{1b}[31m") && !colored.contains('⟦'), "{colored}");
}

#[test]
fn a_program_gets_texts_and_differences_as_json() {
    let lab = hostile();
    lab.run(0);
    let pair = &lab.records("duplicates")[0];
    let (a, b) = (pair["a"].as_str().unwrap(), pair["b"].as_str().unwrap());
    let ran = lab.dechaff(["explain", "out", a, "--against", b, "--text", "--format", "json"]);
    assert_eq!(ran.code(), 0, "{}", ran.stderr());
    let told: serde_json::Value = serde_json::from_str(&ran.stdout()).unwrap();
    assert_eq!(told["text"], fs::read_to_string(lab.path("in").join(a)).unwrap());
    assert_eq!(told["differences"]["against"], b);
    let rows = told["differences"]["rows"].as_array().unwrap();
    let whole = |side: &str| -> String {
        let pieces = rows.iter().flat_map(|row| row[side].as_array().unwrap());
        pieces.map(|piece| piece[1].as_str().unwrap()).collect()
    };
    assert_eq!(whole("right"), told["text"].as_str().unwrap());
    assert_eq!(whole("left"), fs::read_to_string(lab.path("in").join(b)).unwrap());
    let loud = rows.iter().filter(|row| row["level"] == "loud");
    let only: String = loud
        .flat_map(|row| row["right"].as_array().unwrap().iter().filter(|piece| piece[0] == "only"))
        .map(|piece| piece[1].as_str().unwrap())
        .collect();
    assert!(!only.is_empty() && only.chars().count() < 8, "{only}");
}

#[test]
fn the_summary_tells_what_changed_since_the_last_run() {
    let lab = hostile();
    lab.run(0);
    let index = || fs::read_to_string(lab.path("out/report/index.html")).unwrap();
    assert!(index().contains("There is no earlier run to compare with"));
    lab.put("site/8.txt", speech(8)).put("site/9.txt", speech(8));
    lab.run(0);
    let page = index();
    assert!(page.contains("The last run was number 1") && page.contains("Files worked on anew: 2;"), "{page}");
    let row = |name: &str, cells: &str| {
        let at = page.find(&format!("lang=\"en\">{name}</span></td>")).unwrap_or_else(|| panic!("{name}"));
        assert!(page[at..].split("</tr>").next().unwrap().contains(cells), "{name}: {}", &page[at..at + 200]);
    };
    row("files in", "7</td><td class=\"n\">9</td><td class=\"n\">+2<");
    row("dropped as copies", "1</td><td class=\"n\">2</td><td class=\"n\">+1<");
    row("quarantined", "0</td><td class=\"n\">0</td><td class=\"n\">0<");
    assert_eq!(lab.dechaff(["report", "out"]).code(), 0);
    assert!(index().contains("The last run was number 1"), "told again from run.json");
}

#[test]
fn a_pair_says_first_what_became_of_it() {
    let lab = hostile();
    let (long, part) = (format!("{}{}{}", speech(20), speech(21), speech(22)), speech(20));
    lab.put("whole.txt", long).put("part.txt", part);
    assert_eq!(lab.dechaff(["run", "in", "--out", "out", "--report", "full"]).code(), 0);
    let pages = pages(&lab);
    let says = |kind: &str, words: &str| {
        assert!(pages.iter().any(|(name, page)| name.starts_with(kind) && page.contains(words)), "{kind}: {words}");
    };
    says("pair/", "is a copy of the left one and was taken out");
    says("pair/", "stands in the left one, which holds more");
    says("pair/", "(what its removal loses)");
    let part = pages.iter().find(|(name, page)| name.starts_with("pair/") && page.contains("which holds more"));
    assert!(!part.unwrap().1.contains("removal loses"), "both stay");
    let sides = |page: &str| [page.contains("Copy (right)"), page.contains("Removed (right)")];
    assert_eq!(sides(&part.unwrap().1), [false, false], "both stay: neither is a copy, over the rows too");
    let copy = pages.iter().find(|(name, page)| name.starts_with("pair/") && page.contains("was taken out"));
    assert_eq!(sides(&copy.unwrap().1), [false, true]);
    let index = &pages.iter().find(|(name, _)| name == "index.html").unwrap().1;
    assert!(index.contains("share of the first that stands in the second</span> 9"), "{index}");
    says("group/", "2 documents hold one text: one stays, 1 was taken out");
    says("doc/", "of this document stood twice");
    says("rules", "dechaff restore OUT --all FOLDER --rule");
}
