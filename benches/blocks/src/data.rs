//! Rows of the patterns that are measured.

use sparkc::harness::runtime::Arena;
use sparkc::harness::runtime::Shape;
use sparkc::harness::runtime::{Word, list_word, str_words};

/// Names and numbers of rows.
pub const PATTERNS: [(&str, usize); 6] = [
    ("int ranks", 2_000_000),
    ("text ranks", 2_000_000),
    ("int links", 300_000),
    ("text links", 300_000),
    ("orders", 2_000_000),
    ("records", 1_000_000),
];

/// Rows of a shape, and what they point to.
pub struct Pattern {
    pub shape: Shape,
    pub words: Vec<Word>,
    _arena: Arena,
}

impl Pattern {
    /// So many rows of the pattern of a name.
    pub fn new(name: &str, rows: usize) -> Self {
        let (arena, mut random, mut words) = (Arena::new(), Random(1), Vec::new());
        let page = |n: usize| format!("page{n}");
        let links = |random: &mut Random| 1 + random.below(25);
        let shape = match name {
            "int ranks" => Shape::pair(Shape::Int, Shape::Float),
            "text ranks" => Shape::pair(Shape::Str, Shape::Float),
            "int links" => Shape::pair(Shape::Int, Shape::list(Shape::Int)),
            "text links" => Shape::pair(Shape::Str, Shape::list(Shape::Str)),
            "orders" => Shape::pair(Shape::Str, Shape::pair(Shape::Int, Shape::Str)),
            "records" => Shape::pair(Shape::Str, Shape::Str),
            other => panic!("no pattern: {other}"),
        };
        for _ in 0..rows {
            let n = random.below(300_000);
            match name {
                "int ranks" => words.extend([n as Word, (random.below(1000) as f64).to_bits()]),
                "text ranks" => {
                    words.extend(str_words(arena.str(&page(n))));
                    words.push((random.below(1000) as f64).to_bits());
                }
                "int links" => {
                    let items: Vec<Word> = (0..links(&mut random)).map(|_| random.below(300_000) as Word).collect();
                    words.extend([n as Word, list_word(&arena, items.len(), &items)]);
                }
                "text links" => {
                    let items: Vec<Word> = (0..links(&mut random))
                        .flat_map(|_| str_words(arena.str(&page(random.below(300_000)))))
                        .collect();
                    words.extend(str_words(arena.str(&page(n))));
                    words.push(list_word(&arena, items.len() / 2, &items));
                }
                "orders" => {
                    words.extend(str_words(arena.str(&format!("customer-{n:08}"))));
                    words.push(random.below(100_000) as Word);
                    words.extend(str_words(arena.str(["Norway", "Peru", "Germany", "New Zealand"][random.below(4)])));
                }
                _ => {
                    let record = format!("{:010}{:>89}", random.below(10_000_000_000), n);
                    let record = arena.str(&record);
                    words.extend(str_words(&record[..10]));
                    words.extend(str_words(record));
                }
            }
        }
        Self { shape, words, _arena: arena }
    }
}

/// Numbers that look random and are the same on every run.
pub struct Random(pub u64);

impl Random {
    /// A number below another.
    pub fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 8) as usize % end
    }
}
