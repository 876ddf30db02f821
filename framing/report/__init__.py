"""The comparison as a page to read and tables to re-use."""

from framing.report.folder import Report, compare

__all__ = ["Report", "compare"]
