//! Where a command may read and write: real paths, and which of them touch.

use crate::error::{Error, Result};
use crate::names;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

/// Refuses an INPUT that is missing or no folder, and an OUT that lies in INPUT or holds it, by real path.
pub fn check_paths(input: &Path, out: &Path) -> Result<()> {
    check_input(input)?;
    let input_real = input.canonicalize().map_err(Error::io("reading INPUT", input))?;
    let out_real = real_path(out)?;
    let Some(how) = touching(&out_real, &input_real) else { return Ok(()) };
    Err(Error::Usage(format!(
        "OUT {} {how} INPUT {}: choose an OUT beside INPUT or elsewhere, the input is never written to",
        names::shown(out),
        names::shown(input)
    )))
}

/// How one real path touches another, if it does.
fn touching(path: &Path, other: &Path) -> Option<&'static str> {
    if path == other || identity(path).is_some_and(|id| identity(other) == Some(id)) {
        Some("is the same folder as")
    } else if within(path, other) {
        Some("lies inside")
    } else if within(other, path) {
        Some("holds")
    } else {
        None
    }
}

fn within(inner: &Path, outer: &Path) -> bool {
    inner.starts_with(outer)
        // The same folder under another name (a bind mount) has the same device and inode.
        || identity(outer).is_some_and(|id| inner.ancestors().any(|a| identity(a) == Some(id)))
}

/// What no command writes into, beside its own OUT.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protected<'p> {
    /// The input folder.
    Input(&'p Path),
    /// An output, which is replaced as a whole.
    Out(&'p Path),
}

impl<'p> Protected<'p> {
    fn path(self) -> &'p Path {
        match self {
            Self::Input(path) | Self::Out(path) => path,
        }
    }

    fn refuse(self, what: &str, path: &Path, how: &str) -> Error {
        let (name, why) = match self {
            Self::Input(_) => ("INPUT", "the input is never written to"),
            Self::Out(_) => ("OUT", "an output is replaced as a whole and never written into"),
        };
        let (path, folder) = (names::shown(path), names::shown(self.path()));
        Error::Usage(format!("{what} {path} {how} {name} {folder}: choose a place beside it or elsewhere, {why}"))
    }
}

/// Refuses a file that a command shall write, where it lies inside one of these folders, by real path: that of the name
/// itself, and that of what it links to. `what` is the option that names it.
pub fn check_file(what: &str, path: &Path, protected: &[Protected]) -> Result<()> {
    let here = match path.file_name() {
        Some(name) => real_path(folder_of(path))?.join(name),
        None => real_path(path)?,
    };
    let linked = real_path(path)?;
    for folder in protected {
        let real = real_path(folder.path())?;
        if within(&here, &real) || within(&linked, &real) {
            return Err(folder.refuse(what, path, "lies inside"));
        }
    }
    Ok(())
}

/// Refuses a folder that a command shall write, where it lies inside one of these folders, is one, or holds one.
pub fn check_folder(what: &str, path: &Path, protected: &[Protected]) -> Result<()> {
    let path_real = real_path(path)?;
    for folder in protected {
        if let Some(how) = touching(&path_real, &real_path(folder.path())?) {
            return Err(folder.refuse(what, path, how));
        }
    }
    Ok(())
}

/// The real path of a file or folder of which the last parts may not exist yet.
pub fn real_path(path: &Path) -> Result<PathBuf> {
    let absolute = std::path::absolute(path).map_err(Error::io("resolving", path))?;
    let mut real = PathBuf::from("/");
    for part in absolute.components() {
        match part {
            Component::ParentDir => {
                real.pop();
            }
            Component::Normal(name) => {
                let next = real.join(name);
                real = match next.canonicalize() {
                    Ok(found) => found,
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                        if next.symlink_metadata().is_ok() {
                            return Err(Error::Usage(format!(
                                "{}: {} is a symbolic link that leads nowhere: remove it or name another folder",
                                names::shown(path),
                                names::shown(&next)
                            )));
                        }
                        next
                    }
                    Err(error) => return Err(Error::io("resolving", next)(error)),
                };
            }
            Component::RootDir | Component::CurDir | Component::Prefix(_) => {}
        }
    }
    Ok(real)
}

/// A path of INPUT as records have it: it may be typed with `./`, or as a path from here that leads into INPUT. What is
/// neither stays as it is.
pub fn below(input: &Path, typed: &str) -> String {
    let path = names::decode(typed);
    let parts: PathBuf = path.components().filter(|part| !matches!(part, Component::CurDir)).collect();
    let plain = names::is_plain(&parts);
    let mut bare = path.as_os_str().as_bytes();
    while let Some(less) = bare.strip_suffix(b"/") {
        bare = less;
    }
    let as_typed = plain && parts.as_os_str().as_bytes() == bare;
    if plain && input.join(&parts).symlink_metadata().is_ok() {
        return if as_typed { typed.to_owned() } else { names::encode(&parts) };
    }
    let inside = || {
        let (path, input) = (real_path(&path).ok()?, real_path(input).ok()?);
        Some(path.strip_prefix(input).ok()?.to_owned()).filter(|path| names::is_plain(path))
    };
    match inside() {
        Some(path) => names::encode(&path),
        None if plain && !as_typed => names::encode(&parts),
        None => typed.to_owned(),
    }
}

