"""HTTP below the pages: bounds on connections; the address, origin and cookies of a request."""
