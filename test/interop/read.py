# python-tuf as a stranger: a list of root files and URLs in, one line of JSON out. Every name maps to its SHA-256, to null, or to the error.
import json
import os
import sys
import tempfile

from tuf.ngclient import Updater


def answer(asked):
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "root.json"), "w", encoding="utf-8") as file:
            file.write(asked["root"])
        try:
            updater = Updater(folder, asked["base"] + "/", folder, asked["base"] + "/")
        except Exception as error:
            return {name: "refused: " + type(error).__name__ for name in asked["names"]}
        for name in asked["names"]:
            try:
                target = updater.get_targetinfo(name)
                found[name] = None if target is None else target.hashes["sha256"]
            except Exception as error:  # any refusal will do: which one is the reader's business
                found[name] = "refused: " + type(error).__name__ + ": " + str(error)[:200]
    return found


print(json.dumps([answer(asked) for asked in json.load(sys.stdin)]))
