"""One checker per file; each looks at a leg or a pair and returns findings."""
