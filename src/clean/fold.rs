//! Script folding that keeps byte offsets: each Han character becomes the representative of its script class.
//!
//! All of them are three bytes long, so a span of the folded text is a span of the text itself.

static TABLE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/key_table.bin"));

fn representative(code: usize) -> Option<u16> {
    let pair = TABLE.get(code * 2..code * 2 + 2)?;
    let folded = u16::from_le_bytes([pair[0], pair[1]]);
    (0x3400..=0x9FFF).contains(&folded).then_some(folded)
}

/// The text with Traditional and Simplified made equal; same length in bytes, same character boundaries.
pub fn fold(text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let mut at = 0;
    while at < bytes.len() {
        at += match bytes[at] {
            0..=0x7F => 1,
            0x80..=0xDF => 2,
            lead @ 0xE3..=0xE9 => {
                let code = (usize::from(lead) & 0x0F) << 12
                    | (usize::from(bytes[at + 1]) & 0x3F) << 6
                    | (usize::from(bytes[at + 2]) & 0x3F);
                if code >= 0x3400
                    && let Some(folded) = representative(code)
                {
                    bytes[at] = 0xE0 | (folded >> 12) as u8;
                    bytes[at + 1] = 0x80 | (folded >> 6 & 0x3F) as u8;
                    bytes[at + 2] = 0x80 | (folded & 0x3F) as u8;
                }
                3
            }
            0xE0..=0xEF => 3,
            _ => 4,
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
