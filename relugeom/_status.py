"""How work ended: one word in every result, file and command."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

#: The words, and what they say.
STATUSES = {
    "complete": "all of it was done",
    "capped": "it stopped at a limit",
    "interrupted": "it was interrupted from the keyboard",
    "undecided": "some tests were too close to call",
    "diverged": "a number stopped being finite",
    "failed": "an error ended it",
    "part": "the rest is elsewhere, or yet to come",
}


class Ended:
    """A result that says how it ended: ``status`` is one of `STATUSES`."""

    if TYPE_CHECKING:

        @property
        def status(self) -> str:
            """How it ended."""

    @property
    def complete(self) -> bool:
        """Whether all of it is there: status "complete"."""
        return self.status == "complete"

    @property
    def message(self) -> str:
        """The status in words."""
        return STATUSES[self.status]


E = TypeVar("E", bound=Ended)


def finished(result: E) -> E:
    """Return a result; if it was interrupted, interrupt what would have been made of it."""
    if result.status == "interrupted":
        raise KeyboardInterrupt
    return result


class OfPieces(Ended):
    """A result made of ``pieces``, a table, which ended as that did."""

    if TYPE_CHECKING:

        @property
        def pieces(self) -> Ended:
            """The table."""

    @property
    def status(self) -> str:
        """That of the pieces: without all of them parts of the result may be missing."""
        return self.pieces.status

    @property
    def message(self) -> str:
        """The status in words."""
        return self.pieces.message
