//! Numbers of a text, and signs that are compared as numbers are.

use super::Sink;

/// The value of a digit in one of its forms: full-width, raised or lowered ones count as plain ones (CO₂ is CO2).
pub(super) fn digit(c: char) -> Option<u8> {
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
pub(super) fn sign(c: char) -> Option<&'static str> {
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
        '⅐'..='⅞' => {
            ["1/7", "1/9", "0.1", "1/3", "2/3", "0.2", "0.4", "0.6", "0.8", "1/6", "5/6", "1/8", "3/8", "5/8", "7/8"]
                .get(c as usize - '⅐' as usize)
                .copied()
        }
        '☑' | '✓' | '✔' | '√' | '■' => Some("y"),
        '☐' | '□' => Some("n"),
        '☒' | '✗' | '✘' => Some("x"),
        '＞' | '>' => Some(">"),
        '＜' | '<' => Some("<"),
        '≥' => Some("g"),
        '≤' => Some("l"),
        '≠' => Some("e"),
        '＝' | '=' => Some("="),
        '＋' | '+' => Some("+"),
        '−' | '－' | '-' => Some("-"),
        '↑' => Some("u"),
        '↓' => Some("d"),
        '→' => Some("r"),
        '←' => Some("a"),
        '♂' => Some("m"),
        '♀' => Some("f"),
        '％' | '%' => Some("%"),
        '‰' => Some("k"),
        '￥' | '¥' => Some("Y"),
        '＄' | '$' => Some("D"),
        _ => None,
    }
}

/// Whether a cross is that of rights and wrongs and no blank: one that no letter or number follows (（×）, 判×，), or one
/// of a row with ticks in it (√××√).
pub(super) fn crossed(text: &str, at: usize) -> bool {
    /// Characters of a row that are looked at on each side.
    const ROW: usize = 60;
    let (before, after) = (&text[..at], &text[at + '×'.len_utf8()..]);
    let cross = |c: char| matches!(c, '×' | 'x' | 'X');
    let parted = |c: char| !c.is_alphanumeric() && !matches!(c, '×' | '_' | '＿' | '*');
    let single = !before.ends_with(cross) && !before.ends_with(|c| digit(c).is_some());
    if single && after.chars().next().is_none_or(parted) && !after.starts_with([' ', '\u{3000}']) {
        return true;
    }
    let tick = |c: char| matches!(c, '√' | '✓' | '✔');
    let row = |c: &char| matches!(c, '×' | ' ' | '\u{3000}') || tick(*c);
    let ticks = |side: &mut dyn Iterator<Item = char>| side.take(ROW).take_while(row).any(tick);
    ticks(&mut after.chars()) || ticks(&mut before.chars().rev())
}

/// Whether a sign of ASCII says something: right before or behind a digit, or as a plus or minus in brackets. Elsewhere it is
/// markup.
pub(super) fn says(bytes: &[u8], at: usize) -> bool {
    let digit = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
    let (before, after) = (&bytes[..at], &bytes[at + 1..]);
    let bracketed = (before.ends_with(b"(") || before.ends_with("（".as_bytes()))
        && (after.starts_with(b")") || after.starts_with("）".as_bytes()));
    match bytes[at] {
        b'-' => bracketed,
        b'=' => {
            let word = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
            word(before.last()) && word(after.first())
        }
        b'+' if bracketed => true,
        _ => digit(at.checked_sub(1)) || digit(at.checked_add(1)),
    }
}

/// A number: one sign, or a run of digits. Half blanked ones (20xx, 3××, 1__) and list marks are no numbers.
pub(super) fn number(text: &str, start: usize, sink: &mut impl Sink) -> usize {
    let first = text[start..].chars().next();
    let (end, value) = match first.and_then(|c| Some((c.len_utf8(), sign(c)?))) {
        Some((length, value)) => (start + length, value),
        None => {
            let end = start + run(&text[start..], spaced(&text[..start]));
            (end, &text[start - minus(&text[..start], &text[end..])..end])
        }
    };
    let listed = first.is_some_and(|c| matches!(c, '①'..='⒇'));
    // A stroke says something only where nothing can follow it, and a box only where it is no list mark.
    let idle = match first {
        Some('－' | '−') => {
            !text[..start].ends_with(|c: char| c.is_alphabetic() || matches!(c, '（' | '('))
                || text[end..].starts_with(|c: char| c.is_alphanumeric() || c == '－')
        }
        Some('■' | '□') => opens_line(&text[..start]) || text[end..].starts_with(['■', '□']),
        _ => false,
    };
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
    // Raised digits are never blanked: the x of x² is a letter.
    let raised = first.is_some_and(|c| matches!(c, '²' | '³' | '¹' | '⁰'..='₉'));
    if !(listed
        || idle
        || (counts && !raised && blanked(before, after))
        || (counts && in_stamp(text.as_bytes(), start, end)))
    {
        sink.number(value);
    }
    end
}

