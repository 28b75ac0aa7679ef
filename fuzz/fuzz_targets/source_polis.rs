//! See `undertone::connectors::fuzz::polis`: what must hold of any bytes.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    undertone::connectors::fuzz::polis(data);
});
