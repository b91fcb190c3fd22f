"""The playbook a new installation starts with: solar panels, to be edited and not written.

`default.json` is what `manage.py playbook export` prints and `playbook publish` takes.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

DEFAULT_PLAYBOOK: dict[str, Any] = json.loads(Path(__file__).with_name("default.json").read_bytes())
