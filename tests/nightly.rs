//! What a run promises that nobody watches: configured in one place, one at a time, and nothing half done.

mod common;

use common::{Lab, prose, speech};
use dechaff::lock::Lock;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

#[test]
fn a_second_run_is_refused_at_once_and_names_the_holder() {
    let lab = Lab::new();
    lab.put("a.txt", speech(1));
    lab.run(0);
    let before = common::tree(&lab.path("out"));
    let lock = Lock::take(&lab.path("out"), None).unwrap();
    let start = Instant::now();
    let ran = lab.run(11);
    assert!(start.elapsed() < Duration::from_secs(1));
    let holder = format!("held by another run (process {} on ", std::process::id());
    assert!(ran.stderr().contains(&holder), "{}", ran.stderr());
    assert_eq!(common::tree(&lab.path("out")), before);
    drop(lock);
    lab.run(0);
    assert!(!lab.path(".out.lock").exists());
}

#[test]
fn a_run_that_waits_begins_when_the_lock_is_free() {
    let lab = Lab::new();
    lab.put("a.txt", speech(1));
    let lock = Lock::take(&lab.path("out"), None).unwrap();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| lab.dechaff(["run", "in", "--out", "out", "--wait"]));
        std::thread::sleep(Duration::from_millis(600));
        assert!(!lab.path("out").exists());
        drop(lock);
        let ran = waiting.join().unwrap();
        assert_eq!(ran.code(), 0, "{}", ran.stderr());
        assert!(ran.stderr().contains("waiting for another run of this OUT (process "), "{}", ran.stderr());
    });
}

#[test]
fn the_configuration_that_is_shipped_starts_from_nothing() {
    let lab = Lab::new();
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/nightly/dechaff.toml");
    let home = format!("{}/", lab.path("").display().to_string().trim_end_matches('/'));
    let shipped = fs::read_to_string(shipped).unwrap().replace("/srv/", &home);
    let shipped = shipped.replace("/var/lib/prometheus/node-exporter/", &home);
    fs::create_dir(lab.path("crawl")).unwrap();
    fs::create_dir(lab.path("corpus")).unwrap();
    fs::write(lab.path("crawl/a.txt"), speech(1)).unwrap();
    let night = |config: &str| {
        fs::write(lab.path("dechaff.toml"), config).unwrap();
        lab.dechaff(["run", "--config", "dechaff.toml"])
    };
    let first = night(&shipped);
    assert_eq!(first.code(), 0, "{}", first.stderr());
    let named = shipped.replace("#accepted", "accepted");
    let missing = night(&named);
    assert_eq!(missing.code(), 2, "a list that is named is there: {}", missing.stderr());
    assert!(missing.stderr().contains("check the path"), "{}", missing.stderr());
    fs::write(lab.path("corpus/accepted.jsonl"), "").unwrap();
    assert_eq!(night(&named).code(), 0);
}

#[test]
fn a_configuration_file_is_enough_and_flags_go_before_it() {
    let lab = Lab::new();
    lab.put("a.txt", speech(1)).put("b.html", speech(2));
    fs::create_dir(lab.path("etc")).unwrap();
    fs::write(
        lab.path("etc/dechaff.toml"),
        "input = '../in'\nout = '../out'\ninclude = ['*.html']\nreport = 'none'\n[actions]\nversion = 'ignore'\n",
    )
    .unwrap();
    let config = |args: &[&str]| {
        let ran = lab.dechaff([&["run", "--config", "etc/dechaff.toml"], args].concat());
        assert_eq!(ran.code(), 0, "{}", ran.stderr());
        serde_json::from_slice::<serde_json::Value>(&fs::read(lab.path("out/run.json")).unwrap()).unwrap()
    };
    let run = config(&[]);
    assert_eq!(
        (&run["config"]["include"][0], &run["config"]["actions"]["version"]),
        (&"*.html".into(), &"ignore".into())
    );
    assert!(!lab.path("out/report/index.html").exists());
    assert_eq!(lab.document("b.html")["decision"], "keep");
    let run = config(&["--include", "*", "--action", "version=flag", "--report", "sample", "--rebuild"]);
    assert_eq!((&run["totals"]["files_in"], &run["config"]["actions"]["version"]), (&2.into(), &"flag".into()));
    assert!(lab.path("out/report/index.html").exists());
    // The same by variables.
    let ran = lab
        .command(["run", "--rebuild"])
        .env("DECHAFF_CONFIG", "etc/dechaff.toml")
        .env("DECHAFF_INCLUDE", "['a.*', 'b.*']")
        .output()
        .unwrap();
    assert!(ran.status.success());
    assert_eq!(lab.records("documents").len(), 2);
}

