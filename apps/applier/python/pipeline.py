"""Answers of transformers' text-classification pipeline over a model folder.

Reads {"folder": path, "inputs": [{"text": ..., "text_pair": ...}, ...]} as JSON, and writes for each input the scores
by label and the ids of its row by the Rust library alone, which reads no file but tokenizer.json. The pipeline is told
to cut what is too long, and not how long that is: without `truncation=True` it cuts nothing, whatever the files say.
"""

import json
import sys

from tokenizers import Tokenizer
from transformers import pipeline

job = json.load(sys.stdin)
classify = pipeline("text-classification", model=job["folder"], truncation=True, top_k=None, device="cpu")
rust = Tokenizer.from_file(f"{job['folder']}/tokenizer.json")
answers = []
for given in job["inputs"]:
    scores = {answer["label"]: answer["score"] for answer in classify(given)}
    row = classify.tokenizer(given["text"], given.get("text_pair"), truncation=True)["input_ids"]
    answers.append({"scores": scores, "row": row, "rust": rust.encode(given["text"], given.get("text_pair")).ids})
json.dump(answers, sys.stdout)
