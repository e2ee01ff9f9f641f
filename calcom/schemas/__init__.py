"""The shapes of what Cal.com sends and answers, by subject."""
