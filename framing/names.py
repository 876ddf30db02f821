"""Names as people write them."""


def plain_name(name: str) -> str:
    """A name without what is often written in two ways: case, and spaces beyond one between words."""
    return " ".join(name.split()).casefold()
