//! The inputs of the ten workloads: deterministic texts of any size, one file a function.
//!
//! `generate --scale 0.1 --out DIR [FILE …]` writes the files named, or all, into `DIR`; what is there already stays
//! (`--force` writes it anew). Scale 1 gives the sizes of the table in `README.md`: `words.txt` of 405 MB and so on.
//! A file appears whole by one rename, so that a file that exists is complete.
//!
//! Uses nothing but the standard library, so that `run` can build it in a second: `rustc -O generate.rs`.
//! Each file draws from a stream of its own, seeded by its name: what is written depends on name and scale only.

use std::collections::HashSet;
use std::error::Error;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Name of a file and what writes it at a scale.
type Recipe = (&'static str, fn(&mut Text, &mut Random, f64) -> io::Result<()>);

/// All inputs, in the order of the workloads.
const RECIPES: [Recipe; 9] = [
    ("words.txt", words),
    ("measurements.txt", measurements),
    ("sales.csv", sales),
    ("places.csv", places),
    ("customers.csv", customers),
    ("orders.csv", orders),
    ("records.txt", records),
    ("access.log", access_log),
    ("links.txt", links),
];

fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::parse()?;
    fs::create_dir_all(&options.out)?;
    for (name, recipe) in RECIPES {
        let target = options.out.join(name);
        let wanted = options.names.is_empty() || options.names.iter().any(|n| n == name);
        if wanted && (options.force || !target.exists()) {
            write_whole(&target, name, recipe, options.scale)?;
        }
    }
    Ok(())
}

/// What the command line says.
struct Options {
    scale: f64,
    out: PathBuf,
    force: bool,
    names: Vec<String>,
}

impl Options {
    fn parse() -> Result<Options, Box<dyn Error>> {
        let mut options = Options { scale: 0.1, out: "target/workloads/0.1".into(), force: false, names: Vec::new() };
        let mut args = std::env::args().skip(1);
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--scale" => options.scale = args.next().ok_or("--scale: expected a number")?.parse()?,
                "--out" => options.out = args.next().ok_or("--out: expected a directory")?.into(),
                "--force" => options.force = true,
                name if RECIPES.iter().any(|(known, _)| *known == name) => options.names.push(arg),
                _ => return Err(format!("expected --scale, --out, --force or the name of a file, found {arg}").into()),
            }
        }
        Ok(options)
    }
}

fn write_whole(
    target: &Path,
    name: &str,
    recipe: fn(&mut Text, &mut Random, f64) -> io::Result<()>,
    scale: f64,
) -> io::Result<()> {
    let part = target.with_extension("part");
    let mut text = Text { file: File::create(&part)?, buffer: Vec::with_capacity(2 * BLOCK), written: 0 };
    recipe(&mut text, &mut Random::named(name), scale)?;
    text.flush()?;
    fs::rename(&part, target)?;
    println!("{name}: {:.1} MB", text.written as f64 / 1e6);
    Ok(())
}

// ---------------------------------------------------------------------------------------------------- the ten inputs

/// 60 M words, 8 to 15 on a line; 100 k distinct, the word of rank `r` with a frequency in proportion to `1 / r`.
fn words(text: &mut Text, random: &mut Random, scale: f64) -> io::Result<()> {
    let vocabulary = vocabulary(random, 100_000);
    let ranks = Alias::new((1..=vocabulary.len()).map(|rank| 1.0 / rank as f64).collect());
    let mut left = scaled(60_000_000, scale);
    while left > 0 {
        let on_line = (8 + random.below(8)).min(left);
        for i in 0..on_line {
            text.put(if i == 0 { "" } else { " " }).put(&vocabulary[ranks.draw(random)]);
        }
        text.end_line()?;
        left -= on_line;
    }
    Ok(())
}

/// Distinct words of small letters; frequent ones are short.
fn vocabulary(random: &mut Random, size: usize) -> Vec<String> {
    let mut seen = HashSet::new();
    let mut words = Vec::with_capacity(size);
    while words.len() < size {
        let digits = (words.len() + 1).to_string().len() as u64;
        let word = random.letters(digits + 1 + random.peek(5));
        if seen.insert(word.clone()) {
            words.push(word);
        }
    }
    words
}

