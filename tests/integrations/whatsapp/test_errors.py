"""Every error has words for staff."""

from __future__ import annotations

import re

import pytest
from django.utils.translation import override

from integrations.whatsapp import errors


@pytest.mark.parametrize("code", [*{m: c for c, m in errors.MEANINGS.items()}.values(), None])
def test_every_code_is_explained_in_words(code):
    with override("en"):
        text = str(errors.explain(code))

    assert text.endswith(".")
    assert len(text) > 40
    assert "_" not in re.sub(r"WHATSAPP_[A-Z_]+|whatsapp_business_messaging", "", text)
