//! A run on an earlier output ends with the bytes of one full run, and does not do again what it did before.
//!
//! `TEST_HISTORIES=200` (and `TEST_SEED=n`) runs the long form.

mod common;

use common::{Lab, tree};
use dechaff::state::sealed::FORMAT;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A generator of numbers (xorshift), so that a history is its seed.
struct Dice(u64);

impl Dice {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) as usize % limit.max(1)
    }

    fn prose(&mut self, symbols: usize) -> String {
        let mut text = String::new();
        for at in 0..symbols {
            text.push(char::from_u32(0x4E00 + self.below(2500) as u32).unwrap());
            match self.below(40) {
                0 => text.push('，'),
                1 => text += "。\n",
                2 if at % 5 == 0 => text += &format!("{}个", self.below(3000)),
                _ => {}
            }
        }
        text + "。\n"
    }
}

/// What all documents may quote.
const FORMULA: &str = "坚持从实际出发把群众满意不满意作为衡量一切工作的根本标准扎扎实实地做好今年的各项工作\
    为把家乡建设得更加美好而共同努力奋斗不辜负乡亲们的信任和期望让每一个村庄都有新的面貌";

fn edited(dice: &mut Dice, text: &str, one_in: usize) -> String {
    text.chars().map(|ch| if ch.is_alphabetic() && dice.below(one_in) == 0 { '甲' } else { ch }).collect()
}

/// A new document, often made of those that are there.
fn document(dice: &mut Dice, live: &BTreeMap<String, Vec<u8>>) -> Vec<u8> {
    let some = |dice: &mut Dice| {
        let at = dice.below(live.len());
        live.values().nth(at).and_then(|bytes| String::from_utf8(bytes.clone()).ok()).unwrap_or_default()
    };
    let text = match dice.below(16) {
        0 => some(dice),
        1 => {
            let text = some(dice);
            edited(dice, &text, 50)
        }
        2 => {
            let text = some(dice);
            edited(dice, &text, 12)
        }
        3 => format!("{}{}{}", dice.prose(80), some(dice), some(dice)),
        4 => {
            let text = some(dice);
            format!("{text}{}{text}", dice.prose(200))
        }
        5 => some(dice).replace(['1', '2'], "7"),
        6 => {
            let size = 8 + dice.below(60);
            dice.prose(size)
        }
        7 => format!("{}{FORMULA}。\n{}", dice.prose(150), dice.prose(150)),
        8 => {
            let text = some(dice);
            let half: String = text.chars().take(text.chars().count() / 2).collect();
            format!("{half}{}", dice.prose(100))
        }
        9 | 12 => format!(
            "首页 | 范文 | 讲话 | 总结\n当前位置：首页 > 范文大全 > 工作总结\n字号：大 中 小 打印本页\n来源：山水文库 发布时间：2021-03-04\n{}\
             上一篇：工作计划怎么写\n下一篇：年终总结怎么写\n更多范文请访问 www.fanwen.example\n山水文库 版权所有 联系我们\n",
            dice.prose(300)
        ),
        10 if dice.below(2) == 0 => return vec![0xFF, 0xFE, 0xFF, 0, 0x80, 0x81],
        10 => return encoding_rs::GB18030.encode(&dice.prose(200)).0.into_owned(),
        11 if dice.below(3) == 0 => String::new(),
        _ => {
            let size = 150 + dice.below(500);
            dice.prose(size)
        }
    };
    text.into_bytes()
}

fn name(dice: &mut Dice) -> String {
    format!("{}/{:03}.txt", ["a", "b", "c/d", "c/d/e"][dice.below(4)], dice.below(400))
}

struct History {
    lab: Lab,
    dice: Dice,
    live: BTreeMap<String, Vec<u8>>,
    gone: Vec<Vec<u8>>,
}

impl History {
    fn new(seed: u64) -> Self {
        let mut history =
            Self { lab: Lab::new(), dice: Dice::new(seed), live: BTreeMap::new(), gone: vec![b"x".to_vec()] };
        for _ in 0..12 + history.dice.below(25) {
            history.add();
        }
        history
    }

    fn put(&mut self, name: String, bytes: Vec<u8>) {
        self.lab.put(&name, &bytes);
        self.live.insert(name, bytes);
    }

