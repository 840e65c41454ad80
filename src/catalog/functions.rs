//! The registry of runtime functions: every function that a kernel may call, by its name.
//!
//! `find("strings::split")` is the function of the row `split`. Functions come from the rows of the catalog, with what may be
//! called in their place, and from the few that stand for constructs of the language and have no row. A kernel that calls
//! anything else does not pass `kir::verify`, so nothing can be forgotten here; no two functions share a name.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::row::Imp;
use super::sections;
use crate::runtime::call::abi::{Instead, RtFn};
use crate::runtime::python::slices;
use crate::runtime::spark::kernel;

/// The runtime function of a name.
pub fn find(name: &str) -> Option<&'static RtFn> {
    static BY_NAME: LazyLock<HashMap<&'static str, &'static RtFn>> =
        LazyLock::new(|| all().map(|func| (func.name, func)).collect());
    BY_NAME.get(name).copied()
}

/// All runtime functions; one that several rows share comes several times.
fn all() -> impl Iterator<Item = &'static RtFn> {
    let rows = sections().iter().flat_map(|section| section.rows);
    let of_rows = rows.filter_map(|row| match row.imp {
        Imp::Rt(func) => Some(func),
        Imp::Prim(_) | Imp::Loop(_) | Imp::Core(_) | Imp::Spk(_) | Imp::Sema(_) => None,
    });
    let with_scratch = of_rows.flat_map(|func| match func.instead {
        Instead::Scratch(scratch) => [Some(func), Some(scratch)],
        Instead::Call | Instead::Length | Instead::Item | Instead::WideAdd | Instead::OutOfRange => [Some(func), None],
    });
    with_scratch.flatten().chain(kernel::ALL.iter().copied()).chain([slices::OUT_OF_RANGE])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_functions_share_a_name() {
        for func in all() {
            let named = find(func.name).expect("it is listed");
            assert!(std::ptr::eq(func, named), "`{}` names two functions", func.name);
        }
    }

    #[test]
    fn names_say_the_module_and_the_function() {
        let plain = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let names_two = |name: &str| name.split("::").count() == 2 && name.split("::").all(plain);
        assert_eq!(all().map(|func| func.name).find(|name| !names_two(name)), None);
    }
}
