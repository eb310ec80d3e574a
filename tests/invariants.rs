//! The invariants of the design on random corpora made to provoke them: copies, parts, doubled pages, debris,
//! encodings, and everything at once.

mod common;

use common::{Lab, tree};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// What one random document is made of: numbers of stock paragraphs, and how it is dressed.
#[derive(Debug, Clone)]
struct Recipe {
    paragraphs: Vec<usize>,
    edit: Option<usize>,
    dress: u8,
    encoding: u8,
}

/// An invented paragraph of some hundred characters; no two share a long run.
fn paragraph(seed: usize) -> String {
    let stock: Vec<char> =
        "县里的水库和渠道在春天要检查清楚才能保证农田灌溉老人孩子妇女都参加合作社讨论粮食价格运输仓储账目公开监督\
        林场茶园果树竹器手艺学徒师傅集市码头渡船桥梁石匠木工铁铺药铺诊所医生护士教室黑板粉笔操场钟声"
            .chars()
            .collect();
    let mut state = seed as u64 * 7_919 + 13;
    let mut next = |n: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % n
    };
    let mut text = String::new();
    for _ in 0..3 + next(5) {
        for _ in 0..8 + next(30) {
            text.push(stock[next(stock.len())]);
        }
        text.push(if next(3) == 0 { '，' } else { '。' });
    }
    text.push('。');
    text
}

fn compose(recipe: &Recipe) -> String {
    let mut lines: Vec<String> = recipe.paragraphs.iter().map(|p| paragraph(*p)).collect();
    if let Some(at) = recipe.edit
        && let Some(line) = lines.get_mut(at % recipe.paragraphs.len().max(1))
    {
        *line = line.chars().enumerate().map(|(i, c)| if i % 17 == at % 17 { '某' } else { c }).collect();
    }
    let body = lines.join("\n");
    match recipe.dress {
        1 => format!(
            "下面是小编为大家整理的工作讲话,供大家参考。\n同志们:\n{body}\n扩展阅读文章\nCopyright © 2019 某某网 版权所有"
        ),
        2 => format!("年终总结\n时间:2022-02-17 02:42:00\n{body}\n上一篇:通知\n下一篇:没有了\n"),
        3 => {
            let flat: Vec<char> = body.chars().filter(|c| *c != '\n').collect();
            flat.chunks(100)
                .enumerate()
                .map(|(i, page)| format!("{}、{}\n", i + 1, page.iter().collect::<String>()))
                .collect()
        }
        4 => body.replace('，', ";\n"),
        5 => format!("{body}\n共\n2\n页,当前第。\n1\n页\n1\n2\n"),
        6 => body.replace('。', "。\n\n").replace('的', "的`"),
        _ => body,
    }
}

fn encode(recipe: &Recipe) -> Vec<u8> {
    let text = compose(recipe);
    match recipe.encoding {
        1 => encoding_rs::GB18030.encode(&text).0.into_owned(),
        2 => [b"\xEF\xBB\xBF", text.as_bytes()].concat(),
        3 => text.replace('\n', "\r\n").into_bytes(),
        4 => [&[0xFF, 0xFE], &text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>()[..]].concat(),
        _ => text.into_bytes(),
    }
}

fn recipes() -> impl Strategy<Value = Vec<Recipe>> {
    let one = (prop::collection::vec(0usize..14, 0..9), prop::option::of(0usize..200), 0u8..12, 0u8..9)
        .prop_map(|(paragraphs, edit, dress, encoding)| Recipe { paragraphs, edit, dress, encoding });
    prop::collection::vec(one, 1..14)
}

proptest! {
    // One fixed stretch of cases, so that a landing does not hang on luck; other seeds (PROPTEST_RNG_SEED) and more
    // cases (PROPTEST_CASES) are for exploring, and what they find stays in the regressions file.
    #![proptest_config(ProptestConfig { cases: 24, rng_seed: RngSeed::Fixed(7), max_shrink_iters: 60, ..ProptestConfig::default() })]

    #[test]
    fn hold_on_random_corpora(recipes in recipes()) {
        let lab = Lab::new();
        for (at, recipe) in recipes.iter().enumerate() {
            lab.put(format!("site{}/{at}.txt", at % 3), encode(recipe));
        }
        let ran = lab.dechaff(["run", "in", "--out", "out", "--quiet", "--threads", "1"]);
        prop_assert!(matches!(ran.code(), 0 | 3), "{}", ran.stderr());

        // 1 and 3: witnesses, and kept text + removals = decoded input.
        let verified = lab.dechaff(["verify", "out", "--input", "in"]);
        prop_assert_eq!(verified.code(), 0, "{}{}", verified.stdout(), verified.stderr());

        // 2: every input file comes back.
        let restored = lab.dechaff(["restore", "out", "--all", "back"]);
        prop_assert_eq!(restored.code(), 0, "{}", restored.stderr());
        prop_assert_eq!(tree(&lab.path("back")), tree(&lab.path("in")));

        // 5: the same bytes with three threads.
        lab.dechaff(["run", "in", "--out", "three", "--quiet", "--threads", "3"]);
        prop_assert_eq!(tree(&lab.path("three/audit")), tree(&lab.path("out/audit")));
        prop_assert_eq!(tree(&lab.path("three/corpus")), tree(&lab.path("out/corpus")));

        // 4: a second run over the output changes nothing.
        lab.dechaff(["run", "out/corpus", "--out", "again", "--quiet"]);
        prop_assert_eq!(tree(&lab.path("again/corpus")), tree(&lab.path("out/corpus")));
    }
}
