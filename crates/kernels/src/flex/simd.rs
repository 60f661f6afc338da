//! Run-time choice of the vector instructions that a loop is compiled for.

/// Compiles a function three times, for AVX-512, for AVX2 with FMA and for any machine (NEON is
/// always there on 64-bit ARM), and calls the best one that this machine can run. A `<NAME>` behind
/// the function's name is a constant that says whether the vectors are those of AVX-512.
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
                #[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512vl,avx2,fma")]
                fn wide($($arg: $ty),*) { portable::<true>($($arg),*) }

                #[target_feature(enable = "avx2,fma")]
                fn narrow($($arg: $ty),*) { portable::<false>($($arg),*) }

                let fma = std::arch::is_x86_feature_detected!("fma")
                    && std::arch::is_x86_feature_detected!("avx2");
                if fma
                    && std::arch::is_x86_feature_detected!("avx512f")
                    && std::arch::is_x86_feature_detected!("avx512dq")
                    && std::arch::is_x86_feature_detected!("avx512bw")
                    && std::arch::is_x86_feature_detected!("avx512vl")
                {
                    // SAFETY: every feature that `wide` enables was just detected.
                    return unsafe { wide($($arg),*) };
                }
                if fma {
                    // SAFETY: both features that `narrow` enables were just detected.
                    return unsafe { narrow($($arg),*) };
                }
            }
            portable::<false>($($arg),*)
        }
    };
}

pub(crate) use vectorised;
