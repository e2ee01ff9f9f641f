"""Taking over what a company's Cal.com account holds."""
