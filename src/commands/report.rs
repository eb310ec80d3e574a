//! `report`: the pages of an output, made again from its records.

use crate::cli::{Exit, ReportArgs};
use crate::error::Result;
use crate::published::Published;

pub(super) fn report(args: &ReportArgs) -> Result<Exit> {
    let out = Published::open(&args.out)?;
    crate::report::remake(&out, args.pages.options()).map(|()| Exit::Done)
}
