"""What is done to the built pages at the end: one style sheet with what they use, a mathematics
font with the characters that occur, a content security policy with the hashes of inline scripts.

Why by hand: all three depend on all pages as they are, and a parser that writes a page anew
would change the very bytes of which the policy holds the hashes.  So patterns look for what Sphinx
and our templates write.
"""

import base64
import hashlib
import logging
import re
from html import unescape
from pathlib import Path

import tinycss2
from fontTools import subset
from fontTools.ttLib import TTFont

logging.getLogger("fontTools.subset").setLevel(logging.WARNING)  # else it reports each table

STYLES = "_static/book-styles.css"
FONT = "_static/fonts/STIXTwoMath.woff2"
LINK = re.compile(r'[ \t]*<link rel="stylesheet"[^>]*? href="([^"?]+)(?:\?[^"]*)?"[^>]*>\n?')
WORD = re.compile(r"[\w-]+")
NAMED = re.compile(r"[.#]((?:\\.|[\w-])+)")  # a class or an id in a selector
TOKEN = re.compile(r"<m(?:[ion]|text|s)(?: [^>]*)?>([^<]*)<")
MISNAMED = '<summary aria-label="Toggle hidden content">'  # by myst-nb; what is seen says more
DRAWN = " ()[]{}|‖√⏟⏞^~¯→"  # by MathML elements, without standing in a token
ITALICS = [*range(0x1D434, 0x1D468), 0x210E, *range(0x1D6A4, 0x1D6A6), *range(0x1D6E2, 0x1D71C)]
INLINE = re.compile(r"<script(?![^>]*\b(?:src|type)=)[^>]*>(.*?)</script>", re.S)
POLICY = (
    "default-src 'none'; script-src 'self'{hashes}; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; "
    "form-action 'self'; base-uri 'none'"
)


def finish(site: Path) -> None:
    """Finish all pages of a site, in place."""
    pages = {path: path.read_text(encoding="utf-8") for path in sorted(site.rglob("*.html"))}
    scripts = [
        path.read_text(encoding="utf-8")
        for path in sorted(site.rglob("*.js"))
        if path.name != "searchindex.js"
    ]
    known = words([*pages.values(), *scripts])
    sheets = used_sheets(site, pages)
    styles = "".join(reduced(path, known) for path in sheets)
    reduce_font(site / FONT, {c for page in pages.values() for c in formula_characters(page)})
    version = hashlib.sha256(styles.encode() + (site / FONT).read_bytes()).hexdigest()[:8]
    styles = styles.replace("STIXTwoMath.woff2", f"STIXTwoMath.woff2?v={version}")
    (site / STYLES).write_text(styles, encoding="utf-8")
    for path in sheets:
        path.unlink()
    for path, page in pages.items():
        up = "../" * (len(path.relative_to(site).parts) - 1)
        page = one_link(page, f"{up}{STYLES}?v={version}")
        page = page.replace(MISNAMED, "<summary>")
        if "<math" in page:  # the layout's script fetches the font at once, so that nothing moves
            page = page.replace("<html ", f'<html data-font="{up}{FONT}?v={version}" ', 1)
        path.write_text(with_policy(page), encoding="utf-8")


# Styles


def used_sheets(site: Path, pages: dict[Path, str]) -> list[Path]:
    """The style sheets that any page links, each once, in the order of the pages."""
    found = {}
    for path, page in pages.items():
        for address in LINK.findall(page):
            found[(path.parent / address).resolve()] = None
    return list(found)


def words(texts: list[str]) -> set[str]:
    """All names that a selector could match: what stands in a page or a script as a word."""
    return {word for text in texts for word in WORD.findall(text)}


def reduced(path: Path, known: set[str]) -> str:
    """A style sheet without comments, with what it imports in place, and without the rules whose
    classes and ids nobody knows."""
    css = path.read_text(encoding="utf-8")
    rules = tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True)
    imported = [path.parent / name for r in rules if (name := import_name(r))]
    own = (rule(r, known) for r in rules if not import_name(r))
    return "".join([*(reduced(other, known) for other in imported), *own])


def import_name(node) -> str | None:
    if node.type != "at-rule" or node.lower_at_keyword != "import":
        return None
    return next(token.value for token in node.prelude if token.type in ("string", "url"))


def rule(node, known: set[str]) -> str:
    if node.type == "qualified-rule":
        kept = [s for s in selectors(tinycss2.serialize(node.prelude)) if possible(s, known)]
        if not kept:
            return ""
        return f"{','.join(kept)}{{{tight(tinycss2.serialize(node.content))}}}\n"
    if node.type == "at-rule" and node.lower_at_keyword in ("media", "supports"):
        inner = tinycss2.parse_rule_list(node.content, skip_comments=True, skip_whitespace=True)
        body = "".join(filter(None, (rule(r, known) for r in inner)))
        if not body:
            return ""
        return f"@{node.at_keyword} {tight(tinycss2.serialize(node.prelude))}{{\n{body}}}\n"
    if node.type == "at-rule" and node.lower_at_keyword == "charset":
        return ""
    return node.serialize() + "\n" if node.type != "error" else ""


def selectors(prelude: str) -> list[str]:
    """A list of selectors, cut at the commas that are not inside brackets (tinycss2 knows rules,
    not selectors)."""
    parts, depth, start = [], 0, 0
    for place, character in enumerate(prelude):
        depth += (character in "([") - (character in ")]")
        if character == "," and depth == 0:
            parts.append(prelude[start:place])
            start = place + 1
    return [tight(part) for part in [*parts, prelude[start:]]]


def possible(selector: str, known: set[str]) -> bool:
    """Can the selector match? What stands in :not(…), :is(…) and [attributes] is not asked."""
    plain = re.sub(r"\([^()]*(?:\([^()]*\)[^()]*)*\)|\[[^]]*\]", "", selector)
    return all(name.replace("\\", "") in known for name in NAMED.findall(plain))


def tight(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"/\*.*?\*/", "", text, flags=re.S)).strip()


def one_link(page: str, address: str) -> str:
    """The page with one link to the style sheet in the place of the first."""
    first = LINK.search(page)
    if first is None:
        return page
    link = f'  <link rel="stylesheet" href="{address}">\n'
    return page[: first.start()] + link + LINK.sub("", page[first.end() :])


# The font


def formula_characters(page: str) -> set[str]:
    return {character for token in TOKEN.findall(page) for character in unescape(token)}


def reduce_font(path: Path, characters: set[str]) -> None:
    """Leave in the font what the characters need, with all sizes of brackets and roots.

    The italic letters stay, too: browsers write a letter that stands alone with them.
    """
    options = subset.Options(flavor="woff2", layout_features=["*"], notdef_outline=True)
    options.drop_tables += ["DSIG"]
    options.recalc_timestamp = False
    font = TTFont(path, recalcTimestamp=False)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes={*map(ord, characters), *map(ord, DRAWN), *ITALICS})
    cutter.subset(font)
    font.flavor = "woff2"
    font.save(path)


# Security


def with_policy(page: str) -> str:
    """The page with its content security policy, before anything that it governs."""
    digests = (hashlib.sha256(text.encode()).digest() for text in INLINE.findall(page))
    hashes = "".join(f" 'sha256-{base64.b64encode(d).decode()}'" for d in digests)
    meta = f'<meta http-equiv="Content-Security-Policy" content="{POLICY.format(hashes=hashes)}">'
    return re.sub(r"(<meta charset=[^>]*>)", rf"\1\n    {meta}", page, count=1)
