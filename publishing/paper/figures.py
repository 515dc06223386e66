"""An experiment on paper: a figure with three of its states instead of its controls."""

import json
from base64 import b64encode
from pathlib import Path

from bs4 import BeautifulSoup, Tag

from publishing.paper import states
from publishing.render import render

WIDEST = 540  # pixels of a picture on the website, to stand beside another on paper
SVG = "http://www.w3.org/2000/svg"


def experiment(figure: Tag, site: Path, page: str, base: str) -> Tag:
    """The figure with three telling states instead of its controls."""
    data = json.loads(figure.find("script").string)
    name, controls = figure["data-experiment"], data["controls"]
    for control in controls:
        key = f"{name}-{control['name']}"
        control["label"] = figure.find("label", attrs={"for": key}).get_text().strip()
        control["kind"] = kind(figure.find(id=key))
    seen = states.stored(data)
    if data["script"]:
        seen = states.drawn(data, name, site / "_static" / "live" / f"{data['script']}.js")
    shown = [
        {
            "setting": states.setting(controls, state, states.changed(controls, state) or None),
            "picture": source(now.picture),
            "sentence": now.sentence,
            "path": f"{page}.html{states.address(name, controls, state)}",
        }
        for state, now in states.telling(controls, seen).items()
    ]
    caption = figure.find("figcaption")
    caption.find(class_="headerlink").decompose()
    html = render(
        "paper_experiment.html",
        name=name,
        states=shown,
        caption=caption.decode_contents(),
        base=base,
        wide=is_wide(figure),
    )
    return fragment(html.strip())


def kind(tag: Tag) -> str:
    if tag.name == "select":
        return "dropdown"
    player = tag.find_parent(class_="experiment-player")
    return "play" if player else tag["type"]


def source(picture: str) -> str:
    """A drawing is a picture of its own, so that its names are nobody else's."""
    if not picture.lstrip().startswith("<svg"):
        return picture
    svg = picture.strip()
    if "xmlns=" not in svg[: svg.index(">")]:
        svg = svg.replace("<svg", f'<svg xmlns="{SVG}"', 1)
    return f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"


def is_wide(figure: Tag) -> bool:
    """Is the picture too small at half the width of a page?"""
    picture = figure.find(class_="picture")
    if image := picture.find("img", recursive=False):
        return float(image["width"]) > WIDEST
    return float(picture.find("svg")["viewbox"].split()[2]) > WIDEST


def fragment(html: str) -> Tag:
    return BeautifulSoup(html, "html.parser").contents[0]
