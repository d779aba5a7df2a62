"""From a folder of pictures to nine groups of people, in one process: seconds, and what was found."""

import json
import sys
import time
from pathlib import Path

import numpy as np
import torch
from facenet_pytorch import MTCNN
from PIL import Image
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_limits

import formula

BATCH = 32

question = json.load(sys.stdin)
torch.set_num_threads(question["threads"])
mtcnn = MTCNN(image_size=160, margin=10, min_face_size=20, select_largest=True, device="cpu")
net = formula.net()
pictures = sorted(Path(question["photos"]).glob("*/*.jpg"))


def detected(pictures):
    """The largest face of each picture, and whose folder it lay in."""
    faces, owners = [], []
    for picture in pictures:
        face = mtcnn(Image.open(picture).convert("RGB"))
        if face is not None:
            faces.append(face)
            owners.append(picture.parent.name)
    return faces, np.array(owners)


@torch.no_grad()
def embedded(faces):
    batches = [torch.stack(faces[i : i + BATCH]) for i in range(0, len(faces), BATCH)]
    return np.concatenate([net(batch).numpy() for batch in batches])


def grouped(vectors, owners):
    """Each person without the crops that are unlike their others, as a mean; the means in groups."""
    people = []
    for person in np.unique(owners):
        own = vectors[owners == person]
        likeness = ((own @ own.T).sum(axis=1) - 1) / (len(own) - 1)
        mean = own[likeness > question["threshold"]].mean(axis=0)
        people.append(mean / np.linalg.norm(mean))
    KMeans(9, n_init=10, random_state=9).fit(np.stack(people))
    return len(people)


with threadpool_limits(question["threads"]):
    # What is loaded and allocated once is not counted.
    embedded(detected(pictures[:2])[0])
    marks = [time.perf_counter()]
    faces, owners = detected(pictures)
    marks.append(time.perf_counter())
    vectors = embedded(faces)
    marks.append(time.perf_counter())
    people = grouped(vectors, owners)
    marks.append(time.perf_counter())
answer = {"seconds": marks[3] - marks[0], "steps": np.diff(marks).tolist(), "crops": len(faces), "people": people}
json.dump(answer, sys.stdout)
