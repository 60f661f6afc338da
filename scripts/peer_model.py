"""The frozen transformer that a step is timed of, in PyTorch: input net, GPT-2 body, output net at the last position."""

import torch
from torch import nn
from torch.nn import functional as F

FEATURES, CLASSES = 16, 10


def explicit(q, k, v, rate):
    """Attention as one writes it down: the scores of all tokens, a softmax, dropout, a mixture."""
    scores = q @ k.transpose(-2, -1) * q.shape[-1] ** -0.5
    ahead = torch.ones(scores.shape[-2:], dtype=torch.bool, device=q.device).triu(1)
    weights = F.softmax(scores.masked_fill(ahead, float("-inf")), dim=-1)
    return F.dropout(weights, rate) @ v


def sdpa(q, k, v, rate):
    return F.scaled_dot_product_attention(q, k, v, is_causal=True, dropout_p=rate)


class Block(nn.Module):
    def __init__(self, shape, rate):
        super().__init__()
        _, width, self.heads, *_ = shape
        self.rate, self.attention = rate, sdpa
        self.ln_1, self.ln_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.c_attn, self.c_proj = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.c_fc, self.mlp_proj = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def matrices(self):
        return self.c_attn, self.c_proj, self.c_fc, self.mlp_proj

    def forward(self, hidden):
        batch, tokens, width = hidden.shape
        drop = self.rate if self.training else 0.0
        qkv = self.c_attn(self.ln_1(hidden)).view(batch, tokens, 3, self.heads, width // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)
        mixed = self.attention(q, k, v, drop)
        mixed = self.c_proj(mixed.transpose(1, 2).reshape(batch, tokens, width))
        hidden = hidden + F.dropout(mixed, self.rate, self.training)
        inner = self.mlp_proj(F.gelu(self.c_fc(self.ln_2(hidden)), approximate="tanh"))
        return hidden + F.dropout(inner, self.rate, self.training)


class Model(nn.Module):
    """Attention and feed-forward layers frozen; `shape` is layers, width, heads, batch, tokens."""

    def __init__(self, shape, rate):
        super().__init__()
        layers, width, _, _, self.tokens = shape
        self.rate = rate
        self.input, self.output = nn.Linear(FEATURES, width), nn.Linear(width, CLASSES)
        self.wpe = nn.Parameter(0.02 * torch.randn(max(self.tokens, 128), width))
        self.h = nn.Sequential(*[Block(shape, rate) for _ in range(layers)])
        self.ln_f = nn.LayerNorm(width)
        for block in self.h:
            for layer in block.matrices():
                layer.requires_grad_(False)

    def forward(self, x):
        hidden = F.dropout(self.input(x), self.rate, self.training) + self.wpe[: self.tokens]
        hidden = self.h(F.dropout(hidden, self.rate, self.training))
        return self.output(self.ln_f(hidden)[:, -1])


class Trainer:
    """A model with a batch, ready to take steps: one norm of the gradients clipped at 1, fused Adam."""

    def __init__(self, shape, rate, device):
        torch.manual_seed(1)
        *_, batch, tokens = shape
        self.device = torch.device(device)
        self.model = Model(shape, rate).to(self.device)
        self.trained = [parameter for parameter in self.model.parameters() if parameter.requires_grad]
        self.optimizer = torch.optim.Adam(self.trained, lr=1e-3, fused=True)
        self.x = torch.randn(batch, tokens, FEATURES, device=self.device)
        self.targets = torch.randint(CLASSES, (batch,), device=self.device)

    def logits(self, model, half):
        with torch.autocast(self.device.type, torch.bfloat16, enabled=half):
            return model(self.x).float()

    def forward(self, half=False):
        with torch.no_grad():
            self.logits(self.model, half)

    def step(self, model=None, half=False):
        loss = F.cross_entropy(self.logits(self.model if model is None else model, half), self.targets)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.trained, 1.0, foreach=True)
        self.optimizer.step()
        return loss
