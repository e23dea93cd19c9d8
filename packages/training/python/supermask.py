"""Supermasks and fine-tuning of some parameters of a small BERT, in plain PyTorch.

Reads runs (settings, parameters, batches, uniform random numbers) as JSON from standard input, trains each, and writes
losses and what was learnt as JSON to standard output. The mask is that of Radiya-Dixit & Wang 2020, equations 3 and 4,
with the straight-through gradient of Zhou et al. 2019: autograd sees the probability in the place of the sample.
"""

import json
import sys

import torch
import torch.nn.functional as F

from bert import logits



def train(run):
    parameters, groups = {}, {True: [], False: []}
    for parameter in run["parameters"]:
        tensor = torch.tensor(parameter["values"], dtype=torch.float32).view(parameter["shape"])
        if parameter["trained"]:
            groups[parameter["decays"]].append(tensor.requires_grad_())
        parameters[parameter["name"]] = tensor
    odds = {}
    for entry in run["masked"]:
        nu = torch.tensor(entry["logits"], dtype=torch.float32).view_as(parameters[entry["name"]])
        odds[entry["name"]] = nu.requires_grad_()

    decays = [
        {"params": groups[True], "weight_decay": run["decay"]},
        {"params": groups[False], "weight_decay": 0},
    ]
    optimizers = [(torch.optim.AdamW(decays), groups[True] + groups[False], run["rates"]["weights"])]
    if odds:
        mask = torch.optim.AdamW(odds.values(), weight_decay=0, eps=1e-12)
        optimizers.append((mask, list(odds.values()), run["rates"]["mask"]))

    def masked(step):
        """θ' of the masked parameters."""
        for (name, nu), u in zip(odds.items(), run["noise"][step]):
            probability = nu.sigmoid()
            sample = (torch.tensor(u).view_as(nu) < probability).float()
            yield name, parameters[name] * (probability + (sample - probability).detach())

    losses = []
    for step, found in enumerate(run["batches"]):
        rows = len(found["labels"])
        inputs = ("input_ids", "token_type_ids", "attention_mask")
        batch = {name: torch.tensor(found[name]).view(rows, -1) for name in inputs}
        outputs = logits({**parameters, **dict(masked(step))}, batch, run["heads"], run["layers"])
        each = F.cross_entropy(outputs, torch.tensor(found["labels"]), reduction="none")
        shares = torch.tensor(found["weights"], dtype=torch.float32)
        loss = (each * shares).sum() / shares.sum()
        loss.backward()
        for optimizer, tensors, rate in optimizers:
            # clip_grad_norm_ adds 1e-6 to the norm, which shows in no digit that is compared
            torch.nn.utils.clip_grad_norm_(tensors, run["bound"])
            for group in optimizer.param_groups:
                group["lr"] = rate * run["factors"][step]
            optimizer.step()
            optimizer.zero_grad()
        losses.append(loss.item())

    learnt = {name: tensor for name, tensor in parameters.items() if tensor.requires_grad}
    learnt.update({f"{name}/logits": nu for name, nu in odds.items()})
    return {
        "losses": losses,
        "learnt": {name: tensor.detach().flatten().tolist() for name, tensor in learnt.items()},
    }


torch.set_num_threads(1)
json.dump([train(run) for run in json.load(sys.stdin)], sys.stdout)
