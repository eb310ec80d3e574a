//! The records of `OUT/audit`, field by field. Names are a contract: fields are added, never renamed.
//!
//! Offsets are in characters of the decoded input, lines count from 1, and `line_end` is the line of the last
//! character of a span. Paths are relative to the input and use `/`; bytes of a file name that are not UTF-8 are
//! percent-encoded (see `walk::Source::name`).

use crate::checksum::{Hex, Sum};
use crate::differ::Differs;
use crate::document::{Action, Class};
use serde::{Deserialize, Serialize};

/// What became of an input document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// Its cleaned text stands in `OUT/corpus`.
    Keep,
    /// A copy: absent from `OUT/corpus`, its witness is there.
    Drop,
    /// Could not be read as text: copied unchanged into `OUT/corpus` (where it could be read at all).
    Quarantine,
}

/// How two documents relate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Relation {
    /// The key streams are equal.
    Exact,
    /// Coverage is high both ways.
    Near,
    /// Nearly all of `a` stands in `b`, and `b` holds much more.
    Contained,
    /// Equal or nearly equal but for real numbers.
    NumbersDiffer,
}

/// What was done, or would be done, about a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Taken out of the corpus.
    Drop,
    /// Reported, nothing taken.
    Flag,
}

/// Whether a repeated passage stands in one document or in two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Both places are in the same document.
    Within,
    /// The places are in two documents.
    Across,
}

/// What kind of repeat a passage is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Label {
    /// Equal, symbol by symbol.
    Exact,
    /// Equal but for small gaps.
    Near,
    /// Equal but for real numbers.
    NumbersDiffer,
    /// Short, or made of what the whole corpus repeats: a slogan, quoted law, an opening.
    Formula,
}

/// How the lines of a file end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Newline {
    /// `\n`, or no line end at all.
    Lf,
    /// `\r\n` throughout.
    Crlf,
    /// `\r` throughout.
    Cr,
    /// More than one kind.
    Mixed,
}

/// Where `OUT/audit/originals.zst` keeps what `restore` cannot take from `OUT/corpus`: one zstd frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pack {
    /// First byte of the frame.
    pub offset: u64,
    /// Length of the frame in bytes.
    pub length: u64,
    /// The frame holds the original bytes; otherwise the cleaned text of a dropped document.
    pub raw: bool,
}

/// How the `review` of a document ends whose file gave no bytes.
pub const STALE: &str = "this is the text of an earlier run";

/// One line of `documents.jsonl`: an input document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DocumentRecord {
    /// Path relative to the input.
    pub path: String,
    /// Encoding label such as `UTF-8`, `GB18030`, `Big5`, `UTF-16LE`; absent in quarantine.
    pub encoding: Option<String>,
    /// Size of the input file in bytes.
    pub bytes: u64,
    /// Characters of the decoded input.
    pub chars_in: u64,
    /// Characters written to `OUT/corpus`; 0 for a dropped document.
    pub chars_out: u64,
    /// What became of it.
    pub decision: Decision,
    /// `unique`, `survivor`, `empty` or `review` for kept ones; the relation for dropped ones; the fault in quarantine.
    pub reason: String,
    /// The kept document that proves a drop.
    pub witness: Option<String>,
    /// Path of the survivor of its group; absent where it has no copies.
    pub cluster: Option<String>,
    /// Number of documents in the group, the survivor included; 1 where it has no copies.
    pub cluster_size: u32,
    /// SimHash over shingles, 16 hexadecimal digits; absent for texts without a shingle.
    pub simhash: Option<Hex<16>>,
    /// XXH3-128 of the key stream of the cleaned text, 32 hexadecimal digits; absent for empty ones.
    pub key_hash: Option<Sum>,
    /// XXH3-128 of the bytes of the input file, 32 hexadecimal digits; absent where it could not be read.
    pub bytes_hash: Option<Sum>,
    /// XXH3-128 of the bytes in `OUT/corpus`; absent where nothing of the document stands there.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub text_hash: Option<Sum>,
    /// Whether the file begins with a byte order mark.
    pub bom: bool,
    /// How its lines end.
    pub newline: Option<Newline>,
    /// A title that only a cut intro held.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub title: Option<String>,
    /// Why a person should look at it (for example: left whole because rules would have cut too much).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub review: Option<String>,
    /// Places that stay because a person held their change wrong.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub held: Vec<HeldRecord>,
    /// What `restore` needs beside `OUT/corpus` and `removals.jsonl`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub pack: Option<Pack>,
}

impl DocumentRecord {
    /// Whether its file gave no bytes, and what the record tells is what an earlier run read.
    pub fn is_stale(&self) -> bool {
        self.review.as_deref().is_some_and(|review| review.ends_with(STALE))
    }
}

/// A place that an exception kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)] // characters and lines as in `RemovalRecord`
pub struct HeldRecord {
    pub start: u64,
    pub end: u64,
    pub line_start: u64,
    pub line_end: u64,
    /// The rule that was held wrong.
    pub rule: String,
}

/// One line of `removals.jsonl`: a changed span.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemovalRecord {
    /// Path of the document.
    pub path: String,
    /// First character of the decoded input that went.
    pub start: u64,
    /// One past the last character.
    pub end: u64,
    /// Line of the first character.
    pub line_start: u64,
    /// Line of the last character.
    pub line_end: u64,
    /// Cut or join.
    pub action: Action,
    /// Class of debris.
    pub class: Class,
    /// Name of the rule.
    pub rule: String,
    /// The text that went.
    pub text: String,
}

/// One line of `duplicates.jsonl`: a verified pair of documents.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DuplicateRecord {
    /// The document that goes or is the part.
    pub a: String,
    /// The witness.
    pub b: String,
    /// How they relate.
    pub relation: Relation,
    /// Jaccard similarity of the sets of 5-symbol shingles, 0 to 1.
    pub jaccard: f64,
    /// Share of the key symbols of `a` that are aligned with `b`, 0 to 1.
    pub coverage_a: f64,
    /// Share of the key symbols of `b` that are aligned with `a`, 0 to 1.
    pub coverage_b: f64,
    /// Bits in which the two SimHashes differ, 0 to 64; absent where a text has none.
    pub simhash_distance: Option<u32>,
    /// What was done.
    pub action: Verdict,
    /// It would have been dropped, but that a person held that wrong.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub held: bool,
    /// What keeps them apart, where they are alike enough to be copies.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub differs: Option<Differs>,
}

/// One line of `passages.jsonl`: a verified repeated passage with both its places.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)] // places: document, lines from 1, characters of the decoded input
pub struct PassageRecord {
    pub a: String,
    pub a_line_start: u64,
    pub a_line_end: u64,
    pub a_start: u64,
    pub a_end: u64,
    pub b: String,
    pub b_line_start: u64,
    pub b_line_end: u64,
    pub b_start: u64,
    pub b_end: u64,
    /// Equal key symbols.
    pub symbols: u64,
    /// Equal symbols over the symbols of the longer side, 0 to 1.
    pub identity: f64,
    /// Within one document or across two.
    pub scope: Scope,
    /// What kind of repeat it is.
    pub label: Label,
    /// What was done.
    pub action: Verdict,
    /// It would have been taken out, but that a person held that wrong.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub held: bool,
}

/// Rounds a share to six decimals, so that a record does not depend on the last bits of a division.
pub fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        return 0.0;
    }
    (part as f64 / whole as f64 * 1e6).round() / 1e6
}
