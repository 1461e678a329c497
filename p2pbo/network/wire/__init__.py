"""Messages between ranks: headers, persistent requests, and what happens when a rank dies."""
