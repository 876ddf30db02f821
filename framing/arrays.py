"""Names for arrays that many modules pass around."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]  # positions among names, or counts
