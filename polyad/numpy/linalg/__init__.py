"""Linear algebra: the array-API standard's `linalg`, and beyond it what NumPy and SciPy have.

All take stacks: the last two axes are the matrix. Integers are converted to the default floating
dtype. What a matrix does not allow (a singular `solve`) is a `LinAlgError` on every backend,
eagerly and compiled, and of a batch for the whole batch.
"""

from ...errors import LinAlgError as LinAlgError
from ..manipulation import matrix_transpose as matrix_transpose
from ..products import matmul as matmul
from ..products import tensordot as tensordot
from ..products import vecdot as vecdot
from .decompositions import EighResult as EighResult
from .decompositions import EigResult as EigResult
from .decompositions import LUResult as LUResult
from .decompositions import QRResult as QRResult
from .decompositions import SVDResult as SVDResult
from .decompositions import cholesky as cholesky
from .decompositions import eig as eig
from .decompositions import eigh as eigh
from .decompositions import eigvals as eigvals
from .decompositions import eigvalsh as eigvalsh
from .decompositions import lu as lu
from .decompositions import qr as qr
from .decompositions import svd as svd
from .decompositions import svdvals as svdvals
from .norms import SlogdetResult as SlogdetResult
from .norms import cond as cond
from .norms import det as det
from .norms import matrix_norm as matrix_norm
from .norms import norm as norm
from .norms import slogdet as slogdet
from .norms import vector_norm as vector_norm
from .products import cross as cross
from .products import diagonal as diagonal
from .products import expm as expm
from .products import logm as logm
from .products import matrix_power as matrix_power
from .products import multi_dot as multi_dot
from .products import outer as outer
from .products import sqrtm as sqrtm
from .products import trace as trace
from .systems import LstsqResult as LstsqResult
from .systems import cho_factor as cho_factor
from .systems import cho_solve as cho_solve
from .systems import inv as inv
from .systems import lstsq as lstsq
from .systems import matrix_rank as matrix_rank
from .systems import pinv as pinv
from .systems import solve as solve
from .systems import solve_triangular as solve_triangular
from .systems import tensorinv as tensorinv
from .systems import tensorsolve as tensorsolve
