//! Passages that stand twice in one document: found, labelled, and decided which copy goes.
//!
//! A page fetched twice, a section doubled, a speech that stands in two parts of a compilation. Short repeats are
//! language, not duplication (statutes, minutes, refrains), so only long exact ones go, the cut falls on sentence or
//! line ends, and what only the removed copy holds must be next to nothing.

mod marked;
mod need;
mod side;
mod sided;

use crate::audit::{Label, Verdict};
use crate::config::Actions;
use crate::document::Span;
use crate::exceptions::Places;
use crate::fingerprint::{Fingerprint, GUARANTEE};
use crate::key::{self, Key};
use crate::passages::{Keys, Pairs, Passage, Posting, link_group, passages};
use crate::runs::Run;
use crate::segment::Lines;
use crate::store::Seen;
use marked::Marked;
use need::{Ledger, Owner};
use side::statute;
use sided::Sided;
use std::ops::Range;

/// A repeat of at least this many key symbols goes (by default); a shorter one only if it is [`MIN_PARAGRAPHS`] whole
/// paragraphs.
pub const MIN_REPEAT: u32 = 150;
/// Whole paragraphs that make a shorter repeat go.
pub const MIN_PARAGRAPHS: usize = 2;
/// Key symbols that make a line a paragraph: shorter lines are verse, minutes and lists, which repeat themselves.
pub const MIN_PARAGRAPH: u32 = 25;
/// The same in a statute, whose articles have clauses word for word in common.
pub const MIN_STATUTE: u32 = 600;
/// Repeats below this many symbols are formulas: slogans, enumerations, quoted law.
pub const FORMULA: u32 = 64;
/// Share of the removed copy that may be missing from the copy that stays.
pub const MAX_LOSS: f64 = 0.02;
/// Share of a section's symbols that a passage holds when it fills the section.
const FILLS: f64 = 0.9;

/// A place in the text a repeat was found in: bytes of its first and of its last character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// First byte of the first symbol.
    pub first: usize,
    /// First byte of the last symbol.
    pub last: usize,
}

/// In the place of a byte: there is no such symbol any more.
pub const GONE: usize = usize::MAX;

/// A stretch of a removed copy and where it still stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Symbols of the removed copy, counted from its first.
    pub symbols: Range<u32>,
    /// Their witness.
    pub b: Place,
    /// First bytes of the symbols of the witness; [`GONE`] for one that is no more.
    pub at: Vec<usize>,
    /// Equal symbols: `a` counts from the first of the removed copy, `b` from the first of the witness.
    pub runs: Vec<Run>,
}

/// The equal symbols of a copy of which so many were taken, and their share in the longer side, where it has one witness.
pub fn score(pieces: &[Piece], taken: usize) -> Option<(u32, f64)> {
    let [Piece { symbols, at, runs, .. }] = pieces else { return None };
    let equal: u32 = runs.iter().map(|run| run.len).sum();
    (symbols.len() == taken).then(|| (equal, f64::from(equal) / at.len().max(taken) as f64))
}

/// A repeated passage and what to do about it: `a` goes (or is the later copy), `b` is the witness.
#[derive(Debug, Clone, PartialEq)]
pub struct Repeat {
    /// The copy that goes.
    pub a: Place,
    /// The witness.
    pub b: Place,
    /// Equal key symbols.
    pub symbols: u32,
    /// Equal symbols over the longer side.
    pub identity: f64,
    /// Kind of repeat.
    pub label: Label,
    /// What to take out; absent where the repeat is only reported.
    pub cut: Option<Span>,
    /// First bytes of the symbols that the cut takes.
    pub taken: Vec<usize>,
    /// It would be cut, but that a person held that wrong.
    pub held: bool,
    /// What proves the cut, in the order of its symbols: one piece, unless another cut takes part of the witness.
    pub pieces: Vec<Piece>,
}

impl Repeat {
    /// Drop or flag.
    pub fn verdict(&self) -> Verdict {
        if self.cut.is_some() { Verdict::Drop } else { Verdict::Flag }
    }
}

struct One<'k>(&'k Key);

impl Keys for One<'_> {
    fn key(&self, _doc: u32) -> Seen<'_> {
        Seen::Here(self.0.view())
    }
}

/// What the decision needs to know of the text beside its key.
pub struct Layout<'t> {
    /// The text the key was made of.
    pub text: &'t str,
    /// Its lines. It may be one line of many repeats, so that is not searched for each.
    pub lines: &'t Lines,
    /// Parts of a compilation, in bytes, without their title lines; empty for a single text.
    pub sections: &'t [Range<usize>],
    /// Bytes at which the text was mended, ascending: a sign of damage.
    pub mended: &'t [usize],
    /// Witnesses of passages cut before: they must stay, or hand over to another.
    pub witnesses: &'t [Piece],
    /// Places, in bytes, that no cut may take.
    pub stays: &'t Places,
}

