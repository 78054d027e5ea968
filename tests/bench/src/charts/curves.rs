//! One panel for rows that differ in one number, such as a size: a curve for each contender, both axes logarithmic.

use std::path::Path;

use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

use crate::report::{Role, Row, figure};

use super::{Drawn, INK, LIMITS, OURS, PANEL, Report, TITLE, style, title};

const HEIGHT: i32 = 420;
/// Left of the axis, for its figures.
const LEFT: i32 = 90;
/// Below the axis, for its figures.
const BELOW: i32 = 34;
/// Right of the last point, for names.
const RIGHT: i32 = 170;

/// Whether the names of all rows are numbers, or sizes such as `4 KiB`, and there are enough for a curve.
pub(super) fn fits(rows: &[&Row]) -> bool {
    rows.len() > 3
        && rows.iter().all(|row| number(&row.name).is_some())
        && rows.iter().all(|row| row.bars.is_empty())
        && rows.iter().all(|row| row.entries.len() <= LIMITS.len() + 1)
}

fn number(name: &str) -> Option<f64> {
    let (digits, unit) = name.split_once(' ').unwrap_or((name, "B"));
    let unit = match unit {
        "B" => 1.0,
        "KiB" => 1024.0,
        "MiB" => 1024.0 * 1024.0,
        _ => return None,
    };
    digits.parse::<f64>().ok().map(|it| it * unit)
}

pub(super) fn draw<'picture>(
    path: &'picture Path,
    name: &str,
    rows: &[&Row],
    report: &Report,
) -> Drawn<'picture> {
    let width = 2 * PANEL;
    let picture = SVGBackend::new(path, (width.unsigned_abs(), HEIGHT.unsigned_abs())).into_drawing_area();
    picture.fill(&WHITE)?;
    title(&picture, name, rows, report)?;

    let (left, right) = (LEFT, width - RIGHT);
    let (top, bottom) = (TITLE + 20, HEIGHT - BELOW);
    let sizes: Vec<f64> = rows.iter().filter_map(|row| number(&row.name)).collect();
    let medians = rows.iter().flat_map(|row| &row.entries).map(super::Entry::median);
    let (lowest, highest) = medians.fold((f64::MAX, 0.0_f64), |(low, high), it| (low.min(it), high.max(it)));
    // Whole powers of ten.
    let (lowest, highest) = (lowest.log10().floor(), highest.log10().ceil());
    let (first, last) = (sizes[0].ln(), sizes[sizes.len() - 1].ln());
    #[allow(clippy::cast_possible_truncation, reason = "within the picture")]
    let across =
        |size: f64| left + (f64::from(right - left) * (size.ln() - first) / (last - first)).round() as i32;
    #[allow(clippy::cast_possible_truncation, reason = "within the picture")]
    let up = |value: f64| {
        bottom - (f64::from(bottom - top) * (value.log10() - lowest) / (highest - lowest)).round() as i32
    };

    let mut power = lowest;
    while power <= highest {
        let value = 10_f64.powf(power);
        let line = PathElement::new([(left, up(value)), (right, up(value))], super::PEER.stroke_width(1));
        picture.draw(&line)?;
        picture.draw_text(&figure(value), &style(14, INK, HPos::Right), (left - 8, up(value)))?;
        power += 1.0;
    }
    for (row, size) in rows.iter().zip(&sizes) {
        picture.draw_text(&row.name, &style(13, INK, HPos::Center), (across(*size), bottom + 16))?;
    }

    let mut limits = LIMITS.into_iter();
    let entries = &rows[0].entries;
    for entry in entries {
        let colour = if entry.role == Role::Ours { OURS } else { limits.next().unwrap_or(INK) };
        let points: Vec<(i32, i32)> = rows
            .iter()
            .zip(&sizes)
            .filter_map(|(row, size)| Some((across(*size), up(row.named(&entry.name)?.median()))))
            .collect();
        picture.draw(&PathElement::new(points.clone(), colour.stroke_width(2)))?;
        for point in &points {
            picture.draw(&Circle::new(*point, 3, colour.filled()))?;
        }
        // The slower one's name stands above its curve's end, the other's below.
        let slower =
            entries.iter().all(|other| median_at_end(rows, &other.name) <= median_at_end(rows, &entry.name));
        if let Some((x, y)) = points.last() {
            let y = if slower { y - 8 } else { y + 8 };
            picture.draw_text(&entry.name, &style(14, colour, HPos::Left), (x + 8, y))?;
        }
    }
    picture.present()
}

fn median_at_end(rows: &[&Row], name: &str) -> f64 {
    rows.last().and_then(|row| row.named(name)).map_or(0.0, super::Entry::median)
}
