"""The table of rooms. A room says what its scene is and how it is shown; uploads, problems and the API ask here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from urllib.parse import parse_qsl

from flask import Blueprint, Flask, current_app, request
from werkzeug.datastructures import MultiDict

from app.pictures.reference import ImageRef
from app.scenes.links import FROM
from app.scenes.parameter_table import TableScene
from app.web.fragments.fragment import Fragment
from app.web.languages import LazyString
from app.web.problem_texts import add_texts

ROOMS = "convscope.rooms"
FRAGMENTS = "convscope.fragments"

SceneT = TypeVar("SceneT", bound=TableScene)


def but(scene: SceneT, changes: Mapping[str, Any]) -> SceneT:
    """Return the scene with some parameters changed."""
    return scene.but(**changes)


Edits = Callable[[SceneT, "MultiDict[str, str]"], SceneT]


@dataclass(frozen=True, kw_only=True)
class Room(Generic[SceneT]):
    """What a room is to the rest of the site.

    scene: its kind of scene. title: its name in the navigation; none where it does not stand there.
    view: what its templates are given for a scene. describe: what the API answers for one.
    fragments: the parts of its page, as a tree whose first is the view; None where the view is written as a whole.
    place: the scene with all filled in that the room chooses itself; the templates of fragments are given what `view`
    makes of such a scene. turn: a scene with some parameters changed by a control. picked: what the button of the
    selected cell sends, in a grid of buttons; empty where there is none. marks: the data-mark of links that are marked
    as the current ones.
    read: reads a scene from a query or a form, where scene.read alone does not do. check: raises Refusal where a
    scene names what there is not. edit, edits: changes a scene as the parameters of these names say.
    settle: the nearest scene that can be shown, after its picture was exchanged. nearest: the same for the way out of
    a problem. forget: drops what was computed from a picture. texts: the sentences of its problems, by code.
    camera: whether its page may ask for the camera.
    """

    scene: type[SceneT]
    title: LazyString | None = None
    view: Callable[[SceneT], Mapping[str, object]]
    describe: Callable[[SceneT], object] | None = None
    fragments: Fragment[SceneT] | None = None
    place: Callable[[SceneT], SceneT] | None = None
    turn: Callable[[SceneT, Mapping[str, Any]], SceneT] = but
    picked: Callable[[SceneT], str] = lambda scene: ""
    marks: Callable[[SceneT], tuple[str, ...]] = lambda scene: ()
    read: Callable[[Mapping[str, str]], SceneT] | None = None
    check: Callable[[SceneT], None] | None = None
    edit: Edits[SceneT] | None = None
    edits: tuple[str, ...] = ()
    settle: Callable[[SceneT], SceneT] | None = None
    nearest: Callable[[SceneT], SceneT] | None = None
    forget: Callable[[ImageRef], None] | None = None
    texts: Mapping[str, LazyString] = field(default_factory=dict)
    camera: bool = False

    @property
    def name(self) -> str:
        """The room's name in addresses, endpoints and folders."""
        return self.scene.table.room

    @property
    def parts(self) -> Mapping[str, Fragment[SceneT]]:
        """The fragments that have an address of their own, below the view, by their names."""
        return {} if self.fragments is None else {each.name: each for each in self.fragments.below()}

    def placed(self, scene: SceneT) -> SceneT:
        """The scene with all filled in that the room chooses itself. Raises Refusal where it cannot be shown."""
        return self.place(scene) if self.place else scene

    def scene_of(self, args: Mapping[str, str]) -> SceneT:
        """Read a scene, or the one that a form comes from, and check that what it names is there. Raises Refusal."""
        if FROM in args:
            args = dict(parse_qsl(args[FROM], keep_blank_values=True))
        scene = (self.read or self.scene.read)(args)
        if self.check:
            self.check(scene)
        return scene

    def asked(self, args: MultiDict[str, str]) -> SceneT:
        """Read the scene of a request, with the edit that it asks for. Raises Refusal."""
        scene = (self.read or self.scene.read)(args)
        return self.edit(scene, args) if self.edit else scene


def register(app: Flask, room: Room[Any], blueprint: Blueprint) -> None:
    """Put a room into the site: its routes, its place in the table, and the sentences of its problems."""
    app.extensions.setdefault(ROOMS, {})[room.name] = room
    app.register_blueprint(blueprint)
    add_texts(app, room.texts)
    fragments(app).update(f"{room.name}.{part}" for part in ("view", "change", *room.parts))


def rooms(app: Flask | None = None) -> Iterator[Room[Any]]:
    """All rooms, in the order in which they were registered."""
    yield from (app or current_app).extensions.get(ROOMS, {}).values()


def room_named(name: str) -> Room[Any] | None:
    """Return the room of this name, or None."""
    found: Room[Any] | None = current_app.extensions.get(ROOMS, {}).get(name)
    return found


def room_of(scene: TableScene) -> Room[Any]:
    """Return the room that a scene belongs to."""
    found: Room[Any] = current_app.extensions[ROOMS][scene.table.room]
    return found


def fragments(app: Flask) -> set[str]:
    """The endpoints that answer with a part of a page; a problem there is a part of a page too."""
    found: set[str] = app.extensions.setdefault(FRAGMENTS, set())
    return found


def asked_for_a_fragment() -> bool:
    """Say whether this request is answered with a part of a page."""
    return request.endpoint in fragments(current_app)


def asked_for_a_camera_page() -> bool:
    """Say whether this request is for a page that may ask for the camera.

    A phone's camera is reached through a file field, which needs no permission; a live preview needs one.
    """
    return any(room.camera and request.endpoint == f"{room.name}.page" for room in rooms())
