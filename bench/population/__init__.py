"""Which devices a drill has, whose they are, what they hold and what is believed of them."""
