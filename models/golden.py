#!/usr/bin/env python3
"""Writes golden.json of minilm/ or e5/: what the shipped weights say of twenty texts, for the product to compare itself with.

What it is: tokens, sentiment probabilities, topic probabilities and assigned topics, computed in torch
with the f16 weights widened to f32. Compare probabilities within 1e-3, the rest exactly
(no text lies within 2e-3 of a decision).
What it is not: a quality check; the texts were chosen to cover shapes, not to be easy.

    python models/golden.py minilm
    python models/golden.py e5
"""

import argparse
import json

import numpy as np
from safetensors.numpy import load_file

import civic
from encoder import HIDDEN, POOLS, PREFIXES, Encoder
from heads import logits, softmax
from topics import Nearness, assigned, probabilities

TEXTS = (
    "There is a huge pothole on Carver Lane and nobody fixes it.",
    "Thank you for the new playground, my kids love it!",
    "When is the next council meeting?",
    "The bus was late again and the shelter has no roof.",
    "THE NOISE FROM THE BAR IS UNBEARABLE, WE CANNOT SLEEP",
    "<PERSON> at the registry office was very kind and helpful.",
    "<HANDLE> garbage has not been collected at <ADDRESS> for two weeks <URL>",
    "We need more affordable housing and fewer luxury towers.",
    "ok",
    "I hate Mondays.",
    "The storm drain is blocked, the street floods and cars park on the sidewalk.",
    "Property tax bills are sent out in July.",
    "The nurses at the clinic were wonderful to my father.",
    "Two cars were broken into last night and the police never came.",
    "Why does a city this rich let people sleep in tents under the bridge?",
    "The city should put solar panels on the roofs of all schools.",
    "Loved the concert in the park, but the queue for food was awful.",
    "caf\u00e9 cr\u00e8me \u2013 na\u00efve r\u00e9sum\u00e9 \U0001f600 50\u20ac",
    "Stray dogs and rats run around the overflowing garbage bins.",
    "The small shops on Main Street are great and the new owners are friendly. " * 24,
)
SPANISH = (
    "Hay un bache enorme en la calle del Carmen y nadie lo arregla.",
    "¡Gracias por el nuevo parque infantil, a mis hijos les encanta!",
    "¿Cuándo es el próximo pleno?",
    "El autobús ha vuelto a llegar tarde y la parada no tiene techo.",
    "EL RUIDO DEL BAR ES INSOPORTABLE, NO PODEMOS DORMIR",
    "<PERSON> del registro fue muy amable y me ayudó mucho.",
    "<HANDLE> llevan dos semanas sin recoger la basura en <ADDRESS> <URL>",
    "Hace falta más vivienda asequible y menos torres de lujo.",
    "vale",
    "Odio los lunes.",
    "El sumidero está atascado, la calle se inunda y los coches aparcan en la acera.",
    "Los recibos del IBI se envían en julio.",
    "Las enfermeras del centro de salud fueron maravillosas con mi padre.",
    "Anoche abrieron dos coches y la policía no vino.",
    "¿Por qué una ciudad tan rica deja que la gente duerma en tiendas bajo el puente?",
    "El ayuntamiento debería poner placas solares en los tejados de todos los colegios.",
    "Me encantó el concierto del parque, pero la cola para la comida fue horrible.",
    "caf\u00e9 cr\u00e8me \u2013 pingüino ñandú \U0001f600 50\u20ac 東京 ﬁn",
    "Perros abandonados y ratas corren entre los contenedores a rebosar.",
    "Las tiendas pequeñas de la calle Mayor son estupendas y los nuevos dueños muy simpáticos. " * 24,
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("model", choices=tuple(PREFIXES))
    encoder = Encoder(name=parser.parse_args().model)
    near = Nearness(encoder, civic.taxonomy(encoder.language))
    rule = json.loads((encoder.folder / "topics.json").read_text())
    about = json.loads((encoder.folder / "sentiment.json").read_text())
    head = load_file(str(encoder.folder / "sentiment.safetensors"))
    rows = []
    for text in TEXTS if encoder.language == "en" else SPANISH:
        ids = encoder.tokens(text)
        pooled = encoder.run([ids])[0]
        parts = [pooled[POOLS.index(pool), int(layer) - 1] for pool, layer in (f.split(":") for f in about["features"])]
        sentiment = softmax(logits(head, np.concatenate(parts)) / about["temperature"])
        sentence = pooled[POOLS.index("mean"), -1]
        assert sentence.shape == (HIDDEN,)
        chance = probabilities(*near.of((sentence / np.linalg.norm(sentence))[None]), rule)[0]
        rows.append({
            "text": text,
            "tokens": len(ids),
            "sentiment": [round(float(p), 6) for p in sentiment],
            "topics": {one: round(float(p), 6) for one, p in zip(near.ids, chance)},
            "assigned": assigned(chance, near.ids, rule["margin"]),
        })
    (encoder.folder / "golden.json").write_text(json.dumps({"texts": rows}, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
