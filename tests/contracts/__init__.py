import pytest

# The cases are no test modules themselves: without this a failure would not show its values.
pytest.register_assert_rewrite(
    *(
        f"{__name__}.{name}_cases"
        for name in ("declaration", "failure", "journey", "order", "push", "reading", "webhook")
    )
)