#[test]
fn what_a_configuration_asks_for_is_known_or_refused() {
    let lab = Lab::new();
    lab.put("a.txt", speech(1));
    let config = |text: &str| {
        fs::write(lab.path("c.toml"), text).unwrap();
        let ran = lab.dechaff(["run", "in", "--out", "out", "--config", "c.toml"]);
        assert_eq!(ran.code(), 2, "{text}");
        ran.stderr()
    };
    assert_eq!(
        config("quiet = true\ntreads = 2\n"),
        "dechaff: configuration c.toml, line 2: unknown key \"treads\": did you mean threads?\n"
    );
    assert!(
        config("threads = [").starts_with("dechaff: configuration c.toml: TOML parse error at line 1, column 12\n")
    );
    assert!(config("[actions]\nnumbers-differ = 'drop'\n").contains("never dropped"));
    assert_eq!(lab.dechaff(["run", "in", "--out", "out", "--config", "none.toml"]).code(), 2);
    let ran = lab.command(["run", "in", "--out", "out"]).env("DECHAFF_TREADS", "2").output().unwrap();
    assert_eq!(ran.status.code(), Some(2));
    assert!(!lab.path("out").exists());
    let printed = lab.dechaff(["run", "--print-config", "--threads", "3"]);
    assert_eq!(printed.code(), 0);
    assert!(printed.stdout().contains("threads = 3  # command line\n"), "{}", printed.stdout());
    // What is printed is a configuration.
    fs::write(lab.path("c.toml"), printed.stdout()).unwrap();
    assert_eq!(lab.dechaff(["run", "in", "--out", "out", "--config", "c.toml"]).code(), 0);
    // Wherever it is put.
    let printed = lab.dechaff(["run", "in", "--out", "out", "--metrics", "m.prom", "--print-config"]).stdout();
    fs::create_dir(lab.path("sub")).unwrap();
    fs::write(lab.path("sub/c.toml"), printed).unwrap();
    let ran = lab.dechaff(["run", "--config", "sub/c.toml"]);
    assert_eq!(ran.code(), 0, "{}", ran.stderr());
    assert!(lab.path("m.prom").is_file());
}

/// A corpus of `count` speeches that no brake minds, published once.
fn published(count: usize) -> Lab {
    let lab = Lab::new();
    for at in 0..count {
        lab.put(format!("{at:02}.txt"), speech(at));
    }
    lab.run(0);
    lab
}

fn json(path: &Path) -> serde_json::Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// The run must be stopped by this brake, leave OUT alone and a plan, and pass when the brake is accepted.
fn brakes(lab: &Lab, name: &str, told: &str) {
    let before = common::tree(&lab.path("out"));
    let ran = lab.run(4);
    assert!(ran.stderr().contains(told) && ran.stderr().contains(&format!("--accept {name}")), "{}", ran.stderr());
    assert_eq!(common::tree(&lab.path("out")), before, "nothing is published");
    assert_eq!(json(&lab.path("out.plan/brakes.json"))["stopped_by"][0]["brake"], name);
    assert_eq!(lab.run(4).code(), 4, "a plan gives way to the next one");
    let ran = lab.dechaff(["run", "in", "--out", "out", "--accept", name]);
    assert_eq!(ran.code(), 0, "{}", ran.stderr());
    assert!(!lab.path("out.plan").exists(), "a plan is out of date once something is published");
    lab.run(0);
}