    fn add(&mut self) {
        let (name, bytes) = (name(&mut self.dice), document(&mut self.dice, &self.live));
        self.put(name, bytes);
    }

    fn pick(&mut self) -> String {
        let at = self.dice.below(self.live.len());
        self.live.keys().nth(at).cloned().unwrap_or_default()
    }

    fn remove(&mut self) -> Vec<u8> {
        let name = self.pick();
        fs::remove_file(self.lab.path("in").join(&name)).unwrap();
        let bytes = self.live.remove(&name).unwrap();
        self.gone.push(bytes.clone());
        bytes
    }

    fn day(&mut self) {
        for _ in 0..self.dice.below(6) {
            match self.dice.below(8) {
                0..=2 => self.add(),
                3 if self.live.len() > 3 => drop(self.remove()),
                4 if self.live.len() > 3 => {
                    let (bytes, name) = (self.remove(), name(&mut self.dice));
                    self.put(name, bytes);
                }
                5 => {
                    let at = self.dice.below(self.gone.len());
                    let (name, bytes) = (name(&mut self.dice), self.gone[at].clone());
                    self.put(name, bytes);
                }
                6 => {
                    let name = self.pick();
                    let text = String::from_utf8_lossy(&self.live[&name]).into_owned();
                    let bytes = edited(&mut self.dice, &text, 30).into_bytes();
                    self.put(name, bytes);
                }
                _ => {
                    let (name, bytes) = (self.pick(), document(&mut self.dice, &self.live));
                    self.put(name, bytes);
                }
            }
        }
    }
}

/// An output without what may differ: the state, times, what was saved; and, where the two have their templates from
/// different places, the place and what names the run by it.
fn result(out: &Path, pinned: bool) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = tree(out);
    files.retain(|(name, _)| !(name.starts_with("state") || pinned && name.starts_with("report")));
    for (name, bytes) in &mut files {
        if name == Path::new("run.json") {
            let mut run: serde_json::Value = serde_json::from_slice(bytes).unwrap();
            for figure in ["seconds", "peak_memory", "reuse"] {
                run["totals"].as_object_mut().unwrap().remove(figure).unwrap();
            }
            for figure in ["sequence", "started", "history"] {
                run.as_object_mut().unwrap().remove(figure);
            }
            if pinned {
                run["config"].as_object_mut().unwrap().remove("templates").unwrap();
            }
            *bytes = run.to_string().into_bytes();
        } else if name == Path::new("report/index.html") {
            // What changed since the last run is told of this OUT and no other.
            let page = String::from_utf8(std::mem::take(bytes)).unwrap();
            let (before, rest) = page.split_once("<section id=\"change\">").unwrap();
            *bytes = [before, rest.split_once("</section>").unwrap().1].concat().into_bytes();
        }
    }
    files
}

fn reuse(out: &Path) -> [u64; 3] {
    let run: serde_json::Value = serde_json::from_slice(&fs::read(out.join("run.json")).unwrap()).unwrap();
    ["unread", "known", "refined"].map(|figure| run["totals"]["reuse"][figure].as_u64().unwrap())
}

/// Documents known again, read or not, and documents refined.
fn known(lab: &Lab) -> [u64; 2] {
    let [unread, known, refined] = reuse(&lab.path("out"));
    [unread + known, refined]
}

/// Compares with a full run that has its templates from a file: the one both use, or what the first run pinned.
fn assert_same(lab: &Lab, templates: Option<&str>, what: &str) {
    let file = templates.unwrap_or("out/audit/templates.toml");
    let ran = lab.dechaff([
        "run",
        "in",
        "--out",
        "full",
        "--rebuild",
        "--templates",
        file,
        "--accept",
        "vanished",
        "--accept",
        "changed",
        "--accept",
        "dropped",
        "--accept",
        "cluster",
    ]);
    assert!([0, 3].contains(&ran.code()), "{}", ran.stderr());
    let pinned = templates.is_none();
    let (got, want) = (result(&lab.path("out"), pinned), result(&lab.path("full"), pinned));
    let names = |files: &[(PathBuf, Vec<u8>)]| files.iter().map(|file| file.0.clone()).collect::<Vec<_>>();
    assert_eq!(names(&got), names(&want), "{what}");
    for (got, want) in got.iter().zip(&want) {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(got.1 == want.1, "{what}: {:?}\n{}\n---\n{}", got.0, text(&got.1), text(&want.1));
    }
}

