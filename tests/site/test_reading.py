"""What a reader does beside reading: search, copy, open side bars, choose light or dark."""

import re

import pytest

from tests.site.chromium import opened
from tests.site.pages import CHAPTERS, PAGES


@pytest.mark.parametrize(
    ("term", "page"),
    [
        ("Nesterov", "15_optimisers"),
        ("vanishing gradient", "14_backpropagation"),
        ("pocket algorithm", "06_perceptron"),
        ("SigmoidCrossEntropy", "reference/"),
    ],
)
def test_search_finds_terms_inside_pages(browser, home, term, page):
    with opened(browser, home) as (tab, problems):
        tab.goto(f"{home}index.html")
        tab.keyboard.press("Control+k")
        tab.keyboard.type(term)
        tab.keyboard.press("Enter")
        tab.wait_for_url("**/search.html?q=*")
        tab.wait_for_selector(f"#search-results li a[href*='{page}']", timeout=20_000)
        assert problems == []


TERMS = {  # what a student types, and how the names of the pages begin that may come first
    "perceptron": "06",
    "XOR": "08",
    "backpropagation": "14_|14b",
    "chain rule": "13|14_",
    "gradient descent": "11",
    "stochastic gradient descent": "11",
    "momentum": "15",
    "Nesterov": "15",
    "Adagrad": "15",
    "RMSProp": "15",
    "Adam": "15",
    "learning rate": "11|15",
    "minibatch": "15|11",
    "weight decay": "17",
    "dropout": "17",
    "early stopping": "17",
    "label smoothing": "17",
    "data augmentation": "17",
    "double descent": "17",
    "overfitting": "17",
    "over-fitting": "17",
    "regularisation": "17",
    "regularization": "17",
    "batch normalization": "18",
    "BatchNorm": "18",
    "LayerNorm": "18",
    "residual connection": "18",
    "initialization": "16",
    "Xavier": "16",
    "Glorot": "16",
    "He initialization": "16",
    "vanishing gradient": "14_|09",
    "exploding gradient": "14_|16",
    "gradient clipping": "15",
    "warm-up": "15",
    "cross entropy": "10|06",
    "softmax": "10|01|14_",
    "mean squared error": "10",
    "logistic regression": "10|06",
    "calibration": "10",
    "activation function": "09",
    "ReLU": "09",
    "GELU": "09",
    "Swish": "09",
    "sigmoid": "09",
    "universal approximation": "12",
    "decision boundary": "12|07",
    "hidden layer": "12|08",
    "automatic differentiation": "13",
    "computation graph": "13",
    "Hebb": "05",
    "Hopfield network": "05",
    "Boltzmann machine": "05",
    "McCulloch Pitts": "04",
    "convolution": "19",
    "receptive field": "19",
    "pooling": "19",
    "attention": "20",
    "transformer": "20",
    "recurrent network": "20",
    "LSTM": "20",
    "language model": "20",
    "embedding": "20",
    "diffusion": "20",
    "saddle point": "11",
    "local minimum": "11",
    "kernel trick": "07",
    "support vector machine": "07",
    "Adaline": "06",
    "AI winter": "02",
    "ImageNet": "02",
    "GPU": "02",
    "synapse": "03",
    "linear separability": "07|08",
    "one-hot": "10",
    "learning rate schedule": "15",
    "ablation": "20",
    "eigenvalue": "11|15",
    "Hessian": "11",
    "likelihood": "01|10",
    "autoencoder": "01|05",
    "neuron": "04|03",
    "convolutional neural network": "19",
}


def test_search_puts_the_chapter_first_that_explains_a_term(browser, home):
    with opened(browser, home) as (tab, problems):
        tab.goto(f"{home}search.html")
        tab.wait_for_function("Search.hasIndex()")
        first = {term: tab.evaluate(FIRST, term) for term in TERMS}
        wrong = {t: page for t, page in first.items() if not re.match(TERMS[t], page or "")}
        assert (wrong, problems) == ({}, [])


FIRST = "term => Search._performSearch(...Search._parseQuery(term)).at(-1)?.[0]"


def test_search_finds_terms_in_a_folder(browser, site):
    with opened(browser, site.as_uri()) as (tab, problems):
        tab.goto(f"{(site / 'search.html').as_uri()}?q=Nesterov")
        tab.wait_for_selector("#search-results li a[href*='15_optimisers']", timeout=20_000)
        assert problems == []


def test_search_closes_with_escape_and_gives_the_focus_back(browser, home):
    with opened(browser, home) as (page, _):
        page.goto(f"{home}index.html")
        link = page.locator("article table a").first
        link.focus()
        page.keyboard.press("Control+k")
        assert page.locator("#search-input").is_visible()
        page.keyboard.press("Escape")
        assert not page.locator("#search-input").is_visible()
        assert link.evaluate("a => a === document.activeElement")


def test_side_bars_open_and_close_by_keyboard_on_a_phone(browser, home):
    with opened(browser, home, viewport={"width": 360, "height": 740}) as (page, _):
        page.goto(f"{home}{CHAPTERS[0]}.html")
        for side in ("primary", "secondary"):
            bar = page.locator(f".bd-sidebar-{side}")
            page.locator(f".{side}-toggle:visible").first.focus()
            page.keyboard.press("Enter")
            page.wait_for_function(INSIDE, arg=bar.element_handle())
            page.keyboard.press("Escape")
            assert not page.evaluate(INSIDE, bar.element_handle())


INSIDE = "bar => bar.contains(document.activeElement)"


def test_code_can_be_copied(browser, home):
    permissions = ["clipboard-read", "clipboard-write"]
    with opened(browser, home, permissions=permissions) as (page, problems):
        page.goto(f"{home}{CHAPTERS[0]}.html")
        block = page.locator("div.highlight:visible").first
        block.scroll_into_view_if_needed()
        button = block.locator("button.copy")
        button.focus()
        page.keyboard.press("Enter")
        page.wait_for_function("b => b.textContent === 'Copied'", arg=button.element_handle())
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied == block.locator("pre").text_content()
        assert problems == []


def test_a_formula_is_copied_as_latex(browser, home):
    permissions = ["clipboard-read", "clipboard-write"]
    with opened(browser, home, permissions=permissions) as (page, problems):
        page.goto(f"{home}14_backpropagation.html")
        formula = page.locator("p:has(span.math)").first
        latex = formula.locator("annotation").first.text_content()
        for place in ("span.math", ":scope"):
            page.evaluate(
                """([p, place]) => getSelection().selectAllChildren(
                    place === ':scope' ? p : p.querySelector(place))""",
                [formula.element_handle(), place],
            )
            page.keyboard.press("Control+c")
            copied = page.evaluate("navigator.clipboard.readText()")
            assert f"${latex}$" in copied
        assert problems == []


def test_light_and_dark_can_be_chosen(browser, home):
    with opened(browser, home, color_scheme="light") as (page, problems):
        page.goto(f"{home}{PAGES[0]}.html")
        seen = set()
        for _ in range(3):
            seen.add(page.evaluate("document.documentElement.dataset.theme"))
            page.locator(".theme-switch-button:visible").click()
        assert seen == {"light", "dark"}
        assert problems == []


def test_nothing_is_stored_but_the_choice_of_light_and_dark(browser, home):
    """As long as nothing is answered: see test_progress.py."""
    with opened(browser, home) as (page, _):
        for name in PAGES[:3]:
            page.goto(f"{home}{name}.html")
        page.locator(".theme-switch-button:visible").click()
        assert page.context.cookies() == []
        assert page.evaluate("Object.keys({...localStorage, ...sessionStorage})") == ["mode"]
