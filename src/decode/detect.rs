//! Which encoding a file without valid UTF-8 is in.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{BIG5, DecoderResult, Encoding, GB18030};

/// Bytes that detection looks at.
const SAMPLE: usize = 4096;

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
    if little > big && enough(little) {
        Some("UTF-16LE")
    } else if big > little && enough(big) {
        Some("UTF-16BE")
    } else {
        None
    }
}

fn weight(unit: u16) -> u32 {
    match unit {
        // Line ends, ASCII and ideographic punctuation are never the swapped form of each other.
        0x09 | 0x0A | 0x0D | 0x20..=0x7E | 0x3000..=0x3002 | 0xFF0C | 0xFF1A | 0xFF1B => 4,
        0x4E00..=0x9FFF | 0x2010..=0x2027 | 0x3003..=0x301F | 0xFF01..=0xFF5E | 0x00B7 => 3,
        _ => 0,
    }
}

/// GB18030 or Big5, for bytes that are not UTF-8.
pub(super) fn legacy(bytes: &[u8]) -> Result<&'static str, &'static str> {
    if is_damaged_utf8(bytes) {
        return Err("it is UTF-8 with damaged bytes, or UTF-8 mixed with another encoding");
    }
    let sample = cut_sample(bytes);
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(sample, sample.len() == bytes.len());
    let guess = detector.guess(None, Utf8Detection::Deny);

    let gbk = Reading::of(GB18030, bytes, sample);
    let big5 = Reading::of(BIG5, bytes, sample);
    let chinese = guess.name() == "GBK" || guess.name() == "gb18030" || guess == BIG5;
    let (encoding, share) = match (gbk, big5) {
        (Some(gbk), Some(big5)) => {
            // The detector decides unless the characters clearly say otherwise.
            let lead = if guess == BIG5 { big5 + 10 >= gbk } else { big5 > gbk + 10 };
            if lead { ("Big5", big5) } else { ("GB18030", gbk) }
        }
        (Some(gbk), None) => ("GB18030", gbk),
        (None, Some(big5)) => ("Big5", big5),
        (None, None) => return Err("it is neither UTF-8, UTF-16, GB18030 nor Big5 throughout"),
    };
    // Another script read as Chinese: few common characters, and the detector does not believe in Chinese either.
    if share < 10 || (share < 30 && !chinese) {
        return Err("its encoding is none of UTF-8, UTF-16, GB18030 and Big5");
    }
    Ok(encoding)
}

struct Reading;

impl Reading {
    /// Share of common characters among those beyond ASCII, in percent; `None` where not every byte fits.
    fn of(encoding: &'static Encoding, bytes: &[u8], sample: &[u8]) -> Option<u32> {
        if !is_valid(encoding, bytes) {
            return None;
        }
        let (text, _) = encoding.decode_without_bom_handling(sample);
        let (mut common, mut all) = (0u32, 0u32);
        for ch in text.chars().filter(|ch| !ch.is_ascii()) {
            all += 1;
            common += u32::from(common_characters().binary_search(&ch).is_ok());
        }
        Some(common * 100 / all.max(1))
    }
}

fn is_valid(encoding: &'static Encoding, bytes: &[u8]) -> bool {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let mut scratch = [0u16; 2048];
    let mut at = 0;
    loop {
        let (result, read, _) = decoder.decode_to_utf16_without_replacement(&bytes[at..], &mut scratch, true);
        at += read;
        match result {
            DecoderResult::InputEmpty => return true,
            DecoderResult::OutputFull => {}
            DecoderResult::Malformed(..) => return false,
        }
    }
}

/// Text in a two-byte encoding holds next to no three-byte UTF-8 sequences; damaged UTF-8 is full of them. In a few
/// words one may stand by chance.
fn is_damaged_utf8(bytes: &[u8]) -> bool {
    let (mut three, mut high) = (0usize, 0usize);
    for chunk in bytes.utf8_chunks() {
        three += chunk.valid().chars().filter(|ch| ch.len_utf8() == 3).count() * 3;
        high += chunk.valid().bytes().chain(chunk.invalid().iter().copied()).filter(|b| *b >= 0x80).count();
    }
    three * 2 > high || (three >= 18 && three * 4 > high)
}

/// The first bytes, not ending in the middle of a two-byte character where an ASCII byte is near.
fn cut_sample(bytes: &[u8]) -> &[u8] {
    if bytes.len() <= SAMPLE {
        return bytes;
    }
    let end = memchr::memrchr2(b'\n', b' ', &bytes[..SAMPLE]).map_or(SAMPLE, |at| at + 1);
    &bytes[..end.max(SAMPLE / 2)]
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
    fn two_byte_text_holds_few_utf8_sequences() {
        for encoding in [GB18030, BIG5] {
            let (bytes, ..) = encoding.encode(COMMON);
            assert!(!is_damaged_utf8(&bytes), "{}", encoding.name());
            assert!(utf16(&bytes).is_none());
        }
    }
}
