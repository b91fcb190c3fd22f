"""The doctor: asks every setting and every connection, and names one fix per finding."""

from __future__ import annotations
