//! Stream versions, version prefixes, and versions made from the time.

use regex::Regex;

/// `STREAM_SUFFIXES`: what is added to the version of streams that match, first match wins.
pub type StreamSuffixes = Vec<(Regex, f64)>;

/// The number in a base module's stream, two digits a part: `f27.0.1` is 270001, `f29` is 290000. `None` without a digit.
pub fn stream_version(stream: &str, suffixes: &StreamSuffixes) -> Option<f64> {
    let digits = digits(stream)?;
    number(&format!("{digits:0<6}"), stream, suffixes)
}

/// The same without zeroes at the end: `f29` is 29. Put in front of versions of modules built against that stream.
pub fn version_prefix(stream: &str, suffixes: &StreamSuffixes) -> Option<f64> {
    number(&digits(stream)?, stream, suffixes)
}

/// The first run of digits and dots, each part filled up to two digits.
fn digits(stream: &str) -> Option<String> {
    let start = stream.find(char::is_numeric)?;
    let version: String = stream[start..].chars().take_while(|c| c.is_numeric() || *c == '.').collect();
    let parts: Vec<String> = version.trim_end_matches('.').split('.').map(|part| format!("{part:0>2}")).collect();
    Some(parts.concat())
}

fn number(digits: &str, stream: &str, suffixes: &StreamSuffixes) -> Option<f64> {
    let number: f64 = digits.parse().ok()?;
    let matching = suffixes.iter().find(|(pattern, _)| pattern.find(stream).is_some_and(|found| found.start() == 0));
    Some(number + matching.map_or(0.0, |(_, suffix)| *suffix))
}

/// A version with the prefix of its base module's stream in front; the version alone where that would not fit into 64 bits.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "prefixes are small whole numbers")]
pub fn prefixed(version: u64, base_module_stream: Option<&str>, suffixes: &StreamSuffixes) -> u64 {
    let prefix = base_module_stream.and_then(|stream| version_prefix(stream, suffixes));
    let joined = prefix.and_then(|prefix| format!("{}{version}", prefix.floor() as u64).parse().ok());
    joined.unwrap_or(version)
}

/// The version of a document that has none: the time as `YYYYMMDDhhmmss` in UTC. `seconds` since the epoch.
pub fn from_time(seconds: i64) -> u64 {
    let days = seconds.div_euclid(86_400);
    let second = seconds.rem_euclid(86_400);
    let (year, month, day) = date(days);
    let time = (second / 3600) * 10_000 + (second / 60 % 60) * 100 + second % 60;
    u64::try_from((year * 10_000 + month * 100 + day) * 1_000_000 + time).unwrap_or(0)
}

/// Year, month and day of a number of days since 1970-01-01 (the usual calculation over eras of 400 years).
fn date(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}
