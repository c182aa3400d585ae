use std::fmt::Debug;

use rolecall_api::{Code, Field, Kind, Place, Shape};
use rolecall_types::RoleName;
use serde::{Deserialize, Serialize};
use serde_json::json;

const WRONG: Code = Code::new("Wrong", 400, "It is wrong.", "When it is wrong.");
const ABSENT: Code = Code::new("Absent", 400, "It is absent.", "When it is absent.");

/// Does one thing,
/// on two lines.
///
/// And tells more.
#[derive(Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Everything {
    /// A name.
    role_name: RoleName,
    /// Of a few
    /// words.
    #[api(choices("Deny", "Allow"), invalid = &WRONG, missing = &ABSENT)]
    kind: Option<String>,
    /// Named otherwise.
    #[serde(rename = "vSwitchIDs", default)]
    #[api(items(1, 5), item = "VSwitch", required)]
    v_switch_ids: Vec<String>,
    /// Hidden.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[api(chars(8, 32))]
    #[api(secret)]
    password: Option<String>,
    /// A number.
    #[api(range(900, 3_600 * 12))]
    seconds: i64,
    /// In a header.
    #[api(header = "x-oss-acl")]
    acl: Option<String>,
    /// In the query.
    #[api(query = "max-keys")]
    max_keys: Option<u32>,
    /// Some parts.
    parts: Vec<Part>,
    /// One part.
    r#type: Option<Part>,
}

/// A part.
#[derive(Serialize, Deserialize, Shape)]
struct Part {
    /// Its name as it is.
    part_name: String,
}

/// Nothing at all.
#[derive(Shape)]
struct Nothing;

/// What `of` says of each field.
fn check<T: PartialEq + Debug>(of: fn(&Field) -> T, expected: [T; 9]) {
    let found: Vec<T> = Everything::FIELDS.iter().map(of).collect();
    assert_eq!(found, Vec::from(expected));
}

#[test]
fn names_are_those_that_serde_writes() {
    let names = [
        "RoleName",
        "Kind",
        "vSwitchIDs",
        "Password",
        "Seconds",
        "Acl",
        "MaxKeys",
        "Parts",
        "Type",
    ];
    check(|field| field.name, names);
    let part = || Part { part_name: "p".to_owned() };
    let value = serde_json::to_value(Everything {
        role_name: RoleName::new("web").unwrap(),
        kind: None,
        v_switch_ids: Vec::new(),
        password: Some("secret".to_owned()),
        seconds: 900,
        acl: None,
        max_keys: None,
        parts: vec![part()],
        r#type: Some(part()),
    });
    let value = value.unwrap();
    let written: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(written, names);
    assert_eq!(value["Parts"][0].as_object().unwrap().keys().next().unwrap(), "part_name");
    assert_eq!(Part::FIELDS[0].name, "part_name");
}

#[test]
fn documentation_is_joined() {
    assert_eq!(Everything::DOC, "Does one thing, on two lines.\n\nAnd tells more.");
    check(
        |field| field.doc,
        [
            "A name.",
            "Of a few words.",
            "Named otherwise.",
            "Hidden.",
            "A number.",
            "In a header.",
            "In the query.",
            "Some parts.",
            "One part.",
        ],
    );
    assert_eq!((Nothing::DOC, Nothing::FIELDS.len()), ("Nothing at all.", 0));
}

#[test]
fn options_and_lists_may_be_left_out_unless_they_may_not() {
    let required = [true, false, true, false, true, false, false, false, false];
    check(|field| field.required, required);
    check(|field| field.secret, [false, false, false, true, false, false, false, false, false]);
}

#[test]
fn limits_are_where_they_were_said() {
    let mut chars = [None; 9];
    chars[3] = Some((8, 32));
    check(|field| field.chars, chars);
    let mut range = [None; 9];
    range[4] = Some((900, 43_200));
    check(|field| field.range, range);
    let mut items = [None; 9];
    items[2] = Some((1, 5));
    check(|field| field.items, items);
    let mut item = [None; 9];
    item[2] = Some("VSwitch");
    check(|field| field.item, item);
    let mut choices = [&[][..]; 9];
    choices[1] = &["Deny", "Allow"];
    check(|field| field.choices, choices);
    let mut invalid = [None; 9];
    invalid[1] = Some("Wrong");
    check(|field| field.invalid.map(|code| code.name), invalid);
    let mut missing = [None; 9];
    missing[1] = Some("Absent");
    check(|field| field.missing.map(|code| code.name), missing);
}

#[test]
fn places_are_parameters_unless_they_are_named() {
    let mut places = [Place::Parameter; 9];
    places[5] = Place::Header("x-oss-acl");
    places[6] = Place::Query("max-keys");
    check(|field| field.place, places);
}

#[test]
fn kinds_are_those_of_the_types() {
    let kinds = ["text 64", "text", "list", "text", "integer", "text", "integer", "list", "object"];
    let word = |field: &Field| match field.kind {
        Kind::Text(rule) if rule.max == RoleName::RULE.max => "text 64",
        Kind::Text(_) => "text",
        Kind::Integer => "integer",
        Kind::Decimal => "decimal",
        Kind::Boolean => "boolean",
        Kind::List(_) => "list",
        Kind::Object(_) => "object",
    };
    check(word, kinds);
    let Kind::List(Kind::Object([part])) = Everything::FIELDS[7].kind else {
        panic!("no list of parts: {:?}", Everything::FIELDS[7].kind);
    };
    assert_eq!(part.name, "part_name");
    assert!(matches!(Nothing::KIND, Kind::Object([])));
}

/// Each file is refused with the text beside it.
#[test]
fn what_is_no_shape_does_not_compile() {
    trybuild::TestCases::new().compile_fail("tests/it/refused/*.rs");
}

/// What several requests have in common.
#[derive(Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
struct Common {
    /// A header.
    #[api(header = "x-oss-tagging")]
    tagging: Option<String>,
    /// A number.
    max_keys: Option<u32>,
}

/// A request with fields before and behind the common ones.
#[derive(Serialize, Deserialize, Shape)]
#[serde(rename_all = "PascalCase")]
struct Flat {
    /// Before.
    before: String,
    /// The common ones.
    #[serde(flatten)]
    common: Common,
    /// Behind.
    behind: Option<bool>,
}

#[test]
fn the_fields_of_a_flattened_struct_stand_in_its_place() {
    let names: Vec<_> = Flat::FIELDS.iter().map(|field| field.name).collect();
    assert_eq!(names, ["Before", "Tagging", "MaxKeys", "Behind"]);
    assert_eq!(Flat::FIELDS[1].place, Place::Header("x-oss-tagging"));
    let flat: Flat =
        serde_json::from_value(json!({"Before": "b", "MaxKeys": 7, "Tagging": null})).unwrap();
    assert_eq!((flat.before.as_str(), flat.common.max_keys, flat.behind), ("b", Some(7), None));
    assert_eq!(flat.common.tagging, None);
}
