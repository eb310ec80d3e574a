//! What a run promises that nobody watches: one at a time, and nothing half done.

mod common;

use common::{Lab, speech};
use dechaff::lock::Lock;
use std::time::{Duration, Instant};

#[test]
fn a_second_run_is_refused_at_once_and_names_the_holder() {
    let lab = Lab::new();
    lab.put("a.txt", speech(1));
    lab.run(0);
    let before = common::tree(&lab.path("out"));
    let lock = Lock::take(&lab.path("out"), None).unwrap();
    let start = Instant::now();
    let ran = lab.run(11);
    assert!(start.elapsed() < Duration::from_secs(1));
    let holder = format!("held by another run (process {} on ", std::process::id());
    assert!(ran.stderr().contains(&holder), "{}", ran.stderr());
    assert_eq!(common::tree(&lab.path("out")), before);
    drop(lock);
    lab.run(0);
    assert!(!lab.path(".out.lock").exists());
}

#[test]
fn a_run_that_waits_begins_when_the_lock_is_free() {
    let lab = Lab::new();
    lab.put("a.txt", speech(1));
    let lock = Lock::take(&lab.path("out"), None).unwrap();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| lab.dechaff(["run", "in", "--out", "out", "--wait"]));
        std::thread::sleep(Duration::from_millis(600));
        assert!(!lab.path("out").exists());
        drop(lock);
        let ran = waiting.join().unwrap();
        assert_eq!(ran.code(), 0, "{}", ran.stderr());
        assert!(ran.stderr().contains("waiting for another run of this OUT (process "), "{}", ran.stderr());
    });
}
