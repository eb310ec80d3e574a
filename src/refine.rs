//! All that is done to one document alone: cleaning, its key, and the passages it holds twice, until nothing changes.
//!
//! Cutting a repeat can bring debris to an edge, and cutting debris can bring two copies together; running to the
//! fixpoint here is what makes a second run over the output change nothing.

use crate::audit::{Label, Verdict};
use crate::clean::structure::Detector;
use crate::clean::{RuleSet, clean_in};
use crate::config::Actions;
use crate::document::{Action, Class, Damage, Edit};
use crate::edits;
use crate::exceptions::{self, Places, Stay};
use crate::fingerprint::{Fingerprint, fingerprints};
use crate::key::{self, Key};
use crate::library::Profile;
use crate::repeat::{self, Layout, Piece, Place, Repeat, Repeats};
use crate::segment::{self, Lines};
use std::collections::BTreeSet;
use std::ops::Range;

/// Rounds of cleaning and cutting repeats. Each round but the last cuts something; texts need one to three.
const MAX_ROUNDS: usize = 8;

/// A repeat with its places in the decoded input: `a` went or is the later copy.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// First bytes of the first and of the last character of `a`.
    pub a: Place,
    /// The witness: one piece, or several where a later cut took part of it.
    pub pieces: Vec<Piece>,
    /// First bytes of the symbols of `a`, where it was cut.
    pub taken: Vec<usize>,
    /// Equal key symbols.
    pub symbols: u32,
    /// Equal symbols over the longer side.
    pub identity: f64,
    /// Kind of repeat.
    pub label: Label,
    /// What was done.
    pub action: Verdict,
    /// It stays because a person held its cut wrong.
    pub held: bool,
}

/// A place that would have been changed, but that a person held it wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Bytes of the decoded input.
    pub range: Range<usize>,
    /// The rule that was held wrong.
    pub rule: String,
}

/// A document after refining.
#[derive(Debug, Clone)]
pub struct Refined {
    /// The cleaned text.
    pub text: String,
    /// All deletions, as spans of the decoded input.
    pub edits: Vec<Edit>,
    /// Signs of damage in the input.
    pub damage: Damage,
    /// A title that only a cut intro held.
    pub title: Option<String>,
    /// Why a person should look at it.
    pub review: Option<String>,
    /// Repeats within the document.
    pub repeats: Vec<Found>,
    /// Places that exceptions kept.
    pub held: Vec<Held>,
    /// What the document is compared by.
    pub profile: Profile,
}

/// A document that is left whole because a person held what was done to it wrong.
pub fn whole(text: String) -> Refined {
    let key = key::key(&text);
    let prints = fingerprints(&key.symbols);
    let held = vec![Held { range: 0..text.len(), rule: exceptions::WHOLE.into() }];
    let broken = segment::broken(&text, key.symbols.len());
    let damage = Damage { blanks: key.blanks, broken, ..Damage::default() };
    Refined { held, damage, profile: Profile::new(key, prints), ..blank(text) }
}

fn blank(text: String) -> Refined {
    Refined {
        text,
        edits: Vec::new(),
        damage: Damage::default(),
        title: None,
        review: None,
        repeats: Vec::new(),
        held: Vec::new(),
        profile: Profile::default(),
    }
}

