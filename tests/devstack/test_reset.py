def test_reset_keeps_everything_without_a_yes(stack):
    stack.run("check")
    assert stack.run("reset", answer="no\n").returncode == 1
    assert (stack.var / "dev" / "secrets.json").exists()


def test_reset_deletes_after_a_yes(stack):
    stack.run("check")
    data = next((stack.var / "dev").glob("postgres-*/")).resolve()
    assert stack.run("reset", answer="yes\n").returncode == 0
    assert not (stack.var / "dev").exists()
    assert not data.exists()


def test_reset_has_nothing_to_do_on_a_fresh_clone(stack):
    assert "nothing to throw away" in stack.run("reset").stdout
