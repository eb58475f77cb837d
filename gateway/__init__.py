"""The only HTTP door: it knows HTTP, sessions and pages, and no rule of voting."""
