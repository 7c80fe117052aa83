//! Stream versions, version prefixes, and versions made from the time.

use std::sync::LazyLock;

use regex::Regex;

/// `STREAM_SUFFIXES`: what is added to the number of streams that match at their beginning; the first match wins.
pub type StreamSuffixes = Vec<(Regex, f64)>;

/// The number in a stream, two digits a part: `f27.0.1` is 270001, `f29` is 290000. A stream without a digit is 0. `None` where
/// the number has no value.
pub fn stream_version(stream: &str, suffixes: &StreamSuffixes) -> Option<f64> {
    number(&format!("{:0<6}", digits(stream)), stream, suffixes)
}

/// The same without zeroes at the end: `f29` is 29. Put in front of versions of modules built against that stream.
pub fn version_prefix(stream: &str, suffixes: &StreamSuffixes) -> Option<f64> {
    number(&digits(stream), stream, suffixes)
}

/// The first run of digits and dots, each part filled up to two digits; `00` where there is none.
fn digits(stream: &str) -> String {
    let version: String = stream
        .chars()
        .map(|c| (c, decimal(c)))
        .skip_while(|(_, digit)| digit.is_none())
        .map_while(|(c, digit)| digit.or((c == '.').then_some(c)))
        .collect();
    let parts: Vec<String> = version.trim_end_matches('.').split('.').map(|part| format!("{part:0>2}")).collect();
    parts.concat()
}

/// The ASCII digit for a decimal digit of any script. The digits 0 to 9 of a script stand in a row, which begins with its 0.
fn decimal(character: char) -> Option<char> {
    static DECIMAL: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^\d$").ok());
    let is_decimal = |c: char| {
        let mut buffer = [0; 4];
        DECIMAL.as_ref().is_some_and(|digit| digit.is_match(c.encode_utf8(&mut buffer)))
    };
    if character.is_ascii() {
        return character.is_ascii_digit().then_some(character);
    }
    if !is_decimal(character) {
        return None;
    }
    let before = (0..u32::from(character)).rev().map_while(char::from_u32).take_while(|c| is_decimal(*c));
    let value = before.count() % 10;
    char::from_digit(u32::try_from(value).ok()?, 10)
}

fn number(digits: &str, stream: &str, suffixes: &StreamSuffixes) -> Option<f64> {
    let number: f64 = digits.parse().ok()?;
    let matching = suffixes.iter().find(|(pattern, _)| pattern.find(stream).is_some_and(|found| found.start() == 0));
    let number = number + matching.map_or(0.0, |(_, suffix)| *suffix);
    number.is_finite().then_some(number)
}

/// A version with the prefix of its base module's stream in front; the version alone where that would not fit into 64 bits.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "saturates, and then the joined number does not fit into 64 bits"
)]
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
    let version = year
        .checked_mul(10_000)
        .and_then(|year| year.checked_add(month * 100 + day))
        .and_then(|date| date.checked_mul(1_000_000))
        .and_then(|date| date.checked_add(time));
    version.and_then(|v| u64::try_from(v).ok()).unwrap_or(0)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suffix_counts_at_the_beginning_only() {
        let suffixes = vec![(Regex::new("8").unwrap(), 0.5), (Regex::new("el").unwrap(), 0.25)];
        assert_eq!(stream_version("el8", &suffixes), Some(80000.25));
    }

    #[test]
    fn hostile_streams_have_a_number_or_none() {
        for stream in ["\u{b2}", &"9".repeat(10_000), "....", "\u{0}", "f.1", "٣.٤"] {
            let _no_panic = (stream_version(stream, &Vec::new()), prefixed(u64::MAX, Some(stream), &Vec::new()));
        }
        assert_eq!(stream_version(&"9".repeat(10_000), &Vec::new()), None);
        assert_eq!(prefixed(7, Some(&"9".repeat(300)), &Vec::new()), 7);
    }

    #[test]
    fn times_before_the_epoch_and_far_away() {
        assert_eq!(from_time(-1), 19_691_231_235_959);
        assert_eq!(from_time(951_782_400), 20_000_229_000_000);
        assert_eq!(from_time(i64::MAX), 0);
        assert_eq!(from_time(i64::MIN), 0);
    }
}
