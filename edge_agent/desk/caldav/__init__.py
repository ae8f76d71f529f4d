"""CalDAV: what is booked on an owner's calendar server, and what others have put there kept free."""
