"""Colourings: proofs of their number, round trips, and examples of the literature."""

import numpy as np
import pytest
import scipy.sparse

import polyad
from polyad import sparse
from polyad.errors import PolyadIndexError, PolyadTypeError, ShapeError
from polyad.sparse import SparsityError, coloring
from polyad.sparse.coloring import greedy
from polyad.sparse.coloring.orders import ORDERS

EVERY_ORDER = pytest.mark.parametrize("order", ORDERS)
SYMMETRIC = [{"symmetric": True}, {"symmetric": True, "decompression": "substitution"}]


def band(n, half):
    return scipy.sparse.diags_array(
        [np.ones(n - abs(k)) for k in range(-half, half + 1)], offsets=range(-half, half + 1)
    ).tocsr()


def arrow(n):
    i, zero = np.arange(n), np.zeros(n, int)
    return sparse.Pattern.from_coo(np.r_[i, i, zero], np.r_[i, zero, i], (n, n))


def symmetric(edges, n):
    """The matrix with different values at the edges and on the diagonal."""
    a = np.diag(np.arange(1.0, n + 1))
    for k, (i, j) in enumerate(edges):
        a[i - 1, j - 1] = a[j - 1, i - 1] = 100 + k
    return a


def random_matrix(shape, seed, density=0.3):
    rng = np.random.default_rng(seed)
    return rng.normal(size=shape) * (rng.random(shape) < density)


def assert_round_trip(a, **choices):
    found = coloring(a, **choices)
    values = found.decompress(found.compress(a))
    np.testing.assert_allclose(values.toarray(), a, rtol=1e-12, atol=1e-12)
    sparsely = found.compress(scipy.sparse.csr_array(a))
    np.testing.assert_allclose(found.decompress(sparsely).toarray(), a, rtol=1e-12, atol=1e-12)
    return found


# -- the number of colours, by theory


@pytest.mark.parametrize("half", [1, 3, 10])
@pytest.mark.parametrize("n", [40, 400])
def test_a_band_takes_as_many_colours_as_it_has_diagonals(n, half):
    assert coloring(band(n, half)).num_colors == 2 * half + 1
    assert coloring(band(n, half), partition="rows").num_colors == 2 * half + 1


@pytest.mark.parametrize("half", [1, 5, 10])
def test_a_symmetric_band(half):
    """Of ρ diagonals beside the main one: star colourings take 2⌊ρ/2⌋ + 1, acyclic ⌊ρ/2⌋ + 1."""
    pattern = band(300, half)
    assert coloring(pattern, symmetric=True).num_colors == 2 * half + 1
    substituted = coloring(pattern, symmetric=True, decompression="substitution")
    assert substituted.num_colors == half + 1


@pytest.mark.parametrize("choices", SYMMETRIC)
def test_an_arrow_takes_two_colours_however_long(choices):
    for n in (10, 900, 20_000):
        assert coloring(arrow(n), **choices).num_colors == 2


def test_an_arrow_that_is_not_symmetric_takes_rows_and_columns():
    found = coloring(arrow(5_000))
    assert found.partition == "both"
    assert found.num_colors == 3
    assert coloring(arrow(50), partition="columns").num_colors == 50


def test_dense_rows_beside_a_band_are_coloured_without_a_walk_over_their_pairs():
    n = 4_000
    a = scipy.sparse.vstack([band(n, 1), scipy.sparse.csr_array(np.ones((1, n)))]).tocsr()
    found = coloring(a, partition="columns")
    assert found.num_colors == n
    assert coloring(a, partition="both").num_colors <= 4


def test_columns_and_rows_at_once_are_tried_where_long_lines_may_pay_for_it(monkeypatch):
    """Not for the spread of lengths that a random pattern has."""
    rng, n = np.random.default_rng(0), 3000
    scattered = scipy.sparse.coo_array((np.ones(5 * n), rng.integers(0, n, (2, 5 * n))), (n, n))
    found = coloring(arrow(n))
    assert found.partition == "both"
    monkeypatch.setattr(greedy, "star", None)
    found = coloring(scattered.tocsr())
    longest = max(np.bincount(scattered.coords[0]).max(), np.bincount(scattered.coords[1]).max())
    assert found.num_colors <= longest + 1


