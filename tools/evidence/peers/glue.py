"""Fine-tunes a BERT on a task of GLUE with transformers, all of it or with PEFT's SHiRA, to compare with.

    python3 -m venv peers && peers/bin/pip install torch transformers peft scikit-learn scipy
    peers/bin/python tools/evidence/peers/glue.py --base sentence-transformers/all-MiniLM-L6-v2 --data glue --task mrpc \
        --method shira --epochs 8 --seed 1

`--data` has GLUE's folders (CoLA, MRPC, SST-2, STS-B, each with train.tsv and dev.tsv). SHiRA trains a random 0.55% of
MiniLM: rank 3 in the six matrices of each layer, and the classifier. Prints the score that the sweeps report, times 100,
and the most memory that the process had so far (MB), after each epoch, as a line of JSON.
"""
import json
import os
import resource
import time

import torch
from scipy.stats import pearsonr, spearmanr
from sklearn.metrics import accuracy_score, f1_score, matthews_corrcoef
from transformers import AutoModelForSequenceClassification, AutoTokenizer
from training import batches, begin, optimiser, options, schedule, step

# Folder, columns of the texts, column of the label, whether there is a line of names.
TASKS = dict(
    cola=("CoLA", [3], 1, False),
    mrpc=("MRPC", [3, 4], 0, True),
    sst2=("SST-2", [0], 1, True),
    stsb=("STS-B", [7, 8], 9, True),
)


def read(task, data, split, rows=None):
    folder, texts, label, named = TASKS[task]
    with open(os.path.join(data, folder, f"{split}.tsv"), encoding="utf-8-sig") as file:
        lines = [line.rstrip("\n").split("\t") for line in file]
    lines = lines[int(named) :][:rows]
    return [([line[i].strip() for i in texts], float(line[label])) for line in lines]


def encode(tokenizer, rows, max_length):
    texts = zip(*(texts for texts, _ in rows))
    found = tokenizer(*map(list, texts), truncation="longest_first", max_length=max_length)
    return [{key: values[i] for key, values in found.items()} for i in range(len(rows))]


def lengths(rows):
    return [len(row["input_ids"]) for row in rows]


def tensors(tokenizer, rows, chosen):
    return dict(tokenizer.pad([rows[i] for i in chosen], return_tensors="pt"))


def score(task, outputs, labels):
    """As the leaderboard averages it, times 100."""
    if task == "stsb":
        found = [row[0] for row in outputs]
        return 50 * (pearsonr(found, labels)[0] + spearmanr(found, labels)[0])
    found = [max(range(len(row)), key=row.__getitem__) for row in outputs]
    if task == "cola":
        return 100 * matthews_corrcoef(labels, found)
    accuracy = accuracy_score(labels, found)
    return 50 * (accuracy + f1_score(labels, found)) if task == "mrpc" else 100 * accuracy


def with_shira(model, rank, seed):
    from peft import ShiraConfig, get_peft_model

    matrices = ["query", "key", "value", "attention.output.dense", "intermediate.dense", r"layer\.\d+\.output.dense"]
    targets = r".*(" + "|".join(matrices) + r")$"
    config = ShiraConfig(r=rank, random_seed=seed, target_modules=targets, modules_to_save=["classifier"])
    return get_peft_model(model, config)


def main():
    p = options(__doc__, epochs=8, max_length=128)
    p.add_argument("--data", required=True)
    p.add_argument("--task", required=True, choices=TASKS)
    p.add_argument("--method", choices=["full", "shira"], default="full")
    p.add_argument("--rank", type=int, default=3, help="of SHiRA")
    p.add_argument("--learning-rate", type=float, help="7e-5, the trainer's for MiniLM, or 1e-3 for SHiRA")
    p.add_argument("--max-steps", type=int, help="stop there, without a score")
    o = p.parse_args()
    shuffle = begin(o)
    regression = o.task == "stsb"
    tokenizer = AutoTokenizer.from_pretrained(o.base)
    model = AutoModelForSequenceClassification.from_pretrained(o.base, num_labels=1 if regression else 2).train()
    if o.method == "shira":
        model = with_shira(model, o.rank, o.seed)
    train, dev = read(o.task, o.data, "train", o.train_rows), read(o.task, o.data, "dev")
    rows, dev_rows = (encode(tokenizer, split, o.max_length) for split in (train, dev))
    adamw = optimiser(model, o.learning_rate or (1e-3 if o.method == "shira" else 7e-5))
    rates = schedule(adamw, o.epochs * ((len(rows) + o.batch_size - 1) // o.batch_size))
    trained = sum(p.numel() for p in model.parameters() if p.requires_grad)
    memory = lambda: round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    began, steps = time.time(), 0
    for epoch in range(1, o.epochs + 1):
        for chosen in batches(lengths(rows), o.batch_size, shuffle):
            labels = torch.tensor([train[i][1] for i in chosen])
            with torch.autocast("cpu", torch.bfloat16, enabled=o.bf16):
                loss = model(**tensors(tokenizer, rows, chosen), labels=labels if regression else labels.long()).loss
            step(model, loss, adamw, rates)
            steps += 1
            if steps == o.max_steps:
                seconds = round(time.time() - began, 1)
                print(json.dumps(dict(steps=steps, seconds=seconds, memory=memory(), trained=trained)))
                return
        model.eval()
        outputs = [None] * len(dev)
        with torch.no_grad():
            for chosen in batches(lengths(dev_rows), o.batch_size):
                with torch.autocast("cpu", torch.bfloat16, enabled=o.bf16):
                    logits = model(**tensors(tokenizer, dev_rows, chosen)).logits
                for i, row in zip(chosen, logits.float().tolist()):
                    outputs[i] = row
        model.train()
        facts = dict(task=o.task, method=o.method, seed=o.seed, epoch=epoch, loss=round(loss.item(), 4))
        found = score(o.task, outputs, [label for _, label in dev])
        seconds = round(time.time() - began)
        print(json.dumps({**facts, "score": found, "seconds": seconds, "memory": memory(), "trained": trained}), flush=True)


if __name__ == "__main__":
    main()
