//! Values that nobody means well with.

/// For query strings and paths, as they are written there.
pub fn query_values() -> Vec<String> {
    let mut values: Vec<String> = [
        "",
        "0",
        "-0",
        "-1",
        "+1",
        "%2B1",
        "01",
        "1.5",
        "1e400",
        "-1e-400",
        "NaN",
        "Infinity",
        "-inf",
        "0x10",
        "1_000",
        "2147483647",
        "2147483648",
        "-2147483649",
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775809",
        "18446744073709551616",
        "true",
        "null",
        "%20",
        "%091%0A",
        "[]",
        "{}",
        "1,2",
        ":",
        ":::",
        "a:b:c:d:e",
        "%00",
        "a%00b",
        "%FF%FE",
        "%C3%28",
        "%ED%A0%80",
        "%",
        "%2",
        "%zz",
        "%25%30%30",
        "%C3%A9%E2%82%AC%F0%9F%98%80",
        "%EF%BC%91",
        "%E2%80%AE%C2%A0",
        "'",
        "%22",
        "'%20OR%201=1--",
        "1;DROP%20TABLE%20module_builds",
        "')%20UNION%20SELECT%20*%20FROM%20module_builds--",
        "%25_%5C",
        "*:*%20OR%20(a:b)%20[x%20TO%20%5C",
        "..%2F..%2F..%2Fetc%2Fpasswd",
        "../../etc/passwd",
        "/etc/passwd",
        "file:///etc/passwd",
        "%3Cscript%3Ealert(1)%3C/script%3E",
        "%0D%0AX-Injected:%201",
        "%0D%0A%0D%0A%3Chtml%3E",
        "${jndi:ldap://127.0.0.1:1/a}",
        "{{7*7}}",
        "0000-00-00T00:00:00Z",
        "9999-12-31T23:59:60Z",
        "2016-13-45T99:99:99Z",
        "-2016-01-01T00:00:00Z",
    ]
    .map(str::to_owned)
    .into();
    values.push(format!("1{}", "0".repeat(400)));
    values.push(format!("-0.{}1", "0".repeat(400)));
    values.push("x".repeat(20_000));
    values.push("%E2%82%AC".repeat(2_000));
    values.push(":".repeat(5_000));
    values
}

/// For headers; without what ends a header.
pub fn header_values() -> Vec<Vec<u8>> {
    let mut values: Vec<Vec<u8>> = [
        "",
        "\t",
        "0",
        "-1",
        "x",
        "\"",
        "\"unterminated",
        "*",
        "W/\"x\", \"y\"",
        ",,,",
        ";",
        "=;=",
        "..",
        "/",
        "//evil.example.com",
        "/../../etc",
        "http://evil.example.com/",
        "evil.example.com:99999999",
        "[::1",
        "user:pass@evil.example.com",
        "evil.example.com\"><script>alert(1)</script>",
        "%0d%0aX-Injected: 1",
        "text/html; charset=\"",
        "application/json; charset=utf-99",
        "application/xml",
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=\"",
        "gzip;q=nan, br;q=1e400",
        "bytes=0-,-5,9-1",
        "Thu, 99 Foo 99999 99:99:99 GMT",
        "Basic !!!",
        "Bearer ",
        "Negotiate x",
        "é€😀",
        "${jndi:ldap://127.0.0.1:1/a}",
    ]
    .map(|text| text.as_bytes().to_vec())
    .into();
    values.push(b"\x80\xff\xfe".to_vec());
    values.push(vec![b'9'; 400]);
    values.push(vec![b'x'; 30_000]);
    values.push(b"\"x\",".repeat(5_000));
    values.push([b"multipart/form-data; boundary=".to_vec(), vec![b'b'; 10_000]].concat());
    values
}

/// For the members of a JSON object, as they are written there.
pub fn json_values() -> Vec<String> {
    let mut values: Vec<String> = [
        "null",
        "true",
        "0",
        "-1",
        "1.5",
        "1e400",
        "9223372036854775808",
        r#""""#,
        r#"" ""#,
        r#""1""#,
        r#""-x""#,
        r#""a\u0000b""#,
        r#""\ud800""#,
        r#""é€😀""#,
        r#""a\r\nX-Injected: 1""#,
        r#""' OR 1=1 --""#,
        r#""../../etc/passwd""#,
        r#""file:///etc/passwd""#,
        r#""--upload-pack=x""#,
        r#""<script>alert(1)</script>""#,
        "[]",
        "[1]",
        "[null]",
        r#"[""]"#,
        r#"["a", 1, {}]"#,
        "{}",
        r#"{"": []}"#,
        r#"{"a": 1}"#,
        r#"{"platform": "f28"}"#,
        r#"{"platform": [null]}"#,
        r#"{"platform": ["a\u0000b"]}"#,
        r#"{"platform": ["-f28", "' OR 1=1", "é"]}"#,
    ]
    .map(str::to_owned)
    .into();
    values.push(format!("1{}", "0".repeat(400)));
    values.push(format!("{}{}", "[".repeat(100), "]".repeat(100)));
    values.push(format!("\"{}\"", "x".repeat(100_000)));
    values.push(format!("[{}1]", "1,".repeat(50_000)));
    values.push(format!("{{\"platform\": [{}\"f28\"]}}", "\"f28\",".repeat(1_000)));
    values
}