def torus(n, species=1):
    """The five-point stencil on a torus, of species that meet at each point."""
    ring = np.eye(n, k=1) + np.eye(n, k=-1) + np.eye(n, k=n - 1) + np.eye(n, k=1 - n)
    a = scipy.sparse.kron(np.eye(n), ring) + scipy.sparse.kron(ring, np.eye(n))
    a = a + scipy.sparse.eye_array(n * n)
    beside = scipy.sparse.kron(np.ones((species, species)), scipy.sparse.eye_array(n * n))
    return scipy.sparse.csr_array(scipy.sparse.kron(np.eye(species), a) + beside)


@pytest.mark.parametrize("order", ["natural", "largest_first", "smallest_last"])
def test_a_lattice_by_greedy_orders(order):
    """As few as five entries in each row allow, or nearly twice as many."""
    assert 5 <= coloring(torus(20), order=order).num_colors <= 10
    assert coloring(torus(20), order=order, symmetric=True).num_colors <= 6


@pytest.mark.parametrize(
    ("n", "species", "count"), [(20, 1, 5), (30, 2, 6), (32, 2, 8), (25, 2, 10), (8, 1, 8)]
)
def test_lattices_by_linear_forms(n, species, count):
    """Five colours are enough where n is a multiple of five: x + 2y modulo 5. Two species take six
    where it is one of six, and else no more than twice five.
    """
    a = torus(n, species)
    found = coloring(a)
    assert np.diff(a.indptr).max() <= found.num_colors <= count
    values = found.decompress(found.compress(a))
    assert abs(values - a).max() == 0


