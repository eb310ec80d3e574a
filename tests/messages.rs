//! Help, and what each kind of mistake is told.

mod common;

use common::{Lab, speech};
use insta::assert_snapshot;
use std::fs;

#[test]
fn help() {
    let lab = Lab::new();
    assert_snapshot!("help", lab.dechaff(["--help"]).shown());
    for command in ["run", "plan", "explain", "restore", "report", "verdicts", "verify", "rules"] {
        assert_snapshot!(format!("help-{command}"), lab.dechaff([command, "--help"]).shown());
    }
}

#[test]
fn mistakes_are_told_with_a_way_out() {
    let lab = Lab::new();
    lab.put("a.txt", speech(1)).put("sub/b.html", "x");
    fs::create_dir(lab.path("thesis")).unwrap();
    fs::write(lab.path("thesis/chapter.txt"), "mine").unwrap();
    fs::create_dir(lab.path("void")).unwrap();
    let cases: &[(&str, &[&str])] = &[
        ("missing-input", &["run", "inn", "--out", "out"]),
        ("input-is-a-file", &["run", "in/a.txt", "--out", "out"]),
        ("empty-input", &["run", "void", "--out", "out"]),
        ("nothing-matches", &["run", "in/sub", "--out", "out"]),
        ("out-in-input", &["run", "in", "--out", "in/out"]),
        ("input-in-out", &["run", "in", "--out", "."]),
        ("same-folder", &["run", "in", "--out", "./in"]),
        ("out-is-foreign", &["run", "in", "--out", "thesis"]),
        ("out-is-a-file", &["run", "in", "--out", "thesis/chapter.txt"]),
        ("no-out", &["run", "in"]),
        ("unknown-option", &["run", "in", "--out", "out", "--treads", "2"]),
        ("unknown-command", &["rum"]),
        ("bad-size", &["run", "in", "--out", "out", "--memory", "lots"]),
        ("bad-glob", &["run", "in", "--out", "out", "--include", "[a"]),
        ("bad-action", &["run", "in", "--out", "out", "--action", "copies=drop"]),
        ("bad-policy", &["run", "in", "--out", "out", "--action", "copy=delete"]),
        ("dangerous-action", &["run", "in", "--out", "out", "--action", "numbers-differ=drop"]),
        ("missing-rules", &["run", "in", "--out", "out", "--rules", "mine.toml"]),
        ("missing-templates", &["run", "in", "--out", "out", "--templates", "mine.toml"]),
        ("missing-exceptions", &["plan", "in", "--exceptions", "mine.jsonl"]),
        ("verify-nothing", &["verify", "nothing"]),
        ("verify-foreign", &["verify", "thesis"]),
        ("explain-foreign", &["explain", "in", "a.txt"]),
        ("restore-without-document", &["restore", "thesis"]),
    ];
    for (name, args) in cases {
        let ran = lab.dechaff(*args);
        assert!([1, 2, 10].contains(&ran.code()), "{name}: {}", ran.shown());
        assert_snapshot!(*name, lab.neutral(&ran.shown()));
    }
    // As the help says: 10, an output that is missing.
    let missing: [&[&str]; 6] = [
        &["verify", "nothing"],
        &["restore", "nothing", "a.txt"],
        &["explain", "nothing", "a.txt"],
        &["report", "nothing"],
        &["verdicts", "nothing", "said.jsonl"],
        &["rules", "--of", "nothing"],
    ];
    for args in missing {
        assert_eq!(lab.dechaff(args).code(), 10, "{args:?}");
    }
    assert_eq!(fs::read_to_string(lab.path("thesis/chapter.txt")).unwrap(), "mine");
    assert!(!lab.path("out").exists());
}

