//! The matching key: a document reduced to letters and Han, folded. Used to compare, never written out.
//!
//! Width, case and compatibility forms fold by NFKC; Traditional and Simplified fold by equivalence class (half
//! converted text cannot be converted back, so both sides of every one-to-many pair get one symbol). Line breaks,
//! spaces, punctuation, digits and blanks such as `xx`, `20xx` and `××` fall out, so that moved line breaks, page
//! markers and censored numbers do not hide a copy. Numbers are kept apart, with the place they stand at.

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
        self.numbers.push(Number { at: self.symbols.len() as u32, value: value_of(digits) });
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
            at = number(text, at, sink);
        } else if lead < 0x80 {
            if lead.is_ascii_alphabetic() {
                at = letters(bytes, at, sink);
            } else if lead.is_ascii_digit() || (b"<>+$%-".contains(&lead) && says(bytes, at)) {
                at = number(text, at, sink);
            } else {
                at += 1;
            }
        } else {
            let Some(c) = text[at..].chars().next() else { return };
            let symbol = if (c as u32) < 0x1_0000 { entry(c as u32) } else { beyond(c) };
            if symbol == DIGIT {
                at = number(text, at, sink);
                continue;
            }
            if symbol > DIGIT {
                sink.symbol(symbol, at);
            } else if c == '×' && matches!(bytes.get(at + 2..), Some([b')', ..] | [0xEF, 0xBC, 0x89, ..])) {
                // The cross of a list of rights and wrongs: （×）.
                sink.number("x");
            } else if c == '×' {
                sink.blank();
            }
            at += c.len_utf8();
        }
    }
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

/// The value of a digit in one of its forms: full-width, raised or lowered ones count as plain ones (CO₂ is CO2).
fn digit(c: char) -> Option<u8> {
    let plain = match c {
        '¹' => '1',
        '²' => '2',
        '³' => '3',
        '０'..='９' | '⁰' | '⁴'..='⁹' | '₀'..='₉' => char::from(b'0' + (c as u32 & 0xF) as u8),
        _ => c,
    };
    plain.is_ascii_digit().then_some(plain as u8)
}

/// What one sign is compared as: a number, or what it says of one or ticks. A sign that only one of two texts has keeps
/// nothing apart, so that list marks and footnotes, which copies have or lack, hide no copy.
fn sign(c: char) -> Option<&'static str> {
    const COUNTED: [&str; 20] =
        ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16", "17", "18", "19", "20"];
    let counted = |first: char| COUNTED.get(c as usize - first as usize).copied();
    match c {
        'Ⅰ'..='Ⅻ' => counted('Ⅰ'),
        'ⅰ'..='ⅻ' => counted('ⅰ'),
        '①'..='⑳' => counted('①'),
        '⑴'..='⒇' => counted('⑴'),
        '¼' => Some("0.25"),
        '½' => Some("0.5"),
        '¾' => Some("0.75"),
        '☑' | '✓' | '✔' | '√' => Some("y"),
        '☐' => Some("n"),
        '☒' | '✗' | '✘' => Some("x"),
        '＞' | '>' => Some(">"),
        '＜' | '<' => Some("<"),
        '≥' => Some("g"),
        '≤' => Some("l"),
        '≠' => Some("e"),
        '＋' | '+' => Some("+"),
        '−' | '-' => Some("-"),
        '％' | '%' => Some("%"),
        '‰' => Some("k"),
        '￥' | '¥' => Some("Y"),
        '＄' | '$' => Some("D"),
        _ => None,
    }
}

/// Whether a sign of ASCII says something: right before or behind a digit, or as a plus or minus in brackets. Elsewhere it is
/// markup.
fn says(bytes: &[u8], at: usize) -> bool {
    let digit = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
    let (before, after) = (&bytes[..at], &bytes[at + 1..]);
    let bracketed = (before.ends_with(b"(") || before.ends_with("（".as_bytes()))
        && (after.starts_with(b")") || after.starts_with("）".as_bytes()));
    match bytes[at] {
        b'-' => bracketed,
        b'+' if bracketed => true,
        _ => digit(at.checked_sub(1)) || digit(at.checked_add(1)),
    }
}

