"""What lies under the microscope on the way back: the terms of one gradient, in a form of its own for each kind."""

from __future__ import annotations

from dataclasses import dataclass

from app.explain.views_forward import Block
from app.render.figures import Figure, Plate, Table
from app.scenes.choice import Choice
from app.scenes.walk_scene import Scene


@dataclass(frozen=True)
class Blame:
    """One class's gradient by its score: its probability, less 1 where it is the target."""

    index: int
    name: str
    probability: str
    answer: str
    gradient: Figure
    picked: bool
    scene: Scene


@dataclass(frozen=True)
class Headed:
    """Where the way back begins: p - y for every class; `picked` is one of them."""

    template: str
    blames: tuple[Blame, ...]
    picked: Blame
    target: str


@dataclass(frozen=True)
class Returned:
    """What an input cell of a convolution owes: for each kernel, the windows that read it times their gradients.

    In each block, `read` are the gradients of these windows and `weights` the kernel's values with which they read the
    cell, in the same order. silent: the kernels that are not shown, as all their windows have a gradient of 0.
    size: rows and columns of windows. turned: whether each block has all the weights of its kernel, in reverse order.
    """

    template: str
    blocks: tuple[Block, ...]
    silent: tuple[int, ...]
    terms: int
    zeros: int
    size: tuple[int, int]
    turned: bool


@dataclass(frozen=True)
class Term:
    """One term of a gradient: which window, what it met there, its gradient, their product, and the sum up to here.

    met is None for a bias, which meets nothing. window: the loop, stopped at this window.
    """

    at: tuple[int, ...]
    met: Figure | None
    gradient: Figure
    product: Figure
    so_far: str
    window: Scene


@dataclass(frozen=True)
class Collected:
    """What a weight or a bias owes: all its terms, the largest first, a page at a time.

    carried: the sum of the pages before; rest: the sum of the pages behind; both as text, empty where there are none.
    met, errors, products: the terms as maps, one cell a window; None where there is only one window.
    channel: the map that the picked weight reads; 0 for a bias.
    kernel: the weights around the picked one; siblings: the same place in other channels of the kernel.
    """

    template: str
    terms: tuple[Term, ...]
    carried: str
    rest: str
    rest_count: int
    count: int
    nonzero: int
    page: int
    pages: tuple[Choice, ...]
    met: Plate | None
    errors: Plate | None
    products: Plate | None
    channel: int
    kernel: Table
    siblings: tuple[Choice, ...]


@dataclass(frozen=True)
class Held:
    """One pooling window that holds the cell: its values, what comes to it, and what each of its cells receives."""

    cell: tuple[int, ...]
    window: Table
    gradient: Figure
    received: Table
    winner: tuple[int, ...] | None
    ties: int
    counted: int
    gives: Figure


@dataclass(frozen=True)
class Routed:
    """What an input cell of a pooling layer owes: a step for each window that holds it; small becomes large again.

    tied: how many windows of this map have more than one largest cell, of how many; they are marked on `small`.
    """

    template: str
    windows: tuple[Held, ...]
    small: Plate
    large: Plate
    tied: tuple[int, int]


@dataclass(frozen=True)
class Passed:
    """What comes to a gate from behind, and whether it goes on."""

    template: str
    plate: Plate
    errors: Plate
    came: Figure
    gradient: Figure
    open: bool


@dataclass(frozen=True)
class Voted:
    """What an input of a fully connected layer owes: for each output its weight times the output's gradient.

    classes: whether the outputs are the scores of classes, and not a hidden line of numbers.
    """

    template: str
    terms: tuple[tuple[str, Figure, Figure, Figure], ...]
    index: int
    classes: bool


@dataclass(frozen=True)
class Running:
    """The loops, stopped at one window: what it adds to the sums, and the sums before and after.

    factor: what the window's gradient is multiplied with; None for a bias, or where nothing is multiplied.
    role: of these factors. of: whose gradient grows. here: whether the picked one is among the sums, and marked.
    shared: by how many cells a mean was made, which share its gradient; 0 where there is no mean.
    The sums are empty where the window lies wholly in the padding. plate: the window on a map before the layer, which
    is that of the channel.
    """

    template: str
    of: str
    cell: tuple[int, ...]
    gradient: Figure
    factor: Table | None
    role: str
    shared: int
    before: Table
    added: Table
    after: Table
    here: bool
    plate: Plate | None
    channel: int
    finished: Scene


BackView = Headed | Returned | Collected | Routed | Passed | Voted | Running