#[test]
fn no_input_is_a_brake_where_there_was_some() {
    let lab = Lab::new();
    assert_eq!(lab.dechaff(["run", "in", "--out", "out"]).code(), 2);
    let lab = published(4);
    for at in 0..4 {
        fs::remove_file(lab.path(format!("in/{at:02}.txt"))).unwrap();
    }
    let ran = lab.run(4);
    assert!(ran.stderr().contains("there are no input files, and there were 4"), "{}", ran.stderr());
    let ran = lab.dechaff(["run", "in", "--out", "out", "--accept", "no-input"]);
    assert_eq!(ran.code(), 0, "{}", ran.stderr());
    assert_eq!(lab.records("documents").len(), 0);
    assert_eq!(lab.dechaff(["verify", "out"]).code(), 0);
}

#[test]
fn files_that_vanish_are_a_brake_and_files_that_move_are_not() {
    let lab = published(10);
    for at in 0..3 {
        fs::rename(lab.path(format!("in/{at:02}.txt")), lab.path(format!("in/moved-{at}.txt"))).unwrap();
    }
    lab.run(0);
    for at in 3..5 {
        fs::remove_file(lab.path(format!("in/{at:02}.txt"))).unwrap();
    }
    lab.run(0); // a fifth, not more
    for at in 5..8 {
        fs::remove_file(lab.path(format!("in/{at:02}.txt"))).unwrap();
    }
    brakes(&lab, "vanished", "37.5 % of the 8 known files are gone or cannot be read (limit 20.0 %)");
    // New files do not make up for those that are gone.
    let lab = published(10);
    for at in 0..3 {
        fs::remove_file(lab.path(format!("in/{at:02}.txt"))).unwrap();
        lab.put(format!("new-{at}.txt"), speech(50 + at));
    }
    let ran = lab.run(4);
    assert!(ran.stderr().contains("30.0 % of the 10 known files"), "{}", ran.stderr());
    let plan = json(&lab.path("out.plan/brakes.json"));
    assert_eq!(plan["vanished"], serde_json::json!(["00.txt", "01.txt", "02.txt"]));
    // The plan can be asked like an output.
    assert_eq!(lab.dechaff(["explain", "out.plan", "new-1.txt"]).code(), 0);
    assert_eq!(lab.dechaff(["verify", "out.plan", "--input", "in"]).code(), 0);
}

#[test]
fn everything_changed_at_once_is_a_brake() {
    let lab = published(6);
    lab.put("00.txt", speech(60));
    lab.run(0);
    for at in 0..6 {
        lab.put(format!("{at:02}.txt"), speech(70 + at));
    }
    brakes(&lab, "changed", "100.0 % of the 6 known files changed at once (limit 95.0 %)");
}

#[test]
fn a_jump_of_what_is_taken_out_is_a_brake() {
    let lab = published(8);
    for at in 10..16 {
        lab.put(format!("{at:02}.txt"), speech(1));
    }
    brakes(&lab, "dropped", "in the last runs it was 0.0 % (limit 20.0 %)");
    let run = json(&lab.path("out/run.json"));
    assert_eq!(run["history"].as_array().unwrap().len(), 3);
    assert_eq!(run["history"][2]["files_in"], 14);
}

#[test]
fn a_group_that_swallows_the_corpus_is_a_brake() {
    let lab = published(20);
    for at in 20..32 {
        lab.put(
            format!("{at:02}.txt"),
            "无法找到您要的网页，请与网站管理员联系。稍后请再试一次，谢谢您的理解与支持。\n",
        );
    }
    brakes(&lab, "cluster", "one text and its copies make up 12 documents, 37.5 % of all (limit 20.0 %)");
}