/// Refuses an INPUT that is missing or no folder.
pub fn check_input(input: &Path) -> Result<()> {
    match std::fs::metadata(input) {
        Ok(metadata) if metadata.is_dir() => Ok(()),
        Ok(_) => Err(Error::Usage(format!(
            "INPUT {} is a file, not a folder: name the folder that holds it",
            names::shown(input)
        ))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(Error::Usage(format!(
            "INPUT {} does not exist: check the path (relative paths start at {})",
            names::shown(input),
            std::env::current_dir().map_or_else(|_| "the current folder".into(), |dir| names::shown(&dir))
        ))),
        Err(error) => Err(Error::io("reading INPUT", input)(error)),
    }
}

/// The folder a file stands in.
pub fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn identity(path: &Path) -> Option<(u64, u64)> {
    path.metadata().ok().map(|m| (m.dev(), m.ino()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;

    fn tree() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("in/sub/.hidden")).unwrap();
        fs::write(dir.path().join("in/b.txt"), "text").unwrap();
        dir
    }

    #[test]
    fn refuses_paths_that_touch() {
        let dir = tree();
        let root = dir.path();
        let input = root.join("in");
        symlink(&input, root.join("alias")).unwrap();
        symlink(root.join("gone"), root.join("nowhere")).unwrap();
        assert!(check_paths(&input, &root.join("out")).is_ok());
        assert!(check_paths(&input, &root.join("new/deep/out")).is_ok());
        assert!(check_paths(&input, &root.join("in-out")).is_ok());
        for out in ["in", "in/out", "in/new/../out", "alias/out", "alias", ".", "x/../in/out", "nowhere", "nowhere/x"] {
            assert!(matches!(check_paths(&input, &root.join(out)), Err(Error::Usage(_))), "{out}");
        }
        assert!(matches!(check_paths(&root.join("alias"), &input.join("o")), Err(Error::Usage(_))));
        assert!(matches!(check_paths(&root.join("missing"), &root.join("out")), Err(Error::Usage(_))));
        assert!(matches!(check_paths(&input.join("b.txt"), &root.join("out")), Err(Error::Usage(_))));
    }

    #[test]
    fn refuses_to_write_into_what_is_protected() {
        let dir = tree();
        let root = dir.path();
        let (input, out) = (root.join("in"), root.join("out"));
        symlink(&input, root.join("alias")).unwrap();
        symlink(input.join("b.txt"), root.join("file")).unwrap();
        symlink(root, input.join("up")).unwrap();
        let protected = [Protected::Input(&input), Protected::Out(&out)];
        for name in ["in/new", "in/sub/x/new", "alias/new", "in/../in/new", "file", "in/b.txt"] {
            let error = check_file("--to", &root.join(name), &protected).unwrap_err();
            assert!(error.exit_code() == 2 && error.to_string().contains(" lies inside INPUT "), "{name}: {error}");
        }
        for name in ["new", "in/up/new", "input"] {
            assert!(check_file("--to", &root.join(name), &protected).is_ok(), "{name}");
        }
        // An OUT that is yet to come counts as well.
        assert!(check_file("--to", &out.join("x"), &protected).unwrap_err().to_string().contains("inside OUT"));
        for name in ["in", "in/plan", "alias/plan", "out", "out/plan", ".", "in/up"] {
            assert!(matches!(check_folder("--plan-out", &root.join(name), &protected), Err(Error::Usage(_))), "{name}");
        }
        assert!(check_folder("--plan-out", &root.join("out.plan"), &protected).is_ok());
    }

    #[test]
    fn a_path_below_the_input_may_be_typed_in_many_ways() {
        let dir = tree();
        let input = dir.path().join("in");
        symlink(&input, dir.path().join("alias")).unwrap();
        let whole = |path: &str| dir.path().join(path).to_str().unwrap().to_owned();
        for (typed, meant) in [
            ("sub", "sub"),
            ("sub/", "sub/"),
            ("./sub", "sub"),
            ("sub//.hidden/.", "sub/.hidden"),
            ("nosuch", "nosuch"),
            ("./nosuch", "nosuch"),
            ("..", ".."),
            ("/nosuch", "/nosuch"),
            (&whole("in/sub"), "sub"),
            (&whole("alias/sub/new"), "sub/new"),
            (&whole("in"), &whole("in")),
        ] {
            assert_eq!(below(&input, typed), meant, "{typed}");
        }
    }
}
