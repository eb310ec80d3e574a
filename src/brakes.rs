//! What stops a run that would change too much: a person should look before it is published.
//!
//! Brakes compare with the output that stands. A first run has nothing to compare with and nothing to lose, so nothing
//! stops it.

use crate::audit::DocumentRecord;
use crate::checksum;
use crate::error::{Error, Result};
use crate::fields::Fields;
use crate::names::printable;
use crate::publish::Staging;
use crate::published::{AUDIT, Published};
use crate::summary::{Past, RuleCut, RunFile, Totals, group};
use crate::walk::Source;
use memchr::memmem::Finder;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// What a run may change without being asked. Shares of 0 to 1; 1 turns a brake off.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Share of the known files that may be gone. More than a fifth of a corpus does not vanish in a night: a mount
    /// that is not there or a crawler gone wrong is likelier.
    pub vanished: f64,
    /// Share of the known files that may hold other bytes than before. Nearly all at once means a broken copy or a
    /// changed encoding, not news.
    pub changed: f64,
    /// By how much the share of characters taken out may lie above the median of the last runs. A rule or template
    /// that begins to eat text shows as a jump.
    pub dropped: f64,
    /// Share of all documents that one group of copies may hold. Error pages and cookie notices make such groups.
    pub cluster: f64,
    /// Share of all characters that one rule or template may cut. Frames may well be most of a crawl of portals, but
    /// many rules and templates take their part of them: one alone that takes a fifth of everything is eating text, or
    /// is so large a part of the result that a person should have seen it. A site whose frame is one large block
    /// passes: its first run has no brake, and what was published may grow (see [`RULE_GROWTH`]).
    pub rule: f64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { vanished: 0.2, changed: 0.95, dropped: 0.2, cluster: 0.2, rule: 0.2 }
    }
}

/// So many known files are compared before "everything changed" means anything: who edits both of two files has not
/// lost a corpus.
const LEAST_CHANGED: u64 = 3;
/// A group of copies under this size can be looked through by hand, whatever its share of a small corpus.
const LEAST_CLUSTER: u64 = 10;
/// Where the last published run had a large group already, that was accepted; the group may grow by this much a run.
const CLUSTER_GROWTH: f64 = 0.05;
/// Characters cut by one rule under this number can be read through by hand, whatever their share of a small corpus.
const LEAST_RULE: u64 = 10_000;
/// The same for a rule: what it cut in the last published run was accepted, and may grow by this much a run.
const RULE_GROWTH: f64 = 0.05;
/// Runs that the median of taken-out characters looks back on.
pub const MEMORY: usize = 7;

/// The brakes by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Brake {
    /// There are no input files.
    NoInput,
    /// Too many known files are gone.
    Vanished,
    /// Too many known files changed at once.
    Changed,
    /// Much more of the text would be taken out than in the last runs.
    Dropped,
    /// One group of copies holds too many documents.
    Cluster,
    /// One rule or template cuts too much.
    Rule,
}

/// The brakes of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Brakes {
    /// From where on they stop a run.
    pub limits: Limits,
    /// Those that do not stop this run.
    pub accept: Vec<Brake>,
    /// Where the plan of a stopped run goes.
    pub plan: PathBuf,
}

/// A brake that stops the run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Trip {
    /// Which one.
    pub brake: Brake,
    /// What was measured, in words.
    pub message: String,
    /// The share that was measured.
    pub share: f64,
    /// The share that is allowed.
    pub limit: f64,
}

/// Compares a run with the output that stands.
#[derive(Debug, Default)]
pub struct Watch {
    before: Option<RunFile>,
    /// Documents of the output that stands.
    known: u64,
    /// The checksum that each source had then.
    hashes: Vec<Option<u128>>,
    /// Known documents whose paths are gone, with their checksums.
    gone: Vec<(String, Option<u128>)>,
    sources: usize,
}

/// What the comparison needs of a document.
#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    path: Cow<'a, str>,
    #[serde(borrow, default)]
    bytes_hash: Option<Cow<'a, str>>,
}

static HASH: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"\"bytes_hash\":"));

