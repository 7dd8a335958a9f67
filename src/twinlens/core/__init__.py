"""The records every floor shares, the errors, and the catalog of named parts."""
