"""Notes of a C++ library are dropped; everything else is said."""

import os
import threading

from avatar.capture.quiet import quiet


def test_notes_are_dropped_and_errors_come_out(capfd, monkeypatch):
    monkeypatch.delenv("AVATAR_DEBUG", raising=False)
    with quiet():
        os.write(2, b"INFO: Created TensorFlow Lite XNNPACK delegate for CPU.\n")
        os.write(2, b"W0000 00:00:1 inference_feedback_manager.cc:114] Feedback manager\n")
        os.write(2, b"E0000 00:00:1 graph.cc:1] the model is broken\n")
        worker = threading.Thread(target=os.write, args=(2, b"camera 0 is gone\n"))
        worker.start()
        worker.join()
    os.write(2, b"INFO: after it all is said again\n")
    assert capfd.readouterr().err.splitlines() == [
        "E0000 00:00:1 graph.cc:1] the model is broken",
        "camera 0 is gone",
        "INFO: after it all is said again",
    ]


def test_an_error_within_it_lets_go_of_the_terminal(capfd, monkeypatch):
    monkeypatch.delenv("AVATAR_DEBUG", raising=False)
    try:
        with quiet():
            raise ValueError
    except ValueError:
        os.write(2, b"here again\n")
    assert capfd.readouterr().err == "here again\n"


def test_everything_is_said_to_somebody_who_debugs(capfd, monkeypatch):
    monkeypatch.setenv("AVATAR_DEBUG", "1")
    with quiet():
        os.write(2, b"INFO: a note\n")
    assert capfd.readouterr().err == "INFO: a note\n"