/// Refines the decoded text of a document that lies in `folder`.
pub fn refine(text: String, rules: &RuleSet, actions: &Actions, folder: &str) -> Refined {
    let stays = rules.exceptions().stays(&text);
    let mut out = blank(text);
    let of = |passages: bool| stays.iter().filter(move |stay| stay.rule.is_none() == passages);
    let texts: Vec<&Stay> = of(false).collect();
    let ranges = |stays: Vec<&Stay>| -> Vec<Range<usize>> { stays.iter().map(|stay| stay.range.clone()).collect() };
    let (kept, passages) = (ranges(texts.clone()), ranges(of(true).collect()));
    let mut held = BTreeSet::new();
    for round in 0..MAX_ROUNDS {
        let cleaned = clean_in(&out.text, rules, folder, &exceptions::shifted(&kept, &out.edits));
        held.extend(cleaned.held);
        if round == 0 {
            (out.damage, out.title, out.review) = (cleaned.damage, cleaned.title, cleaned.review);
        }
        // What is left whole for a person to look at loses no repeats either.
        let whole = round == 0 && out.review.is_some() && cleaned.edits.is_empty();
        let cutting = !whole && round + 1 < MAX_ROUNDS && !rules.disabled().contains(Detector::RepeatedPassage.id());
        if !cleaned.edits.is_empty() {
            out.text = edits::apply(&out.text, &cleaned.edits);
            out.edits = edits::compose(&out.edits, &cleaned.edits);
        }
        let key = key::key(&out.text);
        let prints = fingerprints(&key.symbols);
        let found = find(&mut out, &key, &prints, actions, &passages);
        // The last round only reports, so that what is reported is what stands in the text.
        let cuts = found.iter().filter_map(|repeat| repeat.cut).filter(|_| cutting);
        let (class, rule) = (Detector::RepeatedPassage.class(), Detector::RepeatedPassage.id());
        let mut cut: Vec<Edit> = cuts.map(|span| Edit { span, action: Action::Cut, class, rule }).collect();
        let last = cut.is_empty();
        report(&mut out, &found, last);
        if last {
            out.damage.blanks = key.blanks;
            out.damage.broken = segment::broken(&out.text, key.symbols.len());
            out.profile = Profile::new(key, prints);
            break;
        }
        edits::settle(&mut cut);
        out.text = edits::apply(&out.text, &cut);
        out.edits = edits::compose(&out.edits, &cut);
    }
    let told = |at: usize| Held { range: texts[at].range.clone(), rule: texts[at].rule.unwrap_or_default().into() };
    out.held = held.into_iter().map(told).collect();
    out
}

fn find(
    out: &mut Refined,
    key: &Key,
    prints: &[Fingerprint],
    actions: &Actions,
    stays: &[Range<usize>],
) -> Vec<Repeat> {
    if !repeat::may_repeat(prints) {
        return Vec::new();
    }
    let lines = Lines::new(&out.text);
    let sections = segment::sections(&out.text, &lines);
    // Places where a sentence was mended or a stray character taken out.
    let mut gone = 0;
    let mended: Vec<usize> = out
        .edits
        .iter()
        .filter_map(|edit| {
            let at = edit.span.start as usize - gone;
            gone += edit.span.len();
            let sign = edit.action == Action::Join
                || matches!(edit.class, Class::StrayCharacter | Class::PinyinGloss | Class::TornLink);
            sign.then_some(at)
        })
        .collect();
    let owners: Vec<(usize, usize)> =
        (0..out.repeats.len()).flat_map(|at| (0..out.repeats[at].pieces.len()).map(move |piece| (at, piece))).collect();
    let witness = |(at, piece): &(usize, usize)| out.repeats[*at].pieces[*piece].clone();
    let mut witnesses: Vec<Piece> = owners.iter().map(witness).collect();
    move_pieces(&mut witnesses, |bytes| still(&out.edits, &bytes));
    let stays = Places::new(exceptions::shifted(stays, &out.edits));
    let layout = Layout {
        text: &out.text,
        lines: &lines,
        sections: &sections,
        mended: &mended,
        witnesses: &witnesses,
        stays: &stays,
    };
    let Repeats { found, moved } = repeat::repeats(key, prints, &layout, actions);
    for (owner, mut pieces) in moved.into_iter().rev() {
        // From the last, so that the numbers of the pieces before stay right.
        move_pieces(&mut pieces, |bytes| edits::to_original(&out.edits, bytes));
        let (at, piece) = owners[owner];
        let found = &mut out.repeats[at];
        found.pieces.splice(piece..=piece, pieces);
        if let Some((symbols, identity)) = repeat::score(&found.pieces, found.taken.len()) {
            (found.symbols, found.identity) = (symbols, identity);
        }
    }
    found
}

