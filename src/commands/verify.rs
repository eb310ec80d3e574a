//! `verify`: checks that an output fits together and that every removal is proven by text that is still there.

use super::{Console, run};
use crate::align::Aligner;
use crate::audit::{Decision, DocumentRecord, DuplicateRecord, PassageRecord, Relation, RemovalRecord, Scope, Verdict};
use crate::checksum;
use crate::cli::{Exit, LogFormat, VerifyArgs, When};
use crate::document::{Action, Class};
use crate::error::{Error, Result};
use crate::key::key;
use crate::names::{self, printable};
use crate::progress::Progress;
use crate::published::{AUDIT, Published};
use crate::summary::{Totals, group, label};
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
        "dechaff: {} documents checked: {} restored in memory, {} copies and {} passages scored again; {}\n",
        group(check.counted.files_in),
        group(check.restored),
        group(check.copies_scored),
        group(check.passages_scored),
        match check.findings.len() {
            0 => "nothing is wrong".to_owned(),
            1 => "1 finding".to_owned(),
            n => format!("{n} findings"),
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

/// What two texts have in common, measured from the texts alone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score {
    /// Share of the key symbols of the first text that is aligned with the second.
    pub coverage_a: f64,
    /// Share of the second.
    pub coverage_b: f64,
    /// The key streams are equal.
    pub equal: bool,
    /// Places where both have a number and the numbers differ.
    pub number_conflicts: u32,
}

