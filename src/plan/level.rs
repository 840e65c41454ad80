//! Storage levels: what `persist` takes and `getStorageLevel` shows, as Spark names and prints them.

/// How an RDD is kept once it is computed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Level {
    /// Evicted partitions are recomputed.
    MemoryOnly,
    /// As `MemoryOnly`, asked for twice.
    MemoryOnly2,
    /// Evicted partitions are read back from disk.
    MemoryAndDisk,
    /// As `MemoryAndDisk`, asked for twice.
    MemoryAndDisk2,
    /// As `MemoryAndDisk`; Spark keeps objects of the JVM.
    MemoryAndDiskDeser,
    /// Kept on disk.
    DiskOnly,
    /// As `DiskOnly`, asked for twice.
    DiskOnly2,
    /// As `DiskOnly`, asked for three times.
    DiskOnly3,
    /// As `MemoryAndDisk`; Spark keeps it outside of the JVM's heap.
    OffHeap,
    /// Written to a file of the checkpoint directory, which then takes the place of the lineage.
    Checkpoint,
    /// Kept by this process, and takes the place of the lineage.
    LocalCheckpoint,
}

/// The levels that `persist` takes, with what Spark says of them: disk, memory, off the heap, deserialised, copies.
const LEVELS: &[(Level, &str, [bool; 4], u8)] = &[
    (Level::MemoryOnly, "MEMORY_ONLY", [false, true, false, false], 1),
    (Level::MemoryOnly2, "MEMORY_ONLY_2", [false, true, false, false], 2),
    (Level::MemoryAndDisk, "MEMORY_AND_DISK", [true, true, false, false], 1),
    (Level::MemoryAndDisk2, "MEMORY_AND_DISK_2", [true, true, false, false], 2),
    (Level::MemoryAndDiskDeser, "MEMORY_AND_DISK_DESER", [true, true, false, true], 1),
    (Level::DiskOnly, "DISK_ONLY", [true, false, false, false], 1),
    (Level::DiskOnly2, "DISK_ONLY_2", [true, false, false, false], 2),
    (Level::DiskOnly3, "DISK_ONLY_3", [true, false, false, false], 3),
    (Level::OffHeap, "OFF_HEAP", [true, true, true, false], 1),
    (Level::LocalCheckpoint, "LOCAL_CHECKPOINT", [true, true, false, true], 1),
    (Level::Checkpoint, "CHECKPOINT", [false, false, false, false], 1),
];

/// The text that Spark prints of an RDD that is not stored.
pub const NOT_KEPT: &str = "Serialized 1x Replicated";

impl Level {
    /// The level that `persist` calls by a name.
    pub fn find(name: &str) -> Option<Self> {
        LEVELS.iter().find(|row| row.1 == name && !row.0.ends_lineage()).map(|row| row.0)
    }

    /// Its name, in Spark's capitals.
    pub fn name(self) -> &'static str {
        LEVELS.iter().find(|row| row.0 == self).map_or("", |row| row.1)
    }

    /// Whether it is a checkpoint: its input is not needed any more once it has been computed.
    pub fn ends_lineage(self) -> bool {
        matches!(self, Self::Checkpoint | Self::LocalCheckpoint)
    }

    /// As Spark prints it: `Disk Memory Serialized 2x Replicated`; what is `lasting` may not be lost, so it is on disk too.
    pub fn text(self, lasting: bool) -> String {
        let Some((_, _, [disk, memory, off_heap, deserialised], copies)) = LEVELS.iter().find(|row| row.0 == self)
        else {
            return NOT_KEPT.into();
        };
        let word = |said: &bool, word: &'static str| if *said { word } else { "" };
        let form = if *deserialised { "Deserialized" } else { "Serialized" };
        let (disk, memory, off_heap) =
            (word(&(*disk || lasting), "Disk "), word(memory, "Memory "), word(off_heap, "OffHeap "));
        format!("{disk}{memory}{off_heap}{form} {copies}x Replicated")
    }
}
