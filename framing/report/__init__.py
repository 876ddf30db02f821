"""The comparison, and the quality of the labels, as pages to read and tables to re-use."""

from framing.report.folder import Report, compare, compare_markdown
from framing.report.quality_folder import QualityReport, report_quality

__all__ = ["QualityReport", "Report", "compare", "compare_markdown", "report_quality"]
