"""Arrays of keys of dtype `key<fry>`: functions move keys, and compute with none."""

import copy
import functools
import pickle

import numpy as np
import pytest

import polyad.compat.jax as jax
from polyad.compat.jax import lax
from polyad.compat.jax import numpy as jnp
from polyad.errors import PolyadTypeError, PolyadValueError

random = jax.random


def keys_of(*shape):
    return random.split(random.key(7), shape)


def words_of(keys):
    return np.asarray(random.key_data(keys))


MOVES = {
    "reshape": lambda x, xp: xp.reshape(x, (4, 3)),
    "ravel": lambda x, xp: xp.ravel(x),
    "transpose": lambda x, xp: xp.transpose(x),
    "moveaxis": lambda x, xp: xp.moveaxis(x, -1, 0),
    "expand_dims": lambda x, xp: xp.expand_dims(x, 1),
    "concatenate": lambda x, xp: xp.concatenate([x, x[::-1]], axis=-1),
    "stack": lambda x, xp: xp.stack([x, x], axis=-1),
    "where": lambda x, xp: xp.where(np.arange(4) > 1, x, x[0, 0]),
    "take": lambda x, xp: xp.take(x, np.array([2, 0]), axis=0),
    "tile": lambda x, xp: xp.tile(x, (2, 1)),
    "roll": lambda x, xp: xp.roll(x, 1, axis=1),
    "broadcast_to": lambda x, xp: xp.broadcast_to(x, (2, 3, 4)),
    "flip": lambda x, xp: xp.flip(x, 0),
    "append": lambda x, xp: xp.append(x, x),
    "index": lambda x, xp: x[1, 2:],
    "mask": lambda x, xp: x[np.array([True, False, True])],
    "T": lambda x, xp: x.T,
}


@pytest.mark.parametrize("name", MOVES)
def test_keys_move_as_numpys_elements(name):
    """The words of the moved keys are NumPy's moved words, eagerly and under jit."""
    keys = keys_of(3, 4)
    words = words_of(keys)
    expected = np.stack([MOVES[name](words[..., i], np) for i in (0, 1)], axis=-1)
    for found in (MOVES[name](keys, jnp), jax.jit(lambda k: MOVES[name](k, jnp))(keys)):
        assert found.dtype == keys.dtype and found.shape == expected.shape[:-1]
        np.testing.assert_array_equal(words_of(found), expected)


def test_typed_keys_are_the_words_of_prngkey():
    """A typed key draws the numbers of its words."""
    key, words = random.key(42), random.PRNGKey(42)
    assert key.shape == () and key.dtype.name == "key<fry>" and words.dtype == np.uint32
    assert isinstance(key, jax.Array) and jnp.issubdtype(key.dtype, jax.dtypes.prng_key)
    assert not jnp.issubdtype(key.dtype, np.number)
    np.testing.assert_array_equal(random.key_data(key), [0, 42])
    np.testing.assert_array_equal(words_of(random.wrap_key_data(words)), [0, 42])
    for draw in (random.normal, random.uniform, random.gumbel):
        np.testing.assert_array_equal(draw(key, (5,)), draw(words, (5,)))
    np.testing.assert_array_equal(words_of(random.fold_in(key, 3)), random.fold_in(words, 3))
    assert random.split(words).dtype == np.uint32
    assert random.split(key, (2, 3)).shape == (2, 3)
    assert repr(key).splitlines() == ["Array((), dtype=key<fry>) overlaying:", "[ 0 42]"]
    assert repr(jax.eval_shape(lambda k: k, key)) == "Array((), dtype=key<fry>)"


def test_transformations_take_keys():
    """vmap is a loop over keys, by any axis; scans carry them, and jit returns them."""
    keys = keys_of(3, 4)
    draw = lambda key: random.normal(key, (2,))
    looped = np.array([[draw(key) for key in row] for row in keys])
    np.testing.assert_array_equal(jax.vmap(jax.vmap(draw))(keys), looped)
    mapped = jax.vmap(lambda row: jax.vmap(draw)(row), in_axes=-1)(keys)
    np.testing.assert_array_equal(mapped, looped.swapaxes(0, 1))
    assert jax.vmap(lambda key: key, out_axes=-1)(keys).shape == (4, 3)

    def step(key, _):
        key, sub = random.split(key)
        return key, random.uniform(sub)

    last, drawn = jax.jit(lambda key: lax.scan(step, key, None, length=3))(keys[0, 0])
    key = keys[0, 0]
    for at in range(3):
        key, expected = step(key, None)
        assert drawn[at] == expected
    assert bool(last == key)
    slope = jax.grad(lambda x, key: x * random.normal(key))(2.0, key)
    assert slope == random.normal(key)


