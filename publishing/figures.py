"""The HTML of an experiment or a static figure, from the bundle that the notebook has stored."""

import base64
import json
from html import escape


def html(bundle: dict, urls: list[str], static: str = "_static/") -> str:
    """The <figure> of a bundle; urls[i] is where the page finds pictures[i].

    Without JavaScript the picture of the start state stands with its sentence and caption: the
    controls keep their place (nothing jumps) and stay invisible until experiment.js works them.
    """
    name = bundle["name"]
    sentence = bundle["sentences"][bundle["default"]]
    picture = _picture(bundle, urls, sentence)
    link = f'<a class="headerlink" href="#{name}" aria-label="Link to the figure {name}">#</a>'
    caption = f"<figcaption>{escape(bundle['caption'])}{link}</figcaption>"
    if bundle["kind"] == "show":
        return f'<figure class="still" id="{name}">\n{picture}\n{caption}\n</figure>\n'
    controls = "\n".join(_control(name, c) for c in _movable(bundle))
    longest = escape(max(bundle["sentences"], key=len))
    return f"""\
<figure class="experiment" id="{name}" data-experiment="{name}">
<div class="experiment-controls" role="group" aria-label="Controls of the experiment {name}">
<div class="experiment-bar"><span>Experiment</span>\
<button type="button" class="experiment-link">Copy link to this state</button></div>
{controls}
</div>
{picture}
<p class="experiment-sentence" data-longest="{longest}">\
<span aria-live="polite">{escape(sentence)}</span></p>
{caption}
<script type="application/json">{_data(bundle, urls)}</script>
</figure>
{_script(bundle, static)}"""


def _movable(bundle: dict) -> list[dict]:
    return [control for control in bundle["controls"] if len(control["values"]) > 1]


def _control(name: str, control: dict) -> str:
    kind, label = control["kind"], escape(control["label"])
    at, texts = control["default"], [escape(text) for text in control["texts"]]
    key = f'id="{name}-{control["name"]}" autocomplete="off"'
    labelled = f'<label for="{name}-{control["name"]}">{label}</label>'
    if kind == "toggle":
        checked = " checked" if control["values"][at] else ""
        box = f'<input type="checkbox" {key}{checked}>'
        return f'<div class="experiment-control experiment-toggle">{box}{labelled}</div>'
    if kind == "dropdown":
        options = "".join(
            f'<option value="{i}"{" selected" if i == at else ""}>{text}</option>'
            for i, text in enumerate(texts)
        )
        return f'<div class="experiment-control">{labelled}<select {key}>{options}</select></div>'
    shown = texts[at].replace("-", "−")
    slider = (
        f'<output for="{name}-{control["name"]}" aria-live="off">{shown}</output>'
        f'<input type="range" {key} min="0" max="{len(texts) - 1}" value="{at}" '
        f'aria-valuetext="{shown}">'
    )
    if kind == "slider":
        return f'<div class="experiment-control">{labelled}{slider}</div>'
    button = (
        '<button type="button" class="experiment-play" '
        f'data-interval="{round(1000 * control["interval"])}">Play</button>'
    )
    return f'<div class="experiment-control experiment-player">{labelled}{slider}{button}</div>'


def _picture(bundle: dict, urls: list[str], alt: str) -> str:
    """An <img>; where a script draws on, the SVG itself, so that the page's fonts are used."""
    index = bundle["states"][bundle["default"]]
    picture, (width, height) = bundle["pictures"][index], bundle["size"]
    if bundle["script"] and picture["type"] == "image/svg+xml":
        drawing = base64.b64decode(picture["data"]).decode()
        return f'<div class="picture" role="img" aria-label="{escape(alt)}">{drawing}</div>'
    return (
        f'<div class="picture"><img src="{escape(urls[index])}" '
        f'alt="{escape(alt)}" width="{width}" height="{height}" loading="lazy"></div>'
    )


def _data(bundle: dict, urls: list[str]) -> str:
    """What experiment.js reads; no browser executes it, and nothing in it can close the element."""
    fixed = [c for c in bundle["controls"] if len(c["values"]) == 1]
    keys = ("name", "values", "texts", "default")
    data = {
        "controls": [{key: c[key] for key in keys} for c in _movable(bundle)],
        "fixed": {c["name"]: c["values"][0] for c in fixed},
        "states": bundle["states"],
        "sentences": bundle["sentences"],
        "pictures": urls,
        "script": bundle["script"],
    }
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def _script(bundle: dict, static: str) -> str:
    if not bundle["script"]:
        return ""
    return f'<script defer src="{escape(static)}live/{bundle["script"]}.js"></script>\n'
