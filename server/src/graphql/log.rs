//! `ComponentLog`: parts of the log of a component.

use std::io::{ErrorKind, SeekFrom};

use async_graphql::{Context, Result, SimpleObject};
use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};

use super::error::{Told as _, invalid};
use super::load;
use crate::rest::component_log::path;

/// Bytes of a part unless the client says how many.
const USUAL: i32 = 65_536;
/// Bytes of the largest part.
const LARGEST: i32 = 1 << 20;

/// A part of the log of a component.
#[derive(Clone, Debug, SimpleObject)]
pub struct ComponentLog {
    /// The text; bytes that are no text are shown as `�`.
    text: String,
    /// Where it begins in the log, in bytes.
    offset: i64,
    /// Where it ends: the `offset` to ask for next.
    next_offset: i64,
    /// Bytes that the log has so far.
    size: i64,
}

/// `(offset, length, tail)` of the log of a component.
pub async fn read(
    context: &Context<'_>,
    component: i32,
    (offset, length, tail): (Option<i64>, Option<i32>, Option<i32>),
) -> Result<Option<ComponentLog>> {
    let length = length.unwrap_or(if tail.is_some() { LARGEST } else { USUAL });
    if !(0..=LARGEST).contains(&length) || offset.is_some_and(i64::is_negative) || tail.is_some_and(i32::is_negative) {
        return Err(invalid(format!("`offset` and `tail` cannot be negative, `length` is from 0 to {LARGEST}")));
    }
    if offset.is_some() && tail.is_some() {
        return Err(invalid("`offset` and `tail` exclude one another"));
    }
    let loaders = load::of(context);
    loaders.note_volatile();
    let Some(path) = path(loaders.app(), component).await.told()? else { return Ok(None) };
    let mut file = match File::open(&path).await {
        Ok(file) => file,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::InvalidFilename) => return Ok(None),
        Err(error) => return Err(unreadable(&error)),
    };
    let size = file.metadata().await.map_err(|error| unreadable(&error))?.len();
    let length = u64::try_from(length).unwrap_or_default();
    let start = match offset {
        Some(offset) => u64::try_from(offset).unwrap_or_default().min(size),
        None if tail.is_some() => size.saturating_sub(length),
        None => 0,
    };
    let length = length.min(size - start);
    loaders.take(usize::try_from(length).unwrap_or(usize::MAX))?;
    file.seek(SeekFrom::Start(start)).await.map_err(|error| unreadable(&error))?;
    let mut bytes = Vec::new();
    // It may grow meanwhile; the rest is the next answer's.
    file.take(length).read_to_end(&mut bytes).await.map_err(|error| unreadable(&error))?;
    let skipped = tail.map_or(0, |lines| before_last(&bytes, usize::try_from(lines).unwrap_or_default()));
    let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    Ok(Some(ComponentLog {
        text: String::from_utf8_lossy(&bytes[skipped..]).into_owned(),
        offset: count(start + skipped as u64),
        next_offset: count(start + bytes.len() as u64),
        size: count(size),
    }))
}

/// Bytes before the last so many lines.
pub(super) fn before_last(bytes: &[u8], lines: usize) -> usize {
    if lines == 0 {
        return bytes.len();
    }
    let body = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let ends = body.iter().enumerate().rev().filter(|(_, byte)| **byte == b'\n');
    ends.map(|(place, _)| place + 1).nth(lines - 1).unwrap_or(0)
}

fn unreadable(error: &std::io::Error) -> async_graphql::Error {
    super::error::refused(crate::rest::Failure::internal(format!("cannot read a log: {error}")))
}

#[cfg(test)]
mod tests {
    use super::before_last;

    #[test]
    fn the_last_lines() {
        let last = |text: &'static str, lines| &text[before_last(text.as_bytes(), lines)..];
        assert_eq!(last("a\nb\nc\n", 2), "b\nc\n");
        assert_eq!(last("a\nb\nc", 2), "b\nc");
        assert_eq!(last("a\nb\n", 9), "a\nb\n");
        assert_eq!(last("a\nb\n", 0), "");
        assert_eq!(last("", 3), "");
    }
}
