//! The matching key: a document reduced to letters and Han, folded. Used to compare, never written out.
//!
//! Width, case and compatibility forms fold by NFKC; Traditional and Simplified fold by equivalence class (half
//! converted text cannot be converted back, so both sides of every one-to-many pair get one symbol). Line breaks,
//! spaces, punctuation, digits and blanks such as `xx`, `20xx` and `××` fall out, so that moved line breaks, page
//! markers and censored numbers do not hide a copy. Numbers are kept apart, with the place they stand at.

mod number;

use bytemuck::{Pod, Zeroable};
use std::sync::OnceLock;

/// Symbol table for the basic plane, made by `build.rs`: [`DROP`], [`DIGIT`] or the symbol itself.
static TABLE: &[u8; 0x2_0000] = include_bytes!(concat!(env!("OUT_DIR"), "/key_table.bin"));
/// (code point, symbol) of characters beyond the basic plane that share a script class with one inside it.
static BEYOND: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/key_beyond.bin"));

const DROP: u16 = 0;
const DIGIT: u16 = 1;

/// Han beyond the basic plane without a class share the symbols of the surrogates and the private use area, which
/// no text can hold: 8,448 symbols, so two of them may be taken for one another. Matching only.
const FOLDED_FIRST: u32 = 0xD800;
const FOLDED_COUNT: u32 = 0x2100;

/// A number of the text: a run of digits with inner points and commas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Pod, Zeroable)]
#[repr(C)]
pub struct Number {
    /// How many key symbols stand before it.
    pub at: u32,
    /// Its digits and point without leading zeros and commas, hashed (FNV-1a, 32 bits).
    pub value: u32,
}

/// The key stream of a text and the numbers that fell out of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Key {
    /// One symbol for each letter or Han character that is not part of a blank.
    pub symbols: Vec<u16>,
    /// Real numbers in the order of the text; list marks at line starts and blanks are not among them.
    pub numbers: Vec<Number>,
    /// How many blanks the text holds.
    pub blanks: u32,
}

impl Key {
    /// The key as it is compared.
    pub fn view(&self) -> View<'_> {
        View { symbols: &self.symbols, numbers: &self.numbers }
    }
}

/// A key that stands somewhere else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct View<'k> {
    /// The symbols.
    pub symbols: &'k [u16],
    /// The numbers.
    pub numbers: &'k [Number],
}

/// Makes the key of `text`.
pub fn key(text: &str) -> Key {
    // A Han character takes three bytes: one allocation is enough for most documents.
    let mut key = Key { symbols: Vec::with_capacity(text.len() / 3 + 8), ..Key::default() };
    scan(text, &mut key);
    key
}

/// Byte offsets in `text` of the given key positions, which ascend; a position past the end maps to the text's end.
/// Each offset is that of the character whose symbol stands at the position.
pub fn offsets(text: &str, positions: &[u32]) -> Vec<usize> {
    let mut sink = Offsets { wanted: positions, found: Vec::with_capacity(positions.len()), seen: 0 };
    scan(text, &mut sink);
    sink.found.resize(positions.len(), text.len());
    sink.found
}

/// The byte offset of every key symbol of `text`, of which there are about `count`.
pub fn offset_table(text: &str, count: usize) -> Vec<u32> {
    let mut sink = Table(Vec::with_capacity(count));
    scan(text, &mut sink);
    sink.0
}

/// Whether a character beyond ASCII counts in comparing: as a symbol, or as a number or a sign that is compared as one.
pub fn is_compared(c: char) -> bool {
    !c.is_ascii() && (c == '×' || symbol_of(c) != DROP)
}

/// The first two symbols of a text; 0 where there are fewer.
pub fn front(text: &str) -> [u16; 2] {
    let mut sink = Front([0; 2], 0);
    scan(text, &mut sink);
    sink.0
}

trait Sink {
    fn symbol(&mut self, symbol: u16, offset: usize);
    /// Whether nothing more is asked for.
    #[inline(always)]
    fn full(&self) -> bool {
        false
    }
    fn number(&mut self, _digits: &str) {}
    fn blank(&mut self) {}
}

