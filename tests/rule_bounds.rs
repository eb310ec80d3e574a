//! No rule that cuts inside a line reaches into text that stands right before or after what it knows.

use dechaff::clean::fold::fold;
use dechaff::clean::{Cut, RuleSet, Zone};

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
