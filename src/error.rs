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
    /// A templates file is not valid (exit code 2).
    #[error("templates file {path}: {message}")]
    Templates {
        /// The file.
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
    /// INPUT holds nothing to read (exit code 2).
    #[error("{0}")]
    NoInput(String),
    /// The run would change too much (exit code 4).
    #[error(
        "stopped, nothing is published: {}. {}: look at it, then run again with {}, or mend the input",
        trips.iter().map(|trip| trip.message.as_str()).collect::<Vec<_>>().join("; "),
        match unwritten {
            None => format!("The plan is in {}", crate::names::shown(plan)),
            Some(why) => format!("The plan could not be written ({why})"),
        },
        crate::brakes::accept_with(trips)
    )]
    Brake {
        /// The brakes that stopped it.
        trips: Vec<crate::brakes::Trip>,
        /// Where the plan is.
        plan: PathBuf,
        /// Why it is not there, if it is not.
        unwritten: Option<String>,
    },
    /// A signal stopped the run (exit code 128 and its number).
    #[error("stopped by {}: nothing is published", match signal { 2 => "SIGINT".to_owned(), 15 => "SIGTERM".to_owned(), other => format!("signal {other}") })]
    Cancelled {
        /// The number of the signal.
        signal: i32,
    },
    /// Another run holds OUT (exit code 11).
    #[error("OUT {} is held by another run ({holder}): {way}", crate::names::shown(out))]
    Locked {
        /// The output folder.
        out: PathBuf,
        /// Who holds it: process, host, start.
        holder: String,
        /// What can be done.
        way: &'static str,
    },
}

impl Error {
    /// Wraps an I/O error with the stage and the path it happened on, which is copied only then.
    pub fn io(stage: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::Io { stage, path: path.into(), source }
    }

    /// The exit code of section "Command line" in the design.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) | Self::Config(_) | Self::NoInput(_) | Self::Rules { .. } | Self::Templates { .. } => 2,
            Self::Io { .. } => 1,
            Self::State { .. } => 10,
            Self::Brake { .. } => 4,
            Self::Locked { .. } => 11,
            Self::Cancelled { signal } => 128 + (*signal).clamp(1, 64) as u8,
        }
    }
}
