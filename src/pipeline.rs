//! The one place that knows the order of the stages, the thread pool and the barriers.
//!
//! ```text
//! walk -> learn templates -> [ decode -> clean -> key -> repeats within ] for each document -> relate -> decide -> shared passages
//!      -> publish
//! ```
//!
//! Cleaned documents go into the staging folder as soon as they are clean, so that no text need stay in memory; what
//! turns out to be a copy is taken out again before the folder is published.

mod documents;
mod records;
mod unmatched;

use crate::audit::Verdict;
use crate::brakes::{self, Watch};
use crate::clean::RuleSet;
use crate::compared::Compared;
use crate::config::{Config, Policy};
use crate::decide::{Rank, preference, verdict};
use crate::error::{Error, Result};
use crate::exceptions::Exceptions;
use crate::intake::{Doc, Text, Where};
use crate::job::{Job, Reuse};
use crate::learn::{self, Template};
use crate::library::Library;
use crate::lock::timestamp;
use crate::paths;
use crate::progress::Progress;
use crate::publish::Staging;
use crate::relate::{Pair, Related, relate};
use crate::report::Figures;
use crate::shared::{self, Remembered, shared};
use crate::state::{self, Memory, Recorder, Together, sealed::Sealed};
use crate::summary::{Past, RunFile, StageSeconds, Totals, counted, group, peak_memory};
use crate::teach::{self, Shelf};
use crate::walk::{Source, Walked, walk};
use crate::{key, pack, place};
use documents::Before;
use rayon::prelude::*;
use std::cmp::Reverse;
use std::path::{Path, PathBuf};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Bytes of memory aimed at without being told to, at most. Half as much costs more, since keys that stay in memory need not
/// be read window by window: 8 % more processor time at 100 MB, 3 % at a gigabyte, where more than this gains little.
const MOST_MEMORY: u64 = 512 << 20;
/// Bytes that the program takes for itself: compiled patterns and their states, templates, buffers. What is left, and at
/// least [`LEAST_BUDGET`], is divided.
const OWN_MEMORY: u64 = 192 << 20;
/// Bytes that are filled in any case.
const LEAST_BUDGET: u64 = 32 << 20;
/// Runs the job and publishes its output.
pub fn run(job: &Job, progress: &dyn Progress) -> Result<Totals> {
    job.config.actions.check()?;
    paths::check_paths(&job.input, &job.out)?;
    let exceptions = Exceptions::of_files(&job.config.exceptions)?;
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(job.config.threads)
        .build()
        .map_err(|e| Error::Usage(format!("--threads {}: {e}", job.config.threads)))?;
    let began = nanoseconds_now();
    let fingerprint = job.config.fingerprint()?;
    // Before the state is read: a rule with a fault is no other configuration.
    let rules = pool.install(|| RuleSet::with_files(&job.config.rules))?.with_exceptions(exceptions);
    let given = job.config.templates.as_deref().map(learn::file::read).transpose()?;
    let memory = match job.reuse {
        Reuse::Nothing => Memory::default(),
        Reuse::Hints | Reuse::Bytes => Memory::open(&job.out, &fingerprint, &job.config)?,
    };
    let run = Run {
        job,
        progress,
        totals: Totals::default(),
        figures: Figures::default(),
        clock: Instant::now(),
        shelf: Shelf::default(),
        began,
        fingerprint,
        given,
    };
    pool.install(|| run.work(rules, memory))
}

/// The templates of the output that INPUT is the corpus of. A cleaned corpus shows little of its sites' frames, and what
/// it shows is what those templates left: learning from it anew would take other things away.
fn beside(input: &Path) -> Option<PathBuf> {
    let real = input.canonicalize().ok().filter(|input| input.file_name().is_some_and(|name| name == "corpus"))?;
    let out = real.parent().filter(|out| RunFile::marks(out))?;
    Some(out.join(crate::published::TEMPLATES)).filter(|path| path.is_file())
}

fn nanoseconds_now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_nanos()).unwrap_or(i64::MAX)
}

struct Run<'r> {
    job: &'r Job,
    progress: &'r dyn Progress,
    totals: Totals,
    /// What the pages show.
    figures: Figures,
    clock: Instant,
    /// Documents that the first pass has read.
    shelf: Shelf,
    /// When the run began, by the clock of the system.
    began: i64,
    fingerprint: String,
    /// The templates of a file that was named.
    given: Option<Vec<Template>>,
}

