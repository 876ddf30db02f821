"""A classifier that learns in seconds: logistic regression on frozen embeddings."""

import numpy as np
from numpy.typing import NDArray

from framing.arrays import Codes, Floats


def fit_predict(embeddings: Floats, frames: NDArray[np.bool_], training: Codes, tested: Codes) -> NDArray[np.bool_]:
    """Frames of the tested sentences; a frame that is never or always seen in training stays so.

    Parameters
    ----------
    embeddings : ndarray of float, shape (n_sentences, n_dimensions)
        See `framing.classifier.inference.embed`.
    frames : ndarray of bool, shape (n_sentences, n_frames)
    training, tested : ndarray of int
        Positions of sentences.

    Returns
    -------
    ndarray of bool, shape (len(tested), n_frames)
    """
    from sklearn.linear_model import LogisticRegression

    features = embeddings / np.maximum(np.linalg.norm(embeddings, axis=1, keepdims=True), np.finfo(float).tiny)
    predicted = np.empty((len(tested), frames.shape[1]), dtype=bool)
    for frame, labels in enumerate(frames[training].T):
        if labels.all() or not labels.any():
            predicted[:, frame] = labels.any()
            continue
        # On embeddings of length 1 weaker regularisation than the default did better, with few sentences most of all.
        model = LogisticRegression(C=10, class_weight="balanced", max_iter=1000).fit(features[training], labels)
        predicted[:, frame] = model.predict(features[tested])
    return predicted