/// 30 M lines `station;temperature` of 413 stations, some with blanks or letters beyond ASCII in their names.
fn measurements(text: &mut Text, random: &mut Random, scale: f64) -> io::Result<()> {
    let stations: Vec<(String, i64)> = (0..413).map(|i| (station(random, i), random.below(400) as i64 - 50)).collect();
    for _ in 0..scaled(30_000_000, scale) {
        let (name, mean) = &stations[random.below(413) as usize];
        let tenths = mean + random.bell(100);
        text.put(name).put(if tenths < 0 { ";-" } else { ";" });
        text.fixed(tenths.unsigned_abs(), 10).end_line()?;
    }
    Ok(())
}

fn station(random: &mut Random, number: u64) -> String {
    let first = capital(&random.letters(4 + random.peek(4)));
    match number % 20 {
        0 => format!("São {first}"),
        1 => format!("{first} é"),
        2..=6 => format!("{first} {}", capital(&random.letters(4))),
        _ => format!("{first}{}", random.letters(2)),
    }
}

/// 5 M lines of eight fields and a header; 1,000 products.
fn sales(text: &mut Text, random: &mut Random, scale: f64) -> io::Result<()> {
    const REGIONS: [&str; 5] = ["north", "south", "east", "west", "centre"];
    const CHANNELS: [&str; 4] = ["web", "store", "phone", "partner"];
    text.put("order,product,region,units,price,discount,date,channel").end_line()?;
    for row in 0..scaled(5_000_000, scale) {
        text.put("").int(1_000_000 + row).put(",p").padded(random.below(1000), 4);
        text.put(",").put(REGIONS[random.below(5) as usize]);
        text.put(",").int(1 + random.below(12)).put(",").fixed(100 + random.below(90_000), 100);
        text.put(",0.").padded(random.below(40), 2);
        text.put(",2026-").padded(1 + random.below(12), 2).put("-").padded(1 + random.below(28), 2);
        text.put(",").put(CHANNELS[random.below(4) as usize]).end_line()?;
    }
    Ok(())
}

/// 2 M lines of twelve fields as of a list of airports; texts in quotes, with commas in some and doubled quotes in a few.
/// Every tenth is in the United States.
fn places(text: &mut Text, random: &mut Random, scale: f64) -> io::Result<()> {
    let countries: Vec<String> = (0..200).map(|_| capital(&random.letters(5 + random.peek(8)))).collect();
    for row in 0..scaled(2_000_000, scale) {
        let country = if random.below(10) == 0 { "United States" } else { &countries[random.below(200) as usize] };
        let (name, city) = (capital(&random.letters(6)), capital(&random.letters(7)));
        text.int(1 + row).put(",\"").put(&name);
        text.put(if random.below(4) == 0 { ", Regional Airport\",\"" } else { " International Airport\",\"" });
        text.put(&city).put(if random.below(8) == 0 { ", Old Town\",\"" } else { "\",\"" }).put(country);
        text.put("\",\"").put(&name[..3]).put("\",\"").put(&city[..4]).put("\",");
        text.fixed(random.below(90_000_000), 1_000_000).put(",-").fixed(random.below(180_000_000), 1_000_000);
        text.put(",").int(random.below(9000)).put(",").int(random.below(12));
        text.put(if random.below(50) == 0 { ",\"the \"\"U\"\" zone\",\"" } else { ",\"U\",\"" });
        text.put("Pacific/").put(&city).put("\"").end_line()?;
    }
    Ok(())
}

/// 500 k lines `id,name,country` and a header; 200 countries.
fn customers(text: &mut Text, random: &mut Random, scale: f64) -> io::Result<()> {
    let countries: Vec<String> = (0..200).map(|i| format!("{}{i}", capital(&random.letters(6)))).collect();
    text.put("id,name,country").end_line()?;
    for id in 0..scaled(500_000, scale) {
        let country = &countries[random.below(200) as usize];
        text.int(id).put(",").put(&capital(&random.letters(5))).put(" ").put(&capital(&random.letters(6)));
        text.put(",").put(country).end_line()?;
    }
    Ok(())
}

