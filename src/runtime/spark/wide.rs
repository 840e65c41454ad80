//! Sums of ints that are wider than an int on the way: `(high, low)` words of 128 bits, checked once at the end.

use crate::runtime::call::cx::Cx;
use crate::runtime::call::trap::{Reason, Res, Trap};
use crate::runtime::value::words::{Value, Word};

/// The words of a wide sum, for a pair of ints.
#[derive(Clone, Copy, Default)]
pub struct Wide([Word; 2]);

impl crate::runtime::call::abi::Ret for Wide {
    const KIND: crate::runtime::call::abi::Kind = crate::runtime::call::abi::Kind::Any;
    fn words(self, put: &mut impl FnMut(&[Word])) {
        put(&self.0);
    }
}

fn wide(sum: i128) -> Wide {
    Wide([(sum >> 64) as Word, sum as Word])
}

fn sum_of(pair: Value<'_>) -> i128 {
    i128::from(pair.field(0).int()) << 64 | i128::from(pair.field(1).int() as u64)
}

/// A wide sum and an int.
pub fn add(_cx: &Cx, sum: Value<'_>, n: i64) -> Res<Wide> {
    Ok(wide(sum_of(sum).wrapping_add(i128::from(n))))
}

/// Two wide sums.
pub fn merge(_cx: &Cx, a: Value<'_>, b: Value<'_>) -> Res<Wide> {
    Ok(wide(sum_of(a).wrapping_add(sum_of(b))))
}

/// The float that is nearest to the sum.
pub fn float(_cx: &Cx, sum: Value<'_>) -> Res<f64> {
    Ok(sum_of(sum) as f64)
}

/// The sum as an int.
pub fn narrow(_cx: &Cx, sum: Value<'_>) -> Res<i64> {
    let sum = sum_of(sum);
    i64::try_from(sum).map_err(|_| Trap::new(Reason::Overflow, format!("the sum {sum} does not fit 64 bits")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::value::datum::Datum;
    use crate::runtime::value::shape::Shape;

    #[test]
    fn a_sum_may_leave_64_bits_on_the_way_and_come_back() {
        let (cx, shape) = (Cx::new(), Shape::pair(Shape::Int, Shape::Int));
        let mut sum = Datum::flat(shape.clone(), vec![0, 0]);
        for n in [i64::MAX, i64::MAX, 2, i64::MIN, i64::MIN, -7] {
            sum = Datum::flat(shape.clone(), add(&cx, sum.value(), n).unwrap().0.to_vec());
        }
        assert_eq!(narrow(&cx, sum.value()), Ok(-7));
        let over = Datum::flat(shape, wide(i128::from(i64::MAX) + 1).0.to_vec());
        assert_eq!(narrow(&cx, over.value()).unwrap_err().reason, Reason::Overflow);
    }
}
