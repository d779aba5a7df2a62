"""The learner's updates by PyTorch's autodiff and Adam.

Asked for seconds, it makes updates on batches of a window for so long and answers how many a second. Asked for
numbers, it makes one update of parameters and clicks that follow from a formula, and answers every parameter
after it: services/learning/src/pytorch.rs holds a selection of them.
    echo '{"learner": "acer"}' | target/bench-env/bin/python tests/benches/peers/learner.py
"""

import json
import math
import sys
import time

import torch
from torch.distributions import Normal, kl_divergence

STATE, HIDDEN, ACTIONS, PICKS, SLATE, SAMPLES = 10, 32, 4, 5, 10, 5
POLICY = [(STATE, HIDDEN), (HIDDEN, HIDDEN), (HIDDEN, 1), (HIDDEN, ACTIONS), (HIDDEN, ACTIONS)]
ADVANTAGE = [(STATE + ACTIONS, HIDDEN), (HIDDEN, 1)]
CAPS = torch.tensor([0.9, 0.7, 0.5, 0.3])
VALUE, ENTROPY, CAP, TRUST_REGION, NORM, RATE = 0.4, 0.05, 2.0, 0.01, 0.05, 3e-3
PRIOR, CONSTANCY = 20 / 400, 40 / 400
LEAST, MOST = 0.8, 1.6


def wave(start, *shape):
    count = math.prod(shape)
    return torch.sin(start + 1.3 * torch.arange(count, dtype=torch.float64)).float().reshape(shape)


def leaves(shapes, start):
    """Weights and biases of layers, cut from one wave."""
    cut, at = [], 0
    flat = 0.25 * wave(start, sum((i + 1) * o for i, o in shapes))
    for i, o in shapes:
        cut += [flat[at : at + i * o].reshape(i, o), flat[at + i * o : at + (i + 1) * o]]
        at += (i + 1) * o
    return [leaf.clone().requires_grad_() for leaf in cut]


def clicks(count):
    rank = (torch.arange(count) * 7) % SLATE
    x, mean = 1.5 * wave(6, count, ACTIONS), 0.3 * wave(7, count, ACTIONS)
    logged = Normal(mean, 1.5)
    return {
        "state": (1.2 + 0.4 * wave(5, count, STATE) - 1.2) / 0.25,
        "x": x,
        "logged": logged.log_prob(x).sum(1),
        "logged_mean": mean,
        "reward": -rank / 10,
        "clicked": rank,
        "cosines": 0.6 * wave(8, count, SLATE, PICKS),
        "noise": 1.2 * wave(9, count, SAMPLES + 1, ACTIONS),
    }


def heads(policy, state):
    w1, b1, w2, b2, wv, bv, wm, bm, wl, bl = policy
    trunk = torch.relu(torch.addmm(b2, torch.relu(torch.addmm(b1, state, w1)), w2))
    low, high = 2 * math.log(LEAST), 2 * math.log(MOST)
    log_variance = low + (high - low) * torch.sigmoid(torch.addmm(bl, trunk, wl))
    return torch.addmm(bv, trunk, wv).squeeze(1), torch.addmm(bm, trunk, wm), log_variance


def a2c(policy, own, average, batch):
    value, mean, log_variance = heads(policy, batch["state"])
    density = Normal(mean, (log_variance / 2).exp())
    log_density = density.log_prob(batch["x"]).sum(1)
    ratio = (log_density.detach() - batch["logged"]).exp().clamp(max=CAP)
    advantage = batch["reward"] - value
    actor = -(ratio * advantage.detach() * log_density).mean()
    return actor + VALUE * advantage.square().mean() - ENTROPY * density.entropy().sum(1).mean()


def slate(policy, own, average, batch):
    value, mean, _ = heads(policy, batch["state"])
    beta, places = own
    weights = torch.cat([torch.ones(len(mean), 1), CAPS * torch.sigmoid(mean)], dim=1)
    odds = beta.exp() * torch.einsum("bsp,bp->bs", batch["cosines"], weights) + places
    likelihood = torch.nn.functional.cross_entropy(odds, batch["clicked"])
    prior = 0.5 * PRIOR * mean.square().sum(1).mean()
    prior = prior + 0.5 * CONSTANCY * (mean - mean.mean(0)).square().sum(1).mean()
    return likelihood + prior + VALUE * (batch["reward"] - value).square().mean()


