"""YAML with a place for every value: PyYAML's C loader, duplicate keys refused."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from harness.model.errors import HarnessError, Location

if TYPE_CHECKING:
    from pydantic import BaseModel

ModelT = TypeVar("ModelT", bound="BaseModel")


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML document: its value as plain Python, and the place of every part of it."""

    value: Any = field(repr=False)
    name: str
    _root: Node | None = field(default=None, repr=False, compare=False)

    def where(self, keys: Sequence[str | int]) -> Location:
        """The place of the entry that `keys` lead to: its key in a mapping, its first character in a list.

        A key that does not exist (a missing field, the name of a variant) is passed over, so that the place is that
        of the nearest part which does.
        """
        node = mark = self._root
        for key in keys:
            found = _entry(node, key)
            if found is not None:
                mark, node = found
        if mark is None:
            return Location(self.name, 1, 1)
        return _location(self.name, mark.start_mark)

    def span(self, keys: Sequence[str | int]) -> Span:
        """From where to where the value stands that `keys` lead to; what comes behind it, a comment say, is no part
        of it. Raises `KeyError` when there is none."""
        node = self._root
        for key in keys:
            found = _entry(node, key)
            if found is None:
                raise KeyError(key)
            node = found[1]
        if node is None:
            raise KeyError("the document is empty")
        return Span(node.start_mark.index, _end(node))


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a text: characters from `start` up to, and without, `end`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class PlainScalar:
    """A key or value that was written without quotes: its text, and the YAML 1.1 type that it gets by that."""

    text: str
    tag: str
    where: Location


def plain_scalars(document: Document) -> Iterator[PlainScalar]:
    """All keys and values without quotes, in the order of the file."""
    waiting = [document._root] if document._root is not None else []
    while waiting:
        node = waiting.pop()
        if isinstance(node, ScalarNode) and not node.style:
            yield PlainScalar(node.value, node.tag.rpartition(":")[2], _location(document.name, node.start_mark))
        waiting.extend(reversed(list(_parts(node))))


