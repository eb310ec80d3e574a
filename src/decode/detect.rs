//! Which encoding a file without valid UTF-8 is in.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{BIG5, DecoderResult, Encoding, GB18030, GBK};

/// Bytes that detection looks at.
const SAMPLE: usize = 4096;

/// Share of common characters among the Han of a text in UTF-16, in percent, at least; of all Han they are some 4.
const WRITTEN: u32 = 12;

/// The commonest characters of modern Chinese, Simplified and Traditional: a text decoded with the wrong table
/// holds few of them.
const COMMON: &str = "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心本前开但因只从想实日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教原东声提立及比员解水名真论处走义各入几口认条平系气题活更别打女变四总何电数安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指统区保至队形社便空决治展科司五基眼书非则听却界达光放强即像难且权思王象完设式色路记南品住告类求据程北边死张该交规万取格望觉术领共确传师观清今切院让识候带导争运村县党委农会议央省落实组织干部群众精神推服贯彻创规划环境安全责任深入努力坚持加强促领导建设经济社会工作学习\
這個們來為國說時會對於過發後裡種經麼學現當沒動還進樣實軍無與長機關點業將兩間問應頭體見產話內給門東聲論處義幾認條係氣題變總電數報結務場計資統區隊決書則聽達強難權記類據邊張該規萬術領確傳師觀讓識帶導爭運縣黨農議織幹眾貫徹創劃環責堅設濟習您我們，。、：；？！“”（）《》　";

/// The byte order mark at the start, with its length.
pub(super) fn bom(bytes: &[u8]) -> Option<(&'static str, usize)> {
    MARKS.iter().find(|(_, mark)| bytes.starts_with(mark)).map(|(name, mark)| (*name, mark.len()))
}

/// The byte order mark of an encoding.
pub(super) fn bom_of(encoding: &str) -> Option<&'static [u8]> {
    MARKS.iter().find(|(name, _)| *name == encoding).map(|(_, mark)| *mark)
}

const MARKS: [(&str, &[u8]); 4] = [
    ("UTF-8", b"\xEF\xBB\xBF"),
    ("UTF-16LE", b"\xFF\xFE"),
    ("UTF-16BE", b"\xFE\xFF"),
    ("GB18030", b"\x84\x31\x95\x33"),
];

/// The byte order of UTF-16 without a mark: in the right order nearly all units are Han, Chinese punctuation or
/// ASCII, in the wrong one and in any other encoding far fewer.
pub(super) fn utf16(bytes: &[u8]) -> Option<&'static str> {
    if bytes.is_empty() || !bytes.len().is_multiple_of(2) {
        return None;
    }
    let (mut little, mut big, mut units) = (0u32, 0u32, 0u32);
    for pair in bytes[..bytes.len().min(SAMPLE)].chunks_exact(2) {
        units += 1;
        little += weight(u16::from_le_bytes([pair[0], pair[1]]));
        big += weight(u16::from_be_bytes([pair[0], pair[1]]));
    }
    // A plausible unit weighs at least 3: nine units in ten, and a lead over the other order.
    let enough = |weight: u32| weight * 10 >= units * 3 * 9;
    let units = |read: fn([u8; 2]) -> u16| {
        bytes[..bytes.len().min(SAMPLE)].chunks_exact(2).map(move |pair| read([pair[0], pair[1]]))
    };
    if little > big && enough(little) && written(units(u16::from_le_bytes)) {
        Some("UTF-16LE")
    } else if big > little && enough(big) && written(units(u16::from_be_bytes)) {
        Some("UTF-16BE")
    } else {
        None
    }
}

/// Whether the Han among some units are those of a text: bytes of another encoding pair up as Han of all kinds.
fn written(units: impl Iterator<Item = u16>) -> bool {
    let (mut common, mut all) = (0u32, 0u32);
    for c in units.filter(|unit| (0x4E00..=0x9FFF).contains(unit)).filter_map(|unit| char::from_u32(unit.into())) {
        all += 1;
        common += u32::from(common_characters().binary_search(&c).is_ok());
    }
    common * 100 >= all * WRITTEN
}

fn weight(unit: u16) -> u32 {
    match unit {
        // Line ends, ASCII and ideographic punctuation are never the swapped form of each other.
        0x09 | 0x0A | 0x0D | 0x20..=0x7E | 0x3000..=0x3002 | 0xFF0C | 0xFF1A | 0xFF1B => 4,
        0x4E00..=0x9FFF | 0x2010..=0x2027 | 0x3003..=0x301F | 0xFF01..=0xFF5E | 0x00B7 => 3,
        _ => 0,
    }
}

