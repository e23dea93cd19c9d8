"""Training steps of BERT in plain PyTorch, as a yardstick: full fine-tuning, diff pruning and structured diff pruning.

The model is Devlin et al. 2019's, the loop is Guo et al. 2021's (section 3) as a textbook would write it: for each
parameter tensor a gate is sampled with tensor operations, autograd does the rest, AdamW learns w and the log-odds. It
uses what PyTorch has for speed on a CPU: one kernel for attention, one for AdamW, and where it is asked for, bfloat16
autocast (products in bf16, weights and optimiser in fp32).

For each line on standard input one step is taken, and its time printed as a line of JSON.

Arguments: layers hidden vocabulary batch length method threads precision (fp32 or bf16)
"""

import json
import math
import resource
import sys
import time

import torch
import torch.nn.functional as F

LEFT, RIGHT = -1.5, 1.5
DROPOUT = 0.1


def base_shapes(layers, hidden, vocabulary):
    shapes = {
        "words": (vocabulary, hidden),
        "positions": (512, hidden),
        "types": (2, hidden),
        "norm.weight": (hidden,),
        "norm.bias": (hidden,),
        "pooler.weight": (hidden, hidden),
        "pooler.bias": (hidden,),
    }
    for layer in range(layers):
        for name, (outputs, inputs) in {
            "query": (hidden, hidden),
            "key": (hidden, hidden),
            "value": (hidden, hidden),
            "attention": (hidden, hidden),
            "wide": (4 * hidden, hidden),
            "narrow": (hidden, 4 * hidden),
        }.items():
            shapes[f"{layer}.{name}.weight"] = (outputs, inputs)
            shapes[f"{layer}.{name}.bias"] = (outputs,)
        for norm in ("norm1", "norm2"):
            shapes[f"{layer}.{norm}.weight"] = (hidden,)
            shapes[f"{layer}.{norm}.bias"] = (hidden,)
    return shapes


