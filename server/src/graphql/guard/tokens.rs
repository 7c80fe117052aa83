//! Texts that are too long to be parsed. Parsers take memory for each word, and stack for brackets within brackets.

use async_graphql::Error;

use super::beyond;
use crate::config::Graphql;

/// Brackets within brackets, of any kind: more than the deepest query needs.
const NESTED: usize = 64;
/// Words and signs of variables, for one of a query.
const OF_VARIABLES: usize = 20;

/// Refuses a text of a query that is too long.
pub fn query(text: &str, limits: &Graphql) -> Result<(), Error> {
    if text.len() > limits.query_bytes {
        return Err(beyond("QUERY_TOO_LONG", "bytes", limits.query_bytes, text.len()));
    }
    let (tokens, nested) = measure(text.as_bytes());
    if tokens > limits.tokens {
        return Err(beyond("TOKEN_LIMIT", "words and signs", limits.tokens, tokens));
    }
    if nested > NESTED {
        return Err(beyond("DEPTH_LIMIT", "brackets within brackets", NESTED, nested));
    }
    Ok(())
}

/// Refuses a body, which is JSON, with very many small values: each takes more memory than its text.
pub fn body(bytes: &[u8], limits: &Graphql) -> Result<(), Error> {
    let most = limits.tokens.saturating_mul(OF_VARIABLES);
    let (tokens, _) = measure(bytes);
    if tokens > most { Err(beyond("TOKEN_LIMIT", "words and signs", most, tokens)) } else { Ok(()) }
}

/// Words and signs, and brackets within brackets. GraphQL and JSON are alike enough: texts are in quotes, lists and objects in
/// brackets.
fn measure(text: &[u8]) -> (usize, usize) {
    let (mut tokens, mut open, mut nested, mut place) = (0, 0_usize, 0, 0);
    while let Some(byte) = text.get(place) {
        let rest = &text[place..];
        let length = match byte {
            b' ' | b'\t' | b'\r' | b'\n' | b',' => {
                place += 1;
                continue;
            }
            b'"' => quoted(rest),
            b'#' => {
                place += rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
                continue;
            }
            b'_' | b'-' | b'+' | b'.' => word(rest),
            byte if byte.is_ascii_alphanumeric() => word(rest),
            _ => 1,
        };
        match byte {
            b'{' | b'[' | b'(' => open += 1,
            b'}' | b']' | b')' => open = open.saturating_sub(1),
            _ => {}
        }
        nested = nested.max(open);
        tokens += 1;
        place += length.max(1);
    }
    (tokens, nested)
}

fn word(rest: &[u8]) -> usize {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-+.".contains(byte);
    rest.iter().position(|byte| !is_part(byte)).unwrap_or(rest.len())
}

fn quoted(rest: &[u8]) -> usize {
    if rest.starts_with(b"\"\"\"") {
        let end = rest[3..].windows(3).position(|three| three == b"\"\"\"");
        return end.map_or(rest.len(), |end| end + 6);
    }
    let mut place = 1;
    while let Some(byte) = rest.get(place) {
        match byte {
            b'\\' => place += 2,
            b'"' | b'\n' => return place + 1,
            _ => place += 1,
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::measure;

    #[test]
    fn words_and_signs_are_counted() {
        assert_eq!(measure(b"{ a(b: \"{{ \\\" }}\") { ...c } }"), (11, 2));
        assert_eq!(measure(b"query Q($a: [Int!]! = [1, -2.5e3]) { a } # { { {"), (20, 2));
        assert_eq!(measure(b"{\"a\": [true, null, 1.5]}"), (9, 2));
        assert_eq!(measure(b"\"\"\" a { \" \"\"\" b"), (2, 0));
        assert_eq!(measure(b"\"open"), (1, 0));
        assert_eq!(measure("{€}".as_bytes()).1, 1);
        assert_eq!(measure(&[b'{'; 1000]), (1000, 1000));
        assert_eq!(measure(b""), (0, 0));
    }
}
