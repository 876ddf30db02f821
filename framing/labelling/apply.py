"""`framing label`: a corpus or a table of sentences in, labels out."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from framing.artefact import check_file, check_target
from framing.classifier.base import Classifier
from framing.corpus import Corpus
from framing.engine import EngineName
from framing.errors import FramingError
from framing.labelling.corpus import label_corpus
from framing.labelling.labeller import SHIPPED_VOICE, Labeller
from framing.labelling.labels import KIND
from framing.labelling.parts import LabelSummary
from framing.labelling.stream import STDIN
from framing.labelling.survey import TableColumns
from framing.labelling.table import label_table
from framing.labelling.tables import FORMATS, check_format

if TYPE_CHECKING:
    from framing.stance import StanceClassifier, VoiceClassifier


def label(
    source: str | Path,
    model: str | Path | Classifier,
    output: str | Path,
    *,
    unit: Literal["article", "sentence"] = "article",
    id_column: str = "sentence_id",
    text_column: str = "text",
    article_column: str | None = None,
    order_column: str | None = None,
    engine: EngineName = "auto",
    stance: "bool | str | Path | StanceClassifier" = False,
    voice: "str | Path | VoiceClassifier" = SHIPPED_VOICE,
    overwrite: bool = False,
) -> LabelSummary:
    """Label every sentence of a corpus, or of a table, of any size.

    A model of several folds scores each story of a corpus by one network that did not see it, whose number is in the
    column ``fold``; of a table, where stories are not known, it gives the mean of its networks.

    Columns of the output: the input's own; per frame ``p_<frame>`` (probability) and ``<frame>`` (0 or 1);
    ``boilerplate``, marked at ingest or recognised by the model, where frames are 0. If a table has a column of
    that name it is kept, and ours is ``predicted_boilerplate``. With `stance` also, per target of the codebook,
    ``stance_<target>`` (favourable, neutral, critical; absent where neither the sentence nor the one before names it,
    or the model finds that it is not meant) and ``p_<target>_<stance>`` (missing where absent); ``voice`` (outlet or
    source), ``p_source``, ``source`` (name or role as written) and ``source_verb``. In boilerplate stance is absent,
    and voice and source are empty.

    What is done is kept in ``<output>.partial`` until all is: a run that was killed goes on where it was when it is
    started again in the same way, and its output has the same bytes as that of an undisturbed run.

    Parameters
    ----------
    source : str or Path
        Corpus folder, or with ``unit="sentence"`` a csv, jsonl or parquet file (gz too), a folder of them, or ``-``
        for standard input (JSON lines or CSV).
    model : str, Path or Classifier
        Model folder, name of a shipped model, or a classifier.
    output : str or Path
        Labels folder, or with ``unit="sentence"`` a csv, jsonl or parquet file. Rows that could not be read or
        labelled go to ``rejected.jsonl`` in the folder, or to ``<output>.rejected.jsonl``.
    unit : {"article", "sentence"}
    id_column, text_column : str
        Of a table. Ids must be unique.
    article_column, order_column : str, optional
        Of a table: which sentences belong together and in which order, for models that read the sentence before or
        the article; the rows of an article must then stand together. An article of more than 2,000 rows is read,
        and put in order, in pieces of that length, as if each were an article. Rows without an article are read alone.
    engine : {"auto", "torch", "openvino", "int8"}
        What computes frames and stance, see `framing.engine.accelerate`.
    stance : bool, str, Path or StanceClassifier
        Whether to label stance and voice, or by which model of stance: folder, name of a shipped one, or a classifier.
    voice : str, Path or VoiceClassifier
        Model of voice, used with `stance`.
    overwrite : bool
        Replace what stands at `output`.

    Raises
    ------
    FramingError
        If source, model or columns do not fit, the output cannot be written, or input, model or settings are not
        those of the interrupted run whose parts are there.
    """
    if unit == "article":
        if Path(source).is_file():
            raise FramingError(f"{source}: a file, expected a corpus folder; for a table add --unit sentence")
        if Path(output).suffix.lower() in FORMATS:
            raise FramingError(f"{output}: labels of a corpus are a folder of Parquet files; leave the suffix out")
        check_target(Path(output), KIND, overwrite=overwrite)
        corpus = Corpus.load(source)
        return label_corpus(corpus, Labeller.load(model, stance, voice), Path(output), engine)
    if order_column and not article_column:
        raise FramingError("--order-column needs --article-column, which says what belongs together")
    check_format(Path(output))
    if Path(source) != STDIN and Path(output).resolve().is_relative_to(Path(source).resolve()):
        raise FramingError(f"{output}: is the source itself, or in it; choose another output")
    check_file(Path(output), overwrite=overwrite)
    columns = TableColumns(id_column, text_column, article_column, order_column)
    return label_table(Path(source), Labeller.load(model, stance, voice), Path(output), columns, engine)
