"""What is known of a person: finding it, handing it out, and erasing it.

Each app says in `privacy` which of its tables hold personal data, as a Part; `config.privacy` puts them together.
"""
