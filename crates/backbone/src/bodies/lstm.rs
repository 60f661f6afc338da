//! The official code's LSTM with layer norms, and the paper's LSTM* (section 3.3): with residual
//! connections and positions. What is odd about the official one has names and can be switched.
//! Fields are named as in its state dict: `params.0.ln_i2h.alpha`.

use crate::architecture::{Architecture, ModelConfig, Shapes};
use crate::check::{MOST_LAYERS, MOST_ROWS, MOST_WIDTH, real, size};
use crate::error::BackboneError;
use crate::hub_format::HubFormat;
use crate::init::Init;
use crate::layers::{Linear, Table};
use crate::model::{SequenceModel, keep};
use crate::pass::Pass;
use crate::size::Size;
use burn::module::{Module, Param};
use burn::tensor::{Tensor, s};
use freezing_policy::{Group, Ledger};
use kernels::{Dropout, Norm, Recurrence};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// An LSTM with layer norms. There is no such type on the hub; the fields are ours.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LstmConfig {
    pub hidden_size: usize,
    pub num_hidden_layers: usize,
    /// Rows of a table of positions, which starts at zero; 0 for none. LSTM* has one.
    pub max_position_embeddings: usize,
    /// Whether a layer's input is added to its output. LSTM* does.
    pub residual: bool,
    pub norm_init: NormInit,
    pub initial_state: InitialState,
    /// Whether norms divide by the variance of a sample (n - 1), as the official code does.
    pub unbiased_variance: bool,
    pub layer_norm_eps: f64,
}

/// How gains and biases of the norms start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NormInit {
    /// Both uniform in ±1/√n, as the official code draws them.
    Uniform,
    /// 1 and 0.
    Unit,
}

/// What the cells hold before the first token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InitialState {
    /// Fresh N(0, 1/width) at every pass, evaluation included, as in the official code. Passes of
    /// evaluation share one key here, and so one draw.
    Noise,
    Zeros,
}

impl ModelConfig for LstmConfig {
    fn width(&self) -> usize {
        self.hidden_size
    }

    fn positions(&self) -> usize {
        match self.max_position_embeddings {
            0 => usize::MAX,
            rows => rows,
        }
    }

    fn layers(&self) -> usize {
        self.num_hidden_layers
    }

    fn inner(&self) -> usize {
        4 * self.hidden_size
    }

    fn is_causal(&self) -> bool {
        true
    }

    fn weighs_tokens(&self) -> bool {
        false
    }

    fn draws(&self) -> bool {
        self.initial_state == InitialState::Noise
    }

    fn set_layers(&mut self, layers: usize) {
        self.num_hidden_layers = layers;
    }

    fn check(&self) -> Result<(), BackboneError> {
        size("hidden_size", self.hidden_size, MOST_WIDTH)?;
        size("num_hidden_layers", self.num_hidden_layers, MOST_LAYERS)?;
        let rows = self.max_position_embeddings;
        size("max_position_embeddings", rows + 1, MOST_ROWS)?;
        real("layer_norm_eps", self.layer_norm_eps)
    }
}

impl Architecture for LstmConfig {
    type Model = Lstm;

    const SHAPES: Shapes<Self> = &[("lstm", Self::official), ("lstm-star", Self::star)];

    fn hub_format() -> HubFormat {
        HubFormat {
            architecture: "LNLSTM",
            ..HubFormat::default()
        }
    }

    fn make(&self, init: &mut Init) -> Lstm {
        Lstm::random(self, init)
    }
}

impl LstmConfig {
    /// The official code's, its quirks included: three layers, fewer only where all bodies have
    /// fewer.
    fn official(size: &Size) -> Self {
        Self {
            hidden_size: size.width,
            num_hidden_layers: size.layers.min(3),
            max_position_embeddings: 0,
            residual: false,
            norm_init: NormInit::Uniform,
            initial_state: InitialState::Noise,
            unbiased_variance: true,
            layer_norm_eps: 1e-6,
        }
    }

    /// The paper's LSTM*: deep, residual, with positions.
    fn star(size: &Size) -> Self {
        Self {
            num_hidden_layers: size.layers,
            max_position_embeddings: size.positions,
            residual: true,
            ..Self::official(size)
        }
    }
}

/// The body: positions if it has them, and the layers.
#[derive(Module, Debug)]
pub struct Lstm {
    pub position_embeddings: Option<Table>,
    pub params: Vec<Cell>,
    residual: bool,
    noise: bool,
}

/// A layer: its products with input and state, each behind a norm, and the norm of the cell.
#[derive(Module, Debug)]
pub struct Cell {
    /// `[width, 4 × width]`: input, forget and output gate, then the candidate.
    pub i2h: Linear,
    /// `[width, 4 × width]`
    pub h2h: Linear,
    pub ln_i2h: CellNorm,
    pub ln_h2h: CellNorm,
    pub ln_cell: CellNorm,
}

/// Layer norm with the official code's names.
#[derive(Module, Debug)]
pub struct CellNorm {
    /// Gain, `[width]`
    pub alpha: Param<Tensor<1>>,
    /// `[width]`
    pub beta: Param<Tensor<1>>,
    epsilon: f64,
    unbiased: bool,
}

