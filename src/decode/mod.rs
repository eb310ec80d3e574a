//! Bytes to text and back. Never lossy in silence: what is not cleanly text is a `Fault`.

mod detect;

use crate::audit::Newline;
use encoding_rs::Encoding;

/// Why an input file is not taken as text. It is quarantined: copied unchanged and recorded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// The system would not give its bytes.
    #[error("could not be read: {0}")]
    Unreadable(String),
    /// It was written to while it was read, again and again.
    #[error("changes while it is read")]
    Changing,
    /// The system has no more files or memory to give, which is no fault of this file: the run cannot go on.
    #[error("could not be read: {0}")]
    Exhausted(String),
    /// The system takes no path as long as that which its text would have: there is no place for it.
    #[error("has a path too long to be written below OUT: {0} bytes, {1} more than can be")]
    TooDeep(usize, usize),
    /// Larger than a document may be.
    #[error("is too large: {0} bytes, a document may have 4294967295")]
    TooLarge(u64),
    /// Holds NUL or many control characters.
    #[error("is binary: it holds NUL or many control characters")]
    Binary,
    /// No supported encoding fits all its bytes.
    #[error("cannot be decoded: {0}")]
    Undecodable(&'static str),
}

impl Fault {
    /// The stable code that stands in the record.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable(_) | Self::Exhausted(_) | Self::TooDeep(..) => "unreadable",
            Self::Changing => "changing",
            Self::TooLarge(_) => "too-large",
            Self::Binary => "binary",
            Self::Undecodable(_) => "undecodable",
        }
    }
}

/// A decoded document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// The text; its lines end in `\n`.
    pub text: String,
    /// `UTF-8`, `UTF-16LE`, `UTF-16BE`, `GB18030` or `Big5`.
    pub encoding: &'static str,
    /// Whether the file began with a byte order mark (not part of the text).
    pub bom: bool,
    /// How its lines ended.
    pub newline: Newline,
    /// Whether `encode` gives back the same bytes.
    pub exact: bool,
}

/// Decodes a document. UTF-8 is validated once, in place.
pub fn decode(bytes: Vec<u8>) -> Result<Decoded, Fault> {
    if bytes.len() > u32::MAX as usize {
        return Err(Fault::TooLarge(bytes.len() as u64));
    }
    let bom = detect::bom(&bytes);
    let decoded = match bom {
        Some(("UTF-8", length)) => {
            if simdutf8::basic::from_utf8(&bytes[length..]).is_err() {
                return Err(Fault::Undecodable("it has a UTF-8 byte order mark but is not valid UTF-8"));
            }
            from_utf8(bytes, length)
        }
        Some((encoding, length)) => from_other(&bytes, encoding, length)
            .ok_or(Fault::Undecodable("it has a byte order mark, but its encoding does not fit all its bytes"))?,
        None => {
            let utf8 = simdutf8::basic::from_utf8(&bytes).is_ok();
            if utf8 && memchr::memchr(0, &bytes).is_none() {
                from_utf8(bytes, 0)
            } else if let Some(encoding) = detect::utf16(&bytes) {
                from_other(&bytes, encoding, 0).ok_or(Fault::Undecodable("it is damaged UTF-16"))?
            } else if utf8 || memchr::memchr(0, &bytes).is_some() {
                return Err(Fault::Binary);
            } else {
                let candidates = detect::legacy(&bytes).map_err(Fault::Undecodable)?;
                let decoded = candidates.into_iter().find_map(|encoding| from_other(&bytes, encoding, 0));
                decoded.ok_or(Fault::Undecodable("it is neither UTF-8, UTF-16, GB18030 nor Big5 throughout"))?
            }
        }
    };
    if decoded.text.len() > u32::MAX as usize {
        return Err(Fault::TooLarge(decoded.text.len() as u64));
    }
    if is_binary(&decoded.text) {
        return Err(Fault::Binary);
    }
    Ok(decoded)
}

/// The bytes of a text with LF line ends, in the encoding and with the line ends it came with. `None` where the
/// encoding lacks a character or the line ends were mixed.
pub fn encode(text: &str, encoding: &str, bom: bool, newline: Newline) -> Option<Vec<u8>> {
    let text = match newline {
        Newline::Lf => std::borrow::Cow::Borrowed(text),
        Newline::Crlf => text.replace('\n', "\r\n").into(),
        Newline::Cr => text.replace('\n', "\r").into(),
        Newline::Mixed => return None,
    };
    let mut bytes = Vec::with_capacity(text.len() + 4);
    if bom {
        bytes.extend_from_slice(detect::bom_of(encoding)?);
    }
    match encoding {
        "UTF-8" => bytes.extend_from_slice(text.as_bytes()),
        "UTF-16LE" => text.encode_utf16().for_each(|unit| bytes.extend(unit.to_le_bytes())),
        "UTF-16BE" => text.encode_utf16().for_each(|unit| bytes.extend(unit.to_be_bytes())),
        label => {
            let encoding = Encoding::for_label(label.as_bytes())?;
            let (encoded, _, unmappable) = encoding.encode(&text);
            if unmappable {
                return None;
            }
            bytes.extend_from_slice(&encoded);
        }
    }
    Some(bytes)
}

