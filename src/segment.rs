//! stub
#![allow(missing_docs)]
pub fn sections(_: &str) -> Vec<std::ops::Range<usize>> {
    Vec::new()
}
