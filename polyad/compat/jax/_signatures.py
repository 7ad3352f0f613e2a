"""JAX's parameters of functions that have others here: see docs/jax_signatures.py."""

SIGNATURES: dict[str, dict[str, str]] = {
    'jax': {
        'ShapeDtypeStruct': '(shape, dtype, *, sharding=None, weak_type=False, manual_axis_type=None, is_ref=False)',  # noqa: E501
        'checkpoint': '(fun, *, prevent_cse=True, policy=None, static_argnums=(), static_argnames=(), concrete=...)',  # noqa: E501
        'grad': '(fun, argnums=0, has_aux=False, holomorphic=False, allow_int=False, reduce_axes=())',  # noqa: E501
        'jacobian': '(fun, argnums=0, has_aux=False, holomorphic=False, allow_int=False)',  # noqa: E501
        'jacrev': '(fun, argnums=0, has_aux=False, holomorphic=False, allow_int=False)',  # noqa: E501
        'jit': '(fun=..., /, *, in_shardings=..., out_shardings=..., static_argnums=None, static_argnames=None, donate_argnums=None, donate_argnames=None, keep_unused=False, device=None, backend=None, inline=False, compiler_options=None)',  # noqa: E501
        'linear_transpose': '(fun, *primals, reduce_axes=())',  # noqa: E501
        'pure_callback': '(callback, result_shape_dtypes, *args, sharding=None, vmap_method=None, **kwargs)',  # noqa: E501
        'value_and_grad': '(fun, argnums=0, has_aux=False, holomorphic=False, allow_int=False, reduce_axes=())',  # noqa: E501
        'vjp': '(fun, *primals, has_aux=False, reduce_axes=())',  # noqa: E501
        'vmap': '(fun, in_axes=0, out_axes=0, axis_name=None, axis_size=None, spmd_axis_name=None, sum_match=False)',  # noqa: E501
    },
    'jax.ad_checkpoint': {
    },
    'jax.custom_batching': {
    },
    'jax.custom_derivatives': {
        'zero_from_primal': '(val, symbolic_zeros=False)',  # noqa: E501
    },
    'jax.flatten_util': {
    },
    'jax.lax': {
        'abs': '(x)',  # noqa: E501
        'acos': '(x)',  # noqa: E501
        'acosh': '(x)',  # noqa: E501
        'add': '(x, y)',  # noqa: E501
        'all_gather': "(x, axis_name, *, axis_index_groups=None, axis=0, tiled=False, to='varying')",  # noqa: E501
        'approx_max_k': '(operand, k, reduction_dimension=-1, recall_target=0.95, reduction_input_size_override=-1, aggregate_to_topk=True)',  # noqa: E501
        'approx_min_k': '(operand, k, reduction_dimension=-1, recall_target=0.95, reduction_input_size_override=-1, aggregate_to_topk=True)',  # noqa: E501
        'argmax': '(operand, axis, index_dtype)',  # noqa: E501
        'argmin': '(operand, axis, index_dtype)',  # noqa: E501
        'asin': '(x)',  # noqa: E501
        'asinh': '(x)',  # noqa: E501
        'atan': '(x)',  # noqa: E501
        'atan2': '(x, y)',  # noqa: E501
        'atanh': '(x)',  # noqa: E501
        'bessel_i0e': '(x)',  # noqa: E501
        'bessel_i1e': '(x)',  # noqa: E501
        'betainc': '(a, b, x)',  # noqa: E501
        'bitwise_and': '(x, y)',  # noqa: E501
        'bitwise_not': '(x)',  # noqa: E501
        'bitwise_or': '(x, y)',  # noqa: E501
        'bitwise_xor': '(x, y)',  # noqa: E501
        'broadcast': '(operand, sizes, *, out_sharding=None)',  # noqa: E501
        'broadcast_in_dim': '(operand, shape, broadcast_dimensions, *, out_sharding=None)',  # noqa: E501
        'broadcast_shapes': '(*shapes)',  # noqa: E501
        'broadcasted_iota': '(dtype, shape, dimension, *, out_sharding=None)',  # noqa: E501
        'cbrt': '(x, *, accuracy=None)',  # noqa: E501
        'ceil': '(x)',  # noqa: E501
        'conj': '(x)',  # noqa: E501
        'conv_general_dilated': '(lhs, rhs, window_strides, padding, lhs_dilation=None, rhs_dilation=None, dimension_numbers=None, feature_group_count=1, batch_group_count=1, precision=None, preferred_element_type=None, out_sharding=None)',  # noqa: E501
        'conv_transpose': '(lhs, rhs, strides, padding, rhs_dilation=None, dimension_numbers=None, transpose_kernel=False, precision=None, preferred_element_type=None, use_consistent_padding=False)',  # noqa: E501
        'cos': '(x, *, accuracy=None)',  # noqa: E501
        'cosh': '(x)',  # noqa: E501
        'digamma': '(x)',  # noqa: E501
        'dot': '(lhs, rhs, *, dimension_numbers=None, precision=None, preferred_element_type=None, out_sharding=None)',  # noqa: E501
        'dot_general': '(lhs, rhs, dimension_numbers, precision=None, preferred_element_type=None, *, out_sharding=None)',  # noqa: E501
        'empty': '(shape, dtype, *, out_sharding=None)',  # noqa: E501
        'eq': '(x, y)',  # noqa: E501
        'erf': '(x)',  # noqa: E501
        'erf_inv': '(x)',  # noqa: E501
        'erfc': '(x)',  # noqa: E501
        'exp': '(x, *, accuracy=None)',  # noqa: E501
        'exp2': '(x, *, accuracy=None)',  # noqa: E501
        'expm1': '(x, *, accuracy=None)',  # noqa: E501
        'floor': '(x)',  # noqa: E501
        'fori_loop': '(lower, upper, body_fun, init_val, *, unroll=None)',  # noqa: E501
        'full': '(shape, fill_value, dtype=None, *, sharding=None)',  # noqa: E501
        'full_like': '(x, fill_value, dtype=None, shape=None, sharding=None)',  # noqa: E501
        'ge': '(x, y)',  # noqa: E501
        'gt': '(x, y)',  # noqa: E501
        'igamma': '(a, x)',  # noqa: E501
        'igammac': '(a, x)',  # noqa: E501
        'imag': '(x)',  # noqa: E501
        'is_finite': '(x)',  # noqa: E501
        'le': '(x, y)',  # noqa: E501
        'lgamma': '(x)',  # noqa: E501
        'log': '(x, *, accuracy=None)',  # noqa: E501
        'log1p': '(x, *, accuracy=None)',  # noqa: E501
        'logistic': '(x, *, accuracy=None)',  # noqa: E501
        'lt': '(x, y)',  # noqa: E501
        'max': '(x, y)',  # noqa: E501
        'min': '(x, y)',  # noqa: E501
        'mul': '(x, y, *, out_dtype=None)',  # noqa: E501
        'ne': '(x, y)',  # noqa: E501
        'neg': '(x)',  # noqa: E501
        'nextafter': '(x1, x2)',  # noqa: E501
        'polygamma': '(m, x)',  # noqa: E501
        'pow': '(x, y)',  # noqa: E501
        'real': '(x)',  # noqa: E501
        'reciprocal': '(x)',  # noqa: E501
        'reduce': '(operands, init_values, computation, dimensions, out_sharding=None)',  # noqa: E501
        'reduce_sum': '(operand, axes, *, out_sharding=None)',  # noqa: E501
        'reshape': '(operand, new_sizes, dimensions=None, *, out_sharding=None)',  # noqa: E501
        'rsqrt': '(x, *, accuracy=None)',  # noqa: E501
        'scan': '(f, init, xs=None, length=None, reverse=False, unroll=1, _split_transpose=False)',  # noqa: E501
        'shift_left': '(x, y)',  # noqa: E501
        'sign': '(x)',  # noqa: E501
        'sin': '(x, *, accuracy=None)',  # noqa: E501
        'sinh': '(x)',  # noqa: E501
        'sqrt': '(x, *, accuracy=None)',  # noqa: E501
        'square': '(x)',  # noqa: E501
        'stack': '(operands, axis=0)',  # noqa: E501
        'sub': '(x, y)',  # noqa: E501
        'tan': '(x, *, accuracy=None)',  # noqa: E501
        'tanh': '(x, *, accuracy=None)',  # noqa: E501
        'unstack': '(x, axis=0)',  # noqa: E501
        'while_loop': '(cond_fun, body_fun, init_val)',  # noqa: E501
        'zeta': '(x, q)',  # noqa: E501
    },
    'jax.nn': {
        'celu': '(x, alpha=1.0)',  # noqa: E501
        'dot_product_attention': '(query, key, value, bias=None, mask=None, *, scale=None, is_causal=False, query_seq_lengths=None, key_value_seq_lengths=None, local_window_size=None, implementation=None, return_residual=False)',  # noqa: E501
        'elu': '(x, alpha=1.0)',  # noqa: E501
        'gelu': '(x, approximate=True)',  # noqa: E501
        'glu': '(x, axis=-1)',  # noqa: E501
        'hard_sigmoid': '(x)',  # noqa: E501
        'hard_silu': '(x)',  # noqa: E501
        'hard_swish': '(x)',  # noqa: E501
        'hard_tanh': '(x)',  # noqa: E501
        'identity': '(x)',  # noqa: E501
        'leaky_relu': '(x, negative_slope=0.01)',  # noqa: E501
        'log1mexp': '(x)',  # noqa: E501
        'log_sigmoid': '(x)',  # noqa: E501
        'log_softmax': '(x, axis=-1, where=None)',  # noqa: E501
        'logmeanexp': '(x, axis=None, where=None, keepdims=False)',  # noqa: E501
        'logsumexp': '(a, axis=None, b=None, keepdims=False, return_sign=False, where=None)',  # noqa: E501
        'mish': '(x)',  # noqa: E501
        'one_hot': '(x, num_classes, *, dtype=None, axis=-1)',  # noqa: E501
        'relu': '(x)',  # noqa: E501
        'relu6': '(x)',  # noqa: E501
        'selu': '(x)',  # noqa: E501
        'sigmoid': '(x)',  # noqa: E501
        'silu': '(x)',  # noqa: E501
        'soft_sign': '(x)',  # noqa: E501
        'softmax': '(x, axis=-1, where=None)',  # noqa: E501
        'softplus': '(x)',  # noqa: E501
        'sparse_plus': '(x)',  # noqa: E501
        'sparse_sigmoid': '(x)',  # noqa: E501
        'squareplus': '(x, b=4)',  # noqa: E501
        'standardize': "(x, axis=-1, mean=None, variance=None, epsilon=1e-05, where=None, *, algorithm='fast')",  # noqa: E501
        'swish': '(x)',  # noqa: E501
        'tanh': '(x, /)',  # noqa: E501
    },
    'jax.nn.initializers': {
        'ones': '(key, shape, dtype=None, out_sharding=None)',  # noqa: E501
        'zeros': '(key, shape, dtype=None, out_sharding=None)',  # noqa: E501
    },
    'jax.numpy': {
        'abs': '(x, /)',  # noqa: E501
        'absolute': '(x, /)',  # noqa: E501
        'acos': '(x, /)',  # noqa: E501
        'acosh': '(x, /)',  # noqa: E501
        'add': '(*args, out=None, where=None)',  # noqa: E501
        'all': '(a, axis=None, out=None, keepdims=False, *, where=None)',  # noqa: E501
        'amax': '(a, axis=None, out=None, keepdims=False, initial=None, where=None)',  # noqa: E501
        'amin': '(a, axis=None, out=None, keepdims=False, initial=None, where=None)',  # noqa: E501
        'any': '(a, axis=None, out=None, keepdims=False, *, where=None)',  # noqa: E501
        'arange': '(start, stop=None, step=None, dtype=None, *, device=None, out_sharding=None)',  # noqa: E501
        'arccos': '(x, /)',  # noqa: E501
        'arccosh': '(x, /)',  # noqa: E501
        'arcsin': '(x, /)',  # noqa: E501
        'arcsinh': '(x, /)',  # noqa: E501
        'arctan': '(x, /)',  # noqa: E501
        'arctan2': '(x1, x2, /)',  # noqa: E501
        'arctanh': '(x, /)',  # noqa: E501
        'argmax': '(a, axis=None, out=None, keepdims=None)',  # noqa: E501
        'argmin': '(a, axis=None, out=None, keepdims=None)',  # noqa: E501
        'argpartition': '(a, kth, axis=-1)',  # noqa: E501
        'argsort': '(a, axis=-1, *, kind=None, order=None, stable=True, descending=False, dtype=None)',  # noqa: E501
        'argwhere': '(a, *, size=None, fill_value=None)',  # noqa: E501
        'array': "(object, dtype=None, *args, copy=True, order='K', ndmin=0, device=None, out_sharding=None)",  # noqa: E501
        'asarray': '(a, dtype=None, order=None, *, copy=None, device=None, out_sharding=None)',  # noqa: E501
        'asin': '(x, /)',  # noqa: E501
        'asinh': '(x, /)',  # noqa: E501
        'astype': '(x, dtype, /, *, copy=False, device=None)',  # noqa: E501
        'atan': '(x, /)',  # noqa: E501
        'atan2': '(x1, x2, /)',  # noqa: E501
        'atanh': '(x, /)',  # noqa: E501
        'average': '(a, axis=None, weights=None, returned=False, keepdims=False)',  # noqa: E501
        'bincount': '(x, weights=None, minlength=0, *, length=None, out_sharding=None)',  # noqa: E501
        'bitwise_and': '(*args, out=None, where=None)',  # noqa: E501
        'bitwise_invert': '(x, /)',  # noqa: E501
        'bitwise_left_shift': '(x, y, /)',  # noqa: E501
        'bitwise_not': '(x, /)',  # noqa: E501
        'bitwise_or': '(*args, out=None, where=None)',  # noqa: E501
        'bitwise_right_shift': '(x1, x2, /)',  # noqa: E501
        'bitwise_xor': '(*args, out=None, where=None)',  # noqa: E501
        'bool': '(x)',  # noqa: E501
        'bool_': '(x)',  # noqa: E501
        'broadcast_arrays': '(*args)',  # noqa: E501
        'broadcast_shapes': '(*shapes)',  # noqa: E501
        'broadcast_to': '(array, shape, *, out_sharding=None)',  # noqa: E501
        'cdouble': '(x)',  # noqa: E501
        'clip': '(arr=None, /, min=None, max=None)',  # noqa: E501
        'complex128': '(x)',  # noqa: E501
        'complex64': '(x)',  # noqa: E501
        'compress': '(condition, a, axis=None, *, size=None, fill_value=0, out=None)',  # noqa: E501
        'concat': '(arrays, /, *, axis=0)',  # noqa: E501
        'concatenate': '(arrays, axis=0, dtype=None)',  # noqa: E501
        'copy': '(a, order=None)',  # noqa: E501
        'copysign': '(x1, x2, /)',  # noqa: E501
        'corrcoef': '(x, y=None, rowvar=True, dtype=None)',  # noqa: E501
        'cos': '(x, /)',  # noqa: E501
        'cosh': '(x, /)',  # noqa: E501
        'count_nonzero': '(a, axis=None, keepdims=False)',  # noqa: E501
        'cov': '(m, y=None, rowvar=True, bias=False, ddof=None, fweights=None, aweights=None, dtype=None)',  # noqa: E501
        'csingle': '(x)',  # noqa: E501
        'cumulative_prod': '(x, /, *, axis=None, dtype=None, include_initial=False)',  # noqa: E501
        'cumulative_sum': '(x, /, *, axis=None, dtype=None, include_initial=False)',  # noqa: E501
        'delete': '(arr, obj, axis=None, *, assume_unique_indices=False)',  # noqa: E501
        'digitize': '(x, bins, right=False, *, method=None)',  # noqa: E501
        'divide': '(x1, x2, /)',  # noqa: E501
        'dot': '(a, b, *, precision=None, preferred_element_type=None, out_sharding=None)',  # noqa: E501
        'double': '(x)',  # noqa: E501
        'dstack': '(tup, dtype=None)',  # noqa: E501
        'einsum': "(subscripts, /, *operands, out=None, optimize='auto', precision=None, preferred_element_type=None, _dot_general=..., out_sharding=None)",  # noqa: E501
        'einsum_path': "(subscripts, /, *operands, optimize='auto')",  # noqa: E501
        'empty': '(shape, dtype=None, *, device=None, out_sharding=None)',  # noqa: E501
        'empty_like': '(prototype, dtype=None, shape=None, *, device=None)',  # noqa: E501
        'equal': '(x, y, /)',  # noqa: E501
        'exp': '(x, /)',  # noqa: E501
        'expm1': '(x, /)',  # noqa: E501
        'eye': '(N, M=None, k=0, dtype=None, *, device=None)',  # noqa: E501
        'finfo': '(dtype)',  # noqa: E501
        'flatnonzero': '(a, *, size=None, fill_value=None)',  # noqa: E501
        'float32': '(x)',  # noqa: E501
        'float64': '(x)',  # noqa: E501
        'float_power': '(x, y, /)',  # noqa: E501
        'floor_divide': '(x1, x2, /)',  # noqa: E501
        'fmax': '(x1, x2)',  # noqa: E501
        'fmin': '(x1, x2)',  # noqa: E501
        'fromfunction': '(function, shape, *, dtype=..., **kwargs)',  # noqa: E501
        'full': '(shape, fill_value, dtype=None, *, device=None, out_sharding=None)',  # noqa: E501
        'full_like': '(a, fill_value, dtype=None, shape=None, *, device=None, out_sharding=None)',  # noqa: E501
        'gcd': '(x1, x2)',  # noqa: E501
        'gradient': '(f, *varargs, axis=None, edge_order=None)',  # noqa: E501
        'greater': '(x, y, /)',  # noqa: E501
        'greater_equal': '(x, y, /)',  # noqa: E501
        'histogram': '(a, bins=10, range=None, weights=None, density=None)',  # noqa: E501
        'histogram2d': '(x, y, bins=10, range=None, weights=None, density=None)',  # noqa: E501
        'histogramdd': '(sample, bins=10, range=None, weights=None, density=None)',  # noqa: E501
        'hstack': '(tup, dtype=None)',  # noqa: E501
        'hypot': '(x1, x2, /)',  # noqa: E501
        'identity': '(n, dtype=None)',  # noqa: E501
        'iinfo': '(int_type)',  # noqa: E501
        'imag': '(val, /)',  # noqa: E501
        'indices': '(dimensions, dtype=None, sparse=False)',  # noqa: E501
        'inner': '(a, b, *, precision=None, preferred_element_type=None)',  # noqa: E501
        'int16': '(x)',  # noqa: E501
        'int32': '(x)',  # noqa: E501
        'int64': '(x)',  # noqa: E501
        'int8': '(x)',  # noqa: E501
        'int_': '(x)',  # noqa: E501
        'intersect1d': '(ar1, ar2, assume_unique=False, return_indices=False, *, size=None, fill_value=None)',  # noqa: E501
        'invert': '(x, /)',  # noqa: E501
        'isfinite': '(x, /)',  # noqa: E501
        'isin': "(element, test_elements, assume_unique=False, invert=False, *, method='auto')",  # noqa: E501
        'isinf': '(x, /)',  # noqa: E501
        'isnan': '(x, /)',  # noqa: E501
        'isneginf': '(x, /, out=None)',  # noqa: E501
        'isposinf': '(x, /, out=None)',  # noqa: E501
        'lcm': '(x1, x2)',  # noqa: E501
        'left_shift': '(x, y, /)',  # noqa: E501
        'less': '(x, y, /)',  # noqa: E501
        'less_equal': '(x, y, /)',  # noqa: E501
        'log': '(x, /)',  # noqa: E501
        'log10': '(x, /)',  # noqa: E501
        'log1p': '(x, /)',  # noqa: E501
        'log2': '(x, /)',  # noqa: E501
        'logaddexp': '(*args, out=None, where=None)',  # noqa: E501
        'logaddexp2': '(*args, out=None, where=None)',  # noqa: E501
        'logical_and': '(*args, out=None, where=None)',  # noqa: E501
        'logical_not': '(x, /)',  # noqa: E501
        'logical_or': '(*args, out=None, where=None)',  # noqa: E501
        'logical_xor': '(*args, out=None, where=None)',  # noqa: E501
        'mask_indices': '(n, mask_func, k=0, *, size=None)',  # noqa: E501
        'matmul': '(a, b, *, precision=None, preferred_element_type=None, out_sharding=None)',  # noqa: E501
        'max': '(a, axis=None, out=None, keepdims=False, initial=None, where=None)',  # noqa: E501
        'maximum': '(*args, out=None, where=None)',  # noqa: E501
        'mean': '(a, axis=None, dtype=None, out=None, keepdims=False, *, where=None)',  # noqa: E501
        'min': '(a, axis=None, out=None, keepdims=False, initial=None, where=None)',  # noqa: E501
        'minimum': '(*args, out=None, where=None)',  # noqa: E501
        'mod': '(x1, x2, /)',  # noqa: E501
        'modf': '(x, /, out=None)',  # noqa: E501
        'multiply': '(*args, out=None, where=None)',  # noqa: E501
        'nanargmax': '(a, axis=None, out=None, keepdims=None)',  # noqa: E501
        'nanargmin': '(a, axis=None, out=None, keepdims=None)',  # noqa: E501
        'nanmax': '(a, axis=None, out=None, keepdims=False, initial=None, where=None)',  # noqa: E501
        'nanmean': '(a, axis=None, dtype=None, out=None, keepdims=False, where=None)',  # noqa: E501
        'nanmin': '(a, axis=None, out=None, keepdims=False, initial=None, where=None)',  # noqa: E501
        'nanprod': '(a, axis=None, dtype=None, out=None, keepdims=False, initial=None, where=None)',  # noqa: E501
        'nanstd': '(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, where=None, mean=None)',  # noqa: E501
        'nansum': '(a, axis=None, dtype=None, out=None, keepdims=False, initial=None, where=None)',  # noqa: E501
        'nanvar': '(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, where=None, mean=None)',  # noqa: E501
        'negative': '(*args, out=None, where=None)',  # noqa: E501
        'nextafter': '(x, y, /)',  # noqa: E501
        'nonzero': '(a, *, size=None, fill_value=None)',  # noqa: E501
        'not_equal': '(x, y, /)',  # noqa: E501
        'ones': '(shape, dtype=None, *, device=None, out_sharding=None)',  # noqa: E501
        'ones_like': '(a, dtype=None, shape=None, *, device=None, out_sharding=None)',  # noqa: E501
        'packbits': "(a, axis=None, bitorder='big')",  # noqa: E501
        'partition': '(a, kth, axis=-1)',  # noqa: E501
        'percentile': "(a, q, axis=None, out=None, overwrite_input=False, method='linear', keepdims=False, *, weights=None, out_sharding=None)",  # noqa: E501
        'permute_dims': '(a, /, axes)',  # noqa: E501
        'polydiv': '(u, v, *, trim_leading_zeros=False)',  # noqa: E501
        'polymul': '(a1, a2, *, trim_leading_zeros=False)',  # noqa: E501
        'polyval': '(p, x, *, unroll=16)',  # noqa: E501
        'prod': '(a, axis=None, dtype=None, out=None, keepdims=False, initial=None, where=None, promote_integers=True)',  # noqa: E501
        'promote_types': '(a, b)',  # noqa: E501
        'put': '(a, ind, v, mode=None, *, inplace=True)',  # noqa: E501
        'put_along_axis': '(arr, indices, values, axis, inplace=True, *, mode=None)',  # noqa: E501
        'ravel': "(a, order='C', *, out_sharding=None)",  # noqa: E501
        'ravel_multi_index': "(multi_index, dims, mode='raise', order='C', *, dtype=None)",  # noqa: E501
        'real': '(val, /)',  # noqa: E501
        'remainder': '(x1, x2, /)',  # noqa: E501
        'repeat': '(a, repeats, axis=None, *, total_repeat_length=None, out_sharding=None)',  # noqa: E501
        'reshape': "(a, shape, order='C', *, copy=None, out_sharding=None)",  # noqa: E501
        'result_type': '(*args)',  # noqa: E501
        'right_shift': '(x1, x2, /)',  # noqa: E501
        'searchsorted': "(a, v, side='left', sorter=None, *, method='scan')",  # noqa: E501
        'setdiff1d': '(ar1, ar2, assume_unique=False, *, size=None, fill_value=None)',  # noqa: E501
        'setxor1d': '(ar1, ar2, assume_unique=False, *, size=None, fill_value=None)',  # noqa: E501
        'sign': '(x, /)',  # noqa: E501
        'signbit': '(x, /)',  # noqa: E501
        'sin': '(x, /)',  # noqa: E501
        'sinc': '(x, /)',  # noqa: E501
        'single': '(x)',  # noqa: E501
        'sinh': '(x, /)',  # noqa: E501
        'sort': '(a, axis=-1, *, kind=None, order=None, stable=True, descending=False)',  # noqa: E501
        'sqrt': '(x, /)',  # noqa: E501
        'square': '(x, /)',  # noqa: E501
        'stack': '(arrays, axis=0, out=None, dtype=None)',  # noqa: E501
        'std': '(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where=None, mean=None, correction=None)',  # noqa: E501
        'subtract': '(*args, out=None, where=None)',  # noqa: E501
        'sum': '(a, axis=None, dtype=None, out=None, keepdims=False, initial=None, where=None, promote_integers=True)',  # noqa: E501
        'take': '(a, indices, axis=None, out=None, mode=None, unique_indices=False, indices_are_sorted=False, fill_value=None)',  # noqa: E501
        'take_along_axis': '(arr, indices, axis=-1, mode=None, fill_value=None, *, wrap_negative_indices=None)',  # noqa: E501
        'tan': '(x, /)',  # noqa: E501
        'tanh': '(x, /)',  # noqa: E501
        'tensordot': '(a, b, axes=2, *, precision=None, preferred_element_type=None, out_sharding=None)',  # noqa: E501
        'tri': '(N, M=None, k=0, dtype=None)',  # noqa: E501
        'true_divide': '(x1, x2, /)',  # noqa: E501
        'trunc': '(x)',  # noqa: E501
        'uint': '(x)',  # noqa: E501
        'uint16': '(x)',  # noqa: E501
        'uint32': '(x)',  # noqa: E501
        'uint64': '(x)',  # noqa: E501
        'uint8': '(x)',  # noqa: E501
        'unique': '(ar, return_index=False, return_inverse=False, return_counts=False, axis=None, *, equal_nan=True, size=None, fill_value=None, sorted=True)',  # noqa: E501
        'unique_all': '(x, /, *, size=None, fill_value=None)',  # noqa: E501
        'unique_counts': '(x, /, *, size=None, fill_value=None)',  # noqa: E501
        'unique_inverse': '(x, /, *, size=None, fill_value=None)',  # noqa: E501
        'unique_values': '(x, /, *, size=None, fill_value=None)',  # noqa: E501
        'unpackbits': "(a, axis=None, count=None, bitorder='big')",  # noqa: E501
        'unravel_index': '(indices, shape)',  # noqa: E501
        'unwrap': '(p, discont=None, axis=-1, period=6.283185307179586)',  # noqa: E501
        'var': '(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where=None, mean=None, correction=None)',  # noqa: E501
        'vdot': '(a, b, *, precision=None, preferred_element_type=None)',  # noqa: E501
        'vstack': '(tup, dtype=None)',  # noqa: E501
        'zeros': '(shape, dtype=None, *, device=None, out_sharding=None)',  # noqa: E501
        'zeros_like': '(a, dtype=None, shape=None, *, device=None, out_sharding=None)',  # noqa: E501
    },
    'jax.numpy.fft': {
        'fft': '(a, n=None, axis=-1, norm=None)',  # noqa: E501
        'fft2': '(a, s=None, axes=..., norm=None)',  # noqa: E501
        'fftfreq': '(n, d=1.0, *, dtype=None, device=None)',  # noqa: E501
        'fftn': '(a, s=None, axes=None, norm=None)',  # noqa: E501
        'hfft': '(a, n=None, axis=-1, norm=None)',  # noqa: E501
        'ifft': '(a, n=None, axis=-1, norm=None)',  # noqa: E501
        'ifft2': '(a, s=None, axes=..., norm=None)',  # noqa: E501
        'ifftn': '(a, s=None, axes=None, norm=None)',  # noqa: E501
        'ihfft': '(a, n=None, axis=-1, norm=None)',  # noqa: E501
        'irfft': '(a, n=None, axis=-1, norm=None)',  # noqa: E501
        'irfft2': '(a, s=None, axes=..., norm=None)',  # noqa: E501
        'irfftn': '(a, s=None, axes=None, norm=None)',  # noqa: E501
        'rfft': '(a, n=None, axis=-1, norm=None)',  # noqa: E501
        'rfft2': '(a, s=None, axes=..., norm=None)',  # noqa: E501
        'rfftfreq': '(n, d=1.0, *, dtype=None, device=None)',  # noqa: E501
        'rfftn': '(a, s=None, axes=None, norm=None)',  # noqa: E501
    },
    'jax.numpy.linalg': {
        'cholesky': '(a, *, upper=False, symmetrize_input=True)',  # noqa: E501
        'eigh': '(a, UPLO=None, symmetrize_input=True)',  # noqa: E501
        'eigvalsh': "(a, UPLO='L', *, symmetrize_input=True)",  # noqa: E501
        'lstsq': '(a, b, rcond=None, *, numpy_resid=False)',  # noqa: E501
        'matrix_rank': '(M, rtol=None, *, hermitian=False, tol=None)',  # noqa: E501
        'multi_dot': '(arrays, *, precision=None)',  # noqa: E501
        'pinv': '(a, rtol=None, hermitian=False, *, rcond=None)',  # noqa: E501
        'slogdet': '(a, *, method=None)',  # noqa: E501
        'svd': '(a, full_matrices=True, compute_uv=True, hermitian=False, subset_by_index=None)',  # noqa: E501
        'tensordot': '(x1, x2, /, *, axes=2, precision=None, preferred_element_type=None, out_sharding=None)',  # noqa: E501
    },
    'jax.ops': {
        'segment_max': '(data, segment_ids, num_segments=None, indices_are_sorted=False, unique_indices=False, bucket_size=None, mode=None, out_sharding=None)',  # noqa: E501
        'segment_min': '(data, segment_ids, num_segments=None, indices_are_sorted=False, unique_indices=False, bucket_size=None, mode=None, out_sharding=None)',  # noqa: E501
        'segment_prod': '(data, segment_ids, num_segments=None, indices_are_sorted=False, unique_indices=False, bucket_size=None, mode=None, out_sharding=None)',  # noqa: E501
        'segment_sum': '(data, segment_ids, num_segments=None, indices_are_sorted=False, unique_indices=False, bucket_size=None, mode=None, out_sharding=None)',  # noqa: E501
    },
    'jax.random': {
        'PRNGKey': '(seed, *, impl=None)',  # noqa: E501
        'ball': '(key, d, p=2, shape=(), dtype=None, *, out_sharding=None)',  # noqa: E501
        'bernoulli': "(key, p=0.5, shape=None, mode='low', *, out_sharding=None)",  # noqa: E501
        'beta': '(key, a, b, shape=None, dtype=None, *, out_sharding=None)',  # noqa: E501
        'bits': '(key, shape=(), dtype=None, *, out_sharding=None)',  # noqa: E501
        'categorical': '(key, logits, axis=-1, shape=None, replace=True, mode=None, *, out_sharding=None)',  # noqa: E501
        'cauchy': '(key, shape=(), dtype=None, *, out_sharding=None)',  # noqa: E501
        'chisquare': '(key, df, shape=None, dtype=None, *, out_sharding=None)',  # noqa: E501
        'dirichlet': '(key, alpha, shape=None, dtype=None, *, out_sharding=None)',  # noqa: E501
        'exponential': '(key, shape=(), dtype=None, *, out_sharding=None)',  # noqa: E501
        'f': '(key, dfnum, dfden, shape=None, dtype=None, *, out_sharding=None)',  # noqa: E501
        'gamma': '(key, a, shape=None, dtype=None, *, out_sharding=None)',  # noqa: E501
        'generalized_normal': '(key, p, shape=(), dtype=None, *, out_sharding=None)',  # noqa: E501
        'geometric': '(key, p, shape=None, dtype=None, *, out_sharding=None)',  # noqa: E501
        'gumbel': '(key, shape=(), dtype=None, mode=None, *, out_sharding=None)',  # noqa: E501
        'key': '(seed, *, impl=None, dtype=None)',  # noqa: E501
        'laplace': '(key, shape=(), dtype=None, *, out_sharding=None)',  # noqa: E501
        'loggamma': '(key, a, shape=None, dtype=None, *, out_sharding=None)',  # noqa: E501
        'logistic': '(key, shape=(), dtype=None, *, out_sharding=None)',  # noqa: E501
        'lognormal': '(key, sigma=..., shape=None, dtype=None, *, out_sharding=None)',  # noqa: E501
        'maxwell': '(key, shape=(), dtype=None, *, out_sharding=None)',  # noqa: E501
        'multinomial': '(key, n, p, *, shape=None, dtype=None, unroll=1)',  # noqa: E501
        'multivariate_normal': "(key, mean, cov, shape=None, dtype=None, method='cholesky', *, out_sharding=None)",  # noqa: E501
        'normal': '(key, shape=(), dtype=None, *, out_sharding=None)',  # noqa: E501
        'orthogonal': '(key, n, shape=(), dtype=None, m=None, *, out_sharding=None)',  # noqa: E501
        'pareto': '(key, b, shape=None, dtype=None, *, out_sharding=None)',  # noqa: E501
        'permutation': '(key, x, axis=0, independent=False, *, out_sharding=None)',  # noqa: E501
        'poisson': '(key, lam, shape=None, dtype=None, *, out_sharding=None)',  # noqa: E501
        'rademacher': '(key, shape=(), dtype=None, *, out_sharding=None)',  # noqa: E501
        'randint': '(key, shape, minval, maxval, dtype=None, *, out_sharding=None)',  # noqa: E501
        'rayleigh': '(key, scale, shape=None, dtype=None, *, out_sharding=None)',  # noqa: E501
        't': '(key, df, shape=None, dtype=None, *, out_sharding=None)',  # noqa: E501
        'triangular': '(key, left, mode, right, shape=None, dtype=None, *, out_sharding=None)',  # noqa: E501
        'truncated_normal': '(key, lower, upper, shape=None, dtype=None, *, out_sharding=None)',  # noqa: E501
        'uniform': '(key, shape=(), dtype=None, minval=0.0, maxval=1.0, *, out_sharding=None)',  # noqa: E501
        'wald': '(key, mean, shape=None, dtype=None, *, out_sharding=None)',  # noqa: E501
        'wrap_key_data': '(key_bits_array, *, impl=None, dtype=None)',  # noqa: E501
    },
    'jax.scipy.linalg': {
        'polar': "(a, side='right', *, method='qdwh', eps=None, max_iterations=None)",  # noqa: E501
        'solve_sylvester': "(A, B, C, *, method='schur', tol=1e-08)",  # noqa: E501
    },
    'jax.scipy.special': {
        'beta': '(a, b)',  # noqa: E501
        'betainc': '(a, b, x)',  # noqa: E501
        'betaln': '(a, b)',  # noqa: E501
        'boxcox': '(x, lmbda)',  # noqa: E501
        'boxcox1p': '(x, lmbda)',  # noqa: E501
        'comb': '(N, k, *, repetition=False)',  # noqa: E501
        'dawsn': '(x)',  # noqa: E501
        'digamma': '(x)',  # noqa: E501
        'entr': '(x)',  # noqa: E501
        'erf': '(x)',  # noqa: E501
        'erfc': '(x)',  # noqa: E501
        'erfcx': '(x)',  # noqa: E501
        'erfinv': '(x)',  # noqa: E501
        'exp1': '(x)',  # noqa: E501
        'expi': '(x)',  # noqa: E501
        'expit': '(x)',  # noqa: E501
        'expn': '(n, x)',  # noqa: E501
        'fresnel': '(x)',  # noqa: E501
        'gamma': '(x)',  # noqa: E501
        'gammainc': '(a, x)',  # noqa: E501
        'gammaincc': '(a, x)',  # noqa: E501
        'gammaln': '(x)',  # noqa: E501
        'gammasgn': '(x)',  # noqa: E501
        'hyp1f1': '(a, b, x)',  # noqa: E501
        'hyp2f1': '(a, b, c, x)',  # noqa: E501
        'i0': '(x)',  # noqa: E501
        'i0e': '(x)',  # noqa: E501
        'i1': '(x)',  # noqa: E501
        'i1e': '(x)',  # noqa: E501
        'kl_div': '(p, q)',  # noqa: E501
        'log_ndtr': '(x, series_order=3)',  # noqa: E501
        'log_softmax': '(x, /, *, axis=None)',  # noqa: E501
        'loggamma': '(x)',  # noqa: E501
        'logit': '(x)',  # noqa: E501
        'logsumexp': '(a, axis=None, b=None, keepdims=False, return_sign=False, where=None)',  # noqa: E501
        'multigammaln': '(a, d)',  # noqa: E501
        'ndtr': '(x)',  # noqa: E501
        'ndtri': '(p)',  # noqa: E501
        'owens_t': '(h, a)',  # noqa: E501
        'poch': '(z, m)',  # noqa: E501
        'polygamma': '(n, x)',  # noqa: E501
        'rel_entr': '(p, q)',  # noqa: E501
        'sici': '(x)',  # noqa: E501
        'softmax': '(x, /, *, axis=None)',  # noqa: E501
        'spence': '(x)',  # noqa: E501
        'sph_harm_y': '(n, m, theta, phi, diff_n=None, n_max=None)',  # noqa: E501
        'wofz': '(z)',  # noqa: E501
        'xlog1py': '(x, y)',  # noqa: E501
        'xlogy': '(x, y)',  # noqa: E501
        'zeta': '(x, q=None)',  # noqa: E501
    },
    'jax.tree': {
    },
    'jax.tree_util': {
        'register_dataclass': '(nodetype, data_fields=None, meta_fields=None, drop_fields=())',  # noqa: E501
    },
}
