//! See `undertone::connectors::fuzz::csv`: what must hold of any bytes.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    undertone::connectors::fuzz::csv(data);
});
