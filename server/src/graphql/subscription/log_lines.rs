//! The log of a component as it is written: whole lines, a bounded piece at a time.

use std::fs::Metadata;
use std::io::{ErrorKind, SeekFrom};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use async_graphql::{Context, Error, ID, Result, SimpleObject};
use entities::{ComponentState, ModuleState, component_build, module_build};
use futures::StreamExt as _;
use futures::stream::{BoxStream, unfold};
use sea_orm::{EntityTrait as _, JoinType, QuerySelect as _, RelationTrait as _};
use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};

use super::events::Client;
use crate::App;
use crate::events::Place;
use crate::graphql::error::{Told as _, invalid, refused};
use crate::graphql::id::{COMPONENT_BUILD, number};
use crate::graphql::load;
use crate::graphql::log::before_last;
use crate::rest::Failure;
use crate::rest::component_log::path;

/// Bytes of the largest piece.
const PIECE: u64 = 64 << 10;
/// Bytes in which the lines of `tail` are looked for.
const TAIL: u64 = 1 << 20;
/// How often a log is looked at; whoever writes it does not say so.
const LOOK: Duration = Duration::from_millis(250);
/// How often the database is asked whether anything will be written yet.
const ASK: Duration = Duration::from_secs(1);

/// A piece of a log.
#[derive(Clone, Debug, SimpleObject)]
pub struct LogPiece {
    /// Where it begins in the log, in bytes.
    offset: i64,
    /// Where it ends: the `offset` to resume from.
    next_offset: i64,
    /// The text: whole lines, unless a line is longer than a piece, or the log ends without the end of a line. Bytes that are no text
    /// are shown as `�`.
    text: String,
    /// Whether this is all of it, since the component is not being built any more.
    ended: bool,
}

/// Where somebody is in a log.
struct Reader {
    app: App,
    component: i32,
    /// The log's file, once it is known where that is.
    path: Option<PathBuf>,
    spot: Spot,
    /// When the database was asked last.
    asked: Option<Instant>,
    /// Nothing will be written any more.
    over: bool,
    _place: Place,
}

/// A place in a file that is written, and that another attempt writes anew.
struct Spot {
    offset: u64,
    /// The last so many lines are wanted, when it is read first.
    tail: Option<usize>,
    file: Option<Identity>,
}

/// What tells a file from another one of the same name: numbers of files that are gone are given to new ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Identity {
    device: u64,
    number: u64,
    created: Option<SystemTime>,
}

impl Identity {
    fn of(file: &Metadata) -> Self {
        Self { device: file.dev(), number: file.ino(), created: file.created().ok() }
    }
}

/// Follows a log from a byte on, or from the last so many lines on.
pub async fn follow(
    context: &Context<'_>,
    component: &ID,
    offset: Option<i64>,
    tail: Option<i32>,
) -> Result<BoxStream<'static, Result<LogPiece>>> {
    if offset.is_some_and(i64::is_negative) || tail.is_some_and(i32::is_negative) {
        return Err(invalid("`offset` and `tail` cannot be negative"));
    }
    if offset.is_some() && tail.is_some() {
        return Err(invalid("`offset` and `tail` exclude one another"));
    }
    let app = load::of(context).app().clone();
    let component = number(COMPONENT_BUILD, component)?;
    let place = context.data_unchecked::<Client>().admit(&app)?;
    // An unknown component is refused here.
    let path = path(&app, component).await.told()?;
    let reader = Reader {
        app,
        component,
        path,
        spot: Spot {
            offset: u64::try_from(offset.unwrap_or(0)).unwrap_or_default(),
            tail: tail.map(|lines| usize::try_from(lines).unwrap_or_default()),
            file: None,
        },
        asked: None,
        over: false,
        _place: place,
    };
    let pieces = unfold(Some(reader), async |reader| {
        let mut reader = reader?;
        match reader.next().await {
            Ok(piece) => {
                let next = (!piece.ended).then_some(reader);
                Some((Ok(piece), next))
            }
            Err(error) => Some((Err(error), None)),
        }
    });
    Ok(pieces.boxed())
}

