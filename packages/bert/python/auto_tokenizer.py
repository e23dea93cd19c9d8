"""Token ids of texts by transformers' AutoTokenizer.

Reads {"folders": [path, ...], "texts": [text, ...]} as JSON, and writes for each folder the ids of each text, without
those of special tokens, or the error as a text.
"""

import json
import sys

from transformers import AutoTokenizer


def ids_of(folder, texts):
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder)
        return [tokenizer(text, add_special_tokens=False)["input_ids"] for text in texts]
    except Exception as error:
        return f"{type(error).__name__}: {error}"


job = json.load(sys.stdin)
json.dump([ids_of(folder, job["texts"]) for folder in job["folders"]], sys.stdout)
