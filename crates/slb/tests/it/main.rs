//! Tests of the load balancer through its gate, and through its listeners.

#[cfg(test)]
mod attacks;
#[cfg(test)]
mod errors;
#[cfg(test)]
mod http;
#[cfg(test)]
mod life;
#[cfg(test)]
mod permissions;
#[cfg(test)]
mod servers;
#[cfg(test)]
mod tcp;
#[cfg(test)]
mod upstream;
#[cfg(test)]
mod world;

#[cfg(test)]
mod tests {
    #[test]
    fn every_file_here_is_a_module() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it");
        let main = include_str!("main.rs");
        for entry in std::fs::read_dir(folder).expect("the folder of this file") {
            let path = entry.expect("an entry").path();
            let name = path.file_stem().and_then(|name| name.to_str()).expect("a name");
            assert!(
                name == "main" || main.contains(&format!("mod {name};")),
                "{name} is forgotten"
            );
        }
    }
}