/// 8 M lines `order,customer,amount` and a header; one in twenty names a customer that is not there.
fn orders(text: &mut Text, random: &mut Random, scale: f64) -> io::Result<()> {
    let ids = scaled(500_000, scale) * 20 / 19;
    text.put("order,customer,amount").end_line()?;
    for row in 0..scaled(8_000_000, scale) {
        text.int(10_000_000 + row).put(",").int(random.below(ids));
        text.put(",").fixed(100 + random.below(100_000), 100).end_line()?;
    }
    Ok(())
}

/// 3 M lines of 99 characters: a random key of ten, a number, and filler.
fn records(text: &mut Text, random: &mut Random, scale: f64) -> io::Result<()> {
    for row in 0..scaled(3_000_000, scale) {
        text.code(random.next()).put(" ").padded(row, 10).put(" ");
        for _ in 0..7 {
            text.code(random.next());
        }
        text.put("filler.").end_line()?;
    }
    Ok(())
}

/// 2.46 M lines of a web server's log, host first, status and bytes last; 600 k distinct paths, 60 k hosts.
fn access_log(text: &mut Text, random: &mut Random, scale: f64) -> io::Result<()> {
    const STATUS: [&str; 16] = [
        "200", "200", "200", "200", "200", "200", "200", "200", "200", "200", "200", "304", "304", "301", "404", "500",
    ];
    let (rows, hosts, paths) = (scaled(2_460_000, scale), scaled(60_000, scale), scaled(620_000, scale));
    for row in 0..rows {
        let second = row * (28 * 86_400) / rows;
        let host = random.skewed(hosts);
        text.put("host").int(host).put(if host.is_multiple_of(3) {
            ".dial.example.net - - ["
        } else {
            ".example.org - - ["
        });
        text.padded(1 + second / 86_400, 2).put("/Oct/2026:").padded(second / 3600 % 24, 2);
        text.put(":").padded(second / 60 % 60, 2).put(":").padded(second % 60, 2).put(" +0000] \"GET ");
        let path = if random.below(3) == 0 { random.skewed(paths) } else { random.below(paths) };
        text.path(path).put(" HTTP/1.1\" ").put(STATUS[random.below(16) as usize]);
        text.put(" ").int(random.below(100_000)).end_line()?;
    }
    Ok(())
}

/// 4 M lines `from to` between 500 k pages; few pages have many links to them. A few lines are there twice.
fn links(text: &mut Text, random: &mut Random, scale: f64) -> io::Result<()> {
    let pages = scaled(500_000, scale);
    for _ in 0..scaled(4_000_000, scale) {
        text.int(random.below(pages)).put(" ").int(random.skewed(pages)).end_line()?;
    }
    Ok(())
}

fn scaled(full: u64, scale: f64) -> u64 {
    ((full as f64 * scale).round() as u64).max(1)
}

fn capital(word: &str) -> String {
    word[..1].to_ascii_uppercase() + &word[1..]
}

// ----------------------------------------------------------------------------------------------------------- writing

const BLOCK: usize = 1 << 20;

/// A file that is written in blocks of about `BLOCK` bytes.
struct Text {
    file: File,
    buffer: Vec<u8>,
    written: usize,
}

impl Text {
    fn put(&mut self, piece: &str) -> &mut Text {
        self.buffer.extend_from_slice(piece.as_bytes());
        self
    }

    fn int(&mut self, number: u64) -> &mut Text {
        self.padded(number, 1)
    }

    /// At least `width` digits.
    fn padded(&mut self, mut number: u64, width: usize) -> &mut Text {
        let mut digits = [b'0'; 20];
        let mut start = digits.len();
        while number > 0 || digits.len() - start < width {
            start -= 1;
            digits[start] = b'0' + (number % 10) as u8;
            number /= 10;
        }
        self.buffer.extend_from_slice(&digits[start..]);
        self
    }

