"""What the peers' training has in common: options, batches of like length, AdamW, the schedule. As the trainer does it."""
import argparse
import random

import torch


def options(about, epochs, max_length):
    """A parser of the options that all peers have. @param about what --help says @param epochs, max_length defaults"""
    p = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--base", required=True)
    p.add_argument("--train-rows", type=int, help="the first rows alone")
    p.add_argument("--epochs", type=int, default=epochs)
    p.add_argument("--batch-size", type=int, default=32)
    p.add_argument("--max-length", type=int, default=max_length)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--threads", type=int, default=torch.get_num_threads())
    p.add_argument("--bf16", action="store_true", help="autocast to bf16")
    return p


def begin(o):
    """Sets threads and seed. @returns what shuffles the rows"""
    torch.set_num_threads(o.threads)
    torch.manual_seed(o.seed)
    return random.Random(o.seed)


def batches(lengths, size, shuffle=None):
    """Rows of like length together: sorted within shuffled blocks of 16 batches; all of them sorted where none shuffles."""
    order = list(range(len(lengths)))
    if shuffle is None:
        order.sort(key=lambda i: lengths[i])
        return [order[i : i + size] for i in range(0, len(order), size)]
    shuffle.shuffle(order)
    made = []
    for block in range(0, len(order), 16 * size):
        some = sorted(order[block : block + 16 * size], key=lambda i: lengths[i])
        made += [some[i : i + size] for i in range(0, len(some), size)]
    shuffle.shuffle(made)
    return made


def optimiser(model, rate, decay=0.01):
    """AdamW of what can be trained, decay on matrices alone."""
    trained = [p for p in model.parameters() if p.requires_grad]
    decayed = [p for p in trained if p.dim() > 1]
    others = [p for p in trained if p.dim() <= 1]
    groups = [dict(params=decayed, weight_decay=decay), dict(params=others, weight_decay=0.0)]
    return torch.optim.AdamW([group for group in groups if group["params"]], lr=rate, fused=True)


def schedule(optimiser, steps):
    """Up over a tenth of the steps, then down to 0."""
    warm = max(1, steps // 10)
    factor = lambda step: step / warm if step < warm else (steps - step) / (steps - warm)
    return torch.optim.lr_scheduler.LambdaLR(optimiser, factor)


def step(model, loss, optimiser, schedule):
    loss.backward()
    torch.nn.utils.clip_grad_norm_((p for p in model.parameters() if p.requires_grad), 1.0)
    optimiser.step()
    schedule.step()
    optimiser.zero_grad(set_to_none=True)
