//! A key as it stands in a scratch file: its symbols, filled up to four bytes, and then its numbers.

use crate::key::{Key, Number, View};

/// Bytes of the file come in words of four.
pub(super) const WORD: u64 = size_of::<u32>() as u64;
const SYMBOLS_PER_WORD: usize = size_of::<u32>() / size_of::<u16>();
const WORDS_PER_NUMBER: usize = size_of::<Number>() / size_of::<u32>();

/// How much there is of a key that is written down.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counts {
    /// Its symbols.
    pub symbols: u32,
    /// Its numbers.
    pub numbers: u32,
}

impl Counts {
    /// Those of a key.
    pub fn of(key: &Key) -> Self {
        Self { symbols: key.symbols.len() as u32, numbers: key.numbers.len() as u32 }
    }

    /// Words in the file.
    pub fn words(self) -> usize {
        self.symbol_words() + self.numbers as usize * WORDS_PER_NUMBER
    }

    fn symbol_words(self) -> usize {
        (self.symbols as usize).div_ceil(SYMBOLS_PER_WORD)
    }

    /// The key in its words; an empty one where these are too few.
    pub fn view(self, words: &[u32]) -> View<'_> {
        let (symbols, numbers) = words.split_at_checked(self.symbol_words()).unwrap_or_default();
        let symbols: &[u16] = bytemuck::cast_slice(symbols);
        View {
            symbols: symbols.get(..self.symbols as usize).unwrap_or_default(),
            numbers: bytemuck::try_cast_slice(numbers).unwrap_or_default(),
        }
    }
}

/// The bytes of a key, to be written one after the other.
pub(super) fn parts(key: &Key) -> [&[u8]; 3] {
    const FILL: [u8; WORD as usize] = [0; WORD as usize];
    let symbols: &[u8] = bytemuck::cast_slice(&key.symbols);
    let fill = symbols.len().next_multiple_of(WORD as usize) - symbols.len();
    [symbols, &FILL[..fill], bytemuck::cast_slice(&key.numbers)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::key;

    #[test]
    fn a_key_is_the_same_when_it_is_read() {
        for text in ["", "同志们：今年完成12件", "abc", "谢谢大家", "共3项，7人"] {
            let key = key(text);
            let bytes = parts(&key).concat();
            let mut words = vec![0u32; bytes.len() / WORD as usize];
            bytemuck::cast_slice_mut(&mut words).copy_from_slice(&bytes);
            let counts = Counts::of(&key);
            assert_eq!((counts.words(), counts.view(&words)), (words.len(), key.view()), "{text}");
        }
    }
}
