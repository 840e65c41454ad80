//! Facts about rows besides their types: properties of functions that the optimiser may rely on, and the effect of
//! operators on RDDs in Spark's terms.
//!
//! ```text
//! mapValues     Facts::Transformation(Elements::One, Partitioning::Kept, Order::Kept)
//! reduceByKey   Facts::Transformation(Elements::Merged, Partitioning::ByKey(Placed::ByHash), Order::Undefined)
//! first         Facts::Action(Run::AsNeeded, Sees::Order)
//! ```
//!
//! `lint`, `pyspark` and the generator of random jobs know no operators by lists of names: they ask for these facts.

use crate::hir::Props;

/// The facts about a row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Facts {
    /// A function of values.
    Function(Props),
    /// Makes an RDD of what is none.
    Source(Origin),
    /// Makes an RDD of RDDs: the elements, the partitions that they are in, their order there.
    Transformation(Elements, Partitioning, Order),
    /// Says something about an RDD itself.
    Mark(Mark),
    /// Runs jobs on the elements of an RDD: how, and what the answer depends on.
    Action(Run, Sees),
    /// Asks the driver about an RDD; no job runs.
    Lineage(Lineage),
}

/// Where the elements of a source come from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Origin {
    /// They are read from files.
    Files,
    /// The driver has them.
    Driver,
}

/// Which elements a transformation gives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Elements {
    /// Those of its input.
    Same,
    /// Those that a function lets pass, which sees each by itself.
    Passed,
    /// One for each, which a function makes of it by itself.
    One,
    /// Any number for each, which a function makes of it by itself.
    Many,
    /// Those that are drawn at random, perhaps several times: which, depends on their positions.
    Drawn,
    /// Each with its index, which takes the sizes of the partitions before.
    Indexed,
    /// Each with a number that its position and its partition give.
    Numbered,
    /// Elements that a function makes of a partition as a whole.
    OfPartition,
    /// The lines that a command of the system makes of those of a partition.
    Piped,
    /// Those of all inputs.
    All,
    /// Pairs of those at the same position in two inputs.
    Zipped,
    /// All pairs of those of two inputs.
    Product,
    /// Some of its input, chosen by comparing them or their keys with others.
    Chosen,
    /// Pairs of those of two inputs that have the same key.
    Joined,
    /// One for each key: its values merged by a function.
    Merged,
    /// One for each key: lists of its values.
    Grouped,
}

/// Which partitions the elements of a transformation are in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Partitioning {
    /// Those that they were made of or from; keys are what they were, so the partitioner holds.
    Kept,
    /// The same, but the partitioner holds only if the job says so (`preservesPartitioning`).
    KeptIfSaid,
    /// Those of all inputs; the partitioner holds if all inputs have it.
    KeptIfShared,
    /// Those that they were made of, or several of these put together; there is no partitioner any more.
    Forgotten,
    /// Those of their keys. Pairs that are there already are not moved.
    ByKey(Placed),
    /// Those of the hashes of their keys, from several RDDs. Without a number of partitions, inputs that share a partitioner
    /// stay in as many as they have.
    ByKeyOfAll,
    /// Others: they are moved wherever they have been.
    Moved(Placed),
}

/// How a shuffle places elements.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Placed {
    /// By the hash of their keys.
    ByHash,
    /// By a function of their keys.
    ByFunction,
    /// By ranges of keys.
    ByRange,
    /// By nothing that the result remembers.
    Anyhow,
}

/// The order of a transformation's elements in their partitions.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Order {
    /// That of the elements which they were made of.
    Kept,
    /// Sorted, over all partitions; a sample is drawn first, so the input is computed twice.
    Sorted,
    /// Sorted, each partition by itself.
    SortedWithin,
    /// Spark defines none.
    Undefined,
}

/// A statement about an RDD.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mark {
    /// That its elements are kept once they are computed.
    Persist,
    /// That they are not kept any more.
    Unpersist,
    /// Its name.
    Name,
    /// That its elements are to take the place of its lineage.
    Checkpoint,
    /// That the shuffles which it reads are not needed any more.
    CleanShuffles,
    /// The treatment of rows that fail.
    OnError,
}

/// How an action runs its jobs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Run {
    /// All elements are computed once.
    Once,
    /// No more elements are computed than it needs.
    AsNeeded,
    /// All elements may be computed several times.
    Repeatedly,
    /// All elements are computed once; something is done for each, such as printing it.
    ForEach,
    /// All elements are computed once, and written to files.
    Writes,
}

/// The properties of an RDD on which the answer of an action depends, besides its elements.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sees {
    /// Nothing.
    Nothing,
    /// Which of equal elements comes first: nothing where equal elements are the same.
    Ties,
    /// Which of the elements with equal keys comes first, or last.
    TiesOfKeys,
    /// The order in which elements are merged: nothing where the function is associative and commutative.
    Merges,
    /// Their order.
    Order,
    /// The partitions that they are in.
    Partitions,
}

