//! What one thread does a second, kernel by kernel: `cargo bench`. Bytes are those of the text, UTF-8.

use dechaff::align::Aligner;
use dechaff::clean::{RuleSet, clean};
use dechaff::fingerprint::{fingerprints, key_hash};
use dechaff::key::{Key, key};
use dechaff::learn::look::Look;
use dechaff::sketch::{Sketch, jaccard, simhash};
use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use std::sync::LazyLock;

fn main() {
    divan::main();
}

/// Forty invented pages of some 3,000 characters, half of them in the frame of a site.
static TEXTS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let stock: Vec<char> = "县里的水库和渠道在春天要检查清楚才能保证农田灌溉老人孩子妇女都参加合作社讨论粮食价格运输仓储账目公开监督\
                            林场茶园果树竹器手艺学徒师傅集市码头渡船桥梁石匠木工铁铺药铺诊所医生护士教室黑板粉笔操场钟声我们要不是在有为了"
        .chars()
        .collect();
    let mut state = 7u64;
    let mut next = |n: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % n
    };
    (0..40)
        .map(|number| {
            let mut text = String::new();
            if number % 2 == 0 {
                text.push_str(
                    "下面是小编为大家整理的工作讲话，供大家参考。\n发布时间：2022-02-17 02:42:00 浏览：31次\n",
                );
            }
            text.push_str("同志们：\n");
            for _ in 0..30 {
                for at in 0..100 {
                    text.push(stock[next(stock.len())]);
                    match at % 14 {
                        13 => text.push('。'),
                        6 => text.push('，'),
                        _ => {}
                    }
                }
                text.push_str("。\n");
            }
            if number % 2 == 0 {
                text.push_str("扩展阅读文章\n上一篇：年终总结\n下一篇：没有了\nCopyright © 2019 某某网 版权所有\n");
            }
            text
        })
        .collect()
});
static KEYS: LazyLock<Vec<Key>> = LazyLock::new(|| TEXTS.iter().map(|text| key(text)).collect());
static RULES: LazyLock<RuleSet> = LazyLock::new(|| RuleSet::builtin().expect("built-in rules are tested"));

fn bytes() -> BytesCount {
    BytesCount::new(TEXTS.iter().map(String::len).sum::<usize>())
}

fn over_texts<T>(bencher: Bencher, work: impl Fn(&str) -> T + Sync) {
    LazyLock::force(&RULES);
    bencher.counter(bytes()).bench(|| TEXTS.iter().for_each(|text| drop(black_box(work(text)))));
}

fn over_keys<T>(bencher: Bencher, work: impl Fn(&Key) -> T + Sync) {
    LazyLock::force(&KEYS);
    bencher.counter(bytes()).bench(|| KEYS.iter().for_each(|key| drop(black_box(work(key)))));
}

#[divan::bench]
fn decode_utf8(bencher: Bencher) {
    over_texts(bencher, |text| dechaff::decode::decode(text.as_bytes().to_vec()));
}

#[divan::bench]
fn fold_scripts(bencher: Bencher) {
    over_texts(bencher, dechaff::clean::fold::fold);
}

#[divan::bench]
fn looks_of_lines(bencher: Bencher) {
    over_texts(bencher, |text| text.lines().map(|line| Look::of(line).weight()).sum::<i32>());
}

#[divan::bench]
fn clean_with_rules(bencher: Bencher) {
    over_texts(bencher, |text| clean(text, &RULES));
}

#[divan::bench]
fn matching_key(bencher: Bencher) {
    over_texts(bencher, key);
}

#[divan::bench]
fn winnowed_fingerprints(bencher: Bencher) {
    over_keys(bencher, |key| fingerprints(&key.symbols));
}

#[divan::bench]
fn hash_of_key(bencher: Bencher) {
    over_keys(bencher, |key| key_hash(&key.symbols));
}

#[divan::bench]
fn minhash_sketch(bencher: Bencher) {
    over_keys(bencher, |key| Sketch::of(&key.symbols));
}

#[divan::bench]
fn simhash_of_key(bencher: Bencher) {
    over_keys(bencher, |key| simhash(&key.symbols));
}

/// A copy with a changed symbol every hundred.
#[divan::bench]
fn align_near_copies(bencher: Bencher) {
    let copies: Vec<Key> = KEYS
        .iter()
        .map(|key| {
            let mut copy = key.clone();
            copy.symbols.iter_mut().skip(50).step_by(100).for_each(|symbol| *symbol = u16::from(b'q'));
            copy
        })
        .collect();
    bencher.counter(bytes()).with_inputs(Aligner::default).bench_refs(|aligner| {
        KEYS.iter().zip(&copies).for_each(|(a, b)| drop(black_box(aligner.align(a.view(), b.view()))));
    });
}

#[divan::bench]
fn jaccard_of_shingles(bencher: Bencher) {
    let keys = &*KEYS;
    bencher.counter(bytes()).bench(|| {
        keys.iter().zip(&keys[1..]).for_each(|(a, b)| {
            black_box(jaccard(&a.symbols, &b.symbols));
        });
    });
}