#[test]
fn questions_about_an_output_are_answered_or_refused() {
    let lab = Lab::new();
    lab.put("a.txt", speech(1)).put("sub/b.txt", speech(2));
    lab.run(0);
    assert_snapshot!("unknown-document", lab.dechaff(["explain", "out", "b.txt"]).shown());
    assert_snapshot!("nowhere-document", lab.dechaff(["restore", "out", "zzz"]).shown());
    assert_eq!(lab.dechaff(["restore", "out", "./a.txt", "--to", "back.txt"]).code(), 0);
    assert_eq!(fs::read_to_string(lab.path("back.txt")).unwrap(), speech(1));
    assert_snapshot!("never-overwrites", lab.dechaff(["restore", "out", "a.txt", "--to", "back.txt"]).shown());
    assert_snapshot!("never-overwrites-a-folder", lab.dechaff(["restore", "out", "--all", "in"]).shown());
    let json = lab.dechaff(["explain", "out", "a.txt", "--format", "json"]).stdout();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["document"]["path"], "a.txt");
    assert!(json["removals"].is_array() && json["duplicates"].is_array() && json["passages"].is_array());
}

#[test]
fn a_plan_publishes_nothing() {
    let lab = Lab::new();
    lab.put("a.txt", speech(1)).put("nul.txt", "\0");
    let ran = lab.dechaff(["plan", "in"]);
    assert_eq!((ran.code(), ran.stdout().as_str()), (3, "quarantine  nul.txt  (binary)\n"));
    let json: serde_json::Value =
        serde_json::from_str(&lab.dechaff(["plan", "in", "--format", "json"]).stdout()).unwrap();
    assert_eq!(json["totals"]["files_in"], 2);
    assert_eq!(json["documents"].as_array().unwrap().len(), 2);
    assert_eq!(fs::read_dir(lab.path("")).unwrap().count(), 1);
}

#[test]
fn quiet_and_progress() {
    let lab = Lab::new();
    lab.put("a.txt", speech(1));
    let told = |args: &[&str]| {
        let ran = lab.dechaff(["run", "in", "--out", "out"].iter().chain(args));
        assert_eq!((ran.code(), ran.stdout().as_str()), (0, ""));
        ran.stderr()
    };
    assert_eq!(told(&["--quiet"]), "");
    assert!(told(&[]).contains("dechaff: walk: done"));
    assert!(!told(&["--progress", "never"]).contains("walk: done"));
    assert!(told(&["--quiet", "--progress", "always"]).contains("walk: done"));
    assert!(told(&["--verbose"]).contains("\n    walk "));
}

#[test]
fn completions_and_the_manual_page_are_written() {
    let lab = Lab::new();
    for shell in ["bash", "zsh", "fish"] {
        assert!(lab.dechaff(["completions", shell]).stdout().contains("dechaff"));
    }
    let page = lab.dechaff(["man"]).stdout();
    assert!(page.starts_with(".ie"), "{page}");
    let page = page.replace("\\-", "-").replace("\\fR", "").replace("\\fB", "").replace("\\fI", "");
    let help = lab.dechaff(["--help"]).stdout();
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let begins = |line: &&str| !line.starts_with("   "); // and is not the rest of a long line
    let commands: Vec<&str> = commands.filter(begins).filter_map(|line| line.split_whitespace().next()).collect();
    assert!(commands.contains(&"run") && commands.contains(&"man"), "{help}");
    for command in commands.into_iter().filter(|command| *command != "help") {
        let head = format!(".SH \"DECHAFF {}\"\n", command.to_uppercase());
        let section = page.split_once(&head).unwrap_or_else(|| panic!("no {command}: {page}")).1;
        let section = section.split("\n.SH ").next().unwrap();
        let help = lab.dechaff([command, "--help"]).stdout();
        let words = help.split([' ', '[', ']', '\n', ',']).filter(|word| word.starts_with("--") && *word != "--help");
        let options: std::collections::BTreeSet<&str> = words.collect();
        assert!(options.iter().all(|option| section.contains(option)), "{command}: {options:?}: {section}");
    }
    assert!(!page.contains("dechaff-run"), "it refers to pages that cannot be had");
}

