"""The exercises of the book: one module a chapter, each with a list ``EXERCISES``."""
