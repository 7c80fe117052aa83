//! The rows of [`super::layout`] on a terminal.

use std::io;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::layout::Row;

const HEIGHT: usize = 24;

/// Bars that follow the rows.
pub struct Bars {
    all: MultiProgress,
    rows: Vec<(ProgressBar, Row)>,
    styles: Styles,
}

/// How each kind of row looks.
struct Styles {
    header: ProgressStyle,
    busy: ProgressStyle,
    still: ProgressStyle,
}

impl Bars {
    /// Draws to standard output, which is a terminal.
    pub fn new() -> Self {
        let all = MultiProgress::with_draw_target(ProgressDrawTarget::stdout());
        Self { all, rows: Vec::new(), styles: Styles::new() }
    }

    /// Lines that the terminal has.
    pub fn height() -> usize {
        let size = rustix::termios::tcgetwinsize(io::stdout()).ok();
        size.map(|size| usize::from(size.ws_row)).filter(|rows| *rows > 0).unwrap_or(HEIGHT)
    }

    /// Shows these rows in place of the last ones. Only what is new is touched, and spinners, which turn.
    pub fn draw(&mut self, rows: Vec<Row>) {
        while self.rows.len() > rows.len() {
            if let Some((bar, _)) = self.rows.pop() {
                self.all.remove(&bar);
            }
        }
        for (at, row) in rows.into_iter().enumerate() {
            match self.rows.get_mut(at) {
                Some((bar, shown)) if *shown == row => turn(bar, &row),
                Some((bar, shown)) => {
                    self.styles.fill(bar, &row);
                    *shown = row;
                }
                None => self.add(row),
            }
        }
    }

    fn add(&mut self, row: Row) {
        // Dressed before it is added, so that the default bar is never seen.
        let bar = self.all.add(ProgressBar::new(0).with_style(self.styles.of(&row)));
        self.styles.fill(&bar, &row);
        self.rows.push((bar, row));
    }

    /// Leaves the rows on the terminal as they are.
    pub fn close(&mut self) {
        for (bar, _) in self.rows.drain(..) {
            bar.abandon();
        }
    }

    /// Writes a line above the rows.
    pub fn say(&self, text: &str) -> io::Result<()> {
        self.all.println(text)
    }
}

fn turn(bar: &ProgressBar, row: &Row) {
    if matches!(row, Row::Busy(_)) {
        bar.tick();
    }
}

impl Styles {
    fn new() -> Self {
        Self {
            header: style("[{bar:20}] {pos}/{len}  {wide_msg}").progress_chars("=> "),
            busy: style("{spinner} {wide_msg}"),
            still: style("{wide_msg}"),
        }
    }

    fn of(&self, row: &Row) -> ProgressStyle {
        let style = match row {
            Row::Header { .. } => &self.header,
            Row::Busy(_) => &self.busy,
            Row::Still(_) => &self.still,
        };
        style.clone()
    }

    fn fill(&self, bar: &ProgressBar, row: &Row) {
        bar.set_style(self.of(row));
        match row {
            Row::Header { text, over, all } => {
                bar.set_length(*all);
                bar.set_position(*over);
                bar.set_message(text.clone());
            }
            Row::Busy(text) | Row::Still(text) => bar.set_message(text.clone()),
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    // Only a template of ours with a slip in it could fail, and a plain bar still tells the message.
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
