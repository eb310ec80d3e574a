//! What a run promises that nobody watches: configured in one place, one at a time, and nothing half done.

mod common;

use common::{Lab, speech};
use dechaff::lock::Lock;
use std::fs;
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
    let run = config(&["--include", "*", "--action", "version=flag", "--report", "sample"]);
    assert_eq!((&run["totals"]["files_in"], &run["config"]["actions"]["version"]), (&2.into(), &"flag".into()));
    assert!(lab.path("out/report/index.html").exists());
    // The same by variables.
    let ran = lab
        .command(["run"])
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
}
