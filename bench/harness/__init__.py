"""What `bench/run` is made of: children, proxies, meters, load, scenarios, report."""
