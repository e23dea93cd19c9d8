"""The best stretches of contexts that a question-answering model folder has for questions, by transformers.

Reads {"folder": path, "questions": [{"question": ..., "context": ...}, ...]} as JSON, each of which must fit one row, and
writes for each its 20 best stretches of at most 30 tokens: text, place in code points, and the sum of both logits.
"""

import json
import sys

import torch
from transformers import AutoModelForQuestionAnswering, AutoTokenizer

job = json.load(sys.stdin)
model = AutoModelForQuestionAnswering.from_pretrained(job["folder"]).eval()
tokenizer = AutoTokenizer.from_pretrained(job["folder"])
answers = []
for given in job["questions"]:
    row = tokenizer(given["question"], given["context"], return_offsets_mapping=True, return_tensors="pt")
    places = row.pop("offset_mapping")[0].tolist()
    context = [i for i, part in enumerate(row.sequence_ids(0)) if part == 1]
    with torch.no_grad():
        logits = model(**row)
    start, end = logits.start_logits[0].tolist(), logits.end_logits[0].tolist()
    spans = [(start[i] + end[j], i, j) for i in context for j in context if i <= j < i + 30]
    best = sorted(spans, reverse=True)[:20]
    places_of = [(score, places[i][0], places[j][1]) for score, i, j in best]
    answers.append([{"text": given["context"][a:b], "score": score} for score, a, b in places_of])
json.dump(answers, sys.stdout)
