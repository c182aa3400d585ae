use rolecall_testkit::oracle::{evaluate, well_formed};
use rolecall_testkit::vectors::{Vector, vectors};

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
