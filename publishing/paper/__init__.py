"""The book on paper: from the built website to one PDF.

states      which three states of an experiment are shown
figures     an experiment as a figure with these states
page        an article of the website without what only a screen can do
document    all articles as one document: title page, contents, parts, solutions at the end
printing    the document as a PDF, by the Chromium of the tests
"""
