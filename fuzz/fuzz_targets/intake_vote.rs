//! See `undertone::server::fuzz::reaction`: what must hold of any bytes.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    undertone::server::fuzz::reaction(data);
});
