"""Event models at runtime: made from the migrations when they are first asked for."""
