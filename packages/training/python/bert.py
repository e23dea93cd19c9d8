"""BERT as Devlin et al. 2019 have it, written with the functions of torch.nn: what textbook implementations share."""

import torch
import torch.nn.functional as F


def logits(p, batch, heads, layers, adapt=lambda x, module: x):
    """[rows, labels], with Hugging Face's parameter names.

    adapt changes what the last linear layer of a module, attention's output or the feed-forward network's, gives.
    """
    ids = batch["input_ids"]
    rows, length = ids.shape

    def linear(x, name):
        return F.linear(x, p[f"{name}.weight"], p[f"{name}.bias"])

    def norm(x, name):
        return F.layer_norm(x, x.shape[-1:], p[f"{name}.weight"], p[f"{name}.bias"], 1e-12)

    def split(x):
        return x.view(rows, length, heads, -1).transpose(1, 2)

    table = "bert.embeddings."
    x = F.embedding(ids, p[table + "word_embeddings.weight"])
    x = x + p[table + "position_embeddings.weight"][:length]
    x = x + F.embedding(batch["token_type_ids"], p[table + "token_type_embeddings.weight"])
    x = norm(x, table + "LayerNorm")
    seen = batch["attention_mask"][:, None, None, :].bool()
    for layer in range(layers):
        at = f"bert.encoder.layer.{layer}."
        q, k, v = (split(linear(x, f"{at}attention.self.{name}")) for name in ("query", "key", "value"))
        mixed = F.scaled_dot_product_attention(q, k, v, attn_mask=seen)
        mixed = mixed.transpose(1, 2).reshape(rows, length, -1)
        x = norm(x + adapt(linear(mixed, at + "attention.output.dense"), at + "attention.output"), at + "attention.output.LayerNorm")
        wide = F.gelu(linear(x, at + "intermediate.dense"))
        x = norm(x + adapt(linear(wide, at + "output.dense"), at + "output"), at + "output.LayerNorm")
    return linear(torch.tanh(linear(x[:, 0], "bert.pooler.dense")), "classifier")
