"""facenet-pytorch's MTCNN on the pictures of a list: seconds of each round, and each picture's boxes."""

import json
import sys
import time

import torch
from facenet_pytorch import MTCNN
from PIL import Image

question = json.load(sys.stdin)
torch.set_num_threads(question["threads"])
pictures = [Image.open(path).convert("RGB") for path in question["pictures"]]
mtcnn = MTCNN(keep_all=True, min_face_size=20, device="cpu")
seconds = []
# What is loaded and allocated once is not counted: the first round.
for _ in range(question["rounds"] + 1):
    begun = time.perf_counter()
    boxes = [mtcnn.detect(picture)[0] for picture in pictures]
    seconds.append(time.perf_counter() - begun)
boxes = [[] if found is None else found.tolist() for found in boxes]
json.dump({"seconds": seconds[1:], "boxes": boxes}, sys.stdout)
