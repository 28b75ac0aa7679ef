//! See `undertone::connectors::fuzz::open311_json`: what must hold of any bytes.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    undertone::connectors::fuzz::open311_json(data);
});