/// GB18030 and Big5 as far as a sample speaks for them, the likelier one first, for bytes that are not UTF-8.
pub(super) fn legacy(bytes: &[u8]) -> Result<Vec<&'static str>, &'static str> {
    if is_damaged_utf8(bytes) {
        return Err("it is UTF-8 with damaged bytes, or UTF-8 mixed with another encoding");
    }
    let (sample, whole) = cut_sample(bytes);
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(sample, whole);
    let guess = detector.guess(None, Utf8Detection::Deny);

    let chinese = guess == GBK || guess == GB18030 || guess == BIG5;
    let mut readings: Vec<(u32, &'static str)> = [("GB18030", GB18030), ("Big5", BIG5)]
        .into_iter()
        .filter_map(|(name, encoding)| Some((common_share(encoding, sample, whole)?, name)))
        .collect();
    if readings.is_empty() {
        return Err("it is neither UTF-8, UTF-16, GB18030 nor Big5 throughout");
    }
    // Another script read as Chinese: few common characters, and the detector does not believe in Chinese either.
    readings.retain(|(share, _)| *share >= if chinese { 10 } else { 30 });
    if readings.is_empty() {
        return Err("its encoding is none of UTF-8, UTF-16, GB18030 and Big5");
    }
    // A damaged file must not pass as the other encoding, in which it is nonsense.
    let best = readings.iter().map(|(share, _)| *share).max().unwrap_or(0);
    readings.retain(|(share, _)| share + 20 >= best);
    // The detector decides unless the characters clearly say otherwise.
    let bonus = |name: &str| if (name == "Big5") == (guess == BIG5) { 10 } else { 0 };
    readings.sort_by_key(|(share, name)| std::cmp::Reverse(share + bonus(name)));
    Ok(readings.into_iter().map(|(_, name)| name).collect())
}

/// Share of common characters among those beyond ASCII, in percent; `None` where the sample does not fit.
fn common_share(encoding: &'static Encoding, sample: &[u8], whole: bool) -> Option<u32> {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let mut text = String::with_capacity(decoder.max_utf8_buffer_length_without_replacement(sample.len())?);
    let (result, _) = decoder.decode_to_string_without_replacement(sample, &mut text, whole);
    if result != DecoderResult::InputEmpty {
        return None;
    }
    let (mut common, mut all) = (0u32, 0u32);
    for ch in text.chars().filter(|ch| !ch.is_ascii()) {
        all += 1;
        common += u32::from(common_characters().binary_search(&ch).is_ok());
    }
    Some(common * 100 / all.max(1))
}

/// Text in a two-byte encoding holds next to no three-byte UTF-8 sequences; damaged UTF-8 is full of them. In a few
/// words one may stand by chance.
fn is_damaged_utf8(bytes: &[u8]) -> bool {
    let (mut three, mut high, mut at) = (0usize, 0usize, 0usize);
    while let Some(&byte) = bytes.get(at) {
        let follows = |ahead: usize| bytes.get(at + ahead).is_some_and(|next| next & 0xC0 == 0x80);
        let length = if byte & 0xF0 == 0xE0 && follows(1) && follows(2) { 3 } else { 1 };
        three += if length == 3 { 3 } else { 0 };
        high += if byte >= 0x80 { length } else { 0 };
        at += length;
    }
    three * 2 > high || (three >= 18 && three * 4 > high)
}

/// The first bytes from the first beyond ASCII on, before which nothing tells; where the last line or word is near, up to
/// its end. With whether that is all there is.
fn cut_sample(bytes: &[u8]) -> (&[u8], bool) {
    let bytes = &bytes[bytes.iter().position(|byte| !byte.is_ascii()).unwrap_or(0)..];
    let Some(head) = bytes.get(..SAMPLE).filter(|head| head.len() < bytes.len()) else { return (bytes, true) };
    let end = memchr::memrchr2(b'\n', b' ', head).map_or(SAMPLE, |at| at + 1);
    (&bytes[..end.max(SAMPLE / 2)], false)
}

fn common_characters() -> &'static [char] {
    static SORTED: std::sync::OnceLock<Vec<char>> = std::sync::OnceLock::new();
    SORTED.get_or_init(|| {
        let mut sorted: Vec<char> = COMMON.chars().collect();
        sorted.sort_unstable();
        sorted.dedup();
        sorted
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_scripts_that_pair_up_as_han_are_no_utf16() {
        let (japanese, ..) =
            encoding_rs::SHIFT_JIS.encode("本日は晴天なり。\r\n水道の水質検査の結果をお知らせします。\r\n");
        assert!(utf16(&japanese.repeat(20)).is_none());
        let latin: Vec<u8> = "façade".chars().map(|c| c as u8).collect();
        assert!(utf16(&latin.repeat(40)).is_none());
    }

    #[test]
    fn a_head_in_ascii_hides_no_encoding() {
        let text = format!(
            "{}关于召开全县春季造林动员会的通知：请各单位按时参加。",
            "<div class=\"a\">header</div>\n".repeat(400)
        );
        assert_eq!(legacy(&GBK.encode(&text).0).map(|names| names[0]), Ok("GB18030"));
    }

    #[test]
    fn two_byte_text_holds_few_utf8_sequences() {
        for encoding in [GB18030, BIG5] {
            let (bytes, ..) = encoding.encode(COMMON);
            assert!(!is_damaged_utf8(&bytes), "{}", encoding.name());
            assert!(utf16(&bytes).is_none());
        }
    }
}
