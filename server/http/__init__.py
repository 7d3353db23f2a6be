"""uvicorn's HTTP protocol with bounds, and whose connections count together."""
