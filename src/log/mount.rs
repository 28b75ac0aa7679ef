//! Which file systems are on another machine, as far as the system tells.
//!
//! Locks and syncs of a network file system are promises of another machine. Linux names the kind
//! of a file system by a magic number; FUSE has one number for local and remote kinds alike, so
//! there the mount table is asked, and an unknown FUSE kind passes. Elsewhere nothing is refused.

use std::path::Path;

use super::LogError;

/// Refuses a folder that lies on another machine.
#[cfg(target_os = "linux")]
pub(super) fn refuse_network(path: &Path) -> Result<(), LogError> {
    let stat = rustix::fs::statfs(path).map_err(|e| LogError::io("look at", path)(e.into()))?;
    let magic = stat.f_type as u64 & 0xFFFF_FFFF;
    let kind = match magic {
        FUSE => fuse_kind(path)?.filter(|kind| is_remote_fuse(kind)),
        _ => network_kind(magic).map(str::to_owned),
    };
    match kind {
        Some(kind) => Err(LogError::Network { path: path.to_owned(), kind }),
        None => Ok(()),
    }
}

/// Refuses nothing: only Linux is asked.
#[cfg(not(target_os = "linux"))]
pub(super) fn refuse_network(_path: &Path) -> Result<(), LogError> {
    Ok(())
}

#[cfg(target_os = "linux")]
const FUSE: u64 = 0x6573_5546;

/// The name of a network file system by its magic number.
///
/// # Source
/// `statfs(2)` and the kernel's `magic.h`.
fn network_kind(magic: u64) -> Option<&'static str> {
    Some(match magic {
        0x6969 => "nfs",
        0x517B => "smb",
        0xFF53_4D42 => "cifs",
        0xFE53_4D42 => "smb2",
        0x00C3_6400 => "ceph",
        0x5346_414F | 0x6B41_4653 => "afs",
        0x7375_7245 => "coda",
        0x564C => "ncp",
        0x0BD0_0BD0 => "lustre",
        0x0116_1970 => "gfs2",
        0x7461_636F => "ocfs2",
        0x4750_4653 => "gpfs",
        0x0102_1997 => "9p",
        0x786F_4256 => "vboxsf",
        _ => return None,
    })
}

fn is_remote_fuse(kind: &str) -> bool {
    const REMOTE: [&str; 16] = [
        "sshfs",
        "s3fs",
        "rclone",
        "gcsfuse",
        "glusterfs",
        "ceph",
        "davfs",
        "curlftpfs",
        "moosefs",
        "mfs",
        "goofys",
        "juicefs",
        "blobfuse",
        "blobfuse2",
        "smbnetfs",
        "mount-s3",
    ];
    kind.strip_prefix("fuse.").is_some_and(|name| REMOTE.contains(&name))
}

/// What the mount table calls the FUSE file system that `path` lies on.
#[cfg(target_os = "linux")]
fn fuse_kind(path: &Path) -> Result<Option<String>, LogError> {
    use std::{fs, os::unix::fs::MetadataExt};
    let device = fs::metadata(path).map_err(LogError::io("look at", path))?.dev();
    let device = format!("{}:{}", rustix::fs::major(device), rustix::fs::minor(device));
    let table = Path::new("/proc/self/mountinfo");
    let mounts = fs::read_to_string(table).map_err(LogError::io("read", table))?;
    Ok(kind_in(&mounts, &device).map(str::to_owned))
}

/// Finds the file system type of `device` in a mount table.
///
/// # Source
/// `proc_pid_mountinfo(5)`: the third field is the device, the type follows a lone dash.
fn kind_in<'a>(mounts: &'a str, device: &str) -> Option<&'a str> {
    mounts
        .lines()
        .filter(|line| line.split(' ').nth(2) == Some(device))
        .find_map(|line| line.split(' ').skip_while(|field| *field != "-").nth(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn network_kinds_are_told_from_local_ones() {
        let (nfs, ext4, btrfs, tmpfs) = (0x6969, 0xEF53, 0x9123_683E, 0x0102_1994);
        assert_eq!(network_kind(nfs), Some("nfs"));
        assert_eq!([ext4, btrfs, tmpfs].map(network_kind), [None; 3]);
    }

    #[test]
    fn fuse_kind_is_found_by_its_device_and_judged() {
        let mounts = "22 1 0:20 / /proc rw shared:5 - proc proc rw\n\
                      40 1 0:51 / /mnt/far rw,nosuid shared:9 master:1 - fuse.sshfs me@far:/ rw\n\
                      41 1 0:52 / /mnt/near rw - fuseblk /dev/sdb1 rw\n";
        assert_eq!(kind_in(mounts, "0:51"), Some("fuse.sshfs"));
        assert!(is_remote_fuse("fuse.sshfs"));
        assert_eq!(kind_in(mounts, "0:52"), Some("fuseblk"));
        assert!(!is_remote_fuse("fuseblk"));
        assert_eq!(kind_in(mounts, "0:53"), None);
    }

    #[test]
    fn folder_of_this_machine_is_accepted() {
        let folder = tempfile::tempdir().unwrap();
        assert!(refuse_network(folder.path()).is_ok());
    }
}
