//! Helpers of the black-box tests: run the program on an invented folder.
#![allow(dead_code)] // each test program uses some of them

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A temporary folder with an input in it.
pub struct Lab {
    dir: tempfile::TempDir,
}

impl Lab {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("in")).unwrap();
        Self { dir }
    }

    pub fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Writes an input file.
    pub fn put(&self, name: impl AsRef<Path>, bytes: impl AsRef<[u8]>) -> &Self {
        let path = self.path("in").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
        self
    }

    pub fn dechaff<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Ran {
        Ran(self.command(args).output().unwrap())
    }

    /// The program in the lab, for tests that set more than its arguments.
    pub fn command<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dechaff"));
        command.args(args).current_dir(self.dir.path()).env_remove("RUST_BACKTRACE").env_remove("COLUMNS");
        command
    }

    /// `run in --out out`, which must end with `code`.
    pub fn run(&self, code: i32) -> Ran {
        let ran = self.dechaff(["run", "in", "--out", "out"]);
        assert_eq!(ran.code(), code, "{}", ran.stderr());
        ran
    }

    /// A record of `documents.jsonl`.
    pub fn document(&self, name: &str) -> serde_json::Value {
        self.records("documents").into_iter().find(|record| record["path"] == name).unwrap_or_else(|| panic!("{name}"))
    }

    pub fn records(&self, name: &str) -> Vec<serde_json::Value> {
        let text = fs::read_to_string(self.path(format!("out/audit/{name}.jsonl"))).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The text with the folder's own path taken out.
    pub fn neutral(&self, text: &str) -> String {
        let real = self.dir.path().canonicalize().unwrap();
        text.replace(real.to_str().unwrap(), "[lab]").replace(self.dir.path().to_str().unwrap(), "[lab]")
    }
}

/// What a run of the program gave.
pub struct Ran(Output);

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self(output)
    }
}

impl Ran {
    pub fn code(&self) -> i32 {
        self.0.status.code().unwrap_or(-1)
    }
    pub fn stdout(&self) -> String {
        String::from_utf8_lossy(&self.0.stdout).into_owned()
    }
    pub fn bytes(&self) -> &[u8] {
        &self.0.stdout
    }
    pub fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.0.stderr).into_owned()
    }
    /// Exit code and both outputs, for snapshots.
    pub fn shown(&self) -> String {
        format!("exit {}\n--- stdout\n{}--- stderr\n{}", self.code(), self.stdout(), self.stderr())
    }
}

/// All files below a folder with their bytes, sorted.
pub fn tree(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push((path.strip_prefix(folder).unwrap().to_owned(), fs::read(&path).unwrap()));
            }
        }
    }
    files.sort();
    files
}

/// Text of `symbols` symbols of which no part stands twice.
pub fn prose(seed: u32, symbols: usize) -> String {
    let mut state = seed.wrapping_mul(747_796_405).wrapping_add(7);
    let mut text = String::new();
    for at in 1..=symbols {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        text.extend(char::from_u32(0x4E00 + (state >> 16) % 3000));
        if at % 30 == 0 {
            text.push_str("。\n");
        }
    }
    text + "。\n"
}

/// An invented speech of which no two are alike: `seed` chooses its words.
pub fn speech(seed: usize) -> String {
    const WHO: [&str; 5] = ["镇政府", "村委会", "县农业局", "市图书馆", "区教育局"];
    const WHAT: [&str; 6] =
        ["修好东坡水渠", "办好秋季书展", "核对粮库台账", "栽种护岸柳树", "改造旧校舍屋顶", "培训山区护林员"];
    const WHEN: [&str; 4] = ["霜降以前", "立春之后", "汛期到来时", "下个赶集日"];
    let mut text = String::from("各位乡亲：\n");
    for step in 0..6 {
        let at = seed * 7 + step * 3;
        text += &format!(
            "{}要在{}{}，这件事由{}的同志牵头，{}。\n",
            WHO[at % 5],
            WHEN[(at / 2) % 4],
            WHAT[(at + seed) % 6],
            WHO[(at + 2) % 5],
            ["大家一起出力", "请各家各户配合", "完工以后当面验收"][(at + step) % 3]
        );
    }
    text + "谢谢大家。\n"
}
