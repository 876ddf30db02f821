"""Sixty coded sentences of fifteen stories, to deal to folds."""

import numpy as np

N = 60
STORIES = [f"story {i // 4}" for i in range(N)]
SENTENCES = [f"{'Trade' if i % 3 else 'Talks'} between the ports went on for day {i}." for i in range(N)]
FRAMES = np.array([[i % 3 == 0, i % 5 == 0, i % 3 != 0] for i in range(N)])
