//! What the fuzzer feeds, and what must hold whatever it feeds. Shared by `fuzz/` (which looks for new inputs) and
//! `tests/fuzz.rs` (which replays the finds).

use dechaff::align::Aligner;
use dechaff::clean::RuleSet;
use dechaff::config::{Actions, Config};
use dechaff::decode::{decode, encode};
use dechaff::intake::Text;
use dechaff::key::{key, offsets};
use dechaff::locate::{put_back, removals};
use dechaff::refine::refine;
use dechaff::settings::{Settings, Value, Values};
use dechaff::state::sealed::Writer;
use dechaff::state::{CATALOG, DOCUMENTS, DOCUMENTS_SINCE, JOURNAL, Memory, Recorder, codec};
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::Path;
use std::sync::{LazyLock, Mutex, PoisonError};

static RULES: LazyLock<RuleSet> = LazyLock::new(|| RuleSet::builtin().unwrap());

/// Takes any bytes and panics where a promise is broken.
pub type Target = fn(&[u8]);

/// The targets by name.
pub const ALL: [(&str, Target); 7] = [
    ("decoder", decoder),
    ("rules", rules),
    ("config", config),
    ("key", matching_key),
    ("passage", passage),
    ("clean", clean),
    ("state", state),
];

/// Bytes are text that gives the same bytes back, or a fault.
fn decoder(data: &[u8]) {
    if let Ok(decoded) = decode(data.to_vec()) {
        assert!(!decoded.text.contains('\r'));
        let again = encode(&decoded.text, decoded.encoding, decoded.bom, decoded.newline);
        if decoded.exact {
            assert_eq!(again.as_deref(), Some(data));
        }
    }
}

/// A rules file is refused or works on any text.
fn rules(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match RuleSet::of_text(text) {
        Ok(rules) => {
            let text = "来源:某网\n各位同志:\n今天开会,讨论水渠。a(b)[c]{d}*+?\n推荐访问:\n谢谢大家。\n";
            refined(text, &rules);
        }
        Err(error) => assert_eq!(error.exit_code(), 2, "{error}"),
    }
}

/// A configuration is refused by name or can be printed and read again.
fn config(data: &[u8]) {
    let (file, variable) = data.split_at(data.len().min(data.first().map_or(0, |at| usize::from(*at) * 8)));
    let mut values = Values::default();
    if let Ok(text) = std::str::from_utf8(file) {
        if let Err(error) = values.read_toml(text, "c.toml", Path::new("/etc")) {
            assert_eq!(error.exit_code(), 2);
        } else {
            let printed = values.print();
            Values::default().read_toml(&printed, "printed", Path::new("/")).unwrap();
        }
    }
    for name in ["DECHAFF_THREADS", "DECHAFF_RULES", "DECHAFF_MEMORY", "DECHAFF_BRAKES_DROPPED", "DECHAFF_INCLUDE"] {
        let environment = [(name.into(), OsString::from_vec(variable.to_vec()))];
        let flags = vec![("input", Value::Path("in".into()))];
        match Values::gather(flags, None, environment) {
            Ok(values) => drop(Settings::of(&values)),
            Err(error) => assert_eq!(error.exit_code(), 2),
        }
    }
}

/// Every symbol of a key has its place in the text, in order.
fn matching_key(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let made = key(&text);
    let positions: Vec<u32> = (0..made.symbols.len() as u32).collect();
    let places = offsets(&text, &positions);
    assert_eq!(places.len(), positions.len());
    assert!(places.windows(2).all(|pair| pair[0] < pair[1]));
    assert!(places.iter().all(|place| text.is_char_boundary(*place) && *place < text.len()));
}

