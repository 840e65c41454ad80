//! Outputs below another directory, for runs that only measure: nothing of the user's is written or replaced.
//!
//! With `--outputs-below /tmp/x` a save to `out/words` goes to `/tmp/x/here/out/words`, one to `/data/out` to
//! `/tmp/x/root/data/out`. An input that the job itself has written there is read from there.

use std::path::{Component, Path, PathBuf};

use crate::exec::io::Location;

use super::job::Job;

impl Job<'_> {
    /// Where an output goes.
    pub(super) fn output_path(&self, path: String) -> String {
        match self.options.outputs_below.as_deref().and_then(|root| below(root, &path)) {
            Some(other) => other.display().to_string(),
            None => path,
        }
    }

    /// Where inputs are read: a list of paths and globs.
    pub(super) fn input_path(&self, spec: String) -> String {
        let Some(root) = self.options.outputs_below.as_deref().filter(|root| root.exists()) else { return spec };
        let one = |path: &str| match below(root, path).filter(|other| plain_part(other).exists()) {
            Some(other) => other.display().to_string(),
            None => path.to_owned(),
        };
        spec.split(',').map(one).collect::<Vec<_>>().join(",")
    }
}

/// A path below a root; none for what is no local path.
fn below(root: &Path, path: &str) -> Option<PathBuf> {
    let location = Location::parse(path);
    if !location.is_local() || location.path.is_empty() {
        return None;
    }
    let path = Path::new(location.path);
    let mut out = root.join(if path.is_absolute() { "root" } else { "here" });
    for component in path.components() {
        match component {
            Component::Normal(name) => out.push(name),
            Component::ParentDir => out.push("up"),
            Component::RootDir | Component::CurDir | Component::Prefix(_) => {}
        }
    }
    Some(out)
}

/// The path before its first glob.
fn plain_part(path: &Path) -> PathBuf {
    let is_plain =
        |component: &Component<'_>| !component.as_os_str().as_encoded_bytes().iter().any(|byte| b"*?[{".contains(byte));
    path.components().take_while(is_plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_keep_their_form_below_the_root() {
        let shown = |path: &str| below(Path::new("/t"), path).map(|path| path.display().to_string());
        assert_eq!(shown("out/x"), Some("/t/here/out/x".to_owned()));
        assert_eq!(shown("./out/../x/"), Some("/t/here/out/up/x".to_owned()));
        assert_eq!(shown("file:///data/out"), Some("/t/root/data/out".to_owned()));
        assert_eq!(shown("s3://bucket/out"), None);
        assert_eq!(plain_part(Path::new("/t/here/out/part-*")), Path::new("/t/here/out"));
    }
}