#[test]
fn any_history_ends_with_the_bytes_of_one_full_run() {
    let number = |name: &str, default| std::env::var(name).map_or(default, |value| value.parse().unwrap());
    let (histories, first) = (number("TEST_HISTORIES", 3), number("TEST_SEED", 1));
    let (mut saved, mut taught, mut linked) = (0, 0, [0, 0]);
    for seed in first..first + histories {
        let mut history = History::new(seed);
        let nights = if histories > 20 { 1 + history.dice.below(10) } else { 4 };
        let templates = (seed % 2 == 0).then_some("templates.toml");
        let learned = history.lab.dechaff(["learn", "in"]);
        fs::write(history.lab.path("templates.toml"), learned.bytes()).unwrap();
        taught += usize::from(learned.stdout().contains("[[template]]"));
        for night in 0..nights {
            let mut args = vec!["run", "in", "--out", "out"];
            args.extend(
                ["vanished", "changed", "dropped", "cluster", "rule"].iter().flat_map(|brake| ["--accept", brake]),
            );
            args.extend(templates.iter().flat_map(|file| ["--templates", file]));
            if night % 3 == 2 {
                args.extend(["--rehash", "--threads", "1"]);
            }
            let inode = |name: &str| fs::metadata(history.lab.path("out/state").join(name)).map(|file| file.ino()).ok();
            let large = || [inode("prints"), inode("documents")];
            let before = large();
            let ran = history.lab.dechaff(args);
            assert!([0, 3].contains(&ran.code()), "seed {seed}, night {night}: {}", ran.stderr());
            let after = large();
            (0..2).for_each(|at| linked[at] += usize::from(before[at].is_some() && before[at] == after[at]));
            assert_same(&history.lab, templates, &format!("seed {seed}, night {night}"));
            let [unread, known, _] = reuse(&history.lab.path("out"));
            saved += unread + known;
            history.day();
        }
    }
    assert!(saved > histories * 10, "only {saved} documents were known again");
    assert!(taught > 0, "no history has templates");
    assert!(linked.iter().all(|nights| *nights > 0), "files were written whole every night: {linked:?}");
}

#[test]
fn unchanged_files_are_not_read_and_their_texts_are_linked() {
    let lab = Lab::new();
    let mut dice = Dice::new(7);
    for at in 0..8 {
        lab.put(format!("{at}.txt"), dice.prose(300));
    }
    let copied = fs::read(lab.path("in/3.txt")).unwrap();
    lab.put("copy.txt", copied);
    // Files changed shortly before a run are read again by the next.
    lab.run(0);
    lab.run(0);
    assert_eq!(known(&lab), [9, 0]);
    std::thread::sleep(Duration::from_millis(2200));
    lab.run(0);
    fs::rename(lab.path("in/1.txt"), lab.path("in/renamed.txt")).unwrap();
    lab.put("2.txt", dice.prose(200)).put("new.txt", dice.prose(200));
    let inode = |name: &str| lab.path("out/corpus").join(name).metadata().unwrap().ino();
    let before = inode("5.txt");
    lab.run(0);
    assert_eq!(reuse(&lab.path("out")), [7, 1, 2]);
    assert_eq!(inode("5.txt"), before);
    assert_same(&lab, None, "after changes");
    // The survivor goes: its copy comes back out of the pack.
    fs::remove_file(lab.path("in/3.txt")).unwrap();
    lab.run(0);
    assert!(lab.path("out/corpus/copy.txt").exists());
    assert_same(&lab, None, "after the survivor went");
    // Someone wrote into the output: that text is made again.
    fs::write(lab.path("out/corpus/6.txt"), "mine").unwrap();
    lab.run(0);
    assert_eq!(reuse(&lab.path("out"))[2], 1);
    assert_same(&lab, None, "after the output was changed");
}

