"""The review page: what a workspace holds, shown in a browser on this machine and answered there.

`board` keeps every fact in memory with its labels, so that a page of 100,000 facts answers at once;
`desk` is the one place that writes; `app` maps addresses to both. The page itself is plain HTML,
CSS and JavaScript in `static/`, and reaches nothing beyond its own server.
"""
