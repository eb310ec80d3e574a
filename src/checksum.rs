//! XXH3-128, the checksum of records, manifests and the state, and the one form in which it is written.

pub use xxhash_rust::xxh3::xxh3_128 as of;

/// A checksum as records and manifests write it: 32 hexadecimal digits.
pub fn hex(checksum: u128) -> String {
    format!("{checksum:032x}")
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
        assert_eq!(hex(0xAB), format!("{:0>32}", "ab"));
        let all = of("同志们".as_bytes());
        assert_eq!((hex(all).len(), parse(&hex(all))), (32, Some(all)));
        assert_eq!(parse("x"), None);
    }
}
