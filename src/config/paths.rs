//! Paths of a pipeline file, against the file's own folder.

use std::path::{Component, Path, PathBuf};

/// Resolves a path of the pipeline file against the file's folder, without the detours that would
/// show in every message: `pipelines/../data` is `data`.
pub(super) fn beside(file: &Path, path: &str) -> PathBuf {
    plain(&file.parent().unwrap_or(Path::new("")).join(path))
}

/// The same place without `.` and `name/..`; a link is kept, since its `..` is somewhere else.
fn plain(path: &Path) -> PathBuf {
    let mut found = PathBuf::new();
    for part in path.components() {
        let named = matches!(found.components().next_back(), Some(Component::Normal(_)));
        match part {
            Component::CurDir => {}
            Component::ParentDir if named && !found.is_symlink() => drop(found.pop()),
            part => found.push(part),
        }
    }
    if found.as_os_str().is_empty() { PathBuf::from(".") } else { found }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_beside_a_file_has_no_detours() {
        for (file, path, expected) in [
            ("pipelines/demo.toml", "../data/riverton", "data/riverton"),
            ("demo.toml", "./data", "data"),
            ("pipelines/demo.toml", "../../up", "../up"),
            ("/a/b/demo.toml", "../../../c", "/../c"),
            ("pipelines/demo.toml", "/abs/./x", "/abs/x"),
            ("pipelines/demo.toml", "..", "."),
        ] {
            assert_eq!(beside(Path::new(file), path), Path::new(expected), "{file} {path}");
        }
    }

    #[test]
    fn path_through_a_link_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let (link, target) = (folder.path().join("link"), folder.path().join("far/away"));
        std::fs::create_dir_all(&target).unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        let found = beside(&link.join("demo.toml"), "../data");
        assert_eq!(found, folder.path().join("link/../data"));
    }
}
