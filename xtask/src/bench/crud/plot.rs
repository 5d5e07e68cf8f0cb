//! The plot of the section, as SVG: four panels with the same logarithmic axis of time.

use super::{
    super::plot::{Axis, Line, Panel, Place, head, legend, number},
    report::{Point, Question, Report, System},
};

const WIDTH: f64 = 900.0;
const HEIGHT: f64 = 700.0;

/// Where the first panel begins, how large each is, and how far apart they are.
const LEFT: f64 = 70.0;
const TOP: f64 = 110.0;
const PANEL_WIDTH: f64 = 300.0;
const PANEL_HEIGHT: f64 = 220.0;
const STEP_X: f64 = 430.0;
const STEP_Y: f64 = 295.0;
const LEGEND_STEP: f64 = 210.0;

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
        (WIDTH, HEIGHT),
        LEFT,
        "How long a client waits for an answer, in ms (both axes logarithmic)",
        "One client. Lines are the median; the shade reaches up to the 99th percentile.",
    );
    legend(&mut text, LEFT, colour(System::Crud), "PostgreSQL, normalized");
    legend(&mut text, LEFT + LEGEND_STEP, colour(System::Passbook), "Passbook");
    for (row, question) in (0_u8..).zip(Question::ALL) {
        for (column, (points, place, over)) in (0_u8..).zip(columns) {
            let mut title = question.name().to_owned();
            title[..1].make_ascii_uppercase();
            let panel = Panel {
                left: LEFT + STEP_X * f64::from(column),
                top: TOP + STEP_Y * f64::from(row),
                width: PANEL_WIDTH,
                height: PANEL_HEIGHT,
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
        System::Crud => "#c2570c",
        System::Passbook => "#1d5fd1",
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