def test_triangles_take_seven():
    """The seven-point stencil of finite elements on a square that is cut into triangles."""
    n = 24
    step = lambda i, j: scipy.sparse.kron(np.eye(n, k=i), np.eye(n, k=j))
    steps = [(0, 0), (0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (-1, -1)]
    found = coloring(sum(step(i, j) for i, j in steps))
    assert (found.num_colors, found.order) == (7, "lattice")


def test_what_no_two_of_meet():
    found = coloring(np.eye(6))
    assert (found.num_colors, found.column_colors.tolist()) == (1, [0] * 6)
    assert coloring(np.eye(6), symmetric=True).num_colors == 1


# -- examples of the literature


FIGURE_41 = symmetric([(1, 2), (2, 3), (2, 5), (2, 6), (3, 4), (4, 6)], 6)
GRID = [
    (1, 2), (1, 7), (2, 3), (2, 5), (3, 4), (3, 6), (4, 10),
    (5, 6), (5, 8), (6, 9), (7, 8), (8, 9), (9, 10),
]  # fmt: skip


def test_a_star_colouring_of_what_color_is_your_jacobian():
    """Gebremedhin, Manne, Pothen (2005), figure 4.1: three colours."""
    given = coloring(FIGURE_41, symmetric=True, colors=[0, 1, 0, 2, 0, 0])
    assert given.num_colors == 3
    np.testing.assert_array_equal(given.decompress(given.compress(FIGURE_41)).toarray(), FIGURE_41)
    assert assert_round_trip(FIGURE_41, symmetric=True).num_colors <= 3


def test_an_acyclic_colouring_of_what_color_is_your_jacobian():
    """The same, figure 6.1: three colours; and a star colouring of its matrix has five in
    Gebremedhin, Tarafdar, Manne, Pothen (2009), figure 1.
    """
    a = symmetric(GRID, 10)
    acyclic = {"symmetric": True, "decompression": "substitution"}
    given = coloring(a, **acyclic, colors=[0, 1, 0, 1, 0, 2, 1, 2, 1, 2])
    np.testing.assert_array_equal(given.decompress(given.compress(a)).toarray(), a)
    assert assert_round_trip(a, **acyclic).num_colors <= 3
    given = coloring(a, symmetric=True, colors=[0, 1, 0, 2, 0, 3, 2, 4, 0, 1])
    np.testing.assert_array_equal(given.decompress(given.compress(a)).toarray(), a)
    assert assert_round_trip(a, symmetric=True).num_colors <= 5


def test_the_acyclic_example_is_no_star_colouring():
    with pytest.raises(SparsityError, match=r"columns 1 and 6 have colour 1 .* row 0"):
        coloring(symmetric(GRID, 10), symmetric=True, colors=[0, 1, 0, 1, 0, 2, 1, 2, 1, 2])


# -- round trips


@pytest.mark.parametrize("shape", [(7, 11), (11, 7), (1, 5), (5, 1), (0, 3), (3, 0)])
@pytest.mark.parametrize("partition", ["auto", "columns", "rows", "both"])
def test_round_trips_of_random_matrices(shape, partition):
    for seed, order in enumerate(ORDERS):
        assert_round_trip(random_matrix(shape, seed), partition=partition, order=order)


@EVERY_ORDER
def test_round_trips_of_random_symmetric_matrices(order):
    for seed, n in enumerate((1, 5, 12, 12)):
        a = random_matrix((n, n), seed)
        assert_round_trip(a + a.T, symmetric=True, order=order)


@pytest.mark.parametrize("n", [0, 6, 13])
def test_round_trips_by_substitution(n):
    for seed, order in enumerate(ORDERS):
        a = random_matrix((n, n), seed)
        assert_round_trip(a + a.T, symmetric=True, decompression="substitution", order=order)


def test_dense_vertices_apart_in_a_symmetric_matrix():
    """The hub of an arrow inside a band, from which every entry is read back."""
    a = band(400, 2).toarray() * np.arange(1.0, 401)
    a[37, :] += 0.5
    a = a + a.T
    for choices in SYMMETRIC:
        assert_round_trip(a, **choices)


def test_a_complex_matrix():
    a = random_matrix((9, 9), 0) + 1j * random_matrix((9, 9), 0)
    assert_round_trip(a)
    assert_round_trip(a + a.T, symmetric=True, decompression="substitution")


@pytest.mark.parametrize("choices", [{}, {"partition": "both"}, *SYMMETRIC])
def test_values_can_be_traced(choices):
    """The linear map from products to entries, compiled, and transposed by `vjp`."""
    a = random_matrix((8, 8), 3)
    a = a + a.T
    found = coloring(a, **choices)
    products = found.compress(a)
    entries = a[found.pattern.rows, found.pattern.cols]
    np.testing.assert_allclose(polyad.jit(found.values)(products), entries, atol=1e-12)
    out, pullback = polyad.vjp(found.values, products)
    back = pullback(np.ones_like(out))[0]
    pairs = zip(polyad.tree.leaves(back), polyad.tree.leaves(products), strict=True)
    np.testing.assert_allclose(sum((b * p).sum() for b, p in pairs), entries.sum())


def test_best_is_no_worse_than_any_of_its_orders():
    a = random_matrix((60, 60), 5, density=0.06)
    counts = [coloring(a, partition="columns", order=o).num_colors for o in ORDERS]
    every = coloring(a, partition="columns", order=tuple(ORDERS)).num_colors
    best = coloring(a, partition="columns").num_colors
    assert every <= min(counts)
    assert best <= min(counts[:3])
    assert np.diff(sparse.Pattern.from_scipy(a).indptr).max() <= every


# -- what a colouring says


def test_seeds_and_single_colours():
    found = coloring(band(8, 1))
    seeds = found.seeds(np.float32)
    assert (seeds.shape, seeds.dtype) == ((3, 8), np.float32)
    np.testing.assert_array_equal(seeds.sum(0), 1)
    np.testing.assert_array_equal(np.argmax(seeds, 0), found.column_colors)
    parts = [found.single(color) for color in range(3)]
    assert sum(part.nnz for part in parts) == found.pattern.nnz
    assert parts[0] | parts[1] | parts[2] == found.pattern
    assert set(found.column_colors[parts[1].cols]) == {1}


def test_single_colours_of_rows_and_columns():
    found = coloring(arrow(6))
    parts = [found.single(color) for color in range(found.num_colors)]
    assert sum(part.nnz for part in parts) == found.pattern.nnz
    columns, rows = found.seeds()
    assert (columns.shape, rows.shape) == (
        (found.num_column_colors, 6),
        (found.num_row_colors, 6),
    )
    with pytest.raises(PolyadIndexError, match="colour 3 of 3"):
        found.single(3)


def test_colours_are_read_only():
    with pytest.raises(ValueError, match="read-only"):
        coloring(np.eye(3)).column_colors[0] = 1


def test_a_colouring_prints():
    assert repr(coloring(band(9, 1), partition="rows")) == (
        "Coloring(3 colours, partition='rows', decompression='direct', order='cyclic')"
    )


# -- errors


def test_colours_that_do_not_fit_name_two_columns_and_the_row():
    with pytest.raises(SparsityError, match=r"columns 2 and 3 have colour 2 .* entry in row 2"):
        coloring(band(5, 1), colors=[0, 1, 2, 2, 1])
    with pytest.raises(SparsityError, match=r"rows 0 and 1 have colour 0 .* entry in column 0"):
        coloring(band(5, 1), partition="rows", colors=[0, 0, 1, 2, 0])
    with pytest.raises(SparsityError, match=r"column 1 has no colour"):
        coloring(np.eye(2), colors=[0, -1])
    with pytest.raises(
        SparsityError, match=r"columns 0 and 1 have colour 0 .*, and rows 0 and 1 have"
    ):
        coloring(np.ones((2, 2)), partition="both", colors=([0, 0], [0, 0]))


def test_colours_with_a_cycle_or_equal_neighbours():
    square = symmetric([(1, 2), (2, 3), (3, 4), (4, 1)], 4)
    acyclic = {"symmetric": True, "decompression": "substitution"}
    with pytest.raises(
        SparsityError, match=r"columns 1 and 3 .* on a cycle of the colours 0 and 1"
    ):
        coloring(square, **acyclic, colors=[0, 1, 0, 1])
    with pytest.raises(SparsityError, match=r"columns 0 and 1, which meet in row 0, both have"):
        coloring(square, **acyclic, colors=[0, 0, 1, 2])


def test_bad_choices():
    with pytest.raises(PolyadTypeError, match=r"partition='column'(?s:.*)'columns'"):
        coloring(np.eye(3), partition="column")
    with pytest.raises(PolyadTypeError, match=r"order='fastest'(?s:.*)'smallest_last'"):
        coloring(np.eye(3), order="fastest")
    with pytest.raises(PolyadTypeError, match="decompression='both'"):
        coloring(np.eye(3), decompression="both")
    with pytest.raises(PolyadTypeError, match="takes a symmetric pattern"):
        coloring(np.eye(3), decompression="substitution")
    with pytest.raises(PolyadTypeError, match="'rows' with symmetric=True"):
        coloring(np.eye(3), symmetric=True, partition="rows")
    with pytest.raises(SparsityError, match=r"entry \(0, 1\) and not \(1, 0\)"):
        coloring(np.triu(np.ones((3, 3))), symmetric=True)
    with pytest.raises(SparsityError, match=r"shape \(2, 3\)"):
        coloring(np.ones((2, 3)), symmetric=True)
    with pytest.raises(ShapeError, match=r"shape \(2,\) for 3 columns"):
        coloring(np.eye(3), colors=[0, 1])
    with pytest.raises(PolyadTypeError, match="integers, not float64"):
        coloring(np.eye(3), colors=[0.0, 1.0, 2.0])
    with pytest.raises(SparsityError, match="colour -2"):
        coloring(np.eye(3), colors=[0, -2, 1])


def test_products_and_matrices_of_another_shape():
    found = coloring(band(5, 1))
    with pytest.raises(ShapeError, match=r"shape \(4, 4\), and the pattern has shape \(5, 5\)"):
        found.compress(np.eye(4))
    with pytest.raises(ShapeError, match=r"shape \(5, 3\), not \(3, 5\)"):
        found.decompress(np.ones((3, 5)))
