//! A second format in a second store: what each of them takes, and that listing, commits and readers ask for no more.

use std::path::Path;
use std::sync::Arc;

use super::codec::Codec;
use super::part::PartWriter;
use super::text::{ReaderOptions, Text};
use super::*;
use crate::base::source::FileId;
use crate::exec::data::batch::Batch;
use crate::exec::data::read::BadRow;
use crate::exec::errors::RowOrigin;
use crate::exec::errors::io::IoError;
use crate::exec::io::formats::output_format;
use crate::exec::io::output::commit_all;
use crate::exec::io::shared::FilesPart;
use crate::exec::io::store::OpenFile;
use crate::exec::io::store::memory::MEMORY;
use crate::exec::io::stores;
use crate::plan::node::FormatSpec;
use crate::runtime::call::cx::Cx;
use crate::runtime::value::shape::Shape;

/// Ints of eight bytes, two to a row group; a partition is a row group.
#[derive(Debug)]
pub(in crate::exec::io) struct Ints;

const GROUP: u64 = 16;

impl InputFormat for Ints {
    fn shape(&self) -> Shape {
        Shape::Int
    }

    fn spec(&self, _files: &[usize]) -> InputSpec {
        InputSpec::new("ints", &())
    }

    fn batching(&self) -> Batching {
        Batching::Doubling
    }

    fn subdirectories(&self) -> Subdirectories {
        Subdirectories::Skipped
    }

    fn admit(&self, _path: &Path) -> Result<(), IoError> {
        Ok(())
    }

    fn partitions(&self, files: &[InputFile], _min_partitions: usize) -> Vec<Vec<Split>> {
        let groups = |(file, listed): (usize, &InputFile)| {
            let size = listed.size;
            (0..size)
                .step_by(GROUP as usize)
                .map(move |start| vec![Split { file, start, end: size.min(start + GROUP) }])
        };
        files.iter().enumerate().flat_map(groups).collect()
    }

    fn open(&self, input: &Arc<FileInput>, partition: usize, _env: &ReadEnv<'_>) -> TaskResult<Opened> {
        let split = input.range(partition)?;
        let file = &input.files[split.file];
        let reader = IntsReader { open: stores::open(file)?, file: file.clone(), split, next: split.start };
        Ok(Opened::Rows(Box::new(reader)))
    }
}

struct IntsReader {
    open: Box<dyn OpenFile>,
    file: InputFile,
    split: Split,
    next: u64,
}

impl Reader for IntsReader {
    fn next(&mut self, _cx: &mut Cx, batch: &mut Batch, _bad: &mut Vec<BadRow>) -> TaskResult<bool> {
        batch.clear();
        while self.next < self.split.end {
            let mut word = [0; 8];
            self.open.read_at(self.next, &mut word).map_err(|error| IoError::read(&self.file.path, error))?;
            batch.push(&[&[u64::from_le_bytes(word)]]);
            self.next += 8;
        }
        self.open.check()?;
        Ok(!batch.is_empty())
    }

    fn origin(&self, row: usize) -> RowOrigin {
        RowOrigin::of(&self.file.path, vec![("row_group", self.split.start / GROUP), ("row", row as u64)])
    }
}

pub(in crate::exec::io) fn output(_options: &[Option<String>]) -> Result<Box<dyn OutputFormat>, String> {
    Ok(Box::new(Ints))
}

impl OutputFormat for Ints {
    fn operator(&self) -> &'static str {
        "saveAsInts"
    }

    fn row_function(&self, _row: &Ty, _span: Span) -> Option<Func> {
        None
    }

    fn writer(&self, output: &OutputDir, partition: usize) -> Result<Box<dyn RowWriter>, IoError> {
        Ok(Box::new(IntsWriter(output.file_writer(&format!("part-{partition:05}.ints"), Codec::Plain)?)))
    }

    fn difference(&self, [one, shadow]: [&OutputDir; 2], partition: usize) -> Result<Option<Difference>, IoError> {
        let found = one.compare_file(shadow, &format!("part-{partition:05}.ints"))?;
        Ok(found.map(|(_, sides)| ("the ints".to_owned(), sides.map(|side| format!("{side:?}")))))
    }
}

struct IntsWriter(PartWriter);

impl RowWriter for IntsWriter {
    fn row(&mut self, row: Value<'_>) -> Result<(), IoError> {
        self.0.write(&row.int().to_le_bytes())
    }

    fn finish(self: Box<Self>) -> Result<(), IoError> {
        self.0.finish().map(drop)
    }
}

