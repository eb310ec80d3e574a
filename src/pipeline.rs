//! The order of the stages. This one only decodes and copies; it stands in for the real one.

use crate::audit::{Decision, DocumentRecord};
use crate::decode::{bytes_hash, decode};
use crate::error::Result;
use crate::job::Job;
use crate::locate::removals;
use crate::pack;
use crate::progress::Progress;
use crate::publish::Staging;
use crate::summary::{RunFile, StageSeconds, Totals, peak_memory};
use crate::walk::{self, walk};
use std::time::Instant;

/// Runs the job and publishes its output.
pub fn run(job: &Job, progress: &dyn Progress) -> Result<Totals> {
    walk::check_paths(&job.input, &job.out)?;
    let mut totals = Totals::default();
    let mut clock = Instant::now();
    let mut lap = |totals: &mut Totals, stage: &str| {
        totals.seconds.push(StageSeconds { stage: stage.into(), seconds: clock.elapsed().as_secs_f64() });
        clock = Instant::now();
    };

    progress.stage("walk", 0, 0);
    let walked = walk(&job.input, &job.config.include, &job.config.exclude)?;
    totals.files_in = walked.sources.len() as u64;
    totals.skipped = walked.skipped;
    totals.links_skipped = walked.links_skipped;
    totals.other_skipped = walked.other_skipped;
    totals.unreadable = walked.unreadable.len() as u64;
    totals.bytes_in = walked.sources.iter().map(|source| source.bytes).sum();
    progress.finish();
    lap(&mut totals, "walk");

    progress.stage("clean", totals.files_in, totals.bytes_in);
    let staging = if job.durable { Staging::create(&job.out)? } else { Staging::create_scratch(&job.out)? };
    let mut documents = staging.file("audit/documents.jsonl")?;
    let mut removed = staging.file("audit/removals.jsonl")?;
    let mut originals = pack::Writer::create(&staging)?;
    for source in &walked.sources {
        let mut record = DocumentRecord {
            path: source.name.clone(),
            encoding: None,
            bytes: source.bytes,
            chars_in: 0,
            chars_out: 0,
            decision: Decision::Keep,
            reason: "unique".into(),
            witness: None,
            cluster: None,
            cluster_size: 1,
            simhash: None,
            key_hash: None,
            bytes_hash: None,
            bom: false,
            newline: None,
            title: None,
            review: None,
            pack: None,
        };
        let read = walk::read(&job.input, source).and_then(|bytes| {
            record.bytes_hash = Some(bytes_hash(&bytes));
            record.bytes = bytes.len() as u64;
            let raw = bytes.clone();
            decode(bytes).map(|decoded| (decoded, raw))
        });
        match read {
            Ok((decoded, raw)) => {
                record.encoding = Some(decoded.encoding.into());
                record.bom = decoded.bom;
                record.newline = Some(decoded.newline);
                record.chars_in = decoded.text.chars().count() as u64;
                record.chars_out = record.chars_in;
                totals.kept += 1;
                if decoded.text.is_empty() {
                    totals.empty += 1;
                    record.reason = "empty".into();
                }
                if !decoded.exact {
                    record.pack = Some(originals.append(&pack::frame(&raw)?, true)?);
                }
                for removal in removals(&source.name, &decoded.text, &[], |_| "") {
                    removed.record(&removal)?;
                }
                staging.write_document(source, decoded.text.as_bytes())?;
            }
            Err(fault) => {
                record.decision = Decision::Quarantine;
                record.reason = fault.code().into();
                totals.quarantined += 1;
                progress.note(&format!("{}: {fault}", source.name));
                staging.copy_document(&job.input, source)?;
            }
        }
        totals.chars_in += record.chars_in;
        totals.chars_out += record.chars_out;
        documents.record(&record)?;
        progress.advance(1, source.bytes);
    }
    documents.finish()?;
    removed.finish()?;
    originals.finish()?;
    staging.file("audit/duplicates.jsonl")?.finish()?;
    staging.file("audit/passages.jsonl")?.finish()?;
    progress.finish();
    lap(&mut totals, "clean");

    progress.stage("publish", 0, 0);
    totals.peak_memory = peak_memory();
    let run = RunFile {
        input: crate::names::encode(&job.input),
        config: job.config.clone(),
        unreadable: walked.unreadable,
        totals: totals.clone(),
        ..RunFile::default()
    };
    crate::report::write(&staging, &run)?;
    staging.write_run(&run)?;
    staging.publish()?;
    progress.finish();
    lap(&mut totals, "publish");
    Ok(totals)
}
