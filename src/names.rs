//! File names as records and terminals may show them.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// The name of a relative path in records. A name that is UTF-8 stands as it is. One that is not, and one that holds
/// what looks like an escape (`%41`), has its bad bytes and every `%` written as `%XX`, so that `decode` is exact.
pub fn encode(path: &Path) -> String {
    let bytes = path.as_os_str().as_bytes();
    match std::str::from_utf8(bytes) {
        Ok(name) if !has_escape(bytes) => name.to_owned(),
        _ => {
            let mut name = String::with_capacity(bytes.len() + 8);
            for chunk in bytes.utf8_chunks() {
                name.push_str(&chunk.valid().replace('%', "%25"));
                for byte in chunk.invalid() {
                    let _ = write!(name, "%{byte:02X}");
                }
            }
            name
        }
    }
}

/// The path that `encode` gave this name.
pub fn decode(name: &str) -> PathBuf {
    let bytes = name.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        if let Some(byte) = escape_at(bytes, at) {
            out.push(byte);
            at += 3;
        } else {
            out.push(bytes[at]);
            at += 1;
        }
    }
    PathBuf::from(OsString::from_vec(out))
}

/// Whether a name stays below the folder it is joined to: relative, without `..`.
pub fn is_plain(path: &Path) -> bool {
    path.components().next().is_some() && path.components().all(|c| matches!(c, std::path::Component::Normal(_)))
}

fn has_escape(bytes: &[u8]) -> bool {
    memchr::memchr_iter(b'%', bytes).any(|at| escape_at(bytes, at).is_some())
}

fn escape_at(bytes: &[u8], at: usize) -> Option<u8> {
    let digit = |offset: usize| bytes.get(at + offset).and_then(|b| char::from(*b).to_digit(16));
    if bytes.get(at) != Some(&b'%') {
        return None;
    }
    Some((digit(1)? * 16 + digit(2)?) as u8)
}

/// The text with everything escaped that could move the cursor, hide or reorder what a terminal shows.
pub fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for ch in text.chars() {
        if is_unprintable(ch) {
            out.extend(ch.escape_default());
        } else {
            out.push(ch);
        }
    }
    out
}

/// `printable` for a path.
pub fn shown(path: &Path) -> String {
    printable(&encode(path))
}

/// `shown`, quoted for a shell where it needs that: for commands that are printed to be run.
pub fn quoted(path: &Path) -> String {
    let name = shown(path);
    let plain = |ch: char| ch.is_alphanumeric() || "/._-+,:@%".contains(ch);
    if !name.is_empty() && !name.starts_with('-') && name.chars().all(plain) {
        return name;
    }
    // What begins like an option is none behind a `./`.
    let here = if name.starts_with('-') { "./" } else { "" };
    format!("'{here}{}'", name.replace('\'', "'\\''"))
}

/// Whether a terminal or a page shows the character's number in its place.
pub fn is_unprintable(ch: char) -> bool {
    ch.is_control()
        || matches!(ch,
            '\u{061C}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}'
            | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::ffi::OsStr;

    fn path(bytes: &[u8]) -> PathBuf {
        PathBuf::from(OsStr::from_bytes(bytes))
    }

    #[test]
    fn plain_names_stand_as_they_are() {
        for name in ["讲话/一.txt", "100%.txt", "100% done", "a\nb"] {
            assert_eq!(encode(Path::new(name)), name);
        }
    }

    #[test]
    fn a_literal_escape_and_a_bad_byte_stay_apart() {
        assert_eq!(encode(&path(b"a\xFF")), "a%FF");
        assert_eq!(encode(&path(b"a%FF")), "a%25FF");
        assert_eq!(encode(&path(b"100%\xFF")), "100%25%FF");
    }

    #[test]
    fn control_and_bidi_characters_are_shown_as_escapes() {
        assert_eq!(printable("a\x1b[2Jb\n\u{202e}c中"), "a\\u{1b}[2Jb\\n\\u{202e}c中");
    }

    #[test]
    fn printed_commands_can_be_run() {
        for (name, told) in [
            ("out", "out"),
            ("/srv/讲话-1.0", "/srv/讲话-1.0"),
            ("my out", "'my out'"),
            ("it's", "'it'\\''s'"),
            ("a$b", "'a$b'"),
            ("-o", "'./-o'"),
            ("", "''"),
        ] {
            assert_eq!(quoted(Path::new(name)), told);
        }
    }

    proptest! {
        #[test]
        fn names_come_back(bytes in prop::collection::vec(prop_oneof![Just(b'%'), Just(b'4'), Just(b'F'), 1u8..], 0..20)) {
            let name = encode(&path(&bytes));
            prop_assert_eq!(decode(&name), path(&bytes));
        }
    }
}
