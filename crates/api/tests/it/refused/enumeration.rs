use rolecall_api::Shape;

/// A request.
#[derive(Shape)]
enum Request {
    /// A name.
    Name(String),
}

fn main() {}
