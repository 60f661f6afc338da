use crate::task::View;

/// How an image becomes tokens: a row-major grid of patches, in each patch (row, column, channel).
pub(super) struct Patches {
    side: usize,
    patch: usize,
    /// For each pixel of the sequence, its number in the image, row by row.
    pixels: Vec<u32>,
    colour: Colour,
    /// For each channel, mean and deviation.
    normalise: Vec<(f32, f32)>,
}

/// What numbers pixels become.
enum Colour {
    /// For each channel, what a byte becomes.
    Own(Vec<[f32; 256]>),
    /// For red, green and blue, what a byte adds to the grey.
    Grey(Box<[[f32; 256]; 3]>),
}

/// Share of each channel in the grey, as torchvision (and TensorFlow) weighs.
const GREY: [f32; 3] = [0.2989, 0.587, 0.114];

impl Patches {
    /// For square images; `normalise` holds each channel's mean and standard deviation, on the
    /// scale where white is 1.
    pub fn new(side: usize, patch: usize, normalise: &[(f32, f32)]) -> Self {
        let grid = side / patch;
        let mut pixels = Vec::with_capacity(side * side);
        for token in 0..grid * grid {
            let (top, left) = (token / grid * patch, token % grid * patch);
            for row in top..top + patch {
                let first = (row * side + left) as u32;
                pixels.extend(first..first + patch as u32);
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
            pixels,
            colour: Colour::Own(values),
            normalise: normalise.to_vec(),
        }
    }

    /// For square images of three channels that are made grey.
    pub fn grey(side: usize, patch: usize, normalise: (f32, f32)) -> Self {
        let share = |weight| std::array::from_fn(|byte| weight * (byte as f32 / 255.0));
        Self {
            colour: Colour::Grey(Box::new(GREY.map(share))),
            ..Self::new(side, patch, &[normalise])
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

    /// Bytes of a pixel.
    fn stored(&self) -> usize {
        match &self.colour {
            Colour::Own(values) => values.len(),
            Colour::Grey(shares) => shares.len(),
        }
    }

    /// Bytes of an image.
    pub fn bytes(&self) -> usize {
        self.pixels.len() * self.stored()
    }

    /// Appends an image, `[tokens, patch × patch × channels]`.
    pub fn cut(&self, image: &[u8], features: &mut Vec<f32>) {
        let stored = self.stored();
        let pixels = self
            .pixels
            .iter()
            .map(|&number| &image[stored * number as usize..][..stored]);
        match &self.colour {
            Colour::Own(values) => {
                for pixel in pixels {
                    let numbers = pixel.iter().zip(values);
                    features.extend(numbers.map(|(byte, values)| values[usize::from(*byte)]));
                }
            }
            Colour::Grey(shares) => {
                let (mean, deviation) = self.normalise[0];
                features.extend(pixels.map(|pixel| {
                    let [red, green, blue] =
                        [0, 1, 2].map(|channel| shares[channel][usize::from(pixel[channel])]);
                    (red + green + blue - mean) / deviation
                }));
            }
        }
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