impl Reader {
    /// Waits for the next piece.
    async fn next(&mut self) -> Result<LogPiece> {
        loop {
            // Asked before the log is read: what was written until then is read.
            self.ask().await?;
            let ended = self.over;
            let (start, bytes) = self.read().await?;
            let whole = whole_lines(&bytes, ended);
            let is_all = ended && whole == bytes.len() && (bytes.len() as u64) < PIECE;
            if whole > 0 || is_all {
                self.spot.offset = start + whole as u64;
                return Ok(LogPiece {
                    offset: count(start),
                    next_offset: count(self.spot.offset),
                    text: String::from_utf8_lossy(&bytes[..whole]).into_owned(),
                    ended: is_all,
                });
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Asks, unless that was just now.
    async fn ask(&mut self) -> Result<()> {
        if !self.over && self.asked.is_none_or(|asked| asked.elapsed() >= ASK) {
            self.over = self.has_ended().await?;
            self.asked = Some(Instant::now());
        }
        Ok(())
    }

    /// Whether nothing will be written any more.
    async fn has_ended(&self) -> Result<bool> {
        let found: Option<(Option<ComponentState>, ModuleState)> = component_build::Entity::find_by_id(self.component)
            .select_only()
            .column(component_build::Column::State)
            .column(module_build::Column::State)
            .join(JoinType::InnerJoin, component_build::Relation::Module.def())
            .into_tuple()
            .one(&self.app.db)
            .await
            .told()?;
        Ok(match found {
            Some((Some(ComponentState::Building), _)) => false,
            // It may begin yet, as long as its module may.
            Some((None, module)) => !matches!(module, ModuleState::Init | ModuleState::Wait | ModuleState::Build),
            Some((Some(_), _)) | None => true,
        })
    }

    /// What there is from the offset on; nothing where there is no log yet.
    async fn read(&mut self) -> Result<(u64, Vec<u8>)> {
        if self.path.is_none() {
            self.path = path(&self.app, self.component).await.told()?;
        }
        match &self.path {
            Some(path) => self.spot.read(path).await,
            None => Ok((self.spot.offset, Vec::new())),
        }
    }
}

impl Spot {
    async fn read(&mut self, path: &Path) -> Result<(u64, Vec<u8>)> {
        let mut file = match File::open(path).await {
            Ok(file) => file,
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::InvalidFilename) => {
                return Ok((self.offset, Vec::new()));
            }
            Err(error) => return Err(unreadable(&error)),
        };
        let about = file.metadata().await.map_err(|error| unreadable(&error))?;
        let (size, identity) = (about.len(), Identity::of(&about));
        let is_another = self.file.replace(identity).is_some_and(|before| before != identity);
        if let Some(lines) = self.tail.take() {
            let start = size.saturating_sub(TAIL);
            let bytes = part(&mut file, start, TAIL).await?;
            self.offset = start + before_last(&bytes, lines) as u64;
        } else if is_another || self.offset > size {
            // Another attempt writes another log.
            self.offset = 0;
        }
        let bytes = part(&mut file, self.offset, PIECE).await?;
        Ok((self.offset, bytes))
    }
}

async fn part(file: &mut File, start: u64, most: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(start)).await.map_err(|error| unreadable(&error))?;
    file.take(most).read_to_end(&mut bytes).await.map_err(|error| unreadable(&error))?;
    Ok(bytes)
}

/// Bytes up to the end of the last line that is whole; all of them if the log has ended, or there is no end of a line in a whole piece.
fn whole_lines(bytes: &[u8], ended: bool) -> usize {
    let is_full = bytes.len() as u64 >= PIECE;
    match bytes.iter().rposition(|byte| *byte == b'\n') {
        Some(last) if !ended || is_full => last + 1,
        None if !ended && !is_full => 0,
        _ => bytes.len(),
    }
}

fn count(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn unreadable(error: &std::io::Error) -> Error {
    refused(Failure::internal(format!("cannot read a log: {error}")))
}

#[cfg(test)]
mod tests {
    use super::{PIECE, Spot, whole_lines};

    #[tokio::test]
    async fn another_attempt_begins_at_its_beginning_however_long_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("build.log");
        let mut spot = Spot { offset: 0, tail: None, file: None };
        assert_eq!(spot.read(&path).await.unwrap(), (0, Vec::new()), "there is none yet");
        std::fs::write(&path, "the first attempt\n").unwrap();
        spot.offset = spot.read(&path).await.unwrap().1.len() as u64;
        assert_eq!(spot.read(&path).await.unwrap(), (18, Vec::new()));
        std::fs::remove_file(&path).unwrap();
        std::fs::write(&path, "the second attempt says more\n").unwrap();
        assert_eq!(spot.read(&path).await.unwrap(), (0, b"the second attempt says more\n".to_vec()));
    }

    #[test]
    fn pieces_end_with_lines() {
        assert_eq!(whole_lines(b"", false), 0);
        assert_eq!(whole_lines(b"a\nb", false), 2);
        assert_eq!(whole_lines(b"a", false), 0);
        assert_eq!(whole_lines(b"a\nb", true), 3);
        let long = vec![b'x'; usize::try_from(PIECE).unwrap()];
        assert_eq!(whole_lines(&long, false), long.len());
        let mut line = long.clone();
        line[5] = b'\n';
        assert_eq!((whole_lines(&line, false), whole_lines(&line, true)), (6, 6));
    }
}
