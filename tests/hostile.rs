//! Inputs that are against us: things that are no files, files that move while they are read, sizes and signs that
//! nobody expects. `files.rs` has the ordinary oddities.

mod common;

use common::{Lab, Ran, speech, tree};
use std::fs;
use std::os::unix::net::UnixListener;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

#[test]
fn devices_and_sockets_are_never_opened() {
    use rustix::fs::{CWD, FileType, Mode, makedev, mknodat};
    let lab = Lab::new();
    lab.put("a.txt", speech(1));
    let _socket = UnixListener::bind(lab.path("in/socket.txt")).unwrap();
    mknodat(CWD, lab.path("in/fifo.txt"), FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap();
    // /dev/zero would never end. Only root may make one.
    let device =
        mknodat(CWD, lab.path("in/zero.txt"), FileType::CharacterDevice, Mode::from_raw_mode(0o666), makedev(1, 5));
    let start = Instant::now();
    lab.run(0);
    assert!(start.elapsed() < Duration::from_secs(120));
    let run: serde_json::Value = serde_json::from_slice(&fs::read(lab.path("out/run.json")).unwrap()).unwrap();
    assert_eq!(run["totals"]["other_skipped"], 2 + u64::from(device.is_ok()));
    assert_eq!(lab.records("documents").len(), 1);
}

#[test]
fn one_huge_line_and_many_tiny_files() {
    let lab = Lab::new();
    lab.put("huge.txt", (0..1_000).map(speech).collect::<String>().replace('\n', "")).put("other.txt", speech(2));
    for at in 0..200 {
        lab.put(format!("tiny/{at}.txt"), "字");
    }
    let ran = lab.dechaff(["run", "in", "--out", "out", "--memory", "64M", "--report", "none"]);
    assert_eq!(ran.code(), 0, "{}", ran.stderr());
    assert_eq!(lab.dechaff(["restore", "out", "--all", "back"]).code(), 0);
    assert_eq!(tree(&lab.path("back")), tree(&lab.path("in")));
}

#[test]
fn signs_that_reorder_or_hide_text_come_back_and_stay_off_the_terminal() {
    let lab = Lab::new();
    let odd = "左\u{202e}右\u{2066}中\u{2069}\u{200b}零宽\u{feff}字\u{0}".replace('\u{0}', "");
    lab.put("bidi.txt", format!("{}{odd}\n{odd}{}", speech(1), speech(2)));
    lab.run(0);
    assert_eq!(lab.dechaff(["restore", "out", "bidi.txt"]).bytes(), fs::read(lab.path("in/bidi.txt")).unwrap());
    let told = lab.dechaff(["explain", "out", "bidi.txt", "--text"]);
    assert_eq!(told.code(), 0);
    assert!(!told.stdout().contains(['\u{202e}', '\u{2066}', '\u{200b}']), "{}", told.stdout());
}

#[test]
fn files_that_change_come_and_go_while_they_are_read_stop_nothing() {
    let lab = Lab::new();
    for at in 0..60 {
        lab.put(format!("{at:03}.txt"), speech(at).repeat(10));
    }
    lab.put("growing.txt", (0..500).map(speech).collect::<String>());
    let stop = AtomicBool::new(false);
    let ran: Ran = std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut file = fs::OpenOptions::new().append(true).open(lab.path("in/growing.txt")).unwrap();
            while !stop.load(Ordering::Relaxed) {
                std::io::Write::write_all(&mut file, "再添一句。\n".as_bytes()).unwrap();
                std::thread::sleep(Duration::from_micros(50));
            }
        });
        scope.spawn(|| {
            for round in 0.. {
                let at = round % 60;
                let _ = fs::remove_file(lab.path(format!("in/{at:03}.txt")));
                // A mixed file is read twice; between the two it may be another one.
                let other = (at + 30) % 60;
                let _ = fs::write(lab.path(format!("in/{other:03}.txt")), format!("一\r\n二\n{}", speech(round)));
                std::thread::sleep(Duration::from_millis(1));
                if stop.load(Ordering::Relaxed) {
                    break;
                }
            }
        });
        let ran = lab.dechaff(["run", "in", "--out", "out", "--report", "none"]);
        stop.store(true, Ordering::Relaxed);
        ran
    });
    assert!([0, 3].contains(&ran.code()), "{}", ran.stderr());
    // On a busy machine the writer may pause for as long as a read takes; then the file was whole.
    let record = lab.document("growing.txt");
    if record["decision"] == "quarantine" {
        assert_eq!(record["reason"], "changing", "{record}");
        assert!(record["bytes_hash"].is_null() && !lab.path("out/corpus/growing.txt").exists());
    }
    for record in lab.records("documents") {
        let reason = record["reason"].as_str().unwrap();
        assert!(record["decision"] != "quarantine" || ["changing", "unreadable"].contains(&reason), "{record}");
    }
    let verified = lab.dechaff(["verify", "out"]);
    assert_eq!(verified.code(), 0, "{}", verified.stdout());
}

#[test]
fn a_file_too_deep_to_be_written_is_told_and_the_others_are_published() {
    let lab = Lab::new();
    lab.put("a.txt", speech(1)).put("b.txt", speech(2));
    // Its path fits where it is read, and not below the longer one of OUT.
    let own = lab.path("in").as_os_str().len();
    let mut deep = vec!["d".repeat(200); (4_095 - own - 300) / 201];
    deep.push("e".repeat(200));
    let deep = format!("{}/c.txt", deep.join("/"));
    assert!(own + 1 + deep.len() < 4_096);
    lab.put(&deep, speech(3));
    let out = format!("{0}/{0}/out", "o".repeat(250));
    for night in 0..2 {
        let ran = lab.dechaff(["run", "in", "--out", &out, "--report", "full"]);
        assert_eq!(ran.code(), 3, "night {night}: {}", ran.stderr());
        assert!(
            ran.stderr().contains(&deep[..400]) && ran.stderr().contains("has a path too long"),
            "{}",
            ran.stderr()
        );
        assert!(lab.path(&out).join("corpus/a.txt").is_file());
        let records = fs::read_to_string(lab.path(&out).join("audit/documents.jsonl")).unwrap();
        let record = records.lines().find(|line| line.contains(&deep)).unwrap();
        assert!(record.contains(r#""decision":"quarantine","reason":"unreadable""#), "{record}");
        assert_eq!(lab.dechaff(["verify", &out, "--input", "in"]).code(), 0);
    }
}
