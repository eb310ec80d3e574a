//! Reads the layers and lays them over one another.

use super::{Kind, SPECS, Spec, Value};
use crate::cli::parse_size;
use crate::error::{Error, Result};
use crate::names::{printable, shown};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use toml::de::{DeTable, DeValue};

/// What every environment variable of the program begins with.
const PREFIX: &str = "DECHAFF_";
/// The variable that names the configuration file.
pub const CONFIG: &str = "DECHAFF_CONFIG";
/// A configuration file is written by hand; more than this is the wrong file.
const LARGEST: u64 = 1 << 20;

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// It is built in.
    Default,
    /// A configuration file.
    File,
    /// A variable of this name.
    Environment(String),
    /// The command line.
    Flag,
}

/// The effective values, with their origins.
#[derive(Debug, Default)]
pub struct Values {
    file: Option<PathBuf>,
    values: BTreeMap<&'static str, (Value, Origin)>,
}

impl Values {
    /// Lays the layers over one another: defaults, then `file`, then `environment`, then `flags`.
    pub fn gather(
        flags: Vec<(&'static str, Value)>,
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self> {
        let mut all = Self { file: file.map(Path::to_owned), ..Self::default() };
        for spec in SPECS.iter().filter(|spec| !spec.default.is_empty()) {
            if let Ok(value) = from_text(spec, spec.default) {
                all.values.insert(spec.key, (value, Origin::Default));
            }
        }
        if let Some(file) = file {
            all.read_file(file)?;
        }
        let mut variables: Vec<_> = environment.into_iter().collect();
        variables.sort();
        for (name, value) in variables {
            all.read_variable(&name, &value)?;
        }
        for (key, value) in flags {
            all.values.insert(key, (value, Origin::Flag));
        }
        Ok(all)
    }

    fn read_file(&mut self, path: &Path) -> Result<()> {
        let fail = |error: std::io::Error| {
            Error::Config(format!("configuration {}: {error}: check the path given by --config", shown(path)))
        };
        let file = std::fs::File::open(path).map_err(fail)?;
        let mut text = String::new();
        std::io::Read::read_to_string(&mut std::io::Read::take(file, LARGEST + 1), &mut text).map_err(fail)?;
        if text.len() as u64 > LARGEST {
            return Err(Error::Config(format!("configuration {}: is larger than 1 MiB", shown(path))));
        }
        let folder = std::path::absolute(path).ok().and_then(|path| path.parent().map(Path::to_owned));
        let folder = folder.unwrap_or_default();
        self.read_toml(&text, &shown(path), &folder)
    }

    /// Reads the text of a configuration file.
    pub fn read_toml(&mut self, text: &str, name: &str, folder: &Path) -> Result<()> {
        let table = DeTable::parse(text)
            .map_err(|error| Error::Config(format!("configuration {name}: {}", error.to_string().trim())))?;
        let line = |at: usize| text.as_bytes()[..at.min(text.len())].iter().filter(|byte| **byte == b'\n').count() + 1;
        let mut todo = vec![(String::new(), table.get_ref())];
        while let Some((prefix, table)) = todo.pop() {
            for (key, value) in table {
                let full = format!("{prefix}{}", key.get_ref());
                let place = || format!("configuration {name}, line {}", line(key.span().start));
                if let Some(spec) = SPECS.iter().find(|spec| spec.key == full) {
                    let value = from_toml(spec, value.get_ref(), folder)
                        .map_err(|wrong| Error::Config(format!("{}: {full}: {wrong}", place())))?;
                    self.values.insert(spec.key, (value, Origin::File));
                    continue;
                }
                let below = format!("{full}.");
                match value.get_ref() {
                    DeValue::Table(inner) if SPECS.iter().any(|spec| spec.key.starts_with(&below)) => {
                        todo.push((below, inner));
                    }
                    _ => {
                        let hint =
                            only_flag(&full).or_else(|| bare_table(&full)).unwrap_or_else(|| nearest(&full, keys()));
                        return Err(Error::Config(format!("{}: unknown key {full:?}{hint}", place())));
                    }
                }
            }
        }
        Ok(())
    }

    fn read_variable(&mut self, name: &OsString, value: &OsString) -> Result<()> {
        if !name.as_bytes().starts_with(PREFIX.as_bytes()) || name == CONFIG || value.is_empty() {
            return Ok(());
        }
        let told = name.to_string_lossy().into_owned();
        let Some(spec) = SPECS.iter().find(|spec| told == variable(spec.key)) else {
            let known = SPECS.iter().map(|spec| variable(spec.key)).chain([CONFIG.to_owned()]);
            let flag = FLAGS.iter().find(|(flag, _)| told == variable(flag));
            let hint = flag.and_then(|(flag, _)| only_flag(flag)).unwrap_or_else(|| nearest(&told, known));
            return Err(Error::Config(format!("environment: unknown variable {told}{hint}")));
        };
        let parsed = match spec.kind {
            Kind::Path => Ok(Value::Path(value.into())),
            Kind::Paths if !value.as_bytes().starts_with(b"[") => Ok(Value::Paths(vec![value.into()])),
            _ => match value.to_str() {
                Some(text) => from_text(spec, text),
                None => Err("is not UTF-8".into()),
            },
        };
        let value = parsed.map_err(|wrong| Error::Config(format!("environment: {told}: {wrong}")))?;
        self.values.insert(spec.key, (value, Origin::Environment(told)));
        Ok(())
    }

    fn get(&self, key: &str) -> Option<&Value> {
        self.values.get(key).map(|(value, _)| value)
    }

    /// Whether the option has a value.
    pub fn is_set(&self, key: &str) -> bool {
        self.values.contains_key(key)
    }

    pub(super) fn flag(&self, key: &str) -> bool {
        matches!(self.get(key), Some(Value::Flag(true)))
    }

    pub(super) fn count(&self, key: &str) -> u64 {
        if let Some(Value::Count(count)) = self.get(key) { *count } else { 0 }
    }

    pub(super) fn share(&self, key: &str) -> f64 {
        if let Some(Value::Share(share)) = self.get(key) { *share } else { 0.0 }
    }

    pub(super) fn path(&self, key: &str) -> Option<PathBuf> {
        if let Some(Value::Path(path)) = self.get(key) { Some(path.clone()) } else { None }
    }

    pub(super) fn paths(&self, key: &str) -> Vec<PathBuf> {
        if let Some(Value::Paths(paths)) = self.get(key) { paths.clone() } else { Vec::new() }
    }

    pub(super) fn texts(&self, key: &str) -> Vec<String> {
        if let Some(Value::Texts(texts)) = self.get(key) { texts.clone() } else { Vec::new() }
    }

    pub(super) fn choice(&self, key: &str) -> Option<&str> {
        if let Some(Value::Choice(word)) = self.get(key) { Some(word) } else { None }
    }

    /// The effective configuration as a configuration file, with the origin of each value. Its paths are absolute, so that
    /// they lead to the same places wherever the file is put.
    pub fn print(&self) -> String {
        let mut text = String::new();
        let mut table = "";
        for spec in SPECS {
            let (head, key) = spec.key.split_once('.').unwrap_or(("", spec.key));
            if head != table {
                table = head;
                let _ = writeln!(text, "\n[{table}]");
            }
            let _ = match self.values.get(spec.key) {
                Some((value, origin)) => writeln!(text, "{key} = {}  # {}", as_toml(value), self.told(origin)),
                None => writeln!(text, "# {key} is not set"),
            };
        }
        text
    }

    fn told(&self, origin: &Origin) -> String {
        match origin {
            Origin::Default => "default".into(),
            Origin::File => self.file.as_deref().map_or_else(String::new, shown),
            Origin::Environment(name) => name.clone(),
            Origin::Flag => "command line".into(),
        }
    }
}

/// The environment variable of an option.
fn variable(key: &str) -> String {
    format!("{PREFIX}{}", key.replace(['-', '.'], "_").to_ascii_uppercase())
}

/// Flags that neither a file nor a variable can set, and why.
const FLAGS: [(&str, &str); 9] = [
    ("accept", ONCE),
    ("no-sync", ONCE),
    ("rebuild", ONCE),
    ("rehash", ONCE),
    ("relearn", ONCE),
    ("print-config", "it prints and does nothing else"),
    ("config", "it names the file"),
    ("no-learn", "write learn = false"),
    ("action", "in a file findings are keys of [actions], as variables DECHAFF_ACTIONS_…"),
];
const ONCE: &str = "set once, it would hold every night";

/// The hint at a flag that is no option of a file.
fn only_flag(key: &str) -> Option<String> {
    let (flag, why) = FLAGS.iter().find(|(flag, _)| *flag == key)?;
    Some(format!(": --{flag} is a flag of the command line only: {why}"))
}

/// The hint at a table that was given a value.
fn bare_table(key: &str) -> Option<String> {
    let table = SPECS.iter().any(|spec| spec.key.split_once('.').is_some_and(|(table, _)| table == key));
    table.then(|| format!(": it is a table, write [{key}]"))
}

/// What may stand in a file: options, and the tables that some are in.
fn keys() -> impl Iterator<Item = String> {
    let tables = SPECS.iter().filter_map(|spec| spec.key.split_once('.')).map(|(table, _)| table.to_owned());
    SPECS.iter().map(|spec| spec.key.to_owned()).chain(tables)
}

/// A hint at the known name that was probably meant.
fn nearest(typed: &str, known: impl Iterator<Item = String>) -> String {
    // What was meant may stand in a table, or out of it; what all variables begin with is no likeness.
    let last = |name: &str| name.rsplit('.').next().unwrap_or(name).to_owned();
    let bare = |name: &str| name.trim_start_matches(PREFIX).to_owned();
    let typed = bare(typed);
    let best = known
        .map(|name| {
            let other = bare(&name);
            let whole = strsim::normalized_damerau_levenshtein(&typed, &other);
            let part = strsim::normalized_damerau_levenshtein(&last(&typed), &last(&other)) - 0.05;
            (whole.max(part), name)
        })
        .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(&a.1)));
    match best {
        Some((likeness, name)) if likeness > 0.5 => format!(": did you mean {name}?"),
        _ => ": `dechaff run --print-config` prints all there are".into(),
    }
}

