"""What coefficients of agreement mean, in words."""

from collections.abc import Iterator

from framing.annotation.reliability import RELIABLE, TENTATIVE, Agreement, VariableAgreement

CONVENTIONS = (
    f"Krippendorff's conventions for alpha: from {RELIABLE:.2f} rely on the codings; from {TENTATIVE:.3f} draw "
    "tentative conclusions only; below, draw none. They are conventions, not tests.",
    "AC1 takes agreement by chance for small where one value prevails, and is then higher than alpha by construction; "
    f"{RELIABLE:.2f} and {TENTATIVE:.3f} were not made for it.",
    "Agreement is no proof that codings are right: coders who share a mistake agree.",
)


def notes(found: Agreement) -> list[str]:
    """What to beware of in these very numbers, then what they mean in general."""
    return [
        *(deflation(v) for v in found.variables if v.deflated),
        *_undefined(found),
        *_uncertain(found),
        *_alone(found),
        *CONVENTIONS,
    ]


def deflation(v: VariableAgreement) -> str:
    """Why alpha is low though most pairs agree; `v` must be `deflated`."""
    common = max(v.shares, key=lambda value: v.shares[value])
    others = [value for value, share in v.shares.items() if share > 0 and value != common]
    again = ", ".join(f"{_percent(v.specific[value])} for {value!r}" for value in others)
    return (
        f"{v.variable}: alpha is low ({v.alpha.value:.2f}) though {_percent(v.percent.value)} of pairs agree (AC1 "
        f"{v.ac1.value:.2f}), because {_percent(v.shares[common])} of the codings are {common!r}: to agree on what is "
        "nearly always so is easy, and alpha gives no credit for it. Where one coder gave a rare value, another gave "
        f"it too in {again}. Report these figures together; whether coders recognise the rare value takes more "
        "sentences that have it."
    )


def _undefined(found: Agreement) -> Iterator[str]:
    for v in found.variables:
        if v.verdict == "undefined":
            used = max(v.shares, key=lambda value: v.shares[value])
            yield (
                f"{v.variable}: alpha is not defined, since all codings are {used!r}; whether coders would tell values "
                "apart is not known."
            )
    if found.not_compared:
        yield f"No two coders coded the same sentence for {', '.join(found.not_compared)}: not compared."


def _alone(found: Agreement) -> Iterator[str]:
    if found.n_alone > 1:
        yield (
            f"{found.n_alone:,} of {found.n_sentences:,} sentences have no story or article_id and count as stories of "
            "their own: where some are of one article, intervals are too narrow; add article_id to their rows."
        )


def _uncertain(found: Agreement) -> Iterator[str]:
    for floor in (RELIABLE, TENTATIVE):
        low = [
            f"{v.variable} ({v.alpha.low:.2f})"
            for v in found.variables
            if v.alpha.value >= floor > v.alpha.low and (floor == RELIABLE or v.alpha.value < RELIABLE)
        ]
        if low:
            yield f"Alpha is at least {floor:g}, but its interval reaches below: {', '.join(low)}."


def _percent(share: float) -> str:
    return f"{100 * share:.0f}%"
