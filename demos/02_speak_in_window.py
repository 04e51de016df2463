"""A figure in a window of your own program, speaking through the speaker; closes when done.

demo: run
"""

import avatar

with avatar.LiveWindow("mei", size=(960, 540), quality="auto") as window:
    window.session.say("你好！This window belongs to your own program.")
    while window.step():
        if not window.session.speaking:
            break
