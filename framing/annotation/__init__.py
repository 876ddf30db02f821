"""Coded sentences: what coders said, checked against the codebook and joined with the corpus."""

from framing.annotation.coded import CodedSentences, read_coded
from framing.annotation.ledger import Ledger, read_ledger

__all__ = ["CodedSentences", "Ledger", "read_coded", "read_ledger"]
