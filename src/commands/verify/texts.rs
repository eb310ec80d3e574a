//! One document against its source, its records and its witnesses.

use super::passages::Proofs;
use super::{Check, TOLERANCE};
use crate::align::Aligner;
use crate::audit::{Decision, DocumentRecord, Relation, RemovalRecord};
use crate::document::Class;
use crate::error::Result;
use crate::key::key;

/// What two texts have in common, measured from the texts alone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Score {
    /// Share of the key symbols of the first text that is aligned with the second.
    pub(super) coverage_a: f64,
    /// Share of the second.
    pub(super) coverage_b: f64,
    /// The key streams are equal.
    pub(super) equal: bool,
    /// Places where both have a number and the numbers differ.
    pub(super) number_conflicts: u32,
}

/// Scores two texts from scratch, trusting no record.
pub(super) fn rescore(aligner: &mut Aligner, a: &str, b: &str) -> Score {
    let (a, b) = (key(a), key(b));
    let share = |part: u32, whole: usize| if whole == 0 { 0.0 } else { f64::from(part) / whole as f64 };
    let aligned = aligner.align(a.view(), b.view());
    Score {
        coverage_a: share(aligned.covered_a, a.symbols.len()),
        coverage_b: share(aligned.covered_b, b.symbols.len()),
        equal: a.symbols == b.symbols,
        number_conflicts: aligned.number_conflicts,
    }
}

impl Check<'_> {
    pub(super) fn document(&mut self, record: &DocumentRecord, removals: &[RemovalRecord]) -> Result<()> {
        let path = record.path.as_str();
        if record.decision == Decision::Quarantine {
            // What could not be read has no hash, and no copy to check.
            if record.bytes_hash.is_some() || self.out.corpus_path(record)?.is_file() {
                self.out.original(record, removals)?;
                self.restored += 1;
            }
            return Ok(());
        }
        let cleaned = self.out.cleaned(record, removals)?;
        let decoded = self.out.decoded(record, removals)?;
        // Where the raw bytes are packed, the text and its removals still have to make them up.
        if crate::locate::put_back(&cleaned, removals).as_ref() != Some(&decoded) {
            self.wrong(path, "its text and its removals do not make up the decoded input");
        }
        let chars = decoded.chars().count() as u64;
        if chars != record.chars_in {
            self.wrong(path, format!("has {chars} characters, recorded are {}", record.chars_in));
        }
        let left = if record.decision == Decision::Drop { 0 } else { cleaned.chars().count() as u64 };
        if left != record.chars_out {
            self.wrong(path, format!("{left} characters are left of it, recorded are {}", record.chars_out));
        }
        self.lines(path, &decoded, removals);
        self.out.original(record, removals)?;
        self.restored += 1;
        if record.decision == Decision::Drop {
            self.dropped_document(record, &cleaned)?;
        }
        self.cut_passages(path, &decoded, removals);
        Ok(())
    }

    /// Joins take line breaks only, and lines are those of the decoded text.
    fn lines(&mut self, path: &str, decoded: &str, removals: &[RemovalRecord]) {
        let offsets =
            char_offsets(decoded, removals.iter().flat_map(|r| [r.start, r.end.saturating_sub(1).max(r.start)]));
        let places = crate::locate::places(decoded, offsets);
        for (removal, place) in removals.iter().zip(places.chunks_exact(2)) {
            if (place[0].1, place[1].1) != (removal.line_start, removal.line_end) {
                self.wrong(path, format!("the removal at character {} names the wrong lines", removal.start));
            }
        }
    }

    fn dropped_document(&mut self, record: &DocumentRecord, text: &str) -> Result<()> {
        let path = record.path.as_str();
        let Some(witness) = &record.witness else {
            self.wrong(path, "was dropped without a witness");
            return Ok(());
        };
        if self.decisions.get(witness) != Some(&Decision::Keep) {
            self.wrong(path, format!("its witness {witness} is not kept"));
            return Ok(());
        }
        if self.out.corpus_path(record)?.exists() {
            self.wrong(path, "was dropped but stands in the corpus");
        }
        let pairs = self.dropped.get(path).cloned().unwrap_or_default();
        let Some(pair) = pairs.iter().find(|pair| pair.b == *witness) else {
            self.wrong(path, format!("was dropped for {witness}, but duplicates.jsonl has no such pair"));
            return Ok(());
        };
        let other = DocumentRecord { path: witness.clone(), decision: Decision::Keep, pack: None, ..record.clone() };
        let score = rescore(&mut self.aligner, text, &self.out.cleaned(&other, &[])?);
        self.copies_scored += 1;
        let low = (score.coverage_a < pair.coverage_a - TOLERANCE).then_some(score.coverage_a);
        let low = low.or((score.coverage_b < pair.coverage_b - TOLERANCE).then_some(score.coverage_b));
        if let Some(share) = low {
            self.wrong(path, format!("only {:.1} % of it and {witness} are alike", share * 100.0));
        } else if pair.relation == Relation::Exact && !score.equal {
            self.wrong(path, format!("is recorded as exact, but differs from {witness}"));
        }
        if score.number_conflicts > 0 && !self.numbers_may_go() {
            self.wrong(path, format!("was dropped, but its numbers differ from those of {witness}"));
        }
        Ok(())
    }

    /// Each passage that was taken out has its witness in what is left; each repeat cut belongs to a passage.
    fn cut_passages(&mut self, path: &str, decoded: &str, removals: &[RemovalRecord]) {
        let passages = self.cut.remove(path).unwrap_or_default();
        if passages.is_empty() && !removals.iter().any(|removal| removal.class == Class::Repeat) {
            return;
        }
        let proofs = Proofs::new(decoded, removals, &passages);
        for passage in &passages {
            for what in proofs.passage(&mut self.aligner, passage) {
                self.wrong(path, what);
            }
            self.passages_scored += 1;
        }
        for what in proofs.unproven(removals) {
            self.wrong(path, what);
        }
    }
}

/// Byte offsets of ascending character offsets; past the end: the length of the text.
fn char_offsets(text: &str, wanted: impl IntoIterator<Item = u64>) -> Vec<usize> {
    let mut chars = text.char_indices();
    let (mut seen, mut last) = (0u64, 0usize);
    wanted
        .into_iter()
        .map(|offset| {
            while seen <= offset && last < text.len() {
                last = chars.next().map_or(text.len(), |(at, _)| at);
                seen += 1;
            }
            last
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn character_offsets_ascend_and_end() {
        assert_eq!(char_offsets("甲a乙", [0, 0, 1, 2, 3, 9]), [0, 0, 3, 4, 7, 7]);
    }

    #[test]
    fn equal_texts_score_whole_and_strangers_do_not() {
        let text = "各位代表，今天的会议主要讨论农田水利建设和秋粮收购两项工作，请大家充分发表意见。";
        let other = "博物馆新近展出一批青铜器，观众可以在周末免费参观，讲解员每天上午十点开始介绍。";
        let mut aligner = Aligner::default();
        let same = rescore(&mut aligner, text, &text.replace('，', ",\n"));
        assert!(same.equal && same.coverage_a == 1.0 && same.coverage_b == 1.0);
        assert!(rescore(&mut aligner, text, other).coverage_a < 0.3);
        assert_eq!(rescore(&mut aligner, "", text).coverage_a, 0.0);
    }
}
