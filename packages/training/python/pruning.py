"""Pruning of a small BERT by magnitude, by movement, softly by movement, and by L0 regularisation, in plain PyTorch.

Reads settings, parameters, batches and cases as JSON from standard input, trains each case, and writes its losses, what
was learnt and the last masks as JSON to standard output. Masks are those of Sanh et al. 2020, sections 3 and 4, with
autograd's own gradients around one straight-through function.
"""

import json
import math
import sys

import torch
import torch.nn.functional as F

from bert import logits

LEFT, RIGHT, TEMPERATURE = -0.1, 1.1, 2 / 3


class Binarise(torch.autograd.Function):
    """A mask in place of its scores; the gradient goes straight through."""

    @staticmethod
    def forward(context, scores, mask):
        return mask

    @staticmethod
    def backward(context, gradient):
        return gradient, None


def top_masks(scores, fraction, scope):
    """1 at the greatest scores, of each tensor or of all."""

    def top(flat):
        mask = torch.zeros_like(flat)
        order = torch.argsort(flat, descending=True, stable=True)
        mask[order[: math.floor(fraction * flat.numel())]] = 1
        return mask

    if scope == "local":
        return [top(score.flatten()).view_as(score) for score in scores]
    whole = top(torch.cat([score.flatten() for score in scores]))
    parts = whole.split([score.numel() for score in scores])
    return [part.view_as(score) for part, score in zip(parts, scores)]


def clip(tensors, bound):
    torch.nn.utils.clip_grad_norm_(tensors, bound)


class Pruning:
    def __init__(self, run):
        self.run, self.kind = run, run["kind"]
        self.p = {}
        groups = {True: [], False: []}
        for parameter in run["parameters"]:
            tensor = torch.tensor(parameter["values"], dtype=torch.float32).view(parameter["shape"])
            if parameter["trained"]:
                tensor.requires_grad_()
                groups[parameter["decays"]].append(tensor)
            self.p[parameter["name"]] = tensor
        self.masked = run["masked"]
        self.weights = groups[True] + groups[False]
        decays = [{"params": groups[True], "weight_decay": run["decay"]}, {"params": groups[False], "weight_decay": 0}]
        self.optimizer = torch.optim.AdamW(decays, lr=1.0)
        self.scores = {}
        if self.kind != "magnitude":
            start = 1.0 if self.kind == "l0" else 0.0
            self.scores = {
                name: torch.full_like(self.p[name].detach(), start).requires_grad_() for name in self.masked
            }
            epsilon = 1e-12 if self.kind == "l0" else 1e-8
            self.score_optimizer = torch.optim.AdamW(self.scores.values(), lr=1.0, weight_decay=0, eps=epsilon)
        self.fixed = None

    def fraction(self, step):
        first, end, remaining = (self.run[name] for name in ("first", "end", "remaining"))
        if step < first:
            return 1.0
        if step >= end:
            return remaining
        return remaining + (1 - remaining) * (1 - (step - first) / (end - first)) ** 3

    @torch.no_grad()
    def masks(self, step):
        if self.fixed is not None:
            return self.fixed
        if self.kind == "magnitude":
            magnitudes = [self.p[name].abs() for name in self.masked]
            return top_masks(magnitudes, self.fraction(step), self.run["scope"])
        if self.kind == "movement":
            return top_masks(list(self.scores.values()), self.fraction(step), self.run["scope"])
        if self.kind == "soft":
            threshold = 0 if step < self.run["first"] else self.run["threshold"]
            return [(score.sigmoid() > threshold).float() for score in self.scores.values()]
        return None

    def sampled(self, name, u):
        alpha = self.scores[name]
        s = torch.sigmoid((u.log() - (1 - u).log() + alpha) / TEMPERATURE)
        return (s * (RIGHT - LEFT) + LEFT).clamp(0, 1)

    def pruned(self, step, masks):
        """θ' of the masked matrices."""
        fate = self.run["fate"]
        for i, name in enumerate(self.masked):
            weight = self.p[name]
            if masks is None:
                u = torch.tensor(self.run["noise"][step][name]).view_as(weight)
                yield name, self.sampled(name, u) * weight
            elif self.kind in ("movement", "soft") and self.fixed is None:
                yield name, Binarise.apply(self.scores[name], masks[i]) * weight
            elif fate == "straight-through":
                yield name, weight + (masks[i] * weight - weight).detach()
            else:
                yield name, masks[i] * weight

    def step(self, step):
        run, price = self.run, self.run["prices"][step]
        rows = len(run["batches"][step]["labels"])
        batch = {
            name: torch.tensor(run["batches"][step][name]).view(rows, -1)
            for name in ("input_ids", "token_type_ids", "attention_mask")
        }
        masks = self.masks(step)
        found = logits({**self.p, **dict(self.pruned(step, masks))}, batch, run["heads"], run["layers"])
        losses = F.cross_entropy(found, torch.tensor(run["batches"][step]["labels"]), reduction="none")
        weights = torch.tensor(run["batches"][step]["weights"], dtype=torch.float32)
        loss = (losses * weights).sum() / weights.sum()
        objective = loss
        if self.fixed is None and self.kind in ("movement", "soft"):
            objective = loss + price * sum(score.sigmoid().sum() for score in self.scores.values())
        if self.fixed is None and self.kind == "l0":
            middle = TEMPERATURE * math.log(-LEFT / RIGHT)
            objective = loss + price * sum((alpha - middle).sigmoid().sum() for alpha in self.scores.values())
        objective.backward()
        optimizers = [(self.optimizer, self.weights, run["rates"]["weights"])]
        if self.scores and self.fixed is None:
            rate = 1e-2 if self.kind == "movement" else run["rates"]["scores"]
            optimizers.append((self.score_optimizer, list(self.scores.values()), rate))
        for optimizer, tensors, rate in optimizers:
            # clip_grad_norm_ adds 1e-6 to the norm, which shows in no digit that is compared
            clip(tensors, run["bound"])
            for group in optimizer.param_groups:
                group["lr"] = rate * run["factors"][step]
            optimizer.step()
            optimizer.zero_grad()
        self.finish(step, masks)
        return loss.item()

    @torch.no_grad()
    def finish(self, step, masks):
        if self.run["fate"] == "zero":
            for i, name in enumerate(self.masked):
                self.p[name].mul_(masks[i])
        if step + 1 == self.run["end"] and self.kind in ("soft", "l0"):
            if self.kind == "l0":
                for name in self.masked:
                    gate = self.scores[name].sigmoid() * (RIGHT - LEFT) + LEFT
                    self.p[name].mul_(gate.clamp(0, 1))
            self.fixed = top_masks(list(self.scores.values()), self.run["remaining"], "global")


def train(run):
    pruning = Pruning(run)
    losses = [pruning.step(step) for step in range(run["steps"])]
    learnt = {name: tensor for name, tensor in pruning.p.items() if tensor.requires_grad}
    learnt.update({f"{name}/score": score for name, score in pruning.scores.items()})
    return {
        "losses": losses,
        "learnt": {name: tensor.detach().flatten().tolist() for name, tensor in learnt.items()},
        "masks": [mask.flatten().tolist() for mask in pruning.masks(run["steps"])],
    }


def main():
    torch.set_num_threads(1)
    run = json.load(sys.stdin)
    json.dump([train({**run, **case}) for case in run["cases"]], sys.stdout)


main()
