//! The plot of the section, as SVG: over the number of clients, and over the length of a stream.

use super::{
    super::plot::{Axis, BLUE, Line, ORANGE, Panel, Place, head},
    report::{Figures, Report, Run},
};

/// Runs whose names begin so, and where each of them is on the axis below.
type Sweep = (&'static str, fn(&Run) -> u32);

pub(super) fn svg(report: &Report) -> String {
    let clients: [Sweep; 2] =
        [("scaling-writers-", |run| run.writers), ("scaling-readers-", |run| run.readers)];
    let lengths: [Sweep; 2] = [("large-streams-", |run| run.length); 2];
    let panels = [
        ("scaling-writers, scaling-readers", "clients at once, each with a request at a time", clients),
        ("large-streams", "events in the stream before", lengths),
    ];
    let panels = panels.map(|(title, over, [appends, reads])| {
        let lines = vec![
            line(report, BLUE, appends, |run| run.appends.as_ref()),
            line(report, ORANGE, reads, |run| run.reads.as_ref()),
        ];
        (title, over, lines)
    });
    let places = || panels.iter().flat_map(|(.., lines)| lines).flat_map(|line| &line.places);
    let y = Axis::around(places().flat_map(|place| [place.p50_ms, place.p99_ms]));
    let mut text = head(
        1,
        "How long an append or a read takes, in ms (both axes logarithmic)",
        "Lines are the median; the shade reaches up to the 99th percentile.",
        [(BLUE, "append of one event"), (ORANGE, "read of up to 100")],
    );
    for (column, (title, over, lines)) in (0_u8..).zip(panels) {
        let x = Axis::around(lines.iter().flat_map(|line| &line.places).map(|place| place.x));
        Panel { place: (0, column), title, over, lines, x, y }.draw(&mut text);
    }
    text + "</svg>\n"
}

fn line(
    report: &Report,
    colour: &'static str,
    (name, over): Sweep,
    of: fn(&Run) -> Option<&Figures>,
) -> Line {
    let runs = report.runs.iter().filter(|run| run.name.starts_with(name));
    let place = |run: &Run| {
        let Figures { p50_ms, p99_ms, .. } = *of(run)?;
        Some(Place { x: f64::from(over(run)), p50_ms, p99_ms })
    };
    Line { colour, places: runs.filter_map(place).collect() }
}

#[cfg(test)]
mod tests {
    use super::{super::report::tests::report, *};

    #[test]
    fn two_panels_have_a_line_of_appends_and_one_of_reads() {
        let svg = svg(&report());
        assert_eq!(svg.matches("<polyline").count(), 4);
        assert!(svg.contains("32.0 ms</text>") && svg.contains("10,000</text>"), "{svg}");
    }
}
