//! Templates: learned from a site's frame, handed back, struck out, undone.

mod common;

use common::{Lab, tree};
use proptest::prelude::*;
use std::fs;

const TITLES: [&str; 8] = [
    "山区小学建起天文台",
    "东坡水渠提前完工",
    "秋季书展开门迎客",
    "粮库台账逐笔核对",
    "护岸柳树栽满河滩",
    "旧校舍换上新屋顶",
    "护林员上山培训忙",
    "渡船改成定时开行",
];

/// An invented speech; no two share a long run, so each is a text of its own.
fn speech(seed: usize) -> String {
    let stock: Vec<char> =
        "水渠码头茶园果林竹器石桥药铺学堂粮库渡船集市山塘油坊祠堂晒谷场老街新村的了在是和把要从".chars().collect();
    let mut state = seed as u64 * 7_919 + 13;
    let mut next = |n: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % n
    };
    let mut text = String::from("各位乡亲：\n");
    for _ in 0..5 {
        for _ in 0..3 {
            text.extend((0..12 + next(20)).map(|_| stock[next(stock.len())]));
            text.push('，');
        }
        text.extend((0..10).map(|_| stock[next(stock.len())]));
        text.push_str("。\n");
    }
    text + "谢谢大家。\n"
}

/// A page of an invented site that no rule knows.
fn page(at: usize) -> String {
    let title = TITLES[at % TITLES.len()];
    format!(
        "{title}_柳河纪事\n柳河纪事\n乡土志\n风物谈\n人物谱\n老照片\n{title}\n{}柳河纪事每周三上新\n\
         翻到下一篇之前请先歇歇眼睛\n{}\n{}\n柳河两岸的故事由大家来讲\n",
        speech(at),
        TITLES[(at + 3) % 8],
        TITLES[(at + 5) % 8],
    )
}

fn site() -> Lab {
    let lab = Lab::new();
    for at in 0..8 {
        lab.put(format!("liuhe/{at}.txt"), page(at));
    }
    lab
}

fn read(lab: &Lab, name: &str) -> String {
    fs::read_to_string(lab.path(name)).unwrap()
}

#[test]
fn the_frame_of_an_unknown_site_goes_and_the_titles_stay() {
    let lab = site();
    lab.run(0);
    for (at, title) in TITLES.iter().enumerate() {
        let text = read(&lab, &format!("out/corpus/liuhe/{at}.txt"));
        assert_eq!(text.matches(title).count(), 1, "{text}");
        assert!(text.contains("各位乡亲：") && text.contains("谢谢大家。"), "{text}");
        assert!(!text.contains("柳河"), "{text}");
    }
    let templates = read(&lab, "out/audit/templates.toml");
    assert!(templates.contains("id = \"learned/") && templates.contains("{title}"), "{templates}");
    assert_eq!(lab.dechaff(["verify", "out", "--input", "in"]).code(), 0);
    lab.dechaff(["run", "out/corpus", "--out", "again", "--quiet"]);
    assert_eq!(tree(&lab.path("again/corpus")), tree(&lab.path("out/corpus")));
}

