//! Two charts, one above the other, over the same rates: how far behind things are, and how much of a limit is used.

use std::fmt::Write as _;

const WIDTH: f64 = 950.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 690.0;
/// Tops and bottoms of the charts.
const LAGS: (f64, f64) = (60.0, 290.0);
const SHARES: (f64, f64) = (350.0, 530.0);
const HEIGHT: f64 = 590.0;

/// The ends of the axes: commands a second, and milliseconds.
const RATES: (f64, f64) = (50.0, 50_000.0);
const TIMES: (f64, f64) = (50.0, 10_000.0);

/// A line of a chart: its name, its colour, whether it is dashed, and its points.
pub(crate) struct Line {
    pub(crate) name: &'static str,
    pub(crate) colour: &'static str,
    pub(crate) is_dashed: bool,
    pub(crate) points: Vec<(f64, f64)>,
}

/// A rate at which something ends.
pub(crate) struct Limit {
    pub(crate) rate: f64,
    pub(crate) text: String,
}

fn across(rate: f64) -> f64 {
    LEFT + (RIGHT - LEFT) * (rate / RATES.0).ln() / (RATES.1 / RATES.0).ln()
}

fn lag(time: f64) -> f64 {
    LAGS.1 - (LAGS.1 - LAGS.0) * (time.clamp(TIMES.0, TIMES.1) / TIMES.0).ln() / (TIMES.1 / TIMES.0).ln()
}

fn share(share: f64) -> f64 {
    SHARES.1 - (SHARES.1 - SHARES.0) * share.clamp(0.0, 1.2) / 1.2
}

/// The picture.
pub(crate) fn plot(lags: &[Line], shares: &[Line], limits: &[Limit], promised: f64) -> String {
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" \
         font-size=\"12\">\n<title>Lags and use of limits over commands a second, simulated</title>\n\
         <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#ffffff\"/>\n"
    );
    text(
        &mut svg,
        (LEFT, 22.0),
        "How far behind what clients see is, p99 (a line ends where its lag grows without end)",
    );
    text(&mut svg, (LEFT, 340.0), "How much of a limit is used");
    for time in [50.0, 100.0, 200.0, 500.0, 1_000.0, 2_000.0, 5_000.0, 10_000.0] {
        let label = if time < 1_000.0 { format!("{time} ms") } else { format!("{} s", time / 1_000.0) };
        grid(&mut svg, lag(time), &label);
    }
    for part in [0.0, 0.25, 0.5, 0.75, 1.0] {
        grid(&mut svg, share(part), &format!("{:.0} %", part * 100.0));
    }
    for (top, bottom) in [LAGS, SHARES] {
        for rate in [50.0, 100.0, 200.0, 500.0, 1_000.0, 2_000.0, 5_000.0, 10_000.0, 20_000.0, 50_000.0] {
            let x = across(rate);
            let _ = writeln!(svg, "<path d=\"M{x:.1} {top}V{bottom}\" stroke=\"#eeeeee\"/>");
            let _ = writeln!(
                svg,
                "<text x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\">{rate}</text>",
                bottom + 16.0
            );
        }
        upright(&mut svg, promised, (top, bottom), "#222222");
    }
    text(&mut svg, (LEFT, SHARES.1 + 38.0), "commands a second, three in ten of them transfers");
    let _ = writeln!(
        svg,
        "<text x=\"{:.1}\" y=\"{}\" text-anchor=\"middle\" font-weight=\"bold\">{promised} promised</text>",
        across(promised),
        LAGS.0 - 6.0
    );
    for (number, limit) in limits.iter().enumerate() {
        upright(&mut svg, limit.rate, LAGS, "#b02a37");
        let (x, y) = (across(limit.rate) + 4.0, LAGS.0 + 14.0 + 15.0 * number as f64);
        let _ = writeln!(svg, "<text x=\"{x:.1}\" y=\"{y:.1}\" fill=\"#b02a37\">{}</text>", limit.text);
    }
    chart(&mut svg, lags, lag, LAGS);
    chart(&mut svg, shares, share, SHARES);
    svg.push_str("</svg>\n");
    svg
}

fn text(svg: &mut String, (x, y): (f64, f64), what: &str) {
    let _ = writeln!(svg, "<text x=\"{x:.1}\" y=\"{y:.1}\">{what}</text>");
}

fn grid(svg: &mut String, y: f64, label: &str) {
    let _ = writeln!(svg, "<path d=\"M{LEFT} {y:.1}H{RIGHT}\" stroke=\"#dddddd\"/>");
    let (x, y) = (LEFT - 6.0, y + 4.0);
    let _ = writeln!(svg, "<text x=\"{x}\" y=\"{y:.1}\" text-anchor=\"end\" fill=\"#555555\">{label}</text>");
}

fn upright(svg: &mut String, rate: f64, (top, bottom): (f64, f64), colour: &str) {
    let x = across(rate);
    let _ =
        writeln!(svg, "<path d=\"M{x:.1} {top}V{bottom}\" stroke=\"{colour}\" stroke-dasharray=\"2 3\"/>");
}

/// The lines, and their names beside them, one below the other.
fn chart(svg: &mut String, lines: &[Line], height: fn(f64) -> f64, (top, _): (f64, f64)) {
    for (number, Line { name, colour, is_dashed, points }) in lines.iter().enumerate() {
        let places: Vec<String> = points
            .iter()
            .map(|(rate, value)| format!("{:.1},{:.1}", across(*rate), height(*value)))
            .collect();
        let dashes = if *is_dashed { " stroke-dasharray=\"6 4\"" } else { "" };
        let line = format!("fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"{dashes}");
        let _ = writeln!(
            svg,
            "<polyline points=\"{}\" {line}><title>{name}</title></polyline>",
            places.join(" ")
        );
        let y = top + 10.0 + 18.0 * number as f64;
        let (x, end) = (RIGHT + 10.0, RIGHT + 34.0);
        let _ = writeln!(svg, "<path d=\"M{x} {y}H{end}\" {line}/>");
        text(svg, (end + 6.0, y + 4.0), name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_axes_begin_and_end_where_they_say() {
        assert!((across(50.0) - LEFT).abs() < 1e-9 && (across(50_000.0) - RIGHT).abs() < 1e-9);
        assert!((lag(50.0) - LAGS.1).abs() < 1e-9 && (lag(10_000.0) - LAGS.0).abs() < 1e-9);
        assert!(share(1.0) > SHARES.0 && (share(0.0) - SHARES.1).abs() < 1e-9);
    }
}
