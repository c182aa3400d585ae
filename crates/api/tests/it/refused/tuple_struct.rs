use rolecall_api::Shape;

/// A request.
#[derive(Shape)]
struct Request(String);

fn main() {}
