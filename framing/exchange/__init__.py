"""Codings out of a coding folder in the formats of other tools, and back into its database."""

from framing.exchange.exporting import ExportSummary, export_codings
from framing.exchange.importing import import_codings
from framing.exchange.summary import ImportSummary, Rejection

__all__ = ["ExportSummary", "ImportSummary", "Rejection", "export_codings", "import_codings"]
