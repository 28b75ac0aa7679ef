//! See `undertone::text::fuzz::redaction`: what must hold of any bytes.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    undertone::text::fuzz::redaction(data);
});
