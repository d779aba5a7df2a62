"""scikit-learn's K-means on the vectors of a file: time, inertia and iterations for each seed."""

import json
import sys
import time

import numpy as np
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_limits

question = json.load(sys.stdin)
vectors = np.fromfile(question["vectors"], np.float32).reshape(-1, question["dimension"])
answers = []
with threadpool_limits(question["threads"]):
    # What is loaded and allocated once is not counted.
    KMeans(question["groups"], n_init=1, max_iter=2).fit(vectors[:1000])
    for seed in question["seeds"]:
        begun = time.perf_counter()
        model = KMeans(question["groups"], n_init=question["starts"], random_state=seed).fit(vectors)
        seconds = time.perf_counter() - begun
        answers.append({"seconds": seconds, "inertia": float(model.inertia_), "iterations": model.n_iter_})
json.dump(answers, sys.stdout)