#[test]
fn templates_are_handed_back_struck_out_and_undone() {
    let lab = site();
    lab.run(0);
    assert_eq!(lab.dechaff(["learn", "in", "--out", "t.toml"]).code(), 0);
    assert_eq!(read(&lab, "t.toml"), read(&lab, "out/audit/templates.toml"));
    assert_eq!(lab.dechaff(["learn", "in", "--out", "t.toml"]).code(), 2, "nothing is overwritten");

    lab.dechaff(["run", "in", "--out", "pinned", "--templates", "t.toml", "--quiet"]);
    assert_eq!(tree(&lab.path("pinned/corpus")), tree(&lab.path("out/corpus")));
    fs::write(lab.path("off.toml"), read(&lab, "t.toml").replace("apply = true", "apply = false")).unwrap();
    lab.dechaff(["run", "in", "--out", "off", "--templates", "off.toml", "--quiet"]);
    lab.dechaff(["run", "in", "--out", "none", "--no-learn", "--quiet"]);
    assert_eq!(tree(&lab.path("off/corpus")), tree(&lab.path("none/corpus")));

    let rules: Vec<String> = lab
        .records("removals")
        .iter()
        .filter_map(|record| record["rule"].as_str().filter(|rule| rule.starts_with("learned/")).map(str::to_owned))
        .collect();
    let listed = lab.dechaff(["rules", "--of", "out"]).stdout();
    assert!(rules.iter().all(|rule| listed.contains(rule.as_str())), "{listed}");
    let back = lab.dechaff(["restore", "out", "liuhe/0.txt", "--rule", &rules[0]]);
    assert_eq!(back.code(), 0, "{}", back.stderr());
    assert!(back.stdout().contains("柳河纪事"), "{}", back.stdout());
    assert_eq!(lab.dechaff(["restore", "out", "--all", "undone", "--rule", &rules[0]]).code(), 0);
    assert_eq!(tree(&lab.path("undone")).len(), 8);
    assert_eq!(lab.dechaff(["restore", "out", "liuhe/0.txt", "--rule", "learned/none"]).code(), 2);
}

#[test]
fn copies_of_one_speech_teach_nothing() {
    let lab = Lab::new();
    for at in 0..30 {
        // The same speech under the same three lines, with a word changed here and there.
        let text = format!(
            "春耕现场会\n柳河镇农技站编\n请各村传阅\n{}",
            speech(4).replace("谢谢大家", ["谢谢大家", "谢谢各位"][at % 2])
        );
        lab.put(format!("{at}.txt"), text);
    }
    let learned = lab.dechaff(["learn", "in"]);
    assert!(!learned.stdout().contains("[[template]]"), "{}", learned.stdout());
}

#[test]
fn a_series_keeps_its_titles_and_occasions() {
    let lab = Lab::new();
    for at in 0..8 {
        let text = format!("在全县农业工作会议上的讲话\n柳河县农业会场\n农技站站长 某某某\n{}", speech(at));
        lab.put(format!("{at}.txt"), text);
    }
    lab.run(0);
    for record in lab.records("removals") {
        assert!(!record["rule"].as_str().unwrap_or_default().starts_with("learned/"), "{record}");
    }
}

fn line(seed: usize, words: usize) -> String {
    let stock: Vec<char> = "水渠码头茶园果林竹器石桥药铺学堂粮库渡船集市山塘油坊祠堂晒谷场老街新村".chars().collect();
    (0..words).map(|at| stock[(seed * 31 + at * 17 + seed * at * 7) % stock.len()]).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, max_shrink_iters: 20, ..ProptestConfig::default() })]

    #[test]
    fn a_second_run_and_more_threads_change_nothing(
        sites in prop::collection::vec((3usize..9, 0usize..14, 0usize..14, 0usize..6, 0usize..1000), 1..4),
    ) {
        let lab = Lab::new();
        for (site, (pages, head, tail, slots, seed)) in sites.iter().enumerate() {
            for page in 0..*pages {
                let mut text = String::new();
                for at in 0..*head {
                    text += &format!("{}\n", line(seed + at, 2 + at % 5));
                }
                text += &format!("{}\n{}", line(seed + page * 101, 9), speech(seed + site * 97 + page));
                for at in 0..*tail {
                    text += &format!("{}\n", line(seed + 50 + at, 3 + at % 9));
                    if at < *slots {
                        text += &format!("{}\n", line(seed + page * 13 + at, 12));
                    }
                }
                lab.put(format!("site{site}/{page}.txt"), text);
            }
        }
        lab.run(0);
        prop_assert_eq!(lab.dechaff(["verify", "out", "--input", "in"]).code(), 0);
        lab.dechaff(["run", "in", "--out", "three", "--quiet", "--threads", "3", "--memory", "16M"]);
        prop_assert_eq!(tree(&lab.path("three/audit")), tree(&lab.path("out/audit")));
        lab.dechaff(["run", "out/corpus", "--out", "again", "--quiet"]);
        prop_assert_eq!(tree(&lab.path("again/corpus")), tree(&lab.path("out/corpus")));
    }
}
