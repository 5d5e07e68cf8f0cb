//! The plot of the section, as SVG: four panels with the same logarithmic axis of time.

use super::{
    super::plot::{Axis, BLUE, Line, ORANGE, Panel, Place, head, number},
    report::{Point, Question, Report, System},
};

/// Where a point is on the axis below.
type Over = fn(&Point) -> u64;

pub(super) fn svg(report: &Report) -> String {
    let columns: [(&[Point], Over, &str); 2] = [
        (&report.sizes, |point| point.transactions, "transactions in the bank (accounts of customers)"),
        (&report.lengths, |point| point.each, "transactions of the one account that is asked for"),
    ];
    let all = columns.iter().flat_map(|(points, ..)| points.iter());
    let times = all.flat_map(|point| {
        let of = move |(question, system)| point.of(question, system, 1);
        let wanted =
            Question::ALL.into_iter().flat_map(|question| System::ALL.map(|system| (question, system)));
        wanted.filter_map(of).flat_map(|one| [one.p50_ms, one.p99_ms])
    });
    let y = Axis::around(times);
    let mut text = head(
        2,
        "How long a client waits for an answer, in ms (both axes logarithmic)",
        "One client. Lines are the median; the shade reaches up to the 99th percentile.",
        [(ORANGE, "PostgreSQL, normalized"), (BLUE, "Passbook")],
    );
    for (row, question) in (0_u8..).zip(Question::ALL) {
        for (column, (points, place, over)) in (0_u8..).zip(columns) {
            let mut title = question.name().to_owned();
            title[..1].make_ascii_uppercase();
            let panel = Panel {
                place: (row, column),
                title: &title,
                over,
                lines: System::ALL.map(|system| line(points, question, system, place)).into(),
                x: Axis::around(points.iter().map(|point| number(place(point)))),
                y,
            };
            panel.draw(&mut text);
        }
    }
    text + "</svg>\n"
}

fn line(points: &[Point], question: Question, system: System, place: Over) -> Line {
    let of = |point: &Point| {
        let one = point.of(question, system, 1)?;
        Some(Place { x: number(place(point)), p50_ms: one.p50_ms, p99_ms: one.p99_ms })
    };
    Line { colour: colour(system), places: points.iter().filter_map(of).collect() }
}

fn colour(system: System) -> &'static str {
    match system {
        System::Crud => ORANGE,
        System::Passbook => BLUE,
    }
}

#[cfg(test)]
mod tests {
    use super::{super::report::tests::report, *};

    #[test]
    fn four_panels_have_two_lines_each() {
        let svg = svg(&report());
        assert_eq!(svg.matches("<polyline").count(), 8);
        assert!(svg.contains("150 ms</text>") && svg.contains("1,000,000"), "{svg}");
    }
}
