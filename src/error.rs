//! What can fail, in one enum. Every message names the file and says what to do.

use std::path::PathBuf;

/// Short form for results of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// A failure that ends a command. Faults of single input files are not errors: they become quarantine records.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The command line or a configuration asks for something that cannot be done (exit code 2).
    #[error("{0}")]
    Usage(String),
    /// A configuration file or a variable asks for something that there is not (exit code 2).
    #[error("{0}")]
    Config(String),
    /// A rules file is not valid (exit code 2).
    #[error("rules file {path}: {message}")]
    Rules {
        /// The file, or `built-in`.
        path: PathBuf,
        /// What is wrong and where.
        message: String,
    },
    /// A file or folder could not be read, written or moved (exit code 1).
    #[error("{stage}: {path}: {source}")]
    Io {
        /// The stage of the run that failed.
        stage: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// An output folder is missing parts or does not fit together (exit code 10).
    #[error("{path}: {message}")]
    State {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong and the way out.
        message: String,
    },
    /// Another run holds OUT (exit code 11).
    #[error(
        "OUT {} is held by another run ({holder}): wait for it with --wait, or let it end",
        crate::names::shown(out)
    )]
    Locked {
        /// The output folder.
        out: PathBuf,
        /// Who holds it: process, host, start.
        holder: String,
    },
}

impl Error {
    /// Wraps an I/O error with the stage and the path it happened on.
    pub fn io(stage: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { stage, path, source }
    }

    /// The exit code of section "Command line" in the design.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) | Self::Config(_) | Self::Rules { .. } => 2,
            Self::Io { .. } => 1,
            Self::State { .. } => 10,
            Self::Locked { .. } => 11,
        }
    }
}