impl Sink for Key {
    #[inline(always)]
    fn symbol(&mut self, symbol: u16, _offset: usize) {
        self.symbols.push(symbol);
    }

    fn number(&mut self, digits: &str) {
        self.numbers.push(Number { at: self.symbols.len() as u32, value: number::value_of(digits) });
    }

    fn blank(&mut self) {
        self.blanks += 1;
    }
}

struct Offsets<'p> {
    wanted: &'p [u32],
    found: Vec<usize>,
    seen: u32,
}

impl Sink for Offsets<'_> {
    #[inline(always)]
    fn symbol(&mut self, _symbol: u16, offset: usize) {
        while self.wanted.get(self.found.len()) == Some(&self.seen) {
            self.found.push(offset);
        }
        self.seen += 1;
    }
}

struct Table(Vec<u32>);

impl Sink for Table {
    #[inline(always)]
    fn symbol(&mut self, _symbol: u16, offset: usize) {
        self.0.push(offset as u32);
    }
}

struct Front([u16; 2], usize);

impl Sink for Front {
    #[inline(always)]
    fn symbol(&mut self, symbol: u16, _offset: usize) {
        if let Some(slot) = self.0.get_mut(self.1) {
            *slot = symbol;
        }
        self.1 += 1;
    }

    #[inline(always)]
    fn full(&self) -> bool {
        self.1 >= 2
    }
}

#[inline(always)]
fn entry(code: u32) -> u16 {
    let at = code as usize * 2;
    u16::from_le_bytes([TABLE[at], TABLE[at + 1]])
}

/// The entry of any character.
fn symbol_of(c: char) -> u16 {
    if (c as u32) < 0x1_0000 { entry(c as u32) } else { beyond(c) }
}

fn beyond(c: char) -> u16 {
    static MAP: OnceLock<Vec<(u32, u16)>> = OnceLock::new();
    let map = MAP.get_or_init(|| {
        BEYOND
            .chunks_exact(6)
            .map(|row| (u32::from_le_bytes([row[0], row[1], row[2], row[3]]), u16::from_le_bytes([row[4], row[5]])))
            .collect()
    });
    if !c.is_alphabetic() {
        return DROP;
    }
    match map.binary_search_by_key(&(c as u32), |row| row.0) {
        Ok(row) => map[row].1,
        Err(_) => (FOLDED_FIRST + (c as u32).wrapping_mul(0x9E37_79B1) % FOLDED_COUNT) as u16,
    }
}

fn scan(text: &str, sink: &mut impl Sink) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() && !sink.full() {
        let lead = bytes[at];
        if (0xE0..0xF0).contains(&lead) && at + 2 < bytes.len() {
            // The common case, without the general decoder: the text is valid UTF-8, so two bytes follow.
            let code = (u32::from(lead & 0x0F) << 12)
                | (u32::from(bytes[at + 1] & 0x3F) << 6)
                | u32::from(bytes[at + 2] & 0x3F);
            let symbol = entry(code);
            if symbol > DIGIT {
                sink.symbol(symbol, at);
                at += 3;
                continue;
            }
            if symbol == DROP {
                at += 3;
                continue;
            }
            at = number::number(text, at, sink);
        } else if lead < 0x80 {
            if lead.is_ascii_alphabetic() {
                at = letters(bytes, at, sink);
            } else if lead.is_ascii_digit() || (b"<>+$%-=".contains(&lead) && number::says(bytes, at)) {
                at = number::number(text, at, sink);
            } else if let Some((c, length)) = (lead == b'&').then(|| reference(&text[at..])).flatten() {
                // A character told by its number is that character.
                let symbol = symbol_of(c);
                if symbol > DIGIT {
                    sink.symbol(symbol, at);
                }
                at += length;
            } else {
                at += 1;
            }
        } else {
            let Some(c) = text[at..].chars().next() else { return };
            let symbol = symbol_of(c);
            if symbol == DIGIT {
                at = number::number(text, at, sink);
                continue;
            }
            if symbol > DIGIT {
                sink.symbol(symbol, at);
            } else if c == '×' {
                if number::crossed(text, at) { sink.number("x") } else { sink.blank() }
            }
            at += c.len_utf8();
        }
    }
}