def forward(p, ids, types, mask, layers, heads):
    """Class logits [batch, 2] of token ids [batch, length]; mask is 1 for tokens and 0 for padding."""
    batch, length = ids.shape
    hidden = p["words"].shape[1]

    def linear(x, name):
        return F.linear(x, p[f"{name}.weight"], p[f"{name}.bias"])

    def norm(x, name):
        return F.layer_norm(x, (hidden,), p[f"{name}.weight"], p[f"{name}.bias"], 1e-12)

    def split(x):
        return x.view(batch, length, heads, hidden // heads).transpose(1, 2)

    x = F.embedding(ids, p["words"]) + p["positions"][:length] + F.embedding(types, p["types"])
    x = F.dropout(norm(x, "norm"), DROPOUT)
    bias = (mask[:, None, None, :] - 1.0) * 10000.0
    for layer in range(layers):
        query, key, value = (split(linear(x, f"{layer}.{name}")) for name in ("query", "key", "value"))
        context = F.scaled_dot_product_attention(query, key, value, attn_mask=bias, dropout_p=DROPOUT)
        context = context.transpose(1, 2).reshape(batch, length, hidden)
        x = norm(x + F.dropout(linear(context, f"{layer}.attention"), DROPOUT), f"{layer}.norm1")
        wide = F.gelu(linear(x, f"{layer}.wide"))
        x = norm(x + F.dropout(linear(wide, f"{layer}.narrow"), DROPOUT), f"{layer}.norm2")
    pooled = torch.tanh(linear(x[:, 0], "pooler"))
    return linear(F.dropout(pooled, DROPOUT), "head")


def sample_gate(alpha):
    """A stretched hard-concrete gate of the shape of its log-odds."""
    u = torch.rand_like(alpha).clamp(1e-4, 1 - 1e-4)
    s = torch.sigmoid(torch.log(u) - torch.log(1 - u) + alpha)
    return (s * (RIGHT - LEFT) + LEFT).clamp(0, 1)


def probability_nonzero(alpha):
    return torch.sigmoid(alpha - math.log(-LEFT / RIGHT))


class Training:
    def __init__(self, layers, hidden, vocabulary, method, precision):
        self.layers, self.heads, self.method = layers, hidden // 64, method
        self.autocast = torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16")
        shapes = base_shapes(layers, hidden, vocabulary)
        base = {name: 0.02 * torch.randn(shape) for name, shape in shapes.items()}
        for name in base:
            if "norm" in name:
                base[name].fill_(1.0 if name.endswith("weight") else 0.0)
        self.head = {
            "head.weight": (0.02 * torch.randn(2, hidden)).requires_grad_(),
            "head.bias": torch.zeros(2, requires_grad=True),
        }
        self.base = base
        self.gates = []
        if method == "full":
            learnt = [tensor.requires_grad_() for tensor in base.values()]
        else:
            self.w = {name: torch.zeros_like(tensor, requires_grad=True) for name, tensor in base.items()}
            self.alpha = {name: torch.full_like(tensor, 5.0, requires_grad=True) for name, tensor in base.items()}
            learnt = list(self.w.values())
            self.gates = list(self.alpha.values())
            if method == "structured-diff-pruning":
                self.groups = {name: torch.full((1,), 5.0, requires_grad=True) for name in base}
                self.gates += list(self.groups.values())
            self.penalty = 1.25e-7 * 340e6 / sum(tensor.numel() for tensor in base.values())
            self.gate_optimizer = torch.optim.AdamW(self.gates, lr=0.1, weight_decay=0.0, fused=True)
        self.learnt = learnt + list(self.head.values())
        self.optimizer = torch.optim.AdamW(self.learnt, lr=1e-5, weight_decay=0.0, fused=True)

    def weights(self):
        """The weights that the model runs with, and the expected number of nonzeros."""
        if self.method == "full":
            return self.base, 0.0
        weights, nonzeros = {}, 0.0
        for name, tensor in self.base.items():
            diff = sample_gate(self.alpha[name]) * self.w[name]
            expected = probability_nonzero(self.alpha[name]).sum()
            if self.method == "structured-diff-pruning":
                diff = sample_gate(self.groups[name]) * diff
                expected = probability_nonzero(self.groups[name]).sum() * expected
            weights[name] = tensor + diff
            nonzeros = nonzeros + expected
        return weights, nonzeros

    def step(self, ids, types, mask, labels):
        weights, nonzeros = self.weights()
        with self.autocast:
            logits = forward({**weights, **self.head}, ids, types, mask, self.layers, self.heads)
        loss = F.cross_entropy(logits.float(), labels)
        if self.gates:
            loss = loss + self.penalty * nonzeros
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.learnt, 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        if self.gates:
            torch.nn.utils.clip_grad_norm_(self.gates, 1.0)
            self.gate_optimizer.step()
            self.gate_optimizer.zero_grad(set_to_none=True)
        return loss.item()


def main():
    layers, hidden, vocabulary, batch, length = (int(argument) for argument in sys.argv[1:6])
    method, threads, precision = sys.argv[6], int(sys.argv[7]), sys.argv[8]
    torch.manual_seed(1)
    torch.set_num_threads(threads)
    training = Training(layers, hidden, vocabulary, method, precision)

    def step():
        # words as frequent as in text: Zipf's law
        ids = (vocabulary ** torch.rand(batch, length)).long().clamp(max=vocabulary - 1)
        labels = torch.randint(2, (batch,))
        start = time.perf_counter()
        training.step(ids, torch.zeros_like(ids), torch.ones(batch, length), labels)
        return {"total": 1000 * (time.perf_counter() - start)}

    step()  # the first one allocates
    print(json.dumps({"torch": torch.__version__, "threads": torch.get_num_threads()}), flush=True)
    for _ in sys.stdin:
        print(json.dumps(step()), flush=True)
    print(json.dumps({"peakMemory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}), flush=True)


main()
