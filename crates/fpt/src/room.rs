//! Room on disks.

use std::path::Path;

/// Bytes that are free where a folder is, for this user.
#[cfg(unix)]
// Their widths differ from system to system.
#[allow(clippy::useless_conversion)]
pub fn free(folder: &Path) -> Option<u64> {
    use std::os::unix::ffi::OsStrExt;
    let path = std::ffi::CString::new(folder.as_os_str().as_bytes()).ok()?;
    // SAFETY: a `statvfs` of zeros is one, the path ends with 0, and both outlive the call.
    let found = unsafe {
        let mut found: libc::statvfs = std::mem::zeroed();
        (libc::statvfs(path.as_ptr(), &raw mut found) == 0).then_some(found)
    }?;
    Some(u64::from(found.f_bavail) * u64::from(found.f_frsize))
}

/// Nobody asks elsewhere.
#[cfg(not(unix))]
pub fn free(_: &Path) -> Option<u64> {
    None
}
