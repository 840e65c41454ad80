//! Laws of the line reader: any block size and any cut give the lines of a splitter that is obviously right.

use proptest::prelude::*;

use super::*;
use crate::exec::io::store::LOCAL;
use crate::exec::io::stores;
use crate::exec::io::testing::Scratch;

/// Offset and bytes of every line: the splitter that is obviously right.
fn reference(bytes: &[u8]) -> Vec<(u64, Vec<u8>)> {
    let (mut lines, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        let (begin, mut end) = (at, at);
        while end < bytes.len() && bytes[end] != b'\n' && bytes[end] != b'\r' {
            end += 1;
        }
        at = match bytes.get(end..) {
            Some([b'\r', b'\n', ..]) => end + 2,
            _ => end + 1,
        };
        lines.push((begin as u64, bytes[begin..end].to_vec()));
    }
    if bytes == BOM {
        return Vec::new();
    }
    if bytes.starts_with(BOM) {
        lines[0] = (3, lines[0].1[3..].to_vec());
    }
    lines
}

/// The reference's lines of one split.
fn of_split(lines: &[(u64, Vec<u8>)], split: &Split) -> Vec<(u64, Vec<u8>)> {
    // The first line begins at 0, with or without its byte order mark.
    let begin = |offset: u64, index: usize| if index == 0 { 0 } else { offset };
    let inside = |at: u64| (split.start == 0 || at > split.start) && at <= split.end;
    let kept = lines.iter().enumerate().filter(|(index, (offset, _))| inside(begin(*offset, *index)));
    kept.map(|(_, line)| line.clone()).collect()
}

fn input(scratch: &Scratch, name: &str, bytes: &[u8]) -> InputFile {
    stores::file_at(LOCAL, scratch.file(name, bytes)).unwrap()
}

fn options(block_bytes: usize) -> ReaderOptions {
    ReaderOptions { block_bytes, ..ReaderOptions::default() }
}

type Lines = (Vec<(u64, Vec<u8>)>, Vec<BadLine>);

fn read(file: &InputFile, split: &Split, options: ReaderOptions) -> Result<Lines, IoError> {
    let mut reader = LineReader::open(file, split, options)?;
    let (mut block, mut lines, mut bad) = (LineBlock::new(), Vec::new(), Vec::new());
    let mut number = 1;
    while reader.next_block(&mut block)? {
        lines.extend((0..block.len()).map(|index| (block.offset(index), block.line(index).to_vec())));
        bad.extend_from_slice(block.bad());
        if split.start == 0 {
            let mut numbers: Vec<u64> = (0..block.len()).map(|i| block.line_number(i).unwrap()).collect();
            numbers.extend((0..block.bad().len()).map(|i| block.bad_line_number(i).unwrap()));
            numbers.sort();
            let count = numbers.len() as u64;
            assert_eq!(numbers, (number..number + count).collect::<Vec<_>>());
            number += count;
        }
    }
    Ok((lines, bad))
}

