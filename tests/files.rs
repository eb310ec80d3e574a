//! Hostile and unusual input files: nothing is lost in silence, nothing hangs, everything can be restored.

mod common;

use common::{Lab, speech, tree};
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};

fn gb(text: &str) -> Vec<u8> {
    encoding_rs::GB18030.encode(text).0.into_owned()
}

/// Files of every kind that can be read.
fn varied() -> Lab {
    let lab = Lab::new();
    let crlf = speech(1).replace('\n', "\r\n");
    lab.put("plain.txt", speech(2))
        .put("crlf.txt", &crlf)
        .put("cr.txt", speech(3).replace('\n', "\r"))
        .put("mixed.txt", speech(4).replacen('\n', "\r\n", 2))
        .put("bom.txt", format!("\u{FEFF}{}", speech(5)))
        .put("gbk.txt", gb(&speech(6)))
        .put("gbk-crlf.txt", gb(&speech(7).replace('\n', "\r\n")))
        .put("sub/utf16.txt", speech(8).encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>())
        .put("sub/noext", speech(9))
        .put("empty.txt", "")
        .put("empty2.txt", "")
        .put("bom-only.txt", "\u{FEFF}");
    lab
}

#[test]
fn every_kind_of_file_comes_back_byte_for_byte() {
    let lab = varied();
    lab.run(0);
    for (name, bytes) in tree(&lab.path("in")) {
        let restored = lab.dechaff([OsStr::new("restore"), OsStr::new("out"), name.as_os_str()]);
        assert_eq!(restored.code(), 0, "{name:?}: {}", restored.stderr());
        assert_eq!(restored.bytes(), bytes, "{name:?}");
    }
    assert_eq!(lab.dechaff(["restore", "out", "--all", "back"]).code(), 0);
    assert_eq!(tree(&lab.path("back")), tree(&lab.path("in")));
    let verified = lab.dechaff(["verify", "out", "--input", "in"]);
    assert_eq!(verified.code(), 0, "{}{}", verified.stdout(), verified.stderr());
}

#[test]
fn encodings_are_recorded_and_the_corpus_is_utf8() {
    let lab = varied();
    lab.run(0);
    for (name, encoding, newline, bom) in [
        ("crlf.txt", "UTF-8", "crlf", false),
        ("cr.txt", "UTF-8", "cr", false),
        ("mixed.txt", "UTF-8", "mixed", false),
        ("bom.txt", "UTF-8", "lf", true),
        ("gbk-crlf.txt", "GB18030", "crlf", false),
        ("sub/utf16.txt", "UTF-16LE", "lf", false),
    ] {
        let record = lab.document(name);
        assert_eq!(
            (&record["encoding"], &record["newline"], &record["bom"]),
            (&encoding.into(), &newline.into(), &bom.into())
        );
    }
    for (name, bytes) in tree(&lab.path("out/corpus")) {
        let text = String::from_utf8(bytes).unwrap();
        assert!(!text.contains('\r') && !text.starts_with('\u{FEFF}'), "{name:?}");
    }
}

#[test]
fn empty_files_are_nobodys_copies() {
    let lab = varied();
    lab.run(0);
    for name in ["empty.txt", "empty2.txt", "bom-only.txt"] {
        let record = lab.document(name);
        assert_eq!((&record["decision"], &record["reason"]), (&"keep".into(), &"empty".into()), "{name}");
        assert!(record["simhash"].is_null() && record["witness"].is_null());
    }
}

#[test]
fn what_is_no_text_is_quarantined_and_copied_unchanged() {
    let lab = Lab::new();
    let mut cut = gb(&speech(1));
    cut.truncate(cut.len() - 3); // the full stop and half of the character before it
    cut.push(0x81);
    let mut damaged = speech(2).into_bytes();
    damaged[50] = 0xFF;
    lab.put("good.txt", speech(3)).put("nul.txt", b"abc\0def").put("cut.txt", &cut).put("damaged.txt", &damaged);
    let ran = lab.run(3);
    assert!(ran.stderr().contains("QUARANTINED   3 files could not"), "{}", ran.stderr());
    for (name, reason) in [("nul.txt", "binary"), ("cut.txt", "undecodable"), ("damaged.txt", "undecodable")] {
        let record = lab.document(name);
        assert_eq!((&record["decision"], &record["reason"]), (&"quarantine".into(), &reason.into()), "{name}");
        assert!(record["encoding"].is_null());
        assert_eq!(fs::read(lab.path("in").join(name)).unwrap(), fs::read(lab.path("out/corpus").join(name)).unwrap());
        assert_eq!(lab.dechaff(["restore", "out", name]).bytes(), fs::read(lab.path("in").join(name)).unwrap());
    }
    assert_eq!(lab.dechaff(["verify", "out", "--input", "in"]).code(), 0);
}

