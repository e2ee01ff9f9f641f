"""The API of the appointment book: services, customers, appointments, free time and holds.

    bodies, params    what is read of a request; moments: times in them
    shown             how rows are shown; free_shown: how free time is
    asking            whether a time is free, asked right before it is taken
    changes           what all changes share: who, which version, once
    problems          how refusals are answered

Views hold no rules: every change is a use case of appointments.booking.
"""
