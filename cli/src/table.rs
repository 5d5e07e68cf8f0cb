//! Columns for people.

use serde_json::Value;

use crate::output::{HEADING, styled};

/// Rows under their headings, each column as wide as its widest cell; the `right` ones are flush right, as numbers are.
pub(crate) fn render(headings: &[&str], rows: &[Vec<String>], right: &[usize]) -> String {
    let heading = headings.iter().map(|heading| (*heading).to_owned()).collect::<Vec<_>>();
    let lines: Vec<&Vec<String>> =
        (!heading.is_empty()).then_some(&heading).into_iter().chain(rows).collect();
    let columns = lines.iter().map(|line| line.len()).max().unwrap_or_default();
    let width = |column: usize| {
        lines
            .iter()
            .filter_map(|line| line.get(column))
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or_default()
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let cell = |(column, text): (usize, &String)| {
        let width = widths.get(column).copied().unwrap_or_default();
        if right.contains(&column) { format!("{text:>width$}") } else { format!("{text:<width$}") }
    };
    let line = |line: &&Vec<String>| {
        let cells: Vec<String> = line.iter().enumerate().map(cell).collect();
        format!("{}\n", cells.join("  ").trim_end())
    };
    let (heading, body) = lines.split_at(usize::from(!headings.is_empty()));
    let heading = heading.iter().map(line).map(|line| format!("{}\n", styled(HEADING, line.trim_end())));
    heading.chain(body.iter().map(line)).collect()
}

/// A field of an answer as a cell: a text without its quotes, and nothing for what is not there.
pub(crate) fn text(value: &Value, name: &str) -> String {
    match &value[name] {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::render;

    #[test]
    fn numbers_are_flush_right_and_nothing_trails() {
        let rows = [vec!["a".to_owned(), "1.00".to_owned()], vec!["long".to_owned(), "250.00".to_owned()]];
        let rendered = anstream::adapter::strip_str(&render(&["id", "amount"], &rows, &[1])).to_string();
        assert_eq!(rendered, "id    amount\na       1.00\nlong  250.00\n");
        assert_eq!(render(&[], &rows, &[]), "a     1.00\nlong  250.00\n");
    }
}