/// The character that a text begins with the number of, and the length of that: `&#20146;`, `&#x4eb2;`.
fn reference(text: &str) -> Option<(char, usize)> {
    /// Bytes of the longest.
    const REFERENCE: usize = 10;
    let end = text.bytes().take(REFERENCE).position(|b| b == b';')?;
    let number = text[..end].strip_prefix("&#")?;
    let code = match number.strip_prefix(['x', 'X']) {
        Some(digits) => u32::from_str_radix(digits, 16),
        None => number.parse(),
    };
    Some((char::from_u32(code.ok()?)?, end + 1))
}

/// A run of ASCII letters; one that is all `x` is a blank and falls out.
fn letters(bytes: &[u8], start: usize, sink: &mut impl Sink) -> usize {
    let end = start + bytes[start..].iter().take_while(|b| b.is_ascii_alphabetic()).count();
    let run = &bytes[start..end];
    if run.iter().all(|b| b.eq_ignore_ascii_case(&b'x')) {
        sink.blank();
    } else {
        for (i, b) in run.iter().enumerate() {
            sink.symbol(u16::from(b.to_ascii_lowercase()), start + i);
        }
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn symbols(text: &str) -> Vec<u16> {
        key(text).symbols
    }

    #[test]
    fn width_case_and_script_fold() {
        assert_eq!(symbols("機關黨組織 ＡＢＣ"), symbols("机关党组织abc"));
        assert_eq!(symbols("戰斗力、干部與幹部"), symbols("战斗力干部与干部"));
        assert_eq!(symbols("爲人民服務"), symbols("为人民服务"));
    }

    #[test]
    fn a_character_told_by_its_number_is_that_character() {
        assert_eq!(key("&#20146;&#x7231;的&#65292;同志&amp;们&#"), key("亲爱的，同志&amp;们&#"));
        assert_eq!(symbols("&#x;&#99999999;&#人;"), symbols("x人"));
    }

    #[test]
    fn punctuation_breaks_digits_and_blanks_fall_out() {
        assert_eq!(symbols("20xx年,\n党员20xx名。"), symbols("2023年 党员名"));
        assert_eq!(symbols("省委X届六次、××县"), symbols("省委届六次县"));
        assert_eq!(symbols("xx大和xx届"), symbols("大和届"));
        assert_ne!(symbols("xml"), symbols("ml"));
    }

    #[test]
    fn numbers_keep_their_place_but_not_their_form() {
        let a = key("共有1,200人,占28.2%。");
        let b = key("共有１２００人，占 28.2％");
        assert_eq!(a.numbers, b.numbers);
        assert_eq!(a.numbers.len(), 3);
        assert_eq!(a.numbers[0].at, 2);
        assert_eq!(key("07月").numbers, key("7月").numbers);
        assert_eq!(key("共有1,2\n00人，占57\n.9%").numbers, key("共有1200人，占57.9%").numbers);
    }

    #[test]
    fn every_digit_of_the_table_is_read_as_one() {
        for c in ('\u{80}'..='\u{FFFF}').filter(|c| entry(*c as u32) == DIGIT) {
            assert!(number::digit(c).is_some() || number::sign(c).is_some(), "{c}");
        }
    }

    #[test]
    fn offsets_find_the_character_of_a_symbol() {
        let text = "1、同志們：\n今天 20xx 年Ab";
        let count = key(text).symbols.len() as u32;
        let found = offsets(text, &(0..=count).collect::<Vec<_>>());
        let chars: String = found[..count as usize].iter().filter_map(|at| text[*at..].chars().next()).collect();
        assert_eq!(chars, "同志們今天年Ab");
        assert_eq!(found[count as usize], text.len());
        assert!(offset_table(text, 0).iter().map(|at| *at as usize).eq(found[..count as usize].iter().copied()));
    }

    #[test]
    fn beyond_the_basic_plane() {
        assert_eq!(symbols("𫔀"), symbols("链"));
        assert_eq!(symbols("𠀀").len(), 1);
        assert!(symbols("😀①㈠").is_empty() || symbols("😀").is_empty());
    }
}
