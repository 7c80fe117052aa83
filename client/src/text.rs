//! Text for people: tables, durations, and other people's text made safe for a terminal.

/// `text` without control characters: a build log line that ends up in a state reason must not steer the terminal.
pub fn printable(text: &str) -> String {
    text.chars().map(|c| if c == '\n' || c == '\t' { ' ' } else { c }).filter(|c| !c.is_control()).collect()
}

/// A duration in seconds as `41 s`, `2 min 5 s` or `1 h 2 min`.
pub fn duration(seconds: i64) -> String {
    match seconds.max(0) {
        s if s < 60 => format!("{s} s"),
        s if s < 3600 => format!("{} min {} s", s / 60, s % 60),
        s => format!("{} h {} min", s / 3600, s % 3600 / 60),
    }
}

/// Rows under headers, the columns as wide as their widest cell. The last column may be long and is not padded.
pub fn table(headers: &[&str], rows: &[Vec<String>]) -> String {
    let cells: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(|cell| printable(cell)).collect()).collect();
    let widths: Vec<usize> = headers
        .iter()
        .enumerate()
        .map(|(column, header)| {
            let widest = cells.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
            widest.unwrap_or(0).max(header.chars().count())
        })
        .collect();
    let header: Vec<String> = headers.iter().map(ToString::to_string).collect();
    let rule: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
    let lines: Vec<String> = [header, rule].iter().chain(&cells).map(|row| padded(row, &widths)).collect();
    lines.join("\n")
}

fn padded(row: &[String], widths: &[usize]) -> String {
    let cells: Vec<String> = row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
    cells.join("  ").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        assert_eq!(
            [-3, 0, 59, 60, 125, 3600, 7384].map(duration),
            ["0 s", "0 s", "59 s", "1 min 0 s", "2 min 5 s", "1 h 0 min", "2 h 3 min"]
        );
    }

    #[test]
    fn a_table_is_aligned() {
        let rows =
            vec![vec!["8".into(), "ready".into(), "nodejs".into()], vec!["31".into(), "é".into(), String::new()]];
        assert_eq!(
            table(&["ID", "State", "Module"], &rows),
            "ID  State  Module\n--  -----  ------\n8   ready  nodejs\n31  é"
        );
    }

    #[test]
    fn escape_sequences_do_not_reach_the_terminal() {
        assert_eq!(printable("a\x1b[2Jb\nc\td\u{7}"), "a[2Jb c d");
    }
}
