//! The sampler on its own, at noise from slight to heavy: the trials only see that of their plans.

use super::{AuditError, report::ShapeVerdict, shape::Bins, verdict::on_shape};
use crate::privacy::draw_on_nothing;

/// Noise that is looked at.
///
/// # Units
/// 60ths of a voice.
pub(super) const SIGMAS: [u32; 6] = [1, 3, 20, 60, 427, 4_096];

const BINS: usize = 40;

/// Draws `draws` numbers at each of [`SIGMAS`] and compares them with the exact distribution.
pub(super) fn run(
    draws: usize,
    alpha: f64,
    progress: &dyn Fn(),
) -> Result<Vec<ShapeVerdict>, AuditError> {
    let look = |sigma_units: u32| {
        let bins = Bins::of(sigma_units, BINS);
        let mut found = vec![0; bins.len()];
        for x in draw_on_nothing(sigma_units, draws)? {
            found[bins.index(x)] += 1;
        }
        progress();
        Ok(on_shape(format!("sigma {sigma_units}"), sigma_units, &bins, &found, alpha))
    };
    SIGMAS.into_iter().map(look).collect()
}
