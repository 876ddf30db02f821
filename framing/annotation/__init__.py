"""Coded sentences: what coders said, checked against the codebook and joined with the corpus."""

from framing.annotation.coded import CodedSentences, read_coded

__all__ = ["CodedSentences", "read_coded"]