fn write(output: &OutputDir, partition: usize, ints: &[u64]) {
    let spec = FormatSpec { name: "ints".to_owned(), options: Vec::new() };
    let mut writer = output_format(&spec).unwrap().writer(output, partition).unwrap();
    let mut rows = Batch::new(Shape::Int);
    ints.iter().for_each(|int| rows.push(&[&[*int]]));
    rows.iter().try_for_each(|row| writer.row(row)).unwrap();
    writer.finish().unwrap();
}

fn list(spec: &str, format: Box<dyn InputFormat>) -> Result<Arc<FileInput>, Vec<IoError>> {
    FileInput::list(spec, 2, format).map(Arc::new)
}

fn read(input: &Arc<FileInput>, partition: usize) -> TaskResult<(Vec<u64>, RowOrigin)> {
    let accountant = Accountant::new(1 << 20);
    let env = ReadEnv { accountant: &accountant, span: Span::new(FileId(0), 0, 0) };
    let Opened::Rows(mut reader) = input.format.open(input, partition, &env)? else { panic!("rows, not blocks") };
    let (mut cx, mut batch) = (Cx::new(), Batch::new(Shape::Int));
    assert!(reader.next(&mut cx, &mut batch, &mut Vec::new())?);
    Ok((batch.words().to_vec(), reader.origin(0)))
}

#[test]
fn some_partitions_are_data() {
    (0..3).for_each(|file| MEMORY.write(&format!("memory://some/{file}"), &[file; 24]));
    let input = list("memory://some", Box::new(Ints)).unwrap();
    assert_eq!(input.partitions.len(), 6);
    let sent = wire::encode(&FilesPart::of(&input, &[3, 1]));
    let part = wire::decode::<FilesPart>(&sent).unwrap().open().map(Arc::new).unwrap();
    for (at, partition) in [3, 1].into_iter().enumerate() {
        assert_eq!(read(&part, at).unwrap(), read(&input, partition).unwrap());
    }
    let mut part = FilesPart::of(&input, &[0]);
    part.partitions[0][0].file = 1;
    assert!(part.open().is_err());
}

#[test]
fn rows_go_through_a_format_and_a_store_of_ones_own() {
    let output = OutputDir::prepare("memory://ints/out/", false).unwrap();
    write(&output, 0, &[1, 2, 3]);
    write(&output, 1, &[7]);
    assert!(MEMORY.below("memory://ints").is_empty(), "nothing is seen before the commit");
    output.commit().unwrap();
    let input = list("memory://ints/*/part-*", Box::new(Ints)).unwrap();
    assert_eq!(input.partitions.len(), 3);
    let rows: Vec<_> = (0..3).map(|partition| read(&input, partition).unwrap()).collect();
    assert_eq!(rows.iter().map(|(ints, _)| ints.clone()).collect::<Vec<_>>(), [vec![1, 2], vec![3], vec![7]]);
    assert_eq!(rows[1].1.to_string(), "memory://ints/out/part-00000.ints, row group 1, row 0");
    assert!(matches!(OutputDir::check("memory://ints/out", false), Err(IoError::OutputExists { .. })));
    MEMORY.write("memory://ints/out/part-00001.ints", &[0; 8]);
    assert!(read(&input, 2).is_err(), "it is another file than the one that was listed");
}

#[test]
fn outputs_in_several_stores_are_published_together_or_not_at_all() {
    let scratch = crate::exec::io::testing::Scratch::new();
    let local = format!("{}/out", scratch.path().display());
    let both = || ["memory://both/out", &*local].map(|path| OutputDir::prepare(path, false).unwrap());
    let (first, second) = (both(), both());
    commit_all(first.into()).unwrap();
    assert!(scratch.names(".").contains(&"out".to_owned()));
    assert_eq!(MEMORY.below("memory://both/out"), [("_SUCCESS".to_owned(), Vec::new())]);
    assert!(commit_all(second.into()).is_err());
    let [memory, local] = ["memory://one/out", &*local].map(|path| OutputDir::prepare(path, true).unwrap());
    scratch.file("out/letter.txt", b"x");
    assert!(commit_all(vec![memory, local]).is_err());
    assert!(MEMORY.below("memory://one").is_empty(), "the one is taken back when the other cannot be published");
}

#[test]
fn what_is_missing_is_named_with_its_store() {
    MEMORY.write("memory://near/words.txt", b"x");
    let text = || Box::new(Text { options: ReaderOptions::default() });
    let errors = list("memory://near/wrods.txt,memory://near/*.csv,ftp://key:secret@host/x", text()).unwrap_err();
    let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(errors[0], "input memory://near/wrods.txt does not exist: memory://near has words.txt");
    assert_eq!(errors[1], "glob memory://near/*.csv matches no file: the nearest directory is memory://near");
    assert!(errors[2].contains("ftp") && !errors[2].contains("secret"), "{}", errors[2]);
}
