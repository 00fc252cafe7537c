"""The nets that are trained, one a file (see `benchmarks.case.Net`)."""