impl Layout<'_> {
    /// Where the line of a byte begins.
    fn line_start(&self, at: usize) -> usize {
        self.lines.span(self.lines.at(at)).start as usize
    }

    /// Where the line of a byte ends, its break included.
    fn line_end(&self, at: usize) -> usize {
        self.text.len().min(self.lines.span(self.lines.at(at)).end as usize + 1)
    }
}

/// Whether any fingerprint stands twice: the cheap test that most documents end at.
pub fn may_repeat(prints: &[Fingerprint]) -> bool {
    let mut hashes: Vec<u64> = prints.iter().map(|print| print.hash).collect();
    hashes.sort_unstable();
    hashes.windows(2).any(|pair| pair[0] == pair[1])
}

/// What [`repeats`] found.
#[derive(Debug, Default)]
pub struct Repeats {
    /// The repeats in the order of the text. Those with a cut do not overlap, and no cut takes the witness of another.
    pub found: Vec<Repeat>,
    /// Earlier witnesses (by their place in [`Layout::witnesses`]) that a cut took part of, with what proves now.
    pub moved: Vec<(usize, Vec<Piece>)>,
}

/// Finds the repeats of a text and decides which copies go.
pub fn repeats(key: &Key, prints: &[Fingerprint], layout: &Layout<'_>, actions: &Actions) -> Repeats {
    let mut out = Repeats::default();
    let found = find(key, prints);
    if found.is_empty() {
        return out;
    }
    let table = key::offset_table(layout.text, key.symbols.len());
    let place = |keys: &Range<u32>| Place {
        first: table[keys.start as usize] as usize,
        last: table[keys.end as usize - 1] as usize,
    };
    let statute = statute(layout.text);
    let marked = Marked::new(layout);
    let mut found: Vec<Sided> = found.into_iter().map(|passage| Sided::new(passage, &table, layout, &marked)).collect();
    // Longest first: a short repeat inside a long one must not spoil the long cut.
    found.sort_by_key(|sided| (std::cmp::Reverse(sided.passage.symbols), sided.passage.a_span.start));
    let mut ledger = Ledger::of(layout.witnesses, &table);
    for sided in found {
        let (sided, Some(mut repeat)) = sided.settle(key, actions, statute) else { continue };
        let held = |span: &Span| layout.stays.met(&span.range()).is_some();
        if repeat.cut.as_ref().is_some_and(held) {
            (repeat.cut, repeat.held) = (None, true);
        }
        if let Some(cut) = sided.cut(&repeat) {
            if ledger.take(&cut, &sided.passage, out.found.len()) {
                repeat.a = place(&cut.keys);
                repeat.taken =
                    table[cut.keys.start as usize..cut.keys.end as usize].iter().map(|at| *at as usize).collect();
                repeat.symbols = sided.passage.inside(&cut.keys);
                repeat.identity = f64::from(repeat.symbols) / cut.keys.len().max(cut.witness.len()) as f64;
            } else {
                // Decided by a longer one, or looked at again once that is out.
                repeat.cut = None;
            }
        }
        out.found.push(repeat);
    }
    for (owner, pieces) in ledger.pieces(&table) {
        match owner {
            Owner::This(at) => {
                let repeat = &mut out.found[at];
                if let Some((symbols, identity)) = score(&pieces, repeat.taken.len()) {
                    (repeat.symbols, repeat.identity) = (symbols, identity);
                }
                repeat.b = pieces[0].b;
                repeat.pieces = pieces;
            }
            Owner::Earlier(at) => out.moved.push((at, pieces)),
        }
    }
    out.found.sort_by_key(|repeat| (repeat.a.first, repeat.b.first));
    out
}

/// Verified passages of a key with itself, `a` after `b`, tandem repeats parted into their periods.
fn find(key: &Key, prints: &[Fingerprint]) -> Vec<Passage> {
    let mut sorted: Vec<Fingerprint> = prints.to_vec();
    sorted.sort_unstable();
    let mut links = Vec::new();
    let mut group = Vec::new();
    for same in sorted.chunk_by(|a, b| a.hash == b.hash).filter(|same| same.len() > 1) {
        group.extend(same.iter().map(|print| Posting { doc: 0, at: print.at, context: print.context }));
        link_group(&mut group, Pairs::Within, &One(key), |_| true, &mut links);
    }
    if links.is_empty() {
        return Vec::new();
    }
    passages(links, &One(key)).into_iter().flat_map(periods).collect()
}

