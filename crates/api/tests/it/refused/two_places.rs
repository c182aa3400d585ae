use rolecall_api::Shape;

/// A request.
#[derive(Shape)]
struct Request {
    /// A name.
    #[api(header = "x-oss-name", query = "name")]
    name: String,
}

fn main() {}