class _Loader(yaml.CSafeLoader):
    """Adds the place to values that look like a date or a number and are none."""

    def construct_object(self, node: Any, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except ValueError as error:
            raise yaml.constructor.ConstructorError(None, None, f"{error}", node.start_mark) from error


def load_yaml(path: Path) -> Document:
    """Read one YAML file. Raises `HarnessError` (usage) when it can not be read or is not one sound document."""
    return parse_yaml(read_text(path), str(path))


def read_text(path: Path) -> str:
    """The text of a file that a person wrote, which must be UTF-8."""
    try:
        return path.read_bytes().decode()
    except UnicodeDecodeError as error:
        where = _place_of_byte(str(path), error.object, error.start)
        raise HarnessError("this is not UTF-8 text", "Save the file as UTF-8.", where=where) from error
    except OSError as error:
        raise HarnessError(
            f"{path} can not be read: {error.strerror}", "Check the name and the file's permissions."
        ) from error


def parse_yaml(text: str, name: str) -> Document:
    """Parse one YAML document; `name` is the file that messages point into."""
    loader = _Loader(text)
    try:
        root = loader.get_single_node()
        _inspect(root, name, set())
        value = None if root is None else loader.construct_document(root)
    except yaml.MarkedYAMLError as error:
        raise _broken(error, text, name) from error
    except yaml.reader.ReaderError as error:
        where = _place_of_byte(name, text.encode(), error.position)
        raise HarnessError(
            "a character that YAML does not allow", "Remove it or write it as an escape in double quotes.", where=where
        ) from error
    except RecursionError as error:
        raise HarnessError(f"{name} is nested too deeply", "Make it flatter.") from error
    finally:
        loader.dispose()
    return Document(value, name, root)


def checked(document: Document, model: type[ModelT]) -> ModelT:
    """`document.value` as `model`. All that is wrong with it is told in one `HarnessError`, a line and place each.

    Values are never printed: a file may hold secrets.
    """
    from pydantic import ValidationError

    try:
        return model.model_validate(document.value)
    except ValidationError as error:
        problems = [
            (document.where(problem["loc"]), f"{_dotted(problem['loc'])}{_plain(problem['type'], problem['msg'])}")
            for problem in error.errors(include_url=False, include_context=False, include_input=False)
        ]
        raise several(problems, "Mend the file and start again.") from None


def several(problems: Sequence[tuple[Location, str]], todo: str) -> HarnessError:
    """One error for a list of problems that is not empty, each with its own place."""
    (first, message), *others = problems
    return HarnessError("\n".join([message, *(f"{where}: {text}" for where, text in others)]), todo, where=first)


def _entry(node: Node | None, key: str | int) -> tuple[Node, Node] | None:
    match node:
        case MappingNode():
            return next((pair for pair in node.value if pair[0].value == str(key)), None)
        case SequenceNode() if isinstance(key, int) and key < len(node.value):
            return node.value[key], node.value[key]
        case _:
            return None


def _end(node: Node) -> int:
    """Where the last part of a node ends. A block's own end is where the next thing begins."""
    parts = [] if getattr(node, "flow_style", False) else list(_parts(node))
    index: int = node.end_mark.index
    return max(map(_end, parts), default=index)


def _inspect(node: Node | None, name: str, done: set[int], above: frozenset[int] = frozenset()) -> None:
    """Refuse what PyYAML lets through and JSON can not hold: a key that stands twice, a list that contains itself."""
    if node is None or id(node) in done:
        return
    if id(node) in above:
        raise HarnessError(
            "an alias leads back to a part that contains it",
            "Write the value out, or give the alias another anchor.",
            where=_location(name, node.start_mark),
        )
    if isinstance(node, MappingNode):
        _refuse_duplicates(node, name)
    for part in _parts(node):
        _inspect(part, name, done, above | {id(node)})
    done.add(id(node))


def _parts(node: Node) -> Iterator[Node]:
    match node:
        case MappingNode():
            for pair in node.value:
                yield from pair
        case SequenceNode():
            yield from node.value


def _refuse_duplicates(mapping: MappingNode, name: str) -> None:
    seen: dict[tuple[str, str], Node] = {}
    for key, _ in mapping.value:
        if not isinstance(key, ScalarNode):
            continue
        first = seen.setdefault((key.tag, key.value), key)
        if first is not key:
            raise HarnessError(
                f"the key {key.value!r} stands twice in one mapping, first at {_location(name, first.start_mark)}",
                "Keep one of the two: YAML readers differ in which one they take.",
                where=_location(name, key.start_mark),
            )


def _broken(error: yaml.MarkedYAMLError, text: str, name: str) -> HarnessError:
    mark = error.problem_mark or error.context_mark
    where = None if mark is None else _location(name, mark)
    what = ", ".join(part for part in (error.context, error.problem) if part) or "this is not YAML"
    lines = text.splitlines()
    line = lines[mark.line] if mark is not None and mark.line < len(lines) else ""
    return HarnessError(what, _remedy(line), where=where)


def _remedy(line: str) -> str:
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return "Indent with spaces: YAML does not allow tabs there."
    if "{{" in line or "{%" in line:
        return "Put the template in quotes."
    return "Mend the YAML there, or in the line before."


def _location(name: str, mark: Any) -> Location:
    return Location(name, mark.line + 1, mark.column + 1)


def _place_of_byte(name: str, data: bytes, position: int) -> Location:
    before = data[:position].decode(errors="replace").split("\n")
    return Location(name, len(before), len(before[-1]) + 1)


def _dotted(keys: Sequence[str | int]) -> str:
    path = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys).lstrip(".")
    return f"{path}: " if path else ""


def _plain(kind: str, message: str) -> str:
    match kind:
        case "missing":
            return "this field is required"
        case "extra_forbidden":
            return "there is no such field"
        case _:
            return message.removeprefix("Value error, ")
