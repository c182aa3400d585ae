#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| rolecall_testkit::fuzz::json_list(data));
