//! The same encoder through rust-bert and libtorch: a second opinion that shares no arithmetic with ours.
//!
//! Behind the feature `rust-bert`, for `undertone bench`; no comment is ever read by it. Dropout is off, one
//! text a call, and libtorch may take as many threads as `OMP_NUM_THREADS` says.

use std::sync::{Mutex, PoisonError};

use candle_nn::VarBuilder;
use rust_bert::bert::{BertConfig, BertEmbeddings, BertModel};
use tch::{Device, Kind, Tensor, nn::VarStore};

use super::{ModelError, states::States};

const STAGE: &str = "rust-bert";

/// What rust-bert wants to be told and our configuration leaves out, since it only serves training.
const TRAINING_ONLY: [&str; 3] =
    ["attention_probs_dropout_prob", "hidden_dropout_prob", "initializer_range"];

/// rust-bert's `BertModel` with our weights. Its tensors may not be shared between threads, so texts
/// pass one after the other.
pub(super) struct LibtorchEncoder {
    model: Mutex<BertModel<BertEmbeddings>>,
    width: usize,
}

impl LibtorchEncoder {
    /// Builds the model that `config`, a config.json, describes, and fills it from `weights`.
    ///
    /// # Errors
    /// When the configuration is none of a BERT, or a tensor is missing or of another shape.
    pub(super) fn load(config: &[u8], weights: &VarBuilder) -> candle_core::Result<Self> {
        let mut fields: serde_json::Map<String, serde_json::Value> =
            serde_json::from_slice(config).map_err(candle_core::Error::wrap)?;
        for field in TRAINING_ONLY {
            fields.entry(field).or_insert_with(|| 0.0.into());
        }
        let mut config: BertConfig =
            serde_json::from_value(fields.into()).map_err(candle_core::Error::wrap)?;
        config.output_hidden_states = Some(true);
        let store = VarStore::new(Device::Cpu);
        let model = BertModel::new_with_optional_pooler(store.root(), &config, false);
        for (name, mut variable) in store.variables() {
            let shape: Vec<usize> = variable.size().iter().map(|size| *size as usize).collect();
            let values = weights.get(shape, &name)?.flatten_all()?.to_vec1::<f32>()?;
            let values = Tensor::from_slice(&values).view_as(&variable);
            tch::no_grad(|| variable.copy_(&values));
        }
        Ok(Self { model: Mutex::new(model), width: config.hidden_size as usize })
    }

    /// The states of one text after each layer, first layer first.
    ///
    /// # Errors
    /// When libtorch refuses the ids.
    pub(super) fn forward(&self, ids: &[u32]) -> Result<Vec<States>, ModelError> {
        self.states(ids).map_err(ModelError::compute(STAGE))
    }

    fn states(&self, ids: &[u32]) -> candle_core::Result<Vec<States>> {
        let wrap =
            |error: Box<dyn std::error::Error + Send + Sync>| candle_core::Error::Wrapped(error);
        let ids: Vec<i64> = ids.iter().map(|id| i64::from(*id)).collect();
        let ids = Tensor::from_slice(&ids).unsqueeze(0);
        // A panic in it leaves weights as they were: they are only read.
        let model = self.model.lock().unwrap_or_else(PoisonError::into_inner);
        let out =
            tch::no_grad(|| model.forward_t(Some(&ids), None, None, None, None, None, None, false));
        let layers =
            out.map_err(|error| wrap(Box::new(error)))?.all_hidden_states.unwrap_or_default();
        let rows = |layer: &Tensor| {
            let flat = layer.to_kind(Kind::Float).flatten(0, -1);
            let rows = Vec::<f32>::try_from(&flat).map_err(candle_core::Error::wrap)?;
            Ok(States::new(rows, self.width))
        };
        layers.iter().map(rows).collect()
    }
}
