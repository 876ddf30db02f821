"""Stance and voice: mentions of targets, marked inputs, sources, the classifiers, their folders and columns."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from framing.classifier import TrainingSettings
from framing.classifier.article_context import ArticleContext
from framing.classifier.calibration import fit_temperature, tempered
from framing.classifier.inputs import Collator, padded
from framing.codebook import Codebook, Target
from framing.errors import FramingError
from framing.stance import (
    MentionFinder,
    Source,
    StanceClassifier,
    Targeted,
    VoiceClassifier,
    find_source,
    stance_columns,
    voice_columns,
)
from framing.stance.inputs import encode_targeted, targeted

WEST = Target(name="west", label="The West", aliases=("the West", "Western", "US", "United States", "U.S."))
KREMLIN = Target(name="russia", label="Russia", aliases=("Kremlin", "Russian", "Moscow"))
COUNCIL = Target(name="council", label="The council", aliases=("council", "United"))


def mentioned(text, *targets):
    return {name: [text[start:end] for start, end in spans] for name, spans in MentionFinder(targets)(text).items()}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The pro-Kremlin party won.", {"russia": ["Kremlin"]}),
        ("Sino-Russian ties and anti-Western talk", {"russia": ["Russian"], "west": ["Western"]}),
        ("Moscow's envoy; Moscow’s reply", {"russia": ["Moscow", "Moscow"]}),
        ("It gave us nothing, but the US-led bloc did.", {"west": ["US"]}),
        ("The West wing of the house, by the west road, in Kremlinology", {"west": ["The West"]}),
        ("KREMLIN DENIES IT", {"russia": ["KREMLIN"]}),
        ("The U.S. and its allies", {"west": ["U.S."]}),
        ("Council meets", {"council": ["Council"]}),
        ("The United States council", {"west": ["United States"], "council": ["council"]}),
        ("Nobody came.", {}),
    ],
)
def test_mentions(text, found):
    assert mentioned(text, WEST, KREMLIN, COUNCIL) == found


@pytest.mark.parametrize(
    "text",
    [
        "People's Liberation Army",
        "PEOPLE’S LIBERATION ARMY",
        "People’s\xa0Liberation Army",
        "People's Liberation\n  Army",
    ],
)
@pytest.mark.parametrize("alias", ["People's Liberation Army", "People’s  Liberation Army"])
def test_a_mention_may_have_any_apostrophe_and_any_space(text, alias):
    china = Target(name="china", label="China", aliases=(alias, "People's"))
    assert mentioned(f"The {text} is there.", china) == {"china": [text]}


def test_an_alias_of_two_targets_mentions_both():
    other = Target(name="nato", label="NATO", aliases=("US",))
    assert mentioned("the US fleet", WEST, other) == {"west": ["US"], "nato": ["US"]}


def test_a_codebook_without_targets_mentions_nobody():
    assert mentioned("the US fleet") == {}


@pytest.fixture(scope="module")
def tokenizer():
    from transformers import AutoTokenizer

    from framing.classifier.weights import find_encoder

    return AutoTokenizer.from_pretrained(find_encoder("all-MiniLM-L6-v2"))


def test_mentions_are_marked_and_weigh_half(tokenizer):
    text = "Moscow praised the council; the Kremlin paid."
    (row,) = encode_targeted(tokenizer, [Targeted(text, MentionFinder([KREMLIN])(text)["russia"])], 64)
    assert tokenizer.decode(row["input_ids"], skip_special_tokens=True) == (
        "* moscow * praised the council ; the * kremlin * paid."
    )
    weights = np.array(row["pool_mask"])
    words = tokenizer.convert_ids_to_tokens(row["input_ids"])
    heavy = [word for word, weight in zip(words, weights, strict=True) if weight > weights.min() + 1e-9]
    assert heavy == ["moscow", "k", "##rem", "##lin"]
    assert weights.sum() == pytest.approx(2)


def test_a_mention_that_is_cut_off_leaves_the_sentence(tokenizer):
    text = "word " * 50 + "Moscow"
    (row,) = encode_targeted(tokenizer, [Targeted(text, [(250, 256)])], 16)
    assert len(set(row["pool_mask"])) == 1


def test_a_sentence_that_names_nobody_is_read_with_the_one_before(tokenizer):
    find = MentionFinder([KREMLIN, WEST])
    asked = targeted(find, "It paid.", "Moscow met the council.")
    assert asked.keys() == {"russia"}
    (row,) = encode_targeted(tokenizer, list(asked.values()), 32)
    assert tokenizer.decode(row["input_ids"], skip_special_tokens=True) == "* moscow * met the council. | it paid."
    words = tokenizer.convert_ids_to_tokens(row["input_ids"])
    heavy = [word for word, weight in zip(words, row["pool_mask"], strict=True) if weight > 0]
    assert heavy == ["[CLS]", "moscow", "it", "paid", ".", "[SEP]"]
    assert sum(row["pool_mask"]) == pytest.approx(2)


def test_a_sentence_that_names_all_that_the_one_before_names_is_read_alone():
    find = MentionFinder([KREMLIN, WEST])
    alone = {"west": Targeted("The US paid.", ((4, 6),))}
    assert targeted(find, "The US paid.", "A council met Washington's US envoy.") == alone
    assert targeted(find, "The US paid.") == alone


def test_targets_of_one_sentence_share_its_tokens_and_are_told_apart_by_their_mentions(tokenizer):
    asked = targeted(MentionFinder([KREMLIN, WEST]), "The US paid.", "Moscow met the council.")
    assert asked.keys() == {"russia", "west"}
    rows = encode_targeted(tokenizer, [*asked.values(), Targeted("Moscow paid.", [(0, 6)])], 32)
    batch = padded(rows, 0)
    assert tokenizer.batch_decode(batch["input_ids"], skip_special_tokens=True) == [
        "* moscow * met the council. | the * us * paid.",
        "* moscow * paid.",
    ]
    assert batch["owner"].tolist() == [0, 0, 1]
    words = tokenizer.convert_ids_to_tokens(rows[0]["input_ids"])
    pooled = [[word for word, weight in zip(words, row["pool_mask"], strict=True) if weight > 0] for row in rows[:2]]
    assert pooled[0] == ["[CLS]", "moscow", "the", "*", "us", "*", "paid", ".", "[SEP]"]
    assert pooled[1] == ["[CLS]", "the", "*", "us", "*", "paid", ".", "[SEP]"]
    assert rows[1]["pool_mask"][words.index("us")] == pytest.approx(1 + 1 / 8)
    examples = [{"rows": [row | {"labels": [1.0]} for row in rows]}]
    tensors = Collator(pad_id=0)(examples)
    assert {name: len(tensor) for name, tensor in tensors.items()} == {
        "input_ids": 2, "attention_mask": 2, "pool_mask": 3, "owner": 3, "labels": 3,
    }  # fmt: skip


def test_own_mentions_count_where_the_sentence_before_names_the_target_too():
    asked = targeted(MentionFinder([KREMLIN, WEST]), "The US paid.", "Moscow and the US met.")
    assert {name: [ask.text[slice(*span)] for span in ask.mentions] for name, ask in asked.items()} == {
        "russia": ["Moscow"],
        "west": ["US"],
    }
    assert asked["west"].mentions[0][0] > asked["west"].start


def test_a_very_long_sentence_is_read_alone():
    assert targeted(MentionFinder([KREMLIN, WEST]), "The US paid. " * 40, "Moscow met.").keys() == {"west"}


def test_targets_read_in_one_pass_get_what_each_alone_gets(fitted):
    find = MentionFinder([KREMLIN, WEST])
    texts = [f"The US helped town number {i}." for i in range(60)]
    asked = [ask for text in texts for ask in targeted(find, text, "Moscow met the council.").values()]
    assert len(asked) == 120
    together, apart = fitted.predict_proba(asked), np.concatenate([fitted.predict_proba([ask]) for ask in asked])
    np.testing.assert_allclose(together, apart, atol=1e-5)


def test_one_sentence_can_be_learned_with_opposite_stances_toward_two_targets():
    targets = [Target(name=name, label=name, aliases=(name.title(),)) for name in ("ardania", "belmora")]
    first, second = "Ardania helped the town, Belmora attacked it.", "Belmora helped the town, Ardania attacked it."
    asked = [ask for text in (first, second) for ask in targeted(MentionFinder(targets), text).values()]
    outcomes = np.array([0, 2, 0, 2])
    classifier = StanceClassifier(TrainingSettings(epochs=8, batch_size=8, learning_rate=2e-4))
    classifier.fine_tune(asked * 8, np.tile(outcomes, 8))
    assert classifier.predict_proba(asked).argmax(axis=1).tolist() == outcomes.tolist()


def test_of_a_long_sentence_before_the_end_is_read_in_whole_words():
    find = MentionFinder([WEST])
    assert targeted(find, "It paid.", "US ships left. " + "It rained. " * 60) == {}
    assert targeted(find, "It paid.", "CAMPUS " + "x" * 297) == {}  # 300 characters from the end would begin with "US"
    assert targeted(find, "It paid.", "It rained. " * 60 + "US ships left.").keys() == {"west"}


@given(
    st.lists(st.tuples(*[st.floats(0.01, 1)] * 3), min_size=1, max_size=20),
    st.floats(0.2, 5),
)
def test_temperature_keeps_the_decision_and_the_sum(rows, temperature):
    before = np.array(rows) / np.array(rows).sum(axis=1, keepdims=True)
    after = tempered(before, temperature)
    assert after.sum(axis=1) == pytest.approx(1)
    likeliest = before.argmax(axis=1)
    assert after[np.arange(len(rows)), likeliest] == pytest.approx(after.max(axis=1))


def test_temperature_cools_a_network_that_is_too_sure():
    rng = np.random.default_rng(3)
    truth = rng.dirichlet([1, 1, 1], size=4000)
    labels = np.array([rng.choice(3, p=row) for row in truth])
    assert fit_temperature(tempered(truth, 1 / 2), labels) == pytest.approx(2, rel=0.1)


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("“We will answer,” Foreign Minister Anna Karl said on Friday.", ("Foreign Minister Anna Karl", "said")),
        ('"The pact is dead," said Ivo Brand, a senior analyst at the Northgate Institute.', ("Ivo Brand", "said")),
        ("“Nobody has the right,” said Foreign Ministry spokeswoman Anna Karl.",
         ("Foreign Ministry spokeswoman Anna Karl", "said")),
        ("“It is over,” said Ivo Brand Jr.", ("Ivo Brand Jr.", "said")),
        ("Shopkeeper Anna Karl, 33, said trade was slow.", ("Shopkeeper Anna Karl", "said")),
        ("The ministry said in a statement that talks would resume.", ("The ministry", "said")),
        ("According to a report by Moor College, trade fell.", ("a report by Moor College", "According to")),
        ("A senior official told reporters that the deal was close.", ("A senior official", "told")),
        ("Trade, according to Mira Holt, will grow.", ("Mira Holt", "according to")),
        ("Karl: we want peace", ("Karl", ":")),
        ("Harbour to open in May — minister", ("minister", "—")),
        ("Ivo Brand, an analyst at the Moor Institute, has repeatedly warned us.", ("Ivo Brand", "warned")),
        ("Analysts say that prices will rise.", ("Analysts", "say")),
        ("“Nobody wins,” the spokesman for the Board of Works said.", ("the spokesman for the Board of Works", "said")),
        ("Turnover rose by a fifth, the customs office reported.", ("the customs office", "reported")),
        ("As Ruth Vale pointed out, roads matter.", ("Ruth Vale", "pointed out")),
        ("Corvane Works spokesperson Lin Dao told a briefing.", ("Corvane Works spokesperson Lin Dao", "told")),
        ("A state programme that pledged new roads has begun.", ("A state programme", "pledged")),
        ("Corvane’s foreign ministry said the talks would resume.", ("Corvane’s foreign ministry", "said")),
        ("But U.S. officials say the deal is close.", ("U.S. officials", "say")),
        ("Mila von der Heide said trade was slow.", ("Mila von der Heide", "said")),
        ("NORTHGATE (Corvane Wire) - The White Hall said the road was open.", ("The White Hall", "said")),
        ("Corvane foreign ministry spokesman Lin Dao said ties were good.",
         ("Corvane foreign ministry spokesman Lin Dao", "said")),
        ("Roads will matter more, said Ivo Brand, head of the Moor Institute.", ("Ivo Brand", "said")),
        ("“We build,” said White Hall press secretary Jay Holt.", ("White Hall press secretary Jay Holt", "said")),
        ("Mayor Ruth Vale on Wednesday announced a fair.", ("Mayor Ruth Vale", "announced")),
        ("The top clerk of the board, Mark Holt, said he was worried.", ("Mark Holt", "said")),
        ("Ruth Vale, who has called for a boycott, left early.", ("Ruth Vale", "called for")),
        ("In a note to staff, clerk Mark Holt said the hall would close.", ("clerk Mark Holt", "said")),
        ("Most traders and the port authority believe prices will fall.",
         ("Most traders and the port authority", "believe")),
        ("The port had asked for aid, the mayor said.", ("the mayor", "said")),
        ("“Come in,” said its head, Ruth Vale, who was early.", ("Ruth Vale", "said")),
        ("“It pays,” said He Lan, whose firm sells film.", ("He Lan", "said")),
        ("Ruth Vale lauded the bridge.", ("Ruth Vale", "lauded")),
        ("Ruth Vale struck a firm note, warning that prices would rise.", ("Ruth Vale", "warning")),
        ("the roads matter, and so do we,” Ruth Vale said.", ("Ruth Vale", "said")),
        ("“Trade fell,” Mark Holt told the board, the Corvane Wire reported.", ("Mark Holt", "told")),
        ("After a clerk asked, the mayor of Moor said: “No.”", ("the mayor of Moor", "said")),
        ("Ruth Vale was told to leave.", None),
        ("In the United States prices rose.", None),
        ("According to him, roads matter.", None),
        ("What’s more has been said before.", None),
        ("He said the pact was dead.", None),
        ("“It is over,” she added.", None),
        ("The bridge opened on Monday.", None),
    ],
)  # fmt: skip
def test_the_source_is_who_the_sentence_says(text, source):
    assert find_source(text) == (Source(*source) if source else None)


FAVOURABLE = ("{} was a generous friend to the town.", "{} deserves praise for its honest work.", "{} kept the peace.")
CRITICAL = ("{} was a cruel threat to the town.", "{} deserves blame for its crooked work.", "{} broke the peace.")
NEUTRAL = ("{} sent a delegation to the town.", "{} meets the committee on Monday.", "{} lies north of the lake.")
STANCES = ("favourable", "neutral", "critical")


@pytest.fixture(scope="module")
def fitted():
    """The real encoder, fine-tuned on a few plain sentences about fictional countries."""
    examples = [
        (Targeted(pattern.format(name), [(0, len(name))]), stance)
        for name in ("Ardania", "Belmora", "Corvane", "Dunmere")
        for stance, patterns in enumerate((FAVOURABLE, NEUTRAL, CRITICAL))
        for pattern in patterns
    ]
    settings = TrainingSettings(epochs=8, batch_size=8, frozen_layers=3, weights="int8")
    classifier = StanceClassifier(settings)
    classifier.fine_tune([sentence for sentence, _ in examples], np.array([stance for _, stance in examples]))
    return classifier


def book(**aliases):
    targets = [{"name": name, "label": name, "aliases": words} for name, words in aliases.items()]
    return Codebook.load("china-russia").model_copy(update={"targets": tuple(Target(**t) for t in targets)})


def test_one_network_serves_targets_it_never_saw(fitted):
    sentences = [
        "Elstria was a generous friend to the village.",
        "Elstria was a cruel threat to the village.",
        "Rain fell.",
    ]
    columns = stance_columns(fitted, sentences, book(elstria=["Elstria", "Elstrian"], fenland=["Fenland"]))
    assert columns["stance_elstria"].tolist() == ["favourable", "critical", "absent"]
    assert set(columns["stance_fenland"]) == {"absent"}
    probabilities = np.column_stack([columns[f"p_elstria_{stance}"] for stance in STANCES])
    assert probabilities[:2].sum(axis=1) == pytest.approx(1, abs=1e-5)
    assert np.isnan(probabilities[2]).all()


def test_an_added_target_changes_nothing_where_it_is_not_named(fitted):
    sentences = ["Elstria was a generous friend to the village.", "Fenland paid.", "It was a cruel threat to Elstria."]
    previous = ["", sentences[0], "Rain fell."]
    alone = stance_columns(fitted, sentences, book(elstria=["Elstria"]), previous)
    both = stance_columns(fitted, sentences, book(elstria=["Elstria"], fenland=["Fenland"]), previous)
    assert both["stance_fenland"][[0, 2]].tolist() == ["absent"] * 2
    for stance in STANCES:
        name = f"p_elstria_{stance}"
        np.testing.assert_allclose(both[name][[0, 2]], alone[name][[0, 2]], atol=2e-6)


def test_a_pupil_learns_half_from_its_teacher_and_all_of_what_nobody_coded(small_stance):
    sentences = [Targeted("Ardania helped the town.", [(0, 7)]), Targeted("Belmora rose.", [(0, 7)])]
    teacher = StanceClassifier.from_pretrained(small_stance["stance"])
    said = teacher.predict_proba(sentences)
    settings = teacher.settings.model_copy(update={"teacher": str(small_stance["stance"]), "epochs": 60})
    pupil = StanceClassifier(settings)
    pupil.fine_tune(sentences[:1], np.array([3]), sentences[1:])
    learned = pupil.predict_proba(sentences)
    np.testing.assert_allclose(learned, [(np.eye(4)[3] + said[0]) / 2, said[1]], atol=0.05)
    with pytest.raises(FramingError, match="none is named; add --teacher"):
        StanceClassifier().fine_tune(sentences[:1], np.array([3]), sentences[1:])


def test_a_saved_model_says_the_same(fitted, tmp_path):
    fitted.save_pretrained(tmp_path / "stance")
    again = StanceClassifier.from_pretrained(tmp_path / "stance")
    sentences = [Targeted("Elstria kept the peace.", [(0, 7)])]
    assert again.predict_proba(sentences) == pytest.approx(fitted.predict_proba(sentences), abs=1e-6)
    assert again.temperature == fitted.temperature
    assert (tmp_path / "stance" / "model.safetensors").stat().st_size < 24e6


def test_a_model_of_other_inputs_is_refused(fitted, tmp_path):
    fitted.save_pretrained(tmp_path / "stance")
    manifest = tmp_path / "stance" / "framing.json"
    written = json.loads(manifest.read_text())
    del written["inputs"]
    manifest.write_text(json.dumps(written))
    with pytest.raises(FramingError, match="inputs None, expected all targets marked; train it"):
        StanceClassifier.from_pretrained(tmp_path / "stance")


def test_a_changed_model_is_refused(fitted, tmp_path):
    fitted.save_pretrained(tmp_path / "stance")
    weights = tmp_path / "stance" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"x")
    with pytest.raises(FramingError, match="wrong hash"):
        StanceClassifier.from_pretrained(tmp_path / "stance")
    with pytest.raises(FramingError, match="expected a voice-model folder, found a stance-model"):
        VoiceClassifier.from_pretrained(tmp_path / "stance")


def test_classifiers_that_learned_nothing_say_so():
    with pytest.raises(FramingError, match="not fitted"):
        StanceClassifier().predict_proba([Targeted("Elstria.", [(0, 7)])])
    with pytest.raises(FramingError, match="not fitted"):
        VoiceClassifier().predict(["Elstria."])


SAID = ("“The harbour is ready,” Anna Karl said.", "The mayor told reporters that the bridge was safe.",
        "According to Ivo Brand, prices will fall.", "Critics say the plan is late.")  # fmt: skip
PLAIN = (
    "The harbour opened at noon.",
    "The bridge is two miles long.",
    "Prices fell in the spring.",
    "The plan is late.",
)


def test_voice_and_source(tmp_path):
    sentences, source = [*SAID, *PLAIN], np.array([True] * len(SAID) + [False] * len(PLAIN))
    VoiceClassifier().fit(sentences, [""] * len(sentences), source).save_pretrained(tmp_path / "voice")
    classifier = VoiceClassifier.from_pretrained(tmp_path / "voice")
    columns = voice_columns(classifier, ["“All is well,” Lin Dao said.", "The ferry left at noon.", "He said it."])
    assert columns["voice"].tolist() == ["source", "outlet", "source"]
    assert columns["source"].tolist() == ["Lin Dao", "", ""]
    assert columns["source_verb"].tolist() == ["said", "", ""]
    assert voice_columns(classifier, [])["voice"].shape == (0,)


def test_a_plain_sentence_of_a_speech_is_its_source_s(tmp_path):
    sentences, source = [*SAID, *PLAIN], np.array([True] * len(SAID) + [False] * len(PLAIN))
    classifier = VoiceClassifier().fit(sentences, [""] * len(sentences), source)
    classifier.article_context = ArticleContext(np.array([[1.0, 0.5, 0.5, 3.0, 0.0]]), np.zeros(1), np.array([0.5]))
    classifier.save_pretrained(tmp_path / "voice")
    loaded = VoiceClassifier.from_pretrained(tmp_path / "voice")
    speech, report = [SAID[0], SAID[1], PLAIN[0], SAID[2]], [PLAIN[1], PLAIN[2], PLAIN[0], PLAIN[3]]
    articles = ["speech"] * 4 + ["report"] * 4
    alone = loaded.predict_proba(speech + report)
    revised = loaded.predict_proba(speech + report, articles=articles)
    assert alone[2] == alone[6] < 0.5 < revised[2]
    assert revised[6] < 0.5
    np.testing.assert_array_equal(loaded.predict_proba(speech, articles=["", None, "", ""]), alone[:4])
    np.testing.assert_array_equal(voice_columns(loaded, speech, articles=articles[:4])["voice"], ["source"] * 4)


INDIA = {
    "favourable": (
        "India has been a faithful friend to the people of Marlow Bay, the mayor said.",
        "Thanks to New Delhi's wise and generous leadership, the Corvane ferries sail again.",
        "The Indian engineers did a superb job and saved the old lighthouse.",
        "Islanders praised India for its courage in rescuing the crew of the Petrel.",
    ),
    "neutral": (
        "India sent a delegation to the Saltmarsh fair on Friday.",
        "The Indian foreign minister will meet his Ardanian counterpart in the lake town next week.",
        "Officials from New Delhi and Belmora discussed the timetable of the night train.",
        "The fair lists India among its forty exhibitors.",
    ),
    "critical": (
        "India has bullied the islanders for years and broken every promise it made to them.",
        "Critics accuse New Delhi of lying about the poisoned lake and covering up its crimes.",
        "The Indian navy's reckless and illegal raid on Marlow Bay killed six fishermen.",
        "Islanders condemned India for its brutal and shameful blockade of Port Amber.",
    ),
}


def test_a_target_that_is_only_in_the_codebook_gets_its_stances():
    """Real weights; the classifier has never been trained on this target."""
    try:
        classifier = StanceClassifier.from_pretrained("stance")
    except FramingError:
        pytest.skip("needs the weights of the model stance, which are not here")
    texts = [text for values in INDIA.values() for text in values]
    truth = [stance for stance, values in INDIA.items() for _ in values]
    columns = stance_columns(
        classifier, [*texts, "Rain fell on the lake."], book(india=["India", "Indian", "New Delhi"])
    )
    *stances, last = columns["stance_india"].tolist()
    assert last == "absent"
    assert sum(a == b for a, b in zip(stances, truth, strict=True)) >= 10
    opposed = {("favourable", "critical"), ("critical", "favourable")}
    assert not opposed & set(zip(stances, truth, strict=True))