fn needed(kind: Kind) -> String {
    match kind {
        Kind::Flag => "true or false is needed".into(),
        Kind::Count => "a whole number is needed".into(),
        Kind::Size => "a size is needed, such as \"512M\"".into(),
        Kind::Share => "a share from 0 to 1 is needed, such as 0.2".into(),
        Kind::Path => "a path in quotes is needed".into(),
        Kind::Paths | Kind::Texts => "a list is needed, such as [\"one\", \"two\"]".into(),
        Kind::Choice(words) => format!("one of {} is needed", words.join(", ")),
    }
}

fn from_toml(spec: &Spec, value: &DeValue, folder: &Path) -> std::result::Result<Value, String> {
    let wrong = || needed(spec.kind);
    let whole = |value: &DeValue| {
        let number = value.as_integer().ok_or_else(wrong)?;
        u64::from_str_radix(&number.as_str().replace('_', ""), number.radix()).map_err(|_| wrong())
    };
    let text = |value: &DeValue| value.as_str().map(str::to_owned).ok_or_else(wrong);
    let texts = |value: &DeValue| -> std::result::Result<Vec<String>, String> {
        value.as_array().ok_or_else(wrong)?.iter().map(|item| text(item.get_ref())).collect()
    };
    let path = |text: String| {
        if text.is_empty() || text.contains('\0') { Err(wrong()) } else { Ok(folder.join(text)) }
    };
    Ok(match spec.kind {
        Kind::Flag => Value::Flag(value.as_bool().ok_or_else(wrong)?),
        Kind::Count => Value::Count(whole(value)?),
        Kind::Size => match value.as_str() {
            Some(text) => Value::Count(parse_size(text)?),
            None => Value::Count(parse_size(&whole(value)?.to_string())?),
        },
        Kind::Share => {
            let number = match (value.as_float(), value.as_integer()) {
                (Some(float), _) => float.as_str().replace('_', "").parse::<f64>().ok(),
                (_, Some(_)) => whole(value).ok().map(|whole| whole as f64),
                _ => None,
            };
            Value::Share(number.filter(|share| (0.0..=1.0).contains(share)).ok_or_else(wrong)?)
        }
        Kind::Path => Value::Path(path(text(value)?)?),
        Kind::Paths => Value::Paths(texts(value)?.into_iter().map(path).collect::<std::result::Result<_, _>>()?),
        Kind::Texts => Value::Texts(texts(value)?),
        Kind::Choice(words) => {
            let word = text(value)?;
            if !words.contains(&word.as_str()) {
                return Err(format!("{:?}: {}", printable(&word), wrong()));
            }
            Value::Choice(word)
        }
    })
}

