pub(super) const CLASSES: usize = 10;

/// Images as plain numbers.
pub(in super::super) struct Part<'a> {
    pub labels: &'a [u8],
    /// Numbers of an image.
    pub width: usize,
    /// Puts the numbers of an image, from 0 to 1, into a vector.
    pub pixels: Pixels<'a>,
}

pub(in super::super) type Pixels<'a> = Box<dyn Fn(usize, &mut Vec<f32>) + 'a>;

impl Part<'_> {
    /// Images that `answer` names rightly.
    pub(super) fn right(&self, mut answer: impl FnMut(&[f32]) -> usize) -> usize {
        let mut pixels = Vec::with_capacity(self.width);
        let right = self.labels.iter().enumerate().filter(|(index, label)| {
            (self.pixels)(*index, &mut pixels);
            answer(&pixels) == usize::from(**label)
        });
        right.count()
    }
}