impl Run<'_> {
    fn work(mut self, rules: RuleSet, mut memory: Memory) -> Result<Totals> {
        self.progress.stage("walk", 0, 0);
        let started = timestamp(SystemTime::now());
        let mut walked = match walk(&self.job.input, &self.job.config.include, &self.job.config.exclude) {
            // Where there were files before, it is for a brake to say what that means.
            Err(Error::NoInput(_)) if self.job.brakes.is_some() && RunFile::marks(&self.job.out) => Walked::default(),
            other => other?,
        };
        walked.expect(memory.names());
        self.count_walk(&walked);
        self.totals.unmatched = self.unmatched_paths(&walked);
        let watch = self.watch(&walked.sources);
        let staging =
            if self.job.durable { Staging::create(&self.job.out)? } else { Staging::create_scratch(&self.job.out)? };
        let staging = staging.kept_when(&self.job.cancel);
        let mut run = RunFile {
            input: crate::names::encode(&self.job.input),
            config: Config { threads: 0, memory: None, ..self.job.config.clone() },
            sequence: staging.sequence(),
            started,
            ..RunFile::default()
        };
        if let Some(brakes) = &self.job.brakes {
            let trips = watch.early(brakes);
            if !trips.is_empty() {
                run.totals = self.totals;
                return Err(watch.stop(brakes, trips, staging, &run));
            }
        }
        self.lap("walk")?;

        self.progress.stage("learn", 0, 0);
        let rules = self.learn(rules, &walked.sources, &mut memory)?;
        self.lap("learn")?;

        self.progress.stage("clean", self.totals.files_in, self.totals.bytes_in);
        let templates = learn::file::write(rules.templates().list())?;
        let mut file = staging.file(crate::published::TEMPLATES)?;
        file.bytes(templates.as_bytes())?;
        file.finish()?;
        let mut originals = pack::Writer::create(&staging)?;
        let mut state = Recorder::create(
            staging.root(),
            &self.fingerprint,
            self.began,
            &templates,
            &walked.sources,
            memory.to_keep(),
        )?;
        let unfinished = self.unfinished(&templates, &rules)?;
        let rest = memory.take_rest();
        let memory = memory;
        let (sorted, rest) = rest
            .map_or((None, None), |rest| (Some(rest.keys), Some(Kept { pairs: rest.pairs, passages: rest.passages })));
        let before = Before { memory: &memory, unfinished, sorted };
        let (mut docs, library) =
            self.refine_all(&walked.sources, &rules, before, &staging, &mut originals, &mut state)?;
        // The compiled patterns leave 50 MB and more to what comes.
        let (templates, exceptions) = rules.into_parts();
        self.lap("clean")?;

        self.progress.stage("relate", 0, 0);
        let order = self.order(&docs, &library);
        let actions = &self.job.config.actions;
        let hash = |doc: u32| docs[doc as usize].record.bytes_hash.as_deref().unwrap_or_default();
        let drops = |pair: &Pair| {
            verdict(pair, actions) == Some(Verdict::Drop) && !exceptions.keeps(hash(pair.a), hash(pair.b))
        };
        let compared = match &rest {
            Some(rest) => Compared::read(rest.pairs.payload(), &library.now).ok_or_else(|| memory.unreadable())?,
            None => Compared::default(),
        };
        let related = relate(&library, &order, drops, &compared)?;
        library.keys.check()?;
        bring_back(&memory, &walked.sources, &mut docs, &related, &staging)?;
        self.lap("relate")?;

        self.progress.stage("passages", 0, 0);
        let past = match rest {
            Some(rest) => Remembered::read(rest.passages.payload(), &library.now, docs.len())
                .ok_or_else(|| memory.unreadable())?,
            None => Remembered::default(),
        };
        let mut passages =
            if actions.shared == Policy::Ignore { Vec::new() } else { shared(&library, &related, past)? };
        let across = self.locate_shared(&walked.sources, &docs, &mut passages, &staging)?;
        self.lap("passages")?;

        self.progress.stage("decide", 0, 0);
        self.apply(&memory, &mut docs, &related, &staging, &mut originals, &mut state)?;
        originals.finish()?;
        self.write_audit(&docs, &library, &related, across, &exceptions, &staging)?;
        let more = [self.unmatched_folders(templates.list(), &docs), self.unmatched_exceptions(&exceptions, &docs)];
        self.totals.unmatched.extend(more.into_iter().flatten());
        self.propose(&docs, templates.list(), &staging, &walked.sources)?;
        let place = |name: &str| staging.root().join(name);
        let together = Together {
            sorted: [&library.prints.frames, &library.bands.frames],
            base: &library.base,
            pairs: compared.write(&place(state::PAIRS), &self.fingerprint)?,
            passages: shared::write(&passages, &related, &place(state::PASSAGES), &self.fingerprint)?,
        };
        state.finish(&docs, &together)?;
        drop(library);
        self.lap("decide")?;

        self.progress.stage("publish", 0, 0);
        self.totals.peak_memory = peak_memory();
        self.totals.largest_rule = self.figures.largest_rule();
        self.totals.accepted += self.job.accepted.count_folders(&walked.unreadable);
        run.unreadable = walked.unreadable;
        run.totals = self.totals.clone();
        run.history = remember(watch.history(), &run);
        let texts = docs.iter().filter_map(|doc| Some((doc.record.path.as_str(), doc.record.text_hash.as_deref()?)));
        run.manifest = Some(staging.write_manifest(texts)?);
        crate::report::write(&staging, &run, std::mem::take(&mut self.figures), templates.list(), self.job.report)?;
        if let Some(brakes) = &self.job.brakes {
            let trips = watch.late(brakes, docs.iter().map(hash_now), &self.totals);
            if !trips.is_empty() {
                return Err(watch.stop(brakes, trips, staging, &run));
            }
        }
        staging.write_run(&run)?;
        for warning in staging.publish(self.job.keep, &self.job.cancel)? {
            self.progress.note(&format!("published, but: {warning}"));
        }
        // Published: a stop that comes now is too late.
        let _ = self.lap("publish");
        Ok(self.totals)
    }

    /// What stands in OUT, for the brakes. An output that cannot be read stops no run: a run is what mends it.
    fn watch(&self, sources: &[Source]) -> Watch {
        if self.job.brakes.is_none() {
            return Watch::default();
        }
        Watch::open(&self.job.out, sources).unwrap_or_else(|error| {
            self.progress.note(&format!("the output that stands cannot be compared with, so no brake holds: {error}"));
            Watch::default()
        })
    }

    /// The first pass: which lines are template.
    ///
    /// They are learned once for an OUT and pinned: a run that learned others would have to refine everything anew.
    fn learn(&mut self, rules: RuleSet, sources: &[Source], memory: &mut Memory) -> Result<RuleSet> {
        let config = &self.job.config;
        let beside = || if self.job.relearn { None } else { beside(&self.job.input) };
        let templates = if let Some(given) = self.given.take() {
            given
        } else if config.no_learn {
            Vec::new()
        } else if let Some(pinned) = memory.templates().filter(|_| !self.job.relearn) {
            learn::file::parse(pinned, &memory.place())?
        } else if let Some(path) = beside() {
            learn::file::read(&path)?
        } else {
            // The search for copies has the rest of the memory.
            let (templates, shelf) = teach::teach(&self.job.input, sources, memory_budget(config) / 4)?;
            self.shelf = shelf;
            if memory.templates().is_some_and(|pinned| learn::file::write(&templates).ok().as_deref() != Some(pinned)) {
                memory.forget();
            }
            templates
        };
        memory.index(templates.iter().any(|template: &Template| template.folder.is_some()));
        let left_out = templates.len().saturating_sub(rules.most_templates());
        if left_out > 0 {
            let left_out = counted(left_out as u64, "template is", "templates are");
            let most = group(rules.most_templates() as u64);
            self.progress.note(&format!("{left_out} left out, those of the fewest texts: there is room for {most}"));
        }
        Ok(rules.with_templates(templates))
    }

    /// What a run that did not end, or one that a brake stopped, has left, if it worked with the same configuration and
    /// templates; of two the one with more documents.
    fn unfinished(&self, templates: &str, rules: &RuleSet) -> Result<Memory> {
        let mut memory = match self.job.reuse {
            Reuse::Nothing => Memory::default(),
            Reuse::Hints | Reuse::Bytes => {
                let left = |folder: &Path| Memory::unfinished(folder, &self.fingerprint, templates);
                let killed = left(&place::unfinished(&self.job.out)?);
                let stopped = self.job.brakes.as_ref().map(|brakes| left(&brakes.plan)).unwrap_or_default();
                if stopped.count() > killed.count() { stopped } else { killed }
            }
        };
        memory.index(rules.templates().list().iter().any(|template| template.folder.is_some()));
        Ok(memory)
    }

    fn lap(&mut self, stage: &str) -> Result<()> {
        self.progress.finish();
        let seconds = self.clock.elapsed().as_secs_f64();
        self.totals.seconds.push(StageSeconds { stage: stage.into(), seconds });
        self.clock = Instant::now();
        self.job.cancel.check()
    }

    fn count_walk(&mut self, walked: &Walked) {
        self.totals.files_in = walked.sources.len() as u64;
        self.totals.bytes_in = walked.sources.iter().map(|source| source.bytes).sum();
        self.totals.skipped = walked.skipped;
        self.totals.links_skipped = walked.links_skipped;
        self.totals.other_skipped = walked.other_skipped;
        self.totals.unreadable = walked.unreadable.len() as u64;
    }

    /// The documents that can have copies, best survivor first.
    fn order(&self, docs: &[Doc], library: &Library) -> Vec<u32> {
        let prefer = &self.job.config.prefer;
        let mut ranks: Vec<Rank> = library
            .cards
            .iter()
            .zip(docs)
            .enumerate()
            .filter_map(|(at, (card, doc))| {
                let card = card.as_ref()?;
                (card.symbols > 0).then(|| Rank {
                    preferred: preference(&doc.record.path, prefer),
                    fullness: Reverse(card.symbols as usize + card.numbers as usize),
                    damage: doc.damage.total(),
                    doc: at as u32,
                })
            })
            .collect();
        ranks.par_sort_unstable();
        ranks.into_iter().map(|rank| rank.doc).collect()
    }
}

