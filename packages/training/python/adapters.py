"""Training of adapters in a small BERT, in plain PyTorch.

Reads a run (settings, parameters, batches) as JSON from standard input, trains, and writes losses and what was learnt as
JSON to standard output. The adapters are those of Houlsby et al. 2019, figure 2.
"""

import json
import sys

import torch
import torch.nn.functional as F

from bert import logits

run = json.load(sys.stdin)
torch.set_num_threads(1)
p, groups = {}, {True: [], False: []}
for parameter in run["parameters"]:
    tensor = torch.tensor(parameter["values"], dtype=torch.float32).view(parameter["shape"])
    if parameter["trained"]:
        groups[parameter["decays"]].append(tensor.requires_grad_())
    p[parameter["name"]] = tensor
trained = groups[True] + groups[False]
optimizer = torch.optim.AdamW(
    [{"params": groups[True], "weight_decay": run["decay"]}, {"params": groups[False], "weight_decay": 0}]
)


def adapt(x, module):
    down, up = f"{module}.adapter_down", f"{module}.adapter_up"
    narrow = F.gelu(F.linear(x, p[f"{down}.weight"], p[f"{down}.bias"]), approximate="tanh")
    return x + F.linear(narrow, p[f"{up}.weight"], p[f"{up}.bias"])


losses = []
for rate, found in zip(run["rates"], run["batches"]):
    rows = len(found["labels"])
    inputs = ("input_ids", "token_type_ids", "attention_mask")
    batch = {name: torch.tensor(found[name]).view(rows, -1) for name in inputs}
    outputs = logits(p, batch, run["heads"], run["layers"], adapt)
    each = F.cross_entropy(outputs, torch.tensor(found["labels"]), reduction="none")
    shares = torch.tensor(found["weights"], dtype=torch.float32)
    loss = (each * shares).sum() / shares.sum()
    loss.backward()
    # clip_grad_norm_ adds 1e-6 to the norm, which shows in no digit that is compared
    torch.nn.utils.clip_grad_norm_(trained, run["bound"])
    for group in optimizer.param_groups:
        group["lr"] = rate
    optimizer.step()
    optimizer.zero_grad()
    losses.append(loss.item())

learnt = {name: tensor.detach().flatten().tolist() for name, tensor in p.items() if tensor.requires_grad}
json.dump({"losses": losses, "learnt": learnt}, sys.stdout)
