"""A room becomes regions, each rendered once per audience."""
