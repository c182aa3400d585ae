use rolecall_api::Shape;

#[derive(Shape)]
struct Request {
    /// A name.
    name: String,
}

fn main() {}
