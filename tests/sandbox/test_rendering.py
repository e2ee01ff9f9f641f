from __future__ import annotations

import pytest

from calcom.sandbox import rendering

DATA = {"title": "Cut & <Go>", "attendees": [{"name": 'Ida "I" Berg'}], "seats": None, "paid": True}


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{title}}", "Cut &amp; &lt;Go&gt;"),
        ("{{{title}}}", "Cut & <Go>"),
        ("{{attendees.0.name}}", 'Ida "I" Berg'),
        ("{{attendees.1.name}}{{seats}}{{none}}|{{ paid }}", "|true"),
        ('{"title": "{{title}}"}', '{"title":"Cut &amp; &lt;Go&gt;"}'),
        ('{"who": "{{attendees.0.name}}"}', "false"),
    ],
)
def test_a_template_is_filled_in_as_handlebars_does(template: str, text: str) -> None:
    assert rendering.rendered(template, DATA) == text


def test_a_template_that_is_no_json_is_sent_as_a_form() -> None:
    assert rendering.content_type("a={{b}}") == "application/x-www-form-urlencoded"
    assert rendering.content_type('{"a":"{{b}}"}') == rendering.content_type(None) == "application/json"
