//! Values, lists, sets and maps against CPython 3.11.

use serde_json::Value as Json;

use super::{lists, maps, operators, text};
use crate::runtime::call::cx::Cx;
use crate::runtime::call::trap::Res;
use crate::runtime::recorded;
use crate::runtime::recorded::{Args, json_of, object, shape_of};
use crate::runtime::value::shape::Shape;
use crate::runtime::value::words::{ObjRef, Value, built};

#[test]
fn values_are_pythons() {
    let cx = Cx::new();
    recorded::check("values", |name, args| {
        let shape = shape_of(args.json(0));
        let a = args.value(1, &shape);
        let two = |run: fn(&Cx, Value<'_>, Value<'_>) -> Res<bool>| -> Res<Json> {
            let b = args.value(2, &shape);
            Ok(run(&cx, a.value(0), b.value(0))?.into())
        };
        match name {
            "repr" => Ok(text::repr_of(a.value(0)).into()),
            "str" => Ok(text::str_of(a.value(0)).into()),
            "equal" => two(operators::equal),
            "less" => two(operators::less),
            "less_equal" => two(operators::less_equal),
            other => panic!("{other}"),
        }
    });
}

#[test]
fn collections_are_pythons() {
    let cx = Cx::new();
    recorded::check("collections", |name, args| {
        let elem = shape_of(args.json(0));
        match name {
            "dict" | "get" | "merge" | "without" | "keys" | "values" => of_map(&cx, name, args, &elem),
            _ if args.len() == 2 => of_list(&cx, name, args, &elem),
            _ => of_two(&cx, name, args, &elem),
        }
    });
}

fn pair(a: &Shape, b: &Shape) -> Shape {
    Shape::list(Shape::pair(a.clone(), b.clone()))
}

fn of_list(cx: &Cx, name: &str, args: Args<'_>, elem: &Shape) -> Res<Json> {
    let list = Shape::list(elem.clone());
    let built_list = args.value(1, &list);
    let xs = built_list.value(0);
    Ok(match name {
        "min" => json_of(built(elem, lists::min(cx, xs)?.0)),
        "max" => json_of(built(elem, lists::max(cx, xs)?.0)),
        "reversed" => object(&list, lists::reversed(cx, xs)?),
        "distinct" => object(&list, lists::distinct(cx, xs)?),
        "set" => object(&set_of(elem), maps::set(cx, xs)?),
        other => panic!("{other}"),
    })
}

fn set_of(elem: &Shape) -> Shape {
    Shape::Set(std::sync::Arc::new(elem.clone()))
}

fn of_two(cx: &Cx, name: &str, args: Args<'_>, elem: &Shape) -> Res<Json> {
    let list = Shape::list(elem.clone());
    let built_list = args.value(1, &list);
    let xs = built_list.value(0);
    let item = || args.value(2, elem);
    let other = || args.value(2, &list);
    Ok(match name {
        "sorted" => object(&list, lists::sorted(cx, xs, args.bool(2))?),
        "sort_by_keys" => {
            let keys = args.value(2, &Shape::list(Shape::Int));
            object(&list, lists::sort_by_keys(cx, xs, keys.value(0), args.bool(3))?)
        }
        "index" => lists::index(cx, xs, item().value(0))?.into(),
        "count" => lists::count(cx, xs, item().value(0))?.into(),
        "contains" => lists::contains(cx, xs, item().value(0))?.into(),
        "enumerate" => object(&pair(&Shape::Int, elem), lists::enumerate(cx, xs, args.int(2))?),
        "zip" => object(&pair(elem, elem), lists::zip(cx, xs, other().value(0))?),
        "concat" => object(&list, operators::list_concat(cx, xs, other().value(0))?),
        "repeat" => object(&list, operators::list_repeat(cx, xs, args.int(2))?),
        "in set" => maps::contains(cx, args.value(1, &set_of(elem)).value(0), item().value(0))?.into(),
        _ => of_sets(cx, name, args, &set_of(elem))?,
    })
}

fn of_sets(cx: &Cx, name: &str, args: Args<'_>, set: &Shape) -> Res<Json> {
    let (a, b) = (args.value(1, set), args.value(2, set));
    let (a, b) = (a.value(0), b.value(0));
    let object = |found: ObjRef| object(set, found);
    Ok(match name {
        "union" => object(maps::union(cx, a, b)?),
        "intersection" => object(maps::intersection(cx, a, b)?),
        "difference" => object(maps::difference(cx, a, b)?),
        "symmetric_difference" => object(maps::symmetric_difference(cx, a, b)?),
        "issubset" => maps::is_subset(cx, a, b)?.into(),
        other => panic!("{other}"),
    })
}

fn of_map(cx: &Cx, name: &str, args: Args<'_>, key: &Shape) -> Res<Json> {
    let map = Shape::Map(std::sync::Arc::new(key.clone()), std::sync::Arc::new(Shape::Int));
    let pairs = args.value(1, &pair(key, &Shape::Int));
    let dict = maps::dict(cx, pairs.value(0))?;
    let words = [dict.0];
    let dict = built(&map, &words);
    Ok(match name {
        "dict" => json_of(dict),
        "get" => {
            let wanted = args.value(2, key);
            let found = maps::get(cx, dict, wanted.value(0))?;
            json_of(built(&Shape::option(Shape::Int), found.0))
        }
        "merge" => object(&map, maps::merge(cx, dict, args.value(2, &map).value(0))?),
        "without" => object(&map, maps::without(cx, dict, args.value(2, key).value(0))?),
        "keys" => object(&Shape::list(key.clone()), lists::list_of_items(cx, dict)?),
        "values" => object(&Shape::list(Shape::Int), maps::values(cx, dict)?),
        other => panic!("{other}"),
    })
}