#[test]
fn names_of_any_bytes_survive_and_cannot_reach_the_terminal() {
    let lab = Lab::new();
    let names: [&[u8]; 5] =
        [b"bad\xFF\xFEname.txt", b"esc\x1b[2Jname.txt", b"new\nline.txt", b"100%41.txt", "左\u{202e}txt.右".as_bytes()];
    for (at, name) in names.iter().enumerate() {
        lab.put(OsStr::from_bytes(name), if at == 1 { b"\0".to_vec() } else { speech(at).into_bytes() });
    }
    lab.put("plain.txt", speech(20));
    let ran = lab.dechaff(["run", "in", "--out", "out", "--include", "*"]);
    assert_eq!(ran.code(), 3);
    let told = ran.stderr();
    assert!(told.contains("esc\\u{1b}[2Jname.txt") && !told.contains('\x1b'), "{told}");
    for name in names {
        let name = OsStr::from_bytes(name);
        let original = fs::read(lab.path("in").join(name)).unwrap();
        assert!(lab.path("out/corpus").join(name).is_file());
        assert_eq!(lab.dechaff([OsStr::new("restore"), OsStr::new("out"), name]).bytes(), original, "{name:?}");
        let told = lab.dechaff([OsStr::new("explain"), OsStr::new("out"), name]);
        assert_eq!(told.code(), 0);
        assert!(!told.stdout().contains(['\x1b', '\u{202e}']));
    }
    // The name as the record has it works as well.
    assert_eq!(lab.dechaff(["restore", "out", "bad%FF%FEname.txt"]).code(), 0);
    assert_eq!(lab.document("100%2541.txt")["decision"], "keep");
    assert_eq!(lab.dechaff(["verify", "out", "--input", "in"]).code(), 0);
}

#[test]
fn links_loops_and_special_files_are_left_alone() {
    let lab = Lab::new();
    lab.put("a.txt", speech(1)).put("sub/b.txt", speech(2));
    let input = lab.path("in");
    symlink("a.txt", input.join("link.txt")).unwrap();
    symlink("..", input.join("sub/loop")).unwrap();
    symlink("/etc", input.join("outside")).unwrap();
    let made = std::process::Command::new("mkfifo").arg(input.join("fifo.txt")).status();
    assert!(made.is_ok_and(|status| status.success()), "mkfifo");
    let _socket = std::os::unix::net::UnixListener::bind(input.join("socket.txt")).unwrap();
    let ran = lab.run(0);
    assert!(ran.stderr().contains("3 links, 2 special files"), "{}", ran.stderr());
    assert_eq!(tree(&lab.path("out/corpus")).len(), 2);
}

#[test]
fn an_unreadable_file_stops_nothing() {
    let lab = Lab::new();
    lab.put("a.txt", speech(1)).put("locked.txt", speech(2)).put("dark/c.txt", speech(3));
    open_to_all(&lab);
    let chmod = |name: &str, mode| {
        fs::set_permissions(lab.path("in").join(name), fs::Permissions::from_mode(mode)).unwrap();
    };
    chmod("locked.txt", 0o000);
    chmod("dark", 0o000);
    let ran = run_with_few_rights(&lab, &[]);
    chmod("dark", 0o700);
    let Some(ran) = ran else { return };
    assert_eq!(ran.code(), 3, "{}", ran.stderr());
    assert!(ran.stderr().contains("NOT COPIED    1 file gave no bytes"), "{}", ran.stderr());
    assert!(!ran.stderr().contains("QUARANTINED"), "{}", ran.stderr());
    assert_eq!(lab.document("locked.txt")["reason"], "unreadable");
    assert!(lab.document("locked.txt")["bytes_hash"].is_null());
    assert!(ran.stderr().contains("UNREADABLE    1 folder "), "{}", ran.stderr());
    assert_eq!(lab.dechaff(["verify", "out"]).code(), 0);
    assert_eq!(lab.dechaff(["restore", "out", "locked.txt"]).code(), 10);
}

