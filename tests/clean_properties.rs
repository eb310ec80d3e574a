//! Properties that hold for every text: edits lie apart on character boundaries, a second cleaning finds nothing,
//! protected lines survive.

mod common;

use common::{Lab, tree};
use dechaff::clean::{RuleSet, clean};
use dechaff::document::Action;
use dechaff::edits;
use proptest::prelude::*;
use std::sync::LazyLock;

static RULES: LazyLock<RuleSet> = LazyLock::new(|| RuleSet::builtin().expect("rules"));

/// Lines that are debris, that look like it, and that are text.
const PIECES: &[&str] = &[
    "在全镇春季植树动员会上的讲话",
    "在全镇春季植树动员会上的讲话篇一",
    "在全镇春季植树动员会上的讲话篇二",
    "同志们：",
    "同志们:今天召开植树动员会，主要任务是统一思想，明确责任，把任务落到实处。",
    "今年以来，我们认真贯彻落实各项决策部署，扎实推进重点工作，取得了明显成效，成绩来之不易。",
    "今年以来，我们认真贯彻落实各项决策部署;",
    "还要抓好落实。各村各单位要主动作为；",
    "下面是小编为大家整理的植树动员会讲话，供大家参考。",
    "植樹造林是根本。以下是小編收集的講話，歡迎閱讀！",
    "发布时间：2023-01-02 10:20:30 来源：青石网",
    "来源：网络",
    "- |",
    "8页",
    "当前位置：首页 > 范文 > 正文",
    "上一篇：没有了",
    "相关文章：",
    "- 总结会讲话(精选5篇)",
    "共",
    "2",
    "页，当前第。",
    "1、提高认识，压实责任。",
    "2、落实措施，",
    "要认真撰写。",
    "工作报告。",
    "和评议考核制度，接受群众监督，做到件件有着落、事事有回音。",
    "村干部的`后顾之忧&nbsp;要解决，，创(chuàng)新发(fā)展为(wèi)民。",
    "（责任编辑：张三）",
    "版权所有 © 2020 青石网",
    "分享到：",
    "青石镇人民政府",
    "2023年5月6日",
    "谢谢大家！",
    "",
    "  ",
    "……此处隐藏1234个字……",
    "第3页 / 共8页",
    "a9 ! k3 ? L8 # q2 $ z",
];
const PROTECTED: &[&str] = &["同志们：", "谢谢大家！", "2023年5月6日", "1、提高认识，压实责任。"];

fn check(text: &str) -> Result<(), TestCaseError> {
    let cleaned = clean(text, &RULES);
    prop_assert!(cleaned.edits.windows(2).all(|pair| pair[0].span.end <= pair[1].span.start));
    for edit in &cleaned.edits {
        prop_assert!(!edit.span.is_empty());
        prop_assert!(text.get(edit.span.range()).is_some());
        prop_assert!(edit.action == Action::Cut || edit.span.of(text).bytes().all(|b| b == b'\n'));
        prop_assert!(RULES.name(edit.rule) != "unknown");
    }
    let left = edits::apply(text, &cleaned.edits);
    let gone: usize = cleaned.edits.iter().map(|edit| edit.span.len()).sum();
    prop_assert_eq!(left.len() + gone, text.len());
    if cleaned.review.is_none() {
        let again = clean(&left, &RULES);
        prop_assert!(again.edits.is_empty(), "not at rest: {:?} -> {:?}", left, edits::apply(&left, &again.edits));
    }
    prop_assert_eq!(&clean(text, &RULES), &cleaned);
    Ok(())
}

proptest! {
    // A fixed stretch of cases: what other seeds (PROPTEST_RNG_SEED) find is kept in the regressions file.
    #![proptest_config(ProptestConfig { rng_seed: proptest::test_runner::RngSeed::Fixed(7), ..ProptestConfig::default() })]

    #[test]
    fn texts_of_pieces(picks in prop::collection::vec(0..PIECES.len(), 0..24), end in any::<bool>()) {
        let mut text = picks.iter().map(|&i| PIECES[i]).collect::<Vec<_>>().join("\n");
        if end { text.push('\n'); }
        check(&text)?;
        let left = edits::apply(&text, &clean(&text, &RULES).edits);
        for line in PROTECTED {
            prop_assert_eq!(text.lines().filter(|l| l == line).count(), left.lines().filter(|l| l.starts_with(line)).count(), "{}", line);
        }
    }

    #[test]
    fn texts_of_anything(text in "[\\PC\n页、。；;一二的`()（）1-9共第上下篇章小编供参考<>&]{0,200}") {
        check(&text)?;
    }
}

/// Numbers that are the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, count: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % count
    }

    fn of<'s>(&mut self, list: &[&'s str]) -> &'s str {
        list[self.below(list.len())]
    }

    fn paragraph(&mut self) -> String {
        let mut text = String::new();
        for _ in 0..2 + self.below(5) {
            text.extend((0..8 + self.below(26)).map(|_| char::from_u32(0x4E00 + 37 * self.below(90) as u32).unwrap()));
            text.push(['，', '，', '，', '；', '。', '。', '。', '。'][self.below(8)]);
        }
        text.pop();
        text + "。"
    }

    /// Debris and paragraphs in any order, these more than once, torn, marked and glued to debris, and some lines again.
    fn document(&mut self) -> String {
        let paragraphs: Vec<String> = (0..2 + self.below(6)).map(|_| self.paragraph()).collect();
        let mut lines: Vec<String> = Vec::new();
        for _ in 0..3 + self.below(20) {
            let one = paragraphs[self.below(paragraphs.len())].clone();
            match self.below(20) {
                0 => lines.push(one.replacen('。', "。\n", 1)),
                1 => {
                    let half = one.char_indices().nth(one.chars().count() / 2).map_or(0, |(at, _)| at);
                    lines.extend([one[..half].to_owned(), one[half..].to_owned()]);
                }
                2 => lines.push(one.replacen('，', "，`", 1)),
                3 => lines.push(one + self.of(PIECES)),
                4 => lines.push(self.of(PIECES).to_owned() + &one),
                5..10 => lines.push(one),
                10..12 => lines.extend(paragraphs.iter().skip(self.below(paragraphs.len())).take(2).cloned()),
                _ => lines.push(self.of(PIECES).to_owned()),
            }
        }
        if self.below(3) == 0 {
            let from = self.below(lines.len());
            lines.extend(lines[from..lines.len().min(from + 1 + self.below(8))].to_vec());
        }
        lines.join("\n")
    }
}

/// Cleaning brings repeats together, cutting them brings debris to an edge, and what proves a cut may be part of either.
#[test]
fn what_is_taken_out_of_mixed_documents_is_proven_and_a_second_run_takes_no_more() {
    let (lab, mut dice) = (Lab::new(), Dice(5));
    for at in 0..1_200 {
        lab.put(format!("{at:04}.txt"), dice.document());
    }
    let run = |input: &str, out: &str| {
        let ran = lab.dechaff(["run", input, "--out", out, "--no-learn", "--quiet"]);
        assert_eq!(ran.code(), 0, "{}", ran.stderr());
    };
    run("in", "out");
    let verified = lab.dechaff(["verify", "out"]);
    assert_eq!(verified.code(), 0, "{}", verified.shown());
    run("out/corpus", "again");
    let (first, second) = (tree(&lab.path("out/corpus")), tree(&lab.path("again/corpus")));
    let changed = first.iter().filter(|file| !second.contains(file)).map(|file| &file.0).collect::<Vec<_>>();
    assert!(changed.is_empty(), "{changed:?}");
}
