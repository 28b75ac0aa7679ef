//! See `undertone::connectors::fuzz::decidim_export`: what must hold of any bytes.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    undertone::connectors::fuzz::decidim_export(data);
});