/// Makes what a test has so far open to a user who may read nothing of others.
fn open_to_all(lab: &Lab) {
    let folders = walkdir::WalkDir::new(lab.path("")).into_iter().flatten();
    for entry in folders.filter(|entry| entry.file_type().is_dir()) {
        fs::set_permissions(entry.path(), fs::Permissions::from_mode(0o777)).unwrap();
    }
}

/// `run in --out out` by a user for whom rights hold: none for root. `None` where no other may run the program.
#[allow(clippy::print_stderr)] // a skipped test says so
fn run_with_few_rights(lab: &Lab, more: &[&str]) -> Option<common::Ran> {
    use std::os::unix::process::CommandExt;
    let mut command = lab.command(["run", "in", "--out", "out"]);
    command.args(more);
    if rustix::process::geteuid().is_root() {
        command.uid(65534).gid(65534);
    }
    match command.output() {
        Ok(output) => Some(output.into()),
        Err(error) => {
            eprintln!("SKIPPED: another user may not run the program here ({error})");
            None
        }
    }
}

#[test]
fn a_file_that_cannot_be_read_any_more_keeps_its_last_good_text() {
    let lab = Lab::new();
    for at in 0..9 {
        lab.put(format!("{at}.txt"), speech(at));
    }
    lab.put("copy.txt", speech(4)).put("dark/known.txt", speech(11));
    open_to_all(&lab);
    let run = |code: i32, more: &[&str]| {
        let ran = run_with_few_rights(&lab, more)?;
        assert_eq!(ran.code(), code, "{}", ran.stderr());
        Some(ran)
    };
    if run(0, &[]).is_none() {
        return;
    }
    let before = tree(&lab.path("out/corpus"));
    let chmod = |name: &str, mode| {
        fs::set_permissions(lab.path("in").join(name), fs::Permissions::from_mode(mode)).unwrap();
    };
    chmod("3.txt", 0o000);
    let ran = run(3, &[]).unwrap();
    assert!(ran.stderr().contains("1 quarantined or unreadable (1 new)"), "{}", ran.stderr());
    assert_eq!(tree(&lab.path("out/corpus")), before);
    let record = lab.document("3.txt");
    assert_eq!(
        (record["decision"].as_str(), record["review"].as_str().map(|why| &why[..11])),
        (Some("keep"), Some("unreadable:"))
    );
    assert_eq!(lab.dechaff(["verify", "out"]).code(), 0);
    // Still so the next night, though nothing of the file has changed; accepted, it is no news.
    run(3, &[]).unwrap();
    fs::write(lab.path("accepted"), "3.txt\n").unwrap();
    run(0, &["--accepted", "accepted"]).unwrap();
    assert_eq!(tree(&lab.path("out/corpus")), before);
    // The same where it is the folder that cannot be read, and what was never seen in it is missing, as is told.
    lab.put("dark/new.txt", speech(12));
    chmod("dark", 0o000);
    // Every night, and not only in the first one.
    for _ in 0..3 {
        let ran = run(3, &[]).unwrap();
        assert!(ran.stderr().contains("UNREADABLE    1 folder "), "{}", ran.stderr());
        assert!(ran.stderr().contains("STALE         2 files"), "{}", ran.stderr());
        assert_eq!(tree(&lab.path("out/corpus")), before);
        assert!(lab.document("dark/known.txt")["review"].as_str().unwrap().starts_with("unreadable:"));
    }
    chmod("dark", 0o755);
    chmod("3.txt", 0o644);
    let verified = lab.dechaff(["verify", "out", "--input", "in"]);
    assert_eq!(verified.code(), 0, "{}", verified.stdout());
    fs::remove_file(lab.path("in/dark/new.txt")).unwrap();
    chmod("3.txt", 0o000);
    // More of them than may vanish stop the run.
    (5..9).for_each(|at| chmod(&format!("{at}.txt"), 0o000));
    assert!(run(4, &[]).unwrap().stderr().contains("cannot be read"));
    (0..9).for_each(|at| chmod(&format!("{at}.txt"), 0o644));
    run(0, &[]).unwrap();
    assert!(lab.document("3.txt")["review"].is_null());
}

