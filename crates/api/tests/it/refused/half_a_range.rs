use rolecall_api::Shape;

/// A request.
#[derive(Shape)]
struct Request {
    /// A number.
    #[api(range(1))]
    number: i64,
}

fn main() {}
