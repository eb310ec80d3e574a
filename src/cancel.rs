//! Stopping a run from outside: asked for once, seen at the next look, too late once publishing has begun.

use crate::error::{Error, Result};
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};

/// Nothing was asked for.
const RUNNING: i32 = 0;
/// The new output is being swapped in.
const COMMITTED: i32 = -1;

/// Shared by a run and by whoever may stop it. Stages look at it at least once for each document.
#[derive(Debug, Clone, Default)]
pub struct Cancel {
    state: Arc<AtomicI32>,
    /// What is published is thrown away, so that a stop never comes too late.
    never_late: bool,
}

impl Cancel {
    /// For work that only this process sees.
    pub fn never_late() -> Self {
        Self { never_late: true, ..Self::default() }
    }

    /// Asks the run to stop because of a signal. False where that was asked before, or comes too late.
    pub fn request(&self, signal: i32) -> bool {
        self.state.compare_exchange(RUNNING, signal, Ordering::SeqCst, Ordering::SeqCst).is_ok()
    }

    /// Fails with `Error::Cancelled` once a stop was asked for.
    pub fn check(&self) -> Result<()> {
        match self.state.load(Ordering::Relaxed) {
            signal if signal > RUNNING => Err(Error::Cancelled { signal }),
            _ => Ok(()),
        }
    }

    /// From here on the run ends as published. Fails if a stop was asked for before.
    pub fn commit(&self) -> Result<()> {
        if self.never_late {
            return self.check();
        }
        match self.state.compare_exchange(RUNNING, COMMITTED, Ordering::SeqCst, Ordering::SeqCst) {
            Ok(_) | Err(COMMITTED) => Ok(()),
            Err(signal) => Err(Error::Cancelled { signal }),
        }
    }

    /// Whether publishing has begun.
    #[cfg(test)]
    fn is_committed(&self) -> bool {
        self.state.load(Ordering::SeqCst) == COMMITTED
    }
}

impl PartialEq for Cancel {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.state, &other.state)
    }
}

impl Eq for Cancel {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stop_is_asked_for_once_and_not_after_the_commit() {
        let cancel = Cancel::default();
        assert!(cancel.check().is_ok());
        assert!(cancel.request(15) && !cancel.request(2));
        assert_eq!(cancel.clone().check().unwrap_err().exit_code(), 143);
        assert_eq!(cancel.commit().unwrap_err().exit_code(), 143);
        let cancel = Cancel::default();
        assert!(cancel.commit().is_ok() && cancel.commit().is_ok());
        assert!(!cancel.request(2) && cancel.check().is_ok() && cancel.is_committed());
        let cancel = Cancel::never_late();
        assert!(cancel.commit().is_ok() && cancel.request(2) && cancel.check().is_err() && cancel.commit().is_err());
    }
}
