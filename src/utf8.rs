//! Characters of bytes known to be UTF-8, faster than by iterators of characters: no look ahead, no check twice.

/// Decodes the character at `at`: its code point and its length in bytes. What is cut off at the end counts as zeros,
/// so that no bytes make it panic but an `at` beyond the end.
#[inline(always)]
pub fn decode(bytes: &[u8], at: usize) -> (u32, usize) {
    let part = |offset: usize| u32::from(bytes.get(at + offset).copied().unwrap_or(0)) & 0x3F;
    match bytes[at] {
        lead @ 0xE0..=0xEF => (u32::from(lead & 0x0F) << 12 | part(1) << 6 | part(2), 3),
        lead @ 0..=0x7F => (u32::from(lead), 1),
        lead @ 0x80..=0xDF => (u32::from(lead & 0x1F) << 6 | part(1), 2),
        lead => (u32::from(lead & 0x07) << 18 | part(1) << 12 | part(2) << 6 | part(3), 4),
    }
}

/// The characters of UTF-8: every byte but the continuation bytes begins one.
pub fn count(bytes: &[u8]) -> u64 {
    // A byte counts as far as 255: counting in bytes takes a third of the time.
    let block = |block: &[u8]| block.iter().fold(0u8, |sum, byte| sum + u8::from((*byte as i8) >= -0x40));
    bytes.chunks(192).map(|part| u64::from(block(part))).sum()
}

/// The start of the character that holds the byte `at` of a text, or its end.
pub fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// The last `count` characters of a text.
pub fn last(text: &str, count: usize) -> &str {
    let start = count.checked_sub(1).map(|nth| text.char_indices().nth_back(nth).map_or(0, |(at, _)| at));
    &text[start.unwrap_or(text.len())..]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_same_as_the_characters(text in ".{0,120}") {
            let mut at = 0;
            let mut found = Vec::new();
            while at < text.len() {
                let (code, length) = decode(text.as_bytes(), at);
                found.push(char::from_u32(code).unwrap());
                at += length;
            }
            prop_assert_eq!(count(text.as_bytes()), found.len() as u64);
            prop_assert_eq!(found, text.chars().collect::<Vec<_>>());
        }
    }
}