#[test]
fn an_option_of_run_can_stand_in_a_file_or_is_told_to_be_a_flag_only() {
    let lab = Lab::new();
    let settings = lab.dechaff(["run", "--print-config"]).stdout();
    let manual = fs::read_to_string(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/cli.md")).unwrap();
    let flags_only = manual.split("These are flags only:").nth(1).unwrap().split("\n## ").next().unwrap();
    let help = lab.dechaff(["run", "--help"]).stdout();
    let option = |line: &&str| line.trim_start().starts_with('-') && !line.trim_start().starts_with("- ");
    for line in help.lines().filter(option) {
        let name = line.split("--").nth(1).unwrap().split([' ', ',']).next().unwrap();
        let set = |key: &str| {
            let key = [format!("\n{key} = "), format!("# {key} is not set")];
            key.iter().any(|key| format!("\n{settings}").contains(key.as_str()))
        };
        let known = match name {
            "help" => true,
            "no-learn" => set("learn"),
            "action" => settings.contains("[actions]"),
            name => set(name),
        };
        assert_ne!(known, flags_only.contains(&format!("`--{name}`")), "--{name}");
    }
}

#[test]
fn a_reader_that_leaves_early_is_no_failure() {
    let lab = Lab::new();
    lab.put("a.txt", speech(1).repeat(5000));
    lab.run(0);
    let status = std::process::Command::new("bash")
        .args(["-c", "set -o pipefail; \"$0\" restore out a.txt | head -c 10 >/dev/null"])
        .arg(env!("CARGO_BIN_EXE_dechaff"))
        .current_dir(lab.path(""))
        .status()
        .unwrap();
    assert!(status.success());
}

#[test]
fn both_readmes_have_the_same_sections() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let shape = |name: &str| -> Vec<[usize; 4]> {
        let text = fs::read_to_string(root.join(name)).unwrap();
        let count = |section: &str, mark: &str| section.lines().filter(|line| line.starts_with(mark)).count();
        let sections = text.split("\n## ").map(|section| ["- ", "| ", "    ", "```"].map(|mark| count(section, mark)));
        sections.collect()
    };
    assert_eq!(
        shape("README.md"),
        shape("README.zh.md"),
        "list items, table rows, commands and fences of each section"
    );
    let chinese = fs::read_to_string(root.join("README.zh.md")).unwrap();
    let han = |ch: Option<char>| ch.is_some_and(|ch| ('\u{4e00}'..='\u{9fff}').contains(&ch));
    let texts = chinese.lines().filter(|line| !line.starts_with(['-', '+', ' ']) || line.starts_with("- "));
    let fences = texts.skip_while(|line| !line.starts_with("## ")); // the fence above holds a document as it is
    for line in fences {
        let chars: Vec<char> = line.chars().collect();
        let half = |at: usize| matches!(chars[at], ',' | ';' | ':' | '?' | '!');
        let between = |at: usize| at > 0 && han(chars.get(at - 1).copied()) && han(chars.get(at + 1).copied());
        assert!(!(0..chars.len()).any(|at| half(at) && between(at)), "{line}");
    }
}

