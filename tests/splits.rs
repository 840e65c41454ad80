//! Lines and partitions of `textFile` against what PySpark gave: `scripts/record_splits.py` records
//! `tests/data/splits.json`; this test needs no PySpark.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use sparkc::harness::exec::FileInput;
use sparkc::harness::exec::LineBlock;
use sparkc::harness::exec::Split;
use sparkc::harness::exec::{LineReader, ReaderOptions, Text};

#[derive(serde::Deserialize)]
struct Case {
    files: BTreeMap<String, String>,
    partitions: usize,
    glom: Vec<Vec<String>>,
}

#[test]
fn lines_and_partitions_are_those_of_pyspark() {
    let text = fs::read_to_string("tests/data/splits.json").expect("the record is committed");
    let cases: Vec<Case> = serde_json::from_str(&text).expect("the record is well formed");
    assert!(cases.len() > 200);
    for (index, case) in cases.iter().enumerate() {
        let directory = tempfile::tempdir().expect("the temporary directory can be written");
        for (name, hex) in &case.files {
            fs::write(directory.path().join(name), decode_hex(hex)).expect("the temporary directory can be written");
        }
        let found = [1, 3, 64 << 10].map(|block_bytes| glom(directory.path(), case.partitions, block_bytes));
        for lines in found {
            assert_eq!(lines, case.glom, "case {index}: {:?} in {} partitions", case.files, case.partitions);
        }
    }
}

fn glom(directory: &Path, partitions: usize, block_bytes: usize) -> Vec<Vec<String>> {
    let spec = format!("{}/f*", directory.display());
    let options = ReaderOptions { block_bytes, ..ReaderOptions::default() };
    let input = FileInput::list(&spec, partitions, Box::new(Text { options })).expect("the files are there");
    let read = |split: &Split| {
        let mut reader = LineReader::open(&input.files[split.file], split, options).expect("the file is there");
        let (mut block, mut lines) = (LineBlock::new(), Vec::new());
        while reader.next_block(&mut block).expect("the file can be read") {
            lines.extend(block.iter().map(|line| String::from_utf8(line.to_vec()).expect("lines are UTF-8")));
        }
        lines
    };
    input.partitions.iter().flatten().map(read).collect()
}

fn decode_hex(hex: &str) -> Vec<u8> {
    let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).expect("the record is hex");
    (0..hex.len()).step_by(2).map(byte).collect()
}
