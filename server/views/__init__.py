"""A room becomes regions, each rendered once per kind of viewer."""
