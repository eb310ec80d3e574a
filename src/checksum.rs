//! XXH3-128, the checksum of records, manifests and the state, and the one form in which it is written.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::ops::Deref;

pub use xxhash_rust::xxh3::xxh3_128 as of;

/// `N` hexadecimal digits. Every document has four such numbers: as strings they took 270 bytes of memory, so they take 116.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hex<const N: usize>([u8; N]);

impl<const N: usize> Hex<N> {
    /// The lowest digits of a number.
    pub fn of(number: u128) -> Self {
        let digit = |at: usize| b"0123456789abcdef"[(number >> (4 * (N - 1 - at)) & 15) as usize];
        Self(std::array::from_fn(digit))
    }
}

impl<const N: usize> Deref for Hex<N> {
    type Target = str;

    fn deref(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl<const N: usize> std::fmt::Display for Hex<N> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self)
    }
}

impl<const N: usize> Serialize for Hex<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }
}

impl<'de, const N: usize> Deserialize<'de> for Hex<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        let digits: Option<[u8; N]> = text.as_bytes().try_into().ok();
        let digits = digits.filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        digits.map(Self).ok_or_else(|| D::Error::custom(format_args!("{text:?} is not {N} hexadecimal digits")))
    }
}

/// A checksum as records and manifests write it.
pub type Sum = Hex<32>;

/// A checksum as records and manifests write it: 32 hexadecimal digits.
pub fn hex(checksum: u128) -> Sum {
    Hex::of(checksum)
}

/// Reads what [`hex`] wrote.
pub fn parse(hex: &str) -> Option<u128> {
    u128::from_str_radix(hex, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_and_read_again() {
        assert_eq!(*hex(0xAB), *format!("{:0>32}", "ab"));
        let all = of("同志们".as_bytes());
        assert_eq!((hex(all).len(), parse(&hex(all))), (32, Some(all)));
        assert_eq!(hex(all).to_string(), format!("{all:032x}"));
        assert_eq!(serde_json::from_str::<Sum>(&serde_json::to_string(&hex(all)).unwrap()).unwrap(), hex(all));
        assert!(serde_json::from_str::<Sum>("\"ab\"").is_err());
        assert!(serde_json::from_str::<Hex<2>>("\"同\"").is_err() && serde_json::from_str::<Hex<2>>("\"zz\"").is_err());
        assert_eq!(parse("x"), None);
    }
}