/// A question that the driver answers about an RDD.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lineage {
    /// The number of its partitions.
    Partitions,
    /// A statement of the job about it: its name, its storage level, whether it has a checkpoint.
    Marks,
    /// A value that each implementation chooses: an id, a path, a description.
    Made,
}

impl Facts {
    /// Properties that the optimiser may rely on.
    pub fn props(self) -> Props {
        match self {
            Self::Function(props) => props,
            Self::Transformation(Elements::Piped, ..) => Props::EFFECT,
            Self::Mark(Mark::Checkpoint | Mark::CleanShuffles) => Props::EFFECT,
            Self::Action(Run::ForEach | Run::Writes, _) => Props::EFFECT,
            Self::Source(_) | Self::Transformation(..) | Self::Mark(_) | Self::Action(..) | Self::Lineage(_) => {
                Props::NONE
            }
        }
    }

    /// Whether it is an operator on an RDD.
    pub fn is_on_rdd(self) -> bool {
        !matches!(self, Self::Function(_) | Self::Source(_))
    }

    /// Whether it gives the very RDD that it is given, with something changed about it.
    pub fn is_same_rdd(self) -> bool {
        matches!(self, Self::Mark(Mark::Persist | Mark::Unpersist | Mark::Name))
    }

    /// Whether it applies a function to each element by itself.
    pub fn is_elementwise(self) -> bool {
        matches!(self, Self::Transformation(Elements::Passed | Elements::One | Elements::Many, ..))
    }

    /// Whether it sees its elements only: not whether something is kept, nor where and how often it is computed.
    pub fn sees_elements_only(self) -> bool {
        match self {
            Self::Function(_) | Self::Source(_) | Self::Transformation(..) | Self::Action(..) => true,
            Self::Mark(Mark::Checkpoint | Mark::CleanShuffles) => false,
            Self::Mark(Mark::Persist | Mark::Unpersist | Mark::Name | Mark::OnError) => true,
            Self::Lineage(Lineage::Partitions) => true,
            Self::Lineage(Lineage::Marks | Lineage::Made) => false,
        }
    }

    /// Whether its function takes the elements of a partition as a whole.
    pub fn is_of_partitions(self) -> bool {
        matches!(self, Self::Transformation(Elements::OfPartition, ..) | Self::Action(_, Sees::Partitions))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{self, Entry};
    use crate::types::ty::Ty;

    fn entries() -> impl Iterator<Item = &'static Entry> {
        let rows = catalog::sections().iter().flat_map(|section| section.rows);
        rows.map(catalog::entry)
    }

    fn takes(entry: &Entry, param: &str) -> bool {
        entry.sig.params.iter().any(|known| *known.name == *param)
    }

    fn is_rdd(ty: &Ty) -> bool {
        matches!(ty, Ty::Rdd(_)) || matches!(ty, Ty::List(inner) if matches!(**inner, Ty::Rdd(_)))
    }

    #[test]
    fn facts_are_those_of_the_signature() {
        for entry in entries() {
            let takes_rdd = entry.sig.params.first().is_some_and(|param| is_rdd(&param.ty));
            let gives_rdd = is_rdd(&entry.sig.result);
            let fits = match entry.row.facts {
                Facts::Function(_) => !takes_rdd && !gives_rdd,
                Facts::Source(_) => !takes_rdd && gives_rdd,
                Facts::Transformation(..) => takes_rdd && gives_rdd,
                Facts::Mark(Mark::Checkpoint | Mark::CleanShuffles) => takes_rdd && entry.sig.result == Ty::unit(),
                Facts::Mark(_) => takes_rdd && gives_rdd,
                Facts::Action(..) | Facts::Lineage(_) => takes_rdd && !gives_rdd,
            };
            assert!(fits, "{}{} is no {:?}", entry.row.name, entry.row.sig, entry.row.facts);
        }
    }

    #[test]
    fn partitioners_are_those_of_the_parameters() {
        for entry in entries().filter(|entry| !catalog::lookup(entry.row.name, false).is_empty()) {
            let Facts::Transformation(elements, partitioning, _) = entry.row.facts else { continue };
            let name = entry.row.name;
            assert_eq!(takes(entry, "preservesPartitioning"), partitioning == Partitioning::KeptIfSaid, "{name}");
            let by_function = matches!(
                partitioning,
                Partitioning::ByKey(Placed::ByFunction) | Partitioning::Moved(Placed::ByFunction)
            );
            assert_eq!(takes(entry, "partitionFunc"), by_function, "{name}");
            let both = matches!(elements, Elements::Joined | Elements::Zipped | Elements::Product);
            assert!(!both || takes(entry, "other"), "{name}");
        }
    }
}
