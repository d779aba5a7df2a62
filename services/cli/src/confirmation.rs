//! Asking before something is done that cannot be undone.

use std::io::{IsTerminal, Write};

use crate::CliError;

/// Returns whether the person at the terminal says yes to `what`. Where there is no terminal nobody is asked, and the answer
/// is no.
///
/// # Errors
/// When the terminal cannot be read.
pub(crate) fn asked(what: &str) -> Result<bool, CliError> {
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return Ok(false);
    }
    eprint!("{what}. Go on? [y/N] ");
    let failed = CliError::file("the terminal", "asked");
    let mut answer = String::new();
    std::io::stderr().flush().and_then(|()| std::io::stdin().read_line(&mut answer)).map_err(failed)?;
    Ok(["y", "yes"].contains(&answer.trim().to_ascii_lowercase().as_str()))
}
