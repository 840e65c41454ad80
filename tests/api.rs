//! Every public method of PySpark's RDD API is a row of the catalog, or listed with the reason why it is not.
//!
//! The methods are those that `scripts/pyspark_api.py` recorded; `scripts/test` compares them with the installed PySpark.

use sparkc::harness::catalog::ABSENT;
use sparkc::harness::cli::api;

#[test]
fn every_method_is_mentioned() {
    let missing = api::methods().filter(|method| api::answer(*method).is_none());
    let missing: Vec<String> = missing.map(|method| format!("{}.{}", method.class, method.name)).collect();
    assert!(missing.is_empty(), "neither in src/catalog nor in src/catalog/absent.rs: {}", missing.join(", "));
}

#[test]
fn what_is_absent_is_pysparks_and_not_offered() {
    for row in ABSENT {
        let method = api::methods().find(|method| method.class == row.class && method.name == row.name);
        let method = method.unwrap_or_else(|| panic!("PySpark has no {}.{}", row.class, row.name));
        assert!(api::offered(method).is_empty(), "{}.{} is in the catalog", row.class, row.name);
    }
}

#[test]
fn the_list_is_pysparks() {
    let of = |class: &str| api::methods().filter(|method| method.class == class).count();
    assert_eq!([of("RDD"), of("SparkContext"), of("StorageLevel")], [106, 54, 10]);
    assert_eq!([of("Broadcast"), of("Accumulator"), of("StatCounter")], [6, 2, 13]);
}
