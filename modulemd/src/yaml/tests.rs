use std::fmt::Write as _;
use std::time::{Duration, Instant};

use super::*;

fn tree(text: &str) -> Spanned {
    parse(text, &Limits::default()).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn refusal(text: &str) -> String {
    parse(text, &Limits::default()).expect_err(text).to_string()
}

#[test]
fn scalars_keep_their_text_and_place() {
    let tree = tree("stream: 1.10\nother:\n- no\n- '0x1f'\n- ~\n-\n");
    assert_eq!(tree.get("stream").and_then(Spanned::as_text), Some("1.10"));
    let items = tree.get("other").and_then(Spanned::as_list).expect("list");
    let texts: Vec<_> = items.iter().filter_map(Spanned::as_text).collect();
    assert_eq!(texts, ["no", "0x1f", "~", ""]);
    assert_eq!(items.iter().map(Spanned::is_null).collect::<Vec<_>>(), [false, false, true, true]);
    assert_eq!((items[1].line, items[1].column), (4, 3));
    assert_eq!(items[1].value, SpannedValue::Scalar { text: "0x1f".to_owned(), plain: false });
}

#[test]
fn only_plain_upper_case_words_are_booleans() {
    let node = tree("a: TRUE\nb: FALSE\nc: true\nd: 'TRUE'\n").to_node();
    assert_eq!(node.get("a"), Some(&Node::Bool(true)));
    assert_eq!(node.get("b"), Some(&Node::Bool(false)));
    assert_eq!(node.get("c"), Some(&Node::from("true")));
    assert_eq!(node.get("d"), Some(&Node::from("TRUE")));
}

#[test]
fn what_libyaml_takes_is_taken() {
    // YAML 1.2 wants the end of a quoted text and of a flow list indented.
    let tree = tree("a:\n  b: 'one\n\n'\n  c: [\n  x,\n  y\n  ]\n  d: [\nz\n]\n");
    assert_eq!(tree.get("a").and_then(|a| a.get("b")).and_then(Spanned::as_text), Some("one\n"));
    assert_eq!(tree.get("a").and_then(|a| a.get("d")).and_then(Spanned::as_list).map(<[_]>::len), Some(1));
}

#[test]
fn a_repeated_key_is_refused_with_both_lines() {
    assert_eq!(refusal("a: 1\nb: 2\na: 3\n"), "line 3, column 1: the key `a` is already in line 1");
}

#[test]
fn exactly_one_document_is_expected() {
    assert_eq!(refusal(""), "line 1, column 1: the document is empty");
    assert_eq!(refusal("# nothing\n"), "line 1, column 1: the document is empty");
    assert_eq!(refusal("a: b\n---\nc: d\n"), "line 3, column 1: there is a second document; expected only one");
    assert_eq!(tree("\u{feff}a: b\n...\n").get("a").and_then(Spanned::as_text), Some("b"));
}

#[test]
fn syntax_errors_have_a_place() {
    assert_eq!(
        refusal("a:\n  b: [1\n"),
        "line 3, column 1: not valid YAML while parsing a flow sequence: did not find expected ',' or ']'"
    );
    assert_eq!(
        refusal("a: b\n\tc: d\n"),
        "line 2, column 1: not valid YAML while scanning a plain scalar: found a tab character that violates indentation"
    );
    let control =
        "line 2, column 5: the character U+0007 is not allowed as it is; write it as an escape in double quotes";
    assert_eq!(refusal("a: é\nb: x\u{7}\n"), control);
    assert_eq!(refusal("a: \"x\\0y\"\n"), "line 1, column 4: a text with a NUL character is not allowed");
    assert_eq!(refusal("[a]: b\n"), "line 1, column 1: a key has to be a text, not a list or mapping");
}

#[test]
fn texts_that_libyaml_stumbles_over_are_refused() {
    for text in
        ["[!,", "a: ''|\n 0", "!<", "%TAG ! tag:a\n---\n!<%zz> b", "a: !<tag:%f0%9f> b", "\"\\ud800\"", "'", "\"\\x4"]
    {
        assert!(refusal(text).contains("not valid YAML"), "{text}: {}", refusal(text));
    }
}

#[test]
fn aliases_are_copies_until_they_cost_too_much() {
    let tree = tree("a: &x [1, 2]\nb: *x\n");
    assert_eq!(tree.get("b").map(Spanned::to_node), tree.get("a").map(Spanned::to_node));
    assert_eq!(tree.get("b").map(|b| b.line), Some(2));
    assert_eq!(refusal("a: &x [*x]\n"), "line 1, column 8: no finished value above is marked `&x`");
    assert!(refusal("a: &x b\n---\nc: *x\n").contains("no finished value above is marked `&x`"));

    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..20 {
        let before = format!("*a{}, ", level - 1).repeat(10);
        writeln!(bomb, "a{level}: &a{level} [{before}]").expect("memory");
    }
    assert!(refusal(&bomb).contains("more than 500000 values"), "{}", refusal(&bomb));

    let long = format!("a: &x {}\nb: [{}]\n", "y".repeat(1_000_000), "*x, ".repeat(1000));
    assert!(refusal(&long).contains("bytes of text once aliases are expanded"));

    let nested = format!("{}{}{}", "[&a ".repeat(60), "x, ".repeat(300_000), "]".repeat(60));
    assert!(refusal(&nested).contains("more than"), "{}", refusal(&nested));
}

fn lines(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn hostile_sizes_are_refused_soon() {
    let size = 9_000_000;
    let texts = [
        "x".repeat(11_000_000),
        "[".repeat(size),
        "{".repeat(size),
        "{a: ".repeat(size / 4),
        "- ".repeat(size / 2),
        "? ".repeat(size / 2),
        "a: [\n".repeat(size / 5),
        "[a, ".repeat(size / 4),
        "- a\n".repeat(size / 4),
        "&a ".repeat(size / 3),
        "!!str ".repeat(size / 6),
        "*a ".repeat(size / 3),
        "'".repeat(size - 1),
        lines(600_000, |number| format!("{number}:")),
        lines(200, |depth| format!("{}a:", " ".repeat(depth))),
    ];
    for text in texts {
        let start = Instant::now();
        let error = refusal(&text);
        assert!(error.len() < 300, "{error}");
        assert!(start.elapsed() < Duration::from_secs(20), "{:?} for {}…: {error}", start.elapsed(), &text[..10]);
    }
}

#[test]
fn blocks_and_quotes_are_chosen_for_readers() {
    let text = |words: &str| Out::Map(vec![("k".to_owned(), Out::Text(words.to_owned()))]).to_document();
    for plain in ["nodejs", "-f28", "26ca0c0", "a-0:1.2-3.x86_64", "https://x.org/#a", "%global"] {
        let expected = if plain.starts_with('%') { format!("\"{plain}\"") } else { plain.to_owned() };
        assert_eq!(text(plain), format!("---\nk: {expected}\n...\n"));
    }
    for quoted in ["", "1.10", "no", "TRUE", "null", "~", "2020-01-01", "0x1f", "12:30", "a: b", "a #b", "- a", "1_000"]
    {
        assert_eq!(text(quoted), format!("---\nk: \"{quoted}\"\n...\n"));
    }
    assert_eq!(text("%a 1\n%b 2\n"), "---\nk: |\n  %a 1\n  %b 2\n...\n");
    assert_eq!(text("one\n\ntwo"), "---\nk: |-\n  one\n\n  two\n...\n");
    assert_eq!(text("a\tb\n\u{1f600}\u{85}"), "---\nk: \"a\\tb\\n\u{1f600}\\x85\"\n...\n");
}
