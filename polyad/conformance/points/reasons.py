"""Public functions and ops without a row of special points, by the reason for it."""

from __future__ import annotations

NO_DERIVATIVE = "gives integers, booleans, shapes or dtypes: it has no derivative"
CONSTANT = "piecewise constant: its derivatives are 0"
MAKES = "makes an array of its arguments as they are, or of none"
MOVES = "moves or picks elements: each result is an element, or a constant"
LINEAR = "linear in each array: its derivative is itself"
PARTS = "solves or composes, by functions that have rows: {}"

_NUMPY = {
    NO_DERIVATIVE: """
        all allclose any argmax argmin argpartition argsort argwhere array_equal array_equiv
        bitwise_and bitwise_count bitwise_invert bitwise_left_shift bitwise_not bitwise_or
        bitwise_right_shift bitwise_xor broadcast_shapes can_cast count_nonzero diag_indices
        diag_indices_from digitize einsum_path equal finfo flatnonzero gcd greater greater_equal
        issubdtype
        histogram_bin_edges iinfo indices invert isclose iscomplex iscomplexobj isdtype isfinite
        isin isinf isnan isneginf isposinf isreal isrealobj isscalar lcm left_shift less less_equal
        lexsort logical_and logical_not logical_or logical_xor mask_indices nanargmax nanargmin
        ndim nonzero not_equal packbits promote_types ravel_multi_index result_type right_shift
        searchsorted shape signbit size tril_indices tril_indices_from triu_indices
        triu_indices_from unpackbits unravel_index
        """,
    CONSTANT: """
        around ceil fix floor floor_divide heaviside rint round sign spacing trunc bincount
        histogram histogram2d histogramdd
        """,
    MAKES: """
        arange array asarray bartlett blackman empty empty_like eye from_dlpack fromfunction full
        full_like geomspace hamming hanning identity kaiser linspace logspace ones ones_like tri
        zeros zeros_like bool bool_ cdouble complex128 complex64 csingle double float32 float64
        int16 int32 int64 int8 int_ single uint uint16 uint32 uint64 uint8 astype
        bfloat16 float16 half
        """,
    MOVES: """
        append array_split atleast_1d atleast_2d atleast_3d block broadcast_arrays broadcast_to
        choose column_stack compress concat concatenate copy copyto delete diag diagflat diagonal
        dsplit dstack expand_dims extract fill_diagonal flip fliplr flipud hsplit hstack insert
        intersect1d ix_ matrix_transpose meshgrid moveaxis pad partition permute_dims piecewise
        place put put_along_axis putmask ravel repeat reshape resize roll rollaxis rot90 select
        setdiff1d setxor1d sort_complex split squeeze stack swapaxes take take_along_axis tile
        transpose tril trim_zeros triu union1d unique unique_all unique_counts unique_inverse
        unique_values unstack vsplit vstack frexp nextafter
        """,
    LINEAR: """
        add conj conjugate correlate cross cumsum cumulative_sum deg2rad degrees diff dot ediff1d
        einsum gradient imag inner kron ldexp matvec mean modf nancumsum nanmean nansum negative
        outer polyadd polyder polyint polymul polysub positive rad2deg radians real subtract sum
        tensordot trace trapezoid vdot vecdot vecmat apply_along_axis apply_over_axes
        """,
    PARTS.format("remainder"): "divmod",
    PARTS.format("abs"): "fabs",
    PARTS.format("corrcoef, multiply"): "cov",
    PARTS.format("power"): "vander poly",
    PARTS.format("divide, multiply"): "polydiv",
    PARTS.format("lstsq"): "polyfit",
    PARTS.format("eigvals"): "roots",
}
_LINALG = {
    NO_DERIVATIVE: "matrix_rank",
    MOVES: "diagonal matrix_transpose",
    LINEAR: "cross multi_dot outer tensordot trace vecdot",
    PARTS.format("cholesky, solve_triangular"): "cho_factor cho_solve",
    PARTS.format("pinv, qr"): "lstsq",
    PARTS.format("inv, solve"): "tensorinv tensorsolve",
    PARTS.format("solve; tests/ops/test_linalg_conventions.py has their conventions"): """
        eig eigvals
        """,
}
_SPECIAL = {
    CONSTANT: "gammasgn",
    MAKES: "bernoulli",
    LINEAR: "radian",
    PARTS.format("jv, yv, iv, kv and their recurrences"): """
        bessel_jn h1vp h2vp ivp jve jvp kvp yve yvp
        """,
    PARTS.format("ber, bei, ker, kei"): "beip berp keip kelvin kerp",
    PARTS.format("betainc, betaincc"): "bdtr bdtrc fdtr fdtrc nbdtr nbdtrc",
    PARTS.format("gammainc, gammaincc"): "chdtr chdtrc gdtr gdtrc pdtr pdtrc",
    PARTS.format("sph_legendre_p, exp"): "sph_harm_y",
}
_NN = {
    MAKES: "identity",
    NO_DERIVATIVE: "one_hot",
    PARTS.format("softmax"): "dot_product_attention",
    PARTS.format("logsumexp"): "softmax_cross_entropy_with_integer_labels",
}
REASONS: dict[str, str] = {
    f"{module}.{name}": reason
    for module, table in (
        ("numpy", _NUMPY), ("numpy.linalg", _LINALG), ("special", _SPECIAL), ("nn", _NN),
    )
    for reason, names in table.items()
    for name in names.split()
}  # fmt: skip
"""By the name of a public function."""
_RUNS = "runs the ops of its body: tests/transforms has its laws"
OPS_WITHOUT_ROW: dict[str, str] = {
    **dict.fromkeys(
        (
            *("call", "checkpoint", "cond", "custom_jvp_call", "custom_vjp_call", "linear_solve"),
            "custom_vmap_call",
            *("pure_callback", "root", "scan", "transposed_call", "while"),
        ),
        _RUNS,
    ),
    **dict.fromkeys(
        ("basis", "eig", "eigvals"), "tests/ops/test_linalg_conventions.py has their conventions"
    ),
    "cumulative_logsumexp": "logsumexp has a row, and tests/lax its prefixes",
    "nextafter": MOVES,
    **dict.fromkeys(("pmax", "pmin"), "as maximum and minimum, over the lanes of a batch"),
}
"""By the name of an op whose derivative is neither 0 nor linear."""
