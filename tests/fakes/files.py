"""Files that say how they may be read."""

from __future__ import annotations

import io

from integrations.forms import PART


class Sips(io.BytesIO):
    """A file that nobody may read whole."""

    def read(self, size: int | None = -1, /) -> bytes:
        assert size is not None
        assert 0 <= size <= PART
        return super().read(size)
