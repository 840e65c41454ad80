//! Which partitions `coalesce` joins, where Spark knows where they lie (`--order pyspark`).
//!
//! Partitions that lie nowhere are joined with their neighbours. Once a shuffle or a cache has been computed, its partitions
//! lie on the machine, and Spark deals: each group begins with a random partition that lies there, and the others go to
//! groups one by one, to the one with the fewest of those on the machine, or to the smaller of two random ones. The random
//! numbers are always the same. Here there is one machine.
//!
//! Source: Spark 4.3, `DefaultPartitionCoalescer` in core/rdd/CoalescedRDD.scala; `java.util.Random`.

/// Groups of partitions, in order.
pub type Groups = Vec<Vec<usize>>;

/// The most by which groups may differ before a partition does not go where it lies: this part of all partitions.
const SLACK: f64 = 0.10;

/// The groups that `coalesce(n)` makes, given for each partition whether it lies somewhere; nothing if they are neighbours.
pub fn groups(lies: &[bool], n: usize) -> Option<Groups> {
    let there: Vec<usize> = (0..lies.len()).filter(|partition| lies[*partition]).collect();
    if there.is_empty() {
        return None;
    }
    let mut dealer = Dealer { groups: Vec::new(), dealt: vec![false; lies.len()], random: JavaRandom::new(7919) };
    dealer.begin(&there, n.min(lies.len()));
    dealer.fill(&there);
    let elsewhere: Vec<usize> = (0..lies.len()).filter(|partition| !lies[*partition]).collect();
    dealer.fill(&elsewhere);
    let slack = (SLACK * lies.len() as f64) as usize;
    for (partition, lies) in lies.iter().enumerate() {
        if !dealer.dealt[partition] {
            let group = dealer.pick(*lies, slack);
            dealer.give(group, partition);
        }
    }
    Some(dealer.groups)
}

struct Dealer {
    groups: Groups,
    dealt: Vec<bool>,
    random: JavaRandom,
}

impl Dealer {
    /// Makes groups: the first of the first partition there is, the others of random ones, empty if these are dealt already.
    fn begin(&mut self, there: &[usize], n: usize) {
        for group in 0..n {
            self.groups.push(Vec::new());
            let at = if group == 0 { 0 } else { self.random.below(there.len() as u32) as usize };
            self.give(group, there[at]);
        }
    }

    fn give(&mut self, group: usize, partition: usize) {
        if !std::mem::replace(&mut self.dealt[partition], true) {
            self.groups[group].push(partition);
        }
    }

    /// Gives each empty group the next partition that is not dealt.
    fn fill(&mut self, partitions: &[usize]) {
        let mut next = partitions.iter();
        for group in 0..self.groups.len() {
            if self.groups[group].is_empty()
                && let Some(partition) = next.find(|partition| !self.dealt[**partition])
            {
                self.give(group, *partition);
            }
        }
    }

    /// The group of the next partition.
    fn pick(&mut self, lies: bool, slack: usize) -> usize {
        let size = |group: usize| self.groups[group].len();
        let two = [(); 2].map(|()| self.random.below(self.groups.len() as u32) as usize);
        let smaller = if size(two[0]) < size(two[1]) { two[0] } else { two[1] };
        let least = (0..self.groups.len()).min_by_key(|group| size(*group)).unwrap_or(0);
        if !lies || size(smaller) + slack <= size(least) { smaller } else { least }
    }
}

/// `java.util.Random`, as far as it is needed.
struct JavaRandom(u64);

const MULTIPLIER: u64 = 0x5_deec_e66d;
const MASK: u64 = (1 << 48) - 1;

impl JavaRandom {
    fn new(seed: u64) -> Self {
        Self((seed ^ MULTIPLIER) & MASK)
    }

    fn next31(&mut self) -> u32 {
        self.0 = self.0.wrapping_mul(MULTIPLIER).wrapping_add(0xb) & MASK;
        (self.0 >> 17) as u32
    }

    /// `nextInt(n)`
    fn below(&mut self, n: u32) -> u32 {
        let mut bits = self.next31();
        if n.is_power_of_two() {
            return ((u64::from(n) * u64::from(bits)) >> 31) as u32;
        }
        while bits - bits % n + (n - 1) > i32::MAX as u32 {
            bits = self.next31();
        }
        bits % n
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partitions_that_lie_nowhere_stay_neighbours() {
        assert_eq!(groups(&[false; 4], 2), None);
        assert_eq!(groups(&[], 2), None);
    }

    /// Every partition is in one group, and no group is empty.
    #[test]
    fn groups_are_a_partition() {
        for (len, n) in [(1, 1), (3, 5), (7, 3), (20, 4)] {
            for pattern in [usize::MAX, 0b1010_1010_1010_1010_1010, 1 << (len - 1)] {
                let lies: Vec<bool> = (0..len).map(|partition| pattern >> partition & 1 == 1).collect();
                let Some(groups) = groups(&lies, n) else { continue };
                assert_eq!(groups.len(), n.min(len));
                assert!(groups.iter().all(|group| !group.is_empty()));
                let mut all = groups.concat();
                all.sort_unstable();
                assert_eq!(all, (0..len).collect::<Vec<_>>());
            }
        }
    }
}
