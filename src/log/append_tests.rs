use std::{fs, os::unix::fs::PermissionsExt};

use super::*;
use crate::log::BODY_BYTES_MAX;

fn written(folder: &Path, bodies: &[Vec<u8>]) -> PathBuf {
    let path = folder.join("x.log");
    let _ = fs::remove_file(&path);
    let (mut log, _) = AppendLog::open(&path, Visibility::Secret).unwrap();
    let bodies: Vec<&[u8]> = bodies.iter().map(Vec::as_slice).collect();
    log.append_all(&bodies).unwrap();
    log.sync().unwrap();
    assert_eq!(log.len_bytes(), fs::metadata(&path).unwrap().len());
    path
}

fn bodies(words: &[&str]) -> Vec<Vec<u8>> {
    words.iter().map(|w| w.as_bytes().to_vec()).collect()
}

#[test]
fn frames_appended_are_read_back_by_open_and_read() {
    let folder = tempfile::tempdir().unwrap();
    let frames = bodies(&["one", "", "three"]);
    let path = written(folder.path(), &frames);
    let expected = Recovered { frames, truncated_bytes: 0 };
    assert_eq!(read(&path).unwrap(), expected);
    assert_eq!(AppendLog::open(&path, Visibility::Secret).unwrap().1, expected);
}

#[test]
fn created_files_have_the_mode_of_their_visibility() {
    let folder = tempfile::tempdir().unwrap();
    for (visibility, mode) in [(Visibility::Secret, 0o600), (Visibility::Public, 0o644)] {
        let path = folder.path().join(format!("{mode:o}"));
        AppendLog::open(&path, visibility).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, mode);
    }
}

#[test]
fn secret_file_open_to_others_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = written(folder.path(), &bodies(&["one"]));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let error = AppendLog::open(&path, Visibility::Secret).unwrap_err();
    assert!(matches!(error, LogError::Exposed { mode: 0o640, .. }));
    assert!(error.to_string().contains("chmod 600"));
}

#[test]
fn log_open_elsewhere_is_refused_to_writers_but_not_to_readers() {
    let folder = tempfile::tempdir().unwrap();
    let path = written(folder.path(), &bodies(&["one"]));
    let (_held, _) = AppendLog::open(&path, Visibility::Secret).unwrap();
    assert!(matches!(AppendLog::open(&path, Visibility::Secret), Err(LogError::Locked(_))));
    assert_eq!(read(&path).unwrap().frames.len(), 1);
}

#[test]
fn torn_end_is_cut_off_reported_and_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let path = written(folder.path(), &bodies(&["one", "two"]));
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() - 1]).unwrap();
    assert_eq!(read(&path).unwrap().truncated_bytes, 14);
    assert_eq!(fs::metadata(&path).unwrap().len(), whole.len() as u64 - 1);
    let (mut log, recovered) = AppendLog::open(&path, Visibility::Secret).unwrap();
    assert_eq!(recovered, Recovered { frames: bodies(&["one"]), truncated_bytes: 14 });
    assert_eq!(fs::metadata(&path).unwrap().len(), log.len_bytes());
    log.append(b"").unwrap(); // shorter than what was torn
    drop(log);
    let expected = Recovered { frames: bodies(&["one", ""]), truncated_bytes: 0 };
    assert_eq!(read(&path).unwrap(), expected);
}

#[test]
fn end_of_zeros_counts_as_torn() {
    let folder = tempfile::tempdir().unwrap();
    let path = written(folder.path(), &bodies(&["one"]));
    let mut bytes = fs::read(&path).unwrap();
    bytes.extend_from_slice(&[0; 5000]);
    fs::write(&path, &bytes).unwrap();
    let expected = Recovered { frames: bodies(&["one"]), truncated_bytes: 5000 };
    assert_eq!(read(&path).unwrap(), expected);
}

#[test]
fn damage_before_the_last_frame_is_refused_with_its_offset_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = written(folder.path(), &bodies(&["one", "two", "three"]));
    let mut bytes = fs::read(&path).unwrap();
    bytes[8 + 15 + 12] ^= 1; // first byte of the second body
    fs::write(&path, &bytes).unwrap();
    let error = AppendLog::open(&path, Visibility::Secret).unwrap_err();
    assert!(matches!(error, LogError::Damaged { offset: 23, .. }), "{error}");
    assert_eq!(fs::read(&path).unwrap(), bytes);
}

#[test]
fn file_of_another_kind_or_version_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.log");
    fs::write(&path, b"just some text").unwrap();
    assert!(matches!(read(&path), Err(LogError::NotALog(_))));
    fs::write(&path, b"UTLOG\x02\x00\x00").unwrap();
    assert!(matches!(read(&path), Err(LogError::Version { version: 2, .. })));
}

#[test]
fn body_over_the_limit_is_refused_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = written(folder.path(), &bodies(&["one"]));
    let (mut log, _) = AppendLog::open(&path, Visibility::Secret).unwrap();
    let long = vec![0; BODY_BYTES_MAX + 1];
    assert!(matches!(log.append_all(&[b"two", &long]), Err(LogError::TooLong { .. })));
    log.append(b"three").unwrap();
    assert_eq!(read(&path).unwrap().frames, bodies(&["one", "three"]));
}

#[test]
fn failed_write_poisons_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let path = written(folder.path(), &bodies(&["one"]));
    let (mut log, _) = AppendLog::open(&path, Visibility::Secret).unwrap();
    log.file = File::open(&path).unwrap(); // a handle that cannot be written
    assert!(matches!(log.append(b"two"), Err(LogError::Io { action: "write", .. })));
    assert!(matches!(log.append(b"two"), Err(LogError::Poisoned(_))));
    assert!(matches!(log.sync(), Err(LogError::Poisoned(_))));
}

#[test]
fn renamed_log_stays_open_and_locked() {
    let folder = tempfile::tempdir().unwrap();
    let old = written(folder.path(), &bodies(&["old"]));
    let beside = folder.path().join("x.log.new");
    let (mut log, _) = AppendLog::open(&beside, Visibility::Secret).unwrap();
    log.append(b"new").unwrap();
    let mut log = log.rename(&old).unwrap();
    log.append(b"newer").unwrap();
    assert!(matches!(AppendLog::open(&old, Visibility::Secret), Err(LogError::Locked(_))));
    assert_eq!(read(&old).unwrap().frames, bodies(&["new", "newer"]));
    assert!(!beside.exists());
}
