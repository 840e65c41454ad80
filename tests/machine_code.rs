//! The memory of machine code: no page of the process is writable and executable at once, and dropped code is freed.
//!
//! The only test of its process, so that all executable memory without a file is code of its own kernels.

use std::sync::Arc;

use sparkc::harness::engine::Cache;
use sparkc::harness::engine::{BatchEngine, Code, Engine};
use sparkc::harness::engine::{Jit, OptLevel};
use sparkc::harness::kir::Builder;
use sparkc::harness::kir::{Func, Inst, Kind};
use sparkc::harness::runtime::Cx;
use sparkc::harness::runtime::Shape;

/// A mapping of the process.
struct Mapping {
    bytes: usize,
    permissions: String,
    /// A file, a name of the kernel's, or nothing.
    what: String,
}

/// What `/proc/self/maps` says: `7f00-7f01 r-xp 00000000 00:00 0 [vdso]` a line.
fn mappings() -> Vec<Mapping> {
    let text = std::fs::read_to_string("/proc/self/maps").expect("the process may read its own mappings");
    text.lines().map(mapping).collect()
}

fn mapping(line: &str) -> Mapping {
    let words: Vec<&str> = line.split_whitespace().collect();
    let address = |text| usize::from_str_radix(text, 16).expect("addresses are hexadecimal");
    let (from, to) = words[0].split_once('-').expect("a range of addresses");
    let what = words[5..].join(" ");
    Mapping { bytes: address(to) - address(from), permissions: words[1].to_owned(), what }
}

/// Checks every page of the process; how many bytes without a file are executable.
fn executable() -> usize {
    let all = mappings();
    for Mapping { permissions, what, .. } in &all {
        assert!(!(permissions.contains('w') && permissions.contains('x')), "{permissions} {what}");
    }
    all.iter().filter(|page| page.what.is_empty() && page.permissions.starts_with("r-x")).map(|page| page.bytes).sum()
}

/// A kernel of ints that emits a constant.
fn constant(n: i64) -> Func {
    let mut b = Builder::new();
    let param = b.reg(Kind::Int);
    let reg = b.int(n);
    b.push(Inst::Emit { regs: vec![reg] });
    b.finish("constant", vec![param], Shape::Int).0
}

/// A function of two ints that gives the first.
fn first() -> Func {
    let mut b = Builder::new();
    let params = vec![b.reg(Kind::Int), b.reg(Kind::Int)];
    b.push(Inst::Emit { regs: vec![params[0]] });
    b.finish("first", params, Shape::Int).0
}

/// What code gives for one row.
fn run(code: &dyn Code) -> Vec<i64> {
    let mut rows = Vec::new();
    code.run(&Cx::new(), &mut code.frame(&[]), &[7], &mut |row| rows.push(row.int())).expect("it cannot fail");
    rows
}

fn check(level: OptLevel, page: usize) {
    let engine = Cache::new(Jit::new(level).expect("there is code for this machine"));
    let before = executable();
    let kernels: Vec<Arc<dyn Code>> = (0..20)
        .map(|n| {
            let code = engine.compile(&constant(n));
            assert!(executable() >= before + page, "kernel {n} is executable while others are made");
            code
        })
        .collect();
    let update = engine.update(None, &first(), 1);
    let fold = engine.fold(Some(&constant(1)), &first());
    assert!(executable() >= before + 22 * page, "each kernel has pages of its own");
    for (n, code) in (0..).zip(&kernels) {
        assert_eq!(run(&**code), [n]);
        executable();
    }
    drop((engine, update, fold));
    assert!(executable() >= before + 20 * page, "code lives as long as who holds it");
    assert_eq!(run(&*kernels[19]), [19]);
    drop(kernels);
    assert_eq!(executable(), before, "{level:?}: dropped code is freed");
}

#[test]
fn code_is_never_writable_and_executable_and_is_freed() {
    assert_eq!(executable(), 0);
    let page = rustix::param::page_size();
    check(OptLevel::Speed, page);
    check(OptLevel::None, page);
    assert_eq!(executable(), 0);
}
