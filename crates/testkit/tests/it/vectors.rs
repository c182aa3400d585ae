use rolecall_testkit::oracle::{Answer, Case, evaluate, well_formed};
use serde::Deserialize;

#[derive(Deserialize)]
struct Vectors {
    vectors: Vec<Vector>,
}

#[derive(Deserialize)]
struct Vector {
    id: String,
    expected: Answer,
    #[serde(flatten)]
    case: Case,
}

fn vectors() -> Vec<Vector> {
    let file: Vectors = serde_json::from_str(include_str!("../vectors/policy.json")).unwrap();
    file.vectors
}

#[test]
fn the_oracle_gives_the_published_outcomes() {
    let vectors = vectors();
    assert_eq!(vectors.len(), 121);
    for Vector { id, expected, case } in vectors {
        for (kind, document) in case.documents() {
            assert_eq!(well_formed(kind, document), Ok(()), "{id}");
        }
        assert_eq!(evaluate(&case), expected, "{id}");
    }
}