impl Lstm {
    /// A random body: products uniform in ±1/√width, norms as the config says, positions 0.
    pub fn random(config: &LstmConfig, init: &mut Init) -> Self {
        let shape = [config.max_position_embeddings, config.hidden_size];
        Self {
            position_embeddings: (shape[0] > 0).then(|| Table {
                weight: init.zeros(shape),
            }),
            params: (0..config.num_hidden_layers)
                .map(|_| Cell::init(config, init))
                .collect(),
            residual: config.residual,
            noise: config.initial_state == InitialState::Noise,
        }
    }

    /// State and cell before the first token, `[batch, width]` each.
    fn start(&self, hidden: &Tensor<3>, pass: &mut Pass) -> [Tensor<2>; 2] {
        let width = hidden.dims()[2];
        let zeros = hidden
            .clone()
            .narrow(1, 0, 1)
            .squeeze_dim::<2>(1)
            .zeros_like();
        [(); 2].map(|()| match self.noise {
            true => pass.normal(&zeros, (width as f64).powf(-0.5)),
            false => zeros.clone(),
        })
    }
}

impl SequenceModel for Lstm {
    fn layers(&self) -> usize {
        self.params.len()
    }

    fn enter(&self, hidden: Tensor<3>, _: &mut Pass) -> Tensor<3> {
        let [_, tokens, _] = hidden.dims();
        match &self.position_embeddings {
            Some(table) => hidden + table.weight.val().slice(s![0..tokens]).unsqueeze(),
            None => hidden,
        }
    }

    fn stack(&self, range: Range<usize>, hidden: Tensor<3>, pass: &mut Pass) -> Tensor<3> {
        let cells = self.params[range].iter();
        cells.fold(hidden, |hidden, cell| {
            let start = self.start(&hidden, pass);
            let output = cell.forward(hidden.clone(), start, pass);
            match self.residual {
                true => hidden + output,
                false => output,
            }
        })
    }

    fn label(&self, ledger: &mut Ledger) {
        if let Some(table) = &self.position_embeddings {
            ledger.add(Group::Position, None, table);
        }
        // An LSTM has no attention: what mixes tokens, its state, is the nearest thing to it.
        for (index, cell) in self.params.iter().enumerate() {
            ledger.add(Group::FeedForward, Some(index), &cell.i2h);
            ledger.add(Group::Attention, Some(index), &cell.h2h);
            for norm in [&cell.ln_i2h, &cell.ln_h2h, &cell.ln_cell] {
                ledger.add(Group::LayerNorm, Some(index), norm);
            }
        }
    }

    fn keep_layers(&mut self, layers: Range<usize>) {
        keep(&mut self.params, layers);
    }

    fn residual_projections(&mut self) -> Vec<&mut Param<Tensor<2>>> {
        Vec::new()
    }
}

impl Cell {
    fn init(config: &LstmConfig, init: &mut Init) -> Self {
        let width = config.hidden_size;
        let bound = (width as f64).powf(-0.5);
        let mut product = || Linear {
            weight: init.uniform([width, 4 * width], bound),
            bias: init.uniform([4 * width], bound),
        };
        let (i2h, h2h) = (product(), product());
        let mut norm = |width| CellNorm::init(width, config, init);
        Self {
            i2h,
            h2h,
            ln_i2h: norm(4 * width),
            ln_h2h: norm(4 * width),
            ln_cell: norm(width),
        }
    }

    /// # Shapes
    /// - input, output: `[batch, tokens, width]`
    /// - state and cell: `[batch, width]`
    fn forward(&self, input: Tensor<3>, start: [Tensor<2>; 2], pass: &mut Pass) -> Tensor<3> {
        let [_, tokens, _] = input.dims();
        let from_input = self.ln_i2h.forward(self.i2h.forward(input));
        let recurrence = Recurrence {
            weight: self.h2h.weight.val(),
            bias: self.h2h.bias.val(),
            state_norm: self.ln_h2h.norm(),
            cell_norm: self.ln_cell.norm(),
        };
        // A site for each token: none where nothing drops.
        let drops: Vec<Dropout> = (0..tokens).filter_map(|_| pass.next_site()).collect();
        kernels::lstm(from_input, start, recurrence, &drops)
    }
}

impl CellNorm {
    fn init(width: usize, config: &LstmConfig, init: &mut Init) -> Self {
        let bound = (width as f64).powf(-0.5);
        let (alpha, beta) = match config.norm_init {
            NormInit::Uniform => (init.uniform([width], bound), init.uniform([width], bound)),
            NormInit::Unit => (init.ones([width]), init.zeros([width])),
        };
        Self {
            alpha,
            beta,
            epsilon: config.layer_norm_eps,
            unbiased: config.unbiased_variance,
        }
    }

    /// # Shapes
    /// - input, output: `[.., width]`
    fn forward<const D: usize>(&self, input: Tensor<D>) -> Tensor<D> {
        let Norm {
            gain,
            bias,
            epsilon,
        } = self.norm();
        kernels::layer_norm(input, gain, bias, epsilon)
    }

    /// As one that divides by the variance over n.
    fn norm(&self) -> Norm {
        let (mut gain, mut epsilon) = (self.alpha.val(), self.epsilon);
        if self.unbiased {
            // With v the variance over n, that over n - 1 is v / part.
            let width = gain.dims()[0] as f64;
            let part = (width - 1.0) / width;
            epsilon *= part;
            gain = gain * part.sqrt();
        }
        Norm {
            gain,
            bias: self.beta.val(),
            epsilon,
        }
    }
}
