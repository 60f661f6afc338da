//! Run-time choice of the vector instructions that loops are compiled for. All of them give the same
//! bits: sums run over lanes that no register decides, and a multiply-add is one wherever it is written
//! as one (`f32::mul_add`, by the C library where the machine has none, which is slow).

use std::sync::atomic::{AtomicU8, Ordering};

/// Vector instructions of the CPU's loops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Simd {
    Avx512 = 1,
    /// AVX2 with FMA.
    Avx2,
    /// What every machine of its kind has: SSE2 on x86-64, NEON on 64-bit ARM.
    Portable,
}

/// What loops take, as a number; 0 until one of them asks.
static CHOSEN: AtomicU8 = AtomicU8::new(0);

impl Simd {
    /// The fastest first.
    pub const ALL: [Self; 3] = [Self::Avx512, Self::Avx2, Self::Portable];

    pub fn name(self) -> &'static str {
        match self {
            Self::Avx512 => "avx512",
            Self::Avx2 => "avx2",
            Self::Portable => "portable",
        }
    }

    /// Whether this machine has them.
    pub fn is_here(self) -> bool {
        #[cfg(target_arch = "x86_64")]
        {
            use std::arch::is_x86_feature_detected as has;
            let avx2 = has!("avx2") && has!("fma");
            match self {
                Self::Avx512 => {
                    let foundation = has!("avx512f") && has!("avx512dq");
                    avx2 && foundation && has!("avx512bw") && has!("avx512vl")
                }
                Self::Avx2 => avx2,
                Self::Portable => true,
            }
        }
        #[cfg(not(target_arch = "x86_64"))]
        {
            self == Self::Portable
        }
    }

    /// Makes every loop of this process take them, from its next call on; says whether the machine has
    /// them, without which nothing changes.
    #[must_use]
    pub fn choose(self) -> bool {
        let here = self.is_here();
        if here {
            CHOSEN.store(self as u8, Ordering::Relaxed);
        }
        here
    }

    /// What loops take: what was chosen, else the fastest that is here.
    #[inline(always)]
    pub fn chosen() -> Self {
        match CHOSEN.load(Ordering::Relaxed) {
            1 => Self::Avx512,
            2 => Self::Avx2,
            3 => Self::Portable,
            _ => Self::fastest(),
        }
    }

    #[cold]
    fn fastest() -> Self {
        let here = Self::ALL.into_iter().find(|simd| simd.choose());
        here.unwrap_or(Self::Portable)
    }
}

/// Compiles a function three times, for AVX-512, for AVX2 with FMA and for any machine, and calls the
/// one that is [chosen](Simd::chosen). A `<NAME>` behind the function's name is a constant that says
/// whether the vectors are those of AVX-512.
macro_rules! vectorised {
    ($(#[$meta:meta])* $vis:vis fn $name:ident($($arg:ident: $ty:ty),* $(,)?) $body:block) => {
        vectorised! { $(#[$meta])* $vis fn $name<_WIDE>($($arg: $ty),*) $body }
    };
    (
        $(#[$meta:meta])*
        $vis:vis fn $name:ident<$wide:ident>($($arg:ident: $ty:ty),* $(,)?) $body:block
    ) => {
        $(#[$meta])*
        #[allow(clippy::too_many_arguments)]
        $vis fn $name($($arg: $ty),*) {
            #[inline(always)]
            fn portable<const $wide: bool>($($arg: $ty),*) $body

            #[cfg(target_arch = "x86_64")]
            {
                use $crate::flex::simd::Simd;

                #[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512vl,avx2,fma")]
                fn wide($($arg: $ty),*) { portable::<true>($($arg),*) }

                #[target_feature(enable = "avx2,fma")]
                fn narrow($($arg: $ty),*) { portable::<false>($($arg),*) }

                match Simd::chosen() {
                    // SAFETY: nothing is chosen that is not here, with every feature that `wide` enables.
                    Simd::Avx512 => return unsafe { wide($($arg),*) },
                    // SAFETY: as above, with both that `narrow` enables.
                    Simd::Avx2 => return unsafe { narrow($($arg),*) },
                    Simd::Portable => {}
                }
            }
            portable::<false>($($arg),*)
        }
    };
}

pub(crate) use vectorised;
