//! `verify`: checks that an output fits together and that every removal is proven by text that is still there.

mod passages;
mod texts;

use super::{Console, run};
use crate::align::Aligner;
use crate::audit::{Decision, DocumentRecord, DuplicateRecord, PassageRecord, Relation, RemovalRecord, Scope, Verdict};
use crate::checksum;
use crate::cli::{Exit, LogFormat, VerifyArgs, When};
use crate::config::Policy;
use crate::document::{Action, Class};
use crate::error::{Error, Result};
use crate::names::{self, printable};
use crate::progress::Progress;
use crate::published::{AUDIT, Published};
use crate::read;
use crate::summary::{Totals, counted, group, label};
use crate::walk;
use std::collections::{BTreeMap, HashMap};

/// Coverage and identity are scored again on texts whose edges may differ by a cut; this much is no finding.
const TOLERANCE: f64 = 0.02;
/// Findings of one kind after which the rest are only counted.
const SHOWN: usize = 200;

pub(super) fn verify(args: &VerifyArgs, console: &mut Console) -> Result<Exit> {
    let out = Published::open(&args.out)?;
    let show = run::Show { quiet: !console.terminal, progress: When::Auto, verbose: false, format: LogFormat::Text };
    let progress = run::progress(&show, console.terminal);
    let mut check = Check::new(&out);
    if let Err(error) = check.all(args.input.as_deref(), &*progress) {
        match error {
            Error::State { .. } | Error::Io { .. } => check.damaged(error.to_string()),
            other => return Err(other),
        }
    }
    drop(progress);
    for finding in check.findings.iter().take(SHOWN) {
        console.print(format!("{}\n", printable(finding)))?;
    }
    if check.findings.len() > SHOWN {
        console.print(format!("and {} more\n", check.findings.len() - SHOWN))?;
    }
    let checked = format!(
        "dechaff: {} checked: {} restored in memory, {} and {} scored again; {}\n",
        counted(check.counted.files_in, "document", "documents"),
        group(check.restored),
        counted(check.copies_scored, "copy", "copies"),
        counted(check.passages_scored, "passage", "passages"),
        match check.findings.len() {
            0 => "nothing is wrong".to_owned(),
            found => counted(found as u64, "finding", "findings"),
        }
    );
    let _ = console.stderr.write_all(checked.as_bytes());
    Ok(if check.damage > 0 {
        Exit::State
    } else if check.findings.is_empty() {
        Exit::Done
    } else {
        Exit::Failed
    })
}

struct Check<'o> {
    out: &'o Published,
    aligner: Aligner,
    findings: Vec<String>,
    damage: usize,
    counted: Totals,
    restored: u64,
    copies_scored: u64,
    passages_scored: u64,
    decisions: HashMap<String, Decision>,
    /// Pairs that were dropped, by the document that went.
    dropped: HashMap<String, Vec<DuplicateRecord>>,
    /// Passages that were taken out, by document.
    cut: HashMap<String, Vec<PassageRecord>>,
}

impl<'o> Check<'o> {
    /// Whether the run was told to drop texts whose numbers differ.
    fn numbers_may_go(&self) -> bool {
        self.out.run().config.actions.numbers_differ == Policy::Drop
    }

    fn new(out: &'o Published) -> Self {
        Self {
            out,
            aligner: Aligner::default(),
            findings: Vec::new(),
            damage: 0,
            counted: Totals::default(),
            restored: 0,
            copies_scored: 0,
            passages_scored: 0,
            decisions: HashMap::new(),
            dropped: HashMap::new(),
            cut: HashMap::new(),
        }
    }

    fn wrong(&mut self, path: &str, what: impl std::fmt::Display) {
        self.findings.push(format!("wrong: {path}: {what}"));
    }

    fn damaged(&mut self, what: impl std::fmt::Display) {
        self.damage += 1;
        self.findings.push(format!("damaged: {what}"));
    }

    fn all(&mut self, input: Option<&std::path::Path>, progress: &dyn Progress) -> Result<()> {
        for name in AUDIT {
            if !self.out.root().join(name).is_file() {
                self.damaged(format!("{name} is missing: the output is incomplete, run dechaff again"));
            }
        }
        if self.damage > 0 {
            return Ok(());
        }
        for finding in crate::manifest::check(self.out.root(), self.out.run())?.unwrap_or_default() {
            self.damaged(finding);
        }
        self.decisions()?;
        self.duplicates()?;
        self.passages()?;
        self.documents(progress)?;
        self.corpus()?;
        self.totals();
        if let Some(input) = input {
            self.input(input)?;
        }
        Ok(())
    }

