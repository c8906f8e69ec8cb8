"""One machinery for all rooms: a table of parameters reads a scene from an address and writes it back.

A room states its Param entries once. From them come the query of every link, the check whether an address is
canonical, and the parameters in the description of the API.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, ClassVar, Self
from urllib.parse import quote

from app.pictures.reference import ImageRef
from app.refusal import Refusal

LONGEST_REPEATED = 80
"""Characters of an unreadable value that a problem repeats."""


@dataclass(frozen=True)
class Param:
    """One parameter: how its text is read, how it is written, and what it means (for the description of the API).

    read raises ValueError where the text cannot be read. quoted: the text may hold characters that a query must not.
    """

    name: str
    default: Any
    read: Callable[[str], Any]
    write: Callable[[Any], str]
    meaning: str
    schema: Mapping[str, Any]
    quoted: bool = False


class Table:
    """The parameters of one room's scene, in the order in which its addresses name them.

    room: the name of the room, as in its URL and the endpoints of its routes. codes: what the codes of unreadable
    values begin with; "<room>-" where nothing is given, so that layer is refused as <room>-layer-unreadable.
    """

    def __init__(self, room: str, params: Iterable[Param], codes: str | None = None) -> None:
        self.room = room
        self.params = tuple(params)
        self.names = tuple(param.name for param in self.params)
        self.codes = f"{room}-" if codes is None else codes
        self.writers = {param.name: param.write for param in self.params}
        self.values: Callable[[object], tuple[Any, ...]] = _all_of(self.names)
        self._quoted = frozenset(param.name for param in self.params if param.quoted)
        self._plan = tuple((param.name, param.default, param.write) for param in self.params)

    def read(self, args: Mapping[str, str]) -> dict[str, Any]:
        """Read the values that a query names; names that are not in the table are ignored.

        Raises Refusal 400 where a value cannot be read.
        """
        found: dict[str, Any] = {}
        for param in self.params:
            text = args.get(param.name)
            if text is None:
                continue
            try:
                found[param.name] = param.read(text)
            except ValueError:
                raise Refusal(400, self.unreadable(param.name), got=text[:LONGEST_REPEATED]) from None
        return found

    def unreadable(self, name: str) -> str:
        """Return the code of the problem that a value of this parameter cannot be read."""
        return f"{self.codes}{name}-unreadable"

    def write(self, scene: object, defaults: Mapping[str, Any]) -> dict[str, str]:
        """Write the values that are not the default ones; `defaults` go before those of the table."""
        written = {}
        for name, default, write in self._plan:  # hundreds of scenes a page: nothing is looked up twice
            value = getattr(scene, name)
            usual = defaults.get(name, default)
            if value is not usual and value != usual:
                written[name] = write(value)
        return written

    def default_text(self, name: str, value: Any) -> str:
        """Write a default value, which addresses leave out; None, an empty chain and False have no text: ""."""
        return self.writers[name](value) if value or (value == 0 and value is not False) else ""

    def query(self, args: Mapping[str, str]) -> str:
        """Write parameters as a query string with its question mark, or nothing at all."""
        # A page has hundreds of links: only the few values that may need it are quoted.
        query = "&".join(
            [f"{name}={quote(text, safe=',;~') if name in self._quoted else text}" for name, text in args.items()]
        )
        return "?" + query if query else ""


def _all_of(names: tuple[str, ...]) -> Callable[[object], tuple[Any, ...]]:
    """Return a function that gives the values of these names of an object."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda scene: tuple(getattr(scene, name) for name in names)


class TableScene:
    """What a reader looks at in one room, as its table reads it; the rooms' scenes are frozen dataclasses of this kind.

    A subclass sets `table`, and names its fields as the table does and in the same order.
    """

    table: ClassVar[Table]
    set_names: ClassVar[frozenset[str]] = frozenset()
    """The parameters that `but` was told to set; what a scene was read or made with is not among them."""
    origin: ClassVar[TableScene | None] = None
    """The scene that it was made of by one `but`, if it was."""

    def __init_subclass__(cls) -> None:
        if tuple(cls.__annotations__) != cls.table.names:
            raise TypeError(f"{cls.__name__} and its table must name the same parameters in the same order")

    @classmethod
    def read(cls, args: Mapping[str, str]) -> Self:
        """Read a scene from a query. Raises Refusal 400 where a value cannot be read."""
        return cls.holding(cls.table.read(args))

    @classmethod
    def holding(cls, values: Mapping[str, Any]) -> Self:
        """Return the scene with these values, and the default ones for the rest."""
        return cls(**values)

    def defaults(self) -> Mapping[str, Any]:
        """Return the default values that depend on other values of the scene."""
        return {}

    def to_args(self) -> dict[str, str]:
        """Write the scene as query parameters, in the table's order, defaults left out."""
        return self.table.write(self, self.defaults())

    def query(self) -> str:
        """Write the scene as a query string with its question mark, or nothing at all."""
        return self.table.query(self.to_args())

    def write(self, names: Iterable[str]) -> str:
        """Write some parameters as a query without its question mark, those with default values too."""
        args = self.to_args()
        found = {name: args.get(name) or self.table.default_text(name, getattr(self, name)) for name in names}
        return self.table.query(found)[1:]

    def is_canonical(self, asked: Iterable[tuple[str, str]], edits: Collection[str] = ()) -> bool:
        """Say whether a request named the scene as its links do: in the table's order, defaults left out.

        edits: names of parameters that change a scene, and so never stand in a canonical address.
        """
        known = [(name, text) for name, text in asked if name in self.table.names or name in edits]
        return known == list(self.to_args().items())

    def but(self, **changes: Any) -> Self:
        """Return the same scene with something changed."""
        return self.copied(changes).told(self, changes)

    def copied(self, changes: Mapping[str, Any]) -> Self:
        """Return a copy with some values exchanged. Raises TypeError where there is no such parameter."""
        if unknown := changes.keys() - self.table.writers.keys():
            raise TypeError(f"{type(self).__name__} has no {', '.join(sorted(unknown))}")
        # A page has hundreds of scenes, and dataclasses.replace takes ten times as long.
        copy = object.__new__(type(self))
        copy.__dict__.update(self.__dict__)
        copy.__dict__.update(changes)
        return copy

    def told(self, before: TableScene, names: Iterable[str]) -> Self:
        """Remember, in a scene that was just made from the one before, which names were set. Returns the scene."""
        object.__setattr__(self, "set_names", before.set_names.union(names))
        object.__setattr__(self, "origin", None if before.set_names else before)
        return self

    def with_picture(self, image: ImageRef | None = None) -> Self:
        """Return the same place with another picture, or the first one; a scene without a picture stays as it is."""
        first = {param.name: param.default for param in self.table.params}
        return self.but(image=image or first["image"]) if "image" in first else self

    @property
    def shows_upload(self) -> bool:
        """Whether a reader's own picture is in the scene: such an answer is kept by no browser and no proxy."""
        values = (getattr(self, name) for name in self.table.names)
        return any(isinstance(value, ImageRef) and value.kind == "upload" for value in values)
