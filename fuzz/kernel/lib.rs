//! The product's kernel as it stands, without the rest of the product.

// What only the rest of the product calls.
#![allow(dead_code, unused_imports)]

#[path = "../../src/model"]
mod model {
    pub mod kernel;
    pub mod lanes;
    #[cfg(test)]
    #[path = "../../fuzz/kernel/shapes.rs"]
    mod shapes;
}
