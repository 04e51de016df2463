"""One figure leads, another follows it over VMC; what it did is kept as a VRM animation.

demo: compare
"""

import sys
import time

import numpy as np
from PIL import Image

import avatar
from avatar.animation.clip import write_motion
from avatar.animation.rig import Rig
from avatar.capture.take import TakeWriter, read_take
from avatar.protocols.vmc import VmcReceiver, VmcSender

path = sys.argv[1] if len(sys.argv) > 1 else "follow.png"

with avatar.Session("mei", size=(640, 400), view="half", label=False) as session:
    session.add_figure("ming", x=0.7)
    leader, follower = session.performers
    mine, yours = (Rig(performer.character).rest for performer in session.performers)
    with VmcReceiver(port=0, rest=yours) as receiver, TakeWriter("follow.avt", rest=mine) as take:
        sender = VmcSender(mine, *receiver.address)
        follower.add(receiver)
        session.settle()
        leader.emotion.set("happy")
        over, still = session.gesture("wave"), None
        while session.clock.now() < over:
            pose = leader.pose(session.clock.now())
            sender.send(pose)
            take.pose(pose)
            time.sleep(0.01)  # for the network: this session does not wait for real time
            session.settle(1 / 30)
            if still is None and session.clock.now() >= leader.gestures.shown:
                still = session.frame().pixels.copy()
        sender.close()

write_motion(read_take("follow.avt").motion(), "follow.vrma", mine)
Image.fromarray(np.ascontiguousarray(still[..., :3])).save(path)
print(path)