/// The length of the sign that makes a temperature or a rate negative (－18℃); other strokes before digits are dashes.
fn minus(before: &str, after: &str) -> usize {
    if before.ends_with('±') {
        return '±'.len_utf8();
    }
    let sign = before.chars().next_back().filter(|c| matches!(c, '-' | '－' | '−'));
    let length = sign.map_or(0, char::len_utf8);
    // -5~5度.
    let after = match after.strip_prefix(['~', '～', '至', '到']) {
        Some(rest) => rest.trim_start_matches(|c: char| matches!(c, '-' | '－' | '−') || digit(c).is_some()),
        None => after,
    };
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

/// Whether a text ends with characters of which each has a space behind it.
fn spaced(before: &str) -> bool {
    let mut chars = before.chars().rev();
    let mut next = || (chars.next() == Some(' ')) && chars.next().is_some_and(|c| !c.is_ascii() && c.is_alphabetic());
    next() && next()
}

/// The length of the digits a text begins with, with inner points and commas, and with inner line breaks: hard
/// wrapping tears numbers, and copies are wrapped differently; in a `spaced` text with single spaces.
fn run(text: &str, spaced: bool) -> usize {
    let mut end = 0;
    let mut inner = 0; // points, commas and breaks since the last digit
    for (i, c) in text.char_indices() {
        if digit(c).is_some() {
            end = i + c.len_utf8();
            inner = 0;
        } else if (matches!(c, '.' | ',' | '\n') && inner < 2) || (spaced && c == ' ' && inner == 0) {
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
    let stamp = if clock(token) {
        let before = &bytes[..from.saturating_sub(1)];
        let word_before = before.iter().rev().take(REACH).take_while(|b| word(b)).count();
        token.len() == 8
            || (bytes.get(from.wrapping_sub(1)) == Some(&b' ') && date(&before[before.len() - word_before..]))
    } else {
        let after = bytes.get(to + 1..).unwrap_or_default();
        let word_after = after.iter().take(REACH).take_while(|b| word(b)).count();
        date(token) && bytes.get(to) == Some(&b' ') && clock(&after[..word_after])
    };
    stamp && !in_sentence(bytes, from, to) && !of_event(bytes, from, to)
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

/// Whether the line of a stamp says of what it is the hour: 活动时间, 报名截止, 发车, or has the place of an event beside it.
/// Bare 时间 and what sites do with a text (发布时间) are a site's.
fn of_event(bytes: &[u8], from: usize, to: usize) -> bool {
    /// Bytes around the stamp that are looked at.
    const NEAR: usize = 120;
    const SITE: [&str; 24] = [
        "发布", "发表", "更新", "上传", "添加", "录入", "创建", "收录", "入库", "上架", "提交", "编辑", "整理", "修改",
        "公开", "刊发", "发稿", "访问", "浏览", "生成", "成文", "发文", "转载", "来源",
    ];
    const HOURS: [&str; 14] = [
        "截止", "发车", "开赛", "开庭", "报到", "集合", "到达", "开始", "结束", "开幕", "起飞", "开考", "开播", "入场",
    ];
    let head = &bytes[from.saturating_sub(NEAR)..from];
    let label = head.iter().rposition(|b| *b == b'\n').map_or(head, |end| &head[end + 1..]);
    let label = String::from_utf8_lossy(label);
    let colon = label.trim_end().strip_suffix(['：', ':']);
    let label = colon.unwrap_or(&label).trim_end();
    let name = ["时间", "日期", "時間"].iter().find_map(|what| label.strip_suffix(what)).map(str::trim_end);
    let named = |name: &str| {
        let han = name.chars().rev().take_while(|c| ('\u{3400}'..='\u{9FFF}').contains(c)).count();
        let numbered = name.ends_with(['、', '.', '．', '）', ')'])
            && name.contains(|c| "一二三四五六七八九十123456789".contains(c));
        numbered || (han >= 2 && !SITE.iter().any(|site| name.ends_with(site)))
    };
    let place = || {
        let tail = String::from_utf8_lossy(&bytes[to..bytes.len().min(to + NEAR)]);
        let before = String::from_utf8_lossy(head);
        let above = before.rsplit('\n').filter(|line| !line.trim().is_empty()).nth(1);
        let below = tail.split('\n').skip(1).find(|line| !line.trim().is_empty());
        let beside = tail.split('\n').next();
        [above, below, beside]
            .into_iter()
            .flatten()
            .any(|line| ["地点", "地點"].iter().any(|word| line.trim_start().starts_with(word)))
    };
    name.is_some_and(named) || HOURS.iter().any(|hour| label.ends_with(hour)) || (name.is_some() && place())
}

/// Whether only blanks and an opening bracket stand between the last line break and the end of `before`.
fn opens_line(before: &str) -> bool {
    let mut rest = before.chars().rev().skip_while(|c| matches!(c, '(' | '（' | ' ' | '\t' | '\u{3000}'));
    rest.next().is_none_or(|c| c == '\n')
}

pub(super) fn value_of(digits: &str) -> u32 {
    let mut hash = 0x811C_9DC5_u32;
    let mut leading = true;
    for c in digits.chars() {
        let c = if matches!(c, '－' | '−') { b'-' } else { digit(c).unwrap_or(c as u32 as u8) };
        if c == b',' || c == b'\n' || c == b' ' || (leading && c == b'0') {
            continue;
        }
        leading = false;
        hash = (hash ^ u32::from(c)).wrapping_mul(0x0100_0193);
    }
    hash
}

#[cfg(test)]
mod tests {
    use crate::key::key;

    fn symbols(text: &str) -> Vec<u16> {
        key(text).symbols
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
    fn the_hour_of_an_event_is_the_texts_and_that_of_an_upload_the_sites() {
        for line in [
            "活动时间：2023-05-18 14:30",
            "报名截止：2023-05-18 17:00",
            "一、时间：2023-05-18 14:30",
            "发车：2023-05-18 06:30 北门",
        ] {
            assert!(!key(&format!("同游水库\n{line}\n请带水壶")).numbers.is_empty(), "{line}");
        }
        assert!(!key("读书会\n时间：2023-05-18 14:30\n地点：社区广场\n").numbers.is_empty());
        for line in [
            "时间：2023-05-18 14:30",
            "发布时间：2023-05-18 14:30",
            "更新日期: 2023-05-18 14:30:05",
            "2023-05-18 14:30",
        ] {
            assert!(key(&format!("同游水库\n{line}\n请带水壶")).numbers.is_empty(), "{line}");
        }
    }

    #[test]
    fn a_sign_between_numbers_is_no_blank() {
        assert_eq!(key("80×120厘米").numbers, key("80 × 120厘米").numbers);
        assert_eq!(key("80*120厘米").numbers.len(), 2);
        assert!(key("20×x年，2×××元，8×月，138****1234，3**人，1*号").numbers.is_empty());
        assert_eq!(key("共**80**人、**3名**、*5*个").numbers, key("共80人、3名、5个").numbers);
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
    fn signs_that_say_the_opposite_differ() {
        for (x, y) in [
            ("√×√√×", "×√××√"),
            ("× √ × ×", "√ × √ √"),
            ("判√，", "判×，"),
            ("出口 √\n", "出口 ×\n"),
            ("抗原＋。", "抗原－。"),
            ("Rh（＋）", "Rh（－）"),
            ("x=y", "x≠y"),
            ("误差±5", "误差5"),
            ("气温-5~5度", "气温5~5度"),
            ("加⅓勺", "加⅔勺"),
            ("加½勺", "加⅓勺"),
            ("y=x²", "y=x³"),
            ("白细胞↑，", "白细胞↓，"),
            ("A→B", "A←B"),
            ("性别♂", "性别♀"),
            ("合格■", "合格□"),
        ] {
            assert_eq!(symbols(x), symbols(y));
            assert_ne!(key(x).numbers, key(y).numbers, "{x} {y}");
        }
        for none in ["××县", "第×条", "王××，", "× 年 × 月", "■要点\n□要点", "20××年", "——－－—", "a - b"]
        {
            assert!(key(none).numbers.is_empty(), "{none}");
        }
        assert_eq!(key("共 有 党 员 1 8 4 名").numbers, key("共有党员184名").numbers);
        assert_eq!(key("共 有 3 项").numbers.len(), 1);
        assert_eq!(key("得分 1 8 4").numbers.len(), 3);
    }
}
