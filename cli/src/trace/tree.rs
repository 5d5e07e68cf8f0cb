//! Spans below the ones that led to them, in the order of time.

use super::span::Span;
use crate::{
    output::{BAD, FAINT, HEADING, styled},
    table,
};

/// The spans of a trace, sorted by their beginnings, as a table for people.
pub(super) fn render(trace_id: &str, spans: &[Span]) -> String {
    let begin = spans.first().map_or(0, |span| span.start_ns);
    let is_known = |id: &str| spans.iter().any(|span| span.span_id == id);
    let mut rows = Vec::new();
    for root in spans.iter().filter(|span| !is_known(&span.parent_span_id)) {
        add(&mut rows, spans, root, begin, 0);
    }
    let headings = ["at ms", "took ms", "lag ms", "service", "what"];
    let table = table::render(&headings, &rows, &[0, 1, 2]);
    format!("{} {trace_id}\n{table}", styled(HEADING, "trace"))
}

fn add(rows: &mut Vec<Vec<String>>, spans: &[Span], span: &Span, begin: u64, depth: usize) {
    let place = match (span.attributes.get("passbook.commit"), span.attributes.get("passbook.version")) {
        (Some(commit), Some(version)) => format!("  {}", styled(FAINT, format!("{commit} {version}"))),
        _ => String::new(),
    };
    let failed = if span.has_failed { format!("  {}", styled(BAD, "failed")) } else { String::new() };
    rows.push(vec![
        ms(span.start_ns.saturating_sub(begin)),
        ms(span.end_ns.saturating_sub(span.start_ns)),
        span.lag_ms.map(|ms| ms.to_string()).unwrap_or_default(),
        span.service.clone(),
        format!("{}{}{place}{failed}", "  ".repeat(depth), span.name),
    ]);
    // A span is nobody's child by its own id, so this ends.
    for child in
        spans.iter().filter(|child| child.parent_span_id == span.span_id && child.span_id != span.span_id)
    {
        add(rows, spans, child, begin, depth + 1);
    }
}

/// Nanoseconds in milliseconds, with one digit.
fn ms(nanoseconds: u64) -> String {
    let tenths = nanoseconds / 100_000;
    format!("{}.{}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::{super::span, *};

    const LINE: &str = include_str!("trace.json");

    #[test]
    fn each_span_is_below_the_one_that_led_to_it() {
        let mut spans: Vec<Span> = LINE.lines().flat_map(span::spans).collect();
        spans.sort_by_key(|span| span.start_ns);
        let rendered = render("4bf92f3577b34da6a3ce929d0e0e4736", &spans);
        let rendered = anstream::adapter::strip_str(&rendered).to_string();
        let expected = "\
trace 4bf92f3577b34da6a3ce929d0e0e4736
at ms  took ms  lag ms  service      what
  0.0     12.5          command-api  POST /v1/transfers
  4.0      5.1          command-api    append commit  5f2b8c1d09e7a364 5
 20.0      3.0      24  relay          project journal  5f2b8c1d09e7a364 5  failed
";
        assert_eq!(rendered, expected);
    }
}
