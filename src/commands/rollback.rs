//! `rollback`: a kept output takes the place of OUT again.

use super::Console;
use crate::cli::{Exit, RollbackArgs};
use crate::error::{Error, Result};
use crate::lock::Lock;
use crate::{names, place};

/// What can be done where a run holds OUT: its output would take the place of the one that was put back.
const WAY: &str = "let it end, or stop it (kill -TERM), then roll back";

pub(super) fn rollback(args: &RollbackArgs, console: &mut Console) -> Result<Exit> {
    if args.list {
        let kept = place::kept(&args.out)?;
        if kept.is_empty() {
            let _ = writeln!(console.stderr, "dechaff: no earlier output of {} is kept", names::shown(&args.out));
        }
        for kept in kept {
            console.print(format!("{}  {}  {}\n", kept.sequence, kept.started, names::shown(&kept.path)))?;
        }
        return Ok(Exit::Done);
    }
    let _lock = Lock::take(&args.out, None).map_err(|error| match error {
        Error::Locked { out, holder, .. } => Error::Locked { out, holder, way: WAY },
        other => other,
    })?;
    let (was, now) = place::rollback(&args.out, args.to)?;
    let mut text = format!("dechaff: {} is now output {} of {}", names::shown(&args.out), now.sequence, now.started);
    if let Some(was) = was {
        text += &format!("; output {was} is kept and comes back with --to {was}");
    }
    let _ = writeln!(console.stderr, "{text}");
    Ok(Exit::Done)
}