#[test]
fn the_design_names_every_room() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let design = std::fs::read_to_string(root.join("docs/design.md")).expect("docs/design.md");
    let rooms = std::fs::read_to_string(root.join("src/lib.rs")).expect("src/lib.rs");
    let rooms = rooms.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    let named = |room: &&str| {
        [format!("`{room}`"), format!("`{room}/"), format!("src/{room}.rs")].iter().any(|name| design.contains(name))
    };
    let missing: Vec<&str> = rooms.filter(|room| !named(room)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn templates_for_which_there_is_no_room_are_told() {
    let lab = Lab::new();
    lab.put("a.txt", speech(1));
    let template = |at: usize| {
        format!(
            "[[template]]\nid = 'l/{at}'\nclass = 'nav'\nedge = 'head'\napply = false\n[[template.line]]\ntext = '甲'\n"
        )
    };
    fs::write(lab.path("t.toml"), (0..66_000).map(template).collect::<String>()).unwrap();
    let ran = lab.dechaff(["run", "in", "--out", "out", "--templates", "t.toml"]);
    assert_eq!(ran.code(), 0, "{}", ran.stderr());
    let used = fs::read_to_string(lab.path("out/audit/templates.toml")).unwrap().matches("[[template]]").count();
    let told = format!("{} templates are left out, those of the fewest texts", 66_000 - used);
    assert!(used < 66_000 && ran.stderr().replace(' ', "").contains(&told.replace(' ', "")), "{}", ran.stderr());
}

#[test]
fn what_matches_nothing_is_told_at_the_end() {
    let lab = Lab::new();
    lab.put("gov/a.txt", speech(1)).put("web/a.txt", speech(1)).put("b.txt", speech(2));
    let template = "[[template]]\nid = 'learned/x'\nclass = 'nav'\nedge = 'head'\nfolder = 'nosuch'\n";
    fs::write(lab.path("t.toml"), format!("{template}[[template.line]]\ntext = '青石网首页'\n")).unwrap();
    let exception =
        "{\"keep\":\"text\",\"rule\":\"r\",\"before\":\"\",\"text\":\"无此文\",\"after\":\"\",\"path\":\"b.txt\"}\n";
    fs::write(lab.path("e.jsonl"), format!("# mine\n{exception}")).unwrap();
    let args = [
        "--prefer",
        "nosuch/dir",
        "--prefer",
        "./web",
        "--exclude",
        "gov",
        "--include",
        "*.txt",
        "--include",
        "*.htm",
        "--templates",
        "t.toml",
        "--exceptions",
        "e.jsonl",
    ];
    let told = "dechaff: --prefer nosuch/dir: no document lies below this path of INPUT, so none is preferred by it\n\
                dechaff: --include *.htm: matches no file below INPUT\n\
                dechaff: --exclude gov: matches no file below INPUT; what lies in a folder is matched by gov/*\n\
                dechaff: --templates t.toml: has templates for folders that hold no document: nosuch\n\
                dechaff: --exceptions: what these keep stands nowhere in INPUT: e.jsonl, line 2\n";
    let run = |more: &[&str]| lab.dechaff(["run", "in", "--out", "out"].iter().chain(&args).chain(more));
    let ran = run(&["--progress", "never"]);
    assert_eq!(ran.code(), 0, "{}", ran.stderr());
    assert!(ran.stderr().starts_with(told), "{}", ran.stderr());
    assert_eq!(lab.document("gov/a.txt")["witness"], "web/a.txt");
    // The same path of INPUT, and the same configuration.
    let whole = lab.path("in/web");
    let ran = lab.dechaff(
        ["run", "in", "--out", "out"]
            .iter()
            .chain(&args)
            .map(|arg| if *arg == "./web" { whole.to_str().unwrap() } else { arg }),
    );
    assert_eq!(ran.code(), 0, "{}", ran.stderr());
    // Of known texts nobody can tell.
    assert!(ran.stderr().contains("--prefer nosuch/dir") && !ran.stderr().contains("--exceptions"), "{}", ran.stderr());
    assert_eq!(run(&["--quiet"]).stderr(), "");
    let planned = lab.dechaff(["plan", "in"].iter().chain(&args));
    assert!(planned.code() == 0 && planned.stderr().contains(told), "{}", planned.stderr());
    let json = run(&["--log-format", "json"]).stderr();
    let notes = json.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let notes: Vec<_> = notes.filter(|line| line["event"] == "note").collect();
    assert!(notes.len() == 4 && notes.iter().all(|note| note["level"] == "warning"), "{json}");
}
