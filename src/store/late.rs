//! Keys that were made when they were asked for, in a cache that keeps to a limit.

use super::packed::{self, Counts};
use crate::key::{Key, View};
use std::collections::HashMap;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// Keys that were made when they were asked for. Those that nobody asked for in a while wait in scratch files: to read
/// them back takes a tenth of the time of making them again from their texts.
#[derive(Default)]
pub(super) struct Late {
    /// Apart by document, so that threads seldom wait for one another.
    pub(super) rooms: [Mutex<Room>; ROOMS],
}

pub(super) const ROOMS: usize = 16;

/// Keys asked for of late, those before, and where the others are.
#[derive(Default)]
pub(super) struct Room {
    pub(super) now: HashMap<u32, Arc<Key>>,
    pub(super) before: HashMap<u32, Arc<Key>>,
    bytes: u64,
    file: Option<File>,
    end: u64,
    /// First byte in the file, and the counts of what is written there.
    written: HashMap<u32, (u64, Counts)>,
}

impl Room {
    fn add(&mut self, doc: u32, key: &Arc<Key>, limit: u64, near: &Path) {
        let size = 64 + (size_of_val(key.symbols.as_slice()) + size_of_val(key.numbers.as_slice())) as u64;
        // Either half is at most half of the limit, or one key.
        if self.bytes + size > limit / 2 {
            let oldest = std::mem::replace(&mut self.before, std::mem::take(&mut self.now));
            oldest.into_iter().for_each(|(doc, key)| self.write(doc, &key, near));
            self.bytes = 0;
        }
        self.bytes += size;
        self.now.insert(doc, key.clone());
    }

    /// Writes a key down. Where that fails, it is made again.
    fn write(&mut self, doc: u32, key: &Key, near: &Path) {
        if self.written.contains_key(&doc) {
            return;
        }
        if self.file.is_none() {
            self.file = tempfile::tempfile_in(near).ok();
        }
        let Some(file) = &self.file else { return };
        let counts = Counts::of(key);
        let bytes: Vec<u8> = packed::parts(key).concat();
        if file.write_all_at(&bytes, self.end).is_ok() {
            self.written.insert(doc, (self.end, counts));
            self.end += bytes.len() as u64;
        }
    }

    fn find(&mut self, doc: u32) -> Option<Arc<Key>> {
        if let Some(key) = self.before.remove(&doc) {
            return Some(key);
        }
        let (start, counts) = self.written.get(&doc)?;
        let mut words = vec![0u32; counts.words()];
        self.file.as_ref()?.read_exact_at(bytemuck::cast_slice_mut(&mut words), *start).ok()?;
        let View { symbols, numbers } = counts.view(&words);
        Some(Arc::new(Key { symbols: symbols.to_vec(), numbers: numbers.to_vec(), ..Key::default() }))
    }
}

impl Late {
    fn room(&self, doc: u32) -> std::sync::MutexGuard<'_, Room> {
        self.rooms[doc as usize % ROOMS].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A key that was made before.
    pub fn get(&self, doc: u32, limit: u64, near: &Path) -> Option<Arc<Key>> {
        let mut room = self.room(doc);
        if let Some(key) = room.now.get(&doc) {
            return Some(key.clone());
        }
        let key = room.find(doc)?;
        room.add(doc, &key, limit / ROOMS as u64, near);
        Some(key)
    }

    /// Keeps a key; the one that another thread has made meanwhile goes before.
    pub fn keep(&self, doc: u32, key: Arc<Key>, limit: u64, near: &Path) -> Arc<Key> {
        let mut room = self.room(doc);
        if let Some(key) = room.now.get(&doc) {
            return key.clone();
        }
        room.add(doc, &key, limit / ROOMS as u64, near);
        key
    }
}
