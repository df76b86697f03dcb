"""Prints what SAM makes of a template, as JSON. Runs in the translator's own environment (`executables`).

Usage: ``python sam_transform.py TEMPLATE.json``
"""

import json
import sys
from pathlib import Path

from samtranslator.parser.parser import Parser  # type: ignore[import-not-found]
from samtranslator.translator.translator import Translator  # type: ignore[import-not-found]


def main(path: str) -> None:
    """Transform the template with its parameters' defaults."""
    tree = json.loads(Path(path).read_text("utf-8"))
    for name, resource in tree["Resources"].items():
        # The translator takes uploaded code alone.
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = f"s3://artifacts/{name}"
        if resource["Type"] == "AWS::Serverless::LayerVersion":
            resource["Properties"]["ContentUri"] = f"s3://artifacts/{name}"
    translator = Translator({}, Parser())
    json.dump(translator.translate(tree, {}), sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1])
