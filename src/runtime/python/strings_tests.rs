//! Texts against CPython 3.11.

use serde_json::Value as Json;

use super::strings::*;
use super::{operators, slices};
use crate::runtime::call::cx::Cx;
use crate::runtime::call::trap::Res;
use crate::runtime::recorded;
use crate::runtime::recorded::{Args, texts};
use crate::runtime::value::shape::Shape;
use crate::runtime::value::words::{Word, built};

fn parts(words: [Word; 6]) -> Json {
    recorded::json_of(built(&Shape::tuple(vec![Shape::Str, Shape::Str, Shape::Str]), &words))
}

fn cutting(cx: &Cx, name: &str, args: Args<'_>) -> Res<Json> {
    let text = args.str(0);
    Ok(match (name, args.len()) {
        ("split", 1) => texts(split(cx, text)?),
        ("split", _) => texts(split_sep(cx, text, args.str(1))?),
        ("split_max", _) => texts(split_max(cx, text, args.int(1))?),
        ("rsplit_max", _) => texts(rsplit_max(cx, text, args.int(1))?),
        ("split_sep_max", _) => texts(split_sep_max(cx, text, args.str(1), args.int(2))?),
        ("rsplit_sep_max", _) => texts(rsplit_sep_max(cx, text, args.str(1), args.int(2))?),
        ("rsplit", _) => texts(rsplit_sep(cx, text, args.str(1))?),
        ("splitlines", _) => texts(splitlines(cx, text)?),
        ("strip", 1) => strip(cx, text)?.into(),
        ("lstrip", 1) => lstrip(cx, text)?.into(),
        ("rstrip", 1) => rstrip(cx, text)?.into(),
        ("strip", _) => strip_chars(cx, text, args.str(1))?.into(),
        ("lstrip", _) => lstrip_chars(cx, text, args.str(1))?.into(),
        ("rstrip", _) => rstrip_chars(cx, text, args.str(1))?.into(),
        ("partition", _) => parts(partition(cx, text, args.str(1))?),
        ("rpartition", _) => parts(rpartition(cx, text, args.str(1))?),
        _ => return seeking(cx, name, args),
    })
}

fn seeking(cx: &Cx, name: &str, args: Args<'_>) -> Res<Json> {
    let text = args.str(0);
    Ok(match (name, args.len()) {
        ("find", _) => find(cx, text, args.str(1))?.into(),
        ("find_from", _) => find_from(cx, text, args.str(1), args.int(2))?.into(),
        ("rfind", _) => rfind(cx, text, args.str(1))?.into(),
        ("index", _) => index(cx, text, args.str(1))?.into(),
        ("rindex", _) => rindex(cx, text, args.str(1))?.into(),
        ("count", _) => count(cx, text, args.str(1))?.into(),
        ("contains", _) => contains(cx, text, args.str(1))?.into(),
        ("startswith", _) => startswith(cx, text, args.str(1))?.into(),
        ("endswith", _) => endswith(cx, text, args.str(1))?.into(),
        ("len", _) => len(cx, text)?.into(),
        ("ord", _) => ord(cx, text)?.into(),
        ("replace", 3) => replace(cx, text, args.str(1), args.str(2))?.into(),
        ("replace", _) => replace_max(cx, text, args.str(1), args.str(2), args.int(3))?.into(),
        ("removeprefix", _) => removeprefix(cx, text, args.str(1))?.into(),
        ("removesuffix", _) => removesuffix(cx, text, args.str(1))?.into(),
        ("ljust", _) => ljust(cx, text, args.int(1), args.str(2))?.into(),
        ("rjust", _) => rjust(cx, text, args.int(1), args.str(2))?.into(),
        ("center", _) => center(cx, text, args.int(1), args.str(2))?.into(),
        ("zfill", _) => zfill(cx, text, args.int(1))?.into(),
        ("repeat", _) => operators::repeat(cx, text, args.int(1))?.into(),
        ("item", _) => slices::text_item(cx, text, args.int(1))?.into(),
        other => panic!("{other:?}"),
    })
}

#[test]
fn strings_are_pythons() {
    let cx = Cx::new();
    let ints = Shape::list(Shape::Int);
    let bound = Shape::option(Shape::Int);
    recorded::check("strings", |name, args| {
        Ok(match name {
            "chr" => chr(&cx, args.int(0))?.into(),
            "join" => join(&cx, args.str(0), args.value(1, &Shape::list(Shape::Str)).value(0))?.into(),
            "slice" | "list_slice" => {
                let [a, b, c] = [1, 2, 3].map(|n| args.value(n, &bound));
                let (a, b, c) = (a.value(0), b.value(0), c.value(0));
                match name {
                    "slice" => slices::text_slice(&cx, args.str(0), a, b, c)?.into(),
                    _ => {
                        let list = args.value(0, &ints);
                        recorded::object(&ints, slices::list_slice(&cx, list.value(0), a, b, c)?)
                    }
                }
            }
            "list_item" => {
                let list = args.value(0, &ints);
                let item = slices::list_item(&cx, list.value(0), args.int(1))?.0[0] as i64;
                item.into()
            }
            _ => cutting(&cx, name, args)?,
        })
    });
}