/// A number: one sign, or a run of digits. Half blanked ones (20xx, 3××, 1__) and list marks are no numbers.
fn number(text: &str, start: usize, sink: &mut impl Sink) -> usize {
    let first = text[start..].chars().next();
    let (end, value) = match first.and_then(|c| Some((c.len_utf8(), sign(c)?))) {
        Some((length, value)) => (start + length, value),
        None => {
            let end = start + run(&text[start..]);
            (end, &text[start - minus(&text[..start], &text[end..])..end])
        }
    };
    let listed = first.is_some_and(|c| matches!(c, '①'..='⒇'));
    let mut after = text[end..].chars();
    let (next_after, last_after) = (after.next(), after.next());
    let counts = value.starts_with(|c: char| digit(c).is_some());
    let mark = counts
        && match next_after {
            Some('、' | '．' | '.' | ')' | '）') => true,
            // 8:30 is a time.
            Some(':' | '：') => last_after.and_then(digit).is_none(),
            _ => false,
        };
    let (before, after) = (&text[..start], &text[end..]);
    let listed = (mark && opens_line(before)) || (listed && !before.ends_with(char::is_alphabetic));
    if !(listed || blanked(before, after) || (counts && in_stamp(text.as_bytes(), start, end))) {
        sink.number(value);
    }
    end
}

/// The length of the sign that makes a temperature or a rate negative (－18℃); other strokes before digits are dashes.
fn minus(before: &str, after: &str) -> usize {
    let sign = before.chars().next_back().filter(|c| matches!(c, '-' | '－' | '−'));
    let length = sign.map_or(0, char::len_utf8);
    let beyond = before[..before.len() - length].chars().next_back();
    let free =
        beyond.is_none_or(|c| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '－' | '−' | '℃' | '°' | '%' | '％'));
    if free && after.starts_with(['℃', '°', '度', '%', '％', '‰']) { length } else { 0 }
}

/// Whether a site blanked part of the number that stands between these texts: 20xx, 3××, 1__, 138****1234. One such
/// sign between two numbers multiplies (80×120), and as many stars on both sides make it bold.
fn blanked(before: &str, after: &str) -> bool {
    let stars = (before.len() - before.trim_end_matches('*').len(), after.len() - after.trim_start_matches('*').len());
    if stars.0 > 0 && (stars.0 == stars.1 || !before.trim_end_matches('*').ends_with(|c| digit(c).is_some())) {
        // Bold, or the start of bold words or of a list.
        return stars.0 != stars.1 && blank(&mut after.chars());
    }
    blank(&mut before.chars().rev()) || blank(&mut after.chars())
}

/// Whether a text that begins beside a number, away from it, begins with a blank.
fn blank(side: &mut dyn Iterator<Item = char>) -> bool {
    match side.next() {
        Some('x' | 'X' | '×' | '*' | '＊') => side.next().and_then(digit).is_none(),
        sign => matches!(sign, Some('_' | '＿' | '○' | '□')),
    }
}

/// The length of the digits a text begins with, with inner points and commas, and with inner line breaks: hard
/// wrapping tears numbers, and copies are wrapped differently.
fn run(text: &str) -> usize {
    let mut end = 0;
    let mut inner = 0; // points, commas and breaks since the last digit
    for (i, c) in text.char_indices() {
        if digit(c).is_some() {
            end = i + c.len_utf8();
            inner = 0;
        } else if matches!(c, '.' | ',' | '\n') && inner < 2 {
            // A full-width comma parts numbers (5，6); only the half-width ones stand inside one.
            inner += 1;
        } else {
            break;
        }
    }
    end
}

/// Whether digits belong to an address, an identifier or a time stamp to the minute: what a site writes, not the
/// text. A date alone, a clock time alone and names such as PM2.5 are the text's.
fn in_stamp(bytes: &[u8], start: usize, end: usize) -> bool {
    /// How far an ASCII word is followed; longer ones are addresses anyway.
    const REACH: usize = 40;
    /// Characters from which a mixed word is an identifier.
    const IDENTIFIER: usize = 12;
    let word = |b: &u8| b.is_ascii_alphanumeric() || b"/:.-_?=&#%".contains(b);
    let from = start - bytes[start.saturating_sub(REACH)..start].iter().rev().take_while(|b| word(b)).count();
    let to = end + bytes[end..].iter().take(REACH).take_while(|b| word(b)).count();
    let token = &bytes[from..to];
    let letters = token.iter().filter(|b| b.is_ascii_alphabetic()).count();
    if (token.len() >= IDENTIFIER && letters >= 2) || token.windows(3).any(|three| three == b"://") {
        return true;
    }
    let clock = |token: &[u8]| {
        let colon = |b: &u8| *b == b':';
        (1..=2).contains(&token.iter().filter(|b| colon(b)).count())
            && token.split(colon).all(|part| part.len() == 2 && part.iter().all(u8::is_ascii_digit))
    };
    let date = |token: &[u8]| token.len() >= 8 && token.iter().filter(|b| matches!(b, b'-' | b'/' | b'.')).count() == 2;
    if (clock(token) || date(token)) && in_sentence(bytes, from, to) {
        return false;
    }
    if clock(token) {
        let before = &bytes[..from.saturating_sub(1)];
        let word_before = before.iter().rev().take(REACH).take_while(|b| word(b)).count();
        return token.len() == 8
            || (bytes.get(from.wrapping_sub(1)) == Some(&b' ') && date(&before[before.len() - word_before..]));
    }
    let after = bytes.get(to + 1..).unwrap_or_default();
    let word_after = after.iter().take(REACH).take_while(|b| word(b)).count();
    date(token) && bytes.get(to) == Some(&b' ') && clock(&after[..word_after])
}

