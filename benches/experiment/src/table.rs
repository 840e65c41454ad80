//! The hash table that all shapes share: open addressing, keys of up to 15 bytes inline, a count as the state.
//!
//! An entry is 32 bytes: two words of the key (its bytes, its length in the top byte), the count, and nothing. It is free if
//! its second word is 0. A word is found by itself ([`Table::count`]) or in a batch ([`Table::probe`]), which hashes and
//! prefetches a group of rows before it compares.

/// A row that a kernel has staged: address and length of a word.
#[derive(Clone, Copy, Default)]
#[repr(C)]
pub struct Row {
    pub address: usize,
    pub len: usize,
}

#[derive(Clone, Copy, Default)]
#[repr(C, align(32))]
struct Entry {
    key: [u64; 2],
    count: u64,
}

/// Rows that are hashed and prefetched together.
const GROUP: usize = 32;

pub struct Table {
    /// A power of two of them, half full at most.
    entries: Vec<Entry>,
    len: usize,
}

impl Table {
    pub fn new() -> Self {
        Self { entries: vec![Entry::default(); 1024], len: 0 }
    }

    /// Finds or inserts one word and adds 1 to its count.
    ///
    /// # Safety
    /// The word is at most 15 bytes, and 16 bytes can be read at its address.
    #[inline(always)]
    pub unsafe fn count(&mut self, row: Row) {
        self.reserve(1);
        // SAFETY: the caller's promise.
        let key = unsafe { key(row) };
        let at = self.find(key, hash(key) as usize);
        self.entries[at].count += 1;
    }

    /// Finds or inserts a batch of words; gives the addresses of their counts, which are good until the next call.
    ///
    /// # Safety
    /// Each word is at most 15 bytes, and 16 bytes can be read at its address.
    pub unsafe fn probe(&mut self, rows: &[Row], counts: &mut Vec<*mut u64>) {
        self.reserve(rows.len());
        counts.clear();
        let mask = self.entries.len() - 1;
        let mut group = [([0; 2], 0); GROUP];
        for rows in rows.chunks(GROUP) {
            for (slot, row) in group.iter_mut().zip(rows) {
                // SAFETY: the caller's promise.
                let key = unsafe { key(*row) };
                *slot = (key, hash(key) as usize);
                prefetch(&self.entries[slot.1 & mask]);
            }
            for (key, hash) in &group[..rows.len()] {
                let at = self.find(*key, *hash);
                counts.push(&raw mut self.entries[at].count);
            }
        }
    }

    /// Where the entry of a key is; a new one is made if need be, for which there is room.
    #[inline(always)]
    fn find(&mut self, key: [u64; 2], hash: usize) -> usize {
        let mask = self.entries.len() - 1;
        let mut at = hash & mask;
        loop {
            let entry = &mut self.entries[at];
            if entry.key == key {
                return at;
            }
            if entry.key[1] == 0 {
                entry.key = key;
                self.len += 1;
                return at;
            }
            at = (at + 1) & mask;
        }
    }

    /// Grows the table unless it is half full at most with so many more.
    #[inline(always)]
    fn reserve(&mut self, more: usize) {
        if 2 * (self.len + more) > self.entries.len() {
            self.grow(more);
        }
    }

    #[cold]
    fn grow(&mut self, more: usize) {
        let size = (2 * (self.len + more)).next_power_of_two().max(2 * self.entries.len());
        let old = std::mem::replace(&mut self.entries, vec![Entry::default(); size]);
        self.len = 0;
        for entry in old.iter().filter(|entry| entry.key[1] != 0) {
            let at = self.find(entry.key, hash(entry.key) as usize);
            self.entries[at].count = entry.count;
        }
    }

    /// Keys and counts, sorted.
    pub fn sorted(&self) -> Vec<([u64; 2], u64)> {
        let taken = self.entries.iter().filter(|entry| entry.key[1] != 0);
        let mut pairs: Vec<_> = taken.map(|entry| (entry.key, entry.count)).collect();
        pairs.sort_unstable();
        pairs
    }
}

/// The two words of a key.
///
/// # Safety
/// The word is at most 15 bytes, and 16 bytes can be read at its address.
#[inline(always)]
pub unsafe fn key(row: Row) -> [u64; 2] {
    // SAFETY: the caller's promise.
    let bits = unsafe { std::ptr::with_exposed_provenance::<u128>(row.address).read_unaligned() };
    let bits = bits.to_le() & ((1 << (8 * (row.len & 15))) - 1);
    [bits as u64, (bits >> 64) as u64 | (row.len as u64) << 56]
}

/// Folds the 128-bit product of the words of a key.
#[inline(always)]
fn hash(key: [u64; 2]) -> u64 {
    let product = u128::from(key[0] ^ 0x9e37_79b9_7f4a_7c15) * u128::from(key[1] ^ 0xd6e8_feb8_6659_fd93);
    product as u64 ^ (product >> 64) as u64
}

#[inline(always)]
fn prefetch(_entry: &Entry) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a hint, which does nothing that can be seen.
    unsafe {
        std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T0 }>(std::ptr::from_ref(_entry).cast());
    }
}