    fn decisions(&mut self) -> Result<()> {
        let mut last = String::new();
        for record in self.out.records::<DocumentRecord>(AUDIT[0])? {
            let record = record?;
            if !last.is_empty() && record.path.as_bytes() <= last.as_bytes() {
                self.wrong(&record.path, "stands out of order in documents.jsonl");
            }
            last.clone_from(&record.path);
            self.decisions.insert(record.path, record.decision);
        }
        Ok(())
    }

    fn duplicates(&mut self) -> Result<()> {
        let mut last = (String::new(), String::new());
        for record in self.out.records::<DuplicateRecord>(AUDIT[2])? {
            let record = record?;
            let pair = (record.a.clone(), record.b.clone());
            if !last.0.is_empty() && pair <= last {
                self.wrong(&record.a, format!("its pair with {} stands out of order in duplicates.jsonl", record.b));
            }
            last = pair;
            for name in [&record.a, &record.b] {
                if !self.decisions.contains_key(name) {
                    self.wrong(name, "stands in duplicates.jsonl but is no document");
                }
            }
            for share in [record.jaccard, record.coverage_a, record.coverage_b] {
                if !(0.0..=1.0).contains(&share) {
                    self.wrong(&record.a, format!("its pair with {} has a share of {share}", record.b));
                }
            }
            *self.counted.duplicates.entry(record.relation).or_default() += 1;
            self.counted.held += u64::from(record.held);
            if record.action == Verdict::Drop {
                if record.relation == Relation::NumbersDiffer && !self.numbers_may_go() {
                    self.wrong(&record.a, format!("was dropped though its numbers differ from {}", record.b));
                }
                self.dropped.entry(record.a.clone()).or_default().push(record);
            }
        }
        Ok(())
    }

    fn passages(&mut self) -> Result<()> {
        for record in self.out.records::<PassageRecord>(AUDIT[3])? {
            let record = record?;
            *self.counted.passages.entry(record.scope).or_default().entry(record.label).or_default() += 1;
            self.counted.held += u64::from(record.held);
            if record.a_start >= record.a_end || record.b_start >= record.b_end {
                self.wrong(&record.a, format!("a passage of it is empty (characters {})", record.a_start));
            }
            if (record.scope == Scope::Within) != (record.a == record.b) {
                self.wrong(&record.a, "the scope of a passage does not fit its documents");
            }
            for name in [&record.a, &record.b] {
                if !self.decisions.contains_key(name) {
                    self.wrong(name, "stands in passages.jsonl but is no document");
                }
            }
            if record.action == Verdict::Drop {
                self.counted.passages_dropped += 1;
                if record.a != record.b {
                    self.wrong(&record.a, format!("a passage shared with {} was taken out of it", record.b));
                } else {
                    self.cut.entry(record.a.clone()).or_default().push(record);
                }
            }
        }
        Ok(())
    }

    fn documents(&mut self, progress: &dyn Progress) -> Result<()> {
        progress.stage("verify", self.decisions.len() as u64, 0);
        let mut documents = self.out.documents()?;
        for document in documents.by_ref() {
            let (record, removals) = document?;
            self.count(&record, &removals);
            if let Err(error) = self.document(&record, &removals) {
                match error {
                    Error::State { .. } => self.damaged(error.to_string()),
                    other => return Err(other),
                }
            }
            progress.advance(1, record.bytes);
        }
        if let Some(path) = documents.left_over() {
            self.wrong(&path, "stands out of order in removals.jsonl, or is no document");
        }
        progress.finish();
        Ok(())
    }

    fn count(&mut self, record: &DocumentRecord, removals: &[RemovalRecord]) {
        let counted = &mut self.counted;
        counted.files_in += 1;
        counted.bytes_in += record.bytes;
        counted.chars_in += record.chars_in;
        counted.chars_out += record.chars_out;
        counted.review += u64::from(record.review.is_some());
        counted.held += record.held.len() as u64;
        *match record.decision {
            Decision::Keep => &mut counted.kept,
            Decision::Drop => &mut counted.dropped,
            Decision::Quarantine => &mut counted.quarantined,
        } += 1;
        for removal in removals {
            match removal.action {
                Action::Cut => {
                    let chars = removal.end.saturating_sub(removal.start);
                    *counted.cut_by_class.entry(removal.class).or_default() += chars;
                }
                Action::Join => counted.joins += 1,
            }
        }
    }

