"""Examples that the help of each verb ends with."""

from __future__ import annotations

from typing import Final

_EXAMPLES: Final = {
    "say": """
    avatar say "大家好，我是小美。Welcome!" -o hello.mp4 --captions
    avatar say - -o news.webm --background transparent < news.txt
    avatar say "[bow] 大家好！[point-left] 请看这里。" -o tour.mp4
    avatar say "Hello." --figure ming --voice espeak/male""",
    "host": """
    avatar host
    avatar host --figure my.vrm --pet
    avatar host --talk --knowledge museum
    avatar host --mic list""",
    "view": """
    avatar view my.vrm
    avatar view mei --shot smile.png --expression happy=0.8 --view close
    avatar view ming --shot wave.png --gesture greet --view half
    avatar view ming --motion walk.bvh
    avatar view mei --motion dance.vrma -o dance.mp4 --trim 1.5:4 --rounds 3""",
    "model": """
    avatar model new anna --seed 7
    avatar model edit anna.toml
    avatar model bake anna.toml -o anna.vrm
    avatar model gallery --count 12 -o people.png""",
    "capture": """
    avatar capture
    avatar capture --camera list
    avatar capture --camera me.mp4 -o take.mp4 --side-by-side
    avatar capture --camera me.mp4 -o take.avt
    avatar capture --send vmc://127.0.0.1:39539""",
    "knowledge": """
    avatar knowledge check service_hall
    avatar knowledge ask museum "几点关门？"
    avatar knowledge review my-folder
    avatar knowledge rehearse my-folder --voice kokoro""",
    "trace": """
    avatar host --talk --log talk.jsonl
    avatar trace talk.jsonl -o talk.svg""",
    "bench": """
    avatar bench conversation my-recordings --count 20 --voice espeak
    avatar bench conversation my-recordings --minutes 10 -o figures.json""",
    "ask": """
    avatar ask "How much is a ticket?" --knowledge museum
    avatar ask question.wav -o reply.mp4 --knowledge service_hall""",
    "fetch": """
    avatar fetch
    avatar fetch kokoro""",
}


def epilog(verb: str) -> str:
    """The examples of a verb, each on a line of its own."""
    return "\b\n" + "\n".join(line.strip() for line in _EXAMPLES[verb].strip().splitlines())