fn bytes_of_lines() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => Just(b"a".to_vec()), 2 => Just("é".as_bytes().to_vec()), 3 => Just(b"\n".to_vec()),
        3 => Just(b"\r".to_vec()), 2 => Just(b"\r\n".to_vec()), 1 => Just(BOM.to_vec()),
    ];
    (any::<bool>(), prop::collection::vec(piece, 0..20)).prop_map(|(bom, pieces)| {
        let mut bytes = if bom { BOM.to_vec() } else { Vec::new() };
        bytes.extend(pieces.concat());
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn every_cut_and_block_size_gives_the_reference_lines(bytes in bytes_of_lines(), block in 1usize..32) {
        let scratch = Scratch::new();
        let file = input(&scratch, "x", &bytes);
        let expected = reference(&bytes);
        prop_assert_eq!(&read(&file, &file.whole(0), options(block)).unwrap().0, &expected);
        for cut in 1..file.size {
            let splits = [Split { file: 0, start: 0, end: cut }, Split { file: 0, start: cut, end: file.size }];
            let mut all = Vec::new();
            for split in &splits {
                let lines = read(&file, split, options(block)).unwrap().0;
                prop_assert_eq!(&lines, &of_split(&expected, split), "cut {}", cut);
                all.extend(lines);
            }
            prop_assert_eq!(&all, &expected, "cut {}", cut);
        }
    }

    #[test]
    fn long_and_malformed_lines_do_not_depend_on_block_size_or_cut(
        pieces in prop::collection::vec(
            prop_oneof![Just(&b"ab"[..]), Just(&b"\xff"[..]), Just(&b"\n"[..]), Just(&b"\r"[..]), Just(&b"\r\n"[..])], 0..24),
        block in 1usize..32, limit in 0usize..6,
    ) {
        let scratch = Scratch::new();
        let bytes = pieces.concat();
        let file = input(&scratch, "x", &bytes);
        let (mut good, mut bad) = (Vec::new(), Vec::new());
        for (offset, line) in reference(&bytes) {
            if line.len() > limit || line.contains(&0xff) { bad.push((offset, line)) } else { good.push((offset, line)) }
        }
        for cut in 0..file.size {
            let splits = [Split { file: 0, start: 0, end: cut }, Split { file: 0, start: cut, end: file.size }];
            let (mut all, mut all_bad) = (Vec::new(), Vec::new());
            for split in splits.iter().filter(|split| cut > 0 || split.end > 0) {
                let read = read(&file, split, ReaderOptions { max_line: limit, ..options(block) }).unwrap();
                all.extend(read.0);
                all_bad.extend(read.1);
            }
            prop_assert_eq!(&all, &good);
            let found: Vec<_> = all_bad.iter().map(|bad| (bad.offset, bad.record.clone())).collect();
            prop_assert_eq!(&found, &bad);
            for one in &all_bad {
                prop_assert_eq!(one.len, one.record.len() as u64);
                prop_assert_eq!(one.len > limit as u64, one.kind == BadKind::TooLong { limit });
            }
        }
    }

    #[test]
    fn line_numbers_are_found_from_offsets(bytes in bytes_of_lines()) {
        let scratch = Scratch::new();
        let file = input(&scratch, "x", &bytes);
        for (index, (offset, _)) in reference(&bytes).into_iter().enumerate() {
            prop_assert_eq!(line_number_at(&file, offset).unwrap(), index as u64 + 1);
        }
    }
}

#[test]
fn compressed_lines_are_the_plain_ones() {
    let scratch = Scratch::new();
    let text = b"\xef\xbb\xbfa\r\nb\rc\n\nlast".as_slice();
    let file = input(&scratch, "x.zst", &zstd::encode_all(text, 3).unwrap());
    for block in 1..12 {
        assert_eq!(read(&file, &file.whole(0), options(block)).unwrap().0, reference(text));
    }
    assert_eq!(line_number_at(&file, 8).unwrap(), 3);
}

#[test]
fn a_line_over_the_limit_takes_bounded_memory() {
    let scratch = Scratch::new();
    let mut bytes = b"first\n".to_vec();
    bytes.resize(3 << 20, b'x');
    bytes.extend_from_slice(b"\nlast\n");
    let file = input(&scratch, "x", &bytes);
    let options = ReaderOptions { max_line: 10_000, ..options(4096) };
    let mut reader = LineReader::open(&file, &file.whole(0), options).unwrap();
    let (mut block, mut lines, mut bad) = (LineBlock::new(), Vec::new(), Vec::new());
    while reader.next_block(&mut block).unwrap() {
        lines.extend(block.iter().map(<[u8]>::to_vec));
        bad.extend_from_slice(block.bad());
        assert!(block.memory() < 64 << 10, "{}", block.memory());
    }
    assert_eq!(lines, [b"first".to_vec(), b"last".to_vec()]);
    assert_eq!((bad.len(), bad[0].offset, bad[0].len), (1, 6, (3 << 20) - 6));
    assert_eq!(bad[0].record.len(), BadLine::EXCERPT);
}

#[test]
fn lossy_lines_keep_their_offsets() {
    let scratch = Scratch::new();
    let file = input(&scratch, "x", b"ok\n\xed\xa0\x80z\nend\n");
    let options = ReaderOptions { decoding: Decoding::Lossy, ..options(64) };
    let (lines, bad) = read(&file, &file.whole(0), options).unwrap();
    let expected = [(0, b"ok".to_vec()), (3, "\u{fffd}z".as_bytes().to_vec()), (8, b"end".to_vec())];
    assert_eq!((lines, bad.len()), (expected.to_vec(), 0));
}

#[test]
fn malformed_bytes_are_named_by_offset() {
    let scratch = Scratch::new();
    let file = input(&scratch, "x", b"ok\nab\xffc\n");
    let (lines, bad) = read(&file, &file.whole(0), options(2)).unwrap();
    assert_eq!(lines, [(0, b"ok".to_vec())]);
    let record = b"ab\xffc".to_vec();
    assert_eq!(bad[0].record, record);
    assert_eq!((bad[0].offset, bad[0].kind), (3, BadKind::Utf8 { at: 5 }));
}

#[test]
fn a_file_that_grows_while_it_is_read_fails_at_the_end() {
    let scratch = Scratch::new();
    let file = input(&scratch, "x", b"a\nb\n");
    let mut reader = LineReader::open(&file, &file.whole(0), options(2)).unwrap();
    let mut block = LineBlock::new();
    assert!(reader.next_block(&mut block).unwrap());
    scratch.file("x", b"a\nb\nc\n");
    let end = loop {
        match reader.next_block(&mut block) {
            Ok(true) => {}
            end => break end,
        }
    };
    assert!(matches!(end, Err(IoError::Changed { .. })));
}