    /// Every file of the corpus is a kept or quarantined document.
    fn corpus(&mut self) -> Result<()> {
        let corpus = self.out.root().join("corpus");
        for entry in walkdir::WalkDir::new(&corpus).min_depth(1).sort_by_file_name() {
            let entry = entry.map_err(|error| Error::State {
                path: corpus.clone(),
                message: format!("cannot be listed ({error})"),
            })?;
            if entry.file_type().is_dir() {
                continue;
            }
            let name = names::encode(entry.path().strip_prefix(&corpus).unwrap_or(entry.path()));
            if !self.decisions.contains_key(&name) {
                self.wrong(&name, "stands in the corpus but is no document of this output");
            }
        }
        Ok(())
    }

    fn totals(&mut self) {
        let recorded = &self.out.run().totals;
        let counted = &self.counted;
        let zeroless = |map: &BTreeMap<Class, u64>| -> Vec<(Class, u64)> {
            map.iter().filter(|(_, n)| **n > 0).map(|(class, n)| (*class, *n)).collect()
        };
        let mut wrong = Vec::new();
        for (name, counted, recorded) in [
            ("files_in", counted.files_in, recorded.files_in),
            ("kept", counted.kept, recorded.kept),
            ("dropped", counted.dropped, recorded.dropped),
            ("quarantined", counted.quarantined, recorded.quarantined),
            ("chars_in", counted.chars_in, recorded.chars_in),
            ("chars_out", counted.chars_out, recorded.chars_out),
            ("joins", counted.joins, recorded.joins),
            ("review", counted.review, recorded.review),
            ("held", counted.held, recorded.held),
            ("passages_dropped", counted.passages_dropped, recorded.passages_dropped),
        ] {
            if counted != recorded {
                wrong.push(format!("{name} is {recorded}, the records add up to {counted}"));
            }
        }
        if zeroless(&counted.cut_by_class) != zeroless(&recorded.cut_by_class) {
            wrong.push("cut_by_class is not what removals.jsonl adds up to".into());
        }
        let nonzero = |totals: &Totals| {
            let passages = totals.passages.iter().flat_map(|(scope, labels)| {
                labels.iter().map(move |(kind, n)| (format!("{} {}", label(scope), label(kind)), *n))
            });
            let pairs = totals.duplicates.iter().map(|(relation, n)| (label(relation), *n));
            passages.chain(pairs).filter(|(_, n)| *n > 0).collect::<Vec<_>>()
        };
        if nonzero(counted) != nonzero(recorded) {
            wrong.push("passages or duplicates are not what the records add up to".into());
        }
        for what in wrong {
            self.wrong("run.json", what);
        }
    }

    /// The files of the input are those of the records.
    fn input(&mut self, input: &std::path::Path) -> Result<()> {
        let config = &self.out.run().config;
        let walked = walk::walk(input, &config.include, &config.exclude)?;
        let sources: HashMap<&str, &walk::Source> = walked.sources.iter().map(|s| (s.name.as_str(), s)).collect();
        // What the run could not see is no fault of what it wrote; it said so with exit code 3.
        let unseen = self.out.run().unreadable.clone();
        for source in &walked.sources {
            if !self.decisions.contains_key(&source.name) && !walk::is_hidden(&unseen, &source.name) {
                self.wrong(&source.name, "stands in the input but not in the output: new since the run?");
            }
        }
        for record in self.out.records::<DocumentRecord>(AUDIT[0])? {
            let record = record?;
            if record.is_stale() {
                continue;
            }
            let Some(source) = sources.get(record.path.as_str()) else {
                self.wrong(&record.path, "is no longer in the input");
                continue;
            };
            let Some(hash) = record.bytes_hash else { continue };
            match read::bytes(input, source) {
                Ok(bytes) if checksum::hex(checksum::of(&bytes)) == hash => {}
                Ok(_) => {
                    self.wrong(&record.path, "the input file is not the one that was read: changed since the run?")
                }
                Err(fault) => self.wrong(&record.path, format!("the input file {fault}")),
            }
        }
        Ok(())
    }
}
