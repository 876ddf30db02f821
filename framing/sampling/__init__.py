"""What is to be coded by hand: a probability sample that knows its own inclusion probabilities."""

from framing.sampling.drawing import SampleSummary, sample

__all__ = ["SampleSummary", "sample"]
