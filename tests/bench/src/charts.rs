//! One picture per group: a panel per row, the contenders ordered by speed, and a line for each limit. Where the rows of a
//! group differ in one number, it is one panel with a curve for each contender.

mod curves;

use std::path::Path;

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::report::{Entry, Report, Role, Row, figure};

type Area<'picture> = DrawingArea<SVGBackend<'picture>, Shift>;
type Drawn<'picture> = Result<(), DrawingAreaErrorKind<<SVGBackend<'picture> as DrawingBackend>::ErrorType>>;

const ACROSS: usize = 3;
const PANEL: i32 = 376;
const LINE: i32 = 20;
/// Left of the bars, for names.
const NAMES: i32 = 176;
/// Right of the longest bar, for its figure.
const FIGURES: i32 = 66;
const TITLE: i32 = 46;
const HEAD: i32 = 44;
/// For the words of a limit: their height, and the length of the longest.
const LIMIT: i32 = 16;
const WORDS: i32 = 150;
/// What is slower than so many times the fastest has a bar that is cut off.
const LONGEST: f64 = 5.0;

const OURS: RGBColor = RGBColor(0x1f, 0x6f, 0xb4);
const PEER: RGBColor = RGBColor(0xb8, 0xbe, 0xc6);
const LIMITS: [RGBColor; 2] = [RGBColor(0xc0, 0x39, 0x2b), RGBColor(0xd3, 0x84, 0x00)];
const INK: RGBColor = RGBColor(0x22, 0x26, 0x2a);
const FAINT: RGBColor = RGBColor(0x60, 0x67, 0x6e);

/// Draws all groups into a folder.
pub(crate) fn draw(report: &Report, folder: &Path) -> Result<(), String> {
    std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    for name in report.groups() {
        let path = folder.join(file_name(name));
        let rows: Vec<&Row> = report.group(name).filter(|row| !row.entries.is_empty()).collect();
        let drawn = if curves::fits(&rows) {
            curves::draw(&path, name, &rows, report)
        } else {
            group(&path, name, &rows, report)
        };
        drawn.map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(())
}

/// Words of letters and digits, with dashes between them.
fn file_name(group: &str) -> String {
    let words: Vec<&str> =
        group.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    words.join("-").to_lowercase() + ".svg"
}

fn group<'picture>(path: &'picture Path, name: &str, rows: &[&Row], report: &Report) -> Drawn<'picture> {
    let across = rows.len().clamp(1, ACROSS);
    let heights: Vec<i32> =
        rows.chunks(across).map(|line| line.iter().map(|row| height(row)).max().unwrap_or(0)).collect();
    let width = PANEL * i32::try_from(across.max(2)).unwrap_or(1);
    let size = (width.unsigned_abs(), (TITLE + heights.iter().sum::<i32>() + 10).unsigned_abs());
    let picture = SVGBackend::new(path, size).into_drawing_area();
    picture.fill(&WHITE)?;
    title(&picture, name, rows, report)?;

    let mut top = TITLE;
    for (line, height) in rows.chunks(across).zip(heights) {
        for (row, left) in line.iter().zip((0..).step_by(PANEL.unsigned_abs() as usize)) {
            panel(&picture, row, (left, top))?;
        }
        top += height;
    }
    picture.present()
}

/// What the picture shows, in what unit, when and where it was measured.
fn title<'picture>(picture: &Area<'picture>, name: &str, rows: &[&Row], report: &Report) -> Drawn<'picture> {
    let unit = rows.first().map_or("", |row| &row.unit);
    picture.draw_text(name, &style(20, INK, HPos::Left), (12, 16))?;
    let below = format!("{unit}, less is better; {}, {}", report.date, report.machine);
    picture.draw_text(&below, &style(14, FAINT, HPos::Left), (12, 34))
}

fn limits(row: &Row) -> impl Iterator<Item = &Entry> {
    row.entries.iter().filter(|entry| entry.role == Role::Limit)
}

/// Of what stands above the bars: the name of the row, and a line for the words of each limit.
fn head(row: &Row) -> i32 {
    HEAD + LIMIT * i32::try_from(limits(row).count().saturating_sub(1)).unwrap_or(0)
}

