//! The manual page: one page that holds every command with its options, since nothing installs several.

use crate::cli::Cli;
use clap::CommandFactory;
use clap_mangen::Man;
use std::io::{Result, Write};

/// The whole page, in roff.
pub(super) fn page() -> Result<Vec<u8>> {
    let mut all = Cli::command().disable_help_subcommand(true);
    all.build();
    let whole = Man::new(all.clone());
    let mut page = Vec::new();
    whole.render_title(&mut page)?;
    part(&mut page, |out| whole.render_name_section(out))?;
    part(&mut page, |out| whole.render_synopsis_section(out))?;
    part(&mut page, |out| whole.render_description_section(out))?;
    part(&mut page, |out| whole.render_options_section(out))?;
    for command in all.get_subcommands() {
        section(&mut page, command)?;
    }
    part(&mut page, |out| whole.render_extra_section(out))?;
    part(&mut page, |out| whole.render_version_section(out))?;
    Ok(page)
}

/// A command as a section of the page; what would be sections of a page of its own stand below it.
fn section(page: &mut Vec<u8>, command: &clap::Command) -> Result<()> {
    let name = command.get_bin_name().unwrap_or_else(|| command.get_name());
    writeln!(page, ".SH \"{}\"", name.to_uppercase())?;
    // Told once, for the program: every command has it.
    let man = Man::new(command.clone().mut_arg("help", |arg| arg.hide(true)));
    let mut own = Vec::new();
    part(&mut own, |out| man.render_description_section(out))?;
    part(&mut own, |out| man.render_synopsis_section(out))?;
    part(&mut own, |out| man.render_options_section(out))?;
    for line in String::from_utf8_lossy(&own).lines().filter(|line| *line != ".SH DESCRIPTION") {
        match line.strip_prefix(".SH ") {
            Some(heading) => writeln!(page, ".SS {heading}")?,
            None => writeln!(page, "{line}")?,
        }
    }
    Ok(())
}

/// A section without the two lines that define the apostrophe, which the title has written already.
fn part(page: &mut Vec<u8>, render: impl FnOnce(&mut dyn Write) -> Result<()>) -> Result<()> {
    let mut own = Vec::new();
    render(&mut own)?;
    for line in String::from_utf8_lossy(&own).lines() {
        if !line.starts_with(".ie ") && !line.starts_with(".el ") {
            writeln!(page, "{line}")?;
        }
    }
    Ok(())
}
