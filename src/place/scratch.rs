//! What a command needs while it lives: a folder that goes with it.

use super::{beside, claim, lock_dead};
use crate::error::Result;
use crate::paths::real_path;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// The kind of a folder for a command's own use.
const SCRATCH: &str = "scratch";

/// A folder for a command's own use among the temporary files. It goes with the command; where that was killed, with the
/// next one.
#[derive(Debug)]
pub struct Scratch {
    path: PathBuf,
    _lock: File,
}

impl Scratch {
    /// Makes one in `folder`, named after the command, that nobody else may look into.
    pub fn create(folder: &Path, command: &str) -> Result<Self> {
        let place = real_path(&folder.join(command))?;
        for dead in beside(&place, SCRATCH)? {
            // Of others who share the folder nothing can be removed, and need not be.
            if let Ok(lock) = File::open(&dead)
                && lock_dead(&lock)
            {
                let _ = fs::remove_dir_all(&dead);
            }
        }
        let (path, lock) = claim(&place, SCRATCH, 0o700)?;
        Ok(Self { path, _lock: lock })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::MetadataExt;

    #[test]
    fn it_goes_with_its_command_or_with_the_next_one() {
        let dir = tempfile::tempdir().unwrap();
        let here = || fs::read_dir(dir.path()).unwrap().count();
        fs::create_dir_all(dir.path().join(".plan.scratch-77-0/deep")).unwrap();
        fs::create_dir(dir.path().join(".planner.scratch-77-0")).unwrap();
        let one = Scratch::create(dir.path(), "plan").unwrap();
        let two = Scratch::create(dir.path(), "plan").unwrap();
        assert!(one.path().is_dir() && two.path().is_dir());
        assert_eq!(here(), 3, "the dead one of this command is gone");
        assert_eq!(fs::metadata(one.path()).unwrap().mode() & 0o777, 0o700);
        drop((one, two));
        assert_eq!(here(), 1);
    }
}