/// Maps places by a function of ascending byte offsets.
fn map_places(places: &[Place], map: impl Fn(Vec<usize>) -> Vec<usize>) -> Vec<Place> {
    let mut bytes: Vec<usize> = places.iter().flat_map(|place| [place.first, place.last]).collect();
    bytes.sort_unstable();
    bytes.dedup();
    let mapped = map(bytes.clone());
    let one = |byte: usize| bytes.binary_search(&byte).map_or(byte, |at| mapped[at]);
    places.iter().map(|place| Place { first: one(place.first), last: one(place.last) }).collect()
}

/// The same for witnesses. Of one that is partly gone the place is that of what is left, if there is any.
fn move_pieces(pieces: &mut [Piece], map: impl Fn(Vec<usize>) -> Vec<usize>) {
    let mut bytes: Vec<usize> =
        pieces.iter().flat_map(|piece| piece.at.iter().copied().chain([piece.b.first, piece.b.last])).collect();
    bytes.sort_unstable();
    bytes.dedup();
    let mapped = map(bytes.clone());
    let one = |byte: &usize| bytes.binary_search(byte).map_or(repeat::GONE, |at| mapped[at]);
    for piece in pieces {
        piece.at = piece.at.iter().map(one).collect();
        piece.b = Place { first: one(&piece.b.first), last: one(&piece.b.last) };
    }
}

/// Where symbols at ascending bytes of the input stand in the edited text; those that were taken out, nowhere.
fn still(edits: &[Edit], bytes: &[usize]) -> Vec<usize> {
    let now = edits::to_edited(edits, bytes.iter().copied());
    let back = edits::to_original(edits, now.iter().copied());
    now.into_iter()
        .zip(back)
        .zip(bytes)
        .map(|((now, back), byte)| if back == *byte { now } else { repeat::GONE })
        .collect()
}

/// Adds the repeats of a round: the cut ones, or in the last round the ones that stay.
fn report(out: &mut Refined, found: &[Repeat], last: bool) {
    for repeat in found.iter().filter(|repeat| last || repeat.cut.is_some()) {
        let mut pieces = repeat.pieces.clone();
        if pieces.is_empty() {
            pieces.push(Piece { symbols: 0..repeat.symbols, b: repeat.b, at: Vec::new(), runs: Vec::new() });
        }
        move_pieces(&mut pieces, |bytes| edits::to_original(&out.edits, bytes));
        out.repeats.push(Found {
            a: map_places(&[repeat.a], |bytes| edits::to_original(&out.edits, bytes))[0],
            pieces,
            taken: edits::to_original(&out.edits, repeat.taken.iter().copied()),
            symbols: repeat.symbols,
            identity: repeat.identity,
            label: repeat.label,
            action: if last { Verdict::Flag } else { repeat.verdict() },
            held: repeat.held,
        });
    }
}

impl Found {
    /// The records of the repeat: one, or one for each piece of a witness that was parted. A place, its witness and
    /// the equal symbols.
    pub fn proofs(&self) -> impl Iterator<Item = (Place, Place, u32)> + '_ {
        let all = |piece: &Piece| piece.symbols.len() == self.taken.len() || self.taken.is_empty();
        let parted = self.pieces.len() > 1 || !self.pieces.iter().all(all);
        self.pieces.iter().map(move |piece| {
            let symbol = |at: u32| self.taken.get(at as usize).copied();
            let place = symbol(piece.symbols.start).zip(symbol(piece.symbols.end.saturating_sub(1)));
            match place {
                Some((first, last)) if parted => (Place { first, last }, piece.b, piece.symbols.len() as u32),
                _ => (self.a, piece.b, self.symbols),
            }
        })
    }
}
