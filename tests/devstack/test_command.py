def test_a_command_without_a_running_stack_gets_servers_of_its_own(stack):
    done = stack.run("migrate", "contenttypes", "--no-color")
    assert done.returncode == 0, done.stdout
    assert "Applying contenttypes.0001_initial... OK" in done.stdout


def test_the_data_outlive_the_servers(stack):
    stack.run("migrate", "contenttypes")
    assert "No migrations to apply" in stack.run("migrate", "contenttypes").stdout


def test_a_command_that_fails_hands_its_status_on(stack):
    assert stack.run("no_such_command").returncode == 1


def test_an_impossible_port_is_answered_with_a_sentence(stack):
    refused = stack.run("up", PORT="eighty")
    assert refused.returncode == 1
    assert refused.stdout == "PORT is 'eighty', which is no port number.\n"