#[test]
fn a_damaged_state_is_refused_with_a_way_out_and_never_taken_for_empty() {
    let lab = Lab::new();
    let mut dice = Dice::new(11);
    let mut live = BTreeMap::new();
    for at in 0..30 {
        let bytes = document(&mut dice, &live);
        lab.put(format!("{at:02}.txt"), &bytes);
        live.insert(format!("{at:02}.txt"), bytes);
    }
    let first = lab.dechaff(["run", "in", "--out", "out"]).code();
    assert!([0, 3].contains(&first));
    let whole = tree(&lab.path("out/state"));
    let before = result(&lab.path("out"), false);
    let refused = |what: &str| {
        let ran = lab.dechaff(["run", "in", "--out", "out"]);
        assert_eq!(ran.code(), 10, "{what}: {}", ran.stderr());
        assert!(ran.stderr().contains("--rebuild"), "{what}: {}", ran.stderr());
    };
    let long = std::env::var("TEST_HISTORIES").is_ok();
    for (name, bytes) in &whole {
        let path = lab.path("out/state").join(name);
        let step = if long { 4096 } else { bytes.len() / 3 + 1 };
        for length in (0..bytes.len()).step_by(step) {
            fs::write(&path, &bytes[..length]).unwrap();
            refused(&format!("{name:?} cut at {length}"));
        }
        for _ in 0..if long { 1000 / whole.len() } else { 6 } {
            let bit = dice.below(bytes.len() * 8);
            let mut bytes = bytes.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            fs::write(&path, &bytes).unwrap();
            refused(&format!("{name:?} with bit {bit} turned"));
        }
        for version in [0, FORMAT - 1, FORMAT + 1] {
            let mut bytes = bytes.clone();
            bytes[8..12].copy_from_slice(&version.to_le_bytes());
            fs::write(&path, &bytes).unwrap();
            refused(&format!("{name:?} of version {version}"));
        }
        fs::remove_file(&path).unwrap();
        refused(&format!("{name:?} missing"));
        fs::write(&path, bytes).unwrap();
    }
    assert_eq!(result(&lab.path("out"), false), before, "a refused run changes nothing");
    fs::remove_dir_all(lab.path("out/state")).unwrap();
    refused("no state");
    assert_eq!(lab.dechaff(["run", "in", "--out", "out", "--rebuild"]).code(), first);
    assert_eq!(result(&lab.path("out"), false), before);
}

#[test]
fn templates_are_learned_once_and_again_when_asked() {
    let lab = Lab::new();
    let mut dice = Dice::new(5);
    let page = |dice: &mut Dice, menu: &str| {
        let text = dice.prose(300);
        format!("{menu}首页\n{menu}栏目导航列表\n{menu}设为首页加入收藏\n{menu}网站地图联系方式\n{text}")
    };
    for at in 0..6 {
        lab.put(format!("one/{at}.txt"), page(&mut dice, "山水"));
    }
    lab.run(0);
    let templates = |lab: &Lab| fs::read_to_string(lab.path("out/audit/templates.toml")).unwrap();
    let first = templates(&lab);
    assert!(first.contains("山水"), "{first}");
    for at in 0..6 {
        lab.put(format!("two/{at}.txt"), page(&mut dice, "江河"));
    }
    lab.run(0);
    assert_eq!(templates(&lab), first);
    assert_eq!(known(&lab), [6, 6]);
    assert_same(&lab, None, "pinned");
    assert_eq!(lab.dechaff(["run", "in", "--out", "out", "--relearn"]).code(), 0);
    assert!(templates(&lab).contains("江河") && templates(&lab).contains("山水"));
    assert_eq!(known(&lab), [0, 12]);
    // Nothing new to learn: nothing is done again.
    assert_eq!(lab.dechaff(["run", "in", "--out", "out", "--relearn"]).code(), 0);
    assert_eq!(known(&lab), [12, 0]);
}

#[test]
fn another_configuration_needs_a_rebuild() {
    let lab = Lab::new();
    lab.put("a.txt", Dice::new(3).prose(200));
    lab.run(0);
    let ran = lab.dechaff(["run", "in", "--out", "out", "--action", "copy=flag"]);
    assert_eq!(ran.code(), 2, "{}", ran.stderr());
    assert!(ran.stderr().contains("--rebuild") && ran.stderr().contains("(changed: actions.copy)"), "{}", ran.stderr());
    assert_eq!(lab.dechaff(["run", "in", "--out", "out", "--action", "copy=flag", "--rebuild"]).code(), 0);
    assert_eq!(lab.dechaff(["run", "in", "--out", "out", "--action", "copy=flag", "--threads", "1"]).code(), 0);
}
