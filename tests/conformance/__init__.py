"""Replays recorded exchanges against the small Cal.com and tells what differs.

`exchanges` reads them, `names` carries ids from answer to request, `replay` asks the sandbox over a real socket,
`shapes` and `compare` look at the answers, `table` shows the result. `requests_schema` checks what our client sends.
"""