#[test]
fn the_input_is_never_touched() {
    let lab = varied();
    let before = tree(&lab.path("in"));
    lab.run(0);
    lab.dechaff(["plan", "in"]);
    assert_eq!(tree(&lab.path("in")), before);
}

#[test]
fn no_command_writes_into_the_input_or_into_an_output() {
    let lab = varied();
    lab.run(0);
    fs::write(lab.path("said.jsonl"), "").unwrap();
    symlink(lab.path("in"), lab.path("alias")).unwrap();
    let before = (tree(&lab.path("in")), tree(&lab.path("out")));
    let refused = |args: &[&str], told: &str| {
        let ran = lab.dechaff(args);
        assert!(ran.code() == 2 && ran.stderr().contains(told), "{args:?}: {}", ran.shown());
        assert!(before == (tree(&lab.path("in")), tree(&lab.path("out"))), "{args:?}");
    };
    let run = ["run", "in", "--out", "out"];
    for (place, told) in [
        ("in/plan", "--plan-out in/plan lies inside INPUT in"),
        ("alias/x/plan", "lies inside INPUT"),
        ("in", "is the same folder as INPUT in"),
        (".", "holds INPUT in"),
        ("out/plan", "lies inside OUT out"),
    ] {
        refused(&[&run[..], &["--plan-out", place]].concat(), told);
    }
    for (place, told) in [("in/m.prom", "--metrics in/m.prom lies inside INPUT in"), ("out/m.prom", "inside OUT out")] {
        refused(&[&run[..], &["--metrics", place]].concat(), told);
    }
    fs::write(lab.path("c.toml"), "plan-out = 'alias/plan'\n").unwrap();
    refused(&[&run[..], &["--config", "c.toml"]].concat(), "lies inside INPUT in");
    // Where the plan goes by itself.
    fs::create_dir(lab.path("new.plan")).unwrap();
    fs::write(lab.path("new.plan/a.txt"), speech(1)).unwrap();
    refused(&["run", "new.plan", "--out", "new"], "is the same folder as INPUT new.plan");
    for place in ["in/back", "out/back", "alias/back"] {
        refused(&["restore", "out", "--all", place], "lies inside ");
        refused(&["restore", "out", "plain.txt", "--to", place], "lies inside ");
        refused(&["verdicts", "out", "said.jsonl", "--exceptions", place], "lies inside ");
    }
    refused(&["learn", "in", "--out", "in/t.toml"], "--out in/t.toml lies inside INPUT in");
    // An INPUT that is gone may come back.
    fs::rename(lab.path("in"), lab.path("lost")).unwrap();
    assert_eq!(lab.dechaff(["restore", "out", "--all", "in"]).code(), 0);
    assert!(tree(&lab.path("in")) == tree(&lab.path("lost")));
}

#[test]
fn one_damaged_document_keeps_no_other_from_being_restored() {
    let lab = varied();
    lab.put("nul.txt", "\0");
    lab.run(3);
    // An edited text, one that is gone, and a quarantined file that is gone.
    fs::write(lab.path("out/corpus/crlf.txt"), "x").unwrap();
    fs::remove_file(lab.path("out/corpus/gbk.txt")).unwrap();
    fs::remove_file(lab.path("out/corpus/nul.txt")).unwrap();
    let ran = lab.dechaff(["restore", "out", "--all", "back"]);
    let told = ran.stderr();
    assert_eq!(ran.code(), 10, "{told}");
    let lost = ["crlf.txt", "gbk.txt", "nul.txt"];
    for name in lost {
        assert!(told.contains(&format!("dechaff: {name}: not restored: ")), "{told}");
    }
    assert!(told.contains("10 documents restored to back\n"), "{told}");
    assert!(told.contains("dechaff: out: 3 documents are damaged or missing and not restored"), "{told}");
    let mut expected = tree(&lab.path("in"));
    expected.retain(|(name, _)| !lost.iter().any(|lost| name == std::path::Path::new(lost)));
    assert!(tree(&lab.path("back")) == expected);
}

