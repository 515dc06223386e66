"""The HTML of an experiment or a static figure, from the bundle that the notebook has stored."""

import base64

from publishing.render import render


def html(bundle: dict, urls: list[str], static: str = "_static/") -> str:
    """The <figure> of a bundle; urls[i] is where the page finds pictures[i]."""
    index = bundle["states"][bundle["default"]]
    movable = [control for control in bundle["controls"] if len(control["values"]) > 1]
    return render(
        "figure.html",
        **bundle | {"controls": movable},
        url=urls[index],
        drawing=drawing(bundle, bundle["pictures"][index]),
        sentence=bundle["sentences"][bundle["default"]],
        longest=max(bundle["sentences"], key=len),
        data=data(bundle, movable, urls),
        static=static,
        sometimes={name for name, *_ in bundle["unused"]},
    )


def drawing(bundle: dict, picture: dict) -> str:
    """Where a script draws on, the SVG itself, so that the page's fonts are used."""
    if bundle["script"] and picture["type"] == "image/svg+xml":
        return base64.b64decode(picture["data"]).decode()
    return ""


def data(bundle: dict, movable: list[dict], urls: list[str]) -> dict:
    """What experiment.js reads."""
    fixed = [control for control in bundle["controls"] if control not in movable]
    keys = ("name", "values", "texts", "default")
    return {
        "controls": [{key: control[key] for key in keys} for control in movable],
        "fixed": {control["name"]: control["values"][0] for control in fixed},
        "states": bundle["states"],
        "sentences": bundle["sentences"],
        "pictures": urls,
        "script": bundle["script"],
        "unused": bundle["unused"],
    }
