"""The comparison as a page to read and tables to re-use."""

from framing.report.folder import Report, compare, compare_markdown

__all__ = ["Report", "compare", "compare_markdown"]