fn from_utf8(mut bytes: Vec<u8>, bom: usize) -> Decoded {
    let newline = newline_of(&bytes);
    bytes.drain(..bom);
    let bytes = to_lf(bytes, newline);
    // SAFETY: the caller has validated the bytes after the mark; a whole mark and single ASCII bytes were removed.
    let text = unsafe { String::from_utf8_unchecked(bytes) };
    Decoded { text, encoding: "UTF-8", bom: bom > 0, newline, exact: newline != Newline::Mixed }
}

fn from_other(bytes: &[u8], name: &'static str, bom: usize) -> Option<Decoded> {
    let encoding = Encoding::for_label(name.as_bytes())?;
    let text = encoding.decode_without_bom_handling_and_without_replacement(&bytes[bom..])?.into_owned();
    let newline = newline_of(text.as_bytes());
    let text = String::from_utf8(to_lf(text.into_bytes(), newline)).ok()?;
    let exact = encode(&text, name, bom > 0, newline).is_some_and(|again| again == bytes);
    Some(Decoded { text, encoding: name, bom: bom > 0, newline, exact })
}

fn newline_of(bytes: &[u8]) -> Newline {
    let (mut cr, mut crlf) = (0usize, 0usize);
    for at in memchr::memchr_iter(b'\r', bytes) {
        if bytes.get(at + 1) == Some(&b'\n') { crlf += 1 } else { cr += 1 }
    }
    if cr + crlf == 0 {
        return Newline::Lf;
    }
    match (cr, crlf, memchr::memchr_iter(b'\n', bytes).count() - crlf) {
        (0, _, 0) => Newline::Crlf,
        (_, 0, 0) => Newline::Cr,
        _ => Newline::Mixed,
    }
}

fn to_lf(mut bytes: Vec<u8>, newline: Newline) -> Vec<u8> {
    match newline {
        Newline::Lf => {}
        Newline::Crlf => drop_cr(&mut bytes),
        Newline::Cr => bytes.iter_mut().filter(|byte| **byte == b'\r').for_each(|byte| *byte = b'\n'),
        Newline::Mixed => {
            let mut last = 0;
            let mut out = Vec::with_capacity(bytes.len());
            for byte in bytes {
                if !(byte == b'\n' && last == b'\r') {
                    out.push(if byte == b'\r' { b'\n' } else { byte });
                }
                last = byte;
            }
            bytes = out;
        }
    }
    bytes
}

/// Takes out every `\r`, moving the stretches between them rather than single bytes.
fn drop_cr(bytes: &mut Vec<u8>) {
    let (mut from, mut to) = (0, 0);
    while from < bytes.len() {
        let end = memchr::memchr(b'\r', &bytes[from..]).map_or(bytes.len(), |at| from + at);
        bytes.copy_within(from..end, to);
        to += end - from;
        from = end + 1;
    }
    bytes.truncate(to);
}

