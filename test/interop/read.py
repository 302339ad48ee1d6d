# python-tuf as a stranger: a root file and a URL in, one line of JSON out. Every name maps to its SHA-256, to null, or to the error.
import json
import os
import sys
import tempfile

from tuf.ngclient import Updater

asked = json.load(sys.stdin)
with tempfile.TemporaryDirectory() as folder:
    with open(os.path.join(folder, "root.json"), "w", encoding="utf-8") as file:
        file.write(asked["root"])
    updater = Updater(folder, asked["base"] + "/", folder, asked["base"] + "/")
    found = {}
    for name in asked["names"]:
        try:
            target = updater.get_targetinfo(name)
            found[name] = None if target is None else target.hashes["sha256"]
        except Exception as error:  # any refusal will do: which one is the reader's business
            found[name] = "refused: " + type(error).__name__
    print(json.dumps(found))
