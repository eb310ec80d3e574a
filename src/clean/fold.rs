//! Script folding that keeps byte offsets: each Han character becomes the representative of its script class.
//!
//! All of them are three bytes long, so a span of the folded text is a span of the text itself.

static TABLE: &[u8; 0x2_0000] = include_bytes!(concat!(env!("OUT_DIR"), "/key_table.bin"));

#[inline(always)]
fn representative(code: u16) -> Option<u16> {
    let at = usize::from(code) * 2;
    let folded = u16::from_le_bytes([TABLE[at], TABLE[at + 1]]);
    (0x3400..=0x9FFF).contains(&folded).then_some(folded)
}

/// The text with Traditional and Simplified made equal; same length in bytes, same character boundaries.
pub fn fold(text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let mut at = 0;
    while let Some(rest) = bytes.get_mut(at..) {
        // The common case first and without the others' tests: three bytes of a Han character.
        if let Some([lead @ 0xE3..=0xE9, second, third]) = rest.first_chunk_mut() {
            let code = u16::from(*lead & 0x0F) << 12 | u16::from(*second & 0x3F) << 6 | u16::from(*third & 0x3F);
            if let Some(folded) = representative(code).filter(|folded| code >= 0x3400 && *folded != code) {
                *lead = 0xE0 | (folded >> 12) as u8;
                *second = 0x80 | (folded >> 6 & 0x3F) as u8;
                *third = 0x80 | (folded & 0x3F) as u8;
            }
            at += 3;
            continue;
        }
        at += match rest.first() {
            None => break,
            Some(0..=0x7F) => 1,
            Some(0x80..=0xDF) => 2,
            Some(0xE0..=0xEF) => 3,
            Some(_) => 4,
        };
    }
    // Checked by vector code and copied: half the time of the checked conversion in place.
    simdutf8::basic::from_utf8(&bytes).map_or_else(|_| text.to_owned(), str::to_owned)
}

/// Whether a character is Han of the basic plane.
pub fn han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9FFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_stay_and_scripts_meet() {
        let text = "來源：網絡 a編輯😀後面";
        let folded = fold(text);
        assert_eq!(folded.len(), text.len());
        assert_eq!(folded, fold("来源：网络 a编辑😀后面"));
        assert!(text.char_indices().map(|c| c.0).eq(folded.char_indices().map(|c| c.0)));
    }
}