#[test]
fn a_rule_that_eats_the_corpus_is_a_brake() {
    let lab = Lab::new();
    for at in 0..10 {
        lab.put(format!("{at:02}.txt"), prose(at, 2000));
    }
    let run = |accept: &[&str], code: i32| {
        let args = [&["run", "in", "--out", "out"], accept].concat();
        let ran = lab.command(args).env("DECHAFF_BRAKES_DROPPED", "1").output().unwrap();
        assert_eq!(ran.status.code(), Some(code), "{}", String::from_utf8_lossy(&ran.stderr));
        String::from_utf8(ran.stderr).unwrap()
    };
    run(&[], 0);
    // Everything stands twice in these.
    for at in 10..20 {
        lab.put(format!("{at:02}.txt"), prose(at, 2000).repeat(2));
    }
    let told = run(&[], 4);
    assert!(told.contains(" alone would cut 2") && told.contains("(limit 20.0 %)"), "{told}");
    assert_eq!(json(&lab.path("out.plan/brakes.json"))["stopped_by"][0]["brake"], "rule");
    // The share is counted the same way where the documents are known.
    run(&["--accept", "rule"], 0);
    let most = json(&lab.path("out/run.json"))["totals"]["largest_rule"].clone();
    assert!(most["chars"].as_u64().unwrap() > 20_000, "{most}");
    run(&[], 0);
    assert_eq!(json(&lab.path("out/run.json"))["totals"]["largest_rule"], most);
    // What was published may stay and grow a little.
    lab.put("20.txt", prose(20, 2000).repeat(2));
    run(&[], 0);
}

#[test]
fn what_a_stopped_run_has_refined_is_there_for_the_one_that_is_accepted() {
    let lab = published(10);
    for at in 0..3 {
        fs::remove_file(lab.path(format!("in/{at:02}.txt"))).unwrap();
        lab.put(format!("new-{at}.txt"), prose(at, 500));
        lab.put(format!("copy-{at}.txt"), prose(at, 500).replace('。', "；"));
    }
    let reuse = |args: &[&str], code: i32| {
        let ran = lab.dechaff([&["run", "in", "--out", "out"], args].concat());
        assert_eq!(ran.code(), code, "{}", ran.stderr());
        let place = if code == 4 { "out.plan/run.json" } else { "out/run.json" };
        let reuse = json(&lab.path(place))["totals"]["reuse"].clone();
        (reuse["resumed"].as_u64().unwrap(), reuse["refined"].as_u64().unwrap())
    };
    assert_eq!(reuse(&[], 4), (0, 6));
    // So many stops later.
    assert_eq!(reuse(&[], 4), (6, 0));
    assert_eq!(lab.dechaff(["verify", "out.plan", "--input", "in"]).code(), 0);
    // Nobody who looks at the plan changes what is published.
    fs::write(lab.path("out.plan/corpus/copy-1.txt"), "x").unwrap();
    assert_eq!(reuse(&["--accept", "vanished", "--accept", "dropped"], 0), (5, 1));
    assert!(!lab.path("out.plan").exists() && !lab.path("out/state/journal").exists());
    assert_eq!(lab.dechaff(["verify", "out", "--input", "in"]).code(), 0);
    let accepted = (common::tree(&lab.path("out/corpus")), common::tree(&lab.path("out/audit")));
    assert_eq!(lab.dechaff(["run", "in", "--out", "out", "--rebuild"]).code(), 0);
    assert!(accepted == (common::tree(&lab.path("out/corpus")), common::tree(&lab.path("out/audit"))));
}

#[test]
fn brakes_can_be_set_and_a_stopped_run_can_be_put_elsewhere() {
    let lab = published(4);
    fs::remove_file(lab.path("in/00.txt")).unwrap();
    let ran = lab.dechaff(["run", "in", "--out", "out", "--plan-out", "look"]);
    assert!(ran.code() == 4 && lab.path("look/brakes.json").is_file() && !lab.path("out.plan").exists());
    // A folder that is none of ours is not replaced, and the run is stopped all the same.
    fs::create_dir(lab.path("mine")).unwrap();
    fs::write(lab.path("mine/x"), "x").unwrap();
    let ran = lab.dechaff(["run", "in", "--out", "out", "--plan-out", "mine"]);
    assert!(ran.code() == 4 && ran.stderr().contains("could not be written"), "{}", ran.stderr());
    assert!(lab.path("mine/x").is_file());
    let ran = lab.command(["run", "in", "--out", "out"]).env("DECHAFF_BRAKES_VANISHED", "0.3").output().unwrap();
    assert_eq!(ran.status.code(), Some(0));
}

