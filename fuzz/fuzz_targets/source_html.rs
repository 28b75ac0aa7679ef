//! See `undertone::connectors::fuzz::html`: what must hold of any bytes.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    undertone::connectors::fuzz::html(data);
});
