//! The right side of a product, as its tiles read it: panels over a stretch of depth.

use super::lanes::LANES;
use super::panels::Panels;

/// Depth of a stretch of panel that stays in the first-level cache.
pub(crate) const DEPTH: usize = 256;

/// The right side of a product.
#[derive(Clone, Copy)]
pub(crate) enum Right<'a> {
    Packed(&'a Panels),
    /// Rows of `columns` side by side, packed on the way, a stretch at a time, in cache.
    Rows {
        values: &'a [f32],
        columns: usize,
    },
}

pub(crate) type Panel<'a> = &'a [[f32; LANES]];

impl<'a> Right<'a> {
    /// A panel, and the one beside it for a pair, over a stretch of depth.
    #[inline(always)]
    pub(crate) fn panels<'p>(
        self,
        index: usize,
        pair: bool,
        depth: std::ops::Range<usize>,
        packed: &'p mut [[[f32; LANES]; DEPTH]; 2],
    ) -> [Panel<'p>; 2]
    where
        'a: 'p,
    {
        let count = if pair { 2 } else { 1 };
        match self {
            Self::Packed(panels) => {
                let panel =
                    |index: usize| &panels.panel(index).as_chunks::<LANES>().0[depth.clone()];
                [panel(index), if pair { panel(index + 1) } else { &[] }]
            }
            Self::Rows { values, columns } => {
                let length = depth.len();
                for (n, packed) in packed.iter_mut().take(count).enumerate() {
                    let first = (index + n) * LANES;
                    let wide = LANES.min(columns - first);
                    for (p, to) in depth.clone().zip(packed.iter_mut()) {
                        let from = &values[p * columns + first..];
                        if wide == LANES {
                            to.copy_from_slice(&from[..LANES]);
                        } else {
                            *to = [0.0; LANES];
                            to[..wide].copy_from_slice(&from[..wide]);
                        }
                    }
                }
                [&packed[0][..length], &packed[1][..length]]
            }
        }
    }
}

impl<'a> Right<'a> {
    /// The panel, and the one beside it, over a stretch of depth, to be asked for early.
    #[inline(always)]
    pub(crate) fn ahead(self, panel: usize, depth: std::ops::Range<usize>) -> Ahead<'a> {
        let first = panel * LANES;
        match self {
            Self::Packed(panels) => Ahead {
                values: panels.from(panel, depth.start),
                stride: LANES,
                lines: [0, panels.depth * LANES, 0],
                left: depth.len(),
            },
            Self::Rows { values, columns } => Ahead {
                values: &values[(depth.start * columns + first).min(values.len())..],
                stride: columns,
                lines: [0, LANES, 2 * LANES - 1],
                left: depth.len(),
            },
        }
    }
}

/// Rows of a right side that will be needed next.
pub(crate) struct Ahead<'a> {
    values: &'a [f32],
    stride: usize,
    /// Elements of a row, each in another line of the cache.
    lines: [usize; 3],
    left: usize,
}

impl Ahead<'_> {
    /// Asks for so many more rows.
    #[inline(always)]
    pub(crate) fn fetch(&mut self, rows: usize) {
        for _ in 0..rows.min(self.left) {
            for line in self.lines {
                if let Some(element) = self.values.get(line) {
                    prefetch::<1>(element);
                }
            }
            self.left -= 1;
            self.values = self.values.get(self.stride..).unwrap_or_default();
        }
    }
}

/// Brings an element closer, where the processor can be asked to.
#[inline(always)]
pub(crate) fn prefetch<const FAR: i32>(element: &f32) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a hint without effect on any value; every x86-64 has SSE.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T0, _MM_HINT_T1, _mm_prefetch};
        if FAR == 1 {
            _mm_prefetch::<_MM_HINT_T1>(std::ptr::from_ref(element).cast());
        } else {
            _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(element).cast());
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = element;
}