#[test]
fn what_a_rule_cut_from_copies_is_told_where_it_is_left_out() {
    let lab = Lab::new();
    let signed = |at| speech(at).replace("谢谢大家。", "青石网敬上\n谢谢大家。");
    lab.put("a.txt", signed(1)).put("b.txt", signed(1)).put("c.txt", signed(2)).put("d.txt", speech(3));
    let rule =
        "[[rule]]\nid = 'mine'\nclass = 'intro'\nzone = 'any'\nliterals = ['青石网']\npattern = '^青石网敬上$'\n";
    fs::write(lab.path("r.toml"), format!("{rule}hit = ['青石网敬上']\nleave = ['青石网']\n")).unwrap();
    let ran = lab.dechaff(["run", "in", "--out", "out", "--rules", "r.toml"]);
    assert_eq!(ran.code(), 0, "{}", ran.stderr());
    assert_eq!(lab.document("b.txt")["decision"], "drop");
    let ran = lab.dechaff(["restore", "out", "--all", "back", "--rule", "mine"]);
    assert_eq!(ran.code(), 0, "{}", ran.stderr());
    assert_eq!(
        ran.stderr(),
        "dechaff: 2 documents with the cuts of mine undone in back; 1 more that was cut is left out, since it was \
         dropped as a copy: restore it by its name\n"
    );
    assert_eq!(tree(&lab.path("back")).len(), 2);
    assert_eq!(lab.dechaff(["restore", "out", "b.txt", "--rule", "mine"]).stdout(), signed(1));
}

#[test]
fn a_write_that_fails_leaves_nothing_half_written() {
    let lab = varied();
    lab.run(0);
    fs::write(lab.path("said.jsonl"), "{\"kind\":\"document\",\"path\":\"plain.txt\",\"verdict\":\"wrong\"}\n")
        .unwrap();
    fs::write(lab.path("old.jsonl"), "# mine\n").unwrap();
    let names = || -> Vec<_> {
        let mut names: Vec<_> = fs::read_dir(lab.path("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let before = names();
    let orders: [&[&str]; 4] = [
        &["restore", "out", "plain.txt", "--to", "r.txt"],
        &["learn", "in", "--out", "t.toml"],
        &["verdicts", "out", "said.jsonl", "--exceptions", "e.jsonl"],
        &["verdicts", "out", "said.jsonl", "--exceptions", "old.jsonl"],
    ];
    // A limit on the size of files stands for a full disk.
    let full = "trap '' XFSZ; ulimit -f 0; exec \"$0\" \"$@\"";
    for order in orders {
        let ran: common::Ran = std::process::Command::new("bash")
            .args(["-c", full, env!("CARGO_BIN_EXE_dechaff")])
            .args(order)
            .current_dir(lab.path(""))
            .output()
            .unwrap()
            .into();
        assert!(ran.code() == 1 && ran.stderr().contains(order[order.len() - 1]), "{order:?}: {}", ran.shown());
        assert_eq!(names(), before, "{order:?}");
        assert_eq!(fs::read_to_string(lab.path("old.jsonl")).unwrap(), "# mine\n");
    }
    for order in orders {
        let ran = lab.dechaff(order);
        assert_eq!(ran.code(), 0, "{order:?}: {}", ran.stderr());
    }
    assert_eq!(names().len(), before.len() + 3);
    assert_eq!(fs::read_to_string(lab.path("old.jsonl")).unwrap().lines().count(), 2);
}

#[test]
fn a_second_run_replaces_the_first_whole() {
    let lab = varied();
    lab.run(0);
    let first = tree(&lab.path("out/audit"));
    fs::remove_file(lab.path("in/plain.txt")).unwrap();
    lab.run(0);
    assert!(!lab.path("out/corpus/plain.txt").exists());
    lab.put("plain.txt", speech(2));
    lab.run(0);
    assert_eq!(tree(&lab.path("out/audit")), first);
    let beside: Vec<_> = fs::read_dir(lab.path("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(beside.len(), 3, "{beside:?}");
}
