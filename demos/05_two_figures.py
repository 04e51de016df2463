"""Two figures share a stage and speak in turn.

demo: run
"""

import sys

import avatar

path = sys.argv[1] if len(sys.argv) > 1 else "duo.mp4"

with avatar.Session("mei", size=(1280, 720), view="half", captions=True) as session:
    session.add_figure("ming", x=0.7)
    session.say("明哥，今天有什么新闻？", performer=0)
    session.say("Good news: 3 products are 20% off today.", performer=1)
    session.write(path)

print(path)
