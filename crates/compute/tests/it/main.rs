//! The operations of ECS and VPC through the gate, with signed calls on a store in memory.

#[cfg(test)]
mod cases;
#[cfg(test)]
mod deleting;
#[cfg(test)]
mod errors;
#[cfg(test)]
mod groups;
#[cfg(test)]
mod key_pairs;
#[cfg(test)]
mod launching;
#[cfg(test)]
mod life;
#[cfg(test)]
mod managed;
#[cfg(test)]
mod networks;
#[cfg(test)]
mod offers;
#[cfg(test)]
mod passing;
#[cfg(test)]
mod permissions;
#[cfg(test)]
mod races;
#[cfg(test)]
mod reading;
#[cfg(test)]
mod roles;
#[cfg(test)]
mod tags;
#[cfg(test)]
mod tokens;
#[cfg(test)]
mod view;
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