/// A text that follows itself gives one run over its own witness: copies one period long, each with the first as its
/// witness. Periods below the guarantee (a short line repeated) stay one finding, which is reported only.
fn periods(passage: Passage) -> Vec<Passage> {
    let period = passage.a_span.start - passage.b_span.start;
    if passage.b_span.end <= passage.a_span.start || (period as usize) < GUARANTEE || passage.runs.len() > 1 {
        return vec![passage];
    }
    let mut out = Vec::new();
    let mut start = passage.a_span.start;
    while start < passage.a_span.end {
        let end = (start + period).min(passage.a_span.end);
        if (end - start) as usize >= GUARANTEE {
            let b_span = passage.b_span.start..passage.b_span.start + (end - start);
            out.push(Passage {
                a_span: start..end,
                symbols: end - start,
                runs: vec![Run { a: start, b: b_span.start, len: end - start }],
                b_span,
                ..passage.clone()
            });
        }
        start = end;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Policy;
    use crate::fingerprint::fingerprints;

    fn run(text: &str) -> Vec<Repeat> {
        run_with(text, &[])
    }

    fn run_with(text: &str, sections: &[Range<usize>]) -> Vec<Repeat> {
        let key = key::key(text);
        let layout =
            Layout { text, lines: &Lines::new(text), sections, mended: &[], witnesses: &[], stays: &Places::default() };
        repeats(&key, &fingerprints(&key.symbols), &layout, &Actions::default()).found
    }

    /// Sentences that share nothing long: numerals and rare characters make each its own.
    fn sentence(seed: u32) -> String {
        let words = "山河湖海云雨风雪春夏秋冬东西南北红橙黄绿青蓝紫金木水火土日月星辰松竹梅兰琴棋书画诗酒花茶";
        let words: Vec<char> = words.chars().collect();
        let mut state = seed.wrapping_mul(747_796_405).wrapping_add(2_891_336_453);
        let body: String = (0..32)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                words[(state >> 24) as usize % words.len()]
            })
            .collect();
        format!("{body}。")
    }

    fn paragraph(seed: u32, sentences: u32) -> String {
        (0..sentences).map(|i| sentence(seed * 100 + i)).collect()
    }

    #[test]
    fn clauses_of_a_statute_stay_and_whole_articles_go() {
        let clauses = format!("{}\n{}\n", sentence(11), paragraph(12, 2));
        let law = |clauses: &str| {
            format!("石桥县集市管理条例\n第一条 {}\n{clauses}第二条 {}\n{clauses}", paragraph(1, 2), paragraph(2, 2))
        };
        assert!(run(&law(&clauses)).iter().all(|repeat| repeat.cut.is_none()));
        let free = law(&clauses).replace("第一条 ", "").replace("第二条 ", "");
        assert!(run(&free).iter().any(|repeat| repeat.cut.is_some()));
        let long = format!("{}\n", paragraph(13, 20));
        assert!(run(&law(&long)).iter().any(|repeat| repeat.cut.is_some()));
    }

    #[test]
    fn a_short_repeat_that_holds_no_whole_sentence_stays_whoever_wants_it_out() {
        let middle = |seed| sentence(seed).replace('。', "，");
        let told: String = [middle(31), middle(32), middle(33)].concat();
        let text = format!("{}{told}{}{}{told}；{}", middle(34), sentence(35), middle(36), sentence(37));
        let key = key::key(&text);
        let layout = Layout {
            text: &text,
            lines: &Lines::new(&text),
            sections: &[],
            mended: &[],
            witnesses: &[],
            stays: &Places::default(),
        };
        let actions = Actions { short_repeat: Policy::Drop, ..Actions::default() };
        let found = repeats(&key, &fingerprints(&key.symbols), &layout, &actions).found;
        assert!(!found.is_empty() && found.iter().all(|repeat| repeat.cut.is_none()));
    }

    #[test]
    fn quotations_and_addresses_stay() {
        let told = paragraph(21, 6);
        let text = format!("{told}\n{}\n一年前我们说过：“{told}”今天看来没有说错。\n", paragraph(22, 3));
        assert!(run(&text).iter().all(|repeat| repeat.cut.is_none()));
        let text =
            format!("去年我在会上讲：“{told}”\n{}\n前年我也讲了：“{told}”今天看来没有说错。\n", paragraph(22, 3));
        assert!(run(&text).iter().all(|repeat| repeat.cut.is_none()));
        let twice = format!("“{told}”\n{}\n", paragraph(24, 2));
        assert!(run(&format!("{twice}{}\n{twice}", paragraph(22, 3))).iter().any(|repeat| repeat.cut.is_some()));
        let pictures = |day: u32| {
            let picture = |n: u32| {
                format!("![](https://pictures.qingshi.example/asset/of/the/village/and/its/river/bg{day}{n:02}.jpg)\n")
            };
            (0..4).map(picture).collect::<String>()
        };
        let text = format!("{}{}\n{}", pictures(20_210_722), paragraph(23, 3), pictures(20_210_723));
        assert!(run(&text).iter().all(|repeat| repeat.cut.is_none()));
    }

    #[test]
    fn a_page_fetched_twice_loses_its_second_copy() {
        let page = format!("{}\n{}\n", paragraph(1, 4), paragraph(2, 4));
        let text = format!("{}\n{page}{page}{}\n", paragraph(3, 2), paragraph(4, 2));
        let found = run(&text);
        assert_eq!(found.len(), 1);
        let cut = found[0].cut.unwrap();
        assert_eq!(cut.of(&text), page);
        assert_eq!(found[0].label, Label::Exact);
        assert!(cut.start as usize > text.find(&page).unwrap());
    }

    #[test]
    fn the_copy_that_fills_its_part_stays() {
        let speech = format!("{}\n{}\n", paragraph(1, 4), paragraph(2, 4));
        let one = format!("{}\n{speech}", paragraph(5, 5));
        let text = format!("篇一\n{one}篇二\n{speech}");
        let first = "篇一\n".len();
        let second = first + one.len() + "篇二\n".len();
        let sections = [first..first + one.len(), second..text.len()];
        let found = run_with(&text, &sections);
        assert_eq!(found.len(), 1);
        let cut = found[0].cut.unwrap();
        assert_eq!(cut.of(&text), speech);
        assert!((cut.end as usize) < second, "the copy inside part one goes");
    }

    #[test]
    fn a_cut_in_a_line_falls_on_sentence_ends() {
        let shared = paragraph(1, 8);
        let text = format!("开头的话说到这里，{shared}{}\n另有一段，{shared}{}\n", sentence(901), sentence(902));
        let found = run(&text);
        assert_eq!(found.len(), 1);
        let cut = found[0].cut.unwrap().of(&text);
        assert!(cut.ends_with('。') && shared.contains(cut) && cut.len() < shared.len());
    }

    #[test]
    fn short_repeats_formulas_and_verse_stay() {
        let formula: String = sentence(7).chars().take(30).collect::<String>() + &sentence(8);
        let text = format!("{formula}{}\n{formula}{}\n", paragraph(1, 3), paragraph(2, 3));
        assert!(run(&text).iter().all(|repeat| repeat.cut.is_none() && repeat.label == Label::Formula));
        let refrain: String = (0..14).map(|i| sentence(40 + i).chars().take(12).collect::<String>() + "\n").collect();
        let text = format!("{}\n{refrain}{}\n{refrain}", paragraph(1, 1), paragraph(2, 1));
        let found = run(&text);
        assert!(!found.is_empty() && found.iter().all(|repeat| repeat.cut.is_none()));
    }

    #[test]
    fn repeats_that_differ_in_a_denial_or_a_name_stay() {
        let cuts = |x: &str, y: &str| {
            let form = |word: &str| format!("{}对这件事他们{word}同意。{}\n", paragraph(1, 3), paragraph(2, 3));
            run(&format!("{}{}{}", form(x), paragraph(9, 3), form(y))).iter().any(|repeat| repeat.cut.is_some())
        };
        assert!(cuts("也", "也") && cuts("也", ""));
        assert!(!cuts("", "不") && !cuts("没有", "") && !cuts("也", "都") && !cuts("三次", "五次"));
        let name = |x: &str| format!("{x}同志来报到。{}{x}同志去开会。{}\n", paragraph(1, 2), paragraph(2, 4));
        let both = |x: &str, y: &str| run(&format!("{}{}{}", name(x), paragraph(9, 3), name(y)));
        assert!(both("田小禾", "田小禾").iter().any(|repeat| repeat.cut.is_some()));
        assert!(both("田小禾", "顾一帆").iter().all(|repeat| repeat.cut.is_none()));
    }

    #[test]
    fn repeats_that_differ_in_numbers_stay() {
        let form = |n: u32| format!("{}全年完成{n}件。{}\n", paragraph(1, 3), paragraph(2, 3));
        let found = run(&format!("{}{}{}", form(12), paragraph(9, 3), form(15)));
        assert!(found.iter().all(|repeat| repeat.cut.is_none()));
        assert!(found.iter().any(|repeat| repeat.label == Label::NumbersDiffer));
    }

    #[test]
    fn three_copies_leave_one() {
        let page = format!("{}\n{}\n", paragraph(1, 4), paragraph(2, 4));
        let text = format!("{page}{page}{page}");
        let found = run(&text);
        let cuts: usize = found.iter().filter_map(|repeat| repeat.cut).map(|cut| cut.len()).sum();
        assert_eq!(cuts, 2 * page.len());
    }

    #[test]
    fn one_line_a_thousand_times_is_one_finding_and_stays() {
        let text = "今天的天气很好，大家都来了。\n".repeat(1000);
        let found = run(&text);
        assert_eq!(found.len(), 1);
        assert!(found[0].cut.is_none());
    }
}
