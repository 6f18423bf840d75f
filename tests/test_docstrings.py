"""Every public name says what it is, what it takes, returns and raises, and shows a use."""

import ast
import inspect
import re
import textwrap
from importlib import import_module
from types import FunctionType, ModuleType

import pytest
import relugeom as rg

PACKAGES = ["relugeom", *(f"relugeom.{p}" for p in dir(rg) if hasattr(getattr(rg, p), "__path__"))]
#: Methods that say the same in every class that has them.
ALIKE = re.compile(r".*\.(rows|long_rows|save|to_\w+)")
#: What shows no use: it needs a library that is optional, or belongs to what shows one.
NO_EXAMPLE = {"relugeom.networks.from_keras.from_keras", "relugeom._bound.Bound",
              "relugeom.paths.record.Recorder", "relugeom.paths.record.Recorder.log"}  # fmt: skip
HOOKS = re.compile(r"relugeom\.paths\.lightning\.RecordCallback\.on_")


def public():
    """The functions, classes and methods that the packages list, each once, by their full name."""
    found = {}
    for package in map(import_module, PACKAGES):
        for name in package.__all__:
            add(getattr(package, name), found)
    return found


def add(thing, found):
    if isinstance(thing, ModuleType) and not hasattr(thing, "__path__"):
        for name, value in vars(thing).items():
            if not name.startswith("_") and getattr(value, "__module__", "") == thing.__name__:
                add(value, found)
    elif isinstance(thing, FunctionType):
        found[f"{thing.__module__}.{thing.__qualname__}"] = thing
    elif isinstance(thing, type) and not issubclass(thing, Exception):
        found[f"{thing.__module__}.{thing.__qualname__}"] = thing
        for name, member in vars(thing).items():
            function = inspect.unwrap(getattr(member, "__func__", member))
            ours = getattr(function, "__module__", "").startswith("relugeom")
            if isinstance(function, FunctionType) and ours and not name.startswith("_"):
                found[f"{thing.__module__}.{function.__qualname__}"] = function


PUBLIC = {name: thing for name, thing in public().items() if not HOOKS.match(name)}
FUNCTIONS = {name: thing for name, thing in PUBLIC.items() if isinstance(thing, FunctionType)}
CLASSES = {name: thing for name, thing in PUBLIC.items() if isinstance(thing, type)}


def sections(thing):
    """The parts of a numpydoc string: the text of each, by its title ("" is the beginning)."""
    text = inspect.cleandoc(thing.__doc__ or "")
    parts = re.split(r"^(\w[\w ]*)\n-{3,}$", text, flags=re.MULTILINE)
    return {"": parts[0], **dict(zip(parts[1::2], parts[2::2], strict=True))}


def described(section):
    """The names that a section describes, one or several a line."""
    heads = re.findall(r"^(\S.*)$", section, re.MULTILINE)
    return [name.strip(" *") for head in heads for name in head.partition(" :")[0].split(",")]


def arguments(thing):
    return [name for name in inspect.signature(thing).parameters if name not in ("self", "cls")]


def own_nodes(node):
    """The nodes of a function's body, without those of functions inside it."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.Lambda):
            yield child
            yield from own_nodes(child)


def raises(function):
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    return any(isinstance(n, ast.Raise) and n.exc is not None for n in own_nodes(tree.body[0]))


def test_there_is_something_to_read():
    assert len(FUNCTIONS) > 250
    assert len(CLASSES) > 60


@pytest.mark.parametrize("name", PUBLIC)
def test_it_begins_with_a_sentence(name):
    first = sections(PUBLIC[name])[""].strip().partition("\n")[0]
    assert first.endswith((".", ":"))
    assert not first.startswith(f"{name.rpartition('.')[2]}(")  # what dataclass writes


@pytest.mark.parametrize("name", FUNCTIONS)
def test_arguments_are_described(name):
    known = described(sections(FUNCTIONS[name]).get("Parameters", ""))
    assert sorted(known) == sorted(arguments(FUNCTIONS[name]))


@pytest.mark.parametrize("name", CLASSES)
def test_fields_are_described(name):
    """In a section, or as ``name`` in the text."""
    parts = sections(CLASSES[name])
    known = described(parts.get("Parameters", "") + parts.get("Attributes", ""))
    known += re.findall(r"``(\w+)``", CLASSES[name].__doc__)
    if name not in NO_EXAMPLE:
        fields = [field for field in arguments(CLASSES[name]) if not field.startswith("_")]
        assert set(fields) <= set(known)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_what_is_returned_is_described(name):
    returns = FUNCTIONS[name].__annotations__["return"]
    given = {"Returns", "Yields"} & set(sections(FUNCTIONS[name]))
    if not ALIKE.fullmatch(name):
        assert bool(given) == (returns != "None")


@pytest.mark.parametrize("name", [name for name, f in FUNCTIONS.items() if raises(f)])
def test_what_is_raised_is_described(name):
    assert "Raises" in sections(FUNCTIONS[name])


@pytest.mark.parametrize("name", [n for n in PUBLIC if not ALIKE.fullmatch(n)])
def test_a_use_is_shown(name):
    shown = ">>> " in sections(PUBLIC[name]).get("Examples", "")
    assert shown != (name in NO_EXAMPLE)
