//! The plot of the section, as SVG: a balance of the past over the length of its account, and the balance of now.

use super::{
    super::plot::{Axis, Line, Panel, Place, head, legend, number},
    figures::{Point, Question, Questions, System},
};

const WIDTH: f64 = 900.0;
const HEIGHT: f64 = 400.0;

/// Where the first panel begins, how large each is, and how far apart they are.
const LEFT: f64 = 70.0;
const TOP: f64 = 110.0;
const PANEL_WIDTH: f64 = 300.0;
const PANEL_HEIGHT: f64 = 220.0;
const STEP_X: f64 = 430.0;
const LEGEND_STEP: f64 = 210.0;

const PANELS: [(Question, &str); 2] =
    [(Question::AsOf, "Balance at a moment of the past"), (Question::Balance, "Balance")];

pub(super) fn svg(questions: &Questions) -> String {
    let lines = |question| System::ALL.map(|system| line(questions, question, system));
    let times = PANELS.iter().flat_map(|(question, _)| lines(*question)).flat_map(|line| line.places);
    let y = Axis::around(times.flat_map(|place| [place.p50_ms, place.p99_ms]));
    let x = Axis::around(questions.reads.iter().map(|point| number(point.length)));
    let mut text = head(
        (WIDTH, HEIGHT),
        LEFT,
        "How long a client waits for a balance, in ms (both axes logarithmic)",
        "One client. Lines are the median; the shade reaches up to the 99th percentile.",
    );
    legend(&mut text, LEFT, colour(System::Formance), "Formance Ledger");
    legend(&mut text, LEFT + LEGEND_STEP, colour(System::Passbook), "Passbook");
    for (column, (question, title)) in (0_u8..).zip(PANELS) {
        let panel = Panel {
            left: LEFT + STEP_X * f64::from(column),
            top: TOP,
            width: PANEL_WIDTH,
            height: PANEL_HEIGHT,
            title,
            over: "transactions of the account",
            lines: lines(question).into(),
            x,
            y,
        };
        panel.draw(&mut text);
    }
    text + "</svg>\n"
}

fn line(questions: &Questions, question: Question, system: System) -> Line {
    let of = |point: &Point| {
        let one = point.of(question, 1, system)?;
        Some(Place { x: number(point.length), p50_ms: one.p50_ms, p99_ms: one.p99_ms })
    };
    Line { colour: colour(system), places: questions.reads.iter().filter_map(of).collect() }
}

fn colour(system: System) -> &'static str {
    match system {
        System::Formance => "#c2570c",
        System::Passbook => "#1d5fd1",
    }
}

#[cfg(test)]
mod tests {
    use super::{super::report::tests::whole, *};

    #[test]
    fn both_panels_have_a_line_of_each_side() {
        let svg = svg(&whole().questions);
        assert_eq!(svg.matches("<polyline").count(), 4);
        assert!(svg.contains("160 ms</text>") && svg.contains("100,000"), "{svg}");
    }
}
