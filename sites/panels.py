BACKLOG_PROVIDERS: dict[str, str] = {}
