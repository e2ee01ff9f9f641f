"""Personal data in all apps together: handing it out, erasing it, and blanking it in time."""
