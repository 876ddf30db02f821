"""Stance toward targets, and whose voice a sentence is in."""
