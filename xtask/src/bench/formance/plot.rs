//! The plot of the section, as SVG: a balance of the past over the length of its account, and the balance of now.

use super::{
    super::plot::{Axis, BLUE, Line, ORANGE, Panel, Place, head, number},
    figures::{Point, Question, Questions, System},
};

const PANELS: [(Question, &str); 2] =
    [(Question::AsOf, "Balance at a moment of the past"), (Question::Balance, "Balance")];

pub(super) fn svg(questions: &Questions) -> String {
    let lines = |question| System::ALL.map(|system| line(questions, question, system));
    let times = PANELS.iter().flat_map(|(question, _)| lines(*question)).flat_map(|line| line.places);
    let y = Axis::around(times.flat_map(|place| [place.p50_ms, place.p99_ms]));
    let x = Axis::around(questions.reads.iter().map(|point| number(point.length)));
    let mut text = head(
        1,
        "How long a client waits for a balance, in ms (both axes logarithmic)",
        "One client. Lines are the median; the shade reaches up to the 99th percentile.",
        [(ORANGE, "Formance Ledger"), (BLUE, "Passbook")],
    );
    for (column, (question, title)) in (0_u8..).zip(PANELS) {
        let (over, lines) = ("transactions of the account", lines(question).into());
        Panel { place: (0, column), title, over, lines, x, y }.draw(&mut text);
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
        System::Formance => ORANGE,
        System::Passbook => BLUE,
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
