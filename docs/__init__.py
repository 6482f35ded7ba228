"""The pages, and what makes their generated parts: `python -m docs.build` writes them anew.

`build` is the command; `formulas` writes mathematics as text, `blocks` fills the marked parts of
pages, `reference` lists the commands, `bibliography` the works cited, `dependencies` draws who
imports whom; `index` reads the order of the pages, and `site` hands all of it to MkDocs.
"""