/// Scores two texts from scratch, trusting no record.
pub fn rescore(aligner: &mut Aligner, a: &str, b: &str) -> Score {
    let (a, b) = (key(a), key(b));
    let share = |part: u32, whole: usize| if whole == 0 { 0.0 } else { f64::from(part) / whole as f64 };
    let aligned = aligner.align(a.view(), b.view());
    Score {
        coverage_a: share(aligned.covered_a, a.symbols.len()),
        coverage_b: share(aligned.covered_b, b.symbols.len()),
        equal: a.symbols == b.symbols,
        number_conflicts: aligned.number_conflicts,
    }
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
                if record.relation == Relation::NumbersDiffer {
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

    fn document(&mut self, record: &DocumentRecord, removals: &[RemovalRecord]) -> Result<()> {
        let path = record.path.as_str();
        if record.decision == Decision::Quarantine {
            // What could not be read has no hash, and no copy to check.
            if record.bytes_hash.is_some() || self.out.corpus_path(record)?.is_file() {
                self.out.original(record, removals)?;
                self.restored += 1;
            }
            return Ok(());
        }
        let cleaned = self.out.cleaned(record, removals)?;
        let decoded = self.out.decoded(record, removals)?;
        // Where the raw bytes are packed, the text and its removals still have to make them up.
        if crate::locate::put_back(&cleaned, removals).as_ref() != Some(&decoded) {
            self.wrong(path, "its text and its removals do not make up the decoded input");
        }
        let chars = decoded.chars().count() as u64;
        if chars != record.chars_in {
            self.wrong(path, format!("has {chars} characters, recorded are {}", record.chars_in));
        }
        let left = if record.decision == Decision::Drop { 0 } else { cleaned.chars().count() as u64 };
        if left != record.chars_out {
            self.wrong(path, format!("{left} characters are left of it, recorded are {}", record.chars_out));
        }
        self.lines(path, &decoded, removals);
        self.out.original(record, removals)?;
        self.restored += 1;
        if record.decision == Decision::Drop {
            self.dropped_document(record, &cleaned)?;
        }
        self.cut_passages(path, &decoded, removals);
        Ok(())
    }

    /// Joins take line breaks only, and lines are those of the decoded text.
    fn lines(&mut self, path: &str, decoded: &str, removals: &[RemovalRecord]) {
        let offsets =
            char_offsets(decoded, removals.iter().flat_map(|r| [r.start, r.end.saturating_sub(1).max(r.start)]));
        let places = crate::locate::places(decoded, offsets);
        for (removal, place) in removals.iter().zip(places.chunks_exact(2)) {
            if (place[0].1, place[1].1) != (removal.line_start, removal.line_end) {
                self.wrong(path, format!("the removal at character {} names the wrong lines", removal.start));
            }
        }
    }

    fn dropped_document(&mut self, record: &DocumentRecord, text: &str) -> Result<()> {
        let path = record.path.as_str();
        let Some(witness) = &record.witness else {
            self.wrong(path, "was dropped without a witness");
            return Ok(());
        };
        if self.decisions.get(witness) != Some(&Decision::Keep) {
            self.wrong(path, format!("its witness {witness} is not kept"));
            return Ok(());
        }
        if self.out.corpus_path(record)?.exists() {
            self.wrong(path, "was dropped but stands in the corpus");
        }
        let pairs = self.dropped.get(path).cloned().unwrap_or_default();
        let Some(pair) = pairs.iter().find(|pair| pair.b == *witness) else {
            self.wrong(path, format!("was dropped for {witness}, but duplicates.jsonl has no such pair"));
            return Ok(());
        };
        let other = DocumentRecord { path: witness.clone(), decision: Decision::Keep, pack: None, ..record.clone() };
        let score = rescore(&mut self.aligner, text, &self.out.cleaned(&other, &[])?);
        self.copies_scored += 1;
        let low = (score.coverage_a < pair.coverage_a - TOLERANCE).then_some(score.coverage_a);
        let low = low.or((score.coverage_b < pair.coverage_b - TOLERANCE).then_some(score.coverage_b));
        if let Some(share) = low {
            self.wrong(path, format!("only {:.1} % of it and {witness} are alike", share * 100.0));
        } else if pair.relation == Relation::Exact && !score.equal {
            self.wrong(path, format!("is recorded as exact, but differs from {witness}"));
        }
        if score.number_conflicts > 0 {
            self.wrong(path, format!("was dropped, but its numbers differ from those of {witness}"));
        }
        Ok(())
    }

    /// Each passage that was taken out has its witness in what is left; each repeat cut belongs to a passage.
    fn cut_passages(&mut self, path: &str, decoded: &str, removals: &[RemovalRecord]) {
        let cuts: Vec<(u64, u64)> =
            removals.iter().filter(|r| r.class == Class::Repeat).map(|r| (r.start, r.end)).collect();
        let passages = self.cut.remove(path).unwrap_or_default();
        if cuts.is_empty() && passages.is_empty() {
            return;
        }
        let overlap = |from: u64, to: u64| -> u64 {
            cuts.iter().map(|(start, end)| (*end).min(to).saturating_sub((*start).max(from))).sum()
        };
        for passage in &passages {
            let at = format!("the passage of lines {}-{}", passage.a_line_start, passage.a_line_end);
            if overlap(passage.a_start, passage.a_end) == 0 {
                self.wrong(path, format!("{at} is recorded as taken out but is not"));
            }
            let length = passage.b_end.saturating_sub(passage.b_start);
            if overlap(passage.b_start, passage.b_end) * 10 > length {
                self.wrong(path, format!("{at} was taken out, and so was its witness"));
            }
            // The copy as it stood when it was cut: without debris, and without repeats inside it that went before and
            // have records of their own. The witness as it stands now.
            let debris = removals.iter().filter(|r| r.class != Class::Repeat).map(|r| (r.start, r.end));
            let inner = |p: &&PassageRecord| {
                let (start, end) = (p.a_start, p.a_end);
                (start, end) != (passage.a_start, passage.a_end) && passage.a_start <= start && end <= passage.a_end
            };
            let before = passages.iter().filter(inner).map(|p| (p.a_start, p.a_end));
            let a = without(decoded, debris.chain(before), passage.a_start, passage.a_end);
            let b = without(decoded, removals.iter().map(|r| (r.start, r.end)), passage.b_start, passage.b_end);
            let score = rescore(&mut self.aligner, &a, &b);
            self.passages_scored += 1;
            let identity = score.coverage_a.min(score.coverage_b);
            if identity < passage.identity - TOLERANCE {
                self.wrong(path, format!("{at} and its witness are only {:.1} % alike", identity * 100.0));
            }
        }
        // A cut may fall into pieces around earlier cuts; a piece of line breaks and punctuation holds nothing to prove.
        for cut in removals.iter().filter(|r| r.class == Class::Repeat && !key(&r.text).symbols.is_empty()) {
            if !passages.iter().any(|p| p.a_start < cut.end && cut.start < p.a_end) {
                self.wrong(path, format!("the repeat cut at character {} has no passage that proves it", cut.start));
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
            match walk::read(input, source) {
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

/// Byte offsets of ascending character offsets; past the end: the length of the text.
fn char_offsets(text: &str, wanted: impl IntoIterator<Item = u64>) -> Vec<usize> {
    let mut chars = text.char_indices();
    let (mut seen, mut last) = (0u64, 0usize);
    wanted
        .into_iter()
        .map(|offset| {
            while seen <= offset && last < text.len() {
                last = chars.next().map_or(text.len(), |(at, _)| at);
                seen += 1;
            }
            last
        })
        .collect()
}

/// A stretch of the decoded text without the given ranges of characters.
fn without(decoded: &str, ranges: impl Iterator<Item = (u64, u64)>, start: u64, end: u64) -> String {
    let mut bounds: Vec<(u64, u64)> =
        ranges.filter(|r| r.1 > start && r.0 < end).map(|r| (r.0.max(start), r.1.min(end))).collect();
    bounds.sort_unstable();
    let mut reached = start;
    for bound in &mut bounds {
        bound.0 = bound.0.max(reached);
        bound.1 = bound.1.max(bound.0);
        reached = bound.1;
    }
    let flat = std::iter::once(start).chain(bounds.iter().flat_map(|b| [b.0, b.1])).chain([end]);
    let offsets = char_offsets(decoded, flat);
    offsets.chunks_exact(2).filter_map(|piece| decoded.get(piece[0]..piece[1])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn character_offsets_ascend_and_end() {
        assert_eq!(char_offsets("甲a乙", [0, 0, 1, 2, 3, 9]), [0, 0, 3, 4, 7, 7]);
    }

    #[test]
    fn equal_texts_score_whole_and_strangers_do_not() {
        let text = "各位代表，今天的会议主要讨论农田水利建设和秋粮收购两项工作，请大家充分发表意见。";
        let other = "博物馆新近展出一批青铜器，观众可以在周末免费参观，讲解员每天上午十点开始介绍。";
        let mut aligner = Aligner::default();
        let same = rescore(&mut aligner, text, &text.replace('，', ",\n"));
        assert!(same.equal && same.coverage_a == 1.0 && same.coverage_b == 1.0);
        assert!(rescore(&mut aligner, text, other).coverage_a < 0.3);
        assert_eq!(rescore(&mut aligner, "", text).coverage_a, 0.0);
    }
}
