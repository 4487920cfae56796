"""Pages of long lists: keyset cursors, newest first."""

from typing import Generic, TypeVar

from pydantic import BaseModel

T = TypeVar("T")

PAGE_LIMIT = 200


class Page(BaseModel, Generic[T]):
    """One page; `next_before` is the `before` of the next page, None at the end."""

    items: list[T]
    next_before: int | None = None