def acer(policy, own, average, batch):
    value, mean, log_variance = heads(policy, batch["state"])
    with torch.no_grad():
        _, average_mean, average_log_variance = heads(average, batch["state"])
        actions = mean[:, None] + (log_variance / 2).exp()[:, None] * batch["noise"]
    w1, b1, w2, b2 = own

    def advantage(x):
        seen = torch.cat([batch["state"], 2 * torch.sigmoid(x) - 1], dim=1)
        return torch.addmm(b2, torch.relu(torch.addmm(b1, seen, w1)), w2).squeeze(1)

    centre = torch.stack([advantage(actions[:, n]) for n in range(SAMPLES)]).mean(0)
    fresh = actions[:, SAMPLES]
    error = batch["reward"] - (value + advantage(batch["x"]) - centre)

    # The actor's direction, by the distribution's own numbers.
    phi = [mean.detach().requires_grad_(), log_variance.detach().requires_grad_()]
    density = Normal(phi[0], (phi[1] / 2).exp())
    log_density, fresh_density = density.log_prob(batch["x"]).sum(1), density.log_prob(fresh).sum(1)
    with torch.no_grad():
        ratio = (log_density - batch["logged"]).exp()
        fresh_ratio = (fresh_density - Normal(batch["logged_mean"], 1.5).log_prob(fresh).sum(1)).exp()
        replayed = ratio.clamp(max=CAP) * (batch["reward"] - value)
        corrected = (1 - CAP / fresh_ratio).clamp(min=0) * (advantage(fresh) - centre)
    climb = torch.cat(torch.autograd.grad((replayed * log_density + corrected * fresh_density).sum(), phi, retain_graph=True), 1)
    apart = kl_divergence(Normal(average_mean, (average_log_variance / 2).exp()), density).sum()
    away = torch.cat(torch.autograd.grad(apart, phi), 1)
    over = ((away * climb).sum(1) - TRUST_REGION).clamp(min=0) / away.square().sum(1)
    climb = climb - over[:, None] * away

    actor = -(climb * torch.cat([mean, log_variance], 1)).sum(1).mean()
    target = ratio.clamp(max=1) * error.detach() + value.detach()
    entropy = Normal(mean, (log_variance / 2).exp()).entropy().sum(1).mean()
    return actor + VALUE * (error.square().mean() + (target - value).square().mean()) - ENTROPY * entropy


def beside(learner):
    if learner == "acer":
        return leaves(ADVANTAGE, 2)
    model = [torch.tensor(math.log(10)), 0.1 * wave(2, SLATE)] if learner == "slate" else []
    return [leaf.requires_grad_() for leaf in model]


question = json.load(sys.stdin)
rule = {"a2c": a2c, "slate": slate, "acer": acer}[question["learner"]]
policy, own, average = leaves(POLICY, 1), beside(question["learner"]), leaves(POLICY, 1.05)
every = policy + own
adam = torch.optim.Adam(every, lr=RATE)


def update(batch):
    adam.zero_grad()
    rule(policy, own, average, batch).backward()
    for leaf in every:
        if leaf.grad is None:
            leaf.grad = torch.zeros_like(leaf)
    torch.nn.utils.clip_grad_norm_(every, NORM)
    adam.step()


if "seconds" in question:
    torch.set_num_threads(question["threads"])
    window, generator = clicks(question["window"]), torch.Generator().manual_seed(1)

    def drawn():
        places = torch.randint(question["window"], (question["batch"],), generator=generator)
        return {name: column[places] for name, column in window.items()}

    for _ in range(50):
        update(drawn())
    made, begun = 0, time.perf_counter()
    while time.perf_counter() - begun < question["seconds"]:
        update(drawn())
        made += 1
    answer = {"updates_per_second": made / (time.perf_counter() - begun)}
else:
    count, at = sum(leaf.numel() for leaf in every), 0
    first, second = 1e-3 * wave(3, count), 1e-6 * (1.5 + wave(4, count))
    for leaf in every:
        moments = [part[at : at + leaf.numel()].reshape(leaf.shape).clone() for part in (first, second)]
        adam.state[leaf] = {"step": torch.tensor(6.0), "exp_avg": moments[0], "exp_avg_sq": moments[1]}
        at += leaf.numel()
    update(clicks(16))
    numbers = torch.cat([leaf.detach().flatten() for leaf in every])
    places = range(0, count, 89)
    answer = {"count": count, "sum": numbers.double().sum().item(), "numbers": [round(numbers[p].item(), 7) for p in places]}
json.dump(answer, sys.stdout)
