"""The terms of the glossary, and how the search finds the sections that explain them."""

from publishing.extension.search import Term, spellings, terms

GLOSSARY = """Before.

```{glossary}
Nesterov momentum
look-ahead
  See ([section 15.5](15_optimisers.ipynb#155-nesterov), [15.4](15_optimisers.ipynb#154)).

seed
  A number ([reproducibility](reproducibility.md)).

regularisation
  All of [chapter 17](17_regularisation.ipynb).
```

After, [once more](16_initialisation.ipynb).
"""


def test_a_term_leads_to_the_sections_of_its_entry():
    places = [("15_optimisers", "155-nesterov"), ("15_optimisers", "154")]
    assert terms(GLOSSARY) == [
        Term("Nesterov momentum", places),
        Term("look-ahead", places),
        Term("regularisation", [("17_regularisation", "")]),
    ]


def test_a_term_is_found_without_its_hyphens_and_by_a_name_in_it():
    plain = {"McCulloch-Pitts unit", "McCulloch Pitts unit"}
    assert spellings("McCulloch-Pitts unit") == plain | {"Pitts"}
    assert spellings("Hebb's rule") == {"Hebb's rule", "Hebb"}
    assert spellings("Nesterov momentum") == {"Nesterov momentum", "Nesterov"}