/// Whether the line of a stamp is a sentence or tells of a span of time: then it is the text's own.
fn in_sentence(bytes: &[u8], from: usize, to: usize) -> bool {
    /// Bytes of the line that are looked at on each side.
    const NEAR: usize = 240;
    let head = &bytes[from.saturating_sub(NEAR)..from];
    let head = head.iter().rposition(|b| *b == b'\n').map_or(head, |end| &head[end + 1..]);
    let tail = &bytes[to..bytes.len().min(to + NEAR)];
    let tail = tail.iter().position(|b| *b == b'\n').map_or(tail, |end| &tail[..end]);
    ["。", "，", "至", "起", "定于"].iter().any(|sign| {
        memchr::memmem::find(head, sign.as_bytes()).is_some() || memchr::memmem::find(tail, sign.as_bytes()).is_some()
    })
}

/// Whether only blanks and an opening bracket stand between the last line break and the end of `before`.
fn opens_line(before: &str) -> bool {
    let mut rest = before.chars().rev().skip_while(|c| matches!(c, '(' | '（' | ' ' | '\t' | '\u{3000}'));
    rest.next().is_none_or(|c| c == '\n')
}

fn value_of(digits: &str) -> u32 {
    let mut hash = 0x811C_9DC5_u32;
    let mut leading = true;
    for c in digits.chars() {
        let c = if matches!(c, '－' | '−') { b'-' } else { digit(c).unwrap_or(c as u32 as u8) };
        if c == b',' || c == b'\n' || (leading && c == b'0') {
            continue;
        }
        leading = false;
        hash = (hash ^ u32::from(c)).wrapping_mul(0x0100_0193);
    }
    hash
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
    fn a_sign_that_is_a_number_is_one() {
        assert_eq!(key("启动Ⅲ级响应").numbers, key("启动3级响应").numbers);
        assert_ne!(key("启动Ⅲ级响应").numbers, key("启动ⅱ级响应").numbers);
        assert_eq!(symbols("启动Ⅲ级响应"), symbols("启动级响应"));
        assert_eq!(key("每次½片").numbers, key("每次0.5片").numbers);
        assert_ne!(key("5×10⁴个、10m²").numbers, key("5×10⁶个、10m²").numbers);
        assert_eq!(key("CO₂").numbers, key("CO2").numbers);
        assert!(key("Ⅱ、保障\n（Ⅲ）责任\n①保障；②分工").numbers.is_empty());
        assert_eq!(key("方案②").numbers, key("方案2").numbers);
        assert_ne!(key("（+）").numbers, key("（-）").numbers);
        assert_ne!(key("（√）").numbers, key("（×）").numbers);
    }

    #[test]
    fn a_sign_between_numbers_is_no_blank() {
        assert_eq!(key("80×120厘米").numbers, key("80 × 120厘米").numbers);
        assert_eq!(key("80*120厘米").numbers.len(), 2);
        assert!(key("20×x年，2×××元，8×月，138****1234，3**人，1*号").numbers.is_empty());
        assert_eq!(key("共**80**人、**3名**、*5*个").numbers, key("共80人、3名、5个").numbers);
    }

    #[test]
    fn every_digit_of_the_table_is_read_as_one() {
        for c in ('\u{80}'..='\u{FFFF}').filter(|c| entry(*c as u32) == DIGIT) {
            assert!(digit(c).is_some() || sign(c).is_some(), "{c}");
        }
    }

    #[test]
    fn list_marks_and_blanked_numbers_are_no_numbers() {
        assert_eq!(key("8:30 集合").numbers.len(), 2);
        assert!(key("1、班子建设\n 2. 党员管理\n(3)档案\n（20xx年，3××人）").numbers.is_empty());
    }

    #[test]
    fn stamps_and_addresses_hold_no_numbers() {
        assert!(key("date: 2019-10-15 09:31:48\nhttp://a.example/57/d9/c523a5/p.htm").numbers.is_empty());
        assert!(key("urlname: d27b9277337a28984465584a0d37b8e3").numbers.is_empty());
        assert_eq!(key("上传 2022-02-17 02:42 会议 8:30 在 PM2.5 监测站").numbers.len(), 3);
        assert_eq!(key("2019-10-15，共30人").numbers.len(), 4);
        assert_eq!(key("定于2023-05-08 14:30在三楼开会。").numbers.len(), 5);
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
