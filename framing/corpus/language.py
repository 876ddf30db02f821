"""Language of an article, by py3langid."""

_HEAD = 2000  # characters; more does not change the answer


def detect_language(text: str) -> str:
    """ISO 639-1 code of the likeliest language."""
    import py3langid

    return str(py3langid.classify(text[:_HEAD])[0])
