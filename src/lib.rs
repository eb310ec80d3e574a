//! dechaff takes a folder of Chinese text scraped from the web and gives back a clean folder: scraper debris cut
//! off, torn text mended, copies found and resolved. Every change is written down with its reason and can be undone.
//!
//! The library never prints. `docs/design.md` tells the flow; `pipeline` is the only module that knows its order.

pub mod accepted;
pub mod align;
pub mod audit;
pub mod brakes;
pub mod cancel;
pub mod candidates;
pub mod checksum;
pub mod clean;
pub mod cli;
pub mod commands;
pub mod compared;
pub mod config;
pub mod decide;
pub mod decode;
pub mod document;
pub mod edits;
pub mod error;
pub mod exceptions;
pub mod fingerprint;
pub mod intake;
pub mod job;
pub mod join;
pub mod key;
pub mod learn;
pub mod library;
pub mod locate;
pub mod lock;
pub mod manifest;
pub mod metrics;
pub mod names;
pub mod pack;
pub mod pipeline;
pub mod place;
pub mod progress;
pub mod propose;
pub mod publish;
pub mod published;
pub mod recall;
pub mod refine;
pub mod relate;
pub mod repeat;
pub mod report;
pub mod segment;
pub mod settings;
pub mod shared;
pub mod sketch;
pub mod state;
pub mod store;
pub mod summary;
pub mod teach;
pub mod utf8;
pub mod verify;
pub mod walk;
