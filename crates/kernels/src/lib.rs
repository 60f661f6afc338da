//! Fused CPU operations as a burn backend extension.
