use burn::module::{Param, ParamId};
use burn::tensor::{Device, Shape, Tensor, TensorData};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Normal, StandardNormal, StandardUniform};

/// Makes a model's parameters, one after the other.
///
/// Values are drawn on the host, so the same stream gives the same model on every device. Without
/// a stream the parameters have shapes only: enough to count them, at no cost in memory.
pub struct Init<'a> {
    rng: Option<&'a mut ChaCha8Rng>,
    device: &'a Device,
}

impl<'a> Init<'a> {
    /// Parameters drawn from `rng`.
    pub fn new(rng: &'a mut ChaCha8Rng, device: &'a Device) -> Self {
        Self {
            rng: Some(rng),
            device,
        }
    }

    /// Parameters that have a shape and no values yet.
    pub fn shapes(device: &'a Device) -> Self {
        Self { rng: None, device }
    }

    /// Independent draws from N(0, `deviation`).
    pub fn normal<const D: usize>(
        &mut self,
        shape: [usize; D],
        deviation: f64,
    ) -> Param<Tensor<D>> {
        let count = shape.iter().product();
        self.parameter(shape, |rng| {
            let normal = StandardNormal.sample_iter(rng);
            normal
                .take(count)
                .map(|x: f32| x * deviation as f32)
                .collect()
        })
    }

    /// Independent draws from the uniform distribution on ±`bound`.
    pub fn uniform<const D: usize>(&mut self, shape: [usize; D], bound: f64) -> Param<Tensor<D>> {
        let count = shape.iter().product();
        self.parameter(shape, |rng| {
            let unit = StandardUniform.sample_iter(rng).take(count);
            unit.map(|x: f32| (2.0 * x - 1.0) * bound as f32).collect()
        })
    }

    /// All zero.
    pub fn zeros<const D: usize>(&mut self, shape: [usize; D]) -> Param<Tensor<D>> {
        let count = shape.iter().product();
        self.parameter(shape, |_| vec![0.0; count])
    }

    /// All one.
    pub fn ones<const D: usize>(&mut self, shape: [usize; D]) -> Param<Tensor<D>> {
        let count = shape.iter().product();
        self.parameter(shape, |_| vec![1.0; count])
    }

    /// A parameter of the values that `draw` makes, row-major.
    pub fn parameter<const D: usize>(
        &mut self,
        shape: [usize; D],
        draw: impl FnOnce(&mut ChaCha8Rng) -> Vec<f32>,
    ) -> Param<Tensor<D>> {
        match &mut self.rng {
            Some(rng) => {
                let data = TensorData::new(draw(rng), shape);
                Param::from_tensor(Tensor::from_data(data, self.device))
            }
            None => Param::uninitialized(
                ParamId::new(),
                move |device, _| Tensor::zeros(shape, device),
                self.device.clone(),
                false,
                Shape::from(shape),
            ),
        }
    }
}

/// As many draws as there are `values`, from a normal of this mean and standard deviation.
pub(crate) fn normal_like(
    values: &[f32],
    (mean, deviation): (f64, f64),
    rng: &mut ChaCha8Rng,
) -> Vec<f32> {
    match Normal::new(mean as f32, deviation as f32) {
        Ok(normal) => normal.sample_iter(rng).take(values.len()).collect(),
        // Numbers that are not finite stay what they are; training reports them.
        Err(_) => values.to_vec(),
    }
}
