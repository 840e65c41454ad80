//! Conclusions that lints draw from the facts of the catalog about a step. A function of the job has none, and may do
//! anything.

use crate::catalog::facts::{Elements, Facts, Mark, Order, Partitioning, Placed};

use super::chain::Step;

impl Step<'_> {
    /// The facts about it, if it is an operator of the catalog.
    pub(super) fn facts(&self) -> Option<Facts> {
        self.row.map(|row| row.facts)
    }

    fn is_fact(&self, test: impl Fn(Facts) -> bool) -> bool {
        self.facts().is_some_and(test)
    }

    /// Whether it is an operator on an RDD.
    pub(super) fn on_rdd(&self) -> bool {
        self.is_fact(Facts::is_on_rdd)
    }

    /// Whether it gives a value for an RDD.
    pub(super) fn is_action(&self) -> bool {
        matches!(self.facts(), Some(Facts::Action(..) | Facts::Lineage(_)))
    }

    /// Whether it gives the very RDD that it is given.
    pub(super) fn is_same_rdd(&self) -> bool {
        self.is_fact(Facts::is_same_rdd)
    }

    /// Whether elements are kept from here on.
    pub(super) fn persists(&self) -> bool {
        self.facts() == Some(Facts::Mark(Mark::Persist))
    }

    /// Whether it says whether elements are kept.
    pub(super) fn is_mark(&self) -> bool {
        self.persists() || self.facts() == Some(Facts::Mark(Mark::Unpersist))
    }

    /// Whether its input is computed once, and then read.
    pub(super) fn is_checkpoint(&self) -> bool {
        self.facts() == Some(Facts::Mark(Mark::Checkpoint))
    }

    /// Whether it applies a function to each element by itself.
    pub(super) fn is_elementwise(&self) -> bool {
        self.is_fact(Facts::is_elementwise)
    }

    fn transformation(&self) -> Option<(Elements, Partitioning, Order)> {
        match self.facts()? {
            Facts::Transformation(elements, partitioning, order) => Some((elements, partitioning, order)),
            Facts::Function(_) | Facts::Source(_) | Facts::Mark(_) | Facts::Action(..) | Facts::Lineage(_) => None,
        }
    }

    /// Which elements it gives, if it is a transformation.
    pub(super) fn elements(&self) -> Option<Elements> {
        self.transformation().map(|(elements, _, _)| elements)
    }

    /// Which partitions its elements are in, if it is a transformation.
    pub(super) fn partitioning(&self) -> Option<Partitioning> {
        self.transformation().map(|(_, partitioning, _)| partitioning)
    }

    /// The order of its elements, if it is a transformation.
    pub(super) fn order(&self) -> Option<Order> {
        self.transformation().map(|(_, _, order)| order)
    }

    /// Whether elements stay in their partitions with their keys, and what becomes of each is its own affair.
    pub(super) fn keeps_keys(&self) -> bool {
        self.is_same_rdd() || self.is_elementwise() && self.partitioning() == Some(Partitioning::Kept)
    }

    /// Whether pairs of one RDD are moved to the partitions of their keys.
    pub(super) fn places_by_key(&self) -> bool {
        matches!(self.partitioning(), Some(Partitioning::ByKey(_)))
    }

    /// Whether pairs of one RDD are moved to the partitions of the hashes of their keys.
    pub(super) fn places_by_hash(&self) -> bool {
        self.partitioning() == Some(Partitioning::ByKey(Placed::ByHash))
    }

    /// Whether pairs of several RDDs are.
    pub(super) fn places_all_by_hash(&self) -> bool {
        self.partitioning() == Some(Partitioning::ByKeyOfAll)
    }

    /// Whether the result is placed by the hash of its keys.
    pub(super) fn gives_placed(&self) -> bool {
        let moved = self.partitioning() == Some(Partitioning::Moved(Placed::ByHash));
        self.places_by_hash() || self.places_all_by_hash() || moved
    }

    /// Whether elements are moved between partitions.
    pub(super) fn moves(&self) -> bool {
        let moved = matches!(self.partitioning(), Some(Partitioning::Moved(_)));
        self.places_by_key() || self.places_all_by_hash() || moved
    }

    /// Whether it is the same to it how its input was placed, and its result is placed anew or nowhere.
    pub(super) fn forgets(&self) -> bool {
        match self.partitioning() {
            Some(Partitioning::Forgotten | Partitioning::Moved(_)) => true,
            Some(Partitioning::KeptIfSaid) => self.arg("preservesPartitioning").is_none(),
            Some(Partitioning::Kept | Partitioning::KeptIfShared) => false,
            Some(Partitioning::ByKey(_) | Partitioning::ByKeyOfAll) | None => false,
        }
    }

    /// Whether the result is placed nowhere, whatever its input was.
    pub(super) fn unplaces(&self) -> bool {
        let anyhow = !matches!(self.partitioning(), Some(Partitioning::Moved(placed)) if placed != Placed::Anyhow);
        self.forgets() && anyhow
    }

    /// Whether its elements are some of those that it is given.
    pub(super) fn selects(&self) -> bool {
        let of_input = [Elements::Same, Elements::Passed, Elements::Drawn, Elements::Chosen];
        self.is_same_rdd() || self.elements().is_some_and(|elements| of_input.contains(&elements))
    }

    /// Whether there is one pair of each key.
    pub(super) fn gives_one_a_key(&self) -> bool {
        matches!(self.elements(), Some(Elements::Merged | Elements::Grouped))
    }

    /// Whether there is one pair of each key if that was so before.
    pub(super) fn keeps_one_a_key(&self) -> bool {
        let same = matches!(self.elements(), Some(Elements::Same | Elements::Passed));
        same || self.keeps_keys() && self.elements() != Some(Elements::Many)
    }

    /// Whether it sorts over all partitions.
    pub(super) fn sorts(&self) -> bool {
        self.order() == Some(Order::Sorted)
    }

    /// Whether Spark computes its input for it more than once: sorts draw a sample first, indexes count first.
    pub(super) fn computes_twice(&self) -> bool {
        self.sorts() || self.elements() == Some(Elements::Indexed)
    }
}
