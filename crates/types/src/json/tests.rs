use super::*;

const DEPTH_MAX: usize = 32;

fn strict(text: &str) -> Result<Node, JsonError> {
    read(text.as_bytes(), DEPTH_MAX)
}

#[test]
fn duplicates_are_refused_at_each_depth() {
    for depth in 0..=15 {
        let text = format!(
            "{}{}{}",
            "{\"a\":[".repeat(depth),
            "{\"k\":1,\n\"b\":2, \"k\":3}",
            "]}".repeat(depth)
        );
        let error = strict(&text).unwrap_err();
        assert_eq!(error.to_string(), "line 2, column 8: duplicate key `k`");
    }
    assert!(strict(r#"{"k":1,"\u006b":2}"#).is_err(), "an escaped key is the same key");
    assert!(strict(r#"{"k":1,"K":2}"#).is_ok());
}

#[test]
fn depth_has_a_limit() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    for limit in [1, 16, 32] {
        assert!(read(nested(limit).as_bytes(), limit).is_ok());
        for depth in [limit + 1, 100_000] {
            let error = read(nested(depth).as_bytes(), limit).unwrap_err();
            assert_eq!(error.position, Position { line: 1, column: limit + 1 });
            assert_eq!(error.reason, format!("more than {limit} levels of nesting"));
        }
    }
    let objects = format!("{}1{}", r#"{"a":"#.repeat(17), "}".repeat(17));
    assert!(read(objects.as_bytes(), 16).is_err());
    assert!(read(objects.as_bytes(), 17).is_ok());
}

#[test]
fn other_faults_are_refused_where_they_are() {
    for (text, line, column) in [
        ("", 1, 1),
        ("{}{}", 1, 3),
        ("{} x", 1, 4),
        ("[1,]", 1, 4),
        ("{'a':1}", 1, 2),
        ("{\"a\":1,}", 1, 8),
        ("\u{feff}{}", 1, 1),
        ("\"\\ud800\"", 1, 8),
        ("\"a\nb\"", 2, 1),
        ("// c\n{}", 1, 1),
        ("NaN", 1, 1),
        ("01", 1, 2),
        ("1e999", 1, 5),
        ("{\n", 2, 1),
        ("{\n\"é\":é}", 2, 5),
        ("[\"éé\" x", 1, 7),
        ("[\"open", 1, 6),
        ("{\"a\" 1}", 1, 6),
        ("nul", 1, 3),
    ] {
        let error = strict(text).expect_err(text);
        assert_eq!(error.position, Position { line, column }, "{text:?}: {error}");
    }
    for bytes in [b"\"\xff\"".as_slice(), b"\"\xc3\"", b"\xff", b"{\"\xed\xa0\x80\":1}"] {
        assert!(read(bytes, DEPTH_MAX).is_err(), "{}", bytes.escape_ascii());
    }
}

/// Checks that what stands at the offset of each key and value is that key or value.
fn check_places(text: &str, node: &Node) {
    let behind = |at: usize| serde_json::Deserializer::from_slice(&text.as_bytes()[at..]);
    let there = behind(node.at).into_iter::<Value>().next().unwrap().unwrap();
    assert_eq!(there, Value::from(node.clone()), "{text} at {}", node.at);
    match &node.content {
        Content::List(items) => items.iter().for_each(|item| check_places(text, item)),
        Content::Map(entries) => {
            for Entry { at, key, value } in entries {
                let there = behind(*at).into_iter::<String>().next().unwrap().unwrap();
                assert_eq!(there, *key, "{text} at {at}");
                check_places(text, value);
            }
        }
        _ => {}
    }
}

#[test]
fn each_key_and_each_value_knows_where_it_begins() {
    for text in [
        "1",
        " null ",
        "[]",
        "\n[ [ ] , { } ,[[],{}]]",
        r#"{"a":1,"b":[true,false,null,-1.5e3,"",{"":""}],"c":{"d":{"e":"f"}}}"#,
        r#" { "\"" : "\\" , "\\\"" : [ "}", "]", ",", ":", "[{\"", "\u005d" ] , "\u0061" : 0 } "#,
        "{\"é\":[\"日本\",\r\n\t{\"k\":\"\u{1f600}\"}],\"x\":12345678901234567890123}",
    ] {
        check_places(text, &strict(text).unwrap());
    }
}

#[test]
fn positions_are_lines_and_columns_of_characters() {
    let text = "{\"é\":1,\n \"日本\": 2}".as_bytes();
    for (offset, line, column) in
        [(0, 1, 1), (1, 1, 2), (6, 1, 6), (8, 1, 8), (9, 2, 1), (10, 2, 2), (20, 2, 8), (99, 2, 10)]
    {
        assert_eq!(Position::of(text, offset), Position { line, column }, "{offset}");
    }
}

#[test]
fn values_are_those_of_other_readers() {
    let text = r#"{"z":[1,-1,0.5,1e300,18446744073709551615],"a":{"b":null,"c":[true,"x"]}}"#;
    let object = read_object(text.as_bytes(), DEPTH_MAX).unwrap();
    assert_eq!(Value::Object(object), serde_json::from_str::<Value>(text).unwrap());
    for (text, what) in [("[]", "a list"), ("1", "a number"), ("\"{}\"", "a string")] {
        let error = read_object(text.as_bytes(), DEPTH_MAX).unwrap_err();
        assert!(error.reason.ends_with(what), "{error}");
    }
}

#[test]
fn only_one_plain_object_is_read() {
    let read = |text: &str| read_object(text.as_bytes(), 16);
    assert_eq!(read(r#"{"a":[1,{"b":null}]}"#).unwrap()["a"][0], 1);
    let deep = format!("{}1{}", r#"{"a":"#.repeat(17), "}".repeat(17));
    for wrong in [
        "",
        "[]",
        "1",
        "{}{}",
        "{} x",
        r#"{"a":1,"a":2}"#,
        r#"{"a":1,"\u0061":2}"#,
        r#"{"x":{"a":1,"a":1}}"#,
        &deep,
    ] {
        assert!(read(wrong).is_err(), "{wrong}");
    }
}
