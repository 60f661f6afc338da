"""How well one can compute the gradients of an LSTM with norms in 32 bits: what the test `lstms` of crates/kernels/tests/on_device.rs asks.

    pip install torch
    python scripts/check_lstm_norms.py

Computes cases of that test in PyTorch in 64 and in 32 bits, and in 64 bits with every input moved by half a unit in its last place at 32
bits. Of two or three units the norm of the cell is nearly 1 or -1 whatever goes in, and gradients through it move by as much as the test
allows between two devices; from four on by a tenth of that.
"""

import random

import numpy as np
import torch

ALL = (1 << 64) - 1
HALF_AN_ULP = 6e-8


def drawn(shape: tuple, seed: int) -> torch.Tensor:
    """The test's own numbers."""
    state, numbers = ((seed * 0x9E3779B97F4A7C15) & ALL) | 1, []
    for _ in range(int(np.prod(shape))):
        state = (state * 6364136223846793005 + 1442695040888963407) & ALL
        numbers.append((np.float32(state >> 40) / np.float32(1 << 24) - np.float32(0.5)) * np.float32(4))
    return torch.tensor(np.array(numbers, dtype=np.float32)).reshape(shape)


def factors(key: int, probability: float, count: int) -> torch.Tensor:
    """What dropout multiplies by (crates/kernels/src/mask.rs)."""
    key = (key + 0x9E3779B97F4A7C15) & ALL
    key = ((key ^ (key >> 30)) * 0xBF58476D1CE4E5B9) & ALL
    key = ((key ^ (key >> 27)) * 0x94D049BB133111EB) & ALL
    key ^= key >> 31
    kept = []
    for bits in range(count):
        bits ^= key & 0xFFFFFFFF
        bits = ((bits ^ (bits >> 16)) * 0x7FEB352D) & 0xFFFFFFFF
        bits = (((bits ^ (bits >> 15)) + (key >> 32)) * 0x846CA68B) & 0xFFFFFFFF
        bits ^= bits >> 16
        kept.append(1 / (1 - probability) if bits >= round(probability * 2**32) else 0.0)
    return torch.tensor(kept, dtype=torch.float64)


def output_and_gradients(batch: int, tokens: int, width: int, key: int, dtype, moved: bool = False) -> list[torch.Tensor]:
    wide, narrow = (1, 1, 4 * width), (1, 1, width)
    shapes = [(batch, tokens, 4 * width), (1, width, 4 * width), wide, wide, wide, narrow, narrow]
    leaves = [drawn(shape, index + 1).to(dtype) for index, shape in enumerate(shapes)]
    if moved:
        leaves = [leaf * (1 + HALF_AN_ULP * (2 * torch.rand(leaf.shape, dtype=dtype) - 1)) for leaf in leaves]
    leaves = [leaf.requires_grad_() for leaf in leaves]
    x, weight, bias, *norms = leaves
    state_gain, state_bias, cell_gain, cell_bias = (norm.flatten() for norm in norms)

    def norm(value, gain, bias):
        return torch.nn.functional.layer_norm(value, value.shape[-1:], gain, bias, 1e-3)

    state = cell = x[:, 0, :width].detach()
    states = []
    for token in range(tokens):
        sums = x[:, token] + norm(state @ weight[0] + bias.flatten(), state_gain, state_bias)
        enters, stays, leaves_cell = torch.sigmoid(sums[:, : 3 * width]).split(width, 1)
        cell = norm(stays * cell + enters * torch.tanh(sums[:, 3 * width :]), cell_gain, cell_bias)
        dropped = factors(key ^ token, float(np.float32(0.2)), batch * width).reshape(batch, width).to(dtype)
        state = leaves_cell * torch.tanh(cell) * dropped
        states.append(state)
    output = torch.stack(states, 1)
    (output * drawn((batch, tokens, width), 99).to(dtype)).sum().backward()
    return [output.detach()] + [leaf.grad for leaf in leaves]


def apart(found: list[torch.Tensor], expected: list[torch.Tensor]) -> float:
    """As the test measures it: over the largest number of each tensor, or 1."""
    pairs = zip(found, expected)
    return max(float((one - other).abs().max() / max(1, other.abs().max())) for one, other in pairs)


def main() -> None:
    torch.manual_seed(0)
    random.seed(1)
    case = (1, 3, 2, 13124819016856923858)
    exact, rounded = (output_and_gradients(*case, dtype)[1].flatten()[19] for dtype in (torch.float64, torch.float32))
    print(f"a case that two devices differed in by 2.1e-5: {exact:.7f} in 64 bits, {rounded:.7f} by PyTorch in 32")
    print("width   inputs moved   32 bits")
    for width in (1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 24, 39):
        moved, rounded = [], []
        for _ in range(10):
            case = (random.randint(1, 4), random.randint(1, 6), width, random.getrandbits(63))
            exact = output_and_gradients(*case, torch.float64)
            rounded.append(apart(output_and_gradients(*case, torch.float32), exact))
            moved += [apart(output_and_gradients(*case, torch.float64, moved=True), exact) for _ in range(6)]
        print(f"{width:5}   {max(moved):12.1e}   {max(rounded):7.1e}")


if __name__ == "__main__":
    main()
