use rolecall_api::Shape;

/// A request.
#[derive(Shape)]
struct Request {
    /// A name.
    name: String,
    number: i64,
}

fn main() {}
