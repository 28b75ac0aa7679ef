//! See `undertone::server::fuzz::signature`: what must hold of any bytes.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    undertone::server::fuzz::signature(data);
});
