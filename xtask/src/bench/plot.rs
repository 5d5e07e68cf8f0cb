//! Panels of a plot, as SVG: lines over two logarithmic axes.

use std::fmt::Write as _;

use indicatif::HumanFloatCount;

/// The colours of two sides.
pub(super) const BLUE: &str = "#1d5fd1";
pub(super) const ORANGE: &str = "#c2570c";

/// How wide a picture of two columns is, where the first panel begins, how large each is, and how far apart they are.
const WIDTH: f64 = 900.0;
const LEFT: f64 = 70.0;
const TOP: f64 = 110.0;
const PANEL_WIDTH: f64 = 300.0;
const PANEL_HEIGHT: f64 = 220.0;
const STEP_X: f64 = 430.0;
const STEP_Y: f64 = 295.0;
const LEGEND_STEP: f64 = 210.0;

/// How high what is around the rows is, and how much each row takes.
const AROUND: f64 = 100.0;
const ROW: f64 = 300.0;

/// How high two figures have to be apart to be read.
const FIGURE_HEIGHT: f64 = 14.0;

/// A logarithmic axis, by the powers of ten at its ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Axis {
    pub(super) low: f64,
    pub(super) high: f64,
}

impl Axis {
    /// The axis that has all of these in it.
    pub(super) fn around(numbers: impl Iterator<Item = f64>) -> Self {
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

/// A place on a line: its number below, the median and the 99th percentile.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) x: f64,
    pub(super) p50_ms: f64,
    pub(super) p99_ms: f64,
}

/// The places of one system.
pub(super) struct Line {
    pub(super) colour: &'static str,
    pub(super) places: Vec<Place>,
}

/// One panel: what is asked, over what.
pub(super) struct Panel<'a> {
    /// Its row and its column.
    pub(super) place: (u8, u8),
    pub(super) title: &'a str,
    pub(super) over: &'a str,
    pub(super) lines: Vec<Line>,
    pub(super) x: Axis,
    pub(super) y: Axis,
}

impl Panel<'_> {
    pub(super) fn draw(&self, text: &mut String) {
        let (left, top, width, height) = (self.left(), self.top(), PANEL_WIDTH, PANEL_HEIGHT);
        let Self { title, over, .. } = *self;
        let (bottom, middle) = (top + height, left + width / 2.0);
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
                "<path d=\"M{left} {y:.1}h{width}\" stroke=\"#ddd\"/><text x=\"{}\" y=\"{:.1}\" \
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
                "<path d=\"M{x:.1} {top}v{height}\" stroke=\"#eee\"/><text x=\"{x:.1}\" y=\"{}\" \
                 text-anchor=\"middle\">{}</text>",
                bottom + 18.0,
                grouped(10_f64.powf(mark))
            );
        }
        self.draw_lines(text);
    }

    fn draw_lines(&self, text: &mut String) {
        let mut ends = Vec::new();
        for Line { colour, places } in &self.lines {
            let Some(last) = places.last() else { continue };
            ends.push((colour, self.x_of(last.x), self.y_of(last.p50_ms), last.p50_ms));
            let at = |place: &Place, ms: f64| format!("{:.1},{:.1}", self.x_of(place.x), self.y_of(ms));
            let p50: Vec<String> = places.iter().map(|place| at(place, place.p50_ms)).collect();
            let p99 = places.iter().rev().map(|place| at(place, place.p99_ms));
            let area: Vec<String> = p50.iter().cloned().chain(p99).collect();
            let _ = writeln!(
                text,
                "<polygon points=\"{}\" fill=\"{colour}\" fill-opacity=\"0.12\"/>\n\
                 <polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"3\"/>",
                area.join(" "),
                p50.join(" ")
            );
            for place in places {
                let (x, y) = (self.x_of(place.x), self.y_of(place.p50_ms));
                let _ = writeln!(text, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\" fill=\"{colour}\"/>");
            }
        }
        // Where two lines end at the same height, their figures must not.
        let close = ends.iter().map(|(_, _, y, _)| *y).reduce(|one, other| one - other).unwrap_or_default();
        let apart = if close.abs() < FIGURE_HEIGHT { (FIGURE_HEIGHT - close.abs()) / 2.0 } else { 0.0 };
        for (place, (colour, x, y, p50_ms)) in ends.into_iter().enumerate() {
            let is_upper = (place == 0) == (close <= 0.0);
            let y = if is_upper { y - apart } else { y + apart };
            let _ = writeln!(
                text,
                "<text x=\"{:.1}\" y=\"{:.1}\" font-weight=\"bold\" fill=\"{colour}\">{} ms</text>",
                x + 8.0,
                y + 4.0,
                figure(p50_ms)
            );
        }
    }

    fn left(&self) -> f64 {
        LEFT + STEP_X * f64::from(self.place.1)
    }

    fn top(&self) -> f64 {
        TOP + STEP_Y * f64::from(self.place.0)
    }

    fn x_of(&self, number: f64) -> f64 {
        self.left() + PANEL_WIDTH * self.x.part(number).clamp(0.0, 1.0)
    }

    fn y_of(&self, number: f64) -> f64 {
        self.top() + PANEL_HEIGHT * (1.0 - self.y.part(number).clamp(0.0, 1.0))
    }
}

/// The beginning of a picture of so many rows: its title, what its shades are, and what its colours stand for.
pub(super) fn head(rows: u8, title: &str, below: &str, legend: [(&str, &str); 2]) -> String {
    let height = AROUND + ROW * f64::from(rows);
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" font-family=\"sans-serif\" \
         font-size=\"12\" fill=\"#333\">\n<rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#fff\"/>\n\
         <text x=\"{LEFT}\" y=\"32\" font-size=\"18\" font-weight=\"bold\">{title}</text>\n\
         <text x=\"{LEFT}\" y=\"54\">{below}</text>\n"
    );
    for (place, (colour, what)) in (0_u8..).zip(legend) {
        let x = LEFT + LEGEND_STEP * f64::from(place);
        let _ = writeln!(
            text,
            "<path d=\"M{x} 72h24\" stroke=\"{colour}\" stroke-width=\"3\"/><text x=\"{}\" y=\"76\" \
             font-weight=\"bold\" fill=\"{colour}\">{what}</text>",
            x + 30.0
        );
    }
    text
}

#[expect(clippy::cast_precision_loss, reason = "a place in a plot")]
pub(super) fn number(count: u64) -> f64 {
    count as f64
}

/// 1,000,000 for a million.
pub(super) fn grouped(number: f64) -> String {
    format!("{:.0}", HumanFloatCount(number))
}

/// Three digits that count.
pub(super) fn figure(number: f64) -> String {
    match number {
        100.0.. => format!("{number:.0}"),
        10.0.. => format!("{number:.1}"),
        _ => format!("{number:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_begins_and_ends_at_powers_of_ten() {
        let axis = Axis::around([10_014.0, 1_000_009.0].into_iter());
        assert_eq!(axis, Axis { low: 4.0, high: 6.0 });
        assert_eq!(axis.part(100_000.0), 0.5);
        assert_eq!(Axis::around([3.0].into_iter()), Axis { low: 0.0, high: 1.0 });
        assert_eq!(grouped(1_000_000.0), "1,000,000");
        assert_eq!(grouped(100.0), "100");
    }
}
