//! The plot of the section, as SVG: four panels with the same logarithmic axis of time.

use std::fmt::Write as _;

use indicatif::HumanFloatCount;

use super::report::{Point, Question, Report, System, figure};

const WIDTH: f64 = 900.0;
const HEIGHT: f64 = 700.0;

/// Where the first panel begins, how large each is, and how far apart they are.
const LEFT: f64 = 70.0;
const TOP: f64 = 110.0;
const PANEL_WIDTH: f64 = 300.0;
const PANEL_HEIGHT: f64 = 220.0;
const STEP_X: f64 = 430.0;
const STEP_Y: f64 = 295.0;

/// Where a point is on the axis below.
type Place = fn(&Point) -> u64;

/// One panel: what is asked, over what.
struct Panel<'a> {
    left: f64,
    top: f64,
    points: &'a [Point],
    question: Question,
    place: Place,
    x: Axis,
    y: Axis,
}

/// A logarithmic axis, by the powers of ten at its ends.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Axis {
    low: f64,
    high: f64,
}

impl Axis {
    /// The axis that has all of these in it.
    fn around(numbers: impl Iterator<Item = f64>) -> Self {
        let logarithms = numbers.filter(|number| *number > 0.0).map(f64::log10);
        let (low, high) = logarithms.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), logarithm| {
            (low.min(logarithm), high.max(logarithm))
        });
        // A hair less, so that 999,990 and 1,000,010 end at the same mark.
        let (low, high) = ((low + 0.02).floor(), (high - 0.02).ceil());
        Self { low, high: high.max(low + 1.0) }
    }

    /// Where a number is, from 0 to 1.
    fn part(self, number: f64) -> f64 {
        (number.log10() - self.low) / (self.high - self.low)
    }

    /// The powers of ten on it.
    fn marks(self) -> impl Iterator<Item = f64> {
        std::iter::successors(Some(self.low), |mark| Some(mark + 1.0))
            .take_while(move |mark| *mark <= self.high)
    }
}

pub(super) fn svg(report: &Report) -> String {
    let columns: [(&[Point], Place, &str); 2] = [
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
    let mut text = head();
    for (row, question) in (0_u8..).zip(Question::ALL) {
        for (column, (points, place, over)) in (0_u8..).zip(columns) {
            let x = Axis::around(points.iter().map(|point| number(place(point))));
            let (left, top) = (LEFT + STEP_X * f64::from(column), TOP + STEP_Y * f64::from(row));
            Panel { left, top, points, question, place, x, y }.draw(&mut text, over);
        }
    }
    text + "</svg>\n"
}

fn head() -> String {
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" \
         font-size=\"12\" fill=\"#333\">\n<rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#fff\"/>\n\
         <text x=\"{LEFT}\" y=\"32\" font-size=\"18\" font-weight=\"bold\">How long a client waits for an answer, in ms \
         (both axes logarithmic)</text>\n\
         <text x=\"{LEFT}\" y=\"54\">One client. Lines are the median; the shade reaches up to the 99th \
         percentile.</text>\n"
    );
    for (x, system) in [(LEFT, System::Crud), (LEFT + 210.0, System::Passbook)] {
        let what = match system {
            System::Crud => "PostgreSQL, normalized",
            System::Passbook => "Passbook",
        };
        let colour = colour(system);
        let _ = writeln!(
            text,
            "<path d=\"M{x} 72h24\" stroke=\"{colour}\" stroke-width=\"3\"/><text x=\"{}\" y=\"76\" font-weight=\"bold\" \
             fill=\"{colour}\">{what}</text>",
            x + 30.0
        );
    }
    text
}