    /// `number / unit` with all its decimals; `unit` is a power of ten.
    fn fixed(&mut self, number: u64, unit: u64) -> &mut Text {
        self.int(number / unit).put(".").padded(number % unit, unit.ilog10() as usize)
    }

    /// Ten characters out of 64, by the bits of a number.
    fn code(&mut self, bits: u64) -> &mut Text {
        const LETTERS: &[u8; 64] = b"-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";
        self.buffer.extend((0..10).map(|i| LETTERS[(bits >> (6 * i)) as usize & 63]));
        self
    }

    /// The path of page `number` of the web site.
    fn path(&mut self, number: u64) -> &mut Text {
        const SECTIONS: [&str; 8] =
            ["/docs/", "/shop/item/", "/images/", "/news/2026/", "/api/v2/", "/u/", "/help/", "/a/b/"];
        let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.put(SECTIONS[(number % 8) as usize]).code(mixed).put("/").int(number).put(".html")
    }

    fn end_line(&mut self) -> io::Result<()> {
        self.buffer.push(b'\n');
        if self.buffer.len() >= BLOCK { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.write_all(&self.buffer)?;
        self.written += self.buffer.len();
        self.buffer.clear();
        Ok(())
    }
}

// ------------------------------------------------------------------------------------------------------------ chance

/// SplitMix64 (Steele, Lea, Flood 2014): a counter and a mixing function.
struct Random(u64);

impl Random {
    /// The stream of a name: FNV-1a of its bytes.
    fn named(name: &str) -> Random {
        Random(name.bytes().fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0000_0100_0000_01b3)))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number under `limit`; the bias of the multiplication does not matter here.
    fn below(&mut self, limit: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(limit)) >> 64) as u64
    }

    /// A number under `limit` that the position of the stream gives, without a step of it.
    fn peek(&self, limit: u64) -> u64 {
        Random(self.0 ^ 0x5555).below(limit)
    }

    /// A number under `limit`, small ones far more often: the cube of a uniform one.
    fn skewed(&mut self, limit: u64) -> u64 {
        let uniform = (self.next() >> 11) as f64 / (1u64 << 53) as f64;
        (uniform * uniform * uniform * limit as f64) as u64
    }

    /// About normal around 0: the sum of four uniform numbers, with the standard deviation `deviation`.
    fn bell(&mut self, deviation: i64) -> i64 {
        let bits = self.next();
        let sum: i64 = (0..4).map(|i| (bits >> (16 * i) & 0xffff) as i64).sum();
        (sum - 2 * 0xffff) * deviation * 1000 / (577 * 0xffff)
    }

    fn letters(&mut self, count: u64) -> String {
        (0..count).map(|_| char::from(b'a' + self.below(26) as u8)).collect()
    }
}

/// Draws from a distribution in constant time (Walker's alias method, in Vose's form).
struct Alias {
    keep: Vec<u32>,
    other: Vec<u32>,
}

impl Alias {
    fn new(weights: Vec<f64>) -> Alias {
        let (count, total) = (weights.len(), weights.iter().sum::<f64>());
        let mut share: Vec<f64> = weights.iter().map(|w| w * count as f64 / total).collect();
        let (mut small, mut large): (Vec<usize>, Vec<usize>) = (0..count).partition(|&i| share[i] < 1.0);
        let mut alias = Alias { keep: vec![u32::MAX; count], other: (0..count as u32).collect() };
        while let (Some(few), Some(&many)) = (small.pop(), large.last()) {
            alias.keep[few] = (share[few] * f64::from(u32::MAX)) as u32;
            alias.other[few] = many as u32;
            share[many] -= 1.0 - share[few];
            if share[many] < 1.0 {
                large.pop();
                small.push(many);
            }
        }
        alias
    }

    fn draw(&self, random: &mut Random) -> usize {
        let slot = random.below(self.keep.len() as u64) as usize;
        let coin = random.next() as u32;
        if coin <= self.keep[slot] { slot } else { self.other[slot] as usize }
    }
}
