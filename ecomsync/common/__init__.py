"""What every app may use and which knows no app: errors, HTTP, money, secrets, logs, base models."""
