//! dechaff takes a folder of Chinese text scraped from the web and gives back a clean folder: scraper debris cut
//! off, torn text mended, copies found and resolved. Every change is written down with its reason and can be undone.
//!
//! The library never prints. `docs/design.md` tells the flow; `pipeline` is the only module that knows its order.

pub mod audit;
pub mod clean;
pub mod config;
pub mod document;
pub mod edits;
pub mod error;
pub mod segment;