/// Which bytes a document's file has now. Files that could be read before and cannot now are as good as gone, though
/// their texts stay.
fn hash_now(doc: &Doc) -> Option<&str> {
    doc.record.bytes_hash.as_deref().filter(|_| !doc.text.stale)
}

/// What later runs remember of the last runs and of this one.
fn remember(before: &[Past], run: &RunFile) -> Vec<Past> {
    let totals = &run.totals;
    let this = Past {
        sequence: run.sequence,
        started: run.started.clone(),
        files_in: totals.files_in,
        kept: totals.kept,
        dropped: totals.dropped,
        quarantined: totals.quarantined,
        chars_in: totals.chars_in,
        chars_out: totals.chars_out,
        largest_group: totals.largest_group,
        largest_rule: totals.largest_rule.as_ref().map_or(0, |largest| largest.chars),
    };
    let from = (before.len() + 1).saturating_sub(brakes::MEMORY);
    before[from.min(before.len())..].iter().cloned().chain([this]).collect()
}

/// What an earlier run found by comparing.
struct Kept {
    pairs: Sealed,
    passages: Sealed,
}

/// The key of a document that an earlier run knew, from its cleaned text.
fn late_key(memory: &Memory, staging: &Staging, source: &Source, text: &Text) -> Result<key::Key> {
    let bytes = match &text.place {
        Where::Staging => staging.read_document(source)?,
        Where::Packed(pack) => memory.packed(pack)?,
    };
    match simdutf8::basic::from_utf8(&bytes) {
        Ok(cleaned) if text.seal.fits(&bytes) => Ok(key::key(cleaned)),
        _ => Err(memory.touched(source)),
    }
}

/// Writes the texts of documents that the previous output dropped and this one keeps.
fn bring_back(
    memory: &Memory,
    sources: &[Source],
    docs: &mut [Doc],
    related: &Related,
    staging: &Staging,
) -> Result<()> {
    docs.par_iter_mut().zip(sources).zip(&related.witness).try_for_each(|((doc, source), witness)| {
        if let (Where::Packed(pack), None) = (doc.text.place, witness) {
            doc.text.seal = staging.write_document(source, &memory.packed(&pack)?)?;
            doc.text.place = Where::Staging;
        }
        Ok(())
    })
}

/// The memory that may be filled: what the configuration says, or half of what is free, at most [`MOST_MEMORY`], without
/// [`OWN_MEMORY`].
fn memory_budget(config: &Config) -> u64 {
    let free = || {
        let info = std::fs::read_to_string("/proc/meminfo").ok()?;
        let line = info.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
        Some(line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()? * 1024)
    };
    let all = config.memory.unwrap_or_else(|| free().map_or(MOST_MEMORY, |free| (free / 2).min(MOST_MEMORY)));
    all.saturating_sub(OWN_MEMORY).max(LEAST_BUDGET)
}
