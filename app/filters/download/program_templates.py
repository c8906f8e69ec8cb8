"""What each library's program is put together from: how it reads the picture, filters, pools, and ends.

Every function works on one array x (C, H, W), so that the programs can be read beside each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

_READ = """\
x = np.asarray(Image.open("picture.png")) / 255
x = x[None] if x.ndim == 2 else x.transpose(2, 0, 1)  # (C, H, W)
"""

_NUMPY_FILTER = '''\
def correlate(x, kernels, padding, mode, stride=1, dilation=1):
    """x: (C, H, W); kernels: (1 or C, kh, kw), one for all channels or one for each."""
    x = np.pad(x, ((0, 0), *padding), mode=mode)
    kh, kw = kernels.shape[1:]
    rows = (x.shape[1] - (kh - 1) * dilation - 1) // stride + 1
    columns = (x.shape[2] - (kw - 1) * dilation - 1) // stride + 1
    result = np.zeros((len(x), rows, columns))
    for a in range(kh):
        for b in range(kw):
            under = x[:, a * dilation :, b * dilation :][:, ::stride, ::stride][:, :rows, :columns]
            result += kernels[:, a, b, None, None] * under
    return result
'''

_SPREAD = '''\
def spread(kernel, dilation):
    """Put zeros between the numbers of a kernel (kh, kw)."""
    wide = np.zeros([(side - 1) * dilation + 1 for side in kernel.shape])
    wide[::dilation, ::dilation] = kernel
    return wide


'''

_SCIPY_FILTER = (
    _SPREAD
    + '''\
def correlate(x, kernels, padding, mode, stride=1, dilation=1):
    """x: (C, H, W); kernels: (1 or C, kh, kw), one for all channels or one for each."""
    kernels = [spread(kernel, dilation) for kernel in np.broadcast_to(kernels, (len(x), *kernels.shape[1:]))]
    if mode == "constant":
        x = np.pad(x, ((0, 0), *padding))
        planes = [signal.correlate(plane, kernel, mode="valid") for plane, kernel in zip(x, kernels)]
    else:
        # SciPy puts the middle of an even kernel one place later.
        origin = [(side - 1) // 2 - side // 2 for side in kernels[0].shape]
        planes = [ndimage.correlate(plane, kernel, mode=mode, origin=origin) for plane, kernel in zip(x, kernels)]
    return np.stack(planes)[:, ::stride, ::stride]
'''
)

_OPENCV_FILTER = (
    _SPREAD
    + '''\
def correlate(x, kernels, padding, mode, stride=1, dilation=1):
    """x: (C, H, W); kernels: (1 or C, kh, kw), one for all channels or one for each."""
    (top, bottom), (left, right) = padding
    planes = []
    for plane, kernel in zip(x, np.broadcast_to(kernels, (len(x), *kernels.shape[1:]))):
        kernel = spread(kernel, dilation)
        wide = cv2.copyMakeBorder(plane, top, bottom, left, right, mode)
        rows, columns = wide.shape[0] - kernel.shape[0] + 1, wide.shape[1] - kernel.shape[1] + 1
        whole = cv2.filter2D(wide, cv2.CV_64F, kernel, anchor=(0, 0))  # what begins outside is cut off
        planes.append(whole[:rows:stride, :columns:stride])
    return np.stack(planes)
'''
)

_TORCH_FILTER = '''\
def correlate(x, kernels, padding, mode, stride=1, dilation=1):
    """x: (C, H, W); kernels: (1 or C, kh, kw), one for all channels or one for each."""
    # NumPy pads, since PyTorch mirrors no further than the picture is long.
    wide = torch.from_numpy(np.pad(x.numpy(), ((0, 0), *padding), mode=mode))
    weight = torch.from_numpy(kernels).expand(len(x), -1, -1)[:, None]  # (C, 1, kh, kw): each channel by itself
    return F.conv2d(wide[None], weight, stride=stride, dilation=dilation, groups=len(x))[0]
'''

_NUMPY_POOL = '''\
def windows(x, size, stride):
    """(C, H, W) -> (C, H', W', size, size): all windows of a picture."""
    return np.lib.stride_tricks.sliding_window_view(x, (size, size), axis=(1, 2))[:, ::stride, ::stride]
'''


@dataclass(frozen=True, kw_only=True)
class Library:
    """How one library's program is written.

    modes: what it calls a border of zeros, a mirrored one and a repeated edge. pool: a function that pooling needs,
    or nothing. relu, max_pool, average_pool: expressions of {x}, {size} and {stride}.
    """

    title: str
    imports: str
    read: str
    filter: str
    modes: tuple[str, str, str]
    pool: str
    relu: str
    max_pool: str
    average_pool: str
    save: str


_WINDOWS = "windows(x, {size}, {stride})"
_SAVE = 'np.save("result.npy", x)'

LIBRARIES: Mapping[str, Library] = MappingProxyType(
    {
        "numpy": Library(
            title="NumPy",
            imports="import numpy as np\nfrom PIL import Image\n",
            read=_READ,
            filter=_NUMPY_FILTER,
            modes=('"constant"', '"reflect"', '"edge"'),
            pool=_NUMPY_POOL,
            relu="np.maximum(x, 0)",
            max_pool=f"{_WINDOWS}.max(axis=(3, 4))",
            average_pool=f"{_WINDOWS}.mean(axis=(3, 4))",
            save=_SAVE,
        ),
        "scipy": Library(
            title="SciPy",
            imports="import numpy as np\nfrom PIL import Image\nfrom scipy import ndimage, signal\n",
            read=_READ,
            filter=_SCIPY_FILTER,
            modes=('"constant"', '"mirror"', '"nearest"'),
            pool=_NUMPY_POOL,
            relu="np.maximum(x, 0)",
            max_pool=f"{_WINDOWS}.max(axis=(3, 4))",
            average_pool=f"{_WINDOWS}.mean(axis=(3, 4))",
            save=_SAVE,
        ),
        "torch": Library(
            title="PyTorch",
            imports="import numpy as np\nimport torch\nimport torch.nn.functional as F\nfrom PIL import Image\n",
            read=_READ + "x = torch.from_numpy(np.ascontiguousarray(x))\n",
            filter=_TORCH_FILTER,
            modes=('"constant"', '"reflect"', '"edge"'),
            pool="",
            relu="torch.relu(x)",
            max_pool="F.max_pool2d(x[None], {size}, {stride})[0]",
            average_pool="F.avg_pool2d(x[None], {size}, {stride})[0]",
            save='np.save("result.npy", x.numpy())',
        ),
        "opencv": Library(
            title="OpenCV",
            imports="import cv2\nimport numpy as np\n",
            read='x = cv2.imread("picture.png", cv2.IMREAD_UNCHANGED) / 255\n'
            "x = x[None] if x.ndim == 2 else x[:, :, ::-1].transpose(2, 0, 1)  # OpenCV reads blue first; (C, H, W)\n"
            "x = np.ascontiguousarray(x)\n",
            filter=_OPENCV_FILTER,
            modes=("cv2.BORDER_CONSTANT", "cv2.BORDER_REFLECT_101", "cv2.BORDER_REPLICATE"),
            pool=_NUMPY_POOL,
            relu="np.maximum(x, 0)",
            max_pool=f"{_WINDOWS}.max(axis=(3, 4))",
            average_pool=f"{_WINDOWS}.mean(axis=(3, 4))",
            save=_SAVE,
        ),
    }
)

PROGRAMS = tuple((f"filter_with_{name}.py", library.title) for name, library in LIBRARIES.items())
"""The names of the programs' files, none of which hides the library that it imports, and what each is written with."""
