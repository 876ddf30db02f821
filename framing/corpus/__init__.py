"""Raw articles in, a corpus of repaired articles and sentences out."""

from framing.corpus.ingestion import IngestSummary, ingest
from framing.corpus.store import Corpus, previous_sentences

__all__ = ["Corpus", "IngestSummary", "ingest", "previous_sentences"]
