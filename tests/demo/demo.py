#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The demo: shows the parts that are named; tools/demo builds and starts it."""
import sys

from stage import Stage
from world import Skip
import agent
import h323_call
import sip

PARTS = {"sip": sip.show, "agent": agent.show, "h323": h323_call.show}


def main(names):
    stage = Stage()
    for name in names or PARTS:
        stage.ended = 0
        try:
            PARTS[name](stage)
        except Skip as e:
            stage.ok(False, str(e))
    print("\ndemo: %d calls, %d ok" % (stage.calls, stage.good), flush=True)
    return 0 if stage.calls and stage.calls == stage.good and \
        not stage.failed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
