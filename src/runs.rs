//! Equal stretches of two keys, and the places in which they differ.

use std::ops::Range;

/// Equal symbols of two keys: `len` from `a` on and from `b` on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Run {
    /// Position in the first key.
    pub a: u32,
    /// Position in the second key.
    pub b: u32,
    /// Symbols.
    pub len: u32,
}

/// Number of equal symbols at the start of two slices.
#[inline]
pub fn common_prefix(a: &[u16], b: &[u16]) -> usize {
    // Most places differ at once.
    if a.first() != b.first() {
        return 0;
    }
    // Whole blocks first: slices compare by memory.
    const BLOCK: usize = 32;
    let mut at = 0;
    for (x, y) in a.chunks_exact(BLOCK).zip(b.chunks_exact(BLOCK)) {
        if x != y {
            break;
        }
        at += BLOCK;
    }
    at + a[at..].iter().zip(&b[at..]).take_while(|(x, y)| x == y).count()
}

/// Number of equal symbols at the end of two slices.
pub fn common_suffix(a: &[u16], b: &[u16]) -> usize {
    a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count()
}

/// Longest side of a gap, in symbols, that is aligned symbol by symbol.
const ALIGNED: usize = 64;

/// Sides of one length up to which symbols that face each other are compared: a word against a word.
const WORD: usize = 6;

/// The places in which the two sides of a gap differ, as ranges of each side. Runs are long, so a gap may hold several
/// words and what stands between them. At most `bridge` equal symbols between two places belong to them (何小洋 and 孔小桂).
pub fn each_place(x: &[u16], y: &[u16], bridge: usize, mut tell: impl FnMut(Range<usize>, Range<usize>)) {
    let head = common_prefix(x, y);
    let tail = common_suffix(&x[head..], &y[head..]);
    let (inner_x, inner_y) = (&x[head..x.len() - tail], &y[head..y.len() - tail]);
    let mut pairs = equal_pairs(inner_x, inner_y);
    let mut kept = 0;
    let mut at = 0;
    while at < pairs.len() {
        let follows = |next: usize| (pairs[next - 1].0 + 1, pairs[next - 1].1 + 1) == pairs[next];
        let end = (at + 1..pairs.len()).find(|next| !follows(*next)).unwrap_or(pairs.len());
        if end - at > bridge {
            pairs.copy_within(at..end, kept);
            kept += end - at;
        }
        at = end;
    }
    pairs.truncate(kept);
    let (mut i, mut j) = (0, 0);
    for (k, l) in pairs.into_iter().chain([(inner_x.len(), inner_y.len())]) {
        if k > i || l > j {
            tell(head + i..head + k, head + j..head + l);
        }
        (i, j) = (k + 1, l + 1);
    }
}

/// Places of equal symbols, ascending in both sides: those that face each other where the sides are of one length and much
/// alike, those of a longest common subsequence where they are not, none where a side is long.
fn equal_pairs(x: &[u16], y: &[u16]) -> Vec<(usize, usize)> {
    if x.len() == y.len() {
        let facing: Vec<_> = (0..x.len()).filter(|at| x[*at] == y[*at]).map(|at| (at, at)).collect();
        if facing.len() * 2 >= x.len() || x.len() <= WORD {
            return facing;
        }
    }
    if x.is_empty() || y.is_empty() || x.len().max(y.len()) > ALIGNED {
        return Vec::new();
    }
    // The length of the longest from each pair of places on.
    let mut best = [[0u8; ALIGNED + 1]; ALIGNED + 1];
    for (i, a) in x.iter().enumerate().rev() {
        for (j, b) in y.iter().enumerate().rev() {
            best[i][j] = if a == b { best[i + 1][j + 1] + 1 } else { best[i + 1][j].max(best[i][j + 1]) };
        }
    }
    let (mut i, mut j, mut out) = (0, 0, Vec::new());
    while i < x.len() && j < y.len() {
        if x[i] == y[j] {
            out.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if best[i + 1][j] >= best[i][j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(x: &str, y: &str, bridge: usize) -> Vec<(String, String)> {
        let (x, y): (Vec<u16>, Vec<u16>) = (x.encode_utf16().collect(), y.encode_utf16().collect());
        let mut out = Vec::new();
        each_place(&x, &y, bridge, |i, j| out.push((String::from_utf16_lossy(&x[i]), String::from_utf16_lossy(&y[j]))));
        out
    }

    #[test]
    fn places_are_words_whatever_stands_between_them() {
        let pairs =
            |list: &[(&str, &str)]| list.iter().map(|(x, y)| (x.to_string(), y.to_string())).collect::<Vec<_>>();
        assert_eq!(told("明天上午九点", "本周三上午八点", 0), pairs(&[("明天", "本周三"), ("九", "八")]));
        assert_eq!(told("何小洋", "孔小桂", 2), pairs(&[("何小洋", "孔小桂")]));
        assert_eq!(told("甲乙丙", "甲乙丙", 2), pairs(&[]));
        assert_eq!(told("甲丙", "甲乙丙", 2), pairs(&[("", "乙")]));
        assert_eq!(told("甲一二三乙", "丙一二三丁", 2), pairs(&[("甲", "丙"), ("乙", "丁")]));
    }
}