#[test]
fn the_previous_output_is_kept_and_comes_back() {
    let lab = published(5);
    let first = common::tree(&lab.path("out"));
    assert_eq!(lab.dechaff(["rollback", "out"]).code(), 2);
    lab.put("05.txt", speech(5));
    lab.run(0);
    let second = common::tree(&lab.path("out"));
    let ran = lab.dechaff(["rollback", "out"]);
    assert!(ran.code() == 0 && ran.stderr().contains("is now output 1 of 20"), "{}", ran.stderr());
    assert_eq!(common::tree(&lab.path("out")), first);
    assert_eq!(lab.dechaff(["rollback", "out", "--to", "2"]).code(), 0);
    assert_eq!(common::tree(&lab.path("out")), second);
    let list = |lab: &Lab| lab.dechaff(["rollback", "out", "--list"]).stdout().lines().count();
    lab.run(0);
    assert_eq!(list(&lab), 1);
    assert_eq!(lab.dechaff(["run", "in", "--out", "out", "--keep", "3"]).code(), 0);
    assert_eq!(list(&lab), 2);
    assert_eq!(lab.dechaff(["run", "in", "--out", "out", "--keep", "0"]).code(), 0);
    assert_eq!(list(&lab), 0);
    assert_eq!(lab.dechaff(["verify", "out", "--input", "in"]).code(), 0);
    let lock = Lock::take(&lab.path("out"), None).unwrap();
    let ran = lab.dechaff(["rollback", "out"]);
    assert!(ran.code() == 11 && ran.stderr().contains("): let it end, or stop it"), "{}", ran.stderr());
    assert!(!ran.stderr().contains("--wait"), "rollback has no such option");
    drop(lock);
}

#[test]
fn the_manifest_is_one_that_common_tools_read() {
    let lab = published(3);
    lab.put("new\nline.txt", "\0").put("empty.txt", "");
    lab.run(3);
    let manifest = fs::read_to_string(lab.path("out/manifest.xxh128")).unwrap();
    assert_eq!(manifest.lines().count(), 7 + 5, "{manifest}");
    assert!(manifest.contains("  audit/documents.jsonl\n") && manifest.contains("  corpus/00.txt\n"), "{manifest}");
    assert!(manifest.contains("  corpus/new\\nline.txt\n"), "{manifest}");
    assert_eq!(lab.dechaff(["verify", "out", "--input", "in"]).code(), 0);
    assert_eq!(lab.dechaff(["report", "out"]).code(), 0);
    assert_eq!(lab.dechaff(["verify", "out"]).code(), 0, "the pages may be made again");
    fs::write(lab.path("out/corpus/empty.txt"), "x").unwrap();
    let ran = lab.dechaff(["verify", "out"]);
    assert!(ran.code() == 10 && ran.stdout().contains("corpus/empty.txt is not what was written"), "{}", ran.stdout());
}

#[test]
fn accepted_quarantine_is_no_new_trouble() {
    let lab = published(3);
    lab.put("bad.txt", "abc\0one").put("worse.txt", "abc\0two");
    let run = |code| {
        let ran = lab.dechaff(["run", "in", "--out", "out", "--accepted", "known"]);
        assert_eq!(ran.code(), code, "{}", ran.stderr());
        ran.stderr()
    };
    fs::write(lab.path("known"), "# known\nbad.txt\n").unwrap();
    assert!(run(3).contains("2 quarantined or unreadable (1 new)"));
    // A record accepts these bytes only.
    fs::write(lab.path("known"), format!("bad.txt\n{}\n", lab.document("worse.txt"))).unwrap();
    assert!(run(0).contains("(0 new)"));
    lab.put("worse.txt", "abc\0three");
    run(3);
    fs::write(lab.path("known"), "{\n").unwrap();
    run(2);
}