impl<'a> Line<'a> {
    fn of(line: &'a [u8]) -> Option<Self> {
        let mut fields = Fields::of(line);
        let (b"path", path) = fields.next()? else { return None };
        fields.skip_to(&HASH);
        let (b"bytes_hash", hash) = fields.next()? else { return None };
        Some(Self { path: path.text()?.into(), bytes_hash: hash.text().map(Cow::from) })
    }
}

impl Watch {
    /// Reads what stands in `out`, if anything does, and compares its documents with the sorted `sources`.
    pub fn open(out: &Path, sources: &[Source]) -> Result<Self> {
        if !RunFile::marks(out) {
            return Ok(Self::default());
        }
        let before = Published::open(out)?;
        let mut watch = Self { hashes: vec![None; sources.len()], sources: sources.len(), ..Self::default() };
        let mut records = before.records::<DocumentRecord>(AUDIT[0])?;
        let (mut at, mut line) = (0, Vec::new());
        while records.line(&mut line)? {
            let line = Line::of(&line).map_or_else(|| records.parse(&line), Ok)?;
            let sum = line.bytes_hash.as_deref().and_then(checksum::parse);
            watch.known += 1;
            while sources.get(at).is_some_and(|source| source.name.as_bytes() < line.path.as_bytes()) {
                at += 1;
            }
            match sources.get(at) {
                Some(source) if source.name == line.path => watch.hashes[at] = sum,
                _ => watch.gone.push((line.path.into_owned(), sum)),
            }
        }
        watch.before = Some(before.run().clone());
        Ok(watch)
    }

    /// Whether there is an output to compare with.
    pub fn compares(&self) -> bool {
        self.before.is_some()
    }

    /// The figures of the last runs, the newest last.
    pub fn history(&self) -> &[Past] {
        self.before.as_ref().map_or(&[], |run| &run.history)
    }

    /// What can be told from the names of the files alone.
    pub fn early(&self, brakes: &Brakes) -> Vec<Trip> {
        let mut trips = Trips::new(brakes);
        if !self.compares() {
            return trips.found;
        }
        if self.sources == 0 {
            let message = format!("there are no input files, and there were {}", group(self.known));
            trips.add(Brake::NoInput, true, message, 1.0, 0.0);
            return trips.found;
        }
        // Files that were renamed come back as new ones; so many may be that.
        let new = self.sources as u64 - (self.known - self.gone.len() as u64);
        let gone = self.gone.len() as u64;
        self.vanished(gone.saturating_sub(new), if new > 0 { "at least " } else { "" }, &mut trips);
        trips.found
    }

