//! Builds the folding table of the matching key: one `u16` for each code point of the basic plane.
//!
//! The table folds width, case, compatibility forms (NFKC) and script (one representative for each class of
//! `src/key/script_classes.txt`) in a single look-up; `src/key/mod.rs` says what the values mean.

use std::collections::HashMap;
use std::path::Path;
use unicode_normalization::UnicodeNormalization;

/// Folds away: not a letter and not Han.
const DROP: u16 = 0;
/// A digit, or a sign that is compared as one.
const DIGIT: u16 = 1;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/key/script_classes.txt");
    let classes = std::fs::read_to_string("src/key/script_classes.txt").expect("script classes are part of the crate");
    let mut script: HashMap<char, char> = HashMap::new();
    for line in classes.lines().filter(|line| !line.starts_with('#')) {
        // The smallest member stands for its class; it is in the basic plane wherever any member is.
        let Some(first) = line.chars().min() else { continue };
        for member in line.chars() {
            script.insert(member, first);
        }
    }
    let mut table = vec![DROP; 0x1_0000];
    for (code, slot) in table.iter_mut().enumerate() {
        if let Some(c) = char::from_u32(code as u32) {
            *slot = fold(c, &script);
        }
    }
    let bytes: Vec<u8> = table.iter().flat_map(|v| v.to_le_bytes()).collect();
    let out = std::env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    std::fs::write(Path::new(&out).join("key_table.bin"), bytes).expect("OUT_DIR is writable");

    // Characters beyond the basic plane that share a class with one inside it.
    let mut beyond: Vec<(u32, u16)> = script
        .iter()
        .filter(|(member, first)| **member as u32 > 0xFFFF && (**first as u32) <= 0xFFFF)
        .map(|(member, first)| (*member as u32, *first as u32 as u16))
        .collect();
    beyond.sort_unstable();
    let bytes: Vec<u8> =
        beyond.iter().flat_map(|(member, first)| member.to_le_bytes().into_iter().chain(first.to_le_bytes())).collect();
    std::fs::write(Path::new(&out).join("key_beyond.bin"), bytes).expect("OUT_DIR is writable");
}

fn fold(c: char, script: &HashMap<char, char>) -> u16 {
    // Ⅱ and Ⅲ both begin with the letter i, ² and ½ with a digit that is not theirs alone.
    let number =
        matches!(c, 'Ⅰ'..='Ⅻ' | 'ⅰ'..='ⅻ' | '¹' | '²' | '³' | '¼'..='¾' | '⅐'..='⅞' | '⁰' | '⁴'..='⁹' | '₀'..='₉');
    // Signs that say another thing than others in their place.
    let sign = matches!(c, '①'..='⑳' | '⑴'..='⒇' | '☐'..='☒' | '✓' | '✔' | '✗' | '✘' | '√' | '＞' | '＜' | '≥' | '≤' | '≠')
        || "＋−－＝％‰￥¥＄↑↓→←♂♀■□".contains(c);
    if c.is_ascii_digit() || number || sign {
        return DIGIT;
    }
    // The first letter of the compatibility form stands for the whole of it (㎡ is m): matching only.
    let Some(first) = c.nfkc().find(|f| f.is_alphabetic() || f.is_ascii_digit()) else { return DROP };
    if first.is_ascii_digit() {
        // Full-width digits are digits; 1. and its like are list marks.
        return if ('０'..='９').contains(&c) { DIGIT } else { DROP };
    }
    let lower = first.to_lowercase().next().unwrap_or(first);
    let folded = script.get(&lower).copied().unwrap_or(lower);
    u16::try_from(folded as u32).unwrap_or(DROP)
}
