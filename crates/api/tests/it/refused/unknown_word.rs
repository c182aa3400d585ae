use rolecall_api::Shape;

/// A request.
#[derive(Shape)]
struct Request {
    /// A name.
    #[api(length(1, 64))]
    name: String,
}

fn main() {}
