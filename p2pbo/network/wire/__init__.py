"""Messages between ranks: heads, persistent requests, and what happens when a rank dies."""
