//! One program for all targets: `DECHAFF_FUZZ_TARGET` names the one to feed.
#![no_main]

#[path = "../../tests/fuzz/targets.rs"]
mod targets;

use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static TARGET: LazyLock<fn(&[u8])> = LazyLock::new(|| {
    let name = std::env::var("DECHAFF_FUZZ_TARGET").expect("DECHAFF_FUZZ_TARGET");
    targets::ALL.iter().find(|(known, _)| *known == name).expect("a target of tests/fuzz/targets.rs").1
});

fuzz_target!(|data: &[u8]| TARGET(data));
