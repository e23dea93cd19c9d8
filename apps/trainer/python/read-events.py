"""Reads the event files of a folder as TensorBoard does: each tag's steps and values, as JSON."""
import json
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

accumulator = EventAccumulator(json.load(sys.stdin))
accumulator.Reload()
tags = accumulator.Tags()["scalars"]
print(json.dumps({tag: [[each.step, each.value] for each in accumulator.Scalars(tag)] for tag in tags}))
