//! See `undertone::server::fuzz::events`: what must hold of any bytes.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    undertone::server::fuzz::events(data);
});
