//! The classes of failure that hold from the first day, each against the real program over raw
//! sockets. The names are those of the security notes.

#[cfg(test)]
mod crash;
#[cfg(test)]
mod doctor;
#[cfg(test)]
mod explain;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod harness;
#[cfg(test)]
mod hop_limit;
#[cfg(test)]
mod life;
#[cfg(test)]
mod role_sso;
#[cfg(test)]
mod rot;
#[cfg(test)]
mod sessions;
#[cfg(test)]
mod v01_ssrf;
#[cfg(test)]
mod v02_forwarding_headers;
#[cfg(test)]
mod v03_metadata_paths;
#[cfg(test)]
mod v04_reused_addresses;
#[cfg(test)]
mod v05_verifier;
#[cfg(test)]
mod v06_repeated_parameters;
#[cfg(test)]
mod v07_one_caller;
#[cfg(test)]
mod v09_session_policies;
#[cfg(test)]
mod v10_credentials_of_others;
#[cfg(test)]
mod v11_actions;
#[cfg(test)]
mod v12_expiry;
#[cfg(test)]
mod v13_proof_of_one_request;
#[cfg(test)]
mod v14_algorithm_confusion;
#[cfg(test)]
mod v15_revocation;
#[cfg(test)]
mod v16_open_endpoints;
#[cfg(test)]
mod v18_no_default_secrets;
#[cfg(test)]
mod v19_secrets_in_logs;
#[cfg(test)]
mod v20_timing;
#[cfg(test)]
mod v24_reserved_names;
#[cfg(test)]
mod v25_passing_roles;
#[cfg(test)]
mod v26_confused_deputy;
#[cfg(test)]
mod v27_chains;
#[cfg(test)]
mod v28_wildcards;
#[cfg(test)]
mod v29_spellings;
#[cfg(test)]
mod v30_json_duplicates;
#[cfg(test)]
mod v38_slow_clients;
#[cfg(test)]
mod v39_no_panic;
#[cfg(test)]
mod v43_replay;
#[cfg(test)]
mod v44_clock_skew;
#[cfg(test)]
mod v46_ids_of_others;
#[cfg(test)]
mod v50_file_modes;
#[cfg(test)]
mod v52_canonical_requests;
