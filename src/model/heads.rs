//! The sentiment head: a small dense network over pooled hidden states of the frozen encoder.

use candle_core::{DType, Device};
use candle_nn::VarBuilder;
use serde::Deserialize;

use super::{
    Manifest, ModelError, States,
    kernel::Plain,
    kit::Kit,
    lanes::gelu,
    pooling::{Pool, softmax},
};

const SHAPE: &str = "sentiment.json";
const WEIGHTS: &str = "sentiment.safetensors";
const STAGE: &str = "sentiment head";

/// The labels in the order that [`crate::domain::Sentiment::READ`] has.
const LABELS: [&str; 3] = ["negative", "neutral", "positive"];

/// A loaded sentiment head.
pub(super) struct SentimentHead {
    features: Vec<(Pool, usize)>,
    layers: Vec<Plain>,
    activation: Option<Activation>,
    temperature: f32,
}

/// What sentiment.json says.
#[derive(Deserialize)]
struct Shape {
    features: Vec<String>,
    layers: usize,
    activation: Option<Activation>,
    temperature: f32,
    labels: Vec<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Activation {
    Relu,
    Gelu,
}

impl SentimentHead {
    /// Loads the head of a kit for an encoder of this depth and width.
    pub(super) fn load(
        manifest: &Manifest,
        kit: &Kit,
        (depth, width): (usize, usize),
    ) -> Result<Self, ModelError> {
        let shape: Shape = serde_json::from_slice(&manifest.read(&kit.file(SHAPE))?)
            .map_err(|error| ModelError::malformed(SHAPE, error))?;
        check(&shape)?;
        let features = shape.features.iter().map(|name| feature(name, depth));
        let features = features.collect::<Result<Vec<_>, _>>()?;
        let weights = manifest.read(&kit.file(WEIGHTS))?;
        let unusable = |error| ModelError::malformed(WEIGHTS, error);
        let weights = VarBuilder::from_buffered_safetensors(weights, DType::F32, &Device::Cpu)
            .map_err(unusable)?;
        let layers = dense_layers(&weights, shape.layers, features.len() * width);
        let layers = layers.map_err(unusable)?;
        Ok(Self { features, layers, activation: shape.activation, temperature: shape.temperature })
    }

    /// The probabilities of negative, neutral and positive.
    ///
    /// # Shape
    /// `states` holds [tokens, hidden] of each layer of the encoder, the first layer first.
    pub(super) fn probabilities(&self, states: &[States]) -> Result<[f32; 3], ModelError> {
        let mut values = self.logits(states)?;
        values.iter_mut().for_each(|logit| *logit /= self.temperature);
        softmax(&mut values);
        if values.iter().all(|value| value.is_finite()) {
            Ok(values)
        } else {
            Err(ModelError::NotFinite { stage: STAGE })
        }
    }

