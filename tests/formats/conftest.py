"""The fixtures of the collections: what a reader finds is staged there."""

from tests.collections.conftest import place  # noqa: F401