/// A value as an environment variable holds it: as in a file, but quotes around a single text may be left out.
fn from_text(spec: &Spec, text: &str) -> std::result::Result<Value, String> {
    let line = format!("v = {text}");
    if let Ok(table) = DeTable::parse(&line)
        && let Some(value) = table.get_ref().get("v")
        && let Ok(value) = from_toml(spec, value.get_ref(), Path::new(""))
    {
        return Ok(value);
    }
    match spec.kind {
        Kind::Texts => Ok(Value::Texts(vec![text.into()])),
        Kind::Paths => Ok(Value::Paths(vec![text.into()])),
        Kind::Path => Ok(Value::Path(text.into())),
        Kind::Size => parse_size(text).map(Value::Count),
        Kind::Flag if text == "1" => Ok(Value::Flag(true)),
        Kind::Flag if text == "0" => Ok(Value::Flag(false)),
        Kind::Choice(words) if words.contains(&text) => Ok(Value::Choice(text.into())),
        kind => Err(format!("{:?}: {}", printable(text), needed(kind))),
    }
}

fn as_toml(value: &Value) -> String {
    let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let quoted = |text: &str| toml::Value::String(text.into()).to_string();
    let list = |items: Vec<String>| format!("[{}]", items.join(", "));
    match value {
        Value::Flag(flag) => flag.to_string(),
        Value::Count(count) => count.to_string(),
        Value::Share(share) => toml::Value::Float(*share).to_string(),
        Value::Path(path) => quoted(&absolute(path).to_string_lossy()),
        Value::Paths(paths) => list(paths.iter().map(|path| quoted(&absolute(path).to_string_lossy())).collect()),
        Value::Texts(texts) => list(texts.iter().map(|text| quoted(text)).collect()),
        Value::Choice(word) => quoted(word),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(pairs: &[(&str, &str)]) -> Vec<(OsString, OsString)> {
        pairs.iter().map(|(name, value)| (name.into(), value.into())).collect()
    }

    fn file(text: &str) -> Result<Values> {
        let mut values = Values::default();
        values.read_toml(text, "c.toml", Path::new("/etc")).map(|()| values)
    }

    #[test]
    fn each_layer_lies_over_the_one_before() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("c.toml");
        std::fs::write(&path, "threads = 2\nkeep = 2\nwait = true\ninclude = ['*.a', '*.b']\nrules = ['r.toml']\n")
            .unwrap();
        let environment = env(&[
            ("DECHAFF_KEEP", "3"),
            ("DECHAFF_THREADS", "3"),
            ("PATH", "x"),
            ("DECHAFF_MEMORY", ""),
            (CONFIG, "x"),
        ]);
        let flags = vec![("threads", Value::Count(4))];
        let values = Values::gather(flags, Some(&path), environment).unwrap();
        assert_eq!((values.count("threads"), values.count("keep"), values.flag("wait")), (4, 3, true));
        assert_eq!(values.texts("include"), ["*.a", "*.b"]);
        assert_eq!(values.paths("rules"), [dir.path().join("r.toml")], "relative to the folder of the file");
        assert!(!values.is_set("memory") && !values.flag("quiet"));
        let printed = values.print();
        for line in [
            "threads = 4  # command line\n",
            "keep = 3  # DECHAFF_KEEP\n",
            "quiet = false  # default\n",
            "# memory is not set\n",
        ] {
            assert!(printed.contains(line), "{printed}");
        }
        // What is printed is a configuration file itself.
        let again = file(&printed).unwrap();
        assert_eq!(again.count("threads"), 4);
        assert_eq!(again.texts("include"), ["*.a", "*.b"]);
        assert_eq!(again.share("brakes.vanished"), 0.2);
    }

    #[test]
    fn the_environment_takes_plain_words_and_lists() {
        let environment = env(&[
            ("DECHAFF_INCLUDE", "[ab]*.txt"),
            ("DECHAFF_EXCLUDE", "['a', \"b\"]"),
            ("DECHAFF_REPORT", "none"),
            ("DECHAFF_WAIT", "1"),
            ("DECHAFF_QUIET", "true"),
            ("DECHAFF_MEMORY", "64M"),
            ("DECHAFF_ACTIONS_SHORT_REPEAT", "ignore"),
            ("DECHAFF_OUT", "a b"),
        ]);
        let values = Values::gather(Vec::new(), None, environment).unwrap();
        assert_eq!(values.texts("include"), ["[ab]*.txt"]);
        assert_eq!(values.texts("exclude"), ["a", "b"]);
        assert_eq!((values.choice("report"), values.choice("actions.short-repeat")), (Some("none"), Some("ignore")));
        assert!(values.flag("wait") && values.flag("quiet"));
        assert_eq!((values.count("memory"), values.path("out")), (64 << 20, Some("a b".into())));
    }

    #[test]
    fn mistakes_are_named_with_their_place() {
        for (text, told) in [
            ("threads = 1\ntreads = 2", "configuration c.toml, line 2: unknown key \"treads\": did you mean threads?"),
            ("[actions]\ncopies = 'drop'", "line 2: unknown key \"actions.copies\": did you mean actions.copy?"),
            ("vanished = 0.1", "unknown key \"vanished\": did you mean brakes.vanished?"),
            ("zzz = 1", "unknown key \"zzz\": `dechaff run --print-config` prints all"),
            ("brakes = 1", "unknown key \"brakes\""),
            ("threads = 'two'", "line 1: threads: a whole number is needed"),
            ("threads = -1", "a whole number is needed"),
            ("[brakes]\nvanished = 20", "brakes.vanished: a share from 0 to 1"),
            ("report = 'all'", "report: \"all\": one of full, sample, none is needed"),
            ("include = '*.txt'", "a list is needed"),
            ("memory = '1M'", "the least is 16M"),
            ("out = ''", "a path in quotes"),
            (
                "accept = ['vanished']",
                "unknown key \"accept\": --accept is a flag of the command line only: set once, it",
            ),
            ("no-sync = true", "--no-sync is a flag of the command line only"),
            ("rebuild = true", "--rebuild is a flag of the command line only"),
            ("no-learn = true", "write learn = false"),
            (
                "[action]\ncopy = 'flag'",
                "line 1: unknown key \"action\": --action is a flag of the command line only: in a file findings are keys of [actions]",
            ),
            ("[brake]\nvanished = 1", "unknown key \"brake\": did you mean brakes?"),
            ("actions = 'drop'", "it is a table, write [actions]"),
            ("threads = ", "line 1"),
        ] {
            let error = file(text).unwrap_err();
            assert_eq!(error.exit_code(), 2);
            assert!(error.to_string().contains(told), "{text}: {error}");
        }
        for (name, value, told) in [
            ("DECHAFF_TREADS", "2", "environment: unknown variable DECHAFF_TREADS: did you mean DECHAFF_THREADS?"),
            (
                "DECHAFF_ACCEPT",
                "vanished",
                "unknown variable DECHAFF_ACCEPT: --accept is a flag of the command line only",
            ),
            ("DECHAFF_NO_SYNC", "1", "--no-sync is a flag of the command line only"),
            ("DECHAFF_FOO", "1", "unknown variable DECHAFF_FOO: `dechaff run --print-config` prints"),
            ("DECHAFF_THREADS", "two", "environment: DECHAFF_THREADS: \"two\": a whole number is needed"),
        ] {
            let error = Values::gather(Vec::new(), None, env(&[(name, value)])).unwrap_err();
            assert!(error.to_string().contains(told), "{error}");
        }
    }

    #[test]
    fn every_option_has_a_default_that_reads() {
        for spec in SPECS {
            assert!(spec.default.is_empty() || from_text(spec, spec.default).is_ok(), "{}", spec.key);
        }
    }
}
