//! Numbers in which two aligned texts differ: those that fell out of the keys, and those told in Chinese numerals.

use crate::key::{Number, View, key};
use crate::runs::{Run, each_place};
use std::ops::Range;
use std::sync::LazyLock;

/// Chinese numerals. They stay in the key (十 is a word in 十分), but a passage that differs only in them differs in a
/// number.
static NUMERALS: LazyLock<Vec<u16>> =
    LazyLock::new(|| sorted("〇零一二三四五六七八九十百千万亿两壹贰叁肆伍陆柒捌玖拾佰仟廿卅半双"));
/// What numerals count, so that another one there is another number.
static UNITS: LazyLock<Vec<u16>> = LazyLock::new(|| {
    sorted(
        "年月日号届次名人个位户家件项条元万亿千百十成倍级岁天小时分公里米亩吨斤两角款楼层册卷课页遍寸尺丈辆台套株棵粒颗滴毫克批幕\
         袋片支丸瓶匙包块碗杯周点厘平方头只部座场份张枚间所种类期组班栋路车学会度等季度尺圈盒桶箱根道门节句段篇首幅艘架匹口顶副盏盆\
         秒刻升钟旬代点步拍拳队排连营团师室厅馆村镇县市省区乡街弄巷",
    )
});
/// What stands before a numeral that tells which one of many.
static ORDINALS: LazyLock<Vec<u16>> = LazyLock::new(|| sorted("第初周期之"));
/// What says of a number that it is none exactly.
static ABOUT: LazyLock<Vec<u16>> = LazyLock::new(|| sorted("多余来"));
/// What makes another number of the one it follows.
static SCALES: LazyLock<Vec<u16>> = LazyLock::new(|| sorted("十百千万亿"));
/// What makes another unit of the one it stands before: 毫克, 公里, 平方米.
static MULTIPLES: LazyLock<Vec<u16>> = LazyLock::new(|| sorted("毫厘微公平立"));
/// Units of which one is no other way to say the other.
static MEASURES: LazyLock<Vec<u16>> = LazyLock::new(|| sorted("年月周日天时分秒米里克斤吨升亩顷元角尺寸度kgmhlt"));

fn sorted(text: &str) -> Vec<u16> {
    let mut symbols = key(text).symbols;
    symbols.sort_unstable();
    symbols
}

fn among(set: &[u16], symbol: Option<&u16>) -> bool {
    symbol.is_some_and(|symbol| set.binary_search(symbol).is_ok())
}

fn between(numbers: &[Number], from: u32, to: u32) -> &[Number] {
    let start = numbers.partition_point(|number| number.at < from);
    let end = start + numbers[start..].partition_point(|number| number.at <= to);
    &numbers[start..end]
}

/// Places of a run where both sides have real numbers and neither side's hold the other's. A number that only one
/// side has is no conflict: the other's was dropped or blanked by a site.
pub fn conflicts(a: View<'_>, b: View<'_>, run: Run) -> u32 {
    let mut left = between(a.numbers, run.a, run.a + run.len);
    let mut right = between(b.numbers, run.b, run.b + run.len);
    let mut count = 0;
    while let (Some(first), Some(second)) = (left.first(), right.first()) {
        let (x, y) = (first.at - run.a, second.at - run.b);
        let group = |numbers: &[Number]| numbers.iter().take_while(|number| number.at == numbers[0].at).count();
        let (m, n) = (group(left), group(right));
        if x == y {
            // In their order, and each as often: 8-8 does not hold 8-24.
            let holds = |some: &[Number], all: &[Number]| {
                let mut all = all.iter();
                some.iter().all(|number| all.any(|other| other.value == number.value))
            };
            let (xs, ys) = (&left[..m], &right[..n]);
            count += u32::from(!holds(xs, ys) && !holds(ys, xs));
        }
        if x <= y {
            left = &left[m..];
        }
        if y <= x {
            right = &right[n..];
        }
    }
    count
}

/// Places of a gap in which Chinese numerals that count something are replaced by others (二〇二三年 by 二〇二四年, 三万元
/// by 三元; not 一、 by 二、 at a heading), or the unit of a number by another.
pub fn numeral_conflicts(a: View<'_>, b: View<'_>, x: Range<usize>, y: Range<usize>) -> u32 {
    // Most gaps hold neither a numeral nor a number.
    let numerals = a.symbols[x.clone()].iter().chain(&b.symbols[y.clone()]).any(|s| among(&NUMERALS, Some(s)));
    if !numerals && between(a.numbers, x.start as u32, x.end as u32).is_empty() {
        return 0;
    }
    let mut count = 0;
    each_place(&a.symbols[x.clone()], &b.symbols[y.clone()], 0, |i, j| {
        let (i, j) = (x.start + i.start..x.start + i.end, y.start + j.start..y.start + j.end);
        count += u32::from(another_numeral(a, b, i.clone(), j.clone()) || another_unit(a, b, i, j));
    });
    count
}

