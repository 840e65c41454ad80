//! Python's `random.Random`, bit for bit: the Mersenne Twister MT19937, seeded by an int.
//!
//! Source: CPython 3.11, Modules/_randommodule.c and Lib/random.py (after Matsumoto and Nishimura, mt19937ar.c).

const N: usize = 624;
const M: usize = 397;

/// A generator.
#[derive(Clone)]
pub struct Random {
    state: Box<[u32; N]>,
    at: usize,
}

impl std::fmt::Debug for Random {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Random(at {})", self.at)
    }
}

impl Random {
    /// `random.Random(seed)`: the magnitude of the seed counts, as in Python.
    pub fn new(seed: i128) -> Self {
        let mut rest = seed.unsigned_abs();
        let mut key = vec![rest as u32];
        rest >>= 32;
        while rest > 0 {
            key.push(rest as u32);
            rest >>= 32;
        }
        let mut random = Self { state: Box::new([0; N]), at: N };
        random.seed_by_array(&key);
        random
    }

    /// `init_genrand`
    fn seed_by_int(&mut self, seed: u32) {
        self.state[0] = seed;
        for n in 1..N {
            let last = self.state[n - 1];
            self.state[n] = 1_812_433_253u32.wrapping_mul(last ^ (last >> 30)).wrapping_add(n as u32);
        }
        self.at = N;
    }

    /// `init_by_array`
    fn seed_by_array(&mut self, key: &[u32]) {
        self.seed_by_int(19_650_218);
        let (mut i, mut j) = (1, 0);
        for _ in 0..N.max(key.len()) {
            let mixed = self.mixed(i, 1_664_525);
            self.state[i] = mixed.wrapping_add(key[j]).wrapping_add(j as u32);
            i = self.next(i);
            j = (j + 1) % key.len();
        }
        for _ in 0..N - 1 {
            self.state[i] = self.mixed(i, 1_566_083_941).wrapping_sub(i as u32);
            i = self.next(i);
        }
        self.state[0] = 0x8000_0000;
    }

    fn mixed(&self, i: usize, by: u32) -> u32 {
        let last = self.state[i - 1];
        self.state[i] ^ (last ^ (last >> 30)).wrapping_mul(by)
    }

    /// The place after `i`; at the end the last word moves to the front.
    fn next(&mut self, i: usize) -> usize {
        if i + 1 < N {
            return i + 1;
        }
        self.state[0] = self.state[N - 1];
        1
    }

    /// Makes the next 624 words.
    fn twist(&mut self) {
        for n in 0..N {
            let bits = (self.state[n] & 0x8000_0000) | (self.state[(n + 1) % N] & 0x7fff_ffff);
            let odd = if bits & 1 == 1 { 0x9908_b0df } else { 0 };
            self.state[n] = self.state[(n + M) % N] ^ (bits >> 1) ^ odd;
        }
        self.at = 0;
    }

    /// `genrand_uint32`
    fn word(&mut self) -> u32 {
        if self.at >= N {
            self.twist();
        }
        let mut y = self.state[self.at];
        self.at += 1;
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c_5680;
        y ^= (y << 15) & 0xefc6_0000;
        y ^ (y >> 18)
    }

    /// `random()`: from [0, 1) with 53 bits.
    pub fn random(&mut self) -> f64 {
        let (a, b) = (self.word() >> 5, self.word() >> 6);
        (f64::from(a) * 67_108_864.0 + f64::from(b)) * (1.0 / 9_007_199_254_740_992.0)
    }

    /// `getrandbits(bits)` for up to 64 bits.
    pub fn bits(&mut self, bits: u32) -> u64 {
        match bits {
            0 => 0,
            1..=32 => u64::from(self.word() >> (32 - bits)),
            _ => {
                let low = u64::from(self.word());
                low | (u64::from(self.word() >> (64 - bits.min(64))) << 32)
            }
        }
    }

    /// `_randbelow(n)`: from [0, n), by rejection; 0 for 0.
    pub fn below(&mut self, n: u64) -> u64 {
        if n == 0 {
            return 0;
        }
        let bits = u64::BITS - n.leading_zeros();
        loop {
            let found = self.bits(bits);
            if found < n {
                return found;
            }
        }
    }

    /// `randint(low, high)`: both ends included; `low` if the range is empty.
    pub fn int(&mut self, low: i64, high: i64) -> i64 {
        let width = high.wrapping_sub(low) as u64;
        match width.checked_add(1) {
            Some(n) => low.wrapping_add(self.below(n) as i64),
            None => low.wrapping_add(self.bits(64) as i64),
        }
    }

    /// `shuffle(items)`
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            let other = self.below(at as u64 + 1) as usize;
            items.swap(at, other);
        }
    }

    /// `expovariate(lambda)`
    pub fn exponential(&mut self, lambda: f64) -> f64 {
        -(1.0 - self.random()).ln() / lambda
    }
}

/// `random.Random(seed).random()`: the same number for the same seed.
pub fn random(_cx: &crate::runtime::call::cx::Cx, seed: i64) -> crate::runtime::call::trap::Res<f64> {
    Ok(Random::new(i128::from(seed)).random())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::runtime::recorded;
    use crate::runtime::recorded::float;

    #[test]
    fn random_is_pythons() {
        recorded::check("random_numbers", |name, args| {
            let mut random = Random::new(i128::from(args.int(0)));
            Ok(match name {
                "random" => (0..700).map(|_| float(random.random())).skip(690).collect(),
                "getrandbits" => (1..=64).map(|bits| json!(random.bits(bits))).collect(),
                "randint" => (0..50).map(|n| json!(random.int(-n, n * n))).collect(),
                "expovariate" => (1..20).map(|n| float(random.exponential(f64::from(n)))).collect(),
                other => panic!("{other}"),
            })
        });
    }
}
