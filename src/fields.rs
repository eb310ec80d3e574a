//! Fields of a record, read off the beginning of its line: what figures need stands before the texts, and to parse a
//! record whole takes several times as long.

use memchr::{memchr, memchr2, memmem};
use serde::Deserialize;
use serde::de::value::{BorrowedStrDeserializer, Error};

/// A value as it stands in the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value<'l> {
    /// A string without an escape.
    Text(&'l [u8]),
    /// A string with escapes in it.
    Escaped,
    /// A number, `true`, `false` or `null`.
    Word(&'l [u8]),
    /// A list or an object. It ends the fields.
    Nested,
}

impl<'l> Value<'l> {
    /// The string, if it is one without an escape.
    pub fn text(self) -> Option<&'l str> {
        match self {
            Self::Text(bytes) => simdutf8::basic::from_utf8(bytes).ok(),
            _ => None,
        }
    }

    /// The number, if it is one.
    pub fn number<N: std::str::FromStr>(self) -> Option<N> {
        match self {
            Self::Word(bytes) => std::str::from_utf8(bytes).ok()?.parse().ok(),
            _ => None,
        }
    }

    /// What a string names.
    pub fn named<T: Deserialize<'l>>(self) -> Option<T> {
        T::deserialize(BorrowedStrDeserializer::<Error>::new(self.text()?)).ok()
    }
}

/// The fields of one line of an audit file, in their order. A line that no run writes ends early: then `serde_json` says
/// what is wrong with it.
#[derive(Debug, Clone)]
pub struct Fields<'l> {
    rest: &'l [u8],
}

impl<'l> Fields<'l> {
    /// The fields of a line.
    pub fn of(line: &'l [u8]) -> Self {
        Self { rest: line.strip_prefix(b"{").unwrap_or_default() }
    }

    /// Leaves out the fields before the one with a key, where there is one. The key is looked for with its quotation marks
    /// and the colon: in a string a quotation mark has a backslash before it, so that stands nowhere else, unless an object
    /// within the record has the same key before it.
    pub fn skip_to(&mut self, key: &memmem::Finder<'_>) {
        let found = key.find(self.rest);
        self.rest = &self.rest[found.unwrap_or(0)..];
    }

    /// Whether all fields were read, but for a list or an object at the end.
    pub fn at_end(&self) -> bool {
        matches!(self.rest, b"}" | b"}\n" | b"[" | b"{")
    }
}

impl<'l> Iterator for Fields<'l> {
    type Item = (&'l [u8], Value<'l>);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.rest.strip_prefix(b"\"")?;
        let (key, rest) = rest.split_at_checked(memchr(b'"', rest)?)?;
        let rest = rest.strip_prefix(b"\":")?;
        let (value, rest) = match rest.first()? {
            b'"' => string(&rest[1..])?,
            b'{' | b'[' => (Value::Nested, &rest[..1]),
            _ => {
                let (word, rest) = rest.split_at_checked(memchr2(b',', b'}', rest)?)?;
                (Value::Word(word), rest)
            }
        };
        self.rest = rest.strip_prefix(b",").unwrap_or(rest);
        Some((key, value))
    }
}

/// A string behind its quotation mark, and what follows it.
fn string(rest: &[u8]) -> Option<(Value<'_>, &[u8])> {
    let mut at = memchr2(b'"', b'\\', rest)?;
    let plain = rest[at] == b'"';
    while rest.get(at)? == &b'\\' {
        at += 2;
        at += memchr2(b'"', b'\\', rest.get(at..)?)?;
    }
    Some((if plain { Value::Text(&rest[..at]) } else { Value::Escaped }, &rest[at + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value as Json;

    proptest! {
        #[test]
        fn fields_are_those_of_the_record(
            texts in prop::collection::vec(r#"[甲"\\,:{}a\n]{0,9}"#, 1..5),
            number in any::<u32>(),
            null in any::<bool>(),
            nested in any::<bool>(),
        ) {
            let mut line = String::from("{");
            for (at, text) in texts.iter().enumerate() {
                line += &format!("\"t{at}\":{},", Json::from(text.as_str()));
            }
            let word = if null { "null".to_owned() } else { number.to_string() };
            line += &format!("\"n\":{word}{}}}\n", if nested { ",\"list\":[1]" } else { "" });
            let whole: serde_json::Map<String, Json> = serde_json::from_str(&line).unwrap();
            let mut fields = Fields::of(line.as_bytes());
            let mut read = 0;
            for (key, value) in fields.by_ref() {
                let told = &whole[std::str::from_utf8(key).unwrap()];
                match value {
                    Value::Text(_) => prop_assert_eq!(value.text(), told.as_str()),
                    Value::Escaped => prop_assert!(told.as_str().unwrap().contains(['"', '\\', '\n'])),
                    Value::Word(_) => prop_assert_eq!(value.number::<u64>(), told.as_u64()),
                    Value::Nested => prop_assert!(told.is_array()),
                }
                read += 1;
            }
            prop_assert_eq!(read, whole.len());
            for key in ["t1", "n", "list"].into_iter().filter(|key| whole.contains_key(*key)) {
                let mut fields = Fields::of(line.as_bytes());
                fields.skip_to(&memmem::Finder::new(&format!("\"{key}\":")));
                prop_assert_eq!(fields.next(), Fields::of(line.as_bytes()).find(|field| field.0 == key.as_bytes()));
            }
            prop_assert!(fields.at_end());
        }

        #[test]
        fn no_line_makes_it_panic(line in r#"[{}"\\:,\[a1]{0,20}"#) {
            Fields::of(line.as_bytes()).for_each(drop);
        }
    }

    #[test]
    fn a_name_is_one_of_its_kind() {
        use crate::document::Action;
        assert_eq!(Value::Text(b"cut").named(), Some(Action::Cut));
        assert_eq!(Value::Text(b"mow").named::<Action>(), None);
        assert_eq!(Value::Word(b"null").text(), None);
    }
}
