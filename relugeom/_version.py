"""The version, apart so that modules need not import the package's front page."""

__version__ = "0.1.0"