def test_rules_take_keys_that_are_mapped_over_as_nondiff_arguments():
    """vmap over the key of a function whose rule is its own is the loop over keys."""

    @functools.partial(jax.custom_jvp, nondiff_argnums=(1,))
    def drawn(x, key):
        return x * random.normal(key)

    drawn.defjvp(lambda key, primals, tangents: (drawn(*primals, key), 3.0 * tangents[0]))
    keys = keys_of(3)
    mapped = jax.vmap(lambda key: drawn(2.0, key))(keys)
    np.testing.assert_array_equal(mapped, [drawn(2.0, key) for key in keys])
    slopes = jax.vmap(lambda key: jax.grad(drawn)(2.0, key))(keys)
    np.testing.assert_array_equal(slopes, [3.0] * 3)


def test_keys_are_leaves_updated_compared_and_copied():
    """An array of keys is a leaf of a tree; `at` and == work by keys."""
    keys = keys_of(3)
    assert jax.tree.map(lambda leaf: leaf.shape, {"a": keys}) == {"a": (3,)}
    assert [leaf.shape for leaf in jax.tree.leaves((keys, keys[0]))] == [(3,), ()]
    many = jax.tree.map(lambda *leaves: len(leaves), *[{"a": keys}] * 7, is_leaf=lambda x: False)
    assert many == {"a": 7}
    np.testing.assert_array_equal(keys == keys[1], [False, True, False])
    np.testing.assert_array_equal(keys.at[0].set(keys[1]) == keys[1], [True, True, False])
    np.testing.assert_array_equal(keys != keys[1], [True, False, True])
    assert jnp.array_equal(keys, copy.deepcopy(keys)) and jnp.shape(keys) == (3,)
    assert jnp.array_equal(pickle.loads(pickle.dumps(keys)), keys)
    assert pickle.loads(pickle.dumps(keys.dtype)) is keys.dtype
    np.testing.assert_array_equal(words_of(jnp.full((2,), keys[1])), [words_of(keys[1])] * 2)
    np.testing.assert_array_equal(words_of(jnp.zeros(2, keys.dtype)), np.zeros((2, 2)))
    assert jnp.result_type(keys) == keys.dtype == jnp.asarray(keys, keys.dtype).dtype
    assert keys.nbytes == 24 and keys.size == 3 and len(keys) == 3
    cut = lax.dynamic_slice(keys, (1,), (2,))
    np.testing.assert_array_equal(words_of(cut), words_of(keys)[1:])


REFUSED = {
    "arithmetic": (lambda k: k + 1, TypeError, "unsupported operand"),
    "a function of numbers": (lambda k: jnp.sin(k), PolyadTypeError, "sin"),
    "numpy": (np.asarray, PolyadTypeError, "key_data"),
    "truth": (bool, PolyadTypeError, "bernoulli"),
    "comparison": (lambda k: k == 1, PolyadTypeError, "keys stand beside keys"),
    "concatenation": (
        lambda k: jnp.concatenate([k[None], jnp.ones(1)]), PolyadTypeError, "keys stand beside keys"
    ),
    "where": (lambda k: jnp.where(True, k, 1), PolyadTypeError, "keys stand beside keys"),
    "update": (lambda k: k[None].at[0].set(1), PolyadTypeError, "keys stand beside keys"),
    "length": (len, TypeError, "unsized"),
    "many": (lambda k: random.normal(random.split(k)), PolyadTypeError, "vmap over several keys"),
    "generator": (lambda k: random.key(0, impl="rbg"), PolyadValueError, "bits of other"),
    "both": (
        lambda k: random.key(0, impl="threefry2x32", dtype=k.dtype), PolyadValueError, "one of them"
    ),
    "generator's dtype": (lambda k: random.key_dtype("rbg"), PolyadValueError, "key_dtype"),
    "hash": (hash, TypeError, "unhashable"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_move_of_keys_is_an_error(name):
    """Arithmetic with keys, and keys beside numbers, are errors that say so."""
    call, error, text = REFUSED[name]
    with pytest.raises(error, match=text):
        call(random.key(0))