/// Texts of few signs, so that they repeat themselves in every way.
fn passage(data: &[u8]) {
    const SIGNS: [&str; 16] =
        ["工", "作", "水", "渠", "会", "议", "农", "田", "。", "\n", ",", "3", "二", "a", "各位同志", "建设,\n"];
    let text: String =
        data.iter().flat_map(|byte| [SIGNS[usize::from(byte >> 4)], SIGNS[usize::from(byte & 15)]]).collect();
    refined(&text, &RULES);
    let cut = text.char_indices().nth(data.first().map_or(0, |at| usize::from(*at))).map_or(0, |(at, _)| at);
    let (a, b) = (key(&text[..cut]), key(&text[cut..]));
    let aligned = Aligner::default().align(a.view(), b.view());
    assert!(aligned.covered_a as usize <= a.symbols.len() && aligned.covered_b as usize <= b.symbols.len());
}

/// A state is refused or believed, whatever stands in it, before its seal and behind it.
fn state(data: &[u8]) {
    static OUT: LazyLock<tempfile::TempDir> = LazyLock::new(|| {
        let dir = tempfile::tempdir().unwrap();
        for folder in ["state", "audit", "corpus"] {
            std::fs::create_dir(dir.path().join(folder)).unwrap();
        }
        std::fs::write(dir.path().join("run.json"), "{\"tool\":\"dechaff\"}").unwrap();
        std::fs::write(dir.path().join("audit/originals.zst"), "").unwrap();
        dir
    });
    // Tests may come from several threads, the fuzzer from one.
    static ALONE: Mutex<()> = Mutex::new(());
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let out = OUT.path();
    let sealed = |name: &str, payload: &[u8]| {
        let mut writer = Writer::create(&out.join(name), "print").unwrap();
        writer.append(payload).unwrap();
        writer.finish().unwrap()
    };
    let seals = [sealed(DOCUMENTS, data), sealed(DOCUMENTS_SINCE, data)];
    // Behind seals that are right.
    sealed(CATALOG, &[&[0; 8], &seals.map(u64::to_le_bytes).concat()[..], data].concat());
    let believe = |memory: &Memory| {
        let mut reader = memory.reader();
        for row in (0..).map_while(|at| memory.row(at)) {
            let (_, text) = (memory.path(row), Text { seal: row.text, ..Text::default() });
            let stretch = reader.advance([&row.entry].into_iter(), Default::default()).unwrap();
            let entry = memory.entry(row, &stretch).unwrap();
            let _ = (memory.text(row), codec::read(&entry, "x", row.bytes_hash, text), codec::counts(&entry));
        }
        reader.finish().unwrap();
        let _ = memory.to_keep();
    };
    if let Ok(memory) = Memory::open(out, "print", &Config::default()) {
        believe(&memory);
    }
    let _ = (codec::read(data, "x", 0, Text::default()), codec::counts(data));
    // A record of a journal, and what follows a whole one.
    drop(Recorder::create(out, "print", 0, "", &[], None).unwrap());
    let mut journal = std::fs::read(out.join(JOURNAL)).unwrap();
    journal.extend((data.len() as u32).to_le_bytes());
    journal.extend([data, &xxhash_rust::xxh3::xxh3_64(data).to_le_bytes(), data].concat());
    std::fs::write(out.join(JOURNAL), journal).unwrap();
    believe(&Memory::unfinished(out, "print", ""));
    // In the place of one.
    std::fs::write(out.join(CATALOG), data).unwrap();
    assert!(Memory::open(out, "print", &Config::default()).is_err());
}

/// What is left of a text and what was taken make up the text, and a second look takes nothing more.
fn clean(data: &[u8]) {
    if let Ok(decoded) = decode(data.to_vec()) {
        refined(&decoded.text, &RULES);
    }
}

fn refined(text: &str, rules: &RuleSet) {
    let first = refine(text.to_owned(), rules, &Actions::default(), "");
    let taken = removals("x", text, &first.edits, |rule| rules.name(rule));
    assert_eq!(put_back(&first.text, &taken).as_deref(), Some(text));
    let second = refine(first.text.clone(), rules, &Actions::default(), "");
    assert!(first.review.is_some() || second.text == first.text, "a second run changes the text");
}
