"""A clip with an alpha channel, to lay over a slide or a game.

demo: run
"""

import sys

import avatar

path = sys.argv[1] if len(sys.argv) > 1 else "overlay.webm"

with avatar.Session("ming", background="transparent", size=(640, 360), view="half") as session:
    session.say("我在画面之上。I stand over your picture.")
    session.write(path)

print(path)
