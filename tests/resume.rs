//! What a stopped run has finished is used by the next one, which ends with the bytes of a run that nobody disturbed.

mod common;

use common::{prose, tree};
use dechaff::cancel::Cancel;
use dechaff::error::Error;
use dechaff::job::{Job, Reuse};
use dechaff::pipeline;
use dechaff::progress::{Progress, Silent};
use dechaff::summary::Totals;
use std::fs;
use std::path::{Path, PathBuf};

/// Asks a run to stop when a stage begins.
struct StopAt(&'static str, Cancel);

impl Progress for StopAt {
    fn stage(&self, name: &'static str, _: u64, _: u64) {
        if name == self.0 {
            self.1.request(15);
        }
    }
    fn advance(&self, _: u64, _: u64) {}
    fn finish(&self) {}
    fn note(&self, _: &str) {}
}

struct Lab(tempfile::TempDir);

impl Lab {
    /// 40 documents, of which ten are copies, one is binary, and some have a frame in common.
    fn new() -> Self {
        let lab = Self(tempfile::tempdir().unwrap());
        fs::create_dir_all(lab.path("in/site")).unwrap();
        for at in 0..30 {
            let text = format!("欢迎访问示例文库\n{}下一篇：示例文库里的又一篇\n", prose(at, 400));
            fs::write(lab.path(&format!("in/site/{at:02}.txt")), &text).unwrap();
            if at % 3 == 0 {
                fs::write(lab.path(&format!("in/copy-{at:02}.txt")), text.replace('。', "；")).unwrap();
            }
        }
        fs::write(lab.path("in/nul.txt"), b"abc\0def").unwrap();
        lab
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn job(&self, out: &str) -> Job {
        let mut job = Job::new(self.path("in"), self.path(out));
        job.config.threads = 2;
        job
    }

    fn stop(&self, stage: &'static str) {
        let mut job = self.job("out");
        job.cancel = Cancel::default();
        let stopped = pipeline::run(&job, &StopAt(stage, job.cancel.clone()));
        assert!(matches!(stopped, Err(Error::Cancelled { signal: 15 })), "{stopped:?}");
        assert!(!self.path("out").join("run.json").exists() || self.path("first").exists());
    }

    /// The run after it, and what beside OUT is left.
    fn finish(&self) -> Totals {
        let totals = pipeline::run(&self.job("out"), &Silent).unwrap();
        let mut names: Vec<_> = fs::read_dir(self.0.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        names.retain(|name| name.to_string_lossy().starts_with(".out") && !name.to_string_lossy().contains("kept"));
        assert!(names.is_empty(), "{names:?}");
        assert!(!self.path("out/state/journal").exists());
        totals
    }

    fn assert_same(&self) {
        let job = Job { reuse: Reuse::Nothing, ..self.job("full") };
        pipeline::run(&job, &Silent).unwrap();
        for part in ["corpus", "audit"] {
            assert!(tree(&self.path("out").join(part)) == tree(&self.path("full").join(part)), "{part}");
        }
    }

    fn left(&self) -> PathBuf {
        let mut folders = fs::read_dir(self.0.path()).unwrap().map(|entry| entry.unwrap().path());
        folders.find(|path| path.to_string_lossy().contains(".out.staging-")).expect("a staging folder is left")
    }
}

#[test]
fn documents_that_a_stopped_run_had_refined_are_not_refined_again() {
    for stage in ["relate", "passages", "decide", "publish"] {
        let lab = Lab::new();
        lab.stop(stage);
        let totals = lab.finish();
        assert_eq!((totals.reuse.resumed, totals.reuse.refined), (40, 1), "stopped at {stage}");
        lab.assert_same();
        // What was published is known as ever.
        let totals = pipeline::run(&lab.job("out"), &Silent).unwrap();
        assert_eq!((totals.reuse.resumed, totals.reuse.refined), (0, 1));
    }
}

#[test]
fn work_goes_on_over_several_stops() {
    let lab = Lab::new();
    lab.stop("relate");
    lab.stop("clean");
    lab.stop("publish");
    let totals = lab.finish();
    assert_eq!((totals.reuse.resumed, totals.reuse.refined), (40, 1));
    lab.assert_same();
}

#[test]
fn with_the_same_templates_work_is_used_though_the_input_has_changed() {
    let lab = Lab::new();
    fs::write(lab.path("templates.toml"), "").unwrap();
    let run = |cancel: Cancel, out: &str| {
        let mut job = Job { cancel, ..lab.job(out) };
        job.config.templates = Some(lab.path("templates.toml"));
        let stop = StopAt(if out == "out" { "passages" } else { "" }, job.cancel.clone());
        pipeline::run(&job, &stop)
    };
    run(Cancel::default(), "out").unwrap_err();
    fs::rename(lab.path("in/site/07.txt"), lab.path("in/site/renamed.txt")).unwrap();
    fs::write(lab.path("in/site/08.txt"), prose(77, 300)).unwrap();
    fs::remove_file(lab.path("in/site/09.txt")).unwrap();
    let mut job = lab.job("out");
    job.config.templates = Some(lab.path("templates.toml"));
    let totals = pipeline::run(&job, &Silent).unwrap();
    assert_eq!((totals.reuse.resumed, totals.reuse.refined), (38, 2));
    run(Cancel::default(), "full").unwrap();
    for part in ["corpus", "audit"] {
        assert!(tree(&lab.path("out").join(part)) == tree(&lab.path("full").join(part)), "{part}");
    }
}

#[test]
fn a_night_that_is_stopped_keeps_what_was_new_in_it() {
    let lab = Lab::new();
    lab.finish();
    fs::create_dir(lab.path("first")).unwrap();
    for at in 50..60 {
        fs::write(lab.path(&format!("in/site/{at}.txt")), prose(at, 400)).unwrap();
    }
    lab.stop("decide");
    let totals = lab.finish();
    assert_eq!((totals.reuse.resumed, totals.reuse.refined), (10, 1));
}

#[test]
fn with_another_configuration_nothing_is_taken_over() {
    let lab = Lab::new();
    lab.stop("relate");
    let mut job = lab.job("out");
    job.config.actions.copy = dechaff::config::Policy::Flag;
    let totals = pipeline::run(&job, &Silent).unwrap();
    assert_eq!((totals.reuse.resumed, totals.reuse.refined), (0, 41));
}

#[test]
fn what_is_torn_is_made_again() {
    let cut = |path: &Path, share: f64| {
        let bytes = fs::read(path).unwrap();
        fs::write(path, &bytes[..(bytes.len() as f64 * share) as usize]).unwrap();
    };
    type Damage<'d> = (&'d str, u64, u64, &'d dyn Fn(&Path));
    let damages: [Damage; 6] = [
        ("no journal", 0, 0, &|left| fs::remove_file(left.join("state/journal")).unwrap()),
        ("half a journal", 10, 30, &|left| cut(&left.join("state/journal"), 0.4)),
        ("half the entries", 10, 30, &|left| cut(&left.join("state/documents"), 0.4)),
        ("no packed texts", 30, 30, &|left| cut(&left.join("audit/originals.zst"), 0.0)),
        ("a text of the same size and time", 39, 39, &|left| {
            let path = left.join("corpus/site/05.txt");
            let (bytes, time) = (fs::read(&path).unwrap(), path.metadata().unwrap().modified().unwrap());
            fs::write(&path, vec![b'x'; bytes.len()]).unwrap();
            fs::File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
        }),
        ("bits of entries", 1, 39, &|left| {
            let path = left.join("state/documents");
            let mut bytes = fs::read(&path).unwrap();
            (1000..bytes.len()).step_by(1500).for_each(|at| bytes[at] ^= 4);
            fs::write(&path, bytes).unwrap();
        }),
    ];
    for (what, least, most, damage) in damages {
        let lab = Lab::new();
        lab.stop("publish");
        damage(&lab.left());
        let totals = lab.finish();
        assert!((least..=most).contains(&totals.reuse.resumed), "{what}: {:?}", totals.reuse);
        lab.assert_same();
    }
}
