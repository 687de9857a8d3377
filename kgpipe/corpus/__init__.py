"""Files become cleaned, located, chunked documents."""