    /// What the probabilities are made of, before the temperature.
    ///
    /// # Shape
    /// As [`SentimentHead::probabilities`].
    pub(super) fn logits(&self, states: &[States]) -> Result<[f32; 3], ModelError> {
        let pooled = self.features.iter().map(|&(pool, layer)| pool.apply(&states[layer]));
        let mut values: Vec<f32> = pooled.flatten().collect();
        for (index, layer) in self.layers.iter().enumerate() {
            values = layer.apply(&values);
            if index + 1 < self.layers.len() {
                activate(self.activation, &mut values);
            }
        }
        let short = |_| ModelError::malformed(WEIGHTS, "it does not end in 3 logits");
        <[f32; 3]>::try_from(values).map_err(short)
    }
}

fn activate(activation: Option<Activation>, values: &mut [f32]) {
    match activation {
        // Not `f32::max`, which would hide a value that is not a number.
        Some(Activation::Relu) => {
            values.iter_mut().for_each(|x| *x = if *x <= 0.0 { 0.0 } else { *x });
        }
        Some(Activation::Gelu) => values.iter_mut().for_each(|x| *x = gelu(*x)),
        None => {}
    }
}

fn check(shape: &Shape) -> Result<(), ModelError> {
    if shape.labels != LABELS {
        return Err(ModelError::malformed(SHAPE, "labels are not negative, neutral, positive"));
    }
    if shape.layers == 0 {
        return Err(ModelError::malformed(SHAPE, "layers is 0; expected at least 1"));
    }
    if !(shape.temperature.is_finite() && shape.temperature > 0.0) {
        return Err(ModelError::malformed(SHAPE, "temperature is not above 0"));
    }
    Ok(())
}

/// Reads a feature such as `mean:6` as a pool and the index of a layer.
fn feature(name: &str, depth: usize) -> Result<(Pool, usize), ModelError> {
    let parsed = name.split_once(':').and_then(|(pool, layer)| {
        let layer: usize = layer.parse().ok().filter(|layer| (1..=depth).contains(layer))?;
        Some((Pool::from_name(pool)?, layer - 1))
    });
    let refused = || format!("feature `{name}` is not mean, max or cls of a layer 1 to {depth}");
    parsed.ok_or_else(|| ModelError::malformed(SHAPE, refused()))
}

/// Reads `w0`, `b0` and so on; each layer takes what the one before gives, the last gives three.
fn dense_layers(
    weights: &VarBuilder,
    count: usize,
    features: usize,
) -> candle_core::Result<Vec<Plain>> {
    let mut width = features;
    let mut layers = Vec::with_capacity(count);
    for index in 0..count {
        let bias = weights.get_unchecked(&format!("b{index}"))?;
        let out = if index + 1 == count { LABELS.len() } else { bias.dims1()? };
        let weight = weights.get((out, width), &format!("w{index}"))?.flatten_all()?;
        layers.push(Plain::new(&weight.to_vec1::<f32>()?, &bias.reshape(out)?.to_vec1::<f32>()?));
        width = out;
    }
    Ok(layers)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two features of one layer, two hidden units, three tones; by hand.
    fn head(activation: Option<Activation>) -> SentimentHead {
        let hidden = Plain::new(&[0.0, -1.0, 1.0, 0.0], &[0.0, 1.0]);
        let out = Plain::new(&[1.0, 0.0, 0.0, 1.0, 0.0, 0.0], &[0.0, 0.0, 1.0]);
        let features = vec![(Pool::Cls, 0), (Pool::Mean, 1)];
        SentimentHead { features, layers: vec![hidden, out], activation, temperature: 2.0 }
    }

    fn states(value: f32) -> [States; 2] {
        [States::new(vec![1.0, 9.0], 1), States::new(vec![value, value], 1)]
    }

    #[test]
    fn probabilities_follow_features_layers_activation_and_temperature() {
        // Features (1, 2); hidden (-2, 2), after ReLU (0, 2); logits (0, 2, 1), halved.
        let found = head(Some(Activation::Relu)).probabilities(&states(2.0)).unwrap();
        let total = 1.0 + 1.0_f32.exp() + 0.5_f32.exp();
        for (found, expected) in found.iter().zip([1.0, 1.0_f32.exp(), 0.5_f32.exp()]) {
            assert!((found - expected / total).abs() < 1e-6);
        }
        let linear = head(None).probabilities(&states(2.0)).unwrap();
        assert!(linear[0] < found[0]);
    }

    #[test]
    fn probabilities_that_are_not_numbers_are_refused() {
        let refused = head(None).probabilities(&states(f32::NAN));
        assert!(matches!(refused, Err(ModelError::NotFinite { .. })));
    }

    fn shape(json: serde_json::Value) -> Result<(), ModelError> {
        check(&serde_json::from_value(json).unwrap())
    }

    #[test]
    fn feature_of_a_known_pool_and_layer_is_read_from_one() {
        assert_eq!(feature("mean:6", 6).unwrap(), (Pool::Mean, 5));
        assert_eq!(feature("cls:1", 6).unwrap(), (Pool::Cls, 0));
    }

    #[test]
    fn feature_outside_the_encoder_is_refused_by_name() {
        for name in ["mean:0", "mean:7", "sum:1", "mean", "mean:x"] {
            assert!(feature(name, 6).unwrap_err().to_string().contains(name), "{name}");
        }
    }

    #[test]
    fn shape_with_reordered_labels_or_no_temperature_is_refused() {
        let json = |labels: &[&str], temperature: f64, layers: usize| {
            serde_json::json!({ "features": [], "layers": layers, "activation": null,
                "temperature": temperature, "labels": labels })
        };
        assert!(shape(json(&LABELS, 1.5, 1)).is_ok());
        assert!(shape(json(&["positive", "neutral", "negative"], 1.5, 1)).is_err());
        assert!(shape(json(&LABELS, 0.0, 1)).is_err());
        assert!(shape(json(&LABELS, 1.5, 0)).is_err());
    }
}
