//! Files that a command leaves for others: whole or not at all. They are written beside their place and renamed, so that
//! a full disk leaves neither half of a text nor an empty file that is in the way of the next attempt.

use crate::paths::folder_of;
use std::fs::{self, Permissions};
use std::io::{Error, ErrorKind, Result, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use tempfile::NamedTempFile;

/// Writes a new file. One that is there already is never overwritten: `AlreadyExists`.
pub fn create(path: &Path, bytes: &[u8]) -> Result<()> {
    check_new(path)?;
    beside(path, Permissions::from_mode(0o666), bytes)?.persist_noclobber(path).map_err(|error| error.error)?;
    Ok(())
}

/// Fails with `AlreadyExists` where something is there, be it a link that leads nowhere.
pub fn check_new(path: &Path) -> Result<()> {
    match path.symlink_metadata() {
        Ok(_) => Err(ErrorKind::AlreadyExists.into()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Adds lines at the end of a file, which is made if it is not there.
pub fn append(path: &Path, lines: &[u8]) -> Result<()> {
    // A link stays one.
    let path = &path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let permissions = match fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => metadata.permissions(),
        Ok(_) => return Err(Error::other("is not a file")),
        Err(error) if error.kind() == ErrorKind::NotFound => return create(path, lines),
        Err(error) => return Err(error),
    };
    let mut bytes = fs::read(path)?;
    if !bytes.is_empty() && !bytes.ends_with(b"\n") {
        bytes.push(b'\n');
    }
    bytes.extend_from_slice(lines);
    replace(path, permissions, &bytes)
}

/// Writes a file in the place of the one that may be there.
pub fn replace(path: &Path, permissions: Permissions, bytes: &[u8]) -> Result<()> {
    let file = beside(path, permissions.clone(), bytes)?;
    // The mask of the process holds for new files only.
    file.as_file().set_permissions(permissions)?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// A temporary file in the folder of `path`, written and synced.
fn beside(path: &Path, permissions: Permissions, bytes: &[u8]) -> Result<NamedTempFile> {
    let mut file =
        tempfile::Builder::new().prefix(".dechaff-").permissions(permissions).tempfile_in(folder_of(path))?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn a_new_file_is_no_other_and_has_the_rights_of_one() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("new");
        create(&path, b"one").unwrap();
        assert_eq!(create(&path, b"two").unwrap_err().kind(), ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"one");
        fs::write(dir.path().join("plain"), "").unwrap();
        let mode = |name: &str| fs::metadata(dir.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode("new"), mode("plain"));
        symlink(dir.path().join("nowhere"), dir.path().join("link")).unwrap();
        assert!(create(&dir.path().join("link"), b"").is_err() && !dir.path().join("nowhere").exists());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 3);
    }

    #[test]
    fn lines_are_added_through_a_link_and_rights_stay() {
        let dir = tempfile::tempdir().unwrap();
        let (path, link) = (dir.path().join("lines"), dir.path().join("link"));
        append(&path, b"one").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        symlink(&path, &link).unwrap();
        append(&link, b"two\n").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"one\ntwo\n");
        assert!(link.is_symlink() && fs::metadata(&path).unwrap().permissions().mode() & 0o777 == 0o640);
        assert!(append(dir.path(), b"x").is_err());
    }
}
