//! The vendor's operations and the parameters of their requests, as its own metadata lists them.
//!
//! `vendor.txt` has a line for each operation: product, operation, parameters. `cargo xtask vendor
//! FOLDER` writes it from a folder of the metadata (`<product>/<Operation>.json`).

/// The list.
const LIST: &str = include_str!("vendor.txt");

/// The products, in the order of the list.
pub(super) fn products() -> impl Iterator<Item = &'static str> {
    let mut last = "";
    LIST.lines().filter_map(|line| line.split(' ').next()).filter(move |product| {
        let new = *product != last;
        last = product;
        new
    })
}

/// The operations of a product.
pub(super) fn operations(product: &str) -> impl Iterator<Item = &'static str> {
    lines(product).filter_map(|line| line.split(' ').nth(1))
}

/// The parameters of an operation; `None` where the vendor has no such operation.
pub(super) fn parameters(product: &str, operation: &str) -> Option<Vec<&'static str>> {
    let mut lines = lines(product);
    lines.find_map(|line| {
        let mut words = line.split(' ').skip(1);
        (words.next() == Some(operation)).then(|| words.collect())
    })
}

fn lines(product: &str) -> impl Iterator<Item = &'static str> {
    LIST.lines().filter(move |line| line.split(' ').next() == Some(product))
}

/// A line of the list from the vendor's description of an operation. A parameter of the older
/// style, `Tag.N.Key`, is named by its list.
pub fn digest(product: &str, description: &serde_json::Value) -> Option<String> {
    let mut words = vec![product.to_owned(), description.get("name")?.as_str()?.to_owned()];
    for parameter in description.get("parameters")?.as_array()? {
        let name = parameter.get("name")?.as_str()?;
        let name = name.split(".N").next().unwrap_or(name).to_owned();
        if !words.contains(&name) {
            words.push(name);
        }
    }
    Some(words.join(" "))
}
