"""Fine-tunes all of a BERT on SQuAD v1.1 with transformers, as its users do, to compare with.

    python3 -m venv peers && peers/bin/pip install torch transformers
    peers/bin/python tools/evidence/peers/squad.py --base sentence-transformers/all-MiniLM-L6-v2 \
        --train train-v1.1.json --dev dev-v1.1.json --seed 1

Windows, schedule, optimiser and rate (the one for MiniLM's size) are those of `trainer train --task squad --method full
--weight-decay 0.01`: 384 tokens of which windows share 128, questions of at most 64, AdamW with decay on matrices alone,
warm-up over a tenth of the steps, gradients clipped at 1. Batches are of like length here too, but sorted within blocks
of 16. Prints exact match and F1, in per cent, after each epoch, as a line of JSON.
"""
import collections
import json
import re
import string
import time

import torch
from transformers import AutoModelForQuestionAnswering, AutoTokenizer
from training import batches, begin, optimiser, options, schedule, step


def read(path, rows):
    articles = json.load(open(path, encoding="utf-8"))["data"]
    questions = [
        dict(id=qa["id"], question=qa["question"], context=paragraph["context"], answers=qa["answers"])
        for article in articles
        for paragraph in article["paragraphs"]
        for qa in paragraph["qas"]
    ]
    return questions[:rows]


def windows(tokenizer, questions, o):
    """Rows of at most `max_length` tokens, with the first and last token of the first answer where it lies inside."""
    found = []
    for number, q in enumerate(questions):
        asked = tokenizer(q["question"].strip(), add_special_tokens=False, return_offsets_mapping=True)
        kept = asked["offset_mapping"][: o.max_question_length]
        question = q["question"].strip()[: kept[-1][1]] if kept else ""
        encoded = tokenizer(
            question, q["context"], truncation="only_second", max_length=o.max_length, stride=o.doc_stride,
            return_overflowing_tokens=True, return_offsets_mapping=True,
        )
        answer = q["answers"][0]
        first, last = answer["answer_start"], answer["answer_start"] + len(answer["text"])
        for i, ids in enumerate(encoded["input_ids"]):
            offsets = [
                offset if sequence == 1 else None
                for offset, sequence in zip(encoded["offset_mapping"][i], encoded.sequence_ids(i))
            ]
            inside = [k for k, offset in enumerate(offsets) if offset]
            start = end = 0
            if inside and offsets[inside[0]][0] <= first and offsets[inside[-1]][1] >= last:
                start = max(k for k in inside if offsets[k][0] <= first)
                end = min(k for k in inside if offsets[k][1] >= last)
            types = encoded["token_type_ids"][i]
            found.append(dict(number=number, ids=ids, types=types, offsets=offsets, start=start, end=end))
    return found


def lengths(rows):
    return [len(row["ids"]) for row in rows]


def tensors(rows, chosen, pad):
    length = max(len(rows[i]["ids"]) for i in chosen)
    fill = lambda key, value: torch.tensor([rows[i][key] + [value] * (length - len(rows[i][key])) for i in chosen])
    mask = torch.tensor([[1] * len(rows[i]["ids"]) + [0] * (length - len(rows[i]["ids"])) for i in chosen])
    return dict(input_ids=fill("ids", pad), token_type_ids=fill("types", 0), attention_mask=mask)


def answer(model, tokenizer, rows, questions, o):
    """The best stretch of at most `max_answer_length` tokens of each question, over all its windows."""
    best = [(-float("inf"), "")] * len(questions)
    model.eval()
    with torch.no_grad():
        for chosen in batches(lengths(rows), o.batch_size):
            with torch.autocast("cpu", torch.bfloat16, enabled=o.bf16):
                out = model(**tensors(rows, chosen, tokenizer.pad_token_id))
            for i, starts, ends in zip(chosen, out.start_logits.float(), out.end_logits.float()):
                row = rows[i]
                context = questions[row["number"]]["context"]
                inside = torch.tensor([offset is not None for offset in row["offsets"]])
                n = len(row["ids"])
                scores = starts[:n, None] + ends[None, :n]
                allowed = inside[:, None] & inside[None, :]
                allowed &= torch.ones(n, n, dtype=torch.bool).triu().tril(o.max_answer_length - 1)
                flat = scores.masked_fill(~allowed, -float("inf")).argmax().item()
                s, e = divmod(flat, n)
                if scores[s, e].item() > best[row["number"]][0] and allowed[s, e]:
                    text = context[row["offsets"][s][0] : row["offsets"][e][1]]
                    best[row["number"]] = (scores[s, e].item(), text)
    model.train()
    return [text for _, text in best]


def plain(text):
    text = "".join(c for c in text.lower() if c not in string.punctuation)
    return re.sub(r"\b(a|an|the)\b", " ", text).split()


def f1(found, right):
    found, right = plain(found), plain(right)
    same = sum((collections.Counter(found) & collections.Counter(right)).values())
    return 2 * same / (len(found) + len(right)) if same else 0.0


def score(answers, questions):
    def best(of):
        each = (max(of(a, right["text"]) for right in q["answers"]) for a, q in zip(answers, questions))
        return 100 * sum(each) / len(questions)

    return dict(exact_match=best(lambda a, b: float(plain(a) == plain(b))), f1=best(f1))


def main():
    p = options(__doc__, epochs=3, max_length=384)
    p.add_argument("--train", required=True)
    p.add_argument("--dev", required=True)
    p.add_argument("--dev-rows", type=int, help="the first questions alone")
    p.add_argument("--learning-rate", type=float, default=7e-5)
    p.add_argument("--doc-stride", type=int, default=128)
    p.add_argument("--max-question-length", type=int, default=64)
    p.add_argument("--max-answer-length", type=int, default=30)
    o = p.parse_args()
    shuffle = begin(o)
    tokenizer = AutoTokenizer.from_pretrained(o.base)
    model = AutoModelForQuestionAnswering.from_pretrained(o.base).train()
    train, dev = read(o.train, o.train_rows), read(o.dev, o.dev_rows)
    rows, dev_rows = windows(tokenizer, train, o), windows(tokenizer, dev, o)
    adamw = optimiser(model, o.learning_rate)
    rates = schedule(adamw, o.epochs * ((len(rows) + o.batch_size - 1) // o.batch_size))
    began = time.time()
    for epoch in range(1, o.epochs + 1):
        for chosen in batches(lengths(rows), o.batch_size, shuffle):
            inputs = tensors(rows, chosen, tokenizer.pad_token_id)
            inputs["start_positions"] = torch.tensor([rows[i]["start"] for i in chosen])
            inputs["end_positions"] = torch.tensor([rows[i]["end"] for i in chosen])
            with torch.autocast("cpu", torch.bfloat16, enabled=o.bf16):
                loss = model(**inputs).loss
            step(model, loss, adamw, rates)
        found = score(answer(model, tokenizer, dev_rows, dev, o), dev)
        facts = dict(seed=o.seed, epoch=epoch, windows=len(rows), loss=round(loss.item(), 4))
        print(json.dumps({**facts, **found, "seconds": round(time.time() - began)}), flush=True)


if __name__ == "__main__":
    main()
