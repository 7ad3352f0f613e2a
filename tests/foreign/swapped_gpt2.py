# ruff: noqa: B905, C417
"""GPT-2 as people write it in NumPy, with one line changed: the import."""

import polyad.numpy as np


def gelu(x):
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))


def softmax(x):
    exp_x = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return exp_x / np.sum(exp_x, axis=-1, keepdims=True)


def layer_norm(x, g, b, eps: float = 1e-5):
    mean = np.mean(x, axis=-1, keepdims=True)
    variance = np.var(x, axis=-1, keepdims=True)
    return g * ((x - mean) / np.sqrt(variance + eps)) + b


def linear(x, w, b):
    return x @ w + b


def ffn(x, c_fc, c_proj):
    return linear(gelu(linear(x, **c_fc)), **c_proj)


def attention(q, k, v, mask):
    return softmax(q @ k.T / np.sqrt(q.shape[-1]) + mask) @ v


def mha(x, c_attn, c_proj, n_head):
    x = linear(x, **c_attn)
    qkv = np.split(x, 3, axis=-1)
    qkv_heads = list(map(lambda x: np.split(x, n_head, axis=-1), qkv))
    causal_mask = (1 - np.tri(x.shape[0])) * -1e10
    out_heads = np.array([attention(q, k, v, causal_mask) for q, k, v in zip(*qkv_heads)])
    return linear(np.hstack(out_heads), **c_proj)


def transformer_block(x, mlp, attn, ln_1, ln_2, n_head):
    x = x + mha(layer_norm(x, **ln_1), **attn, n_head=n_head)
    return x + ffn(layer_norm(x, **ln_2), **mlp)


def gpt2(inputs, wte, wpe, blocks, ln_f, n_head):
    x = wte[inputs] + wpe[range(len(inputs))]
    for block in blocks:
        x = transformer_block(x, **block, n_head=n_head)
    return layer_norm(x, **ln_f) @ wte.T


def lm_loss(inputs, n_head, params):
    x, y = inputs[:-1], inputs[1:]
    probabilities = softmax(gpt2(x, **params, n_head=n_head))
    buffer = np.zeros(len(y))
    for i in range(len(y)):
        buffer[i] = -np.log(probabilities[i, y[i]])
    return np.mean(buffer)


def initial(vocabulary, context, width, depth, seed=0):
    rng = np.random.default_rng(seed)

    def weights(*shape):
        return 0.2 * rng.standard_normal(shape)

    def layer(n, k):
        return {"w": weights(n, k), "b": np.zeros(k)}

    def norm():
        return {"g": np.ones(width), "b": np.zeros(width)}

    blocks = [
        {
            "mlp": {"c_fc": layer(width, 4 * width), "c_proj": layer(4 * width, width)},
            "attn": {"c_attn": layer(width, 3 * width), "c_proj": layer(width, width)},
            "ln_1": norm(),
            "ln_2": norm(),
        }
        for _ in range(depth)
    ]
    return {
        "wte": weights(vocabulary, width),
        "wpe": weights(context, width),
        "blocks": blocks,
        "ln_f": norm(),
    }
