//! A section of a document, between marks of its own: whoever measures one leaves all others as they are.

use std::path::Path;

use anyhow::{Context, Result};

use crate::layout::Layout;

/// Writes what was measured into its section of docs/benchmarks.md.
pub(crate) fn write(layout: &Layout, name: &str, text: &str) -> Result<()> {
    write_in(layout, "docs/benchmarks.md", name, text)
}

/// Writes a section of this document.
pub(crate) fn write_in(layout: &Layout, document: &str, name: &str, text: &str) -> Result<()> {
    let file = layout.root.join(document);
    let all = std::fs::read_to_string(&file).with_context(|| unreadable(&file))?;
    let all = replaced(&all, name, text)
        .with_context(|| format!("{} has no section {name} between its marks", file.display()))?;
    std::fs::write(&file, all)?;
    eprintln!("  ✓ {} has it", file.display());
    Ok(())
}

fn unreadable(file: &Path) -> String {
    format!("{} cannot be read", file.display())
}

/// Everything as it was, but for one section.
fn replaced(all: &str, name: &str, text: &str) -> Option<String> {
    let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- end of {name} -->\n"));
    let (before, rest) = all.split_once(&begin)?;
    let (_, after) = rest.split_once(&end)?;
    Some(format!("{before}{begin}\n{}\n\n{end}{after}", text.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str =
        "# All\n\n<!-- a -->\n\nold\n\n<!-- end of a -->\n\n<!-- b -->\n\nkept\n\n<!-- end of b -->\n";

    #[test]
    fn one_section_is_written_and_the_others_stay() {
        let written = replaced(FILE, "a", "new\n").unwrap();
        assert_eq!(written, FILE.replace("old", "new"));
        assert_eq!(replaced(&written, "a", "new").unwrap(), written, "a second time nothing changes");
        assert_eq!(replaced(FILE, "c", "new"), None);
    }
}
