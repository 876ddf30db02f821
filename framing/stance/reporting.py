"""English verbs that say that somebody speaks."""

# Forms that are as often nouns ("report", "claims", "state") are left out.
VERBS = frozenset(
    "say says said tell tells told add adds added noted stress stresses stressed warn warns warned argue argues "
    "argued claimed stated explain explains explained announce announces announced emphasize emphasizes emphasized "
    "emphasise emphasises emphasised urge urges urged write writes wrote tweeted ask asks asked insist insists "
    "insisted suggest suggests suggested reiterate reiterates reiterated declare declares declared remarked "
    "underlined underscored acknowledge acknowledges acknowledged vowed pledged confirm confirms confirmed recall "
    "recalls recalled conclude concludes concluded admit admits admitted accuse accuses accused demanded criticize "
    "criticizes criticized criticise criticises criticised condemn condemns condemned praise praises praised hail "
    "hails hailed deny denies denied predict predicts predicted mentioned thanked threaten threatens threatened "
    "promised believe believes believed complain complains complained reported reply replies replied quipped boasted "
    "allege alleges alleged".split()
)
VERB = rf"(?:{'|'.join(sorted(VERBS, key=lambda verb: (-len(verb), verb)))}|point(?:ed|s)? out|call(?:ed|s)? for)"
PARTICLES = {
    "according": ("to",),
    **dict.fromkeys(("point", "points", "pointed"), ("out",)),
    **dict.fromkeys(("call", "calls", "called"), ("for", "on")),
}
PARTICIPLES = frozenset(
    "saying telling warning arguing urging accusing adding stressing noting calling insisting".split()
)
# In a sentence that quotes, whoever is the subject of these speaks.
ACTS = frozenset(
    "agree agreed agrees assailed asserted asserts assured assures attacked attacks blamed blames boasts branded "
    "brands called calls cautioned cautions celebrated celebrates cited cites claims commended commends commented "
    "consider considered considers contended contends decried defended defends demands denounced denounces describe "
    "described describes dismissed dismisses doubted doubts echoed echoes estimated estimates expect expected expects "
    "expressed expresses feared fears feel feels felt finds forecasts found hinted hints hoped hopes indicated "
    "indicates labeled labelled lamented laments lauded lauds maintained maintains mocked mocks observed observes "
    "opposed opposes ordered pledges promises proposed proposes protested questioned quoted quotes reaffirmed "
    "reaffirms rebuked recommended recommends referred reject rejected rejects repeated repeats reports requested "
    "requests responded responds retorted revealed reveals sees showed shows signaled signalled signals slammed slams "
    "speaks speculated spoke states supported supports thinks thought touted tweets voiced voices vow vows want "
    "wanted wants welcomed welcomes".split()
)
