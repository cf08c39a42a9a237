"""What is put together from many domains: indicators, exports, what is known of a person. Reads all, changes nothing."""
