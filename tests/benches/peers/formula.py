"""InceptionResnetV1 with weights that a formula gives (services/vision/src/models/formula.rs), as a file."""

import json
import sys

import numpy as np
import torch
from facenet_pytorch import InceptionResnetV1


def net():
    """The net, ready to embed."""
    net = InceptionResnetV1(pretrained=None, classify=False).eval()
    tensors = {
        name: tensor
        for name, tensor in net.state_dict().items()
        if not name.endswith("num_batches_tracked") and not name.startswith("logits.")
    }
    for k, name in enumerate(sorted(tensors)):
        tensor = tensors[name]
        numbers = weights(name, tuple(tensor.shape), k).astype(np.float32)
        tensor.copy_(torch.from_numpy(numbers.reshape(tuple(tensor.shape))))
    return net


def weights(name, shape, k):
    u = spread(int(np.prod(shape)), k)
    if name.endswith("running_var"):
        return 0.5 + u
    if name.endswith("running_mean"):
        return (u - 0.5) * 0.2
    if len(shape) > 1:
        return (u - 0.5) * 2 * np.sqrt(3 / np.prod(shape[1:]))
    if name.endswith(".weight"):
        return 0.5 + u
    return (u - 0.5) * 0.2


def spread(count, k):
    """A hash of each index below count and of k, over 0 to 1."""
    low = np.uint64(0xFFFFFFFF)
    half = np.uint64(16)
    x = (np.arange(count, dtype=np.uint64) * np.uint64(2654435761) + np.uint64(k * 40503 + 12345)) & low
    for _ in range(2):
        x = ((x ^ (x >> half)) * np.uint64(0x45D9F3B)) & low
    return (x ^ (x >> half)).astype(np.float64) / 2**32


if __name__ == "__main__":
    question = json.load(sys.stdin)
    state = net().state_dict()
    torch.save(state, question["file"])
    json.dump({"tensors": len(state)}, sys.stdout)