#[test]
fn what_watches_a_run_gets_metrics_and_json() {
    let lab = published(5);
    let ran = lab.dechaff(["run", "in", "--out", "out", "--metrics", "d.prom", "--log-format", "json"]);
    let lines: Vec<serde_json::Value> = ran.stderr().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let last = lines.last().unwrap();
    assert_eq!((&last["event"], &last["totals"]["kept"]), (&"summary".into(), &5.into()));
    assert!(last["message"].as_str().unwrap().ends_with("exit 0"), "{last}");
    let metrics = || fs::read_to_string(lab.path("d.prom")).unwrap();
    assert!(metrics().contains("dechaff_exit_code 0\n") && metrics().contains("dechaff_files{outcome=\"kept\"} 5\n"));
    let success = |text: String| text.lines().find(|l| l.starts_with("dechaff_last_success")).unwrap().to_owned();
    let before = success(metrics());
    for at in 0..5 {
        fs::remove_file(lab.path(format!("in/{at:02}.txt"))).unwrap();
    }
    let ran = lab.dechaff(["run", "in", "--out", "out", "--metrics", "d.prom", "--log-format", "json", "--quiet"]);
    let line: serde_json::Value = serde_json::from_str(&ran.stderr()).unwrap();
    assert_eq!((&line["level"], &line["exit"]), (&"error".into(), &4.into()));
    assert!(metrics().contains("dechaff_exit_code 4\n"));
    assert_eq!(success(metrics()), before);
}

#[test]
fn a_signal_stops_a_run_in_time_and_nothing_is_published() {
    let lab = Lab::new();
    for at in 0..400 {
        lab.put(format!("{at:03}.txt"), speech(at).repeat(20));
    }
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let mut child = lab
            .command(["run", "in", "--out", "out", "--metrics", "d.prom"])
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        // The staging folder is there: the run is at work and listens.
        let staged = || {
            let names = fs::read_dir(lab.path("")).unwrap().map(|entry| entry.unwrap().file_name());
            let own = format!(".out.staging-{}-", child.id());
            names.into_iter().any(|name| name.to_string_lossy().starts_with(&own))
        };
        while !staged() {
            std::thread::sleep(Duration::from_millis(1));
        }
        let start = Instant::now();
        let kill = Command::new("kill").args([format!("-{signal}"), child.id().to_string()]).status().unwrap();
        assert!(kill.success());
        assert_eq!(child.wait().unwrap().code(), Some(code));
        assert!(start.elapsed() < Duration::from_secs(5));
        let mut told = String::new();
        std::io::Read::read_to_string(&mut child.stderr.take().unwrap(), &mut told).unwrap();
        assert!(told.contains(&format!("stopped by SIG{signal}: nothing is published")), "{told}");
        assert!(fs::read_to_string(lab.path("d.prom")).unwrap().contains(&format!("dechaff_exit_code {code}\n")));
        assert!(!lab.path("out").exists() && !lab.path(".out.lock").exists());
    }
}

#[test]
fn a_plan_that_is_stopped_leaves_nothing_and_takes_away_what_a_killed_one_left() {
    let lab = Lab::new();
    for at in 0..400 {
        lab.put(format!("{at:03}.txt"), speech(at).repeat(20));
    }
    fs::create_dir(lab.path("tmp")).unwrap();
    let left = || fs::read_dir(lab.path("tmp")).unwrap().count();
    for (signal, code, leaves) in [("KILL", None, 1), ("INT", Some(130), 0), ("KILL", None, 1), ("TERM", Some(143), 0)]
    {
        let mut child = lab.command(["plan", "in", "--quiet"]).env("TMPDIR", lab.path("tmp")).spawn().unwrap();
        let at_work = || lab.path(format!("tmp/.dechaff-plan.scratch-{}-0/.out.staging-{0}-0", child.id())).is_dir();
        while !at_work() {
            std::thread::sleep(Duration::from_millis(1));
        }
        let kill = Command::new("kill").args([format!("-{signal}"), child.id().to_string()]).status().unwrap();
        assert!(kill.success());
        assert_eq!(child.wait().unwrap().code(), code);
        assert_eq!(left(), leaves, "{signal}");
    }
}

#[test]
fn metrics_that_cannot_be_written_are_told_and_undo_nothing() {
    let lab = published(2);
    let ran = lab.dechaff(["run", "in", "--out", "out", "--metrics", "none/m.prom", "--quiet"]);
    assert_eq!(ran.code(), 0);
    assert!(ran.stderr().starts_with("dechaff: writing the metrics: none/m.prom: "), "{}", ran.stderr());
}
