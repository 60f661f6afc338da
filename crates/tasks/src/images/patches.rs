use crate::task::View;

/// How an image becomes tokens: a row-major grid of patches, in each patch (row, column, channel).
pub(super) struct Patches {
    side: usize,
    patch: usize,
    /// For each number of the sequence, the pixel it comes from.
    source: Vec<u32>,
    /// For each channel, what a pixel's byte becomes.
    values: Vec<[f32; 256]>,
    /// For each channel, mean and deviation.
    normalise: Vec<(f32, f32)>,
}

impl Patches {
    /// For square images; `normalise` holds each channel's mean and standard deviation, on the
    /// scale where white is 1.
    pub fn new(side: usize, patch: usize, normalise: &[(f32, f32)]) -> Self {
        let channels = normalise.len();
        let grid = side / patch;
        let mut source = Vec::with_capacity(side * side * channels);
        for token in 0..grid * grid {
            let (top, left) = (token / grid * patch, token % grid * patch);
            for row in top..top + patch {
                for column in left..left + patch {
                    let pixel = (row * side + column) * channels;
                    source.extend((pixel..pixel + channels).map(|index| index as u32));
                }
            }
        }
        let values = normalise
            .iter()
            .map(|(mean, deviation)| {
                std::array::from_fn(|byte| (byte as f32 / 255.0 - mean) / deviation)
            })
            .collect();
        Self {
            side,
            patch,
            source,
            values,
            normalise: normalise.to_vec(),
        }
    }

    /// What is put together here, to be taken apart again.
    pub fn view(&self) -> View {
        View::Patches {
            side: self.side,
            patch: self.patch,
            channels: self.normalise.clone(),
        }
    }

    /// Numbers an image has.
    pub fn len(&self) -> usize {
        self.source.len()
    }

    /// Appends an image, `[tokens, patch × patch × channels]`.
    pub fn cut(&self, pixels: &[u8], features: &mut Vec<f32>) {
        let channels = self.values.len();
        features.extend(self.source.iter().map(|&index| {
            let index = index as usize;
            self.values[index % channels][pixels[index] as usize]
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counted_image_is_cut_in_the_papers_order() {
        // 4 × 4 pixels of 2 channels, numbered as stored.
        let pixels: Vec<u8> = (0..32).collect();
        let patches = Patches::new(4, 2, &[(0.0, 1.0 / 255.0); 2]);
        let mut features = Vec::new();
        patches.cut(&pixels, &mut features);
        let features: Vec<u8> = features.iter().map(|value| value.round() as u8).collect();
        #[rustfmt::skip]
        assert_eq!(features, [
            0, 1, 2, 3, 8, 9, 10, 11,
            4, 5, 6, 7, 12, 13, 14, 15,
            16, 17, 18, 19, 24, 25, 26, 27,
            20, 21, 22, 23, 28, 29, 30, 31,
        ]);
    }
}
