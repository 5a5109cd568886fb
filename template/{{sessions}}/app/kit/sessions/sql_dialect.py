"""How an SQL engine writes the names of tables and parameters.

Statements are written once, for SQLite and PostgreSQL, with a field for each name:
`SELECT value FROM {counters} WHERE key = {key}`. `str.format_map` fills in the fields.
"""


class Dialect(dict[str, str]):
    """What a field of a statement becomes: a table's name, else a parameter.

    Attributes:
        schema: what stands before a table's name, such as "kit.".
        parameter: how the driver writes a parameter, such as ":{}".
        table_options: what ends a CREATE TABLE.
    """

    def __init__(self, schema: str, parameter: str, table_options: str = "") -> None:
        super().__init__(
            sessions=f"{schema}sessions_2",
            counters=f"{schema}counters_2",
            steps=f"{schema}session_steps",
            table_options=table_options,
        )
        self._parameter = parameter

    def __missing__(self, name: str) -> str:
        return self._parameter.format(name)
