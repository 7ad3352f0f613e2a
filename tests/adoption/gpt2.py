"""GPT-2's forward pass in NumPy, as people write it; it knows nothing of polyad."""

import numpy as np


def gelu(x):
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))


def softmax(x):
    e = np.exp(x - np.max(x, axis=-1, keepdims=True))
    e /= np.sum(e, axis=-1, keepdims=True)
    return e


def layer_norm(x, g, b, eps=1e-5):
    mean = np.mean(x, axis=-1, keepdims=True)
    variance = np.var(x, axis=-1, keepdims=True)
    return g * (x - mean) / np.sqrt(variance + eps) + b


def linear(x, w, b):
    return x @ w + b


def ffn(x, c_fc, c_proj):
    return linear(gelu(linear(x, **c_fc)), **c_proj)


def attention(q, k, v, mask):
    scores = q @ k.T / np.sqrt(q.shape[-1])
    return softmax(scores + mask) @ v


def mha(x, c_attn, c_proj, n_head):
    x = linear(x, **c_attn)
    heads = [np.split(part, n_head, axis=-1) for part in np.split(x, 3, axis=-1)]
    mask = (1 - np.tri(x.shape[0], dtype=x.dtype)) * -1e10
    out = np.zeros((x.shape[0], x.shape[-1] // 3))
    size = out.shape[-1] // n_head
    for i, (q, k, v) in enumerate(zip(*heads)):  # noqa: B905
        out[:, i * size : (i + 1) * size] = attention(q, k, v, mask)
    return linear(out, **c_proj)


def block(x, mlp, attn, ln_1, ln_2, n_head):
    x = x + mha(layer_norm(x, **ln_1), **attn, n_head=n_head)
    x += ffn(layer_norm(x, **ln_2), **mlp)
    return x


def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[range(len(inputs))]
    for weights in blocks:
        x = block(x, **weights, n_head=n_head)
    return layer_norm(x, **ln_f) @ wte.T


def loss(params, tokens, n_head):
    inputs, targets = tokens[:-1], tokens[1:]
    logits = gpt2(inputs, **params, n_head=n_head)
    logits -= np.max(logits, axis=-1, keepdims=True)
    losses = np.empty(len(targets))
    for i, target in enumerate(targets):
        losses[i] = np.log(np.exp(logits[i]).sum()) - logits[i, target]
    return losses.mean()


def random_params(rng, n_vocab=11, n_ctx=8, n_embd=12, n_layer=2):
    normal = lambda *shape: 0.3 * rng.normal(size=shape)
    norm = lambda: {"g": 1 + normal(n_embd), "b": normal(n_embd)}
    layer = lambda n, m: {"w": normal(n, m), "b": normal(m)}
    return {
        "wte": normal(n_vocab, n_embd),
        "wpe": normal(n_ctx, n_embd),
        "blocks": [
            {
                "mlp": {
                    "c_fc": layer(n_embd, 4 * n_embd),
                    "c_proj": layer(4 * n_embd, n_embd),
                },
                "attn": {
                    "c_attn": layer(n_embd, 3 * n_embd),
                    "c_proj": layer(n_embd, n_embd),
                },
                "ln_1": norm(),
                "ln_2": norm(),
            }
            for _ in range(n_layer)
        ],
        "ln_f": norm(),
    }