/// NUL, or more than one control character in twenty characters (tab, line ends and form feed are text).
fn is_binary(text: &str) -> bool {
    let bytes = text.as_bytes();
    // Sums of bytes in short chunks, so that the compiler counts many at a time.
    let is_control = |byte: u8| u8::from(((byte < 0x20) & !(9..=13).contains(&byte)) | (byte == 0x7F));
    let count = |chunk: &[u8]| usize::from(chunk.iter().map(|byte| is_control(*byte)).sum::<u8>());
    let control: usize = bytes.chunks(255).map(count).sum();
    if control == 0 {
        return false;
    }
    memchr::memchr(0, bytes).is_some() || control * 20 > text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SIMPLIFIED: &str =
        "同志们：今天我们在这里召开全市农村工作会议，总结过去一年的工作，部署今后的任务。\n一、统一思想。";
    const TRADITIONAL: &str =
        "各位同事：今天我們在這裡召開年度工作會議，總結過去一年的經驗，並且安排來年的任務。\n一、統一思想。";

    fn back(decoded: &Decoded) -> Option<Vec<u8>> {
        encode(&decoded.text, decoded.encoding, decoded.bom, decoded.newline)
    }

    #[test]
    fn reads_each_encoding_and_gives_the_bytes_back() {
        for (text, label, legacy) in
            [(SIMPLIFIED, "GB18030", true), (TRADITIONAL, "Big5", true), (SIMPLIFIED, "UTF-8", false)]
        {
            for (newline, bom) in
                [(Newline::Lf, false), (Newline::Crlf, false), (Newline::Cr, false), (Newline::Lf, true)]
            {
                if legacy && bom {
                    continue;
                }
                let bytes = encode(text, label, bom, newline).unwrap();
                let decoded = decode(bytes.clone()).unwrap();
                assert_eq!((decoded.text.as_str(), decoded.encoding), (text, label));
                assert_eq!((decoded.bom, decoded.newline, decoded.exact), (bom, newline, true));
                assert_eq!(back(&decoded), Some(bytes));
            }
        }
    }

    #[test]
    fn traditional_text_in_gbk_is_not_taken_for_big5() {
        let bytes = encode(TRADITIONAL, "GB18030", false, Newline::Lf).unwrap();
        assert_eq!(decode(bytes).unwrap().text, TRADITIONAL);
    }

    #[test]
    fn utf16_needs_no_mark() {
        for text in [SIMPLIFIED, TRADITIONAL, "Plain English words, then more of them.\n", "中文\n"] {
            for label in ["UTF-16LE", "UTF-16BE"] {
                for bom in [true, false] {
                    let bytes = encode(text, label, bom, Newline::Crlf).unwrap();
                    let decoded = decode(bytes.clone()).unwrap();
                    assert_eq!((decoded.text.as_str(), decoded.encoding, decoded.exact), (text, label, true));
                    assert_eq!(back(&decoded), Some(bytes));
                }
            }
        }
    }

    #[test]
    fn mixed_line_ends_become_lf_and_are_not_exact() {
        let decoded = decode(b"a\r\nb\rc\nd\r\r\ne".to_vec()).unwrap();
        assert_eq!(decoded.text, "a\nb\nc\nd\n\ne");
        assert_eq!((decoded.newline, decoded.exact), (Newline::Mixed, false));
        assert_eq!(back(&decoded), None);
    }

    #[test]
    fn empty_and_mark_only_files_are_empty_texts() {
        assert_eq!(decode(vec![]).unwrap().text, "");
        let decoded = decode(b"\xEF\xBB\xBF".to_vec()).unwrap();
        assert_eq!((decoded.text.as_str(), decoded.bom, decoded.exact), ("", true, true));
    }

    #[test]
    fn a_second_mark_is_text() {
        let bytes = b"\xEF\xBB\xBF\xEF\xBB\xBFx".to_vec();
        let decoded = decode(bytes.clone()).unwrap();
        assert_eq!(decoded.text, "\u{FEFF}x");
        assert_eq!(back(&decoded), Some(bytes));
    }

    #[test]
    fn what_is_not_text_is_a_fault() {
        assert_eq!(decode(b"abc\0def".to_vec()), Err(Fault::Binary));
        assert_eq!(decode(b"\x01\x02\x03abc".to_vec()), Err(Fault::Binary));
        assert_eq!(decode((0..=255u8).cycle().take(4096).collect()), Err(Fault::Binary));
        // A character cut in two at the end, one damaged in the middle: must not turn into GBK nonsense.
        let mut cut = SIMPLIFIED.as_bytes().to_vec();
        cut.truncate(cut.len() - 1);
        assert!(matches!(decode(cut), Err(Fault::Undecodable(_))));
        let mut damaged = SIMPLIFIED.as_bytes().to_vec();
        damaged[31] = 0xFF;
        assert!(matches!(decode(damaged), Err(Fault::Undecodable(_))));
        let mut gbk = encode(SIMPLIFIED, "GB18030", false, Newline::Lf).unwrap();
        gbk.pop();
        assert!(matches!(decode(gbk), Err(Fault::Undecodable(_))));
        let half = [SIMPLIFIED.as_bytes(), &encode(SIMPLIFIED, "GB18030", false, Newline::Lf).unwrap()].concat();
        assert!(matches!(decode(half), Err(Fault::Undecodable(_))));
    }

    proptest! {
        #[test]
        fn any_bytes_come_back_when_exact(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            if let Ok(decoded) = decode(bytes.clone()) {
                prop_assert!(!decoded.text.contains('\r'));
                if decoded.exact { prop_assert_eq!(back(&decoded), Some(bytes)); }
            }
        }

        #[test]
        fn any_text_comes_back(text in "[\u{4e00}-\u{4fff}a-z，。\u{1F600}\r\n\t ]{0,60}", bom: bool, which in 0usize..3) {
            let label = ["UTF-8", "UTF-16LE", "UTF-16BE"][which];
            let bytes = encode(&text, label, bom, Newline::Lf).unwrap();
            if let Ok(decoded) = decode(bytes.clone()) {
                if label == "UTF-8" || bom { prop_assert_eq!(decoded.encoding, label); }
                if decoded.exact { prop_assert_eq!(back(&decoded), Some(bytes)); }
            } else {
                // Short UTF-16 without a mark may be undecidable; a marked or UTF-8 text never is.
                prop_assert!(label != "UTF-8" && !bom);
            }
        }

        #[test]
        fn line_ends_come_back(parts in prop::collection::vec(prop_oneof![Just("讲"), Just("\r"), Just("\n"), Just("\r\n")], 0..20)) {
            let bytes = parts.concat().into_bytes();
            let decoded = decode(bytes.clone()).unwrap();
            prop_assert_eq!(decoded.exact, decoded.newline != Newline::Mixed);
            if decoded.exact { prop_assert_eq!(back(&decoded), Some(bytes)); }
        }
    }
}
