"""Errors speak with one voice: "`name` must be ...; got ..."."""

import ast
import re
from pathlib import Path

import pytest
import relugeom
from relugeom import errors

PACKAGE = Path(relugeom.__file__).parent
#: Errors about an argument; the others report on files, on layers of others, on rounding.
OF_ARGUMENTS = ("InvalidInputError", "ShapeError", "DomainError", "UnboundedError",
                "IncompleteError")  # fmt: skip
#: Of Python's protocols (an index, a key, a name), and those that a caller of ours catches.
OTHERS = {"IndexError", "KeyError", "AttributeError", "AssertionError",
          "NoRule", "Doubt", "ValueError", "argparse.ArgumentTypeError"}  # fmt: skip


def raised():
    """Every exception the package raises with a message: where, its class, the message."""
    for file in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
                place = f"{file.relative_to(PACKAGE)}:{node.lineno}"
                yield place, ast.unparse(node.exc.func), text(node.exc)


def text(node):
    """The words of a message; {} stands for what is put in."""
    match node:
        case ast.Call(args=[message, *_]):
            return text(message)
        case ast.Constant(value=str(words)):
            return words
        case ast.JoinedStr(values=parts):
            return "".join(map(text, parts))
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return text(left) + text(right)
    return "{}"


RAISED = list(raised())


def test_there_is_something_to_read():
    assert sum(kind in OF_ARGUMENTS for _, kind, _ in RAISED) > 250
    assert {kind for _, kind, _ in RAISED} >= {*OF_ARGUMENTS, "UnsupportedError"}


def test_errors_of_arguments_have_the_form():
    """What the argument must be, then what it is."""
    bent = [
        (place, message)
        for place, kind, message in RAISED
        if (kind in OF_ARGUMENTS or message.startswith("`"))
        and not re.search(r" must .*; got:? ", message)
    ]
    assert not bent


def test_our_classes_are_raised():
    ours = {name for name in vars(errors) if name.endswith("Error")}
    assert {kind for _, kind, _ in RAISED} - ours == OTHERS


@pytest.mark.parametrize("name", [n for n in vars(errors) if n.endswith("Error")])
def test_every_class_is_a_relugeom_error_and_is_raised(name):
    kind = getattr(errors, name)
    assert issubclass(kind, errors.RelugeomError)
    assert kind is errors.RelugeomError or name in {kind for _, kind, _ in RAISED}
