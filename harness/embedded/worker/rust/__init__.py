"""How an emulated Rust worker decodes, renders, reports and hides."""