    /// What can be told once every file was read and every decision made. `hashes` are those of the sources.
    pub fn late<'h>(
        &self,
        brakes: &Brakes,
        hashes: impl Iterator<Item = Option<&'h str>>,
        totals: &Totals,
    ) -> Vec<Trip> {
        let mut trips = Trips::new(brakes);
        let Some(before) = &self.before else { return trips.found };
        let (mut compared, mut changed, mut fresh) = (0u64, 0u64, HashSet::new());
        let mut lost = 0u64;
        for (now, then) in hashes.zip(&self.hashes) {
            let now = now.and_then(checksum::parse);
            match (then, now) {
                (Some(_), None) => lost += 1,
                (Some(then), Some(now)) => {
                    compared += 1;
                    changed += u64::from(*then != now);
                }
                (None, Some(now)) => drop(fresh.insert(now)),
                _ => {}
            }
        }
        let gone = self.gone.iter().filter(|(_, hash)| hash.is_none_or(|hash| !fresh.contains(&hash))).count();
        if self.sources > 0 {
            // What was read before and cannot be read now is as good as gone.
            self.vanished(gone as u64 + lost, "", &mut trips);
        }
        let part = share(changed, compared);
        let told = format!("{} of the {} known files changed at once", percent(part), group(compared));
        let many = compared >= LEAST_CHANGED && part > brakes.limits.changed;
        trips.add(Brake::Changed, many, told, part, brakes.limits.changed);

        let taken = |past: &Past| share(past.chars_in.saturating_sub(past.chars_out), past.chars_in);
        let mut shares: Vec<f64> = before.history.iter().map(taken).collect();
        shares.sort_by(f64::total_cmp);
        if let Some(median) = shares.get(shares.len() / 2) {
            let part = share(totals.chars_in.saturating_sub(totals.chars_out), totals.chars_in);
            let told = format!(
                "{} of all characters would be taken out, in the last runs it was {}",
                percent(part),
                percent(*median)
            );
            let limit = median + brakes.limits.dropped;
            trips.add(Brake::Dropped, part > limit, told, part, limit);
        }

        let part = share(totals.largest_group, totals.files_in);
        let last = before.history.last().map_or(0.0, |past| share(past.largest_group, past.files_in));
        let limit = brakes.limits.cluster.max(if last > 0.0 { last + CLUSTER_GROWTH } else { 0.0 });
        let told = format!(
            "one text and its copies make up {} documents, {} of all",
            group(totals.largest_group),
            percent(part)
        );
        let large = totals.largest_group >= LEAST_CLUSTER && part > limit;
        trips.add(Brake::Cluster, large && brakes.limits.cluster < 1.0, told, part, limit);
        if let Some(RuleCut { rule, chars }) = &totals.largest_rule {
            let part = share(*chars, totals.chars_in);
            let last = before.history.last().map_or(0.0, |past| share(past.largest_rule, past.chars_in));
            let limit = brakes.limits.rule.max(if last > 0.0 { last + RULE_GROWTH } else { 0.0 });
            let told = format!("{rule} alone would cut {} characters, {} of all", group(*chars), percent(part));
            let much = *chars >= LEAST_RULE && part > limit && brakes.limits.rule < 1.0;
            trips.add(Brake::Rule, much, told, part, limit);
        }
        trips.found
    }

    fn vanished(&self, gone: u64, least: &str, trips: &mut Trips) {
        let part = share(gone, self.known);
        let limit = trips.brakes.limits.vanished;
        let told =
            format!("{least}{} of the {} known files are gone or cannot be read", percent(part), group(self.known));
        trips.add(Brake::Vanished, part > limit, told, part, limit);
    }

    /// Puts a stopped run where a person can look at it, and gives the error that ends it.
    pub fn stop(&self, brakes: &Brakes, trips: Vec<Trip>, staging: Staging, run: &RunFile) -> Error {
        let written = self.write(&trips, &staging, run).and_then(|()| staging.set_aside(&brakes.plan));
        Error::Brake { plan: brakes.plan.clone(), unwritten: written.err().map(|error| error.to_string()), trips }
    }

    fn write(&self, trips: &[Trip], staging: &Staging, run: &RunFile) -> Result<()> {
        #[derive(Serialize)]
        struct Stopped<'t> {
            stopped_by: &'t [Trip],
            accept_with: String,
            vanished: Vec<&'t str>,
        }
        let stopped = Stopped {
            stopped_by: trips,
            accept_with: accept_with(trips),
            vanished: self.gone.iter().map(|(path, _)| path.as_str()).collect(),
        };
        let mut file = staging.file("brakes.json")?;
        file.pretty(&stopped)?;
        file.finish()?;
        staging.write_run(run)
    }
}

struct Trips<'b> {
    brakes: &'b Brakes,
    found: Vec<Trip>,
}

impl<'b> Trips<'b> {
    fn new(brakes: &'b Brakes) -> Self {
        Self { brakes, found: Vec::new() }
    }

    fn add(&mut self, brake: Brake, tripped: bool, message: String, share: f64, limit: f64) {
        if tripped && !self.brakes.accept.contains(&brake) {
            let limit = (limit * 1e6).round() / 1e6;
            let message = if limit > 0.0 { format!("{message} (limit {})", percent(limit)) } else { message };
            self.found.push(Trip { brake, message: printable(&message), share, limit });
        }
    }
}

/// The flags that let such a run pass.
pub fn accept_with(trips: &[Trip]) -> String {
    let names: Vec<String> =
        trips.iter().map(|trip| format!("--accept {}", crate::summary::label(&trip.brake))).collect();
    names.join(" ")
}

fn share(part: u64, whole: u64) -> f64 {
    crate::audit::share(part, whole)
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}
