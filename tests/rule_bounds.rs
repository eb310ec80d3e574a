//! No rule that cuts inside a line reaches into text that stands right before or after what it knows.

use dechaff::clean::fold::fold;
use dechaff::clean::{Cut, RuleSet, Zone, clean};

#[test]
fn cuts_inside_a_line_end_with_what_the_rule_knows() {
    let rules = RuleSet::builtin().expect("rules");
    let mut wrong = Vec::new();
    for rule in rules.rules().filter(|rule| rule.cut == Cut::Span && rule.zone == Zone::Any) {
        for hit in &rule.hit {
            let hit = fold(hit);
            let Some(alone) = rule.find(&hit) else { continue };
            for (before, after) in [("", "春节前一对夫妻吵到半夜"), ("春节前一对夫妻吵到半夜", "")]
            {
                let text = fold(&format!("{before}{}{after}", &hit));
                let Some(found) = rule.find(&text) else { continue };
                let shift = fold(before).len();
                if found.start < shift + alone.start || found.end > shift + alone.end {
                    wrong.push(format!("{}: {}", rule.name, &text[found]));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_text_of_nothing_but_hits_takes_time_by_its_length() {
    // Walking from each hit to the next sure one took the third power of the lines: 5,000 lines more than half a minute.
    let rules = RuleSet::builtin().expect("rules");
    let lines: Vec<&str> = rules.rules().filter_map(|rule| rule.hit.first()).map(String::as_str).collect();
    let begun = std::time::Instant::now();
    for line in ["时间：10点", "电话：0000-1234567", "编辑：小青"] {
        for between in ["\n", "\n\n", "\n无人知道的一行\n"] {
            clean(&format!("讲话\n{}", format!("{line}{between}").repeat(10_000)), &rules);
        }
    }
    clean(&lines.join("\n").repeat(40), &rules);
    assert!(begun.elapsed().as_secs() < 60, "{:?}", begun.elapsed());
}

#[test]
fn a_line_of_nothing_but_hits_takes_time_by_its_length() {
    // Each hit asked once more about the whole line: 200 KB of 共5页 took ten seconds.
    let rules = RuleSet::builtin().expect("rules");
    let hits = rules.rules().filter_map(|rule| rule.hit.first()).map(String::as_str);
    let more = ["<p>", "&nbsp;", "創(chuàng)意", "<p>今年以来全镇造林三百亩。</p>", "5\n", "1.2 3.4 5/6\n", "|\n"];
    let mut slow = Vec::new();
    for unit in hits.chain(more) {
        let text = unit.repeat(200_000 / unit.len() + 1);
        let begun = std::time::Instant::now();
        clean(&text, &rules);
        if begun.elapsed().as_millis() > 1_500 {
            slow.push(format!("{:?} {unit}", begun.elapsed()));
        }
    }
    assert!(slow.is_empty(), "{slow:#?}");
}
