"""Who a sentence quotes, by quotation marks, reporting verbs and the noun phrases beside them; English."""

import re
from dataclasses import dataclass

# Forms that are as often nouns ("report", "claims", "state") are left out.
_VERBS = (
    "say says said tell tells told add adds added noted stress stresses stressed warn warns warned argue argues "
    "argued claimed stated explain explains explained announce announces announced emphasize emphasizes emphasized "
    "emphasise emphasises emphasised urge urges urged write writes wrote tweeted ask asks asked insist insists "
    "insisted suggest suggests suggested reiterate reiterates reiterated declare declares declared remarked "
    "underlined underscored acknowledge acknowledges acknowledged vowed pledged confirm confirms confirmed recall "
    "recalls recalled conclude concludes concluded admit admits admitted accuse accuses accused demanded criticize "
    "criticizes criticized criticise criticises criticised condemn condemns condemned praise praises praised hail "
    "hails hailed deny denies denied predict predicts predicted mentioned thanked threaten threatens threatened "
    "promised believe believes believed complain complains complained reported reply replies replied quipped boasted "
    "allege alleges alleged"
).split()
VERB = rf"(?:{'|'.join(sorted(_VERBS, key=len, reverse=True))}|point(?:ed|s)? out|call(?:ed|s)? for)"
_ROLES = (
    "(?:spokes(?:man|woman|person)|minister|president|chancellor|ambassador|secretary|chief|head|leader|director|"
    "governor|senator|professor|general|mayor|analyst|expert|economist|researcher|lawmaker|envoy|official|adviser|"
    "premier|commissioner|chair(?:man|woman)?)"
)
_GROUPS = "(?:officials|analysts|experts|critics|leaders|lawmakers|sources|economists|diplomats|observers|media)"
_ADVERBS = r"(?:(?:also|has|have|had|later|then|once|again|earlier|\w+ly)\s+){0,3}"
_WORD = r"[\w.’'-]*\w"
_CAPITAL = r"[A-Z](?:[\w.’'-]*\w)?\.?"
_NAME = rf"{_CAPITAL}(?:\s+(?:(?:of|for|and|the|de|der|den|du|la|van|von|bin|al|{_ROLES})\s+){{0,2}}{_CAPITAL})*"
_DETERMINER = "(?:[Tt]he|[Aa]n?|[Ii]ts|[Hh]is|[Hh]er|[Tt]heir|[Oo]ur|[Oo]ne|[Aa]nother|[Ss]everal|[Tt]wo)"
_GROUP = rf"(?:{_WORD}\.?\s+){{0,3}}(?:{_GROUPS}|{_GROUPS.title()})"
_ROLE = rf"(?:{_DETERMINER}|[A-Z][\w.-]*[’']s?)(?:\s+{_WORD}){{1,6}}?"
_WHO = rf"(?P<who>(?!(?:As|But|And|When|While|That|In|On|Still)\b)(?:{_GROUP}|{_NAME}|{_ROLE}))"
_STOPS = "in|on|at|during|after|before|as|when|while|who|to|with|that|this|last|late|earlier|released|published"
_END = rf"(?=\s+(?:{_STOPS}|from|by)\b|[,.;:“”\"]|$)"
_CLAUSE = r"(?:^|[,;:—–”\"’'(]\s*|\s-\s+|\b(?:[Tt]hat|[Aa]nd|[Bb]ut|[Aa]s|[Ww]hen|[Ww]hile|where|because|which)\s+)"
_APPOSITION = r"(?:,\s[^,“”\"]{2,90},)?"
_AFTER_QUOTE = re.compile(rf"[”\"’'],?\s*(?P<verb>{VERB})\s+{_WHO}{_END}")
_BEFORE_VERB = re.compile(rf"{_CLAUSE}{_WHO}{_APPOSITION}\s+{_ADVERBS}(?P<verb>{VERB})\b")
_ACCORDING = re.compile(
    rf"\b(?P<verb>[Aa]ccording to)\s+(?P<who>(?:{_DETERMINER}\s+)?{_WORD}(?:\s+{_WORD}){{0,7}}?)"
    rf"(?=\s+(?:{_STOPS})\b|[,.;:“”\"]|$)"
)
_HEADLINE = re.compile(rf"^(?P<who>{_NAME})(?P<verb>:)\s")
_DASH = re.compile(rf"\s(?P<verb>[—–])\s(?P<who>{_NAME}|{_ROLES})$")
_FULL_STOP = re.compile(r"(?<=[a-z]{3})\.$")  # not that of an initial or of "Jr."
_RELATIVE = re.compile(r",?\s+(?:that|which|who|whom|whose)$")  # "the programme that" pledged
_PRONOUNS = frozenset(
    "he she they it we i you him them who this that these those there here what which one some many others "
    "people".split()
)
_NOT_LAST = frozenset("of for and from at the a an its in to is are was were not".split())


@dataclass(frozen=True)
class Source:
    """Whom a sentence quotes: a name or role as written, and the reporting verb, "according to", ":" or a dash."""

    name: str
    verb: str


def find_source(text: str) -> Source | None:
    """The source that a sentence names.

    Parameters
    ----------
    text : str
        A sentence.

    Returns
    -------
    Source or None
        None where nobody is named: there is no reporting verb, or its subject is a pronoun.
    """
    for pattern in (_AFTER_QUOTE, _ACCORDING, _BEFORE_VERB, _HEADLINE, _DASH):
        for match in pattern.finditer(text):
            name = _RELATIVE.sub("", _FULL_STOP.sub("", match["who"].strip(" ,'’")))
            if _is_named(name):
                return Source(name, match["verb"])
    return None


def _is_named(name: str) -> bool:
    words = name.lower().replace("’", "'").split()
    return bool(words) and words[0].removesuffix("'s") not in _PRONOUNS and words[-1] not in _NOT_LAST
