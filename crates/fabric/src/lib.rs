//! What makes an instance real: namespaces, DNS, local CA, run and exec; the only crate with unsafe.
