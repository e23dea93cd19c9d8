"""Rows of token ids by transformers' AutoTokenizer: reads {"folder", "first", "second", "lengths"} as JSON."""

import json
import sys

from transformers import AutoTokenizer

job = json.load(sys.stdin)
tokenizer = AutoTokenizer.from_pretrained(job["folder"])
rows = [
    tokenizer(job["first"], job["second"], truncation=True, max_length=length)["input_ids"]
    for length in job["lengths"]
]
json.dump(rows, sys.stdout)