/// Of a panel.
fn height(row: &Row) -> i32 {
    head(row) + LINE * i32::try_from(bars(row).len()).unwrap_or(0) + 14
}

/// All but the limits, the fastest first.
fn bars(row: &Row) -> Vec<&Entry> {
    let mut entries: Vec<&Entry> = row.entries.iter().filter(|entry| entry.role != Role::Limit).collect();
    entries.sort_by(|one, other| one.median().total_cmp(&other.median()));
    entries
}

fn panel<'picture>(picture: &Area<'picture>, row: &Row, (left, top): (i32, i32)) -> Drawn<'picture> {
    let entries = bars(row);
    let limits: Vec<&Entry> = limits(row).collect();
    let slowest = row.entries.iter().map(Entry::median).fold(0.0, f64::max);
    let fastest = entries.first().map_or(slowest, |entry| entry.median());
    let farthest = limits.iter().map(|limit| limit.median()).fold(0.0, f64::max);
    let most = slowest.min((fastest * LONGEST).max(farthest)).max(f64::MIN_POSITIVE);
    let bars_left = left + NAMES;
    let bars_width = PANEL - NAMES - FIGURES;
    #[allow(clippy::cast_possible_truncation, reason = "within the panel")]
    let along = |value: f64| (f64::from(bars_width) * (value / most).min(1.0)).round() as i32;

    picture.draw_text(&row.name, &style(17, INK, HPos::Left), (left + 12, top + 8))?;
    let first = top + head(row);
    for (entry, y) in entries.iter().zip((first..).step_by(LINE.unsigned_abs() as usize)) {
        let colour = if entry.role == Role::Ours { OURS } else { PEER };
        let end = bars_left + along(entry.median()).max(1);
        let middle = y + LINE / 2;
        picture.draw_text(&entry.name, &style(15, INK, HPos::Right), (bars_left - 6, middle))?;
        picture.draw(&Rectangle::new([(bars_left, y + 3), (end, y + LINE - 3)], colour.filled()))?;
        if entry.median() > most {
            // The bar is longer than that.
            for x in [end - 12, end - 8] {
                let cut = PathElement::new([(x, y + LINE - 1), (x + 4, y + 1)], WHITE.stroke_width(2));
                picture.draw(&cut)?;
            }
        }
        // Behind a limit's line that would go through it.
        let lines = limits.iter().map(|limit| bars_left + along(limit.median()));
        let at = lines.filter(|x| (end..end + 40).contains(x)).max().unwrap_or(end) + 5;
        picture.draw_text(&figure(entry.median()), &style(14, INK, HPos::Left), (at, middle))?;
    }
    let last = first + LINE * i32::try_from(entries.len()).unwrap_or(0);
    let mut lines: Vec<(&Entry, RGBColor)> = limits.into_iter().zip(LIMITS.into_iter().cycle()).collect();
    lines.sort_by(|(one, _), (other, _)| one.median().total_cmp(&other.median()));
    // The words stay within the panel, and the line of the upper ones does not go through the lower ones.
    let to_the_left = lines.iter().any(|(limit, _)| along(limit.median()) > PANEL - NAMES - WORDS);
    if !to_the_left {
        lines.reverse();
    }
    for ((limit, colour), above) in lines.into_iter().zip((0..).step_by(LIMIT.unsigned_abs() as usize)) {
        let (x, y) = (bars_left + along(limit.median()), first - 12 - above);
        picture.draw(&PathElement::new([(x, y + 8), (x, last + 2)], colour.stroke_width(2)))?;
        let words = format!("{} {}", limit.name, figure(limit.median()));
        let (side, at) = if to_the_left { (HPos::Right, x - 2) } else { (HPos::Left, x) };
        picture.draw_text(&words, &style(14, colour, side), (at, y))?;
    }
    Ok(())
}

/// Text of so many points, which are a little more than pixels.
fn style(size: i32, colour: RGBColor, across: HPos) -> TextStyle<'static> {
    ("sans-serif", size).into_font().color(&colour).pos(Pos::new(across, VPos::Center))
}