impl Panel<'_> {
    fn draw(&self, text: &mut String, over: &str) {
        let Self { left, top, .. } = *self;
        let (bottom, middle) = (top + PANEL_HEIGHT, left + PANEL_WIDTH / 2.0);
        let mut title = self.question.name().to_owned();
        title[..1].make_ascii_uppercase();
        let _ = writeln!(
            text,
            "<text x=\"{left}\" y=\"{}\" font-size=\"14\" font-weight=\"bold\">{title}</text>\n\
             <text x=\"{middle}\" y=\"{}\" text-anchor=\"middle\">{over}</text>",
            top - 12.0,
            bottom + 38.0
        );
        for mark in self.y.marks() {
            let y = self.y_of(10_f64.powf(mark));
            let _ = writeln!(
                text,
                "<path d=\"M{left} {y:.1}h{PANEL_WIDTH}\" stroke=\"#ddd\"/><text x=\"{}\" y=\"{:.1}\" \
                 text-anchor=\"end\">{}</text>",
                left - 8.0,
                y + 4.0,
                10_f64.powf(mark)
            );
        }
        for mark in self.x.marks() {
            let x = self.x_of(10_f64.powf(mark));
            let _ = writeln!(
                text,
                "<path d=\"M{x:.1} {top}v{PANEL_HEIGHT}\" stroke=\"#eee\"/><text x=\"{x:.1}\" y=\"{}\" \
                 text-anchor=\"middle\">{}</text>",
                bottom + 18.0,
                grouped(10_f64.powf(mark))
            );
        }
        self.lines(text);
    }

    fn lines(&self, text: &mut String) {
        let mut ends = Vec::new();
        for system in System::ALL {
            let of = |point: &Point| {
                Some((self.x_of(number((self.place)(point))), point.of(self.question, system, 1)?.clone()))
            };
            let found: Vec<_> = self.points.iter().filter_map(of).collect();
            let Some((x, last)) = found.last() else { continue };
            ends.push((system, *x, self.y_of(last.p50_ms), last.p50_ms));
            let p50: Vec<String> =
                found.iter().map(|(x, one)| format!("{x:.1},{:.1}", self.y_of(one.p50_ms))).collect();
            let p99 = found.iter().rev().map(|(x, one)| format!("{x:.1},{:.1}", self.y_of(one.p99_ms)));
            let area: Vec<String> = p50.iter().cloned().chain(p99).collect();
            let colour = colour(system);
            let _ = writeln!(
                text,
                "<polygon points=\"{}\" fill=\"{colour}\" fill-opacity=\"0.12\"/>\n\
                 <polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"3\"/>",
                area.join(" "),
                p50.join(" ")
            );
            for (x, one) in &found {
                let y = self.y_of(one.p50_ms);
                let _ = writeln!(text, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\" fill=\"{colour}\"/>");
            }
        }
        // Where two lines end at the same height, their figures must not.
        let close = ends.iter().map(|(_, _, y, _)| *y).reduce(|one, other| one - other).unwrap_or_default();
        let apart = if close.abs() < 14.0 { (14.0 - close.abs()) / 2.0 } else { 0.0 };
        for (place, (system, x, y, p50_ms)) in ends.into_iter().enumerate() {
            let is_upper = (place == 0) == (close <= 0.0);
            let y = if is_upper { y - apart } else { y + apart };
            let _ = writeln!(
                text,
                "<text x=\"{:.1}\" y=\"{:.1}\" font-weight=\"bold\" fill=\"{}\">{} ms</text>",
                x + 8.0,
                y + 4.0,
                colour(system),
                figure(p50_ms)
            );
        }
    }

    fn x_of(&self, number: f64) -> f64 {
        self.left + PANEL_WIDTH * self.x.part(number).clamp(0.0, 1.0)
    }

    fn y_of(&self, number: f64) -> f64 {
        self.top + PANEL_HEIGHT * (1.0 - self.y.part(number).clamp(0.0, 1.0))
    }
}

fn colour(system: System) -> &'static str {
    match system {
        System::Crud => "#c2570c",
        System::Passbook => "#1d5fd1",
    }
}

#[expect(clippy::cast_precision_loss, reason = "a place in a plot")]
fn number(count: u64) -> f64 {
    count as f64
}

/// 1,000,000 for a million.
fn grouped(number: f64) -> String {
    format!("{:.0}", HumanFloatCount(number))
}

#[cfg(test)]
mod tests {
    use super::{super::report::tests::report, *};

    #[test]
    fn an_axis_begins_and_ends_at_powers_of_ten() {
        let axis = Axis::around([10_014.0, 1_000_009.0].into_iter());
        assert_eq!(axis, Axis { low: 4.0, high: 6.0 });
        assert_eq!(axis.part(100_000.0), 0.5);
        assert_eq!(Axis::around([3.0].into_iter()), Axis { low: 0.0, high: 1.0 });
        assert_eq!(grouped(1_000_000.0), "1,000,000");
        assert_eq!(grouped(100.0), "100");
    }

    #[test]
    fn four_panels_have_two_lines_each() {
        let svg = svg(&report());
        assert_eq!(svg.matches("<polyline").count(), 8);
        assert!(svg.contains("150 ms</text>") && svg.contains("1,000,000"), "{svg}");
    }
}