/// Whether the whole numerals about a place differ.
fn another_numeral(a: View<'_>, b: View<'_>, mut i: Range<usize>, mut j: Range<usize>) -> bool {
    let numeral = |symbol: &u16| among(&NUMERALS, Some(symbol));
    let about = |symbol: &u16| among(&ABOUT, Some(symbol));
    let (x, y) = (&a.symbols[i.clone()], &b.symbols[j.clone()]);
    let numerals = match x.len() == y.len() {
        // 两到三级 and 三到四级, 三十多户 and 五十余户.
        true => x.iter().zip(y).all(|(x, y)| x == y || (numeral(x) && numeral(y)) || (about(x) && about(y))),
        false => x.iter().chain(y).all(numeral),
    };
    if !numerals {
        return false;
    }
    while i.start > 0 && j.start > 0 && a.symbols[i.start - 1] == b.symbols[j.start - 1] {
        if !numeral(&a.symbols[i.start - 1]) {
            break;
        }
        (i.start, j.start) = (i.start - 1, j.start - 1);
    }
    while a.symbols.get(i.end).is_some_and(numeral) && a.symbols.get(i.end) == b.symbols.get(j.end) {
        (i.end, j.end) = (i.end + 1, j.end + 1);
    }
    let before = i.start.checked_sub(1).and_then(|at| a.symbols.get(at));
    let counts = among(&UNITS, a.symbols.get(i.end)) || among(&ORDINALS, before) || i.len().max(j.len()) > 1;
    !i.is_empty() && !j.is_empty() && counts
}

/// Whether a number that both have is followed by another scale or unit.
fn another_unit(a: View<'_>, b: View<'_>, i: Range<usize>, j: Range<usize>) -> bool {
    let follows = |key: View<'_>, at: usize| key.numbers.binary_search_by_key(&(at as u32), |number| number.at).is_ok();
    if i.len().max(j.len()) > 2 || !follows(a, i.start) || !follows(b, j.start) {
        return false;
    }
    let (x, y) = (&a.symbols[i.clone()], &b.symbols[j.clone()]);
    let either = if x.is_empty() { y } else { x };
    if x.is_empty() || y.is_empty() {
        return either.len() == 1 && (among(&SCALES, either.first()) || among(&MULTIPLES, either.first()));
    }
    among(&MEASURES, x.last()) && among(&MEASURES, y.last())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::align::{Aligner, Alignment};

    fn align(a: &str, b: &str) -> Alignment {
        Aligner::default().align(key(a).view(), key(b).view())
    }

    #[test]
    fn numbers_that_differ_are_seen_and_blanks_are_not() {
        let text = "全市共有党员{}名，其中女党员{}名，占百分之{}。";
        let fill = |x: &str| text.replacen("{}", x, 1).replace("{}", "30");
        assert_eq!(align(&fill("1200"), &fill("1,200")).number_conflicts, 0);
        assert_eq!(align(&fill("1200"), &fill("xx")).number_conflicts, 0);
        assert_eq!(align(&fill("1200"), &fill("1300")).number_conflicts, 1);
    }

    #[test]
    fn chinese_numerals_that_count_are_numbers() {
        let text = |year: &str| format!("为了做好工作，现将二〇二{year}年的安排印发给你们，请认真执行。");
        assert_eq!(align(&text("三"), &text("四")).number_conflicts, 1);
        let heading = |mark: &str| format!("我们的工作就是这样安排的。{mark}、加强领导，落实责任，确保完成任务。");
        assert_eq!(align(&heading("一"), &heading("二")).number_conflicts, 0);
    }

    #[test]
    fn numerals_in_their_whole_length_and_units_are_numbers() {
        let with = |what: &str| format!("为了做好有关工作，现规定每次{what}，请各单位和个人认真遵照执行，不得有误。");
        for (x, y) in [
            ("三万元", "三元"),
            ("两到三级", "三到四级"),
            ("三十多户", "五十余户"),
            ("一袋", "半袋"),
            ("初八", "初九"),
            ("百分之三", "百分之八"),
            ("5元", "5万元"),
            ("3天", "3年"),
            ("10毫克", "10克"),
            ("启动Ⅱ级", "启动Ⅲ级"),
            ("2023年8月8日", "2023年8月24日"),
            ("3%", "3‰"),
            ("≥60分", "＜60分"),
            ("－18℃", "18℃"),
            ("☑是☐否", "☐是☑否"),
            ("方案①", "方案②"),
        ] {
            assert!(align(&with(x), &with(y)).number_conflicts > 0, "{x} {y}");
        }
        for (x, y) in
            [("十分", "分"), ("5名", "5位"), ("一些", "某些"), ("5%", "5"), ("60分", "≥60分"), ("见注①", "见注")]
        {
            assert_eq!(align(&with(x), &with(y)).number_conflicts, 0, "{x} {y}");
        }
    }
}
