"""A figure says a sentence in Chinese and English into an MP4.

demo: run
"""

import sys

import avatar

path = sys.argv[1] if len(sys.argv) > 1 else "hello.mp4"

with avatar.Session("mei", voice="auto", size=(1280, 720), captions=True) as session:
    session.say("大家好，我是虚拟主持人小美。Welcome to our live show!")
    session.write(path)

print(path)
