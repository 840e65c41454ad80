//! Methods of PySpark's API that the table leaves out, each with the reason.
//!
//! `docs/api.md` and the errors for unknown functions read it. A method of PySpark is either a row of the table or an
//! entry here (`tests/api.rs`).

/// A method of PySpark that is no row of the table.
#[derive(Debug)]
pub struct Absent {
    /// The class of PySpark.
    pub class: &'static str,
    /// The method.
    pub name: &'static str,
    /// How it is said here, if it is not a function.
    pub instead: Option<&'static str>,
    /// Otherwise, why it is not offered.
    pub reason: &'static str,
}

const fn no(class: &'static str, name: &'static str, reason: &'static str) -> Absent {
    Absent { class, name, instead: None, reason }
}

const fn as_is(class: &'static str, name: &'static str, instead: &'static str) -> Absent {
    Absent { class, name, instead: Some(instead), reason: "" }
}

const CLUSTER: &str = "it is about the executors of a cluster, and the job is one process";
const HADOOP: &str = "the format is a class of Hadoop's on the JVM, which is not there; `saveAsTextFile` writes text";
const HADOOP_IN: &str = "the format is a class of Hadoop's on the JVM, which is not there; `textFile` reads text";
const PICKLE: &str = "a pickle holds Python objects of any type, so nothing is known of what it gives; write text";
const BYTES: &str = "there is no type for bytes; `textFile` and `wholeTextFiles` read text";
const GROUPS: &str = "a job runs one action at a time, so there are no groups and tags to cancel; Ctrl-C ends the job";
const CONTEXT: &str = "there is no context object: its methods are functions, its settings flags of `sparkc run`";
const FILES: &str =
    "there are no workers to send files to: a job reads files where they are, `use` brings in definitions";
const VALUES: &str = "values of the driver are seen by all functions and freed with the job: there is nothing to send";
const PROFILES: &str = "there is no Python to profile; `--timings` shows what the stages did";

/// The methods, by class.
pub static ABSENT: &[Absent] = &[
    no("RDD", "barrier", CLUSTER),
    no("RDD", "collectWithJobGroup", GROUPS),
    no("RDD", "context", CONTEXT),
    no("RDD", "getResourceProfile", CLUSTER),
    no("RDD", "saveAsHadoopDataset", HADOOP),
    no("RDD", "saveAsHadoopFile", HADOOP),
    no("RDD", "saveAsNewAPIHadoopDataset", HADOOP),
    no("RDD", "saveAsNewAPIHadoopFile", HADOOP),
    no("RDD", "saveAsPickleFile", PICKLE),
    no("RDD", "saveAsSequenceFile", HADOOP),
    no("RDD", "toDF", "there are no DataFrames: records have named fields, and operators work on their RDDs"),
    no("RDD", "withResources", CLUSTER),
    no("SparkContext", "PACKAGE_EXTENSIONS", FILES),
    no("SparkContext", "addArchive", FILES),
    no("SparkContext", "addFile", FILES),
    no("SparkContext", "addJobTag", GROUPS),
    no("SparkContext", "addPyFile", FILES),
    no("SparkContext", "applicationId", CONTEXT),
    no("SparkContext", "binaryFiles", BYTES),
    no("SparkContext", "binaryRecords", BYTES),
    no("SparkContext", "cancelAllJobs", GROUPS),
    no("SparkContext", "cancelJobGroup", GROUPS),
    no("SparkContext", "cancelJobsWithTag", GROUPS),
    no("SparkContext", "clearJobTags", GROUPS),
    no("SparkContext", "dump_profiles", PROFILES),
    no("SparkContext", "getConf", CONTEXT),
    no("SparkContext", "getJobTags", GROUPS),
    no("SparkContext", "getLocalProperty", CONTEXT),
    no("SparkContext", "getOrCreate", CONTEXT),
    no("SparkContext", "getSystemProperty", "there is no JVM; `param` takes what differs from run to run"),
    no("SparkContext", "hadoopFile", HADOOP_IN),
    no("SparkContext", "hadoopRDD", HADOOP_IN),
    no("SparkContext", "listArchives", FILES),
    no("SparkContext", "listFiles", FILES),
    no("SparkContext", "newAPIHadoopFile", HADOOP_IN),
    no("SparkContext", "newAPIHadoopRDD", HADOOP_IN),
    no("SparkContext", "pickleFile", PICKLE),
    no("SparkContext", "removeJobTag", GROUPS),
    no("SparkContext", "resources", CLUSTER),
    no("SparkContext", "sequenceFile", HADOOP_IN),
    no("SparkContext", "setInterruptOnCancel", GROUPS),
    no("SparkContext", "setJobDescription", GROUPS),
    no("SparkContext", "setJobGroup", GROUPS),
    no("SparkContext", "setLocalProperty", CONTEXT),
    no("SparkContext", "setLogLevel", "there is no log; `--quiet` and `--verbose` choose what a run says"),
    no("SparkContext", "setSystemProperty", "there is no JVM; `param` takes what differs from run to run"),
    no("SparkContext", "show_profiles", PROFILES),
    no("SparkContext", "sparkUser", CONTEXT),
    no("SparkContext", "startTime", CONTEXT),
    no("SparkContext", "statusTracker", "progress is shown while the job runs, and a summary at its end"),
    no("SparkContext", "stop", "a job ends with its last statement"),
    no("SparkContext", "uiWebUrl", "there is no web page; `--timings` and `sparkc explain` show what a job does"),
    no("SparkContext", "version", "`sparkc --version` says it; a job's answers do not depend on it"),
    as_is("StorageLevel", "DISK_ONLY", "`persist \"DISK_ONLY\"`"),
    as_is("StorageLevel", "DISK_ONLY_2", "`persist \"DISK_ONLY_2\"`"),
    as_is("StorageLevel", "DISK_ONLY_3", "`persist \"DISK_ONLY_3\"`"),
    as_is("StorageLevel", "MEMORY_AND_DISK", "`persist \"MEMORY_AND_DISK\"`"),
    as_is("StorageLevel", "MEMORY_AND_DISK_2", "`persist \"MEMORY_AND_DISK_2\"`"),
    as_is("StorageLevel", "MEMORY_AND_DISK_DESER", "`persist \"MEMORY_AND_DISK_DESER\"`"),
    as_is("StorageLevel", "MEMORY_ONLY", "`persist \"MEMORY_ONLY\"`, or `cache`"),
    as_is("StorageLevel", "MEMORY_ONLY_2", "`persist \"MEMORY_ONLY_2\"`"),
    as_is("StorageLevel", "NONE", "`persist \"NONE\"`, which does nothing"),
    as_is("StorageLevel", "OFF_HEAP", "`persist \"OFF_HEAP\"`"),
    no("Broadcast", "destroy", VALUES),
    no("Broadcast", "dump", VALUES),
    no("Broadcast", "load", VALUES),
    no("Broadcast", "load_from_path", VALUES),
    no("Broadcast", "unpersist", VALUES),
    as_is("Broadcast", "value", "`b.value`, of `let b = broadcast(x)`"),
    as_is("Accumulator", "value", "`a.value`, of `let a = accumulator(0)`"),
    no("StatCounter", "copy", "values never change, so a copy is the value itself"),
];

/// Why a method of PySpark is not offered, for whoever calls it.
pub fn reason(name: &str) -> Option<&'static str> {
    ABSENT.iter().find(|row| row.name == name && row.instead.is_none()).map(|row| row.reason)
}
